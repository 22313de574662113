"""One drawing, three renderings: complete, stable, and harmless whatever a learner wrote."""

from __future__ import annotations

import re
import sys
import time
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.build import case_of

from gradeline.graph.build import draw
from gradeline.graph.drawing import Drawing, Finding, Group, Link, LinkKind, Node, Page, Row, RunKind
from gradeline.render import graph_mermaid, graph_plain, graph_svg, graph_terminal
from gradeline.render.graph_layout import Box, Line, lay_out
from gradeline.render.terminal import COLOUR
from gradeline.render.text import width
from gradeline.source import ToolError

SVG = "{http://www.w3.org/2000/svg}"
NASTY = [
    "\x1b[2Jx", "\x1b]8;;http://evil\x07click\x1b]8;;\x07", "\x9b31m", "over\rwrite", "x\n::error file=x::y",
    "##[error]x",
    "\u202eevil\u202c", "zero\u200bwidth", "nul\0byte", "\ud800", "\ufffe", "\u6f22" * 60, "a" * 400,
    "<script>alert(1)</script>", "</title></svg><img src=x onerror=alert(1)>", '" onload="x', "]]>", "&lt;b&gt;",
    "&#34;",     '"]; click n1 "javascript:alert(1)"', '%%{init: {"theme":"forest"}}%%', "%% comment", "end",
    "`code` **bold**", "1. Test",
    "- x", "# h", 'x" --> n9; y["', "style x:#abc;", "classDef x:#a;", "www.evil.com", "$$x^2$$", "@{ shape: x }",
    "'\"`$(id)", "", " ", "\t",
]  # fmt: skip
LABEL = r'"[^"\n]*"'
FORMS = [
    r'%%\{init: \{"flowchart": \{"wrappingWidth": 360\}\}\}%%', "flowchart LR", "accTitle: [A-Za-z ]+", "direction LR",
    "end",
    "classDef [a-z]+ [a-z0-9#:,-]+( [0-9]+)?", "class [a-z0-9,]+ [a-z]+",
    rf"n\d+\[{LABEL}\]", rf"n\d+\(\[{LABEL}\]\)", r"n\d+j\d+\(\( \)\)", rf"findings\[{LABEL}\]",
    rf"subgraph [pg]\d+\[{LABEL}\]", rf"n[0-9j]+ (-->|==>|-\.->)(\|{LABEL}\|)? n[0-9j]+",
]  # fmt: skip
MERMAID = re.compile("|".join(FORMS))


def page(text: str, *, kind: LinkKind = "must") -> Page:
    """A page that says ``text`` everywhere."""
    row = Row(text, text, (text, text), "gate", (text,), (1,), True)
    nodes = (
        Node("n1", "start", text, on_path=True),
        Node("n2", "unit", text, text, text, 1, "runs", (text,), (row, row), "", (1, 2), True),
        Node("n3", "call", text, text, text, 2, "skipped", (text,), (), "g3"),
        Node("n4", "return", text, "", text, 3, group="g3"),
    )
    links = (
        Link("n1", "n2", "start", on_path=True), Link("n2", "n3", kind, text), Link("n3", "n4", "inside"),
        Link("n2", "n4", "files", text),
    )  # fmt: skip
    drawing = Drawing(text, text, (RunKind(1, (text, text)), RunKind(2, (text,))), "", nodes, links,
                      (Group("g3", text),), (text,), 3)  # fmt: skip
    finding = Finding(1, "unmet", text, text, text, (text, text), "jobs")
    return Page((drawing,), text or "x", text, (finding,))


PLAIN = page("plain")


# -- terminal ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("columns", [50, 80, 100])
def test_a_terminal_gets_nothing_that_acts_and_no_line_that_is_too_wide(text: str, columns: int) -> None:
    for ascii_only in (False, True):
        for line in graph_terminal.render(page(text), columns=columns, ascii_only=ascii_only).split("\n"):
            assert width(line) <= columns
            assert line.isprintable()
            assert not line.startswith("::")
            assert "##[" not in line
            assert not ascii_only or line.isascii()


@pytest.mark.parametrize("text", NASTY)
def test_a_screen_reader_gets_ascii_sentences_and_nothing_that_acts(text: str) -> None:
    for line in graph_plain.render(page(text)).removesuffix("\n").split("\n"):
        assert line.isascii()
        assert line.isprintable()
        assert len(line) <= graph_plain.COLUMNS
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


