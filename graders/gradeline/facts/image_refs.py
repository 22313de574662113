"""The image references that commands build, scan, publish and deploy, and how firm they are.

Reference grammar: Docker documentation, "docker image tag"; OCI distribution specification, "Pulling
manifests" (a digest names content, a tag can be moved).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.origins import UNKNOWN, Around, Origins, Resolver
from gradeline.facts.readings import Reading
from gradeline.facts.script_shape import literal, tree, walk
from gradeline.facts.shell_state import HIDDEN
from gradeline.facts.traces import plain
from gradeline.model.expression import Output
from gradeline.model.expression import walk as walk_expression
from gradeline.model.pipeline import Scenario
from gradeline.model.text import Hole, Places, Text
from gradeline.records import record, replace
from gradeline.source import Span
from gradeline.syntax import shell_nodes as sh

_SCHEMES = ("docker://", "oci://", "docker-daemon:", "containers-storage:")
_SOURCES = ("docker:", "podman:", "registry:")  # where a scanner is told to look (Grype README, Supported sources)
_TAG_OPTIONS = ("--tag", "--destination", "tags")
_IMAGE_OPTIONS = ("--image", "--image-uri", "--container-image", "--image-identifier")
_FIXED = frozenset({"commit", "digest", "version", "run"})


@record
class Ref:
    """An image reference in one scenario.

    ``text`` holds ``HIDDEN`` for what is computed, ``origins`` is what that depends on.  ``name`` is without
    tag and digest, ``tag`` None when there is none.
    """

    text: str
    name: str
    tag: str | None
    digest: bool
    origins: Origins
    span: Span

    @property
    def computed(self) -> bool:
        """Whether not even the name of the image is known."""
        return self.tag is None and HIDDEN in self.name

    @property
    def shown(self) -> str:
        return self.text.replace(HIDDEN, "…")


def reference(text: str, origins: Origins, span: Span) -> Ref:
    rest = text.strip().strip("\"'")
    for scheme in _SCHEMES:
        rest = rest.removeprefix(scheme)
    for source in _SOURCES:
        inner = rest.removeprefix(source)
        rest = inner if "/" in inner or ":" in inner else rest  # `docker:dind` is an image
    rest, at, _ = rest.partition("@")
    folder, slash, last = rest.rpartition("/")
    name, colon, tag = last.partition(":")
    if not colon and HIDDEN in name and not at:
        return Ref(rest, rest, None, "digest" in origins, origins, span)
    return Ref(rest + (at + "…" if at else ""), folder + slash + name, tag if colon else None, bool(at), origins, span)


def is_fixed(ref: Ref, scenario: Scenario) -> bool | None:
    """Whether the reference names one content for good: by digest, commit, version or run.  None: unknown."""
    if ref.digest:
        return True
    if HIDDEN not in (ref.name if ref.tag is None else ref.tag):
        return ref.tag is not None and (_is_version(ref.tag) or _is_hash(ref.tag))
    if ref.origins & _FIXED:
        return True
    if "ref" in ref.origins and scenario.kind in ("tag", "release"):
        return True
    return False if ref.origins and ref.origins <= {"ref", "moving"} else None


def _is_version(tag: str) -> bool:
    """``1.2.3`` and ``v1.2.3-rc1``; a shorter version moves with every release."""
    core = tag.removeprefix("v").partition("-")[0].partition("+")[0]
    parts = core.split(".")
    return len(parts) >= 3 and all(part.isdecimal() for part in parts)


def _is_hash(tag: str) -> bool:
    core = tag.rpartition("-")[2]
    return len(core) >= 7 and set(core) <= set("0123456789abcdef") and not core.isalpha() and not core.isdecimal()


# -- what an activity works on -------------------------------------------------------------------------


class Images:
    """The references of one pipeline's activities in one scenario."""

    def __init__(self, facts: PipelineFacts, scenario: Scenario) -> None:
        self.facts = facts
        self.scenario = scenario
        self.resolver = Resolver(facts, scenario)
        self._commands: dict[tuple[Span, str], list[tuple[Span, sh.Simple]]] = {}

    def built(self, item: Activity) -> tuple[Ref, ...]:
        """The names an image build gives to its result."""
        return tuple(ref for reading in item.readings_of(["build-image"]) for ref in self._tags(item, reading))

    def published(self, item: Activity) -> tuple[Ref, ...]:
        """The references a command sends to a registry."""
        found: list[Ref] = []
        for reading in item.readings_of(["push-image"]):
            tags = self._tags(item, reading)
            if tags:
                found.extend(tags)
            elif "--all-tags" in reading.options:
                found.extend(ref for build in self.facts.doing("build-image") for ref in self.built(build))
            elif item.invocation is not None and reading.targets and "build-image" not in reading.classes:
                found.extend(self._pushed(item, reading))
        return tuple(found)

    def scanned(self, item: Activity) -> tuple[Ref, ...]:
        """The images a scanner looks at; a file has the path as its name."""
        return tuple(
            self._word(item, target)
            for reading in item.readings_of(["image-scan"])
            for target in reading.targets
            if target is not None
        )

    def deployed(self, item: Activity) -> tuple[Ref, ...]:
        """The images a deployment names itself; empty when a file names them."""
        if item.invocation is None:
            return tuple(self._inputs(item, ("image", "images", "container-image")))
        return tuple(self._word(item, value, word) for value, word in self.named(item))

    def named(self, item: Activity) -> Iterator[tuple[str, str]]:
        """The images that a command which deploys names, each with the word that names it."""
        words = item.invocation.words if item.invocation is not None else ()
        for position, word in enumerate(words):
            name, equals, value = word.partition("=")
            following = words[position + 1] if position + 1 < len(words) else ""
            if name in _IMAGE_OPTIONS:
                yield (value if equals else following), (word if equals else following)
            elif name == "--kustomize-image":  # `image`, or `name=image`
                told = value if equals and word.startswith("--") else following
                yield told.rpartition("=")[2], (word if equals else following)
            elif name in ("--set", "--set-string", "--parameter", "-p"):
                yield from _settings(value if equals else following)
        if "image" in words and "set" in words:
            after = [word for word in words[words.index("image") + 1 :] if "=" in word and not word.startswith("-")]
            yield from ((word.partition("=")[2], word) for word in after)

    def reference_of(self, item: Activity, value: str, word: str) -> Ref:
        """The reference that a word of a traced command holds."""
        if item.invocation is not None:
            words = tuple(plain(known) for known in item.invocation.words)
            item = replace(item, invocation=replace(item.invocation, words=words))
        return self._word(item, plain(value), plain(word))

    def sources(self, item: Activity) -> tuple[Ref, ...]:
        """What a copy or a new name is made from: ``docker tag A B``, ``skopeo copy A B``."""
        words = item.invocation.words if item.invocation is not None else ()
        operands = [word for word in words[1:] if not word.startswith("-")]
        if words[:2] in (("docker", "tag"), ("podman", "tag"), ("buildah", "tag")) and len(operands) == 3:
            return (self._word(item, operands[1]), self._word(item, operands[2]))
        for reading in item.readings_of(["push-image"]):
            targets = [target for target in reading.targets if target is not None]
            if "build-image" not in reading.classes and len(targets) == 2:
                return (self._word(item, targets[0]), *self._pushed(item, reading))
            tags = self._tags(item, reading)
            if "build-image" not in reading.classes and tags and targets:
                return (self._word(item, targets[-1]), *tags)
        return ()

    # -- parts -----------------------------------------------------------------------------------

    def _tags(self, item: Activity, reading: Reading) -> list[Ref]:
        if item.invocation is None:
            return list(self._inputs(item, ("tags", "tag")))
        return [
            self._word(item, value)
            for name in _TAG_OPTIONS
            for value in reading.options.get(name, ())
            if value is not None
        ]

    def _pushed(self, item: Activity, reading: Reading) -> Iterator[Ref]:
        targets = [target for target in reading.targets if target is not None]
        words = item.invocation.words if item.invocation is not None else ()
        if words[1:2] == ("tag",) and len(targets) == 2:  # crane tag IMAGE TAG
            yield self._word(item, f"{reference(targets[0], UNKNOWN, item.span).name}:{targets[1]}")
        elif targets:
            yield self._word(item, targets[-1])

    def _inputs(self, item: Activity, names: tuple[str, ...]) -> Iterator[Ref]:
        moment = self.facts.moment(item.unit, self.scenario)
        given = {name.lower(): text for name, text in item.step.inputs.items()}
        for name in names:
            for line in _lines(given[name]) if name in given else ():
                shown = moment.hidden_text(_without_outputs(line))
                origins = self.resolver.text(line, Around(item.unit, item.step))
                for piece in shown.split(","):
                    if piece.strip():
                        yield reference(piece, origins, given[name].span)

    def _word(self, item: Activity, value: str, word: str | None = None) -> Ref:
        origins: Origins = frozenset()
        if HIDDEN in value:
            origins = self._origins(item, word or value)
        return reference(value, origins, item.span)

    def _origins(self, item: Activity, word: str) -> Origins:
        """What the computed part of a command's word depends on."""
        if item.invocation is None:
            texts = item.step.inputs.values()
            return frozenset().union(*(self.resolver.text(text, Around(item.unit, item.step)) for text in texts))
        words = item.invocation.words
        position = next((number for number, known in enumerate(words) if word in known), None)
        for text in self._texts(item):
            for node in self._commands_at(text, item.span):
                chosen = _aligned(node, position, len(words), word)
                if chosen is not None:
                    return self.resolver.word(chosen, text, Around(item.unit, item.step, text))
        return UNKNOWN

    def _commands_at(self, text: Text, span: Span) -> Iterator[sh.Simple]:
        """The command of a script that stands at a place; all of them when places are not known."""
        key = (text.span, text.raw)
        if key not in self._commands:
            places = Places(text)
            nodes = [node for node in walk(tree(text.raw)) if isinstance(node, sh.Simple) and node.words]
            self._commands[key] = [(places.at(node.start, node.end), node) for node in nodes]
        known = self._commands[key]
        if text.sources:  # the lines come from several places, so they are not in the order of a file
            yield from (node for place, node in known if place == span or _holds(place, span))
            return
        if not text.lines:
            yield from (node for place, node in known if place.path == span.path)
            return
        at = bisect_right(known, (span.line, span.column), key=lambda item: (item[0].line, item[0].column)) - 1
        if at >= 0 and (span.line, span.column) <= (known[at][0].end_line, known[at][0].end_column):
            yield known[at][1]

    def _texts(self, item: Activity) -> Iterator[Text]:
        project = self.facts.project
        if item.span.path in project.scripts:
            yield project.scripts[item.span.path].text
        for _, recipe in sorted(project.recipes.items()):
            if recipe.span.path == item.span.path:
                yield from (line.text for line in recipe.lines)
        if item.step.script is not None:
            yield item.step.script
            yield from inner_scripts(item.step.script)


