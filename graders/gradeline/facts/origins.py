"""What a computed value depends on: the commit, a version, a digest, the ref, the run, the clock.

Values are followed through expressions, variables, outputs of steps and jobs, and assignments of scripts.
A constant depends on nothing; what cannot be followed is ``unknown``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from gradeline.facts.case import PipelineFacts
from gradeline.facts.script_shape import literal, tree, walk
from gradeline.model.expression import Constant, Expression, Name, Output, Template, children
from gradeline.model.pipeline import Scenario, Step, Unit, Variable
from gradeline.model.text import Text
from gradeline.records import record
from gradeline.syntax import shell_nodes as sh

# The number of a step, the step, its script, and the words that it hands on by their names.
_Writer = tuple[int, Step, Text, Mapping[str, tuple[sh.Word, ...]]]
Origins = frozenset[str]  # of commit, version, digest, ref, run, time, data, moving, unknown

MAX_DEPTH = 12
NOTHING: Origins = frozenset()
UNKNOWN: Origins = frozenset({"unknown"})
_IDENTITIES = {"commit": "commit", "ref": "ref", "run": "run"}
# Outputs of build and signing steps that name content (docker/build-push-action, README, outputs).
_DIGEST_OUTPUTS = ("digest", "imageid", "image-digest", "sha256", "manifest-digest")


@record
class Around:
    """Where a value is used: the job, the step, and the script whose assignments come first."""

    unit: Unit
    step: Step | None = None
    script: Text | None = None


class Resolver:
    """Follows values of one pipeline in one scenario."""

    def __init__(self, facts: PipelineFacts, scenario: Scenario) -> None:
        self.facts = facts
        self.scenario = scenario
        # GitHub Docs, "Variables reference": GITHUB_SHA is github.sha, RUNNER_OS is runner.os, and so on.
        self.shell_names = {
            "_".join(path).upper().removeprefix("$"): kind for path, kind in facts.pipeline.identity.items()
        }
        for name, path in facts.pipeline.mirrored.items():
            if path in facts.pipeline.identity:
                self.shell_names[name] = facts.pipeline.identity[path]

        self.known: dict[tuple[object, ...], Origins] = {}
        self._order: dict[str, Mapping[str, int]] = {}
        self._writing: dict[str, tuple[_Writer, ...]] = {}

    def _channels(self, wanted: str) -> frozenset[str]:
        return frozenset(name for name, channel in self.facts.pipeline.channels.items() if channel == wanted)

    def _once(self, key: tuple[object, ...], find: Callable[[], Origins]) -> Origins:
        """The answer to a question that may come up on many ways, and on its own way."""
        if key not in self.known:
            self.known[key] = NOTHING
            self.known[key] = find()
        return self.known[key]

    # -- expressions -----------------------------------------------------------------------------

    def text(self, text: Text, around: Around, depth: int = 0) -> Origins:
        """Everything that the computed parts of a text depend on."""
        return NOTHING.union(*(self.expression(hole.expression, around, depth + 1) for hole in text.holes))

    def expression(self, node: Expression, around: Around, depth: int = 0) -> Origins:
        if depth > MAX_DEPTH:
            return UNKNOWN
        if isinstance(node, Constant):
            return NOTHING
        if isinstance(node, Name):
            return self._name(node, around, depth)
        if isinstance(node, Output):
            return self._output(node, around, depth)
        inner = children(node)
        if inner or isinstance(node, Template):
            return NOTHING.union(*(self.expression(child, around, depth + 1) for child in inner))
        return UNKNOWN

    def named(self, path: tuple[str, ...]) -> Origins:
        """What a value of the platform depends on; nothing for one that is not known."""
        kind = self.facts.pipeline.identity.get(path)
        return frozenset({_IDENTITIES[kind]}) if kind in _IDENTITIES else _release(path)

    def _name(self, node: Name, around: Around, depth: int) -> Origins:
        kind = self.facts.pipeline.identity.get(node.path)
        if kind is not None or node.path in self.scenario.names:
            return self.named(node.path)
        if node.path[:1] == ("env",):
            return self.variable(node.path[-1], around, depth + 1)
        return _release(node.path) or UNKNOWN

    def _output(self, node: Output, around: Around, depth: int) -> Origins:
        key = ("output", around.unit.id, node.owner, node.id, node.name)
        return self._once(key, lambda: self._followed_output(node, around, depth))

    def _followed_output(self, node: Output, around: Around, depth: int) -> Origins:
        name = node.name.lower().replace("_", "-")
        if node.owner == "unit":
            unit = self.facts.pipeline.unit(node.id)
            inner = unit.outputs.get(node.name) if unit is not None else None
            if unit is None or inner is None:
                return UNKNOWN
            return self.expression(inner, Around(unit), depth + 1)
        step = next((step for step in around.unit.walk() if step.id == node.id), None)
        if step is None:
            return UNKNOWN
        if step.kind == "composite" and node.name in step.outputs:
            return self.expression(step.outputs[node.name], Around(around.unit, step), depth + 1)
        if step.script is not None and step.captures == "output":
            around = Around(around.unit, step, step.script)
            return self._substitution(tree(step.script.raw), step.script, around, depth + 1)
        if step.script is not None:
            return self._published(step, step.script, node.name, Around(around.unit, step), depth)
        if any(name == known or name.endswith("-" + known) for known in _DIGEST_OUTPUTS):
            return frozenset({"digest"})
        if step.use is not None and step.use.name.endswith("/metadata-action"):
            return self._metadata(step)
        if name in ("version", "new-version", "tag-name", "new-tag", "next-version"):
            return frozenset({"version"})
        return UNKNOWN

    def _metadata(self, step: Step) -> Origins:
        """docker/metadata-action, README, tags input: what each type of tag is made of."""
        tagged = self.scenario.kind in ("tag", "release")
        given = next((text for name, text in step.inputs.items() if name.lower() == "tags"), None)
        lines = [line.strip() for line in given.raw.split("\n") if line.strip()] if given is not None else []
        found: set[str] = set()
        for line in lines or ["type=schedule", "type=ref,event=branch", "type=ref,event=tag"]:
            options = dict(part.partition("=")[::2] for part in line.split(",") if "=" in part)
            kind = options.get("type", "raw")
            if kind == "sha":
                found.add("commit")
            elif kind in ("semver", "pep440", "match") or (kind == "ref" and options.get("event") == "tag"):
                found |= {"version"} if tagged else set()
            elif kind in ("ref", "edge", "schedule"):
                found |= set() if tagged else {"moving"}
            elif given is not None and given.holes:
                found |= self.text(given, Around(self.facts.pipeline.units[0], step))
            else:
                found.add("moving")
        return frozenset(found) or UNKNOWN

    # -- variables and scripts -------------------------------------------------------------------

    def variable(self, name: str, around: Around, depth: int = 0) -> Origins:
        """What an environment variable depends on where it is used."""
        if depth > MAX_DEPTH:
            return UNKNOWN
        step, script = around.step, around.script
        key = ("variable", around.unit.id, step.id if step else "", script.span if script else None, name)
        return self._once(key, lambda: self._followed_variable(name, around, depth))

    def _followed_variable(self, name: str, around: Around, depth: int) -> Origins:
        if around.script is not None:
            assigned = assignments(around.script.raw).get(name)
            if assigned:
                return NOTHING.union(*(self.word(word, around.script, around, depth + 1) for word in assigned))
        step_env = around.step.env if around.step is not None else ()
        bound = _last(name, step_env) or _last(name, around.unit.env)
        published = self._from_earlier_steps(name, around, depth)
        if bound is not None and (published is None or bound.scope == "step"):
            return self.text(bound.value, Around(around.unit, around.step), depth + 1)
        if published is not None:
            return published
        kind = self.shell_names.get(name)
        if kind in _IDENTITIES:
            return frozenset({_IDENTITIES[kind]})
        return NOTHING if kind is not None or name in self.facts.pipeline.known else UNKNOWN

    def word(self, word: sh.Word, script: Text, around: Around, depth: int = 0) -> Origins:
        """What a word of a script depends on."""
        if depth > MAX_DEPTH:
            return UNKNOWN
        inside = Around(around.unit, around.step, script)
        found: set[str] = set()
        for part in word.parts:
            if isinstance(part, sh.Parameter):
                found |= self.variable(part.name, inside, depth + 1) if not part.name.isdigit() else UNKNOWN
            elif isinstance(part, sh.Placeholder):
                if part.number < len(script.holes):
                    found |= self.expression(script.holes[part.number].expression, around, depth + 1)
            elif isinstance(part, sh.Substitution):
                found |= self._substitution(part.body, script, inside, depth + 1)
            elif isinstance(part, sh.Computed):
                found |= UNKNOWN
        return frozenset(found)

    def _substitution(self, body: sh.Sequence, script: Text, around: Around, depth: int) -> Origins:
        """``$(git rev-parse HEAD)``: what the command gives, or what it makes of the values it is given."""
        found: set[str] = set()
        for node in walk(body):
            if isinstance(node, sh.Simple) and node.words:
                words = tuple(literal(word) or _spelled(word) for word in node.words)
                known = told(words)
                if known:
                    found |= known
                    continue
                given = [word for word in node.words if literal(word) is None]
                for word in given:
                    found |= self.word(word, script, around, depth + 1)
                for redirect in node.redirects:
                    if redirect.body is not None:
                        found |= self.word(redirect.body, script, around, depth + 1)
        return frozenset(found) or UNKNOWN

    def _published(self, step: Step, script: Text, name: str, around: Around, depth: int) -> Origins:
        """An output that a script writes: ``echo "name=value" >> file``."""
        words = written(script.raw, self._channels("output")).get(name)
        if not words:
            return UNKNOWN
        return NOTHING.union(*(self.word(word, script, around, depth + 1) for word in words))

    def _from_earlier_steps(self, name: str, around: Around, depth: int) -> Origins | None:
        """A variable that an earlier step of the job put into the environment of later ones."""
        found: set[str] = set()
        seen = False
        last = None if around.step is None else self._positions(around.unit).get(around.step.id)
        for position, step, script, words in self._writers(around.unit):
            if last is not None and position >= last:
                break
            for word in words.get(name, ()):
                seen = True
                found |= self.word(word, script, Around(around.unit, step), depth + 1)
        return frozenset(found) if seen else None

    def _positions(self, unit: Unit) -> Mapping[str, int]:
        """Which step of the unit comes first, second, ..."""
        if unit.id not in self._order:
            self._order[unit.id] = {step.id: at for at, step in reversed(tuple(enumerate(unit.walk())))}
        return self._order[unit.id]

    def _writers(self, unit: Unit) -> tuple[_Writer, ...]:
        """The steps of the unit that put something into the environment of later ones."""
        if unit.id not in self._writing:
            channels = self._channels("env")
            steps = [(at, step, step.script) for at, step in enumerate(unit.walk()) if step.script is not None]
            found = [(at, step, script, written(script.raw, channels)) for at, step, script in steps]
            self._writing[unit.id] = tuple(one for one in found if one[3])
        return self._writing[unit.id]


def _release(path: tuple[str, ...]) -> Origins:
    """Parts of the event's data: the tag of a release is a version."""
    last = path[-1] if path else ""
    if last in ("tag_name", "tag"):
        return frozenset({"version"})
    return frozenset({"commit"}) if last in ("sha", "head_sha", "merge_commit_sha") else NOTHING


