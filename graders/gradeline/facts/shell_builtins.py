"""The shell's own commands, and the few external ones whose output or answer is certain.

Each function gets the run, the expanded arguments and the node, and gives a status and the text
it prints (None when that is not known).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gradeline.facts.shell_assumed import first_line
from gradeline.facts.shell_state import HIDDEN
from gradeline.records import record
from gradeline.syntax import shell_nodes as sh

if TYPE_CHECKING:
    from gradeline.facts.shell_commands import Commands


@record
class Output:
    status: int = 0
    text: str | None = ""


Builtin = Callable[["Commands", list[str], sh.Simple], Output]


def _number(word: str, default: int) -> int:
    return int(word) % 256 if word.isdigit() and len(word) < 10 else default


def succeed(run: Commands, arguments: list[str], node: sh.Simple) -> Output:
    return Output()


def fail(run: Commands, arguments: list[str], node: sh.Simple) -> Output:
    return Output(run.checked(1))


def echo(run: Commands, arguments: list[str], node: sh.Simple) -> Output:
    words = list(arguments)
    newline = "\n"
    while words and words[0] in ("-n", "-e", "-E", "-ne", "-en"):
        newline = "" if "n" in words[0] else newline
        words.pop(0)
    return Output(0, " ".join(words) + newline)


def printf(run: Commands, arguments: list[str], node: sh.Simple) -> Output:
    words = [word for word in arguments if word != "--"]
    if not words:
        return Output(1, None)
    pattern = words[0].replace("\\n", "\n")
    if "%" not in pattern:
        return Output(0, pattern)
    text, values = "", list(words[1:])
    pieces = pattern.split("%s")
    if any("%" in piece for piece in pieces) or HIDDEN in pattern:
        return Output(0, None)
    for index, piece in enumerate(pieces):
        text += piece
        if index + 1 < len(pieces):
            text += values.pop(0) if values else ""
    return Output(0, text)


def cat(run: Commands, arguments: list[str], node: sh.Simple) -> Output:
    if [word for word in arguments if word != "-"]:
        return Output(0, None)
    return Output(0, run.heredoc(node))


def leave(run: Commands, arguments: list[str], node: sh.Simple) -> Output:
    from gradeline.facts.shell_records import Exit

    status = run.state.status
    if arguments:
        status = _status_word(run, arguments[0], node)
    raise Exit(status)


def come_back(run: Commands, arguments: list[str], node: sh.Simple) -> Output:
    from gradeline.facts.shell_records import Return

    raise Return(_status_word(run, arguments[0], node) if arguments else run.state.status)


def _status_word(run: Commands, word: str, node: sh.Simple) -> int:
    if HIDDEN in word:
        return 1 if run.ask(node, f"status {word} is not zero") else 0
    return _number(word, 2)


def leave_loop(run: Commands, arguments: list[str], node: sh.Simple) -> Output:
    from gradeline.facts.shell_records import Loop

    raise Loop(_number(arguments[0], 1) if arguments else 1, False)


def next_turn(run: Commands, arguments: list[str], node: sh.Simple) -> Output:
    from gradeline.facts.shell_records import Loop

    raise Loop(_number(arguments[0], 1) if arguments else 1, True)


def set_options(run: Commands, arguments: list[str], node: sh.Simple) -> Output:
    words = list(arguments)
    while words:
        word = words.pop(0)
        if word == "--":
            run.state.positional = tuple(words)
            break
        if len(word) < 2 or word[0] not in "-+":
            run.state.positional = (word, *words)
            break
        on = word[0] == "-"
        for letter in word[1:]:
            if letter == "e":
                run.state.errexit = on
            elif letter == "E":
                run.state.errtrace = on
            elif letter == "n":
                run.state.noexec = on
            elif letter == "o" and words:
                option = words.pop(0)
                if option == "errexit":
                    run.state.errexit = on
                elif option == "errtrace":
                    run.state.errtrace = on
                elif option == "pipefail":
                    run.state.pipefail = on
    return Output()


def declare(run: Commands, arguments: list[str], node: sh.Simple) -> Output:
    """``export``, ``local``, ``declare``, ``readonly``: their status hides that of a substitution."""
    exports = _command_name(run, node) == "export"
    for word in arguments:
        if word.startswith("-"):
            exports = exports or "x" in word
            continue
        name, equals, value = word.partition("=")
        if HIDDEN in name:
            continue
        if equals:
            run.assign(name, value)
        elif name not in run.state.variables and not exports:
            run.assign(name, "")
        if exports:
            run.state.exported.add(name)
    return Output()


def unset(run: Commands, arguments: list[str], node: sh.Simple) -> Output:
    for word in arguments:
        if word == "-f":
            continue
        if word in run.state.functions:
            del run.state.functions[word]
        else:
            run.state.variables[word] = ""
            run.state.exported.discard(word)
    return Output()


def shift(run: Commands, arguments: list[str], node: sh.Simple) -> Output:
    run.state.positional = run.state.positional[_number(arguments[0], 1) if arguments else 1 :]
    return Output()


def read(run: Commands, arguments: list[str], node: sh.Simple) -> Output:
    names = [word for word in arguments if not word.startswith("-")]
    if run.lines is not None and not node.redirects:
        return _next_line(run, names, node)
    line = first_line(run, node) if not run.tested else None
    values = [HIDDEN] * len(names) if line is None else line.split(None, max(len(names) - 1, 0))
    for name, value in zip(names, [*values, *[""] * len(names)], strict=False):
        run.assign(name, value.strip())
    return Output(0 if not run.tested or run.ask(node, "read") else 1)


def _next_line(run: Commands, names: list[str], node: sh.Simple) -> Output:
    """The next of the lines that a loop is given; the fields are split as IFS says."""
    if not run.lines:
        return Output(1)
    line = run.lines.pop(0)
    separators = next((run.expander.text(one.value) for one in node.assignments if one.name == "IFS"), None)
    if separators == "" or len(names) < 2:
        values = [line]
    else:
        values = line.split(separators[:1] if separators else None, len(names) - 1)
    for name, value in zip(names or ["REPLY"], [*values, *[""] * len(names)], strict=False):
        run.assign(name, value if separators == "" else value.strip())
    return Output()


def change_directory(run: Commands, arguments: list[str], node: sh.Simple) -> Output:
    from gradeline.facts.shell_records import join_path

    words = [word for word in arguments if not word.startswith("-")]
    target = words[0] if words else HIDDEN
    run.state.directory = target if HIDDEN in target else join_path(run.state.directory, target)
    return Output()


def wait(run: Commands, arguments: list[str], node: sh.Simple) -> Output:
    jobs = run.state.background
    numbers = [int(word[4:]) for word in arguments if word.startswith("job:") and word[4:].isdigit()]
    if "-n" in arguments and jobs:
        return Output(run.checked(next((status for status in jobs if status), 0)))
    if not numbers:
        if any(HIDDEN in word for word in arguments) and any(jobs):
            return Output(run.checked(1 if run.ask(node, "wait") else 0))
        return Output()
    return Output(run.checked(jobs[numbers[-1]] if numbers[-1] < len(jobs) else 127))


def evaluate(run: Commands, arguments: list[str], node: sh.Simple) -> Output:
    return Output(run.nested(" ".join(arguments), run.span(node)), None)


def source(run: Commands, arguments: list[str], node: sh.Simple) -> Output:
    if not arguments or HIDDEN in arguments[0]:
        return Output(0, None)
    return Output(run.source_file(arguments[0], node), None)


def trap(run: Commands, arguments: list[str], node: sh.Simple) -> Output:
    words = [word for word in arguments if word != "--"]
    if len(words) >= 2 and any(signal in ("EXIT", "0") for signal in words[1:]):
        run.state.exit_trap = None if words[0] in ("-", "") else words[0]
    if len(words) >= 2 and "ERR" in words[1:]:
        run.state.error_trap = None if words[0] in ("-", "") else words[0]
    return Output()


def check(run: Commands, arguments: list[str], node: sh.Simple) -> Output:
    words = list(arguments)
    if _command_name(run, node) == "[":
        words = words[:-1] if words[-1:] == ["]"] else words
    return Output(run.test(words, False, node))


def replace(run: Commands, arguments: list[str], node: sh.Simple) -> Output:
    """``exec COMMAND`` runs the command in place of the shell: nothing after it is reached."""
    from gradeline.facts.shell_records import Exit

    if not arguments:
        return Output(0, None)  # the redirections of `exec` alone stay, and what follows is not looked at
    places = [(word.start, word.end) for word in node.words][1:]
    while len(places) < len(arguments):
        places.append(places[-1] if places else (node.start, node.end))
    raise Exit(run.external(arguments, {}, node, places, run.trail, run.key, 0))


def _command_name(run: Commands, node: sh.Simple) -> str:
    return run.expander.text(node.words[0])


BUILTINS: dict[str, Builtin] = {
    "true": succeed,
    ":": succeed,
    "false": fail,
    "echo": echo,
    "printf": printf,
    "cat": cat,
    "exit": leave,
    "return": come_back,
    "break": leave_loop,
    "continue": next_turn,
    "set": set_options,
    "shopt": succeed,
    "export": declare,
    "local": declare,
    "declare": declare,
    "typeset": declare,
    "readonly": declare,
    "unset": unset,
    "shift": shift,
    "read": read,
    "cd": change_directory,
    "pushd": change_directory,
    "wait": wait,
    "eval": evaluate,
    "source": source,
    ".": source,
    "trap": trap,
    "test": check,
    "[": check,
    "exec": replace,
    "alias": succeed,  # a script does not expand aliases unless it asks for it
    "umask": succeed,
    "sleep": succeed,
}
