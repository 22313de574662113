"""Whether a list of networks is open to everybody, however it is written."""

from __future__ import annotations

import pytest

from gradeline.facts.infrastructure_networks import wide


@pytest.mark.parametrize(
    ("networks", "answer"),
    [
        (["0.0.0.0/0"], True),
        (["0.0.0.0/1", "128.0.0.0/1"], True),
        (["128.0.0.0/1"], True),
        (["0.0.0.0/8", "1.0.0.0/8"], True),
        ([f"{number}.0.0.0/8" for number in range(256)], True),
        ([f"64.{number}.0.0/16" for number in range(256)], False),
        (["::/0"], True),
        (["::/1", "8000::/1"], True),
        (["2001:db8::/32"], False),
        (["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"], False),
        (["198.51.100.7/32"], False),
        (["10.1.2.3/8"], False),
        ([], False),
        (["sg-0123", "", "999.0.0.0/0", "0.0.0.0/99"], False),
    ],
)
def test_networks_are_put_together_before_they_are_judged(networks: list[str], answer: bool) -> None:
    assert wide(networks) is answer
