"""Where the gradings of ``grade ci`` go: the log, GitHub's files for a step, and the reports asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from gradeline.records import record
from gradeline.render.findings import Graded
from gradeline.render.text import visible, wrap
from gradeline.score import shown
from gradeline.words import Words, english
from gradeline_cli.ci.run import Outcome, Wish, is_enough
from gradeline_cli.output import ascii_only, columns, emit, write_file


@record
class Places:
    """Files to write, and whether annotations go to the log."""

    sarif: Path | None = None
    junit: Path | None = None
    code_quality: Path | None = None
    summary: Path | None = None
    comment: Path | None = None
    json: Path | None = None
    annotations: bool = False


def write_log(outcome: Outcome, words: Words) -> None:
    """Each report as people read it; text of a learner never begins a line at the margin."""
    from gradeline.render.terminal import PLAIN, render

    for graded in outcome.gradings:
        if graded.root:
            emit(f"{words('ci.folder', name=visible(graded.root, ascii_only=ascii_only()))}\n")
        drawn = render(graded.report, columns=columns(), palette=PLAIN, ascii_only=ascii_only(), words=words)
        emit(drawn + "\n")
    for note in outcome.notes:
        text = words("ci.note", text=note)
        emit("".join(f"{line}\n" for line in wrap(text, columns(), ascii_only=ascii_only())))


def write_reports(outcome: Outcome, places: Places, words: Words) -> None:
    """The files that were asked for, each in one step; Markdown is for people and says it in ``words``."""
    gradings, notes = outcome.gradings, [words.say(one) for one in outcome.notes]
    if places.sarif is not None:
        from gradeline.render import sarif

        write_file(places.sarif, sarif.render(gradings))
    if places.junit is not None:
        from gradeline.render import junit

        write_file(places.junit, junit.render(gradings))
    if places.code_quality is not None:
        from gradeline.render import codequality

        write_file(places.code_quality, codequality.render(gradings))
    if places.summary is not None:
        from gradeline.render import markdown

        write_file(places.summary, markdown.render(gradings, notes, words=words))
    if places.comment is not None:
        from gradeline.render import markdown

        write_file(places.comment, markdown.comment(gradings, notes, words=words))
    if places.json is not None:
        write_file(places.json, _json(outcome))


def write_for_github(outcome: Outcome, wish: Wish, environment: Mapping[str, str], words: Words) -> None:
    """The summary of the step, and its outputs: numbers and words of ours only."""
    summary, outputs = environment.get("GITHUB_STEP_SUMMARY"), environment.get("GITHUB_OUTPUT")
    if summary:
        from gradeline.render import markdown

        notes = [words.say(one) for one in outcome.notes]
        _append(Path(summary), markdown.render(outcome.gradings, notes, words=words))
    if outputs:
        _append(Path(outputs), "".join(f"{line}\n" for line in _outputs(outcome, wish)))


def write_annotations(gradings: Sequence[Graded]) -> None:
    from gradeline.render import github

    emit(github.render(gradings))


def _outputs(outcome: Outcome, wish: Wish) -> Iterator[str]:
    reports = [graded.report for graded in outcome.gradings]
    good = not outcome.unreadable and all(is_enough(report, wish.fail_under) for report in reports)
    yield f"graded={len(reports)}"
    yield f"passed={'true' if good else 'false'}"
    if reports:
        yield f"lowest-score={shown(min(report.score for report in reports))}"
    if len(reports) == 1:
        from gradeline.render.neighbours import github_classroom

        yield f"classroom-result={github_classroom.output(reports[0])}"


def _json(outcome: Outcome) -> str:
    """All results in one document; each is what ``--format json`` gives, with its folder."""
    from gradeline.render.json import as_data, dumped
    from gradeline.render.sarif import uri

    rows = [{"folder": uri(graded.root) or ".", "result": as_data(graded.report)} for graded in outcome.gradings]
    return dumped({"gradings": rows, "notes": [visible(english().say(one)) for one in outcome.notes]})


def _append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        file.write(text)