def inner_scripts(text: Text) -> Iterator[Text]:
    """The texts that a script hands to a shell of its own (``sh -c '...'``); all of each lies at that command."""
    if " -" not in text.raw:
        return
    places = Places(text)
    for node in walk(tree(text.raw)):
        if not isinstance(node, sh.Simple) or len(node.words) < 3:
            continue
        words = node.literals
        place = next((number for number, word in enumerate(words[:-1]) if word and word.startswith("-")
                      and not word.startswith("--") and word.endswith("c")), None)  # fmt: skip
        code = words[place + 1] if place is not None and words[0] in ("sh", "bash", "dash") else None
        if code:
            yield Text(code, places.at(node.start, node.end))


def looks_at_other(
    pipelines: tuple[PipelineFacts, ...], facts: PipelineFacts, item: Activity
) -> tuple[str, str] | None:
    """The image that a scan looks at and the one that is built, when they are certainly two.

    Names are compared without registry and tag: whether it is the very same build is another question.
    """
    scenario = next((one for one in facts.pipeline.scenarios if one.id in item.scenarios), None)
    if scenario is None:
        return None
    scanned = Images(facts, scenario).scanned(item)
    made: list[Ref] = []
    for other in pipelines:
        for build in other.doing("build-image"):
            first = next(one for one in other.pipeline.scenarios if one.id in build.scenarios)
            names = Images(other, first).built(build)
            if not names:
                return None  # an image without a name is named by something that is not seen
            made.extend(names)
        for rename in other.activities:
            first = next(one for one in other.pipeline.scenarios if one.id in rename.scenarios)
            made.extend(Images(other, first).sources(rename))
    if not scanned or not made or any(HIDDEN in ref.name or is_file(ref) for ref in (*scanned, *made)):
        return None
    if {_last_part(ref) for ref in scanned} & {_last_part(ref) for ref in made}:
        return None
    return scanned[0].shown, made[0].shown


