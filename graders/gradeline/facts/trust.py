"""Where code of an unreviewed change meets rights that its author does not have."""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.leftovers import is_own
from gradeline.facts.machines import asked, has_label
from gradeline.facts.reached_effects import possible_at
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.effects import ArtifactGet, Checkout
from gradeline.model.expression import Name
from gradeline.model.pipeline import Scenario, Unit
from gradeline.records import record, replace
from gradeline.source import Span

# Commands that execute what lies in the folder they are pointed at.
_EXECUTORS = frozenset(
    {
        "bash",
        "sh",
        "dash",
        "zsh",
        "python",
        "python3",
        "node",
        "ruby",
        "perl",
        "make",
        "just",
        "task",
        "npm",
        "yarn",
        "pnpm",
        "pip",
        "pip3",
        "uv",
        "poetry",
        "tox",
        "nox",
        "pytest",
        "docker",
        "source",
        ".",
        "chmod",
    }
)


_INTERPRETERS = frozenset(
    {"bash", "sh", "dash", "zsh", "python", "python3", "node", "ruby", "perl", "source", "."}
)


@record
class Breach:
    scenario: Scenario
    unit: Unit
    what: str
    sentence: str
    span: Span
    certain: bool = True


def breaches(facts: PipelineFacts, own: tuple[str, ...] = ()) -> Iterator[Breach]:
    """``own`` are labels of machines that are known to be one's own."""
    for scenario in facts.pipeline.scenarios:
        if not scenario.untrusted or scenario.elsewhere:
            continue
        for unit in facts.pipeline.units:
            if unit.kind != "work" or not _runs(facts, scenario, unit):
                continue
            for breach in _in_unit(facts, scenario, unit, own):
                yield _looked_at(breach) if scenario.vouched and not scenario.privileged else breach


def _looked_at(breach: Breach) -> Breach:
    """The same where somebody with rights has started the run: a look at the code leaves no trace in the files."""
    sentence = f"{breach.sentence}, and the files do not show whether somebody looks at it before"
    return replace(breach, sentence=sentence, certain=False)


def _in_unit(facts: PipelineFacts, scenario: Scenario, unit: Unit, own: tuple[str, ...]) -> Iterator[Breach]:
    if scenario.privileged:
        yield from _privileged(facts, scenario, unit)
    elif unit.self_hosted is not False and _takes_code(facts, scenario, unit) and not _approved(facts, scenario, unit):
        mine = unit.self_hosted is True or bool(own and has_label(asked(facts, unit), own)) or is_own(facts, unit)
        sentence = "code from a fork runs on a machine of your own"
        sentence = sentence if mine else f"it cannot be seen whether {sentence}"
        span = unit.runs_on[0].span if unit.runs_on else unit.span
        yield Breach(scenario, unit, "own runner", sentence, span, mine)


def _takes_code(facts: PipelineFacts, scenario: Scenario, unit: Unit) -> bool:
    """Whether the unit gets as far as fetching code, or works without fetching any."""
    fetching = [step for step in unit.walk() if any(isinstance(effect, Checkout) for effect in step.effects)]
    return not fetching or any(
        other.id == scenario.id for step in fetching for other, _ in possible_at(facts, unit, step)
    )


def _approved(facts: PipelineFacts, scenario: Scenario, unit: Unit) -> bool:
    """Whether the unit, or one that it waits for, is tied to an environment, whose rules may ask a person."""
    if unit.environment is not None:
        return True
    before = facts.simulator.ancestors.get(unit.id, frozenset())
    for other in facts.pipeline.units:
        if other.id in before and other.environment is not None and _runs(facts, scenario, other):
            refused = facts.runs(scenario, [f"failure:{other.id}"]).results
            if not any(run.ran(unit.id) for run in refused):
                return True
    return False


def _runs(facts: PipelineFacts, scenario: Scenario, unit: Unit) -> bool:
    return any(run.ran(unit.id) for run in facts.runs(scenario).results)


