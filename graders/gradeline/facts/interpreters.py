"""Interpreters: ``bash -ec 'text'``, ``sh script.sh``, ``python -m module``, ``python script.py``."""

from __future__ import annotations

from typing import Any

from gradeline.facts.arguments import HOLE, is_option, is_unknown
from gradeline.facts.catalogue import tool_of_module
from gradeline.facts.command_words import Words
from gradeline.facts.readings import Unwrapped
from gradeline.records import record

_PYTHON_VALUES = "WX"
_SHELL_LONG_VALUES = ("--rcfile", "--init-file")


def script_file(path: str, words: Words) -> Unwrapped:
    """A file of the repository that is run by its path."""
    rest = words.drop(1)
    return Unwrapped("file", path.rpartition("/")[2], rest.values, rest.places, path=path)


def interpreter(kind: str, name: str, words: Words) -> Unwrapped | None:
    """``kind`` is shell, python or pwsh; ``name`` the program and ``words`` what follows it."""
    if kind == "python":
        return _python(words)
    if kind == "pwsh":
        return _pwsh(words)
    return _shell(name, words)


@record(frozen=False)
class _Options:
    errexit: bool = False
    pipefail: bool = False
    xtrace: bool = False
    noexec: bool = False
    command: bool = False
    stdin: bool = False
    prints: str = ""

    def letter(self, letter: str, on: bool) -> None:
        if letter == "e":
            self.errexit = on
        elif letter == "x":
            self.xtrace = on
        elif letter == "n":
            self.noexec = on
        elif letter == "c" and on:
            self.command = True
        elif letter == "s" and on:
            self.stdin = True

    def named(self, name: str | None, on: bool) -> None:
        if name == "pipefail":
            self.pipefail = on
        elif name in ("errexit", "xtrace", "noexec"):
            self.letter({"errexit": "e", "xtrace": "x", "noexec": "n"}[name], on)


def _shell(name: str, words: Words) -> Unwrapped:
    found, words = _shell_options(words)
    common: dict[str, Any] = {
        "wrapper": name, "program": name, "errexit": found.errexit, "pipefail": found.pipefail, "xtrace": found.xtrace,
    }
    if found.prints:
        return Unwrapped("command", name, pretends=f"`{found.prints}` only prints information")
    if found.noexec:
        common["pretends"] = f"`{name} -n` only checks the syntax and runs nothing"
    if found.command:
        inner = words.drop(1)
        return Unwrapped("text", text=words.first, argv=inner.values, positions=inner.places, **common)
    if found.stdin or not words or words.first == "-":
        return Unwrapped("stdin", argv=words.values, positions=words.places, **common)
    inner = words.drop(1)
    path = words.first
    return Unwrapped(
        "file", path=None if path is None or HOLE in path else path, argv=inner.values, positions=inner.places, **common
    )


def _shell_options(words: Words) -> tuple[_Options, Words]:
    found = _Options()
    while words:
        word = words.first
        if word is None or is_unknown(word) or word in ("-", "--") or len(word) < 2 or word[0] not in "-+":
            if word == "--":
                words = words.drop(1)
            break
        words = words.drop(1)
        if word.startswith("--"):
            if word in _SHELL_LONG_VALUES:
                words = words.drop(1)
            elif word in ("--version", "--help"):
                found.prints = word
            continue
        for letter in word[1:]:
            if letter in "oO":
                if letter == "o":
                    found.named(words.first, word[0] == "-")
                words = words.drop(1)
            else:
                found.letter(letter, word[0] == "-")
    return found, words


def _python(words: Words) -> Unwrapped | None:
    while words:
        word = words.first
        if word is None or is_unknown(word):
            return Unwrapped("file", "python", words.drop(1).values, words.drop(1).places, program="python")
        if word == "-" or not is_option(word):
            break
        words = words.drop(1)
        if word.startswith("--"):
            if word in ("--version", "--help", "--help-all", "--help-env", "--help-xoptions"):
                return Unwrapped("command", "python", program="python", pretends=f"`{word}` only prints information")
            if word == "--check-hash-based-pycs":
                words = words.drop(1)
            continue
        ended = _python_letters(word, words)
        if isinstance(ended, Unwrapped):
            return ended
        words = ended
    if not words or words.first == "-":
        return Unwrapped("stdin", "python", words.drop(1).values, words.drop(1).places, program="python")
    inner = words.drop(1)
    return Unwrapped("file", "python", inner.values, inner.places, path=words.first, program="python")


def _python_letters(word: str, words: Words) -> Unwrapped | Words:
    """One cluster of python's short options: the answer when it holds ``-c`` or ``-m``, else what is left."""
    for place in range(1, len(word)):
        letter, rest = word[place], word[place + 1 :]
        if letter in "hV?":
            return Unwrapped("command", "python", program="python", pretends=f"`-{letter}` only prints information")
        if letter in "mc":
            value = rest or words.first
            words = words if rest else words.drop(1)
            if letter == "c":
                return Unwrapped("text", "python", words.values, words.places, text=value, program="python")
            return _module(value, words)
        if letter in _PYTHON_VALUES:
            return words if rest else words.drop(1)
        if letter.isdigit() or letter in ".:":
            return words  # ``py -3.11`` chooses a version
    return words


def _module(module: str | None, words: Words) -> Unwrapped:
    known = tool_of_module(module) if module else None
    if known is None:
        return Unwrapped("file", "python", words.values, words.places, module=module, program="python")
    inner = words.before(known)
    return Unwrapped("command", "python", inner.values, inner.places)


def _pwsh(words: Words) -> Unwrapped | None:
    values = words.values
    for index, word in enumerate(values):
        if word is None:
            break
        if word.lower() in ("-c", "-command", "-encodedcommand", "-ec"):
            plain = word.lower() in ("-c", "-command")
            text = " ".join(item if item is not None else HOLE for item in values[index + 1 :]) if plain else None
            return Unwrapped("text", "pwsh", text=text, program="pwsh")
        if word.lower() in ("-f", "-file") or not is_option(word):
            start = index + (2 if is_option(word) else 1)
            inner = words.drop(start)
            return Unwrapped(
                "file", "pwsh", inner.values, inner.places, program="pwsh",
                path=values[start - 1] if start - 1 < len(values) else None,
            )
    return None

