"""Experiments on a script: with good numbers it ends with success; what does it do with one that is bad or missing?

A run is one way through the script with certain numbers from outside.  ``Gate`` finds numbers with which the script
ends with success, and then changes one thing at a time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from gradeline.facts.gate_machine import (
    Comparison,
    Lost,
    Machine,
    Raised,
    statement,
)
from gradeline.facts.gate_numbers import Known, turning
from gradeline.facts.gate_values import MISSING, Const, Data, Face, Scope, Value, labels_of, leaves, words_of
from gradeline.facts.registry_acts import acts, module_may_act
from gradeline.model.code import Codebase, Module
from gradeline.model.document import Document
from gradeline.records import field, record
from gradeline.source import Span

if TYPE_CHECKING:
    from gradeline.facts.service_world import World

MAX_ROUNDS = 14
# What a table may raise that holds odd things, such as lists as labels: then a trial has no answer.
ODD = (ArithmeticError, LookupError, TypeError, ValueError, AttributeError)
MAX_RUNS = 240
MAX_WORK = 250_000  # steps of all experiments on one script
_PARTS = 2  # values that are looked at in about the time of a step, with what has to be kept of them
# Only a guess where the search for good numbers starts; what is good is what lets the script succeed.
LOW = frozenset(
    {
        "latency", "ms", "seconds", "time", "p95", "p99", "p50", "size", "mb", "kb", "bytes", "gap", "loss", "error",
        "rmse", "mae", "mse", "mape", "drift", "psi", "ks", "null", "nulls", "missing", "nan", "age", "hours", "days",
        "fpr", "ece", "brier", "logloss", "diff", "difference", "disparity", "regression", "drop", "cost", "isna",
        "isnull", "duplicated", "duplicates", "distance", "statistic", "std", "failures", "errors", "now", "mtime",
        "getmtime", "shift", "timestamp", "utcnow", "today",
    }
)  # fmt: skip
CHAMPION = frozenset(
    {"champion", "production", "prod", "incumbent", "deployed", "current", "previous", "baseline", "approved"}
)
TRIVIAL = frozenset({"dummy", "trivial", "majority", "naive", "constant", "prior", "dummyclassifier", "dummyregressor"})


@record
class Run:
    """How one experiment ended.  ``status`` is the exit status, None when it could not be followed (``lost``).
    ``said``: the script itself ended it (an exit, a ``raise``, an assertion), Python did not."""

    status: int | None
    said: bool
    span: Span
    compared: tuple[Comparison, ...] = ()
    asked: Mapping[tuple[str, ...], tuple[Data, Face]] = field(default_factory=dict)
    touched: Mapping[tuple[str, ...], Data] = field(default_factory=dict)
    calls: tuple[Data, ...] = ()
    constant: tuple[tuple[Span, Value, Value], ...] = ()
    read: Mapping[str, Span] = field(default_factory=dict)
    printed: tuple[tuple[str, Span], ...] = ()
    written: tuple[tuple[Value, str, Span], ...] = ()
    handed: tuple[tuple[int, Value | None, Value, Span], ...] = ()
    lost: tuple[Span, str] | None = None
    steps: int = 0
    dropped: bool = False  # see ``Machine``
    truths: tuple[tuple[Span, bool], ...] = ()
    aside: frozenset[Span] = frozenset()  # where what is said goes to the errors or a log

    @property
    def outcome(self) -> tuple[object, ...]:
        """What others see of it: the status, the outputs it gives to the pipeline, and which aliases it moves."""
        outputs = tuple(text for path, text, _ in self.written if "GITHUB_OUTPUT" in "/".join(_place(path)))
        return (self.status, *outputs, *self.moved)

    @property
    def moved(self) -> tuple[str, ...]:
        """The aliases and stages of registered models that this run has moved, in order."""
        return tuple(one.name for one in acts(self.calls) if one.kind in ("alias", "stage"))

    def yields(self, good: Run) -> bool:
        """Whether it ends with success and has moved all that the good run moves."""
        return self.status == 0 and not set(good.moved) - set(self.moved)


def _place(path: Value) -> tuple[str, ...]:
    if isinstance(path, Data):
        return path.key
    return (str(path.data),) if isinstance(path, Const) else ()


@record
class Start:
    """How a script is started: its file and the words behind it, None for words that are not known."""

    module: Module
    arguments: tuple[str | None, ...] | None = None
    directory: str = ""
    test: str = ""  # a test function that is run instead of the file
    answers: frozenset[str] = frozenset()  # files whose functions only answer, such as the kit's evaluation
    optimized: bool = False  # by an option of Python; assertions are left out


Faces = dict[tuple[str, ...], Face]
Does = Callable[[Run], bool]


def run(
    code: Codebase,
    documents: Mapping[str, Document],
    start: Start,
    faces: Mapping[tuple[str, ...], Face],
    produced: frozenset[str] = frozenset(),
    empty: bool = False,
    world: object = None,
    fixed: Mapping[Span, bool] | None = None,
    exact: bool = False,
    service: World | None = None,
) -> Run:
    """One experiment.  ``world``: the tables of a trial whose cells are known; ``fixed``: how some comparisons come
    out in it, whatever they compare; ``exact``: what libraries compute from known numbers is computed; ``service`` is
    what the script asks, and its clock."""
    machine = Machine(code, documents, faces, start.arguments, produced, empty, start.directory, world=world)
    machine.fixed = fixed or {}
    machine.exact, machine.service = exact, service
    machine.main = start.module
    machine.answers = start.answers
    machine.optimized = start.optimized
    status: int | None = 0
    said = True
    span = Span(start.module.path, 1)
    lost: tuple[Span, str] | None = None
    try:
        scope = Scope(start.module)
        scope.names["__name__"] = Const(start.module.path if start.test else "__main__")
        scope.names["__file__"] = Const(start.module.path)
        machine.scopes[start.module.path] = scope
        for node in start.module.tree.body:
            span = start.module.span(node)
            statement(machine, scope, node)
        if start.test:
            from gradeline.facts.gate_tests import run_test

            run_test(machine, scope, start.test)
    except Raised as error:
        status, said, span = _status(error), error.said, error.span
    except Lost as error:
        status, lost, span = None, (error.span, error.reason), error.span
    except RecursionError:
        status, lost = None, (span, "it is nested too deeply to be followed")
    except Exception as error:
        if world is not None and isinstance(error, ODD):
            status, lost = None, (span, "what this does with a table is not followed")
        elif type(error).__name__ not in ("Returned", "Broke", "Continued"):
            raise
        else:
            status, lost = None, (span, "this statement is at an odd place")
    if lost is None:
        lost = machine.unfollowed
    if status is not None and not start.module.complete:
        first = start.module.diagnostics[0]
        status, lost = None, (first.span or span, "the file has a mistake in its syntax")
    return Run(
        status, said, span, tuple(machine.compared), machine.asked, machine.touched, tuple(machine.calls),
        tuple(machine.constant), machine.read, tuple(machine.said), tuple(machine.written), tuple(machine.handed), lost,
        machine.steps,
        machine.dropped, tuple(machine.truths),
        frozenset(machine.aside),
    )  # fmt: skip


def _status(error: Raised) -> int:
    if "SystemExit" not in error.lineage:
        return 1
    value = error.value
    if isinstance(value, Const):
        if value.data is None or value.data is False:
            return 0
        if isinstance(value.data, bool):
            return 1
        return int(value.data) & 255 if isinstance(value.data, int) else 1
    return 1


def is_trivial(data: Data) -> bool:
    return bool(TRIVIAL & data.words)


def is_champion(data: Data) -> bool:
    return bool(CHAMPION & data.words) and not is_trivial(data)


def primary(compared: Comparison) -> Data | None:
    """The number that a comparison judges: what is compared with a reference is not the reference."""
    found = leaves(compared.left, compared.right)
    own = [one for one in found if not is_champion(one) and not is_trivial(one)]
    return next(iter(own or found), None)


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
                if _is_range(known):
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
            if leaf is None or not one.numeric or _between_groups(one, leaf):
                continue
            root = self.turning(one.left, one.right, leaf, faces)
            if root is not None:
                several = len(leaves(one.left, one.right)) > 1
                turns.append(_Turn(one, leaf, root, _rises(one, leaf, faces, root), several))
        self._known_turns[id(found)] = _Turns(found, dict(faces), turns, self.work - before)
        return turns

    def _wants_more(self, one: Comparison, leaf: Data, style: str, rises: bool) -> bool:
        if style == "name":
            names = " ".join(part for part in leaf.key[-2:] if "#" not in part)  # rows chosen by a column are no name
            said = words_of(" ".join((leaf.call.rpartition(".")[2], *labels_of(one.left, one.right))))
            return not LOW & (words_of(names) | said)
        return rises == (style == "true")

    def _flipped(
        self, faces: Faces, found: Run, style: str, does: Does | None = None
    ) -> tuple[Faces, Run] | None:
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


def between(roots: list[tuple[float, bool]]) -> float:
    """A number on the wanted side of each bound; ``True`` wants more.  Bounds of 0 and 1 limit shares."""
    low = [root for root, up in roots if up]
    high = [root for root, up in roots if not up]
    least = max(low, default=None)
    most = min(high, default=None)
    if least is not None and most is None and len(low) > 1 and least == 1.0:
        below = [root for root in low if root < 1.0]
        least, most = max(below), 1.0
    if most is not None and least is None and len(high) > 1 and most == 0.0:
        above = [root for root in high if root > 0.0]
        least, most = 0.0, min(above, default=1.0)
    if least is not None and most is not None:
        return (least + most) / 2
    if least is not None:
        return (least + 1) / 2 if 0 <= least < 1 else least + max(1.0, abs(least) * 0.1)
    if most is not None:
        return most / 2 if most > 0 else most - 1.0
    return 0.5


def _is_range(known: list[tuple[float, bool]]) -> bool:
    """Whether comparisons say from where to where a number may go: one end each, far apart."""
    ends = sorted(set(known))
    if len(ends) != 2 or ends[0][1] == ends[1][1]:
        return False
    low, high = ends[0][0], ends[1][0]
    return low >= 0 and high > 3 * low


def _rises(one: Comparison, leaf: Data, faces: Faces, root: float) -> bool:
    """Whether the comparison, which turns at ``root``, is true for more of ``leaf``."""
    from gradeline.facts.gate_numbers import COMPARISONS, NotANumber, number

    there = {**faces, leaf.key: root + max(1.0, abs(root))}
    try:
        return bool(COMPARISONS[one.op](number(one.left, there), number(one.right, there)))
    except (NotANumber, TypeError):
        return True


def _between_groups(one: Comparison, leaf: Data) -> bool:
    """Whether a comparison is about the same number of several groups: the same number for all is a good start."""
    return any(
        other.key != leaf.key and other.span == leaf.span and other.key[-1:] == leaf.key[-1:]
        and not is_champion(other) and not is_trivial(other)
        for other in leaves(one.left, one.right)
    )  # fmt: skip


def names_of(one: Comparison, leaf: Data) -> frozenset[str]:
    """The names a number goes by: its own key, the function that computes it, and what it is kept as."""
    last = [part for part in leaf.key[-2:] if not part.startswith("[")]
    found = {*last, leaf.call.rpartition(".")[2], *labels_of(one.left, one.right)}
    return frozenset(name.lower() for name in found if name)
