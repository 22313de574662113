"""``grade doctor``: which analysers are there, and what to do about the others."""

from __future__ import annotations

import click

from gradeline_cli import spoken
from gradeline_cli.app import common_options, pass_app
from gradeline_cli.parts import App

# The extras of the wheel and the packages that each brings.
_EXTRAS = {
    "graph": ("pygraphviz",),
    "watch": ("watchfiles",),
    "editor": ("pygls",),
    "desk": ("sqlalchemy", "alembic", "psycopg", "jinja2", "matplotlib", "pyarrow", "datasketch", "statsmodels"),
    "cluster": ("distributed",),
}


@spoken.command("doctor")
@common_options
@pass_app
@click.pass_context
def command(context: click.Context, app: App) -> None:
    from gradeline.render.text import visible, wrap
    from gradeline.tools.states import states
    from gradeline_cli.ending import FAILED, PASSED
    from gradeline_cli.output import ascii_only, columns, emit
    from gradeline_cli.telling import tell

    found, words = states(), app.words()
    plain, room = app.is_plain() or ascii_only(), columns()
    for one in found:
        emit(f"{one.name:<10}{words(f'doctor.state.{one.state}'):<9}{visible(one.version)}".rstrip() + "\n")
        for line in wrap(words.say(one.advice), room - 10, ascii_only=plain) if one.advice else ():
            emit(f"{' ' * 10}{line}\n")
    tell(app, "", words("doctor.extras"))
    for extra, packages in _EXTRAS.items():
        versions = {name: _version(name) for name in packages}
        state = words("doctor.state.ready" if all(versions.values()) else "doctor.state.missing")
        there = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
        for number, line in enumerate(wrap(there, room - 19, ascii_only=plain) or [""]):
            emit((f"{extra:<10}{state:<9}{line}" if not number else f"{' ' * 19}{line}").rstrip() + "\n")
        said = words(f"doctor.extra.{extra}")
        missing = ", ".join(name for name, version in versions.items() if not version)
        if missing:
            said = f"{said} {words('doctor.install', names=missing, extra=extra)}"
        tell(app, said, indent=10)
    context.exit(PASSED if all(one.state == "ready" for one in found) else FAILED)


def _version(package: str) -> str:
    """The version of a package that is installed; empty when it is not."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return ""
