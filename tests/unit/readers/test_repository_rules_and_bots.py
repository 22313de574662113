"""Rules of branches and update bots, as their platforms write them."""

from __future__ import annotations

import pytest

from gradeline.model.repository import Repository
from gradeline.readers.repository import read_repository
from gradeline.readers.repository.hooks import kind_of, read_hooks
from gradeline.readers.repository.values import without_comments
from gradeline.source import SourceFile


def repository(files: dict[str, str]) -> Repository:
    return read_repository(tuple(sorted(files)), {path: SourceFile(path, text) for path, text in files.items()}.get)


RULESET = """[
  {"name": "a", "target": "branch", "enforcement": "active",
   "conditions": {"ref_name": {"include": ["refs/heads/release/**/*", "main"], "exclude": ["refs/heads/release/old"]}},
   "rules": [{"type": "merge_queue"}, {"type": "required_status_checks", "parameters": {
     "strict_required_status_checks_policy": false,
     "required_status_checks": [{"context": "x", "integration_id": 9}, {"context": "y"}]}}]},
  {"name": "tags", "target": "tag", "enforcement": "active", "rules": [{"type": "deletion"}]}
]
"""


def test_a_list_of_rulesets_is_read_and_rules_for_tags_are_none_for_branches() -> None:
    (rules,) = repository({".github/rulesets/all.json": RULESET}).rules
    assert rules.name == "a"
    assert [(check.name, check.elsewhere) for check in rules.checks] == [("x", True), ("y", False)]
    assert rules.up_to_date is not None
    assert rules.up_to_date.value is True  # a merge queue tests what will be merged
    holds = {branch: rules.holds_for(branch, "main") for branch in ("main", "release/1", "release/old", "release/a/b")}
    assert holds == {"main": False, "release/1": True, "release/old": False, "release/a/b": True}


@pytest.mark.parametrize(
    ("text", "branches"),
    [
        ('{"allow_force_pushes": false, "url": "https://x/branches/main/protection"}', ["main"]),
        ('{"branch": "main", "enforce_admins": true}', ["main"]),
        ('{"branches": [{"name": "main", "protection": {"required_status_checks": null}}]}', ["main"]),
        ('{"branches": {"main": {"enforce_admins": null}}}', ["main"]),
        ('{"required_pull_request_reviews": {}}', []),
    ],
)
def test_a_classic_protection_says_its_branch_in_many_ways(text: str, branches: list[str]) -> None:
    (rules,) = repository({".github/protection.json": text}).rules
    assert [one.raw for one in rules.branches] == branches
    assert rules.holds_for("main", "main")


def test_a_protection_forbids_forced_pushes_unless_it_allows_them() -> None:
    def forced(value: str) -> bool | int | str:
        text = f'{{"enforce_admins": true{value}}}'
        (rules,) = repository({".github/p.json": text}).rules
        assert rules.no_force_push is not None
        return rules.no_force_push.value

    assert forced("") is True
    assert forced(', "allow_force_pushes": null') is True
    assert forced(', "allow_force_pushes": {"enabled": false}') is True
    assert forced(', "allow_force_pushes": {"enabled": true}') is False


def test_broken_json_says_where_and_shows_what_it_can() -> None:
    text = '{"name": "m", "enforcement": "active", "rules": [\n  {"type": "deletion"},\n  {"type": "x",}\n]}\n'
    found = repository({".github/rulesets/main.json": text})
    (problem,) = found.diagnostics
    assert (problem.severity, problem.code) == ("error", "json-syntax")
    assert problem.span is not None
    assert (problem.span.line, problem.span.column) == (3, 16)
    (rules,) = found.rules
    assert rules.no_deletion is not None


def test_json_with_tabs_is_json() -> None:
    found = repository({".github/rulesets/main.json": '{\n\t"rules": [\t],\n\t"enforcement": "active"\n}\n'})
    assert found.diagnostics == ()


def test_comments_of_json5_keep_every_place() -> None:
    text = "{\n  // a \"quote\n  \"a\": \"//no\", /* b\n */ 'c': '\\'/*' }"
    clean = without_comments(text)
    assert len(clean) == len(text)
    assert clean == "{\n" + " " * 13 + "\n  \"a\": \"//no\",     \n    'c': '\\'/*' }"


