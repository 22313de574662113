"""just, Task, tox, nox, package scripts, manifests and pre-commit as recipes."""

from __future__ import annotations

import pytest
from support.projects import codes, lines, places, project, recipe

JUST = """\
set shell := ["bash", "-euo", "pipefail", "-c"]
export ENV := "ci"
py := "python"
run := py + " -m"
now := `date`
alias t := test

default: lint test

# the tests
test *args='': (build "x") && report
    @{{run}} pytest {{args}} -q
    -echo {{now}} {{py}} {{{{ x }}

[windows]
build target:
    nope

[linux]
build target:
    docker build {{target}} .

report:
    #!/usr/bin/env bash
    set -e
    echo {{py}}

lint path="src":
    ruff check {{path}} \\
      --quiet
[confirm]
drop:
    rm x
"""


def test_just_recipes_have_their_commands_dependencies_and_shell() -> None:
    found = project({"justfile": JUST}, "just").recipes
    assert lines(found["just", "test"]) == [
        "python -m pytest  -q",
        "-echo ${unknown_value} python {{{{ x }}",
        "just report",
    ]
    assert found["just", "test"].needs == ("build",)
    assert found["just", "default"].needs == ("lint", "test")
    assert found["just", ""].needs == ("default",)
    assert found["just", "t"].needs == ("test",)
    assert lines(found["just", "build"]) == ["docker build ${unknown_value} ."]
    assert lines(found["just", "lint"]) == ["ruff check src \\\n  --quiet"]
    shell = found["just", "test"].lines[0].shell
    assert (shell.program, shell.errexit, shell.pipefail) == ("bash", True, True)
    assert dict(found["just", "test"].env) == {"ENV": "ci"}
    assert found["just", "drop"].opaque != ""


def test_a_just_recipe_with_a_first_line_is_one_script() -> None:
    found = recipe({"justfile": JUST}, "just", "just", "report")
    assert lines(found) == ["#!/usr/bin/env bash\nset -e\necho python"]
    assert found.lines[0].text.at(20, 26).line == 25
    assert (found.lines[0].shell.program, found.lines[0].shell.errexit) == ("bash", False)
    python = {"justfile": "t:\n    #!/usr/bin/env python3\n    print()\n"}
    assert recipe(python, "just t", "just", "t").opaque == "it is a script for python3, not for a shell"


def test_just_runs_plain_sh_and_works_in_the_folder_of_its_file() -> None:
    found = project({"justfile": "t:\n  a\n", "sub/x": ""}, "just t", folder="sub").recipes
    assert found["just", "sub/justfile:t"].directory == "."
    assert found["just", "sub/justfile:t"].lines[0].shell.program == "sh"


TASKFILE = """\
version: '3'
set: [pipefail]
vars: {PY: python3, NOW: {sh: date}}
env: {A: b}
includes:
  docs: ./docs
tasks:
  default:
    deps: [lint]
    cmds:
      - task: test
      - cmd: "{{.PY}} -m mypy"
        ignore_error: true
      - defer: echo bye
      - echo {{.NOW}} {{.CLI_ARGS}}
  lint: ruff check .
  test:
    dir: sub
    aliases: [t]
    cmds:
      - |
        set -x
        pytest
  build: {cmd: make, status: [test -f x]}
  win: {cmds: [{cmd: a, platforms: [windows]}, {cmd: b, platforms: [linux]}]}
  soft: {cmds: [a], ignore_error: true}
"""


def test_task_runs_each_command_with_errexit() -> None:
    docs = "tasks: {build: {cmds: [mkdocs build]}, all: {deps: [build], cmds: [{task: ':lint'}]}}\n"
    found = project({"Taskfile.yml": TASKFILE, "docs/Taskfile.yml": docs}, "task").recipes
    assert lines(found["task", "default"]) == [
        "task test",
        "-python3 -m mypy",
        "echo ${unknown_value} ",
        "-echo bye",
    ]
    assert found["task", "default"].needs == ("lint",)
    assert found["task", ""].needs == ("default",)
    assert lines(found["task", "lint"]) == ["ruff check ."]
    assert found["task", "test"].directory == "sub"
    assert found["task", "t"].needs == ("test",)
    assert places(found["task", "test"]) == [(22, 9, 23, 16)]
    shell = found["task", "lint"].lines[0].shell
    assert (shell.errexit, shell.pipefail) == (True, True)
    assert found["task", "build"].opaque != ""
    assert lines(found["task", "win"]) == ["b"]
    assert lines(found["task", "soft"]) == ["-a"]
    assert lines(found["task", "docs:build"]) == ["mkdocs build"]
    assert found["task", "docs:all"].needs == ("docs:build",)
    assert lines(found["task", "docs:all"]) == ["task lint"]