def _privileged(facts: PipelineFacts, scenario: Scenario, unit: Unit) -> Iterator[Breach]:
    if unit.opaque is not None:
        span, reason = unit.opaque.span, unit.opaque.reason
        yield Breach(scenario, unit, unit.title, f"it cannot be seen what this job does: {reason}", span, False)
    fetched: list[str] | None = None
    for step in unit.walk():
        at = possible_at(facts, unit, step)
        for effect in step.effects if any(other.id == scenario.id for other, _ in at) else ():
            if isinstance(effect, Checkout) and effect.unreviewed:
                yield Breach(
                    scenario,
                    unit,
                    step.title,
                    "the proposed change is checked out in a run with extra rights",
                    effect.span,
                )
            elif isinstance(effect, Checkout) and effect.allows_untrusted:
                yield Breach(scenario, unit, step.title, "the safety of the checkout is switched off", effect.span)
            elif isinstance(effect, ArtifactGet) and scenario.kind == "after":
                path = effect.path.constant if effect.path is not None else ""
                fetched = [*(fetched or []), (path or "").strip("/").removeprefix("./")]
        for item in facts.activities_at.get((unit.id, step.id), ()):
            if scenario.id not in item.scenarios:
                continue
            if _fetches_change(facts, item):
                yield Breach(
                    scenario, unit, item.text, "the proposed change is fetched in a run with extra rights", item.span
                )
            elif fetched is not None and _executes(item, fetched):
                yield Breach(
                    scenario, unit, item.text, f"`{item.text}` executes files that the untrusted run made", item.span
                )


def _fetches_change(facts: PipelineFacts, item: Activity) -> bool:
    words = item.invocation.words if item.invocation is not None else ()
    if words[:3] == ("gh", "pr", "checkout"):
        return True
    if words[:1] == ("git",) and len(words) > 1 and words[1] in ("fetch", "pull", "checkout", "switch"):
        if any(word.startswith(("pull/", "refs/pull/", "+refs/pull/", "merge-requests/")) for word in words[2:]):
            return True
        return any(HIDDEN in word for word in words[2:]) and _names_change(facts, item)
    return False


def _names_change(facts: PipelineFacts, item: Activity) -> bool:
    """Whether the step's script or variables hold a name of the proposed change."""
    texts = [variable.value for variable in (*item.unit.env, *item.step.env)]
    if item.step.script is not None:
        texts.append(item.step.script)
    return any(
        isinstance(node, Name) and any(node.path[: len(prefix)] == prefix for prefix in facts.pipeline.proposals)
        for text in texts
        for node in text.expressions()
    )


def _executes(item: Activity, folders: list[str]) -> bool:
    """Whether the command runs a file of one of the folders the artifact was put into."""
    if item.invocation is None:
        return False
    words = item.invocation.words
    outer = tuple(item.trail[-1].text.split()) if item.trail else ()
    for folder in folders:
        started = (*_started(words), *_started(outer))
        if any(_in(word, folder) for word in started):
            return True
        if not folder and words[0] in _EXECUTORS:  # the artifact may have replaced any file of the workspace
            return True
        if folder and item.invocation.directory.startswith(folder) and words[0] in _EXECUTORS:
            return True
    return False


def _started(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a command that name what it runs; what follows the script of an interpreter is data for it."""
    if not words or words[0] not in _EXECUTORS:
        return words[:1]
    return (words[0], _script(words)) if _names_script(words) else words


def _names_script(words: tuple[str, ...]) -> bool:
    return words[0] in _INTERPRETERS and not {"-m", "-c", "-e"} & set(words[:4]) and bool(_script(words))


def _script(words: tuple[str, ...]) -> str:
    return next((word for word in words[1:] if not word.startswith("-")), "")


def _in(word: str, folder: str) -> bool:
    path = word.removeprefix("./")
    return path.startswith(folder + "/") if folder else word.startswith("./")
