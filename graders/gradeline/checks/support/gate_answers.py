"""What gate scripts decide, as verdicts."""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.gate_bounds import CHAMPION, LOW, primary
from gradeline.facts.gate_experiment import Run
from gradeline.facts.gate_numbers import turning
from gradeline.facts.gate_runs import Decision, Gate
from gradeline.facts.gate_scripts import goes_by, outside_bounds
from gradeline.facts.gate_values import EMPTY, MISSING, Const, Data, ancestry, words_of
from gradeline.facts.registry_acts import acts
from gradeline.facts.registry_records import records
from gradeline.records import record
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

TRIVIAL_NUMBERS = (0, 1, -1, 2, 100, 1000)
ORDER = ("met", "partial", "cannot_tell", "unmet")


@record
class Wanted:
    """What a rubric asks of a gate."""

    names: tuple[str, ...] = ()
    at_least: float | None = None
    at_most: float | None = None
    against: str = ""
    tolerance: float | None = None
    margin: float | None = None
    configured: bool = False
    @property
    def title(self) -> str:
        return self.names[0] if self.names else "a number"


def no_script(found: tuple[Gate, ...]) -> Verdict | None:
    """The verdict when there is nothing to ask, or when nothing can be answered."""
    if not found:
        return Verdict("unmet", "There is no script that could decide anything.")
    return None


def lost_verdict(gate: Gate) -> Verdict:
    if gate.lost is not None:
        span, reason = gate.lost
        return Verdict(
            "cannot_tell", f"{gate.path} cannot be followed: {reason}.", (Evidence(span, "problem", reason),)
        )
    span = Span(gate.path, 1)
    reason = "no numbers were found with which it ends with success"
    return Verdict("cannot_tell", f"{gate.path} cannot be judged: {reason}.", (Evidence(span, "problem", reason),))


def judged(found: tuple[Gate, ...], wanted: Wanted) -> Verdict:
    """The best answer of all scripts: one that decides is enough."""
    missing = no_script(found)
    if missing is not None:
        return missing
    verdicts = [verdict for gate in found for verdict in of_gate(gate, wanted)]
    return min(verdicts, key=lambda one: (ORDER.index(one.status), not one.evidence, _nowhere(one)))


def _nowhere(one: Verdict) -> bool:
    """Whether a script has nothing to do with the question; another one may have more."""
    return one.evidence[:1] != () and one.evidence[0].text == "looked here"


def fitting(gate: Gate, wanted: Wanted) -> list[Decision]:
    """The comparisons of a gate that are about the wanted number and what it has to be compared with."""
    named = [one for one in gate.decisions if not wanted.names or goes_by(one, wanted.names)]
    return [one for one in named if _kind(one) == (wanted.against or "bound")]


def of_gate(gate: Gate, wanted: Wanted) -> Iterator[Verdict]:
    good = gate.good
    if good is None:
        yield lost_verdict(gate)
        return
    chosen = fitting(gate, wanted)
    if chosen:
        yield from (_decided(gate, one, wanted) for one in chosen)
        return
    if gate.lost is not None:
        yield lost_verdict(gate)
        return
    named = [one for one in gate.decisions if not wanted.names or goes_by(one, wanted.names)]
    yield _nothing(gate, good[1], named, wanted)


def _kind(one: Decision) -> str:
    if one.champion is not None:
        return "champion"
    return "trivial" if one.trivial is not None else "bound"


def _nothing(gate: Gate, good: Run, named: list[Decision], wanted: Wanted) -> Verdict:
    what = wanted.title
    if wanted.against:
        other = "the champion" if wanted.against == "champion" else "a trivial model"
        message = f"{gate.path} compares {what} with no number of {other} that was measured."
        places = [Evidence(one.span, "problem", "compared with something else") for one in named]
        return Verdict("unmet", message, tuple(places[:3]) or (Evidence(Span(gate.path, 1), "problem", "looked here"),))
    for span, left, right in good.constant:
        sides = [one for one in (left, right) if isinstance(one, Const) and one.origin == "file" and _number(one)]
        if len(sides) == 2:
            message = f"{gate.path} compares two numbers that are written in files, so nothing is measured."
            shown = [Evidence(span, "problem", "both sides are written down")]
            shown += [Evidence(one.span, "context", "one of them") for one in sides if one.span is not None]
            return Verdict("unmet", message, tuple(shown))
    if good.compared:
        message = f"{gate.path} compares numbers, but none of them is {what}."
        return Verdict("unmet", message, (Evidence(good.compared[0].span, "problem", f"is not {what}"),))
    message = f"{gate.path} compares no number with a bound."
    return Verdict("unmet", message, (Evidence(Span(gate.path, 1), "problem", "nothing is compared"),))