TOX = """\
[tox]
envlist = py{311,312}-{unit,e2e}, lint
[base]
flags = -q
  -x
[testenv]
setenv =
    PYTHONPATH = {toxinidir}/src
changedir = sub
commands_pre =
    - python -m pip check
commands =
    # comment
    unit: pytest {[base]flags} tests/unit {posargs:-v}  # why
    e2e: pytest tests/e2e | tee log
    !unit: echo "not unit"
    {envpython} -m coverage report \\
        --fail-under=80
[testenv:lint]
changedir =
commands = ruff check .
    {[testenv]commands_pre}
[testenv:soft]
ignore_outcome = true
commands = a
commands_pre =
"""


def test_tox_environments_run_their_commands_without_a_shell() -> None:
    found = project({"tox.ini": TOX}, "tox -e py39,py311-e2e").recipes
    check = "-python -m pip check"
    report = "python -m coverage report --fail-under=80"
    assert lines(found["tox", "py311-unit"]) == [check, "pytest -q -x tests/unit -v", report]
    assert lines(found["tox", "py312-e2e"]) == [check, "pytest tests/e2e '|' tee log", 'echo "not unit"', report]
    assert lines(found["tox", "py39"]) == [check, 'echo "not unit"', report]
    assert lines(found["tox", "lint"]) == ["ruff check .", check] or lines(found["tox", "lint"])[-2:] == [
        "ruff check .",
        check,
    ]
    assert lines(found["tox", "soft"]) == ["-a"]
    assert found["tox", ""].needs == ("py311-unit", "py311-e2e", "py312-unit", "py312-e2e", "lint")
    assert found["tox", "py39"].directory == "sub"
    assert dict(found["tox", "py39"].env) == {"PYTHONPATH": "./src"}
    assert places(found["tox", "py39"])[1] == (16, 12, 16, 27)


def test_tox_reads_its_toml_forms() -> None:
    native = """\
[tool.tox]
env_list = ["3.12", "lint"]
[tool.tox.env_run_base]
commands = [["pytest", "-k", "a or b", { replace = "posargs", default = ["tests"], extend = true }]]
[tool.tox.env.lint]
commands = [["ruff", "check"], { replace = "ref", of = ["env_run_base", "commands"], extend = true }]
change_dir = "sub"
"""
    found = project({"pyproject.toml": native}, "tox").recipes
    assert lines(found["tox", "3.12"]) == ["pytest -k 'a or b' tests"]
    assert lines(found["tox", "lint"]) == ["ruff check", "pytest -k 'a or b' tests"]
    assert found["tox", "lint"].directory == "sub"
    legacy = '[tool.tox]\nlegacy_tox_ini = """\n[tox]\nenvlist = a\n[testenv]\ncommands = pytest\n"""\n'
    found = project({"pyproject.toml": legacy}, "tox").recipes
    assert lines(found["tox", "a"]) == ["pytest"]
    assert places(found["tox", "a"]) == [(6, 12, 6, 18)]


NOX = """\
import nox
nox.options.sessions = ["lint", "tests"]
PYTHONS = ["3.11", "3.12"]

@nox.session(python=PYTHONS)
def tests(session):
    session.install("-r", "requirements.txt")
    session.run("pytest", "-q", *session.posargs, env={"A": "1"})

@nox.session(name="lint")
def lint_(session):
    session.run("ruff", "check", *(session.posargs or ["src", "a b"]))
    session.run("mypy", "src", success_codes=[0, 1])
    session.chdir("docs")
    build(session)

def build(other):
    other.run("make", "html")

@nox.session(default=False)
def rest(session):
    if session.interactive:
        session.run("a")
"""


def test_nox_sessions_stop_at_the_first_failure() -> None:
    found = project({"noxfile.py": NOX}, "nox").recipes
    assert lines(found["nox", "tests"]) == ["python -m pip install -r requirements.txt\nA=1 pytest -q"]
    assert found["nox", "tests-3.12"].lines == found["nox", "tests"].lines
    assert lines(found["nox", "lint"]) == ["ruff check src 'a b'\nmypy src || true\ncd docs\nmake html"]
    assert found["nox", "lint"].lines[0].shell.errexit
    assert [place[0] for place in found["nox", "lint"].lines[0].text.lines] == [12, 13, 14, 18]
    assert found["nox", ""].needs == ("lint", "tests")
    assert lines(found["nox", "rest"]) == ['if [ "${unknown_value}" ]; then :\na\nfi']


