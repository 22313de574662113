"""The parts of a simulated shell that follow numbers, in an experiment that assumes the content of files.

Outside of such an experiment a calculation and what a command prints stay unknown: a loop that counts to 30 is then no
statement about the pipeline.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gradeline.facts.shell_records import Frame, join_path, parse
from gradeline.facts.shell_state import HIDDEN
from gradeline.syntax import shell_nodes as sh

if TYPE_CHECKING:
    from fractions import Fraction

    from gradeline.facts.assumed import Assumed
    from gradeline.facts.shell_commands import Commands

_ASSIGNED = re.compile(r"\s*([A-Za-z_]\w{0,80})\s*=(?!=)")
_CHANGES = re.compile(r"(?<![=!<>])=(?!=)|\+\+|--")
_NAME = re.compile(r"[A-Za-z_]\w{0,80}")
_WHOLE = re.compile(r"\s*[-+]?(?:0|[1-9]\d{0,17})\s*\Z")


def assumed_command(
    run: Commands,
    files: Assumed,
    words: list[str],
    extra: dict[str, str],
    node: sh.Simple,
    places: list[tuple[int, int]],
) -> int:
    """A command that is not part of the shell, with the answer that the assumed files give."""
    if words[0] == "let":
        values = [calculated(run, word) for word in words[1:]]
        return 1 if values[-1:] == [0] else 0
    given, fed = given_to(run, node)
    target = next((run.expander.text(one.target) for one in node.redirects if ">" in one.operator), "")
    caught = run.printed is not None
    place = run.text.at(places[0][0], places[-1][1])
    files.made = run.state.files
    answer = files.answer(words, run.state.directory, given, fed, place, caught, target)
    if answer is None and words[0] == "cat":
        from gradeline.facts.shell_builtins import cat

        text = cat(run, words[1:], node).text
        run.redirects(node.redirects, text)
        return 0
    run.redirects(node.redirects, None if answer is None else answer.text)
    run.answered = answer is not None
    status = run.external(words, extra, node, places, run.trail, run.key, 0)
    run.answered = False
    return status or (answer.status if answer is not None else 0)


def given_to(run: Commands, node: sh.Simple | sh.While) -> tuple[str | None, str]:
    """What a command gets on standard input, None when that is not known, and the path of a file it is from."""
    for redirect in reversed(node.redirects):
        known = run.received.get(redirect.start)
        if redirect.operator in ("<<", "<<-", "<<<"):
            text = run.expander.text(redirect.body) if known is None else known
            return text + "\n" * (redirect.operator == "<<<"), ""
        if redirect.operator == "<" and redirect.target is not None:
            text = run.expander.text(redirect.target) if known is None else known
            if any(isinstance(part, sh.Substitution) and part.process for part in redirect.target.parts):
                return (None if HIDDEN in text else text), ""
            path = join_path(run.state.directory, text)
            files = run.machine.setting.assumed
            content = files.text(path) if files is not None else None
            return (run.state.files.get(path) if content is None else content), path
    return run.stdin, ""


def first_line(run: Commands, node: sh.Simple) -> str | None:
    """The line that ``read`` gets; None when it is not known."""
    if run.machine.setting.assumed is None:
        return None
    given, _ = given_to(run, node)
    line = None if given is None else given.partition("\n")[0]
    return None if line is None or HIDDEN in line else line


def computed(run: Commands, text: str) -> str:
    """The value of ``$((...))``."""
    if not (text.startswith("$((") and text.endswith("))")):
        return HIDDEN
    found = calculated(run, text[3:-2])
    return HIDDEN if found is None else str(found)


def calculated(run: Commands, text: str) -> int | None:
    """The value of a calculation, None when it is not known.  A variable that it sets has the value afterwards."""
    if run.machine.setting.assumed is None:
        return None
    target = _ASSIGNED.match(text)
    body = text[target.end() :] if target is not None else text
    found = None if _CHANGES.search(body) is not None else _value(run, body)
    for name in [target[1]] if target is not None else _NAME.findall(body) if _CHANGES.search(body) else ():
        run.assign(name, HIDDEN if found is None else str(found))
    return found


def _value(run: Commands, text: str) -> int | None:
    if "$" in text or "`" in text:
        if "${{" in text or "$[[" in text:
            return None
        source = f'x="{text}"'
        items = parse(source).body.items
        node = items[0].node if len(items) == 1 else None
        if not isinstance(node, sh.Simple) or not node.assignments or run.depth > 60:
            return None
        place = run.text.at(0, 0)
        inner = type(run)(
            run.machine, run.inner_text(source, place), run.state, f"{run.key}$", (*run.trail, Frame("$((", place))
        )
        inner.depth = run.depth + 1
        text = inner.expander.text(node.assignments[0].value)
    if HIDDEN in text:
        return None
    from fractions import Fraction

    from gradeline.facts.shell_numbers import calculate

    def number(name: str) -> Fraction | None:
        value = run.state.variables.get(name)
        return Fraction(int(value)) if value is not None and _WHOLE.match(value) is not None else None

    try:
        found = calculate(text, number, 0)
    except ZeroDivisionError:
        return None
    return None if found is None else int(found)