def _last_part(ref: Ref) -> str:
    return ref.name.rpartition("/")[2].lower()


def is_file(ref: Ref) -> bool:
    return ref.name.endswith((".tar", ".tar.gz", ".tgz")) or ref.name.startswith(("./", "/"))


def _holds(outer: Span, inner: Span) -> bool:
    return (
        outer.path == inner.path
        and (outer.line, outer.column) <= (inner.line, inner.column)
        and (inner.line, inner.column) < (outer.end_line, outer.end_column)
    )


def _settings(value: str) -> Iterator[tuple[str, str]]:
    """``--set image.tag=x,image.repository=y``: the settings that name an image."""
    for setting in value.split(","):
        key, equals, given = setting.partition("=")
        parts = key.lower().replace("-", ".").split(".")
        if not equals or not any(part.endswith("image") for part in parts):
            continue
        if parts[-1] == "tag":
            yield f"image:{given}", value
        elif parts[-1] in ("digest", "sha"):
            yield f"image@{given}", value
        elif parts[-1] == "image" or ":" in given or "@" in given:
            yield given, value


def _lines(text: Text) -> Iterator[Text]:
    """The lines of an input with the expressions inside them."""
    start = 0
    for line in text.raw.split("\n"):
        end = start + len(line)
        holes = tuple(
            Hole(hole.start - start, hole.end - start, hole.expression)
            for hole in text.holes
            if start <= hole.start and hole.end <= end
        )
        if line.strip():
            yield Text(line, text.span, holes)
        start = end + 1


