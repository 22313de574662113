"""How far apart a schedule's runs are, and whether a requirement keeps to one major version."""

from __future__ import annotations

import pytest

from gradeline.facts.requirements import requirements
from gradeline.facts.schedules import minutes_apart
from gradeline.readers import load
from gradeline.source import SourceFile


@pytest.mark.parametrize(("cron", "apart"), [
    ("0 6 * * *", 1440), ("0 6,18 * * *", 720), ("30 * * * *", 60), ("* * * * *", 1), ("*/5 * * * *", 5),
    ("*/7 * * * *", 4), ("0 23,0 * * *", 60), ("59,1 0 * * *", 58), ("0 0-3 * * 1", 60), ("0 0 6 * * *", 1440),
    ("H H * * *", 1440), ("@hourly", 60), ("@weekly", 10080),
])  # fmt: skip
def test_the_shortest_time_between_two_runs(cron: str, apart: int) -> None:
    assert minutes_apart(cron) == apart


@pytest.mark.parametrize("cron", ["", "* * *", "99 * * * *", "a b c d e", "*/0 * * * *", "@reboot", "5-2 * * * *"])
def test_what_is_no_schedule_has_no_answer(cron: str) -> None:
    assert minutes_apart(cron) is None


class Files:
    def __init__(self, text: str) -> None:
        self.text = text
        self.paths = ("requirements.txt",)

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.text) if path in self.paths else None


@pytest.mark.parametrize(("line", "fixed", "lowest"), [
    ("prefect==3.9.1", True, "3.9.1"), ("prefect==3.*", True, "3.*"), ("prefect~=3.4", True, "3.4"),
    ("prefect>=3.4,<4", True, "3.4"), ("prefect >= 3.4, < 4.0", True, "3.4"), ("prefect[aws]==3.9 ; x", True, "3.9"),
    ("prefect>3,<3.9", True, "3"), ("prefect>=3", False, "3"), ("prefect", False, ""), ("prefect<4", False, ""),
    ("prefect>=2.20,<4", False, "2.20"), ("prefect~=3", False, "3"), ("prefect!=3.1", False, ""),
    ("prefect @ https://example.org/prefect.whl", False, ""), ("prefect===3.9", True, "3.9"),
])  # fmt: skip
def test_a_requirement_keeps_to_one_major_or_not(line: str, fixed: bool, lowest: str) -> None:
    project, _ = load(Files(f"# prefect==1\n-r other.txt\n{line}  # the flows\n"))
    (found,) = requirements(project, ["requirements*.txt"])
    assert (found.name, found.one_major, found.lowest, found.span.line) == ("prefect", fixed, lowest, 3)


def test_lines_of_hashes_are_no_requirements() -> None:
    text = "Apache_Airflow==3.3.2 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\nprefect==3.9.1\n"
    project, _ = load(Files(text))
    assert [one.name for one in requirements(project, ["requirements.txt"])] == ["apache-airflow", "prefect"]
