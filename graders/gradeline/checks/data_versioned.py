"""A training knows exactly which data it is made from.

What it looks for
    What the training reads is tracked by its hash and fetched before it runs, or named by a version, a snapshot or
    a dated place that never changes, or kept in the repository itself.  With ``paths``: each of them is tracked by a
    whole hash, and Git is told to ignore the file itself.  With ``remote``: there is one default place of its own,
    known to everybody, from which others get the data.

What does not count
    An address whose content is replaced, a folder of one machine, a tracked file without a hash, and data that is
    tracked but never fetched, so that the training reads whatever lies there.  A default that is not defined, a folder
    on one machine, and a place that only a file outside of Git names.

How to repair
    Track the data, commit the small file with its hash, and fetch the data right before the training.

Parameters
    ``tool``: the class that reads the data, ``train`` by default.  ``paths``: data that has to be tracked, and
    ``folder``: a folder in which nothing may be plain in Git.  ``remote``: true asks for the place instead.  ``kept``:
    true asks whether what the work makes leaves its machine afterwards.
"""

from __future__ import annotations

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.explain import absent, unseen_in
from gradeline.facts.activities import Activity
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.data_versions import judge, kept_after
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="R1",
    family="pinning",
    params={
        "tool": WORDS,
        "paths": WORDS,
        "folder": {"type": "string"},
        "remote": {"type": "boolean"},
        "kept": {"type": "boolean"},
    },
    reads=("pipelines", "repository"),
)


def run(
    case: Case,
    tool: str | list[str] | None = None,
    paths: str | list[str] | None = None,
    folder: str = "",
    remote: bool = False,
    kept: bool = False,
    pipelines: list[str] | None = None,
) -> Verdict:
    if remote or paths or folder:
        from gradeline.checks.support import tracked_data

        return tracked_data.remote(case) if remote else tracked_data.tracked(case, listed(paths), folder)
    chosen = case.select(pipelines)
    classes = listed(tool) or ("train",)
    found = [(facts, item) for facts in chosen for item in facts.doing(*classes)]
    if not found:
        return absent(chosen, classes)
    if kept:  # what stands in a pipeline itself is shown before what it leads to
        verdicts = [_kept(facts, item) for facts, item in sorted(found, key=lambda one: len(one[1].trail))]
    else:
        verdicts = [judge(facts, item) for facts, item in found]
    for status in ("unmet", "cannot_tell"):
        for verdict in verdicts:
            if verdict.status == status:
                return verdict
    proofs: tuple[Evidence, ...] = tuple(item for verdict in verdicts for item in verdict.evidence)
    sentence = "What the training makes is kept." if kept else "The training knows which data it is made from."
    return Verdict("met", sentence, tuple(dict.fromkeys(proofs)))


def _kept(facts: PipelineFacts, item: Activity) -> Verdict:
    proof = kept_after(facts, item)
    if proof is not None:
        return Verdict("met", "", (proof,))
    hidden = next(unseen_in(facts, item.unit), None)
    message = f"What `{item.text}` makes stays on its machine: nothing pushes or publishes it afterwards."
    return hidden or Verdict("unmet", message, (Evidence(item.span, "problem", "what it makes is not kept"),))
