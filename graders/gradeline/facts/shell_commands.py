"""Simple commands of a simulated script: what they are after expansion, what they lead to, and how they end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from gradeline.facts.shell_assumed import assumed_command, computed
from gradeline.facts.shell_records import ENDS, MAX_DEPTH, Exit, Follow, Frame, Invocation, Return, join_path, parse
from gradeline.facts.shell_state import HIDDEN, Expander, ShellState
from gradeline.facts.shell_test import check_test
from gradeline.model.text import Text
from gradeline.source import Span
from gradeline.syntax import shell_nodes as sh

if TYPE_CHECKING:
    from gradeline.facts.shell_machine import Machine

MAX_VALUE = 4096


class Commands:
    """One text being run: knows how offsets of that text map to places in files.  Structure is added by ``_Run``."""

    def __init__(self, machine: Machine, text: Text, state: ShellState, key: str, trail: tuple[Frame, ...]) -> None:
        self.machine = machine
        self.text = text
        self.state = state
        self.key = key
        self.trail = trail
        self.tested = 0
        self.iteration = ""
        self.depth = 0
        self.calls = 0  # functions that are being called
        self.received: dict[int, str] = {}  # what redirects of commands at hand gave them, by where they stand
        self.carried: tuple[object, ...] = ()
        self.substitutions: list[int] = []  # statuses of the $(...) of the command at hand
        self.channels = [item for item in machine.setting.channels.items() if item[0] in text.raw]
        self.printed: list[str | None] | None = None  # what a group around it wrote so far, None where not known
        placeholder = machine.setting.placeholder if not trail else (lambda _: None)
        self.lines: list[str] | None = None  # what a loop reads line by line, where it is known
        self.answered = False  # what the command at hand says is known, so nobody has to be asked
        self.stdin: str | None = None  # what a pipe hands over, where it is known
        self.expander = Expander(
            state, placeholder, self.substitute, machine.setting.project.matching, machine.setting.trace
        )
        self.told = machine.setting.assumed is not None and bool(machine.setting.assumed.told)
        if machine.setting.assumed is not None:
            self.expander.compute = partial(computed, self)

    # -- what structure adds -------------------------------------------------------------------

    def sequence(self, body: sh.Sequence) -> int:
        raise NotImplementedError

    def node(self, node: sh.Node) -> int:
        raise NotImplementedError

    def collected(self, redirects: tuple[sh.Redirect, ...], run: Callable[[], int]) -> int:
        raise NotImplementedError

    def ask(self, node: sh.Node, what: str) -> bool:
        raise NotImplementedError

    def aside(self, run: Callable[[], int]) -> int:
        raise NotImplementedError

    def in_subshell(self, run: Callable[[], int], errexit: bool = True) -> int:
        raise NotImplementedError

    # -- commands ------------------------------------------------------------------------------

    def checked(self, status: int) -> int:
        """Apply ``set -e``: outside of tested positions a failure ends the shell."""
        self.state.status = status
        if status != 0 and self.tested == 0:
            if self.state.error_trap and (self.calls == 0 or self.state.errtrace):
                self.trapped(self.state.error_trap)
                self.state.status = status
            if self.state.errexit:
                raise Exit(status)
        return status

    def trapped(self, script: str) -> None:
        """Run the trap on errors, which does not run again for errors of its own."""
        self.state.error_trap = None
        self.nested(script, self.text.span)
        self.state.error_trap = script

    def simple(self, node: sh.Simple) -> int:
        for name, channel in self.channels:
            if name in self.text.raw[node.start : node.end]:
                self.machine.touched.add(channel)
        if node.redirects:
            self.receive(node.redirects)
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
        if self.machine.setting.assumed is not None and (name == "cat" or name not in BUILTINS):
            return assumed_command(self, self.machine.setting.assumed, words, extra, node, places)
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
        self.calls += 1
        self.state.positional = tuple(arguments)
        self.key = f"{outer_key}/{function.name}({' '.join(arguments)})"
        try:
            return self.node(function.body)
        except Return as stop:
            return stop.status
        finally:
            self.calls -= 1
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
        exported = self.machine.environment(self.state)
        environment: Mapping[str, str | None] = exported
        items = exported.items_in_order
        if extra:
            environment = {**environment, **{name: None if HIDDEN in value else value for name, value in extra.items()}}
            items = tuple(sorted(environment.items()))
        argv = tuple(words)
        follow = None
        inside = 0
        if nesting < MAX_DEPTH:
            follow = self.machine.setting.follow(argv, environment, self.state.directory)
            if follow is not None and follow.otherwise is not None and not self.can_follow(follow, node):
                follow = follow.otherwise
        if follow is not None and self.can_follow(follow, node):
            carried, self.carried = self.carried, (*self.carried, *([follow.install] if follow.install else []))
            try:
                status = self.followed(follow, words, extra, node, places, trail, key, nesting)
            finally:
                self.carried = carried
            status = status if follow.passes_status else 0
            if follow.replaces:
                raise Exit(status)
            if not follow.counts:
                return status
            inside = status
        if self.machine.setting.reports and any(
            join_path(self.state.directory, word) in self.machine.setting.reports for word in words[1:]
        ):
            self.machine.published.append(("report", None))
        span = self.text.at(places[0][0], places[-1][1]) if places else self.span(node)
        identity = f"{key}:{node.start}{self.iteration}:{' '.join(words)}"
        status = inside or self.outcome(identity, argv, environment, node)
        around = self.machine.setting.wrapped.get(words[0]) if self.machine.setting.wrapped else None
        if around is not None:
            self.machine.published.append(("output", f"{around.output}={status}"))
            status = 0 if status in around.succeeds else status
        self.machine.invocations.append(
            Invocation(
                identity,
                argv,
                items,
                self.state.directory,
                span,
                trail,
                status,
                self.tested > 0,
                self.unseen(follow, words[0]),
                self.carried,
                self.signs(extra) if self.machine.setting.trace is not None else (),
            )
        )
        return status

    def signs(self, extra: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """The variables a command gets whose values are not wholly known, with the signs of where they are from."""
        known = {name: self.state.variables[name] for name in self.state.exported if name in self.state.variables}
        return tuple(sorted((name, value) for name, value in {**known, **extra}.items() if HIDDEN in value))

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
        if self.machine.setting.endings is not None and (endings := self.machine.setting.endings(argv, environment)):
            return self.ending(identity, endings, node)
        if self.tested and not self.answered and self.machine.setting.predicate(argv, environment):
            return 0 if self.ask(node, " ".join(word or "?" for word in argv)) else 1
        return 0

    def ending(self, identity: str, endings: tuple[int, ...], node: sh.Simple) -> int:
        """With which of several statuses a command ends that tells something by them: all of them happen."""
        for status in endings:
            if self.machine.setting.fails(f"{identity}{ENDS}{status}"):
                return status
        span = self.span(node)
        for status in endings[:-1]:
            question = self.machine.question(f"{identity}{ENDS}{status}")
            sentence = f"`{self.source(node)}` ends with {status} at {span.path}:{span.line} [{question}]"
            if self.machine.oracle.decide(sentence, span, choice=True):
                return status
        return endings[-1]

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
        child.error_trap, child.errtrace = None, False
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
        inner = type(self)(
            self.machine, self.inner_text(script, span), self.state, f"{self.key}+", (*self.trail, Frame("eval", span))
        )
        inner.tested = self.tested
        inner.printed = self.printed
        inner.depth = self.depth
        inner.calls = self.calls
        return inner.sequence(parse(script).body)

    def source_file(self, path: str, node: sh.Simple) -> int:
        """``source FILE``: the file's commands run in this very shell."""
        joined = join_path(self.state.directory, path)
        script = self.machine.setting.project.scripts.get(joined)
        if script is None or len(self.trail) >= MAX_DEPTH:
            return 0
        frame = Frame(f"source {path}", self.span(node))
        inner = type(self)(self.machine, script.text, self.state, f"{self.key}>{joined}", (*self.trail, frame))
        inner.tested = self.tested
        inner.printed = self.printed
        inner.depth = self.depth
        try:
            return inner.sequence(parse(script.text.raw).body)
        except Return as stop:
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
        run = partial(self.in_subshell, partial(self.as_test_free, body), errexit=False)
        status, text = (self.aside(run), None) if self.machine.setting.assumed is None else self.heard(run)
        self.substitutions = statuses
        statuses.append(status)
        if text is not None:
            return text.rstrip("\n")
        trace = self.machine.setting.trace
        if trace is None:
            return HIDDEN
        made = self.machine.invocations[before:]
        words, places = tuple(item.words for item in made), tuple(item.span for item in made)
        return trace.command(words, self.given(body), self.text.raw[body.start : body.end], places)

    def heard(self, run: Callable[[], int]) -> tuple[int, str | None]:
        """The status of something that runs, and what it prints; None where that is not known."""
        outer, self.printed = self.printed, []
        try:
            status = run()
            known = [text for text in self.printed if text is not None]
            return status, "".join(known) if len(known) == len(self.printed) else None
        finally:
            self.printed = outer

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
                if joined in self.machine.setting.reports:
                    written = (None,) if body is None else body.splitlines()
                    self.machine.published.extend(("report", line) for line in written)
                if body is None or (HIDDEN in body and not self.told):
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
                known = self.received.get(redirect.start)
                return self.expander.text(redirect.body) if known is None else known
        return None

    def receive(self, redirects: tuple[sh.Redirect, ...]) -> None:
        """Run the substitutions in what a command is given on standard input, once and before the command."""
        for redirect in redirects:
            word = redirect.body or (redirect.target if redirect.operator == "<" else None)
            if word is not None and any(isinstance(part, sh.Substitution) for part in word.parts):
                statuses, unset = self.substitutions, list(self.expander.unset)
                self.received[redirect.start] = self.expander.text(word)
                self.substitutions, self.expander.unset[:] = statuses, unset

    def span(self, node: sh.Node) -> Span:
        return self.text.at(node.start, node.end)

    def source(self, node: sh.Node) -> str:
        written = " ".join(self.text.raw[node.start : node.end].split())
        return written if len(written) <= 60 else written[:57] + "..."
