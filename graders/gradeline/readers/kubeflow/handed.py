"""What a component hands on under a name, and what it is given: artifacts and parameters.

Kubeflow documentation, "Data Types", "Create, use, pass, and track ML artifacts" and "Parameters": an artifact is
declared as ``Output[Model]`` or returned under an artifact's type; every other output is a parameter, a small value.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradeline.model.code import Function
from gradeline.model.effects import ArtifactGet, ArtifactPut
from gradeline.model.text import Text
from gradeline.readers.kubeflow.nodes import Output, Use, outputs_of
from gradeline.records import record
from gradeline.source import Span

SINGLE = "Output"  # the name of a returned value (kfp.dsl: "the default output name")
_ARTIFACTS = frozenset(
    {
        "Artifact", "Dataset", "Model", "Metrics", "ClassificationMetrics", "SlicedClassificationMetrics", "HTML",
        "Markdown",
    }
)  # fmt: skip


@record
class Declared:
    """``artifact`` false: a parameter, which is a value and no file."""

    name: str
    artifact: bool
    span: Span


def declared(use: Use) -> tuple[Declared, ...]:
    """The outputs of a component in the order in which it declares them."""
    return tuple(_declared(use))


def _declared(use: Use) -> Iterator[Declared]:
    function = use.component.function
    if function is None or not isinstance(function.node, Function):
        return
    module, node = function.module, function.node
    for argument in (*node.args.args, *node.args.kwonlyargs):
        kind = head(argument.annotation)
        if kind == "Output" or (kind == "Annotated" and "Output" in ast.unparse(argument.annotation or argument)):
            yield Declared(argument.arg, True, module.span(argument))
        elif kind == "OutputPath":
            inner = argument.annotation.args if isinstance(argument.annotation, ast.Call) else []
            typed = bool(inner) and not isinstance(inner[0], ast.Constant)
            yield Declared(argument.arg, typed and _last(inner[0]) in _ARTIFACTS, module.span(argument))
    returned = node.returns
    if returned is None or isinstance(returned, ast.Constant):
        return
    fields = _fields(use, returned)
    if fields is None:
        yield Declared(SINGLE, _last(_bare(returned)) in _ARTIFACTS, module.span(returned))
        return
    for name, kind in fields:
        yield Declared(name, kind in _ARTIFACTS, module.span(returned))


def _fields(use: Use, returned: ast.expr) -> list[tuple[str, str]] | None:
    """The fields of a returned ``NamedTuple``, written in place or as a class; None for one value."""
    if isinstance(returned, ast.Call) and _last(returned.func) in ("NamedTuple", "namedtuple"):
        given = [*returned.args[1:], *(item.value for item in returned.keywords if item.arg == "fields")]
        pairs = given[0].elts if given and isinstance(given[0], ast.List | ast.Tuple) else []
        found = []
        for pair in pairs:
            parts = pair.elts if isinstance(pair, ast.Tuple) else [pair]
            if parts and isinstance(parts[0], ast.Constant):
                found.append((str(parts[0].value), _last(_bare(parts[1])) if len(parts) > 1 else ""))
        return found
    if isinstance(returned, ast.Name) and use.component.function is not None:
        made = use.component.function.module.definitions.get(returned.id)
        if isinstance(made, ast.ClassDef) and any(_last(base) == "NamedTuple" for base in made.bases):
            return [
                (item.target.id, _last(_bare(item.annotation)))
                for item in made.body
                if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
            ]
    return None


def published(use: Use) -> tuple[ArtifactPut, ...]:
    return tuple(
        ArtifactPut(
            one.span,
            Text(name, one.span),
            (Text(f"/artifacts/{name}", one.span),),
            report="" if one.artifact else "variables",
        )
        for one in declared(use)
        for name in (f"{use.name}/{one.name}",)
    )


def fetched(use: Use) -> tuple[ArtifactGet, ...]:
    """What other tasks made and this one is given; waiting for a task alone brings nothing of it."""
    found: dict[str, ArtifactGet] = {}
    for output in outputs_of(use.inputs):
        name = f"{output.use.name}/{named(output)}"
        found.setdefault(name, ArtifactGet(use.span, name=Text(name, use.span)))
    return tuple(found.values())


def named(output: Output) -> str:
    """The only output of a component can be asked for without its name."""
    known = declared(output.use)
    if output.name == SINGLE and len(known) == 1:
        return known[0].name
    return output.name


def head(node: ast.expr | None) -> str:
    """``Output`` of ``Output[Model]`` and of ``dsl.Output[Model]``, ``OutputPath`` of ``OutputPath(str)``."""
    if isinstance(node, ast.Subscript):
        return _last(node.value)
    if isinstance(node, ast.Call):
        return _last(node.func)
    return _last(node) if node is not None else ""


def _bare(node: ast.expr) -> ast.expr:
    """The type itself, without a list around it."""
    return node.slice if isinstance(node, ast.Subscript) and _last(node.value) in ("List", "list") else node


def _last(node: ast.AST | None) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.rpartition(".")[2]
    return node.id if isinstance(node, ast.Name) else ""
