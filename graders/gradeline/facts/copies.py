"""Runs of equal lines in different jobs, whatever their layout.

A line is what somebody would have to change in two places: a command, an input, a variable.  Fetching
the source is no such line, since every job must do it before it can use anything of the repository.
Names are left out, so a copy stays a copy under another name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gradeline.facts.case import PipelineFacts
from gradeline.facts.image_refs import inner_scripts
from gradeline.facts.script_shape import step_commands
from gradeline.model.effects import Checkout
from gradeline.model.pipeline import Step, Unit, Variable
from gradeline.model.text import Places
from gradeline.records import record
from gradeline.source import Span

MAX_LINES = 2_000  # of one job


@record
class Line:
    text: str
    span: Span


@record
class Block:
    """The lines of one job, or of one shared set of steps, in order."""

    title: str
    lines: tuple[Line, ...]


@record
class Copy:
    """``count`` equal lines in two blocks; ``others`` are further blocks with a copy of them."""

    first: Block
    second: Block
    first_span: Span
    second_span: Span
    count: int
    others: int


def blocks(pipelines: Iterable[PipelineFacts]) -> tuple[Block, ...]:
    """Every place that holds steps, once: what several jobs share is one block."""
    found: dict[Span, Block] = {}
    for facts in pipelines:
        for unit in facts.pipeline.units:
            if unit.steps:
                found.setdefault(unit.span, Block(unit.title, unit_lines(unit)))
            for step in unit.walk():
                if step.steps and step.steps[0].span not in found:
                    found[step.steps[0].span] = Block(step.title, tuple(list(_steps(step.steps))[:MAX_LINES]))
    return tuple(found.values())


def unit_lines(unit: Unit) -> tuple[Line, ...]:
    """The lines of one job in order, also those it got from elsewhere."""
    own = tuple(variable for variable in unit.env if variable.scope == "unit")
    return tuple([*_variables(own), *_steps(unit.steps)][:MAX_LINES])


def step_lines(steps: Iterable[Step]) -> tuple[Line, ...]:
    """The lines of a list of steps in order."""
    return tuple(list(_steps(steps))[:MAX_LINES])


def find_copy(found: tuple[Block, ...], least: int) -> Copy | None:
    """The first run of at least ``least`` equal lines that was written in two blocks."""
    seen: dict[tuple[str, ...], tuple[int, int]] = {}
    for number, block in enumerate(found):
        for start in range(len(block.lines) - least + 1):
            window = tuple(line.text for line in block.lines[start : start + least])
            earlier = seen.setdefault(window, (number, start))
            if earlier[0] == number:
                continue
            other = found[earlier[0]]
            count = _written_twice(other, earlier[1], block, start)
            if count >= least:
                return _copy(found, other, earlier[1], number, start, count)
    return None


def copied_lines(found: tuple[Block, ...], least: int) -> tuple[Line, ...]:
    """Every line that belongs to a run of at least ``least`` equal lines which another block, or the same block
    further up, has already: what would be gone if each such run were written once."""
    seen: dict[tuple[str, ...], tuple[Line, ...]] = {}
    again: dict[tuple[int, int], Line] = {}
    for number, block in enumerate(found):
        for start in range(len(block.lines) - least + 1):
            window = block.lines[start : start + least]
            earlier = seen.setdefault(tuple(line.text for line in window), window)
            if all(left.span != right.span for left, right in zip(earlier, window, strict=True)):
                again.update(((number, start + at), line) for at, line in enumerate(window))
    return tuple(again.values())


def _written_twice(first: Block, at: int, second: Block, start: int) -> int:
    """How many lines from there on are equal and yet stand at two places of the files."""
    count = 0
    for left, right in zip(first.lines[at:], second.lines[start:], strict=False):
        if left.text != right.text or left.span == right.span:
            break
        count += 1
    return count


def _copy(found: tuple[Block, ...], first: Block, at: int, number: int, start: int, count: int) -> Copy:
    second = found[number]
    wanted = [line.text for line in second.lines[start : start + count]]
    others = sum(1 for block in found[number + 1 :] if _contains([line.text for line in block.lines], wanted))
    return Copy(
        first,
        second,
        _extent(first.lines[at : at + count]),
        _extent(second.lines[start : start + count]),
        count,
        others,
    )


def _contains(lines: list[str], wanted: list[str]) -> bool:
    size = len(wanted)
    return any(lines[start : start + size] == wanted for start in range(len(lines) - size + 1))


def _extent(lines: tuple[Line, ...]) -> Span:
    """The stretch of the file from the first to the last of the lines."""
    spans = [line.span for line in lines if line.span.path == lines[0].span.path]
    first = min(spans)
    last = max(spans, key=lambda span: (span.end_line, span.end_column))
    return first.to(last)


def _steps(steps: Iterable[Step]) -> Iterator[Line]:
    for step in steps:
        if any(isinstance(effect, Checkout) for effect in step.effects):
            continue
        if step.use is not None:
            yield Line(f"uses {step.use.name}@{step.use.version}", step.use.span)
        for name, text in sorted(step.inputs.items()):
            for line in text.raw.split("\n"):
                if line.strip():
                    yield Line(f"{name}: {' '.join(line.split())}", text.span)
        yield from _variables(step.env)
        if step.script is None:
            continue
        places = Places(step.script)
        codes = {text.span: text.raw for text in inner_scripts(step.script) if "\n" in text.raw.strip()}
        for command in step_commands(step):
            span = places.at(command.start, command.end)
            if span in codes:  # a script that a shell of its own gets is as long as it is written
                yield from (Line(line.strip(), span) for line in codes[span].split("\n") if line.strip())
                continue
            yield Line(command.source, span)
            for line in command.document:
                yield Line(line, span)


def _variables(variables: Iterable[Variable]) -> Iterator[Line]:
    for variable in sorted(variables, key=lambda item: item.name):
        yield Line(f"{variable.name}={variable.value.raw.strip()}", variable.span)