def test_package_scripts_bring_their_pre_and_post_scripts() -> None:
    text = '{\n\t"name": "x",\n\t"scripts": {"pretest": "eslint .", "test": "jest -q", "b": "echo \\"q\\""}\n}'
    found = project({"package.json": text}, "yarn test").recipes
    assert lines(found["npm", "test"]) == ["eslint .", "jest -q"]
    assert places(found["npm", "test"]) == [(3, 26, 3, 34), (3, 46, 3, 53)]
    assert lines(found["npm", "b"]) == ['echo "q"']


MANIFEST = """\
[tool.hatch.envs.default.scripts]
test = "pytest {args:tests}"
cov = ["test --cov", "- coverage report"]
[tool.hatch.envs.lint]
detached = true
[tool.hatch.envs.lint.scripts]
style = "ruff check && mypy"
[tool.hatch.envs.docs]
[tool.pdm.scripts]
test = "pytest | tee x"
lint.cmd = ["ruff", "check", "a b"]
all = {composite = ["lint", "mypy src"], env = {X = "1"}}
go = {composite = ["a"], keep_going = true}
fn = {call = "a:b"}
pre_test = "echo pre"
[tool.poe.tasks]
test = "pytest -q"
sh.shell = "ruff check; pytest"
ci = ["test", {cmd = "mypy src"}]
soft.sequence = ["test"]
soft.ignore_fail = true
dep = {cmd = "x", deps = ["test --y"], cwd = "sub"}
fn = {script = "a:b"}
[tool.pixi.tasks]
t = { cmd = "pytest", depends-on = ["l"], cwd = "sub" }
l = "ruff check ."
[tool.rye.scripts]
a = "pytest"
b = { chain = ["a", "c d"] }
"""
SCRIPTS = [
    ("hatch", "test", ["pytest tests"]),
    ("hatch", "default:test", ["pytest tests"]),
    ("hatch", "cov", ["hatch run default:test --cov", "-coverage report"]),
    ("hatch", "lint:style", ["ruff check && mypy"]),
    ("hatch", "docs:test", ["pytest tests"]),
    ("pdm", "test", ["echo pre", "pytest '|' tee x"]),
    ("pdm", "lint", ["ruff check 'a b'"]),
    ("pdm", "all", ["pdm run lint", "mypy src"]),
    ("pdm", "go", ["-a"]),
    ("poe", "test", ["pytest -q"]),
    ("poe", "sh", ["ruff check; pytest"]),
    ("poe", "ci", ["poe test", "mypy src"]),
    ("poe", "soft", ["-poe test"]),
    ("poe", "dep", ["x"]),
    ("pixi", "t", ["pytest"]),
    ("rye", "a", ["pytest"]),
    ("rye", "b", ["rye run a", "c d"]),
]


@pytest.mark.parametrize(("runner", "name", "expected"), SCRIPTS)
def test_manifests_name_scripts(runner: str, name: str, expected: list[str]) -> None:
    assert lines(recipe({"pyproject.toml": MANIFEST}, f"{runner} run {name}", runner, name)) == expected


def test_scripts_of_manifests_keep_their_dependencies_folders_and_limits() -> None:
    found = project({"pyproject.toml": MANIFEST}, "hatch\npdm\npoe\npixi\nrye").recipes
    assert ("hatch", "lint:test") not in found
    assert found["poe", "dep"].needs == ("test",)
    assert found["poe", "dep"].directory == "sub"
    assert found["pixi", "t"].needs == ("l",)
    assert found["pixi", "t"].directory == "sub"
    assert dict(found["pdm", "all"].env) == {"X": "1"}
    assert found["pdm", "fn"].opaque == "it calls a Python function"
    assert found["poe", "fn"].opaque != ""
    assert (found["pdm", "lint"].span.line, found["poe", "ci"].span.line) == (11, 19)
    assert places(found["poe", "test"]) == [(17, 9, 17, 18)]


