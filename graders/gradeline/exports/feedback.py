"""Feedback for each learner as files: Markdown and a page of HTML that loads nothing and runs nothing.

What counts is said first: points after a person's decision and lateness, then the grader's own findings, which nobody
changed, then what people wrote.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256

from gradeline.grades import Grade
from gradeline.render import markdown
from gradeline.render.cells import points
from gradeline.render.findings import Graded, said
from gradeline.render.findings import points as of_points
from gradeline.render.markdown_text import prose
from gradeline.render.stored import critical, report_of
from gradeline.result import CriterionResult, Report
from gradeline.score import WAITING
from gradeline.source import Span
from gradeline.words import Told, Words, english

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,79}\Z")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?\Z", re.IGNORECASE)
_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem;
  overflow-wrap: anywhere; }
article { border-left: .3rem solid #767676; margin: 1.5rem 0; padding: 0 0 0 1rem; }
.lost { border-color: #b3261e; } .waiting { border-color: #7a5b00; } .met { border-color: #1b6e3c; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; } h3 { font-size: 1rem; margin-bottom: 0; }
code { font-size: .95em; }
""".strip()


def files(
    grades: Iterable[Grade],
    kinds: Iterable[str] = ("markdown", "html"),
    titles: Callable[[str], str] = str,
    words: Words | None = None,
) -> Iterator[tuple[str, str]]:
    """Path and text of each file: ``ada/exercise-01.md`` and ``.html``.  Names are fit for every file system.

    ``titles`` gives what an exercise is called.  What criteria say is English; the rest is said in ``words``.
    """
    wanted = tuple(kinds)
    taken: dict[str, str] = {}
    for grade in grades:
        folder = _folder(grade.learner.id, taken)
        own = grade.exercise if _SAFE.match(grade.exercise) else f"exercise-{_short(grade.exercise)}"
        name = f"{folder}/{own}"
        if "markdown" in wanted:
            yield f"{name}.md", as_markdown(grade, titles(grade.exercise), words)
        if "html" in wanted:
            yield f"{name}.html", as_html(grade, titles(grade.exercise), words)


def _folder(learner: str, taken: dict[str, str]) -> str:
    name = learner
    if not _SAFE.match(name) or _DEVICE.match(name) or name.endswith("."):
        name = f"{re.sub('[^A-Za-z0-9]+', '_', learner)[:40]}-{_short(learner)}"
    if taken.setdefault(name.casefold(), learner) != learner:  # some file systems know no upper case
        name = f"{name}-{_short(learner)}"
        taken[name.casefold()] = learner
    return name


