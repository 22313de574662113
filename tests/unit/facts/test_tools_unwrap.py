"""Wrappers: what they lead to, with which environment, and whether the exit status survives."""

from __future__ import annotations

import shlex

import pytest

from gradeline.facts.tools import Unwrapped, unwrap


def argv(line: str) -> tuple[str | None, ...]:
    return tuple(None if word == "?" else word for word in shlex.split(line))


def peel(line: str, env: dict[str, str | None] | None = None) -> Unwrapped:
    found = unwrap(argv(line), env or {})
    assert found is not None, line
    return found


@pytest.mark.parametrize(
    ("line", "inner"),
    [
        ("sudo -u ci -E A=B make", "make"),
        ("env -i A=B C=D pytest -q", "pytest -q"),
        ("time -p pytest", "pytest"),
        ("timeout --signal=KILL -k 5 10m pytest", "pytest"),
        ("nice pytest", "pytest"),
        ("nice -n 10 pytest", "pytest"),
        ("ionice -c2 -n7 pytest", "pytest"),
        ("stdbuf -o L pytest", "pytest"),
        ("command -p pytest", "pytest"),
        ("retry -t 3 -d 5 -- curl x", "curl x"),
        ("flock /tmp/l pytest", "pytest"),
        ("poetry run pytest -q", "pytest -q"),
        ("uv run --with x --frozen pytest --frozen", "pytest --frozen"),
        ("uvx --from mypy==1.11 mypy src", "mypy src"),
        ("uvx ruff@latest check", "ruff check"),
        ("pipx run --spec black==24.1 black --check .", "black --check ."),
        ("npx -y pyright@1.1.300 src", "pyright src"),
        ("npx @scope/tool@1 --x", "tool --x"),
        ("npm exec -- pyright", "pyright"),
        ("pnpm dlx pyright", "pyright"),
        ("yarn dlx pyright", "pyright"),
        ("conda run -n churn pytest", "pytest"),
        ("docker compose run --rm -e A=B api pytest -q", "pytest -q"),
        ("docker exec -it c1 pytest", "pytest"),
        ("doppler run -c ci -- pytest", "pytest"),
        ("aws-vault exec prod -- terraform apply", "terraform apply"),
        ("chamber exec a b -- pytest", "pytest"),
        ("go run ./cmd/tool -x", "tool -x"),
        ("nix run nixpkgs#ruff -- check", "ruff check"),
        ("tox exec -e py -- pytest", "pytest"),
        ("python -m pip install x", "pip install x"),
        ("python3 -m pre_commit run -a", ""),
        ("busybox sh x.sh", "sh x.sh"),
        ("mise exec python@3.12 -- pytest", "pytest"),
        ("su -s /bin/sh app -- -c 'pytest'", ""),
    ],
)
def test_a_command_wrapper_shows_the_command_inside(line: str, inner: str) -> None:
    found = peel(line)
    if inner:
        assert found.kind == "command"
        assert found.argv == argv(inner)
    else:
        assert found.kind != "command"


@pytest.mark.parametrize(
    "line",
    [
        "pytest",
        "docker build .",
        "uv sync",
        "poetry install",
        "npm ci",
        "yarn install",
        "coverage report",
        "coverage run -m pytest",
        "command",
        "env",
        "env A=B",
        "hatch build",
        "pdm install",
        "find . -name x",
        "pre-commit install",
        "",
        "?",
    ],
)
def test_what_runs_nothing_else_is_no_wrapper(line: str) -> None:
    assert unwrap(argv(line), {}) is None


def test_positions_point_into_the_outer_command() -> None:
    found = peel("timeout 5m env A=B pytest -q")
    assert found.positions == (2, 3, 4, 5)
    assert peel("uvx ruff@1 check").positions == (1, 2)
    assert peel("python -m pytest tests").positions == (None, 3)
    assert peel("xargs pytest -q").positions == (1, 2, None)


