"""What the words of Kubeflow Pipelines mean while a pipeline function is read.

Kubeflow documentation, Pipelines, "Create components", "Compose components into pipelines", "Control Flow", "Use
Caching", "Platform-specific Features"; ``kfp.dsl`` and ``kfp.kubernetes`` references.
"""

from __future__ import annotations

import ast
import re
from typing import Any

from gradeline.model.expression import Constant, Decision, Expression, Name, Operation, UnitResult, Unresolved
from gradeline.readers.flows.evaluator import Evaluator
from gradeline.readers.flows.hooks import Hooks
from gradeline.readers.flows.values import Made, Method, Named, Own, Runtime, Unknown
from gradeline.readers.kubeflow.given import Place
from gradeline.readers.kubeflow.nodes import Block, Component, Group, Output, PipelineDef, Use, outputs_in
from gradeline.readers.reading import MAX_UNITS, Reading, shown
from gradeline.source import Span

BLOCKS = frozenset({"If", "Elif", "Else", "Condition", "ParallelFor", "ExitHandler"})
_NEGATIVE = frozenset(
    ["bad", "blocked", "denied", "fail", "failed", "false", "no", "refused", "reject", "rejected", "skip", "stop", "0"]
)
_TITLE = re.compile(r"^name:[ \t]*['\"]?([^'\"\n]{1,80})", re.MULTILINE)
_MAKERS = frozenset({"func_to_container_op", "create_component_from_func", "component"})
_LOADERS = frozenset({"load_component_from_file", "load_component_from_url", "load_component_from_text",
                      "load_component"})  # fmt: skip


