"""Arguments of a script: those of the command that starts it, its defaults, or unknown ones from outside."""

from __future__ import annotations

import ast

from gradeline.facts.gate_calls import Named, call, own_call
from gradeline.facts.gate_state import Machine
from gradeline.facts.gate_values import MISSING, NONE, Const, Data, Func, Lib, Native, Scope, Seq, Value, words_of
from gradeline.source import Span

_FLAGS = ("store_true", "store_false", "store_const")
# Types of arguments that make numbers (Click documentation, "Parameter Types").
_NUMBERS = {
    "float": float, "int": int, "click.FLOAT": float, "click.INT": int, "click.FloatRange": float,
    "click.IntRange": int,
}  # fmt: skip


def parser(machine: Machine, given: list[Value], named: Named, span: Span) -> Value:
    """``argparse.ArgumentParser``"""
    options: list[tuple[list[str], Named, Span]] = []
    found = Native("parser", lambda given, named, at: NONE)

    def add(given: list[Value], named: Named, at: Span) -> Value:
        options.append(([str(one.data) for one in given if isinstance(one, Const)], named, at))
        return NONE

    def parse(given: list[Value], named: Named, at: Span) -> Value:
        words = machine.arguments
        if given and isinstance(given[0], Seq) and all(isinstance(one, Const) for one in given[0].items):
            words = tuple(str(one.data) for one in given[0].items if isinstance(one, Const))
        return Native("Namespace", None, _parsed(machine, options, words, at))

    def known(given: list[Value], named: Named, at: Span) -> Value:
        return Seq([parse(given, named, at), Seq([])], "tuple")

    def group(given: list[Value], named: Named, at: Span) -> Value:
        return found

    def error(given: list[Value], named: Named, at: Span) -> Value:
        from gradeline.facts.gate_state import Raised
        from gradeline.facts.gate_values import lineage_of

        raise Raised(lineage_of("SystemExit"), at, Const(2), said=True)

    for name, function in (
        ("add_argument", add), ("parse_args", parse), ("parse_known_args", known), ("add_argument_group", group),
        ("add_mutually_exclusive_group", group), ("add_subparsers", group), ("add_parser", group), ("error", error),
    ):  # fmt: skip
        found.state[name] = Native(name, function)
    return found


def _parsed(
    machine: Machine, options: list[tuple[list[str], Named, Span]], words: tuple[str | None, ...] | None, at: Span
) -> dict[str, Value]:
    found: dict[str, Value] = {}
    left = list(words) if words is not None else []
    for flags, named, span in options:
        if not flags or not flags[0].startswith("-"):
            continue
        name = _destination(flags, named)
        action = named.get("action")
        if isinstance(action, Const) and action.data in _FLAGS:
            there = [flag for flag in flags if flag in left]
            left = [word for word in left if word not in there]
            value = bool(there) == (action.data != "store_false")
            found[name] = Const(value, "argument" if there else "code", span)
            continue
        found[name] = _taken(machine, flags, named, left, name, span, words is None)
    for flags, named, span in options:
        if flags and not flags[0].startswith("-"):
            name = _destination(flags, named)
            plain = [word for word in left if word is None or not word.startswith("-")]
            if plain:
                left.remove(plain[0])
                found[name] = _typed(machine, named, plain[0], name, span)
            else:
                found[name] = named["default"] if "default" in named else _likely(machine, name, span)
    return found


def _destination(flags: list[str], named: Named) -> str:
    given = named.get("dest")
    if isinstance(given, Const):
        return str(given.data)
    long = next((flag for flag in flags if flag.startswith("--")), flags[0])
    return long.lstrip("-").replace("-", "_")


def _taken(
    machine: Machine, flags: list[str], named: Named, left: list[str | None], name: str, span: Span, unknown: bool
) -> Value:
    """The value of an option; it and its word are taken out of ``left``."""
    for position, word in enumerate(left):
        if word is None:
            continue
        flag, equals, value = word.partition("=")
        if flag not in flags:
            continue
        if equals:
            del left[position]
            return _typed(machine, named, value, name, span)
        given = left[position + 1] if position + 1 < len(left) else None
        del left[position : position + 2]
        return _typed(machine, named, given, name, span)
    variable = named.get("envvar")
    if isinstance(variable, Const) and isinstance(variable.data, str):
        found = Data(("environment", variable.data), span, words_of(name), "environment")
        if machine.faces.get(found.key) != MISSING:
            machine.touched[found.key] = found
            return found
    if "default" in named:
        default = named["default"]
        if isinstance(default, Const):
            return Const(default.data, default.origin, default.span, default.key, default.parts)
        return default
    required = named.get("required")
    must = isinstance(required, Const) and required.data is True
    if must and not unknown and None not in left:
        from gradeline.facts.gate_state import Raised
        from gradeline.facts.gate_values import lineage_of

        raise Raised(lineage_of("SystemExit"), span, Const(2), said=True)
    if unknown or must:
        return _likely(machine, name, span)
    return NONE


def _typed(machine: Machine, named: Named, word: str | None, name: str, span: Span) -> Value:
    if word is None:
        return _unknown(name, span)
    value: Value = Const(word, "argument", span)
    kind = named.get("type")
    number = _NUMBERS.get(kind.name if isinstance(kind, Lib) else kind.call if isinstance(kind, Data) else "")
    if number is not None:
        try:
            return Const(number(word), "argument", span)
        except ValueError:
            return value
    if isinstance(kind, Func):
        return call(machine, kind, [value], {}, span)
    return value