def test_a_wrapper_adds_its_environment() -> None:
    assert peel("env A=1 B=? pytest").env == {"A": "1", "B": "?"}
    assert peel("docker run -e A=1 -e B --env=C=2 img pytest").env == {"A": "1", "C": "2"}
    assert unwrap(("env", "A=\ufffc", "pytest"), {}).env == {"A": None}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("docker run img pytest", "passes"),
        ("docker run -d img pytest", "swallowed"),
        ("docker run --rm --detach img pytest", "swallowed"),
        ("docker compose run -d api pytest", "swallowed"),
        ("find . -exec pytest {} ;", "swallowed"),
        ("find . -exec pytest {} +", "passes"),
        ("script -q -c pytest /dev/null", "swallowed"),
        ("script -e -q -c pytest /dev/null", "passes"),
        ("sudo -b pytest", "swallowed"),
        ("ssh host pytest", "passes"),
        ("ssh -f host pytest", "swallowed"),
        ("timeout 1 pytest", "passes"),
        ("xargs pytest", "passes"),
    ],
)
def test_the_exit_status_is_passed_on_or_lost(line: str, status: str) -> None:
    assert peel(line).status == status


def test_a_container_command_names_its_image() -> None:
    found = peel("docker run --rm -v .:/x -w /x ghcr.io/x/y:1 pytest")
    assert (found.image, found.argv) == ("ghcr.io/x/y:1", ("pytest",))
    assert peel("docker run --entrypoint pytest img tests").argv == ("pytest", "tests")
    assert peel("docker run aquasec/trivy image x").argv == ("trivy", "image", "x")
    assert peel("docker run semgrep/semgrep semgrep scan").argv == ("semgrep", "scan")
    assert peel("docker run ? pytest").image is None
    assert peel("docker compose run --rm api pytest").service == "api"


@pytest.mark.parametrize(
    ("line", "program", "text", "errexit", "pipefail"),
    [
        ("bash -c pytest", "bash", "pytest", False, False),
        ("bash -ec 'pytest; x'", "bash", "pytest; x", True, False),
        ("bash -euo pipefail -c pytest", "bash", "pytest", True, True),
        ("bash --noprofile --norc -eo pipefail -c pytest", "bash", "pytest", True, True),
        ("bash -o errexit -o pipefail -c pytest", "bash", "pytest", True, True),
        ("bash -e +e -c pytest", "bash", "pytest", False, False),
        ("sh -xc pytest", "sh", "pytest", False, False),
        ("/bin/sh -c pytest", "sh", "pytest", False, False),
        ("su app -c pytest", "sh", "pytest", False, False),
        ("eval pytest -q", "bash", "pytest -q", False, False),
        ("ssh -p 22 -i key user@host docker compose up -d", "sh", "docker compose up -d", False, False),
        ("python -c 'import x'", "python", "import x", False, False),
        ("npx -c 'pyright src'", "sh", "pyright src", False, False),
        ("bash -c ?", "bash", None, False, False),
        ("pwsh -Command 'pytest'", "pwsh", "pytest", False, False),
        ("nix-shell --run 'pytest -q'", "sh", "pytest -q", False, False),
    ],
)
def test_a_text_is_found_with_the_shell_options_it_runs_under(
    line: str, program: str, text: str | None, errexit: bool, pipefail: bool
) -> None:
    found = peel(line)
    assert found.kind == "text"
    assert (found.program, found.text, found.errexit, found.pipefail) == (program, text, errexit, pipefail)


@pytest.mark.parametrize(
    ("line", "program", "path", "module", "rest"),
    [
        ("bash scripts/ci.sh a b", "bash", "scripts/ci.sh", None, "a b"),
        ("sh -e scripts/ci.sh", "sh", "scripts/ci.sh", None, ""),
        ("./scripts/ci.sh --fast", "", "./scripts/ci.sh", None, "--fast"),
        ("scripts/ci.sh", "", "scripts/ci.sh", None, ""),
        ("bin/ci -x", "", "bin/ci", None, "-x"),
        ("source .venv/bin/activate", "bash", ".venv/bin/activate", None, ""),
        (". ./env.sh", "bash", "./env.sh", None, ""),
        ("python scripts/gate.py --min 0.8", "python", "scripts/gate.py", None, "--min 0.8"),
        ("python -u -W error scripts/gate.py", "python", "scripts/gate.py", None, ""),
        ("uv run scripts/gate.py", "python", "scripts/gate.py", None, ""),
        ("uv run --script scripts/gate", "python", "scripts/gate", None, ""),
        ("python -m churn.train --x 1", "python", None, "churn.train", "--x 1"),
        ("uv run -m churn.train", "python", None, "churn.train", ""),
        ("coverage run scripts/x.py", "python", "scripts/x.py", None, ""),
        ("coverage run -m churn.train", "python", None, "churn.train", ""),
        ("torchrun --nproc-per-node 2 train.py --lr 1", "python", "train.py", None, "--lr 1"),
        ("accelerate launch train.py", "python", "train.py", None, ""),
        ("bash ?", "bash", None, None, ""),
    ],
)
def test_a_file_is_found_with_its_arguments(
    line: str, program: str, path: str | None, module: str | None, rest: str
) -> None:
    found = peel(line)
    assert found.kind == "file"
    assert (found.program, found.path, found.module, found.argv) == (program, path, module, argv(rest))


