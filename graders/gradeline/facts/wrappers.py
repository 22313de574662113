"""What the answers about all wrappers share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradeline.facts.arguments import HOLE, Arguments
from gradeline.facts.catalogue import tool_of_module
from gradeline.facts.command_words import Words
from gradeline.facts.readings import InstallReading, Unwrapped

FROM_INPUT = "./" + HOLE  # a file name that the command reads or finds
Entry = Mapping[str, Any]


def option_names(entry: Entry, key: str) -> tuple[str, ...]:
    """The canonical names of the options an entry lists under ``key``."""
    return tuple(item.split("|")[0] for item in entry.get(key, ()))


def leading_assignments(rest: Words) -> tuple[dict[str, str | None], Words]:
    """Leading ``NAME=VALUE`` words, and what follows them."""
    added: dict[str, str | None] = {}
    index = 0
    for word in rest.values:
        name, equals, value = (word or "").partition("=")
        if not equals or not name.replace("_", "a").isalnum() or name[0].isdigit():
            break
        added[name] = None if HOLE in value else value
        index += 1
    return added, rest.drop(index)


class Common:
    """What every answer about one wrapper shares."""

    def __init__(
        self, entry: Entry, arguments: Arguments, env: Mapping[str, str | None] | None = None
    ) -> None:
        self.name: str = entry["name"]
        self.env: Mapping[str, str | None] = env or {}
        self.directory = arguments.last(*option_names(entry, "directory"))
        self.remote = bool(entry.get("remote"))
        self.replaces = bool(entry.get("replaces"))
        self.swallows = arguments.has(*option_names(entry, "detached"))
        self.image: str | None = None

    def command(
        self,
        words: Words,
        installs: InstallReading | None = None,
        service: str | None = None,
        fallback: str = "",
        names: tuple[str | None, ...] = (),
    ) -> Unwrapped:
        return Unwrapped(
            "runner" if fallback else "command",
            self.name,
            words.values,
            words.places,
            runner=fallback,
            names=(names or (words.first,)) if fallback else (),
            fallback=bool(fallback),
            env=self.env,
            directory=self.directory,
            image=self.image,
            service=service,
            remote=self.remote,
            status="swallowed" if self.swallows else "passes",
            replaces=self.replaces,
            installs=installs,
        )

    def text(self, text: str | None, program: str = "sh", words: Words | None = None) -> Unwrapped:
        words = words or Words((), ())
        return Unwrapped(
            "text", self.name, words.values, words.places, text=text, program=program, env=self.env,
            directory=self.directory, remote=self.remote, image=self.image,
            status="swallowed" if self.swallows else "passes",
        )

    def file(self, path: str | None, words: Words, installs: InstallReading | None = None) -> Unwrapped:
        return Unwrapped(
            "file", self.name, words.values, words.places, path=path, program="python", env=self.env,
            directory=self.directory, installs=installs,
        )

    def module(self, module: str | None, words: Words, installs: InstallReading | None = None) -> Unwrapped:
        known = tool_of_module(module) if module else None
        if known is not None:
            return self.command(words.before(known), installs)
        return Unwrapped(
            "file", self.name, words.values, words.places, module=module, program="python", env=self.env,
            directory=self.directory, installs=installs,
        )

    def stdin(self, program: str, installs: InstallReading | None = None) -> Unwrapped:
        return Unwrapped(
            "stdin", self.name, program=program, env=self.env, directory=self.directory, remote=self.remote,
            status="swallowed" if self.swallows else "passes", installs=installs,
        )
