"""What known actions do: caches, artifacts, checkouts, toolchains, logins, filters, aggregators."""

from __future__ import annotations

from typing import TypeVar

import pytest

from gradeline.model.effects import (
    ArtifactGet,
    ArtifactPut,
    CacheUse,
    Checkout,
    Effect,
    FailsUnless,
    Login,
    PathFilter,
    Toolchain,
)
from gradeline.model.expression import Constant, Operation, UnitResult, Unresolved, walk
from gradeline.model.pipeline import Pipeline
from gradeline.model.text import Text
from gradeline.readers.github import catalogue, read_workflow
from gradeline.readers.github.effects import _BUILDERS, cache_subject
from gradeline.source import SourceFile, Span

PATH = ".github/workflows/ci.yml"
AWS = "aws-actions/configure-aws-credentials@v5"
One = TypeVar("One", bound=Effect)


def read(uses: str, inputs: str = "", runs_on: str = "ubuntu-latest", files: dict[str, str] | None = None) -> Pipeline:
    text = (
        "on: push\njobs:\n  b: {runs-on: ubuntu-latest, steps: [{run: make}]}\n"
        "  c: {runs-on: ubuntu-latest, steps: [{run: make}]}\n"
        f"  a:\n    needs: [b, c]\n    runs-on: {runs_on}\n    steps:\n      - uses: {uses}\n        with:\n{inputs}"
    )
    known = {PATH: text, **(files or {})}
    return read_workflow(PATH, lambda path: SourceFile(path, known[path]) if path in known else None)


def effects(uses: str, inputs: str = "", runs_on: str = "ubuntu-latest") -> tuple[Effect, ...]:
    return read(uses, inputs, runs_on).units[2].steps[0].effects


def only(kind: type[One], uses: str, inputs: str = "", runs_on: str = "ubuntu-latest") -> One:
    (found,) = [item for item in effects(uses, inputs, runs_on) if isinstance(item, kind)]
    return found


def none(kind: type[Effect], uses: str, inputs: str = "", runs_on: str = "ubuntu-latest") -> bool:
    return not any(isinstance(item, kind) for item in effects(uses, inputs, runs_on))


def given(**inputs: str) -> str:
    return "".join(f"          {name.replace('_', '-')}: {value}\n" for name, value in inputs.items())


def raws(texts: tuple[Text, ...] | None) -> list[str]:
    return [text.raw for text in texts or ()]


# -- the catalogue ---------------------------------------------------------------------------------


def test_every_entry_has_a_source_and_known_effects() -> None:
    for name, entry in catalogue.entries().items():
        assert entry["source"], name
        assert set(entry) <= {"source", "removed", "effects"}, name
        for rule in entry.get("removed", ()):
            assert set(rule) <= {"from", "before", "why", "source"}, name
            assert all(rule[key] for key in ("before", "why", "source")), name
        for effect in entry.get("effects", ()):
            assert effect["kind"] in _BUILDERS, name


@pytest.mark.parametrize(
    ("version", "bound", "expected"),
    [
        ("v3", "v4", True),
        ("v4", "v4", False),
        ("v4", "v4.2.0", False),
        ("v4.1", "v4.2.0", True),
        ("v4.2", "v4.2.0", False),
        ("4.1.9", "v4.2.0", True),
        ("main", "v4", False),
        ("", "v4", False),
        ("v4beta", "v4", False),
    ],
)
def test_floating_versions_count_as_the_newest_of_their_kind(version: str, bound: str, expected: bool) -> None:
    assert catalogue.is_before(version, bound) is expected


@pytest.mark.parametrize(
    ("uses", "gone"),
    [
        ("actions/upload-artifact@v3", True),
        ("actions/upload-artifact@v3.1.2", True),
        ("actions/upload-artifact@v4", False),
        ("actions/download-artifact@v2", True),
        ("actions/cache@v2", True),
        ("actions/cache@v3", False),
        ("actions/cache@v3.3.2", True),
        ("actions/cache@v4.1.0", True),
        ("actions/cache/restore@v4", False),
        ("Actions/Cache@v1", True),
        ("github/codeql-action/init@v2", True),
        ("github/codeql-action/init@v3", False),
        ("actions/checkout@v2", False),
        ("actions/upload-artifact@" + "a" * 40 + " # v3.1.0", True),
        ("actions/upload-artifact@" + "a" * 40 + " # v4.6.2", False),
        ("actions/upload-artifact@" + "a" * 40, False),
        ("actions/upload-artifact@main", False),
    ],
)
def test_versions_that_github_no_longer_runs(uses: str, gone: bool) -> None:
    """actions/cache, README; GitHub Changelog 2024-02-13, 2024-04-16, 2025-01-10."""
    use = read(uses).units[2].steps[0].use
    assert use is not None
    assert bool(use.removed) is gone


