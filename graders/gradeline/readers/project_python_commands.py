"""The commands that a Python script starts, as shell text that behaves like the Python.

``check=True`` and ``sys.exit(call(...))`` turn into ``|| exit 1``, a result nobody looks at into ``|| true``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from gradeline.model.pipeline import Shell
from gradeline.model.project import ScriptFile
from gradeline.model.text import Text
from gradeline.readers.project_python import MAX_DEPTH, Names, command_of, dotted, parse_python
from gradeline.readers.project_source import MAX_LINES, UNKNOWN, FileText, quote
from gradeline.records import field, record

_MAX_STEPS = 5000
_OPEN = f'[ "{UNKNOWN}" ]'
_CHECKED = frozenset({"subprocess.check_call", "subprocess.check_output"})
_UNCHECKED = frozenset({"subprocess.call", "subprocess.getoutput", "subprocess.getstatusoutput", "subprocess.Popen"})
_SYSTEM = frozenset({"os.system", "os.popen"})
_EXITS = frozenset({"sys.exit", "exit", "quit", "os._exit", "SystemExit"})
_PYTEST = frozenset({"pytest.main", "pytest.console_main"})


@record(frozen=False)
class Script:
    """Lines of shell text, each with the place of the Python statement it stands for."""

    file: FileText
    lines: list[tuple[str, int, int]] = field(default_factory=list)

    def add(self, line: str, node: ast.AST) -> None:
        if len(self.lines) < MAX_LINES:
            row, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
            written = self.file.source.line(row)
            column = len(written.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "replace"))
            self.lines.extend((part, row, column + 1) for part in line.split("\n"))

    def text(self) -> Text:
        raw = "\n".join(line for line, _, _ in self.lines)
        places = tuple((row, column) for _, row, column in self.lines)
        span = self.file.span(0, len(self.file.text))
        return Text(raw, span, (), places)


class CommandReader:
    """Goes through statements in the order they run and writes down the commands they start."""

    def __init__(
        self,
        names: Names,
        script: Script,
        special: Callable[[ast.Call], str | None] | None = None,
        stop: str = " || exit 1",
    ) -> None:
        """``special`` gives the shell text of calls that only one kind of file knows, such as a nox session's.
        ``stop`` is what makes a failing command end the text; empty when its shell does so by itself."""
        self.names = names
        self.script = script
        self.special = special
        self.stop = stop
        self.results: dict[str, int] = {}  # variable -> index of the line whose result it holds
        self.active: set[str] = set()
        self.found = False
        self.steps = 0
        self.returning = False  # what the function being read returns becomes the script's exit status

    def body(self, statements: list[ast.stmt], depth: int = 0, swallows: bool = False) -> None:
        if depth > MAX_DEPTH:
            return
        for statement in statements:
            self.steps += 1
            if self.steps > _MAX_STEPS:
                return  # functions that call functions that call ...: what was found so far has to do
            self.statement(statement, depth, swallows)

    def statement(self, node: ast.stmt, depth: int, swallows: bool) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
            return
        if isinstance(node, ast.If):
            self.branch(node, depth, swallows)
        elif isinstance(node, ast.Try):
            hides = swallows or any(not _leaves(one.body, self.returning) for one in node.handlers)
            self.body(node.body, depth + 1, hides)
            self.body([*node.orelse, *node.finalbody], depth + 1, swallows)
        elif isinstance(node, ast.With | ast.AsyncWith):
            hides = any(self.names.full(_function(item.context_expr)) == "contextlib.suppress" for item in node.items)
            for item in node.items:
                self.expression(item.context_expr, node, depth, swallows, "")
            self.body(node.body, depth + 1, swallows or hides)
        elif isinstance(node, ast.For | ast.AsyncFor | ast.While):
            self.body([*node.body, *node.orelse], depth + 1, swallows)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            name = target.id if isinstance(target, ast.Name) else ""
            if node.value is not None:
                self.expression(node.value, node, depth, swallows, name)
        elif isinstance(node, ast.Return):
            self.returned(node, depth, swallows)
        elif isinstance(node, ast.Expr):
            self.expression(node.value, node, depth, swallows, "")
        elif isinstance(node, ast.Raise):
            if node.exc is not None and self.names.full(_function(node.exc)) == "SystemExit":
                self.expression(node.exc, node, depth, swallows, "")
            else:
                self.script.add("true" if swallows else "exit 1", node)
        elif isinstance(node, ast.Assert):
            self.expression(node.test, node, depth, swallows, "", decides=True)

    def returned(self, node: ast.Return, depth: int, swallows: bool) -> None:
        value = node.value
        if isinstance(value, ast.Attribute):
            value = value.value  # result.returncode
        if isinstance(value, ast.Name) and value.id in self.results:
            if self.returning and not swallows:
                self.pass_on(value.id)
        elif value is not None:
            self.expression(value, node, depth, swallows, "", decides=self.returning)

    def branch(self, node: ast.If, depth: int, swallows: bool) -> None:
        """``if __name__ == "__main__"`` runs; a test of a result that ends in ``sys.exit`` passes it on."""
        if _is_main(node.test):
            self.body(node.body, depth + 1, swallows)
            return
        used = self.result_in(node.test, node, depth, swallows, decides=_leaves(node.body, self.returning))
        if used:
            self.body(node.orelse, depth + 1, swallows)
            return
        inner = Script(self.script.file)
        outer, self.script = self.script, inner
        self.body(node.body, depth + 1, swallows)
        middle = len(inner.lines)
        self.body(node.orelse, depth + 1, swallows)
        self.script = outer
        if inner.lines:
            outer.add(f"if {self.tested(node.test) or _OPEN}; then :", node)
            outer.lines.extend(inner.lines[:middle])
            if middle < len(inner.lines):
                outer.add("else :", node)
                outer.lines.extend(inner.lines[middle:])
            outer.add("fi", node)

    def tested(self, test: ast.expr) -> str | None:
        """A condition as one of the shell; None when nothing is known about it."""
        return None

    def result_in(self, test: ast.expr, node: ast.stmt, depth: int, swallows: bool, decides: bool) -> bool:
        """Whether a condition asks for the result of a command; ``decides``: a failure then ends the script."""
        asked = False
        for part in list(ast.walk(test))[:200]:
            if isinstance(part, ast.Call) and self.started(part) is not None:
                self.expression(part, node, depth, swallows, "", decides=decides)
                asked = True
            elif isinstance(part, ast.Name) and part.id in self.results:
                if decides and not swallows:
                    self.pass_on(part.id)
                asked = True
        return asked

    def pass_on(self, name: str) -> None:
        line, row, column = self.script.lines[self.results[name]]
        self.script.lines[self.results[name]] = (line.removesuffix(" || true") + self.stop, row, column)

    def expression(
        self, node: ast.expr, statement: ast.stmt, depth: int, swallows: bool, name: str, decides: bool = False
    ) -> None:
        """A call: one that starts a program, ends the script, or runs a function of this file."""
        if isinstance(node, ast.Await):
            node = node.value
        while isinstance(node, ast.Attribute | ast.Subscript):
            decides = decides or (isinstance(node, ast.Attribute) and node.attr == "check_returncode")
            node = node.value
        if not isinstance(node, ast.Call):
            return
        function = self.names.full(node.func)
        if function in _EXITS:
            self.leave(node, statement, depth, swallows)
            return
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("check_returncode", "wait", "communicate"):
            held = node.func.value
            if isinstance(held, ast.Name) and held.id in self.results and node.func.attr == "check_returncode":
                self.pass_on(held.id)
            elif isinstance(held, ast.Call):
                self.expression(held, statement, depth, swallows, name, node.func.attr == "check_returncode")
            return
        started = self.started(node)
        if started is not None:
            command, checked = started
            self.found = True
            if command.startswith("\n"):  # text that is no command with a result, such as a change of folder
                self.script.add(command[1:], node)
                return
            fails = (checked or decides) and not swallows
            if name:
                self.results[name] = len(self.script.lines)
            self.script.add(f"{command}{self.stop if fails else ' || true'}", node)
            return
        definition = self.names.functions.get(function)
        if definition is not None and function not in self.active and depth < MAX_DEPTH:
            self.active.add(function)
            self.body(definition.body, depth + 1, swallows)
            self.active.discard(function)

    def leave(self, node: ast.Call, statement: ast.stmt, depth: int, swallows: bool) -> None:
        """``sys.exit(value)``: nothing, a number, or the result of a command.

        ``os.system`` gives a wait status, 256 for exit code 1, of which ``sys.exit`` keeps the low byte: 0.
        """
        value = node.args[0] if node.args else None
        if isinstance(value, ast.Attribute):
            value = value.value  # result.returncode
        if isinstance(value, ast.Call) and self.started(value) is not None:
            lost = self.names.full(value.func) in _SYSTEM
            self.expression(value, statement, depth, swallows or lost, "", decides=not lost)
            self.script.add("exit 0", node)
        elif isinstance(value, ast.Name) and value.id in self.results:
            if not swallows:
                self.pass_on(value.id)
            self.script.add("exit 0", node)
        elif isinstance(value, ast.Call):
            outer, self.returning = self.returning, True
            self.expression(value, statement, depth, swallows, "", decides=True)
            self.returning = outer
        elif not swallows and (value is None or isinstance(value, ast.Constant)):
            zero = value is None or value.value in (0, None, False)
            self.script.add("exit 0" if zero else "exit 1", node)

    def shell_code(self, text: str) -> str:
        """The text that a shell gets as code."""
        return text

    def environment(self, node: ast.expr | None, depth: int = 0) -> str:
        """The variables that a program is started with, as assignments before its name."""
        if node is None or depth > 4:
            return ""
        if isinstance(node, ast.Name) and node.id in self.names.values:
            return self.environment(self.names.values[node.id], depth + 1)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return self.environment(node.left, depth + 1) + self.environment(node.right, depth + 1)
        pairs: list[tuple[str, ast.expr]] = []
        if isinstance(node, ast.Dict):
            pairs = [(key.value, value) for key, value in zip(node.keys, node.values, strict=True)
                     if isinstance(key, ast.Constant) and isinstance(key.value, str)]  # fmt: skip
        elif isinstance(node, ast.Call) and self.names.full(node.func) == "dict":
            pairs = [(item.arg, item.value) for item in node.keywords if item.arg]
        return "".join(f"{name}={quote(self.names.word(value))} " for name, value in pairs if name.isidentifier())

    def started(self, node: ast.Call) -> tuple[str, bool] | None:
        """(shell command, whether a failure raises) of a call that starts a program, None for others."""
        if self.special is not None:
            special = self.special(node)
            if special is not None:
                return special, True
        function = self.names.full(node.func)
        keywords = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
        if function in _PYTEST:
            words = self.names.words(node.args[0]) if node.args else []
            return command_of(["pytest", *(words if words is not None else [UNKNOWN])]), False
        if function in _SYSTEM and node.args:
            return f"sh -c {quote(self.names.word(node.args[0]))}", False
        if function != "subprocess.run" and function not in _CHECKED and function not in _UNCHECKED:
            return None
        arguments = node.args[0] if node.args else keywords.get("args")
        if arguments is None:
            return None
        words = self.names.words(arguments)
        if _is_true(keywords.get("shell")) or function.startswith("subprocess.get"):
            code = self.names.word(arguments) if words is None else command_of(words)
            command = f"sh -c {quote(self.shell_code(code))}"
        elif words is not None:
            command = command_of(words)
        else:
            command = quote(self.names.word(arguments))
        command = f"{self.environment(keywords.get('env'))}{command}"
        if "cwd" in keywords:
            command = f"(cd {quote(self.names.word(keywords['cwd']))} && {command})"
        return command, function in _CHECKED or (function == "subprocess.run" and _is_true(keywords.get("check")))


def _function(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _is_main(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def _leaves(body: list[ast.stmt], returning: bool) -> bool:
    """Whether a block ends the script as failed, as far as its own statements tell."""
    for node in body:
        if isinstance(node, ast.Raise):
            return True
        value: ast.expr | None = None
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and dotted(node.value.func) in _EXITS:
            value = node.value.args[0] if node.value.args else None
        elif isinstance(node, ast.Return) and returning:
            value = node.value
        if value is not None:
            return not (isinstance(value, ast.Constant) and value.value in (0, None, False))
    return False


def read_python_script(file: FileText) -> ScriptFile | None:
    """The commands that a Python script starts, None when it starts none that can be seen."""
    if "subprocess" not in file.text and "os." not in file.text and "pytest" not in file.text:
        return None
    tree = parse_python(file.text)
    if tree is None:
        return None
    script = Script(file)
    reader = CommandReader(Names.of(tree), script)
    try:
        reader.body(tree.body)
    except RecursionError:
        return None
    if not reader.found:
        return None
    return ScriptFile(file.source.path, script.text(), Shell("python", True, False))
