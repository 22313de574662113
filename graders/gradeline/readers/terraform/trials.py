"""Test files of a configuration: ``*.tftest.hcl`` and ``*.tftest.json``.

Terraform documentation, "Tests": ``run`` blocks apply unless ``command = plan``; ``assert`` has a condition and a
message; ``expect_failures`` names what has to refuse; a custom condition of the configuration that fails fails the run,
too.  OpenTofu documentation, "Command: test": a ``.tofutest`` file replaces the ``.tftest`` file of the same name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gradeline.model.infrastructure import Claim, Trial, TrialFile
from gradeline.readers.places import TRIALS
from gradeline.readers.terraform.blocks import named_in
from gradeline.readers.terraform.sources import Sources
from gradeline.syntax.hcl_nodes import (
    Binary,
    Block,
    Expression,
    Literal,
    Name,
    ObjectOf,
    TupleOf,
    reference,
    walk,
)

MAX_FILES = 40
_CONDITIONS = frozenset({"validation", "precondition", "postcondition"})
_INPUTS = frozenset({"var", "local", "each", "count", "path", "terraform"})


def trials(sources: Sources) -> Iterator[TrialFile]:
    """The test files of a submission and their runs, in their order."""
    paths = [path for path in sources.paths if path.endswith(TRIALS) and "/.terraform/" not in f"/{path}"]
    for path in paths[:MAX_FILES]:
        parsed = sources.parsed(path)
        blocks = parsed.body.blocks if parsed is not None else ()
        runs = tuple(_trial(block) for block in blocks if block.kind == "run")
        yield TrialFile(path, runs, parsed is not None and parsed.complete)


def guards(blocks: Iterable[Block]) -> bool:
    """Whether some block states a condition: a check, the validation of a variable, what must hold around a
    resource (Terraform documentation, "Custom Conditions")."""
    for block in blocks:
        if block.kind == "check" or any(inner.kind in _CONDITIONS for inner in block.body.blocks):
            return True
        around = block.body.get("lifecycle")
        if around is not None and isinstance(around.value, ObjectOf):  # JSON
            names = {key.value for key, _ in around.value.entries if isinstance(key, Literal)}
            if names & _CONDITIONS:
                return True
        if any(inner.kind in _CONDITIONS for one in block.body.inside("lifecycle") for inner in one.body.blocks):
            return True
    return False


def _trial(block: Block) -> Trial:
    command, expected = block.body.get("command"), block.body.get("expect_failures")
    plans = command is not None and _word(command.value) == "plan"
    refused = expected.value.items if expected is not None and isinstance(expected.value, TupleOf) else ()
    name = block.labels[0].text if block.labels else ""
    claims = tuple(_claim(inner) for inner in block.body.inside("assert"))
    return Trial(name, block.head, plans, claims, tuple(_word(one) for one in refused))


def _word(node: Expression) -> str:
    """A keyword or a reference; JSON writes both as texts."""
    if isinstance(node, Name):
        return node.name
    return str(node.value) if isinstance(node, Literal) else ".".join(reference(node))


def _claim(block: Block) -> Claim:
    condition = block.body.get("condition")
    if condition is None:
        return Claim(block.head, (), "it has no condition")
    about = tuple(name for name in named_in(condition.value) if name.partition(".")[0] not in _INPUTS)
    return Claim(condition.span, about, _emptiness(condition.value, about))


def _emptiness(condition: Expression, about: tuple[str, ...]) -> str:
    if not about:
        return "it says nothing about what the configuration makes"
    for node in walk(condition):
        if not isinstance(node, Binary):
            continue
        sides = (node.left, node.right)
        if node.operator == "||" and any(isinstance(side, Literal) and side.value is True for side in sides):
            return "one side of it is always true"
        left, right = (reference(side) for side in sides)
        if node is condition and node.operator in ("==", ">=", "<=") and left and left == right:
            return "it compares a value with itself"
    return ""
