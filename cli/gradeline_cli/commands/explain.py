"""``grade explain CHECK``: the manual page of a check."""

from __future__ import annotations

import click

from gradeline_cli import spoken
from gradeline_cli.app import common_options, complete_check, pass_app
from gradeline_cli.parts import App


@spoken.command("explain")
@spoken.argument("check", required=False, shell_complete=complete_check)
@spoken.option("--list", "show_all", is_flag=True, help="option.explain.list")
@common_options
@pass_app
def command(app: App, check: str | None, show_all: bool) -> None:
    from gradeline_cli.output import columns, emit

    words, known = app.words(), app.grader().checks()
    if show_all or check is None:
        if not show_all:
            raise click.UsageError(words("explain.which"))
        size = max(map(len, known), default=0)
        for info in sorted(known.values(), key=lambda one: (one.family, one.id)):
            emit(_row(f"{info.family:<12}  {info.code:<4}  {info.id:<{size}}  ", info.summary, columns()))
        return
    wanted = check.strip().casefold().replace("_", "-")
    found = next((one for one in known.values() if wanted in (one.id, one.code.casefold())), None)
    if found is None:
        from difflib import get_close_matches

        close = get_close_matches(wanted, list(known), n=3, cutoff=0.6)
        names = f" {words('error.or')} ".join(close)
        more = words("error.did_you_mean", names=names) if close else words("explain.list")
        raise click.UsageError(words("explain.unknown", name=repr(check), more=more))
    title = f"{found.id} ({found.code}, {found.family})"
    emit(f"{title}\n{'=' * len(title)}\n\n{found.page.rstrip()}\n")


def _row(lead: str, text: str, wide: int) -> str:
    from gradeline.render.text import wrap

    rest = " " * len(lead)
    lines = wrap(text, max(wide - len(lead), 20)) or [""]
    return "".join(f"{rest if index else lead}{line}".rstrip() + "\n" for index, line in enumerate(lines))
