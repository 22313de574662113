"""The analysers for one submission: which files they get, what is kept of their answers, what is not believed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from gradeline.lint import Finding, Linted, Unread
from gradeline.source import SourceFile, Span
from gradeline.tools import answers, linters
from gradeline.tools.answers import Answers, question
from gradeline.tools.child import ToolFailure
from gradeline.tools.linters import Kept, SubmissionLinters, kept

ANSWER = Linted(
    (Finding("X1", "warning", "no \u202e good", Span("a.yml", 3, 4, 5, 6)),), False, 7, (Unread("b.yml", "why", 2),)
)


class Asked:
    """A tool that counts its questions."""

    def __init__(self, answer: Linted | Exception = ANSWER) -> None:
        self.questions: list[tuple[str, ...]] = []
        self.answer = answer

    def one(self, tool: str, source: SourceFile) -> Linted:
        return self.together([source], [tool])

    def together(self, sources: Sequence[SourceFile], rules: Sequence[str]) -> Linted:
        self.questions.append(tuple(source.path for source in sources))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def kept(self, folder: Path | None = None) -> Kept:
        return Kept(Answers(folder), self.one, self.together)


def lint(shared: Kept, texts: dict[str, str], tool: str = "yamllint", rules: Sequence[str] = ()) -> Linted:
    def read(path: str) -> SourceFile | None:
        return SourceFile(path, texts[path]) if path in texts else None

    return SubmissionLinters(read, shared).lint(tool, sorted(texts), rules)


def test_an_unchanged_file_is_not_asked_about_again(tmp_path: Path) -> None:
    asked = Asked()
    assert lint(asked.kept(tmp_path), {"a.yml": "a: 1"}) == ANSWER
    assert lint(asked.kept(tmp_path), {"a.yml": "a: 1"}) == ANSWER
    assert asked.questions == [("a.yml",)]


@pytest.mark.parametrize("other", [{"a.yml": "a: 2"}, {"b.yml": "a: 1"}, {"a.yml": "a: 1", "c.yml": ""}])
def test_another_text_name_or_neighbour_is_another_question(other: dict[str, str], tmp_path: Path) -> None:
    asked = Asked()
    lint(asked.kept(tmp_path), {"a.yml": "a: 1"}, "checkov", ["CKV_K8S_14"])
    lint(asked.kept(tmp_path), other, "checkov", ["CKV_K8S_14"])
    assert len(asked.questions) == 2


def test_another_version_rule_or_tool_is_another_question() -> None:
    source = [SourceFile("a.yml", "a: 1")]
    keys = {
        question("t", "1", source, ["r"]), question("t", "2", source, ["r"]), question("u", "1", source, ["r"]),
        question("t", "1", source, ["s"]), question("t", "1", source, ["r", "s"]),
    }  # fmt: skip
    assert len(keys) == 5
    assert question("t", "1", source, ["r", "s"]) == question("t", "1", source, ["s", "r"])


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-1],
        lambda text: "",
        lambda text: text.replace("X1", "X2"),
        lambda text: text.replace('"complete":false', '"complete":true'),
        lambda text: text.replace('"findings":[[', '"findings":[],"old":[['),
        lambda text: "[" * 100_000,
        lambda text: "null",
        lambda text: json.dumps({**json.loads(text), "question": "0" * 64}),
        lambda text: text + " " * answers.MAX_BYTES,
    ],
)
def test_a_damaged_file_is_as_if_it_were_not_there(damage: object, tmp_path: Path) -> None:
    asked = Asked()
    lint(asked.kept(tmp_path), {"a.yml": "a: 1"})
    [file] = tmp_path.iterdir()
    file.write_text(damage(file.read_text(encoding="ascii")), encoding="ascii")  # type: ignore[operator]
    assert lint(asked.kept(tmp_path), {"a.yml": "a: 1"}) == ANSWER
    assert len(asked.questions) == 2


def test_the_answer_of_another_question_is_not_believed(tmp_path: Path) -> None:
    asked = Asked()
    lint(asked.kept(tmp_path), {"a.yml": "a: 1"})
    [file] = tmp_path.iterdir()
    lint(asked.kept(tmp_path), {"a.yml": "a: 2"})
    [other] = [path for path in tmp_path.iterdir() if path != file]
    other.write_bytes(file.read_bytes())
    lint(asked.kept(tmp_path), {"a.yml": "a: 2"})
    assert len(asked.questions) == 3


def test_a_failure_is_not_kept(tmp_path: Path) -> None:
    asked = Asked(ToolFailure("no"))
    for _ in range(2):
        with pytest.raises(ToolFailure):
            lint(asked.kept(tmp_path), {"a.yml": "a: 1"})
    assert len(asked.questions) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_costs_no_answer(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="ascii")
    assert lint(Asked().kept(tmp_path / "file" / "cache"), {"a.yml": "a: 1"}) == ANSWER


def test_the_folder_does_not_grow_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MAX_FILES", 20)
    shared = Asked().kept(tmp_path)
    for number in range(60):
        lint(shared, {"a.yml": f"a: {number}"})
    assert 0 < len(list(tmp_path.iterdir())) <= 20


def test_memory_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MAX_IN_MEMORY", 5)
    store = Answers()
    for number in range(20):
        store.put(str(number), ANSWER)
    assert [store.get("14"), store.get("19")] == [None, ANSWER]


@pytest.mark.parametrize(
    ("tool", "text", "reason"),
    [
        ("hadolint", "FROM a\n" * 20_000, "more than 64 KiB"),
        ("zizmor", "# x\n" * 80_000, "more than 256 KiB"),
        ("hadolint", "FROM a\x00\n", "NUL"),
    ],
)
def test_a_file_that_would_keep_a_tool_busy_is_not_given_to_it(tool: str, text: str, reason: str) -> None:
    asked = Asked()
    found = lint(asked.kept(), {"a.yml": text}, tool)
    assert (asked.questions, found.complete) == ([], False)
    assert reason in found.unread[0].reason


def test_a_file_that_our_reader_refuses_is_not_given_to_a_tool() -> None:
    asked = Asked()
    bomb = SourceFile("a.yml", "a: 1")
    found = SubmissionLinters(lambda _: bomb, asked.kept(), lambda _: "it is a bomb").lint("yamllint", ["a.yml"], [])
    assert (asked.questions, found.unread) == ([], (Unread("a.yml", "it is a bomb"),))


def test_a_file_that_is_not_there_is_not_clean() -> None:
    found = SubmissionLinters(lambda _: None, Asked().kept()).lint("yamllint", ["a.yml"], [])
    assert (found.complete, found.unread) == (False, (Unread("a.yml", "it cannot be read"),))


def test_only_the_named_rules_count() -> None:
    assert lint(Asked().kept(), {"a.yml": "a: 1"}, rules=["X2"]).findings == ()
    assert lint(Asked().kept(), {"a.yml": "a: 1"}, rules=["X1"]).findings == ANSWER.findings


def test_the_tools_that_answered_are_known_with_their_versions() -> None:
    found = SubmissionLinters(lambda path: SourceFile(path, "a: yes\n"), kept(Answers()))
    assert found.used == {}
    found.lint("yamllint", ["a.yml"], ["truthy"])
    assert found.used == {"yamllint": linters.installed("yamllint")}


def test_a_tool_that_is_not_installed_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linters, "_PACKAGES", {"zizmor": "no-such-package"})
    linters.installed.cache_clear()
    with pytest.raises(ToolFailure, match=r"zizmor is not installed\. Install no-such-package, or gradeline\[tools"):
        lint(Asked().kept(), {"a.yml": "a: 1"}, "zizmor")
    linters.installed.cache_clear()


def test_a_word_that_is_no_tool_is_refused() -> None:
    with pytest.raises(ToolFailure, match="no tool named 'semgrep'"):
        lint(Asked().kept(), {"a.yml": "a: 1"}, "semgrep")
