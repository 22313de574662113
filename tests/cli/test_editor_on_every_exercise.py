"""The editor's view of every exercise while its files are half written: findings with places inside the texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradeline.intake.names import matches
from gradeline_cli.editor.desk import Desk
from gradeline_cli.parts import App
from gradeline_cli.start import copy_starter
from gradeline_cli.workspace import MARKER, marker_text

APP = App()


@pytest.mark.parametrize("name", APP.course().folders)
def test_half_written_files_give_findings_that_lie_in_one_line_of_the_text(name: str, tmp_path: Path) -> None:
    exercise = APP.course().exercise(name)
    folder = tmp_path / exercise.name
    copy_starter(exercise, folder, {MARKER: marker_text(exercise, "0")})
    texts = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder).as_posix()
        if path.is_file() and matches(relative, exercise.submit):
            text = path.read_text(encoding="utf-8")
            texts[relative] = text[: len(text) * 2 // 3]

    judged = Desk(APP).judge(folder, texts)

    assert judged is not None
    assert [one.id for one in judged.report.criteria if one.status == "error"] == []
    assert judged.findings
    for one in judged.findings:
        lines = judged.report.sources.get(one.span.path, ())
        if lines:
            assert 0 < one.span.line <= len(lines)
            assert one.span.end_line == one.span.line
            assert one.span.column <= one.span.end_column
        assert one.message.isprintable()