# -- checkout --------------------------------------------------------------------------------------


def test_a_plain_checkout() -> None:
    found = only(Checkout, "actions/checkout@v7")
    assert (found.ref, found.repository, found.keeps_credentials) == (None, None, True)
    assert (found.allows_untrusted, found.unreviewed) == (False, False)
    assert found.span == Span(PATH, 9, 15, 9, 34)


def test_a_checkout_without_credentials_and_of_something_else() -> None:
    found = only(Checkout, "actions/checkout@v7", given(persist_credentials="false", ref="v1", repository="a/b"))
    assert not found.keeps_credentials
    assert found.ref is not None
    assert found.repository is not None
    assert (found.ref.raw, found.repository.raw, found.unreviewed) == ("v1", "a/b", False)


def test_the_opt_out_of_the_refusal_of_fork_code() -> None:
    """actions/checkout v7, README: allow-unsafe-pr-checkout."""
    assert only(Checkout, "actions/checkout@v7", given(allow_unsafe_pr_checkout="true")).allows_untrusted


@pytest.mark.parametrize(
    ("ref", "unreviewed"),
    [
        ("${{ github.event.pull_request.head.sha }}", True),
        ("${{ github.head_ref }}", True),
        ("refs/pull/${{ github.event.number }}/merge", True),
        ("pull/1/head", True),
        ("${{ github.event.workflow_run.head_sha }}", True),
        ("${{ github.event.pull_request.base.sha }}", False),
        ("${{ github.sha }}", False),
        ("main", False),
    ],
)
def test_a_checkout_of_a_proposed_change_is_unreviewed(ref: str, unreviewed: bool) -> None:
    """GitHub Security Lab, "Preventing pwn requests"."""
    assert only(Checkout, "actions/checkout@v7", given(ref=ref)).unreviewed is unreviewed


def test_a_checkout_of_the_repository_of_a_pull_request_is_unreviewed() -> None:
    repository = "${{ github.event.pull_request.head.repo.full_name }}"
    assert only(Checkout, "actions/checkout@v7", given(repository=repository)).unreviewed


# -- caches ----------------------------------------------------------------------------------------


def test_a_cache_with_its_own_key() -> None:
    inputs = (
        "          path: |\n            ~/.cache/pip\n            .venv\n"
        "          key: ${{ runner.os }}-${{ hashFiles('requirements.txt') }}\n"
        "          restore-keys: |\n            a-\n            b-\n"
    )
    found = only(CacheUse, "actions/cache@v5", inputs)
    assert (found.subject, found.mode, found.removed) == ("pip", "both", "")
    assert found.key is not None
    assert found.key.raw.startswith("${{ runner.os }}-")
    assert raws(found.paths) == ["~/.cache/pip", ".venv"]
    assert raws(found.restore_keys) == ["a-", "b-"]
    assert found.restore_keys[1].span == Span(PATH, 17, 13, 17, 15)
    assert only(CacheUse, "actions/cache/restore@v5", inputs).mode == "restore"
    assert only(CacheUse, "actions/cache/save@v5", inputs).mode == "save"
    assert "cache service" in only(CacheUse, "actions/cache@v2", inputs).removed


@pytest.mark.parametrize(
    ("path", "subject"),
    [
        ("~/.cache/uv", "uv"),
        ("/tmp/.uv-cache", "uv"),
        ("~/.cache/pypoetry", "poetry"),
        (".dvc/cache", "dvc"),
        (".venv", "venv"),
        ("~/.cache/pre-commit", "pre-commit"),
        ("~/.npm", "npm"),
        ("/tmp/.buildx-cache", "docker"),
        ("models", "files"),
        ("targets.csv", "files"),
        ("pipelines", "files"),
    ],
)
def test_the_subject_of_a_cache_follows_from_its_paths(path: str, subject: str) -> None:
    assert cache_subject((Text(path, Span(PATH, 1)),)) == subject


