"""The checks of churn. Run all: ``nox``. Run one: ``nox -s tests``."""

import nox

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_missing_interpreters = True
nox.options.stop_on_first_error = True

PYTHON = "3.12"
LOCK = ("--require-hashes", "-r", "requirements.lock")


@nox.session(python=PYTHON)
def lint(session: nox.Session) -> None:
    session.install(*LOCK)
    session.run("ruff", "check", "src", "tests")


@nox.session(python=PYTHON)
def tests(session: nox.Session) -> None:
    """All tests; arguments after -- go to pytest."""
    session.install(*LOCK)
    session.run("pytest", "tests", *session.posargs)


@nox.session(python=PYTHON)
def build(session: nox.Session) -> None:
    session.install(*LOCK)
    session.run("python", "-m", "build")
