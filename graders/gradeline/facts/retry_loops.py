"""Stretches of a script that run a command again when it failed: loops, retry wrappers, ``a || a``.

Decided on the shell tree.  A loop is a retry when success ends it (``cmd && break``, ``until cmd``) and the
command is the same in every turn; going through a list of files is not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

from gradeline.facts.script_shape import children, literal, tree, walk
from gradeline.records import record, replace
from gradeline.syntax import shell_nodes as sh

MAX_NESTED = 4
_JUMPS = ("break", "exit", "return")
_QUIET = frozenset(
    {"sleep", "echo", "printf", "true", "false", ":", "[", "test", "let", "expr", "break", "continue", "exit", "return"}
)
_RETRY_COMMANDS = frozenset(
    {"retry", "retries", "with_retry", "with-retry", "run_with_retry", "run-with-retry", "retry.sh"}
)
# Commands that ask whether something is ready; asking again is waiting, not a second try.
_ASKING = (
    ("curl",), ("wget",), ("nc",), ("ncat",), ("ping",), ("pg_isready",), ("mysqladmin", "ping"), ("redis-cli",),
    ("grpcurl",), ("ss",), ("lsof",), ("dig",), ("nslookup",), ("grep",), ("systemctl", "is-active"),
    ("docker", "inspect"), ("docker", "ps"), ("docker", "logs"), ("docker", "exec"), ("docker", "compose", "ps"),
    ("kubectl", "get"), ("kubectl", "wait"), ("kubectl", "rollout", "status"), ("kubectl", "describe"),
    ("gh", "run", "view"), ("gh", "api"), ("gh", "run", "list"), ("test",), ("[",),
)  # fmt: skip


@record
class Region:
    """A stretch of the script that is run again.

    ``attempts`` is infinite without a bound, None when it is computed.  ``waits``: it only asks whether
    something is ready.  ``words`` are the literal commands inside.  ``middle`` is where the second command
    of ``a || b`` starts.
    """

    kind: Literal["loop", "wrapper", "again"]
    start: int
    end: int
    attempts: float | None
    waits: bool
    words: tuple[tuple[str, ...], ...]
    middle: int = 0


def regions(script: str, depth: int = 0) -> tuple[Region, ...]:
    """Every such stretch in the order of the text."""
    found: list[Region] = []
    body = tree(script)
    numbers = _calls(body)
    owners = {id(inner): node.name for node in walk(body) if isinstance(node, sh.Function) for inner in walk(node.body)}
    for node in walk(body):
        if isinstance(node, sh.While | sh.For) and _is_retry(node):
            attempts = _attempts(script, node)
            if attempts is None and id(node) in owners:
                attempts = numbers.get(owners[id(node)])
            found.append(_region("loop", node, attempts))
        elif isinstance(node, sh.AndOr) and node.operator == "||" and _tries_more(node):
            found.append(replace(_region("again", node, 2), middle=node.right.start))
        elif isinstance(node, sh.Simple):
            found.extend(_simple(node, depth))
    return tuple(found)


def _region(kind: Literal["loop", "wrapper", "again"], node: sh.Node, attempts: float | None) -> Region:
    work = tuple(words for words in _commands(node) if words and words[0] not in _QUIET)
    waits = bool(work) and all(any(words[: len(ask)] == ask for ask in _ASKING) for words in work)
    return Region(kind, node.start, node.end, attempts, waits, work)


def _commands(node: sh.Node) -> Iterator[tuple[str, ...]]:
    for inner in walk(node):
        if isinstance(inner, sh.Simple):
            yield tuple([word or "" for word in inner.literals])


def _simple(node: sh.Simple, depth: int) -> Iterator[Region]:
    """``retry 3 cmd``, and a loop inside ``bash -c '...'``."""
    words = node.literals
    if not words or words[0] is None:
        return
    if words[0].rpartition("/")[2] in _RETRY_COMMANDS:
        number = next((int(word) for word in words[1:] if word and word.isdecimal() and len(word) < 6), None)
        region = _region("wrapper", node, number)
        yield Region("wrapper", region.start, region.end, region.attempts, False, region.words)
    for before, word in pairwise(words):
        if before in ("-c", "-ec", "-lc", "-euc", "-euo") and word and depth < MAX_NESTED:
            for inner in regions(word, depth + 1):
                attempts = None if words[0] == "timeout" and inner.attempts == math.inf else inner.attempts
                yield Region(inner.kind, node.start, node.end, attempts, inner.waits, inner.words)


def _calls(body: sh.Sequence) -> dict[str, float]:
    """The largest number that each command is called with as its first argument (``retry 3 cmd``)."""
    found: dict[str, float] = {}
    for words in _commands(body):
        if len(words) > 1 and words[1].isdecimal() and len(words[1]) < 6:
            found[words[0]] = max(found.get(words[0], 0), int(words[1]))
    return found


# -- loops -----------------------------------------------------------------------------------------


def _is_retry(node: sh.While | sh.For) -> bool:
    if isinstance(node, sh.For):
        return not _uses(node.body, node.variable) and _ends_on_success(node.body)
    if _asks_for_success(node):
        return True
    return _ends_on_success(node.body)


def _asks_for_success(node: sh.While) -> bool:
    """``until cmd`` and ``while ! cmd``."""
    for item in node.condition.items:
        inner = item.node
        negated = isinstance(inner, sh.Pipeline) and inner.negated
        if negated == node.until:
            continue
        if any(words and words[0] not in _QUIET for words in _commands(inner)):
            return True
    return False


def _uses(body: sh.Node, variable: str) -> bool:
    """Whether a command that does something takes the loop's variable as an argument."""
    for inner in walk(body):
        if isinstance(inner, sh.Simple) and inner.words and literal(inner.words[0]) not in _QUIET:
            for word in inner.words:
                if any(isinstance(part, sh.Parameter) and part.name == variable for part in word.parts):
                    return True
    return False


