"""Answers on which conditions are tried: objects whose parts have the values that the conditions ask about.

A condition on several parts holds only when each part has a fitting value, such as
``result.churn_probability <= 1 && result.model_version == "17"``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gradeline.facts.conditions import holds
from gradeline.syntax import conditions as tree
from gradeline.syntax.conditions import ConditionError, parse

MAX_PARTS = 16
_MAX_VALUES = 12
_USUAL: tuple[object, ...] = (0.5, 1.0, 0.0, -1.0, 1e9, True, False, "", "a word that no condition has", None,
                              [], [0.0], [1e9])  # fmt: skip

Path = tuple[str | int, ...]


def answers(conditions: Iterable[str]) -> Iterator[object]:
    """Objects and lists to try; none when the conditions look into nothing, or are not read.

    First all parts fit, then none does, then one part after the other is different.
    """
    atoms: list[tuple[tree.Node, tuple[Path, ...]]] = []
    for condition in filter(None, conditions):
        try:
            _collect(parse(condition), atoms)
        except ConditionError:
            return
    parts = list(dict.fromkeys(path for _, paths in atoms for path in paths if path))[:MAX_PARTS]
    if not parts:
        return
    ranked = {path: _ranked(path, [node for node, paths in atoms if set(paths) == {path}]) for path in parts}
    for good in (True, False):
        chosen = {path: values[0 if good else -1] for path, values in ranked.items()}
        yield _made(chosen)
        for path, values in ranked.items():
            for value in values:
                yield _made({**chosen, path: value})


def _collect(node: tree.Node, atoms: list[tuple[tree.Node, tuple[Path, ...]]]) -> None:
    """The smallest statements of a condition, each with the parts of the answer that it is about."""
    if isinstance(node, tree.Binary) and node.operator in ("&&", "||"):
        _collect(node.left, atoms)
        _collect(node.right, atoms)
    elif isinstance(node, tree.Unary) and node.operator == "!":
        _collect(node.operand, atoms)
    elif isinstance(node, tree.Choice):
        for part in (node.condition, node.yes, node.no):
            _collect(part, atoms)
    else:
        atoms.append((node, tuple(dict.fromkeys(_paths(node)))))


def _path(node: tree.Node) -> Path | None:
    if isinstance(node, tree.Name):
        return () if node.name == "result" else None
    if isinstance(node, tree.Member) and isinstance(node.key, tree.Literal):
        inner, key = _path(node.target), node.key.value
        if inner is None:
            return None
        if isinstance(key, str):
            return (*inner, key)
        if isinstance(key, float) and key.is_integer() and 0 <= key < 16:
            return (*inner, int(key))
    return None


def _inside(node: tree.Node) -> tuple[tree.Node, ...]:
    if isinstance(node, tree.Binary):
        return (node.left, node.right)
    if isinstance(node, tree.Unary):
        return (node.operand,)
    if isinstance(node, tree.Member):
        return (node.target, node.key)
    if isinstance(node, tree.Call):
        return node.arguments
    if isinstance(node, tree.Choice):
        return (node.condition, node.yes, node.no)
    return node.items if isinstance(node, tree.ListOf) else ()


def _paths(node: tree.Node) -> Iterator[Path]:
    path = _path(node)
    if path is not None:
        yield path
        return
    for one in _inside(node):
        yield from _paths(one)


def _literals(node: tree.Node) -> Iterator[object]:
    if isinstance(node, tree.Literal):
        yield node.value
    if _path(node) is None:
        for one in _inside(node):
            yield from _literals(one)


def _ranked(path: Path, atoms: list[tree.Node]) -> list[object]:
    """Values of a part, those for which most of its statements hold first."""
    values: dict[str, object] = {}
    for value in [one for node in atoms for one in _literals(node)][:_MAX_VALUES]:
        near = [value, value + 0.01, value - 0.01, str(value)] if isinstance(value, float) else [value]
        if isinstance(value, str):
            near += [f"{value} and more", f"more and {value}"]
        values.update({repr(one): one for one in near})
    values.update({repr(one): one for one in _USUAL})
    scored = [(_score(path, value, atoms), value) for value in values.values()]
    return [value for _, value in sorted(scored, key=lambda pair: -pair[0])]


def _score(path: Path, value: object, atoms: list[tree.Node]) -> int:
    known = [holds(node, _made({path: value})) for node in atoms]
    # What cannot be compared stops the whole measurement, so it stands in the middle: it neither holds nor fails.
    return 0 if None in known else sum(1 if one else -1 for one in known)


def _made(chosen: dict[Path, object]) -> object:
    root: object = None
    for path, value in chosen.items():
        root = _put(root, path, value)
    return root


def _put(owner: object, path: Path, value: object) -> object:
    if not path:
        return owner if isinstance(owner, (dict, list)) else value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        items = list(owner) if isinstance(owner, list) else []
        items += [None] * (step + 1 - len(items))
        items[step] = _put(items[step], rest, value)
        return items
    entries = dict(owner) if isinstance(owner, dict) else {}
    entries[step] = _put(entries.get(step), rest, value)
    return entries
