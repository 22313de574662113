"""What a run of the tests of a configuration proves: the test files it finds, and whether their runs claim anything.

Terraform documentation, "terraform test": files in the folder of the configuration and in ``tests`` under it,
``-test-directory`` names another one, ``-filter`` single files; "Test files": their endings.  A run that finds no file
says "Success! 0 passed, 0 failed." and ends with 0.
"""

from __future__ import annotations

from gradeline.facts.readings import Effect, Reading
from gradeline.facts.shell_records import join_path
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.infrastructure import Claim, Stack, Trial, TrialFile
from gradeline.model.project import Project
from gradeline.records import record, replace

_PROGRAMS = frozenset({"terraform", "tofu", "opentofu"})


@record
class Tried:
    """What one command tries.  ``folder`` is that of the configuration, None when it is not known, ``files`` are
    the test files it runs or may run, and ``effect`` and ``reason`` are those of its reading."""

    folder: str | None
    files: tuple[TrialFile, ...]
    effect: Effect
    reason: str = ""


def claims(project: Project, file: TrialFile, run: Trial) -> bool:
    """Whether a run can fail for what is made: it says what must hold, or what has to refuse."""
    return bool(run.refused) or any(not hollow(project, file, run, claim) for claim in run.claims)


def hollow(project: Project, file: TrialFile, run: Trial, claim: Claim) -> str:
    """Why a claim says nothing about what is made; empty when it does."""
    if claim.empty:
        return claim.empty
    stacks = _tried_by(project, file, run)
    if stacks and not any(_about(stack, name) for stack in stacks for name in claim.about):
        return f"{claim.about[0]} is nothing that the configuration makes"
    own = [name for name in claim.about if not _answered(file, name, claim.words)]
    return "" if own else "it is about a value that the test gives itself"


def _tried_by(project: Project, file: TrialFile, run: Trial) -> tuple[Stack, ...]:
    """The configuration that a run is about; nothing when it is not known or not in the submission."""
    stacks = project.infrastructure.stacks
    folder = _folder(file.path)
    roots = [stack for stack in stacks if f"{folder}/".startswith(f"{stack.path}/") or not stack.path]
    nearest = max((len(stack.path) for stack in roots), default=0)
    roots = [stack for stack in roots if len(stack.path) == nearest]
    if not run.module:
        return tuple(stack for stack in roots if stack.complete)
    where = {join_path(stack.path, run.module) for stack in roots}
    return tuple(stack for stack in stacks if stack.path in where and stack.complete)


def _about(stack: Stack, name: str) -> bool:
    """Whether something with this name is part of what the stack makes."""
    kind, _, rest = name.partition(".")
    if kind == "run":
        return True
    if kind == "output":
        return any(one.name == rest for one in stack.outputs)
    if kind == "module":
        called = any(one.kind == "module" and one.name == rest for one in stack.needed) or name in stack.names
        return called or any(f"{one.module}.".startswith((f"{name}.", f"{name}[")) for one in stack.resources)
    if kind == "local":
        return name in stack.names or any(name in one.names for one in stack.resources)
    return any(one.address == name for one in stack.resources)


def _answered(file: TrialFile, name: str, words: tuple[str, ...]) -> bool:
    """Whether all that a claim reads of something has its value from a stand-in of the test."""
    kind = name.rpartition(".")[0]
    given = {one.rpartition(".")[2] for one in file.made_up if one.rpartition(".")[0] in (name, kind)}
    read = set(words) - set(name.split("."))
    return bool(given) and bool(read & given) and read <= given


def is_trial(reading: Reading, program: str) -> bool:
    """Whether a command runs the tests of a configuration where it stands."""
    return reading.tool == "terraform" and "test" in reading.classes and _base(program) in _PROGRAMS


def judged(project: Project, reading: Reading, program: str, directory: str) -> Reading:
    """The reading of a command that tests a configuration, after a look at its test files."""
    found = tried(project, reading, program, directory)
    return reading if found.effect == "works" else replace(reading, effect=found.effect, reason=found.reason)


def tried(project: Project, reading: Reading, program: str, directory: str) -> Tried:
    """The test files that a command runs in a folder, and what that is worth."""
    known = _of(project.infrastructure.trials, _base(program))
    folder, under = _last(reading, "-chdir", ""), _last(reading, "-test-directory", "tests")
    if "-cloud-run" in reading.options:
        return Tried(None, (), "unknown", "the tests run elsewhere, on a module of a registry")
    if folder is None or under is None or HIDDEN in directory:
        return _anywhere(project, known)
    where = join_path(directory, folder)
    if not any(path.startswith(f"{where}/" if where else "") for path in project.paths):
        return Tried(where, (), "unknown", f"what is in {where} is not in the submission")
    if not project.infrastructure.stacks and not known:
        return Tried(where, (), "unknown", "the configuration that it tests is not in the submission")
    places = {where, join_path(where, under)}
    files = [file for file in known if _folder(file.path) in places]
    chosen = reading.options.get("-filter", ())
    if None in chosen or any(HIDDEN in one for one in chosen if one is not None):
        return _anywhere(project, tuple(files))
    if chosen:
        named = {join_path(where, one) for one in chosen if one is not None}
        files = [file for file in files if file.path in named]
    return _worth(project, where, tuple(files), under)


def _worth(project: Project, where: str, files: tuple[TrialFile, ...], under: str) -> Tried:
    if not files:
        reason = f"it finds no test file in {where or 'the folder'} or in {under} under it, and succeeds"
        return Tried(where, (), "pretends", reason)
    runs = [(file, run) for file in files for run in file.runs]
    stacks = [stack for stack in project.infrastructure.stacks if stack.path == where]
    folders = {where, *(_folder(path) for stack in stacks for path in stack.files)}
    checked = bool(runs and folders & set(project.infrastructure.guarded))
    if checked or any(claims(project, file, run) for file, run in runs):
        return Tried(where, files, "works")
    if not all(file.complete for file in files):
        return Tried(where, files, "unknown", "a file of its tests cannot be read to its end")
    return Tried(where, files, "pretends", "the runs of its tests claim nothing about what is made")


def _anywhere(project: Project, known: tuple[TrialFile, ...]) -> Tried:
    """Where it looks is not known: of several files one may be good and the one that runs not."""
    good = [any(claims(project, file, run) for run in file.runs) for file in known]
    if not any(good):
        return Tried(None, known, "pretends", "no test file claims anything about what is made")
    if all(good):
        return Tried(None, known, "works")
    return Tried(None, known, "unknown", "which tests it runs is only known when it runs")


def works_on(found: Tried, path: str) -> bool | None:
    """Whether a path is what is tested, or holds tests that run."""
    if found.folder is None:
        return None if found.files else False
    inside = "" if path in ("", ".") else f"{path.rstrip('/')}/"
    return f"{found.folder}/".startswith(inside) or any(file.path.startswith(inside) for file in found.files)


def _last(reading: Reading, name: str, default: str) -> str | None:
    value = (reading.options.get(name) or (default,))[-1]
    return None if value is None or HIDDEN in value else value


def _of(files: tuple[TrialFile, ...], program: str) -> tuple[TrialFile, ...]:
    """The files of one program: only OpenTofu reads its own kind, and in place of the other of the same name."""
    if program == "terraform":
        return tuple(file for file in files if ".tofutest." not in file.path)
    own = {file.path for file in files}
    return tuple(
        file for file in files if ".tofutest." in file.path or file.path.replace(".tftest.", ".tofutest.") not in own
    )


def _base(program: str) -> str:
    return program.rpartition("/")[2]


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