def _ends_on_success(body: sh.Sequence) -> bool:
    """Whether the loop is left when a command inside it succeeded."""
    retries = any(_word(inner) == "continue" for inner in walk(body))
    if retries and any(_is_jump(item.node) for item in body.items):
        return True
    todo: list[sh.Node] = list(children(body))
    while todo:
        node = todo.pop(0)
        if isinstance(node, sh.AndOr) and node.operator == "&&" and _jumps(node.right):
            return True
        if isinstance(node, sh.If):
            for condition, then in node.branches:
                if not _negated(condition) and _jumps(then):
                    return True
            if node.otherwise is not None and _negated(node.branches[0][0]) and _jumps(node.otherwise):
                return True
        if not isinstance(node, sh.While | sh.For | sh.Function):
            todo[:0] = children(node)
    return False


def _negated(condition: sh.Sequence) -> bool:
    last = condition.items[-1].node if condition.items else None
    return isinstance(last, sh.Pipeline) and last.negated


def _jumps(node: sh.Node) -> bool:
    return any(_is_jump(inner) for inner in walk(node))


def _is_jump(node: sh.Node) -> bool:
    """``break``, or ``exit``/``return`` with success."""
    if _word(node) not in _JUMPS or not isinstance(node, sh.Simple):
        return False
    argument = literal(node.words[1]) if len(node.words) > 1 else "0"
    return _word(node) == "break" or argument == "0"


def _word(node: sh.Node) -> str | None:
    return node.literals[0] if isinstance(node, sh.Simple) and node.words else None


# -- bounds ----------------------------------------------------------------------------------------


def _attempts(script: str, node: sh.While | sh.For) -> float | None:
    if isinstance(node, sh.For):
        if node.words is None:
            numbers = _numbers(script[node.start : node.body.start])
            return max(numbers) if numbers else None
        counts = [_count(word) for word in node.words]
        return None if None in counts else sum(count for count in counts if count is not None)
    numbers = [number for inner in walk(node) for number in _compared(inner)]
    if numbers:
        return max(numbers)
    if any(_compares(inner) for inner in walk(node)):
        return None
    return math.inf


def _count(word: sh.Word) -> float | None:
    """How many turns one word of ``for x in ...`` gives."""
    text = literal(word)
    if text is not None:
        first, dots, last = text.strip("{}").partition("..")
        if dots and text.startswith("{") and first.isdecimal() and last.isdecimal() and len(first + last) < 12:
            return abs(int(last) - int(first)) + 1
        return max(1, text.count(",") + 1) if text.startswith("{") and text.endswith("}") else 1
    if len(word.parts) == 1 and isinstance(word.parts[0], sh.Substitution):
        for words in _commands(word.parts[0].body):
            numbers = [int(item) for item in words[1:] if item.isdecimal() and len(item) < 8]
            if words[:1] == ("seq",) and len(numbers) == len(words) - 1 and numbers:
                return numbers[0] if len(numbers) == 1 else max(0, numbers[-1] - numbers[0] + 1)
    return None


def _compares(node: sh.Node) -> bool:
    return isinstance(node, sh.Arithmetic) or (
        isinstance(node, sh.Simple | sh.Test) and any(_operator(text) for text in _tokens(node))
    )


def _compared(node: sh.Node) -> list[int]:
    """The numbers a counter is compared with."""
    if isinstance(node, sh.Arithmetic):
        return _numbers(node.text) if set(node.text) & set("<>=") else []
    if not isinstance(node, sh.Simple | sh.Test):
        return []
    tokens = _tokens(node)
    if isinstance(node, sh.Simple) and tokens[:1] not in (["["], ["test"]):
        return []
    if not any(_operator(text) for text in tokens):
        return []
    return [int(text) for text in tokens if text.isdecimal() and len(text) < 8]


def _tokens(node: sh.Simple | sh.Test) -> list[str]:
    words = node.words if isinstance(node, sh.Simple) else node.tokens
    return [literal(word) or "" for word in words]


def _operator(text: str) -> bool:
    return text in ("-lt", "-le", "-gt", "-ge", "-eq", "-ne")


def _numbers(text: str) -> list[int]:
    digits = "".join(character if character.isdecimal() else " " for character in text)
    return [int(number) for number in digits.split() if len(number) < 8]


# -- one after the other -----------------------------------------------------------------------------


def _tries_more(node: sh.AndOr) -> bool:
    """Whether both sides of ``||`` do something, and the script goes on: not so ``cmd || { show; exit 1; }``."""
    if any(_word(inner) in ("exit", "return", "false") and not _is_jump(inner) for inner in walk(node.right)):
        return False
    return all(any(words and words[0] not in _QUIET for words in _commands(side)) for side in (node.left, node.right))
