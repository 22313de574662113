"""Settings of pytest, coverage and Python itself that change what a pipeline's commands do."""

from __future__ import annotations

import re
import shlex

from gradeline.model.project import Settings
from gradeline.model.text import Text
from gradeline.readers.project_ini import Ini, read_ini
from gradeline.readers.project_source import Chunk, Context, FileText
from gradeline.readers.project_tests import Conventions
from gradeline.readers.project_toml import Toml, read_toml
from gradeline.records import field, record, replace
from gradeline.source import Diagnostic, SourceFile

_VERSION = re.compile(r"\s*([^\s#]+)")
_INSTRUCTION = re.compile(r"\s*([A-Za-z]+)[ \t]+(.*)", re.DOTALL)
_ARGUMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=([\"']?)([^\s\"']*)\2")
_REFERENCE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^{}]*))?\}|([A-Za-z_][A-Za-z0-9_]*))")
_MARKER = re.compile(r"[\s:(]")
_PYTHON_IMAGE = re.compile(r"(?:[^@]*/)?python:([0-9]+(?:\.[0-9]+)*)(?:[-@].*)?")
_DOCKERFILES = ("Dockerfile", "docker/Dockerfile", "Containerfile")


@record(frozen=False)
class Files:
    """The configuration files of the root, each read once."""

    context: Context
    diagnostics: list[Diagnostic] = field(default_factory=list)
    _tomls: dict[str, Toml | None] = field(default_factory=dict)
    _inis: dict[str, Ini | None] = field(default_factory=dict)

    def toml(self, name: str) -> Toml | None:
        if name not in self._tomls:
            file = self.context.file(name)
            self._tomls[name] = None if file is None else read_toml(file)
            found = self._tomls[name]
            self.diagnostics.extend(found.diagnostics if found is not None else ())
        return self._tomls[name]

    def ini(self, name: str) -> Ini | None:
        if name not in self._inis:
            file = self.context.file(name)
            self._inis[name] = None if file is None else read_ini(file)
        return self._inis[name]


Found = tuple[Settings, Conventions, tuple[Diagnostic, ...]]


@record
class _Noting(Context):
    """Notes which files were asked for, with what each gave."""

    asked: list[tuple[str, SourceFile | None]] = field(default_factory=list)

    def file(self, path: str) -> FileText | None:
        found = super().file(path)
        self.asked.append((path, None if found is None else found.source))
        return found


# The settings that files of kits gave, the latest first: most submissions have these files unchanged.
_MAX_KNOWN = 8
_KNOWN: list[tuple[tuple[tuple[str, SourceFile | None], ...], Found]] = []


def read_settings(context: Context) -> Found:
    """The settings, what pytest counts as a test, and files that cannot be read.

    They follow from the files that are asked for and from nothing else, so the same files give the same again.
    """
    for asked, found in tuple(_KNOWN):
        if all(_source(context, path) is source for path, source in asked):
            return found
    noting = _Noting(context.paths, context.read)
    made = _read(noting)
    if all(source is None or source.shared for _, source in noting.asked):
        _KNOWN.insert(0, (tuple(noting.asked), made))
        del _KNOWN[_MAX_KNOWN:]
    return made


def _source(context: Context, path: str) -> SourceFile | None:
    file = context.file(path)
    return None if file is None else file.source


def _read(context: Context) -> Found:
    files = Files(context)
    pytest = _pytest(files)
    patterns = {
        "files": pytest.words("python_files"),
        "classes": pytest.words("python_classes"),
        "functions": pytest.words("python_functions"),
        "skipped": pytest.words("norecursedirs"),
    }
    conventions = replace(Conventions(), **{key: tuple(words) for key, words in patterns.items() if words})
    settings = Settings(
        requires_python=_requires_python(files),
        python_version_file=_version_file(context),
        mise_python=_mise_python(context),
        docker_python=_docker_python(context),
        pytest_paths=tuple(pytest.words("testpaths")),
        pytest_arguments=tuple(pytest.arguments()),
        pytest_markers=tuple(pytest.markers()),
        pytest_limited=pytest.limited(),
        pytest_strict=pytest.strict(),
        pytest_xfail_strict=pytest.is_set("xfail_strict", "strict_xfail", "strict"),
        coverage_minimum=_coverage_minimum(files),
        coverage_source=(*_coverage(files, "run", "source"), *_coverage(files, "run", "source_pkgs")),
        coverage_branch=_branches(files),
        coverage_omit=(*_coverage(files, "run", "omit"), *_coverage(files, "report", "omit")),
    )
    return settings, conventions, tuple(files.diagnostics)


# -- pytest ----------------------------------------------------------------------------------------


