"""Installers: from which lock, with which hashes, and how firmly."""

from __future__ import annotations

import shlex

import pytest

from gradeline.facts.tools import InstallReading, install_reading


def read(line: str, env: dict[str, str | None] | None = None) -> InstallReading:
    words = tuple(None if word == "?" else word for word in shlex.split(line))
    found = install_reading(words, env or {})
    assert found is not None, line
    return found


LOCKED = [
    ("pip install --require-hashes -r requirements.lock", "pip", ("requirements.lock",), True, True),
    ("python -m pip install --require-hashes -rreq.txt -r dev.txt", "pip", ("req.txt", "dev.txt"), True, True),
    ("pip3 install -r requirements.txt", "pip", ("requirements.txt",), False, False),
    ("pip install --requirement=requirements.txt", "pip", ("requirements.txt",), False, False),
    ("sudo -H pip install -r requirements.txt", "pip", ("requirements.txt",), False, False),
    ("pip-sync requirements.txt dev.txt", "pip-tools", ("requirements.txt", "dev.txt"), False, True),
    ("pip-sync", "pip-tools", ("requirements.txt",), False, True),
    ("uv sync --locked", "uv", ("uv.lock",), True, True),
    ("uv sync --frozen --group dev", "uv", ("uv.lock",), True, True),
    ("uv sync", "uv", ("uv.lock",), True, False),
    ("uv run --locked pytest", "uv", ("uv.lock",), True, True),
    ("uv run pytest", "uv", ("uv.lock",), True, False),
    ("uv pip sync requirements.lock", "uv", ("requirements.lock",), False, True),
    ("uv pip install --require-hashes -r requirements.lock", "uv", ("requirements.lock",), True, True),
    ("uv pip install --system -r requirements.txt", "uv", ("requirements.txt",), False, False),
    ("poetry install --no-interaction --with dev", "poetry", ("poetry.lock",), True, True),
    ("poetry sync", "poetry", ("poetry.lock",), True, True),
    ("pipenv install --deploy", "pipenv", ("Pipfile.lock",), True, True),
    ("pipenv sync --dev", "pipenv", ("Pipfile.lock",), True, True),
    ("pipenv install", "pipenv", ("Pipfile.lock",), True, False),
    ("pdm sync", "pdm", ("pdm.lock",), True, True),
    ("pdm install --frozen-lockfile", "pdm", ("pdm.lock",), True, True),
    ("pdm install", "pdm", ("pdm.lock",), True, False),
    ("conda-lock install -n churn conda-lock.yml", "conda-lock", ("conda-lock.yml",), True, True),
    ("conda env create -f environment.yml", "conda", ("environment.yml",), False, False),
    ("pixi install --locked", "pixi", ("pixi.lock",), True, True),
    ("npm ci", "npm", ("package-lock.json",), True, True),
    ("npm install", "npm", ("package-lock.json",), True, False),
    ("docker compose run api pip install -r r.txt", "pip", ("r.txt",), False, False),
]


@pytest.mark.parametrize(("line", "manager", "files", "hashes", "frozen"), LOCKED)
def test_a_lock_file_is_named_with_its_firmness(
    line: str, manager: str, files: tuple[str, ...], hashes: bool, frozen: bool
) -> None:
    found = read(line)
    assert (found.manager, found.lock_files, found.requires_hashes, found.frozen) == (manager, files, hashes, frozen)
    assert not found.pretends


