"""Places where text that anybody can choose is interpreted as code.

The text is followed through variables, outputs and the environment of later steps.  What a command made
of it is no longer the stranger's own text, unless the command only passes on what it gets.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.called_scripts import MAX_DEPTH, MAX_TEXTS, called
from gradeline.facts.case import PipelineFacts
from gradeline.facts.origins import NOTHING, Around, Origins, Resolver
from gradeline.facts.script_shape import literal, tree, walk
from gradeline.model.expression import Call, Expression, Name, Operation
from gradeline.model.text import Places, Text
from gradeline.records import record
from gradeline.source import Span
from gradeline.syntax import shell_nodes as sh

# Inputs of actions and plug-ins that are code in some language.
CODE_INPUTS = frozenset(
    (
        "script",
        "run",
        "command",
        "cmd",
        "commands",
        "shell-command",
        "inlinescript",
        "inline-script",
        "entrypoint",
        "pre-command",
        "post-command",
        "code",
    )
)
# Programs that run a text, and the options before that text.
_INTERPRETERS = {
    "bash": "c",
    "sh": "c",
    "dash": "c",
    "zsh": "c",
    "python": "c",
    "python3": "c",
    "node": "ep",
    "perl": "eE",
    "ruby": "e",
    "php": "r",
    "pwsh": "c",
}
_LONG_OPTIONS = ("--eval", "--print", "-Command", "--command", "-command")
_PASSING = frozenset({"echo", "printf", "cat", "tee", "head", "tail", "xargs"})
_ANSWERS = frozenset({"contains", "startswith", "endswith", "hashfiles"})
_UNTRUSTED: Origins = frozenset({"untrusted"})


@record
class Injection:
    sentence: str
    span: Span


class Strangers(Resolver):
    """Follows values like its parent, with one answer: whether a stranger's own text is in them."""

    def expression(self, node: Expression, around: Around, depth: int = 0) -> Origins:
        if isinstance(node, Operation) and node.operator not in ("and", "or"):
            return NOTHING  # an answer, not the text
        if isinstance(node, Operation) and node.operator == "and":
            return self.expression(node.operands[-1], around, depth + 1)
        if isinstance(node, Call) and node.function in _ANSWERS:
            return NOTHING
        return super().expression(node, around, depth)

    def _name(self, node: Name, around: Around, depth: int) -> Origins:
        if node.untrusted:
            return _UNTRUSTED
        return super()._name(node, around, depth) if node.path[:1] == ("env",) else NOTHING

    def word(self, word: sh.Word, script: Text, around: Around, depth: int = 0) -> Origins:
        # A part that is cut, replaced or counted is no longer what the stranger wrote.
        kept = tuple(
            part
            for part in word.parts
            if not (isinstance(part, sh.Parameter) and part.operator not in ("", ":-", "-", ":=", "=", ":?", "?"))
        )
        return super().word(sh.Word(kept, word.start, word.end), script, around, depth)

    def _substitution(self, body: sh.Sequence, script: Text, around: Around, depth: int) -> Origins:
        names = [_name(node) for node in walk(body) if isinstance(node, sh.Simple) and node.words]
        if not all(name in _PASSING for name in names):
            return NOTHING
        return super()._substitution(body, script, around, depth)

    def chosen(self, word: sh.Word, script: Text, around: Around) -> bool:
        return "untrusted" in self.word(word, script, around)


def injections(facts: PipelineFacts) -> Iterator[Injection]:
    """Every place, in the order of the file."""
    if not facts.pipeline.scenarios:
        return
    strangers = Strangers(facts, facts.pipeline.scenarios[0])
    for unit in facts.pipeline.units:
        for step in unit.walk():
            around = Around(unit, step)
            if step.script is not None:
                yield from _inside(strangers, step.script, around, "a script")
                if step.shell is not None and step.shell.program in ("bash", "sh"):
                    yield from _Scripts(facts, strangers, around).all(step.script)
            for name, text in step.inputs.items():
                if name.lower() in CODE_INPUTS:
                    yield from _inside(strangers, text, around, "code")


def _inside(strangers: Strangers, text: Text, around: Around, what: str) -> Iterator[Injection]:
    for hole in text.holes:
        if "untrusted" in strangers.expression(hole.expression, around):
            node = hole.expression
            written = ".".join(node.path) if isinstance(node, Name) else text.raw[hole.start : hole.end]
            shown = written.strip("${} ") or "a text from outside"
            sentence = f"{shown} is put into {what}, and whoever causes the run can choose that text"
            yield Injection(sentence, text.at(hole.start, hole.end))


