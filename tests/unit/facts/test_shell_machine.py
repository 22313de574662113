"""The simulated shell: which failures reach the end of a script, under which options."""

from __future__ import annotations

import pytest

from gradeline.facts.shell_machine import run_script
from gradeline.facts.shell_records import Follow, ScriptRun, Setting
from gradeline.facts.worlds import explore
from gradeline.model.pipeline import Shell
from gradeline.model.project import Project
from gradeline.model.text import Text
from gradeline.source import Span

GITHUB = Shell("bash", errexit=True, pipefail=False)
STRICT = Shell("bash", errexit=True, pipefail=True)
PLAIN = Shell("sh", errexit=False, pipefail=False)
ASKING = ("grep", "git", "command")


def follow(words: tuple[str | None, ...], environment: object, directory: str) -> Follow | None:
    if words[:2] == ("bash", "-c") and words[2] is not None:
        return Follow("text", (), words[2])
    if words in (("bash",), ("sh",)):
        return Follow("stdin")
    if words[:1] == ("bash",) and len(words) == 2:
        return Follow("file", path=str(words[1]), maybe=True)
    if words[:1] == ("timeout",):
        return Follow("command", words[2:], positions=tuple(range(2, len(words))))
    return None


def simulate(script: str, shell: Shell, failing: str | None = None) -> list[ScriptRun]:
    span = Span("ci.yml", 1)
    setting = Setting(
        project=Project(paths=("tests/test_a.py", "scripts/x.sh")),
        variables={"CI": "true"},
        channels={"GITHUB_OUTPUT": "output", "GITHUB_ENV": "env"},
        placeholder=lambda number: None,
        fails=lambda key: failing is not None and failing in key.rsplit(":", 1)[-1],
        predicate=lambda words, environment: words[0] in ASKING,
        follow=follow,
    )
    worlds = explore(lambda oracle: run_script(Text(script, span), shell, setting, oracle, "job/step/0/"), 64)
    assert worlds.complete
    return list(worlds.results)


def statuses(script: str, shell: Shell, failing: str | None = None) -> set[int]:
    return {min(run.status, 1) for run in simulate(script, shell, failing)}


BLOCKING = [
    ("pytest", GITHUB),
    ("pytest\necho done", GITHUB),
    ("pytest && echo ok", PLAIN),
    ("ruff check . && pytest", GITHUB),
    ("pytest || exit 1", GITHUB),
    ("pytest || { echo failed; exit 1; }", GITHUB),
    ("if ! pytest; then exit 1; fi", GITHUB),
    ("if pytest; then echo ok; else exit 3; fi", GITHUB),
    ("set +e\npytest\nrc=$?\nset -e\nexit $rc", GITHUB),
    ("pytest || status=$?\necho uploading\nexit ${status:-0}", GITHUB),
    ("pytest | tee log.txt", STRICT),
    ("set -o pipefail\npytest | tee log.txt", GITHUB),
    ("set -euo pipefail\npytest 2>&1 | tee log.txt", PLAIN),
    ("pytest | tee log; exit ${PIPESTATUS[0]}", GITHUB),
    ("run() { pytest; }\nrun", GITHUB),
    ("(pytest)", GITHUB),
    ("{ pytest; }", GITHUB),
    ("pytest &\npid=$!\nwait $pid", GITHUB),
    ("bash -c 'pytest'", GITHUB),
    ("bash <<'EOF'\nset -e\npytest\necho done\nEOF", GITHUB),
    ("for t in unit data; do pytest tests/$t; done", GITHUB),
    ("timeout 10m pytest", GITHUB),
    ("eval 'pytest -q'", GITHUB),
    ('case "$CI" in true) pytest;; *) echo local;; esac', GITHUB),
    ("exec pytest", GITHUB),
    ("output=$(pytest)", GITHUB),
    ("trap 'echo bye' EXIT\npytest", GITHUB),
    ("cat > run.sh <<'EOF'\npytest\nEOF\nbash run.sh", GITHUB),
    ("for i in 1 2 3; do pytest && break; [ $i = 3 ] && exit 1; done", GITHUB),
    ("pytest \\\n  -q \\\n  --strict-markers", GITHUB),
    ("time pytest", GITHUB),
    ("! ! pytest\npytest", GITHUB),
    ("if [ -d tests ]; then pytest; fi", GITHUB),
    ("[[ -n $CI ]] && pytest", GITHUB),
    ("echo pytest | bash", GITHUB),
]
SWALLOWED = [
    ("pytest || true", GITHUB),
    ("pytest || :", GITHUB),
    ("pytest || echo failed", GITHUB),
    ("pytest; exit 0", PLAIN),
    ("set +e\npytest\necho done", GITHUB),
    ("pytest | tee log.txt", GITHUB),
    ("pytest &", GITHUB),
    ("pytest &\nwait", GITHUB),
    ("if pytest; then echo ok; fi", GITHUB),
    ("! pytest", GITHUB),
    ("pytest\necho done", PLAIN),
    ("pytest && echo ok\necho done", GITHUB),
    ("export OUT=$(pytest)", GITHUB),
    ("echo $(pytest)", GITHUB),
    ("run() { pytest; echo done; }\nrun || true", GITHUB),
    ("for t in unit data; do pytest tests/$t || continue; done", GITHUB),
    ("bash -c 'pytest; true'", GITHUB),
    ("trap 'exit 0' EXIT\npytest", GITHUB),
    ('pytest || test -n "$CI"', GITHUB),
    ("run() { set -e; pytest; echo ok; }\nif run; then echo fine; fi", GITHUB),
    ("(pytest; true)", PLAIN),
    ("set +o errexit\npytest\ntrue", STRICT),
]
UNREACHED = [
    "echo pytest",
    "# pytest",
    "exit 0\npytest",
    "run() { pytest; }",
    "if false; then pytest; fi",
    "cat <<'EOF'\npytest\nEOF",
    "printf '%s' pytest",
    "pytest() { :; }\npytest",
    "true || pytest",
    "false && pytest",
    '[ "$CI" = false ] && pytest\ntrue',
    "exec true\npytest",
]