@pytest.mark.parametrize(
    ("entry", "idle", "scheduled", "calm"),
    [
        ("schedule: {interval: weekly}, cooldown: {default-days: 3}", False, True, True),
        ("schedule: {interval: weekly}, cooldown: {default-days: 0}", False, True, False),
        ("schedule: {interval: often}, groups: {a: {patterns: ['*']}}", False, False, True),
        ("schedule: {interval: cron}", False, False, False),
        ("schedule: {interval: cron, cronjob: '0 5 * * 1'}", False, True, False),
        ("schedule: {interval: daily}, open-pull-requests-limit: 0", True, True, False),
        ("schedule: {interval: daily}, ignore: [{dependency-name: '*'}]", True, True, False),
        ("schedule: {interval: daily}, ignore: [{dependency-name: '*', update-types: [x]}]", False, True, False),
    ],
)
def test_what_dependabot_is_told(entry: str, idle: bool, scheduled: bool, calm: bool) -> None:
    text = f"version: 2\nupdates:\n  - {{package-ecosystem: pip, directory: /, {entry}}}\n"
    ((one,),) = (bot.updates for bot in repository({".github/dependabot.yml": text}).bots)
    assert (bool(one.idle), one.schedule is not None, one.calm is not None) == (idle, scheduled, calm)


def test_dependabot_refuses_a_file_of_another_version() -> None:
    text = "updates:\n  - {package-ecosystem: pip, directory: /, schedule: {interval: weekly}}\n"
    found = repository({".github/dependabot.yml": text})
    assert [(one.severity, one.code) for one in found.diagnostics] == [("error", "no-version")]
    assert found.bots[0].updates[0].idle == "the file does not say `version: 2`"


@pytest.mark.parametrize(
    ("text", "python"),
    [
        ('{"extends": ["config:recommended"]}', ("", False)),
        ('{"extends": ["group:allNonMajor"]}', ("", True)),
        ('{"minimumReleaseAge": "3 days"}', ("", True)),
        ('{"minimumReleaseAge": "0 days"}', ("", False)),
        ('{"enabled": false, "groupName": "all"}', ("it is switched off", True)),
        ('{"pep621": {"minimumReleaseAge": "2 days"}}', ("", True)),
        ('{"packageRules": [{"matchManagers": ["npm"], "groupName": "x"}]}', ("", False)),
        ('{"packageRules": [{"matchManagers": ["pep621"], "groupName": "x"}]}', ("", True)),
        ('{"enabledManagers": ["pep621"], "packageRules": [{"matchManagers": ["pep621"], "enabled": false}]}',
         ("a rule switches it off", False)),
    ],
)  # fmt: skip
def test_what_renovate_is_told(text: str, python: tuple[str, bool]) -> None:
    (bot,) = repository({"renovate.json": text}).bots
    (one,) = (item for item in bot.updates if item.kind == "python")
    assert (one.idle, one.calm is not None) == python


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("v6.0.0", "tag"), ("24.1.1", "tag"), ("release-1.2", "tag"), ("v6", "branch"), ("main", "branch"),
        ("stable", "branch"), ("", "none"), ("83d9cd6", "short-sha"),
        ("83d9cd684c87d95d656c1458ef04895a7f1cbd8e", "sha"),
        ("20250101", "branch"), ("feature.x", "branch"),
    ],
)  # fmt: skip
def test_how_firm_a_version_of_hooks_is(version: str, kind: str) -> None:
    assert kind_of(version) == kind


def test_hooks_are_units_with_the_places_of_their_entries() -> None:
    text = "repos:\n  - repo: local\n    hooks:\n      - {id: a, name: A b, entry: ruff check, language: system}\n"
    pipeline = read_hooks(".pre-commit-config.yaml", {".pre-commit-config.yaml": SourceFile("x", text)}.get)
    assert pipeline is not None
    assert pipeline.role == "hooks"
    (unit,) = pipeline.units
    (step,) = unit.steps
    assert (unit.id, unit.title, step.script and step.script.raw) == ("1:a", "A b", "ruff check .")
    assert step.script is not None
    assert step.script.span.line == 4