def _short(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def sentences(grade: Grade, words: Words | None = None) -> tuple[str, ...]:
    """The feedback in a few lines, for a cell of a table: what counts, what was lost and how to go on, who said what.

    The lines are harmless in a terminal; a page has to escape them.
    """
    words = words or english()
    found = [*_standing(grade, words)]
    report = _report(grade)
    if report is not None:
        found += critical(report)
        for one in report.criteria:
            if one.awarded < one.points:
                line = f"{one.title}: {words(f'status.{one.status}')} ({of_points(one)}). {one.message}"
                found.append(f"{line} {one.hint}" if one.hint else line)
    found += _written(grade)
    return tuple(said(one) for one in found)


def _heading(grade: Grade, title: str) -> str:
    return f"{grade.exercise}: {title}" if title not in ("", grade.exercise) else grade.exercise


def _report(grade: Grade, title: str = "") -> Report | None:
    """The stored result as a report, None when there is none; raises ``Told`` for one that is not whole."""
    try:
        return report_of(grade.result, title) if grade.result is not None else None
    except (KeyError, TypeError, ValueError) as error:
        raise Told("exports.result", learner=grade.learner.id, exercise=grade.exercise) from error


def _standing(grade: Grade, words: Words) -> Iterator[str]:
    if grade.standing == "missing":
        yield words("feedback.missing")
    elif grade.standing == "excused":
        yield words("feedback.excused")
    elif grade.score is None:
        yield words("feedback.error")
    else:
        state = words("report.passed" if grade.passed else "report.not_passed")
        yield words("feedback.score", points=points(grade.score), max=points(grade.max_score), state=state)
        if grade.late:
            yield words.count("feedback.late", points(grade.late))
        if grade.needs_review:
            yield words("feedback.open")
    for one in grade.overrides:
        key = "feedback.gave_for" if one.criterion else "feedback.gave"
        yield words(
            key,
            author=one.author,
            points=words.count("points", points(one.points)),
            criterion=one.criterion,
            reason=one.reason,
        )


def _written(grade: Grade) -> Iterator[str]:
    for one in grade.comments:
        yield f"{one.author}: {one.text}"


def as_markdown(grade: Grade, title: str = "", words: Words | None = None) -> str:
    """What GitHub, GitLab and editors show; learners' text cannot become a link, a mention or markup."""
    words = words or english()
    lines = [f"# {prose(_heading(grade, title))}", *(f"— {prose(one)}" for one in _standing(grade, words))]
    if grade.comments:
        lines += [f"## {words('feedback.comments')}", *(f"— {prose(one)}" for one in _written(grade))]
    report = _report(grade, title)
    if report is not None:
        lines += [f"## {words('feedback.found')}", markdown.of_one(Graded(report), words).rstrip()]
    return "\n\n".join(lines) + "\n"


def as_html(grade: Grade, title: str = "", words: Words | None = None) -> str:
    """A page of its own: no script, no address, a policy that allows nothing but its own style."""
    words = words or english()
    report = _report(grade, title)
    heading = _text(_heading(grade, title))
    body = [f"<h1>{heading}</h1>", *(f"<p>{_text(one)}</p>" for one in _standing(grade, words))]
    if report is not None:
        body += [f"<p><strong>{words('report.needed')}:</strong> {_text(one)}</p>" for one in critical(report)]
    if grade.comments:
        body += [f"<h2>{words('feedback.comments')}</h2>", *(f"<p>{_text(one)}</p>" for one in _written(grade))]
    if report is not None:
        body += [f"<h2>{words('feedback.found')}</h2>", *(_article(one, words) for one in _in_order(report))]
    digest = _style_digest()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        f'<!doctype html>\n<html lang="{words.language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{heading}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(body) + "\n</main>\n</body>\n</html>\n"
    )  # fmt: skip


def _style_digest() -> str:
    import base64

    return base64.b64encode(sha256(_STYLE.encode()).digest()).decode()


def _in_order(report: Report) -> list[CriterionResult]:
    return sorted(report.criteria, key=lambda one: (one.awarded == one.points, -(one.points - one.awarded)))


def _article(one: CriterionResult, words: Words) -> str:
    foreign = "" if words.is_english else ' lang="en"'  # what the grader says, for who reads aloud
    kind = "met" if one.status == "met" else "waiting" if one.status in WAITING else "lost"
    parts = [
        f"<h3>{_text(one.title)}: {words(f'status.{one.status}')} ({of_points(one)})</h3>",
        f"<p{foreign}>{_text(one.message)}</p>",
    ]  # fmt: skip
    if one.path_trace:
        hops = "".join(f"<li>{_text(hop.text)}{_place(hop.span)}</li>" for hop in one.path_trace[:50])
        parts.append(f"<ol{foreign}>{hops}</ol>")
    shown = [item for item in one.evidence if item.role != "proof"][:20]
    if shown:
        items = "".join(f"<li>{_text(item.text) or words('feedback.here')}{_place(item.span)}</li>" for item in shown)
        parts.append(f"<ul>{items}</ul>")
    if one.status != "met":
        parts += (
            [f"<p><strong>{words('report.why')}:</strong> <span{foreign}>{_text(one.why)}</span></p>"]
            if one.why
            else []
        )
        parts += (
            [f"<p><strong>{words('report.hint')}:</strong> <span{foreign}>{_text(one.hint)}</span></p>"]
            if one.hint
            else []
        )
    return f'<article class="{kind}">{"".join(parts)}</article>'


def _place(span: Span | None) -> str:
    return f" <code>{_text(f'{span.path}:{span.line}')}</code>" if span is not None else ""


def _text(value: str) -> str:
    return html.escape(said(value))
