"""Jobs as units: names, order, runners, limits, permissions, environments."""

from __future__ import annotations

import pytest

from gradeline.model.expression import Constant, Operation, Output
from gradeline.model.pipeline import Edge, Permissions, Pipeline, Unit, Use
from gradeline.readers.github import read_workflow
from gradeline.source import SourceFile, Span

PATH = ".github/workflows/ci.yml"


def read(text: str) -> Pipeline:
    return read_workflow(PATH, lambda path: SourceFile(path, text) if path == PATH else None)


def one(lines: str, head: str = "") -> Unit:
    """A job ``a`` with ``lines`` (indented by four) besides ``runs-on`` and a step."""
    return pipeline_with(lines, head).units[0]


def pipeline_with(lines: str, head: str = "") -> Pipeline:
    runs_on = "" if "runs-on" in lines else "    runs-on: ubuntu-latest\n"
    return read(f"on: push\n{head}jobs:\n  a:\n{runs_on}{lines}    steps: [{{run: make}}]\n")


def codes(pipeline: Pipeline) -> list[str]:
    return [item.code for item in pipeline.diagnostics]


# -- the whole file --------------------------------------------------------------------------------


def test_a_pipeline_says_what_it_is() -> None:
    pipeline = read("name: Release  \non: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n")
    assert (pipeline.path, pipeline.title, pipeline.named, pipeline.platform) == (PATH, "Release", True, "github")
    assert pipeline.default_timeout == 360.0
    assert pipeline.known["CI"] == "true"
    assert pipeline.known["GITHUB_ACTIONS"] == "true"
    assert pipeline.channels == {
        "GITHUB_ENV": "env",
        "GITHUB_OUTPUT": "output",
        "GITHUB_PATH": "path",
        "GITHUB_STEP_SUMMARY": "summary",
    }
    assert pipeline.identity["github", "run_id"] == "run"
    assert pipeline.diagnostics == ()


def test_a_workflow_without_a_name_is_called_by_its_path() -> None:
    pipeline = read("on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n")
    assert (pipeline.title, pipeline.named) == (PATH, False)


def test_a_missing_file_is_a_diagnostic() -> None:
    pipeline = read_workflow(PATH, lambda path: None)
    assert codes(pipeline) == ["missing-file"]
    assert pipeline.units == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "no-mapping"),
        ("- a\n", "no-mapping"),
        ("on: push\n", "no-jobs"),
        ("on: push\njobs:\n", "no-jobs"),
        ("on: push\njobs: [a]\n", "no-jobs"),
        ("on: push\njobs: {a: }\n", "empty-job"),
        ("on: push\njobs: {a: {steps: [{run: x}]}}\n", "no-runner"),
        ("on: push\njobs: {a: {runs-on: ubuntu-latest}}\n", "no-steps"),
        ("on: push\njobs: {a b: {runs-on: ubuntu-latest, steps: [{run: x}]}}\n", "bad-id"),
        ("on: push\njobs: {a: {runs-on: ubuntu-latest, stepz: [], steps: [{run: x}]}}\n", "unknown-key"),
        ("on: push\nx: &a {b: 1}\nenv:\n  <<: *a\njobs: {}\n", "merge-key"),
        ("on: push\nname: a\nname: b\njobs: {}\n", "duplicate-key"),
        ("on: push\n---\non: push\n", "several-documents"),
    ],
)
def test_what_is_wrong_with_a_file_is_a_diagnostic(text: str, code: str) -> None:
    assert code in codes(read(text))


@pytest.mark.parametrize("text", ["on: push\n\tjobs:\n", "on: push\njobs: " + "[" * 90 + "]" * 90 + "\n"])
def test_an_error_that_can_hide_the_jobs_is_reported_alone(text: str) -> None:
    assert "no-jobs" not in codes(read(text))
    assert codes(read(text))


def test_the_last_of_two_equal_keys_counts() -> None:
    unit = read(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    timeout-minutes: 5\n    timeout-minutes: 9\n"
        "    steps: [{run: make}]\n"
    ).units[0]
    assert unit.timeout is not None
    assert unit.timeout.value.raw == "9"