def test_setup_python_caches_only_when_asked() -> None:
    """actions/setup-python, action.yml; src/cache-distributions for keys and default files."""
    assert none(CacheUse, "actions/setup-python@v6")
    found = only(CacheUse, "actions/setup-python@v6", given(cache="pip"))
    assert (found.subject, found.key, found.key_files) == ("pip", None, None)
    assert found.covers == {"os", "toolchain", "lock"}
    assert found.default_files == ("**/requirements.txt", "**/pyproject.toml")
    poetry = only(CacheUse, "actions/setup-python@v6", given(cache="poetry", cache_dependency_path="a/poetry.lock"))
    assert (poetry.subject, poetry.default_files) == ("poetry", ("**/poetry.lock",))
    assert raws(poetry.key_files) == ["a/poetry.lock"]


def test_a_computed_cache_setting_cannot_be_seen() -> None:
    step = read("actions/setup-python@v6", given(cache="${{ vars.CACHE }}")).units[2].steps[0]
    assert step.opaque is not None
    assert none(CacheUse, "actions/setup-python@v6", given(cache="${{ vars.CACHE }}"))


def test_setup_uv_caches_by_itself_since_v5_on_githubs_machines() -> None:
    """astral-sh/setup-uv, action.yml: enable-cache is `auto`; README of v4: off."""
    found = only(CacheUse, "astral-sh/setup-uv@v7")
    assert (found.subject, found.mode) == ("uv", "both")
    assert found.covers == {"os", "toolchain", "lock"}
    assert "**/uv.lock" in found.default_files
    assert none(CacheUse, "astral-sh/setup-uv@v7", runs_on="self-hosted")
    assert none(CacheUse, "astral-sh/setup-uv@v4")
    assert none(CacheUse, "astral-sh/setup-uv@" + "a" * 40 + " # v3.2.1")
    assert none(CacheUse, "astral-sh/setup-uv@v7", given(enable_cache="false"))
    own = given(enable_cache="true", cache_dependency_glob="uv.lock", save_cache="false")
    asked = only(CacheUse, "astral-sh/setup-uv@v4", own, "self-hosted")
    assert (asked.mode, raws(asked.key_files)) == ("restore", ["uv.lock"])


def test_other_languages_caches() -> None:
    node = only(CacheUse, "actions/setup-node@v6", given(cache="npm"))
    assert node.subject == "npm"
    assert node.covers == {"os", "lock"}
    assert only(CacheUse, "actions/setup-go@v6").subject == "go"
    assert none(CacheUse, "actions/setup-go@v3")
    assert none(CacheUse, "actions/setup-go@v6", given(cache="false"))
    assert only(CacheUse, "actions/setup-java@v5", given(cache="maven")).subject == "maven"
    assert only(CacheUse, "prefix-dev/setup-pixi@v0.9.0", given(cache_write="false")).mode == "restore"
    assert effects("snok/install-poetry@v1") == ()


def test_image_layers_are_cached_when_asked() -> None:
    gha = {"cache_from": "type=gha", "cache_to": "'type=gha,mode=max'"}
    assert only(CacheUse, "docker/build-push-action@v6", given(**gha)).mode == "both"
    assert only(CacheUse, "docker/build-push-action@v6", given(cache_from="type=gha")).mode == "restore"
    assert none(CacheUse, "docker/build-push-action@v6", given(push="true"))
    assert only(CacheUse, "docker/bake-action@v6", given(set="'*.cache-to=type=gha'")).mode == "save"


# -- artifacts -------------------------------------------------------------------------------------


def test_artifacts_that_are_handed_over() -> None:
    put = only(ArtifactPut, "actions/upload-artifact@v6", given(path="dist/"))
    assert (put.name.raw, raws(put.paths), put.retention_days, put.overwrite) == ("artifact", ["dist/"], None, False)
    named = given(name="'wheel-${{ matrix.py }}'", path="dist/", retention_days="5", overwrite="true")
    full = only(ArtifactPut, "actions/upload-artifact@v6", named)
    assert full.name.holes
    assert full.retention_days is not None
    assert (full.retention_days.raw, full.overwrite, full.removed) == ("5", True, "")
    assert "v3" in only(ArtifactPut, "actions/upload-artifact@v3", given(path="dist/")).removed