def _last(name: str, variables: tuple[Variable, ...]) -> Variable | None:
    return next((variable for variable in reversed(variables) if variable.name == name), None)


@lru_cache(maxsize=256)
def assignments(script: str) -> Mapping[str, tuple[sh.Word, ...]]:
    """The words that each variable of a script is assigned."""
    found: dict[str, tuple[sh.Word, ...]] = {}
    for node in walk(tree(script)):
        if not isinstance(node, sh.Simple):
            continue
        for item in node.assignments:
            if item.value is not None:
                found[item.name] = (*found.get(item.name, ()), item.value)
        if node.words and literal(node.words[0]) in ("export", "local", "declare", "readonly"):
            for word in node.words[1:]:
                for name in _names(word):
                    found[name] = (*found.get(name, ()), word)
    return found


@lru_cache(maxsize=256)
def written(script: str, channels: frozenset[str]) -> Mapping[str, tuple[sh.Word, ...]]:
    """The words ``name=value`` that a script writes into one of the channels, by their names."""
    found: dict[str, tuple[sh.Word, ...]] = {}
    for node in walk(tree(script)):
        redirects = getattr(node, "redirects", ())
        targets = [redirect.target for redirect in redirects if redirect.target is not None]
        if not any(isinstance(part, sh.Parameter) and part.name in channels for word in targets for part in word.parts):
            continue
        for inner in walk(node):
            if isinstance(inner, sh.Simple):
                bodies = [redirect.body for redirect in inner.redirects if redirect.body is not None]
                for word in (*inner.words[1:], *bodies):
                    for name in _names(word):
                        found[name] = (*found.get(name, ()), word)
    return found


