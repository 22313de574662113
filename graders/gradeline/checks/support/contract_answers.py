"""What scripts demand of new data, as verdicts."""

from __future__ import annotations

from gradeline.checks.support.gate_answers import ORDER, TRIVIAL_NUMBERS, lost_verdict, no_script
from gradeline.facts.data_contracts import Demand, demands
from gradeline.facts.gate_experiment import Run
from gradeline.facts.gate_runs import Gate
from gradeline.facts.gate_values import MISSING, Const
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

_WORDS = {
    "schema": "columns and types",
    "quality": "values",
    "distribution": "the distribution of values",
    "volume": "the number of rows",
    "freshness": "the age of the data",
    "": "the data",
}


def judged(
    found: tuple[Gate, ...], kinds: tuple[str, ...], columns: tuple[str, ...], least: int,
    every: bool = False, across: tuple[str, ...] = (), exact: bool = False, once: tuple[str, ...] = (),
) -> Verdict:  # fmt: skip
    """The best answer of all scripts."""
    missing = no_script(found)
    if missing is not None:
        return missing
    verdicts = []
    for gate in found:
        verdict = _of_gate(gate, kinds, columns, least, every, across)
        verdicts.append(_more(gate, verdict, exact, once) if verdict.status == "met" else verdict)
    return _best(verdicts)


def _best(verdicts: list[Verdict]) -> Verdict:
    return min(verdicts, key=lambda one: (ORDER.index(one.status), bool(one.evidence) and one.evidence[0].text == (
        "looked here")))  # fmt: skip


def from_file(found: tuple[Gate, ...], says: tuple[str, ...]) -> Verdict:
    """Whether the bounds of all demands come from a file, and the file says who answers for it."""
    missing = no_script(found)
    return missing if missing is not None else _best([_from_file(gate, says) for gate in found])


def _from_file(gate: Gate, says: tuple[str, ...]) -> Verdict:
    if gate.good is None:
        return lost_verdict(gate)
    every = [one for one in demands(gate) if not one.idle]
    for one in every:
        written = [bound for bound in one.bounds if bound.origin == "code" and bound.data not in TRIVIAL_NUMBERS]
        if written and not any(bound.origin == "file" for bound in one.bounds):  # 86400 seconds are no bound
            message = f"A bound of the contract is written in {gate.path}, not in a file that people review."
            place = written[0].span or one.span
            return Verdict("unmet", message, (Evidence(place, "problem", "a bound in the code"),))
    read = [bound for one in every for bound in one.bounds if bound.origin == "file" and bound.span is not None]
    if not read:
        if gate.lost is not None:
            return lost_verdict(gate)
        message = f"{gate.path} reads no bound of a contract from a file."
        return Verdict("unmet", message, (Evidence(Span(gate.path, 1), "problem", "looked here"),))
    path = read[0].span.path if read[0].span is not None else ""
    document = gate.documents.get(path)
    known = {str(key[-1]).lower() for key in document.values if key} if document is not None else set()
    for name in says:
        if name not in known:
            message = f"{path} does not say its {name}."
            return Verdict("unmet", message, (Evidence(Span(path, 1), "problem", f"no {name}"),))
    places = [one.span for one in read[:4] if one.span is not None]
    proofs = tuple(Evidence(place, "proof", "a bound that people review") for place in places)
    return Verdict("met", f"The bounds of the contract stand in {path}.", proofs)


def in_a_report(found: tuple[Gate, ...], declared: frozenset[str]) -> Verdict:
    """Whether what was found is written into a file that a stage declares, also when the script stops."""
    missing = no_script(found)
    return missing if missing is not None else _best([_in_a_report(gate, declared) for gate in found])


def _in_a_report(gate: Gate, declared: frozenset[str]) -> Verdict:
    if gate.good is None:
        return lost_verdict(gate)
    good = gate.good[1]
    stopped = [run for run in _stopped(gate) if run.status not in (None, 0)]
    fitting: list[Span] = []
    for run in (good, *stopped[:1]):
        paths = {str(path.data): span for path, _, span in run.written if isinstance(path, Const)}
        fitting = [span for path, span in paths.items() if path.removeprefix("./") in declared]
        if not fitting:
            if gate.lost is not None:
                return lost_verdict(gate)
            when = "" if run is good else " when it stops"
            message = f"{gate.path} writes no file{when} that a stage declares."
            place = next(iter(paths.values()), Span(gate.path, 1))
            shown = "not declared" if paths else "looked here"
            return Verdict("unmet", message, (Evidence(place, "problem", shown),))
    for call in good.calls:
        if call.call == "table" and call.key[-1].partition("(")[0] in ("to_html", "to_json", "to_dict", "to_markdown"):
            message = f"{gate.path} puts rows of customers into what it writes."
            return Verdict("unmet", message, (Evidence(call.span, "problem", "customers, row by row"),))
    return Verdict("met", f"{gate.path} writes what it found into a declared file.", (
        Evidence(fitting[0], "proof", "written in any case"),))  # fmt: skip