def _without_outputs(text: Text) -> Text:
    """The text with every output of a step as an unknown stretch: at the start of a job none is set."""
    pieces: list[str] = []
    holes: list[Hole] = []
    position = length = 0
    for hole in text.holes:
        pieces.append(text.raw[position : hole.start])
        length += hole.start - position
        computed = any(isinstance(node, Output) for node in walk_expression(hole.expression))
        pieces.append(HIDDEN if computed else text.raw[hole.start : hole.end])
        if not computed:
            holes.append(Hole(length, length + hole.end - hole.start, hole.expression))
        length += len(pieces[-1])
        position = hole.end
    return Text("".join(pieces) + text.raw[position:], text.span, tuple(holes))


def _aligned(node: sh.Simple, position: int | None, count: int, value: str) -> sh.Word | None:
    """The word of the script that became the command's word; wrappers stand before it, so counting
    starts at the end."""
    if position is not None and count - position <= len(node.words):
        word = node.words[len(node.words) - (count - position)]
        if literal(word) is None:
            return word
    fitting = [word for word in node.words if literal(word) is None and _fits(word, value)]
    return max(fitting, key=_known, default=None)


def _known(word: sh.Word) -> int:
    return sum(len(part.text) for part in word.parts if isinstance(part, sh.Piece))


def _fits(word: sh.Word, value: str) -> bool:
    """Whether the literal pieces of the word appear in the value in their order."""
    start = 0
    for part in word.parts:
        if isinstance(part, sh.Piece):
            found = value.find(part.text, start)
            if found < 0:
                return False
            start = found + len(part.text)
    return True
