"""Charts as SVG that can stand in a page with a strict policy: no style, no script, the colours of the page."""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree as ET

from gradeline.words import MissingPart, Words

_SVG = "http://www.w3.org/2000/svg"
_INK, _BAR, _MARK = "#010203", "#0b57b0", "#cf222e"  # the first becomes the colour of the text around
STEPS = 10


def bins(percents: Sequence[Fraction]) -> tuple[int, ...]:
    """How many results lie in each tenth; 100 percent belongs to the last."""
    counts = [0] * STEPS
    for one in percents:
        counts[min(int(one * STEPS / 100), STEPS - 1) if one > 0 else 0] += 1
    return tuple(counts)


def distribution(
    percents: Sequence[Fraction], title: str, mark: Fraction | None, words: Words,
    counted: str = "page.of_learners.many",
) -> str:  # fmt: skip
    """A histogram of results in percent; ``mark`` is the pass mark.  Raises ``MissingPart``."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
        from matplotlib.ticker import MaxNLocator
    except ImportError as error:
        raise MissingPart("report.extra") from error
    settings: dict[Any, Any] = {
        "svg.fonttype": "none", "svg.hashsalt": "gradeline", "font.size": 11, "text.color": _INK,
        "axes.edgecolor": _INK, "axes.labelcolor": _INK, "xtick.color": _INK, "ytick.color": _INK,
    }  # fmt: skip
    with mpl.rc_context(settings):
        figure = Figure(figsize=(6.4, 2.6), layout="constrained")
        figure.patch.set_alpha(0)
        axes = figure.subplots()
        axes.patch.set_alpha(0)
        edges = [100 / STEPS * (step + 0.5) for step in range(STEPS)]
        axes.bar(edges, bins(percents), width=100 / STEPS - 1.4, color=_BAR)
        if mark is not None:
            axes.axvline(float(mark), color=_MARK, linestyle="--", linewidth=1.6)
        axes.set_xlim(0, 100)
        axes.set_xticks(range(0, 101, 10))
        axes.set_xlabel(words("page.percent_axis"))
        axes.set_ylabel(words(counted))
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True, min_n_ticks=1))
        axes.spines[["top", "right"]].set_visible(False)
        drawn = io.BytesIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    return _plain(drawn.getvalue(), title)


def _plain(drawn: bytes, title: str) -> str:
    """What the library drew, with presentation attributes instead of styles and without ids that a page has twice."""
    ET.register_namespace("", _SVG)
    root = ET.fromstring(drawn)  # noqa: S314 - the library's own output
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"):
                parent.remove(child)
    prefix = f"c{abs(hash_of(title)):x}-"
    for element in root.iter():
        for part in element.attrib.pop("style", "").split(";"):
            name, colon, value = part.partition(":")
            if colon and name.strip() != "font":
                element.set(name.strip(), value.strip())
            elif colon:
                element.set("font-size", "11px")
        for name, value in list(element.attrib.items()):
            if value == _INK:
                element.set(name, "currentColor")
            if name == "id":
                element.set(name, prefix + value)
            elif value.startswith("url(#"):
                element.set(name, f"url(#{prefix}{value[5:]}")
            elif name.endswith("href"):
                element.set(name, f"#{prefix}{value[1:]}")
    root.attrib.pop("width", None)
    root.attrib.pop("height", None)
    root.set("class", "chart")
    root.set("role", "img")
    root.set("aria-label", title)
    root.set("stroke-linejoin", "round")
    return ET.tostring(root, encoding="unicode")


def hash_of(text: str) -> int:
    """A number for a text that is the same in every run."""
    from zlib import crc32

    return crc32(text.encode("utf-8", "backslashreplace"))
