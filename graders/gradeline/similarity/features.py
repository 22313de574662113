"""What a submission is made of, as small parts that can be compared: 64-bit numbers with places.

A part is a step of a unit, two steps after each other, a unit that waits for another, a setting with the keys around
it, or a few words of a script or program after each other.  Names are taken out of all of them.  ``wording`` are the
parts that mean nothing to a machine: comments, titles and names.  They show that somebody copied without a disguise.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence, Set
from hashlib import blake2b
from typing import Literal

from gradeline.model.pipeline import Pipeline, Step, Unit
from gradeline.records import record
from gradeline.similarity.words import NAME, Style, Word, defined, read, style_of
from gradeline.source import SourceFile
from gradeline.syntax import yaml
from gradeline.syntax.yaml_nodes import Mapping, Node, Scalar, resolve
from gradeline.syntax.yaml_nodes import Sequence as YamlSequence

View = Literal["model", "words", "wording"]

MOST = 60_000  # parts of one submission
_AFTER_EACH_OTHER = 4  # words
_KEYS = 3  # keys around a setting
_TITLES = frozenset({"name", "description", "title", "displayname", "run-name", "label", "summary", "message",
                     "comment"})  # fmt: skip
_SCRIPTS = frozenset({"run", "script", "before_script", "after_script", "cmd", "command", "commands", "args"})
# Where a value is the name of another thing in the same file.
_REFERENCES = frozenset({"needs", "depends_on", "dependencies", "extends", "job", "stage", "stages", "from", "id", "if",
                         "deps", "outs", "template", "taskref", "target", "output", "outputs"})  # fmt: skip
_YAML = (".yml", ".yaml", ".json", ".dvc")
_PROSE = (".md", ".rst", ".txt")
_OF_A_MATRIX = frozenset({"include", "exclude"})
# `needs.build.result`: whose result it is has a name that somebody chose.
_CHOSEN = re.compile(r"\b(needs|jobs|steps|stages|outputs|matrix)\.[\w-]+")
_EXPRESSION = re.compile(r"\$\{\{[^}\n]{0,200}\}\}")
_SPLIT = re.compile(r"\n|;|&&|\|\|?")
_FLAG = re.compile(r"-|[A-Za-z_]\w*=|\$")


@record
class Part:
    """``line`` and ``end`` are lines of the file ``path``."""

    key: int
    view: View
    path: str
    line: int
    end: int


@record
class Own:
    """The parts of one submission as numbers, each once, in the order of its files and lines: what is kept of it for
    the comparison."""

    structure: array[int]
    wording: array[int]


def number(*said: object) -> int:
    return int.from_bytes(blake2b("\0".join(map(str, said)).encode("utf-8", "replace"), digest_size=8).digest(), "big")


def parts(files: Iterable[SourceFile], pipelines: Sequence[Pipeline]) -> tuple[Part, ...]:
    """All parts of the learner's ``files``; ``pipelines`` are what the readers made of all files."""
    sources = tuple(files)
    paths = {one.path for one in sources}
    own = [one for one in pipelines if one.path in paths]
    names = _names(own)
    found: list[Part] = []
    for pipeline in own:
        found += _of_pipeline(pipeline)
    for source in sources:
        found += _of_file(source, names)
        if len(found) > MOST:
            break
    return tuple(found[:MOST])


def own(found: Iterable[Part]) -> Own:
    ordered = sorted(found, key=lambda one: (one.path, one.line, one.end))
    structure = dict.fromkeys(one.key for one in ordered if one.view != "wording")
    wording = dict.fromkeys(one.key for one in ordered if one.view == "wording")
    return Own(array("Q", structure), array("Q", wording))


# --- the model ------------------------------------------------------------------------------------


def _names(pipelines: Iterable[Pipeline]) -> frozenset[str]:
    """What learners call the things in their pipelines, in small letters."""
    found: set[str] = set()
    for pipeline in pipelines:
        for unit in pipeline.units:
            found |= {unit.id, unit.title, unit.stage, *unit.outputs}
            found |= {variable.name for variable in unit.env if variable.span.path == pipeline.path}
            for step in unit.walk():
                found |= {step.id, step.title, *step.outputs, *(variable.name for variable in step.env)}
    return frozenset(name.lower() for name in found if name.strip())


def _of_pipeline(pipeline: Pipeline) -> Iterator[Part]:
    kinds = {unit.id: [(step, kind) for step in unit.walk() for kind in _kinds(step)] for unit in pipeline.units}
    short = {name: tuple(sorted({kind for _, kind in found})) for name, found in kinds.items()}
    for unit in pipeline.units:
        yield _unit_part(unit, "unit", *(kind for _, kind in kinds[unit.id]))
        before = ""
        for step, kind in kinds[unit.id]:
            span = step.span
            yield Part(number("step", kind), "model", span.path, span.line, max(span.line, span.end_line))
            yield Part(number("then", before, kind), "model", span.path, span.line, max(span.line, span.end_line))
            before = kind
        for edge in unit.needs:
            if edge.unit in short:
                yield Part(number("edge", edge.kind, short[edge.unit], short[unit.id]), "model", edge.span.path,
                           edge.span.line, edge.span.line)  # fmt: skip