class KubeflowHooks(Hooks):
    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.pipelines: list[PipelineDef] = []
        self.called: set[int] = set()
        self.uses: list[Use] = []
        self.blocks: list[Block] = []
        self.last: Block | None = None
        self.inside = 0
        self.prefix = ""
        self.scopes: list[object] = []  # the nested pipelines and blocks around what is read
        self.schedules: list[tuple[str, Span]] = []

    def decorate(self, decorator: Any, target: Any, node: ast.expr, at: Evaluator) -> Any:
        name = decorator.name if isinstance(decorator, Named | Made) else ""
        options = dict(decorator.kwargs) if isinstance(decorator, Made) else {}
        call = node if isinstance(node, ast.Call) else None
        if not isinstance(target, Own) or not name.startswith("kfp."):
            return target
        last = name.rpartition(".")[2]
        if last == "notebook_component":
            return Component(target, options, call, opaque="the component runs a notebook")
        if last in ("component", "container_component"):
            return Component(target, options, call, last == "container_component")
        if last in ("pipeline", "graph_component"):
            if isinstance(decorator, Made) and decorator.args:
                options.setdefault("name", decorator.args[0])
            span = target.module.span(call.func if call is not None else target.node)
            made = PipelineDef(target, options, span)
            if target.module.path == self.reading.path and all(
                    one.function.node is not target.node for one in self.pipelines):  # fmt: skip
                self.pipelines.append(made)
            return made
        return target

    def call(self, target: Any, args: list[Any], kwargs: dict[str, Any], node: ast.Call, at: Evaluator) -> Any:
        if isinstance(target, Component):
            return self._use(target, args, kwargs, node, at)
        if isinstance(target, PipelineDef):
            return self._nested(target, args, kwargs, at)
        if isinstance(target, Method):
            return self._method(target, args, kwargs, node, at)
        if not isinstance(target, Named):
            return NotImplemented
        last, span = target.last, at.module.span(node)
        if target.name.startswith("kfp."):
            if last in BLOCKS:
                value = args[0] if args else next(iter(kwargs.values()), None)
                if last == "ExitHandler":
                    value = kwargs.get("exit_task", value)
                block = Block(last, value, node, span)
                block.limit = kwargs.get("parallelism")
                return block
            if last in _MAKERS and args and isinstance(args[0], Own):
                return Component(args[0], kwargs, node)
            if last == "ContainerOp":
                made = Component(None, {"base_image": kwargs.get("image")}, node, opaque="a step of the first SDK")
                return self._use(made, [], {}, node, at)
            if last in _LOADERS:
                said = args[0] if args else next(iter(kwargs.values()), None)
                title = _TITLE.search(said) if last == "load_component_from_text" and isinstance(said, str) else None
                options = {"name": title[1].strip().lower().replace(" ", "-")} if title is not None else {}
                return Component(None, options, node, opaque="the component is loaded from another file")
            if last in ("importer", "CreatePVC", "DeletePVC"):
                named = {**kwargs, "name": last.lower()}
                return self._use(Component(None, {}, node), args, named, node, at)
            if last in ("OneOf", "Collected") and args:
                return list(args)
            if ".kubernetes." in f".{target.name}." and args and isinstance(args[0], Use):
                self._kubernetes(last, args, kwargs, span)
                return args[0]
        if target.name.startswith("google_cloud_pipeline_components.") and last.endswith("Op"):
            made = Component(None, {}, node, opaque="the component comes from another package")
            return self._use(made, args, {**kwargs, "name": last}, node, at)
        return NotImplemented

    def _use(self, component: Component, args: list[Any], kwargs: dict[str, Any], node: ast.Call, at: Evaluator) -> Any:
        if not self.inside:
            return Unknown()
        self.reading.spend(4)
        if len(self.uses) >= MAX_UNITS:
            self.reading.spend(10**9)
        base = component.function.name if component.function is not None else ""
        base = base or str(component.options.get("name") or kwargs.get("name") or "task")
        base = self.prefix + base.replace("_", "-")
        name, number = base, 1
        taken = {one.name for one in self.uses}
        while name in taken:
            number += 1
            name = f"{base}-{number}"
        use = Use(name, component, node, at.module.span(node))
        use.inputs = dict(kwargs)
        use.scopes = tuple(self.scopes)
        for other in outputs_in([args, kwargs]):
            use.after(other, use.span)
        tests: list[Expression] = []
        for block in self.blocks:
            block.uses.append(use)
            tests.extend(block.tests)
            for other in outputs_in(block.value) if block.kind != "ExitHandler" else ():
                use.after(other, block.span)
            if block.kind == "ParallelFor":
                use.looped = (block.value, block.span, block.limit)
            if block.tests:
                use.condition_span = block.span
        if tests:
            use.condition = tests[0] if len(tests) == 1 else Operation("and", tuple(tests), use.span)
        self.uses.append(use)
        return use

    def _nested(self, made: PipelineDef, args: list[Any], kwargs: dict[str, Any], at: Evaluator) -> Any:
        self.called.add(id(made.function.node))
        if not self.inside or self.inside > 6:
            return Unknown()
        outer, self.prefix = self.prefix, f"{self.prefix}{made.function.name.replace('_', '-')}."
        group = Group()
        self.scopes.append(group)
        self.inside += 1
        first = len(self.uses)
        group.result = at.apply(made.function, args, kwargs)
        group.uses = self.uses[first:]
        self.inside -= 1
        self.scopes.pop()
        self.prefix = outer
        given = [(other, use.span) for use in group.uses for other in outputs_in([args, kwargs])]
        for other, span in given:
            for use in group.uses[:1]:
                use.after(other, span)  # a nested pipeline starts when all that it is given is there
        return group

    def _method(self, target: Method, args: list[Any], kwargs: dict[str, Any], node: ast.Call, at: Evaluator) -> Any:
        owner, name = target.owner, target.name
        span = at.module.span(node)
        if isinstance(owner, Group):
            for use in owner.uses:
                self._method(Method(use, name), args, kwargs, node, at)
            return owner
        if isinstance(owner, Use):
            if name == "after":
                for other in args:
                    for one in other if isinstance(other, list) else [other]:
                        if isinstance(one, Use):
                            owner.after(one, span)
                        elif isinstance(one, Output):
                            owner.after(one.use, span)
                        elif isinstance(one, Group):
                            for inner in one.uses:
                                owner.after(inner, span)
                return owner
            for known in outputs_in([args, kwargs]):
                owner.after(known, span)
            place = at.module.span(node.func)
            end = node.func
            if isinstance(end, ast.Attribute) and end.end_lineno is not None:
                line = end.end_lineno
                column = (end.end_col_offset or 0) - len(name) + 1
                place = Span(
                    at.module.path, line, max(1, column), node.end_lineno or line, (node.end_col_offset or 0) + 1
                )
            if name == "set_env_variable":
                owner.variables.append((args, kwargs, place))
            else:
                owner.settings[name] = (args, kwargs, place)
            return owner
        if name in ("create_recurring_run", "create_job"):
            cron = kwargs.get("cron_expression")
            self.schedules.append((cron if isinstance(cron, str) else "", span))
            return None
        return NotImplemented

    def _kubernetes(self, name: str, args: list[Any], kwargs: dict[str, Any], span: Span) -> None:
        use: Use = args[0]
        for known in outputs_in([args[1:], kwargs]):
            use.after(known, span)
        if name in ("use_secret_as_env", "use_secret_as_volume"):
            secret = kwargs.get("secret_name", args[1] if len(args) > 1 else "")
            keys = kwargs.get("secret_key_to_env", args[2] if len(args) > 2 else {})
            for key, variable in keys.items() if isinstance(keys, dict) else ():
                use.secrets.append((str(variable), f"{secret}.{key}", span))
            if not keys:
                use.secrets.append((f"{secret}".upper().replace("-", "_"), f"{secret}.*", span))
            return
        if name == "use_config_map_as_env":
            source = kwargs.get("config_map_name", args[1] if len(args) > 1 else "")
            keys = kwargs.get("config_map_key_to_env", args[2] if len(args) > 2 else {})
            reason = f"it stands in the config map {shown(str(source))}"
            for variable in keys.values() if isinstance(keys, dict) else ():
                use.variables.append(([variable, Runtime(Unresolved(reason, span))], {}, span))
        use.settings[f"kubernetes.{name}"] = (args[1:], kwargs, span)

    # -- blocks ----------------------------------------------------------------------------------

    def enter(self, value: Any, node: ast.withitem, at: Evaluator) -> Any:
        if not isinstance(value, Block):
            return value
        if value.kind in ("If", "Condition"):
            value.tests = [condition(value.value, value.span)]
        elif value.kind in ("Elif", "Else") and self.last is not None:
            earlier: list[Expression] = [Operation("not", (test,), value.span) for test in self.last.tests[-1:]]
            kept = self.last.tests[:-1] if self.last.kind == "Elif" else []
            value.tests = [*kept, *earlier, *([condition(value.value, value.span)] if value.kind == "Elif" else [])]
            if value.value is None:
                value.value = self.last.value
        chained = value.kind in ("Elif", "Else") and self.last is not None
        value.chain = self.last.chain if chained and self.last is not None else Group()
        self.scopes.extend((value.chain, value))
        self.blocks.append(value)
        if value.kind == "ParallelFor":
            return value.value[0] if isinstance(value.value, list) and value.value else Unknown()
        return value

    def leave(self, value: Any, at: Evaluator) -> None:
        # what ``as`` binds in a loop is its item, so the block that is open last is the one that ends
        if not self.blocks:
            return
        if isinstance(value, Block) or self.blocks[-1].kind == "ParallelFor":
            block = self.blocks.pop()
            del self.scopes[-2:]
            self.last = block
            last = block.value.uses if isinstance(block.value, Group) else [block.value]
            for use in last if block.kind == "ExitHandler" else ():
                if isinstance(use, Use):
                    use.handler = list(block.uses)
                    use.handler_span = block.span

    # -- values ----------------------------------------------------------------------------------

    def attribute(self, value: Any, name: str, node: ast.Attribute, at: Evaluator) -> Any:
        if isinstance(value, Use):
            if name == "output":
                return Output(value)
            if name == "outputs":
                return Output(value)
            return NotImplemented
        if isinstance(value, Output):
            return value
        if isinstance(value, Group):
            if name not in ("output", "outputs"):
                return NotImplemented
            known = any(True for _ in outputs_in(value.result))
            return value.result if known else [Output(use) for use in value.uses]
        if isinstance(value, Place):
            return value.path if name in ("path", "uri") else NotImplemented
        return NotImplemented

    def keeps(self, value: Any) -> bool:
        return isinstance(value, Output)

    def item(self, value: Any, key: Any, node: ast.Subscript, at: Evaluator) -> Any:
        if isinstance(value, Made) and isinstance(key, str) and key in value.kwargs:
            return value.kwargs[key]
        if isinstance(value, list) and isinstance(key, str):
            return value
        if isinstance(value, Output):
            return Output(value.use, key if isinstance(key, str) else value.name)
        return NotImplemented


