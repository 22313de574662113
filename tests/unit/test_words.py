"""Texts as data: every language says the same things, and no grade depends on one."""

from __future__ import annotations

import json
import re
import string
from pathlib import Path

import pytest

from gradeline.words import Told, english, languages, load, phrase

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "graders" / "gradeline" / "words"
TEXTS = {one: json.loads((FOLDER / f"{one}.json").read_text(encoding="utf-8")) for one in languages()}
SOURCES = [*(ROOT / "graders").rglob("*.py"), *(ROOT / "cli").rglob("*.py"), *(ROOT / "graders").rglob("*.j2")]
# Names that are put together: the part before the blank.
FAMILIES = (
    "about.", "book.said.", "book.standing.", "click.", "command.", "doctor.extra.", "doctor.state.",
    "drawn.after.", "drawn.cache.",
    "drawn.gate.", "drawn.link.", "drawn.login.", "drawn.plain.after.", "drawn.plain.gate.", "drawn.scope.",
    "drawn.short.", "drawn.sign.", "drawn.state.", "drawn.why.", "level.", "list.head.", "metavar.", "page.reason.",
    "page.standing.", "report.step.",
    "severity.", "since.", "status.", "watch.why.",
)  # fmt: skip
# Programs, options and words that people type are the same in every language.
TYPED = re.compile(r"`(?:grade|cd|pip) ?[^`]*`|--[a-z]+|GRADE_[A-Z]+|[a-z0-9]+\.[a-z]+\b(?=[^`]*`)")
PLACEHOLDER = re.compile(r"\b[A-Z]{2,}\b")


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_there_is_english_and_german() -> None:
    assert languages() == ("de", "en")


@pytest.mark.parametrize("language", sorted(set(TEXTS) - {"en"}))
def test_a_language_has_all_names_and_the_same_blanks(language: str) -> None:
    assert set(TEXTS[language]) == set(TEXTS["en"])
    for key, text in TEXTS["en"].items():
        assert blanks(TEXTS[language][key]) == blanks(text), key
        assert text, key


@pytest.mark.parametrize("language", sorted(set(TEXTS) - {"en"}))
def test_a_language_names_the_same_commands(language: str) -> None:
    for key, text in TEXTS["en"].items():
        wanted = [PLACEHOLDER.sub(lambda one: TEXTS[language].get(f"metavar.{one[0].lower()}", one[0]), typed)
                  for typed in TYPED.findall(text)]  # fmt: skip
        assert sorted(TYPED.findall(TEXTS[language][key])) == sorted(wanted), key


def test_every_text_is_used_and_no_name_is_missing() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    named = set(re.findall(r"""["']([a-z]+(?:\.[a-z_]+)+)["']""", code))
    for key in TEXTS["en"]:
        stem = key.removesuffix(".one").removesuffix(".many")
        assert key in named or stem in named or stem in ("points", "attempts", "hints") or key.startswith(FAMILIES), key
    called = set(re.findall(r"""\b(?:words|phrase|Told|Error|t|many)\(\s*"([a-z_]+\.[a-z_.]+)\"""", code))
    missing = {name for name in called if not {name, f"{name}.one"} & set(TEXTS["en"]) and not name.endswith(".")}
    assert missing == set()


def test_a_text_says_its_values_and_the_texts_in_them() -> None:
    problem = Told("folder.sentences", sentences=(phrase("folder.nothing", id="{x}"), phrase("folder.name_yours")))
    assert str(problem) == "No submission for {x} was found in this folder. Name the folder with your work."
    said = load("de").say(problem.phrase)
    assert said == "In diesem Ordner ist keine Abgabe für {x}. Nenne den Ordner mit deiner Arbeit."


def test_one_and_many_are_told_apart_by_what_is_shown() -> None:
    words = english()
    assert [words.count("points", number) for number in (1, "1", 2, "0.5", 0)] == [
        "1 point", "1 point", "2 points", "0.5 points", "0 points"]  # fmt: skip


def test_our_own_letters_have_plain_spellings_and_values_are_left_alone() -> None:
    words = load("de", ascii_only=True)
    said = words("report.done.best", title="Prüfung", points="1")
    assert said == 'Gut gemacht: "Prüfung" ist erfuellt, das bringt 1.'
    for text in TEXTS["de"]:
        assert words(text).isascii() or text.startswith("page."), text  # pages show all letters


@pytest.mark.parametrize("name", ["DE", "de_AT", "de-CH", " de "])
def test_a_region_gets_its_language(name: str) -> None:
    assert load(name).language == "de"


@pytest.mark.parametrize("name", ["xx", "../de", "de/../en", "", "C", "de.json"])
def test_an_unknown_language_names_the_known_ones(name: str) -> None:
    with pytest.raises(Told, match="Known languages: de, en"):
        load(name)


# --- briefs ---------------------------------------------------------------------------------------

BRIEFS = sorted((ROOT / "exercises").glob("*/README.??.md"))
POINTS = re.compile(r"(?m)^\| (\d+) \|")
LINK = re.compile(r"\]\(([^)]+)\)")


def test_the_briefs_of_01_and_12_are_there_in_german() -> None:
    assert [path.parent.name[:11] for path in BRIEFS] == ["exercise-01", "exercise-12"]


@pytest.mark.parametrize("brief", BRIEFS, ids=lambda path: f"{path.parent.name[:11]}-{path.suffixes[0][1:]}")
def test_a_translated_brief_promises_what_the_english_one_does(brief: Path) -> None:
    ours, english_one = brief.read_text(encoding="utf-8"), (brief.parent / "README.md").read_text(encoding="utf-8")
    assert POINTS.findall(ours) == POINTS.findall(english_one)
    assert sum(map(int, POINTS.findall(ours))) == 100
    assert LINK.findall(ours) == LINK.findall(english_one)
    assert len(re.findall(r"(?m)^#+ ", ours)) == len(re.findall(r"(?m)^#+ ", english_one))
    assert sorted(set(re.findall(r"`[^`\n]+`", english_one)) - set(re.findall(r"`[^`\n]+`", ours))) == []