def test_an_artifact_that_is_not_packed_has_the_name_of_its_file() -> None:
    """actions/upload-artifact, action.yml, archive."""
    found = only(ArtifactPut, "actions/upload-artifact@v7", given(path="dist/app.whl", archive="false", name="x"))
    assert found.name.raw == "app.whl"


def test_artifacts_that_are_fetched() -> None:
    every = only(ArtifactGet, "actions/download-artifact@v6")
    assert (every.name, every.pattern, every.path) == (None, None, None)
    one = only(ArtifactGet, "actions/download-artifact@v6", given(name="wheel", pattern="x*", path="in"))
    assert one.name is not None
    assert one.path is not None
    assert (one.name.raw, one.pattern, one.path.raw) == ("wheel", None, "in")
    several = only(ArtifactGet, "actions/download-artifact@v6", given(pattern="'wheel-*'", merge_multiple="true"))
    assert several.pattern is not None
    assert several.pattern.raw == "wheel-*"


# -- toolchains ------------------------------------------------------------------------------------


def test_python_versions_are_given_or_read_from_a_file() -> None:
    """actions/setup-python, action.yml: "Reads from .python-version if unset"."""
    literal = only(Toolchain, "actions/setup-python@v6", given(python_version="'3.12'"))
    assert (literal.language, raws(literal.versions), literal.version_file) == ("python", ["3.12"], None)
    several = "          python-version: |\n            3.11\n            3.12\n"
    assert raws(only(Toolchain, "actions/setup-python@v6", several).versions) == ["3.11", "3.12"]
    file = only(Toolchain, "actions/setup-python@v6", given(python_version_file="pyproject.toml"))
    assert file.version_file is not None
    assert (file.versions, file.version_file.raw) == ((), "pyproject.toml")
    unset = only(Toolchain, "actions/setup-python@v6")
    assert unset.version_file is not None
    assert unset.version_file.raw == ".python-version"


def test_setup_uv_sets_python_only_when_asked() -> None:
    assert [item.language for item in effects("astral-sh/setup-uv@v7") if isinstance(item, Toolchain)] == ["uv"]
    found = effects("astral-sh/setup-uv@v7", given(python_version="'3.12'", version="0.9.0"))
    assert [(item.language, raws(item.versions)) for item in found if isinstance(item, Toolchain)] == [
        ("uv", ["0.9.0"]),
        ("python", ["3.12"]),
    ]


def test_terraform_versions() -> None:
    found = only(Toolchain, "hashicorp/setup-terraform@v3", "          terraform_version: 1.14.0\n")
    assert (found.language, raws(found.versions)) == ("terraform", ["1.14.0"])
    assert none(Login, "hashicorp/setup-terraform@v3")


# -- logins ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uses", "inputs", "federated", "static"),
    [
        (AWS, "role-to-assume: arn:x", True, 0),
        (AWS, "role-to-assume: arn:x, role-chaining: true", False, 0),
        (AWS, "aws-access-key-id: A, aws-secret-access-key: '${{ secrets.K }}'", False, 2),
        (AWS, "role-to-assume: x, aws-access-key-id: '${{ secrets.K }}'", True, 1),
        ("google-github-actions/auth@v3", "workload_identity_provider: x", True, 0),
        ("google-github-actions/auth@v3", "credentials_json: '${{ secrets.GCP }}'", False, 1),
        ("azure/login@v2", "client-id: a, tenant-id: b, subscription-id: c", True, 0),
        ("azure/login@v2", "creds: '${{ secrets.AZURE }}'", False, 1),
        ("hashicorp/vault-action@v3", "method: jwt, role: r", True, 0),
        ("hashicorp/vault-action@v3", "token: '${{ secrets.VAULT }}'", False, 1),
        ("pypa/gh-action-pypi-publish@release/v1", "packages-dir: dist", True, 0),
        ("pypa/gh-action-pypi-publish@release/v1", "password: '${{ secrets.PYPI }}'", False, 1),
    ],
)  # fmt: skip
def test_logins_are_federated_or_use_lasting_credentials(uses: str, inputs: str, federated: bool, static: int) -> None:
    lines = "".join(f"          {item.strip()}\n" for item in inputs.split(", "))
    found = only(Login, uses, lines)
    assert (found.federated, len(found.static)) == (federated, static)