class _Scripts:
    """A step's script and the scripts of the repository it calls."""

    def __init__(self, facts: PipelineFacts, strangers: Strangers, around: Around) -> None:
        self.facts = facts
        self.strangers = strangers
        self.around = around
        self.environment = frozenset(name for name, kind in facts.pipeline.channels.items() if kind == "env")
        self.seen: set[tuple[Span, str]] = set()

    def all(self, script: Text, depth: int = 0) -> Iterator[Injection]:
        if depth > MAX_DEPTH or (script.span, script.raw) in self.seen or len(self.seen) >= MAX_TEXTS:
            return
        self.seen.add((script.span, script.raw))
        places = Places(script)
        for node in walk(tree(script.raw)):
            run = next((name for word in _code(node) if (name := self.named(word, script))), None)
            if run is None and isinstance(node, sh.Pipeline):
                run = self.piped(node, script)
            if run is not None:
                sentence = f"{run} is run as code, and whoever causes the run can choose that text"
                yield Injection(sentence, places.at(node.start, node.end))
            yield from self.handed_on(node, script, places)
            if isinstance(node, sh.Simple):
                for text in called(self.facts.toolbox, node, places):
                    yield from self.all(text.text, depth + 1)

    def named(self, word: sh.Word, script: Text) -> str | None:
        """The variable or value through which a stranger's text gets into the word."""
        for part in word.parts:
            if self.strangers.chosen(sh.Word((part,), word.start, word.end), script, self.around):
                return f"${part.name}" if isinstance(part, sh.Parameter) else "a text from outside"
        return None

    def piped(self, node: sh.Pipeline, script: Text) -> str | None:
        """``echo "$TITLE" | bash``"""
        last = node.commands[-1]
        if not isinstance(last, sh.Simple) or _name(last) not in _INTERPRETERS:
            return None
        if any((literal(word) or "?") not in ("-", "-s", "-x", "-e", "-eu", "-ex") for word in last.words[1:]):
            return None
        for command in node.commands[:-1]:
            if isinstance(command, sh.Simple) and _name(command) in _PASSING:
                for word in command.words[1:]:
                    if found := self.named(word, script):
                        return found
        return None

    def handed_on(self, node: sh.Node, script: Text, places: Places) -> Iterator[Injection]:
        """A stranger's text in the file that sets the environment of later steps: it may set any variable there."""
        targets = [redirect.target for redirect in getattr(node, "redirects", ()) if redirect.target is not None]
        if isinstance(node, sh.Pipeline) and isinstance(node.commands[-1], sh.Simple):
            last = node.commands[-1]
            targets.extend(last.words[1:] if _name(last) == "tee" else ())
        if not any(
            isinstance(part, sh.Parameter) and part.name in self.environment for word in targets for part in word.parts
        ):
            return
        for inner in walk(node):
            if isinstance(inner, sh.Simple) and (not inner.words or _name(inner) in _PASSING):
                bodies = [redirect.body for redirect in inner.redirects if redirect.body is not None]
                for word in (*inner.words[1:], *bodies):
                    if found := self.named(word, script):
                        sentence = f"{found} is written into the environment of later steps"
                        yield Injection(sentence, places.at(node.start, node.end))
                        return


def _code(node: sh.Node) -> Iterator[sh.Word]:
    """The words of a command that are read as code by the program they are given to."""
    if not isinstance(node, sh.Simple) or not node.words:
        return
    if _name(node) == "eval":
        yield from node.words[1:]
        return
    texts = node.literals
    for position, text in enumerate(texts):
        letters = _INTERPRETERS.get((text or "").rpartition("/")[2])
        if letters is None:
            continue
        after = position + 1
        while after < len(texts) and (texts[after] or "?").startswith(("-", "+")):
            option = str(texts[after])
            after += 1
            if option in _LONG_OPTIONS or (not option.startswith("--") and option[-1] in letters and option != "-"):
                yield from node.words[after : after + 1]
                return
        if after == len(texts):  # no file is named, so the program reads its code from standard input
            yield from (redirect.body for redirect in node.redirects if redirect.body is not None)
        return


def _name(node: sh.Simple) -> str:
    return (node.literals[0] or "") if node.words else ""