def test_a_script_below_an_unknown_folder_is_a_file_with_an_unknown_path() -> None:
    found = unwrap(("\ufffc/scripts/ci.sh",), {})
    assert found is not None
    assert (found.kind, found.path) == ("file", "\ufffc/scripts/ci.sh")


@pytest.mark.parametrize("line", ["bash", "bash -s x", "sh -", "python", "python -", "uv run -", "ssh host"])
def test_a_script_may_come_from_standard_input(line: str) -> None:
    assert peel(line).kind == "stdin"


@pytest.mark.parametrize(
    "line",
    [
        "bash -n scripts/ci.sh",
        "python --version",
        "sudo -l",
        "docker run --help",
        "timeout --version",
        "make -n test",
        "make --dry-run test",
        "make -qk test",
        "make -t test",
        "make --just-print",
        "make --vers",
        "just --list",
        "just -n test",
        "task --dry test",
        "task --list-all",
        "tox --notest",
        "tox -n -e py",
        "tox list",
        "tox -l",
        "tox --showconfig",
        "tox run --pkg-only",
        "tox config",
        "nox --list",
        "nox -l",
        "nox --install-only -s tests",
        "pre-commit run",
        "pre-commit run ruff",
        "pre-commit run --from-ref a",
        "poe --dry-run test",
        "npm run",
        "pdm run --list",
        "pixi run --dry-run test",
        "inv --list",
    ],
)
def test_options_that_keep_a_wrapper_from_running_anything_are_told(line: str) -> None:
    assert peel(line).pretends


RUNNERS = [
    ("make", "make", (), None, None),
    ("make test lint", "make", ("test", "lint"), None, None),
    ("make -C api -f ci.mk test", "make", ("test",), "api", "ci.mk"),
    ("make -C a -C b test", "make", ("test",), "a/b", None),
    ("make --directory=api test", "make", ("test",), "api", None),
    ("make -j4 test", "make", ("test",), None, None),
    ("make -j 4 test", "make", ("test",), None, None),
    ("make -j test", "make", ("test",), None, None),
    ("make -k test", "make", ("test",), None, None),
    ("gmake test", "make", ("test",), None, None),
    ("make ?", "make", (None,), None, None),
    ("just test", "just", ("test",), None, None),
    ("just -f ci.just -d api lint test", "just", ("lint", "test"), "api", "ci.just"),
    ("task -d api -t T.yml lint", "task", ("lint",), "api", "T.yml"),
    ("tox", "tox", (), None, None),
    ("tox -e py312,lint", "tox", ("py312", "lint"), None, None),
    ("tox run -e lint -- src", "tox", ("lint",), None, None),
    ("tox -p -e lint", "tox", ("lint",), None, None),
    ("tox run-parallel -p auto -e a,b", "tox", ("a", "b"), None, None),
    ("tox -c tox-ci.ini -e lint", "tox", ("lint",), None, "tox-ci.ini"),
    ("tox -f py312", "tox", (None,), None, None),
    ("nox -s lint tests -- -x", "nox", ("lint", "tests"), None, None),
    ("nox -e tests-3.12", "nox", ("tests-3.12",), None, None),
    ("nox -f ci/noxfile.py -s lint", "nox", ("lint",), None, "ci/noxfile.py"),
    ("nox -t ci", "nox", (None,), None, None),
    ("npm test", "npm", ("test",), None, None),
    ("npm t", "npm", ("test",), None, None),
    ("npm run lint -- --fix", "npm", ("lint",), None, None),
    ("npm --prefix web run build", "npm", ("build",), "web", None),
    ("pnpm run lint", "npm", ("lint",), None, None),
    ("yarn lint", "npm", ("lint",), None, None),
    ("yarn run lint", "npm", ("lint",), None, None),
    ("hatch run lint", "hatch", ("lint",), None, None),
    ("hatch run lint:all", "hatch", ("lint:all",), None, None),
    ("hatch -e lint run all", "hatch", ("lint:all",), None, None),
    ("pdm run lint", "pdm", ("lint",), None, None),
    ("pdm lint", "pdm", ("lint",), None, None),
    ("pixi run lint", "pixi", ("lint",), None, None),
    ("rye run lint", "rye", ("lint",), None, None),
    ("poe lint", "poe", ("lint",), None, None),
    ("poe -C api lint", "poe", ("lint",), "api", None),
    ("pre-commit run --all-files", "pre-commit", (), None, None),
    ("pre-commit run ruff -a", "pre-commit", ("ruff",), None, None),
    ("pre-commit run -c ci.yaml --from-ref a --to-ref b", "pre-commit", (), None, "ci.yaml"),
    ("prek run --all-files", "pre-commit", (), None, None),
    ("inv test", "invoke", ("test",), None, None),
    ("mise run test", "mise", ("test",), None, None),
]