@record
class _Options:
    """One source of pytest options: a section of an INI file or a table of a TOML file."""

    ini: Ini | None = None
    section: str = ""
    toml: Toml | None = None
    table: tuple[str, ...] = ()

    def words(self, name: str) -> list[str]:
        if self.ini is not None:
            option = self.ini.option(self.section, name)
            return _without_comments(option.value).split() if option is not None else []
        return self.toml.strings(*self.table, name) if self.toml is not None else []

    def markers(self) -> list[str]:
        """The registered markers: ``slow: takes minutes`` is ``slow``."""
        if self.ini is not None:
            option = self.ini.option(self.section, "markers")
            lines = option.value.split("\n") if option is not None else []
        else:
            lines = self.toml.strings(*self.table, "markers") if self.toml is not None else []
        return [name for line in lines if (name := _MARKER.split(line.strip(), maxsplit=1)[0])]

    def strict(self) -> bool:
        """pytest documentation, "Registering marks"; ``strict`` and ``strict_markers`` are settings since pytest 9."""
        if {"--strict-markers", "--strict"} & set(self.arguments()):
            return True
        return self.is_set("strict", "strict_markers")

    def is_set(self, *names: str) -> bool:
        """Whether one of some settings is true."""
        if self.ini is not None:
            options = (self.ini.option(self.section, name) for name in names)
            return any(one is not None and one.value.strip().lower() in ("true", "1", "yes", "on") for one in options)
        if self.toml is None:
            return False
        return any(self.toml.value(*self.table, name) in (True, "true") for name in names)

    def limited(self) -> bool:
        """pytest-timeout README: ``timeout`` in the settings or ``--timeout``, in seconds; 0 is no limit."""
        for word in self.arguments():
            if word.startswith("--timeout="):
                return _positive(word.partition("=")[2])
        if self.ini is not None:
            option = self.ini.option(self.section, "timeout")
            return option is not None and _positive(_without_comments(option.value))
        return self.toml is not None and _positive(str(self.toml.value(*self.table, "timeout")))

    def arguments(self) -> list[str]:
        if self.toml is not None and isinstance(self.toml.value(*self.table, "addopts"), list):
            return self.toml.strings(*self.table, "addopts")
        if self.toml is not None:
            text = self.toml.string(*self.table, "addopts") or ""
        else:
            option = self.ini.option(self.section, "addopts") if self.ini is not None else None
            text = _without_comments(option.value) if option is not None else ""
        try:
            return shlex.split(text)
        except ValueError:
            return text.split()


def _positive(text: str) -> bool:
    text = text.strip()
    return 0 < len(text) < 12 and text.replace(".", "", 1).isdigit() and float(text) > 0


