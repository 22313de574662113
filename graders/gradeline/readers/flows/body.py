"""The body of a Python task as the commands it amounts to.

A call of a function of the repository is written as the start of its module (``python -m churn.train fit``), a
request as ``curl``, a started program as itself.  A failing call ends the task unless the code catches it.  So
everything that is asked about commands can be asked about tasks.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from gradeline.model.code import Codebase, Defined, Function, Module
from gradeline.model.pipeline import Shell, Variable
from gradeline.model.text import Text
from gradeline.readers.flows.texts import secret_variable
from gradeline.readers.project_python import Names, command_of
from gradeline.readers.project_python_commands import CommandReader, Script
from gradeline.readers.project_source import KEPT, UNKNOWN, FileText, kept, quote
from gradeline.readers.reading import shown
from gradeline.records import replace

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
_CREDENTIALS = ("token", "password", "secret", "api_key", "apikey")  # how arguments that are credentials end
_NAMED_STORES = ("get_connection", "get_variable")


def _names_of(module: Module) -> Names:
    """The names of a file, found once and copied for each reader of one of its functions."""
    known = module.kept.get("names")
    if not isinstance(known, Names):
        known = module.kept["names"] = Names.of(module.tree)
    return Names(dict(known.imports), dict(known.values), dict(known.functions))


class BodyReader(CommandReader):
    """Reads one function; ``code`` finds the functions of other files."""

    def __init__(self, code: Codebase, module: Module) -> None:
        super().__init__(_names_of(module), Script(FileText(module.source)), special=self._work)
        self.code = code
        self.module = module
        self.inner = 0
        self.made: dict[str, str] = {}  # local names with the dotted name of what made them
        self.bound: dict[str, ast.expr] = {}  # local names with the value they get
        self.typed: dict[str, str] = {}  # arguments that somebody types in, with the variable that stands for them
        self.names = replace(self.names, special=self._value)

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
                if isinstance(target, ast.Name) and value is not None:
                    self.bound[target.id] = value
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

    def environment(self, node: ast.expr | None, depth: int = 0) -> str:
        """Without what comes from the store: the step has it under that name (``stored_values``)."""
        if isinstance(node, ast.Dict):
            pairs = [(key, value) for key, value in zip(node.keys, node.values, strict=True)
                     if not (isinstance(key, ast.Constant) and self.stored(value))]  # fmt: skip
            node = ast.Dict([key for key, _ in pairs], [value for _, value in pairs])
        return super().environment(node, depth)

    def stored(self, node: ast.expr, depth: int = 0) -> bool:
        """Whether a value is taken from the platform's store."""
        if isinstance(node, ast.Name):
            return depth < 6 and node.id in self.bound and self.stored(self.bound[node.id], depth + 1)
        return any(isinstance(part, ast.Call) and part.args and self.asks(part) for part in ast.walk(node))

    def asks(self, node: ast.Call) -> bool:
        full = self.module.full(node.func)
        last = node.func.attr if isinstance(node.func, ast.Attribute) else full.rpartition(".")[2]
        return full.endswith(_STORES) or last in _NAMED_STORES

    def shell_code(self, text: str) -> str:
        """What a shell gets as code: names of the run stay names in it, what somebody types in is put into it."""
        typed = set(self.typed.values())
        first, *others = text.split(KEPT)
        made = first
        for other in others:
            name, _, rest = other.partition("\ue001")
            made += (kept(name) if name in typed else f"${{{name}}}") + rest
        return made

    def _value(self, node: ast.expr, depth: int = 0) -> str | None:
        """A value that a run brings under a name: from the platform's store, of the run itself, typed in."""
        if isinstance(node, ast.Name) and node.id in self.typed:
            return kept(self.typed[node.id])
        if isinstance(node, ast.Name) and node.id in self.bound and depth < 6:
            return self._value(self.bound[node.id], depth + 1)
        if isinstance(node, ast.Attribute) and node.attr == "id" and "flow_run" in ast.unparse(node.value):
            return kept("PREFECT_FLOW_RUN_ID")
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value == "run_id":
            return kept("AIRFLOW_RUN_ID")
        if isinstance(node, ast.Name) and node.id == "run_id" and node.id not in self.bound:
            return kept("AIRFLOW_RUN_ID")
        if isinstance(node, ast.Subscript) and self.module.full(node.value) == "os.environ":
            name = node.slice.value if isinstance(node.slice, ast.Constant) else None
            return kept(name) if isinstance(name, str) and name.isidentifier() else None
        for _ in range(4):
            if isinstance(node, ast.Await):
                node = node.value
            elif isinstance(node, ast.Call):
                if node.args and self.asks(node):
                    item = node.args[0]
                    named = isinstance(item, ast.Constant) and isinstance(item.value, str)
                    return kept(_variable(str(item.value) if named and isinstance(item, ast.Constant) else "value"))
                if not isinstance(node.func, ast.Attribute):
                    return None
                node = node.func.value
            elif isinstance(node, ast.Attribute):
                node = node.value
            elif isinstance(node, ast.Name) and node.id in self.bound and depth < 6:
                return self._value(self.bound[node.id], depth + 1)
            else:
                return None
        return None

    def _operation(self, node: ast.Call) -> str | None:
        """``ShellOperation(commands=[...]).run()``: one script that goes on after a failing line (prefect-shell)."""
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        made = self.bound.get(owner.id) if isinstance(owner, ast.Name) else owner
        if not isinstance(made, ast.Call) or not self.module.full(made.func).endswith("ShellOperation"):
            return None
        given = {item.arg: item.value for item in made.keywords if item.arg}
        lines = self.names.words(given["commands"]) if "commands" in given else None
        command = f"bash -c {quote(self.shell_code(chr(10).join(lines)))}" if lines else UNKNOWN
        command = f"{self.environment(given.get('env'))}{command}"
        if "working_dir" in given:
            command = f"(cd {quote(self.names.word(given['working_dir']))} && {command})"
        return command

    def _work(self, node: ast.Call) -> str | None:
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("run", "trigger"):
            operation = self._operation(node)
            if operation is not None:
                return operation
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
        if last in ("write_text", "write_bytes", "write") and node.args and self.stored(node.args[0]):
            made = self.bound.get(owner.id, owner) if isinstance(owner, ast.Name) else owner
            opened = isinstance(made, ast.Call) and self.module.full(made.func) in ("open", "io.open") and made.args
            place = made.args[0] if opened and isinstance(made, ast.Call) else made
            path = UNKNOWN if place is None else self.names.word(place)
            return f"printf %s {quote(self.names.word(node.args[0]))} > {quote(path)}"
        if last in _REGISTERS or last in _PROMOTES:
            return command_of(["mlflow", "models", "call", last, *self._words(node)])
        return None

    def _words(self, node: ast.Call) -> list[str]:
        found: list[str] = []
        for place, given in enumerate(node.args):  # (name, alias, version)
            moves = place == 1 and ast.unparse(node.func).endswith("set_registered_model_alias")
            found.extend(["--alias", self.names.word(given)] if moves else [self.names.word(given)])
        # A value that is not known stays a value: the call has no options.
        found = [word if UNKNOWN not in word and KEPT not in word else "value" for word in found]
        for item in node.keywords:
            if item.arg == "alias":
                word = self.names.word(item.value)
                found.extend(["--alias", word] if UNKNOWN not in word and KEPT not in word else [])
            elif item.arg:
                word = self.names.word(item.value)
                found.append(word if UNKNOWN not in word and KEPT not in word else "value")
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


