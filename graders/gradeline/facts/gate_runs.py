"""Experiments on a script: with good numbers it ends with success; what does it do with one that is bad or missing?

A run is one way through the script with certain numbers from outside.  ``Gate`` finds numbers with which the script
ends with success, and then changes one thing at a time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from gradeline.facts.gate_bounds import (
    LOW,
    between,
    between_groups,
    is_champion,
    is_range,
    is_trivial,
    primary,
    rises_above,
)
from gradeline.facts.gate_experiment import Run, Start, run
from gradeline.facts.gate_numbers import Known, turning
from gradeline.facts.gate_state import Comparison
from gradeline.facts.gate_values import MISSING, Data, Face, Value, labels_of, leaves, words_of
from gradeline.facts.registry_acts import acts, module_may_act
from gradeline.model.code import Codebase
from gradeline.model.document import Document
from gradeline.records import record
from gradeline.source import Span

MAX_ROUNDS = 14
MAX_RUNS = 240
MAX_WORK = 250_000  # steps of all experiments on one script
_PARTS = 2  # values that are looked at in about the time of a step, with what has to be kept of them

Faces = dict[tuple[str, ...], Face]
Does = Callable[[Run], bool]


@record
class _Turn:
    """Where a comparison turns: at which number of ``leaf``, whether it is true above, and whether it is about several
    things from outside."""

    compared: Comparison
    leaf: Data
    root: float
    rises: bool
    several: bool


@record
class _Turns:
    run: Run
    faces: Faces
    turns: list[_Turn]
    work: int


class Gate:
    """A script with all that can be asked about it; answers are kept."""

    def __init__(
        self,
        code: Codebase,
        documents: Mapping[str, Document],
        start: Start,
        produced: Iterable[str] = (),
    ) -> None:
        self.code = code
        self.documents = documents
        self.start = start
        self.produced = frozenset(produced)
        self.runs = 0
        self.work = 0
        self.lost: tuple[Span, str] | None = None
        self._known_turns: dict[int, _Turns] = {}  # by the number of a run, which is kept with its answer

    @property
    def path(self) -> str:
        return self.start.module.path

    def run(self, faces: Mapping[tuple[str, ...], Face], empty: bool = False) -> Run:
        if self.runs >= MAX_RUNS or self.work >= MAX_WORK:
            span = Span(self.path, 1)
            return Run(None, False, span, lost=(span, "it has too many possibilities to try them all"))
        self.runs += 1
        found = self._known(faces, empty)
        self.work += found.steps
        if found.lost is not None and self.lost is None:
            self.lost = found.lost
        return found

    def _known(self, faces: Mapping[tuple[str, ...], Face], empty: bool) -> Run:
        """One experiment, made once for all who ask; it counts for each of them, so that nobody's answer depends on who
        asked before."""
        known = self.start.module.experiments
        # As text: `True` and 1 are the same key of a dictionary, and different answers from outside.
        given = tuple((key, repr(face)) for key, face in sorted(faces.items(), key=lambda one: one[0]))
        start = self.start
        how = (start.arguments, start.directory, start.test, start.answers, start.optimized)
        key = (*how, self.produced, empty, given)
        found = known.get(key)
        if not isinstance(found, Run):
            found = run(self.code, self.documents, self.start, faces, self.produced, empty)
            if len(known) < MAX_RUNS:
                known[key] = found
        return found

    @cached_property
    def good(self) -> tuple[Faces, Run] | None:
        """Numbers with which the script ends with success, and that run; None when none were found.  A script that may
        change a registry has done so then."""
        found = self._succeeding()
        if found is None or acts(found[1].calls) or not module_may_act(self.code, self.start.module):
            return found
        for style in ("name", "true"):
            faces, doing = self._settle({}, style, does=_acts)
            if doing.status == 0 and _acts(doing):
                return faces, doing
            better = self._flipped(*found, style, _acts)
            if better is not None:
                return better
        return found

    def _succeeding(self) -> tuple[Faces, Run] | None:
        fallback: tuple[Faces, Run] | None = None
        for style in ("name", "true", "false"):
            faces, found = self._settle({}, style)
            if found.status == 0:
                if found.compared or found.calls:
                    return faces, found
                fallback = fallback or (faces, found)
                continue
            plain = self.run({}) if style == "name" else None
            if plain is not None and plain.status == 0 and plain.compared:
                return {}, plain  # numbers that are all the same satisfy it, such as those of groups
            better = self._flipped(faces, found, style)
            if better is not None:
                return better
        return fallback

    def _settle(
        self, fixed: Faces, style: str, sides: Mapping[object, bool] | None = None, does: Does | None = None
    ) -> tuple[Faces, Run]:
        """Run until the comparisons that are met have numbers on the wanted side.  Numbers may go to and fro, with
        success each second time; ``does`` is what the run has to do besides."""
        faces: Faces = dict(fixed)
        found = self.run(faces)
        ended: tuple[Faces, Run] | None = None
        for _ in range(MAX_ROUNDS):
            wanted = {**self._proposed(found, faces, style, sides or {}), **fixed}
            if found.status is None or wanted == faces:
                return ended if ended is not None and does is not None and not does(found) else (faces, found)
            faces = wanted
            found = self.run(faces)
            if found.status == 0 and (does is None or does(found)):
                ended = (faces, found)
        return ended if ended is not None else (faces, found)

    def _proposed(self, found: Run, faces: Faces, style: str, sides: Mapping[object, bool]) -> Faces:
        roots: dict[tuple[str, ...], list[tuple[float, bool]]] = {}
        rising: dict[tuple[str, ...], list[tuple[float, bool]]] = {}
        exact: Faces = {}
        for turn in self._turns(found, faces):
            one, leaf, root, rises = turn.compared, turn.leaf, turn.root, turn.rises
            if one.op in ("==", "!="):
                if (one.op == "!=") != sides.get(one.id, False):
                    exact[leaf.key] = root
                elif one.op == "==" and turn.several:
                    exact[leaf.key] = root + 1  # two things from outside are seldom the same
                continue
            up = self._wants_more(one, leaf, style, rises)
            if sides.get(one.id, False):
                up = not up
            if turn.several and one.truth == (up == rises):
                continue  # a distance between two numbers is small enough as it is
            roots.setdefault(leaf.key, []).append((root, up))
            rising.setdefault(leaf.key, []).append((root, rises))
        if style == "name":
            for key, known in rising.items():
                if is_range(known):
                    roots[key] = [(root, root == min(known)[0]) for root, _ in known]
        return {**faces, **{key: between(found_roots) for key, found_roots in roots.items()}, **exact}

    def _turns(self, found: Run, faces: Faces) -> list[_Turn]:
        """Where the comparisons of a run turn, worked out once for each run.  The work counts each time, so that no
        answer depends on who asked before."""
        known = self._known_turns.get(id(found))
        if known is not None and known.faces == faces and self.work + known.work < MAX_WORK:
            self.work += known.work
            return known.turns
        before, turns = self.work, []
        for one in found.compared:
            leaf = primary(one)
            if leaf is None or not one.numeric or between_groups(one, leaf):
                continue
            root = self.turning(one.left, one.right, leaf, faces)
            if root is not None:
                several = len(leaves(one.left, one.right)) > 1
                turns.append(_Turn(one, leaf, root, rises_above(one, leaf, faces, root), several))
        self._known_turns[id(found)] = _Turns(found, dict(faces), turns, self.work - before)
        return turns

    def _wants_more(self, one: Comparison, leaf: Data, style: str, rises: bool) -> bool:
        if style == "name":
            names = " ".join(part for part in leaf.key[-2:] if "#" not in part)  # rows chosen by a column are no name
            said = words_of(" ".join((leaf.call.rpartition(".")[2], *labels_of(one.left, one.right))))
            return not LOW & (words_of(names) | said)
        return rises == (style == "true")

    def _flipped(self, faces: Faces, found: Run, style: str, does: Does | None = None) -> tuple[Faces, Run] | None:
        """Turn single comparisons and truths around, one after the other, until the script ends with success and has
        done what it should."""
        sides: dict[object, bool] = {}
        fixed: Faces = {}
        tried: set[object] = set()
        for _ in range(10):
            for key, (_, value) in list(found.asked.items())[:24]:
                if ("ask", key) in tried:
                    continue
                tried.add(("ask", key))
                more: Faces = {**fixed, key: not value}
                faces, other = self._settle(more, style, sides, does)
                if other.status == 0 and (other.compared or other.calls) and (does is None or does(other)):
                    return faces, other
                if len(other.compared) + len(other.asked) > len(found.compared) + len(found.asked):
                    fixed, found = more, other
                    break
            else:
                for one in found.compared[:24]:
                    if ("side", one.id) in tried or not one.numeric:
                        continue
                    tried.add(("side", one.id))
                    turned = {**sides, one.id: True}
                    faces, other = self._settle(fixed, style, turned, does)
                    if other.status == 0 and (does is None or does(other)):
                        return faces, other
                    if len(other.compared) > len(found.compared):
                        sides, found = turned, other
                        break
                else:
                    return None
        return None

    def turning(self, left: Value, right: Value, leaf: Data, faces: Faces) -> float | None:
        """Where two values are equal; None when they do not run straight, and when too much was asked already."""
        if self.work >= MAX_WORK:
            return None
        meter = Known()
        found = turning(left, right, leaf, faces, meter)
        self.work += 1 + meter.parts // _PARTS
        return found

    # -- questions ---------------------------------------------------------------------------

    @cached_property
    def decisions(self) -> tuple[Decision, ...]:
        """The comparisons of the good run that turn when a number from outside changes."""
        if self.good is None:
            return ()
        faces, good = self.good
        return tuple(
            made for one in good.compared if one.numeric and (made := self._decision(one, faces, good)) is not None
        )

    def _decision(self, one: Comparison, faces: Faces, good: Run) -> Decision | None:
        leaf = primary(one)
        if leaf is None:
            return None
        others = [other for other in leaves(one.left, one.right) if other.key != leaf.key]
        bound = self.turning(one.left, one.right, leaf, faces)
        if bound is None:
            return Decision(one, leaf, tuple(others), None, None, None, None)
        value = faces.get(leaf.key, 0.5)
        up = isinstance(value, int | float) and value > bound
        worse: Run | None = None
        blocks: bool | None = None
        for changed in self._ways(one, leaf, others, bound, up, faces):
            found = self.run(changed)
            if found.status is None:
                continue
            same = next((other for other in found.compared if other.id == one.id), None)
            if same is None or same.truth == one.truth:
                continue
            worse = found
            blocks = found.outcome != good.outcome
            if not self._others_turned(one, found, good):
                break
        return Decision(one, leaf, tuple(others), bound, up, blocks, worse)

    def _ways(
        self, one: Comparison, leaf: Data, others: list[Data], bound: float, up: bool, faces: Faces
    ) -> list[Faces]:
        """Numbers with which this comparison turns: by the reference, just behind the bound, and far behind it."""
        ways: list[Faces] = []
        for other in others:
            root = self.turning(one.left, one.right, other, faces)
            value = faces.get(other.key, 0.5)
            if root is not None and isinstance(value, int | float):
                ways.append({**faces, other.key: root + (_step(root) if value < root else -_step(root))})
        sizes = (_step(bound), 10 * _step(bound), max(1.0, abs(bound)))
        return [*ways, *({**faces, leaf.key: bound - size if up else bound + size} for size in sizes)]

    def _others_turned(self, one: Comparison, found: Run, good: Run) -> bool:
        truths = {other.id: other.truth for other in good.compared if other.id != one.id}
        return any(other.id in truths and truths[other.id] != other.truth for other in found.compared)

    def with_face(self, key: tuple[str, ...], face: Face) -> Run:
        """The good run with one thing from outside changed."""
        faces = self.good[0] if self.good is not None else {}
        return self.run({**faces, key: face})

    def closed(self, leaf: Data) -> Iterable[tuple[str, Run]]:
        """What happens without a usable number: it is NaN, null, or there is no such entry."""
        yield "nan", self.with_face(leaf.key, math.nan)
        if leaf.call in ("", "file"):
            yield "null", self.with_face(leaf.key, None)
            yield "missing", self.with_face(leaf.key, MISSING)


@record
class Decision:
    """A comparison of a number from outside with a bound.

    ``leaf`` is the number that is judged, ``references`` the other ones; ``bound`` is where the comparison turns;
    ``up``: more is better.  ``blocks``: turning it alone changes how the script ends, None when that cannot be told.
    """

    compared: Comparison
    leaf: Data
    references: tuple[Data, ...]
    bound: float | None
    up: bool | None
    blocks: bool | None
    worse: Run | None

    @property
    def span(self) -> Span:
        return self.compared.span

    @property
    def measured(self) -> bool:
        """Whether the number may be a measurement: neither the command line nor the clock is one."""
        first = self.leaf.key[0] if self.leaf.key else ""
        if first in ("argument", "environment"):
            return "content" in self.leaf.key
        return first != "sys.argv" and not self.leaf.call.startswith("time.")

    @property
    def champion(self) -> Data | None:
        return next((one for one in self.references if is_champion(one)), None)

    @property
    def trivial(self) -> Data | None:
        return next((one for one in self.references if is_trivial(one)), None)


def _acts(run: Run) -> bool:
    return bool(acts(run.calls))


def _step(bound: float) -> float:
    return max(abs(bound) * 1e-3, 1e-5)
