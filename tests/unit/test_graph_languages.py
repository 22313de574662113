"""A drawing says nothing of its own but what is in the words.

The words of these tests are ours in capitals, and whatever a learner wrote is a number.  So a small letter in a
drawing is a word that no language could translate.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from html import unescape

import pytest
from support.build import facts_of
from support.capitals import CAPITALS

from gradeline.graph.build import draw
from gradeline.graph.drawing import Drawing, Finding, Gate, Group, Link, Node, Page, Row, RunKind, State
from gradeline.render import graph_mermaid, graph_plain, graph_svg, graph_terminal
from gradeline.words import Words, english, load

pictures = pytest.mark.skipif(importlib.util.find_spec("pygraphviz") is None, reason="pygraphviz is not installed")


GATES: tuple[Gate, ...] = ("gate", "lost", "unknown", "")
STATES: tuple[State, ...] = ("runs", "skipped", "absent", "depends", "never")


def page(words: Words) -> Page:
    """Every kind of box, line, sign, state and finding; 20 steps, of which some are left out."""
    rows = (*(Row("1", "2", ("3",), gate, ("4",), (1,), True) for gate in GATES), *(Row("5") for _ in range(16)))
    nodes = [Node("n1", "start", "0", findings=(1,), on_path=True), Node("n2", "unit", "6", "7", "8", 1, rows=rows)]
    nodes += [Node(f"n{number}", "unit", "9", layer=2, state=state, notes=("10",), findings=(2,))
              for number, state in enumerate(STATES, start=3)]  # fmt: skip
    nodes += [Node("n8", "call", "11", "12", "13", 3, group="g8"), Node("n9", "return", "11", layer=4, group="g8")]
    links = (
        Link("n1", "n2", "start", on_path=True), Link("n2", "n3", "must", "14"), Link("n2", "n4", "optional"),
        Link("n2", "n5", "waits", "15"), Link("n2", "n6", "files", "16"), Link("n8", "n9", "inside"),
        Link("n9", "n7", "must"), Link("n8", "n7", "waits"),
    )  # fmt: skip
    runs = (RunKind(1, ("17", "18", "19", "20", "21")), RunKind(2, ("22",)))
    some = Drawing("23", "24", runs, "", tuple(nodes), links, (Group("g8", "25"),), ("26",), 3)
    one = Drawing("27", "28", (), "29", (Node("n20", "start", "0"), Node("n21", "unit", "30", layer=1)),
                  (Link("n20", "n21", "start"),))  # fmt: skip
    none = Drawing("31", "32", nodes=(Node("n30", "start", "0", findings=(1,)),))
    findings = (
        Finding(1, "unmet", "33", "34", "35", ("36", "37"), "jobs"),
        Finding(2, "partial", "38", "39", "", (), "pipeline"),
        Finding(3, "cannot_tell", "40", "41", "42", (), "elsewhere"), Finding(4, "error", "43", "44"),
    )  # fmt: skip
    return Page((some, one, none), "45", "46", findings, words)


def labels(flowchart: str) -> str:
    title = re.search("accTitle: (.*)", flowchart)
    assert title is not None
    shown = " ".join([title[1], *re.findall(r'"([^"\n]*)"', flowchart.partition("flowchart")[2])])
    return shown.replace("<br/>", " ")


def texts(picture: str) -> str:
    return unescape(" ".join(re.findall(r">([^<>]+)<", picture.replace(re.findall(r"<style>[^<]*", picture)[0], ""))))


RENDERERS: list[tuple[str, Callable[[Page], str]]] = [
    ("terminal", graph_terminal.render),
    ("screen reader", graph_plain.render),
    ("mermaid", lambda page: labels(graph_mermaid.render(page))),
]


@pytest.mark.parametrize(("name", "shown"), RENDERERS, ids=[name for name, _ in RENDERERS])
def test_a_drawing_adds_no_word_that_is_not_translated(name: str, shown: Callable[[Page], str]) -> None:
    assert re.findall("[^\n]*[a-z][^\n]*", shown(page(CAPITALS))) == []
    assert len(re.findall("[a-z]{2,}", shown(page(english())))) > 60


@pictures
def test_a_picture_adds_no_word_that_is_not_translated() -> None:
    assert re.findall(r"[A-Z ]*[a-z]+[A-Z ]*", texts(graph_svg.render(page(CAPITALS)))) == []


WORKFLOW = """\
name: "1"
on:
  push: {branches: [main]}
  pull_request: {}
