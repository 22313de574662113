"""Markdown as sections, tables and lines."""

from __future__ import annotations

from gradeline.syntax.markdown import Line, sections


def test_a_section_ends_at_the_next_heading_of_its_level() -> None:
    found = sections("# A\none\n## B\ntwo words\n# C\nthree\n")
    heads = [(part.level, part.title, part.line) for part in found]
    texts = [[line.text for line in part.lines] for part in found]
    assert heads == [(0, "", 1), (1, "A", 1), (2, "B", 3), (1, "C", 5)]
    assert texts == [[], ["one", "two words"], ["two words"], ["three"]]


def test_an_underlined_line_is_a_heading() -> None:
    found = sections("Refused\n-------\nbecause it costs\n")
    assert (found[1].level, found[1].title, found[1].line) == (2, "Refused", 1)
    assert found[1].lines == (Line(3, "because it costs"),)


def test_comments_and_code_blocks_say_nothing() -> None:
    text = "# A\n<!-- hidden\nstill hidden --> shown\n```sh\n# no heading\n```\n"
    found = sections(text)
    assert [part.title for part in found] == ["", "A"]
    assert [line.text for line in found[1].lines] == ["shown"]
    assert found[1].words == 1


def test_a_table_has_its_header_and_the_line_of_each_row() -> None:
    found = sections("| what | after |\n|---|--:|\n| **path** | 8 |\n| a \\| b | 9 |\n\nend\n")
    (table,) = found[0].tables
    assert (table.line, table.header) == (1, ("what", "after"))
    assert table.rows == ((3, ("path", "8")), (4, ("a | b", "9")))
    assert [line.text for line in found[0].lines] == ["end"]


def test_front_matter_holds_values_and_no_heading() -> None:
    found = sections("---\ntimeout: 15\n---\n# A\n")
    assert [part.title for part in found] == ["", "A"]
    assert [line.text for line in found[0].lines] == ["timeout: 15"]


def test_an_open_comment_hides_the_rest_and_long_texts_end() -> None:
    assert [part.title for part in sections("<!--\n# A\n")] == [""]
    assert len(sections("# A\n" * 30_000)) == 20_001


def test_the_measurements_of_a_model_card_are_a_table() -> None:
    text = "---\nmodel-index:\n- metrics:\n  - type: recall\n    value: 0.81\n    name: Recall\n---\n# Card\n"
    (table,) = sections(text)[0].tables
    assert (table.header, table.rows) == (("metric", "value"), ((5, ("recall Recall", "0.81")),))


def test_a_front_matter_that_is_broken_has_no_measurements() -> None:
    assert sections("---\n- {value: [1\n---\ntext\n")[0].tables == ()
    assert sections("---\nvalue: 3\nname: x")[0].tables == ()
    assert sections("---\n? [value: 1]\n: *x\nname: *y\nvalue: 3\n---\n")[0].tables == ()
