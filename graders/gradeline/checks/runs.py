"""A command of a kind really runs, and its failure stops the run.

What it looks for
    A live step that starts a tool of the wanted class with arguments that make it do its work, on
    the wanted paths, in a way that lets its failure fail the pipeline.  The tool may be wrapped: a
    task runner, a script of the repository, a container, a package runner and a shared action of the
    repository are followed to the command that runs in the end.  Hooks of a commit are a pipeline, too.

What does not count
    Words that are only printed or commented out, a help or dry-run option, an option that turns
    failure off, a path that does not exist, a selection that selects nothing, tests of a configuration
    that claim nothing about what it makes, a step that no event reaches, and a step or job whose
    failure is tolerated or lost in the shell.

How to repair
    Run the tool itself in a step of its own, without anything behind it that hides its exit status.

Parameters
    ``tool``: a tool class or a list of which any counts; ``a|b`` is the first of these that some job does.
    ``paths``: folders that must all be covered.  ``scenario``: count only commands that run on this kind of event.
"""

from __future__ import annotations

from gradeline.checks.contract import SCENARIO, WORDS, Check, listed
from gradeline.checks.support.explain import first_of
from gradeline.checks.support.running import runs
from gradeline.facts.case import Case
from gradeline.result import Verdict

CHECK = Check(
    code="F1",
    family="flow",
    params={"tool": WORDS, "paths": WORDS, "scenario": SCENARIO},
    required=("tool",),
    reads=("pipelines", "repository"),
)


def run(
    case: Case,
    tool: str | list[str],
    paths: list[str] | None = None,
    scenario: str | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    chosen = case.select(pipelines)
    return runs(chosen, first_of(chosen, listed(tool)), listed(paths), scenario)
