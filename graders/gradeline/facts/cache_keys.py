"""What a cache key depends on: the operating system, the language version, the lock file, the run.

Asked for one leg of one scenario.  The key is followed through functions, variables, outputs of steps and
jobs, and the commands that scripts compute it with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from gradeline.facts.case import PipelineFacts
from gradeline.facts.evaluate import evaluate, text_of
from gradeline.facts.origins import assignments, written
from gradeline.facts.reached_effects import Performed, performed_at, start
from gradeline.facts.script_shape import literal, walk
from gradeline.model.effects import CacheUse, Toolchain
from gradeline.model.expression import Call, Expression, Name, Output, children
from gradeline.model.pipeline import Scenario, Step, Unit, Variable
from gradeline.model.project import Project
from gradeline.model.text import Text
from gradeline.records import record
from gradeline.syntax import shell_nodes as sh

MAX_DEPTH = 12
# What people call the systems of the machines whose labels begin so.
_SYSTEMS = {
    "ubuntu": ("ubuntu", "linux"),
    "windows": ("windows", "win32", "win64"),
    "macos": ("macos", "darwin", "osx"),
    "linux": ("linux",),
}
_DISTRIBUTIONS = ("linux", "debian", "ubuntu", "alpine", "bookworm", "bullseye", "trixie", "slim", "fedora", "rocky")
_CHECKSUMS = frozenset(
    {"sha256sum", "sha1sum", "sha512sum", "md5sum", "shasum", "md5", "cksum", "b2sum", "cat", "openssl"}
)
_LOCKS = (
    "poetry.lock",
    "uv.lock",
    "pdm.lock",
    "Pipfile.lock",
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "conda-lock.yml",
    "pixi.lock",
    "Cargo.lock",
    "go.sum",
    "dvc.lock",
)


@record
class KeyParts:
    """``parts``: what changes the key, of ``os``, ``toolchain``, ``lock``, ``run``, ``commit``, ``ref`` and
    ``lock?`` for files that cannot be seen.  ``missing_files``: hashed patterns that match no file."""

    parts: frozenset[str]
    missing_files: tuple[str, ...] = ()
    hashed: tuple[str, ...] = ()


def key_parts(facts: PipelineFacts, item: Performed[CacheUse], scenario: Scenario, leg: int) -> KeyParts:
    """What the key of a cache changes with, seen from one leg of one scenario."""
    key = _Key(facts, item, scenario, leg)
    if item.effect.key is None:
        return key.built(item.effect)
    key.parts |= item.effect.covers - {"lock"}  # what the platform tells apart by itself
    return key.written(item.effect.key)


class _Key:
    """One key while it is followed."""

    def __init__(self, facts: PipelineFacts, item: Performed[CacheUse], scenario: Scenario, leg: int) -> None:
        self.facts = facts
        self.project = facts.project
        self.unit = item.unit
        self.step = item.step
        self.moment = start(facts, item, scenario, leg)
        self.parts: set[str] = set()
        self.hashed: list[str] = []
        self.missing: list[str] = []
        self.seen: set[object] = set()
        self.systems = _names(item.unit.runs_on)
        self.version_names: set[tuple[str, ...]] = set()
        self.version_steps: set[str] = set()
        self.version_files: set[str] = set()
        self.versions: set[str] = set()
        self._toolchains(performed_at(facts, Toolchain, item.unit, scenario, leg))

    def _toolchains(self, found: Iterable[Performed[Toolchain]]) -> None:
        for one in found:
            self.version_steps.add(one.step.id)
            self.version_names |= _names(one.effect.versions)
            self.versions.update(filter(None, (self.moment.text(text) for text in one.effect.versions)))
            file = self.moment.text(one.effect.version_file)
            if file:
                self.version_files.add(file.removeprefix("./"))
        if self.unit.image is not None:
            self.versions.add(self.unit.image.version.partition("@")[0].split("-")[0])
        if self.unit.image_text is not None:
            self.version_names |= _names((self.unit.image_text,))

    def built(self, cache: CacheUse) -> KeyParts:
        """A key that the tool makes by itself."""
        self.parts |= set(cache.covers) - {"lock"}
        if cache.key_files is None:
            # The tool tries its default names in order and hashes the first that exists.
            self._hash(cache.default_files)
            if self.hashed:
                self.missing = []
        for text in cache.key_files or ():
            patterns = self.moment.text(text)
            if patterns is None:
                self.parts.add("lock?")
            else:
                self._hash(line.strip() for line in patterns.split("\n") if line.strip())
        return self._answer()

    def written(self, key: Text) -> KeyParts:
        self._text(key, self.step, 0)
        value = self.moment.hidden_text(key).lower()
        if any(word in value for word in self._system_words()):
            self.parts.add("os")
        if any(_mentions(value, version.lower()) for version in self.versions):
            self.parts.add("toolchain")
        return self._answer()

    def _system_words(self) -> tuple[str, ...]:
        """What people call the system of this leg; any system's name when the machine is not known by its label."""
        if self.unit.image is not None or self.unit.image_text is not None:
            return _DISTRIBUTIONS  # containers are Linux
        machine = " ".join(self.moment.hidden_text(text) for text in self.unit.runs_on).lower()
        known = tuple(word for label, words in _SYSTEMS.items() if label in machine for word in words)
        return known or tuple(word for words in _SYSTEMS.values() for word in words)

    def _answer(self) -> KeyParts:
        if any(is_lock(path) for path in self.hashed):
            self.parts.add("lock")
        if self.version_files & set(self.hashed):
            self.parts.add("toolchain")
        return KeyParts(
            frozenset(self.parts), tuple(dict.fromkeys(self.missing)), tuple(dict.fromkeys(self.hashed))
        )

    def _hash(self, patterns: Iterable[str]) -> None:
        found, missing = _hashed(self.project, list(patterns))
        self.hashed.extend(found)
        self.missing.extend(missing)

    # -- following -------------------------------------------------------------------------------

    def _once(self, key: object, find: Callable[[], None]) -> None:
        if key not in self.seen:
            self.seen.add(key)
            find()

    def _text(self, text: Text, step: Step | None, depth: int) -> None:
        for hole in text.holes:
            self._expression(hole.expression, step, depth + 1)

    def _expression(self, node: Expression, step: Step | None, depth: int) -> None:
        if depth > MAX_DEPTH:
            return
        if isinstance(node, Name):
            self._name(node, step, depth)
        elif isinstance(node, Output):
            self._output(node, depth)
        elif isinstance(node, Call) and node.function == "hashfiles":
            for argument in node.arguments:
                pattern = text_of(evaluate(argument, self.moment))
                if pattern is None:
                    self.parts.add("lock?")
                else:
                    self._hash(line.strip() for line in pattern.split("\n") if line.strip())
        else:
            for child in children(node):
                self._expression(child, step, depth + 1)

    def _name(self, node: Name, step: Step | None, depth: int) -> None:
        kind = self.facts.pipeline.identity.get(node.path)
        if kind:
            self.parts.add(kind)
        if node.path in self.systems:
            self.parts.add("os")
        if node.path in self.version_names:
            self.parts.add("toolchain")
        if node.path[:1] == ("env",):
            self._variable(node.path[-1], step, depth + 1)

    def _variable(self, name: str, step: Step | None, depth: int) -> None:
        """A variable that is bound here, or that an earlier step put into the environment."""
        if depth <= MAX_DEPTH:
            self._once(("variable", name, step.id if step else ""), lambda: self._bound(name, step, depth))

    def _bound(self, name: str, step: Step | None, depth: int) -> None:
        shell_name = next((kind for path, kind in self._identity() if "_".join(path).upper() == name), None)
        if shell_name is not None:
            self.parts.add(shell_name)
        bound = _last(name, step.env if step is not None else ()) or _last(name, self.unit.env)
        if bound is not None:
            self._text(bound.value, step, depth + 1)
        channels = self._channels("env")
        for earlier in self.unit.walk():
            if step is not None and earlier.id == step.id:
                break
            if earlier.script is not None:
                for word in written(earlier.script.raw, channels).get(name, ()):
                    self._word(word, earlier.script, earlier, depth + 1)

    def _identity(self) -> Iterable[tuple[tuple[str, ...], str]]:
        return self.facts.pipeline.identity.items()

    def _channels(self, wanted: str) -> frozenset[str]:
        return frozenset(name for name, channel in self.facts.pipeline.channels.items() if channel == wanted)

    def _output(self, node: Output, depth: int) -> None:
        if node.owner == "unit":
            unit = self.facts.pipeline.unit(node.id)
            inner = unit.outputs.get(node.name) if unit is not None else None
            if unit is not None and inner is not None:
                self._once(("unit", node.id, node.name), lambda: self._elsewhere(unit, inner, depth))
            return
        if node.id in self.version_steps:
            self.parts.add("toolchain")
            return
        step = next((step for step in self.unit.walk() if step.id == node.id), None)
        if step is None:
            return
        if node.name in step.outputs:
            self._expression(step.outputs[node.name], step, depth + 1)
        elif step.script is not None:
            for word in written(step.script.raw, self._channels("output")).get(node.name, ()):
                self._word(word, step.script, step, depth + 1)

    def _elsewhere(self, unit: Unit, expression: Expression, depth: int) -> None:
        """An output of another job is followed among that job's steps."""
        mine, self.unit = self.unit, unit
        try:
            self._expression(expression, None, depth + 1)
        finally:
            self.unit = mine

    def _word(self, word: sh.Word, script: Text, step: Step, depth: int) -> None:
        if depth > MAX_DEPTH:
            return
        for part in word.parts:
            if isinstance(part, sh.Parameter):
                for value in assignments(script.raw).get(part.name, ()):
                    self._once(
                        ("word", step.id, value.start, value.end),
                        partial(self._word, value, script, step, depth + 1),
                    )
                self._variable(part.name, step, depth + 1)
            elif isinstance(part, sh.Placeholder) and part.number < len(script.holes):
                self._expression(script.holes[part.number].expression, step, depth + 1)
            elif isinstance(part, sh.Substitution):
                for node in walk(part.body):
                    if isinstance(node, sh.Simple) and node.words:
                        self._command(node, script, step, depth + 1)

    def _command(self, node: sh.Simple, script: Text, step: Step, depth: int) -> None:
        """A command whose output becomes part of the key."""
        words = [literal(word) for word in node.words]
        name = (words[0] or "").rpartition("/")[2]
        files = [redirect.target for redirect in node.redirects if redirect.operator == "<"]
        if name in _CHECKSUMS or words[:2] == ["git", "hash-object"]:
            named = [word for word in words[1:] if word] + [literal(word) for word in files if word is not None]
            self._hash(word for word in named if word and not word.startswith("-") and self.project.matching(word))
        elif name.startswith("python") and any(word in ("-V", "-VV", "--version") for word in words[1:]):
            self.parts.add("toolchain")
        elif name.startswith("python") and any("version" in (word or "") for word in words[1:]):
            self.parts.add("toolchain")  # python -c "import sys; print(sys.version_info)"
        elif name in ("uname", "lsb_release"):
            self.parts.add("os")
        elif name == "date":
            self.parts.add("time")
        elif name == "git":
            self.parts.add("commit")
        else:
            for word in node.words[1:]:
                self._word(word, script, step, depth + 1)


