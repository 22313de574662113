"""Merge keys: kept as written, found for platforms that refuse them, applied for those that do not."""

from __future__ import annotations

from gradeline.source import SourceFile
from gradeline.syntax.yaml import Mapping, merge_keys, merged_entries, parse


def read(text: str) -> Mapping:
    parsed = parse(SourceFile("ci.yml", text))
    assert parsed.diagnostics == ()
    assert isinstance(parsed.root, Mapping)
    return parsed.root


def merged(text: str, *, explicit_wins: bool = True) -> dict[str, str | None]:
    job = read(text).get("job")
    assert isinstance(job, Mapping)
    return {key.value: value.text for key, value in merged_entries(job, explicit_wins=explicit_wins)}


BASE = "base: &base {image: python, stage: test}\nother: &other {stage: build, tags: x}\n"


def test_a_merge_key_stays_an_entry():
    root = read(BASE + "job:\n  <<: *base\n  script: x\n")
    assert [key.value for key, _ in root.get("job").items()] == ["<<", "script"]


def test_merge_keys_are_found_wherever_they_are():
    root = read(BASE + 'job:\n  <<: *base\nlist:\n  - {<<: *other}\n"<<": text\n')
    assert [key.span.line for key in merge_keys(root)] == [4, 6]


def test_two_merge_keys_are_two_merges_and_not_a_repeated_key():
    assert merged(BASE + "job:\n  <<: *base\n  <<: *other\n")["tags"] == "x"


def test_an_explicit_key_beats_a_merged_one_wherever_the_merge_key_stands():
    above = BASE + "job:\n  stage: mine\n  <<: *base\n"
    below = BASE + "job:\n  <<: *base\n  stage: mine\n"
    assert merged(above) == merged(below) == {"image": "python", "stage": "mine"}


def test_for_gitlab_a_merge_overwrites_what_stands_above_it():
    above = BASE + "job:\n  stage: mine\n  <<: *base\n"
    below = BASE + "job:\n  <<: *base\n  stage: mine\n"
    assert merged(above, explicit_wins=False) == {"stage": "test", "image": "python"}
    assert merged(below, explicit_wins=False) == {"image": "python", "stage": "mine"}


def test_in_a_list_the_first_mapping_wins_for_both():
    text = BASE + "job:\n  <<: [*base, *other]\n"
    assert merged(text) == merged(text, explicit_wins=False) == {"image": "python", "stage": "test", "tags": "x"}


def test_merges_are_followed_through_other_merges():
    text = BASE + "middle: &middle\n  <<: *base\n  stage: lint\njob:\n  <<: *middle\n"
    assert merged(text) == {"image": "python", "stage": "lint"}


def test_merging_something_that_is_no_mapping_changes_nothing():
    assert merged("job:\n  <<: [1, text]\n  a: b\n") == {"a": "b"}
