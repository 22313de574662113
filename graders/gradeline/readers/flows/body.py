"""The body of a Python task as the commands it amounts to.

A call of a function of the repository is written as the start of its module (``python -m churn.train fit``), a
request as ``curl``, a started program as itself.  A failing call ends the task unless the code catches it.  So
everything that is asked about commands can be asked about tasks.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradeline.model.code import Codebase, Defined, Function, Module
from gradeline.model.pipeline import Shell, Variable
from gradeline.model.text import Text
from gradeline.readers.flows.texts import secret_variable
from gradeline.readers.project_python import Names, command_of
from gradeline.readers.project_python_commands import CommandReader, Script
from gradeline.readers.project_source import UNKNOWN, FileText
from gradeline.readers.reading import shown

SHELL = Shell("sh", errexit=True, pipefail=False)
MAX_WALK = 4000
MARK = "@@"  # around the name of a variable in words; such a word needs no quotes
_POSTS = frozenset({"post", "put", "patch"})
_GETS = frozenset({"get", "head"})
_CLIENTS = ("requests", "httpx")
_SENDS = frozenset(
    {"send", "notify", "send_text", "send_dict", "send_message", "chat_postMessage", "post_message", "execute"}
)
_CHANNELS = ("slack", "teams", "discord", "telegram", "pagerduty", "opsgenie", "webhook", "apprise")
HOOK = "https://hooks.slack.com/services/"
_REGISTERS = frozenset({"register_model", "create_model_version"})
_PROMOTES = frozenset({"set_registered_model_alias", "copy_model_version"})
_STORES = ("Variable.get", "BaseHook.get_connection", "Connection.get", "Secret.load", "Secret.aload")
_NAMED_STORES = ("get_connection", "get_variable")


class BodyReader(CommandReader):
    """Reads one function; ``code`` finds the functions of other files."""

    def __init__(self, code: Codebase, module: Module) -> None:
        super().__init__(Names.of(module.tree), Script(FileText(module.source)), special=self._work)
        self.code = code
        self.module = module
        self.inner = 0
        self.made: dict[str, str] = {}  # local names with the dotted name of what made them

    def tested(self, test: ast.expr) -> str | None:
        if not isinstance(test, ast.Compare) or len(test.ops) != 1:
            return None
        left, right = self.names.word(test.left), test.comparators[0]
        several = isinstance(right, ast.Tuple | ast.List | ast.Set)
        others = [self.names.word(one) for one in (right.elts if several else [right])]  # type: ignore[attr-defined]
        if MARK not in left or UNKNOWN in "".join((left, *others)):
            return None
        operator = {ast.Eq: "=", ast.NotEq: "!=", ast.In: "=", ast.NotIn: "!="}.get(type(test.ops[0]))
        if operator is None or several is not isinstance(test.ops[0], ast.In | ast.NotIn):
            return None
        parts = [f"[ {command_of([left])} {operator} {command_of([other])} ]" for other in others]
        return (" || " if operator == "=" else " && ").join(parts)

    def know(self, function: Function) -> None:
        """Look at what the function binds, so that ``hook.send(...)`` is known by the hook."""
        for number, node in enumerate(ast.walk(function)):
            if number > MAX_WALK:
                return
            pairs: list[tuple[ast.expr, ast.expr | None]] = []
            if isinstance(node, ast.Assign):
                pairs = [(target, node.value) for target in node.targets]
            elif isinstance(node, ast.withitem) and node.optional_vars is not None:
                pairs = [(node.optional_vars, node.context_expr)]
            for target, value in pairs:
                value = value.value if isinstance(value, ast.Await) else value
                if isinstance(target, ast.Name) and isinstance(value, ast.Call):
                    self.made[target.id] = self.module.full(value.func) or ast.unparse(value.func)

    def expression(
        self, node: ast.expr, statement: ast.stmt, depth: int, swallows: bool, name: str, decides: bool = False
    ) -> None:
        if self.inner < 6 and isinstance(node, ast.Call):
            self.inner += 1
            called = node.func.value if isinstance(node.func, ast.Attribute) else None
            for part in (*node.args, *(item.value for item in node.keywords), called):
                if isinstance(part, ast.Call):
                    self.expression(part, statement, depth + 1, swallows, "")
            self.inner -= 1
        elif isinstance(node, ast.List | ast.Tuple | ast.Dict | ast.BinOp | ast.Compare | ast.BoolOp | ast.IfExp):
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.Call):
                    self.expression(child, statement, depth + 1, swallows, "")
            return
        super().expression(node, statement, depth, swallows, name, decides)

    def _work(self, node: ast.Call) -> str | None:
        found = self.code.defined(self.module, node.func)
        if found is not None and found.module.path != self.module.path and isinstance(found.node, Function):
            return module_command(found, _name(self.module, node.func))
        full = self.module.full(node.func) or self.names.full(node.func)
        last = node.func.attr if isinstance(node.func, ast.Attribute) else full.rpartition(".")[2]
        if full.startswith(_CLIENTS) and last in (*_POSTS, *_GETS):
            url = node.args[0] if node.args else next((one.value for one in node.keywords if one.arg == "url"), None)
            address = self.names.word(url) if url is not None else UNKNOWN
            data = next((item.value for item in node.keywords if item.arg in ("json", "data")), None)
            sent = UNKNOWN if data is None else UNKNOWN + _links(data)
            send = ["-X", last.upper(), "--data", sent] if last in _POSTS else []
            return command_of(["curl", "--fail", "--silent", *send, address])
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        maker = self.made.get(owner.id, "") if isinstance(owner, ast.Name) else ""
        sends = last in _SENDS or (found is None and "." in full and last.startswith(("send_", "post_")))
        if sends and any(part in f"{ast.unparse(node.func)} {full} {maker}".lower() for part in _CHANNELS):
            given = next((item.value for item in node.keywords if item.arg in ("text", "body", "message")), None)
            shown_node = given if given is not None else node.args[0] if node.args else None
            text = UNKNOWN if shown_node is None else self.names.word(shown_node) + _links(shown_node)
            return command_of(["curl", "--fail", "--silent", "--data", text, f"{HOOK}{UNKNOWN}"])
        if last in ("send_email", "sendmail", "email_send_message") and "." in full:
            return command_of(["mail", "-s", UNKNOWN, UNKNOWN])
        if last in _REGISTERS or last in _PROMOTES:
            return command_of(["mlflow", "models", "call", last, *self._words(node)])
        return None

    def _words(self, node: ast.Call) -> list[str]:
        found = [self.names.word(item) for item in node.args]
        for item in node.keywords:
            if item.arg == "alias":
                found.extend(["--alias", self.names.word(item.value)])
            elif item.arg:
                found.append(self.names.word(item.value))
        return found


def _links(node: ast.expr) -> str:
    """The variables that lead to a run, where a message names it: the address of its log, or its id in a path."""
    found = ""
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and part.attr == "log_url":
            found += " ${AIRFLOW_LOG_URL}"
        elif isinstance(part, ast.Attribute) and part.attr == "id" and "flow_run" in ast.unparse(part.value):
            found += " /${PREFECT_FLOW_RUN_ID}"
        elif isinstance(part, ast.Constant) and part.value == "log_url":
            found += " ${AIRFLOW_LOG_URL}"
    return found


def module_command(found: Defined, name: str) -> str:
    """How the module of a function is started."""
    path = found.module.path
    for root in ("src/", "lib/"):
        path = path.removeprefix(root)
    module = path.removesuffix("/__init__.py").removesuffix(".py").replace("/", ".")
    if all(part.isidentifier() for part in module.split(".")):
        return command_of(["python", "-m", module, name])
    return command_of(["python", found.module.path, name])


def _name(module: Module, node: ast.expr) -> str:
    return module.full(node).rpartition(".")[2] or "call"


def body_text(code: Codebase, module: Module, function: Function) -> Text | None:
    """The commands of a function's body; None when it starts none."""
    reader = BodyReader(code, module.within(function))
    reader.know(function)
    _own_names(reader.names, function)
    reader.returning = True
    try:
        reader.body(function.body)
    except RecursionError:
        return None
    return reader.script.text() if reader.script.lines else None