PACKAGES = [
    ("pip install pandas scikit-learn", ("pandas", "scikit-learn"), ("pandas", "scikit-learn")),
    ("pip install ruff==0.6.9 mypy", ("ruff==0.6.9", "mypy"), ("mypy",)),
    ("pip install 'ruff>=0.6' 'black~=24.1'", ("ruff>=0.6", "black~=24.1"), ("ruff>=0.6", "black~=24.1")),
    ("pip install 'a==1.*'", ("a==1.*",), ("a==1.*",)),
    ("uvx ruff@0.6.9 check", ("ruff@0.6.9",), ()),
    ("uvx ruff@latest check", ("ruff@latest",), ("ruff@latest",)),
    ("uvx ruff check", ("ruff",), ("ruff",)),
    ("uvx --from build==1.2 pyproject-build", ("build==1.2",), ()),
    ("pipx run --spec black==24.1 black .", ("black==24.1",), ()),
    ("pipx install poetry==1.8.3", ("poetry==1.8.3",), ()),
    ("uv tool install ruff", ("ruff",), ("ruff",)),
    ("uv run --with pytest==8.3.3 --with x pytest", ("pytest==8.3.3", "x"), ("x",)),
    ("uv run --with 'a==1,b' pytest", ("a==1", "b"), ("b",)),
    ("pip install ?", (None,), (None,)),
    ("apt-get install -y make=4.3-4.1", ("make=4.3-4.1",), ()),
    ("poetry add pandas", ("pandas",), ("pandas",)),
]


@pytest.mark.parametrize(("line", "packages", "unpinned"), PACKAGES)
def test_packages_without_an_exact_version_are_unpinned(
    line: str, packages: tuple[str | None, ...], unpinned: tuple[str | None, ...]
) -> None:
    found = read(line)
    assert found.packages == packages
    assert found.unpinned == unpinned


def test_local_and_editable_installs_are_no_packages() -> None:
    found = read("pip install --no-deps -e .[dev] ./lib dist/churn-1.0-py3-none-any.whl")
    assert found.packages == ()
    assert found.local == ("./lib", "dist/churn-1.0-py3-none-any.whl", ".[dev]")
    assert found.editable


def test_upgrade_and_constraints_are_told() -> None:
    found = read("pip install -U pip -c constraints.txt")
    assert (found.upgrade, found.constraints) == (True, ("constraints.txt",))
    assert read("uv sync -U").upgrade
    assert read("uv sync --upgrade-package x").upgrade


def test_environment_variables_can_freeze_an_install() -> None:
    assert read("uv sync", {"UV_FROZEN": "1"}).frozen is True
    assert read("uv sync", {"UV_LOCKED": "true"}).frozen is True
    assert read("uv sync", {"UV_FROZEN": "0"}).frozen is False
    assert read("uv sync", {"UV_LOCKED": None}).frozen is None
    assert read("uv run pytest", {"UV_FROZEN": "1"}).frozen is True
    assert read("pip install -r r.txt", {"PIP_REQUIRE_HASHES": "1"}).requires_hashes is True
    assert read("pip install -r r.txt", {"PIP_CONSTRAINT": "c.txt"}).constraints == ("c.txt",)


@pytest.mark.parametrize(
    "line",
    [
        "pip install --dry-run -r r.txt",
        "pip install --help",
        "uv sync --dry-run",
        "uv sync --check",
        "poetry install --dry-run",
        "pdm sync --dry-run",
        "npm ci --dry-run",
        "pip-sync --dry-run r.txt",
        "apt-get install --dry-run x",
    ],
)
def test_an_install_that_installs_nothing_says_why(line: str) -> None:
    assert read(line).pretends


@pytest.mark.parametrize("line", ["poetry check --lock", "uv lock --check", "uv lock --locked"])
def test_a_lock_can_be_checked_without_installing(line: str) -> None:
    assert read(line).checks_lock


@pytest.mark.parametrize(
    "line",
    [
        "pytest",
        "pip list",
        "pip download x",
        "poetry check",
        "uv lock",
        "poetry run pytest",
        "bash x.sh",
        "make install",
        "uv run --no-sync pytest",
        "echo pip install x",
        "apt-get update",
    ],
)
def test_what_installs_nothing_has_no_install_reading(line: str) -> None:
    assert install_reading(tuple(shlex.split(line)), {}) is None


def test_the_scope_tells_project_packages_from_tools_and_systems() -> None:
    assert read("pip install x").scope == "project"
    assert read("uvx ruff").scope == "tool"
    assert read("pipx install x").scope == "tool"
    assert read("npm install -g x").scope == "tool"
    assert read("apt-get install x").scope == "system"
    assert read("uv python install 3.12").scope == "system"