def _unit_part(unit: Unit, *said: object) -> Part:
    return Part(number(*said), "model", unit.span.path, unit.span.line, max(unit.span.line, unit.span.end_line))


def _kinds(step: Step) -> Iterator[str]:
    """What a step does: the action it uses, or the first words of each command."""
    if step.use is not None:
        yield f"use {step.use.name.lower()}"
    elif step.script is not None:
        for command in _SPLIT.split(_EXPRESSION.sub("$", step.script.raw[:20_000]))[:200]:
            words = [word for word in command.split("#", 1)[0].split()[:6] if not _FLAG.match(word)][:2]
            if words:
                yield "run " + " ".join(word.lower() for word in words)


# --- files ----------------------------------------------------------------------------------------


def _of_file(source: SourceFile, names: Set[str]) -> Iterator[Part]:
    path = source.path
    low = path.lower()
    if low.endswith(_YAML):
        parsed = yaml.parse(source)
        if parsed.documents:
            for document in parsed.documents:
                yield from _of_tree(path, document, names)
            yield from _shingles("comment", "wording", path, read(source.text, "hash").comments, 3)
            return
    style: Style = style_of(path)
    words = read(source.text, style, names=defined(path, source.text), python=low.endswith(".py"))
    if low.endswith(_PROSE):
        yield from _shingles("prose", "words", path, words.code, 6)
        return
    yield from _shingles("code", "words", path, words.code, _AFTER_EACH_OTHER)
    yield from _shingles("comment", "wording", path, words.comments, 3)


def _of_tree(path: str, root: Node, names: Set[str]) -> Iterator[Part]:
    """Every value with the keys around it.  An alias is what it stands for, once, where that is written."""
    stack: list[tuple[Node | None, tuple[str, ...]]] = [(root, ())]
    while stack:
        written, keys = stack.pop()
        node = resolve(written)
        if node is None or (node is not written and not isinstance(node, Scalar)):
            continue
        if isinstance(node, Mapping):
            for key, value in node.entries:
                name = (key.text or "").lower()
                chosen = name in names or _is_chosen(name, keys)
                if chosen:
                    yield Part(number("name", name), "wording", path, key.span.line, key.span.line)
                stack.append((value, (*keys[-_KEYS + 1 :], NAME if chosen else name)))
        elif isinstance(node, YamlSequence):
            stack.extend((item, keys) for item in node.items)
        else:
            yield from _of_value(path, node, keys, names)


def _is_chosen(name: str, keys: tuple[str, ...]) -> bool:
    """Whether a key is a name that somebody chose: of a job, also of a workflow that others call, or of an axis."""
    inside = keys[-1:]
    if inside in (("jobs",), ("matrix",)):
        return name not in _OF_A_MATRIX
    return keys[-2:-1] == ("matrix",) and inside[0] in _OF_A_MATRIX


def _of_value(path: str, node: Scalar, keys: tuple[str, ...], names: Set[str]) -> Iterator[Part]:
    key = keys[-1] if keys else ""
    span = node.span
    if key in _TITLES:
        yield Part(number("title", node.value.strip().lower()), "wording", path, span.line, span.end_line or span.line)
        return
    if key in _SCRIPTS or "\n" in node.value.strip():
        first = span.line + (node.style in ("literal", "folded"))
        text = _CHOSEN.sub(r"\1", node.value)
        words = read(text, "hash", first, names & defined(".sh", node.value) | _variables(node.value, names))
        yield from _shingles("code", "words", path, words.code, _AFTER_EACH_OTHER)
        yield from _shingles("comment", "wording", path, words.comments, 3)
        return
    chosen = names if key in _REFERENCES or "${{" in node.value else frozenset[str]()
    said = [NAME]
    if node.value.strip().lower() not in chosen:
        said = [word.text for word in read(_CHOSEN.sub(r"\1", node.value), "none", names=chosen).code]
    yield Part(number("value", *keys, "=", *said), "words", path, span.line, max(span.line, span.end_line))


def _variables(text: str, names: Set[str]) -> frozenset[str]:
    found = (one.lower() for one in re.findall(r"\$\{?(\w{1,80})", text[:20_000]))
    return frozenset(one for one in found if one in names)


def _shingles(kind: str, view: View, path: str, words: Sequence[Word], size: int) -> Iterator[Part]:
    for begin in range(max(1, len(words) - size + 1) if words else 0):
        some = words[begin : begin + size]
        yield Part(number(kind, *(one.text for one in some)), view, path, some[0].line, some[-1].line)
