"""``grade batch --engine dask`` with a real scheduler and real workers: the same bytes, whoever is killed."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

import pytest

from gradeline.batch import cluster as cluster_module
from gradeline.batch.cluster import DaskEngine
from gradeline.batch.local import LocalEngine
from gradeline.batch.parcel import pack, unpack

REPOSITORY = Path(__file__).parents[2]
EXEMPLAR = next((REPOSITORY / "solutions").glob("exercise-01-*")) / "exemplar"
STARTER = next((REPOSITORY / "exercises").glob("exercise-01-*")) / "starter"

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="process groups and limits are POSIX"),
    pytest.mark.xdist_group("cluster"),
]


class Cluster:
    """A scheduler and workers, each a process."""

    def __init__(self, folder: Path, workers: int, tls: Sequence[Path] = ()) -> None:
        self._file = folder / "scheduler.json"
        self._log = (folder / "log").open("w", encoding="utf-8")
        names = ("--tls-ca-file", "--tls-cert", "--tls-key")
        self._tls = [word for pair in zip(names, map(str, tls), strict=False) for word in pair]
        protocol = ["--protocol", "tls"] if tls else []
        self._all = [self._start("scheduler", "--host", "127.0.0.1", "--port", "0", *protocol)]
        self.scheduler = self._all[0]
        self._wait(self._file.exists)
        self.workers = [self._start("worker", "--nthreads", "1", "--no-nanny") for _ in range(workers)]
        self._all += self.workers
        self.address = str(json.loads(self._file.read_text(encoding="utf-8"))["address"])

    def _start(self, what: str, *words: str) -> subprocess.Popen[bytes]:
        start = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--no-dashboard"]
        more = ["--scheduler-file", str(self._file), *self._tls, *words]
        return subprocess.Popen([*start, *more], stdout=self._log, stderr=self._log, cwd=self._file.parent)

    @staticmethod
    def _wait(ready: object) -> None:
        end = time.monotonic() + 60
        while not ready() and time.monotonic() < end:  # type: ignore[operator]  # a callable
            time.sleep(0.05)

    def stop(self) -> None:
        for process in self._all:
            process.kill()
            process.wait()
        self._log.close()


@contextlib.contextmanager
def cluster(folder: Path, workers: int, tls: Sequence[Path] = ()) -> Iterator[Cluster]:
    folder.mkdir()
    found = Cluster(folder, workers, tls)
    try:
        yield found
    finally:
        found.stop()


def words(submissions: Path, output: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "gradeline_cli", "batch", str(submissions), "-o", str(output), *more]


def batch(submissions: Path, output: Path, *more: str) -> tuple[int, str]:
    done = subprocess.run(
        words(submissions, output, *more), capture_output=True, text=True, timeout=180, check=False,
        env={**os.environ, "GRADE_LANG": "en"},
    )  # fmt: skip
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def a_class(submissions: Path, size: int) -> None:
    """Right and wrong work, work that cannot be read, and work that cannot travel."""
    for number in range(size):
        folder = submissions / f"l{number:02d}" / "exercise-01"
        shutil.copytree(EXEMPLAR if number % 2 else STARTER, folder)
        (folder / "NAME").write_text(str(number), encoding="utf-8")
    (submissions / "l00" / "exercise-01" / "link").symlink_to("/etc/passwd")
    (submissions / "l01" / "exercise-01" / ".github" / "workflows" / "ci.yml").write_bytes(b"\xff\xfe\0")
    (submissions / "zip").mkdir()
    shutil.make_archive(str(submissions / "zip" / "exercise-01"), "zip", EXEMPLAR)
    (submissions / "bad").mkdir()
    (submissions / "bad" / "exercise-01.tar.gz").write_bytes(b"no archive")


def test_two_workers_give_the_same_bytes_as_this_machine_and_killing_one_loses_nothing(tmp_path: Path) -> None:
    submissions = tmp_path / "in"
    a_class(submissions, 24)
    local_code, _ = batch(submissions, tmp_path / "local")
    expected = (tmp_path / "local" / "results.jsonl").read_bytes()
    with cluster(tmp_path / "cluster", 2) as found:
        options = ("--engine", "dask", "--scheduler", found.address)
        code, said = batch(submissions, tmp_path / "dask", *options)
        assert (code, (tmp_path / "dask" / "results.jsonl").read_bytes()) == (local_code, expected), said
        store = tmp_path / "killed" / "store"
        process = subprocess.Popen(
            words(submissions, tmp_path / "killed", *options), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + 60
        while len(list(store.glob("*.json"))) < 3 and time.monotonic() < end:
            time.sleep(0.02)
        found.workers[0].send_signal(signal.SIGKILL)
        assert process.wait(timeout=120) == local_code
        assert (tmp_path / "killed" / "results.jsonl").read_bytes() == expected


def test_a_scheduler_that_goes_away_ends_the_run_and_makes_no_errors_of_learners(tmp_path: Path) -> None:
    submissions = tmp_path / "in"
    a_class(submissions, 24)
    with cluster(tmp_path / "cluster", 1) as found:
        command = words(submissions, tmp_path / "out", "--engine", "dask", "--scheduler", found.address)
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        store = tmp_path / "out" / "store"
        end = time.monotonic() + 60
        while len(list(store.glob("*.json"))) < 2 and time.monotonic() < end:
            time.sleep(0.02)
        found.scheduler.send_signal(signal.SIGKILL)
        said = " ".join(process.communicate(timeout=150)[0].split())
        assert process.returncode == 2
        assert "The Dask scheduler at" in said
        assert "What was graded is kept" in said
        assert not (tmp_path / "out" / "results.jsonl").exists()
        assert list(store.glob("*.json"))


def test_a_cluster_that_speaks_tls_needs_the_keys(tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make keys with")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    shutil.copytree(EXEMPLAR, tmp_path / "in" / "ada" / "exercise-01")
    with cluster(tmp_path / "cluster", 1, (certificate, certificate, key)) as found:
        assert found.address.startswith("tls://")
        options = ("--engine", "dask", "--scheduler", found.address)
        keys = ("--tls", str(certificate), str(certificate), str(key))
        code, said = batch(tmp_path / "in", tmp_path / "out", *options, *keys)
        assert (code, "1 graded" in said) == (0, True), said
        code, said = batch(tmp_path / "in", tmp_path / "other", *options)
        assert code == 2
        assert "There is no Dask scheduler at tls://" in said


def test_two_batches_on_one_cluster_never_get_each_others_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Process numbers are the same in many containers, and a scheduler knows tasks by their names only."""
    names: list[str] = []

    class Client:
        def nthreads(self) -> dict[str, int]:
            return {"one": 1}

        def submit(self, _: object, parcel: bytes, key: str, pure: bool) -> Future[bytes]:
            names.append(key)
            answer: Future[bytes] = Future()
            answer.set_result(b'{"result": {}}')
            answer.release = lambda: None  # type: ignore[attr-defined]  # as those of a cluster have
            return answer

        def close(self, timeout: int) -> None:
            """Nothing to close."""

    monkeypatch.setattr(cluster_module, "_connect", lambda *_: Client())
    local = LocalEngine(REPOSITORY, 1, 5, 512)
    work = shutil.copytree(EXEMPLAR, tmp_path / "work")  # a file with a second name would stay here
    engines = [DaskEngine("tcp://x:1", None, local, REPOSITORY) for _ in range(2)]
    for engine in engines:
        for _ in range(3):
            engine.grade({"name": "ada", "exercise": "exercise-01", "folder": str(work)})
        engine.stop()
    local.stop()
    assert len(set(names)) == 6


