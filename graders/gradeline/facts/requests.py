"""Requests that a pipeline sends to a service, and what of the answer can stop the run.

curl(1): without ``--fail`` an error such as 500 is a success, ``--max-time`` limits the whole request; wget(1):
an error fails by itself, ``--timeout`` limits each part; jq(1): ``--exit-status`` looks at the last output.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.catalogue import find_call, program
from gradeline.facts.image_refs import Images
from gradeline.facts.script_shape import tree, walk, walk_deep
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.pipeline import Scenario
from gradeline.model.text import Places, Text
from gradeline.records import record
from gradeline.source import Span
from gradeline.syntax import shell_nodes as sh

CLIENTS = frozenset({"curl", "wget", "http", "https", "xh"})
_LIMITS = ("--max-time", "--timeout")
# Programs whose exit status tells something about the text they are given.
_LOOKING = frozenset({"grep", "egrep", "fgrep", "rg", "jq", "yq", "diff", "cmp", "test", "[", "python", "node", "jp"})
_TESTING = frozenset({"test", "[", "[["})
MAX_NAMES = 20


@record
class Request:
    """``urls`` hold ``HIDDEN`` for what is computed.  ``strict``: an error answer fails the command.
    ``limited``: it ends after some time.  ``kept`` is the file the answer is written to."""

    item: Activity
    urls: tuple[str, ...]
    strict: bool
    limited: bool
    kept: str = ""

    def asks(self, path: str) -> bool:
        """Whether some address has this path; an address that is computed to its end may have any."""
        return any(_path(url).rstrip("/") == path.rstrip("/") or url.endswith(HIDDEN) for url in self.urls)

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(host_of(url) for url in self.urls)


def host_of(url: str) -> str:
    rest = url.partition("://")[2] or url
    return rest.partition("/")[0].partition("?")[0].rpartition("@")[2].lower()


def _path(url: str) -> str:
    rest = url.partition("://")[2] or url
    return "/" + rest.partition("/")[2].partition("?")[0].partition("#")[0]


def request_of(facts: PipelineFacts, item: Activity) -> Request | None:
    """The request a command sends; None for any other command."""
    if item.invocation is None or program(item.invocation.words[0]) not in CLIENTS:
        return None
    call = find_call(item.invocation.words, dict(item.invocation.environment))
    if call is None:
        return None
    given = call.arguments.options
    name = program(item.invocation.words[0])
    urls = [word for word in (*call.arguments.operands, *given.get("--url", ())) if word]
    urls = [word for word in urls if HIDDEN in word or "." in word or ":" in word or "/" in word]
    strict = name == "wget" or "--fail" in given or "--fail-with-body" in given or "--check-status" in given
    limited = any(option in given for option in _LIMITS) or _around(facts, item, "timeout")
    kept = next((value or "" for value in (*given.get("--output", ()), *given.get("--output-document", ()))), "")
    bounded = item.step.timeout is not None or item.unit.timeout is not None
    return Request(item, tuple(urls), strict, limited or bounded, kept if kept not in ("-", "/dev/null") else "")


def _around(facts: PipelineFacts, item: Activity, wrapper: str) -> bool:
    """Whether the command, or what leads to it, is started through this wrapper."""
    if any(wrapper in frame.text.split()[:1] for frame in item.trail):
        return True
    return any(text.raw[node.start : node.end].split()[:1] == [wrapper] for _, text, node in places_of(facts, item))


_SHELLS = frozenset({"sh", "bash", "dash"})


def places_of(facts: PipelineFacts, item: Activity) -> Iterator[tuple[Images, Text, sh.Simple]]:
    """The command of a script that an activity stands for, with the script."""
    scenario = next((one for one in facts.pipeline.scenarios if one.id in item.scenarios), None)
    if scenario is None:
        return
    images = Images(facts, scenario)
    for text in images._texts(item):
        places = Places(text)
        placed = [
            (node, places.at(node.start, node.end)) for node in walk_deep(tree(text.raw)) if type(node) is sh.Simple
        ]
        shared = Counter([span for _, span in placed])
        found: sh.Simple | None = None
        for node, span in placed:
            if node.words and _inside(item.span, span):
                # In a folded text several commands have the same place; then the name tells them apart.
                named = item.invocation is None or _name(node) in ("", item.invocation.words[0])
                other = not named and (_name(node) in _SHELLS or shared[span] > 1)
                if not other and (found is None or node.start >= found.start):  # a shell's own code is one of the texts
                    found = node
        if found is not None:
            yield images, text, found
            return


# The paths by which a service tells how it is, and those at which a model is asked.
OWN_PATHS = ("/healthz", "/health", "/livez", "/readyz", "/ready", "/ping", "/predict", "/invocations", "/score")


def questions(facts: PipelineFacts) -> list[int]:
    """The numbers of the activities that ask a service how it is, or for a prediction, and that a bad answer fails."""
    found: list[int] = []
    for number, item in enumerate(facts.activities):
        request = request_of(facts, item)
        if request is None or not any(_path(url).endswith(OWN_PATHS) for url in request.urls):
            continue
        if request.strict or body_is_judged(facts, request)[0] == "yes":
            found.append(number)
    return found


# -- what is looked at -----------------------------------------------------------------------------------------


Looked = Literal["yes", "no", "unknown"]


def body_is_judged(facts: PipelineFacts, request: Request) -> tuple[Looked, Span | None]:
    """Whether something that can stop the run looks at the answer, and where."""
    unclear: Span | None = None
    found = False
    for _, text, node in places_of(facts, request.item):
        for judge in _judges(text, node, request.kept):
            found = True
            answer, span = _stops(facts, request.item, text, judge)
            if answer == "yes":
                return "yes", span
            unclear = unclear or (span if answer == "unknown" else None)
    if unclear is not None:
        return "unknown", unclear
    if not found and request.item.span.path not in {text.span.path for _, text, _ in places_of(facts, request.item)}:
        return "unknown", request.item.span
    return "no", None


def given_nothing(facts: PipelineFacts, item: Activity) -> tuple[Activity, ...]:
    """What judges the answer in the same pipe, or gets it as a here-string.

    It gets no answer when the request fails, and says no to that: jq manual, "--exit-status" (4 without any result).
    """
    if request_of(facts, item) is None:
        return ()
    found: list[Activity] = []
    for _, text, node in places_of(facts, item):
        for other in walk(tree(text.raw)):
            parts: tuple[sh.Node, ...] = (other,) if _is_given(other, node) else ()
            if isinstance(other, sh.Pipeline) and any(part is node for part in other.commands):
                place = next(number for number, part in enumerate(other.commands) if part is node)
                parts = other.commands[place + 1 :]
            for part in parts:
                if isinstance(part, sh.Simple) and _looks(part) and _name(part) not in _TESTING:
                    span = Places(text).at(part.start, part.end)
                    found.extend(
                        one for one in facts.activities if one.unit.id == item.unit.id and _inside(one.span, span)
                    )
    return tuple(found)


def _judges(text: Text, node: sh.Simple, kept: str) -> Iterator[sh.Node]:
    """The commands and tests of the script that are given the answer of the request at ``node``."""
    root = tree(text.raw)
    names = _variables(root, node)
    for other in walk(root):
        if isinstance(other, sh.Pipeline) and any(_holds(part, node) for part in other.commands):
            place = next(number for number, part in enumerate(other.commands) if _holds(part, node))
            for part in other.commands[place + 1 :]:
                if _looks(part):
                    yield part
        if _is_given(other, node) and _looks(other):
            yield other
        if other.start < node.end:
            continue
        if isinstance(other, sh.Pipeline) and _uses(other, names):
            yield from (part for part in other.commands if _looks(part))
        elif (isinstance(other, sh.Test | sh.Case) and _uses(other, names)) or (
            isinstance(other, sh.Simple) and _looks(other) and (_uses(other, names) or _mentions(other, kept))
        ):
            yield other


def _is_given(outer: sh.Node, node: sh.Simple) -> bool:
    """Whether a command gets on its standard input what another one inside it prints: ``jq . <<< "$(curl ...)"``."""
    if not isinstance(outer, sh.Simple):
        return False
    words = [one.body or (one.target if one.operator == "<" else None) for one in outer.redirects]
    return any(
        isinstance(part, sh.Substitution) and _holds_place(part, node)
        for word in words if word is not None for part in word.parts
    )  # fmt: skip


def _holds(outer: sh.Node, node: sh.Node) -> bool:
    return outer.start <= node.start and node.end <= outer.end


def _looks(node: sh.Node) -> bool:
    if isinstance(node, sh.Group):
        return any(_looks(inner) for inner in walk(node) if isinstance(inner, sh.Simple))
    if not isinstance(node, sh.Simple) or not node.words:
        return False
    words = ["".join(part.text for part in word.parts if isinstance(part, sh.Piece)) for word in node.words]
    name = program(words[0])
    if name == "jq":
        return any(word == "--exit-status" or (word[:1] == "-" and word[1:2] != "-" and "e" in word) for word in words)
    if name in ("python", "node"):
        return len(words) > 1 and words[1] in ("-c", "-e", "-")
    return name in _LOOKING


def _variables(root: sh.Sequence, node: sh.Simple) -> frozenset[str]:
    """The variables that hold the answer: ``body=$(curl ...)`` and what is made of them."""
    found: set[str] = set()
    for other in walk(root):
        if not isinstance(other, sh.Simple):
            continue
        for item in other.assignments:
            parts = item.value.parts if item.value is not None else ()
            known = frozenset(found)
            inner = [part.body for part in parts if isinstance(part, sh.Substitution)]
            held = any(isinstance(part, sh.Substitution) and _holds_place(part, node) for part in parts)
            made = any(isinstance(part, sh.Parameter) and part.name in found for part in parts)
            made = made or any(_uses(other, known) for body in inner for other in walk(body))
            if held or (made and len(found) < MAX_NAMES):
                found.add(item.name)
    return frozenset(found)


def _holds_place(part: sh.Substitution, node: sh.Simple) -> bool:
    return any(inner.start == node.start and inner.end == node.end for inner in walk(part.body))


def _uses(node: sh.Node, names: frozenset[str]) -> bool:
    if not names:
        return False
    words: list[sh.Word] = []
    if isinstance(node, sh.Simple):
        words = [*node.words, *(redirect.body for redirect in node.redirects if redirect.body is not None)]
    elif isinstance(node, sh.Test):
        words = list(node.tokens)
    elif isinstance(node, sh.Case):
        words = [node.subject]
    elif isinstance(node, sh.Pipeline):
        return any(_uses(part, names) for part in node.commands)
    return any(isinstance(part, sh.Parameter) and part.name in names for word in words for part in word.parts)


def _mentions(node: sh.Simple, kept: str) -> bool:
    targets = [redirect.target for redirect in node.redirects if redirect.target is not None]
    return bool(kept) and any(
        "".join(part.text for part in word.parts if isinstance(part, sh.Piece)) == kept
        for word in (*node.words, *targets)
    )


def _stops(facts: PipelineFacts, item: Activity, text: Text, judge: sh.Node) -> tuple[Looked, Span]:
    """Whether the run fails when this command or test says no."""
    span = Places(text).at(judge.start, judge.end)
    if isinstance(judge, sh.Simple) and _name(judge) not in _TESTING:
        mine = [other for other in facts.activities if other.unit.id == item.unit.id and _inside(other.span, span)]
        mine.sort(key=lambda one: one.invocation is None or one.invocation.words[0] != _name(judge))
        if not mine:
            return "unknown", span
        judgement = facts.blocking(mine[0])
        return ("yes" if judgement.holds else "unknown" if judgement.holds is None else "no"), mine[0].span
    seen = False
    for scenario in facts.pipeline.scenarios:
        for run in facts.runs(scenario).results:
            denied = any(
                assumed.span is not None and _inside(assumed.span, span) and assumed.text.startswith("not (")
                for assumed in run.assumptions
            )
            seen = seen or denied
            if denied and not run.failed:
                return _negated(facts, scenario, span), span
    return ("yes" if seen else "unknown"), span


def _negated(facts: PipelineFacts, scenario: Scenario, span: Span) -> Looked:
    """A test for the bad answer fails the run when it is true: ``if [ "$code" != 200 ]; then exit 1; fi``."""
    for run in facts.runs(scenario).results:
        held = any(
            assumed.span is not None and _inside(assumed.span, span) and not assumed.text.startswith("not (")
            for assumed in run.assumptions
        )
        if held and run.failed:
            return "yes"
    return "no"


def _name(node: sh.Simple) -> str:
    parts = node.words[0].parts if node.words else ()
    return "".join(part.text for part in parts if isinstance(part, sh.Piece))


def _inside(span: Span, outer: Span) -> bool:
    return (
        span.path == outer.path
        and (outer.line, outer.column) <= (span.line, span.column)
        and (span.line, span.column) < (outer.end_line, outer.end_column)
    )
