"""A submission over its kit: what is listed, what is read, what is counted."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from gradeline.intake import IntakeError, Snapshot, limits, open_submission, snapshot
from gradeline.source import GradelineError

WORKFLOW = ".github/workflows/ci.yml"


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


@pytest.fixture
def kit(tmp_path):
    return write(
        tmp_path / "kit",
        {WORKFLOW: "starter", "pyproject.toml": "kit", "src/app.py": "kit", "tests/test_app.py": "kit"},
    )


def codes(found: Snapshot) -> list[tuple[str, str]]:
    return [(one.path, one.code) for one in found.diagnostics]


def test_paths_are_sorted_and_relative(tmp_path):
    write(tmp_path, {"b.txt": "", "a/c.txt": "", WORKFLOW: "on: push\n", "Z": ""})
    assert open_submission(tmp_path).paths == (WORKFLOW, "Z", "a/c.txt", "b.txt")


def test_a_file_of_the_kit_stands_in_for_one_that_was_not_handed_in(tmp_path, kit):
    mine = write(tmp_path / "mine", {WORKFLOW: "mine", "src/app.py": "mine"})
    found = open_submission(mine, kit=kit, submit=(WORKFLOW,))
    assert found.paths == (WORKFLOW, "pyproject.toml", "src/app.py", "tests/test_app.py")
    assert [found.read(path).text for path in found.paths] == ["mine", "kit", "mine", "kit"]
    assert [found.from_kit(path) for path in found.paths] == [False, True, False, True]


def test_the_kit_never_supplies_what_the_learner_has_to_write(tmp_path, kit):
    mine = write(tmp_path / "mine", {"README.md": ""})
    found = open_submission(mine, kit=kit, submit=(".github/workflows/*.yml",))
    assert WORKFLOW not in found.paths
    assert found.read(WORKFLOW) is None
    assert found.diagnostics == ()


def test_the_kit_does_not_replace_a_file_that_was_handed_in_and_cannot_be_read(tmp_path, kit):
    mine = write(tmp_path / "mine", {"src/app.py": b"\x00"})
    (mine / "pyproject.toml").symlink_to(kit / "pyproject.toml")
    found = open_submission(mine, kit=kit, submit=(WORKFLOW,))
    assert found.read("pyproject.toml") is None
    assert found.read("src/app.py") is None
    assert {path: one.code for path, one in found.unreadable.items()} == {
        "pyproject.toml": "link",
        "src/app.py": "not-text",
    }


def test_a_file_in_the_place_of_a_kit_folder_hides_the_folder(tmp_path, kit):
    found = open_submission(write(tmp_path / "mine", {"src": "a file"}), kit=kit)
    assert found.paths == (WORKFLOW, "pyproject.toml", "src", "tests/test_app.py")


def test_a_file_is_read_when_first_asked_for_and_never_again(tmp_path):
    write(tmp_path, {"a.txt": "one"})
    found = open_submission(tmp_path)
    first = found.read("a.txt")
    write(tmp_path, {"a.txt": "two"})
    assert found.read("a.txt") is first
    assert first.text == "one"


def test_a_file_that_is_not_there_is_no_problem(tmp_path):
    found = open_submission(tmp_path)
    for path in ("x", "../x", "/etc/passwd", "", ".", "a\0b", "caf\udce9"):
        assert found.read(path) is None
    assert found.diagnostics == ()
    assert found.unreadable == {}


def test_problems_of_files_appear_once_and_in_order(tmp_path):
    write(tmp_path, {"b.yml": b"\xff\xfe", "a.yml": b"\xef\xbb\xbfx: 1\n", "c.yml": "x: \u202e\n"})
    found = open_submission(tmp_path)
    for path in ("c.yml", "b.yml", "a.yml", "b.yml"):
        found.read(path)
    assert codes(found) == [("a.yml", "byte-order-mark"), ("b.yml", "not-text"), ("c.yml", "bidirectional-text")]
    assert list(found.unreadable) == ["b.yml"]


# --- digest ----------------------------------------------------------------------------------------


def test_the_digest_covers_what_was_read_and_what_has_to_be_handed_in(tmp_path):
    write(tmp_path, {WORKFLOW: "on: push\n", "notes.txt": "x", "src/app.py": "y"})
    found = open_submission(tmp_path, submit=(WORKFLOW,))
    found.read("src/app.py")
    lines = "".join(
        f"{path}\0{hashlib.sha256(content).hexdigest()}\n"
        for path, content in ((WORKFLOW, b"on: push\n"), ("src/app.py", b"y"))
    )
    assert found.digest() == hashlib.sha256(lines.encode()).hexdigest()


def test_the_digest_does_not_depend_on_the_kit_or_on_the_order_of_reading(tmp_path, kit):
    mine = write(tmp_path / "mine", {WORKFLOW: "a", "x.txt": "b"})
    one = open_submission(mine, submit=(WORKFLOW,))
    other = open_submission(mine, kit=kit, submit=(WORKFLOW,))
    for path in ("x.txt", WORKFLOW):
        one.read(path)
    for path in (WORKFLOW, "pyproject.toml", "x.txt"):
        other.read(path)
    assert one.digest() == other.digest()


def test_a_byte_that_changes_the_text_or_not_changes_the_digest(tmp_path):
    digests = set()
    for content in (b"a: 1\n", b"a: 1\r\n", b"\xef\xbb\xbfa: 1\n", b"a: \xff\n"):
        write(tmp_path, {WORKFLOW: content})
        digests.add(open_submission(tmp_path, submit=(WORKFLOW,)).digest())
    assert len(digests) == 4


def test_an_unreadable_file_that_has_to_be_handed_in_is_part_of_the_digest(tmp_path):
    empty = open_submission(tmp_path, submit=("ci.yml",)).digest()
    (tmp_path / "ci.yml").symlink_to("/etc/passwd")
    assert open_submission(tmp_path, submit=("ci.yml",)).digest() != empty


# --- limits ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "limit"),
    [("ci.yml", 256), ("CI.YAML", 256), ("Dockerfile", 256), ("Dockerfile.dev", 256), ("api.dockerfile", 256),
     ("run.sh", 256), ("poetry.lock", 1024), ("Jenkinsfile", 1024), ("app.py", 1024)],
)  # fmt: skip
def test_a_file_may_have_its_limit_and_not_one_byte_more(tmp_path, path, limit):
    line = b"x" * 1023 + b"\n"
    write(tmp_path, {path: line * limit})
    assert open_submission(tmp_path).read(path) is not None
    write(tmp_path, {path: line * limit + b"x"})
    found = open_submission(tmp_path)
    assert found.read(path) is None
    assert codes(found) == [(path, "file-too-large")]


def test_only_so_many_files_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(snapshot, "MAX_FILES_READ", 3)
    write(tmp_path, {f"{name}.txt": "" for name in "abcd"})
    found = open_submission(tmp_path)
    assert [found.read(path) is not None for path in found.paths] == [True, True, True, False]
    assert codes(found) == [("d.txt", "too-many-files")]


def test_only_so_many_bytes_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(snapshot, "MAX_BYTES_READ", 10)
    write(tmp_path, {"a.txt": "123456", "b.txt": "12345", "c.txt": "1234"})
    found = open_submission(tmp_path)
    assert [found.read(path) is not None for path in found.paths] == [True, False, True]
    assert codes(found) == [("b.txt", "total-too-large")]


def test_the_kit_does_not_use_up_the_budget(tmp_path, kit, monkeypatch):
    monkeypatch.setattr(snapshot, "MAX_FILES_READ", 1)
    mine = write(tmp_path / "mine", {"ci.yml": "x"})
    found = open_submission(mine, kit=kit)
    assert all(found.read(path) is not None for path in found.paths)


def test_the_limits_are_those_that_are_documented():
    assert (limits.MAX_FILE, limits.MAX_PIPELINE_FILE, limits.MAX_LINE) == (1 << 20, 256 << 10, 32 << 10)
    assert (limits.MAX_FILES_READ, limits.MAX_BYTES_READ, limits.MAX_PATH) == (500, 20 << 20, 240)
    assert (limits.MAX_FOLDER_DEPTH, limits.MAX_RATIO) == (64, 100)


# --- what cannot be opened ---------------------------------------------------------------------------


def test_a_path_that_does_not_exist_is_said_so(tmp_path):
    with pytest.raises(IntakeError, match=r"^There is nothing to read at .*nowhere\. Check the spelling"):
        open_submission(tmp_path / "nowhere")
    with pytest.raises(IntakeError, match="There is nothing to read"):
        open_submission(tmp_path / "a\0b")


def test_a_single_file_is_no_submission(tmp_path):
    write(tmp_path, {"ci.yml": "on: push\n"})
    with pytest.raises(IntakeError, match=r"ci\.yml is a single file\. Give the folder"):
        open_submission(tmp_path / "ci.yml")


def test_a_missing_kit_is_an_error(tmp_path):
    with pytest.raises(IntakeError):
        open_submission(tmp_path, kit=tmp_path / "nowhere")


def test_a_link_that_a_person_named_is_followed(tmp_path):
    write(tmp_path / "real", {"ci.yml": "on: push\n"})
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert open_submission(tmp_path / "link").read("ci.yml").text == "on: push\n"


def test_intake_errors_are_known_errors():
    assert issubclass(IntakeError, GradelineError)
