import argparse

import pytest

from churn.settings import add_parameters, parameter


def read(path, *options):
    parser = argparse.ArgumentParser()
    add_parameters(parser, "seed")
    return parameter(parser.parse_args(["--params", str(path), *options]), "train", "seed")


def test_the_section_wins_over_the_top_level(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text("seed: 1\ntrain: {seed: 2}\n")
    assert read(path) == 2
    assert read(path, "--seed", "3") == 3


def test_an_empty_parameter_ends_the_program(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text("train: {seed: null}\n")
    with pytest.raises(SystemExit, match="not a number"):
        read(path)