def test_anchors_repeat_a_job_without_merge_keys() -> None:
    """GitHub Docs, "Reusing workflow configurations", YAML anchors and aliases."""
    pipeline = read(
        "on: push\njobs:\n  a: &job\n    runs-on: ubuntu-latest\n    steps: [{uses: actions/checkout@v5}]\n  b: *job\n"
    )
    assert [unit.id for unit in pipeline.units] == ["a", "b"]
    assert pipeline.diagnostics == ()
    assert len(pipeline.uses) == 1


def test_unknown_top_level_keys_are_tolerated() -> None:
    pipeline = read("on: push\nfirewall: {x: 1}\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n")
    assert [(item.severity, item.code) for item in pipeline.diagnostics] == [("warning", "unknown-key")]
    assert len(pipeline.units) == 1


# -- names and order -------------------------------------------------------------------------------


def test_jobs_have_their_id_and_their_name() -> None:
    unit = one("    name: Unit tests ${{ matrix.x }}\n    strategy: {matrix: {x: [1]}}\n")
    assert (unit.id, unit.title, unit.named) == ("a", "Unit tests ${{ matrix.x }}", True)
    assert unit.span == Span(PATH, 3, 3, 7, 25)
    bare = one("")
    assert (bare.title, bare.named) == ("a", False)


def jobs(**needs: str) -> Pipeline:
    lines = "".join(
        f"  {name}: {{runs-on: ubuntu-latest, needs: {value}, steps: [{{run: make}}]}}\n"
        for name, value in needs.items()
    )
    return read(f"on: push\njobs:\n{lines}")


def test_needs_is_one_name_or_a_list() -> None:
    pipeline = jobs(a="[]", b="a", c="[a, B]")
    assert pipeline.units[1].needs == (Edge("a", Span(PATH, 4, 38, 4, 39)),)
    assert [edge.unit for edge in pipeline.units[2].needs] == ["a", "b"]
    assert pipeline.diagnostics == ()


def test_a_need_that_does_not_exist_is_an_error_and_left_out() -> None:
    pipeline = jobs(a="[nope]")
    assert codes(pipeline) == ["unknown-need"]
    assert pipeline.units[0].needs == ()


@pytest.mark.parametrize("needs", [{"a": "a"}, {"a": "b", "b": "a"}, {"a": "c", "b": "a", "c": "b", "d": "a"}])
def test_a_circle_of_needs_is_an_error_and_is_cut(needs: dict[str, str]) -> None:
    pipeline = jobs(**needs)
    assert codes(pipeline) == ["needs-circle"]
    waiting = {unit.id: {edge.unit for edge in unit.needs} for unit in pipeline.units}
    done: set[str] = set()
    while ready := [name for name, others in waiting.items() if name not in done and others <= done]:
        done.update(ready)
    assert done == set(waiting)


def test_a_long_chain_of_jobs_needs_no_deep_recursion() -> None:
    names = {f"j{number}": f"[j{number - 1}]" if number else "[]" for number in range(900)}
    pipeline = jobs(**dict(reversed(names.items())))
    assert codes(pipeline) == []
    assert len(pipeline.units) == 900


# -- where and how long ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("runs_on", "expected"),
    [
        ("ubuntu-latest", False),
        ("windows-2025", False),
        ("macos-15-xlarge", False),
        ("ubuntu-24.04-arm", False),
        ("self-hosted", True),
        ("[self-hosted, linux, gpu]", True),
        ("a10-gpu", None),
        ("{group: big, labels: ubuntu-latest}", None),
        ("'${{ vars.RUNNER }}'", None),
        ("\"${{ fromJSON('[1]') }}\"", None),
    ],
)
def test_whose_machine_it_is(runs_on: str, expected: bool | None) -> None:
    """GitHub Docs, "Choosing the runner for a job": custom labels need not say self-hosted."""
    assert one(f"    runs-on: {runs_on}\n").self_hosted is expected


def test_runner_labels_are_texts() -> None:
    assert [text.raw for text in one("    runs-on: [self-hosted, gpu]\n").runs_on] == ["self-hosted", "gpu"]
    assert [text.raw for text in one("    runs-on: {group: g, labels: [a, b]}\n").runs_on] == ["g", "a", "b"]


def test_a_runner_from_the_matrix_is_looked_up_there() -> None:
    hosted = "    strategy: {matrix: {os: [ubuntu-latest, macos-latest]}}\n    runs-on: ${{ matrix.os }}\n"
    assert one(hosted).self_hosted is False
    assert one(hosted.replace("macos-latest", "self-hosted")).self_hosted is True


