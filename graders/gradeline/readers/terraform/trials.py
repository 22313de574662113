"""Test files of a configuration: ``*.tftest.hcl``.

Terraform documentation, "Tests": files in the folder of the configuration or in ``tests`` under it; ``run`` blocks
apply unless ``command = plan``; ``assert`` has a condition and a message; ``expect_failures`` names what has to refuse.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.model.infrastructure import Claim, Trial
from gradeline.readers.terraform.blocks import named_in
from gradeline.readers.terraform.sources import Sources
from gradeline.syntax.hcl_nodes import Binary, Block, Expression, Literal, Name, TupleOf, reference, walk

MAX_FILES = 40
_INPUTS = frozenset({"var", "local", "each", "count", "path", "terraform"})


def trials(sources: Sources, paths: tuple[str, ...]) -> Iterator[Trial]:
    """The runs of some test files, in their order."""
    for path in paths[:MAX_FILES]:
        parsed = sources.parsed(path)
        for block in parsed.body.blocks if parsed is not None else ():
            if block.kind == "run":
                yield _trial(block)


def _trial(block: Block) -> Trial:
    command, expected = block.body.get("command"), block.body.get("expect_failures")
    plans = command is not None and isinstance(command.value, Name) and command.value.name == "plan"
    refused = expected.value.items if expected is not None and isinstance(expected.value, TupleOf) else ()
    name = block.labels[0].text if block.labels else ""
    claims = tuple(_claim(inner) for inner in block.body.inside("assert"))
    return Trial(name, block.head, plans, claims, tuple(".".join(reference(one)) for one in refused))


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
