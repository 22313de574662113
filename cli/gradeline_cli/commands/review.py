"""``grade review``: decide what waits for a person, in a browser on this machine."""

from __future__ import annotations

import click

from gradeline_cli import spoken
from gradeline_cli.app import common_options, pass_app
from gradeline_cli.commands.book import author_option, book_option
from gradeline_cli.parts import App


@spoken.command("review")
@spoken.option("--port", type=click.IntRange(0, 65535), default=0, help="option.review.port")
@spoken.option("--open", "browser", is_flag=True, help="option.review.open")
@book_option
@author_option
@common_options
@pass_app
def command(app: App, port: int, browser: bool, where: str, author: str | None) -> None:
    from gradeline_cli.commands.book import open_gradebook, voice
    from gradeline_cli.output import emit
    from gradeline_cli.telling import tell

    with open_gradebook(where) as book:
        from gradeline.report.look import Look
        from gradeline.review.desk import Desk
        from gradeline.review.server import Server

        with (
            Look(app.course().root) as look,
            Server(Desk(book, voice(author).author, look.ask, app.words().with_all_letters()), port) as server,
        ):  # fmt: skip
            tell(app, app.words()("review.address"))
            emit(f"  {server.address}\n")  # in one piece, however narrow the terminal is
            if browser:
                import threading
                import webbrowser

                # A browser in the terminal ends when the person is done, and needs the server until then.
                threading.Thread(target=webbrowser.open, args=(server.address,), daemon=True).start()
            server.serve_forever(poll_interval=0.2)