def _number(one: Const) -> bool:
    return isinstance(one.data, int | float) and not isinstance(one.data, bool)


def _decided(gate: Gate, one: Decision, wanted: Wanted) -> Verdict:
    what = wanted.title
    at = Evidence(one.span, "problem", f"compares {what}")
    if one.bound is None or one.blocks is None:
        message = f"It cannot be told where {what} turns from good to bad."
        return Verdict("cannot_tell", message, (Evidence(one.span, "problem", "this comparison"),))
    if not one.blocks:
        message = f"{gate.path} ends the same way whether {what} is good or bad."
        return Verdict("unmet", message, (Evidence(one.span, "problem", "decides nothing"),))
    wrong = _bound_wrong(gate, one, wanted)
    if wrong:
        return Verdict("unmet", wrong, (at, *_places(one)))
    measured = _measured(one)
    if measured is not None:
        return measured
    if wanted.configured:
        written = [bound for bound in outside_bounds(one) if _matters(bound) and bound.origin == "code"]
        if written:
            span = written[0].span or one.span
            message = f"The bound of {what} is written in the script, not in a file that people review."
            return Verdict("unmet", message, (Evidence(span, "problem", "the bound is here"),))
    shown = [Evidence(one.span, "proof", f"{what} decides how {gate.path} ends"), *_places(one)]
    return Verdict("met", f"{gate.path} fails when {what} is not good enough.", tuple(shown))


def _measured(one: Decision) -> Verdict | None:
    """A number from the data the model has learned from says nothing."""
    if _on_training_data(one.leaf):
        message = "The number is measured on the data that the model has learned from."
        return Verdict("unmet", message, (Evidence(one.leaf.span, "problem", "measured on training data"),))
    return None


def _on_training_data(leaf: Data) -> bool:
    """Whether a number is computed from the learning part of a split, or from a file of that name."""
    from gradeline.facts.gate_values import leaves, words_of

    for one in (leaf, *leaves(*leaf.given, *leaf.named.values())):
        for part in one.key:
            if ":train]" in part:
                return True
            if part.endswith((".csv", ".parquet")) and "train" in words_of(part) and one.call == "table":
                return True
    return False


def _matters(one: Const) -> bool:
    return _number(one) and one.data not in TRIVIAL_NUMBERS


def _places(one: Decision) -> list[Evidence]:
    return [
        Evidence(bound.span, "context", "the bound")
        for bound in outside_bounds(one)
        if bound.span is not None and bound.origin == "file"
    ][:2]


def _bound_wrong(gate: Gate, one: Decision, wanted: Wanted) -> str:
    bound = one.bound
    assert bound is not None
    what = wanted.title
    if wanted.against:
        return _reference_wrong(gate, one, wanted)
    if wanted.at_least is not None:
        if not one.up:
            return f"{gate.path} fails when {what} is high, so a bad model passes."
        if bound < wanted.at_least:
            return f"{gate.path} is content with {what} from {bound:g} on, which is too little to decide anything."
    if wanted.at_most is not None:
        if one.up:
            return f"{gate.path} fails when {what} is low, so a bad one passes."
        if bound > wanted.at_most:
            return f"{gate.path} is content with {what} up to {bound:g}, which is too much to decide anything."
    return ""


