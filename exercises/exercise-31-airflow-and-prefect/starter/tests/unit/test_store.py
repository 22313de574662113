from churn.store import folder_of, whole


def test_each_day_has_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("CHURN_STORE", str(tmp_path))
    assert folder_of("2026-11-02T04:00:00+00:00") == tmp_path / "2026-11-02"


def test_a_second_try_replaces_the_file(tmp_path):
    whole(tmp_path / "customers.csv", b"first")
    place = whole(tmp_path / "customers.csv", b"second")
    assert (tmp_path / "customers.csv").read_bytes() == b"second"
    assert place == str(tmp_path / "customers.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["customers.csv"]
