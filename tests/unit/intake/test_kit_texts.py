"""Files that a submission has unchanged from its kit are decoded and parsed once for all submissions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gradeline.intake import kit_texts, open_submission
from gradeline.intake.snapshot import Snapshot
from gradeline.source import SourceFile
from gradeline.syntax.python import parse

if TYPE_CHECKING:
    import pytest


def folder(root: Path, **files: str) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (root / f"{name}.py").write_text(text, encoding="utf-8")
    return root


def submission(tmp_path: Path, name: str, kit: Path, **files: str) -> Snapshot:
    return open_submission(folder(tmp_path / name, **files), kit=kit, submit=("answer.py",))


def kept_texts(kit: Path) -> list[str]:
    return [source.text for _, (source, _) in kit_texts.texts_of(str(kit))._known.values()]


def test_a_file_of_the_kit_is_one_object_for_all_submissions_handed_in_unchanged_or_not_at_all(tmp_path: Path) -> None:
    kit = folder(tmp_path / "kit", train="x = 1\n")
    absent = submission(tmp_path, "one", kit, answer="a = 1\n").read("train.py")
    unchanged = submission(tmp_path, "two", kit, answer="a = 2\n", train="x = 1\n").read("train.py")
    assert absent is not None
    assert absent is unchanged
    assert parse(absent) is parse(absent)


def test_a_file_handed_in_unchanged_is_shared_by_those_that_come_later(tmp_path: Path) -> None:
    kit = folder(tmp_path / "kit", train="x = 1\n")
    first = submission(tmp_path, "one", kit, train="x = 1\n").read("train.py")
    assert first is not None
    assert submission(tmp_path, "two", kit, train="x = 1\n").read("train.py") is first


def test_a_changed_file_is_read_as_it_is_and_nothing_of_a_learner_is_kept(tmp_path: Path) -> None:
    kit = folder(tmp_path / "kit", train="x = 1\n")
    changed = submission(tmp_path, "one", kit, answer="a = 1\n", train="x = 2\n", extra="y = 1\n")
    texts = [changed.read(path) for path in ("answer.py", "extra.py", "train.py")]
    assert [source.text for source in texts if source is not None] == ["a = 1\n", "y = 1\n", "x = 2\n"]
    assert all(source is not None and parse(source) is not parse(source) for source in texts)
    assert kept_texts(kit) == ["x = 1\n"]
    assert changed.digest() != submission(tmp_path, "two", kit, answer="a = 1\n", train="x = 1\n").digest()


def test_the_digest_of_a_submission_counts_an_unchanged_file_that_it_brings(tmp_path: Path) -> None:
    kit = folder(tmp_path / "kit", train="x = 1\n")
    known = submission(tmp_path, "one", kit, answer="a = 1\n", train="x = 1\n")
    alone = open_submission(tmp_path / "one", submit=("answer.py",))
    for one in (known, alone):
        one.read("train.py")
    assert known.digest() == alone.digest()


def test_a_kit_that_changes_while_the_process_lives_is_read_anew(tmp_path: Path) -> None:
    kit = folder(tmp_path / "kit", train="x = 1\n")
    submission(tmp_path, "one", kit).read("train.py")
    folder(kit, train="x = 2\n")
    again = submission(tmp_path, "two", kit).read("train.py")
    assert again == SourceFile("train.py", "x = 2\n")
    assert kept_texts(kit) == ["x = 2\n"]


def test_what_intake_says_of_an_unchanged_file_is_said_each_time(tmp_path: Path) -> None:
    kit = folder(tmp_path / "kit", train="\ufeffx\u200b = 1\n")
    for name in ("one", "two"):
        handed_in = submission(tmp_path, name, kit, train="\ufeffx\u200b = 1\n")
        handed_in.read("train.py")
        assert [one.code for one in handed_in.diagnostics] == ["byte-order-mark", "invisible-character"]


def test_a_file_of_the_kit_that_is_no_text_is_refused_each_time(tmp_path: Path) -> None:
    kit = folder(tmp_path / "kit")
    (kit / "train.py").write_bytes(b"\xff\xfe\x00")
    assert [submission(tmp_path, name, kit).read("train.py") for name in ("one", "two")] == [None, None]
    handed_in = submission(tmp_path, "three", kit, train="x = 1\n").read("train.py")
    assert handed_in == SourceFile("train.py", "x = 1\n")


def test_only_so_many_kits_and_so_much_of_one_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kit_texts, "MAX_KITS", 2)
    monkeypatch.setattr(kit_texts, "_KITS", {})
    monkeypatch.setattr(kit_texts, "MAX_SIZE", 10)
    kits = [folder(tmp_path / f"kit{number}", a="x = 1\n", b="y = 1\n") for number in range(3)]
    for kit in kits:
        snapshot = submission(tmp_path, "empty", kit)
        assert [one.text for path in ("a.py", "b.py") if (one := snapshot.read(path))] == ["x = 1\n", "y = 1\n"]
    assert list(kit_texts._KITS) == [str(kit) for kit in kits[1:]]
    assert kept_texts(kits[2]) == ["x = 1\n"]