def _pytest(files: Files) -> _Options:
    """The file pytest takes its options from, in its order (pytest documentation, "Configuration file formats"):
    pytest.toml and pytest.ini count even when empty, the others only with their section."""
    for name in ("pytest.toml", ".pytest.toml"):
        toml = files.toml(name)
        if toml is not None:
            return _Options(toml=toml, table=("pytest",))
    for name in ("pytest.ini", ".pytest.ini"):
        ini = files.ini(name)
        if ini is not None:
            return _Options(ini, "pytest")
    toml = files.toml("pyproject.toml")
    if toml is not None:
        for table in (("tool", "pytest", "ini_options"), ("tool", "pytest")):
            if toml.table(*table):
                return _Options(toml=toml, table=table)
    for name, section in (("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        ini = files.ini(name)
        if ini is not None and section in ini.sections:
            return _Options(ini, section)
    return _Options()


def _without_comments(value: str) -> str:
    return "\n".join(line.partition(" #")[0] for line in value.split("\n"))


# -- coverage and Python versions ------------------------------------------------------------------


def _coverage_minimum(files: Files) -> Text | None:
    """``fail_under`` of the first file that configures coverage (coverage.py documentation, "Configuration")."""
    for name, section in ((".coveragerc", "report"), ("setup.cfg", "coverage:report"), ("tox.ini", "coverage:report")):
        ini = files.ini(name)
        option = ini.option(section, "fail_under") if ini is not None else None
        if option is not None:
            return option.text()
        if name == ".coveragerc" and ini is not None:
            return None
    toml = files.toml("pyproject.toml")
    if toml is not None and toml.value("tool", "coverage", "report", "fail_under") is not None:
        return toml.text("tool", "coverage", "report", "fail_under")
    return None


def _branches(files: Files) -> bool:
    """Whether the file that configures coverage asks for branches."""
    if any(one.raw.strip().lower() in ("true", "1", "yes", "on") for one in _coverage(files, "run", "branch")):
        return True
    toml = files.toml("pyproject.toml") if files.ini(".coveragerc") is None else None
    return toml is not None and toml.value("tool", "coverage", "run", "branch") is True


def _coverage(files: Files, section: str, name: str) -> tuple[Text, ...]:
    """A list of the file that configures coverage."""
    for path, prefix in ((".coveragerc", ""), ("setup.cfg", "coverage:"), ("tox.ini", "coverage:")):
        ini = files.ini(path)
        option = ini.option(prefix + section, name) if ini is not None else None
        if option is not None:
            whole = option.text()
            return tuple(Text(word, whole.span) for word in option.value.replace(",", " ").split())
        if path == ".coveragerc" and ini is not None:
            return ()
    toml = files.toml("pyproject.toml")
    if toml is None or toml.value("tool", "coverage", section, name) is None:
        return ()
    place = toml.text("tool", "coverage", section, name)
    if place is None:
        return ()
    return tuple(Text(word, place.span) for word in toml.strings("tool", "coverage", section, name))


def _requires_python(files: Files) -> Text | None:
    toml = files.toml("pyproject.toml")
    if toml is not None:
        for path in (("project", "requires-python"), ("tool", "poetry", "dependencies", "python")):
            if toml.string(*path) is not None:
                return toml.text(*path)
    ini = files.ini("setup.cfg")
    option = ini.option("options", "python_requires") if ini is not None else None
    return option.text() if option is not None else None


def _version_file(context: Context) -> Text | None:
    """The first version in .python-version; blank lines and comments do not count."""
    file = context.file(".python-version")
    position = 0
    for line in file.text.split("\n") if file is not None else ():
        found = _VERSION.match(line)
        if file is not None and found is not None:
            start = position + found.start(1)
            return file.compose([Chunk(found[1], start)], start, position + found.end(1))
        position += len(line) + 1
    return None


# -- Dockerfile ------------------------------------------------------------------------------------


def _mise_python(context: Context) -> Text | None:
    from gradeline.readers.project_mise import version_of

    file = context.file("mise.toml") or context.file(".mise.toml")
    toml = read_toml(file) if file is not None else None
    value = toml.value("tools", "python") if toml is not None else None
    version = version_of(value)
    return Text(version, toml.span("tools", "python")) if toml is not None and version else None


def _docker_python(context: Context) -> Text | None:
    """The Python version of the image that the last build stage starts from."""
    file = context.first("", _DOCKERFILES)
    if file is None:
        return None
    arguments: dict[str, str] = {}
    stages: dict[str, tuple[str, Text]] = {}
    last: tuple[str, Text] | None = None
    for start, line in _instructions(file):
        found = _INSTRUCTION.match(line)
        if found is None:
            continue
        word = found[1].upper()
        if word == "ARG" and last is None:
            for argument in _ARGUMENT.finditer(found[2]):
                arguments[argument[1]] = argument[3]
        elif word == "FROM":
            last = _base(file, start + found.start(2), found[2], arguments, stages)
    match = _PYTHON_IMAGE.fullmatch(last[0]) if last is not None else None
    if last is None or match is None:
        return None
    written = last[1]
    offset = written.raw.find(match[1])
    if offset < 0 or written.raw != last[0]:
        return Text(match[1], written.span)  # the version is the value of an ARG
    span = written.at(match.start(1), match.end(1))
    return Text(match[1], span, (), ((span.line, span.column),))


def _base(
    file: FileText, start: int, rest: str, arguments: dict[str, str], stages: dict[str, tuple[str, Text]]
) -> tuple[str, Text]:
    """(image, where it is written) of a FROM, with arguments put in and stages followed."""
    words = [(match.start(), match[0]) for match in re.finditer(r"\S+", rest) if not match[0].startswith("--")]
    if not words:
        return "", Text("", file.span(start, start))
    offset, image = words[0]
    text = file.compose([Chunk(image, start + offset)], start + offset, start + offset + len(image))

    def value(match: re.Match[str]) -> str:
        return arguments.get(match[1] or match[3], match[2] or "")

    base = stages.get(image.lower(), (_REFERENCE.sub(value, image), text))
    if len(words) >= 3 and words[1][1].upper() == "AS":
        stages[words[2][1].lower()] = base
    return base


def _instructions(file: FileText) -> list[tuple[int, str]]:
    """The instructions of a Dockerfile with their offsets; only the first line of one matters here."""
    found: list[tuple[int, str]] = []
    position = 0
    continued = False
    for line in file.text.split("\n"):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            if not continued:
                found.append((position, line.rstrip()))
            continued = stripped.endswith("\\")
        position += len(line) + 1
    return found
