"""Which version of a language a unit's commands run with."""

from __future__ import annotations

import re

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.moment import Moment
from gradeline.facts.shell_state import HIDDEN
from gradeline.facts.simulate import MAX_LEGS
from gradeline.model.effects import Toolchain
from gradeline.model.pipeline import Scenario, Unit
from gradeline.model.project import Project
from gradeline.model.text import Text
from gradeline.syntax import shell_nodes as sh

# Options of `uv run` and `uvx` with a value (uv documentation, Commands).
_VALUES = frozenset(
    ("--with", "--with-editable", "--with-requirements", "--from", "--extra", "--group", "--only-group", "--no-group",
     "--env-file", "--package", "--project", "--directory", "--index", "--default-index", "--constraints", "-c",
     "--overrides", "--python-platform", "--index-url", "--extra-index-url", "--resolution", "--prerelease")
)  # fmt: skip
_VERSION = re.compile(r"\d+(?:\.(?:\d+|x))*(?:[-.]?(?:dev|a|b|rc)\d*)?", re.ASCII)


def installed_version(
    facts: PipelineFacts, unit: Unit, scenario: Scenario, leg: int, language: str, before: str | None = None
) -> str | None:
    """The version text in force at step ``before`` (or at the end) of one leg: the last set-up that runs
    wins, then the unit's image.  None when nothing sets it, ``"?"`` when something does but its value is
    unknown."""
    moment = facts.moment(unit, scenario, leg)
    version = _image_version(moment, unit, language, facts.project)
    for step in unit.walk():
        if step.id == before:
            break
        at = facts.reached_steps.get((unit.id, step.id), ())
        if not any(other.id == scenario.id and number == min(leg, MAX_LEGS - 1) for other, number in at):
            continue
        for effect in step.effects:
            if isinstance(effect, Toolchain) and effect.language == language:
                version = _effect_version(effect, moment, facts.project) or version
    chosen = moment.variable("UV_PYTHON") if language == "python" else None
    return chosen or version


def task_version(facts: PipelineFacts, unit: Unit, leg: int) -> str | None:
    """The version of Python that a task runner takes for the tasks of a leg, whatever is installed around it.

    Nox documentation, "Specifying Python versions", and mise documentation, "Tools": a session or task that has a
    version runs with it, or fails.
    """
    known = facts.project.recipes.items()
    versions = {(" ".join(key).strip(), recipe.span): recipe.python for key, recipe in known if recipe.python}
    if not versions:
        return None
    for item in facts.activities:
        if item.unit.id == unit.id and any(place.leg == leg for place in item.places):
            for frame in reversed(item.trail):
                if (frame.text, frame.span) in versions:
                    return versions[frame.text, frame.span]
    return None


def version_for_uv(facts: PipelineFacts, unit: Unit, leg: int) -> str | None:
    """The version that uv is told on its command line: ``uv venv --python 3.12``, ``uv run -p 3.12 pytest``.

    uv documentation, "Python versions", Requesting a version; uv fetches one that is not there.  What a command is
    told counts more than what the environment was made with.
    """
    from gradeline.facts.requests import places_of

    if not facts.project.recipes and not any(step.script and "uv" in step.script.raw for step in unit.walk()):
        return None
    made: str | None = None
    for item in facts.activities:
        if item.unit.id != unit.id or not any(place.leg == leg for place in item.places):
            continue
        words = item.invocation.words if item.invocation is not None else ()
        found = _requested(words)
        if words[:1] == ("uv",) and words[1:2] in (("venv",), ("sync",), ("python",)):
            made = made or found
            continue
        by_uv = item.trail or (item.step.script is not None and "uv" in item.step.script.raw)
        for _, text, node in places_of(facts, item) if found is None and by_uv else ():
            found = _requested(_words(facts, item, leg, text, node))
        if found is not None:
            return found
    return made


def _requested(words: tuple[str, ...]) -> str | None:
    """The version in the words of a call of uv; ``"?"`` for one that is computed."""
    if words[:1] not in (("uv",), ("uvx",)):
        return None
    if words[1:3] in (("python", "install"), ("python", "pin")):
        return next((_named(word) for word in words[3:] if not word.startswith("-")), None)
    runs = words[0] == "uvx" or words[1:2] in (("run",), ("tool",))
    at = 1 if words[0] == "uvx" else 3 if words[1:3] == ("tool", "run") else 2
    while at < len(words) and words[at] != "--":
        word = words[at]
        if word in ("--python", "-p") and at + 1 < len(words):
            return _named(words[at + 1])
        if word.startswith("--python="):
            return _named(word.partition("=")[2])
        if runs and not word.startswith("-"):
            return None  # the program, whose options are its own
        at += 2 if word in _VALUES else 1
    return None


