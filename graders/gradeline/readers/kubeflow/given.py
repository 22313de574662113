"""The values that a component is given, inside of its own text.

Kubeflow documentation, "Pipeline Parameters"; ``kfp.dsl`` reference for the placeholders of a run and for
``PipelineTaskFinalStatus``, which an exit task is told.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping
from typing import Any, Literal

from gradeline.model.code import Function, Module
from gradeline.model.expression import Constant, Expression, Name, Operation, UnitResult, Unresolved
from gradeline.model.pipeline import Variable
from gradeline.model.text import Text
from gradeline.readers.flows.body import MARK
from gradeline.readers.flows.texts import text_of
from gradeline.readers.flows.values import Joined, Named, Runtime, is_plain
from gradeline.readers.kubeflow import handed
from gradeline.readers.kubeflow.nodes import Output, Use
from gradeline.records import record, replace
from gradeline.source import Span

_RUN = {
    "PIPELINE_JOB_NAME_PLACEHOLDER": "name",
    "PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER": "resource",
    "PIPELINE_JOB_ID_PLACEHOLDER": "id",
}
IDENTITY: Mapping[tuple[str, ...], Literal["ref", "run", "commit", "pipeline", "os"]] = {
    ("kfp", "run", name): "run" for name in ("id", "name", "resource")
}
FOLDER = "/artifacts/"  # the real one is chosen when the run starts


def value_of(value: Any, span: Span) -> Any:
    """The same value, with what only a run knows in the place of the SDK's words for it."""
    if isinstance(value, Named) and value.name.startswith("kfp.") and value.last in _RUN:
        return Runtime(Name(("kfp", "run", _RUN[value.last]), span))
    if isinstance(value, Joined):
        return Joined(tuple(value_of(part, span) for part in value.parts))
    if isinstance(value, list):
        return [value_of(item, span) for item in value]
    return value


@record
class Place:
    """A file that a component declares, at a place that is the same for whoever it is handed to."""

    path: str


def place_of(use: Use, argument: ast.arg) -> Place | None:
    """Where an artifact lies: ``Output[Model]`` of this task, or what an ``Input[Model]`` was made by."""
    kind = handed.head(argument.annotation)
    if kind in ("Output", "OutputPath"):
        return Place(f"{FOLDER}{use.name}/{argument.arg}")
    if kind in ("Input", "InputPath"):
        value = use.inputs.get(argument.arg)
        if isinstance(value, Output):
            return Place(f"{FOLDER}{value.use.name}/{handed.named(value)}")
    return None


def of_container(use: Use, arguments: list[ast.arg]) -> dict[str, Any]:
    """What the arguments of a container component stand for in its words."""
    found: dict[str, Any] = {}
    for one in arguments:
        place = place_of(use, one)
        if place is not None:
            found[one.arg] = place.path if handed.head(one.annotation).endswith("Path") else place
            continue
        value = value_of(use.inputs.get(one.arg), use.span)
        known = isinstance(value, Runtime | Joined) or (value is not None and is_plain(value))
        found[one.arg] = value if known else Runtime(Unresolved("it is given to the component", use.span))
    return found


def state(use: Use) -> Expression:
    """How the tasks below an exit handler have ended: ``SUCCEEDED`` or ``FAILED``."""
    span = use.span
    good = (Operation("!=", (UnitResult(one.name, span), Constant("failure", span)), span) for one in use.handler or ())
    all_good = Operation("and", (*good, Constant("SUCCEEDED", span)), span)
    return Operation("or", (all_good, Constant("FAILED", span)), span)


def bound(use: Use, module: Module, function: Function) -> tuple[Function, tuple[Variable, ...]]:
    """A Python component in whose text the values it is given are variables, and these variables."""
    variables: dict[str, Variable] = {}
    words: dict[str, str] = {}
    attributes: dict[tuple[str, str], str] = {}
    for argument in (*function.args.args, *function.args.kwonlyargs):
        value = value_of(use.inputs.get(argument.arg), use.span)
        name = f"KFP_{argument.arg.upper()}"
        if isinstance(value, Runtime) and isinstance(value.expression, Name) and value.expression.path in IDENTITY:
            name = "_".join(value.expression.path).upper()
        if argument.annotation is not None and "PipelineTaskFinalStatus" in ast.unparse(argument.annotation):
            known = {"KFP_RUN_RESOURCE": Name(("kfp", "run", "resource"), use.span), "KFP_STATE": state(use)}
            for attribute, name in (("pipeline_job_resource_name", "KFP_RUN_RESOURCE"), ("state", "KFP_STATE")):
                attributes[argument.arg, attribute] = f"{MARK}{name}{MARK}"
                variables[name] = Variable(
                    name, text_of(module, Runtime(known[name]), argument), "step", use.span)  # fmt: skip
            continue
        place = place_of(use, argument)
        if place is not None:
            attributes[argument.arg, "path"] = place.path
            if handed.head(argument.annotation).endswith("Path"):
                words[argument.arg] = place.path
        elif isinstance(value, Runtime | Joined) or (isinstance(value, str) and value):
            words[argument.arg] = f"{MARK}{name}{MARK}"
            variables[name] = Variable(name, replace(text_of(module, value, argument), lines=()), "step", use.span)
    if not words and not attributes:
        return function, ()
    changed = _Marks(words, attributes).visit(copy.deepcopy(function))
    return changed, tuple(variables.values())


class _Marks(ast.NodeTransformer):
    def __init__(self, words: Mapping[str, str], attributes: Mapping[tuple[str, str], str]) -> None:
        self.words = words
        self.attributes = attributes

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if isinstance(node.ctx, ast.Load) and node.id in self.words:
            return ast.copy_location(ast.Constant(self.words[node.id]), node)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        name = self.attributes.get((node.value.id, node.attr)) if isinstance(node.value, ast.Name) else None
        if name is not None:
            return ast.copy_location(ast.Constant(name), node)
        return self.generic_visit(node)


def written(text: Text, variables: tuple[Variable, ...]) -> Text:
    """The text with variables of the shell where marks stand, also inside of single quotes."""
    marks = {f"{MARK}{variable.name}{MARK}": f"${{{variable.name}}}" for variable in variables}
    if not any(mark in text.raw for mark in marks):
        return text
    made: list[str] = []
    position, single, double = 0, False, False
    while position < len(text.raw):
        mark = next((one for one in marks if text.raw.startswith(one, position)), None)
        if mark is not None:
            inside = marks[mark] if double else f'"{marks[mark]}"'
            made.append(f"'{inside}'" if single else inside)
            position += len(mark)
            continue
        letter = text.raw[position]
        single = not single if letter == "'" and not double else single
        double = not double if letter == '"' and not single else double
        made.append(letter)
        position += 1
    return replace(text, raw="".join(made))
