"""Our HCL reader against python-hcl2: the same blocks, labels, names of settings and plain values."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2
import pytest

from gradeline.source import SourceFile
from gradeline.syntax.hcl import parse
from gradeline.syntax.hcl_nodes import Body, Literal

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = sorted(
    path
    for folder in ("tests/fixtures/checks", "exercises", "solutions")
    for path in (ROOT / folder).glob("**/*.tf")
    if "broken" not in path.as_posix()
)
Row = tuple[tuple[str, ...], str]


def ours(body: Body, path: tuple[str, ...] = ()) -> Iterator[Row]:
    for setting in body.settings:
        plain = setting.value.value if isinstance(setting.value, Literal) else None
        yield (*path, setting.name), repr(plain) if isinstance(plain, str) and "${" not in plain else "?"
    for block in body.blocks:
        yield from ours(block.body, (*path, block.kind, *(label.text for label in block.labels)))


def theirs(data: Any, path: tuple[str, ...] = ()) -> Iterator[Row]:
    for key, value in data.items():
        key = key.strip('"')
        if key.startswith("__"):
            continue
        blocks = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
        if blocks and all("__is_block__" in str(one) for one in blocks):
            for one in blocks:
                yield from theirs(one, (*path, key))
        elif isinstance(value, dict) and "__is_block__" in str(value):
            yield from theirs(value, (*path, key))
        else:
            quoted = isinstance(value, str) and value.startswith('"')
            plain = quoted and not any(one in value for one in ("${", "\\", "<<"))
            yield (*path, key), repr(value[1:-1]) if plain else "?"


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_both_see_the_same_settings_in_the_same_blocks(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    mine, other = sorted(ours(parse(SourceFile("main.tf", text)).body)), sorted(theirs(hcl2.loads(text)))
    assert [name for name, _ in mine] == [name for name, _ in other]
    known = [name for name, value in mine if value != "?"]
    comparable = {name for name in known if all(value != "?" for one, value in (*mine, *other) if one == name)}
    assert [row for row in mine if row[0] in comparable] == [row for row in other if row[0] in comparable]
    assert comparable or not known or "<<" in text or "${" in text


def test_there_are_samples() -> None:
    assert len(SAMPLES) > 50
