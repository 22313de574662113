"""Whether a program tells the outcomes of an experiment apart, and whether the pipeline does what it says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from gradeline.checks.support.explain import absent, first_of, unseen
from gradeline.facts.activities import Activity
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.decisions import Decider, deciders, said_by, with_answer
from gradeline.facts.deployments import comes_after
from gradeline.facts.gate_experiment import Run
from gradeline.facts.gate_trials import is_free, tried
from gradeline.facts.gate_values import leaves
from gradeline.records import record
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

_ORDER = ("met", "cannot_tell", "unmet")


@record
class Trial:
    """One case and how the program can end with its numbers.  ``tested``: a test of statistics decides it, so an
    unknown library may answer either way."""

    when: str
    outcome: tuple[str, ...]
    tested: bool
    runs: tuple[Run, ...]


def outcomes(
    case: Case, target: str, cases: Sequence[Mapping[str, Any]], on: tuple[str, ...], after: tuple[str, ...],
    patterns: list[str] | None,
) -> Verdict:  # fmt: skip
    chosen = case.select([one for one in patterns or () if not one.endswith(".py")])
    wanted = [one for one in patterns or () if one.endswith(".py")]
    found = [one for one in deciders(case, patterns) if not wanted or one.gate.path in wanted]
    if on and target != "rollback" and not any(_works(facts, target) for facts in chosen):
        return absent(chosen, (target,))
    if not found:
        hidden = next(unseen(chosen), None)
        name = f"`{wanted[0]}`" if wanted else "a program of the repository"
        return hidden or Verdict("unmet", f"Nothing starts {name}, so nothing decides.")
    verdicts = [_of(one, target, cases, on, after) for one in found]
    return min(verdicts, key=lambda verdict: _ORDER.index(verdict.status))


def _of(
    one: Decider, target: str, cases: Sequence[Mapping[str, Any]], on: tuple[str, ...], after: tuple[str, ...]
) -> Verdict:
    trials = [
        Trial(each["when"], _names(each["outcome"]), bool(each.get("tested")), tried(one.gate, each["given"]))
        for each in cases
    ]
    for trial in trials:
        lost = next((run.lost for run in trial.runs if run.lost is not None), None)
        if lost is not None:
            message = f"{one.gate.path} cannot be followed: {lost[1]}."
            return Verdict("cannot_tell", message, (Evidence(lost[0], "problem", lost[1]),))
    if not on:
        return _sure(one, trials, _told_apart(one, trials))
    if target == "rollback":
        return _sure(one, trials, _taken_back(one, trials, on, after))
    works = _works(one.facts, target)
    if not works:
        return absent([one.facts], (target,))
    return _sure(one, trials, _heard(one, works, trials, on, after))


def _sure(one: Decider, trials: Sequence[Trial], verdict: Verdict) -> Verdict:
    """A test that a library makes in a way that nobody knows here may answer anything, also the right thing."""
    if verdict.status != "unmet":
        return verdict
    for trial in trials:
        for run in trial.runs if trial.tested else ():
            for compared in run.compared:
                leaf = next((leaf for leaf in leaves(compared.left, compared.right) if is_free(leaf)), None)
                if leaf is not None:
                    message = f"What `{leaf.call}` says about the numbers of {one.gate.path} is not known here."
                    return Verdict("cannot_tell", message, (Evidence(compared.span, "problem", "compares it"),))
    return verdict


def _heard(
    one: Decider, works: tuple[Activity, ...], trials: Sequence[Trial], on: tuple[str, ...], after: tuple[str, ...]
) -> Verdict:
    verdict = _listened(one, works, trials, on)
    if verdict.status != "met" or not after:
        return verdict
    return _after_failures(one.facts, works, after) or verdict


def _taken_back(one: Decider, trials: Sequence[Trial], on: tuple[str, ...], after: tuple[str, ...]) -> Verdict:
    """The same for ways back, of which there are many kinds, and some that nobody can see."""
    from gradeline.facts.ways_back import ways_back

    certain, possible = ways_back(one.facts, one.item)
    dormant = {key for item in one.facts.dormant for key in item.keys}
    certain = tuple(sorted(certain, key=lambda item: not dormant & set(item.keys)))  # the first one is shown
    verdict = _heard(one, certain, trials, on, after) if certain else absent([one.facts], ("rollback",))
    if verdict.status == "met" or not possible:
        return verdict
    if _heard(one, (*certain, *possible), trials, on, after).status == "met":
        item = possible[0]
        message = f"Whether `{item.text}` lets the version before answer again cannot be seen."
        return Verdict("cannot_tell", message, (Evidence(item.span, "problem", "does what?"),))
    return verdict


def _names(given: str | list[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _works(facts: PipelineFacts, target: str) -> tuple[Activity, ...]:
    """The work, also where only a failure leads to it."""
    return (*facts.doing(target), *(item for item in facts.dormant if item.readings_of((target,))))


# -- the program ---------------------------------------------------------------------------------


def _signals(run: Run) -> dict[str, object]:
    """What others can go by: each output, the first word that is printed, and the exit status."""
    said = said_by(run)
    found: dict[str, object] = {f"output {name}": value.strip().lower() for name, value in said.items() if name != "*"}
    words = said.get("*", "").split()
    if words:
        found["word"] = words[0].strip(":.,;").lower()
    found["status"] = run.status
    return found


def _told_apart(one: Decider, trials: Sequence[Trial]) -> Verdict:
    seen = [[_signals(run) for run in trial.runs] for trial in trials]
    names = list(dict.fromkeys(name for runs in seen for signals in runs for name in signals))
    best: tuple[int, int, int] | None = None
    for number, name in enumerate(names):
        usual = _usual(trials, seen, name)
        wrong = [place for place, trial in enumerate(trials) if not _fits(trial, seen[place], name, usual)]
        if not wrong and len(set(usual.values())) == len(usual):
            span = trials[0].runs[0].span
            return Verdict("met", f"{one.gate.path} decides each case as it should.", (
                *_places(trials), Evidence(span, "proof", f"the {name} says what comes of it")))  # fmt: skip
        rank = (len(wrong) + len(usual) - len(set(usual.values())), number, wrong[0] if wrong else 0)
        best = min(best, rank) if best is not None else rank
    assert best is not None
    trial, name = trials[best[2]], names[best[1]]
    usual = _usual(trials, seen, name)
    if _fits(trial, seen[best[2]], name, usual):  # all cases agree, and two outcomes have one answer
        twice = next(word for word, count in Counter(usual.values()).items() if count > 1)
        two = [outcome for outcome, value in usual.items() if value == twice]
        message = f"{one.gate.path} says the same for `{two[0]}` and `{two[1]}`."
        return Verdict("unmet", message, (Evidence(_end(trial), "problem", "ends here in both cases"),))
    message = f"When {trial.when}, {one.gate.path} does not answer `{trial.outcome[0]}`."
    return Verdict("unmet", message, (Evidence(_end(trial), "problem", f"ends here, when {trial.when}"),))


def _usual(trials: Sequence[Trial], seen: list[list[dict[str, object]]], name: str) -> dict[str, object]:
    """The answer that each outcome has: its own word where that is used, else the one of most of its cases."""
    found: dict[str, object] = {}
    for outcome in dict.fromkeys(trial.outcome[0] for trial in trials):
        values = [
            signals.get(name) for trial, runs in zip(trials, seen, strict=True) if trial.outcome == (outcome,)
            for signals in runs
        ]  # fmt: skip
        found[outcome] = outcome if outcome in values else next(iter(Counter(values).most_common(1)), (None,))[0]
    return found


def _fits(trial: Trial, runs: list[dict[str, object]], name: str, usual: Mapping[str, object]) -> bool:
    values = {signals.get(name) for signals in runs}
    wanted = {usual[outcome] for outcome in trial.outcome if usual.get(outcome) is not None}
    return bool(wanted & values) if trial.tested else bool(wanted) and values <= wanted


def _end(trial: Trial) -> Span:
    """Where the answer was written, or where the program ended."""
    run = trial.runs[0]
    return run.written[-1][2] if run.written else run.printed[-1][1] if run.printed else run.span


def _places(trials: Sequence[Trial]) -> tuple[Evidence, ...]:
    return (Evidence(_end(trials[0]), "proof", f"says what comes of it, when {trials[0].when}"),)


# -- the pipeline --------------------------------------------------------------------------------


def _listened(one: Decider, works: tuple[Activity, ...], trials: Sequence[Trial], on: tuple[str, ...]) -> Verdict:
    work = works[0]
    script = one.item.step.script.raw if one.item.step.script is not None else ""
    for trial in trials:
        # A case with several right outcomes says nothing about work that some of them reach.
        if len({outcome in on for outcome in trial.outcome}) > 1:
            continue
        wanted = trial.outcome[0] in on
        answers = [_reached(one, run, works) for run in trial.runs]
        if None in answers:
            message = f"What happens after the answer of {one.gate.path} cannot be followed."
            return Verdict("cannot_tell", message, (Evidence(one.item.span, "problem", "cannot be followed"),))
        if wanted in answers if trial.tested else set(answers) == {wanted}:
            continue
        if "$?" in script and any(run.status for run in trial.runs):
            message = f"What becomes of the exit status of {one.gate.path} cannot be followed."
            return Verdict("cannot_tell", message, (Evidence(one.item.span, "problem", "the status is looked at"),))
        if wanted:
            message = f"When {trial.when}, `{work.text}` does not run."
            return Verdict("unmet", message, (Evidence(work.span, "problem", f"not reached, when {trial.when}"),))
        message = f"When {trial.when}, `{work.text}` runs all the same."
        return Verdict("unmet", message, (Evidence(work.span, "problem", f"runs, when {trial.when}"),))
    return Verdict("met", f"`{work.text}` runs exactly when {one.gate.path} says so.", work.proof())


def _reached(one: Decider, run: Run, works: tuple[Activity, ...]) -> bool | None:
    """Whether the work is reached when the program ends like this; None when not everything can be followed."""
    other = with_answer(one, said_by(run))
    failing = frozenset(one.item.keys) if run.status else frozenset()
    keys = {key for item in works for key in item.keys}
    complete = True
    for scenario in other.pipeline.scenarios:
        if scenario.id not in one.item.scenarios:
            continue
        worlds = other.runs(scenario, failing)
        complete = complete and worlds.complete
        for each in worlds.results:
            if any(key in each.reached for key in one.item.keys) and any(key in each.reached for key in keys):
                return True
    return False if complete else None


def _after_failures(facts: PipelineFacts, works: tuple[Activity, ...], after: tuple[str, ...]) -> Verdict | None:
    """Why a failure of other work does not lead to this work; None when each one does and the run stays red."""
    keys = {key for item in works for key in item.keys}
    promoted = facts.doing("promote")
    for kind in first_of([facts], after):
        items = tuple(item for item in facts.doing(kind) if not comes_after(facts, item, promoted))
        if not items:
            return absent([facts], (kind,))
        for item in items:
            for scenario in facts.pipeline.scenarios:
                if scenario.id not in item.scenarios:
                    continue
                for run in facts.runs(scenario, item.keys).results:
                    if not any(key in run.reached for key in item.keys):
                        continue
                    if not any(key in run.reached for key in keys):
                        message = f"When `{item.text}` fails, `{works[0].text}` does not run."
                        return Verdict("unmet", message, (
                            Evidence(works[0].span, "problem", "not reached after this failure"),
                            Evidence(item.span, "context", "fails")))  # fmt: skip
                    if not run.failed:
                        message = f"When `{item.text}` fails, the run still ends with success."
                        return Verdict("unmet", message, (Evidence(item.span, "problem", "its failure is lost"),))
    return None