def stored_arguments(
    code: Codebase, module: Module, function: Function, call: ast.Call, names: list[str]
) -> tuple[Variable, ...]:
    """The arguments of a call in ``function`` that come from the platform's store; ``names`` are the parameters."""
    reader = BodyReader(code, module.within(function))
    reader.know(function)
    given = [*zip(names, call.args, strict=False), *((item.arg, item.value) for item in call.keywords if item.arg)]
    return tuple(secret_variable(f"given_{name}", shown(str(name)), module.span(value))
                 for name, value in given if reader.stored(value))  # fmt: skip


def _written(module: Module, function: Function, node: ast.Call) -> Iterator[Variable]:
    """Credentials that a call writes down, under the names by which the function takes them."""
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    given = [*zip(names, node.args, strict=False), *((item.arg, item.value) for item in node.keywords if item.arg)]
    for name, value in given:
        constant = isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value
        if name and name.lower().endswith(_CREDENTIALS) and constant:
            yield Variable(name.upper(), Text(str(constant), module.span(value)), "step", module.span(value))


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


def body_text(
    code: Codebase, module: Module, function: Function, typed: Mapping[str, str] | None = None, status: bool = False
) -> Text | None:
    """The commands of a function's body; None when it starts none.  ``typed``: arguments that somebody types in, with
    the variables that stand for them.  ``status``: what it returns is its exit status; otherwise a task that returns
    anything has succeeded."""
    reader = BodyReader(code, module.within(function))
    reader.know(function)
    _own_names(reader.names, function)
    reader.typed.update(typed or {})
    reader.returning = status
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
    reader = BodyReader(code, module.within(function))
    reader.know(function)
    for node in ast.walk(function):
        called = code.defined(reader.module, node.func) if isinstance(node, ast.Call) else None
        if isinstance(node, ast.Call) and called is not None and isinstance(called.node, Function):
            for variable in _written(module, called.node, node):
                found.setdefault(variable.name, variable)
        for key, value in zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ():
            if isinstance(key, ast.Constant) and isinstance(key.value, str) and reader.stored(value):
                found.setdefault(key.value, secret_variable(key.value, shown(key.value), module.span(value)))
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
