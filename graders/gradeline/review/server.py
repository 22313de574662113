"""The review server: this machine only, one person, one token.

Other programs on the machine and pages in the browser must not decide for that person: the address of the first visit
holds a token that only the terminal has shown; then a cookie stands for it.  The name in ``Host`` and the ``Origin`` of
a form must be ours (against DNS rebinding and forged forms), and each form holds a second token.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import SplitResult, parse_qs, urlsplit

from gradeline.render.findings import said as harmless
from gradeline.report.pages import hash_source, policy_of
from gradeline.review.desk import Decision, Desk
from gradeline.source import GradelineError
from gradeline.words import Told, Words

MOST = 4 * 1024 * 1024  # bytes of a form: all learners of a large class may have the same question
_MOST_FIELDS = 20_000


class Server(ThreadingHTTPServer):
    """Serves ``desk`` on loopback; ``address`` is what to open.  Raises ``Told`` when the port is taken."""

    daemon_threads = True

    def __init__(self, desk: Desk, port: int) -> None:
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except OSError as error:
            raise Told("review.port", port=port, reason=os.strerror(error.errno or 0)) from error
        self.desk = desk
        self.token = secrets.token_urlsafe(32)
        self.csrf = secrets.token_urlsafe(32)
        self.message = ""
        number = self.server_address[1]
        names = ("127.0.0.1", "localhost")
        self.hosts = (*(f"{name}:{number}" for name in names), *(names if number == 80 else ()))
        self.cookie = f"gradeline_review_{number}"  # cookies do not belong to a port, and two books may be open

    @property
    def address(self) -> str:
        return f"http://{self.hosts[0]}/?token={self.token}"

    def handle_error(self, *_: object) -> None:
        """A browser that goes away is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: Server
    server_version = "Gradeline"
    sys_version = ""
    timeout = 30

    @property
    def _words(self) -> Words:
        return self.server.desk.words

    def do_GET(self) -> None:
        self._answer(self._show)

    def do_POST(self) -> None:
        self._answer(self._take)

    def _answer(self, act: Callable[[], None]) -> None:
        try:
            if self._host_is_ours():
                act()
        except ConnectionError:
            raise
        except GradelineError as error:
            self._plain(500, self._words.say(error.phrase) if isinstance(error, Told) else str(error))
        except Exception as error:
            self._plain(500, self._words("review.failed", name=type(error).__name__))

    def _show(self) -> None:
        parts = self._address()
        if parts.path != "/":
            self._plain(404, self._words("review.not_found"))
            return
        token = parse_qs(parts.query).get("token", [""])[0]
        if token and hmac.compare_digest(token.encode(), self.server.token.encode()):
            self.send_response(303)
            cookie = f"{self.server.cookie}={self.server.token}; HttpOnly; SameSite=Strict; Path=/"
            self._headers({"Location": "/", "Set-Cookie": cookie}, b"")
            return
        if not self._is_known():
            self._plain(403, self._words("review.open"))
            return
        message, self.server.message = self.server.message, ""
        self._html(200, self.server.desk.page(self.server.csrf, message))

    def _take(self) -> None:
        # All of it is read before any answer: a connection that is closed on unread bytes loses the answer, too.
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch(r"[0-9]{1,12}", length, re.ASCII) or int(length) > MOST:
            self._plain(413, self._words("review.large"))
            return
        body = self.rfile.read(int(length))
        origin = self.headers.get("Origin", "")
        if self._address().path != "/decide":
            self._plain(404, self._words("review.not_found"))
        elif not self._is_known() or origin not in tuple(f"http://{host}" for host in self.server.hosts):
            self._plain(403, self._words("review.foreign"))
        else:
            self._decide(body)

    def _decide(self, body: bytes) -> None:
        try:
            form = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        except ValueError:
            self._plain(400, self._words("review.unreadable"))
            return
        one = {name: values[0] for name, values in form.items()}
        if not hmac.compare_digest(one.get("csrf", "").encode(), self.server.csrf.encode()):
            self._plain(403, self._words("review.foreign_again"))
            return
        decision = Decision(
            one.get("question", ""), tuple(form.get("work", ())), one.get("points", ""), one.get("reason", ""),
            one.get("text", ""), one.get("page", ""),
        )  # fmt: skip
        try:
            self.server.message, key = self.server.desk.decide(decision)
        except GradelineError as error:
            why = self._words.say(error.phrase) if isinstance(error, Told) else str(error)
            self.server.message, key = self._words("review.not_noted", why=why), decision.question
        self.send_response(303)
        place = f"#q{key}" if re.fullmatch("[0-9a-f]{16}", key) else ""
        self._headers({"Location": f"/{place}"}, b"")

    # -- who is there ------------------------------------------------------------------------------

    def _host_is_ours(self) -> bool:
        if self.headers.get("Host", "") in self.server.hosts:
            return True
        self._plain(403, self._words("review.here_only"))
        return False

    def _address(self) -> SplitResult:
        """What is asked for; an address that is none is that of nothing."""
        try:
            return urlsplit(self.path)
        except ValueError:
            return urlsplit("")

    def _is_known(self) -> bool:
        try:
            cookie = SimpleCookie(self.headers.get("Cookie", ""))
        except CookieError:
            return False
        value = cookie[self.server.cookie].value if self.server.cookie in cookie else ""
        return hmac.compare_digest(value.encode(), self.server.token.encode())

    # -- answers -----------------------------------------------------------------------------------

    def _html(self, status: int, text: str) -> None:
        desk = self.server.desk
        policy = (
            f"{policy_of(desk.style)}; script-src '{hash_source(desk.script)}'; form-action 'self'; "
            "frame-ancestors 'none'"
        )
        self.send_response(status)
        content = text.encode("utf-8", "replace")
        self._headers({"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}, content)

    def _plain(self, status: int, text: str) -> None:
        self.send_response(status)
        self._headers({"Content-Type": "text/plain; charset=utf-8"}, f"{harmless(text)}\n".encode())

    def _headers(self, headers: dict[str, str], content: bytes) -> None:
        always = {
            "Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin", "Content-Length": str(len(content)),
        }  # fmt: skip
        for name, value in {**always, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """The terminal shows the address and nothing else."""