def _own_names(names: Names, function: Function) -> None:
    """Let what the function itself binds hide what has the same name elsewhere in the file: each task may have its
    own ``command``."""
    arguments = function.args
    for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        names.values.pop(one.arg, None)
    own = Names.of(ast.Module([function], []))
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.values.pop(node.id, None)
    names.values.update(own.values)
    names.imports.update(own.imports)


def stored_values(code: Codebase, module: Module, function: Function) -> tuple[Variable, ...]:
    """The values that a body takes from the platform's store, each once, also in functions of its own file."""
    found: dict[str, Variable] = {}
    for number, node in enumerate(_reached(module, function)):
        if number > MAX_WALK:
            break
        if not isinstance(node, ast.Call):
            continue
        full = module.full(node.func)
        last = full.rpartition(".")[2]
        if (full.endswith(_STORES) or last in _NAMED_STORES) and node.args:
            item = node.args[0]
            name = item.value if isinstance(item, ast.Constant) and isinstance(item.value, str) else "value"
            found.setdefault(name, secret_variable(_variable(name), shown(name), module.span(node)))
    return tuple(found.values())


def _reached(module: Module, function: Function) -> Iterator[ast.AST]:
    """The nodes of a function and of the functions of its file that it names."""
    todo: list[ast.AST] = [function]
    seen = {function.name}
    while todo:
        for node in ast.walk(todo.pop()):
            yield node
            if isinstance(node, ast.Name) and node.id not in seen and node.id in module.definitions:
                seen.add(node.id)
                todo.append(module.definitions[node.id])


def _variable(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name).upper()[:80] or "VALUE"