def _named(request: str) -> str:
    found = _VERSION.search(request)
    return "?" if HIDDEN in request or found is None else found.group()


def _words(facts: PipelineFacts, item: Activity, leg: int, text: Text, node: sh.Simple) -> tuple[str, ...]:
    scenario = next(one for one in facts.pipeline.scenarios if one.id in item.scenarios)
    moment = facts.moment(item.unit, scenario, leg)
    found: list[str] = []
    for word in node.words:
        pieces: list[str] = []
        for part in word.parts:
            if isinstance(part, sh.Piece):
                pieces.append(part.text)
            elif isinstance(part, sh.Placeholder) and part.number < len(text.holes):
                pieces.append(moment.partly(text.holes[part.number].expression))
            elif isinstance(part, sh.Parameter):
                pieces.append(moment.variable(part.name) or HIDDEN)
            else:
                pieces.append(HIDDEN)
        found.append("".join(pieces))
    return tuple(found)


def managed_version(facts: PipelineFacts, unit: Unit, language: str) -> str | None:
    """The version a package manager installs by itself from the repository's version file.

    uv docs, "Python versions", ".python-version files": uv fetches and uses the version written there.
    """
    pinned = facts.project.settings.python_version_file
    if language != "python" or pinned is None:
        return None
    for item in facts.activities:
        words = item.invocation.words if item.invocation is not None else ()
        by_uv = words[:1] == ("uv",) or any(reading.manager == "uv" for reading in facts.toolbox.installs(item))
        if item.unit.id == unit.id and by_uv:
            found = _VERSION.search(pinned.raw)
            return found.group() if found else "?"
    return None


def _effect_version(effect: Toolchain, moment: Moment, project: Project) -> str | None:
    if effect.versions:
        texts = [moment.text(version) for version in effect.versions]
        last = texts[-1]
        return "?" if last is None else last.strip()
    if effect.version_file is not None:
        name = moment.text(effect.version_file)
        return _file_version(name.removeprefix("./"), project) if name else "?"
    return None


def _file_version(name: str, project: Project) -> str | None:
    if name.endswith("mise.toml"):
        pinned = project.settings.mise_python
        return None if pinned is None else pinned.raw
    if name.endswith("pyproject.toml"):
        required = project.settings.requires_python
    else:
        required = project.settings.python_version_file
    if required is None:
        return "?" if project.has(name) else None
    found = _VERSION.search(required.raw)
    return found.group() if found else "?"


def _image_version(moment: Moment, unit: Unit, language: str, project: Project) -> str | None:
    if unit.image is None:
        return None
    if unit.image.kind == "local":
        return _built_version(unit.image.name, language, project)
    name, version = unit.image.name, unit.image.version
    if unit.image.kind == "computed" and unit.image_text is not None:
        name, _, version = moment.hidden_text(unit.image_text).partition(":")
    if HIDDEN in name:
        return "?"
    if name.split("/")[-1] != language:
        return _named_version(version, language)
    tag, _, digest = version.rpartition("@") if "@" in version else (version, "", "")
    found = _VERSION.match(tag)
    if found:
        return found.group()
    # A tag such as `latest` or `slim` chooses no version; that of a computed tag or a digest is not known.
    return None if tag and not digest and HIDDEN not in tag and not tag.startswith("sha256:") else "?"


def _named_version(tag: str, language: str) -> str | None:
    """The language in the tag of an image of something else: ``uv:0.9.5-python3.12-bookworm-slim``."""
    for piece in tag.split("@")[0].split("-"):
        found = _VERSION.fullmatch(piece.removeprefix(language)) if piece.startswith(language) else None
        if found:
            return found.group()
    return None


def _built_version(path: str, language: str, project: Project) -> str | None:
    """The version of an image that is built from a file of the repository: that of the image it starts from."""
    image = project.images.get(path)
    stage = image.last if image is not None else None
    for _ in range(len(image.stages) if image is not None else 0):
        if image is None or stage is None or stage.base is None:
            break
        stage = image.stage(stage.base)
    if stage is None or stage.image is None:
        return "?"
    if stage.image.name.split("/")[-1] != language:
        return None
    found = _VERSION.match(stage.image.version.split("@")[0])
    return found.group() if found else "?"
