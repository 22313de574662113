"""Other machines, through Dask: ``dask scheduler`` and ``dask worker`` where Gradeline is installed.

Work travels as JSON bytes with caps, results come back as JSON bytes: of what a learner wrote, nothing is ever pickled.
Each worker grades in a process of its own that can be killed, like the local engine, and refuses work when its grader
is not the one that was asked for.
"""

from __future__ import annotations

import json
import os
import platform
import tempfile
import threading
from collections.abc import Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from secrets import token_hex
from typing import Any

from gradeline.batch.local import LocalEngine, NoWorker
from gradeline.batch.parcel import dumps, pack, unpack
from gradeline.records import record
from gradeline.words import MissingPart, Told

_CONNECT = "20s"
_AHEAD = 3  # submissions on their way to each processor
OTHER = "other grader"  # what a worker answers that is not like us
BROKEN = "no worker"  # what one answers whose processes do not start
_REFUSED = {OTHER: "batch.other_grader", BROKEN: "batch.broken_worker"}


@record
class Keys:
    """Files for TLS: who may sign, and who we are."""

    ca: str
    certificate: str
    key: str


class DaskEngine(ThreadPoolExecutor):
    """``submit(engine.grade, task)`` as with the local engine; the answers are the same bytes.

    ``local`` grades what cannot travel.  Raises ``Told`` when there is no scheduler, and ``MissingPart``.
    """

    def __init__(self, scheduler: str, keys: Keys | None, local: LocalEngine, root: Path) -> None:
        self._client = _connect(scheduler, keys)
        self._scheduler = scheduler
        self._local = local
        self._root = root
        self._digests: dict[str, str] = {}
        # A scheduler takes two tasks of one name for the same task, also when they come from two machines.
        self._name = f"gradeline-{token_hex(16)}"
        self._number = 0
        self._lock = threading.Lock()
        self.processors = max(sum(self._client.nthreads().values()), 1)
        super().__init__(max_workers=self.processors * _AHEAD, thread_name_prefix="gradeline-dask")

    def grade(self, task: Mapping[str, str]) -> dict[str, object]:
        """The answer to ``task``: ``{"result": ...}`` or ``{"error": kind, "message": text}``."""
        try:
            packed = pack(task["folder"])
        except OSError:
            packed = None
        if packed is None:
            return self._local.grade(task)
        with self._lock:
            self._number += 1
            name = f"{self._name}-{self._number}"
        settings = {**self._local.limits(), "digest": self._digest(task["exercise"])}
        parcel = dumps({**packed, **settings, "exercise": task["exercise"], "name": task["name"]})
        future = self._client.submit(grade_parcel, parcel, key=name, pure=False)
        try:
            answer: dict[str, object] = json.loads(future.result())
        except CancelledError as error:  # nobody has the work any more, and so it will be with all others
            raise Told("batch.lost_scheduler", scheduler=self._scheduler) from error
        except Exception as error:  # the cluster's own failures, such as a machine that died under it again and again
            return {"error": "crash", "message": type(error).__name__}
        finally:
            future.release()
        if answer.get("error") in _REFUSED:
            raise Told(_REFUSED[str(answer["error"])], worker=str(answer["message"]))
        return answer

    def stop(self) -> None:
        """Drop the tasks that wait."""
        self.shutdown(wait=False, cancel_futures=True)
        self._client.close(timeout=5)
        self.shutdown(wait=True)

    def _digest(self, exercise: str) -> str:
        with self._lock:
            if exercise not in self._digests:
                self._digests[exercise] = _course_digest(self._root, exercise)
            return self._digests[exercise]


def _connect(scheduler: str, keys: Keys | None) -> Any:  # a Client, which has no types
    try:
        cluster: Any = import_module("distributed")
    except ImportError as error:
        raise MissingPart("batch.cluster") from error
    more: dict[str, Any] = {}
    if keys is not None:
        more["security"] = cluster.Security(
            tls_ca_file=keys.ca, tls_client_cert=keys.certificate, tls_client_key=keys.key, require_encryption=True
        )
    try:
        # What comes back is bytes: a worker has no way to send us an object.
        return cluster.Client(
            scheduler, timeout=_CONNECT, set_as_default=False, deserializers=["dask", "msgpack", "error"], **more
        )
    except (OSError, TimeoutError, ValueError, RuntimeError, TypeError) as error:
        raise Told("batch.scheduler", scheduler=scheduler) from error


def _course_digest(root: Path, exercise: str) -> str:
    from gradeline.batch.kept import course_digest

    return course_digest(root, exercise)


# -- in the worker ------------------------------------------------------------------------------------------------

_ENGINES: dict[tuple[int, int, int], LocalEngine] = {}
_GUARD = threading.Lock()
_KNOWN: dict[str, str] = {}


def grade_parcel(parcel: bytes) -> bytes:
    """Grade one parcel on this machine; never raises for what a learner wrote."""
    from gradeline.course import find_course

    task = json.loads(parcel)
    root = find_course().root
    with _GUARD:
        if task["exercise"] not in _KNOWN:
            _KNOWN[task["exercise"]] = _course_digest(root, task["exercise"])
        if _KNOWN[task["exercise"]] != task["digest"]:
            return dumps({"error": OTHER, "message": platform.node()})
        limits = (int(task["seconds"]), int(task["megabytes"]), os.getpid())
        if limits not in _ENGINES:
            _ENGINES[limits] = LocalEngine(root, 256, limits[0], limits[1])
        engine = _ENGINES[limits]
    with tempfile.TemporaryDirectory(prefix="unpacked-", dir=engine.scratch.path) as folder:
        try:
            place = unpack(task, Path(folder))
        except (ValueError, OSError, KeyError, TypeError) as error:
            return dumps({"error": "unreadable", "message": type(error).__name__})
        try:
            return dumps(engine.grade({"name": task["name"], "exercise": task["exercise"], "folder": place}))
        except NoWorker:
            return dumps({"error": BROKEN, "message": platform.node()})
