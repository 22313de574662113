"""``grade list``: all exercises, each after those it builds on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from gradeline_cli import spoken
from gradeline_cli.app import common_options, pass_app
from gradeline_cli.parts import App

if TYPE_CHECKING:
    from gradeline.exercise import Exercise
    from gradeline_cli.standing import Standing

_HEAD = ("state", "exercise", "level", "minutes", "topics", "title")


@spoken.command("list")
@common_options
@pass_app
def command(app: App) -> None:
    from gradeline_cli.output import emit
    from gradeline_cli.standing import next_exercise, standings
    from gradeline_cli.telling import tell
    from gradeline_cli.workspace import short

    words = app.words()
    exercises = app.course().exercises()
    if not exercises:
        tell(app, words("list.none"))
        return
    known = standings(app.progress().all())
    coming = next_exercise(exercises, known)
    if app.is_plain():
        for one in exercises:
            tell(app, _sentence(app, one, known.get(one.id)))
    else:
        emit("".join(f"{line}\n" for line in _table(app, exercises, known, coming)))
    passed = sum(1 for one in exercises if one.id in known and known[one.id].passed)
    tell(app, "", words("list.sum", done=passed, all=len(exercises)))
    if coming is None:
        tell(app, words("next.all"))
    elif coming.id in known:
        tell(app, words("next.where", folder=short(known[coming.id].latest.folder), id=coming.id))
    else:
        tell(app, words("next.start", id=coming.id))


def _table(
    app: App, exercises: Sequence[Exercise], known: Mapping[str, Standing], coming: Exercise | None
) -> Iterator[str]:
    from gradeline.render.terminal import COLOUR, PLAIN
    from gradeline.render.text import width, wrap
    from gradeline_cli.output import ascii_only, columns, has_colour

    words, plain, palette = app.words(), ascii_only(), COLOUR if has_colour(app.colour) else PLAIN
    rows = [tuple(words(f"list.head.{name}") for name in _HEAD)]
    rows += [_row(app, one, known.get(one.id), one is coming) for one in exercises]
    sizes = [max(width(row[column]) for row in rows) for column in range(len(_HEAD) - 1)]
    for number, row in enumerate(rows):
        cells = [f"{cell:>{size}}" if column == 3 else f"{cell:<{size}}"
                 for column, (cell, size) in enumerate(zip(row, sizes, strict=False))]  # fmt: skip
        lead = "  ".join(cells) + "  "
        kind = palette.bold if number == 0 else ""
        for index, line in enumerate(wrap(row[-1], columns() - width(lead), ascii_only=plain) or [""]):
            yield palette.paint(kind, f"{' ' * width(lead) if index else lead}{line}")


def _row(app: App, one: Exercise, standing: Standing | None, coming: bool) -> tuple[str, ...]:
    from gradeline.score import shown
    from gradeline_cli.output import ascii_only

    words, plain = app.words(), ascii_only()
    state = f"{'>' if plain else '→'} {words('list.next')}" if coming else ""
    if standing is not None and standing.passed:
        state = f"{'+' if plain else '✔'} {words('list.passed')}"
    elif standing is not None and standing.attempts:
        symbol = state[0] if coming else "~" if plain else "◐"
        state = f"{symbol} {words('list.begun', best=shown(standing.best))}"
    topics = ",".join(map(str, one.topics))
    return (state, one.id, words(f"level.{one.level}"), str(one.minutes), topics, one.title)


def _sentence(app: App, one: Exercise, standing: Standing | None) -> str:
    from gradeline.score import shown

    words = app.words()
    state = words("list.plain.open")
    if standing is not None and standing.passed:
        state = words("list.plain.passed")
    elif standing is not None:
        state = words("list.plain.begun", best=shown(standing.best))
    return words(
        "list.plain", id=one.id, title=one.title, level=words(f"level.{one.level}"), minutes=one.minutes,
        topics=", ".join(map(str, one.topics)), state=state,
    )  # fmt: skip
