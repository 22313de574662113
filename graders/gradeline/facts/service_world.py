"""A service that a script asks, in a trial: what it answers, and how long that takes, is made up.

Sources: the documentation of requests, HTTPX and urllib.request (attributes and exceptions of an answer, and the time a
request may take: HTTPX gives up after 5 seconds by itself), of the modules time and signal, and of FastAPI (a body that
does not fit is answered with 422).
"""

from __future__ import annotations

from collections.abc import Mapping

from gradeline.facts.gate_state import Lost, Machine, Raised
from gradeline.facts.gate_values import NONE, Const, Data, Native, Opened, Seq, Table, Value, lineage_of
from gradeline.records import field, record
from gradeline.source import Span

MAX_SECONDS = 900.0  # nobody waits longer for a smoke test
ADDRESS = "http://service.example"
VERSION = "18"
_METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request"})
_CLIENTS = frozenset(
    {"requests.Session", "requests.session", "requests.sessions.Session", "httpx.Client", "httpx.AsyncClient"}
)
_CLOCKS = frozenset({"time.time", "time.monotonic", "time.perf_counter", "time.process_time"})
_SETTINGS = frozenset({"requests.adapters", "urllib3", "urllib3.util", "urllib3.util.retry", "httpx"})
# Libraries that do nothing about an answer.
_IDLE = frozenset(
    {"logging", "datetime", "random", "uuid", "os", "sys", "pathlib", "argparse", "textwrap", "pprint", "rich", "typer",
     "click", "colorama", "structlog", "loguru", "locale", "shutil", "itertools", "functools", "collections", "time",
     "contextlib", "signal", "requests", "httpx", "urllib", "urllib3", "pytest", "json", "dotenv"}
)  # fmt: skip
_WAITS = frozenset({"asyncio.run", "asyncio.wait_for", "anyio.run"})
_KNOWN_PATHS = ("/healthz", "/health", "/livez", "/live", "/metrics", "/version", "/docs", "/openapi.json", "/ping")
_NANO = frozenset({"time.time_ns", "time.monotonic_ns", "time.perf_counter_ns"})
_FAILS = {
    "requests": ("RequestException", "OSError", "Exception", "BaseException"),
    "httpx": ("RequestError", "HTTPError", "Exception", "BaseException"),
    "urllib": ("URLError", "OSError", "Exception", "BaseException"),
}


class Endless(Exception):
    """The script asks again and again, longer than anybody waits."""


@record
class Service:
    """How the service is: ``alive`` false refuses connections; ``seconds`` is what each answer takes."""

    alive: bool = True
    ready: int = 200
    predict: int = 200
    lenient: bool = False  # it answers nonsense as if it were a customer
    body: Mapping[str, float | str] = field(default_factory=dict)
    seconds: float = 0.02


@record
class Asked:
    """One request: ``valid`` when its body is a customer; ``limited`` when it ends by itself after some time."""

    span: Span
    method: str
    url: str
    path: str
    valid: bool
    limited: bool


