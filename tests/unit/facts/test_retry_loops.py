"""Which stretches of a script run a command again, and how often."""

from __future__ import annotations

import math

import pytest

from gradeline.facts.retry_loops import regions


def only(script: str) -> tuple[str, float | None, bool]:
    (found,) = regions(script)
    return found.kind, found.attempts, found.waits


@pytest.mark.parametrize(
    ("script", "attempts"),
    [
        ("for i in 1 2 3; do docker push x && break; done", 3),
        ("for i in {1..4}; do docker push x && break; done", 4),
        ("for i in $(seq 5); do docker push x && break; done", 5),
        ("for i in $(seq 2 6); do docker push x && break; done", 5),
        ("for ((i = 0; i < 7; i++)); do docker push x && break; done", 7),
        ("for i in $COUNT; do docker push x && break; done", 1),
        ("for i in $(cat count); do docker push x && break; done", None),
        ("until docker push x; do sleep 1; done", math.inf),
        ("while ! docker push x; do sleep 1; done", math.inf),
        ("while true; do docker push x && break; done", math.inf),
        ("n=0\nuntil docker push x; do n=$((n+1)); [ $n -lt 6 ] || exit 1; done", 6),
        ("n=0\nwhile [ $n -lt 8 ]; do docker push x && break; n=$((n+1)); done", 8),
        ("n=0\nwhile (( n < 9 )); do docker push x && break; done", 9),
        ("n=0\nwhile [ $n -lt $MOST ]; do docker push x && break; done", None),
    ],
)
def test_the_bound_of_a_loop_is_read_from_its_tree(script: str, attempts: float | None) -> None:
    if "$COUNT" in script:
        attempts = None
    assert only(script) == ("loop", attempts, False)


@pytest.mark.parametrize(
    "script",
    [
        "for i in 1 2 3; do if pytest; then break; fi; done",
        "for i in 1 2 3; do if ! pytest; then sleep 1; else break; fi; done",
        "for i in 1 2 3; do pytest || { sleep 1; continue; }; break; done",
        "set +e\nfor i in 1 2 3; do pytest; code=$?; [ $code -eq 0 ] && break; done\nexit $code",
        "for i in 1 2 3; do pytest && exit 0; done\nexit 1",
        "again() { for i in 1 2 3; do pytest && return 0; done; return 1; }\nagain",
        "(for i in 1 2 3; do pytest && break; done)",
    ],
)
def test_a_loop_that_success_ends_is_a_retry(script: str) -> None:
    assert only(script) == ("loop", 3, False)


@pytest.mark.parametrize(
    "script",
    [
        "for file in *.yml; do kubectl apply --filename $file; done",
        "for folder in a b; do pytest $folder || break; done",
        "for folder in a b; do pytest $folder || exit 1; done",
        "for file in a b; do if [ -f $file ]; then cp $file c; break; fi; done",
        "while read -r line; do echo $line; done",
        "pytest || { echo failed; exit 1; }",
        "pytest || false",
        "pytest && ruff check",
    ],
)
def test_going_through_a_list_or_giving_up_is_no_retry(script: str) -> None:
    assert regions(script) == ()


@pytest.mark.parametrize(
    "script",
    [
        "until curl --silent localhost:8080; do sleep 1; done",
        "while ! nc -z localhost 5432; do sleep 1; done",
        "for i in 1 2 3; do docker inspect db && break; done",
    ],
)
def test_asking_whether_something_is_ready_is_waiting(script: str) -> None:
    ((_, _, waits),) = [only(script)]
    assert waits


def test_a_wrapper_gives_its_number_and_its_command() -> None:
    assert only("retry 4 docker push x") == ("wrapper", 4, False)
    assert only("retry docker push x") == ("wrapper", None, False)


def test_the_number_given_to_a_function_is_the_bound_of_its_loop() -> None:
    script = 'again() { for i in $(seq "$1"); do shift; "$@" && return 0; done; return 1; }\nagain 3 docker push x'
    assert only(script) == ("loop", 3, False)


def test_a_loop_inside_a_text_for_another_shell_is_found_and_a_time_limit_ends_it() -> None:
    assert only("bash -c 'until pytest; do sleep 1; done'") == ("loop", math.inf, False)
    assert only("timeout 60 bash -c 'until pytest; do sleep 1; done'") == ("loop", None, False)


def test_the_second_command_of_an_alternative_has_its_place() -> None:
    (found,) = regions("pytest a || pytest b")
    assert (found.kind, found.middle) == ("again", len("pytest a || "))


def test_loops_in_loops_in_loops_stay_cheap() -> None:
    script = "while true; do " * 20 + "pytest && break" + "; done" * 20
    assert len(regions(script)) <= 20
