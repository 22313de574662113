"""Trials of a script with made-up customers: what it says when a group is treated worse, is small, or has no number.

The script is followed with a whole table of predictions.  In one trial all groups are alike; in each of the others one
thing is different.  So two numbers are two different ones when no single number explains what the script says, and a
small group is handled when the script ends in another way, or says something that it does not say about a large one.

Fairlearn documentation, "Common fairness metrics"; Barocas, Hardt, Narayanan, "Fairness and Machine Learning",
chapter 3 (independence, separation, sufficiency).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from gradeline.facts.gate_experiment import Run, run
from gradeline.facts.gate_runs import Gate
from gradeline.facts.known_frames import Frame
from gradeline.facts.known_libraries import World
from gradeline.model.document import Document
from gradeline.records import record
from gradeline.source import Span

CUSTOMERS = 80  # in each group of a trial
MAX_TRIALS = 160  # on one script
MAX_WORK = 1_500_000  # steps of all trials on one script, for one question
LEVELS = ((0.5, 0.5), (0.8, 0.2), (0.9, 0.1))  # how many of the leavers and of the others are chosen
SCALES = (1, 4)
QUANTITIES = ("recall", "false positive rate", "selection rate", "accuracy", "precision")
_DIGITS = re.compile(r"[-+]?\d[\d.,]*(?:e[-+]?\d+)?")


@record
class Table:
    """Which predictions there are, as ``production.predictions`` of an exercise says.  ``values``: the groups of each
    column, 2, 4 or 5 of them, so that all of them can be alike; ``others``: columns that only name customers."""

    file: str
    label: str
    predicted: str
    champion: str
    values: Mapping[str, tuple[str, ...]]
    others: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()  # the columns whose groups are asked about


@record
class Group:
    """How many customers of a group leave, and how many of these and of the others are chosen."""

    leavers: int
    hits: int
    others: int
    false: int

    @property
    def quantities(self) -> tuple[float, ...]:
        """The numbers of QUANTITIES."""
        chosen, size = self.hits + self.false, self.leavers + self.others
        right = self.hits + self.others - self.false
        return (
            self.hits / self.leavers if self.leavers else 0.0, self.false / self.others if self.others else 0.0,
            chosen / size if size else 0.0, right / size if size else 0.0, self.hits / chosen if chosen else 0.0,
        )  # fmt: skip

    def times(self, scale: int) -> Group:
        return Group(self.leavers * scale, self.hits * scale, self.others * scale, self.false * scale)


def alike(level: tuple[float, float], size: int = CUSTOMERS) -> Group:
    half = size // 2
    return Group(half, round(half * level[0]), half, round(half * level[1]))


def _apart(first: float, second: float, gap: float, ratio: float) -> bool:
    low, high = sorted((first, second))
    return high - low >= gap + 0.02 - 1e-9 and low <= (ratio - 0.02) * high + 1e-9


@lru_cache(maxsize=128)
def differs(level: tuple[float, float], which: int, same: int, gap: float, ratio: float) -> Group | None:
    """The group that is as little worse as it takes in one of QUANTITIES, and the same in another one."""
    base = alike(level)
    found: list[tuple[float, Group]] = []
    for hits in range(base.leavers + 1):
        for false in range(base.others + 1):
            one = Group(base.leavers, hits, base.others, false)
            if one.quantities[which] < base.quantities[which] and abs(
                one.quantities[same] - base.quantities[same]) < 1e-9 and _apart(
                    one.quantities[which], base.quantities[which], gap, ratio):  # fmt: skip
                found.append((abs(hits - base.hits) + abs(false - base.false), one))
    return min(found, key=lambda pair: (pair[0], pair[1].hits, pair[1].false))[1] if found else None


@lru_cache(maxsize=128)
def same_only(level: tuple[float, float], which: int, gap: float, ratio: float) -> Group | None:
    """The group that has one of QUANTITIES as all others have it, and differs in each of the other ones."""
    base = alike(level)
    wanted = base.quantities
    found: list[tuple[float, Group]] = []
    for leavers in (CUSTOMERS // 2, CUSTOMERS // 4, CUSTOMERS * 3 // 4):
        others = CUSTOMERS - leavers
        for hits in range(leavers + 1):
            for false in range(others + 1):
                one = Group(leavers, hits, others, false)
                mine = one.quantities
                if abs(mine[which] - wanted[which]) > 1e-9:
                    continue
                if all(_apart(mine[at], wanted[at], gap, ratio) for at in range(5) if at != which):
                    found.append((sum(abs(mine[at] - wanted[at]) for at in range(5)), one))
    return min(found, key=lambda pair: (pair[0], pair[1].leavers, pair[1].hits, pair[1].false))[1] if found else None


def customers(table: Table, base: Group, column: str, changed: Mapping[str, Group],
              champion: Mapping[str, Group] | None = None) -> Frame:  # fmt: skip
    """A table of predictions.  The values of ``column`` are the groups; those of all other columns are spread evenly.
    ``champion``: the groups as the champion treats them, when it is not as the candidate does."""
    rest = [name for name in table.values if name != column]
    cells: dict[str, list[object]] = {name: [] for name in (
        *table.others, column, *rest, table.label, table.predicted, table.champion)}  # fmt: skip
    number = 0
    for value in table.values[column]:
        mine = changed.get(value, base)
        before = mine if champion is None else champion.get(value, base)
        for real, size, chosen, earlier in (
            (1, mine.leavers, mine.hits, before.hits), (0, mine.others, mine.false, before.false)
        ):  # fmt: skip
            for place in range(size):
                number += 1
                cells[column].append(value)
                for at, name in enumerate(rest):
                    values = table.values[name]
                    cells[name].append(values[(place + at * (place // len(values))) % len(values)])
                cells[table.label].append(real)
                cells[table.predicted].append(int(place < chosen))
                cells[table.champion].append(int(place < earlier))
                for name in table.others:
                    cells[name].append(f"C{number:05}")
    return Frame(cells)


@record
class Ground:
    """Customers that are all alike, with which the script ends with success."""

    level: tuple[float, float]
    scale: int
    fair: Run

    @property
    def base(self) -> Group:
        return alike(self.level).times(self.scale)


class Trials:
    """A script with the answers to all trials; each is made once."""

    def __init__(self, gate: Gate, table: Table) -> None:
        self.gate = gate
        self.table = table
        self.lost: tuple[Span, str] | None = None
        self.refused: Run | None = None
        self.work = 0
        self._known: dict[object, Run | None] = {}

    @property
    def path(self) -> str:
        return self.gate.path

    def run(self, frame: Frame, key: object, documents: Mapping[str, Document] | None = None,
            fixed: Mapping[Span, bool] | None = None) -> Run | None:  # fmt: skip
        """How the script ends with some customers; None when that cannot be seen."""
        if key in self._known:
            return self._known[key]
        if len(self._known) >= MAX_TRIALS or self.work >= MAX_WORK:
            self.lost = self.lost or (Span(self.path, 1), "it has too many possibilities to try them all")
            return None
        gate = self.gate
        # Each criterion asks for trials of its own; one with the files as they are is made once for all of them.
        shared = gate.start.module.experiments
        name = ("trial", gate.start.arguments, gate.start.directory, gate.produced, self.table.file, repr(key))
        known = shared.get(name) if documents is None else None
        files, world = gate.documents if documents is None else documents, World({self.table.file: frame}, frame)
        found = known if isinstance(known, Run) else run(
            gate.code, files, gate.start, {}, gate.produced, world=world, fixed=fixed)  # fmt: skip
        if documents is None:
            shared[name] = found
        self.work += 0 if found is known else found.steps
        hidden = found.lost or _undecided(found)
        self.lost = self.lost or hidden
        self._known[key] = None if hidden else found
        return self._known[key]

    @property
    def grounds(self) -> Iterator[Ground]:
        """Where trials can start, one for each size of groups."""
        first = next(iter(self.table.values))
        for scale in SCALES:
            for level in LEVELS:
                base = alike(level).times(scale)
                fair = self.run(customers(self.table, base, first, {}), ("alike", level, scale))
                if fair is not None and fair.status == 0:
                    yield Ground(level, scale, fair)
                    break
                self.refused = self.refused or fair
                if fair is None:
                    break  # the other levels are not followed, either

    def with_group(
        self, ground: Ground, column: str, group: Group, value: str = "", champion: Group | None = None,
        documents: Mapping[str, Document] | None = None, mark: object = None, scaled: bool = True,
        fixed: Mapping[Span, bool] | None = None,
    ) -> Run | None:  # fmt: skip
        """One group is another one; by default the last of its column."""
        value = value or self.table.values[column][-1]
        mine = group.times(ground.scale) if scaled else group
        before = None if champion is None else {value: champion.times(ground.scale) if scaled else champion}
        frame = customers(self.table, ground.base, column, {value: mine}, before)
        key = (ground.level, ground.scale, column, value, mine, before and before[value], mark)
        return self.run(frame, (*key, tuple((fixed or {}).items())), documents, fixed)

    def values(self, column: str) -> tuple[str, str]:
        """Two groups to try: the last and the first one."""
        return self.table.values[column][-1], self.table.values[column][0]

    # -- questions ---------------------------------------------------------------------------

    def noticed(self, ground: Ground, column: str, which: int, gap: float, ratio: float) -> list[Run | None]:
        """Runs in which one group has less of one of QUANTITIES."""
        group = differs(ground.level, which, 2 if which == 0 else 0, gap, ratio)
        if group is None:
            return []
        return [self.with_group(ground, column, group, value) for value in self.values(column)]

    def small(self, ground: Ground, column: str, fixed: Mapping[Span, bool] | None = None) -> Run | None:
        """The same rates in a group of a few customers."""
        size = next(size for size in (2, 5, 10) if all(
            abs(share * size - round(share * size)) < 1e-9 for share in ground.level))  # fmt: skip
        return self.with_group(ground, column, alike(ground.level, 2 * size), scaled=False, fixed=fixed)

    def damages(self, ground: Ground, gap: float, ratio: float) -> dict[str, dict[Span, bool]]:
        """Ways to damage the script, each with the comparisons that then always come out in one way: ``passes`` lets a
        group fall behind, ``stops`` stops those who are alike, ``silent`` says nothing about small groups."""
        found: dict[str, dict[Span, bool]] = {}
        column = self.table.asked[0]
        group, bad = None, None
        for bounds in ((gap, ratio), (0.4, 0.3)):  # a gate with a loose bound may be tested all the same
            group = differs(ground.level, 0, 2, *bounds)
            bad = None if group is None else self.with_group(ground, column, group)
            if bad is not None and bad.status:
                break
        if bad is not None and group is not None and bad.status:
            turned = _changed(bad, ground.fair)
            # A test may give the champion no gap: then a comparison with it stops the candidate as well.
            alone = self.with_group(ground, column, group, champion=alike(ground.level))
            passes = {**turned, **(_changed(alone, ground.fair) if alone is not None and alone.status else {})}
            again = self.with_group(ground, column, group, fixed=passes)
            if again is not None and not again.status:
                found["passes"] = passes
            stops = {span: not truth for span, truth in turned.items()}
            alike_run = self.with_group(ground, column, alike(ground.level), fixed=stops)
            if alike_run is not None and alike_run.status:
                found["stops"] = stops
        few = self.small(ground, column)
        if few is not None:
            silent = _changed(few, ground.fair)
            again = self.small(ground, column, fixed=silent)
            if again is not None and not again.status and not told(again, ground.fair):
                found["silent"] = silent
        return found

    def merged(self, ground: Ground, column: str) -> bool:
        """Whether small groups are judged together: two of them end the script with a failure, one alone does not, and
        nor do as many customers that are spread over all groups."""
        one, two = self.table.values[column][-1], self.table.values[column][-2]
        values = self.table.values[column]
        if len(values) < 3:
            return False
        for size in (10, 16, 24, 40):
            nobody = Group(size // 2, 0, size // 2, 0)
            alone = self.with_group(ground, column, nobody, scaled=False)
            frame = customers(self.table, ground.base, column, {one: nobody, two: nobody})
            both = self.run(frame, ("both", ground.level, ground.scale, column, size))
            if alone is None or both is None:
                return False
            if alone.status:  # is it judged alone? together with a group of the opposite kind it is like all others
                half = ground.level[0] == ground.level[1] == 0.5
                every = Group(size // 2, size // 2, size // 2, size // 2)
                frame = customers(self.table, ground.base, column, {one: nobody, two: every})
                opposite = self.run(frame, ("opposite", ground.level, ground.scale, column, size))
                if half and opposite is not None and not opposite.status:
                    return True
                continue
            if not both.status:
                continue
            whole = ground.base.leavers
            share = (len(values) - 2) * whole / ((len(values) - 2) * whole + size)
            thin = Group(whole, round(ground.base.hits * share), whole, round(ground.base.false * share))
            spread = customers(self.table, thin, column, {})
            control = self.run(spread, ("spread", ground.level, ground.scale, column, size))
            if control is not None and not control.status:
                return True
        return False

    def without_leavers(self, ground: Ground, column: str) -> Run | None:
        """Nobody of a group leaves, so that it has no recall."""
        others = ground.base.leavers + ground.base.others
        chosen = round(others * (ground.level[0] + ground.level[1]) / 2)
        return self.with_group(ground, column, Group(0, 0, others, chosen), scaled=False)

    def without_predictions(self, ground: Ground, column: str) -> Run | None:
        """Nothing is known about what the model says of a group."""
        return self._with_holes(ground, column, self.table.predicted)

    def without_label(self, ground: Ground, column: str) -> Run | None:
        """Some customers have no group, and nobody of them is chosen."""
        value = self.table.values[column][-1]
        nobody = Group(ground.base.leavers, 0, ground.base.others, 0)
        frame = customers(self.table, ground.base, column, {value: nobody})
        holes = [None if one == value else one for one in frame.columns[column]]
        return self.run(Frame({**frame.columns, column: holes}), ("no label", ground.level, ground.scale, column))

    def _with_holes(self, ground: Ground, column: str, cells: str) -> Run | None:
        frame = customers(self.table, ground.base, column, {})
        value = self.table.values[column][-1]
        holes = [float("nan") if group == value else one
                 for group, one in zip(frame.columns[column], frame.columns[cells], strict=True)]  # fmt: skip
        return self.run(Frame({**frame.columns, cells: holes}), ("holes", ground.level, ground.scale, column, cells))

    def nobody(self, ground: Ground) -> Run | None:
        """There is no customer at all."""
        frame = customers(self.table, ground.base, next(iter(self.table.values)), {})
        return self.run(frame.at([]), ("nobody", ground.level))

    def grown(self, ground: Ground, column: str, most: float) -> Iterator[tuple[float, Run | None, Run | None]]:
        """A gap that the champion has too, and the same gap that it has not: the gap and the two runs."""
        base = alike(ground.level, 4 * CUSTOMERS)  # so large that the groups of other columns stay alike
        half = base.leavers
        for steps in (12, 8, 4):
            gap = steps / half
            worse = Group(half, max(base.hits - steps, 0), half, max(base.false - steps, 0))
            if gap <= most and steps == 12:
                continue
            yield (gap, self.with_group(ground, column, worse),
                   self.with_group(ground, column, worse, champion=base))  # fmt: skip


def _undecided(found: Run) -> tuple[Span, str] | None:
    """Something that no trial knows has decided."""
    for one in found.compared:
        return one.span, "what is compared here comes from somewhere else"
    for key, (data, _) in found.asked.items():
        if key[0] in ("environment", "argument") or key[-1] == "exists":
            continue
        return data.span, "what decides here comes from somewhere else"
    return None


def told(found: Run, before: Run) -> bool:
    """Whether a run says something, apart from numbers, that another one does not say."""
    return bool(_lines(found) - _lines(before))


def _lines(found: Run) -> set[str]:
    texts = [text for text, _ in found.printed] + [text for _, text, _ in found.written]
    return {" ".join(_DIGITS.sub("#", line).split()) for text in texts for line in text[:4000].split("\n")}


def turned(found: Run, before: Run) -> Span:
    """The comparison that came out in another way than before."""
    return next(iter(_changed(found, before)), found.span)


def _changed(found: Run, before: Run) -> dict[Span, bool]:
    """The comparisons that came out in another way than before, with how they mostly came out then."""
    known: dict[Span, list[bool]] = {}
    for span, truth in before.truths:
        known.setdefault(span, []).append(truth)
    mine: dict[Span, list[bool]] = {}
    for span, truth in found.truths:
        mine.setdefault(span, []).append(truth)
    return {span: 2 * sum(known[span]) >= len(known[span]) for span, truths in mine.items()
            if span in known and truths != known[span][: len(truths)]}  # fmt: skip
