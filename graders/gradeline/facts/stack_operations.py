"""What pipelines do to stacks of CloudFormation: change sets, their execution, protection, tags.

AWS CLI reference, ``cloudformation``; README of ``aws-actions/aws-cloudformation-github-deploy`` (its modes, since
version 2); Rain documentation, ``rain deploy``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.shell_state import HIDDEN
from gradeline.records import record
from gradeline.source import SourceFile

Kind = Literal["create", "execute", "at-once", "other"]
ACTION = "aws-actions/aws-cloudformation-github-deploy"
_AT_ONCE = frozenset({"deploy", "create-stack", "update-stack", "delete-stack"})
_RAIN_VALUES = frozenset({"--config", "-c", "--params", "--tags", "--profile", "-p", "--region", "-r", "--role-arn",
                          "--s3-bucket", "--s3-prefix", "--s3-owner", "--s3-region"})  # fmt: skip
_YES = frozenset({"1", "true"})


@record
class Operation:
    """``name`` is the change set that is made or executed: empty when there is none, ``HIDDEN`` when it is not known.
    ``options`` are those of the command line by their long names, or the inputs of an action."""

    item: Activity
    kind: Kind
    command: str
    stack: str
    name: str
    options: Mapping[str, tuple[str, ...]]

    def says(self, option: str) -> str:
        """The value of an option, empty when it is not given."""
        return " ".join(self.options.get(option, ()))

    def on(self, option: str) -> bool:
        """Whether a switch of the command line or an input of the action is on."""
        found = self.options.get(option)
        return found is not None and (not found or found[0].casefold() in _YES)


def operations(facts: PipelineFacts) -> Iterator[Operation]:
    """Everything that the runs do to stacks, in the order it is reached."""
    for item in facts.activities:
        found = _operation(item)
        if found is not None:
            yield found


def tags(one: Operation, files: Mapping[str, SourceFile]) -> dict[str, str]:
    """The tags that an operation gives to everything in its stack; values that are not known are ``HIDDEN``."""
    words: list[str] = []
    for given in one.options.get("tags", ()):
        if given.startswith("file://"):
            known = files.get(given.removeprefix("file://").removeprefix("./"))
            words.append(known.text if known is not None else "")
        elif given.lstrip().startswith("[") or given.startswith("Key="):
            words.append(given)
        else:
            words += given.split(",")
    found: dict[str, str] = {}
    for word in words:
        if word.lstrip().startswith("["):
            found |= _listed_tags(word)
        elif word.startswith("Key="):
            key, _, value = word.removeprefix("Key=").partition(",Value=")
            found[key] = value
        elif "=" in word:
            key, _, value = word.partition("=")
            found[key] = value
    return found


def _listed_tags(text: str) -> dict[str, str]:
    import json

    try:
        listed = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    pairs = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return {str(one.get("Key")): str(one.get("Value", "")) for one in pairs}


def _operation(item: Activity) -> Operation | None:
    if item.invocation is None:
        return _action(item) if item.text.partition("@")[0].casefold() == ACTION else None
    words = item.invocation.words
    program = words[0].rpartition("/")[2] if words else ""
    at = next((place for place, word in enumerate(words[:12]) if word == "cloudformation"), 0)
    if program == "aws" and at and at + 1 < len(words):
        return _command(item, words[at + 1], _options(words[at + 2 :]))
    if program == "rain" and words[1:2] == ("deploy",):
        return _rain(item, words[2:])
    return None


def _options(words: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    name = ""
    for word in words:
        if word.startswith("--") and len(word) > 2:
            name, equals, value = word[2:].partition("=")
            found[name] = (value,) if equals else ()
        elif name:
            found[name] = (*found[name], word)
    return found


def _command(item: Activity, command: str, options: dict[str, tuple[str, ...]]) -> Operation:
    stack, name = " ".join(options.get("stack-name", ())), " ".join(options.get("change-set-name", ()))
    kind: Kind = "other"
    if command == "create-change-set":
        kind = "create"
    elif command == "deploy" and "no-execute-changeset" in options:
        kind, name = "create", HIDDEN
    elif command == "execute-change-set":
        kind, name = "execute", name or HIDDEN
    elif command in _AT_ONCE:
        kind, name = "at-once", ""
    return Operation(item, kind, command, stack, name, options)


def _rain(item: Activity, words: tuple[str, ...]) -> Operation:
    names: list[str] = []
    given: list[str] = []
    for at, word in enumerate(words):
        value = at > 0 and words[at - 1] in _RAIN_VALUES
        (given if word.startswith("-") or value else names).append(word)
    options = _options(tuple(given))
    if "changeset" in options:
        stack, name = (*names, HIDDEN, HIDDEN)[:2]
        return Operation(item, "execute", "deploy", stack, name, options)
    if "no-exec" in options or "-x" in words:
        _, stack, name = (*names, *[HIDDEN] * 3)[:3]
        return Operation(item, "create", "deploy", stack, name, options)
    return Operation(item, "at-once", "deploy", names[1] if len(names) > 1 else HIDDEN, "", options)


def _action(item: Activity) -> Operation:
    inputs = {
        name: (text.constant if text.constant is not None else HIDDEN,) for name, text in item.step.inputs.items()
    }
    mode = " ".join(inputs.get("mode", ()))
    stack = " ".join(inputs.get("name", ()))
    made = " ".join(inputs.get("change-set-name", ())) or HIDDEN
    known = " ".join(inputs.get("execute-change-set-id", ()))
    if mode == "execute-only" or known:
        return Operation(item, "execute", "action", stack, known or HIDDEN, inputs)
    only = mode == "create-only" or " ".join(inputs.get("no-execute-changeset", ())) in _YES
    if only:
        return Operation(item, "create", "action", stack, made, inputs)
    return Operation(item, "at-once", "action", stack, "", inputs)
