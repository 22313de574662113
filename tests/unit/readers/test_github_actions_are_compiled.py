"""The compiled action data says what its source says."""

from __future__ import annotations

from gradeline.readers.github.compile_actions import COMPILED, compiled


def test_the_compiled_actions_are_those_of_the_source() -> None:
    assert COMPILED.read_text(encoding="utf-8") == compiled()
