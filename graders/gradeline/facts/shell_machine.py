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

from gradeline.facts.kept import Exported
from gradeline.facts.shell_assumed import calculated, given_to
from gradeline.facts.shell_commands import Commands
from gradeline.facts.shell_plain import exported, plain_run
from gradeline.facts.shell_records import MAX_DEPTH, Exit, Frame, Invocation, Loop, ScriptRun, Setting, parse
from gradeline.facts.shell_state import HIDDEN, ShellState
from gradeline.facts.shell_turns import counted
from gradeline.facts.worlds import Oracle
from gradeline.model.pipeline import Shell
from gradeline.model.text import Text
from gradeline.syntax import shell_nodes as sh

MAX_COMMANDS = 4000
MAX_LOOP = 24


def run_script(text: Text, shell: Shell, setting: Setting, oracle: Oracle, prefix: str) -> ScriptRun:
    """Simulate ``text`` in one world.  ``prefix`` makes the keys of its invocations unique."""
    return plain_run(text, setting, prefix) or run_in_shell(text, shell, setting, oracle, prefix)


def run_in_shell(text: Text, shell: Shell, setting: Setting, oracle: Oracle, prefix: str) -> ScriptRun:
    """The same, whatever the script is."""
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
        self._environment: tuple[Mapping[str, str], Exported | None] = (setting.variables, setting.exported)

    def run_text(self, text: Text, state: ShellState, key: str, trail: tuple[Frame, ...]) -> int:
        """Run a whole script in ``state``; ``exit`` ends it and its EXIT trap runs."""
        if len(trail) > MAX_DEPTH:
            self.cut = True
            return 0
        run = _Run(self, text, state, key, trail)
        try:
            status = run.sequence(parse(text.raw).body)
        except Exit as stop:
            status = stop.status
        except Loop:
            status = 0
        if state.exit_trap:
            state.status = status
            trap, state.exit_trap = state.exit_trap, None
            state.errexit = False
            try:
                run.nested(trap, text.span)
            except Exit as stop:
                return stop.status
        return status

    def environment(self, state: ShellState) -> Exported:
        """The environment of a command that starts now: the same object for as long as nothing in it changes."""
        values = state.environment()
        before, known = self._environment
        if known is None or values != before:
            known = exported(values)
            self._environment = values, known
        return known

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


class _Run(Commands):
    """The structure of a script: lists, pipelines, branches, loops."""

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
            self.receive(node.redirects)
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
            known = calculated(self, node.text)
            if known is None:
                return self.checked(0 if self.ask(node, f"(({node.text}))") else 1)
            return self.checked(0 if known else 1)
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
        except Exit as stop:
            return stop.status
        except Loop:
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
        follows = self.machine.setting.assumed is not None
        outer = self.stdin
        for position, command in enumerate(node.commands):
            follower = node.commands[position + 1] if position + 1 < len(node.commands) else None
            script = self.piped_script(command, follower)
            # Each element is a shell of its own, in which ``set -e`` still holds.
            element = partial(self.node, command)
            if follows and follower is not None:
                status, given = self.heard(partial(self.in_subshell, element))
                statuses.append(status)
                self.stdin = given
            else:
                statuses.append(self.in_subshell(element if follower is None else partial(self.aside, element)))
            if script is not None and follower is not None:
                span = self.span(command)
                statuses.append(self.in_subshell(lambda script=script, span=span: self.nested(script, span)))  # type: ignore[misc]
                break
        self.stdin = outer
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
        if self.machine.setting.assumed is None or self.lines is not None:
            return self.turns_of(node)
        given, _ = given_to(self, node)
        self.lines = None if given is None else given.splitlines()
        try:
            return self.turns_of(node)
        finally:
            self.lines = None

    def turns_of(self, node: sh.While) -> int:
        status = 0
        turns = 3 if self.machine.setting.assumed is None else MAX_LOOP
        for turn in range(turns):
            asked = len(self.machine.oracle.taken)
            outcome = self.as_test(lambda: self.sequence(node.condition))
            if (outcome == 0) == node.until:
                break
            if turn == turns - 1:
                if turns == 3 and node.until and len(self.machine.oracle.taken) == asked:
                    status = self.checked(124)  # waits for something that never comes, until a limit ends it
                break
            try:
                status = self.sequence(node.body)
            except Loop as jump:
                if jump.levels > 1:
                    raise Loop(jump.levels - 1, jump.again) from None
                if not jump.again:
                    break
        return status

    def loop_for(self, node: sh.For) -> int:
        values: list[str] = []
        if node.words is None:
            values = list(self.state.positional) or [HIDDEN]
        elif (numbers := counted(node.words, self.expander.fields)) is not None:
            values = numbers
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
            except Loop as jump:
                if jump.levels > 1:
                    raise Loop(jump.levels - 1, jump.again) from None
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