def test_sentences_tell_the_order_the_gates_and_the_findings_of_a_pipeline() -> None:
    rows = (Row("Run all tests", "line 9", ("test",), "lost", findings=(1,)), Row("Lint", "line 8", ("lint",), "gate"))
    start = Node("n0", "start", "")
    nodes = (start, Node("n1", "unit", "test", "Tests", "line 5", 1, rows=rows), Node("n2", "unit", "ship", layer=2))
    links = (Link("n0", "n1", "start"), Link("n1", "n2", "waits", "package"))
    drawing = Drawing("ci.yml", "CI", (RunKind(1, ("a push to main",)),), "", nodes, links)
    finding = Finding(1, "unmet", "Tests block", "Their failure is lost.", "ci.yml:9", ("a push", "ship"), "jobs")
    told = graph_plain.render(Page((drawing,), "exercise-12 Matrix", "Score 6 of 100", (finding,)))
    assert (
        told
        == """\
exercise-12 Matrix
Score 6 of 100

Pipeline ci.yml: CI.
  Started by a push to main.
  It has 2 jobs, in the order in which they can start.
  Job 1: test: Tests, at line 5.
    It starts at once.
    Step: Run all tests, at line 9. It does: test. Its failure is lost. See
      finding 1.
    Step: Lint, at line 8. It does: lint. It is a gate: when it fails, the run
      fails.
  Job 2: ship.
    It starts after these have ended, whatever their result: test.
    It gets files from test: package.

What the criteria found, 1 in all:
  Finding 1. not met: Tests block (ci.yml:9)
    Their failure is lost.
    Way, station 1: a push
    Way, station 2: ship
"""
    )


def test_colour_adds_nothing_but_colour() -> None:
    coloured = graph_terminal.render(PLAIN, palette=COLOUR)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured).replace(" \n", "\n") == graph_terminal.render(PLAIN)


def test_the_text_of_a_small_pipeline() -> None:
    case = case_of("""\
        on: {push: {branches: [main]}}
        jobs:
          test:
            runs-on: ubuntu-latest
            steps: [{name: Tests, run: pytest || true}]
          ship:
            name: Roll out
            needs: test
            runs-on: ubuntu-latest
            steps: [{name: Apply, run: kubectl apply -f app.yml}]
        """)
    assert (
        graph_terminal.render(draw(case.pipelines), columns=60, ascii_only=True)
        == """\
.github/workflows/ci.yml

    started by
      a push to main; the same for a push to main that
      changes only documentation

-- 1  starts at once ---------------------------------------
    +- test (line 3)
    |  o Tests -- test, its failure is lost (line 5)
    +-

-- 2  waits for 1 ------------------------------------------
    +- ship: Roll out (line 6)
    |  after test
    |  - Apply -- deploy (line 10)
    +-

Signs
  o    a check whose failure is lost: the run goes on and
       succeeds
"""
    )


def test_the_path_is_marked_in_the_first_column_of_every_station() -> None:
    marked = [line for line in graph_terminal.render(PLAIN, ascii_only=True).splitlines() if line.startswith("==> ")]
    assert marked == [
        "==> started by", "==> +- plain: plain (plain) [1] [2]", "==> |  # plain -- plain, plain, gate (plain) [1]",
        "==> |  # plain -- plain, plain, gate (plain) [1]",
    ]  # fmt: skip


def test_a_job_with_many_steps_keeps_those_that_tell_something() -> None:
    rows = [Row(f"step {number}") for number in range(30)]
    rows[20] = Row("the check", does=("test",), gate="gate")
    drawing = Drawing("p", "", nodes=(Node("n1", "start", "start"), Node("n2", "unit", "t", layer=1, rows=tuple(rows))))
    text = graph_terminal.render(Page((drawing,)))
    assert "the check -- test, gate" in text
    assert "and 29 more steps" in text


def test_a_credential_in_a_name_is_hidden_in_every_rendering() -> None:
    token = "gh" + "p_" + "a1B2" * 9
    for renderer in (graph_terminal, graph_mermaid, graph_plain, graph_svg):
        rendered = renderer.render(page(token))
        assert token[5:] not in rendered
        assert token[5:] not in rendered.replace("\n", "")


# -- Mermaid ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", NASTY)
def test_every_line_of_a_flowchart_is_one_of_our_own_forms(text: str) -> None:
    for line in graph_mermaid.render(page(text)).splitlines():
        assert MERMAID.fullmatch(line.strip()), line


@pytest.mark.parametrize("text", NASTY)
def test_a_label_holds_only_characters_that_mean_nothing_to_mermaid(text: str) -> None:
    lines = graph_mermaid.render(page(text)).splitlines()[1:]
    labels = [label for line in lines for label in re.findall(r'"([^"]*)"', line)]
    assert labels
    for label in labels:
        rest = re.sub(r"#\d+;", "", label.replace("<br/>", ""))
        assert re.fullmatch(r"[A-Za-z0-9 ,/()…_:-]*", rest), label


