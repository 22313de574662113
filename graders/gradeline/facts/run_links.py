"""Whether a message leads to the run that it is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from gradeline.facts.after_failure import Reactor
from gradeline.facts.case import PipelineFacts
from gradeline.facts.script_shape import step_commands
from gradeline.model.expression import Expression, Name, children
from gradeline.model.pipeline import Variable
from gradeline.model.text import Text

# A variable in a script, and the character before it and its quotes.
_VARIABLE = re.compile(r"(.?)[\"']{0,3}\$\{?([A-Za-z_][A-Za-z0-9_]*)")
# Actions and steps whose messages name the run by themselves (their own READMEs).
_BY_ITSELF = frozenset(
    {
        "8398a7/action-slack",
        "rtcamp/action-slack-notify",
        "act10ns/slack",
        "ravsamhq/notify-slack-action",
        "sarisia/actions-status-discord",
        "skitionek/notify-microsoft-teams",
        "jdcargile/ms-teams-notification",
    }
)

Answer = Literal["yes", "no", "unknown"]


def links_to_run(facts: PipelineFacts, reactor: Reactor) -> Answer:
    """``yes``: the address of the run is part of what the step sends.  ``unknown``: what it sends is elsewhere."""
    step = reactor.step
    texts = [*step.inputs.values(), *((step.script,) if step.script is not None else ())]
    links = frozenset(_links(facts, (*reactor.unit.env, *step.env)))
    if any(_in_text(facts, text) for text in texts) or any(
        _names(facts, line, links) for line in _lines(reactor, texts)
    ):
        return "yes"
    if step.use is not None:
        own = step.use.name.lower() in _BY_ITSELF
        return "yes" if own else "no" if step.inputs else "unknown"
    return "no" if reactor.span.path == step.span.path else "unknown"


def _lines(reactor: Reactor, texts: Iterable[Text]) -> Iterator[str]:
    if reactor.step.script is None:
        yield from (text.raw for text in texts)
    for command in step_commands(reactor.step):
        yield command.source
        yield from command.document


def _links(facts: PipelineFacts, variables: Iterable[Variable]) -> Iterator[str]:
    """Variables that hold the address of the run."""
    for variable in variables:
        if _in_text(facts, variable.value) or _names(facts, variable.value.raw, frozenset()):
            yield variable.name


def _in_text(facts: PipelineFacts, text: Text) -> bool:
    """Whether an expression puts the run's address into the text, whole or as the last part of a path."""
    return any(
        name.path[-1].upper().endswith("URL") or text.raw[: hole.start].endswith("/")
        for hole in text.holes
        for name in _named(hole.expression)
        if facts.pipeline.identity.get(name.path) == "run"
    )


def _named(node: Expression) -> Iterator[Name]:
    if isinstance(node, Name):
        yield node
    for child in children(node):
        yield from _named(child)


def _names(facts: PipelineFacts, line: str, links: frozenset[str]) -> bool:
    """The same for the variables of a script: those of the platform, and ``links``."""
    ids = {_shell_name(path) for path, kind in facts.pipeline.identity.items() if kind == "run"}
    for before, name in _VARIABLE.findall(line):
        if name in links or (name in ids and (before == "/" or name.endswith("URL"))):
            return True
    return False


def _shell_name(path: tuple[str, ...]) -> str:
    """How a script spells a name of the platform: ``GITHUB_RUN_ID``, ``CI_PIPELINE_URL``, ``BUILD_URL``."""
    return path[-1].lstrip("$") if path[0] == "jenkins" or path[0].startswith("$") else "_".join(path).upper()
