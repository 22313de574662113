"""Blocks of a module as records: resources with their properties, providers, parameters, outputs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gradeline.model.infrastructure import (
    Items,
    Output,
    Parameter,
    Plain,
    Provider,
    Resource,
    Table,
    Value,
    Written,
)
from gradeline.readers.terraform.documents import decoded
from gradeline.readers.terraform.evaluate import Bound
from gradeline.readers.terraform.module import Instance, Module, type_of
from gradeline.readers.terraform.values import Unknown, elements, items, table, truth
from gradeline.records import replace
from gradeline.source import Span
from gradeline.syntax.hcl_nodes import (
    Attribute,
    Binary,
    Block,
    Body,
    Expression,
    Index,
    Literal,
    Name,
    ObjectOf,
    Setting,
    reference,
    walk,
)

META = frozenset({"count", "for_each", "provider", "depends_on", "lifecycle", "providers", "source", "version"})
_META_BLOCKS = frozenset({"lifecycle", "provisioner", "connection"})
MAX_DYNAMIC = 100
NONSENSE = "no-such-value-6f1c"


def properties(body: Body, module: Module, bound: Bound, skip: frozenset[str] = frozenset()) -> Table:
    """The settings and nested blocks of a body; a kind of block becomes a list of tables."""
    entries: dict[str, Value] = {}
    places: dict[str, Span] = {}
    for setting in body.settings:
        if setting.name not in skip:
            entries[setting.name] = decoded(module.value(setting.value, bound))
            places[setting.name] = setting.span
    nested: dict[str, list[Value]] = {}
    for block in body.blocks:
        if block.kind in skip:
            continue
        name, found = _nested(block, module, bound)
        places.setdefault(name, block.head)
        nested.setdefault(name, []).extend(found)
    for name, values in nested.items():
        before = entries.get(name)
        if isinstance(before, Items):
            values = [*before.items, *values]
        entries[name] = items(places[name], values)
    made = table(body.span, entries, places)
    return made if isinstance(made, Table) else Table(body.span, {}, 1, {})


def _nested(block: Block, module: Module, bound: Bound) -> tuple[str, list[Value]]:
    if block.kind != "dynamic" or not block.labels:
        return block.kind, [_placed(properties(block.body, module, bound), block.head)]
    name = block.labels[0].text
    content = next(iter(block.body.inside("content")), None)
    each, iterator = block.body.get("for_each"), block.body.get("iterator")
    called = iterator.value.name if iterator is not None and isinstance(iterator.value, Name) else name
    if content is None or each is None:
        return name, []
    collection = module.value(each.value, bound)
    try:
        pairs = elements(collection, each.span)
    except Unknown as unknown:
        return name, [unknown.value]
    if isinstance(collection, Items):
        pairs = [(one, one) for _, one in pairs]
    found: list[Value] = []
    for key, value in pairs[:MAX_DYNAMIC]:
        inner = {**bound, called: Table(block.span, {"key": key, "value": value})}
        found.append(_placed(properties(content.body, module, inner), block.head))
    return name, found


def _placed(made: Table, head: Span) -> Table:
    return Table(head, made.entries, made.weight, made.places, made.depth)


def resources(module: Module) -> Iterator[Resource]:
    """Every instance of every resource and data source of one module that is there or may be there."""
    for (kind, name), block in module.resources.items():
        written, names = tuple(texts(block.body)), named(block.body)
        for instance in module.instances(block):
            yield _resource(module, kind, name, block, instance, written, names)


def closed_modules(module: Module) -> Iterator[Resource]:
    """Calls of modules from elsewhere, as resources of the kind ``module:SOURCE`` with their inputs as properties."""
    for name, block in module.calls.items():
        if module.children(name) is not None:
            continue
        source = block.body.get("source")
        written = source.value.value if source is not None and isinstance(source.value, Literal) else ""
        for instance in module.instances(block):
            found = _resource(module, f"module:{written}", name, block, instance, (), named(block.body))
            hidden = "what is in it is not in the submission"
            yield replace(found, address=f"{module.prefix}module.{name}", opaque=hidden)


def _resource(
    module: Module, kind: str, name: str, block: Block, instance: Instance,
    written: tuple[Written, ...], names: tuple[str, ...],
) -> Resource:  # fmt: skip
    guards = [properties(one.body, module, {}) for one in block.body.inside("lifecycle")]
    inline = block.body.get("lifecycle")
    if inline is not None:
        value = module.value(inline.value)
        guards += [value] if isinstance(value, Table) else []
    provider = block.body.get("provider")
    path = reference(provider.value) if provider is not None else ()
    after = block.body.get("depends_on")
    depends = [".".join(reference(one)) for one in walk(after.value) if reference(one)] if after is not None else []
    return Resource(
        block.span,
        block.head,
        kind,
        name,
        f"{module.prefix}{kind}.{name}",
        properties(block.body, module, instance.bound, META | _META_BLOCKS),
        instance.key,
        instance.present,
        guards[-1] if guards else None,
        written,
        names,
        module.address,
        ".".join(path),
        tuple(dict.fromkeys(depends)),
        "a part of it could not be read" if block.span in module.folder.damaged else "",
    )


def providers(module: Module) -> Iterator[Provider]:
    for block in module.folder.of("provider"):
        name = block.labels[0].text if block.labels else ""
        made = _placed(properties(block.body, module, {}, frozenset({"alias", "version"})), block.head)
        alias = block.body.get("alias")
        value = module.value(alias.value) if alias is not None else None
        yield Provider(
            block.span, name, str(value.data) if isinstance(value, Plain) else "", made, module.address
        )


def parameters(module: Module) -> Iterator[Parameter]:
    for name, block in module.variables.items():
        kind, default = type_of(block), block.body.get("default")
        yield Parameter(
            block.span,
            block.head,
            name,
            shown_type(kind),
            _text(block, "description", module),
            None if default is None else module.value(default.value),
            _flag(block, "sensitive", module),
            _flag(block, "ephemeral", module),
            tuple(one.head for one in block.body.inside("validation") if _limits(one, name, module)),
            tuple(value for value in (module.inputs(name),) if value is not None),
            module.address,
        )


def outputs(module: Module, follow: Closure) -> Iterator[Output]:
    for name, block in module.outputs.items():
        setting = block.body.get("value")
        yield Output(
            block.span,
            block.head,
            name,
            None if setting is None else module.output(name, setting.span),
            _text(block, "description", module),
            _flag(block, "sensitive", module),
            _flag(block, "ephemeral", module),
            () if setting is None else follow.names(module, setting.value),
            module.address,
        )


def _text(block: Block, name: str, module: Module) -> str:
    setting = block.body.get(name)
    value = module.value(setting.value) if setting is not None else None
    return str(value.data).strip() if isinstance(value, Plain) and value.data is not None else ""


def _flag(block: Block, name: str, module: Module) -> bool:
    setting = block.body.get(name)
    return setting is not None and truth(module.value(setting.value)) is True


def _limits(block: Block, name: str, module: Module) -> bool:
    """Whether a rule is about its variable and refuses at least a value that nobody means."""
    setting = block.body.get("condition")
    if setting is None or f"var.{name}" not in named_in(setting.value):
        return False
    variable = Plain(setting.span, NONSENSE)
    value = module.value(setting.value, {"var": Table(setting.span, {name: variable})})
    return truth(value) is not True


def shown_type(node: Expression | None) -> str:
    """The name a type starts with: ``string``, ``map``, ``object``; empty when none is given."""
    if isinstance(node, Name):
        return node.name
    name = getattr(node, "name", "")
    return name if isinstance(name, str) else ""


# -- what a block mentions ---------------------------------------------------------------------------


def texts(body: Body, path: tuple[str, ...] = ()) -> Iterator[Written]:
    """The texts that stand in a body itself, with the path of settings they belong to."""
    for setting in body.settings:
        if setting.name not in META or setting.name == "for_each":
            yield from _texts(setting, (*path, setting.name))
    for block in body.blocks:
        if block.kind not in ("provisioner", "connection"):
            yield from texts(block.body, (*path, *(label.text for label in block.labels), block.kind))


def _texts(setting: Setting, path: tuple[str, ...]) -> Iterator[Written]:
    keys = {
        id(key)
        for node in walk(setting.value)
        if isinstance(node, ObjectOf)
        for key, _ in node.entries
        if isinstance(key, Literal)
    }
    keys |= {id(node.key) for node in walk(setting.value) if isinstance(node, Index)}
    # What a value is compared with is no value.
    compared = [node for node in walk(setting.value) if isinstance(node, Binary) and node.operator in ("==", "!=")]
    keys |= {id(side) for node in compared for side in (node.left, node.right)}
    for node in walk(setting.value):
        if isinstance(node, Literal) and isinstance(node.value, str) and node.value and id(node) not in keys:
            yield Written(node.span, path, node.value)


def named(body: Body) -> tuple[str, ...]:
    """``var.x``, ``local.y`` and whatever else the expressions of a body refer to, two words each."""
    found: dict[str, None] = {}
    waiting = [body]
    while waiting:
        one = waiting.pop(0)
        for setting in one.settings:
            found |= dict.fromkeys(named_in(setting.value))
        waiting.extend(block.body for block in one.blocks)
    return tuple(found)


def named_in(node: Expression) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for one in walk(node):
        if isinstance(one, Attribute):
            path = reference(one)
            if len(path) > 1:
                found[".".join(path[:2])] = None
    return tuple(found)


class Closure:
    """What a value is made of in the end: parameters of the root and attributes of resources."""

    MAX = 2_000  # for one value

    def __init__(self) -> None:
        self.left = 20_000  # for all values of a stack

    def names(self, module: Module, node: Expression) -> tuple[str, ...]:
        found: dict[str, None] = {}
        seen: set[tuple[str, str]] = set()
        waiting: list[tuple[Module, Expression]] = [(module, node)]
        steps = min(self.MAX, self.left)
        self.left -= 1
        while waiting and steps > 0:
            steps -= 1
            self.left -= 1
            where, expression = waiting.pop()
            longest = _longest(expression)
            for path in longest:
                name = ".".join(path)
                if (where.address, name) in seen:
                    continue
                seen.add((where.address, name))
                inner = self._behind(where, path)
                if inner is None:
                    found[f"{where.prefix}{name}"] = None
                else:
                    waiting.extend(inner)
        return tuple(found)

    def _behind(self, module: Module, path: tuple[str, ...]) -> list[tuple[Module, Expression]] | None:
        """The expressions that a name stands for; None when it is the end of the way."""
        if path[0] == "local" and path[1] in module.locals:
            return [(module, module.locals[path[1]].value)]
        if path[0] == "module" and path[1] in module.calls:
            children = module.children(path[1])
            if not children:
                return None
            child = children[0][1]
            wanted = [path[2]] if len(path) > 2 and path[2] in child.outputs else list(child.outputs)
            settings = [child.outputs[name].body.get("value") for name in wanted]
            return [(child, one.value) for one in settings if one is not None]
        return None


def _longest(node: Expression) -> Iterable[tuple[str, ...]]:
    """The references in an expression, each as long as it is written."""
    inner: set[int] = set()
    for one in walk(node):
        if isinstance(one, Attribute | Index) and id(one) not in inner:
            path: list[str] = []
            base: Expression = one
            while isinstance(base, Attribute | Index):
                inner.add(id(base))
                if isinstance(base, Attribute):
                    path.append(base.name)
                base = base.of
            if isinstance(base, Name) and path:
                yield (base.name, *reversed(path))
