"""CODEOWNERS as GitHub and GitLab read it, on the examples of their own documentation."""

from __future__ import annotations

import re

import pytest

from gradeline.model.repository import Owners, Repository
from gradeline.readers.repository import read_repository
from gradeline.source import SourceFile

# GitHub Docs, "About code owners", Example of a CODEOWNERS file.
GITHUB = """
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/*  docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/ @octocat
/apps/github
"""
# GitLab Docs, "Syntax of CODEOWNERS file", Sections and Exclusion patterns.
GITLAB = r"""
* @default-owner
README.md @doc-team @tech-lead
*.rb @ruby-owner
\#file_with_pound.rb @owner-file-with-pound
/docs/ @all-docs
/docs/* @root-docs
lib/ @lib-owner
path\ with\ spaces/ @space-owner

[Documentation]
ee/docs    @docs
docs       @docs

[Database][2] @database-team
model/db/
config/db/database-setup.md @docs-team

^[Optional] @anybody
*.md

[Configuration]
*.yml @config-team
!config/generated.yml
"""


def repository(files: dict[str, str]) -> Repository:
    return read_repository(tuple(sorted(files)), {path: SourceFile(path, text) for path, text in files.items()}.get)


def used(files: dict[str, str]) -> Owners:
    (one,) = repository(files).taken()
    return one


def names(owners: Owners, path: str) -> list[str]:
    return [owner.name for rule in owners.deciding(path) for owner in rule.owners]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("README.md", ["@global-owner1", "@global-owner2"]),
        ("src/web/app.js", ["@js-owner"]),
        ("main.go", ["docs@example.com"]),
        ("a/b/notes.txt", ["@octo-org/octocats"]),
        ("build/logs/x/y.log", ["@octocat"]),  # `**/logs` stands later
        ("other/build/logs/y.log", ["@octocat"]),
        ("docs/getting-started.md", ["@doctocat"]),  # `/docs/` stands later
        ("guide/docs/a.md", ["@global-owner1", "@global-owner2"]),  # `docs/*` is anchored by its slash
        ("lib/apps/x.c", ["@octocat"]),
        ("scripts/run.sh", ["@doctocat", "@octocat"]),
        ("deeply/nested/logs/a.log", ["@octocat"]),
        ("apps/x/y.c", ["@octocat"]),
        ("apps/github", []),
        ("apps/github/z.c", []),
    ],
)
def test_the_last_matching_line_of_github_decides(path: str, wanted: list[str]) -> None:
    assert names(used({".github/CODEOWNERS": GITHUB}), path) == wanted


def test_a_star_behind_a_folder_takes_only_the_files_right_in_it_on_github() -> None:
    owners = used({".github/CODEOWNERS": "docs/* @ana\n/src/ @bo\n/infra @cy\n"})
    assert names(owners, "docs/a.md") == ["@ana"]
    assert names(owners, "docs/build-app/troubleshooting.md") == []
    assert names(owners, "src/deep/er/a.py") == ["@bo"]
    assert names(owners, "infra/deep/a.tf") == ["@cy"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("* @", "neither a user"),
        ("!docs/ @ana", "takes nothing back"),
        ("*.[ch] @ana", r"no `\[ \]`"),
        ("/src/ ana", "neither a user"),
        ("/src/ @kestrel/", "neither a user"),
    ],
)
def test_github_passes_over_a_line_that_breaks_the_notation(line: str, why: str) -> None:
    found = repository({".github/CODEOWNERS": f"* @ana\n{line}\n"})
    (owners,) = found.taken()
    assert names(owners, "src/a.py") == ["@ana"]
    (problem,) = found.diagnostics
    assert (problem.severity, problem.code, problem.span and problem.span.line) == ("warning", "skipped-line", 2)
    assert re.search(why, problem.message)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("src/a.c", ["@default-owner"]),
        ("deep/README.md", ["@doc-team", "@tech-lead", "@anybody"]),
        ("a/b.rb", ["@ruby-owner"]),
        ("x/#file_with_pound.rb", ["@owner-file-with-pound"]),
        ("docs/index.html", ["@root-docs"]),
        ("docs/deep/index.html", ["@all-docs"]),
        ("a/lib/b/c.c", ["@lib-owner"]),
        ("a/path with spaces/x", ["@space-owner"]),
        ("docs", ["@default-owner", "@docs"]),  # without a slash at its end a path is one file
        ("model/db/a.sql", ["@default-owner", "@database-team"]),
        ("config/db/database-setup.md", ["@default-owner", "@docs-team", "@anybody"]),
        ("config/ci.yml", ["@default-owner", "@config-team"]),
        ("config/generated.yml", ["@default-owner"]),
    ],
)
def test_each_section_of_gitlab_has_a_last_line_of_its_own(path: str, wanted: list[str]) -> None:
    assert names(used({".gitlab/CODEOWNERS": GITLAB}), path) == wanted


def test_an_optional_section_and_an_exclusion_are_known_as_such() -> None:
    owners = used({".gitlab/CODEOWNERS": GITLAB})
    assert [rule.optional for rule in owners.deciding("a.md")] == [False, True]
    assert [rule.excluded for rule in owners.deciding("config/generated.yml")] == [False, True]


def test_the_first_place_counts_and_the_others_are_reported() -> None:
    found = repository({"CODEOWNERS": "* @root\n", ".github/CODEOWNERS": "* @ana\n", "docs/CODEOWNERS": "* @docs\n"})
    assert [one.path for one in found.taken()] == [".github/CODEOWNERS"]
    assert [(one.code, one.path) for one in found.diagnostics] == [
        ("unused-owners", "CODEOWNERS"),
        ("unused-owners", "docs/CODEOWNERS"),
    ]


def test_the_file_in_the_root_is_of_the_platform_whose_other_files_are_there() -> None:
    text = "/src @ana\n"
    assert names(used({"CODEOWNERS": text, ".github/workflows/ci.yml": ""}), "src/a.py") == ["@ana"]
    assert names(used({"CODEOWNERS": text, ".gitlab-ci.yml": ""}), "src/a.py") == []
