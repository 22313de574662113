"""Scripts that are followed with numbers that are made up: arrays of NumPy and enumerations, as Python has them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from gradeline.facts.gate_runs import Start, run
from gradeline.readers import load
from gradeline.source import SourceFile


class Files:
    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files
        self.paths = tuple(sorted(files))

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.files[path]) if path in self.files else None


def printed(script: str) -> str:
    project = load(Files({"it.py": script}))[0]  # type: ignore[arg-type]
    found = run(project.code, project.documents, Start(project.code.modules["it.py"], ()), {}, exact=True)
    assert found.lost is None, found.lost
    return " ".join(text for text, _ in found.printed) + ("" if found.status == 0 else f" ends with {found.status}")


@pytest.mark.parametrize(("line", "expected"), [
    ("print((np.array([1, 2, 3]) * 2).sum())", "12"),
    ("print((1 / np.array([2, 4])).sum())", "0.75"),
    ("print(np.array([[1, 2], [3, 4]]).sum(axis=0)[1])", "6"),
    ("print(np.array([[1, 2], [3, 4]]).sum(axis=1)[1])", "7"),
    ("print(np.array([[1, 2], [3, 4]]).T[0][1])", "3"),
    ("print((np.array([5, 9]) > 6).any(), (np.array([5, 9]) > 6).all())", "True False"),
    ("print((np.array([[10, 20], [30, 40]]) / np.array([10, 20]))[1][1])", "2.0"),
    ("print(np.array([1, 2]).tolist() == [1, 2])", "True"),
    ("print(np.array([3, 1]).argmin(), np.array([3, 1]).min(), np.max([3, 1]))", "1 1 3"),
    ("print(np.array([1, 2]).shape[0], np.array([1, 2]).size)", "2 2"),
    ("print(np.sqrt(np.array([4, 9]))[1])", "3.0"),
    ("a, b = np.array([7, 8])\nprint(b)", "8"),
    ("if np.array([1, 2]) > 0:\n    print('never')", " ends with 1"),
    ("print(np.array([1, 2, 3]) + np.array([1, 2]))", " ends with 1"),
])  # fmt: skip
def test_small_arrays_of_known_numbers_are_computed(line: str, expected: str) -> None:
    assert printed(f"import numpy as np\n{line}\n") == expected


ENUMS = """\
import enum
import sys
from enum import Enum, IntEnum, StrEnum, auto

class Plain(Enum):
    YES = "yes"
    NO = "no"

    @property
    def loud(self):
        return self.value.upper()

class Text(StrEnum):
    YES = auto()
    NO = "no"

class Mixed(str, enum.Enum):
    YES = "yes"

class Code(IntEnum):
    GOOD = 0
    BAD = 20

class Counted(Enum):
    FIRST = auto()
    SECOND = auto()
"""


@pytest.mark.parametrize(("line", "expected"), [
    ("print(Plain.YES)", "Plain.YES"),
    ("print(f'{Plain.YES}')", "Plain.YES"),
    ("print(Plain.YES.value, Plain.YES.name, Plain.YES.loud)", "yes YES YES"),
    ("print(Text.YES, f'is {Text.NO}')", "yes is no"),
    ("print(Mixed.YES, Mixed.YES.value)", "Mixed.YES yes"),
    ("print(Code.BAD, Code.BAD + 1)", "20 21"),
    ("print(Counted.SECOND.value)", "2"),
    ("print(Plain.YES == 'yes', Mixed.YES == 'yes', Text.YES == 'yes', Code.BAD == 20)", "False True True True"),
    ("print(Plain.YES is Plain.YES, Plain.YES == Plain.NO, Plain('no') is Plain.NO)", "True False True"),
    ("print({Plain.YES: 0, Plain.NO: 1}[Plain.NO])", "1"),
    ("print(Plain['YES'].value, len(list(Plain)))", "yes 2"),
    ("sys.exit(Code.BAD)", " ends with 20"),
    ("sys.exit(Code.GOOD)", ""),
    ("sys.exit(Plain.YES)", " ends with 1"),
    ("Plain.YES.upper()", " ends with 1"),
    ("match Plain.NO:\n    case Plain.YES: print('first')\n    case Plain.NO: print('second')", "second"),
])  # fmt: skip
def test_members_of_enumerations_show_and_equal_what_python_says(line: str, expected: str) -> None:
    assert printed(f"{ENUMS}\n{line}\n") == expected


@pytest.mark.parametrize(("line", "expected"), [
    ("from http import HTTPStatus\nprint(HTTPStatus.OK == 200, HTTPStatus.UNPROCESSABLE_CONTENT.value)", "True 422"),
    ("import httpx\nprint(httpx.codes.OK == 200, httpx.codes.BAD_GATEWAY)", "True 502"),
    ("import requests\nprint(requests.codes.ok == 200, requests.codes.unprocessable)", "True 422"),
    ("from fastapi import status\nprint(status.HTTP_503_SERVICE_UNAVAILABLE)", "503"),
])  # fmt: skip
def test_names_of_statuses_are_their_numbers(line: str, expected: str) -> None:
    assert printed(f"{line}\n") == expected
