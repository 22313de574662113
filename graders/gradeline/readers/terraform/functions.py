"""The functions of Terraform's language that can be worked out from their arguments alone.

Terraform documentation, "Functions".  A function that is not here, such as ``timestamp``, gives an unresolved
value with the reason.  Every result is bounded: nothing here can be made to compute or to allocate without limit.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from itertools import islice, product
from typing import Any

from gradeline.model.infrastructure import Items, Mixed, Plain, Reference, Table, Unresolved, Value
from gradeline.readers.terraform.values import (
    MAX_TEXT,
    Failed,
    Unknown,
    as_text,
    elements,
    items,
    joined,
    number,
    plain,
    table,
    text,
    truth,
    unresolved,
    wrapped,
)
from gradeline.source import Span

Arguments = Sequence[Value]
Function = Callable[[Span, Arguments], Value]
MAX_ELEMENTS = 1_024


def call(name: str, span: Span, arguments: Arguments) -> Value:
    """The value of a call; an unresolved one when the function or an argument is not known."""
    name = name.removeprefix("core::")
    function = FUNCTIONS.get(name)
    if function is None:
        return Unresolved(span, f"what `{name[:40]}()` gives is not worked out here")
    try:
        return function(span, arguments)
    except Unknown as unknown:
        return unknown.value
    except (IndexError, TypeError, ValueError, OverflowError, ArithmeticError):
        return Failed(span, f"`{name[:40]}()` does not take these arguments")


def _text(value: Value) -> str:
    data = plain(value)
    if isinstance(data, list | dict):
        raise TypeError
    return as_text(data)  # type: ignore[arg-type]


def _number(value: Value) -> float:
    data = plain(value)
    if isinstance(data, bool) or data is None or isinstance(data, list | dict):
        raise TypeError
    if isinstance(data, str) and len(data) > 30:
        raise ValueError
    return float(data) if not isinstance(data, int) else data  # type: ignore[arg-type]


def _whole(value: Value) -> int:
    found = _number(value)
    if found != int(found):
        raise ValueError
    return int(found)


def _list(value: Value) -> list[Value]:
    if isinstance(value, Table):
        return list(value.entries.values())
    return [one for _, one in elements(value, value.span)]


def _table(value: Value) -> Table:
    if isinstance(value, Table):
        return value
    if isinstance(value, Plain) and value.data is None:
        return Table(value.span, {})
    if isinstance(value, Plain | Items):
        raise TypeError
    raise Unknown(unresolved(value))


def _identity(span: Span, given: Arguments) -> Value:
    return given[0]


def _words(change: Callable[[str], str]) -> Function:
    return lambda span, given: text(span, change(_text(given[0])))


def _same(first: Value, second: Value) -> bool:
    return plain(first) == plain(second)


def _distinct(span: Span, values: Sequence[Value]) -> Value:
    found: dict[str, Value] = {}
    for value in values:
        key = json.dumps(plain(value), sort_keys=True) if not isinstance(value, Reference) else repr(value)
        found.setdefault(key, value)
    return items(span, found.values())


def _set(span: Span, values: Sequence[Value]) -> Value:
    """A set has no order; Terraform shows its texts sorted."""
    found = _distinct(span, values)
    if isinstance(found, Items) and all(isinstance(one, Plain) for one in found.items):
        return items(span, sorted(found.items, key=lambda one: as_text(plain(one))))  # type: ignore[arg-type]
    return found


def _format(span: Span, given: Arguments) -> Value:
    """``%s``, ``%d``, ``%v``, ``%q`` and ``%%`` with small widths; the parts may be unknown."""
    pattern = _text(given[0])
    found: list[Value] = []
    at, number_ = 0, 1
    while at < len(pattern):
        percent = pattern.find("%", at)
        if percent < 0:
            percent = len(pattern)
        if percent > at:
            found.append(Plain(span, pattern[at:percent]))
        if percent >= len(pattern):
            break
        end = percent + 1
        while end < len(pattern) and pattern[end] in "0123456789.+-# ":
            end += 1
        verb, flags = pattern[end : end + 1], pattern[percent + 1 : end]
        at = end + 1
        if verb == "%":
            found.append(Plain(span, "%"))
            continue
        found.append(_formatted(span, verb, flags, given[number_]))
        number_ += 1
    return joined(span, found)


def _formatted(span: Span, verb: str, flags: str, value: Value) -> Value:
    if len(flags) > 4:
        return Unresolved(span, "the width is too large")
    if verb in ("s", "v") and not flags:
        return value if not isinstance(value, Items | Table) else text(span, json.dumps(plain(value)))
    if verb == "q" and not flags:
        return text(span, json.dumps(_text(value)))
    width = int(flags.lstrip("0-+ #").split(".")[0] or 0)
    if width > 200 or verb not in ("d", "s", "f"):
        return Unresolved(span, "the width is too large" if width > 200 else "the format is not worked out here")
    if verb == "d":
        shown = str(_whole(value))
        return text(span, shown.zfill(width) if flags.startswith("0") else shown.rjust(width))
    if verb == "f":
        return text(span, f"%{flags}f" % _number(value))
    return text(span, _text(value).ljust(width) if flags.startswith("-") else _text(value).rjust(width))


def _join(span: Span, given: Arguments) -> Value:
    between = given[0]
    parts: list[Value] = []
    for value in (one for collection in given[1:] for one in _list(collection)):
        parts += [between, value] if parts else [value]
    return joined(span, parts)


def _split(span: Span, given: Arguments) -> Value:
    between, whole = _text(given[0]), _text(given[1])
    pieces = whole.split(between) if between else list(whole)
    return items(span, [Plain(span, piece) for piece in pieces[:MAX_ELEMENTS]])


def _replace(span: Span, given: Arguments) -> Value:
    whole, old, new = (_text(one) for one in given[:3])
    if len(old) > 1 and old.startswith("/") and old.endswith("/"):
        return text(span, _compiled(old[1:-1]).sub(new.replace("$", "\\"), whole[:MAX_TEXT]))
    if len(new) * (whole.count(old) if old else len(whole) + 1) > MAX_TEXT:
        return Unresolved(span, "it is too long")
    return text(span, whole.replace(old, new))


def _compiled(pattern: str) -> Any:
    """A pattern of RE2, which Terraform uses as well; it never backtracks."""
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        raise ValueError from error


def _matched(pattern: str, whole: str) -> object:
    compiled = _compiled(pattern)
    found = compiled.search(whole)
    if found is None:
        return None
    named = {name: found.group(name) for name in compiled.groupindex}
    return named or (list(found.groups()) if found.groups() else found.group(0))


def _regex(span: Span, given: Arguments) -> Value:
    found = _matched(_text(given[0]), _text(given[1]))
    return Failed(span, "nothing matches the pattern") if found is None else wrapped(span, found)


def _merge(span: Span, given: Arguments) -> Value:
    entries: dict[str, Value] = {}
    places: dict[str, Span] = {}
    for one in given:
        entries |= _table(one).entries
        places |= _table(one).places
    return table(span, entries, places)


def _lookup(span: Span, given: Arguments) -> Value:
    found = _table(given[0]).entries.get(_text(given[1]))
    if found is not None:
        return found
    return given[2] if len(given) > 2 else Failed(span, "there is no such key")


def _flatten(span: Span, given: Arguments) -> Value:
    found: list[Value] = []
    waiting = list(reversed(_list(given[0])))
    while waiting:
        one = waiting.pop()
        if isinstance(one, Items):
            waiting.extend(reversed(one.items))
        elif isinstance(one, Unresolved):
            raise Unknown(one)
        else:
            found.append(one)
        if len(found) > MAX_ELEMENTS:
            return Unresolved(span, "it is too large")
    return items(span, found)


def _coalesce(span: Span, given: Arguments) -> Value:
    for one in given:
        if isinstance(one, Plain):
            if one.data not in (None, ""):
                return one
        elif isinstance(one, Reference | Mixed):
            return one
        else:
            raise Unknown(unresolved(one))
    return Failed(span, "every argument is empty")


def _coalescelist(span: Span, given: Arguments) -> Value:
    return next((one for one in given if _list(one)), Failed(span, "every list is empty"))


def _try(span: Span, given: Arguments) -> Value:
    for one in given:
        if not isinstance(one, Failed):
            return one
    return Failed(span, "no argument has a value")


def _can(span: Span, given: Arguments) -> Value:
    if isinstance(given[0], Failed):
        return Plain(span, False)
    return given[0] if isinstance(given[0], Unresolved) else Plain(span, True)


def _contains(span: Span, given: Arguments) -> Value:
    wanted, unknown = given[1], None
    for one in _list(given[0]):
        try:
            if _same(one, wanted):
                return Plain(span, True)
        except Unknown as error:
            unknown = error
    if unknown is not None:
        raise unknown
    return Plain(span, False)


def _length(span: Span, given: Arguments) -> Value:
    one = given[0]
    if isinstance(one, Items | Table):
        return Plain(span, len(one.items if isinstance(one, Items) else one.entries))
    data = plain(one)
    return Plain(span, len(data)) if isinstance(data, str) else Failed(span, "it has no length")


def _element(span: Span, given: Arguments) -> Value:
    found = _list(given[0])
    return found[_whole(given[1]) % len(found)] if found else Failed(span, "the list is empty")


def _one(span: Span, given: Arguments) -> Value:
    found = _list(given[0])
    return Plain(span, None) if not found else found[0] if len(found) == 1 else Failed(span, "there is more than one")


def _keys(span: Span, given: Arguments) -> Value:
    found = _table(given[0])
    return items(span, [Plain(found.places.get(key, span), key) for key in sorted(found.entries)])


def _values(span: Span, given: Arguments) -> Value:
    found = _table(given[0]).entries
    return items(span, [found[key] for key in sorted(found)])


def _zipmap(span: Span, given: Arguments) -> Value:
    return table(span, {_text(key): value for key, value in zip(_list(given[0]), _list(given[1]), strict=False)})


def _range(span: Span, given: Arguments) -> Value:
    numbers = [_whole(one) for one in given]
    found = range(*numbers)
    if len(found) > MAX_ELEMENTS:
        return Unresolved(span, "it is too large")
    return items(span, [Plain(span, one) for one in found])


def _substr(span: Span, given: Arguments) -> Value:
    whole, start, size = _text(given[0]), _whole(given[1]), _whole(given[2])
    start = start if start >= 0 else max(len(whole) + start, 0)
    return text(span, whole[start:] if size < 0 else whole[start : start + size])


def _to_bool(span: Span, given: Arguments) -> Value:
    if isinstance(given[0], Plain) and given[0].data is None:
        return given[0]
    found = truth(given[0])
    if found is None and not isinstance(given[0], Plain):
        raise Unknown(unresolved(given[0]))
    return Failed(span, "it is neither true nor false") if found is None else Plain(given[0].span, found)


def _to_text(span: Span, given: Arguments) -> Value:
    one = given[0]
    if isinstance(one, Plain) and one.data is not None:
        return Plain(one.span, as_text(one.data))
    return one


def _to_number(span: Span, given: Arguments) -> Value:
    return given[0] if plain(given[0]) is None else number(given[0].span, _number(given[0]))


def _decoded(span: Span, given: Arguments) -> Value:
    if isinstance(given[0], Items | Table):
        return given[0]
    try:
        return wrapped(span, json.loads(_text(given[0])))
    except (ValueError, RecursionError):
        return Failed(span, "it is no JSON")


def _encoded(span: Span, given: Arguments) -> Value:
    """The value itself: what reads a document wants its parts, with their places."""
    return given[0]


def _all_true(span: Span, given: Arguments) -> Value:
    answers = [truth(one) for one in _list(given[0])]
    if False in answers:
        return Plain(span, False)
    return Unresolved(span, "a part of it is not known") if None in answers else Plain(span, True)


def _any_true(span: Span, given: Arguments) -> Value:
    answers = [truth(one) for one in _list(given[0])]
    if True in answers:
        return Plain(span, True)
    return Unresolved(span, "a part of it is not known") if None in answers else Plain(span, False)


def _pow(span: Span, given: Arguments) -> Value:
    base, exponent = _number(given[0]), _number(given[1])
    if abs(base) > 1_000 or abs(exponent) > 20:
        return Unresolved(span, "the number is too large")
    return number(span, float(base) ** exponent)


def _sets(combine: Callable[[list[str], set[str]], list[str]]) -> Function:
    def function(span: Span, given: Arguments) -> Value:
        known = {json.dumps(plain(one)): one for collection in given for one in _list(collection)}
        keys = [json.dumps(plain(one)) for one in _list(given[0])]
        for collection in given[1:]:
            keys = combine(keys, {json.dumps(plain(one)) for one in _list(collection)})
        return _set(span, [known[key] for key in keys])

    return function


def _setproduct(span: Span, given: Arguments) -> Value:
    lists = [_list(one) for one in given]
    if math.prod(len(one) for one in lists) > MAX_ELEMENTS:
        return Unresolved(span, "it is too large")
    return items(span, [items(span, one) for one in islice(product(*lists), MAX_ELEMENTS)])


def _chunks(span: Span, values: list[Value], size: int) -> Value:
    return items(span, [items(span, values[at : at + size]) for at in range(0, len(values), size)])


def _cidrsubnet(span: Span, given: Arguments) -> Value:
    from ipaddress import ip_network

    network, bits, index = ip_network(_text(given[0]), strict=False), _whole(given[1]), _whole(given[2])
    size = network.max_prefixlen - network.prefixlen - bits
    if bits < 0 or size < 0 or not 0 <= index < 1 << bits:
        raise ValueError
    first = network.network_address + (index << size)
    return text(span, f"{first}/{network.prefixlen + bits}")


def _numbers(found: Callable[[list[float]], float]) -> Function:
    return lambda span, given: number(span, found([_number(one) for one in given]))


FUNCTIONS: dict[str, Function] = {
    "abs": _numbers(lambda found: abs(found[0])),
    "alltrue": _all_true,
    "anytrue": _any_true,
    "basename": _words(lambda word: word.rstrip("/").rpartition("/")[2]),
    "can": _can,
    "ceil": _numbers(lambda found: math.ceil(found[0])),
    "chomp": _words(lambda word: word.rstrip("\r\n")),
    "chunklist": lambda span, given: _chunks(span, _list(given[0]), max(_whole(given[1]), 1)),
    "cidrsubnet": _cidrsubnet,
    "coalesce": _coalesce,
    "coalescelist": _coalescelist,
    "compact": lambda span, given: items(
        span, [one for one in _list(given[0]) if not (isinstance(one, Plain) and one.data in (None, ""))]
    ),
    "concat": lambda span, given: items(span, [one for collection in given for one in _list(collection)]),
    "contains": _contains,
    "dirname": _words(lambda word: word.rpartition("/")[0] or "."),
    "distinct": lambda span, given: _distinct(span, _list(given[0])),
    "element": _element,
    "endswith": lambda span, given: Plain(span, _text(given[0]).endswith(_text(given[1]))),
    "ephemeralasnull": _identity,
    "flatten": _flatten,
    "floor": _numbers(lambda found: math.floor(found[0])),
    "format": _format,
    "index": lambda span, given: Plain(
        span, [plain(one) for one in _list(given[0])].index(plain(given[1]))
    ),
    "join": _join,
    "jsondecode": _decoded,
    "jsonencode": _encoded,
    "keys": _keys,
    "length": _length,
    "lookup": _lookup,
    "lower": _words(str.lower),
    "max": _numbers(max),
    "merge": _merge,
    "min": _numbers(min),
    "nonsensitive": _identity,
    "one": _one,
    "parseint": lambda span, given: number(span, int(_text(given[0])[:30], _whole(given[1]))),
    "pow": _pow,
    "range": _range,
    "regex": _regex,
    "replace": _replace,
    "reverse": lambda span, given: items(span, list(reversed(_list(given[0])))),
    "sensitive": _identity,
    "setintersection": _sets(lambda first, second: [one for one in first if one in second]),
    "setproduct": _setproduct,
    "setsubtract": _sets(lambda first, second: [one for one in first if one not in second]),
    "setunion": _sets(lambda first, second: [*first, *sorted(second)]),
    "slice": lambda span, given: items(span, _list(given[0])[_whole(given[1]) : _whole(given[2])]),
    "sort": lambda span, given: items(span, sorted(_list(given[0]), key=_text)),
    "split": _split,
    "startswith": lambda span, given: Plain(span, _text(given[0]).startswith(_text(given[1]))),
    "strcontains": lambda span, given: Plain(span, _text(given[1]) in _text(given[0])),
    "strrev": _words(lambda word: word[::-1]),
    "substr": _substr,
    "sum": lambda span, given: number(span, sum(_number(one) for one in _list(given[0]))),
    "title": _words(str.title),
    "tobool": _to_bool,
    "tolist": lambda span, given: items(span, _list(given[0])),
    "tomap": lambda span, given: _table(given[0]),
    "tonumber": _to_number,
    "toset": lambda span, given: _set(span, _list(given[0])),
    "tostring": _to_text,
    "trim": lambda span, given: text(span, _text(given[0]).strip(_text(given[1]))),
    "trimprefix": lambda span, given: text(span, _text(given[0]).removeprefix(_text(given[1]))),
    "trimspace": _words(str.strip),
    "trimsuffix": lambda span, given: text(span, _text(given[0]).removesuffix(_text(given[1]))),
    "try": _try,
    "upper": _words(str.upper),
    "values": _values,
    "yamlencode": _encoded,
    "zipmap": _zipmap,
}