def _reference_wrong(gate: Gate, one: Decision, wanted: Wanted) -> str:
    other = one.champion if wanted.against == "champion" else one.trivial
    assert other is not None
    assert gate.good is not None
    level = 0.6
    root = turning(one.compared.left, one.compared.right, one.leaf, {**gate.good[0], other.key: level})
    if root is None:
        return ""
    lost = level - root if one.up else root - level
    name = "the champion" if wanted.against == "champion" else "the trivial model"
    if wanted.names and not one.up and not any(words_of(metric) & LOW for metric in wanted.names):
        return f"{gate.path} fails when {wanted.title} is higher than that of {name}, so a worse model passes."
    if wanted.tolerance is not None and lost > wanted.tolerance + 1e-9:
        return f"{gate.path} accepts a model that is worse than {name} by {lost:.3g}."
    if wanted.margin is not None and -lost < wanted.margin - 1e-9:
        return f"{gate.path} asks for a lead of {max(-lost, 0):.3g} over {name}, which is too little."
    if wanted.against == "champion":
        return _without_champion(gate, other)
    return ""


def _without_champion(gate: Gate, other: Data) -> str:
    """The first model of all has no champion: the script has to know that."""
    if gate.good is None:
        return ""
    ends = [gate.run({**gate.good[0], **faces}) for faces in _nobody(gate.good[1], other)]
    if any(one.status is None for one in ends) or not ends:
        return ""
    if any(one.status == 0 or one.said for one in ends):
        return ""
    return f"{gate.path} breaks when there is no champion yet, instead of saying what happens then."


def _nobody(good: Run, other: Data) -> Iterator[dict[tuple[str, ...], object]]:
    """Worlds without a champion: whoever asks for it gets nothing, or an error, or an empty list."""
    asked = [one for one in ancestry(other) if isinstance(one, Data) and one.key]
    keys = [other.key[:length] for length in range(1, len(other.key) + 1)] + [one.key for one in asked]
    for key in dict.fromkeys(keys):
        if CHAMPION & words_of(key[-1]):
            yield {key: None}
            yield {key: MISSING}
    for one in asked:
        if one.key[-1][:1] == "[" or one.key[-1].lstrip("-").isdigit():
            yield {one.key[:-1]: EMPTY}
    changes = {id(one.call) for one in acts(good.calls)} | {id(one.call) for one in records(good.calls)}
    every = [one.key for one in good.calls if id(one) not in changes and CHAMPION & words_of(one.key[-1])]
    if len(every) > 1:
        yield dict.fromkeys(every, MISSING)
        yield dict.fromkeys(every, None)


def closed_verdict(found: tuple[Gate, ...]) -> Verdict:
    """Whether no number means no, for every number that decides something."""
    missing = no_script(found)
    if missing is not None:
        return missing
    deciding = [gate for gate in found if any(one.blocks and one.measured for one in gate.decisions)]
    if not deciding:
        lost = next((gate for gate in found if gate.good is None or gate.lost is not None), None)
        if lost is not None:
            return lost_verdict(lost)
        span = Span(found[0].path, 1)
        message = f"{found[0].path} decides nothing, whatever the numbers are."
        return Verdict("unmet", message, (Evidence(span, "problem", "no number decides"),))
    proofs: list[Evidence] = []
    for gate in deciding:
        for one in gate.decisions:
            if not one.blocks or not one.measured:
                continue
            for leaf in (one.leaf, *one.references):
                wrong = _open(gate, one, leaf)
                if wrong is not None:
                    return wrong
            proofs.append(Evidence(one.span, "proof", f"{shown(one.leaf)} has to be a number"))
        judged = [leaf for one in gate.decisions if one.blocks for leaf in (one.leaf, *one.references)]
        if not any(isinstance(one, Data) and one.call == "table" for one in ancestry(*judged)):
            continue
        empty = gate.run(gate.good[0] if gate.good else {}, empty=True)
        if empty.status == 0 and any(call.call == "table" for call in empty.calls):
            message = f"{gate.path} ends with success when there is no data to measure on."
            return Verdict("unmet", message, (Evidence(empty.span, "problem", "no rows, and it goes on"),))
    return Verdict("met", "Without a usable number the gate says no.", tuple(dict.fromkeys(proofs)))


def reported(found: tuple[Gate, ...], channel: str = "STEP_SUMMARY") -> Verdict:
    """Whether a gate writes its reasons to the page of the run, also when it says no."""
    missing = no_script(found)
    if missing is not None:
        return missing
    for gate in found:
        no = [one for one in gate.decisions if one.blocks and one.worse is not None]
        for one in no:
            places = [
                span for path, _, span in (one.worse.written if one.worse is not None else ())
                if isinstance(path, Data) and channel in "/".join(path.key)
            ]  # fmt: skip
            if places:
                return Verdict("met", f"{gate.path} writes its reasons to the page of the run, also for a no.", (
                    Evidence(places[0], "proof", "written before it ends"),))  # fmt: skip
    span = Span(found[0].path, 1)
    message = f"{found[0].path} writes nothing to the page of the run."
    return Verdict("unmet", message, (Evidence(span, "problem", "looked here"),))


