"""Which version of Terraform or OpenTofu a job works with, and what says so."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from gradeline.facts import tools
from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.shell_state import HIDDEN
from gradeline.facts.terraform_commands import PROGRAMS
from gradeline.model.effects import Toolchain
from gradeline.model.pipeline import Unit
from gradeline.model.project import Project
from gradeline.records import record
from gradeline.source import Span

_LANGUAGES = frozenset({"terraform", "opentofu"})
_IMAGES = ("terraform", "opentofu", "tofu", "terragrunt")
# tfenv README, tenv README, mise documentation, asdf documentation: who reads a file with the version, and which.
_MANAGERS = {
    "tfenv": (".terraform-version",),
    "tfswitch": (".terraform-version", ".tfswitchrc"),
    "tofuenv": (".opentofu-version",),
    "tenv": (".terraform-version", ".opentofu-version", ".tool-versions"),
    "mise": ("mise.toml", ".mise.toml", ".tool-versions"),
    "asdf": (".tool-versions",),
}
_MANAGER_ACTIONS = {"jdx/mise-action": "mise", "asdf-vm/actions/install": "asdf"}
_NUMBER = re.compile(r"\d+\.\d+\.\d+(?:-[a-z0-9.]+)?", re.ASCII)
_LINE = re.compile(
    r'''\s*"?(?:(?:aqua|ubi|github):[a-z/-]{,60})?(?:terraform|opentofu)"?[ =]{1,9}"?v?([^"\s#]*)''', re.ASCII
)
_INSTALLS = frozenset({"install", "use", "i", "in", "x", "exec"})
MAX_TEXT = 300  # of a word or line in which a version is looked for
_PACKAGERS = frozenset({"apt", "apt-get", "yum", "dnf", "apk", "brew", "snap", "choco", "winget"})


@record
class ProgramVersion:
    """``text`` is the version as written: one release, a range, empty for whatever is newest, None when it is
    computed."""

    text: str | None
    span: Span
    shown: str


def versions(facts: PipelineFacts, unit: Unit) -> Iterator[ProgramVersion]:
    """Everything that decides it in a unit: images, set-up steps, downloads, version managers."""
    if unit.image is not None and _is_image(unit.image.name):
        yield _tag(f"{unit.image.name}:{unit.image.version}", unit.image.span)
    scenarios = [scenario for scenario in facts.pipeline.scenarios
                 if any(run.ran(unit.id) for run in facts.runs(scenario).results)]  # fmt: skip
    for step in unit.walk():
        if not facts.reached_steps.get((unit.id, step.id)):
            continue
        for effect in step.effects:
            if isinstance(effect, Toolchain) and effect.language in _LANGUAGES and scenarios:
                moment = facts.moment(unit, scenarios[0]).with_step(step)
                yield from _set_up(facts.project, effect, moment.text)
        name = step.use.name if step.use is not None else ""
        if name.lower() in _MANAGER_ACTIONS:
            yield _from_files(facts.project, _MANAGERS[_MANAGER_ACTIONS[name.lower()]], step.span)
    for item in facts.activities:
        if item.unit.id == unit.id and item.invocation is not None:
            yield from _command(facts.project, item, item.invocation.words)


def _set_up(project: Project, effect: Toolchain, resolved: object) -> Iterator[ProgramVersion]:
    assert callable(resolved)
    if effect.version_file is not None:
        name = resolved(effect.version_file)
        yield _from_files(project, (name,), effect.span) if name else ProgramVersion(None, effect.span, "its file")
    elif effect.versions:
        text = resolved(effect.versions[-1])
        yield ProgramVersion(None if text is None else text.strip(), effect.versions[-1].span, (text or "").strip())
    else:
        yield ProgramVersion("", effect.span, "no version")


def _command(project: Project, item: Activity, words: tuple[str, ...]) -> Iterator[ProgramVersion]:
    program = words[0].rpartition("/")[2]
    if program in PROGRAMS:
        unwrapped = None
        for frame in item.trail:
            unwrapped = tools.unwrap(tuple(frame.text.split()), {}) or unwrapped
        image = unwrapped.image if unwrapped is not None else ""
        if image and _is_image(image):
            yield _tag(image, item.span)
    elif program == "tfswitch" or (program in _MANAGERS and _INSTALLS & set(words[1:])):
        named = next((found.group() for word in words[1:] if (found := _NUMBER.search(word[:MAX_TEXT]))), "")
        if named:
            yield ProgramVersion(named, item.span, named)
        elif any("latest" in word for word in words[1:]):
            yield ProgramVersion("", item.span, "latest")
        elif any(HIDDEN in word for word in words[1:]):
            yield ProgramVersion(None, item.span, item.text)
        else:
            yield _from_files(project, _MANAGERS.get(program, ()), item.span)
    elif program in ("curl", "wget"):
        address = next((word for word in words if "terraform_" in word or "tofu_" in word or "/opentofu" in word), "")
        if address:
            parts = (part[:MAX_TEXT] for part in address.split("/"))
            named = next((found.group() for part in parts if (found := _NUMBER.search(part))), "")
            yield ProgramVersion(named or (None if HIDDEN in address else ""), item.span, named or "a download")
    elif program in _PACKAGERS and any(_is_package(word) for word in words[1:]):
        package = next(word for word in words[1:] if _is_package(word))
        found = _NUMBER.search(package[:MAX_TEXT])
        yield ProgramVersion(found.group() if found else "", item.span, package)


def _is_package(word: str) -> bool:
    name = word.rpartition("/")[2].partition("=")[0].partition("@")[0]
    return name in ("terraform", "tofu", "opentofu", "terragrunt")


def _is_image(name: str) -> bool:
    return name.partition("@")[0].rpartition("/")[2].partition(":")[0] in _IMAGES


def _tag(image: str, span: Span) -> ProgramVersion:
    name, at, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    if at and digest.startswith("sha256:") and HIDDEN not in digest:
        return ProgramVersion(tag if _NUMBER.fullmatch(tag) else "0.0.0", span, image)
    return ProgramVersion(None if HIDDEN in image else tag.removeprefix("v"), span, image.replace(HIDDEN, "…"))


def _from_files(project: Project, names: tuple[str, ...], span: Span) -> ProgramVersion:
    """The version in the first of the files that is there; they may lie in any folder of the code."""
    for name in names:
        wanted = name.removeprefix("./")
        path = next((path for path in project.paths if path == wanted), None) or next(
            (path for path in project.paths if posixpath.basename(path) == wanted), None
        )
        source = project.files.get(path) if path is not None else None
        if source is None or path is None:
            continue
        base = posixpath.basename(path)
        for number, line in enumerate(source.lines, 1):
            if base.endswith("-version"):
                text = line.partition("#")[0].strip().removeprefix("v")
                if text:
                    return ProgramVersion(text, Span(path, number), text)
            elif (found := _LINE.match(line[:MAX_TEXT])) is not None:
                return ProgramVersion(found.group(1), Span(path, number), found.group(1))
    return ProgramVersion(None, span, "a file that is not there")


def is_release(text: str) -> bool:
    """Whether a version is one release: three numbers, and an equals sign at most before them."""
    return _NUMBER.fullmatch(text.strip().removeprefix("=").strip().removeprefix("v")) is not None


def is_series(text: str) -> bool:
    """Whether it is a series of releases, such as ``1.12`` or ``1.12.x``."""
    return re.fullmatch(r"v?\d+\.\d+(\.(x|\*))?", text.strip(), re.ASCII) is not None
