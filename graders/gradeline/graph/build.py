"""From facts and a report to the data of a drawing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.graph import findings, runs, units
from gradeline.graph.drawing import Drawing, Group, Node, NodeKind, Page, Row, State
from gradeline.graph.findings import START, Marks, Spot
from gradeline.graph.links import layers, links
from gradeline.graph.runs import Kind
from gradeline.model.pipeline import Scenario, Step, Unit
from gradeline.records import replace
from gradeline.result import Report
from gradeline.score import shown
from gradeline.words import Words, english

UNITS = 200  # jobs that are drawn of one pipeline
_KINDS: Mapping[str, NodeKind] = {"work": "unit", "entry": "call", "exit": "return"}


def draw(
    pipelines: Iterable[PipelineFacts], report: Report | None = None, event: str = "", words: Words | None = None
) -> Page:
    """The page with every pipeline; with ``report`` also what its criteria found.

    With ``event`` (see ``runs.choose``) only the pipelines that it starts are drawn, in that one run.  What we say
    about them is said in ``words``; what criteria and readers say is English.
    """
    words = words or english()
    found = findings.number(report) if report is not None else ()
    drawings: list[Drawing] = []
    seen: set[int] = set()
    count = 0
    for facts in pipelines:
        scenario = runs.choose(facts, event) if event else None
        if event and scenario is None:
            continue
        marks = findings.mark(facts, found, scenario)
        builder = _Builder(facts, marks, scenario, count, words)
        drawings.append(builder.drawing())
        count = builder.last
        seen.update(number for numbers in marks.numbers.values() for number in numbers)
    if report is None:
        return Page(tuple(drawings), words=words)
    files = {drawing.path for drawing in drawings}
    listed = tuple(
        replace(finding, scope="jobs" if finding.number in seen else findings.scope(result, files))
        for finding, result in found
    )
    word = words("report.passed" if report.passed else "report.not_passed")
    result = words("drawn.result", score=shown(report.score), max=shown(report.max_score), word=word)
    return Page(tuple(drawings), f"{report.exercise}  {report.title}", result, listed, words)


class _Builder:
    """One drawing.  ``count`` nodes were drawn before it, so that ids are different on the whole page."""

    def __init__(self, facts: PipelineFacts, marks: Marks, scenario: Scenario | None, count: int, words: Words) -> None:
        self.words = words
        self.facts = facts
        self.pipeline = facts.pipeline
        self.marks = marks
        self.scenario = scenario
        self.kinds = (runs.only(facts, scenario),) if scenario is not None else runs.kinds(facts)
        self.drawn = self.pipeline.units[:UNITS]
        self.start = f"n{count + 1}"
        self.ids = {unit.id: f"n{count + 2 + number}" for number, unit in enumerate(self.drawn)}
        self.last = count + 1 + len(self.drawn)
        self.path_spots = {spot for path in marks.paths for spot in path}
        self.by_step: dict[tuple[str, str], list[Activity]] = {}
        for item in facts.activities:
            self.by_step.setdefault((item.unit.id, item.step.id), []).append(item)

    def drawing(self) -> Drawing:
        chosen = tuple(kind.scenarios[0] for kind in self.kinds)
        found = links(self.facts, self.ids, self.start, chosen)
        way: set[tuple[str, str]] = set()
        for path in self.marks.paths:
            stations = [self.start if spot.unit == START else self.ids.get(spot.unit, "") for spot in path]
            way |= findings.on_the_way(found, [station for station in stations if station])
        layer = layers(self.facts, self.ids, found)
        nodes = [self._start(), *(replace(self._node(unit), layer=layer[self.ids[unit.id]]) for unit in self.drawn)]
        touched = {end for pair in way for end in pair}
        return Drawing(
            path=self.pipeline.path,
            title=self.pipeline.title,
            runs=tuple(kind.shown() for kind in self.kinds),
            event=self.scenario.title if self.scenario is not None else "",
            nodes=tuple(replace(node, on_path=node.on_path or node.id in touched) for node in nodes),
            links=tuple(replace(link, on_path=(link.source, link.target) in way) for link in found),
            groups=tuple(self._groups()),
            remarks=tuple(self._remarks()),
            more=len(self.pipeline.units) - len(self.drawn),
        )

    # -- nodes -------------------------------------------------------------------------------

    def _start(self) -> Node:
        marked = self.marks.numbers.get(Spot(START), ())
        return Node(self.start, "start", "start", findings=marked, on_path=Spot(START) in self.path_spots)

    def _node(self, unit: Unit) -> Node:
        kind = _KINDS[unit.kind]
        state, notes = self._state(unit)
        own = () if kind == "return" else tuple(units.unit_notes(self.facts, unit, self.words))
        inner = unit.id if kind == "call" else unit.inside
        return Node(
            id=self.ids[unit.id],
            kind=kind,
            name=self._name(unit),
            title=unit.title if unit.title != unit.id and kind != "return" else "",
            place=units.place_of(unit.span, self.pipeline.path, self.words),
            state=state,
            notes=(*own, *notes),
            rows=tuple(self._row(unit, number, step) for number, step in enumerate(unit.steps)),
            group=self._group_of(unit, inner),
            findings=self.marks.numbers.get(Spot(unit.id), ()),
            on_path=Spot(unit.id) in self.path_spots,
        )

    def _name(self, unit: Unit) -> str:
        """The id; the two ends of a call share the caller's."""
        after = (one for one in self.pipeline.units if one.kind == "exit")
        if unit.kind != "entry":
            return unit.id
        return next((one.id for one in after if any(edge.unit == unit.id for edge in one.needs)), unit.id)

    def _state(self, unit: Unit) -> tuple[State, tuple[str, ...]]:
        """How the unit takes part in what is shown, and a note when that is not always alike."""
        states = [kind.states[unit.id] for kind in self.kinds]
        if not states:
            return "never", ()
        if unit.kind == "exit":
            return states[0], ()
        if self.scenario is not None:
            state = states[0]
            if state == "runs":
                return state, ()
            why = runs.why_not(self.facts, unit, self.scenario, self.words)
            return state, (self.words(f"drawn.why.{state}", why=why),)
        some = [kind for kind in self.kinds if kind.states[unit.id] in ("runs", "depends")]
        if not some and runs.only_after_failure(self.facts, unit):
            return "skipped", (self.words("drawn.after_failure"),)
        if not some:
            why = runs.why_not(self.facts, unit, self.kinds[0].scenarios[0], self.words)
            return "never", (self.words("drawn.why.never", why=why),)
        if all(state == "runs" for state in states):
            return "runs", ()
        return ("depends" if "depends" in states else "runs"), tuple(_when(unit, some, self.kinds, self.words))

    def _row(self, unit: Unit, number: int, step: Step) -> Row:
        inner = [one for walked in step.walk() for one in self.by_step.get((unit.id, walked.id), ())]
        activities = tuple(inner)
        notes = list(dict.fromkeys(units.step_notes(self.facts, unit, step, activities, self.words)))
        ran = any((unit.id, walked.id) in kind.steps for kind in self.kinds for walked in step.walk())
        running = any(kind.states[unit.id] in ("runs", "depends") for kind in self.kinds)
        if running and not ran:
            notes.append(self._why_silent(unit, step))
        spot = Spot(unit.id, number)
        does, prepares = units.does(step, activities, self.words)
        return Row(
            title=step.title,
            place=units.place_of(step.span, unit.span.path, self.words),
            does=does,
            gate=units.gate(self.facts, activities),
            notes=tuple(notes),
            findings=self.marks.numbers.get(spot, ()),
            on_path=spot in self.path_spots,
            prepares=prepares,
        )

    def _why_silent(self, unit: Unit, step: Step) -> str:
        """A note on a step that does not run although its unit does."""
        if runs.only_after_failure(self.facts, unit, step.walk()):
            return self.words("drawn.after_failure")
        return self.words("drawn.state.absent" if self.scenario is not None else "drawn.state.never")

    # -- around them -------------------------------------------------------------------------

    def _group_of(self, unit: Unit, inner: str | None) -> str:
        if unit.kind == "exit":
            entry = next((edge.unit for edge in unit.needs if _is_entry(self.pipeline.unit(edge.unit))), None)
            inner = entry or unit.inside
        return f"g{self.ids[inner][1:]}" if inner in self.ids and inner is not None else ""

    def _groups(self) -> Iterator[Group]:
        for unit in self.drawn:
            if unit.kind == "entry":
                inside = next((one for one in self.drawn if one.inside == unit.id), None)
                called = inside.span.path if inside is not None else unit.title
                parent = self._group_of(unit, unit.inside) if unit.inside else ""
                yield Group(f"g{self.ids[unit.id][1:]}", called, parent)

    def _remarks(self) -> Iterator[str]:
        if not self.pipeline.scenarios:
            yield self.words("drawn.no_start")
        if not self.pipeline.units:
            yield self.words("drawn.no_job")
        for opaque in self.pipeline.opaque:
            place = units.place_of(opaque.span, self.pipeline.path, self.words)
            yield self.words("drawn.opaque_at", place=place, reason=opaque.reason)
        wrong = [one for one in self.pipeline.diagnostics if one.severity == "error"]
        for one in wrong[:3]:
            where = f"{units.place_of(one.span, self.pipeline.path, self.words)}: " if one.span else ""
            yield f"{where}{one.message}"


def _when(unit: Unit, some: Iterable[Kind], every: tuple[Kind, ...], words: Words) -> Iterator[str]:
    sure = [str(kind.number) for kind in some if kind.states[unit.id] == "runs"]
    maybe = [str(kind.number) for kind in some if kind.states[unit.id] == "depends"]
    if len(every) == 1:
        yield words("drawn.when.maybe")
        return
    if sure and maybe:
        yield words("drawn.when.both", sure=", ".join(sure), maybe=", ".join(maybe))
    elif sure:
        yield words("drawn.when.only", runs=", ".join(sure))
    else:
        yield words("drawn.when.maybe_in", runs=", ".join(maybe))


def _is_entry(unit: Unit | None) -> bool:
    return unit is not None and unit.kind == "entry"