def is_lock(path: str) -> bool:
    """Whether a file name is that of a lock file: it fixes the exact version of every package."""
    name = path.rsplit("/", 1)[-1]
    if name in _LOCKS or name.endswith(".lock"):
        return True
    return is_requirements(path)


def is_requirements(path: str) -> bool:
    """Whether a file is one that pip installs from: `requirements-dev.txt`, or `requirements/dev.txt`."""
    folder, _, name = path.rpartition("/")
    kinds = ("requirements", "constraints")
    named = name.startswith(kinds) or folder.rpartition("/")[2] in kinds
    return named and name.endswith((".txt", ".lock"))


def is_data_lock(path: str) -> bool:
    """Whether a file fixes the version of data: those in which DVC writes its hashes."""
    return path.endswith(".dvc") or path.rsplit("/", 1)[-1] == "dvc.lock"


def _hashed(project: Project, patterns: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    found: list[str] = []
    missing: list[str] = []
    for pattern in patterns:
        if pattern.startswith("!"):
            continue
        matching = project.matching(pattern) or ((pattern.removeprefix("./"),) if project.has(pattern) else ())
        found.extend(matching)
        if not matching:
            missing.append(pattern)
    return tuple(dict.fromkeys(found)), tuple(missing)


def _mentions(value: str, version: str) -> bool:
    """Whether the version stands in the text, as ``3.12`` or as in ``py312``."""
    if len(version) < 3:
        return False
    short = version.replace(".", "")
    return version in value or f"py{short}" in value or f"cp{short}" in value


def _last(name: str, variables: tuple[Variable, ...]) -> Variable | None:
    return next((variable for variable in reversed(variables) if variable.name == name), None)


def _names(texts: tuple[Text, ...]) -> set[tuple[str, ...]]:
    return {node.path for text in texts for node in text.expressions() if isinstance(node, Name)}
