"""The plain data of a drawing.  Every text in it may be a learner's: a renderer escapes all of them.

``Page`` -> ``Drawing`` (one pipeline) -> ``Node`` (a unit of work) -> ``Row`` (a step), with ``Link`` between
nodes and ``Finding`` for what the criteria said.  Ids are made here (``n1``, ``n2``, ...), never taken from a file.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from gradeline.records import field, record, replace
from gradeline.words import Words, english

Gate = Literal["", "gate", "lost", "unknown"]
State = Literal["runs", "skipped", "absent", "depends", "never"]
NodeKind = Literal["start", "unit", "call", "return", "join"]
LinkKind = Literal["start", "must", "optional", "waits", "inside", "files"]

JOIN_FROM, JOIN_TO = 3, 2  # so many jobs that wait for the same so many others share one junction


@record
class Finding:
    """A criterion that is not met, or cannot be decided; ``number`` stands in the drawing where it was seen.

    ``place`` is ``path:line``, empty when there is none.  ``path`` are the stations of the counter-example.
    ``scope`` says where it is marked: on ``jobs``; nowhere, because it is about a ``pipeline`` as a whole or a
    place ``elsewhere``; empty when it has no place.
    """

    number: int
    status: Literal["partial", "unmet", "cannot_tell", "error"]
    title: str
    message: str
    place: str = ""
    path: tuple[str, ...] = ()
    scope: Literal["jobs", "pipeline", "elsewhere", ""] = ""


@record
class Row:
    """One step.  ``does`` are the classes of its tools and what it hands over, in the rubric's words.

    ``gate`` is about steps that check something: ``gate`` when their failure fails the run, ``lost`` when the
    run goes on to succeed, ``unknown`` when the files do not tell.  ``prepares`` are those words of ``does`` that only
    make the machine ready for others.
    """

    title: str
    place: str = ""
    does: tuple[str, ...] = ()
    gate: Gate = ""
    notes: tuple[str, ...] = ()
    findings: tuple[int, ...] = ()
    on_path: bool = False
    prepares: tuple[str, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether nothing is known of it but its name."""
        return not (self.does or self.gate or self.notes or self.findings or self.on_path)

    @property
    def doing(self) -> tuple[str, ...]:
        """What it does besides preparing the machine for others."""
        return tuple(word for word in self.does if word not in self.prepares)


@record
class Node:
    """One box.  ``name`` is short (the id other jobs use), ``title`` what people call it, if that differs.

    ``layer`` counts from 0: a node stands after all it waits for.  ``group`` is the id of the ``Group`` around it.
    """

    id: str
    kind: NodeKind
    name: str
    title: str = ""
    place: str = ""
    layer: int = 0
    state: State = "runs"
    notes: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    group: str = ""
    findings: tuple[int, ...] = ()
    on_path: bool = False


@record
class Link:
    """``must``: the source has to succeed; ``optional``: also fine when it is no part of the run; ``waits``: it only
    has to end; ``inside``: the ends of a call; ``files``: files go this way, nothing waits.  ``label`` names the
    files that are handed over."""

    source: str
    target: str
    kind: LinkKind
    label: str = ""
    on_path: bool = False


@record
class Group:
    """A box around nodes; ``parent`` is the group it lies in."""

    id: str
    title: str
    parent: str = ""


@record
class RunKind:
    """Ways to start the pipeline that run the same things; ``number`` counts from 1."""

    number: int
    titles: tuple[str, ...]


@record
class Drawing:
    """One pipeline.  ``event`` is the title of the one run that is shown, empty when all are.

    ``more`` counts jobs that were left out because there are too many.
    """

    path: str
    title: str
    runs: tuple[RunKind, ...] = ()
    event: str = ""
    nodes: tuple[Node, ...] = ()
    links: tuple[Link, ...] = ()
    groups: tuple[Group, ...] = ()
    remarks: tuple[str, ...] = ()
    more: int = 0


@record
class Page:
    """All that is drawn at once.  ``heading`` is empty without an exercise; ``result`` says the score in words.

    ``words`` are those in which its texts are written, and which a renderer adds.
    """

    drawings: tuple[Drawing, ...]
    heading: str = ""
    result: str = ""
    findings: tuple[Finding, ...] = ()
    words: Words = field(default_factory=english, repr=False)

    @property
    def graded(self) -> bool:
        return bool(self.heading)


def with_joins(drawing: Drawing) -> Drawing:
    """The drawing with a junction wherever several nodes wait alike for the same several others.

    A stage of ten jobs behind a stage of ten is a hundred lines otherwise.  Links that say more than "waits"
    (a label, the path) stay as they are.
    """
    before: dict[str, list[Link]] = {}
    for link in drawing.links:
        before.setdefault(link.target, []).append(link)
    alike: dict[tuple[tuple[str, LinkKind], ...], list[str]] = {}
    for target, links in before.items():
        key = tuple(sorted((link.source, link.kind) for link in links if not (link.label or link.on_path)))
        if len(key) >= JOIN_FROM and len({kind for _, kind in key}) == 1:
            alike.setdefault(key, []).append(target)
    nodes, links = list(drawing.nodes), list(drawing.links)
    by_id = {node.id: node for node in drawing.nodes}
    number = 0
    for key, targets in alike.items():
        if len(targets) < JOIN_TO:
            continue
        number += 1
        join = f"{targets[0]}j{number}"
        sources = [source for source, _ in key]
        kind = key[0][1]
        gone = {(source, target) for source in sources for target in targets}
        links = [link for link in links if link.label or link.on_path or (link.source, link.target) not in gone]
        layer = min(by_id[target].layer for target in targets)
        nodes.append(Node(join, "join", "", layer=layer, group=_shared(by_id[one].group for one in targets)))
        links += [Link(source, join, kind) for source in sources] + [Link(join, target, kind) for target in targets]
    return replace(drawing, nodes=tuple(nodes), links=tuple(links))


def _shared(groups: Iterable[str]) -> str:
    found = set(groups)
    return found.pop() if len(found) == 1 else ""
