"""Image references: their parts, and whether they name one content for good."""

from __future__ import annotations

import pytest

from gradeline.facts.image_refs import is_fixed, reference
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.pipeline import Scenario, Trigger
from gradeline.source import Span

PLACE = Span("ci.yml", 1)
PUSH = Scenario("push", "a push to main", "push", Trigger("push", PLACE), "main")
TAG = Scenario("tag", "a push of the tag v1.2.3", "tag", Trigger("push", PLACE))
NONE: frozenset[str] = frozenset()


def parts(text: str) -> tuple[str, str | None, bool]:
    ref = reference(text, NONE, PLACE)
    return ref.name, ref.tag, ref.digest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("churn", ("churn", None, False)),
        ("churn:1.2.3", ("churn", "1.2.3", False)),
        ("ghcr.io/kestrel/churn:latest", ("ghcr.io/kestrel/churn", "latest", False)),
        ("localhost:5000/churn", ("localhost:5000/churn", None, False)),
        ("localhost:5000/churn:a", ("localhost:5000/churn", "a", False)),
        ("docker://ghcr.io/kestrel/churn:a", ("ghcr.io/kestrel/churn", "a", False)),
        ("ghcr.io/kestrel/churn@sha256:0f", ("ghcr.io/kestrel/churn", None, True)),
        ("ghcr.io/kestrel/churn:1@sha256:0f", ("ghcr.io/kestrel/churn", "1", True)),
        (f"ghcr.io/kestrel/churn@{HIDDEN}", ("ghcr.io/kestrel/churn", None, True)),
        ('"churn:a"', ("churn", "a", False)),
    ],
)
def test_a_reference_has_a_name_a_tag_and_perhaps_a_digest(text: str, expected: tuple[str, str | None, bool]) -> None:
    assert parts(text) == expected


@pytest.mark.parametrize(
    ("text", "origins", "on_push", "on_tag"),
    [
        ("churn@sha256:0f", (), True, True),
        ("churn:1.2.3", (), True, True),
        ("churn:v1.2.3-rc1", (), True, True),
        ("churn:0f3c9ab12d", (), True, True),
        ("churn:sha-0f3c9ab12d", (), True, True),
        ("churn:latest", (), False, False),
        ("churn:main", (), False, False),
        ("churn:production", (), False, False),
        ("churn:v1", (), False, False),
        ("churn:1.2", (), False, False),
        ("churn", (), False, False),
        (f"churn:{HIDDEN}", ("commit",), True, True),
        (f"churn:main-{HIDDEN}", ("ref", "commit"), True, True),
        (f"churn:{HIDDEN}", ("run",), True, True),
        (f"churn:{HIDDEN}", ("version",), True, True),
        (f"churn:{HIDDEN}", ("ref",), False, True),
        (f"churn:{HIDDEN}", ("moving",), False, False),
        (f"churn:{HIDDEN}", ("unknown",), None, None),
        (f"churn:{HIDDEN}", ("time",), None, None),
        (HIDDEN, ("digest",), True, True),
        (HIDDEN, ("unknown",), None, None),
    ],
)
def test_digest_commit_version_and_run_are_firm_and_branches_are_not(
    text: str, origins: tuple[str, ...], on_push: bool | None, on_tag: bool | None
) -> None:
    ref = reference(text, frozenset(origins), PLACE)
    assert (is_fixed(ref, PUSH), is_fixed(ref, TAG)) == (on_push, on_tag)


def test_what_is_computed_is_shown_as_dots() -> None:
    assert reference(f"ghcr.io/kestrel/churn:{HIDDEN}", NONE, PLACE).shown == "ghcr.io/kestrel/churn:…"
