"""Values of a template: what its functions give where known (CloudFormation, "Intrinsic function reference")."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping as Map

from gradeline.model.infrastructure import Items, Mixed, Parameter, Plain, Reference, Unresolved, Value
from gradeline.readers.terraform.values import MAX_TEXT, items, table
from gradeline.records import replace
from gradeline.source import Span
from gradeline.syntax.yaml import Mapping, Node, Resolved, Scalar, Sequence, resolve, scalar_value

_SHORT = frozenset(
    {
        "And", "Base64", "Cidr", "Condition", "Equals", "FindInMap", "ForEach", "GetAZs", "GetAtt", "If", "ImportValue",
        "Join", "Length", "Not", "Or", "Ref", "Select", "Split", "Sub", "ToJsonString", "Transform",
    }
)  # fmt: skip
HOLES = re.compile(r"\$\{([^{}]*)\}")
_DYNAMIC = re.compile(r"\{\{resolve:[^{}]*\}\}")
NOTHING = "AWS::NoValue"
MAX_DEPTH = 120  # calls inside each other, also by way of conditions and mappings
MAX_PARTS = 2_000  # of one text


class Values:
    """Folds the nodes of one template.  The values of parameters are those ``given``, else their defaults."""

    def __init__(
        self, root: Mapping, parameters: Iterable[Parameter], resources: Iterable[str], given: Map[str, Value]
    ) -> None:
        self.parameters = {one.name: one for one in parameters}
        self.given = given
        self.resources = frozenset(resources)
        self.names: dict[str, None] = {}
        self._mappings, self._conditions = root.get("Mappings"), root.get("Conditions")
        self._looked: dict[tuple[str, str, str], Value | None] = {}
        self._decided: dict[str, bool | None] = {}
        self._depth = 0

    def value(self, node: Node | None, span: Span) -> Value | None:
        """None where the template says that there is nothing (``AWS::NoValue``)."""
        if self._depth >= MAX_DEPTH:
            return Unresolved(span, "it is nested too deep")
        self._depth += 1
        try:
            return self._value(node, span)
        finally:
            self._depth -= 1

    def _value(self, node: Node | None, span: Span) -> Value | None:
        found = resolve(node)
        if found is None:
            return Unresolved(span, "it cannot be read")
        called = function(found)
        if called is not None:
            return self._call(called[0], called[1], found.span)
        if isinstance(found, Scalar):
            if found.tag is not None and found.tag.startswith("!"):
                return Unresolved(found.span, f"`{found.tag}` is not a function of a template")
            text = scalar_value(found)
            return _text(found.span, text) if isinstance(text, str) else Plain(found.span, text)
        if isinstance(found, Sequence):
            return items(
                found.span, [one for one in (self.value(x, found.span) for x in found.items) if one is not None]
            )
        entries: dict[str, Value] = {}
        places: dict[str, Span] = {}
        for key, inner in found.items():
            if key.text.startswith("Fn::"):
                return Unresolved(found.span, f"what `{key.text}` puts here is not known")
            one = self.value(inner, key.span)
            if one is not None:
                entries[key.text] = one
                places[key.text] = key.span.to(inner.span) if inner.span.end_line >= key.span.line else key.span
        return table(found.span, entries, places)

    def condition(self, name: str) -> bool | None:
        if name not in self._decided:
            self._decided[name] = None  # one that asks for itself is not known
            node = self._conditions.get(name) if isinstance(self._conditions, Mapping) else None
            self._decided[name] = self._holds(node)
        return self._decided[name]

    def _holds(self, node: Resolved | None) -> bool | None:
        if self._depth >= MAX_DEPTH:
            return None
        self._depth += 1
        try:
            return self._answer(node)
        finally:
            self._depth -= 1

    def _answer(self, node: Resolved | None) -> bool | None:
        called = function(node) if node is not None else None
        if called is None:
            return None
        name, given = called
        if name == "Condition":
            return self.condition(given.text) if isinstance(given, Scalar) else None
        inner = _arguments(given)
        if name == "Equals" and len(inner) == 2:
            left, right = (self.value(one, given.span) for one in inner)
            if isinstance(left, Plain) and isinstance(right, Plain):
                return written(left.data) == written(right.data)
            return None
        if name == "Not" and len(inner) == 1:
            held = self._holds(resolve(inner[0]))
            return None if held is None else not held
        if name in ("And", "Or") and inner:
            answers = [self._holds(resolve(one)) for one in inner]
            decisive = name == "Or"
            return decisive if decisive in answers else None if None in answers else not decisive
        return None

    def _call(self, name: str, given: Resolved, span: Span) -> Value | None:
        inner = _arguments(given)
        if name == "Ref" and isinstance(given, Scalar):
            return self._ref(given.text, span)
        if name == "GetAtt":
            parts = given.text.split(".") if isinstance(given, Scalar) else [_word(one) for one in inner]
            return self._attribute(parts, span)
        if name == "Sub":
            return self._sub(given, inner, span)
        if name == "If" and len(inner) == 3 and isinstance(resolve(inner[0]), Scalar):
            held = self.condition(_word(inner[0]))
            if held is None:
                return Unresolved(span, f"whether `{_word(inner[0])}` holds is not known", _word(inner[0]))
            return self.value(inner[1 if held else 2], span)
        if name == "FindInMap" and len(inner) >= 3:
            return self._find(inner, span)
        if name == "Join" and len(inner) == 2:
            glue, listed = self.value(inner[0], span), self.value(inner[1], span)
            if isinstance(glue, Plain) and isinstance(listed, Items):
                return _joined(span, written(glue.data), listed.items)
        if name == "Select" and len(inner) == 2:
            at, listed = self.value(inner[0], span), self.value(inner[1], span)
            if isinstance(at, Plain) and isinstance(listed, Items):
                number = written(at.data)
                if number.isascii() and number.isdigit() and len(number) < 6 and int(number) < len(listed.items):
                    return listed.items[int(number)]
        if name == "Split" and len(inner) == 2:
            glue, whole = self.value(inner[0], span), self.value(inner[1], span)
            if isinstance(glue, Plain) and isinstance(whole, Plain) and glue.data and isinstance(whole.data, str):
                return items(span, [Plain(span, one) for one in whole.data.split(written(glue.data))])
        if name == "Length" and isinstance(listed := self.value(_bare(given), span), Items):
            return Plain(span, len(listed.items))
        if name == "Base64":
            return _encoded(span, self.value(_bare(given), span))
        return Unresolved(span, f"what `{name}` gives is not known")

    def _ref(self, name: str, span: Span) -> Value | None:
        if name == NOTHING:
            return None
        if name in self.resources:
            self.names[name] = None
            return Reference(span, name)
        found = self.parameters.get(name)
        if found is None:
            return Unresolved(span, f"`{name}` is not known before the stack is made", name)
        self.names[f"var.{name}"] = None
        value = self.given.get(name, found.default)
        if found.hidden or value is None or not isinstance(value, Plain):
            return Unresolved(span, f"the parameter `{name}` is given from outside", f"var.{name}")
        if found.kind.startswith("AWS::SSM::"):
            return Unresolved(span, f"`{name}` is looked up when the stack is made", f"var.{name}")
        if found.kind == "CommaDelimitedList" or found.kind.startswith("List<"):
            return items(value.span, [Plain(value.span, one.strip()) for one in written(value.data).split(",")])
        return value

    def _attribute(self, parts: list[str], span: Span) -> Value:
        if parts and parts[0] in self.resources:
            self.names[parts[0]] = None
            return Reference(span, parts[0], tuple(parts[1:]))
        return Unresolved(span, "it asks a resource that is not in the template")

    def _sub(self, given: Resolved, inner: tuple[Node, ...], span: Span) -> Value:
        head = given if isinstance(given, Scalar) else resolve(inner[0]) if inner else None
        own = resolve(inner[1]) if len(inner) > 1 else None
        if not isinstance(head, Scalar):
            return Unresolved(span, "what `Sub` gives is not known")
        parts: list[Value] = []
        end = 0
        for hole in HOLES.finditer(head.text):
            parts.append(_text(span, head.text[end : hole.start()]))
            end, name = hole.end(), hole.group(1).strip()
            if name.startswith("!"):
                parts.append(Plain(span, "${" + name[1:] + "}"))
                continue
            mine = own.get(name) if isinstance(own, Mapping) else None
            if mine is not None:
                found = self.value(mine, span)
            else:
                found = self._attribute(name.split("."), span) if "." in name else self._ref(name, span)
            parts.append(found if found is not None else Unresolved(span, "there is nothing to put in"))
        parts.append(_text(span, head.text[end:]))
        return _joined(span, "", parts)

    def _find(self, inner: tuple[Node, ...], span: Span) -> Value | None:
        keys = [self.value(one, span) for one in inner[:3]]
        words = [written(one.data) for one in keys if isinstance(one, Plain)]
        if len(words) == 3:
            key = (words[0], words[1], words[2])
            if key not in self._looked:
                self._looked[key] = None  # an entry that asks for itself is not known
                node: Resolved | None = self._mappings
                for word in words:
                    node = node.get(word) if isinstance(node, Mapping) else None
                self._looked[key] = self.value(node, span) if node is not None else None
            if self._looked[key] is not None:
                return self._looked[key]
            last = resolve(inner[3]) if len(inner) > 3 else None
            if isinstance(last, Mapping) and last.get("DefaultValue") is not None:
                return self.value(last.get("DefaultValue"), span)
        return Unresolved(span, "which entry of the mapping it is is not known")


def function(node: Resolved) -> tuple[str, Resolved] | None:
    """The name of the function that a node calls, without ``Fn::``, and what it is given."""
    if node.tag is not None and node.tag.startswith("!") and node.tag[1:] in _SHORT:
        return node.tag[1:], node
    if isinstance(node, Mapping) and len(node.entries) == 1:
        for key, inner in node.items():
            if key.text in ("Ref", "Condition") and isinstance(inner, Scalar):
                return key.text, inner
            if key.text.startswith("Fn::"):
                return key.text[4:], inner
    return None


def _bare(given: Resolved) -> Resolved:
    """What a function is given, without the tag that calls it."""
    return replace(given, tag=None) if given.tag is not None and given.tag[1:] in ("Base64", "Length") else given


def _encoded(span: Span, value: Value | None) -> Value:
    """A text that cannot be read as such; its parts are still there to be found."""
    mark = Unresolved(span, "it is encoded", "Base64")
    if isinstance(value, Mixed):
        return Mixed(span, (mark, *value.parts))
    if isinstance(value, (Plain, Reference, Unresolved)):
        return Mixed(span, (mark, value))
    return mark


def written(data: str | int | float | bool | None) -> str:
    """As CloudFormation compares it: everything is text."""
    return ("true" if data else "false") if isinstance(data, bool) else "" if data is None else str(data)


def _arguments(given: Resolved) -> tuple[Node, ...]:
    return tuple(given.items) if isinstance(given, Sequence) else ()


def _word(node: Node) -> str:
    found = resolve(node)
    return found.text if isinstance(found, Scalar) else ""


def _text(span: Span, text: str) -> Value:
    """A text whose dynamic references ("Using dynamic references to specify template values") are not known."""
    parts: list[Plain | Reference | Unresolved] = []
    end = 0
    for hole in _DYNAMIC.finditer(text):
        if hole.start() > end:
            parts.append(Plain(span, text[end : hole.start()]))
        parts.append(Unresolved(span, "it is looked up when the stack is made", hole.group()[2:-2]))
        end = hole.end()
    if not parts:
        return Plain(span, text)
    if end < len(text):
        parts.append(Plain(span, text[end:]))
    return parts[0] if len(parts) == 1 else Mixed(span, tuple(parts))


def _joined(span: Span, glue: str, given: Iterable[Value]) -> Value:
    parts: list[Plain | Reference | Unresolved] = []
    size = 0
    for number, one in enumerate(given):
        more = list(one.parts) if isinstance(one, Mixed) else [one]
        for part in [Plain(span, glue), *more] if number and glue else more:
            if isinstance(part, Plain):
                text = written(part.data)
                size += len(text)
                if parts and isinstance(parts[-1], Plain):
                    text = f"{parts[-1].data}{text}"
                    parts.pop()
                if text:
                    parts.append(Plain(span, text))
            elif isinstance(part, (Reference, Unresolved)):
                parts.append(part)
            else:
                return Unresolved(span, "a list cannot be part of a text")
            if size > MAX_TEXT or len(parts) > MAX_PARTS:
                return Unresolved(span, "it is too large")
    if not parts:
        return Plain(span, "")
    parts = _looked_up(span, parts)
    return parts[0] if len(parts) == 1 else Mixed(span, tuple(parts))


def _looked_up(span: Span, parts: list[Plain | Reference | Unresolved]) -> list[Plain | Reference | Unresolved]:
    """Parts of which some make a dynamic reference together: ``{{resolve:secretsmanager:`` + a secret + ``}}``."""
    found: list[Plain | Reference | Unresolved] = []
    at = 0
    while at < len(parts):
        text, size = _reference(parts, at)
        if text:
            before = str(parts[at].data).rpartition("{{resolve:")[0]  # type: ignore[union-attr]
            rest = text.partition("}}")[2]
            name = text.partition("}}")[0].removeprefix("{{")
            if before:
                found.append(Plain(span, before))
            found.append(Unresolved(span, "it is looked up when the stack is made", name))
            at += size
            if rest:
                parts = [*parts[:at], Plain(span, rest), *parts[at:]]
            continue
        found.append(parts[at])
        at += 1
    return found


def _reference(parts: list[Plain | Reference | Unresolved], at: int) -> tuple[str, int]:
    """The dynamic reference that starts in a part, with what follows in its last part, and how many parts it takes."""
    first = parts[at]
    if not isinstance(first, Plain) or "{{resolve:" not in str(first.data):
        return "", 0
    text = "{{resolve:" + str(first.data).rpartition("{{resolve:")[2]
    for size, one in enumerate(parts[at + 1 : at + 12], 2):
        if isinstance(one, Plain):
            text += str(one.data)
            if "}}" in text:
                return text, size
        else:
            text += one.target if isinstance(one, Reference) else f"${{{one.name}}}"
    return "", 0
