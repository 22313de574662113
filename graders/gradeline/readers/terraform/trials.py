"""Test files of a configuration: ``*.tftest.hcl`` and ``*.tftest.json``.

Terraform documentation, "Tests": ``run`` blocks apply unless ``command = plan``; ``assert`` has a condition and a
message; ``expect_failures`` names what has to refuse; a custom condition of the configuration that fails fails the run,
too.  OpenTofu documentation, "Command: test": a ``.tofutest`` file replaces the ``.tftest`` file of the same name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gradeline.model.infrastructure import Claim, Trial, TrialFile
from gradeline.readers.places import TRIALS
from gradeline.readers.terraform.claims import about, emptiness, words
from gradeline.readers.terraform.sources import Sources
from gradeline.syntax.hcl_nodes import Block, Expression, Literal, Name, ObjectOf, TupleOf, reference

MAX_FILES = 40
_CONDITIONS = frozenset({"validation", "precondition", "postcondition"})


def trials(sources: Sources) -> Iterator[TrialFile]:
    """The test files of a submission and their runs, in their order."""
    paths = [path for path in sources.paths if path.endswith(TRIALS) and "/.terraform/" not in f"/{path}"]
    for path in paths[:MAX_FILES]:
        parsed = sources.parsed(path)
        blocks = parsed.body.blocks if parsed is not None else ()
        # Without an alias it stands in for the provider of that name in every run.
        mocked = {block.labels[0].text for block in blocks if block.kind == "mock_provider" and block.labels}
        runs = tuple(_trial(block, bool(mocked)) for block in blocks if block.kind == "run")
        yield TrialFile(path, runs, parsed is not None and parsed.complete, tuple(dict.fromkeys(_made_up(blocks))))


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


def _trial(block: Block, everything: bool) -> Trial:
    command, expected = block.body.get("command"), block.body.get("expect_failures")
    plans = command is not None and _word(command.value) == "plan"
    refused = expected.value.items if expected is not None and isinstance(expected.value, TupleOf) else ()
    name = block.labels[0].text if block.labels else ""
    claims = tuple(_claim(inner) for inner in block.body.inside("assert"))
    module = next((source for inner in block.body.inside("module")
                   if (source := inner.body.get("source")) is not None), None)  # fmt: skip
    where = "" if module is None else str(module.value.value) if isinstance(module.value, Literal) else "?"
    return Trial(name, block.head, plans, claims, tuple(_word(one) for one in refused), plans or everything, where)


def _word(node: Expression) -> str:
    """A keyword or a reference; JSON writes both as texts."""
    if isinstance(node, Name):
        return node.name
    return str(node.value) if isinstance(node, Literal) else ".".join(reference(node))


def _claim(block: Block) -> Claim:
    condition = block.body.get("condition")
    if condition is None:
        return Claim(block.head, (), "it has no condition")
    return Claim(condition.span, about(condition.value), emptiness(condition.value), words(condition.value))


def _made_up(blocks: Iterable[Block]) -> Iterator[str]:
    """What stand-ins are told to answer: ``aws_s3_bucket.data.arn`` for one resource, ``aws_s3_bucket.arn`` for all of
    a kind (Terraform documentation, "Mocks")."""
    for block in blocks:
        if block.kind == "mock_provider" or block.kind == "run":
            yield from _made_up(block.body.blocks)
        elif block.kind in ("override_resource", "override_data", "override_module"):
            target, values = block.body.get("target"), block.body.get("values") or block.body.get("outputs")
            if target is not None and values is not None:
                yield from (f"{_word(target.value)}.{name}" for name in _keys(values.value))
        elif block.kind in ("mock_resource", "mock_data") and block.labels:
            defaults = block.body.get("defaults")
            kind = f"{'data.' if block.kind == 'mock_data' else ''}{block.labels[0].text}"
            if defaults is not None:
                yield from (f"{kind}.{name}" for name in _keys(defaults.value))


def _keys(node: Expression) -> Iterator[str]:
    for key, _ in node.entries if isinstance(node, ObjectOf) else ():
        if isinstance(key, Literal | Name):
            yield str(key.value) if isinstance(key, Literal) else key.name