def _stopped(gate: Gate) -> list[Run]:
    """Runs in which one demand is broken."""
    found = [one.worse for one in gate.decisions if one.blocks and one.worse is not None]
    if gate.good is not None:
        found += [gate.with_face(key, not value) for key, (_, value) in list(gate.good[1].asked.items())[:4]]
        raising = [call for call in gate.good[1].calls if call.call.endswith("validate")]
        found += [gate.with_face(call.key, MISSING) for call in raising[:1]]
    return found


def _of_gate(
    gate: Gate, kinds: tuple[str, ...], columns: tuple[str, ...], least: int, whole: bool = False,
    across: tuple[str, ...] = (),
) -> Verdict:  # fmt: skip
    if gate.good is None:
        return lost_verdict(gate)
    every = demands(gate)
    silent = next((one for one in every if whole and one.blocks is False and not one.idle), None)
    if silent is not None:
        message = f"{gate.path} ends with success when the contract about {_WORDS[silent.kind]} is broken."
        return Verdict("unmet", message, (Evidence(silent.span, "problem", "stops nothing"),))
    if across and not any(one.blocks and not one.idle and set(across) <= one.columns for one in every):
        if gate.lost is not None:
            return lost_verdict(gate)
        message = f"{gate.path} never compares {' with '.join(across)}."
        return Verdict("unmet", message, (Evidence(Span(gate.path, 1), "problem", "looked here"),))
    proofs: list[Evidence] = []
    for kind in kinds or ("",):
        mine = [one for one in every if kind in ("", one.kind) and not (across and set(across) <= one.columns)]
        verdict = _of_kind(gate, kind, mine, columns, least)
        if verdict.status != "met":
            return verdict
        proofs.extend(verdict.evidence)
    return Verdict("met", f"Data that breaks its contract ends {gate.path} with a failure.", tuple(
        dict.fromkeys(proofs))[:12])  # fmt: skip


def _more(gate: Gate, verdict: Verdict, exact: bool, once: tuple[str, ...]) -> Verdict:
    """The same verdict when the script also refuses further columns, and values that are there twice."""
    every = [one for one in demands(gate) if not one.idle]
    asked: list[tuple[str, list[tuple[Demand, bool | None]]]] = []
    if exact:
        shut = [(one, one.closed and one.blocks) for one in every if one.closed is not False]
        asked.append(("a table with further columns", shut))
    for name in once:
        told = [(one, one.blocks) for one in every if one.once and (name in one.columns or not one.columns)]
        asked.append((f"a {name} that is there twice", told))
    proofs: list[Evidence] = []
    for what, known in asked:
        best = next((one for one, holds in known if holds), None)
        if best is not None:
            proofs.append(Evidence(best.span, "proof", f"refuses {what}"))
            continue
        open_one = next((one for one, holds in known if holds is None), None)
        if open_one is not None:
            message = f"Whether {gate.path} refuses {what} cannot be seen."
            return Verdict("cannot_tell", message, (Evidence(open_one.span, "problem", "this demand"),))
        if gate.lost is not None:
            return lost_verdict(gate)
        place = known[0][0].span if known else next((one.span for one in verdict.evidence), Span(gate.path, 1))
        message = f"{gate.path} lets {what} pass."
        return Verdict("unmet", message, (Evidence(place, "problem", f"allows {what}"),))
    return Verdict("met", verdict.message, (*proofs, *verdict.evidence)[:12])


def _of_kind(gate: Gate, kind: str, mine: list[Demand], columns: tuple[str, ...], least: int) -> Verdict:
    what = _WORDS[kind]
    if not mine:
        if gate.lost is not None:
            return lost_verdict(gate)
        message = f"{gate.path} demands nothing of {what}."
        return Verdict("unmet", message, (Evidence(Span(gate.path, 1), "problem", "looked here"),))
    real = [one for one in mine if not one.idle]
    if not real:
        message = f"Nothing can break what {gate.path} demands of {what}."
        return Verdict("unmet", message, (Evidence(mine[0].span, "problem", "allows everything"),))
    stopping = [one for one in real if one.blocks]
    if not stopping:
        first = next((one for one in real if one.blocks is None), None)
        if first is not None:
            message = f"Whether {gate.path} stops for {what} cannot be seen."
            return Verdict("cannot_tell", message, (Evidence(first.span, "problem", "this demand"),))
        message = f"{gate.path} ends with success when the contract about {what} is broken."
        return Verdict("unmet", message, tuple(Evidence(one.span, "problem", "stops nothing") for one in real[:1]))
    if kind in ("", "schema", "quality"):
        covered = frozenset(name for one in stopping for name in one.columns)
        left = [name for name in columns if name not in covered]
        if left:
            idle = [one for one in mine if left[0] in one.columns]
            message = f"{gate.path} demands nothing of the column {left[0]} when it comes to {what}."
            return Verdict("unmet", message, (Evidence((idle or stopping)[0].span, "problem", f"not {left[0]}"),))
    count = len({name for one in stopping for name in one.columns} or {one.span for one in stopping})
    if count < least:
        message = f"{gate.path} looks at {count} of the columns when it comes to {what}, and {least} are needed."
        return Verdict("unmet", message, (Evidence(stopping[0].span, "problem", "only here"),))
    return Verdict("met", "", tuple(Evidence(one.span, "proof", f"stops for {what}") for one in stopping[:4]))