jobs:
  A:
    name: "2"
    runs-on: "3"
    permissions: {id-token: write}
    strategy: {matrix: {N: [4, 5]}}
    steps:
      - {name: "6", uses: actions/checkout@v4}
      - {name: "7", uses: actions/setup-python@v5, with: {python-version: "8", cache: pip}}
      - {name: "9", run: pytest, continue-on-error: true}
      - {name: "10", run: ruff check ., if: "1 == 1"}
      - {name: "11", uses: actions/upload-artifact@v4, with: {name: "12", path: "13"}}
      - {name: "14", uses: actions/cache/restore@v4, with: {path: "15", key: "16"}}
      - {name: "17", uses: actions/cache/save@v4, with: {path: "15", key: "16"}}
      - {name: "18", run: "echo 1", if: failure()}
      - {name: "19", run: "pytest --version"}
  B:
    name: "20"
    needs: A
    if: github.event_name == 'push'
    runs-on: "3"
    environment: "21"
    steps:
      - {name: "22", uses: actions/download-artifact@v4, with: {name: "12"}}
      - {name: "23", uses: actions/download-artifact@v4}
  C: {name: "24", needs: B, if: "1 == 2", runs-on: "3", steps: [{name: "25", run: "echo 1"}]}
  D: {name: "26", needs: C, runs-on: "3", steps: [{name: "27", run: "echo 1"}]}
  E: {name: "28", needs: A, if: failure(), runs-on: "3", steps: [{name: "29", run: "echo 1"}]}
  F:
    name: "30"
    needs: A
    runs-on: "3"
    if: vars.N == '1'
    strategy: {matrix: {N: "${{ fromJSON(vars.M) }}"}}
    steps: [{name: "31", run: "echo 1", continue-on-error: "${{ vars.N == '2' }}"}]
"""
# What readers, the rubric's vocabulary and the files themselves say.
NOT_OURS = re.compile(
    r"a push to main(?: that changes only documentation)?|"
    r"a pull request to main(?: that changes only documentation| from a fork)?|"
    r"\.github/\S+|"
    r"github\.event_name == 'push'|failure\(\)|vars\.N == '\d'|'[^']*'|\b(?:test|lint|pip|python)\b|"
    r"the values of the matrix variable `N` are computed at run time|`--version` only prints information|"
    r"vars\.N is '1'|(?<=CACHE: )files"
)


@pytest.mark.parametrize("event", ["", "push-main", "review"])
def test_what_is_known_of_jobs_and_steps_is_said_in_the_words_of_the_page(event: str) -> None:
    told = graph_terminal.render(draw([facts_of(WORKFLOW)], None, event, CAPITALS), columns=100)
    flat = " ".join(re.sub(r"\n *│ *", " ", told).split())
    assert re.findall(r"\S* ?\S*[a-z]\S*", NOT_OURS.sub("", flat)) == []


def test_a_pipeline_is_drawn_in_german() -> None:
    told = graph_terminal.render(draw([facts_of(WORKFLOW)], None, "", load("de")))
    assert told.startswith(".github/workflows/ci.yml: 1\n    ! Zeile 38 lässt sich nicht verfolgen: the values ")
    for line in (
        "\n    Auslöser:\n       1  a push to main; ebenso für a push to main that changes only\n",
        "    │  läuft 2-mal, je: N\n", "    │  · 6 -- holt die Dateien (Zeile 12)\n", "hebt Artefakt auf: 12",
        "── 1  beginnt sofort ─", "── 2  wartet auf 1 ─", "    │  nach A\n",
        "    │      läuft nur, wenn etwas gescheitert ist\n",
        "    │  in keinem dieser Läufe: die Bedingung ist falsch\n", "    │  Umgebung: 21\n", "Zeichen\n",
        "  □    eine Prüfung, deren Scheitern verloren geht: Der Lauf geht weiter und\n",
    ):  # fmt: skip
        assert line in told, line


def test_a_pipeline_that_nothing_starts_says_so_in_the_words_of_the_page() -> None:
    told = graph_plain.render(draw([facts_of("on: {}\njobs: {}\n")], None, "", CAPITALS))
    assert "NOTE: NO EVENT STARTS THIS PIPELINE." in told
    assert "NOTE: THERE IS NO JOB IN IT." in told
