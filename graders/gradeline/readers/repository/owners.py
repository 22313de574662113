"""CODEOWNERS, as GitHub and as GitLab read it.

GitHub Docs, "About code owners": the first of three places counts, the last line that matches decides, a line that
breaks the notation is passed over, and there is no ``!``, no ``[ ]`` and no escaped ``#``.  GitLab Docs, "Syntax of
CODEOWNERS file", and GitLab source, lib/gitlab/code_owners: sections, default owners, exclusions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from gradeline.model.repository import Owner, OwnerRule, Owners
from gradeline.source import Diagnostic, SourceFile, Span

GITHUB = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
GITLAB = ("CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
MAX_LINES = 20_000
MAX_LINE = 5_000
_SECTION = re.compile(r"(?P<optional>\^)?\[(?P<name>[^\[\]]{1,200})\](?:\[(?P<count>\d{1,4})\])?(?P<rest>\s.*)?")
_USER = re.compile(r"@[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,100})")
_TEAM = re.compile(r"@[A-Za-z0-9][A-Za-z0-9_.-]{0,100}(?:/[A-Za-z0-9_.-]{1,100}){1,20}")
_ROLE = re.compile(r"@@(?:developers?|maintainers?|owners?)")
_MAIL = re.compile(r"[^@\s]{1,200}@[A-Za-z0-9.-]{1,200}\.[A-Za-z]{2,30}")


def read_owners(
    mine: Sequence[str], paths: Sequence[str], read: Callable[[str], SourceFile | None], problems: list[Diagnostic]
) -> Iterator[Owners]:
    """Every file with owners; only the one that the platform takes is ``used``."""
    there = [path for path in mine if path.rpartition("/")[2] == "CODEOWNERS"]
    if not there:
        return
    gitlab = _on_gitlab(there, paths, read)
    places = GITLAB if gitlab else GITHUB
    used = next((path for path in places if path in there), None)
    for path in there:
        source = read(path)
        if source is None:
            continue
        said: list[Diagnostic] = []
        rules = tuple(_gitlab(source, said) if gitlab else _github(source, said))
        if path == used:
            problems.extend(said)
        else:
            place = Span(path, 1)
            where = f"`{used}` is taken instead" if used is not None else f"it is looked for at `{places[0]}`"
            problems.append(Diagnostic("warning", "unused-owners", f"Nobody reads this file: {where}.", path, place))
        yield Owners(path, rules, path == used, tuple(said))


def _on_gitlab(there: list[str], paths: Sequence[str], read: Callable[[str], SourceFile | None]) -> bool:
    if any(path.startswith(".github/") for path in there):
        return False
    if any(path.startswith(".gitlab/") for path in there):
        return True
    hosted = any(path.startswith(".github/") for path in paths)
    if hosted != any(path == ".gitlab-ci.yml" or path.startswith(".gitlab/") for path in paths):
        return not hosted
    sources = (read(path) for path in there)
    return any(_SECTION.match(line[:MAX_LINE]) for source in sources if source is not None for line in source.lines)


def _words(line: str, escapes: bool) -> list[str]:
    """The words of a line up to a comment; ``\\ `` belongs to a word."""
    found: list[str] = []
    word: list[str] = []
    position = 0
    while position < len(line):
        character = line[position]
        if character == "\\" and line[position + 1 : position + 2] == " ":
            word.append(" ")
            position += 1
        elif character == "\\" and escapes and line[position + 1 : position + 2] == "#":
            word.append("#")
            position += 1
        elif character.isspace():
            if word:
                found.append("".join(word))
            word = []
        elif character == "#" and not word:
            break
        else:
            word.append(character)
        position += 1
    return [*found, "".join(word)] if word else found


def owner(word: str) -> Owner | None:
    """One owner; None for a word that names nobody."""
    if _ROLE.fullmatch(word):
        return Owner(word, "role")
    if _USER.fullmatch(word):
        return Owner(word, "user")
    if _TEAM.fullmatch(word):
        return Owner(word, "team")
    return Owner(word, "mail") if _MAIL.fullmatch(word) else None


def _lines(source: SourceFile, escapes: bool) -> Iterator[tuple[Span, str, list[str]]]:
    for number, line in enumerate(source.lines[:MAX_LINES], start=1):
        text = (line.removeprefix("\ufeff") if number == 1 else line)[:MAX_LINE].strip()
        words = _words(text, escapes)
        if words:
            start = len(line) - len(line.lstrip()) + 1
            yield Span(source.path, number, start, number, start + len(text)), text, words


def _github(source: SourceFile, problems: list[Diagnostic]) -> Iterator[OwnerRule]:
    for span, _, (pattern, *names) in _lines(source, escapes=False):

        def skip(why: str, place: Span = span) -> None:
            message = f"{why} GitHub passes over the whole line."
            problems.append(Diagnostic("warning", "skipped-line", message, place.path, place))

        if pattern.startswith("!"):
            skip("`!` takes nothing back here.")
            continue
        if "[" in pattern or "]" in pattern:
            skip("A pattern has no `[ ]` here.")
            continue
        owners = [owner(name) for name in names]
        wrong = next((name for name, known in zip(names, owners, strict=True) if known is None), None)
        if wrong is not None:
            skip(f"`{wrong[:60]}` is neither a user, nor a team, nor an address.")
            continue
        glob, inside = _github_glob(pattern)
        yield OwnerRule(glob, span, tuple(one for one in owners if one is not None), inside=inside)


def _github_glob(pattern: str) -> tuple[str, bool]:
    """``docs/`` is all inside, ``docs/*`` only the files right in it, ``*.py`` in any folder."""
    if pattern in ("*", "**"):
        return "**", False
    folder = pattern.endswith("/")
    glob = pattern.rstrip("/") if folder else pattern
    glob = glob[1:] if glob.startswith("/") else (glob if "/" in glob else f"**/{glob}")
    if folder:
        return (f"{glob}/**" if glob else "**"), False
    last = glob.rpartition("/")[2]
    return glob, last not in ("*", "**")


def _gitlab(source: SourceFile, problems: list[Diagnostic]) -> Iterator[OwnerRule]:
    section, optional = "", False
    default: tuple[Owner, ...] = ()
    for span, text, (pattern, *names) in _lines(source, escapes=True):
        head = _SECTION.fullmatch(text)
        if head is not None:
            section, optional = head["name"].strip().casefold(), head["optional"] is not None
            default = tuple(one for word in (head["rest"] or "").split() if (one := owner(word)) is not None)
            continue
        if pattern.startswith("!"):
            yield OwnerRule(_gitlab_glob(pattern[1:]), span, (), section, optional, False, excluded=True)
            continue
        owners = tuple(one for word in names if (one := owner(word)) is not None)
        if not owners and not default:
            message = "This line names nobody, so nobody has to look at these files."
            problems.append(Diagnostic("warning", "no-owner", message, span.path, span))
        yield OwnerRule(_gitlab_glob(pattern), span, owners or default, section, optional, False)


def _gitlab_glob(pattern: str) -> str:
    """lib/gitlab/code_owners/entry.rb and file.rb, ``normalize_pattern``: a path without a slash at its end is one
    file, in any folder unless it starts with a slash."""
    if pattern == "*":
        return "**"
    glob = pattern[1:] if pattern.startswith("/") else f"**/{pattern}"
    if glob.endswith("/"):
        return f"{glob}**"
    return f"{glob[:-1]}" if glob.endswith("/**") else glob
