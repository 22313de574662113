"""Places where text that anybody can choose is interpreted as code."""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.case import PipelineFacts
from gradeline.facts.shell_machine import parse
from gradeline.model.expression import Name
from gradeline.model.pipeline import Step, Unit
from gradeline.model.text import Text
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


@record
class Injection:
    sentence: str
    span: Span


def injections(facts: PipelineFacts) -> Iterator[Injection]:
    """Every place, in the order of the file."""
    for unit in facts.pipeline.units:
        for step in unit.walk():
            if step.script is not None:
                yield from _inside(step.script, "a script")
                if step.shell is not None and step.shell.program in ("bash", "sh"):
                    yield from _evaluated(facts, unit, step, step.script)
            for name, text in step.inputs.items():
                if name.lower() in CODE_INPUTS:
                    yield from _inside(text, "code")


def _inside(text: Text, what: str) -> Iterator[Injection]:
    from gradeline.model.expression import walk

    for hole in text.holes:
        for node in walk(hole.expression):
            if isinstance(node, Name) and node.untrusted:
                name = ".".join(node.path)
                yield Injection(
                    f"{name} is put into {what}, and anybody can choose that text", text.at(hole.start, hole.end)
                )
                break


def _evaluated(facts: PipelineFacts, unit: Unit, step: Step, script: Text) -> Iterator[Injection]:
    untrusted = {
        variable.name
        for variable in (*unit.env, *step.env)
        if any(isinstance(node, Name) and node.untrusted for node in variable.value.expressions())
    }
    if not untrusted:
        return
    todo: list[sh.Node] = [parse(script.raw).body]
    while todo:
        node = todo.pop(0)
        if isinstance(node, sh.Simple):
            words = ["".join(part.text for part in word.parts if isinstance(part, sh.Piece)) for word in node.words]
            used = {
                part.name for word in node.words for part in word.parts if isinstance(part, sh.Parameter)
            } & untrusted
            if used and words and (words[0] == "eval" or (words[0] in ("bash", "sh") and "-c" in words)):
                yield Injection(
                    f"${min(used)} is run as code, and anybody can choose that text",
                    script.at(node.start, node.end),
                )
            for redirect in node.redirects:
                parts = redirect.target.parts if redirect.target is not None else ()
                if used and any(
                    isinstance(part, sh.Parameter) and facts.pipeline.channels.get(part.name) == "env" for part in parts
                ):
                    yield Injection(
                        f"${min(used)} is written into the environment of later steps",
                        script.at(node.start, node.end),
                    )
        elif isinstance(node, sh.Pipeline):
            todo[:0] = list(node.commands)
        else:
            from gradeline.facts.secret_flow import _children

            todo[:0] = _children(node)