def test_registry_logins_name_their_registry() -> None:
    hub = only(Login, "docker/login-action@v3", given(username="u", password="${{ secrets.HUB }}"))
    assert (hub.kind, hub.provider, raws(hub.static)) == ("registry", "docker.io", ["${{ secrets.HUB }}"])
    own = only(Login, "docker/login-action@v3", given(registry="ghcr.io", password="${{ secrets.GITHUB_TOKEN }}"))
    assert (own.provider, own.static) == ("ghcr.io", ())


def test_a_literal_password_is_a_lasting_credential() -> None:
    assert raws(only(Login, "docker/login-action@v3", given(password="hunter2")).static) == ["hunter2"]


# -- changed files ---------------------------------------------------------------------------------


def filters(yaml: str, more: str = "", files: dict[str, str] | None = None) -> dict[str, tuple[str, ...] | None]:
    lines = "".join(f"            {line}\n" for line in yaml.splitlines())
    pipeline = read("dorny/paths-filter@v3", f"          filters: |\n{lines}{more}", files=files)
    (found,) = pipeline.units[2].steps[0].effects
    assert isinstance(found, PathFilter)
    return dict(found.outputs)


def test_path_filters_become_outputs_with_patterns() -> None:
    assert filters("src:\n  - 'src/**'\n  - pyproject.toml\ndocs: '**/*.md'") == {
        "src": ("src/**", "pyproject.toml"),
        "docs": ("**/*.md",),
    }


def test_anchors_braces_and_kinds_of_change_in_path_filters() -> None:
    """dorny/paths-filter, README.md, Advanced options."""
    yaml = (
        "shared: &shared\n  - common/**\nsrc:\n  - *shared\n  - 'src/**/*.{py,toml}'\nnew:\n  - added|modified: 'x/**'"
    )
    assert filters(yaml) == {
        "shared": ("common/**",),
        "src": ("common/**", "src/**/*.py", "src/**/*.toml"),
        "new": ("x/**",),
    }


def test_negated_patterns_are_put_so_that_the_last_match_decides() -> None:
    """dorny/paths-filter, README.md: with `some`, `!x` alone matches every file but x; with `every` all must match."""
    some = "code:\n  - '!docs/**'\n  - 'docs/api/**'"
    assert filters(some) == {"code": ("**", "!docs/**", "docs/api/**")}
    assert filters("code:\n  - '!docs/**'\n  - '!**/*.md'") == {"code": None}
    every = "          predicate-quantifier: every\n"
    assert filters("code:\n  - '!docs/**'\n  - '!**/*.md'", every) == {"code": ("**", "!docs/**", "!**/*.md")}
    assert filters("code:\n  - 'src/**'\n  - '!**/*.md'", every) == {"code": ("src/**", "!**/*.md")}
    assert filters("code:\n  - 'a/**'\n  - '**/b'", every) == {"code": None}
    assert filters("code: 'src/@(a|b)/**'") == {"code": None}


def test_path_filters_in_a_file() -> None:
    files = {".github/filters.yml": "src: ['src/**']\n"}
    pipeline = read("dorny/paths-filter@v3", given(filters=".github/filters.yml"), files=files)
    (found,) = pipeline.units[2].steps[0].effects
    assert isinstance(found, PathFilter)
    assert found.outputs == {"src": ("src/**",)}
    missing = read("dorny/paths-filter@v3", given(filters=".github/filters.yml"))
    assert "missing-file" in [item.code for item in missing.diagnostics]


def test_computed_or_broken_filters_are_not_guessed() -> None:
    step = read("dorny/paths-filter@v3", given(filters="${{ vars.F }}")).units[2].steps[0]
    assert (step.effects, step.opaque is not None) == ((), True)
    broken = read("dorny/paths-filter@v3", "          filters: |\n            a: [\n")
    assert "bad-filters" in [item.code for item in broken.diagnostics]


def test_changed_files_says_whether_any_wanted_file_changed() -> None:
    """tj-actions/changed-files, action.yml: files, files_ignore, files_yaml."""
    inputs = "          files: |\n            src/**\n            !src/x.md\n          files_ignore: docs/**\n"
    found = only(PathFilter, "tj-actions/changed-files@v47", inputs)
    assert found.outputs["any_changed"] == ("src/**", "!src/x.md", "!docs/**")
    assert only(PathFilter, "step-security/changed-files@v46").outputs["any_modified"] == ("**",)
    groups = "          files_yaml: |\n            api:\n              - api/**\n"
    assert only(PathFilter, "tj-actions/changed-files@v47", groups).outputs["api_any_changed"] == ("api/**",)
    unseen = only(PathFilter, "tj-actions/changed-files@v47", "          files_from_source_file: list.txt\n")
    assert unseen.outputs["any_changed"] is None


