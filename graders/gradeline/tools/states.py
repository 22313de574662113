"""Which analysers are there, in which version, and what to do about those that are not: ``grade doctor``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from gradeline.lint import LINTERS
from gradeline.records import record
from gradeline.tools.child import ToolFailure
from gradeline.words import Phrase, phrase, told

State = Literal["ready", "missing", "broken"]


@record
class ToolState:
    """``version`` is what the tool says of itself; ``advice`` what to do when it is not ready."""

    name: str
    state: State
    version: str
    advice: Phrase | None = None


def states() -> tuple[ToolState, ...]:
    """Every analyser, each started once: that it is installed does not mean that it runs."""
    return tuple(state(name) for name in LINTERS)


def state(name: str) -> ToolState:
    """The state of one analyser."""
    from gradeline.tools.linters import installed

    try:
        known = installed(name)
    except ToolFailure as missing:
        return ToolState(name, "missing", "", told(missing))
    try:
        said = _asked(name)()
    except ToolFailure as broken:
        again = phrase("tool.again_checkov" if name == "checkov" else "tool.again")
        return ToolState(name, "broken", known, phrase("tool.broken", said=told(broken), again=again))
    return ToolState(name, "ready", said)


def _asked(name: str) -> Callable[[], str]:
    """How a tool says its version.  Each is imported when it is asked for."""
    if name == "checkov":
        from gradeline.tools.checkov import Checkov

        def ask() -> str:
            worker = Checkov()
            try:
                return worker.version()
            finally:
                worker.close()

        return ask
    if name == "hadolint":
        from gradeline.tools import hadolint

        return hadolint.version
    if name == "yamllint":
        from gradeline.tools import yamllint

        return yamllint.version
    from gradeline.tools import zizmor

    return zizmor.version
