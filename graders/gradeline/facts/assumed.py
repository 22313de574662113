"""What the commands of a script print when the content of a file is assumed.

A simulation that is given such files follows numbers: through ``jq``, a here-string, a pipe, a variable and a
calculation, to the test that ends the script.  Whatever it cannot follow stays unknown, and is noted in ``unread``.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from gradeline.facts import patterns
from gradeline.facts.changed_files import diff
from gradeline.facts.jq_filters import outputs
from gradeline.facts.jq_functions import Stopped, Unclear, written
from gradeline.facts.shell_numbers import calculate
from gradeline.facts.shell_records import join_path
from gradeline.facts.shell_state import HIDDEN
from gradeline.records import record
from gradeline.source import Span

# They pass on what they are given, and end with success.
_LANGUAGES = ("python", "node", "ruby", "perl", "pwsh", "deno", "bun")
_CARRIES = frozenset(("cat", "tee", "head", "tail", "less", "cp", "mv", "ls", "mkdir", "echo", "git", "tar", "zip"))


@record
class Answer:
    """How a command ends and what it prints; None for a text that is not known."""

    status: int
    text: str | None


class Assumed:
    """Files with a content that is assumed.  ``files``: text by the end of the path.  ``writers``: commands, as words
    one after the other, that print the same facts in another form, which nobody here can read.  ``told``: texts with
    such facts that a script is given without a file, in a variable or in its own text.  ``changed``: the files that
    the change at hand touches."""

    def __init__(
        self,
        files: Mapping[str, str],
        writers: tuple[tuple[str, ...], ...] = (),
        told: frozenset[str] = frozenset(),
        changed: tuple[str, ...] = (),
    ) -> None:
        self.files = files
        self.told = told
        self.changed = changed
        self.made: Mapping[str, str] = {}  # files that the script has written
        self.writers = writers
        self.asked: list[Span] = []  # commands that were given one of the files
        self.unread: list[Span] = []  # those whose answer is not known
        self._unclear: set[str] = set()  # files that were written with such an answer

    def text(self, path: str) -> str | None:
        if HIDDEN in path:
            return None
        known = self._given(path)
        return self.made.get(path) if known is None else known

    def _given(self, path: str) -> str | None:
        return next((text for end, text in self.files.items() if path == end or path.endswith("/" + end)), None)

    def answer(
        self, words: list[str], directory: str, given: str | None, fed: str, span: Span, caught: bool, target: str
    ) -> Answer | None:
        """What a command does; None when nothing is assumed about it.

        ``given``: its standard input, and ``fed`` the path that it is from.  ``caught``: what it prints goes into a
        variable or another command; ``target``: the path of a file it goes to.
        """
        paths = [join_path(directory, word) for word in words[1:] if HIDDEN not in word]
        named = [path for path in paths if self._given(path) is not None]
        about = bool(named) or self._given(fed) is not None or (given is not None and given in self.files.values())
        if self.told and not about:
            about = words[0] not in _CARRIES and self._is_told(words, given)
        if about:
            self.asked.append(span)
        found = self._computed(words, directory, given)
        if found is not None:
            return found
        unclear = any(
            tuple(words[at : at + len(one)]) == one for one in self.writers for at in range(min(len(words), 6))
        )
        if unclear and target:
            self._unclear.add(join_path(directory, target))
        reads = about or any(path in self._unclear for path in (*paths, fed))
        if (reads and words[0] not in _CARRIES) or ((reads or unclear) and caught):
            self.unread.append(span)
        return None

    def _is_told(self, words: list[str], given: str | None) -> bool:
        """Whether a command gets one of the texts: as a word, on its standard input, or as a program by a variable."""
        if words[0].rpartition("/")[2].startswith((*_LANGUAGES, "jq")):
            return True
        return any(text in word for text in self.told for word in (*words[1:], given or ""))

    def _computed(self, words: list[str], directory: str, given: str | None) -> Answer | None:
        if words[0] == "git" and self.changed:
            found = diff(words, self.changed)
            return Answer(found.status, found.text) if found is not None else None
        if any(HIDDEN in word for word in words) and not (self.told and words[0] == "jq"):
            return None
        name = words[0].rpartition("/")[2]
        if name == "cat":
            texts = [given if word == "-" else self.text(join_path(directory, word)) for word in words[1:] or ["-"]]
            known = [text for text in texts if text is not None]
            return Answer(0, "".join(known)) if len(known) == len(texts) else None
        if name == "jq":
            return self._query(words[1:], directory, given)
        if name == "bc" and given is not None and HIDDEN not in given:
            return _calculator(given, 20 if "-l" in words else 0)
        if name == "awk" and len(words) == 2:
            return _decides(words[1])
        if name == "tr" and words[1:2] == ["-d"] and len(words) == 3 and given is not None and HIDDEN not in given:
            gone = words[2].replace("\\n", "\n")
            return None if set(gone) & set("[-\\") else Answer(0, given.translate({ord(one): None for one in gone}))
        if name == "cut" and given is not None and HIDDEN not in given:
            return _field(words[1:], given)
        if name in ("wc", "sort", "uniq") and given is not None and HIDDEN not in given:
            return _lines(name, words[1:], given)
        if name in ("grep", "egrep", "fgrep") and given is not None and (self.told or HIDDEN not in given):
            return _search([*_GREPS.get(name, ()), *words[1:]], given)
        return None

    def _query(self, words: list[str], directory: str, given: str | None) -> Answer | None:
        plain: list[str] = []
        variables: dict[str, Any] = {}
        raw = strict = joined = empty = False
        rest = list(words)
        while rest:
            word = rest.pop(0)
            if word in ("--arg", "--argjson") and len(rest) >= 2:
                name, value = rest.pop(0), rest.pop(0)
                try:
                    variables[name] = value if word == "--arg" else json.loads(value[:20_000])
                except ValueError:
                    return None
            elif word.startswith("--"):
                raw, strict = raw or word == "--raw-output", strict or word == "--exit-status"
                joined, empty = joined or word == "--join-output", empty or word == "--null-input"
                if word not in ("--raw-output", "--exit-status", "--join-output", "--null-input", "--compact-output"):
                    return None
            elif word.startswith("-") and len(word) > 1:
                if set(word[1:]) - set("rejncMCS"):
                    return None
                raw, strict = raw or "r" in word, strict or "e" in word
                joined, empty = joined or "j" in word, empty or "n" in word
            else:
                plain.append(word)
        if not plain or len(plain) > 2:
            return None
        text = "null" if empty else self.text(join_path(directory, plain[1])) if len(plain) == 2 else given
        if text is None or (HIDDEN in text and not self.told) or len(text) > 20_000:
            return None
        try:
            results = outputs(plain[0], json.loads(text), variables)
        except Stopped as stop:
            return Answer(stop.status, "")
        except (Unclear, ValueError, RecursionError):
            return None
        shown = [one if isinstance(one, str) and (raw or joined) else written(one) for one in results]
        status = 0
        if strict:
            status = 4 if not results else 1 if results[-1] is None or results[-1] is False else 0
        return Answer(status, "".join(one if joined else one + "\n" for one in shown))


def _calculator(given: str, scale: int) -> Answer | None:
    """``bc`` with lines of its language on standard input."""
    lines = []
    for line in given.replace(";", "\n").split("\n")[:20]:
        name, equals, value = line.replace(" ", "").partition("=")
        if name == "scale" and equals and value.isdigit() and len(value) < 3:
            scale = int(value)
        elif line.strip():
            try:
                number = calculate(line, lambda _: None, scale)
            except ZeroDivisionError:
                return Answer(0, "")
            if number is None:
                return None
            lines.append(decimal(number, 20))
    return Answer(0, "".join(line + "\n" for line in lines))


def _decides(program: str) -> Answer | None:
    """``awk 'BEGIN { exit !(83 >= 80) }'`` or ``BEGIN { print 83 / 100 }``: a program that reads nothing."""
    text = program.strip()
    if not text.startswith("BEGIN") or not text[5:].strip().startswith("{") or not text.endswith("}"):
        return None
    verb, _, expression = text[5:].strip()[1:-1].strip().rstrip(";").partition(" ")
    if verb not in ("exit", "print") or not expression.strip():
        return None
    try:
        number = calculate(expression, lambda _: None)
    except ZeroDivisionError:
        return Answer(2, "")
    if number is None:
        return None
    return Answer(int(number) % 256, "") if verb == "exit" else Answer(0, f"{float(number):.6g}\n")


def _field(words: list[str], given: str) -> Answer | None:
    """``cut -d X -f N``."""
    letters = "".join(words).replace("-d", "\0d").replace("-f", "\0f").split("\0")[1:]
    options = {one[0]: one[1:] for one in letters}
    separator, number = options.get("d", "\t"), options.get("f", "")
    if len(separator) != 1 or not number.isdigit() or len(number) > 2 or len(letters) > 2:
        return None
    cut = [line.split(separator) for line in given.splitlines()[:50]]
    at = int(number) - 1
    found = [line[at] if len(line) > 1 and at < len(line) else line[0] if len(line) == 1 else "" for line in cut]
    return Answer(0, "".join(one + "\n" for one in found))


_GREPS = {"egrep": ("-E",), "fgrep": ("-F",)}
_GREP_LETTERS = {
    "--quiet": "q", "--silent": "q", "--line-regexp": "x", "--fixed-strings": "F", "--extended-regexp": "E",
    "--perl-regexp": "P", "--ignore-case": "i", "--invert-match": "v", "--word-regexp": "w", "--count": "c",
}  # fmt: skip


def _lines(name: str, words: list[str], given: str) -> Answer | None:
    """``wc -l``, ``sort``, ``sort -u`` and ``uniq``."""
    lines = given.splitlines()
    if name == "wc":
        return Answer(0, f"{len(lines)}\n") if words == ["-l"] else None
    if name == "sort" and words in ([], ["-u"]):
        lines = sorted(set(lines) if words else lines)
    elif name == "uniq" and not words:
        lines = [line for at, line in enumerate(lines) if not at or line != lines[at - 1]]
    else:
        return None
    return Answer(0, "".join(line + "\n" for line in lines))


def _search(words: list[str], given: str) -> Answer | None:
    """``grep`` over its standard input: GNU grep manual, "Command-line Options" and "Basic vs Extended".

    An output that is not known stands beside the results in what a script is told: it is taken to hold no such word.
    """
    flags: set[str] = set()
    wanted: list[str] = []
    plain: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word in ("-e", "--regexp") and rest:
            wanted.append(rest.pop(0))
        elif word.startswith("--regexp="):
            wanted.append(word.partition("=")[2])
        elif word.startswith("--") and word != "--":
            if word not in _GREP_LETTERS:
                return None
            flags.add(_GREP_LETTERS[word])
        elif word.startswith("-") and len(word) > 1 and word != "--":
            if word.endswith("e") and rest:
                wanted.append(rest.pop(0))
                word = word[:-1]
            flags |= set(word[1:])
        elif word != "--":
            plain.append(word)
    if flags - set("qxFEPivwcs") or len(plain) != (0 if wanted else 1):
        return None  # it looks into files, too
    wanted = wanted or plain
    lines = given.splitlines()
    found: list[str] = []
    more = False
    for line in lines:
        hit = _hit(line, wanted, flags)
        if hit is None:
            more = True
        elif hit is not ("v" in flags):
            found.append(line)
    if more and (not found or "c" in flags):
        return None
    found += [HIDDEN] if more else []
    shown = "" if "q" in flags else f"{len(found)}\n" if "c" in flags else "".join(line + "\n" for line in found)
    return Answer(0 if found else 1, shown)


def _hit(line: str, wanted: list[str], flags: set[str]) -> bool | None:
    """Whether one of the patterns matches a line; None when that cannot be told."""
    for one in wanted:
        pattern = re.escape(one) if "F" in flags else one if flags & {"E", "P"} else _extended(one)
        if "w" in flags:
            pattern = rf"\b(?:{pattern})\b"
        hit = patterns.search(pattern, line, "i" in flags, whole="x" in flags)
        if hit:
            return True
        if hit is None or line == HIDDEN:
            return None
    return False


def _extended(basic: str) -> str:
    """A basic regular expression of GNU grep in the extended form: a backslash gives these signs their meaning."""
    made: list[str] = []
    at = 0
    while at < len(basic):
        letter = basic[at]
        if letter == "\\" and at + 1 < len(basic):
            following = basic[at + 1]
            made.append(following if following in "|+?(){}" else letter + following)
            at += 2
            continue
        made.append("\\" + letter if letter in "|+?(){}" else letter)
        at += 1
    return "".join(made)


def decimal(number: Fraction, digits: int) -> str:
    """A number as programs write it: whole numbers without a point."""
    if number.denominator == 1:
        return str(number.numerator)
    whole = math.trunc(number * 10**digits)
    sign, text = "-" if whole < 0 else "", str(abs(whole)).rjust(digits + 1, "0")
    return sign + f"{text[:-digits]}.{text[-digits:].rstrip('0')}"