# -- aggregators -----------------------------------------------------------------------------------


def test_alls_green_fails_unless_every_needed_job_succeeded() -> None:
    """re-actors/alls-green, README.md."""
    found = only(FailsUnless, "re-actors/alls-green@release/v1", given(jobs="${{ toJSON(needs) }}"))
    assert isinstance(found.condition, Operation)
    assert found.condition.operator == "and"
    assert [node.unit for node in walk(found.condition) if isinstance(node, UnitResult)] == ["b", "c"]


def test_alls_green_with_exceptions() -> None:
    inputs = given(jobs="${{ toJSON(needs) }}", allowed_failures="c", allowed_skips="b")
    found = only(FailsUnless, "re-actors/alls-green@release/v1", inputs)
    words = [node.value for node in walk(found.condition) if isinstance(node, Constant)]
    assert words == ["success", "skipped"]
    assert {node.unit for node in walk(found.condition) if isinstance(node, UnitResult)} == {"b"}


def test_alls_green_without_the_needs_context_cannot_be_seen() -> None:
    found = only(FailsUnless, "re-actors/alls-green@release/v1", given(jobs="'{}'"))
    assert isinstance(found.condition, Unresolved)


def test_an_unknown_action_has_no_effects_and_is_not_opaque() -> None:
    step = read("some/thing@v1", given(x="y")).units[2].steps[0]
    assert (step.effects, step.opaque) == ((), None)


# -- access to the cache ---------------------------------------------------------------------------


def modes(on: str, workflow: str = "", job: str = "", uses: str = "actions/cache@v5") -> list[str]:
    text = (
        f"on: {on}\n{workflow}jobs:\n  a:\n    runs-on: ubuntu-latest\n{job}    steps:\n"
        f"      - {{uses: {uses}, with: {{path: a, key: b}}}}\n"
    )
    pipeline = read_workflow(PATH, lambda path: SourceFile(path, text) if path == PATH else None)
    return [effect.mode for effect in pipeline.units[0].steps[0].effects if isinstance(effect, CacheUse)]


def test_cache_mode_of_workflow_and_job() -> None:
    """GitHub Changelog 2026-09-10, "Control GitHub Actions cache access with cache-mode"."""
    assert modes("push") == ["both"]
    assert modes("push", "cache-mode: read\n") == ["restore"]
    assert modes("push", "cache-mode: write-only\n") == ["save"]
    assert modes("push", "cache-mode: none\n") == []
    assert modes("push", "cache-mode: read\n", "    cache-mode: write\n") == ["both"]
    assert modes("push", "cache-mode: read\n", uses="actions/cache/save@v5") == []
    assert modes("push", "cache-mode: some\n") == ["both"]


def test_runs_that_only_outsiders_start_read_the_cache_unless_told_otherwise() -> None:
    """GitHub Changelog 2026-06-26, "Read-only Actions cache for untrusted triggers"."""
    assert modes("pull_request_target") == ["restore"]
    assert modes("[push, pull_request_target]") == ["both"]
    assert modes("pull_request_target", "cache-mode: write\n") == ["both"]


def test_a_called_workflow_gets_no_more_cache_access_than_its_caller() -> None:
    called = (
        "on: workflow_call\njobs:\n  a:\n    runs-on: ubuntu-latest\n    cache-mode: write\n"
        "    steps: [{uses: actions/cache@v5, with: {path: a, key: b}}]\n"
    )
    files = {
        PATH: "on: push\njobs: {c: {uses: ./.github/workflows/d.yml, cache-mode: read}}\n",
        ".github/workflows/d.yml": called,
    }
    pipeline = read_workflow(PATH, lambda path: SourceFile(path, files[path]) if path in files else None)
    (effect,) = pipeline.units[1].steps[0].effects
    assert isinstance(effect, CacheUse)
    assert effect.mode == "restore"
    assert pipeline.diagnostics == ()
