"""What trials with made-up customers say about a gate for groups, as verdicts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from gradeline.checks.support.gate_answers import ORDER, no_script
from gradeline.facts.case import Case
from gradeline.facts.gate_experiment import Run
from gradeline.facts.gate_runs import Gate
from gradeline.facts.gate_values import Const
from gradeline.facts.group_trials import (
    QUANTITIES,
    Ground,
    Group,
    Table,
    Trials,
    alike,
    differs,
    same_only,
    told,
    turned,
)
from gradeline.model.document import Document, Key, Value
from gradeline.records import replace
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

Question = Callable[[Trials, Ground], Verdict]
_EMPTY = frozenset({"", "-", "?", "tbd", "todo", "n/a", "na", "none", "null", "unknown", "name", "owner", "your name"})
_DATE = re.compile(r"\b20[2-9]\d-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?\b|\b20[2-9]\d-?Q[1-4]\b")
_METRICS = (
    ("recall", "tpr", "truepositive", "opportunity", "sensitivity", "fnr", "falsenegative", "missrate"),
    ("selection", "demographic", "parity", "pprev", "ppr", "positiverate", "acceptance", "offerrate", "chosen"),
    ("fpr", "falsepositive", "tnr", "specificity", "truenegative"), ("precision", "ppv", "predictive"),
    ("accuracy",), ("odds",),
)  # fmt: skip


def table_of(data: Mapping[str, Any], columns: tuple[str, ...] = ()) -> Table:
    """What the kit says about its predictions; ``columns`` are those whose groups are asked about."""
    values = {name: tuple(groups) for name, groups in data["groups"].items()}
    return Table(
        data["file"], data["label"], data["predicted"], data.get("champion", "champion"), values,
        tuple(data.get("others", ())), tuple(name for name in values if not columns or name in columns),
    )  # fmt: skip


def tried(found: tuple[Gate, ...], table: Table, question: Question, otherwise: Callable[[], Verdict]) -> Verdict:
    """The best answer of all scripts.  ``otherwise`` is asked about scripts that no trial can follow."""
    missing = no_script(found)
    if missing is not None:
        return missing
    trials = [Trials(gate, table) for gate in found]
    verdicts = [_of_script(one, question) for one in trials]
    best = min(verdicts, key=lambda one: ORDER.index(one.status))
    if best.status != "cannot_tell":
        return best
    instead = otherwise()
    return instead if instead.status == "met" else best


def _of_script(trials: Trials, question: Question) -> Verdict:
    verdicts: list[Verdict] = []
    for ground in trials.grounds:
        verdicts.append(question(trials, ground))
        if verdicts[-1].status == "met":
            return verdicts[-1]
    if verdicts and verdicts[0].status != "cannot_tell":
        return verdicts[0]
    if trials.lost is not None:
        span, reason = trials.lost
        message = f"{trials.path} cannot be followed: {reason}."
        return Verdict("cannot_tell", message, (Evidence(span, "problem", reason),))
    if not verdicts:
        message = f"{trials.path} ends with a failure, also when all groups are treated alike."
        span = trials.refused.span if trials.refused is not None else Span(trials.path, 1)
        return Verdict("cannot_tell", message, (Evidence(span, "problem", "ends here"),))
    return verdicts[0]


def _unseen(trials: Trials) -> Verdict:
    span, reason = trials.lost or (Span(trials.path, 1), "this cannot be followed")
    return Verdict("cannot_tell", f"{trials.path} cannot be followed: {reason}.", (Evidence(span, "problem", reason),))


def _silent(trials: Trials, found: Run, message: str, shown: str) -> Verdict:
    """It ends with success where it should not."""
    spans = [span for span, _ in found.truths]
    shares = [span for span, left, right in found.constant
              if any(isinstance(one, Const) and isinstance(one.data, float) for one in (left, right))]  # fmt: skip
    span = next(iter(reversed(shares or spans)), Span(trials.path, 1))
    return Verdict("unmet", message, (Evidence(span, "problem", shown),))


def judged(gap: float, ratio: float) -> Question:
    """Whether a group that is chosen less often, or less often when it leaves, ends the script with a failure."""

    def question(trials: Trials, ground: Ground) -> Verdict:
        proofs: list[Evidence] = []
        for column in trials.table.asked:
            fits: Run | None = None
            silent: tuple[str, Run] | None = None
            for which in (0, 2):
                runs = trials.noticed(ground, column, which, gap, ratio)
                if any(one is None for one in runs):
                    return _unseen(trials)
                named = list(zip(trials.values(column), runs, strict=False))
                silent = silent or next(((value, one) for value, one in named if one and not one.status), None)
                if runs and all(one and one.status for one in runs):
                    fits = runs[0]
                    break
            if fits is None:
                worse = differs(ground.level, 0, 2, gap, ratio)
                share = worse.quantities[0] if worse is not None else 0.0
                value, run = silent or (trials.table.values[column][-1], ground.fair)
                message = (
                    f"When the recall of {column} {value} is {share:.2f} and that of all others "
                    f"{ground.level[0]:.2f}, {trials.path} ends with success."
                )
                return _silent(trials, run, message, "is content with it")
            proofs.append(Evidence(turned(fits, ground.fair), "proof", f"stops when a group of {column} falls back"))
        return Verdict("met", f"{trials.path} fails when a group is left behind.", tuple(dict.fromkeys(proofs)))

    return question


def notions(gap: float, ratio: float) -> Question:
    """Whether no single number explains what the script says."""

    def question(trials: Trials, ground: Ground) -> Verdict:
        proofs: list[Evidence] = []
        for column in trials.table.asked:
            for which, name in enumerate(QUANTITIES):
                group = same_only(ground.level, which, gap, ratio)
                if group is None:
                    continue
                found = trials.with_group(ground, column, group)
                if found is None:
                    return _unseen(trials)
                if not found.status:
                    value = trials.table.values[column][-1]
                    message = (
                        f"When {column} {value} has the same {name} as all others, but everything else about it is "
                        f"different, {trials.path} ends with success."
                    )
                    return _silent(trials, found, message, "one number hides what another one shows")
                proofs.append(Evidence(turned(found, ground.fair), "proof", f"also when the {name} is the same"))
        kept = {one.span: one for one in reversed(proofs)}
        return Verdict("met", f"{trials.path} looks at groups in two ways.", tuple(list(kept.values())[:4]))

    return question


def small(trials: Trials, ground: Ground) -> Verdict:
    """Whether a group with few customers is handled by a rule."""
    proofs: list[Evidence] = []
    for column in trials.table.asked:
        value = trials.table.values[column][-1]
        found = trials.small(ground, column)
        if found is None:
            return _unseen(trials)
        if not found.status and not told(found, ground.fair) and not trials.merged(ground, column):
            message = f"When only a few customers are {column} {value}, {trials.path} says nothing about it."
            return _silent(trials, found, message, "no rule, or one that nobody hears of")
        proofs.append(Evidence(turned(found, ground.fair), "proof", f"a rule for small groups of {column}"))
        lost = trials.without_label(ground, column)
        if lost is not None and lost.dropped and not lost.status and not told(lost, ground.fair):
            message = f"Customers without a {column} are left out by {trials.path}, and nobody hears of it."
            return _silent(trials, lost, message, "left out in silence")
    return Verdict("met", f"{trials.path} has a rule for groups with few customers.", tuple(dict.fromkeys(proofs)))


def closed(gap: float, ratio: float) -> Question:
    """Whether a group without a number ends the script with a failure, or is told."""

    def question(trials: Trials, ground: Ground) -> Verdict:
        proofs: list[Evidence] = []
        for column in trials.table.asked:
            value = trials.table.values[column][-1]
            asks = trials.noticed(ground, column, 0, gap, ratio)
            missing = trials.without_predictions(ground, column)
            if missing is not None and not missing.status:
                message = f"When there is no prediction for {column} {value}, {trials.path} ends with success."
                return _silent(trials, missing, message, "no number, and it goes on")
            ways = [(missing, "")]
            if all(one is not None and one.status for one in asks):
                text = f"nobody of {column} {value} has left, so that there is no recall"
                ways.append((trials.without_leavers(ground, column), text))
            for found, text in ways:
                if found is None:
                    return _unseen(trials)
                if not found.status and not told(found, ground.fair):
                    message = f"When {text}, {trials.path} ends with success and says nothing."
                    return _silent(trials, found, message, "no number, and it goes on")
                proofs.append(Evidence(turned(found, ground.fair), "proof", "no number is no good number"))
        empty = trials.nobody(ground)
        if empty is None:
            return _unseen(trials)
        if not empty.status:
            message = f"When there is no customer at all, {trials.path} ends with success."
            return _silent(trials, empty, message, "nobody, and it goes on")
        return Verdict("met", "Without a usable number the gate says no.", tuple(dict.fromkeys(proofs)))

    return question


def ratchet(most: float) -> Question:
    """Whether a gap that the champion does not have ends the script with a failure, and one that it has does not."""

    def question(trials: Trials, ground: Ground) -> Verdict:
        proofs: list[Evidence] = []
        for column in trials.table.asked:
            place: Evidence | None = None
            gaps = list(trials.grown(ground, column, most))
            if any(one is None or two is None for _, one, two in gaps):
                return _unseen(trials)
            for _, kept, grown in gaps:
                assert kept is not None
                assert grown is not None
                if not kept.status and grown.status:
                    text = f"the gap of {column} is compared with the champion's"
                    place = Evidence(turned(grown, kept), "proof", text)
                    break
            if place is None:
                gap, kept, grown = gaps[0]
                assert grown is not None
                if grown.status:
                    message = f"{trials.path} says no whether the champion has the same gap of {column} or none."
                    return _silent(trials, grown, message, "the champion makes no difference")
                message = (
                    f"When the champion has no gap of {column} and the candidate one of {gap:.3g}, {trials.path} "
                    "ends with success."
                )
                return _silent(trials, grown, message, "the champion makes no difference")
            proofs.append(place)
        return Verdict("met", f"{trials.path} fails when a gap grows.", tuple(dict.fromkeys(proofs)))

    return question


# -- what the tests prove -----------------------------------------------------------------------------

_DAMAGE = {
    "passes": "lets a group fall behind", "stops": "stops a candidate that is fair",
    "silent": "says nothing about small groups",
}  # fmt: skip


def proven(case: Case, gap: float, ratio: float, least: int = 3) -> Question:
    """Whether a test fails as soon as the gate is damaged, in each of three ways; ``least`` cases are needed."""

    def question(trials: Trials, ground: Ground) -> Verdict:
        from gradeline.facts.test_trials import about, succeeds
        from gradeline.facts.tests_kinds import may_fail

        suite = case.tests.suite
        mine = about(suite, trials.path)
        if not mine:
            message = f"No test is about {trials.path}."
            return Verdict("unmet", message, (Evidence(Span(trials.path, 1), "problem", "no test imports it"),))
        idle = {one.case.span for one in case.tests.about((trials.path,)) if not may_fail(one)}
        cases = sum(one.cases for one in mine if one.span not in idle)
        if cases < least:
            few = "is 1 case" if cases == 1 else f"are {cases} cases"
            message = f"There {few} of tests for {trials.path}, and {least} are needed."
            return Verdict("unmet", message, (Evidence(mine[0].span, "problem", "too few"),))
        damages = trials.damages(ground, gap, ratio)
        sound = {one.span: succeeds(suite, trials.gate, one, {}) for one in mine}
        proofs: list[Evidence] = []
        for name, text in _DAMAGE.items():
            if name not in damages:
                if trials.lost is not None:
                    return _unseen(trials)
                message = f"{trials.path} has nothing that could be damaged so that it {text}."
                return Verdict("unmet", message, (Evidence(Span(trials.path, 1), "problem", "looked here"),))
            fixed = damages[name]
            for one in mine:
                if sound[one.span] and succeeds(suite, trials.gate, one, fixed) is False:
                    proofs.append(Evidence(one.span, "proof", f"fails when the gate {text}"))
                    break
            else:
                hidden = next((one for one in mine if sound[one.span] is not True), None)
                place = next(iter(fixed), Span(trials.path, 1))
                if hidden is not None:
                    why = "seems to fail already" if sound[hidden.span] is False else "cannot be followed"
                    message = (
                        f"No test that can be followed fails when {trials.path} {text}. "
                        f"`{hidden.name}` {why}, so what it proves cannot be seen."
                    )
                    return Verdict("cannot_tell", message, (Evidence(hidden.span, "problem", why),))
                message = f"When {trials.path} is damaged so that it {text}, all tests still succeed."
                return Verdict("unmet", message, (Evidence(place, "problem", "turn this around, and no test fails"),))
        return Verdict("met", "The tests notice it when the gate is damaged.", tuple(dict.fromkeys(proofs)))

    return question


# -- what stands in the file -------------------------------------------------------------------------


def configured(says: list[str | list[str]]) -> Question:
    """Whether bounds and columns come from a file, which says who answers for it and until when."""

    def question(trials: Trials, ground: Ground) -> Verdict:
        documents = [one for path in ground.fair.read if (one := trials.gate.documents.get(path)) is not None]
        if not documents:
            message = f"{trials.path} reads no file with its rules."
            return Verdict("unmet", message, (Evidence(Span(trials.path, 1), "problem", "looked here"),))
        wrong = _bounds(trials, ground, documents) or _columns(trials, ground, documents) or _said(documents, says)
        if wrong is not None:
            return wrong
        path = documents[0].path
        return Verdict("met", f"Columns, metrics, bounds and their owner stand in {path}.", (
            Evidence(Span(path, 1), "proof", "the rules that people review"),))  # fmt: skip

    return question


def _bounds(trials: Trials, ground: Ground, documents: list[Document]) -> Verdict | None:
    """Loosen all shares that stand in the file: then nothing may be left that stops an unfair candidate."""
    column = next(iter(trials.table.values))
    base = alike(ground.level)
    worse = Group(base.leavers, base.hits - 8, base.others, max(base.false - 8, 0))
    strict = trials.with_group(ground, column, worse, champion=base)
    if strict is None:
        return _unseen(trials)
    if not strict.status:
        message = f"{trials.path} lets an unfair candidate pass, whatever stands in its file."
        return _silent(trials, strict, message, "no bound that decides")
    last: Run | None = None
    for loose, low in ((1.0, 0.0), (0.3, 0.5)):
        changed = {one.path: _loosened(one, loose, low) for one in documents}
        found = trials.with_group(ground, column, worse, champion=base, mark=("loose", loose),
                                  documents={**trials.gate.documents, **changed})  # fmt: skip
        if found is None:
            return _unseen(trials)
        if not found.status:
            return None
        last = found if last is None else last
    assert last is not None
    for span, left, right in reversed(last.constant):
        for side in (left, right):
            if isinstance(side, Const) and side.origin == "code" and isinstance(side.data, float):
                message = f"A bound is written in {trials.path}, not in a file that people review."
                return Verdict("unmet", message, (Evidence(span, "problem", "a bound in the code"),))
    message = f"A bound that stops a candidate does not come from {documents[0].path}."
    return Verdict("unmet", message, (Evidence(turned(last, ground.fair), "problem", "stops by a bound of its own"),))


def _loosened(document: Document, high: float, low: float) -> Document:
    values: dict[Key, Value] = {}
    for key, value in document.values.items():
        share = value.size is None and isinstance(value.data, int | float) and not isinstance(value.data, bool) and (
            abs(float(value.data)) <= 1)  # fmt: skip
        loose = high if share and float(str(value.data)) <= 0.5 else low
        if share and float(str(value.data)) < 0:
            loose = -high
        values[key] = Value(loose, value.span) if share else value
    return replace(document, values=values)


def _columns(trials: Trials, ground: Ground, documents: list[Document]) -> Verdict | None:
    """Take one column out of the file: then nobody may look at its groups any more."""
    base = alike(ground.level)
    worse = Group(base.leavers, base.hits - 8, base.others, max(base.false - 8, 0))
    for column in trials.table.asked:
        ways = [(one, changed) for one in documents for changed in _without(one, column)]
        for number, (one, changed) in enumerate(ways[:6]):
            found = trials.with_group(ground, column, worse, champion=base, mark=("without", number),
                                      documents={**trials.gate.documents, one.path: changed})  # fmt: skip
            if found is None:
                return _unseen(trials)
            if not found.status:
                break
        else:
            path = documents[0].path
            message = f"{path} does not decide whether the groups of {column} are looked at."
            place = ways[0][0].values.get(_named(ways[0][0], column)[0]) if ways else None
            span = place.span if place is not None else Span(path, 1)
            return Verdict("unmet", message, (Evidence(span, "problem", "not taken from the file"),))
    return None


def _named(document: Document, column: str) -> list[Key]:
    return [key for key, value in document.values.items() if value.data == column or column in key]


def _without(document: Document, column: str) -> list[Document]:
    """The file without a column: as an entry of a list, as a whole item of one, and as a key."""
    found: list[Document] = []
    for key, value in document.values.items():
        if value.data == column:
            places = [place for place, part in enumerate(key) if isinstance(part, int)]
            found += [_cut(document, key[: place + 1]) for place in reversed(places)]
        elif column in key:
            found.append(_cut(document, key[: key.index(column) + 1]))
    unique: list[Document] = []
    for one in found:
        if not any(one.values.keys() == other.values.keys() for other in unique):
            unique.append(one)
    return unique


def _cut(document: Document, gone: Key) -> Document:
    values: dict[Key, Value] = {}
    depth = len(gone)
    for key, value in document.values.items():
        if key[:depth] == gone:
            continue
        part = key[depth - 1] if len(key) >= depth and key[: depth - 1] == gone[:-1] else None
        if isinstance(part, int) and isinstance(gone[-1], int) and part > gone[-1]:
            key = (*key[: depth - 1], part - 1, *key[depth:])
        values[key] = value
    return replace(document, values=values)


def _said(documents: list[Document], says: list[str | list[str]]) -> Verdict | None:
    """Owner and date of the next review; and two metrics that are named."""
    for wanted in says:
        names = [wanted] if isinstance(wanted, str) else list(wanted)
        found = [(one, key, value) for one in documents for key, value in one.values.items()
                 if any(name in str(part).lower() for name in names for part in key)]  # fmt: skip
        dated = any("review" in name for name in names)
        fits = [value for _, _, value in found if value.size is None and _filled(str(value.data), dated)]
        if not fits:
            path = documents[0].path
            span = found[0][2].span if found else Span(path, 1)
            what = f"a date for its {names[0]}" if dated else f"its {names[0]}"
            return Verdict("unmet", f"{path} does not say {what}.", (Evidence(span, "problem", f"no {names[0]}"),))
    words = {_plain(str(part)) for one in documents for key, value in one.values.items()
             for part in (*key, value.data if isinstance(value.data, str) else "")}  # fmt: skip
    known = [kind for kind in _METRICS if any(name in word for name in kind for word in words)]
    if len(known) < 2:
        path = documents[0].path
        message = f"{path} does not name the metrics that are compared."
        return Verdict("unmet", message, (Evidence(Span(path, 1), "problem", "fewer than two metrics"),))
    return None


def _plain(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _filled(text: str, dated: bool) -> bool:
    low = text.strip().lower()
    if low in _EMPTY or low.startswith(("todo", "tbd", "<", "xxx")):
        return False
    return _DATE.search(text) is not None if dated else any(letter.isalpha() for letter in text)
