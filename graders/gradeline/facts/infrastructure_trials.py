"""What a run of the tests of a configuration proves: the test files it finds, and whether their runs claim anything.

Terraform documentation, "terraform test": files in the folder of the configuration and in ``tests`` under it,
``-test-directory`` names another one, ``-filter`` single files; "Test files": their endings.  A run that finds no file
says "Success! 0 passed, 0 failed." and ends with 0.
"""

from __future__ import annotations

from gradeline.facts.readings import Effect, Reading
from gradeline.facts.shell_records import join_path
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.infrastructure import Trial, TrialFile
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


def claims(run: Trial) -> bool:
    """Whether a run can fail for what is made: it says what must hold, or what has to refuse."""
    return bool(run.refused) or any(not claim.empty for claim in run.claims)


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
        return _anywhere(known)
    where = join_path(directory, folder)
    if not any(path.startswith(f"{where}/" if where else "") for path in project.paths):
        return Tried(where, (), "unknown", f"what is in {where} is not in the submission")
    if not project.infrastructure.stacks and not known:
        return Tried(where, (), "unknown", "the configuration that it tests is not in the submission")
    places = {where, join_path(where, under)}
    files = [file for file in known if _folder(file.path) in places]
    chosen = reading.options.get("-filter", ())
    if None in chosen or any(HIDDEN in one for one in chosen if one is not None):
        return _anywhere(tuple(files))
    if chosen:
        named = {join_path(where, one) for one in chosen if one is not None}
        files = [file for file in files if file.path in named]
    return _worth(project, where, tuple(files), under)


def _worth(project: Project, where: str, files: tuple[TrialFile, ...], under: str) -> Tried:
    if not files:
        reason = f"it finds no test file in {where or 'the folder'} or in {under} under it, and succeeds"
        return Tried(where, (), "pretends", reason)
    runs = [run for file in files for run in file.runs]
    stacks = [stack for stack in project.infrastructure.stacks if stack.path == where]
    folders = {where, *(_folder(path) for stack in stacks for path in stack.files)}
    if any(map(claims, runs)) or (runs and folders & set(project.infrastructure.guarded)):
        return Tried(where, files, "works")
    if not all(file.complete for file in files):
        return Tried(where, files, "unknown", "a file of its tests cannot be read to its end")
    return Tried(where, files, "pretends", "the runs of its tests claim nothing about what is made")


def _anywhere(known: tuple[TrialFile, ...]) -> Tried:
    """Where it looks is not known: of several files one may be good and the one that runs not."""
    if not any(claims(run) for file in known for run in file.runs):
        return Tried(None, known, "pretends", "no test file claims anything about what is made")
    if all(any(map(claims, file.runs)) for file in known):
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
