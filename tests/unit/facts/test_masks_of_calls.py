"""What a report hides, and what it shows although a word for a secret stands before it."""

from __future__ import annotations

import pytest

from gradeline.facts.credential_masks import hidden


@pytest.mark.parametrize("text", [
    'TOKEN = Variable.get("crm_token")', 'token = Secret.load("crm-token").get()', "password=getpass.getpass()",
])  # fmt: skip
def test_a_call_that_asks_for_a_secret_is_shown(text: str) -> None:
    assert hidden(text) == ()


@pytest.mark.parametrize(("text", "shown"), [
    ("password = sunshine7 (old)", "password = "), ('token: "k3y.of.kestrel"', 'token: "'),
    ("secret=4kestrel(x)", "secret="),
])  # fmt: skip
def test_a_written_value_stays_hidden(text: str, shown: str) -> None:
    ((start, _),) = hidden(text)
    assert text[:start] == shown