HOOKS = """\
default_stages: [pre-commit]
repos:
- repo: https://github.com/astral-sh/ruff-pre-commit
  rev: v0.14.0
  hooks:
  - id: ruff
    args: [--fix, --select, S]
  - id: ruff-format
- repo: https://github.com/pre-commit/pre-commit-hooks
  rev: v6.0.0
  hooks: [{id: check-yaml, files: "^(ci|k8s)/"}]
- repo: local
  hooks:
  - {id: unit, name: x, entry: pytest -q, language: system, pass_filenames: false}
  - {id: types, entry: mypy, language: python, files: '\\.py$'}
  - {id: slow, entry: a, language: system, stages: [manual]}
  - {id: none, entry: b, language: system, exclude: '.*'}
- repo: https://example.org/evil
  hooks: [{id: pytest}]
- repo: https://github.com.example.org/astral-sh/ruff-pre-commit
  hooks: [{id: ruff-format, alias: fmt}]
"""


def test_hooks_run_the_command_of_their_repository() -> None:
    found = project({".pre-commit-config.yaml": HOOKS}, "pre-commit run --all-files").recipes
    ruff = "ruff check --select S ."
    evil = "pre-commit-hook https://example.org/evil pytest"
    fake = "pre-commit-hook https://github.com.example.org/astral-sh/ruff-pre-commit ruff-format"
    assert lines(found["pre-commit", "ruff"]) == [ruff]
    assert lines(found["pre-commit", "check-yaml"]) == ["check-yaml ${unknown_value}"]
    assert lines(found["pre-commit", "ruff-format"]) == ["ruff format --check .", fake]
    assert lines(found["pre-commit", "fmt"]) == [fake]
    assert lines(found["pre-commit", "unit"]) == ["pytest -q"]
    assert lines(found["pre-commit", "types"]) == ["mypy ${unknown_value}"]
    assert lines(found["pre-commit", "none"]) == []
    assert lines(found["pre-commit", "pytest"]) == [evil]
    assert lines(found["pre-commit", ""]) == [
        ruff,
        "ruff format --check .",
        "check-yaml ${unknown_value}",
        "pytest -q",
        "mypy ${unknown_value}",
        evil,
        fake,
    ]
    assert found["pre-commit", "ruff"].span.line == 6
    assert places(found["pre-commit", "unit"]) == [(14, 32, 14, 41)]


def test_hooks_that_see_no_file_run_nothing() -> None:
    text = "exclude: '.*'\nrepos:\n- repo: local\n  hooks: [{id: a, entry: b, language: system}]\n"
    assert lines(recipe({".pre-commit-config.yaml": text}, "pre-commit run", "pre-commit", "")) == []


def test_a_broken_file_is_reported_and_has_no_recipes() -> None:
    found = project({"pyproject.toml": "[tool.poe.tasks\n", "noxfile.py": "def (\n"}, "poe x\nnox")
    assert found.recipes == {}
    assert codes(found) == [("python-syntax", 1), ("toml-syntax", 1)]


MISE = """\
[env]
PYTHONPATH = "src"
_.file = ".env"

[tools]
python = { version = "3.12.8" }
uv = "latest"

[tasks]
lint = "ruff check src"
format = ["ruff format --check src", "ruff format --check tests"]

[tasks.test]
alias = ["t"]
depends = ["install", "lint --fix"]
dir = "{{ config_root }}"
env = { MODE = "ci", HOME_OF_IT = "{{ env.HOME }}" }
run = '''
pytest tests
'''

[tasks.install]
run = "uv sync"
tools = { python = "3.13" }

[tasks.report]
run = "#!/usr/bin/env python\\nprint(1)"

[tasks.all]
run = [{ tasks = ["lint", "test"] }, "echo done"]
"""


def test_mise_tasks_have_their_commands_needs_variables_and_python() -> None:
    found = project({"mise.toml": MISE}, "mise run test").recipes
    assert lines(found["mise", "test"]) == ["pytest tests\n"]
    assert found["mise", "test"].needs == ("install", "lint")
    assert dict(found["mise", "test"].env) == {"PYTHONPATH": "src", "MODE": "ci"}
    assert found["mise", "t"].needs == ("test",)
    assert lines(found["mise", "format"]) == ["ruff format --check src", "ruff format --check tests"]
    assert (found["mise", "test"].python, found["mise", "install"].python) == ("3.12.8", "3.13")
    assert found["mise", "report"].opaque == "it names its own interpreter"
    assert found["mise", "all"].needs == ("lint", "test")
    shell = found["mise", "lint"].lines[0].shell
    assert (shell.program, shell.errexit, shell.pipefail) == ("sh", True, False)