def _names(word: sh.Word) -> Iterator[str]:
    """The names of the lines ``name=...`` that a word holds."""
    for position, part in enumerate(word.parts):
        if isinstance(part, sh.Piece):
            for number, line in enumerate(part.text.split("\n")):
                name, equals, _ = line.partition("=")
                if equals and name and (number or position == 0):
                    yield name.strip()


_HASHES = frozenset({"md5sum", "sha1sum", "sha256sum", "sha512sum", "shasum", "b2sum", "xxhsum"})


def _spelled(word: sh.Word) -> str:
    """The fixed pieces of a word: the ``HEAD:`` of ``HEAD:$DATA``."""
    return "".join(part.text for part in word.parts if isinstance(part, sh.Piece))


def _tells_data(words: tuple[str, ...]) -> bool:
    """Whether a command tells which data there is: a hash of files, or what stands in a tracking file or lock.

    DVC documentation, "`.dvc` Files" and "`dvc.lock` file": both hold the hashes of the data.  git-hash-object(1)
    and gitrevisions(7), ``<rev>:<path>``: the hash of one file; git-log(1): the last change of some paths.
    """
    if words[:2] == ("git", "hash-object"):
        return True
    if words[:2] == ("git", "rev-parse") and any(":" in item for item in words):
        return True
    if words[:2] in (("git", "log"), ("git", "rev-list")) and "--" in words[:-1]:
        return True
    if words[0] in _HASHES or words[:2] in (("dvc", "data"), ("dvc", "status"), ("lakectl", "commit")):
        return True
    return any(word.rstrip("'\")}").endswith((".dvc", "dvc.lock")) for word in words[1:])


def told(words: tuple[str, ...]) -> Origins:
    """What a command is known to give; empty when it only passes on what it gets."""
    if _tells_data(words):
        return frozenset({"data"})
    if words[0] == "git":
        return _git(words)
    if words[0] == "date":
        return frozenset({"time"})
    if any("digest" in word.lower() for word in words[1:]):
        return frozenset({"digest"})
    files = ("version", "pyproject.toml", "package.json", "__init__.py", "__about__.py", "version.txt", "cargo.toml")
    for word in words[1:]:
        name = word.lower().rpartition("/")[2]
        if name in files or name.lstrip("-.") == "version" or name.endswith((".version", "version}")):
            return frozenset({"version"})
    return NOTHING


def _git(words: tuple[str, ...]) -> Origins:
    if "--abbrev-ref" in words or words[1:2] in (("branch",), ("symbolic-ref",)):
        return frozenset({"ref"})
    if words[1:2] in (("rev-parse",), ("log",), ("show",), ("rev-list",), ("hash-object",), ("ls-remote",)):
        return frozenset({"commit"})
    return frozenset({"version"}) if words[1:2] in (("describe",), ("tag",)) else UNKNOWN
