"""Programs that decide whether later work runs at all, and whether that work listens.

A program says yes or no by an output that the pipeline hands on, by what it prints into such an output, or by its
exit status.  Both answers are tried: the pipeline is simulated with each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gradeline.facts.activities import Activity
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.gate_bounds import names_of, primary
from gradeline.facts.gate_experiment import Run
from gradeline.facts.gate_runs import Decision, Faces, Gate
from gradeline.facts.gate_scripts import produced, started_by
from gradeline.facts.gate_values import Const, Data, constants
from gradeline.facts.reported_variables import IN_A_FILE
from gradeline.model.expression import NeedsReport, NeedsResults, Output, UnitResult
from gradeline.records import record
from gradeline.source import Span


@record
class Turn:
    """Where a number turns an answer, and the written or read numbers that it is compared with."""

    span: Span
    bounds: tuple[Const, ...]


Said = Mapping[str, str]  # outputs by name; "*" stands for all others


@record
class Decider:
    """A command of a pipeline that starts a program whose answers differ.  ``answers`` are the outputs of its good
    run and then those with one number on the other side, each once."""

    facts: PipelineFacts
    item: Activity
    gate: Gate
    answers: tuple[Said, ...]


def deciders(case: Case, patterns: Iterable[str] | None = None) -> Iterator[Decider]:
    """The programs that pipelines start and whose answers depend on numbers from outside."""
    made = produced(case)
    known: dict[object, Gate] = {}
    for facts in case.select([one for one in patterns or () if not one.endswith(".py")]):
        for item in facts.activities:
            if item.invocation is None:
                continue
            start = started_by(case.project, item.invocation.words, item.invocation.directory)
            if start is None or start.module.path in case.toolbox.programs:
                continue
            key = (start.module.path, start.arguments)
            if key not in known:
                known[key] = Gate(case.code, case.project.documents, start, made)
            yield Decider(facts, item, known[key], _answers(known[key]))


def _answers(gate: Gate) -> tuple[Said, ...]:
    if gate.good is None:
        return ()
    runs = [gate.good[1], *(one.worse for one in gate.decisions if one.blocks is not None and one.worse is not None)]
    found: list[Said] = []
    for run in runs:
        said = said_by(run)
        if said not in found:
            found.append(said)
    return tuple(found)


def said_by(run: Run) -> Said:
    """What a run says to the pipeline."""
    found: dict[str, str] = {}
    for path, text, _ in run.written:
        place = path.key if isinstance(path, Data) else (str(path.data),) if isinstance(path, Const) else ()
        if "GITHUB_OUTPUT" in "/".join(place):
            found.update(_lines(text))
        elif "/".join(place).endswith(".env"):
            found.update(_lines(text) | {IN_A_FILE: "/".join(place)})
    if not found:
        for text, span in run.printed:
            if span in run.aside:
                continue
            found.update(_lines(text) if "=" in text else {"*": text.strip()})
    return found


def _lines(text: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in text.split("\n") if "=" in line)
    return {name.strip(): value for name, _, value in pairs}


def answer_of(run: Run) -> object:
    """All that the pipeline can tell of a run: how it ended and what it said."""
    return (run.status, sorted(said_by(run).items()))


def deciding(gate: Gate) -> tuple[Decision, ...]:
    """The comparisons that turn the answer."""
    if gate.good is None:
        return ()
    usual = answer_of(gate.good[1])
    return tuple(one for one in gate.decisions if one.worse is not None and answer_of(one.worse) != usual)


def listens(one: Decider, target: str) -> tuple[bool, bool, bool]:
    """With how many answers the target runs: with some, with none of some others; and whether all was followed."""
    some = without = False
    whole = True
    for said in one.answers:
        reached, complete = reached_with(one, said, target)
        some = some or reached
        without = without or not reached
        whole = whole and complete
    return some, without, whole


def reached_with(one: Decider, said: Said, target: str) -> tuple[bool, bool]:
    """Whether some run reaches the target when the program gives this answer, and whether all runs were followed."""
    other = with_answer(one, said)
    complete = all(other.runs(scenario).complete for scenario in other.pipeline.scenarios)
    return bool(other.doing(target)), complete


def with_answer(one: Decider, said: Said) -> PipelineFacts:
    """The pipeline when the program gives this answer."""
    other = PipelineFacts(one.facts.pipeline, one.facts.project, one.facts.toolbox)
    other.simulator.said = {(place.unit, place.step): said for place in one.item.places}
    return other


def guards(gate: Gate, words: Iterable[str]) -> bool | None:
    """Whether the program says no for something it has done already: a truth about ``words`` that turns a yes."""
    if gate.good is None:
        return None
    wanted = {_plain(word) for word in words}
    for one in deciding(gate):
        if one.bound is None or _about(one.leaf, wanted):
            continue
        faces = _beyond(gate, one)
        answer = gate.run(faces)
        usual = answer_of(answer)
        for key, (data, value) in answer.asked.items():
            if _about(data, wanted) and answer_of(gate.run({**faces, key: not value})) != usual:
                return True
        for other in answer.compared:
            for leaf in (leaf for leaf in _leaves(other.left, other.right) if _about(leaf, wanted)):
                for face in (_equal(other, leaf, faces), None):
                    if face is not _NOTHING and answer_of(gate.run({**faces, leaf.key: face})) != usual:
                        return True
    return None if gate.lost is not None else False


def turns(gate: Gate, names: Iterable[str]) -> Turn | None:
    """Whether a number of one of the names turns the answer, alone or where another one has said yes already."""
    if gate.good is None:
        return None
    wanted = tuple(names)
    for faces in (gate.good[0], *(_beyond(gate, one) for one in deciding(gate) if one.bound is not None)):
        run = gate.run(faces)
        usual = answer_of(run)
        for one in run.compared:
            leaf = primary(one)
            if leaf is None or not one.numeric or not {_plain(name) for name in names_of(one, leaf)} & {
                _plain(name) for name in wanted
            }:  # fmt: skip
                continue
            root = gate.turning(one.left, one.right, leaf, faces)
            if root is None:
                continue
            for size in (max(abs(root) * 1e-3, 1e-5), max(1.0, abs(root))):
                sides = (root + size, root - size)
                if any(answer_of(gate.run({**faces, leaf.key: side})) != usual for side in sides):
                    return Turn(one.span, tuple(
                        bound for bound in constants(one.left, one.right)
                        if isinstance(bound.data, int | float) and not isinstance(bound.data, bool)
                    ))  # fmt: skip
    return None


def told(one: Decider) -> tuple[frozenset[tuple[str, str]], ...]:
    """For each answer, the steps that tell people something when nothing fails."""
    return tuple(_telling(with_answer(one, said)) for said in one.answers)


def _telling(facts: PipelineFacts) -> frozenset[tuple[str, str]]:
    from gradeline.facts.after_failure import reactors
    from gradeline.facts.reporting import summaries

    known = (*summaries(facts), *reactors(facts, frozenset({"notify"})))
    good = [run for scenario in facts.pipeline.scenarios for run in facts.runs(scenario).results if not run.failed]
    return frozenset((one.unit.id, one.step.id) for one in known if any(one.ran(run) for run in good))


def varies(facts: PipelineFacts, place: tuple[str, str]) -> bool:
    """Whether what a step tells depends on how other work ended or what it answered."""
    for unit in facts.pipeline.units:
        for step in unit.walk():
            if (unit.id, step.id) != place:
                continue
            texts = [*step.inputs.values(), *(variable.value for variable in (*unit.env, *step.env))]
            texts += [step.script] if step.script is not None else []
            nodes = (node for text in texts for node in text.expressions())
            if any(isinstance(node, Output | UnitResult | NeedsResults | NeedsReport) for node in nodes):
                return True
    return False


def pages(gate: Gate) -> bool:
    """Whether the program itself writes another text to the page of the run for another answer."""
    if gate.good is None:
        return False
    usual = _page(gate.good[1])
    return bool(usual) and any(one.worse is not None and _page(one.worse) != usual for one in deciding(gate))


def _page(run: Run) -> tuple[str, ...]:
    return tuple(text for path, text, _ in run.written if isinstance(path, Data) and any(
        "STEP_SUMMARY" in part for part in path.key))  # fmt: skip


_NOTHING = object()


def _equal(compared: object, leaf: Data, faces: Faces) -> object:
    from gradeline.facts.gate_numbers import turning

    root = turning(compared.left, compared.right, leaf, faces)  # type: ignore[attr-defined]
    return _NOTHING if root is None else root


def _leaves(*values: object) -> tuple[Data, ...]:
    from gradeline.facts.gate_values import leaves

    return leaves(*values)  # type: ignore[arg-type]


def _beyond(gate: Gate, one: Decision) -> Faces:
    assert gate.good is not None
    assert one.bound is not None
    size = max(abs(one.bound) * 1e-3, 1e-5)
    return {**gate.good[0], one.leaf.key: one.bound - size if one.up else one.bound + size}


def _about(data: Data, wanted: set[str]) -> bool:
    return any(_plain(part) in wanted for part in data.key) or any(_plain(label) in wanted for label in data.labels)


def _plain(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "")
