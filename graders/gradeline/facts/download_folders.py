"""Where a package manager keeps its downloads in a job, as far as the files say it.

pip documentation, "Caching" and "Configuration", PIP_CACHE_DIR; uv documentation, "Caching", Cache directory;
Poetry, Pipenv, PDM and pre-commit documentation, their variables of the same meaning.  Without such a variable
all of them use a folder of the home folder, which lies outside of the checkout.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.case import PipelineFacts
from gradeline.facts.origins import assignments
from gradeline.facts.script_shape import literal
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.pipeline import Scenario, Unit

# A variable and the folder it moves.
_VARIABLES = (
    ("PIP_CACHE_DIR", ".cache/pip"),
    ("UV_CACHE_DIR", ".cache/uv"),
    ("POETRY_CACHE_DIR", ".cache/pypoetry"),
    ("PIPENV_CACHE_DIR", ".cache/pipenv"),
    ("PDM_CACHE_DIR", ".cache/pdm"),
    ("PRE_COMMIT_HOME", ".cache/pre-commit"),
)
_BASES = (("XDG_CACHE_HOME", ".cache/"), ("HOME", ""))  # variables under which all of the folders lie
# Folders that are never inside of a checkout.
_ELSEWHERE = ("~", "$HOME", "${HOME}", "/root", "/home", "/tmp", "/var", "/opt", "/usr")  # noqa: S108
_OPTIONS = ("--cache-dir",)


def chosen_folders(facts: PipelineFacts, unit: Unit, scenario: Scenario, leg: int) -> tuple[str, ...]:
    """The folders that variables of the job name for downloads; a part that is computed is a hidden mark."""
    return tuple(value for _, value in _named(facts, unit, scenario, leg))


def is_chosen(path: str, folders: tuple[str, ...]) -> bool:
    """Whether a path of the checkout is one of the folders, or lies around or in it."""
    wanted = _plain(path)
    return any(
        folder == wanted or folder.endswith(f"/{wanted}") or f"/{wanted}/" in f"/{folder}/"
        for folder in map(_plain, folders)
        if wanted and not folder.startswith(_ELSEWHERE)
    )


def lies_elsewhere(facts: PipelineFacts, unit: Unit, scenario: Scenario, leg: int, path: str) -> bool:
    """Whether a folder of the checkout has the name of a download cache, but no program of the job uses it."""
    plain = _plain(path)
    if not plain or plain.startswith(("/", "~", "$", HIDDEN)):
        return False
    standard = next((folder for _, folder in _VARIABLES if folder in plain), None)
    if standard is None:
        return False
    folders = chosen_folders(facts, unit, scenario, leg)
    if is_chosen(plain, folders) or any(_plain(folder) in ("", HIDDEN) for folder in folders):
        return False
    return not any(option in item.text for item in facts.activities if item.unit.id == unit.id for option in _OPTIONS)


def _named(facts: PipelineFacts, unit: Unit, scenario: Scenario, leg: int) -> Iterator[tuple[str, str]]:
    names = dict(_VARIABLES)
    bases = dict(_BASES)
    every = (*unit.env, *(variable for step in unit.walk() for variable in step.env))
    bound = [variable for variable in every if variable.name in names or variable.name in bases]
    moment = facts.moment(unit, scenario, leg) if bound else None
    values = [(variable.name, moment.hidden_text(variable.value)) for variable in bound if moment is not None]
    if unit.id not in facts.moved_downloads:
        facts.moved_downloads[unit.id] = tuple(_moved(facts, unit))
    for name, value in (*values, *facts.moved_downloads[unit.id]):
        if name in names:
            yield name, value
        elif name in bases:
            for _, folder in _VARIABLES:
                inner = folder if name == "HOME" else folder.removeprefix(bases[name])
                yield name, f"{value.rstrip('/')}/{inner}"


def _moved(facts: PipelineFacts, unit: Unit) -> Iterator[tuple[str, str]]:
    """What the scripts and commands of a unit set the variables to, the same in all scenarios and legs."""
    names, bases = dict(_VARIABLES), dict(_BASES)
    for step in unit.walk():
        if step.script is not None:
            for name, words in assignments(step.script.raw).items():
                if name in names or name in bases:
                    yield from ((name, literal(word) or HIDDEN) for word in words)
    for item in facts.activities:
        if item.unit.id == unit.id and item.invocation is not None:  # also what a script that is called exports
            moved = ((name, value) for name, value in item.invocation.environment if name in names)
            yield from ((name, HIDDEN if value is None else value) for name, value in moved)


def _plain(path: str) -> str:
    for start in ("${CI_PROJECT_DIR}/", "$CI_PROJECT_DIR/", "${GITHUB_WORKSPACE}/", "$GITHUB_WORKSPACE/", "./"):
        path = path.removeprefix(start)
    return path.rstrip("/*")
