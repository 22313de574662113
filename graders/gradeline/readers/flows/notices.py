"""Whom a failure is told: notifiers, and functions that send something."""

from __future__ import annotations

import ast
from typing import Any

from gradeline.model.effects import Effect
from gradeline.model.pipeline import Variable
from gradeline.model.text import Hole, Text
from gradeline.readers.argo import commands
from gradeline.readers.flows import body
from gradeline.readers.flows.evaluator import Evaluator
from gradeline.readers.flows.texts import Tags, secret_variable, text_of, word
from gradeline.readers.flows.values import Made, Named, Own, Unknown
from gradeline.readers.project_source import UNKNOWN
from gradeline.source import Span

MESSAGES = ("Slack", "Email", "Smtp", "Teams", "Discord", "Telegram", "Pagerduty", "PagerDuty", "Opsgenie", "Apprise")
Notice = tuple[tuple[Effect, ...], Text | None, tuple[Variable, ...], Span | None]


def message_command(message: Text, mail: bool) -> Text:
    """A notifier as the command it amounts to, with the holes of its message."""
    before = 'mail -s "' if mail else 'curl --fail --silent --data "'
    after = f'" {UNKNOWN}' if mail else f'" {body.HOOK}{UNKNOWN}'
    inner = "".join(letter if letter not in '"`$\\\n' else "_" for letter in message.raw)
    marked = commands.marked(Text(inner, message.span, message.holes))
    holes = tuple(Hole(one.start + len(before), one.end + len(before), one.expression) for one in marked.holes)
    return Text(before + marked.raw + after, message.span, holes)


def notices(value: Any, at: Evaluator, tag: Tags | None = None) -> list[Notice]:
    """What each callback of a failure does: an effect of a notifier, or the commands of a function."""
    found: list[Notice] = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, Made) and any(part.lower() in item.last.lower() for part in (*MESSAGES, "notif", "sns")):
            message = next((item.kwargs[key] for key in ("text", "message", "html_content", "subject")
                            if key in item.kwargs), None)  # fmt: skip
            text = text_of(at.module, message if message is not None else "failed", item.node, tag)
            given = [word(one) for name, one in item.kwargs.items() if name.endswith("conn_id")]
            stored = tuple(secret_variable("CONNECTION", one, item.span) for one in given if one)
            found.append(((), message_command(text, "mail" in item.last.lower() or "smtp" in item.last.lower()),
                          stored, item.span))  # fmt: skip
        elif isinstance(item, Own) and not isinstance(item.node, ast.Lambda):
            commands_of = body.body_text(at.code, item.module, item.node)
            stored = body.stored_values(at.code, item.module, item.node)
            found.append(((), commands_of, stored, item.module.span(item.node)))
        elif isinstance(item, Named | Unknown) or (item is not None and not isinstance(item, str | bool | int)):
            found.append(((), None, (), None))
    return found