def test_timeouts_keep_their_place() -> None:
    unit = one("    timeout-minutes: 15\n")
    assert unit.timeout is not None
    assert (unit.timeout.value.raw, unit.timeout.span) == ("15", Span(PATH, 5, 5, 5, 24))
    assert one("").timeout is None
    computed = one("    timeout-minutes: ${{ matrix.minutes }}\n    strategy: {matrix: {minutes: [5]}}\n")
    assert computed.timeout is not None
    assert computed.timeout.value.holes
    assert "bad-timeout" in codes(pipeline_with("    timeout-minutes: soon\n"))


def test_a_tolerated_job_says_where() -> None:
    matrix = "    strategy: {matrix: {experimental: [true]}}\n"
    unit = one("    continue-on-error: ${{ matrix.experimental == true }}\n" + matrix)
    assert isinstance(unit.tolerate, Operation)
    assert unit.tolerate_span == Span(PATH, 5, 5, 5, 58)
    assert isinstance(one("    continue-on-error: true\n").tolerate, Constant)
    assert (one("    continue-on-error: false\n").tolerate, one("").tolerate) == (None, None)


def test_environments_are_a_name_or_a_mapping() -> None:
    for written in ("production", "{name: production, url: 'https://x'}", "\n      name: production"):
        found = one(f"    environment: {written}\n").environment
        assert found is not None
        assert found.name.raw == "production"
    assert one("    environment: ''\n").environment is None


def test_concurrency_of_workflow_and_job() -> None:
    head = "concurrency:\n  group: ci-${{ github.ref }}\n  cancel-in-progress: ${{ github.ref != 'x' }}\n  queue: max\n"
    pipeline = pipeline_with("    concurrency: deploy\n", head)
    assert pipeline.exclusive is not None
    assert pipeline.exclusive.group.raw == "ci-${{ github.ref }}"
    assert isinstance(pipeline.exclusive.cancel, Operation)
    assert pipeline.diagnostics == ()
    job = pipeline.units[0].exclusive
    assert job is not None
    assert (job.group.raw, job.cancel) == ("deploy", None)
    fixed = one("    concurrency: {group: g, cancel-in-progress: true}\n").exclusive
    assert fixed is not None
    assert isinstance(fixed.cancel, Constant)
    assert "no-group" in codes(pipeline_with("    concurrency: {cancel-in-progress: true}\n"))


def test_outputs_become_expressions() -> None:
    unit = read(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    outputs: {tag: '${{ steps.meta.outputs.tag }}'}\n"
        "    steps: [{id: meta, run: make}]\n"
    ).units[0]
    found = unit.outputs["tag"]
    assert isinstance(found, Output)
    assert (found.owner, found.id, found.name) == ("step", "meta", "tag")


# -- variables, images -----------------------------------------------------------------------------


def test_variables_of_the_workflow_come_before_those_of_the_job() -> None:
    unit = one("    env: {A: job, C: 3.10}\n    container: {image: python, env: {D: x}}\n", "env: {A: file, B: '1'}\n")
    assert [(item.name, item.value.raw, item.scope) for item in unit.env] == [
        ("A", "file", "pipeline"),
        ("B", "1", "pipeline"),
        ("D", "x", "unit"),
        ("A", "job", "unit"),
        ("C", "3.1", "unit"),
    ]


@pytest.mark.parametrize(
    ("image", "name", "version", "kind"),
    [
        ("python:3.12-slim", "python", "3.12-slim", "tag"),
        ("python", "python", "", "none"),
        ("python:latest", "python", "latest", "branch"),
        ("ghcr.io/a/b:v1.2", "ghcr.io/a/b", "v1.2", "tag"),
        ("localhost:5000/a", "localhost:5000/a", "", "none"),
        ("localhost:5000/a:1", "localhost:5000/a", "1", "tag"),
        ("a@sha256:" + "0" * 64, "a", "sha256:" + "0" * 64, "digest"),
        ("a:3.12@sha256:" + "0" * 64, "a", "3.12@sha256:" + "0" * 64, "digest"),
        ("a@sha256:123", "a", "sha256:123", "branch"),
        ("'python:${{ matrix.v }}'", "python", "", "computed"),
    ],
)
def test_images_of_jobs(image: str, name: str, version: str, kind: str) -> None:
    for written in (image, f"{{image: {image}}}"):
        use = one(f"    strategy: {{matrix: {{v: [1]}}}}\n    container: {written}\n").image
        assert use is not None
        assert (use.name, use.version, use.kind, use.subject) == (name, version, kind, "image")


