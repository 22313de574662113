"""Filters that tell steps which files changed (dorny/paths-filter, tj-actions/changed-files).

The patterns of an output are given in the order in which the last one that matches decides, as in
GitHub's own path filters: a pattern with ``!`` takes back what earlier ones matched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradeline.model.text import Text
from gradeline.readers.github.reading import Reading
from gradeline.source import SourceFile
from gradeline.syntax import yaml

Patterns = tuple[str, ...] | None
_MAX_PATTERNS = 500


def filter_from_yaml(reading: Reading, text: Text, every: bool) -> dict[str, Patterns]:
    """The outputs of dorny/paths-filter: its ``filters`` are YAML, or the path of a YAML file.

    ``every`` is ``predicate-quantifier: every``: a file must match all patterns instead of any
    (dorny/paths-filter, README.md and src/filter.ts).
    """
    raw = text.raw
    if "\n" not in raw.strip() and ":" not in raw:
        source = reading.read(raw.strip().removeprefix("./"))
        if source is None:
            reading.say("error", "missing-file", f"The filter file `{raw.strip()}` does not exist.", text.span)
            return {}
    else:
        source = SourceFile(text.span.path, raw)
    parsed = yaml.parse(source)
    if parsed.diagnostics:
        reading.say("error", "bad-filters", f"The filters: {parsed.diagnostics[0].message}", text.span)
    if not isinstance(parsed.root, yaml.Mapping):
        return {}
    combine = _every if every else _some
    return {key.value: combine(_patterns(value)) for key, value in parsed.root.items()}


def changed_files_filter(reading: Reading, inputs: Mapping[str, Text | None]) -> dict[str, Patterns]:
    """The outputs of tj-actions/changed-files that say whether any wanted file changed (action.yml)."""

    def listed(name: str) -> list[str]:
        value = inputs[name]
        separator = inputs["files_separator"]
        raw = value.raw if value is not None else ""
        return [piece.strip() for piece in raw.split(separator.raw if separator is not None else "\n") if piece.strip()]

    outputs: dict[str, Patterns] = {}
    patterns: Patterns = None
    if inputs["files_from_source_file"] is None:
        wanted, ignored = listed("files"), listed("files_ignore")
        patterns = _without(wanted or ["**"], ignored)
    outputs["any_changed"] = outputs["any_modified"] = patterns
    groups = inputs["files_yaml"]
    if groups is not None:
        hidden = inputs["files_ignore_yaml"] is not None
        for name, group in filter_from_yaml(reading, groups, every=False).items():
            outputs[f"{name}_any_changed"] = outputs[f"{name}_any_modified"] = None if hidden else group
    return outputs


def _without(wanted: list[str], ignored: list[str]) -> Patterns:
    positive = _expanded([pattern for pattern in wanted if not pattern.startswith("!")])
    negative = _expanded([pattern.removeprefix("!") for pattern in wanted if pattern.startswith("!")] + ignored)
    if positive is None or negative is None:
        return None
    return (*positive, *(f"!{pattern}" for pattern in negative))


def _patterns(node: yaml.Resolved) -> list[str]:
    """The patterns of one filter; lists may hold lists, and ``added|modified: pattern`` restricts the change."""
    found: list[str] = []
    todo: list[yaml.Resolved] = [node]
    while todo and len(found) < _MAX_PATTERNS:
        current = todo.pop()
        if isinstance(current, yaml.Scalar):
            found.append(current.value)
        elif isinstance(current, yaml.Sequence):
            todo.extend(reversed(list(current.values())))
        else:
            todo.extend(reversed([value for _, value in current.items()]))
    return found


def _split(patterns: list[str]) -> tuple[Sequence[str] | None, Sequence[str] | None]:
    positive = _expanded([pattern for pattern in patterns if not pattern.startswith("!")])
    negative = _expanded([pattern.removeprefix("!") for pattern in patterns if pattern.startswith("!")])
    return positive, negative


def _some(patterns: list[str]) -> Patterns:
    """A file counts when it matches any pattern; ``!x`` on its own matches every file but ``x``."""
    positive, negative = _split(patterns)
    if positive is not None and "**" in positive:
        return ("**",)  # one match is enough, so exclusions beside it change nothing
    if positive is None or negative is None or len(negative) > 1:
        return None
    return ("**", f"!{negative[0]}", *positive) if negative else tuple(positive)


def _every(patterns: list[str]) -> Patterns:
    """A file counts when it matches all patterns."""
    positive, negative = _split(patterns)
    if positive is None or negative is None or len(positive) > 1:
        return None
    return (*(positive or ("**",)), *(f"!{pattern}" for pattern in negative))


def _expanded(patterns: list[str]) -> list[str] | None:
    """The patterns with ``{a,b}`` written out; None when one uses what cannot be written as a plain glob."""
    done: list[str] = []
    todo = patterns[::-1]
    while todo:
        pattern = todo.pop()
        if len(done) + len(todo) > _MAX_PATTERNS:
            return None
        start = pattern.find("{")
        if start < 0:
            if any(character in pattern for character in "()}|"):
                return None
            done.append(pattern.removeprefix("./"))
            continue
        end = pattern.find("}", start)
        inside = pattern[start + 1 : end]
        if end < 0 or "{" in inside or "," not in inside or len(pattern) > 1_000:
            return None
        todo.extend(pattern[:start] + choice + pattern[end + 1 :] for choice in reversed(inside.split(",")))
    return done
