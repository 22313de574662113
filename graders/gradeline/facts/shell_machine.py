"""Runs a shell script symbolically: which commands are reached, and what the script's status is.

Nothing is executed.  Every external command is assumed to succeed, except those the experiment
makes fail; questions without a known answer go to the world's oracle.  Asking "does the script
still succeed when pytest fails?" is then one more run, which is how ``|| true``, a pipe without
pipefail, ``set +e``, ``&`` and every other way to lose an exit status are all seen by one mechanism.

Semantics follow the POSIX shell language (IEEE Std 1003.1, Shell Command Language, ``set -e``) and
the Bash Reference Manual (``pipefail``, ``PIPESTATUS``, ``inherit_errexit``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from gradeline.facts.shell_state import HIDDEN, Expander, ShellState
from gradeline.facts.shell_test import check_test
from gradeline.facts.worlds import Oracle
from gradeline.model.pipeline import Shell
from gradeline.model.project import Project
from gradeline.model.text import Text
from gradeline.records import field, record
from gradeline.source import Span
from gradeline.syntax import shell_nodes as sh

if TYPE_CHECKING:
    from gradeline.facts.traces import Trace

MAX_COMMANDS = 4000
MAX_DEPTH = 24
MAX_VALUE = 4096
MAX_LOOP = 24


@record
class Frame:
    """How a command was reached: the words that lead into the next text, and where they are."""

    text: str
    span: Span


@record
class Invocation:
    """One external command of one run, after expansion.  ``words`` may contain ``HIDDEN``."""

    key: str
    words: tuple[str, ...]
    environment: tuple[tuple[str, str | None], ...]
    directory: str
    span: Span
    trail: tuple[Frame, ...]
    status: int
    tested: bool  # its status is looked at by the script (if, &&, ||, !)
    opaque: str = ""  # why what it runs cannot be seen
    installs: tuple[object, ...] = ()  # what the wrappers around it install first


@record
class ScriptRun:
    """One world of one script.  ``published`` are the lines written to a channel, None for a line
    that is not known: ``("output", "docs=true")``."""

    status: int
    invocations: tuple[Invocation, ...]
    published: tuple[tuple[str, str | None], ...]
    cut: bool  # a bound was reached, so something may be missing
    work: int = 0  # commands and compound commands that were simulated
    touched: frozenset[str] = frozenset()  # channels that a command which ran was given, by whatever way


@record
class Setting:
    """What surrounds a script: the repository, its variables and the values of its expressions."""

    project: Project
    variables: Mapping[str, str]
    channels: Mapping[str, str]
    placeholder: Callable[[int], str | None]
    fails: Callable[[str], bool]
    predicate: Callable[[tuple[str | None, ...], Mapping[str, str | None]], bool]
    # whether a command is asked for its answer (grep, git diff --quiet) rather than for its work
    follow: Callable[[tuple[str | None, ...], Mapping[str, str | None], str], Follow | None]
    directory: str = ""
    trace: Trace | None = None  # tells values that are not known apart


@record
class Follow:
    """What a command leads to: another command, a text, a script file or recipes of a task runner."""

    kind: str  # command, text, stdin, file, recipe
    words: tuple[str | None, ...] = ()
    text: str | None = None
    path: str = ""
    runner: str = ""
    environment: Mapping[str, str | None] = field(default_factory=dict)
    keys: tuple[tuple[str, str], ...] = ()  # recipes to run, as the project names them
    overrides: Mapping[str, str | None] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()
    errexit: bool = False
    pipefail: bool = False
    passes_status: bool = True
    ignores_errors: bool = False  # of recipes: the runner goes on after a line that failed
    replaces: bool = False  # nothing after it runs
    directory: str | None = None  # the folder the wrapper changes to, seen from the current one
    maybe: bool = False  # the file is not in the repository, but the job may have written it
    absolute: bool = False  # ``path`` is relative to the repository, not to the current folder
    positions: tuple[int | None, ...] = ()  # index of each of ``words`` in the outer command
    install: object | None = None  # what the wrapper itself installs first
    counts: bool = False  # the command is work of its own as well, such as one that trains by running stages
    opaque: str = ""


class _Exit(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


class _Return(_Exit):
    pass


class _Loop(Exception):
    def __init__(self, levels: int, again: bool) -> None:
        self.levels = levels
        self.again = again


def parse(text: str) -> sh.Script:
    """The tree of a script."""
    from gradeline.syntax.shell import parse as parse_shell

    return parse_shell(text)


def run_script(text: Text, shell: Shell, setting: Setting, oracle: Oracle, prefix: str) -> ScriptRun:
    """Simulate ``text`` in one world.  ``prefix`` makes the keys of its invocations unique."""
    machine = Machine(setting, oracle)
    state = ShellState(
        variables=dict(setting.variables),
        exported=set(setting.variables),
        directory=setting.directory,
        errexit=shell.errexit,
        pipefail=shell.pipefail,
    )
    status = machine.run_text(text, state, prefix, ())
    return ScriptRun(
        status,
        tuple(machine.invocations),
        tuple(machine.published),
        machine.cut,
        machine.work,
        frozenset(machine.touched),
    )


class Machine:
    def __init__(self, setting: Setting, oracle: Oracle) -> None:
        self.setting = setting
        self.oracle = oracle
        self.invocations: list[Invocation] = []
        self.published: list[tuple[str, str | None]] = []
        self.touched: set[str] = set()
        self.cut = False
        self.work = 0
        self._questions: dict[str, int] = {}

    def run_text(self, text: Text, state: ShellState, key: str, trail: tuple[Frame, ...]) -> int:
        """Run a whole script in ``state``; ``exit`` ends it and its EXIT trap runs."""
        if len(trail) > MAX_DEPTH:
            self.cut = True
            return 0
        run = _Run(self, text, state, key, trail)
        try:
            status = run.sequence(parse(text.raw).body)
        except _Exit as stop:
            status = stop.status
        except _Loop:
            status = 0
        if state.exit_trap:
            state.status = status
            trap, state.exit_trap = state.exit_trap, None
            state.errexit = False
            try:
                run.nested(trap, text.span)
            except _Exit as stop:
                return stop.status
        return status

    def count(self) -> bool:
        self.work += 1
        if self.work > MAX_COMMANDS:
            self.cut = True
        return not self.cut

    def question(self, key: str) -> str:
        """The same question asked again in a loop is a new question."""
        number = self._questions.get(key, 0)
        self._questions[key] = number + 1
        return f"{key}#{number}" if number else key


class _Run:
    """One text being run: knows how offsets of that text map to places in files."""

    def __init__(self, machine: Machine, text: Text, state: ShellState, key: str, trail: tuple[Frame, ...]) -> None:
        self.machine = machine
        self.text = text
        self.state = state
        self.key = key
        self.trail = trail
        self.tested = 0
        self.iteration = ""
        self.depth = 0
        self.carried: tuple[object, ...] = ()
        self.substitutions: list[int] = []  # statuses of the $(...) of the command at hand
        self.channels = [item for item in machine.setting.channels.items() if item[0] in text.raw]
        self.printed: list[str | None] | None = None  # what a group around it wrote so far, None where not known
        placeholder = machine.setting.placeholder if not trail else (lambda _: None)
        self.expander = Expander(
            state, placeholder, self.substitute, machine.setting.project.matching, machine.setting.trace
        )

    # -- structure ---------------------------------------------------------------------------

    def sequence(self, body: sh.Sequence) -> int:
        status = 0
        for item in body.items:
            if item.background:
                status = self.in_subshell(lambda item=item: self.node(item.node))  # type: ignore[misc]
                self.state.background.append(status)
                status = 0
                self.state.status = 0
                continue
            status = self.node(item.node)
            self.state.status = status
        return status

    def node(self, node: sh.Node) -> int:
        self.depth += 1
        try:
            if self.depth > 200 or not self.machine.count():
                self.machine.cut = True
                return 0
            return self._node(node)
        finally:
            self.depth -= 1

    def _node(self, node: sh.Node) -> int:
        if isinstance(node, sh.Simple):
            return self.checked(self.simple(node))
        if isinstance(node, sh.Group | sh.If | sh.While | sh.For | sh.Case) and node.redirects:
            return self.collected(node.redirects, lambda: self._compound(node))
        return self._compound(node)

    def _compound(self, node: sh.Node) -> int:
        if isinstance(node, sh.AndOr):
            return self.and_or(node)
        if isinstance(node, sh.Pipeline):
            return self.pipeline(node)
        if isinstance(node, sh.Sequence):
            return self.sequence(node)
        if isinstance(node, sh.If):
            return self.branch(node)
        if isinstance(node, sh.Group):
            if not node.subshell:
                return self.sequence(node.body)
            return self.checked(self.in_subshell(lambda: self.sequence(node.body)))
        if isinstance(node, sh.While):
            return self.loop_while(node)
        if isinstance(node, sh.For):
            return self.loop_for(node)
        if isinstance(node, sh.Case):
            return self.case(node)
        if isinstance(node, sh.Function):
            self.state.functions[node.name] = node
            return 0
        if isinstance(node, sh.Test):
            self.expander.unset.clear()
            return self.checked(self.test([self.expander.text(token) for token in node.tokens], True, node))
        if isinstance(node, sh.Arithmetic):
            return self.checked(0 if self.ask(node, f"(({node.text}))") else 1)
        return 0

    def collected(self, redirects: tuple[sh.Redirect, ...], run: Callable[[], int]) -> int:
        """Run something whose output as a whole is redirected, as in ``{ echo a; echo b; } >> "$FILE"``."""
        outer, self.printed = self.printed, []
        try:
            return run()
        finally:
            printed, self.printed = self.printed, outer
            self.redirects(redirects, "".join(f"{HIDDEN}\n" if text is None else text for text in printed))

    def aside(self, run: Callable[[], int]) -> int:
        """Run something whose output goes elsewhere: into a pipe or a substitution."""
        outer, self.printed = self.printed, None
        try:
            return run()
        finally:
            self.printed = outer

    def checked(self, status: int) -> int:
        """Apply ``set -e``: outside of tested positions a failure ends the shell."""
        self.state.status = status
        if status != 0 and self.state.errexit and self.tested == 0:
            raise _Exit(status)
        return status

    def as_test(self, run: Callable[[], int]) -> int:
        self.tested += 1
        try:
            return run()
        finally:
            self.tested -= 1

    def in_subshell(self, run: Callable[[], int], errexit: bool = True) -> int:
        outer, self.state = self.state, self.state.copy()
        self.expander._state = self.state
        if not errexit:
            self.state.errexit = False
        try:
            return run()
        except _Exit as stop:
            return stop.status
        except _Loop:
            return 0
        finally:
            self.state = outer
            self.expander._state = outer

    def and_or(self, node: sh.AndOr) -> int:
        # A long chain leans to the left: walk it without recursion.
        chain: list[sh.AndOr] = []
        left: sh.Node = node
        while isinstance(left, sh.AndOr):
            chain.append(left)
            left = left.left
        status = self.as_test(lambda: self.node(left))
        for position, link in enumerate(reversed(chain)):
            self.state.status = status
            if (status == 0) != (link.operator == "&&"):
                continue
            right = link.right
            last = position == len(chain) - 1
            status = self.node(right) if last else self.as_test(lambda right=right: self.node(right))  # type: ignore[misc]
        return status

    def pipeline(self, node: sh.Pipeline) -> int:
        if len(node.commands) == 1 and node.negated:
            status = self.as_test(lambda: self.node(node.commands[0]))
            return 0 if status else 1
        statuses = []
        for position, command in enumerate(node.commands):
            follower = node.commands[position + 1] if position + 1 < len(node.commands) else None
            script = self.piped_script(command, follower)
            # Each element is a shell of its own, in which ``set -e`` still holds.
            element = partial(self.node, command)
            statuses.append(self.in_subshell(element if follower is None else partial(self.aside, element)))
            if script is not None and follower is not None:
                span = self.span(command)
                statuses.append(self.in_subshell(lambda script=script, span=span: self.nested(script, span)))  # type: ignore[misc]
                break
        self.state.pipe_statuses = tuple(statuses)
        status = statuses[-1]
        if self.state.pipefail:
            status = next((code for code in reversed(statuses) if code), 0)
        if node.negated:
            return 0 if status else 1
        return self.checked(status)

    def piped_script(self, command: sh.Node, follower: sh.Node | None) -> str | None:
        """The text of ``echo '...' | bash``, which is code, not output."""
        if not (isinstance(command, sh.Simple) and isinstance(follower, sh.Simple) and follower.words):
            return None
        receiver = [field for word in follower.words for field in self.expander.fields(word)]
        if receiver not in (
            ["bash"],
            ["sh"],
            ["bash", "-s"],
            ["sh", "-s"],
            ["bash", "-e"],
            ["sh", "-e"],
            ["bash", "-"],
        ):
            return None
        words = [field for word in command.words for field in self.expander.fields(word)]
        if words[:1] in (["echo"], ["printf"]) and not any(HIDDEN in word for word in words):
            return " ".join(word for word in words[1:] if not word.startswith("-"))
        return None

    def branch(self, node: sh.If) -> int:
        for condition, body in node.branches:
            if self.as_test(lambda condition=condition: self.sequence(condition)) == 0:  # type: ignore[misc]
                return self.sequence(body)
        return self.sequence(node.otherwise) if node.otherwise is not None else 0

    def loop_while(self, node: sh.While) -> int:
        status = 0
        for turn in range(3):
            asked = len(self.machine.oracle.taken)
            outcome = self.as_test(lambda: self.sequence(node.condition))
            if (outcome == 0) == node.until:
                break
            if turn == 2:
                if node.until and len(self.machine.oracle.taken) == asked:
                    status = self.checked(124)  # waits for something that never comes, until a limit ends it
                break
            try:
                status = self.sequence(node.body)
            except _Loop as jump:
                if jump.levels > 1:
                    raise _Loop(jump.levels - 1, jump.again) from None
                if not jump.again:
                    break
        return status

    def loop_for(self, node: sh.For) -> int:
        values: list[str] = []
        if node.words is None:
            values = list(self.state.positional) or [HIDDEN]
        else:
            values = [field for word in node.words for field in self.expander.fields(word)]
        if any(HIDDEN in value for value in values):
            values = values * 2  # how many turns is open: two show what a later turn can hide
        status = 0
        outer = self.iteration
        for turn, value in enumerate(values[:MAX_LOOP]):
            self.state.variables[node.variable] = value
            self.iteration = f"{outer}@{turn}" if HIDDEN in value else outer
            try:
                status = self.sequence(node.body)
            except _Loop as jump:
                if jump.levels > 1:
                    raise _Loop(jump.levels - 1, jump.again) from None
                if not jump.again:
                    break
            finally:
                self.iteration = outer
        return status

    def case(self, node: sh.Case) -> int:
        from fnmatch import fnmatchcase

        self.expander.unset.clear()
        subject = self.expander.text(node.subject)
        falling = False
        for number, arm in enumerate(node.arms):
            patterns = [self.expander.text(pattern) for pattern in arm.patterns]
            if falling or any(pattern == "*" for pattern in patterns):
                matches = True
            elif HIDDEN in subject or any(HIDDEN in pattern for pattern in patterns):
                matches = self.ask(node, f"case {number}: {' | '.join(patterns)}")
            else:
                matches = any(fnmatchcase(subject, pattern) for pattern in patterns)
            if matches:
                status = self.sequence(arm.body)
                if not arm.falls_through:
                    return status
                falling = True
        return 0

    def ask(self, node: sh.Node, what: str) -> bool:
        """Whether something unknown is true in this world."""
        question = self.machine.question(f"{self.key}:{node.start}{self.iteration}:{what}")
        span = self.span(node)
        return self.machine.oracle.decide(
            f"`{self.source(node)}` is true at {span.path}:{span.line} [{question}]", span, *self.expander.unset[:1]
        )

    # -- commands ----------------------------------------------------------------------------

    def simple(self, node: sh.Simple) -> int:
        for name, channel in self.channels:
            if name in self.text.raw[node.start : node.end]:
                self.machine.touched.add(channel)
        substituted: list[int] = []
        self.substitutions = substituted
        for assignment in node.assignments:
            if node.words:
                continue
            value = HIDDEN if assignment.elements is not None else self.expander.text(assignment.value)
            if assignment.elements is not None:
                value = " ".join(field for word in assignment.elements for field in self.expander.fields(word))
            self.assign(assignment.name, value, assignment.append)
        if not node.words:
            self.redirects(node.redirects, "")
            return substituted[-1] if substituted else 0
        words: list[str] = []
        starts: list[tuple[int, int]] = []
        self.expander.unset.clear()
        for word in node.words:
            for text in self.expander.fields(word):
                words.append(text)
                starts.append((word.start, word.end))
        if not words:
            return substituted[-1] if substituted else 0
        environment = {assignment.name: self.expander.text(assignment.value) for assignment in node.assignments}
        return self.command(words, environment, node, starts)

    def assign(self, name: str, value: str, append: bool = False) -> None:
        if append:
            value = self.state.variables.get(name, "") + value
        self.state.variables[name] = value if len(value) <= MAX_VALUE else HIDDEN

    def command(self, words: list[str], extra: dict[str, str], node: sh.Simple, places: list[tuple[int, int]]) -> int:
        from gradeline.facts.shell_builtins import BUILTINS

        name = words[0]
        if name in self.state.functions:
            function = self.state.functions[name]
            if not node.redirects:
                return self.call_function(function, words[1:])
            return self.collected(node.redirects, lambda: self.call_function(function, words[1:]))
        builtin = BUILTINS.get(name)
        if builtin is not None:
            # Assignments before a builtin last as long as it does; none of ours reads them.
            output = builtin(self, words[1:], node)
            self.redirects(node.redirects, output.text)
            return output.status
        self.redirects(node.redirects, None)
        return self.external(words, extra, node, places, self.trail, self.key, 0)

    def call_function(self, function: sh.Function, arguments: list[str]) -> int:
        if self.depth > 60:
            self.machine.cut = True
            return 0
        outer = self.state.positional
        outer_key = self.key
        self.state.positional = tuple(arguments)
        self.key = f"{outer_key}/{function.name}({' '.join(arguments)})"
        try:
            return self.node(function.body)
        except _Return as stop:
            return stop.status
        finally:
            self.state.positional = outer
            self.key = outer_key

    def external(
        self,
        words: list[str],
        extra: dict[str, str],
        node: sh.Simple,
        places: list[tuple[int, int]],
        trail: tuple[Frame, ...],
        key: str,
        nesting: int,
    ) -> int:
        """A command that is not part of the shell: follow it as far as the files go, then record it."""
        environment = self.state.environment()
        environment.update({name: None if HIDDEN in value else value for name, value in extra.items()})
        argv = tuple(words)
        follow = None
        inside = 0
        if nesting < MAX_DEPTH:
            follow = self.machine.setting.follow(argv, environment, self.state.directory)
        if follow is not None and self.can_follow(follow, node):
            carried, self.carried = self.carried, (*self.carried, *([follow.install] if follow.install else []))
            try:
                status = self.followed(follow, words, extra, node, places, trail, key, nesting)
            finally:
                self.carried = carried
            status = status if follow.passes_status else 0
            if follow.replaces:
                raise _Exit(status)
            if not follow.counts:
                return status
            inside = status
        span = self.text.at(places[0][0], places[-1][1]) if places else self.span(node)
        identity = f"{key}:{node.start}{self.iteration}:{' '.join(words)}"
        status = inside or self.outcome(identity, argv, environment, node)
        self.machine.invocations.append(
            Invocation(
                identity,
                argv,
                tuple(sorted(environment.items())),
                self.state.directory,
                span,
                trail,
                status,
                self.tested > 0,
                self.unseen(follow, words[0]),
                self.carried,
            )
        )
        return status

    def can_follow(self, follow: Follow, node: sh.Simple) -> bool:
        if follow.opaque:
            return False
        if follow.kind == "stdin":
            return self.heredoc(node) is not None
        if follow.kind == "file" and follow.maybe:
            return join_path(self.state.directory, follow.path) in self.state.files
        return True

    def unseen(self, follow: Follow | None, program: str) -> str:
        """Why what a command runs cannot be seen, or nothing."""
        if follow is None:
            return "which command runs is computed at run time" if HIDDEN in program.rsplit("/", 1)[-1] else ""
        if follow.opaque:
            return follow.opaque
        if follow.maybe and follow.runner in ("", "bash", "sh"):
            return f"the script {follow.path} is not in the submission"
        return ""

    def outcome(
        self, identity: str, argv: tuple[str | None, ...], environment: Mapping[str, str | None], node: sh.Simple
    ) -> int:
        if self.machine.setting.fails(identity):
            return 1
        if self.tested and self.machine.setting.predicate(argv, environment):
            return 0 if self.ask(node, " ".join(word or "?" for word in argv)) else 1
        return 0

    def followed(
        self,
        follow: Follow,
        words: list[str],
        extra: dict[str, str],
        node: sh.Simple,
        places: list[tuple[int, int]],
        trail: tuple[Frame, ...],
        key: str,
        nesting: int,
    ) -> int:
        added = {name: HIDDEN if value is None else value for name, value in follow.environment.items()}
        if follow.kind == "command":
            inner = [HIDDEN if word is None else word for word in follow.words]
            inner_places = [places[at] for at in follow.positions if at is not None and at < len(places)]
            before = self.state.directory
            if follow.directory is not None:
                self.state.directory = join_path(before, follow.directory)
            try:
                return self.external(inner, {**extra, **added}, node, inner_places or places, trail, key, nesting + 1)
            finally:
                self.state.directory = before
        frame = Frame(" ".join(words), self.span(node))
        if len(trail) >= MAX_DEPTH:
            self.machine.cut = True
            return 0
        child = self.state.copy()
        child.functions = {}
        child.errexit, child.pipefail = follow.errexit, follow.pipefail
        child.variables.update(extra)
        child.variables.update(added)
        child.exported.update(extra)
        child.exported.update(added)
        inner_trail = (*trail, frame)
        inner_key = f"{key}:{node.start}{self.iteration}"
        if follow.kind == "text" and follow.text is not None:
            text = self.inner_text(follow.text, self.span(node))
            child.positional = tuple(HIDDEN if word is None else word for word in follow.words)
            return self.machine.run_text(text, child, inner_key, inner_trail)
        if follow.kind == "stdin":
            text = self.inner_text(self.heredoc(node) or "", self.span(node))
            return self.machine.run_text(text, child, inner_key, inner_trail)
        if follow.kind == "file":
            return self.run_file(follow, child, inner_key, inner_trail, node)
        return self.run_recipes(follow, child, inner_key, inner_trail)

    def inner_text(self, text: str, span: Span) -> Text:
        return Text(text, span)

    def run_file(self, follow: Follow, child: ShellState, key: str, trail: tuple[Frame, ...], node: sh.Simple) -> int:
        child.positional = tuple(HIDDEN if word is None else word for word in follow.words)
        path = follow.path if follow.absolute else join_path(self.state.directory, follow.path)
        written = self.state.files.get(path)
        if written is not None:
            return self.machine.run_text(self.inner_text(written, self.span(node)), child, key, trail)
        return self.machine.run_text(self.machine.setting.project.scripts[path].text, child, f"{key}>{path}", trail)

    def run_recipes(self, follow: Follow, child: ShellState, key: str, trail: tuple[Frame, ...]) -> int:
        done: set[tuple[str, str]] = {("", name) for name in follow.skipped}
        child.variables.update({name: HIDDEN if value is None else value for name, value in follow.overrides.items()})
        for wanted in follow.keys:
            status = self.recipe(wanted, child, key, trail, done, 0, follow.ignores_errors)
            if status:
                return status
        return 0

    def recipe(
        self,
        wanted: tuple[str, str],
        child: ShellState,
        key: str,
        trail: tuple[Frame, ...],
        done: set[tuple[str, str]],
        depth: int,
        goes_on: bool,
    ) -> int:
        runner, name = wanted
        if wanted in done or ("", name) in done or depth > MAX_DEPTH:
            return 0
        done.add(wanted)
        recipe = self.machine.setting.project.recipes.get(wanted)
        if recipe is None or recipe.opaque:
            reason = recipe.opaque if recipe is not None else f"{runner} {name} is not defined in the submission"
            self.machine.invocations.append(
                Invocation(
                    f"{key}:{runner}:{name}",
                    (runner, name),
                    (),
                    self.state.directory,
                    recipe.span if recipe is not None else trail[-1].span,
                    trail,
                    0,
                    False,
                    reason,
                )
            )
            return 0
        for needed in recipe.needs:
            status = self.recipe((runner, needed), child, key, trail, done, depth + 1, goes_on)
            if status:
                return status
        step = (*trail, Frame(f"{runner} {name}".strip(), recipe.span))
        for number, line in enumerate(recipe.lines):
            state = child.copy()
            state.errexit, state.pipefail = line.shell.errexit, line.shell.pipefail
            state.directory = recipe.directory or child.directory
            for variable, value in sorted(recipe.env.items()):
                state.variables[variable] = value
                state.exported.add(variable)
            status = self.machine.run_text(line.text, state, f"{key}:{runner}:{name}:{number}", step)
            if status and not line.ignores_errors and not goes_on:
                return status
        return 0

    def nested(self, script: str, span: Span) -> int:
        """Run text in this very shell, as ``eval`` and traps do."""
        if len(self.trail) >= MAX_DEPTH or self.depth > 150:
            self.machine.cut = True
            return 0
        inner = _Run(
            self.machine, self.inner_text(script, span), self.state, f"{self.key}+", (*self.trail, Frame("eval", span))
        )
        inner.tested = self.tested
        inner.printed = self.printed
        inner.depth = self.depth
        return inner.sequence(parse(script).body)

    def source_file(self, path: str, node: sh.Simple) -> int:
        """``source FILE``: the file's commands run in this very shell."""
        joined = join_path(self.state.directory, path)
        script = self.machine.setting.project.scripts.get(joined)
        if script is None or len(self.trail) >= MAX_DEPTH:
            return 0
        frame = Frame(f"source {path}", self.span(node))
        inner = _Run(self.machine, script.text, self.state, f"{self.key}>{joined}", (*self.trail, frame))
        inner.tested = self.tested
        inner.printed = self.printed
        inner.depth = self.depth
        try:
            return inner.sequence(parse(script.text.raw).body)
        except _Return as stop:
            return stop.status

    def test(self, words: list[str], extended: bool, node: sh.Node) -> int:
        known = check_test(words, self.exists, extended)
        if known is None:
            known = self.ask(node, " ".join(words))
        return 0 if known else 1

    def exists(self, path: str) -> bool | None:
        """Files of the repository exist; others may have been made by an earlier command."""
        return True if self.machine.setting.project.has(join_path(self.state.directory, path)) else None

    def substitute(self, body: sh.Sequence) -> str:
        before = len(self.machine.invocations)
        statuses = self.substitutions  # the body runs commands of its own, which use the same attribute
        status = self.in_subshell(lambda: self.aside(lambda: self.as_test_free(body)), errexit=False)
        self.substitutions = statuses
        statuses.append(status)
        trace = self.machine.setting.trace
        if trace is None:
            return HIDDEN
        words = tuple(item.words for item in self.machine.invocations[before:])
        return trace.command(words, self.given(body), self.text.raw[body.start : body.end])

    def given(self, body: sh.Sequence) -> dict[str, str]:
        """The variables and expressions that a command substitution mentions, with their values."""
        from gradeline.facts.script_shape import walk

        nodes = [node for node in walk(body) if isinstance(node, sh.Simple)]
        words = [word for node in nodes for word in node.words]
        redirects = [one for node in nodes for one in node.redirects]
        words += [word for one in redirects for word in (one.body, one.target) if word is not None]
        parts = [part for word in words for part in word.parts]
        found = {part.name: sh.Parameter(part.name) for part in parts if isinstance(part, sh.Parameter)}
        values = {name: self.expander.part(part) for name, part in sorted(found.items())}
        holes = {part.number: part for part in parts if isinstance(part, sh.Placeholder)}
        return values | {f"#{number}": self.expander.part(part) for number, part in sorted(holes.items())}

    def as_test_free(self, body: sh.Sequence) -> int:
        outer, self.tested = self.tested, 0
        try:
            return self.sequence(body)
        finally:
            self.tested = outer

    def redirects(self, redirects: tuple[sh.Redirect, ...], output: str | None) -> None:
        """Remember what is written to a channel of the platform or to a file that may be run later."""
        shown = True
        for redirect in redirects:
            if redirect.operator not in (">", ">>", "&>", "&>>", ">|") or redirect.target is None:
                continue
            if redirect.fd not in (None, 1):
                continue
            shown = False
            channel = self.channel(redirect.target)
            body = output
            if channel is not None:
                self.machine.touched.add(channel)
                lines = [HIDDEN] if body is None else body.splitlines()
                self.machine.published.extend((channel, None if line == HIDDEN else line) for line in lines)
                continue
            path = self.expander.text(redirect.target)
            if HIDDEN not in path and path != "/dev/null":
                joined = join_path(self.state.directory, path)
                if body is None or HIDDEN in body:
                    self.state.files.pop(joined, None)
                else:
                    before = self.state.files.get(joined, "") if redirect.operator in (">>", "&>>") else ""
                    self.state.files[joined] = (before + body)[: MAX_VALUE * 4]
        if shown and self.printed is not None:
            self.printed.append(output)

    def channel(self, target: sh.Word) -> str | None:
        names = [part.name for part in target.parts if isinstance(part, sh.Parameter)]
        return self.machine.setting.channels.get(names[0]) if len(names) == 1 and len(target.parts) == 1 else None

    def heredoc(self, node: sh.Simple) -> str | None:
        """The text a command receives on standard input, when the script itself gives it."""
        for redirect in reversed(node.redirects):
            if redirect.operator in ("<<", "<<-", "<<<"):
                return self.expander.text(redirect.body)
        return None

    def span(self, node: sh.Node) -> Span:
        return self.text.at(node.start, node.end)

    def source(self, node: sh.Node) -> str:
        written = " ".join(self.text.raw[node.start : node.end].split())
        return written if len(written) <= 60 else written[:57] + "..."


def join_path(directory: str, path: str) -> str:
    """``path`` seen from ``directory``, relative to the repository root; ``..`` is resolved."""
    if path.startswith("/"):
        return path
    parts: list[str] = []
    for part in f"{directory}/{path}".split("/"):
        if part == "..":
            if parts:
                parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
