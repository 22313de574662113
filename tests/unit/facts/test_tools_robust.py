"""The catalogue is consistent and cheap to load, and no words make the readers fail."""

from __future__ import annotations

import time

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradeline.facts import catalogue, compile_tools
from gradeline.facts.tools import classify, classify_action, covers, install_reading, select_tests, unwrap
from gradeline.model.project import TestFunction as Case
from gradeline.source import Span

COMMANDS = sorted(catalogue.index("commands"))
WORDS = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.sampled_from(
        [
            *COMMANDS,
            "run",
            "exec",
            "sudo",
            "env",
            "uv",
            "poetry",
            "bash",
            "python",
            "-m",
            "-c",
            "--",
            "-",
            "-e",
            "A=B",
            "--help",
            "--fix",
            "-k",
            "-o",
            "xargs",
            "find",
            "-exec",
            "{}",
            ";",
            "make",
            "tox",
            "npm",
            "hatch",
            "docker",
            "compose",
            "\ufffc",
            "--x=\ufffc",
            "ghcr.io/a:\ufffc",
            "-x",
            "--exit-code",
            "0",
            "=",
            "-=",
            "--=",
            "@",
            "a@1",
        ]
    ),
)
ENVIRONMENTS = st.dictionaries(
    st.sampled_from(["PYTEST_ADDOPTS", "MAKEFLAGS", "TRIVY_EXIT_CODE", "TOXENV", "SKIP", "UV_FROZEN", "X"]),
    st.one_of(st.none(), st.text(max_size=10)),
    max_size=3,
)
QUICK = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(st.lists(WORDS, max_size=12), ENVIRONMENTS)
def test_no_words_make_the_readers_fail(words: list[str | None], env: dict[str, str | None]) -> None:
    argv = tuple(words)
    unwrap(argv, env)
    install_reading(argv, env)
    test = Case("tests/test_a.py", "test_a", frozenset(), Span("tests/test_a.py", 1))
    for reading in classify(argv, env):
        assert reading.effect in ("works", "pretends", "unknown")
        assert covers(reading, "tests", ("tests/test_a.py",)) in (True, False, None)
        select_tests(reading, (test,))


@QUICK
@given(st.sampled_from(COMMANDS), st.lists(WORDS, max_size=8), ENVIRONMENTS)
def test_no_arguments_make_a_known_tool_fail(command: str, words: list[str | None], env: dict[str, str | None]) -> None:
    classify((command, *words), env)
    install_reading((command, *words), env)


@QUICK
@given(
    st.one_of(
        st.text(max_size=20),
        st.sampled_from(
            ["aquasecurity/trivy-action", "docker/build-push-action", "docker://rhysd/actionlint", "psf/black"]
        ),
    ),
    st.dictionaries(
        st.sampled_from(["push", "tags", "args", "exit-code", "image-ref", "options", "Entrypoint"]),
        st.one_of(st.none(), st.text()),
    ),
)
def test_no_inputs_make_an_action_fail(name: str, inputs: dict[str, str | None]) -> None:
    classify_action(name, inputs, "v1")


def test_the_compiled_catalogue_is_what_the_yaml_says() -> None:
    assert compile_tools.COMPILED.read_text(encoding="utf-8") == compile_tools.text(), (
        "run python -m gradeline.facts.compile_tools"
    )


def test_every_tool_action_wrapper_and_runner_names_its_source() -> None:
    for path in sorted(compile_tools.FOLDER.glob("*.yaml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        for kind in ("tools", "actions"):
            for name, entry in (document.get(kind) or {}).items():
                assert entry.get("source") or "same" in entry, f"{path.name}: {name}"
        for kind in ("wrappers", "runners"):
            for entry in document.get(kind) or ():
                assert entry.get("source"), f"{path.name}: {entry}"


def test_every_form_of_every_tool_can_be_built_and_asked_for_help() -> None:
    first = {tool: command for command, tool in sorted(catalogue.index("commands").items(), reverse=True)}
    for tool, command in sorted(first.items()):
        for name in catalogue.entry("tool", tool).get("sub", {}) or ("",):
            for word in sorted(catalogue._form(tool, name).info):
                readings = classify((command, *name.split(), word), {})
                assert all(reading.effect == "pretends" for reading in readings), (tool, name, word)


def test_the_catalogue_loads_in_a_few_milliseconds() -> None:
    times = []
    for _ in range(5):
        catalogue._lines.cache_clear()
        catalogue.entry.cache_clear()
        start = time.process_time()
        catalogue.index("commands")
        catalogue.entry("tool", "pytest")
        times.append(time.process_time() - start)
    assert min(times) < 0.02


def test_very_long_command_lines_are_read_in_linear_time() -> None:
    start = time.process_time()
    classify(("pytest", *["-x", "a"] * 20000), {})
    classify(("docker", *["--debug"] * 20000, "build", "."), {})
    unwrap(("find", *["-name", "x"] * 20000), {})
    classify((*["coverage", "run", "-m"] * 5000, "pytest"), {})
    assert time.process_time() - start < 10


def test_many_targets_and_patterns_are_matched_in_bounded_time() -> None:
    files = tuple(f"src/pkg{number}/module.py" for number in range(3000))
    many = classify(("ruff", "check", *(f"src/pkg{number}" for number in range(3000))), {})[0]
    start = time.process_time()
    assert covers(many, "src", files) is True
    assert covers(classify(("ruff", "check", *["s*/x*"] * 3000), {})[0], "src", files) is None
    assert time.process_time() - start < 10