@given(st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_a_flowchart_shows_every_text_again_when_its_numbers_are_read(text: str) -> None:
    label = graph_mermaid._quoted(text)
    read = re.sub(r"#(\d+);", lambda found: chr(int(found[1])), label)
    assert '"' not in label
    assert read.isprintable()
    assert all(char in read for char in text if char.isalnum() and char.isascii()) or len(read) > 80


def test_the_flowchart_of_a_small_page() -> None:
    row = "<br/>#9632; #91;1#93; plain #45;#45; plain, plain, gate"
    assert graph_mermaid.render(PLAIN).splitlines()[3:8] == [
        '  n1(["started by<br/>run 1: plain (and 1 alike)<br/>run 2: plain<br/>#33; plain"])',
        f'  n2["#91;1#93; #91;2#93; plain: plain<br/>plain<br/>plain{row}{row}"]',
        '  subgraph g3["plain"]',
        '    n3(["call of plain: plain<br/>plain<br/>plain"])',
        '    n4(["end of plain"])',
    ]


# -- SVG --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", NASTY)
def test_a_picture_is_xml_in_which_texts_are_only_texts(text: str) -> None:
    root = ET.fromstring(graph_svg.render(page(text)))
    assert shape(root) <= {f"{SVG}{name}" for name in ("svg", "title", "desc", "style", "rect", "g", "text", "path")}
    for element in root.iter():
        assert not any(name.startswith("on") or name.endswith("href") for name in element.attrib)


def test_the_elements_of_a_picture_do_not_depend_on_characters() -> None:
    shapes = {tuple(sorted(shape(ET.fromstring(graph_svg.render(page(text)))))) for text in NASTY}
    assert len(shapes) == 1


def shape(root: ET.Element) -> set[str]:
    return {element.tag for element in root.iter()}


def test_a_picture_needs_nothing_from_elsewhere() -> None:
    code = graph_svg.render(PLAIN).replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|url\(|@import|<script|<image|<use|<foreignObject|@font-face", code)


def test_a_picture_tells_screen_readers_what_it_shows() -> None:
    case = case_of("""\
        on: {push: {branches: [main]}}
        jobs:
          test: {runs-on: ubuntu-latest, steps: [{run: pytest}]}
          ship: {needs: test, runs-on: ubuntu-latest, steps: [{run: kubectl apply -f app.yml}]}
        """)
    root = ET.fromstring(graph_svg.render(draw(case.pipelines)))
    assert (root.attrib["role"], root.attrib["aria-labelledby"]) == ("img", "title desc")
    assert root.findtext(f"{SVG}title") == "The pipeline as the grader sees it: .github/workflows/ci.yml"
    assert root.findtext(f"{SVG}desc") == ".github/workflows/ci.yml. test. ship after test."


def test_boxes_stand_in_the_order_of_their_layers_and_do_not_overlap() -> None:
    boxes = [Box(f"n{number}", 100 + 10 * number, 40 + 20 * number) for number in range(6)]
    lines = [Line("n0", "n1"), Line("n0", "n2"), Line("n1", "n3"), Line("n2", "n3"), Line("n0", "n3"), Line("n3", "n4")]
    layout = lay_out(boxes, lines, {}, near=10, far=30)
    areas = layout.boxes
    assert all(areas[line.source].x + areas[line.source].width < areas[line.target].x for line in lines)
    for one in boxes:
        for other in boxes:
            a, b = areas[one.id], areas[other.id]
            assert one is other or a.x + a.width <= b.x or b.x + b.width <= a.x or a.y + a.height <= b.y or (
                b.y + b.height <= a.y
            )  # fmt: skip
    for line, curve in zip(lines, layout.curves, strict=True):
        assert curve[0][0] == pytest.approx(areas[line.source].x + areas[line.source].width, abs=1)
        assert curve[-1][0] == pytest.approx(areas[line.target].x, abs=1)


def test_groups_hold_their_boxes_also_inside_each_other() -> None:
    boxes = [Box("n1", 50, 50), Box("n2", 50, 50, "g1"), Box("n3", 50, 50, "g2")]
    layout = lay_out(boxes, [Line("n1", "n2"), Line("n2", "n3")], {"g1": "", "g2": "g1"}, near=10, far=30)
    inner, outer, box = layout.groups["g2"], layout.groups["g1"], layout.boxes["n3"]
    assert outer.x <= inner.x <= box.x
    assert box.x + box.width <= inner.x + inner.width <= outer.x + outer.width


def test_all_renderings_of_a_page_are_the_same_bytes_again() -> None:
    for renderer in (graph_terminal, graph_mermaid, graph_plain, graph_svg):
        assert renderer.render(page("again")) == renderer.render(page("again"))


def test_a_dense_pipeline_is_drawn_in_seconds() -> None:
    names = [f"n{number}" for number in range(1, 122)]
    nodes = tuple(Node(name, "unit" if at else "start", name, layer=at) for at, name in enumerate(names))
    links = tuple(Link(one, other, "must") for at, other in enumerate(names) for one in names[:at])
    started = time.monotonic()
    code = graph_svg.render(Page((Drawing("p", "", nodes=nodes, links=links),)))
    assert time.monotonic() - started < 30
    assert f"{len(links) - code.count('link must') + 1} lines are left out" in code


def test_without_the_library_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    with pytest.raises(ToolError, match=r"pip install 'gradeline\[graph\]'"):
        graph_svg.render(PLAIN)
