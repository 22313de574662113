"""What the checks of infrastructure ask of a stack: values behind references, settings with their places.

A setting is true, false, not known, or not said; the last means the default of its platform.  The families of
resources (storage, registries, policies, ...) are in ``infrastructure_*.py``; each knows the names that the platforms
give to the same thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gradeline.model.infrastructure import (
    Items,
    Mixed,
    Plain,
    Reference,
    Resource,
    Stack,
    Table,
    Unresolved,
    Value,
)
from gradeline.records import record
from gradeline.source import Span


@record
class Setting:
    """A value with the place where it is set."""

    value: Value
    span: Span


@record
class Answer:
    """``holds`` None: the files do not tell.  ``sentence`` says what was seen, without a capital and a full stop."""

    holds: bool | None
    sentence: str
    span: Span


class StackFacts:
    """One stack with answers about it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.memo: dict[object, object] = {}  # answers that other facts want to keep
        self._by_address: dict[str, list[Resource]] = {}
        for one in stack.resources:
            self._by_address.setdefault(one.address, []).append(one)

    def find(self, reference: Reference) -> tuple[Resource, ...]:
        """The instances that a reference can mean."""
        return tuple(
            one
            for one in self._by_address.get(reference.target, ())
            if reference.key is None or one.key is None or one.key == reference.key
        )

    @property
    def shown(self) -> str:
        """The stack in words."""
        place = f"`{self.stack.path or '.'}`"
        return f"{place} with `{self.stack.values}`" if self.stack.values else place

    def of(self, *kinds: str) -> tuple[Resource, ...]:
        """The resources of some kinds, in the order they are declared."""
        wanted = frozenset(kinds)
        return tuple(one for one in self.stack.resources if one.kind in wanted)

    def targets(self, value: Value | None) -> tuple[Resource, ...]:
        """The resources that a value belongs to: ``aws_s3_bucket.data.id`` leads to the bucket."""
        if isinstance(value, Reference):
            return self.find(value)
        return ()

    def means(self, value: Value | None, resource: Resource, *names: str) -> bool | None:
        """Whether a value names a resource, by reference or by what one of its properties ``names`` says.

        None when the value is not known, so that it may be any.
        """
        if isinstance(value, Reference):
            found = self.find(value)
            if found:
                return any(one is resource for one in found)
            return None
        if isinstance(value, Plain):
            return any(same(value, resource.properties.entries.get(name)) for name in names)
        if isinstance(value, Mixed):
            if any(isinstance(part, Reference) and resource in self.find(part) for part in value.parts):
                return True
            return any(same(value, resource.properties.entries.get(name)) for name in names) or _maybe(value)
        if isinstance(value, Unresolved):  # the same unknown value on both sides is the same
            return any(same(value, resource.properties.entries.get(name)) for name in names) or None
        return None


def _maybe(value: Mixed) -> bool | None:
    return None if any(isinstance(part, Unresolved) for part in value.parts) else False


def same(first: Value | None, second: Value | None) -> bool:
    """Whether two values are the same text, unknown parts included."""
    if first is None or second is None:
        return False
    return bool(shape(first)) and shape(first) == shape(second)


def shape(value: Value) -> tuple[object, ...]:
    """A value without its places, to compare it by; empty for lists and tables."""
    if isinstance(value, Plain):
        return (str(value.data),)
    if isinstance(value, Reference):
        return (("reference", value.target, value.key, *value.path),)
    if isinstance(value, Unresolved):
        return (("unknown", value.name),) if value.name else ()
    if isinstance(value, Mixed):
        parts = [shape(part) for part in value.parts]
        return tuple(one for part in parts for one in part) if all(parts) else ()
    return ()


def settings(table: Table | None, *path: str) -> Iterator[Setting]:
    """Every value at a path of settings; lists on the way are gone through."""
    if table is None or not path:
        return
    value = table.entries.get(path[0])
    if value is None:
        return
    place = table.places.get(path[0], value.span)
    if len(path) == 1:
        yield Setting(value, place)
        return
    for one in each(value):
        if isinstance(one, Table):
            yield from settings(one, *path[1:])
        elif isinstance(one, Unresolved | Reference | Mixed):
            yield Setting(one, place)


def each(value: Value) -> Iterable[Value]:
    """The elements of a list; anything else is one by itself."""
    return value.items if isinstance(value, Items) else (value,)


def setting(table: Table | None, *path: str) -> Setting | None:
    """The first value at a path; one that is null counts as not said."""
    for one in settings(table, *path):
        if not (isinstance(one.value, Plain) and one.value.data is None):
            return one
    return None


def known_text(value: Value | None) -> str | None:
    """A value as text when all of it is known."""
    if isinstance(value, Plain) and value.data is not None:
        return str(value.data).lower() if isinstance(value.data, bool) else str(value.data)
    return None


def known_truth(value: Value | None) -> bool | None:
    text = known_text(value)
    return True if text == "true" else False if text == "false" else None


def flag(resource: Resource, *path: str, default: bool = False) -> tuple[bool | None, Span]:
    """Whether a setting is on, and where that is said."""
    found = setting(resource.properties, *path)
    if found is None:
        return (default if not resource.opaque else None), resource.head
    return known_truth(found.value), found.span


def partial_text(value: Value | None, hole: str = "\ue000") -> str:
    """A text with a mark for each part that is not known; empty for lists and tables."""
    if isinstance(value, Plain):
        return known_text(value) or ""
    if isinstance(value, Mixed):
        return "".join(partial_text(part, hole) for part in value.parts)
    return hole if isinstance(value, Reference | Unresolved) else ""


def called(resource: Resource) -> str:
    """A resource in words: its address with the key of the instance."""
    if resource.key is None:
        return resource.address
    key = f'"{resource.key}"' if isinstance(resource.key, str) else str(resource.key)
    return f"{resource.address}[{key}]"


def says(resource: Resource, words: Iterable[str], *names: str) -> bool:
    """Whether the name, the key or one of some properties of a resource holds one of the words."""
    texts = [resource.name, str(resource.key or ""), resource.module]
    texts += [partial_text(resource.properties.entries.get(name)) for name in names]
    joined = " ".join(texts).casefold()
    return any(word.casefold() in joined for word in words)


def worst(answers: Iterable[Answer]) -> Answer | None:
    """The first answer that is no, else the first that is open; None when all are yes."""
    open_: Answer | None = None
    for answer in answers:
        if answer.holds is False:
            return answer
        if answer.holds is None:
            open_ = open_ or answer
    return open_
