"""YAML nodes as the values of monitoring files: texts, durations, matchers, file patterns."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from gradeline.model.monitoring import LabelMatcher, Loaded, Wait
from gradeline.model.text import Text
from gradeline.readers.texts import plain
from gradeline.source import Span
from gradeline.syntax.yaml import Mapping, Resolved, Scalar, Sequence, merged_entries, scalar_value

MAX_ITEMS = 2_000
_DURATION = re.compile(
    r"(?:(\d{1,9})y)?(?:(\d{1,9})w)?(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?(?:(\d{1,9})ms)?"
)
_SIZES = (365 * 86400.0, 7 * 86400.0, 86400.0, 3600.0, 60.0, 1.0, 0.001)
_MATCHER = re.compile(
    r"""\s*(?:"((?:[^"\\]|\\.)*)"|([A-Za-z_][\w.:/-]*))\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^",{}\s]*))\s*"""
)


def mappings(node: Resolved | None) -> Iterator[Mapping]:
    """The tables in a list."""
    for number, item in enumerate(node.values() if isinstance(node, Sequence) else ()):
        if number >= MAX_ITEMS:
            return
        if isinstance(item, Mapping):
            yield item


def entries(node: Resolved | None) -> tuple[tuple[Scalar, Resolved], ...]:
    return merged_entries(node)[:MAX_ITEMS] if isinstance(node, Mapping) else ()


def get(node: Resolved | None, *path: str) -> Resolved | None:
    """What is inside, merge keys applied."""
    for name in path:
        if not isinstance(node, Mapping):
            return None
        found = node.get(name)
        if found is None and "<<" in node.index:
            found = next((value for key, value in merged_entries(node) if key.value == name), None)
        node = found
    return node


def text(node: Resolved | None, *path: str) -> Text | None:
    """A scalar that is not empty."""
    found = plain(get(node, *path))
    return found if found is not None and found.raw.strip() else None


def texts(node: Resolved | None) -> tuple[Text, ...]:
    """The scalars of a list, or one alone."""
    items = node.values() if isinstance(node, Sequence) else (node,)
    return tuple(found for item in items if (found := plain(item)) is not None and found.raw)[:MAX_ITEMS]


def words(node: Resolved | None) -> tuple[str, ...]:
    return tuple(one.raw for one in texts(node))


def table(node: Resolved | None) -> dict[str, Text]:
    """Names and texts of a table."""
    return {key.value: value for key, node in entries(node) if (value := plain(node)) is not None}


def flag(node: Resolved | None, *path: str) -> bool | None:
    found = get(node, *path)
    value = scalar_value(found) if isinstance(found, Scalar) else None
    return value if isinstance(value, bool) else None


def place(node: Mapping, name: str) -> Span:
    """Where a key stands, otherwise the start of the table."""
    key = node.key(name)
    return key.span if key is not None else Span(node.span.path, node.span.line, node.span.column)


def seconds(written: str) -> float | None:
    """A duration as Prometheus writes it (``1h30m``; ``0`` needs no unit): Prometheus, "Configuration", <duration>."""
    written = written.strip()
    if written == "0":
        return 0.0
    match = _DURATION.fullmatch(written)
    if match is None or not written:
        return None
    return sum(int(number) * size for number, size in zip(match.groups(), _SIZES, strict=True) if number)


def wait(node: Resolved | None, name: str) -> Wait | None:
    found = plain(get(node, name))
    return None if found is None else Wait(seconds(found.raw), found.span)


def matcher(written: Text) -> tuple[LabelMatcher, ...] | None:
    """The matchers in one text, ``severity="critical", team=~"churn|data"``; None when it is none.

    Alertmanager, "Configuration", <matcher>: braces around and quotes are optional.
    """
    raw = written.raw.strip()
    if raw.startswith("{") and raw.endswith("}"):
        raw = raw[1:-1]
    found: list[LabelMatcher] = []
    position = 0
    while position < len(raw):
        match = _MATCHER.match(raw, position)
        if match is None or len(found) > 100:
            return None
        label, value = match.group(1) or match.group(2) or "", match.group(4)
        if value is None:
            value = match.group(5)
        found.append(LabelMatcher(label, match.group(3), re.sub(r"\\(.)", r"\1", value), written.span))  # type: ignore[arg-type]
        position = match.end()
        if position < len(raw):
            if raw[position] != ",":
                return None
            position += 1
    return tuple(found)


def rule_pattern(pattern: Text, folder: str, paths: tuple[str, ...]) -> Loaded:
    """The files of the submission that a pattern of rule files stands for.

    It is relative to the configuration; only the last part may hold ``*`` (Prometheus, "Configuration",
    <filepath_glob>).  An absolute path is one on the server, ``/etc/prometheus/rules/*.yml``: there, the folders of
    the repository lie below some folder, so the longest end of the path that is here counts.
    """
    raw = pattern.raw.strip()
    if not raw.startswith("/"):
        wanted = posixpath.normpath(posixpath.join(folder, raw))
        return Loaded(pattern, tuple(path for path in paths if _globbed(path, wanted)))
    parts = raw.strip("/").split("/")
    for start in range(len(parts)):
        wanted = posixpath.normpath(posixpath.join(folder, *parts[start:]))
        found = tuple(path for path in paths if _globbed(path, wanted))
        if found:
            return Loaded(pattern, found)
    return Loaded(pattern, ())


def _globbed(path: str, pattern: str) -> bool:
    """Folder by folder, as Go's filepath.Glob does."""
    ours, theirs = path.split("/"), pattern.split("/")
    return len(ours) == len(theirs) and all(
        fnmatchcase(one, other.replace("[^", "[!")) for one, other in zip(ours, theirs, strict=True)
    )
