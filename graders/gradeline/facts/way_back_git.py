"""A way back by Git: a commit that somebody names is taken back, and the result is sent for the controller to apply.

git-revert(1); git-checkout(1) and git-restore(1) (files as they were at a commit); Argo CD documentation, "Automated
Sync Policy" (a rollback of an application that is synced automatically does not last).
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.activities import Activity
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.commands import Toolbox
from gradeline.facts.git_changes import is_request, reverts
from gradeline.facts.way_back_scripts import Script
from gradeline.model.pipeline import Scenario
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

_ORDER = ("met", "cannot_tell", "partial", "unmet")


def judge(case: Case, scripts: tuple[str, ...]) -> Verdict:
    """The best way back of the submission: one of the scripts, or a pipeline that somebody starts."""
    verdicts = [verdict for path in scripts for verdict in _script(case, path)]
    for facts in case.pipelines:
        verdicts.extend(_pipeline(facts))
    if not verdicts:
        return Verdict("unmet", "Nothing takes a commit back: no script, and no pipeline that somebody may start.")
    return min(verdicts, key=lambda verdict: _ORDER.index(verdict.status))


def _script(case: Case, path: str) -> Iterator[Verdict]:
    project = case.project.around(path)
    text = project.scripts.get(path)
    if text is None:
        if case.project.has(path):
            yield Verdict("cannot_tell", f"`{path}` is written in a language that is not read as a way back.")
        return
    toolbox = Toolbox(project, case.toolbox.programs)
    tried = [Script(project, toolbox, path, text.text, count).taken_back() for count in (1, 2, 3)]
    yield min(tried, key=lambda verdict: _ORDER.index(verdict.status))


def _pipeline(facts: PipelineFacts) -> Iterator[Verdict]:
    for scenario in facts.scenarios("manual"):
        mine = tuple(item for item in facts.activities if scenario.id in item.scenarios and reverts(item))
        for item in facts.traced.activities(scenario, mine):
            yield _reverted(facts, scenario, item)


def _reverted(facts: PipelineFacts, scenario: Scenario, item: Activity) -> Verdict:
    words = item.invocation.words if item.invocation is not None else ()
    roots = {root for word in words for root in facts.traced.traces.roots(word)}
    if not any(root is not None and root.kind in ("setting", "variable") for root in roots):
        return _bad(item.span, f"`{item.text}` does not take back what somebody names.", "nobody names a commit")
    sending = tuple(one for one in facts.doing("commit") if scenario.id in one.scenarios)
    if not sending:
        return _bad(item.span, f"What `{item.text}` takes back stays on the machine of the run.", "is sent nowhere")
    heard = facts.gated(sending, (item,))
    if not heard.holds:
        return heard.verdict()
    proofs = (*item.proof(), *(proof for one in sending for proof in one.proof()))
    asked = any(is_request(one) for one in sending)
    sentence = "A commit that somebody names is taken back" + (", after a review." if asked else ".")
    return Verdict("met", sentence, tuple(dict.fromkeys(proofs)))


def _bad(span: Span, sentence: str, text: str) -> Verdict:
    return Verdict("unmet", sentence, (Evidence(span, "problem", text),))
