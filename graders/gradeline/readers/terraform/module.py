"""One module with its inputs: what the names in it mean.

A local module is read with the values of its caller, so that ``module.data.bucket_id`` leads to the bucket inside.
Modules from elsewhere stay closed; no path leads out of the submission.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping

from gradeline.model.infrastructure import Items, Plain, Reference, Scalar, Table, Unresolved, Value
from gradeline.readers.terraform.evaluate import Bound, Evaluator
from gradeline.readers.terraform.sources import Folder, Sources
from gradeline.readers.terraform.types import converted
from gradeline.readers.terraform.values import Failed, Unknown, as_text, elements, items, plain, table, text, truth
from gradeline.records import record
from gradeline.source import Span
from gradeline.syntax.hcl_nodes import Block, Expression, Literal, Setting

MAX_INSTANCES = 100
MAX_COUNT = 20  # more copies of one thing are all alike
MAX_MODULES = 60
MAX_MODULE_DEPTH = 6
Key = str | int | None
_NOT_RESOURCES = frozenset({"each", "count", "self"})


@record
class Instance:
    """One copy of a repeated block: its key, what ``each`` and ``count`` are in it, and whether it is there."""

    key: Key
    bound: Bound
    present: bool | None = True


@record(frozen=False)
class Shared:
    """What all modules of one stack share."""

    sources: Sources
    evaluator: Evaluator
    root: str
    modules: int = MAX_MODULES


class Module:
    """Satisfies ``evaluate.Scope``.  ``address`` is empty for the root, else ``module.data``."""

    def __init__(
        self, shared: Shared, folder: Folder, address: str, inputs: Callable[[str], Value | None], depth: int = 0
    ) -> None:
        self.shared = shared
        self.folder = folder
        self.address = address
        self.depth = depth
        self.inputs = inputs
        self.variables = {_label(block): block for block in folder.of("variable")}
        self.outputs = {_label(block): block for block in folder.of("output")}
        self.calls = {_label(block): block for block in folder.of("module")}
        self.locals: dict[str, Setting] = {
            one.name: one for block in folder.of("locals") for one in block.body.settings
        }
        self.resources: dict[tuple[str, str], Block] = {}
        for kind in ("resource", "data", "ephemeral"):
            for block in folder.of(kind):
                if len(block.labels) == 2:
                    name = block.labels[0].text if kind == "resource" else f"{kind}.{block.labels[0].text}"
                    self.resources.setdefault((name, block.labels[1].text), block)
        self._values: dict[tuple[str, str], Value] = {}
        self._open: set[tuple[str, str]] = set()
        self._children: dict[str, tuple[tuple[Instance, Module], ...] | None] = {}
        self._instances: dict[int, tuple[Instance, ...]] = {}

    @property
    def prefix(self) -> str:
        return f"{self.address}." if self.address else ""

    def value(self, node: Expression, bound: Bound | None = None) -> Value:
        return self.shared.evaluator.value(node, self, bound)

    # -- names ------------------------------------------------------------------------------------

    def lookup(self, root: str, path: tuple[str, ...], span: Span) -> tuple[Value, int] | None:
        if root in ("var", "local") and path:
            known = path[0] in (self.variables if root == "var" else self.locals)
            name = f"{root}.{path[0]}"
            if not known:
                return Failed(span, f"`{name[:60]}` is not declared", name), 1
            return (self.variable(path[0]) if root == "var" else self.local(path[0])), 1
        if root == "module" and path:
            return self._module(path, span)
        if root in ("data", "ephemeral") and len(path) > 1:
            return self._resource(f"{root}.{path[0]}", path[1], span), 2
        if root == "path" and path:
            return Plain(span, {"module": self.folder.path, "root": self.shared.root}.get(path[0], "") or "."), 1
        if root == "terraform" and path:
            return Unresolved(span, f"`terraform.{path[0][:40]}` is chosen when it is run", f"terraform.{path[0]}"), 1
        if root in _NOT_RESOURCES:
            return Unresolved(span, f"`{root}` is not known here", root), 0
        if path and (root, path[0]) in self.resources:
            return self._resource(root, path[0], span), 1
        return None

    def _resource(self, kind: str, name: str, span: Span) -> Value:
        """The resource itself; with its instances inside when their keys are known."""
        address = f"{self.prefix}{kind}.{name}"
        block = self.resources.get((kind, name))
        if block is None:
            return Failed(span, f"`{kind[:60]}.{name[:60]}` is not declared", address)
        if ("resource", address) in self._open:
            return Reference(span, address)
        self._open.add(("resource", address))
        try:
            found = self.instances(block)
        finally:
            self._open.discard(("resource", address))
        keys = [one.key for one in found]
        if block.body.get("for_each") is not None and all(isinstance(key, str) for key in keys):
            return table(span, {str(key): Reference(span, address, (), key) for key in keys})
        if block.body.get("count") is not None and all(isinstance(key, int) for key in keys):
            return items(span, [Reference(span, address, (), key) for key in keys])
        return Reference(span, address)

    def variable(self, name: str) -> Value:
        return self._once("var", name, lambda: self._variable(name))

    def _variable(self, name: str) -> Value:
        block = self.variables[name]
        kind = type_of(block)
        given = self.inputs(name)
        nullable = block.body.get("nullable")
        kept = nullable is None or truth(self.value(nullable.value)) is not False
        if given is not None and (kept or not (isinstance(given, Plain) and given.data is None)):
            return converted(given, kind, self.shared.evaluator, self)
        default = block.body.get("default")
        if default is None:
            return Unresolved(block.head, f"no file gives `{name[:60]}` a value", f"var.{name}")
        return converted(self.value(default.value), kind, self.shared.evaluator, self)

    def local(self, name: str) -> Value:
        return self._once("local", name, lambda: self.value(self.locals[name].value))

    def _once(self, kind: str, name: str, make: Callable[[], Value]) -> Value:
        mark = (kind, name)
        if mark not in self._values:
            if mark in self._open:
                return Failed(self.folder_span, f"`{kind}.{name[:60]}` depends on itself", f"{kind}.{name}")
            self._open.add(mark)
            try:
                self._values[mark] = make()
            finally:
                self._open.discard(mark)
        return self._values[mark]

    @property
    def folder_span(self) -> Span:
        return Span(self.folder.files[0] if self.folder.files else self.folder.path, 1)

    # -- repeated blocks --------------------------------------------------------------------------

    def instances(self, block: Block) -> tuple[Instance, ...]:
        """The copies of a block by its ``count`` or ``for_each``; none when there is nothing to repeat."""
        mark = id(block)
        if mark not in self._instances:
            self._instances[mark] = tuple(self._repeated(block))
        return self._instances[mark]

    def _repeated(self, block: Block) -> list[Instance]:
        count, each = block.body.get("count"), block.body.get("for_each")
        if count is not None:
            return _counted(count, self.value(count.value))
        if each is not None:
            return _each(each, self.value(each.value))
        return [Instance(None, {})]

    # -- modules inside ---------------------------------------------------------------------------

    def children(self, name: str) -> tuple[tuple[Instance, Module], ...] | None:
        """The copies of a module of the submission; None for one from elsewhere."""
        if name not in self._children:
            self._children[name] = None
            self._children[name] = self._called(name)
        return self._children[name]

    def _called(self, name: str) -> tuple[tuple[Instance, Module], ...] | None:
        block = self.calls[name]
        folder = self.local_folder(block)
        if folder is None or self.depth >= MAX_MODULE_DEPTH:
            return None
        found = []
        for instance in self.instances(block):
            self.shared.modules -= 1
            if self.shared.modules < 0:
                return None
            key = "" if instance.key is None else f"[{instance.key!r}]".replace("'", '"')
            inputs = self._inputs(block, instance.bound)
            found.append(
                (instance, Module(self.shared, folder, f"{self.prefix}module.{name}{key}", inputs, self.depth + 1))
            )
        return tuple(found)

    def _inputs(self, block: Block, bound: Bound) -> Callable[[str], Value | None]:
        def give(name: str) -> Value | None:
            setting = block.body.get(name)
            return None if setting is None else self.value(setting.value, bound)

        return give

    def local_folder(self, block: Block) -> Folder | None:
        path = local_source(block, self.folder.path)
        if path is None or path not in self.shared.sources.folders:
            return None
        return self.shared.sources.folder(path)

    def _module(self, path: tuple[str, ...], span: Span) -> tuple[Value, int]:
        name = path[0]
        if name not in self.calls:
            return Failed(span, f"`module.{name[:60]}` is not declared", f"module.{name}"), 1
        children = self.children(name)
        if children is None:
            reason = f"what is in the module `{name[:60]}` is not in the submission"
            return Unresolved(span, reason, f"module.{name}"), len(path)
        block = self.calls[name]
        if block.body.get("for_each") is None and block.body.get("count") is None:
            if len(path) > 1:
                return children[0][1].output(path[1], span), 2
            return children[0][1].everything(span), 1
        values = {as_text(one.key): child.everything(span) for one, child in children}
        if block.body.get("count") is not None:
            return items(span, values.values()), 1
        return table(span, values), 1

    def output(self, name: str, span: Span) -> Value:
        if name not in self.outputs:
            return Failed(span, f"the module has no output `{name[:60]}`", f"{self.prefix}output.{name}")
        setting = self.outputs[name].body.get("value")
        if setting is None:
            return Failed(span, f"the output `{name[:60]}` has no value", name)
        return self._once("output", name, lambda: self.value(setting.value))

    def everything(self, span: Span) -> Value:
        return table(span, {name: self.output(name, span) for name in self.outputs})

    # -- files ------------------------------------------------------------------------------------

    def file(self, name: str, span: Span, arguments: list[Value]) -> Value:
        """``file``, ``templatefile`` and ``fileexists`` of files in the submission."""
        try:
            given = plain(arguments[0]) if arguments else None
        except Unknown as unknown:
            return unknown.value
        if not isinstance(given, str) or len(given) > 400:
            return Failed(span, "the path is missing")
        near = posixpath.normpath(posixpath.join(self.shared.root, given))
        path = next((one for one in (near, posixpath.normpath(given)) if one in self.shared.sources.known), None)
        if name == "fileexists":
            return Plain(span, path is not None)
        source = self.shared.sources.text(path) if path is not None else None
        if source is None:
            return Unresolved(span, f"`{given[:60]}` is not in the submission")
        self.shared.evaluator.work -= 200 + len(source.text)  # a template may ask for itself
        if name == "file":
            return text(Span(source.path, 1, 1, len(source.lines), 1), source.text)
        from gradeline.syntax.hcl import expression

        bound: Mapping[str, Value] = {}
        if len(arguments) > 1:
            try:
                bound = {as_text(key): value for key, value in _pairs(arguments[1])}
            except Unknown as unknown:
                return unknown.value
        return self.value(expression(source.text, span), bound)


def _pairs(value: Value) -> list[tuple[Scalar, Value]]:
    return [(key.data, one) for key, one in elements(value, value.span) if isinstance(key, Plain)]


def _label(block: Block) -> str:
    return block.labels[0].text if block.labels else ""


def local_source(block: Block, folder: str) -> str | None:
    """The folder that a module call names, relative to the submission; None for anything else."""
    setting = block.body.get("source")
    source = setting.value.value if setting is not None and isinstance(setting.value, Literal) else None
    if not isinstance(source, str) or not source.startswith(("./", "../")):
        return None
    path = posixpath.normpath(posixpath.join(folder, source.replace("//", "/")))
    return None if path.startswith("../") or path == ".." else "" if path == "." else path


def type_of(block: Block) -> Expression | None:
    """The type a variable is declared with; one that stands in quotes counts as written without."""
    setting = block.body.get("type")
    if setting is None:
        return None
    if isinstance(setting.value, Literal) and isinstance(setting.value.value, str):
        from gradeline.syntax.hcl import expression

        return expression(setting.value.value, setting.value.span, template=False)
    return setting.value


def _counted(setting: Setting, value: Value) -> list[Instance]:
    if isinstance(value, Plain) and isinstance(value.data, bool):
        value = Plain(value.span, int(value.data))
    if not isinstance(value, Plain) or not isinstance(value.data, int):
        return [Instance(None, _index(Unresolved(setting.span, "how many there are is not known", "count")), None)]
    if value.data > MAX_COUNT:
        return [Instance(None, _index(Unresolved(setting.span, "there are many of them", "count")))]
    return [Instance(number, _index(Plain(setting.span, number))) for number in range(value.data)]


def _index(value: Value) -> Bound:
    return {"count": Table(value.span, {"index": value})}


def _each(setting: Setting, value: Value) -> list[Instance]:
    if isinstance(value, Reference):  # one of each of another resource, whose number is not known
        return [Instance(None, _each_bound(Unresolved(value.span, "its keys are not known", "each"), value), None)]
    if isinstance(value, Table):
        pairs: list[tuple[Value, Value]] = [
            (Plain(value.places.get(key, value.span), key), one) for key, one in value.entries.items()
        ]
    elif isinstance(value, Items):
        pairs = [(one, one) for one in value.items]
    else:
        hidden = Unresolved(setting.span, "which there are is not known", "each")
        return [Instance(None, _each_bound(hidden, hidden), None)]
    if len(pairs) > MAX_INSTANCES:
        hidden = Unresolved(setting.span, "there are many of them", "each")
        return [Instance(None, _each_bound(hidden, hidden))]
    return [
        Instance(as_text(key.data) if isinstance(key, Plain) else None, _each_bound(key, one)) for key, one in pairs
    ]


def _each_bound(key: Value, value: Value) -> Bound:
    return {"each": Table(value.span, {"key": key, "value": value})}
