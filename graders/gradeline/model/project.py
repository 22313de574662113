"""What the repository around a pipeline defines: named commands, scripts, settings, file names.

Only what the pipelines reach is here; a command that names a target which is not here is opaque.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from gradeline.model.data import Data
from gradeline.model.pipeline import Shell
from gradeline.model.text import Text
from gradeline.records import field, record, replace
from gradeline.source import Diagnostic, SourceFile, Span

if TYPE_CHECKING:
    from gradeline.model.code import Codebase
    from gradeline.model.controller import Controller
    from gradeline.model.document import Document
    from gradeline.model.image import Image
    from gradeline.model.infrastructure import Infrastructure
    from gradeline.model.load_test import LoadTest
    from gradeline.model.manifest import Manifests
    from gradeline.model.monitoring import Monitoring
    from gradeline.model.playbook import Playbooks
    from gradeline.model.repository import Repository
    from gradeline.model.services import Services
    from gradeline.model.shared import SharedStep
    from gradeline.model.workload import Workload

# The file a runner reads when none is named; other spellings of the same default count as it.
_RUNNER_FILES: Mapping[str, tuple[str, ...]] = {
    "make": ("Makefile", "makefile", "GNUmakefile"),
    "just": ("justfile", "Justfile", ".justfile", "JUSTFILE"),
    "task": ("Taskfile.yml", "taskfile.yml", "Taskfile.yaml", "taskfile.yaml", "Taskfile.dist.yml",
             "taskfile.dist.yml", "Taskfile.dist.yaml", "taskfile.dist.yaml"),
    "tox": ("tox.ini", "setup.cfg", "pyproject.toml", "tox.toml"),
    "nox": ("noxfile.py",),
    "npm": ("package.json",),
    "pre-commit": (".pre-commit-config.yaml", ".pre-commit-config.yml"),
    "dvc": ("dvc.yaml",),
    "mise": ("mise.toml", ".mise.toml", "mise/config.toml", ".mise/config.toml", ".config/mise.toml"),
}  # fmt: skip


def recipe_key(runner: str, name: str, directory: str = "", file: str = "") -> tuple[str, str]:
    """The key of a task in ``Project.recipes``.

    A task of the runner's default file in the repository root has its plain name: ``("make", "test")``.
    One of another folder or file has the file before it, as in ``("make", "api/Makefile:test")`` for
    ``make -C api test`` and ``("make", "ci/build.mk:test")`` for ``make -f ci/build.mk test``.
    ``directory`` is where the runner works, relative to the repository; ``file`` is relative to it.
    pre-commit always reads the file in the root, whatever folder it is started in.
    """
    defaults = _RUNNER_FILES.get(runner, ("pyproject.toml",))
    if runner == "pre-commit" and not file:
        directory = ""
    path = posixpath.normpath(posixpath.join(directory, file or defaults[0]))
    folder, _, base = path.rpartition("/")
    if base in defaults:
        path = f"{folder}/{defaults[0]}" if folder else defaults[0]
    return (runner, name) if path == defaults[0] else (runner, f"{path}:{name}")


@record
class RecipeLine:
    """One command text of a recipe, run in a shell of its own."""

    text: Text
    shell: Shell
    ignores_errors: bool = False


@record
class Recipe:
    """A named command of a task runner: a make target, a tox environment, an npm script, ...

    ``needs`` run first, in order; the recipe stops at the first line that fails unless that line
    ignores errors.  ``directory`` is relative to the repository root.
    """

    runner: str  # make, just, task, tox, nox, npm, hatch, pdm, pixi, poe, pre-commit, ...
    name: str
    span: Span
    lines: tuple[RecipeLine, ...] = ()
    needs: tuple[str, ...] = ()
    directory: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    opaque: str = ""  # why the commands cannot be seen, empty when they can
    python: str = ""  # the one version of Python that the runner takes for it, empty when it takes what is there


@record
class ScriptFile:
    """A script of the repository.  ``shell`` comes from its first line.

    A Python file that starts other programs has program ``python``; its ``text`` is then not Python but
    the shell commands it amounts to (``subprocess.run(["pytest"], check=True)`` is ``pytest || exit 1``),
    each with the place of its Python statement.
    """

    path: str
    text: Text
    shell: Shell


@record
class TestFunction:
    """A test as pytest would collect it, read from the syntax tree, never imported."""

    path: str
    name: str  # "test_x" or "TestClass::test_x"
    markers: frozenset[str]
    span: Span
    ignored: str = ""  # the conftest.py that keeps pytest from collecting it unless its file is named


@record
class Settings:
    """Values of configuration files that change what a command does."""

    requires_python: Text | None = None
    python_version_file: Text | None = None  # first line of .python-version
    mise_python: Text | None = None  # the one version of Python among the tools of mise.toml
    docker_python: Text | None = None  # Python version of the Dockerfile's base image
    pytest_paths: tuple[str, ...] = ()
    pytest_arguments: tuple[str, ...] = ()
    pytest_markers: tuple[str, ...] = ()  # the names that are registered
    pytest_limited: bool = False  # each test is ended after some time (pytest-timeout)
    pytest_strict: bool = False  # an unregistered marker is an error
    pytest_xfail_strict: bool = False  # a test that is expected to fail and passes is an error
    coverage_minimum: Text | None = None
    coverage_source: tuple[Text, ...] = ()  # packages and folders that are measured
    coverage_branch: bool = False  # branches are measured, too
    coverage_omit: tuple[Text, ...] = ()  # files that are left out


class Surroundings(Protocol):
    """What no step names and some checks ask for: it is read when it is first asked for.

    ``diagnostics`` are about the files read so far.
    """

    @property
    def tests(self) -> tuple[TestFunction, ...]: ...

    @property
    def settings(self) -> Settings: ...

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]: ...


@record
class KnownSurroundings:
    """Surroundings that hold no more than is given."""

    tests: tuple[TestFunction, ...] = ()
    settings: Settings = Settings()
    diagnostics: tuple[Diagnostic, ...] = ()

# Properties of a project that are read when somebody asks, each with diagnostics of its own.
_ASKED_FOR = ("repository", "data", "infrastructure", "playbooks", "monitoring", "manifests", "code")


@record
class Project:
    """``paths`` are all regular files of the submission and its kit (relative, ``/``), sorted.
    ``recipes`` is keyed by (runner, name); the default recipe of a runner has the name ``""``.
    ``reached`` are the diagnostics of the files that the pipelines reach."""

    paths: tuple[str, ...] = ()
    recipes: Mapping[tuple[str, str], Recipe] = field(default_factory=dict)
    scripts: Mapping[str, ScriptFile] = field(default_factory=dict)
    files: Mapping[str, SourceFile] = field(default_factory=dict)  # every text file, read when it is asked for
    reached: tuple[Diagnostic, ...] = ()
    surroundings: Surroundings = KnownSurroundings()
    images: Mapping[str, Image] = field(default_factory=dict)  # by the path of the build file, read when asked for
    build_files: tuple[str, ...] = ()  # the paths that ``images`` may have, known without reading them
    services: Mapping[str, Services] = field(default_factory=dict)  # by the path of the compose file, likewise
    load_tests: Mapping[str, LoadTest] = field(default_factory=dict)  # by the path of the script, likewise
    workloads: Mapping[str, Workload] = field(default_factory=dict)  # by the path of their file, likewise
    read_data: Callable[[], Data] = Data
    documents: Mapping[str, Document] = field(default_factory=dict)  # YAML, JSON and TOML files as plain values
    read_shared: Callable[[], tuple[SharedStep, ...]] | None = None
    read_started: Callable[[str], tuple[Mapping[tuple[str, str], Recipe], Mapping[str, ScriptFile]]] | None = None
    read_controller: Callable[[], Controller] | None = None
    read_repository: Callable[[], Repository] | None = None
    read_code: Callable[[], Codebase] | None = None
    read_monitoring: Callable[[], Monitoring] | None = None
    read_playbooks: Callable[[], Playbooks] | None = None
    read_infrastructure: Callable[[], Infrastructure] | None = None
    read_manifests: Callable[[], Manifests] | None = None

    @cached_property
    def code(self) -> Codebase:
        """The Python files, each read when asked for."""
        from gradeline.model.code import Codebase

        return self.read_code() if self.read_code is not None else Codebase({})

    @property
    def shared(self) -> tuple[SharedStep, ...]:
        """Steps that the repository defines for its pipelines, read when asked for."""
        return self.read_shared() if self.read_shared is not None else ()

    def around(self, path: str) -> Project:
        """The project as a script sees it that people start by hand, which no pipeline names."""
        if self.read_started is None or path in self.scripts:
            return self
        recipes, scripts = self.read_started(path)
        return replace(self, recipes={**recipes, **self.recipes}, scripts={**scripts, **self.scripts})

    @cached_property
    def controller(self) -> Controller:
        """The server that runs the pipelines, as far as the repository configures it, read when asked for."""
        from gradeline.model.controller import Controller

        return self.read_controller() if self.read_controller is not None else Controller()

    @cached_property
    def monitoring(self) -> Monitoring:
        """What watches the service, read when somebody first asks."""
        from gradeline.model.monitoring import Monitoring

        return self.read_monitoring() if self.read_monitoring is not None else Monitoring()

    @cached_property
    def playbooks(self) -> Playbooks:
        """What the repository does to machines by plays, read when asked for."""
        from gradeline.model.playbook import Playbooks

        return self.read_playbooks() if self.read_playbooks is not None else Playbooks()

    @cached_property
    def infrastructure(self) -> Infrastructure:
        """What the repository declares for a cloud to hold, read when asked for."""
        from gradeline.model.infrastructure import Infrastructure

        return self.read_infrastructure() if self.read_infrastructure is not None else Infrastructure()

    @cached_property
    def manifests(self) -> Manifests:
        """What the repository declares for a cluster to run, read when asked for."""
        from gradeline.model.manifest import Manifests

        return self.read_manifests() if self.read_manifests is not None else Manifests()

    @cached_property
    def data(self) -> Data:
        """The data under version control and its stages, read when somebody first asks."""
        return self.read_data()

    @cached_property
    def repository(self) -> Repository:
        """What the repository says about itself, read when somebody first asks."""
        from gradeline.model.repository import Repository

        return self.read_repository() if self.read_repository is not None else Repository()

    @property
    def tests(self) -> tuple[TestFunction, ...]:
        return self.surroundings.tests

    @property
    def settings(self) -> Settings:
        return self.surroundings.settings

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What was wrong with the files read so far: what no pipeline names counts once a check has asked for it."""
        asked = [one for name in _ASKED_FOR if name in self.__dict__ for one in self.__dict__[name].diagnostics]
        found = (*self.reached, *self.surroundings.diagnostics, *asked)
        return tuple(dict.fromkeys(found)) if found else ()

    def has(self, path: str) -> bool:
        """Whether a regular file, or a folder with one inside, is at ``path``."""
        path = path.strip("/").removeprefix("./")
        if path in ("", "."):
            return True
        return path in self._all or any(known.startswith(path + "/") for known in self.paths)

    def is_file(self, path: str) -> bool:
        """Whether a regular file is at ``path``, spelled as in ``paths``."""
        return path in self._all

    def matching(self, pattern: str) -> tuple[str, ...]:
        """Files that match a shell-like pattern; ``**`` also matches across folders and none."""
        pattern = pattern.removeprefix("./")
        known = self._matching.get(pattern)
        if known is not None:
            return known
        variants = {pattern, pattern.replace("**/", "")}
        self._matching[pattern] = found = tuple(
            path
            for path in self.paths
            if any(
                fnmatchcase(path, variant) and ("**" in pattern or path.count("/") == variant.count("/"))
                for variant in variants
            )
        )
        return found

    @cached_property
    def _matching(self) -> dict[str, tuple[str, ...]]:
        return {}  # what patterns matched: checks ask for the same ones in each scenario and leg

    @cached_property
    def _all(self) -> frozenset[str]:
        return frozenset(self.paths)