@pytest.mark.parametrize(("script", "shell"), BLOCKING, ids=[script for script, _ in BLOCKING])
def test_a_failing_test_run_fails_the_script(script: str, shell: Shell) -> None:
    assert 0 in statuses(script, shell)
    assert statuses(script, shell, "pytest") == {1}


@pytest.mark.parametrize(("script", "shell"), SWALLOWED, ids=[script for script, _ in SWALLOWED])
def test_a_failing_test_run_is_lost_in_the_script(script: str, shell: Shell) -> None:
    runs = simulate(script, shell, "pytest")
    assert any("pytest" in " ".join(item.words) for run in runs for item in run.invocations)
    assert {run.status for run in runs} == {0}


@pytest.mark.parametrize("script", UNREACHED)
def test_words_that_never_run_are_no_invocations(script: str) -> None:
    for run in simulate(script, GITHUB):
        assert not any(item.words[0] == "pytest" for item in run.invocations)


def test_an_unknown_question_is_answered_both_ways() -> None:
    runs = simulate("if git diff --quiet HEAD~1 -- src; then echo same; else pytest; fi", GITHUB)
    assert sorted(sum(item.words[0] == "pytest" for item in run.invocations) for run in runs) == [0, 1]


def test_the_same_question_has_one_answer_within_a_world() -> None:
    runs = simulate('if [ "$X" = a ]; then ruff check .; fi\nif [ "$X" = a ]; then pytest; fi', GITHUB)
    assert {tuple(item.words[0] for item in run.invocations) for run in runs} >= {(), ("ruff", "pytest")}


def test_published_outputs_are_seen_with_their_values() -> None:
    (run,) = simulate('echo "docs=true" >> "$GITHUB_OUTPUT"\necho "X=1" >> $GITHUB_ENV', GITHUB)
    assert run.published == (("output", "docs=true"), ("env", "X=1"))


def test_known_stretches_of_a_word_survive_unknown_ones() -> None:
    (run,) = simulate("docker push ghcr.io/kestrel/churn-api:$(git rev-parse HEAD)", GITHUB)
    assert run.invocations[-1].words[-1].startswith("ghcr.io/kestrel/churn-api:")


def test_the_span_of_a_command_is_its_own_words() -> None:
    text = Text("echo hi\npytest -q tests\n", Span("ci.yml", 10), lines=((11, 9), (12, 9)))
    setting = Setting(Project(), {}, {}, lambda n: None, lambda k: False, lambda w, e: False, lambda w, e, d: None)
    run = explore(lambda oracle: run_script(text, GITHUB, setting, oracle, ""), 2).results[0]
    assert run.invocations[0].span == Span("ci.yml", 12, 9, 12, 24)