def configured(found: tuple[Gate, ...], least: int) -> Verdict:
    """Whether bounds, and what is done with them, stand in a file, for enough numbers."""
    missing = no_script(found)
    if missing is not None:
        return missing
    verdicts = [_configured(gate, least) for gate in found]
    return min(verdicts, key=lambda one: ORDER.index(one.status))


def _configured(gate: Gate, least: int) -> Verdict:
    if gate.good is None:
        return lost_verdict(gate)
    inside: list[tuple[Decision, Const]] = []
    for one in gate.decisions:
        bounds = [bound for bound in outside_bounds(one) if _number(bound)]
        read = [bound for bound in bounds if bound.origin == "file"]
        written = [bound for bound in bounds if bound.origin == "code" and _matters(bound)]
        if written:
            message = f"A bound of {shown(one.leaf)} is written in {gate.path}, not in a file that people review."
            span = written[0].span or one.span
            return Verdict("unmet", message, (Evidence(span, "problem", "a bound in the code"),))
        if read:
            inside.append((one, read[0]))
    if len(inside) < least:
        count = "1 bound" if len(inside) == 1 else f"{len(inside)} bounds"
        message = f"{gate.path} takes {count} from a file, and {least} are needed."
        at = Evidence(inside[0][0].span if inside else Span(gate.path, 1), "problem", "where bounds are compared")
        return Verdict("cannot_tell" if gate.lost else "unmet", message, (at,))
    from gradeline.facts.gate_settings import effective

    one, bound = next(((one, bound) for one, bound in inside if one.blocks), inside[0])
    around = effective(gate, one, bound)
    if around is not None and (len(around.works) < 2 or not around.severity):
        message = "The file has the bounds, but not which comparison it is and what happens when it fails."
        if around.idle:
            message = f"`{around.idle[0][0]}` stands in the file, but changing it changes nothing."
        at_file = around.idle[0][1] if around.idle else bound.span or one.span
        return Verdict("unmet", message, (Evidence(at_file, "problem", "no setting that works"),))
    broken = around is not None and around.tolerates
    if broken and around is not None:
        message = f"An entry without its bound, or with an unknown word, is not noticed by {gate.path}."
        return Verdict(
            "unmet", message, (Evidence(bound.span or one.span, "problem", "broken here, and nobody says so"),)
        )
    proofs = [Evidence(limit.span, "proof", f"the bound of {shown(made.leaf)}") for made, limit in inside if limit.span]
    return Verdict("met", f"{len(inside)} comparisons take what they do from a file.", tuple(dict.fromkeys(proofs)))


def shown(leaf: Data) -> str:
    if leaf.source is not None and not leaf.given and leaf.key[-1].isidentifier():
        return leaf.key[-1]  # an entry of what a call has answered
    return leaf.key[-1] if not leaf.call else leaf.call.rpartition(".")[2] or leaf.key[-1]


_WORDS = {"nan": "is NaN", "null": "is empty", "missing": "is missing"}


def _open(gate: Gate, one: Decision, leaf: Data) -> Verdict | None:
    reference = leaf.key != one.leaf.key
    for kind, found in gate.closed(leaf):
        if found.status is None:
            span, reason = found.lost or (one.span, "this cannot be followed")
            return Verdict(
                "cannot_tell", f"{gate.path} cannot be followed: {reason}.", (Evidence(span, "problem", reason),)
            )
        passes = gate.good is not None and found.yields(gate.good[1])
        if passes and not (reference and kind != "nan"):
            does = "moves the alias all the same" if found.moved else "ends with success"
            message = f"When {shown(leaf)} {_WORDS[kind]}, {gate.path} {does}."
            return Verdict("unmet", message, (Evidence(one.span, "problem", f"passes when it {_WORDS[kind]}"),))
    return None


__all__ = ["Wanted", "closed_verdict", "judged", "lost_verdict", "primary"]
