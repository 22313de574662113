"""Places where a command is written but not run: printed, in a comment, as text, or where no run gets to.

This explains a verdict to a person ("`echo pytest` prints the word"); it never decides one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from gradeline.facts import catalogue, tools
from gradeline.facts.as_asked import AsAsked
from gradeline.facts.shell_records import parse
from gradeline.model.text import Text
from gradeline.records import record
from gradeline.source import Span
from gradeline.syntax import shell_nodes as sh

if TYPE_CHECKING:
    from gradeline.facts.case import PipelineFacts

MAX_WORDS = 40
MAX_NODES = 2000
MAX_SHOWN = 60
_PRINTERS = ("echo", "printf")
_BRACKETS = str.maketrans("'\"()`;", "\n\n\n\n\n\n")


@record
class Mention:
    sentence: str
    span: Span


# What a text would do if it were run, and the sentence that says why it does not.
_Way = tuple[frozenset[str], str]


class Candidate:
    """A place that may be a mention: the first of its ``ways`` that does what is looked for counts."""

    __slots__ = ("_span", "ways")

    def __init__(self, ways: Iterator[_Way], span: Callable[[], Span]) -> None:
        self.ways = AsAsked(ways)
        self._span = span

    def mention(self, wanted: frozenset[str]) -> Mention | None:
        sentence = next((sentence for classes, sentence in self.ways if wanted & classes), None)
        return None if sentence is None else Mention(sentence, self._span())


def mentions(facts: PipelineFacts, classes: tuple[str, ...]) -> Iterator[Mention]:
    """Commands of the classes that are written somewhere, first those in the pipeline, in the order of the file."""
    wanted = frozenset(classes)
    for candidate in facts.written:
        mention = candidate.mention(wanted)
        if mention is not None:
            yield mention


def written(facts: PipelineFacts) -> Iterable[Candidate]:
    """Every place that may be a mention.  Twenty checks ask about the same ones, each for other classes."""
    return AsAsked(candidate for candidate in _written(facts) if any(candidate.ways))


def _written(facts: PipelineFacts) -> Iterator[Candidate]:
    for unit in facts.pipeline.units:
        for step in unit.walk():
            if step.script is not None:
                yield from _in_script(step.script)
                yield from _commented(step.script)
    source = facts.project.files.get(facts.pipeline.path)
    if source is not None:
        for number, line in enumerate(source.lines, 1):
            if line.strip().startswith("#"):
                command = line.strip().lstrip("# -").removeprefix("run:").strip()
                place = Span(source.path, number, 1, number, len(line) + 1)
                yield Candidate(_one_way(_words(command), f"`{command}` stands in a comment"), partial(_as_is, place))
    for _, recipe in sorted(facts.project.recipes.items()):
        for recipe_line in recipe.lines:
            yield from _in_script(recipe_line.text)
    for _, script in sorted(facts.project.scripts.items()):
        yield from _in_script(script.text)


def idle_use(words: tuple[str | None, ...], classes: tuple[str, ...]) -> bool:
    """Whether a program of the classes is only asked about itself: ``trivy version``."""
    return (
        len(words) > 1
        and words[1] in ("version", "help", "completion")
        and not tools.classify(words, {})
        and bool(frozenset(classes) & catalogue.all_classes(words[0]))
    )


def _as_is(span: Span) -> Span:
    return span


def _commented(script: Text) -> Iterator[Candidate]:
    offset = 0
    for line in script.raw.split("\n"):
        if line.strip().startswith("#"):
            command = line.strip().lstrip("# ")
            place = partial(script.at, offset, offset + len(line))
            yield Candidate(_one_way(_words(command), f"`{command}` stands in a comment"), place)
        offset += len(line) + 1


def _in_script(script: Text) -> Iterator[Candidate]:
    for node in _commands(script):
        yield Candidate(_ways(script, node), partial(script.at, node.start, node.end))
        for redirect in node.redirects:
            if redirect.body is not None:
                yield from _in_text(redirect.body, script)


def _ways(script: Text, node: sh.Simple) -> Iterator[_Way]:
    """What a command would do, what it names, and what it holds as text."""
    words = tuple(_literal(word) for word in node.words)
    if words[0] in _PRINTERS:
        text = " ".join(words[1:])
        yield from _one_way(_words(text), f"`{_shown(text)}` is only printed, not run")
        return
    shown = _shown(script.raw[node.start : node.end])
    yield from _one_way(words, f"`{shown}` stands here, but no run gets to it")
    named = (words[at:] for at in range(1, min(len(words), MAX_WORDS)))
    yield from _any_way(named, f"`{shown}` only names it and does not run it")
    held = (line.split() for text in words[1:] for line in _lines(text))
    yield from _any_way(held, f"`{shown}` holds it as text and does not run it")


def _one_way(words: Sequence[str], sentence: str) -> Iterator[_Way]:
    yield from _any_way((words,), sentence)


def _any_way(texts: Iterable[Sequence[str]], sentence: str) -> Iterator[_Way]:
    """Texts that all count the same; nothing when none of them would do anything."""
    classes = frozenset[str]().union(*(_done_by(tuple(words)) for words in texts))
    if classes:
        yield classes, sentence


def _in_text(body: sh.Word, script: Text) -> Iterator[Candidate]:
    """The lines of a here-document."""
    offset = body.start
    for line in script.raw[body.start : body.end].split("\n"):
        place = partial(script.at, offset, offset + len(line))
        yield Candidate(_one_way(line.split(), f"`{_shown(line)}` is only text here, not run"), place)
        offset += len(line) + 1


def _commands(script: Text) -> Iterator[sh.Simple]:
    """Every simple command of a script, wherever it stands."""
    todo: list[sh.Node] = [parse(script.raw).body]
    for _ in range(MAX_NODES):
        if not todo:
            return
        node = todo.pop(0)
        if isinstance(node, sh.Simple):
            if node.words:
                yield node
            words = [*node.words, *(item.value for item in node.assignments if item.value is not None)]
            todo[:0] = [part.body for word in words for part in word.parts if isinstance(part, sh.Substitution)]
        else:
            todo[:0] = _children(node)


def _children(node: sh.Node) -> list[sh.Node]:
    match node:
        case sh.Sequence():
            return [item.node for item in node.items]
        case sh.AndOr():
            return [node.left, node.right]
        case sh.Pipeline():
            return list(node.commands)
        case sh.If():
            bodies = [part for branch in node.branches for part in branch]
            return [*bodies, *([node.otherwise] if node.otherwise is not None else [])]
        case sh.While():
            return [node.condition, node.body]
        case sh.Case():
            return [arm.body for arm in node.arms]
        case sh.Group() | sh.For() | sh.Function():
            return [node.body]
    return []


def _literal(word: sh.Word) -> str:
    return "".join(part.text for part in word.parts if isinstance(part, sh.Piece))


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_SHOWN else line[: MAX_SHOWN - 3] + "..."


def _lines(text: str) -> list[str]:
    """What stands between the brackets and quotes of a text in another language."""
    return text.translate(_BRACKETS).split("\n") if len(text) <= 4 * MAX_WORDS else []


def _words(text: str) -> list[str]:
    for prefix in ("running", "run", "would run", "$"):
        if text.lower().startswith(prefix + " "):
            text = text[len(prefix) + 1 :]
    return text.split()


@lru_cache(maxsize=8192)
def _done_by(words: tuple[str, ...]) -> frozenset[str]:
    """The classes of what the words, taken as a command, would do, by themselves or through what they start."""
    found: frozenset[str] = frozenset()
    inner: tuple[str | None, ...] = words
    for _ in range(4):
        if not inner or not inner[0] or len(inner) > MAX_WORDS:
            break
        found = found.union(*(reading.classes for reading in tools.classify(inner, {})))
        unwrapped = tools.unwrap(inner, {})
        if unwrapped is None or unwrapped.kind != "command" or unwrapped.argv == inner:
            break
        inner = unwrapped.argv
    return found
