"""Every check on submissions that meet it, fail it, or leave it open.

``tests/fixtures/checks/<check>/<platform>/{ok,err,unknown}/<story>.yml`` is one pipeline file (``PLATFORMS``
says which endings a platform has, and where each file lies); a folder ``<story>/`` holds a whole submission.
The files of ``tests/fixtures/kit`` lie under each of them.

* ``params.yaml`` beside the platforms gives the check's parameters (``with``), facts of the exercise (``kit``) and
  the programs of its kit by tool class (``programs``); ``platforms: {PLATFORM: {with: ..., kit: ...}}`` changes
  them for one platform, and a comment ``# with: {...}`` or ``# kit: {...}`` in the first lines of a story's file
  for that story.
* A check owes stories to every platform whose files become something it reads (``Check.reads``).  Exceptions
  stand in ``params.yaml`` with their reason: ``without: {PLATFORM: reason}`` for a platform on which it means
  nothing, ``unknown: none`` with a ``reason`` (there or under ``platforms``) where nothing can be hidden.
* ``# FAIL`` ends each line that the verdict of an ``err`` story must point at first; ``# PARTIAL`` does so
  where half of the points are earned.  In files without comments behind a line it is taken off before reading.
* ``@github-token@`` and its relatives become credentials when the test runs, so that none stands here.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from gradeline.checks import registry
from gradeline.facts.case import build_case
from gradeline.facts.programs import Program
from gradeline.facts.shell_state import HIDDEN
from gradeline.readers import load
from gradeline.result import Verdict
from gradeline.source import SourceFile
from gradeline.tools.answers import Answers
from gradeline.tools.linters import SubmissionLinters, kept

ROOT = Path(__file__).resolve().parents[2] / "fixtures"
CHECKS = ROOT / "checks"
KINDS = ("ok", "err", "unknown")
NEEDED = {"ok": 2, "err": 2, "unknown": 1}
HEADERS = ("with", "kit")  # behind `# ` or `// `
MARKS = {"# FAIL": "unmet", "# PARTIAL": "partial"}
PRODUCTION = {"python": "3.12"}  # what exercises say of their kit


@dataclass(frozen=True)
class Platform:
    """``subject`` is what its files become in the model, ``files`` where a story's file lies by its ending."""

    subject: str
    files: Mapping[str, str]


PLATFORMS = {
    "gitlab": Platform("pipelines", {".yml": ".gitlab-ci.yml"}),
    "github": Platform("pipelines", {".yml": ".github/workflows/ci.yml", ".yaml": ".github/workflows/ci.yaml"}),
    "docker": Platform("images", {".Dockerfile": "Dockerfile", ".yml": "compose.yaml"}),
    "jenkins": Platform("pipelines", {".Jenkinsfile": "Jenkinsfile"}),
    "argo": Platform("pipelines", {".yml": "argo/churn.yml", ".yaml": "argo/churn.yaml"}),
    "dvc": Platform("pipelines", {".yaml": "dvc.yaml"}),
    "airflow": Platform("pipelines", {".py": "dags/churn.py"}),
    "prefect": Platform("pipelines", {".py": "flows/churn.py"}),
    "kubeflow": Platform("pipelines", {".py": "pipelines/churn.py"}),
    "ansible": Platform("playbooks", {".yml": "ansible/site.yml"}),
    "terraform": Platform("infrastructure", {".tf": "infra/main.tf", ".json": "infra/main.tf.json"}),
    "cloudformation": Platform("infrastructure", {".yml": "infra/churn.yml", ".json": "infra/churn.json"}),
    "prometheus": Platform("monitoring", {".yml": "monitoring/rules/churn.yml"}),
    "pytest": Platform("tests", {".py": "tests/unit/test_story.py"}),
    "python": Platform("scripts", {".py": "scripts/gate.py"}),
    "kubernetes": Platform("manifests", {".yaml": "k8s/churn.yaml"}),
    # Under other names, so that this repository's own Git does not take them for its own.
    "git": Platform("repository", {
        ".yaml": ".pre-commit-config.yaml", ".gitattributes": ".gitattributes", ".gitignore": ".gitignore",
        ".dvcignore": ".dvcignore",
    }),
}



