"""``grade study`` from results to agreement."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from support.published import unfit, validator

from gradeline.course import find_course
from gradeline_cli.main import program
from gradeline_cli.parts import App

COURSE = find_course()


def study(*words: str) -> Result:
    return CliRunner().invoke(program, ["study", *words], obj=App(language="en"), prog_name="grade")


def said(result: Result) -> str:
    return " ".join(result.output.split())


def a_class(folder: Path) -> Path:
    """Twenty learners, every third of whom does not meet a criterion."""
    lines = []
    for number in range(20):
        met = number % 3 > 0
        criteria = [{"id": "gates", "title": "Gates", "why": "w", "status": "met" if met else "unmet", "points": 10,
                     "awarded": 10 if met else 0}]  # fmt: skip
        result: dict[str, Any] = {"score": 10, "max_score": 10, "passed": True, "needs_review": False,
                                  "criteria": criteria}  # fmt: skip
        lines.append({"learner": f"student{number:02}", "exercise": "exercise-12", "status": "graded", "reason": "",
                      "message": "", "result": result})  # fmt: skip
        work = folder / "in" / f"student{number:02}" / "exercise-12" / ".github" / "workflows"
        work.mkdir(parents=True)
        (work / "ci.yml").write_text(f"# by student{number:02}\non: push\n", encoding="utf-8")
    (folder / "results.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8")
    return folder


def rate(folder: Path, name: str, wrong: set[str]) -> Path:
    """A rater who says what the key says, but for some items."""
    key = json.loads((folder / "study-key.json").read_text("utf-8"))["items"]
    with (folder / "study" / "sheet.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        status = key[row["item"]]["status"]
        row["verdict"] = {"met": "unmet", "unmet": "met"}[status] if row["item"] in wrong else status
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_sheet_is_drawn_filled_and_compared(tmp_path: Path) -> None:
    folder = a_class(tmp_path)
    drawn = study("sheet", str(folder), "--seed", "7", "--size", "14", "-o", str(folder / "study"),
                  "--submissions", str(folder / "in"))  # fmt: skip
    assert drawn.exit_code == 0, drawn.output
    assert "14 of 20 verdicts are drawn, with the seed 7." in said(drawn)
    assert "14 verdicts are too few" in said(drawn)
    assert (folder / "study-key.json").stat().st_mode & 0o777 == 0o600
    given = [path for path in (folder / "study").rglob("*") if path.is_file()]
    assert len(given) == 15
    assert all("student" not in path.read_text("utf-8") for path in given)
    assert not any("student" in str(path.relative_to(folder)) for path in given)

    eve, joe = rate(folder, "eve", set()), rate(folder, "joe", {"item-003", "item-005"})
    done = study("agree", str(eve), str(joe), "--key", str(folder / "study-key.json"))
    assert done.exit_code == 0, done.output
    assert "14 verdicts. Rated by eve (14), joe (14)." in said(done)
    assert "The grader and eve Same verdict: 1.00 (0.78 to 1.00, 14 verdicts)" in said(done)
    assert "The grader and joe Same verdict: 0.86 (0.60 to 0.96, 14 verdicts)" in said(done)
    assert "Look at these 2: somebody differs from the grader." in said(done)
    assert "item-003 (exercise-12, gates, student" in said(done)
    assert "14 verdicts are too few to say much" in said(done)
    assert "verdicts would make it plus or minus 0.1" in said(done)
    done = study("agree", str(eve), str(joe), "--key", str(folder / "study-key.json"), "--format", "json")
    data = json.loads(done.output)
    assert data["grader_and_rater"][0]["kappa"]["value"] == 1
    assert [one["item"] for one in data["differences"]] == ["item-003", "item-005"]


def test_wrong_usage_says_what_to_do(tmp_path: Path) -> None:
    folder = a_class(tmp_path)
    assert study("sheet", str(folder), "-o", str(folder / "study")).exit_code == 2  # the seed is the user's
    drawn = study("sheet", str(folder), "--seed", "1", "-o", str(folder / "study"))
    assert "The work itself is not there." in said(drawn)
    eve = rate(folder, "eve", set())
    twice = study("agree", str(eve), str(eve), "--key", str(folder / "study-key.json"))
    assert twice.exit_code == 2
    assert "Two sheets are called eve." in said(twice)
    other = study("agree", str(eve), "--key", str(eve))
    assert other.exit_code == 2
    assert "eve.csv is no key of grade study sheet." in said(other)


def test_the_published_schemas_say_exactly_what_agreement_and_key_hold(tmp_path: Path) -> None:
    folder = a_class(tmp_path)
    study("sheet", str(folder), "--seed", "7", "--size", "14", "-o", str(folder / "study"))
    key = json.loads((folder / "study-key.json").read_text("utf-8"))
    assert len(key["items"]) == 14
    assert unfit("study-key-1", key, {"items"}) == []
    eve, joe = rate(folder, "eve", set()), rate(folder, "joe", {"item-003", "item-005"})
    where = ("--key", str(folder / "study-key.json"), "--format", "json")
    both = json.loads(study("agree", str(eve), str(joe), *where).output)
    assert (len(both["raters"]), len(both["differences"])) == (1, 2)
    assert unfit("study-1", both, {"rated", "raters"}) == []
    one = json.loads(study("agree", str(eve), *where).output)
    assert one["people"] is None
    assert unfit("study-1", one, {"rated", "raters"}) == []


def test_numbers_that_are_not_defined_are_in_the_schema_with_their_reason(tmp_path: Path) -> None:
    folder = a_class(tmp_path)
    study("sheet", str(folder), "--seed", "7", "--size", "2", "-o", str(folder / "study"))
    empty = folder / "mute.csv"
    empty.write_bytes((folder / "study" / "sheet.csv").read_bytes())
    for raters in ((empty,), (rate(folder, "eve", set()), empty), (rate(folder, "eve", set()),)):
        said = study("agree", *map(str, raters), "--key", str(folder / "study-key.json"), "--format", "json").output
        data = json.loads(said)
        assert unfit("study-1", data, {"rated", "raters"}) == []
        assert {one["kappa"]["why"] for one in data["grader_and_rater"] if one["right"] == "mute"} <= {"none"}
        assert data["all"]["fleiss_kappa"]["value"] is None
        assert data["all"]["fleiss_kappa"]["why"] in ("none", "few")


def test_the_published_schema_refuses_a_number_without_an_interval_or_a_reason(tmp_path: Path) -> None:
    folder = a_class(tmp_path)
    study("sheet", str(folder), "--seed", "7", "--size", "14", "-o", str(folder / "study"))
    words = ("agree", str(rate(folder, "eve", {"item-003"})), "--key", str(folder / "study-key.json"))
    data = json.loads(study(*words, "--format", "json").output)
    schema = validator("study-1")
    for change in ({"low": None}, {"value": None}, {"value": 1.5}, {"why": "few"}, {"wanted": -1}, {"n": 1.5}):
        changed = json.loads(json.dumps(data))
        changed["grader_and_rater"][0]["kappa"].update(change)
        assert not schema.is_valid(changed), change
    for change in ({"verdicts": ["met"]}, {"confidence": 95}, {"rated": {}}, {"people": {}}):
        assert not schema.is_valid({**data, **change}), change
