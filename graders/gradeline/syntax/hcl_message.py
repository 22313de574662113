"""What is wrong with a broken HCL file, in words: by python-hcl2 where it is installed.

Its parser stops at the first error and knows what could have stood there.  It is slow and gives up on deep files in
many ways, so only small files are shown to it, and whatever goes wrong in it only costs the better words.
"""

from __future__ import annotations

from gradeline.source import SourceFile, Span

MAX_LINES = 400
MAX_CHARACTERS = 16_000
MAX_BRACKETS = 300
_WORDS = {
    "RBRACE": "`}`", "RSQB": "`]`", "RPAR": "`)`", "EQ": "`=`", "LBRACE": "`{`", "DBLQUOTE": "a closing quote",
    "NL_OR_COMMENT": "a new line", "COLON": "`:`", "COMMA": "`,`", "$END": "the end of the file",
}  # fmt: skip


def precise(source: SourceFile) -> tuple[str, Span] | None:
    """The sentence and the place; None when nothing better can be said."""
    text = source.text
    if len(text) > MAX_CHARACTERS or len(source.lines) > MAX_LINES or sum(map(text.count, "([{")) > MAX_BRACKETS:
        return None
    try:
        import hcl2

        hcl2.parses_to_tree(text)
    except ImportError:
        return None
    except Exception as error:
        return _said(source, error)
    return None


def _said(source: SourceFile, error: Exception) -> tuple[str, Span] | None:
    line, column = getattr(error, "line", None), getattr(error, "column", None)
    if not isinstance(line, int) or not 0 < line <= len(source.lines) + 1:
        return None
    token = str(getattr(error, "token", "") or "")
    expected = sorted(_WORDS[name] for name in getattr(error, "expected", None) or () if name in _WORDS)
    at_end = getattr(getattr(error, "token", None), "type", "") == "$END" or line > len(source.lines)
    seen = "The file ends here" if at_end else "A new line starts here" if not token.strip() else ""
    if not seen:
        word = token.strip().split("\n")[0][:40]
        seen = f"`{word}` cannot stand here" if not token.startswith("\n") else f"`{word}` comes too early"
    wanted = f", but {expected[0]} is missing" if len(expected) == 1 else ""
    return f"{seen}{wanted}.", Span(source.path, line, max(column, 1) if isinstance(column, int) else 1)
