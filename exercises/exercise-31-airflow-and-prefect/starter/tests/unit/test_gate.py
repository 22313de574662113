import json

import pytest

from churn.gate import GateSaidNo, gate, refusals

GOOD = {"customers": 100, "auc": 0.9, "recall_at_top_decile": 0.3}


def test_good_numbers_pass_on_their_place(tmp_path):
    place = tmp_path / "metrics.json"
    place.write_text(json.dumps(GOOD))
    assert gate(str(place)) == str(place)


def test_a_number_that_is_too_low_is_named(tmp_path):
    place = tmp_path / "metrics.json"
    place.write_text(json.dumps({**GOOD, "auc": 0.6}))
    with pytest.raises(GateSaidNo, match="auc is 0.6"):
        gate(str(place))


@pytest.mark.parametrize("value", [None, float("nan"), True, "0.9"])
def test_what_is_no_number_is_refused(value):
    assert refusals({**GOOD, "auc": value}) == [f"auc is {value!r}; at least 0.82 is needed"]
