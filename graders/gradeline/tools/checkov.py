"""checkov, imported once in an environment of its own and asked over a pipe: findings by named checks.

Out of a learner's reach: checkov's command line is never started, and it never sees a learner's folder, so that a
``.checkov.yaml`` with ``external-checks-dir`` loads nothing; it works on copies (``staging``).  Comments that skip a
check are made unreadable in the copy, and what is skipped all the same (by an annotation or metadata) counts as
failed.  External modules are not loaded, and answers about files outside the copy are dropped.  No answer is a
ToolFailure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from gradeline.lint import Finding, Linted, Unread
from gradeline.source import SourceFile, Span
from gradeline.tools import checkov_home
from gradeline.tools.child import ToolFailure
from gradeline.tools.staging import staged, staged_names
from gradeline.tools.worker import Worker

SECONDS = 30.0
WORKER = Path(__file__).with_name("checkov_worker.py")
MAX_REQUESTS = 400  # after so many a fresh process takes over: checkov keeps some of what it has seen

_SKIP = re.compile(r"(checkov|bridgecrew|cortex):skip=")
_ANNOTATION = re.compile(r"(checkov|bridgecrew|cortex)\.io/skip")
# Rule ids by what they are about; a rule about cloud resources is for both languages that describe them.
_FRAMEWORKS = {
    "CKV_DOCKER": "dockerfile", "CKV2_DOCKER": "dockerfile", "CKV_GHA": "github_actions",
    "CKV2_GHA": "github_actions", "CKV_GITLABCI": "gitlab_ci", "CKV_K8S": "kubernetes", "CKV2_K8S": "kubernetes",
    "CKV_SECRET": "secrets",
}  # fmt: skip
_TERRAFORM = (".tf", ".tf.json", ".tfvars")
_RULE = re.compile(r"(CKV2?_[A-Z0-9]+)_\d+\Z")


class Checkov:
    """One worker process, started when it is first asked and again when it has died."""

    def __init__(self, python: Path | None = None, seconds: float = SECONDS) -> None:
        self._python = python
        self._seconds = seconds
        self._worker: Worker | None = None
        self._asked = 0

    def lint(self, sources: Sequence[SourceFile], rules: Sequence[str]) -> Linted:
        """What the checks ``rules`` say about the files together.  ToolFailure when there is no answer."""
        if not rules:
            raise ToolFailure("checkov is asked by named rules only; the rubric names none.")
        findings: list[Finding] = []
        unread: list[Unread] = []
        looked_at = 0
        for framework, group, checks in _by_framework(sources, rules):
            found = self._ask(framework, group, checks)
            findings += found.findings
            unread += found.unread
            looked_at += found.looked_at or 0
        findings.sort(key=lambda one: (one.span, one.code, one.message))
        return Linted(tuple(findings), not unread, looked_at, tuple(unread))

    def version(self) -> str:
        """The version that runs; the worker is started for it."""
        return self._started().version

    def close(self) -> None:
        """End the worker; the next question starts another one."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def _started(self) -> Worker:
        if self._asked >= MAX_REQUESTS:
            self.close()
            self._asked = 0
        if self._worker is None or not self._worker.alive():
            self.close()
            self._worker = Worker("checkov", [self._python or checkov_home.python(), "-I", WORKER])
        return self._worker

    def _ask(self, framework: str, sources: Sequence[SourceFile], rules: Sequence[str]) -> Linted:
        names = _names(framework, [source.path for source in sources])
        shown = {staged_name: path for path, staged_name in names.items()}
        texts = {source.path: _without_skips(source) for source in sources}
        worker = self._started()
        self._asked += 1
        with staged(texts, names) as folder:
            request = {"framework": framework, "folder": str(folder), "files": sorted(shown), "checks": list(rules)}
            answer = worker.ask(request, self._seconds)
        try:
            failed = [_finding(row, shown) for row in answer["failed"] if row["file"] in shown]
            passed = [row for row in answer["passed"] if row["file"] in shown]
            refused = [Unread(shown[name], "checkov cannot parse it") for name in answer["unread"] if name in shown]
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise ToolFailure("checkov gave an answer that is none.") from error
        kept = [one for one in failed if one.code in rules]
        return Linted(tuple(dict.fromkeys(kept)), not refused, len(failed) + len(passed), tuple(refused))


def frameworks(rule: str) -> tuple[str, ...]:
    """Where a rule is looked for; empty for a word that is no rule of checkov's."""
    match = _RULE.match(rule)
    if match is None:
        return ()
    known = _FRAMEWORKS.get(match.group(1))
    return (known,) if known else ("terraform", "cloudformation")


def _by_framework(
    sources: Sequence[SourceFile], rules: Sequence[str]
) -> list[tuple[str, list[SourceFile], list[str]]]:
    groups: dict[str, list[str]] = {}
    for rule in rules:
        named = frameworks(rule)
        if not named:
            raise ToolFailure(f"checkov has no rules that look like {rule!r}.")
        for framework in named:
            groups.setdefault(framework, []).append(rule)
    found = []
    for framework, checks in sorted(groups.items()):
        mine = [source for source in sources if _is_for(framework, source.path)]
        if mine:
            found.append((framework, mine, checks))
    return found


def _is_for(framework: str, path: str) -> bool:
    name = path.rpartition("/")[2].lower()
    if framework == "terraform":
        return name.endswith(_TERRAFORM)
    if framework == "cloudformation":
        return name.endswith((".yml", ".yaml", ".json", ".template")) and not name.endswith(_TERRAFORM)
    if framework in ("github_actions", "gitlab_ci", "kubernetes"):
        return name.endswith((".yml", ".yaml", ".json"))
    return True


def _names(framework: str, paths: Sequence[str]) -> dict[str, str]:
    """Runners know files by their places and names."""
    if framework == "github_actions":
        return staged_names(paths, folder=".github/workflows")
    if framework == "gitlab_ci":
        return staged_names(paths, name=".gitlab-ci.yml")
    if framework == "dockerfile":
        return staged_names(paths, name="Dockerfile")
    return staged_names(paths)


def _without_skips(source: SourceFile) -> SourceFile:
    """The text with the words that skip checks changed to others of their length, so that places stay."""
    text = _SKIP.sub(lambda found: found.group().replace("skip=", "skip_"), source.text)
    text = _ANNOTATION.sub(lambda found: found.group()[:-1] + "_", text)
    return SourceFile(source.path, text)


def _finding(row: Mapping[str, Any], shown: Mapping[str, str]) -> Finding:
    first, last = (max(int(line), 1) for line in row["lines"])
    span = Span(shown[row["file"]], first, 1, max(first, last), 1)
    return Finding(str(row["check"]), "warning", str(row["name"]), span)


@cache
def shared() -> Checkov:
    """The worker that all gradings of this process ask."""
    return Checkov()