def test_endless_and_huge_scripts_stop_at_a_bound() -> None:
    assert simulate("while true; do pytest; done", GITHUB)[0].status == 0
    bomb = "a=xxxxxxxxxx\n" + "a=$a$a\n" * 60 + "f() { f; f; }\nf\n"
    assert simulate(bomb, GITHUB)[0].cut


TRAPS = [
    ("trap 'undo' ERR\npytest", GITHUB, ["pytest", "undo"]),
    ("trap 'undo; exit 0' ERR\npytest", GITHUB, ["pytest", "undo"]),
    ("undo_it() { undo; }\ntrap undo_it ERR\npytest", GITHUB, ["pytest", "undo"]),
    ("trap undo ERR\nrun() { pytest; }\nrun", GITHUB, ["pytest"]),
    ("set -E\ntrap undo ERR\nrun() { pytest; }\nrun", GITHUB, ["pytest", "undo"]),
    ("trap undo ERR\nrun() { pytest; }\nrun", PLAIN, ["pytest", "undo"]),
    ("trap undo ERR\npytest || true", GITHUB, ["pytest"]),
    ("trap undo ERR\nif pytest; then deploy; fi", GITHUB, ["pytest"]),
    ("trap undo ERR\ntrap - ERR\npytest", GITHUB, ["pytest"]),
    ("trap undo ERR\n(pytest)", GITHUB, ["pytest", "undo"]),
    ("trap undo ERR\npytest | tee log", GITHUB, ["pytest", "tee"]),
]


@pytest.mark.parametrize(("script", "shell", "reached"), TRAPS)
def test_a_trap_on_errors_runs_where_a_failure_would_end_the_script(
    script: str, shell: Shell, reached: list[str]
) -> None:
    """Bash Reference Manual, "Bourne Shell Builtins" (trap) and "The Set Builtin" (-E); tried with bash 5.2."""
    (run,) = simulate(script, shell, failing="pytest")
    assert [item.words[0] for item in run.invocations] == reached


def test_a_trap_that_ends_with_success_hides_the_failure() -> None:
    assert statuses("trap 'exit 0' ERR\npytest", GITHUB, "pytest") == {0}
    assert statuses("trap 'echo failed' ERR\npytest", GITHUB, "pytest") == {1}


RECEIVED = [
    ('jq . <<< "$(curl -f x)"', ["curl", "jq"]),
    ("jq . < <(curl -f x)", ["curl", "jq"]),
    ("while true; do jq .; break; done < <(curl -f x)", ["curl", "jq"]),
    ("bash <<EOF\npytest $(curl -f x)\nEOF", ["curl", "pytest"]),
]


@pytest.mark.parametrize(("script", "reached"), RECEIVED)
def test_what_a_command_is_given_is_made_once_and_before_it(script: str, reached: list[str]) -> None:
    (run,) = simulate(script, GITHUB)
    assert [item.words[0] for item in run.invocations if item.words[0] != "bash"] == reached


def test_a_failure_inside_a_here_string_does_not_end_the_script() -> None:
    assert statuses('cut -f1 <<< "$(curl -f x)"', STRICT, "curl") == {0}


@pytest.mark.parametrize("numbers", ["{1..30}", "$(seq 1 30)", "$(seq 30)", "{10..300..10}", "$(seq 30 -1 1)", "1 2 3"])
def test_the_last_turn_of_a_loop_over_numbers_is_reached(numbers: str) -> None:
    last = {"{10..300..10}": 300, "$(seq 30 -1 1)": 1, "1 2 3": 3}.get(numbers, 30)
    waiting = f'for i in {numbers}; do\n  asks && break\n  if [ "$i" -eq {last} ]; then exit 9; fi\ndone\n'
    assert [one.status for one in simulate(waiting, STRICT, "asks")] == [9]
    assert [one.status for one in simulate(waiting, STRICT)] == [0]


def test_no_more_than_six_turns_of_a_long_loop_are_run() -> None:
    (found,) = simulate("for i in {1..100000}; do asks; done\n", PLAIN)
    assert len(found.invocations) == 6
    (short,) = simulate("for i in {1..4}; do asks; done\n", PLAIN)
    assert len(short.invocations) == 4


def test_a_loop_over_a_range_that_is_not_known_has_two_turns() -> None:
    (found,) = simulate('for i in $(seq 1 "$(count)"); do asks; done\n', PLAIN)
    assert [one.words[0] for one in found.invocations].count("asks") == 2
