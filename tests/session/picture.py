"""A screen as a picture: rich draws it, without the font that its template would fetch from elsewhere."""

from __future__ import annotations

import io
import re

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

_FONT = re.compile(r"@font-face \{\{.*?\}\}\s*", re.DOTALL)
_FORMAT = _FONT.sub("", CONSOLE_SVG_FORMAT).replace("Fira Code,", "ui-monospace, SFMono-Regular, Menlo, Consolas,")


def svg(ansi: str, title: str) -> str:
    """The picture; the same screen gives the same bytes."""
    console = Console(record=True, width=80, file=io.StringIO(), force_terminal=True, color_system="standard")
    console.print(Text.from_ansi(ansi), soft_wrap=False)
    name = "-".join(re.findall(r"[a-z0-9]+", title.lower()))
    return console.export_svg(title=title, code_format=_FORMAT, unique_id=f"screen-{name}")