def test_services_are_images_too_and_an_empty_image_is_none() -> None:
    services = "    services: {db: {image: 'postgres:16'}, off: {image: ''}, r: redis}\n"
    pipeline = pipeline_with("    container: ''\n" + services)
    assert pipeline.units[0].image is None
    assert [use.name for use in pipeline.units[0].services] == ["postgres", "redis"]
    assert [use.name for use in pipeline.uses] == ["postgres", "redis"]


def test_whole_mappings_that_are_computed_cannot_be_seen() -> None:
    for lines in ("    env: ${{ fromJSON('{}') }}\n", "    services: ${{ fromJSON('{}') }}\n"):
        pipeline = pipeline_with(lines)
        assert pipeline.diagnostics == ()
        assert [item.reason.endswith("is computed at run time") for item in pipeline.opaque] == [True]


# -- permissions -----------------------------------------------------------------------------------


def permissions(written: str) -> Permissions:
    return read(f"on: push\npermissions: {written}\njobs: {{}}\n").permissions


def test_named_scopes_make_all_others_none() -> None:
    """GitHub Docs, "Workflow syntax", permissions."""
    found = permissions("{contents: read, id-token: write}")
    assert found.declared
    assert [found.level(name) for name in ("contents", "id-token", "packages")] == ["read", "write", "none"]
    assert found.span == Span(PATH, 2, 1, 2, 47)


@pytest.mark.parametrize(
    ("written", "rest"), [("read-all", "read"), ("write-all", "write"), ("{}", "none"), ("", "none")]
)
def test_permissions_for_everything(written: str, rest: str) -> None:
    found = permissions(written)
    assert (found.declared, dict(found.scopes), found.rest) == (True, {}, rest)


def test_a_job_replaces_the_permissions_of_the_workflow() -> None:
    head = "permissions: {contents: read, packages: write}\n"
    inherited, own = one("", head), one("    permissions: {issues: write}\n", head)
    assert inherited.permissions.level("packages") == "write"
    assert own.permissions.level("packages") == "none"
    assert own.permissions.level("contents") == "none"
    assert own.permissions.level("issues") == "write"
    assert one("").permissions.declared is False


def test_wrong_permissions_are_reported() -> None:
    assert "bad-permissions" in codes(read("on: push\npermissions: all\njobs: {}\n"))
    assert "bad-permissions" in codes(read("on: push\npermissions: {contents: admin}\njobs: {}\n"))
    assert "unknown-permission" in codes(read("on: push\npermissions: {content: read}\njobs: {}\n"))


def test_every_reference_is_listed_once_for_each_place() -> None:
    pipeline = read(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    container: python:3.12\n    steps:\n"
        "      - uses: actions/checkout@v5\n      - uses: actions/checkout@v5\n"
    )
    assert [(use.name, use.span.line) for use in pipeline.uses] == [
        ("python", 5),
        ("actions/checkout", 7),
        ("actions/checkout", 8),
    ]
    assert all(isinstance(use, Use) for use in pipeline.uses)


def test_a_list_of_labels_may_be_handed_on_as_text() -> None:
    unit = one("""    runs-on: ${{ fromJSON('["self-hosted", "gpu"]') }}\n""")
    assert [text.raw for text in unit.runs_on] == ["self-hosted", "gpu"]
    assert unit.self_hosted is True


@pytest.mark.parametrize(
    ("runner", "options", "limit"),
    [
        ("[self-hosted]", "--gpus all --memory 8g", "all"),
        ("[self-hosted]", "--gpus='device=0'", "device=0"),
        ("[self-hosted]", "--shm-size 4g", None),
        ("ubuntu-24.04", "--gpus all", None),
    ],
)
def test_a_container_may_use_the_cards_of_a_machine_of_ones_own(runner: str, options: str, limit: str | None) -> None:
    container = f"    container: {{image: 'a:1', options: \"{options}\"}}\n"
    unit = one(f"    runs-on: {runner}\n{container}")
    found = unit.resources.gpu.limit if unit.resources is not None else None
    assert (found.raw if found is not None else None) == limit
