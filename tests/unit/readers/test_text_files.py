"""The text files of a submission are read when they are asked for, and only then."""

from __future__ import annotations

import pytest

from gradeline.readers.text_files import TextFiles
from gradeline.source import SourceFile


class Store:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def read(self, path: str) -> SourceFile | None:
        self.asked.append(path)
        return None if path.endswith(".png") else SourceFile(path, f"text of {path}")


def test_nothing_is_read_before_somebody_asks() -> None:
    store = Store()
    TextFiles(("a.yml", "b.py"), store.read)
    assert store.asked == []


def test_one_file_is_read_alone() -> None:
    store = Store()
    assert TextFiles(("a.yml", "b.py"), store.read)["b.py"].text == "text of b.py"
    assert store.asked == ["b.py"]


def test_going_through_all_leaves_out_what_is_not_text() -> None:
    files = TextFiles(("a.yml", "logo.png", "b.py"), Store().read)
    assert list(files) == ["a.yml", "b.py"]
    assert len(files) == 2
    assert [source.path for _, source in sorted(files.items())] == ["a.yml", "b.py"]


def test_a_path_that_is_not_there_is_not_even_asked_for() -> None:
    store = Store()
    files = TextFiles(("a.yml",), store.read)
    assert files.get("../secret") is None
    with pytest.raises(KeyError):
        files["../secret"]
    assert store.asked == []