def test_a_cluster_is_asked_for_by_its_address(tmp_path: Path) -> None:
    shutil.copytree(EXEMPLAR, tmp_path / "in" / "ada" / "exercise-01")
    code, said = batch(tmp_path / "in", tmp_path / "out", "--engine", "dask")
    assert (code, "Name the scheduler of the cluster" in said) == (2, True)


# -- parcels --------------------------------------------------------------------------------------------------------


def test_what_travels_arrives_as_it_was(tmp_path: Path) -> None:
    work = tmp_path / "in"
    (work / "a" / "empty").mkdir(parents=True)
    (work / "a" / "run.sh").write_bytes(b"\0\xff")
    (work / "a" / "run.sh").chmod(0o755)
    (work / ".git").mkdir()
    (work / ".git" / "hooks").symlink_to("/etc")  # what nobody reads does not travel, and keeps nothing from travelling
    (work / os.fsdecode(b"b\xff")).write_bytes(b"x")
    data = json.loads(json.dumps(pack(str(work))))
    (tmp_path / "out").mkdir()
    place = Path(unpack(data, tmp_path / "out"))
    assert sorted(os.fsencode(path.relative_to(place)) for path in place.rglob("*")) == [
        b"a", b"a/empty", b"a/run.sh", b"b\xff",
    ]  # fmt: skip
    assert (place / "a" / "run.sh").read_bytes() == b"\0\xff"
    assert stat.S_IMODE((place / "a" / "run.sh").stat().st_mode) == 0o755


def test_links_and_pipes_stay_where_they_are(tmp_path: Path) -> None:
    for name, make in (
        ("link", lambda path: path.symlink_to("/etc/passwd")), ("pipe", os.mkfifo),
        ("twice", lambda path: path.hardlink_to(EXEMPLAR / ".github" / "workflows" / "ci.yml")),
    ):  # fmt: skip
        (tmp_path / name).mkdir()
        try:
            make(tmp_path / name / "x")
        except OSError:
            continue  # another file system
        assert pack(str(tmp_path / name)) is None


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", "", "a\0b"])
def test_a_parcel_cannot_leave_its_folder(tmp_path: Path, path: str) -> None:
    for files, folders in (([[path, 0o644, ""]], []), ([], [path])):
        (tmp_path / "root").mkdir()
        with pytest.raises(ValueError, match="leaves its folder"):
            unpack({"archive": "", "files": files, "folders": folders}, tmp_path / "root")
        assert [one.name for one in tmp_path.iterdir()] == ["root"]
        shutil.rmtree(tmp_path / "root")
