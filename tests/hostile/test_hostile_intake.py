"""Submissions made to lead the grader out of its folder, to make it hang, or to lie to it."""

from __future__ import annotations

import io
import os
import socket
import stat
import struct
import tarfile
import threading
import time
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradeline.intake import IntakeError, Snapshot, folder, limits, open_submission
from gradeline.intake.folder import DescriptorAccess, FolderStore, PathAccess
from gradeline.source import GradelineError

SECRET = "the contents of a file outside"
SECONDS = 8.0  # of processor time; a slow machine takes less than half of it


@pytest.fixture(params=[DescriptorAccess, PathAccess], ids=["openat", "paths"])
def opened(request):
    """A submission folder, reached in both ways that systems offer."""

    def snapshot(root: Path, *, submit: tuple[str, ...] = (), hard_links: folder.HardLinks = "note") -> Snapshot:
        return Snapshot(FolderStore(str(root), hard_links, request.param(str(root))), submit=submit)

    return snapshot


@pytest.fixture
def outside(tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.yml").write_text(SECRET)
    return tmp_path / "outside"


@pytest.fixture
def inside(tmp_path):
    (tmp_path / "inside").mkdir()
    return tmp_path / "inside"


def codes(found: Snapshot) -> list[tuple[str, str]]:
    return [(one.path, one.code) for one in found.diagnostics]


# --- links, devices, hard links ----------------------------------------------------------------------


def test_b01_a_link_out_is_reported_and_its_target_is_neither_read_nor_named(inside, outside, opened):
    (inside / "Dockerfile").symlink_to(outside / "secret.yml")
    (inside / "passwd.yml").symlink_to("/etc/passwd")
    (inside / ".github").symlink_to(outside, target_is_directory=True)
    found = opened(inside)
    assert found.paths == ()
    assert codes(found) == [(".github", "link"), ("Dockerfile", "link"), ("passwd.yml", "link")]
    for path in ("Dockerfile", "passwd.yml", ".github/secret.yml", ".github"):
        assert found.read(path) is None
    assert not any(SECRET in str(one) or "passwd:" in str(one) for one in found.diagnostics)
    assert set(found.unreadable) == {".github", "Dockerfile", "passwd.yml"}


def test_b01_a_folder_swapped_for_a_link_after_listing_is_not_followed(inside, outside, opened):
    (inside / "sub").mkdir()
    (inside / "sub" / "secret.yml").write_text("mine")
    found = opened(inside)
    (inside / "sub").rename(inside / "old")
    (inside / "sub").symlink_to(outside, target_is_directory=True)
    assert found.read("sub/secret.yml") is None
    assert found.unreadable["sub/secret.yml"].code in ("link", "unreadable-file")


def test_b01_a_submission_folder_replaced_after_listing_is_not_read(inside, outside):
    (inside / "secret.yml").write_text("mine")
    found = open_submission(inside)
    inside.rename(inside.with_name("old"))
    inside.symlink_to(outside, target_is_directory=True)
    assert found.read("secret.yml") is None
    assert found.unreadable["secret.yml"].code == "unreadable-file"


def test_b02_loops_and_links_to_devices_are_not_followed(inside, opened):
    (inside / "loop").symlink_to(".")
    (inside / "z.yml").symlink_to("/dev/zero")
    (inside / "e.yml").symlink_to("/proc/self/environ")
    (inside / "self").symlink_to("self")
    found = opened(inside)
    assert found.paths == ()
    assert [code for _, code in codes(found)] == ["link"] * 4


def test_b03_a_hard_link_to_a_file_outside_is_noted_or_refused(inside, outside, opened):
    os.link(outside / "secret.yml", inside / "ci.yml")
    learner, instructor = opened(inside), opened(inside, hard_links="reject")
    assert learner.read("ci.yml").text == SECRET
    assert [(one.severity, one.code) for one in learner.diagnostics] == [("note", "hard-link")]
    assert instructor.read("ci.yml") is None
    assert [(one.severity, one.code) for one in instructor.diagnostics] == [("error", "hard-link")]


def test_b03_two_names_of_one_file_inside_are_fine(inside, opened):
    (inside / "a.yml").write_text("x")
    os.link(inside / "a.yml", inside / "b.yml")
    found = opened(inside, hard_links="reject")
    assert [found.read(path).text for path in found.paths] == ["x", "x"]
    assert found.diagnostics == ()


def test_b04_pipes_and_sockets_never_block(inside, opened):
    os.mkfifo(inside / ".gitlab-ci.yml")
    with socket.socket(socket.AF_UNIX) as listener:
        before = Path.cwd()
        os.chdir(inside)  # the path of a socket is short
        try:
            listener.bind("s.yml")
        finally:
            os.chdir(before)
        started = time.process_time()
        found = opened(inside)
        assert found.read(".gitlab-ci.yml") is None
        assert time.process_time() - started < SECONDS
    assert codes(found) == [(".gitlab-ci.yml", "not-a-file"), ("s.yml", "not-a-file")]


def test_b04_a_file_swapped_for_a_pipe_after_listing_never_blocks(inside, opened):
    (inside / "ci.yml").write_text("x")
    found = opened(inside)
    (inside / "ci.yml").unlink()
    os.mkfifo(inside / "ci.yml")
    started = time.process_time()
    assert found.read("ci.yml") is None
    assert time.process_time() - started < SECONDS
    assert found.unreadable["ci.yml"].code == "not-a-file"


def test_b04_a_pipe_as_the_submission_itself_is_refused(inside):
    os.mkfifo(inside / "pipe")
    with pytest.raises(IntakeError, match="neither a folder nor a file"):
        open_submission(inside / "pipe")


# --- archives ------------------------------------------------------------------------------------------


def make_zip(path: Path, members: list[tuple[str | zipfile.ZipInfo, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members:
            archive.writestr(member, content)
    return path


def make_tar(path: Path, members: list[tuple[tarfile.TarInfo, bytes]]) -> Path:
    with tarfile.open(path, "w") as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def tar_member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


ODD_NAMES = ["../../../evil.yml", "/abs.yml", "a/../../b.yml", "a\\..\\b.yml", "C:\\x", "C:x", "a//b.yml", "x\ny.yml",
             "x\x1b[2J.yml", "aux.yml", "ci.yml ", "a/./b"]  # fmt: skip


@pytest.mark.parametrize("name", ODD_NAMES)
def test_b05_a_member_that_leads_out_is_left_out_and_does_not_change_place(tmp_path, name):
    zipped = make_zip(tmp_path / "a.zip", [(name, b"evil"), ("ci.yml", b"x")])
    tarred = make_tar(tmp_path / "a.tar", [(tar_member(name), b"evil"), (tar_member("ci.yml"), b"x")])
    before = sorted(tmp_path.rglob("*"))
    for path in (zipped, tarred):
        found = open_submission(path)
        assert found.paths == ("ci.yml",)
        assert [code for _, code in codes(found)] == ["odd-name"]
        assert all(one.path.isprintable() for one in found.diagnostics)
    assert sorted(tmp_path.rglob("*")) == before


def test_b05_links_and_devices_in_archives_are_refused(tmp_path, outside):
    link = zipfile.ZipInfo("Dockerfile")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    fifo = zipfile.ZipInfo("fifo.yml")
    fifo.create_system, fifo.external_attr = 3, (stat.S_IFIFO | 0o644) << 16
    zipped = open_submission(
        make_zip(tmp_path / "a.zip", [(link, str(outside).encode()), (fifo, b""), ("ci.yml", b"x")])
    )
    assert zipped.paths == ("ci.yml",)
    assert codes(zipped) == [("Dockerfile", "link"), ("fifo.yml", "not-a-file")]
    members = [
        (tar_member("sub", tarfile.SYMTYPE, str(outside)), b""),
        (tar_member("sub/secret.yml"), b"written through the link"),
        (tar_member("hard.yml", tarfile.LNKTYPE, "/etc/passwd"), b""),
        (tar_member("zero.yml", tarfile.CHRTYPE), b""),
        (tar_member("pipe.yml", tarfile.FIFOTYPE), b""),
        (tar_member("ci.yml"), b"x"),
    ]
    tarred = open_submission(make_tar(tmp_path / "a.tar", members))
    assert tarred.paths == ("ci.yml",)
    assert {path: one.code for path, one in tarred.unreadable.items()} == {
        "sub": "link",
        "sub/secret.yml": "name-collision",
        "hard.yml": "link",
        "zero.yml": "not-a-file",
        "pipe.yml": "not-a-file",
    }
    assert (outside / "secret.yml").read_text() == SECRET


def test_b06_a_zip_bomb_is_refused_without_being_unpacked(tmp_path):
    path = make_zip(tmp_path / "a.zip", [("bomb.yml", b"0" * 50_000_000), ("ci.yml", b"x")])
    started = time.process_time()
    found = open_submission(path)
    assert time.process_time() - started < 2.0
    assert found.paths == ("ci.yml",)
    assert codes(found) == [("bomb.yml", "archive-ratio")]


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
def test_b06_a_tar_bomb_is_refused_as_soon_as_it_grows_too_fast(tmp_path, mode):
    with tarfile.open(tmp_path / "a.tar", mode) as archive:
        member = tarfile.TarInfo("bomb.bin")
        member.size = 20_000_000
        archive.addfile(member, io.BytesIO(bytes(20_000_000)))
    with pytest.raises(IntakeError, match="unpacks to more than 100 times its size"):
        open_submission(tmp_path / "a.tar")


def test_b06_an_archive_inside_an_archive_is_a_file_like_any_other(tmp_path):
    inner = make_zip(tmp_path / "inner.zip", [("ci.yml", b"x")]).read_bytes()
    found = open_submission(make_zip(tmp_path / "a.zip", [("inner.zip", inner), ("ci.yml", b"y")]))
    assert found.paths == ("ci.yml", "inner.zip")
    assert found.read("inner.zip") is None
    assert found.unreadable["inner.zip"].code == "not-text"


def central_entry(name: bytes, offset: int, packed: int, size: int, crc: int) -> bytes:
    return struct.pack(
        "<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, crc, packed, size, len(name), 0, 0, 0, 0, 0, offset
    ) + name  # fmt: skip


def local_entry(name: bytes, data: bytes, size: int, crc: int) -> bytes:
    return struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0, crc, len(data), size, len(name), 0) + name + data


def end_of_list(count: int, size: int, offset: int) -> bytes:
    return struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count & 0xFFFF, count & 0xFFFF, size, offset, 0)


def deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def test_b06_members_that_share_their_bytes_are_refused(tmp_path):
    content = b"a: 1\n" * 2000
    data, crc = deflated(content), zlib.crc32(content)
    body = local_entry(b"a.yml", data, len(content), crc)
    listing = b"".join(central_entry(b"a.yml", 0, len(data), len(content), crc) for _ in range(50))
    (tmp_path / "a.zip").write_bytes(body + listing + end_of_list(50, len(listing), len(body)))
    with pytest.raises(IntakeError, match="same bytes for several members"):
        open_submission(tmp_path / "a.zip")


@pytest.mark.parametrize("claimed", [10, 9_999, 10_001, 100_000])
def test_b06_a_member_that_lies_about_its_size_is_not_read(tmp_path, claimed):
    content = b"a: 1\n" * 2000
    data, crc = deflated(content), zlib.crc32(content)
    body = local_entry(b"a.yml", data, claimed, crc)
    listing = central_entry(b"a.yml", 0, len(data), claimed, crc)
    (tmp_path / "a.zip").write_bytes(body + listing + end_of_list(1, len(listing), len(body)))
    found = open_submission(tmp_path / "a.zip")
    assert found.read("a.yml") is None
    assert found.unreadable["a.yml"].code in ("archive-lies", "archive-damaged")


def test_b06_a_list_of_a_million_members_is_refused_before_it_is_held_in_memory(tmp_path):
    listing = central_entry(b"a", 0, 0, 0, 0) * 200_000
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04" + listing + end_of_list(200_000, len(listing), 4))
    started = time.process_time()
    with pytest.raises(IntakeError):
        open_submission(tmp_path / "a.zip")
    assert time.process_time() - started < 2.0


def test_b06_a_tar_of_countless_empty_members_is_refused(tmp_path, monkeypatch):
    from gradeline.intake import archive

    monkeypatch.setattr(archive, "MAX_ENTRIES", 1_000)
    members = [(tar_member(f"f{number}"), b"") for number in range(1_001)]
    with pytest.raises(IntakeError, match="more than 1000 members"):
        open_submission(make_tar(tmp_path / "a.tar", members))


@pytest.mark.parametrize("kind", [b"x", b"L"])
def test_b06_an_extended_header_of_megabytes_is_refused(tmp_path, kind):
    header = tar_member("x", kind)
    header.size = 50_000_000
    (tmp_path / "a.tar").write_bytes(header.tobuf(tarfile.GNU_FORMAT) + bytes(2048))
    with pytest.raises(IntakeError, match="damaged"):
        open_submission(tmp_path / "a.tar")


@pytest.mark.parametrize(
    "record", [b"99 path=x\n", b"0 path=x\n", b"-9 path=x\n", b"path=x\n", b"11 path=xx", b"12 size=-99\n", b"9" * 400]
)
def test_b06_a_pax_header_with_impossible_numbers_is_refused(tmp_path, record):
    header = tar_member("x", b"x")
    header.size = len(record)
    padded = record + bytes(-len(record) % 512)
    after = tar_member("ci.yml").tobuf(tarfile.USTAR_FORMAT)
    (tmp_path / "a.tar").write_bytes(header.tobuf(tarfile.USTAR_FORMAT) + padded + after + bytes(1024))
    with pytest.raises(IntakeError, match="damaged"):
        open_submission(tmp_path / "a.tar")


def test_b07_a_name_that_is_there_twice_is_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        zipped = make_zip(tmp_path / "a.zip", [("a.yml", b"good"), ("a.yml", b"evil"), ("b.yml", b"x")])
    tarred = make_tar(tmp_path / "a.tar", [(tar_member(n), b"x") for n in ("a.yml", "./a.yml", "b.yml")])
    for path in (zipped, tarred):
        found = open_submission(path)
        assert found.paths == ("b.yml",)
        assert found.unreadable["a.yml"].code == "archive-duplicate"


def test_b08_names_that_some_systems_cannot_tell_apart_are_refused(tmp_path, inside, opened):
    names = ["Dockerfile", "DOCKERFILE", "caf\u00e9.yml", "cafe\u0301.yml", "ok.yml"]
    for name in names:
        (inside / name).write_text("x")
    zipped = open_submission(make_zip(tmp_path / "a.zip", [(name, b"x") for name in names]))
    for found in (opened(inside), zipped):
        assert found.paths == ("ok.yml",)
        assert {one.code for one in found.unreadable.values()} == {"name-collision"}
        assert set(found.unreadable) == set(names) - {"ok.yml"}


def test_b08_a_folder_in_other_letters_is_another_folder(inside, opened):
    (inside / ".GitHub" / "workflows").mkdir(parents=True)
    (inside / ".GitHub" / "workflows" / "ci.yml").write_text("x")
    assert opened(inside).read(".github/workflows/ci.yml") is None


@pytest.mark.parametrize("name", ["CON", "aux.yml", "nul", "COM1.tf", "a:b", "dot.", "space ", "GIT~1"])
def test_b09_names_that_windows_cannot_have_are_refused_everywhere(inside, opened, name):
    (inside / name).write_text("x")
    (inside / "ok.yml").write_text("x")
    found = opened(inside)
    assert found.paths == ("ok.yml",)
    assert codes(found) == [(name, "odd-name")]


def test_b09_a_path_of_300_characters_is_refused(inside, opened):
    (inside / ("d" * 150)).mkdir()
    (inside / ("d" * 150) / ("f" * 150)).write_text("x")
    found = opened(inside)
    assert found.paths == ()
    assert [code for _, code in codes(found)] == ["odd-name"]


def test_b10_a_name_that_is_not_utf_8_is_shown_safely(inside, opened):
    Path(os.fsdecode(os.fsencode(inside) + b"/caf\xe9.yml")).write_text("x")
    found = opened(inside)
    assert found.paths == ()
    assert codes(found) == [("caf\\xe9.yml", "odd-name")]
    assert all(one.message.encode("utf-8") for one in found.diagnostics)


def test_b11_names_that_look_like_options_or_commands_are_only_names(inside, opened):
    names = ["$(touch PWN).yml", "--config-file=x.yaml", "-rf", "@args", "a;b", "`id`.yml"]
    for name in names:
        (inside / name).write_text("x")
    (inside / "new\nline.yml").write_text("x")
    (inside / "\x1b[2Jclear.yml").write_text("x")
    found = opened(inside)
    assert list(found.paths) == sorted(names)
    assert all(found.read(path).text == "x" for path in found.paths)
    assert codes(found) == [("\\x1b[2Jclear.yml", "odd-name"), ("new\\nline.yml", "odd-name")]


# --- files that change, vanish, or are many ---------------------------------------------------------


def test_b15_a_file_rewritten_all_the_time_is_read_as_one_of_its_versions(inside):
    good, bad = "a: good\n" * 4000, "b: evil\n" * 5000
    target, stop = inside / "ci.yml", threading.Event()
    target.write_text(good)

    def rewrite() -> None:
        while not stop.is_set():
            for number, text in enumerate((bad, good)):
                fresh = inside / f".fresh{number}"
                fresh.write_text(text)
                fresh.replace(target)

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        for _ in range(150):
            found = open_submission(inside, submit=("ci.yml",))
            source = found.read("ci.yml")
            if source is None:
                assert found.unreadable["ci.yml"].code == "changing-file"
            else:
                assert source.text in (good, bad)
                assert found.digest() == found.digest()
    finally:
        stop.set()
        writer.join()


def test_b15_a_file_that_changes_while_it_is_read_is_not_believed(inside, monkeypatch):
    target = inside / "ci.yml"
    target.write_text("x")
    found = open_submission(inside)
    real, moments = folder._bounded_read, iter(range(1, 100))

    def growing(descriptor: int, limit: int, size: int) -> bytes:
        content = real(descriptor, limit, size)
        os.utime(target, ns=(next(moments), next(moments)))
        return content

    monkeypatch.setattr(folder, "_bounded_read", growing)
    assert found.read("ci.yml") is None
    assert found.unreadable["ci.yml"].code == "changing-file"


def test_b16_a_file_that_vanished_is_said_to_have_vanished(inside, opened):
    (inside / "ci.yml").write_text("x")
    found = opened(inside)
    (inside / "ci.yml").unlink()
    assert found.read("ci.yml") is None
    assert found.unreadable["ci.yml"].message == "This file cannot be read: it is no longer there."


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to the root user")
def test_b16_what_may_not_be_read_is_reported(inside, opened):
    (inside / "locked").mkdir()
    (inside / "ci.yml").write_text("x")
    (inside / "ci.yml").chmod(0)
    (inside / "locked").chmod(0)
    try:
        found = opened(inside)
        assert found.read("ci.yml") is None
        assert codes(found) == [("ci.yml", "unreadable-file"), ("locked", "unreadable-folder")]
    finally:
        (inside / "locked").chmod(0o700)


def test_b16_permission_denied_is_a_diagnostic(inside, monkeypatch):
    (inside / "sub").mkdir()
    (inside / "ci.yml").write_text("x")
    real = os.open

    def refuse(path, flags, *arguments, **options):
        if path in ("ci.yml", "sub"):
            raise PermissionError(13, "Permission denied")
        return real(path, flags, *arguments, **options)

    monkeypatch.setattr(os, "open", refuse)
    found = open_submission(inside)
    assert found.read("ci.yml") is None
    assert codes(found) == [("ci.yml", "unreadable-file"), ("sub", "unreadable-folder")]
    assert found.diagnostics[0].message == "This file cannot be read: permission denied."


def test_b16_folders_nested_without_end_are_cut_off(inside, opened):
    (inside / "ci.yml").write_text("x")
    try:
        nest(inside, 2_000)
        started = time.process_time()
        found = opened(inside)
        assert time.process_time() - started < SECONDS
        assert found.paths == ("ci.yml",)
        assert [code for _, code in codes(found)] == ["too-deep"]
    finally:
        flatten(inside)


def nest(folder: Path, depth: int) -> None:
    here = os.open(folder, os.O_RDONLY)
    try:
        for _ in range(depth):
            os.mkdir("a", dir_fd=here)
            below = os.open("a", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
    finally:
        os.close(here)


def flatten(folder: Path) -> None:
    """Take nested folders apart from the top: pytest's own clean-up recurses and would fail on them."""
    spare = folder / "spare"
    while (folder / "a").is_dir():
        (folder / "a").rename(spare)
        if (spare / "a").is_dir():
            (spare / "a").rename(folder / "a")
        spare.rmdir()


def test_b16_a_folder_with_too_many_names_is_left_out_and_the_others_stay(inside, opened, monkeypatch):
    monkeypatch.setattr(folder, "MAX_ENTRIES", 100)
    (inside / "data").mkdir()
    for number in range(101):
        (inside / "data" / f"{number}.csv").touch()
    (inside / "src").mkdir()
    (inside / "src" / "app.py").write_text("x")
    found = opened(inside)
    assert found.paths == ("src/app.py",)
    assert codes(found) == [("data", "too-many-entries")]


def test_b16_folders_that_tools_make_are_not_entered(inside, opened):
    for name in (".git", ".venv", "venv", "node_modules", "__pycache__", ".tox", ".nox", ".mypy_cache"):
        (inside / name).mkdir()
        (inside / name / "ci.yml").write_text("x")
    (inside / "my-environment").mkdir()
    (inside / "my-environment" / "pyvenv.cfg").write_text("")
    (inside / "my-environment" / "x.py").write_text("")
    (inside / "env").mkdir()
    (inside / "env" / "prod.tfvars").write_text("")
    found = opened(inside)
    assert found.paths == ("env/prod.tfvars",)
    assert found.diagnostics == ()


def test_b17_nothing_is_written_into_a_submission(inside, opened):
    (inside / "src").mkdir()
    (inside / "src" / "ci.yml").write_text("a: 1\n")
    (inside / "link").symlink_to("src")

    def state() -> list[tuple[str, int, int]]:
        found = [inside, *sorted(inside.rglob("*"))]
        return [(str(path), path.lstat().st_mtime_ns, path.lstat().st_mode) for path in found]

    before = state()
    found = opened(inside, submit=("**/*.yml",))
    found.digest()
    assert state() == before


# --- content ------------------------------------------------------------------------------------------


def test_a20_a_sparse_file_of_ten_gigabytes_is_refused_by_its_size(inside, opened):
    with (inside / "ci.yml").open("wb") as file:
        file.truncate(10 * 2**30)
    started = time.process_time()
    found = opened(inside)
    assert found.read("ci.yml") is None
    assert time.process_time() - started < 1.0
    assert codes(found) == [("ci.yml", "file-too-large")]


def test_a20_a_line_of_twenty_megabytes_never_reaches_a_parser(inside, opened):
    (inside / "ci.yml").write_bytes(b"a: " + b"x" * 200_000)
    found = opened(inside)
    assert found.read("ci.yml") is None
    assert codes(found) == [("ci.yml", "line-too-long")]


@pytest.mark.parametrize(
    "content",
    [
        b"on: push\x00",
        b"\x89PNG\r\n\x1a\n\x00",
        "on: push\n".encode("utf-16"),
        "on: push\n".encode("utf-32"),
        b"caf\xe9",
    ],
)
def test_a21_a22_what_is_not_utf_8_is_never_half_read(inside, opened, content):
    (inside / "Dockerfile").write_bytes(content)
    found = opened(inside)
    assert found.read("Dockerfile") is None
    assert [(one.severity, one.code) for one in found.diagnostics] == [("error", "not-text")]
    assert found.unreadable["Dockerfile"] == found.diagnostics[0]


def test_a24_text_that_hides_something_is_shown_with_code_points(inside, opened):
    (inside / "ci.yml").write_text("run: x # \u202e }tsal{\npermis\u200bsions: {}\npermissi\u043ens: {}\nkey:\u00a0v\n")
    found = opened(inside)
    assert found.read("ci.yml") is not None
    assert [(one.code, one.span.line) for one in found.diagnostics] == [
        ("bidirectional-text", 1),
        ("invisible-character", 2),
        ("mixed-script", 3),
        ("odd-space", 4),
    ]
    assert all(one.message.isascii() for one in found.diagnostics)


# --- whatever the bytes ------------------------------------------------------------------------------


def look_at_everything(path: Path) -> None:
    try:
        found = open_submission(path, submit=("**",))
    except GradelineError:
        return
    for one in (*found.paths, *found.unreadable):
        found.read(one)
    found.digest()
    assert all(one.path.isprintable() and one.message for one in found.diagnostics)


@pytest.fixture(scope="module")
def seeds(tmp_path_factory):
    """Small archives of every kind."""
    place = tmp_path_factory.mktemp("seeds")
    names = ["repo/ci.yml", "repo/src/" + "n" * 120 + "/a.py"]
    contents = [make_zip(place / "seed.zip", [(name, b"a: 1\n" * 50) for name in names]).read_bytes()]
    for mode in ("w", "w:gz", "w:bz2", "w:xz"):
        with tarfile.open(place / "seed.tar", mode, format=tarfile.GNU_FORMAT) as archive:
            for name in names:
                member = tarfile.TarInfo(name)
                member.size = 6
                archive.addfile(member, io.BytesIO(b"a: 1\n\n"))
        contents.append((place / "seed.tar").read_bytes())
    return contents


@given(st.data())
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_archive_raises_nothing_but_known_errors(tmp_path, seeds, data):
    content = bytearray(data.draw(st.sampled_from(seeds)))
    for _ in range(data.draw(st.integers(0, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(0, len(content))) :]
    target = tmp_path / "a.zip"
    target.write_bytes(content)
    look_at_everything(target)


@given(
    st.sampled_from([b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh9", b"\xfd7zXZ\x00", b""]), st.binary(max_size=600)
)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_as_an_archive_raise_nothing_but_known_errors(tmp_path, magic, content):
    (tmp_path / "a").write_bytes(magic + content)
    look_at_everything(tmp_path / "a")


@given(st.lists(st.tuples(st.text(min_size=1, max_size=12), st.binary(max_size=60)), max_size=6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_names_in_an_archive_raise_nothing_but_known_errors(tmp_path, members):
    with tarfile.open(tmp_path / "a.tar", "w", errors="surrogateescape") as archive:
        for name, content in members:
            member = tarfile.TarInfo(name.encode("utf-8", "replace").decode())
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    look_at_everything(tmp_path / "a.tar")


def test_limits_of_archives_are_finite():
    assert limits.MAX_ARCHIVE <= 100 * limits.MIB
    assert limits.MAX_UNPACKED <= 200 * limits.MIB
    assert limits.MAX_KEPT <= 64 * limits.MIB
