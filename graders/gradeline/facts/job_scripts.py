"""Whether the script of a job can end with a failure: it is run in thought with every program failing."""

from __future__ import annotations

from gradeline.facts.shell_machine import run_script
from gradeline.facts.shell_records import Setting
from gradeline.facts.worlds import explore
from gradeline.model.pipeline import Shell
from gradeline.model.project import Project
from gradeline.model.text import Text
from gradeline.source import Span

_WORLDS = 8


def can_fail(script: str, shell: Shell, span: Span) -> bool:
    """False when the script succeeds although every program that it starts fails."""
    setting = Setting(
        project=Project(),
        variables={},
        channels={},
        placeholder=lambda _: None,
        fails=lambda _: True,
        predicate=lambda *_: False,
        follow=lambda *_: None,
    )
    worlds = explore(lambda oracle: run_script(Text(script, span), shell, setting, oracle, "job/"), _WORLDS)
    return any(run.status != 0 or run.cut for run in worlds.results)