@record(frozen=False)
class World:
    """What is outside of the script.  ``valid`` are the fields of a right body with what they are: ``number``,
    ``text``, or the texts that one may be.  ``given`` are the words that the script was started with."""

    service: Service
    valid: Mapping[str, object]
    predicts: str = "/predict"
    version: str = VERSION
    clock: float = 1000.0
    asked: list[Asked] = field(default_factory=list)
    given: set[str] = field(default_factory=set)
    alarmed: float | None = None
    alarms: bool = False
    bounded: bool = False  # all of it ends after some time
    unknown: list[tuple[Span, str]] = field(default_factory=list)  # libraries that may judge an answer
    began: float = 1000.0

    def pass_by(self, seconds: float, span: Span) -> None:
        self.clock += seconds
        if self.alarmed is not None and self.clock > self.alarmed:
            raise Raised(lineage_of("TimeoutError"), span, said=True)
        if self.clock - self.began > MAX_SECONDS:
            raise Endless

    def environment(self, name: str, default: Value | None, span: Span) -> Value:
        """A variable: an address or a version by its name, else what the script takes without it."""
        word = name.upper()
        if any(part in word for part in ("URL", "HOST", "ADDRESS", "ENDPOINT", "TARGET")):
            self.given.add(ADDRESS)
            return Const(ADDRESS, "argument", span)
        if any(part in word for part in ("VERSION", "MODEL", "EXPECTED")):
            return Const(self.version, "argument", span)
        return default if default is not None else Const("30", "argument", span)

    def answer(
        self, machine: Machine, name: str, given: list[Value], named: Mapping[str, Value], span: Span
    ) -> Value | None:
        """What a function of a library answers; None for those that have nothing to do with a service."""
        module, _, last = name.rpartition(".")
        if name in ("atexit.register", "sys.excepthook", "faulthandler.register"):
            raise Lost(span, f"what {name}() changes about its end is not followed")
        if name in _WAITS and given:
            limit = _seconds(given[1] if len(given) > 1 else named.get("timeout"))
            self.bounded = self.bounded or (name == "asyncio.wait_for" and limit is not None)
            return given[0]
        if name in _CLOCKS:
            return Const(self.clock, "derived", span)
        if name in _NANO:
            return Const(int(self.clock * 1e9), "derived", span)
        if name == "time.sleep":
            self.pass_by(_number(given, 1.0), span)
            return NONE
        if name in ("signal.alarm", "signal.setitimer"):
            seconds = _number(given[-1:], 0.0)
            self.alarmed = self.clock + seconds if seconds else None
            self.alarms = self.alarms or bool(seconds)
            return NONE
        if name == "signal.signal":
            return NONE
        if name in ("pytest.fail", "pytest.exit"):
            raise Raised(("Failed", "Exception", "BaseException"), span, said=True)
        if name == "pytest.approx" and given:
            return Native("approx", state={"expected": given[0], **named})
        if name in ("pytest.skip", "pytest.importorskip"):
            raise Raised(lineage_of("SystemExit"), span, Const(0))  # the test ends here, and nobody minds
        if module in ("requests", "requests.api", "httpx") and last in _METHODS:
            return self._request(module.partition(".")[0], last, "", False, given, named, span)
        if name in _CLIENTS:
            return self._client(name.partition(".")[0], named)
        if name == "urllib.request.Request":
            return Native("Request", state={"url": given[0] if given else named.get("url", NONE),
                          "data": named.get("data", given[1] if len(given) > 1 else NONE),
                          "method": named.get("method", NONE)})  # fmt: skip
        if name == "urllib.request.urlopen":
            return self._urlopen(given, named, span)
        if name in ("os.getenv", "os.environ.get") and given and isinstance(given[0], Const):
            default = given[1] if len(given) > 1 else named.get("default", NONE)
            return self.environment(str(given[0].data), default, span)
        if name in ("json.dumps", "json.loads") and given and not isinstance(given[0], Opened | Data):
            return given[0]  # a text and what stands in it are one thing here
        if module in _SETTINGS and last[:1].isupper():
            return Native(last, state=dict(named))
        return None

    def note(self, name: str, given: list[Value], named: Mapping[str, Value], span: Span) -> None:
        """Remember that a library got something which nobody knows what it does with: it may judge an answer."""
        values = (*given, *named.values())
        if self.asked and name.partition(".")[0] not in _IDLE and any(not isinstance(one, Data) for one in values):
            self.unknown.append((span, name))

    # -- clients ---------------------------------------------------------------------------------

    def _client(self, library: str, named: Mapping[str, Value]) -> Native:
        found = Native("client", state={"headers": Table({}), "__enter__": NONE})
        base = _text(named.get("base_url", NONE))
        limited = library == "httpx" if "timeout" not in named else _text(named["timeout"]) != "None"

        def method(name: str) -> Native:
            return Native(name, lambda given, more, at: self._request(library, name, base, limited, given, more, at))

        found.state.update({name: method(name) for name in _METHODS})
        found.state["__enter__"] = Native("__enter__", lambda given, more, at: found)
        return found

    def _request(
        self, library: str, method: str, base: str, limited: bool, given: list[Value], named: Mapping[str, Value],
        span: Span,
    ) -> Value:  # fmt: skip
        if method == "request":
            method, given = _text(given[0] if given else named.get("method", NONE)).lower(), given[1:]
        address = given[0] if given else named.get("url", NONE)
        body = named.get("json", named.get("data", named.get("content", given[1] if len(given) > 1 else NONE)))
        limited = _text(named["timeout"]) != "None" if "timeout" in named else limited or library == "httpx"
        patience = _seconds(named.get("timeout")) or (5.0 if limited else None)
        return self._asked(library, method, base, address, body, limited, patience, span)

    def _urlopen(self, given: list[Value], named: Mapping[str, Value], span: Span) -> Value:
        first = given[0] if given else named.get("url", NONE)
        body = named.get("data", given[1] if len(given) > 1 else NONE)
        method = ""
        if isinstance(first, Native) and first.name == "Request":
            body = first.state["data"] if body is NONE else body
            method, first = _text(first.state["method"]).lower().replace("none", ""), first.state["url"]
        limit = named.get("timeout", given[2] if len(given) > 2 else None)
        method = method or ("get" if isinstance(body, Const) and body.data is None else "post")
        found = self._asked("urllib", method, "", first, body, limit is not None, _seconds(limit), span)
        status = found.state["status_code"]
        if isinstance(status, Const) and isinstance(status.data, int) and status.data >= 400:
            raise Raised(("HTTPError", *_FAILS["urllib"]), span, status, library=True)
        return found

    def _asked(
        self, library: str, method: str, base: str, address: Value, body: Value, limited: bool,
        patience: float | None, span: Span,
    ) -> Native:  # fmt: skip
        if not isinstance(address, Const):
            raise Lost(span, "which address is asked cannot be seen")
        url = _text(address)
        url = url if "://" in url or not base else f"{base.rstrip('/')}/{url.lstrip('/')}"
        rest = url.partition("://")[2].partition("?")[0]
        path = f"/{rest.partition('/')[2]}".rstrip("/")
        predicts = path.endswith(self.predicts)
        valid = predicts and method == "post" and self._fits(body, span)
        self.asked.append(Asked(span, method, url, path, valid, limited))
        seconds = self.service.seconds if predicts or self.service.ready != 200 else 0.02
        if not self.service.alive:
            self.pass_by(seconds, span)
            raise Raised(("ConnectionError", *_FAILS[library]), span, library=True)
        if patience is not None and seconds > patience:
            self.pass_by(patience, span)
            raise Raised(("Timeout", "TimeoutException", "TimeoutError", *_FAILS[library]), span, library=True)
        self.pass_by(seconds, span)
        if not predicts:
            ready = path.endswith(("/readyz", "/ready"))
            known = path.endswith(_KNOWN_PATHS) or not path.strip("/")
            status = self.service.ready if ready else 200 if known else 404
            return self._response(library, status, Table({"status": Const("ready")}), seconds, url)
        if method != "post":
            return self._response(library, 405, Table({"detail": Const("Method Not Allowed")}), seconds, url)
        if self.service.predict != 200:
            return self._response(library, self.service.predict, Table({"detail": Const("error")}), seconds, url)
        if not valid and not self.service.lenient:
            return self._response(library, 422, Table({"detail": Seq([])}), seconds, url)
        said: dict[str, Value] = {name: Const(value) for name, value in self.service.body.items()}
        return self._response(library, 200, Table(said), seconds, url)

    def _response(self, library: str, status: int, body: Value, seconds: float, url: str) -> Native:
        code = Const(status)
        fine = Const(status < 400)

        def raises(given: list[Value], named: Mapping[str, Value], at: Span) -> Value:
            if status >= 400:
                raise Raised(("HTTPError", "HTTPStatusError", *_FAILS[library]), at, code, library=True)
            return found

        def gives(value: Value) -> Native:
            return Native("answer", lambda given, named, at: value)

        elapsed = Native("timedelta", state={"total_seconds": gives(Const(seconds)), "seconds": Const(int(seconds)),
                         "microseconds": Const(int(seconds % 1 * 1e6))})  # fmt: skip
        found = Native("response", state={
            "status_code": code, "status": code, "code": code, "ok": fine, "is_success": fine,
            "is_error": Const(status >= 400), "json": gives(body), "read": gives(body), "text": body, "content": body,
            "headers": Table({"content-type": Const("application/json")}), "elapsed": elapsed, "url": Const(url),
            "reason": Const(""), "reason_phrase": Const(""), "getcode": gives(code),
        })  # fmt: skip
        found.state["raise_for_status"] = Native("raise_for_status", raises)
        found.state["__enter__"] = gives(found)
        return found

    def _fits(self, body: Value, span: Span) -> bool:
        """Whether a body is a customer that the service takes."""
        if isinstance(body, Seq):
            return len(body.items) == 1 and self._fits(body.items[0], span)
        if isinstance(body, Const):
            return False
        if not isinstance(body, Table) or body.rest is not None:
            raise Lost(span, "what is sent here cannot be seen")
        for name, kind in self.valid.items():
            value = body.items.get(name)
            if not isinstance(value, Const):
                return False
            if kind == "number":
                if isinstance(value.data, bool) or not isinstance(value.data, int | float) or value.data < 0:
                    return False
            elif not isinstance(value.data, str) or (isinstance(kind, list) and value.data not in kind):
                return False
        return True


def _text(value: Value) -> str:
    return str(value.data) if isinstance(value, Const) else ""


def _number(given: list[Value], default: float) -> float:
    first = given[0] if given else None
    if isinstance(first, Const) and isinstance(first.data, int | float):
        return float(first.data)
    return default


def _seconds(value: Value | None) -> float | None:
    """The time that a request may take: a number, or the second of a pair (connect, read)."""
    if isinstance(value, Seq) and value.items:
        value = value.items[-1]
    if isinstance(value, Const) and isinstance(value.data, int | float) and not isinstance(value.data, bool):
        return float(value.data)
    return None
