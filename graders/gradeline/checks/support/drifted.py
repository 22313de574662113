"""Whether somebody is told when what runs is no longer what is written."""

from __future__ import annotations

from gradeline.checks.support.explain import absent, unseen
from gradeline.facts.activities import Activity
from gradeline.facts.after_failure import of_activity
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.run_links import links_to_run
from gradeline.facts.runs import Run
from gradeline.facts.shell_records import ENDS
from gradeline.facts.terraform_commands import of_activity as of_command
from gradeline.model.pipeline import Scenario
from gradeline.result import Evidence, Verdict

_DIFFERENT = 2  # Terraform documentation, "terraform plan", -detailed-exitcode


def drift_told(case: Case, chosen: tuple[PipelineFacts, ...], link: bool) -> Verdict:
    found = [(facts, item, scenario) for facts in chosen for item in facts.doing("drift-check")
             for scenario in facts.scenarios("schedule") if scenario.id in item.scenarios]  # fmt: skip
    if not found:
        return _none(chosen)
    verdicts = [_told(case, facts, item, scenario, link) for facts, item, scenario in found]
    for status in ("met", "cannot_tell", "partial"):
        for verdict in verdicts:
            if verdict.status == status:
                return verdict
    return verdicts[0]


def _none(chosen: tuple[PipelineFacts, ...]) -> Verdict:
    for facts in chosen:
        for item in facts.doing("drift-check"):
            message = f"`{item.text}` does not run on a schedule."
            return Verdict("unmet", message, (Evidence(item.span, "problem", "only runs when somebody changes code"),))
    for facts in chosen:
        for item in facts.doing("iac-plan"):
            scenarios = [scenario for scenario in facts.scenarios("schedule") if scenario.id in item.scenarios]
            if any(command.off("refresh") for command in of_command(item)):
                message = f"`{item.text}` does not look at what is really there."
                return Verdict("unmet", message, (Evidence(item.span, "problem", "`-refresh=false`"),))
            if scenarios:
                runs = [(scenario, run) for scenario in scenarios for run in facts.runs(scenario).results]
                sent = [_messages(facts, scenario, run) for scenario, run in runs]
                if any(sent) and not all(sent):
                    message = f"What becomes of `{item.text}` decides about a message. That is not followed here."
                    return Verdict("cannot_tell", message, (Evidence(item.span, "problem", "its status says nothing"),))
                message = f"`{item.text}` ends the same way, whether it finds a difference or not."
                return Verdict("unmet", message, (Evidence(item.span, "problem", "its status says nothing"),))
    return next(unseen(chosen), None) or absent(chosen, ("drift-check",))


def _told(case: Case, facts: PipelineFacts, item: Activity, scenario: Scenario, link: bool) -> Verdict:
    """What happens when the comparison finds a difference, and when it finds none."""
    tells = any(facts.toolbox.endings(item.invocation.words, dict(item.invocation.environment))
                for _ in (0,) if item.invocation is not None)  # fmt: skip
    proofs: list[Evidence] = []
    for key in item.keys:
        different = f"{key}{ENDS}{_DIFFERENT}" if tells else key
        runs = [run for run in facts.runs(scenario, [different]).results if key in run.reached]
        if not runs:
            continue
        messages = [_messages(facts, scenario, run) for run in runs]
        if not all(messages):
            return _silent(case, facts, item, scenario, runs, some=any(messages))
        quiet = [run for run in facts.runs(scenario, [f"{key}{ENDS}0"] if tells else []).results
                 if key in run.reached and not run.failed]  # fmt: skip
        noisy = [_messages(facts, scenario, run) for run in quiet]
        if noisy and all(noisy):
            message = f"`{noisy[0][0].text}` is sent each time, also when nothing is different."
            return Verdict("partial", message, (Evidence(noisy[0][0].span, "problem", "sent each time"),))
        sent = messages[0][0]
        if link and all(links_to_run(facts, of_activity(one)) == "no" for one in messages[0]):
            message = f"`{sent.text}` does not say where the run can be found."
            return Verdict("unmet", message, (Evidence(sent.span, "problem", "no address of the run"),))
        proofs.extend((Evidence(item.span, "proof", "compares what there is with what is written"),
                       Evidence(sent.span, "proof", "goes out when there is a difference")))  # fmt: skip
    return Verdict("met", "When what runs is not what is written, somebody is told.", tuple(dict.fromkeys(proofs)))


def _messages(facts: PipelineFacts, scenario: Scenario, run: Run) -> list[Activity]:
    reached = facts.reached_in(scenario, [run])
    return [one for one in reached if any(reading.effect != "pretends" for reading in one.readings_of(("notify",)))]


def _may_tell(item: Activity) -> bool:
    """Whether it cannot be followed, or does something with a token that only its own program knows."""
    return bool(item.opaque) or any("*" in reading.possible_scopes for reading in item.readings)


def _silent(
    case: Case, facts: PipelineFacts, item: Activity, scenario: Scenario, runs: list[Run], some: bool
) -> Verdict:
    place = Evidence(item.span, "problem", "finds a difference")
    if some:
        message = f"Whether anybody is told when `{item.text}` finds a difference depends on what is not in the files."
        return Verdict("cannot_tell", message, (place,))
    hidden = next((one for one in facts.reached_in(scenario, runs) if _may_tell(one)), None)
    if hidden is not None:
        why = hidden.opaque or "what it does is not in the files"
        message = f"`{hidden.text}` may tell somebody, but cannot be followed: {why}."
        return Verdict("cannot_tell", message, (Evidence(hidden.span, "problem", why),))
    others = [other for other in case.pipelines if other is not facts and other.scenarios("after")]
    if any(other.doing("notify", effect=None) or other.dormant for other in others):
        message = "Another pipeline runs after this one. Whether it tells about a difference cannot be seen."
        return Verdict("cannot_tell", message, (place,))
    lost = next((run for run in runs if not run.failed), None)
    problem = "the run ends with success" if lost is not None else "the run fails, and no message is sent"
    message = f"When `{item.text}` finds a difference, nobody is told."
    return Verdict("unmet", message, (place, Evidence(item.unit.span, "context", problem)))
