"""Shell trees as short text, for exact expectations in tests.

``(a b)`` is a simple command.  In words, ``'x'`` is quoted literal text, ``$x`` a parameter, ``q`` before a part
says that it stood in double quotes, ``@0`` is a platform expression and ``#..#`` a computed part; ``+`` joins parts.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.syntax import shell_nodes as sh
from gradeline.syntax.shell import parse


def tree(text: str) -> str:
    """The tree of a script that is expected to be understood completely."""
    script = parse(text)
    assert script.problems == ()
    return show(script.body)


def messages(text: str) -> list[tuple[str, str]]:
    """(message, the text it is about) of every problem."""
    return [(problem.message, text[problem.start : problem.end]) for problem in parse(text).problems]


def word(text: str) -> str:
    """The second word of ``echo WORD``."""
    node = parse(f"echo {text}").body.items[0].node
    assert isinstance(node, sh.Simple)
    return show(node.words[1])


def nodes(root: object) -> Iterator[object]:
    """Every node of a tree."""
    stack = [root]
    while stack:
        current = stack.pop()
        if isinstance(current, tuple):
            stack.extend(current)
        elif hasattr(current, "__record_fields__"):
            yield current
            stack.extend(getattr(current, name) for name in current.__record_fields__)


def show(node: object) -> str:
    if node is None:
        return "-"
    if isinstance(node, sh.Word):
        return "+".join(_part(part) for part in node.parts)
    if isinstance(node, sh.Simple):
        return f"({_joined(*node.assignments, *node.words, *node.redirects)})"
    if isinstance(node, sh.Assignment):
        value = show(node.value) if node.elements is None else f"[{_joined(*node.elements)}]"
        return f"{node.name}{'+' if node.append else ''}={value}"
    if isinstance(node, sh.Redirect):
        number = "" if node.fd is None else str(node.fd)
        body = "" if node.body is None else f"{{{show(node.body)}}}"
        return f"{number}{node.operator}{'' if node.target is None else show(node.target)}{body}"
    if isinstance(node, sh.Sequence):
        return "; ".join(show(item.node) + (" &" if item.background else "") for item in node.items)
    if isinstance(node, sh.Pipeline):
        return f"<{'! ' if node.negated else ''}{' | '.join(show(one) for one in node.commands)}>"
    if isinstance(node, sh.AndOr):
        return f"{{{show(node.left)} {node.operator} {show(node.right)}}}"
    return _compound(node)


def _compound(node: object) -> str:
    if isinstance(node, sh.Group):
        kind = "subshell" if node.subshell else "group"
        return f"{kind}[{show(node.body)}]{_redirects(node.redirects)}"
    if isinstance(node, sh.If):
        branches = " elif ".join(f"{show(condition)} then {show(body)}" for condition, body in node.branches)
        otherwise = "" if node.otherwise is None else f" else {show(node.otherwise)}"
        return f"if[{branches}{otherwise}]{_redirects(node.redirects)}"
    if isinstance(node, sh.While):
        kind = "until" if node.until else "while"
        return f"{kind}[{show(node.condition)} do {show(node.body)}]{_redirects(node.redirects)}"
    if isinstance(node, sh.For):
        words = "" if node.words is None else f" in {_joined(*node.words)}"
        return f"for[{node.variable}{words} do {show(node.body)}]{_redirects(node.redirects)}"
    if isinstance(node, sh.Case):
        return f"case[{show(node.subject)}: {' '.join(_arm(arm) for arm in node.arms)}]{_redirects(node.redirects)}"
    if isinstance(node, sh.Function):
        return f"function[{node.name}: {show(node.body)}]"
    if isinstance(node, sh.Test):
        return f"test[{_joined(*node.tokens)}]"
    if isinstance(node, sh.Arithmetic):
        return f"arithmetic[{node.text}]"
    assert isinstance(node, sh.Broken)
    return f"broken[{node.text}]"


def _arm(arm: sh.Arm) -> str:
    return f"{'|'.join(show(pattern) for pattern in arm.patterns)}) {show(arm.body)}{'~' if arm.falls_through else ''};"


def _part(part: sh.Part) -> str:
    if isinstance(part, sh.Piece):
        return f"'{part.text}'" if part.quoted else part.text
    quoted = "q" if part.quoted else ""
    if isinstance(part, sh.Placeholder):
        return f"{quoted}@{part.number}"
    if isinstance(part, sh.Computed):
        return f"{quoted}#{part.text}#"
    if isinstance(part, sh.Substitution):
        return f"{quoted}{'<' if part.process else '$'}({show(part.body)})"
    if not part.operator:
        return f"{quoted}${part.name}"
    argument = "" if part.argument is None else f" {show(part.argument)}"
    return f"{quoted}${{{part.name} {part.operator}{argument}}}"


def _joined(*parts: object) -> str:
    return " ".join(show(part) for part in parts)


def _redirects(redirects: tuple[sh.Redirect, ...]) -> str:
    return "".join(f" {show(one)}" for one in redirects)
