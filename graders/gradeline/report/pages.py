"""Pages from templates: whatever a learner wrote becomes text in them."""

from __future__ import annotations

import base64
import re
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradeline.batch.output import replace
from gradeline.render.cells import points as rounded
from gradeline.render.findings import said
from gradeline.report import numbers
from gradeline.words import MissingPart, Words

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_TEMPLATES = Path(__file__).with_name("templates")
_OURS = '<meta name="generator" content="Gradeline report">'
_NOTHING = "\N{EN DASH}"
_STRONG = re.compile(r"\*([^*]+)\*")

class Pages:
    """Templates and the folder they are written to."""

    def __init__(self, folder: Path, title: str, alike: bool, words: Words) -> None:
        self._folder = folder
        self._alike = alike
        self._title = title
        self._written: set[Path] = set()
        self._style = style()
        self._environment = environment(words)

    def write(self, page: str, template: str, **values: Any) -> None:
        up = "../" * page.count("/")
        policy = f"{policy_of(self._style)}; form-action 'none'"
        text = self._environment.get_template(template).render(
            site=self._title, up=up, style=markup(self._style), policy=markup(policy), has_alike=self._alike, **values
        )
        path = self._folder / page
        self._written.add(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        replace(path, text.encode("utf-8"))

    def sweep(self) -> None:
        """Remove the pages that an earlier report has left: of learners who have gone, for example."""
        for path in (*self._folder.glob("*.html"), *self._folder.glob("*/*.html")):
            if path not in self._written and _OURS in _beginning(path):
                path.unlink()
        for leftover in (*self._folder.glob(".*.html.*.tmp"), *self._folder.glob("*/.*.html.*.tmp")):
            leftover.unlink(missing_ok=True)  # of a report that was killed


def _beginning(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(1000).decode("utf-8", "replace")
    except OSError:  # a folder, or not ours
        return ""


def style() -> str:
    return (_TEMPLATES / "style.css").read_text(encoding="utf-8")


def policy_of(style: str) -> str:
    """A policy that allows this style and pictures in the page, and nothing else."""
    return f"default-src 'none'; style-src '{hash_source(style)}'; img-src data:; base-uri 'none'"


def hash_source(text: str) -> str:
    """How a policy names an element with this text."""
    return f"sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}"


def environment(words: Words) -> Environment:
    """Templates that print everything harmless, with the filters that all pages use.  Raises ``MissingPart``.

    In them ``t`` says a text of ``words`` and ``many`` one with a number.  What the grader says is English: ``english``
    marks an element with it for who reads aloud.
    """
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
    except ImportError as error:
        raise MissingPart("report.extra") from error
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True, finalize=_harmless,
    )  # fmt: skip
    environment.filters.update(
        points=points, percent=percent, symbol=symbol, band=band, code=_code, prose=prose, anchor=anchor
    )
    environment.globals.update(
        lang=words.language, english=markup("" if words.is_english else ' lang="en"'),
        t=lambda key, /, **values: _text(words(key), **values),
        many=lambda key, number, /, **values: _text(words(_counted(key, number)), number=number, **values),
        reason=lambda word: reason(word, words),
    )  # fmt: skip
    return environment


def _harmless(value: object) -> object:
    """Whatever a template prints, unless we made it: one line, without credentials, controls made visible."""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return said(value)
    return value


def _counted(key: str, number: object) -> str:
    return f"{key}.one" if str(number) == "1" else f"{key}.many"


def reason(word: str, words: Words) -> str:
    """Why there is no result, from a word of ``grade batch``; whatever else stands there is shown as it is."""
    return words.get(f"page.reason.{word}", word)


def _text(template: str, **values: object) -> Markup:
    """A text of ours with its blanks filled by what a template may print; what stands between stars is strong."""
    from markupsafe import Markup, escape

    strong = _STRONG.sub(r"<b>\1</b>", str(escape(template)))
    return Markup(strong).format(**{name: _harmless(value) for name, value in values.items()})  # noqa: S704 - see above


def markup(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - our own markup; whatever a learner wrote in it is escaped


def _code(text: str) -> Any:
    """Lines of a frame, which are harmless already and keep their spaces."""
    from markupsafe import escape

    return escape(text)


def prose(text: str) -> Any:
    """A sentence of ours with what a learner wrote in it; what stands between backticks is code."""
    from markupsafe import escape

    parts = said(text).split("`")
    if len(parts) % 2 == 0:  # one has no partner
        return said(text)
    return markup("".join(f"<code>{escape(part)}</code>" if at % 2 else escape(part) for at, part in enumerate(parts)))


def anchor(name: str) -> str:
    """An exercise or a criterion in an address: as it is called, or what stands for it.

    The templates' own ids on the same pages begin with ``_``, so that nobody's name meets one.
    """
    if re.fullmatch(r"[A-Za-z0-9]{1,40}(?:[_-][A-Za-z0-9]{1,40}){0,9}", name, re.ASCII):
        return name
    return f"__{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:20]}"


def points(value: Fraction | None) -> str:
    return _NOTHING if value is None else rounded(value)  # half up, like every number that is shown


def percent(value: Fraction | None) -> str:
    return _NOTHING if value is None else f"{int(value + Fraction(1, 2))}"


def symbol(cell: numbers.Cell) -> str:
    """What a cell of the heat map says besides its colour."""
    if cell.needs_review or cell.standing == "error":
        return "?"
    if cell.standing in ("missing", "excused"):
        return _NOTHING
    return "✓" if cell.passed else "✗"


def band(cell: numbers.Cell) -> str:
    """The class of a cell's colour: b0 (nothing) to b4 (all), or none."""
    found = cell.percent
    return "none" if found is None else f"b{min(int(found) // 20, 4)}"
