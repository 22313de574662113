"""What a platform adds to the meaning of Python, for ``evaluator.py``."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from gradeline.readers.flows.values import Env, Unknown

if TYPE_CHECKING:
    from gradeline.readers.flows.evaluator import Evaluator


class Hooks:
    """What a platform adds.  ``NotImplemented`` as an answer means: nothing special."""

    def call(self, target: Any, args: list[Any], kwargs: dict[str, Any], node: ast.Call, at: Evaluator) -> Any:
        return NotImplemented

    def decorate(self, decorator: Any, target: Any, node: ast.expr, at: Evaluator) -> Any:
        return target

    def attribute(self, value: Any, name: str, node: ast.Attribute, at: Evaluator) -> Any:
        return NotImplemented

    def keeps(self, value: Any) -> bool:
        """Whether a value of the platform stays itself inside of a text."""
        return False

    def item(self, value: Any, key: Any, node: ast.Subscript, at: Evaluator) -> Any:
        return NotImplemented

    def binary(self, left: Any, right: Any, node: ast.BinOp, at: Evaluator) -> Any:
        return NotImplemented

    def test(self, value: Any, node: ast.expr, at: Evaluator) -> bool | None:
        """The truth of a value of the platform, None when it is not known while the file is read."""
        return None

    def branch(self, node: ast.If, value: Any, env: Env, at: Evaluator) -> None:
        """An ``if`` whose test is not known: by default both ways are read."""
        at.run(node.body, env)
        at.run(node.orelse, env)

    def enter(self, value: Any, node: ast.withitem, at: Evaluator) -> Any:
        return value

    def leave(self, value: Any, at: Evaluator) -> None:
        return None

    def loop(self, value: Any, node: ast.For, env: Env, at: Evaluator) -> None:
        """A loop whose rounds are not known: its body is read once."""
        at.bind(node.target, Unknown("how often the loop runs is computed"), env)
        at.run(node.body, env)

    def makes(self, value: Any) -> bool:
        """Whether a value is, or is made of, steps of the pipeline."""
        return False

    def caught(self, node: ast.Try, env: Env, at: Evaluator) -> None:
        at.run(node.body, env)
        at.run(node.orelse, env)
        at.run(node.finalbody, env)

    def ended(self, node: ast.stmt, env: Env, at: Evaluator) -> None:
        """A ``raise`` or ``return`` was reached."""
