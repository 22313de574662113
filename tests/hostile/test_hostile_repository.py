"""Broken, huge and hostile files about the repository: an answer always comes back, in bounded time."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradeline.checks import registry
from gradeline.facts.case import build_case
from gradeline.model.git_patterns import matches_part, matches_path
from gradeline.readers import load
from gradeline.source import SourceFile

SECONDS = 20  # of work; each takes a fraction of it
FILES = (
    ".gitignore", ".gitattributes", ".dvcignore", ".github/CODEOWNERS", ".gitlab/CODEOWNERS", ".github/rulesets/a.json",
    ".github/settings.yml", ".github/dependabot.yml", "renovate.json5", ".pre-commit-config.yaml", ".dvc/config",
    "data/x.dvc",
)  # fmt: skip
QUESTIONS = [
    *(("review-control", {"of": of}) for of in ("review", "status-checks", "history", "updates")),
    ("review-control", {"of": "owners", "paths": ["src", "data|x"]}),
    ("ignore", {"of": "git", "out": ["data", "**/*.pkl"], "keep": ["dvc.lock"]}),
    ("ignore", {"of": "data", "out": ["tmp"]}),
    ("ignore", {"of": "large-files", "out": ["**/*.pkl", "models"]}),
    ("scan", {"kind": "secret", "pipelines": [".pre-commit-config.yaml"]}),
    ("pinned", {"kind": "hook"}),
    ("data-versioned", {"remote": True}),
    ("data-versioned", {"paths": ["data/x"], "folder": "data"}),
]


class Files:
    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts
        self.paths = tuple(sorted(texts))

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.texts[path]) if path in self.texts else None


def answered(texts: dict[str, str]) -> None:
    start = time.process_time()
    case = build_case(*load(Files(texts)), {})
    for check, params in QUESTIONS:
        verdict = registry.run(check, case, params)
        assert verdict.status in ("met", "unmet", "partial", "cannot_tell")
        assert verdict.message.endswith(".")
    assert isinstance(case.project.diagnostics, tuple)
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".gitignore", "*a" * 400 + "\n" + "[" * 900 + "\n" + "**/" * 300 + "x\n" + "\\" * 999 + "\n"),
        (".gitignore", "\n".join(f"!{'*' * (n % 50)}x{n}/**/y" for n in range(20_000))),
        (".gitattributes", '"' + "\\" * 2_000 + "\n" + "[attr]a a\n[attr]b c\n[attr]c b\n* b\n"),
        (".gitattributes", "\n".join(f"[attr]m{n} m{n + 1} m{n + 2}" for n in range(400)) + "\n* m0 m1\n"),
        (".gitattributes", "* filter=lfs\n" * 5_000),
        (".github/CODEOWNERS", "**/**/**/** @a\n" * 3_000 + "* @" + "a/" * 3_000),
        (".gitlab/CODEOWNERS", "[" * 4_000 + "]" * 4_000 + "\n^[x][99999] @a\n!\n"),
        (".github/rulesets/a.json", "[" * 5_000),
        (".github/rulesets/a.json", '{"rules": [' + '{"type": "deletion"},' * 5_000 + '], "enforcement": 1e999}'),
        (
            ".github/rulesets/a.json",
            '{"rules": {"a": {"rules": {"b": 1}}}, "conditions": {"ref_name": 3}}',
        ),
        (".github/rulesets/a.json", "9" * 5_000),
        (".github/settings.yml", "a: &a [*a]\nbranches: *a\n"),
        (".github/dependabot.yml", "version: 2\nupdates: " + "[" * 300),
        (".github/dependabot.yml", "version: 2\nupdates: {a: 1}\nmulti-ecosystem-groups: 3\n"),
        ("renovate.json5", "/*" * 5_000),
        ("renovate.json5", "{a: '" + "\\" * 5_001),
        (".pre-commit-config.yaml", "repos:\n" + "  - {repo: local, hooks: [{id: a, entry: 'x y'}]}\n" * 1_500),
        (".pre-commit-config.yaml", "repos: [{repo: 3, rev: [], hooks: {id: a}}, 7, {hooks: [1, {id: {}}]}]\n"),
        (".dvc/config", "['remote \"a\"']\nurl = remote://b\n['remote \"b\"']\nurl = remote://a\n[core]\nremote = a\n"),
        ("data/x.dvc", "outs: [{path: ../../../etc/passwd, md5: x}, {md5: [1]}, 3]\n"),
    ],
)
def test_a_hostile_file_is_answered(path: str, text: str) -> None:
    answered({path: text, "src/a.py": "", "data/x": ""})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(FILES),
        st.text(alphabet="*!/\\[]{}()#@:=\"'-,. \n\t?ab~^$repohkilutsyd0129", max_size=300),
        min_size=1,
        max_size=4,
    )
)
def test_any_text_is_answered(texts: dict[str, str]) -> None:
    answered(texts)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="*?[]!^-\\ab:/", max_size=60), st.text(alphabet="ab/", max_size=60))
def test_a_pattern_is_matched_in_time_linear_in_the_path(pattern: str, path: str) -> None:
    start = time.process_time()
    assert matches_path(pattern, path) in (True, False)
    assert matches_part(pattern, path) in (True, False)
    assert time.process_time() - start < 4


def test_a_circle_of_remotes_reaches_nobody() -> None:
    text = "['remote \"a\"']\nurl = remote://b\n['remote \"b\"']\nurl = remote://a\n[core]\nremote = a\n"
    case = build_case(*load(Files({".dvc/config": text})), {})
    assert registry.run("data-versioned", case, {"remote": True}).status == "unmet"