def _likely(machine: Machine, name: str, span: Span) -> Value:
    """An argument that nobody gives, as no pipeline starts the script: the settings of that name, if there are any."""
    if machine.arguments is None:
        wanted = words_of(name)
        settings = (path for path in machine.documents if path.endswith((".yaml", ".yml", ".toml")))
        fitting = [path for path in settings if words_of(path.rpartition("/")[2].rpartition(".")[0]) == wanted]
        if len(fitting) == 1:
            return Const(fitting[0], "argument", span)
    return _unknown(name, span)


def _unknown(name: str, span: Span) -> Value:
    return Data(("argument", name), span, words_of(name), "argument")


# -- click and typer -----------------------------------------------------------------------------


def decorated_call(machine: Machine, function: Func, span: Span) -> Value:
    """Start a command line program: a function whose parameters are the options of its decorators or signature."""
    node = function.node
    if isinstance(node, ast.Lambda):
        return NONE
    options: list[tuple[list[str], Named, Span]] = []
    from gradeline.facts.gate_expressions import evaluate

    scope: Scope = function.scope
    for decorator in node.decorator_list:
        if not isinstance(decorator, ast.Call):
            continue
        last = getattr(decorator.func, "attr", getattr(decorator.func, "id", ""))
        if last not in ("option", "argument"):
            continue
        at = scope.module.span(decorator)
        flags = [one.value for one in decorator.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        named: Named = {one.arg: evaluate(machine, scope, one.value) for one in decorator.keywords if one.arg}
        if isinstance(named.get("is_flag"), Const):
            named["action"] = Const("store_true")
        options.append((flags, named, at))
    defaults: list[ast.expr | None] = [None] * (len(node.args.args) - len(node.args.defaults)) + [*node.args.defaults]
    known = {_destination(flags, named) for flags, named, _ in options if flags}
    for parameter, default in (
        *zip(node.args.args, defaults, strict=True),
        *zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True),
    ):
        if parameter.arg in known or any(parameter.arg in flags for flags, _, _ in options):
            continue
        options.append(_by_signature(machine, scope, parameter, default))
    values = _parsed(machine, options, machine.arguments, span)
    return own_call(machine, Func(node, scope), [], dict(values), span)


def _by_signature(
    machine: Machine, scope: Scope, parameter: ast.arg, default: ast.expr | None
) -> tuple[list[str], Named, Span]:
    from gradeline.facts.gate_expressions import evaluate

    at = scope.module.span(parameter)
    named: Named = {}
    kind = parameter.annotation
    told: ast.Call | None = None
    if isinstance(kind, ast.Subscript):
        inner = kind.slice.elts if isinstance(kind.slice, ast.Tuple) else [kind.slice]
        kind = inner[0]
        told = next((one for one in inner[1:] if isinstance(one, ast.Call)), None)
    if isinstance(kind, ast.Name) and kind.id in ("float", "int"):
        named["type"] = Lib(kind.id)
    flag = "--" + parameter.arg.replace("_", "-")
    if told is not None and _last(told.func) in ("Option", "Argument"):
        # ``Annotated[str, typer.Option("--commit", envvar="GITHUB_SHA")]`` has its default behind the parameter.
        if default is not None:
            named["default"] = evaluate(machine, scope, default)
        else:
            named["required"] = Const(True)
        named.update({one.arg: evaluate(machine, scope, one.value) for one in told.keywords if one.arg == "envvar"})
        given = [one.value for one in told.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        return ([parameter.arg] if _last(told.func) == "Argument" else [*given, flag]), named, at
    if isinstance(default, ast.Call):
        last = _last(default.func)
        named.update({one.arg: evaluate(machine, scope, one.value) for one in default.keywords if one.arg == "envvar"})
        if default.args and not (isinstance(default.args[0], ast.Constant) and default.args[0].value is ...):
            named["default"] = evaluate(machine, scope, default.args[0])
        flags = [one.value for one in default.args[1:] if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        return ([parameter.arg] if last == "Argument" else [*flags, flag]), named, at
    if default is None:
        return [parameter.arg], named, at
    named["default"] = evaluate(machine, scope, default)
    return [flag], named, at


def _last(node: ast.expr) -> str:
    return str(getattr(node, "attr", getattr(node, "id", "")))


def commands(scope: Scope) -> list[Func]:
    """The functions of a module that a decorator makes commands, in order."""
    found = []
    for value in scope.names.values():
        if not isinstance(value, Func) or isinstance(value.node, ast.Lambda):
            continue
        for one in value.node.decorator_list:
            inner = one.func if isinstance(one, ast.Call) else one
            if getattr(inner, "attr", getattr(inner, "id", "")) in ("command", "main", "callback"):
                found.append(value)
    return found


def is_command(function: Func) -> bool:
    """Whether calling the function starts it as a command line program (click does, typer does not)."""
    if isinstance(function.node, ast.Lambda):
        return False
    for one in function.node.decorator_list:
        inner = one.func if isinstance(one, ast.Call) else one
        if isinstance(inner, ast.Attribute) and inner.attr in ("command", "group"):
            base = function.scope.module.full(inner.value)
            if base.split(".")[0] in ("click", "rich_click"):
                return True
    return False
