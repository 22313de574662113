"""What an action does, from its name and inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradeline.facts import catalogue
from gradeline.facts.arguments import HOLE, split_words
from gradeline.facts.catalogue import Environment, image_command
from gradeline.facts.readings import Reading, Unwrapped
from gradeline.facts.tool_rules import Subject, holds, interpret

Inputs = Mapping[str, str | None]


def _entry(name: str) -> Mapping[str, Any] | None:
    entry: Mapping[str, Any] | None = catalogue.entry("action", name.lower())
    if entry is not None and "same" in entry:
        entry = catalogue.entry("action", entry["same"].lower())
    return entry


def _with_defaults(entry: Mapping[str, Any], inputs: Inputs) -> dict[str, str | None]:
    """Inputs by lower-case name; an empty input counts as not given, as it does for actions."""
    given: dict[str, str | None] = dict(entry.get("defaults", {}))
    given.update({name.lower(): value for name, value in inputs.items() if value != ""})
    return given


def action_readings(name: str, inputs: Inputs, env: Environment) -> tuple[Reading, ...]:
    """The readings of an action that has its own rules; empty for an action nobody knows."""
    entry = _entry(name)
    if entry is None or "command" in entry or "text" in entry:
        return ()
    given = _with_defaults(entry, inputs)
    options = {key: (value,) for key, value in sorted(given.items())}
    targets = tuple(value for key in entry.get("targets", ()) for value in options.get(key, ()))
    return interpret(
        name, entry.get("classes", ()), entry.get("rules", ()), Subject(options, (), env), entry.get("fails", True),
        entry.get("scopes", ()), targets,
    )


def unwrap_action(name: str, inputs: Inputs) -> Unwrapped | None:
    """The command or script an action runs, None when it does something of its own.

    ``docker://image`` with ``args`` and ``entrypoint`` is the command in that image.
    """
    if name.startswith("docker://"):
        return _image(name.removeprefix("docker://"), inputs)
    entry = _entry(name)
    if entry is None:
        return None
    if "command" in entry:
        given = _with_defaults(entry, inputs)
        argv = tuple(word for piece in entry["command"] for word in _piece(piece, given))
        return Unwrapped("command", name, argv, tuple(None for _ in argv))
    if "text" in entry:
        return _text(name, entry["text"], inputs)
    return None


def _image(image: str, inputs: Inputs) -> Unwrapped:
    args = inputs.get("args", "")
    words: tuple[str | None, ...] = (None,) if args is None else split_words(args)
    entrypoint = inputs.get("entrypoint", "")
    command: tuple[str | None, ...] = (None,) if entrypoint is None else tuple(split_words(entrypoint))
    if entrypoint == "":
        command = image_command(image) or ()
    argv = (*command, *words)
    return Unwrapped("command", f"docker://{image}", argv, tuple(None for _ in argv), image=image)


def _text(name: str, entry: Mapping[str, Any], inputs: Inputs) -> Unwrapped:
    given = {key.lower(): value for key, value in inputs.items()}
    shell = given.get(entry.get("shell", "")) or "bash"
    return Unwrapped(
        "text",
        name,
        text=given.get(entry["input"], ""),
        program=shell,
        errexit=True,
        image=given.get(entry.get("image", "")),
        remote=entry.get("remote", False),
    )


def _piece(piece: str, given: Mapping[str, str | None]) -> tuple[str | None, ...]:
    """The words that one piece of a command template stands for."""
    if piece.startswith("?"):
        condition, _, word = piece[1:].partition(" ")
        answer = holds({"has": [condition]}, Subject({key: (value,) for key, value in given.items()}))
        return (word,) if answer else (f"{word}={HOLE}",) if answer is None else ()
    option, equals, reference = piece.partition("=$")
    if equals:
        value = given.get(reference)
        return () if reference not in given else (f"{option}={HOLE if value is None else value}",)
    if not piece.startswith("$"):
        return (piece,)
    several = piece.startswith("$*")
    name = next((item for item in piece.lstrip("$*").split("|") if item in given), None)
    if name is None:
        return ()
    value = given[name]
    if value is None:
        return (None,)
    return split_words(value) if several else (value,)
