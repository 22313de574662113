"""A function gives back what its arguments decide, and does nothing else.

What it looks for
    The function is where it should be, takes the arguments it should take, and says the types of each of them and of
    its result.  It and what it calls read nothing, write nothing, ask nobody, draw nothing at random, and change
    nothing that is not their own.

What does not count
    A function of another name, one that reads a file, the clock or the environment, that prints, that keeps something
    for the next call, or that changes what it was given.

How to repair
    Give the function what it needs as arguments, and let its caller do the reading and the writing.

Parameters
    ``function``: its name.  ``of``: the file it has to be in.  ``arguments``: the names it takes, in order.
"""

from __future__ import annotations

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.facts.case import Case
from gradeline.facts.purity import impurities
from gradeline.model.code import Defined, Function
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

CHECK = Check(
    code="T5",
    family="tests",
    params={"function": {"type": "string"}, "of": {"type": "string"}, "arguments": WORDS},
    required=("function", "of"),
    reads=("tests",),
)


def run(
    case: Case, function: str, of: str, arguments: str | list[str] | None = None, pipelines: list[str] | None = None
) -> Verdict:
    module = case.code.modules.get(of)
    if module is None:
        return Verdict("unmet", f"There is no file `{of}`.")
    node = module.definitions.get(function)
    if not isinstance(node, Function):
        if not module.complete:
            place = next((one.span for one in module.diagnostics if one.span is not None), Span(of, 1))
            message = f"`{of}` cannot be read to its end, so `{function}` may be in it or not."
            return Verdict("cannot_tell", message, (Evidence(place, "problem", "is not read from here on"),))
        message = f"There is no function `{function}` in `{of}`."
        return Verdict("unmet", message, (Evidence(Span(of, 1), "problem", "not found here"),))
    problem = _signature(node, listed(arguments))
    if problem:
        return Verdict("unmet", problem, (Evidence(module.span(node), "problem", "this is how it is called"),))
    for one in impurities(case.code, Defined(module, node)):
        return Verdict("unmet", f"`{function}` {one.reason}.", (Evidence(one.span, "problem", one.reason),))
    place = module.span(node)
    return Verdict(
        "met",
        f"`{function}` gives back what its arguments decide, and does nothing else.",
        (Evidence(place, "proof", "decided by its arguments alone"),),
    )


def _signature(node: Function, wanted: tuple[str, ...]) -> str:
    given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    names = tuple(one.arg for one in given)
    if wanted and names[: len(wanted)] != wanted:
        return f"`{node.name}` takes {', '.join(names) or 'nothing'}, not {', '.join(wanted)}."
    untyped = next((one.arg for one in given if one.annotation is None), None)
    if untyped is not None:
        return f"`{node.name}` does not say the type of `{untyped}`."
    return "" if node.returns is not None else f"`{node.name}` does not say the type of its result."
