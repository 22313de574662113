"""The words and signs that all renderings of a drawing share.  No sign is a colour alone.

``words`` are those of the page.
"""

from __future__ import annotations

from collections.abc import Iterable

from gradeline.graph.drawing import Drawing, Finding, Gate, Link, LinkKind, Node, Page, Row, RunKind, State
from gradeline.records import record
from gradeline.words import Words

LINKS: tuple[LinkKind, ...] = ("start", "must", "optional", "waits", "inside", "files")
PATH, NUMBER = "==>", "[1]"
ROWS = 14  # steps shown of one job
ALIKE = 2  # further events named of one kind of run


@record
class Signs:
    gate: str
    lost: str
    unknown: str
    plain: str

    def of(self, row: Row) -> str:
        return {"gate": self.gate, "lost": self.lost, "unknown": self.unknown, "": self.plain}[row.gate]


SIGNS = Signs("■", "□", "?", "·")
ASCII_SIGNS = Signs("#", "o", "?", "-")


def heading(node: Node, words: Words) -> str:
    """The name of a node, and its title when people call it otherwise."""
    if node.kind == "return":
        return words("drawn.end_of", name=node.name)
    name = words("drawn.call_of", name=node.name) if node.kind == "call" else node.name
    return f"{name}: {node.title}" if node.title else name


def short(node: Node, words: Words) -> str:
    """How other jobs are said to wait for a node."""
    key = {"return": "drawn.the_end_of", "call": "drawn.the_call_of"}.get(node.kind)
    return node.name if key is None else words(key, name=node.name)


def gate(kind: Gate, words: Words) -> str:
    return words(f"drawn.gate.{kind}") if kind else ""


def state(kind: State, words: Words) -> str:
    return "" if kind == "runs" else words(f"drawn.state.{kind}")


def scope(finding: Finding, words: Words) -> str:
    """Where a finding is, when it is marked nowhere."""
    return words(f"drawn.scope.{finding.scope}") if finding.scope in ("pipeline", "elsewhere") else ""


def started_by(words: Words, what: str = "") -> str:
    return words("drawn.started_by", what=what).rstrip()


def marks(numbers: Iterable[int]) -> str:
    """``[1] [2]``: where the list of findings says more."""
    return " ".join(f"[{number}]" for number in numbers)


def does(row: Row, words: Words) -> str:
    """What a step does, and whether it is a gate."""
    return ", ".join((*row.does, *((gate(row.gate, words),) if row.gate else ())))


def row_text(row: Row, words: Words) -> str:
    """A step in one sentence: its title, what it does, and whether it is a gate."""
    said = does(row, words)
    return f"{row.title} -- {said}" if said else row.title


def chosen(node: Node, most: int = ROWS) -> tuple[tuple[Row, ...], int]:
    """The steps to show, and how many are left out: those of which nothing is known go first."""
    if len(node.rows) <= most:
        return node.rows, 0
    telling = [row for row in node.rows if not row.plain]
    kept = sorted(telling, key=lambda row: (not row.on_path, not row.findings, not row.gate, not row.doing))[:most]
    rows = tuple(row for row in node.rows if any(row is one for one in kept))
    return rows, len(node.rows) - len(rows)


def more_steps(count: int, words: Words, *, alone: bool = False) -> str:
    """How many steps are not shown; ``alone`` when none is."""
    return words.count("drawn.steps" if alone else "drawn.more_steps", count)


def run_text(run: RunKind, words: Words, *, brief: bool = False) -> str:
    """One kind of run by its first event, and some of those that run the same."""
    first, *others = run.titles
    if brief and others:
        return words("drawn.and_alike", first=first, number=len(others))
    if not others:
        return first
    named = words("drawn.same_for", first=first, others="; ".join(others[:ALIKE]))
    return named if len(others) <= ALIKE else words("drawn.and_more", named=named, number=len(others) - ALIKE)


def heads(drawing: Drawing) -> str:
    return drawing.path if drawing.title in ("", drawing.path) else f"{drawing.path}: {drawing.title}"


def finding_text(finding: Finding, words: Words) -> str:
    where = f" ({finding.place})" if finding.place else ""
    return f"{words(f'status.{finding.status}')}: {finding.title}{where}"


def legend(page: Page, signs: Signs) -> tuple[tuple[str, str], ...]:
    """The signs that are used, with their meaning."""
    words = page.words
    rows = [row for drawing in page.drawings for node in drawing.nodes for row in node.rows]
    found: list[tuple[str, str]] = []
    for kind, sign in (("gate", signs.gate), ("lost", signs.lost), ("unknown", signs.unknown)):
        if any(row.gate == kind for row in rows):
            found.append((sign, words(f"drawn.sign.{kind}")))
    if any(node.on_path for drawing in page.drawings for node in drawing.nodes):
        found.append((PATH, words("drawn.sign.path")))
    if page.findings:
        found.append((NUMBER, words("drawn.sign.number")))
    return tuple(found)


def waiting(node: Node, drawing: Drawing) -> tuple[tuple[LinkKind, tuple[Link, ...]], ...]:
    """The links that lead to a node, by kind."""
    found: dict[LinkKind, list[Link]] = {}
    for link in drawing.links:
        if link.target == node.id:
            found.setdefault(link.kind, []).append(link)
    return tuple((kind, tuple(found[kind])) for kind in LINKS if kind in found)
