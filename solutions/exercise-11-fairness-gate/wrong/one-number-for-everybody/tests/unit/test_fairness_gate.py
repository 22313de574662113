def test_the_rules_are_there():
    with open("config/fairness.yaml") as file:
        assert "least_recall" in file.read()