@dataclass(frozen=True)
class Story:
    check: str
    platform: str
    kind: str
    path: Path

    def __str__(self) -> str:
        return f"{self.check}/{self.platform}/{self.kind}/{self.path.stem}"


@dataclass(frozen=True)
class Submission:
    """Files by their path, as readers want them."""

    texts: Mapping[str, str]

    @property
    def paths(self) -> Sequence[str]:
        return tuple(sorted(self.texts))

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.texts[path]) if path in self.texts else None


def stories() -> list[Story]:
    found = [
        Story(check.name, platform.name, kind, path)
        for check in sorted(CHECKS.iterdir())
        for platform in sorted(item for item in check.iterdir() if item.is_dir())
        for kind in KINDS
        for path in sorted((platform / kind).glob("*"))
    ]
    return [
        story
        for story in found
        if story.platform in PLATFORMS
        and (story.path.is_dir() or story.path.suffix in PLATFORMS[story.platform].files)
    ]


STORIES = stories()
TOOLS = kept(Answers())  # answers are kept in memory, never in the folder of whoever runs the tests


def files_under(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def own_files(story: Story) -> dict[str, str]:
    if story.path.is_dir():
        return files_under(story.path)
    return {PLATFORMS[story.platform].files[story.path.suffix]: story.path.read_text(encoding="utf-8")}


def declared(check: str) -> dict[str, Any]:
    """``params.yaml`` of a check."""
    shared = CHECKS / check / "params.yaml"
    return (yaml.safe_load(shared.read_text(encoding="utf-8")) or {}) if shared.exists() else {}


def settings(story: Story, texts: Mapping[str, str]) -> dict[str, Any]:
    """``with`` and ``kit`` of a story: those of its check and platform, changed by its own comments."""
    shared = declared(story.check)
    found: dict[str, Any] = {**shared, **shared.get("platforms", {}).get(story.platform, {})}
    for text in texts.values():
        for line in text.splitlines()[:4]:
            key, colon, value = line.removeprefix("// ").removeprefix("# ").partition(":")
            if line.startswith(("# ", "// ")) and colon and key in HEADERS:
                found[key] = yaml.safe_load(value)
    return found


def token() -> str:
    """A token as GitHub makes it: 30 characters and their checksum.

    GitHub Blog, "Behind GitHub's new authentication token formats" (2021).
    """
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    body = "k3Qz7WvT1xYb9RnUc5LmEa2HdSf8Jg"
    number, checksum = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, rest = divmod(number, 62)
        checksum = digits[rest] + checksum
    return "ghp" + "_" + body + checksum


def private_key() -> str:
    """A key on one line, with the line ends written as in a string."""
    kind = "RSA PRIVATE" + " KEY"
    body = base64.b64encode(bytes((number * 73 + 41) % 256 for number in range(240))).decode()
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    return "\\n".join([f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----"])


CREDENTIALS = {
    "@github-token@": token(),
    "@github-token:base64@": base64.b64encode(f"token={token()}".encode()).decode(),
    "@private-key@": private_key(),
}


def expanded(text: str) -> str:
    for name, value in CREDENTIALS.items():
        text = text.replace(name, value)
    return text


def without_marks(path: str, text: str) -> str:
    """The text as a learner would have written it; some files have no comment behind a line."""
    if "ockerfile" not in path and not path.endswith(("ignore", ".json", ".gitattributes")):
        return text
    lines = text.split("\n")
    for mark in MARKS:
        lines = [line.removesuffix(mark).rstrip() if line.endswith(mark) else line for line in lines]
    return "\n".join(lines)


def marked_lines(texts: Mapping[str, str]) -> dict[tuple[str, int], str]:
    """The marked places of a story with the status each mark stands for."""
    return {
        (path, number): status
        for path, text in texts.items()
        for number, line in enumerate(text.split("\n"), start=1)
        for mark, status in MARKS.items()
        if line.rstrip().endswith(mark)
    }


def shown_lines(verdict: Verdict) -> list[tuple[str, int]]:
    """Where the problems are; a verdict about something that is not there shows where it looked."""
    problems = [item for item in verdict.evidence if item.role == "problem"] or list(verdict.evidence)
    return [(item.span.path, item.span.line) for item in problems]


def judge(story: Story) -> tuple[Verdict, dict[str, str]]:
    own = {path: expanded(text) for path, text in own_files(story).items()}
    found = settings(story, own)
    shown = {path: without_marks(path, text) for path, text in own.items()}
    submission = Submission({**files_under(ROOT / "kit"), **shown})
    project, pipelines = load(submission)
    programs = {
        path: Program(frozenset({name})) for name, paths in (found.get("programs") or {}).items() for path in paths
    }
    linters = SubmissionLinters(submission.read, TOOLS)
    case = build_case(project, pipelines, found.get("kit") or PRODUCTION, programs, linters)
    return registry.run(story.check, case, found.get("with") or {}), own


@pytest.mark.parametrize("story", [item for item in STORIES if item.kind == "ok"], ids=str)
def test_a_right_submission_meets_the_check_and_shows_why(story: Story) -> None:
    verdict, _ = judge(story)
    assert (verdict.status, verdict.message) == ("met", verdict.message)
    assert any(item.role == "proof" for item in verdict.evidence)


@pytest.mark.parametrize("story", [item for item in STORIES if item.kind == "err"], ids=str)
def test_a_wrong_submission_fails_the_check_on_the_marked_lines(story: Story) -> None:
    verdict, own = judge(story)
    marks = marked_lines(own)
    assert len(set(marks.values())) == 1
    assert (verdict.status, verdict.message) == (next(iter(marks.values())), verdict.message)
    shown = shown_lines(verdict)
    assert shown[0] in marks
    assert set(marks) <= set(shown)


@pytest.mark.parametrize("story", [item for item in STORIES if item.kind == "unknown"], ids=str)
def test_a_submission_that_hides_something_leaves_the_check_open(story: Story) -> None:
    verdict, _ = judge(story)
    assert (verdict.status, verdict.message) == ("cannot_tell", verdict.message)
    assert verdict.evidence != ()


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_every_message_is_made_of_whole_sentences(story: Story) -> None:
    verdict, _ = judge(story)
    assert verdict.message.strip() == verdict.message
    assert verdict.message.endswith((".", "!", "?"))
    assert not verdict.message.endswith("..")
    assert all(item.text for item in verdict.evidence)
    said = (verdict.message, *(item.text for item in verdict.evidence), *(hop.text for hop in verdict.path_trace))
    assert not any(HIDDEN in text for text in said), "what is not known is shown to a learner as it is kept here"


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("check_id", registry.names())
def test_every_check_has_enough_stories_on_every_platform_it_reads(check_id: str, platform: str) -> None:
    mine = [story.kind for story in STORIES if (story.check, story.platform) == (check_id, platform)]
    shared = declared(check_id)
    if PLATFORMS[platform].subject not in registry.find(check_id).reads:
        assert mine == [], "the check does not say that it reads this platform's files"
        return
    if platform in shared.get("without", {}):
        assert shared["without"][platform], "params.yaml leaves a platform out without a reason"
        assert mine == []
        return
    needed = dict(NEEDED)
    said = {**shared, **shared.get("platforms", {}).get(platform, {})}
    if said.get("unknown") == "none":
        assert said.get("reason"), "params.yaml says `unknown: none` without a reason"
        needed["unknown"] = 0
    missing = {kind: count for kind, count in needed.items() if mine.count(kind) < count}
    assert missing == {}


def test_every_platform_with_stories_is_declared() -> None:
    assert {story.parent.name for story in CHECKS.glob("*/*/*")} <= {*PLATFORMS}


def test_every_folder_of_stories_belongs_to_a_check() -> None:
    assert {path.name for path in CHECKS.iterdir()} <= set(registry.names())


def test_the_parameters_of_every_story_fit_the_schema_of_its_check() -> None:
    from jsonschema import Draft202012Validator

    for story in STORIES:
        given = settings(story, own_files(story)).get("with") or {}
        Draft202012Validator(dict(registry.find(story.check).schema)).validate(given)