@pytest.mark.parametrize(("line", "runner", "names", "directory", "file"), RUNNERS)
def test_a_task_runner_tells_its_tasks_and_where_they_are(
    line: str, runner: str, names: tuple[str | None, ...], directory: str | None, file: str | None
) -> None:
    found = peel(line)
    assert found.kind == "runner"
    assert (found.runner, found.names, found.directory, found.file) == (runner, names, directory, file)
    assert not found.pretends


def test_a_runner_of_scripts_or_commands_also_tells_the_command() -> None:
    found = peel("hatch run test:pytest -q")
    assert (found.names, found.fallback, found.argv) == (("test:pytest",), True, ("pytest", "-q"))
    found = peel("pdm run pytest -q")
    assert (found.names, found.fallback, found.argv) == (("pytest",), True, ("pytest", "-q"))
    assert not peel("make test").fallback


def test_variables_and_arguments_for_tasks_are_kept_apart() -> None:
    assert peel("make test PY=3.12 X=").overrides == {"PY": "3.12", "X": ""}
    assert peel("just --set a 1 b=2 test").overrides == {"a": "1", "b": "2"}
    assert peel("tox -e py -- -k x").argv == ("-k", "x")
    assert peel("npm run lint -- --fix").argv == ("--fix",)


def test_make_can_be_told_to_ignore_errors() -> None:
    assert peel("make -i test").ignores_errors
    assert peel("make -ki test").ignores_errors
    assert peel("make --ignore-errors test").ignores_errors
    assert not peel("make -k test").ignores_errors
    assert peel("make test", {"MAKEFLAGS": "i"}).ignores_errors
    assert peel("make test", {"MAKEFLAGS": "-n"}).pretends


def test_environment_variables_choose_tasks_and_skip_hooks() -> None:
    assert peel("tox", {"TOXENV": "lint,py"}).names == ("lint", "py")
    assert peel("tox -e a", {"TOXENV": "lint"}).names == ("a",)
    assert peel("tox", {"TOXENV": None}).names == (None,)
    assert peel("nox", {"NOXSESSION": "lint"}).names == ("lint",)
    assert peel("pre-commit run -a --hook-stage manual").stage == "manual"
    assert peel("pre-commit run -a", {"SKIP": "ruff, mypy"}).skipped == ("ruff", "mypy")


def test_exec_ends_the_script_and_source_stays_in_the_shell() -> None:
    assert peel("exec pytest").replaces
    assert peel("source x.sh").sourced
    assert peel("eval x").sourced
    assert peel("ssh host x").remote


def test_a_directory_option_moves_the_command() -> None:
    assert peel("uv --directory api run pytest").directory == "api"
    assert peel("env -C api pytest").directory == "api"
    assert peel("poetry -C api run pytest").directory == "api"