def condition(value: Any, span: Span) -> Expression:
    """``dsl.If(gate.output == "pass")``: the answer of a component counts as the end of its work.  What compares a
    number or a parameter is open: both ways happen."""
    if isinstance(value, Made) and value.name in ("Eq", "NotEq") and isinstance(value.args[0], Output):
        right = value.args[1]
        if isinstance(right, str | bool):
            answer, said = value.args[0].use.answer, value.args[0].use.always
            if value.args[0].use.tells_end:
                return Decision("how the run has ended decides", span)
            if said is not None and said != right:
                return Constant(value.name == "NotEq", span)
            if answer is not None and right not in (answer.passed, answer.failed):
                return Constant(value.name == "NotEq", span)
            negative = str(right).lower() in _NEGATIVE if answer is None else right == answer.failed
            result = UnitResult(value.args[0].use.name, span, raw=True)
            test = Operation("==", (result, Constant("success", span)), span)
            if (value.name == "Eq") != negative:
                return test
            return Operation("not", (test,), span)
    return Decision("what the run computes decides", span)


def parameters(function: Own, span: Span) -> dict[str, Any]:
    spec = function.node.args
    names = [one.arg for one in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)]
    # whoever submits a run types them
    return {name: Runtime(Name(("kfp", "parameters", name), span, untrusted=True)) for name in names}
