"""``grade doctor`` and ``grade tools install``: what people see, and how it ends."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

import pytest
from click.testing import Result

from gradeline.tools import checkov_home, checkov_install, states
from gradeline.tools.child import ToolFailure
from gradeline.tools.states import ToolState
from gradeline.words import load, phrase

Grade = Callable[..., Result]


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "gradeline"


def fake_installer(python: Path, requirements: Path, options: Sequence[str]) -> None:
    """Puts a package with the right name and version where pip would."""
    packages = next((python.parents[1] / "lib").glob("python3*")) / "site-packages"
    (packages / f"checkov-{checkov_home.wanted_version()}.dist-info").mkdir()
    (python.parents[1] / "options.txt").write_text("\n".join([str(requirements), *options]), encoding="utf-8")


def test_the_doctor_shows_each_analyser_and_its_version(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "states", lambda: (ToolState("hadolint", "ready", "2.15.1"),))
    result = grade("doctor")
    assert (result.exit_code, result.stdout.partition("\n")[0]) == (0, "hadolint  ready    2.15.1")


def test_the_doctor_says_what_to_do_and_ends_with_3(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = ToolState("checkov", "missing", "", phrase("tool.checkov_missing"))
    monkeypatch.setattr(states, "states", lambda: (broken, ToolState("zizmor", "ready", "1.32.0")))
    result = grade("doctor")
    assert result.exit_code == 3
    assert result.stdout.splitlines()[:4] == [
        "checkov   missing",
        "          checkov is not installed. Run `grade tools install`; it takes about a",
        "          minute and 270 MB.",
        "zizmor    ready    1.32.0",
    ]
    assert grade("--lang", "de", "doctor").stdout.splitlines()[:4] == [
        "checkov   fehlt",
        "          checkov ist nicht installiert. Starte `grade tools install`; das",
        "          dauert etwa eine Minute und braucht 270 MB.",
        "zizmor    bereit   1.32.0",
    ]


def test_each_analyser_is_really_started() -> None:
    found = {one.name: one for one in (states.state("hadolint"), states.state("yamllint"), states.state("zizmor"))}
    assert {name: one.state for name, one in found.items()} == dict.fromkeys(found, "ready")
    assert all(one.version[0].isdigit() for one in found.values())


def test_one_that_is_there_and_does_not_start_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> str:
        raise ToolFailure("hadolint does not start.")

    monkeypatch.setattr("gradeline.tools.hadolint.version", fails)
    assert states.state("hadolint").state == "broken"
    advice = states.state("hadolint").advice
    assert advice
    assert load("en").say(advice) == "hadolint does not start. Install gradeline[tools] again."


def test_the_environment_is_made_in_the_data_folder_and_only_once(data_folder: Path) -> None:
    place, made = checkov_install.install(installer=fake_installer)
    assert (place.parent, made) == (data_folder, True)
    assert place.name == f"checkov-{checkov_home.lock_digest()[:12]}"
    assert checkov_home.python_in(place).exists()
    assert checkov_install.install(installer=fake_installer) == (place, False)
    assert [path.name for path in data_folder.iterdir()] == [place.name]
    done = subprocess.run([checkov_home.python_in(place), "-I", "-c", "import sys; print(sys.prefix)"],
                          capture_output=True, text=True, check=True, timeout=60)  # fmt: skip
    assert Path(done.stdout.strip()) == place


def test_nothing_half_made_is_left_when_the_installation_fails(data_folder: Path) -> None:
    def fails(python: Path, requirements: Path, options: Sequence[str]) -> None:
        raise ToolFailure("pip could not install checkov: no route")

    with pytest.raises(ToolFailure, match="no route"):
        checkov_install.install(installer=fails)
    assert list(data_folder.iterdir()) == []


def test_an_installation_without_checkov_in_it_does_not_count(data_folder: Path) -> None:
    with pytest.raises(ToolFailure, match="is not there after the installation"):
        checkov_install.install(installer=lambda *_: None)
    assert list(data_folder.iterdir()) == []


def test_one_that_is_not_whole_is_replaced(data_folder: Path) -> None:
    place = checkov_home.user_place()
    place.mkdir(parents=True)
    (place / "rest").touch()
    assert checkov_install.install(installer=fake_installer) == (place, True)
    assert not (place / "rest").exists()


def test_a_folder_with_the_packages_needs_no_network(data_folder: Path, tmp_path: Path) -> None:
    place, _ = checkov_install.install(find_links=tmp_path, installer=fake_installer)
    said = (place / "options.txt").read_text(encoding="utf-8").splitlines()
    assert said == [str(checkov_home.requirements()), "--no-index", "--find-links", str(tmp_path)]


def test_pip_is_told_to_check_every_hash_and_to_build_nothing(tmp_path: Path) -> None:
    """pip itself, offline, with a package whose hash is another one."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (wheels / "checkov-1.0-py3-none-any.whl").write_bytes(b"not what was pinned")
    listed = tmp_path / "list.txt"
    listed.write_text(f"checkov==1.0 --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    with pytest.raises(ToolFailure, match="pip could not install checkov"):
        checkov_install._pip(Path(sys.executable), listed, ["--no-index", "--find-links", str(wheels)])


def test_the_command_installs_and_says_where(
    grade: Grade, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkov_install, "_pip", fake_installer)
    first, second = grade("tools", "install"), grade("tools", "install")
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert f"checkov-{checkov_home.lock_digest()[:12]}" in first.stdout
    assert "It is ready." in first.stdout
    assert "It is there already." in second.stdout


def test_an_installation_that_fails_ends_with_3_and_a_sentence(
    grade: Grade, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ToolFailure("pip could not install checkov: no route to host")

    monkeypatch.setattr(checkov_install, "_pip", fails)
    result = grade("tools", "install")
    assert (result.exit_code, result.stderr) == (3, "grade: pip could not install checkov: no route to host\n")


def test_the_environment_of_the_user_is_found(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkov_home, "places", lambda: (checkov_home.user_place(),))
    with pytest.raises(ToolFailure, match="grade tools install"):
        checkov_home.python()
    place, _ = checkov_install.install(installer=fake_installer)
    assert checkov_home.python() == checkov_home.python_in(place)
    shutil.rmtree(place)


def test_the_packages_of_further_commands_are_listed_and_a_missing_one_is_no_failure(
    grade: Grade, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = metadata.version

    def version(name: str) -> str:
        if name in ("psycopg", "distributed"):
            raise metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(states, "states", lambda: (ToolState("hadolint", "ready", "2.15.1"),))
    monkeypatch.setattr(metadata, "version", version)
    result = grade("doctor")
    said = " ".join(result.stdout.split())
    assert result.exit_code == 0
    assert "desk missing sqlalchemy" in said
    assert "Missing: psycopg. pip install 'gradeline[desk]'" in said
    assert "cluster missing `grade batch` on several machines. Missing: distributed." in said
    assert f"graph ready pygraphviz {real('pygraphviz')}" in said
