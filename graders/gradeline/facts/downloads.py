"""Programs that a pipeline downloads from where their makers publish them and then runs by a path: ``./trivy``.

Such a file is not in the submission, and yet everybody knows what it is.  ``tools/homes.yaml`` names the addresses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from gradeline.facts import catalogue
from gradeline.facts.script_shape import literal, tree, walk_deep
from gradeline.syntax import shell_nodes as sh

FETCHERS = frozenset({"curl", "wget", "aria2c", "http", "xh"})
SUPPOSED = frozenset({"sudo", "env", "doas"})
# Words that release files add to the name of a program: ``hadolint-linux-x86_64``, ``opa_linux_amd64_static``.
_PLATFORMS = frozenset({"linux", "linux64", "amd64", "x64", "x86", "64", "64bit", "arm64", "aarch64", "gnu", "musl",
                        "unknown", "static", "darwin", "macos", "all"})  # fmt: skip


def downloaded(scripts: Iterable[str]) -> frozenset[str]:
    """The names of the programs that some of the ``scripts`` fetches from their own home."""
    found: set[str] = set()
    for script in scripts:
        if not any(name in script for name in (*FETCHERS, "gh")):
            continue
        values: dict[str, str] = {}
        for node in walk_deep(tree(script)):
            if isinstance(node, sh.Simple):
                for assignment in node.assignments:
                    if assignment.value is not None:
                        values[assignment.name] = written(assignment.value, values)
                words = [written(word, values) for word in node.words]
                found.update(_homes(words))
    return frozenset(found)


def tool_at(path: str, programs: frozenset[str]) -> str | None:
    """Which of the downloaded ``programs`` a file is by its name, which may tell the platform, too."""
    name = path.rpartition("/")[2].removesuffix(".exe")
    if name in programs:
        return name
    for program in sorted(programs, key=len, reverse=True):
        rest = name.removeprefix(program)
        if rest != name and rest[0] in "-_.":
            words = rest.lower().replace("-", "_").replace(".", "_").split("_")
            if all(word in _PLATFORMS or word.removeprefix("v").isdecimal() for word in words if word):
                return program
    return None


def name_of(node: sh.Node) -> str:
    """The program of a simple command, without its folder and without ``sudo``; empty when it is not known."""
    if not isinstance(node, sh.Simple) or not node.words:
        return ""
    words = [literal(word) or "" for word in node.words]
    return _program([word.rsplit("/", 1)[-1] for word in words])


def address_of(node: sh.Simple) -> str:
    """The first address among the words of a command, with variables as ``${NAME}``; empty when there is none."""
    return next((text for word in node.words if "://" in (text := written(word, {}))), "")


def written(word: sh.Word, values: Mapping[str, str]) -> str:
    """A word with the ``values`` of variables that are known, and the others as ``${NAME}``."""
    pieces = []
    for part in word.parts:
        if isinstance(part, sh.Piece):
            pieces.append(part.text)
        elif isinstance(part, sh.Parameter):
            pieces.append(values.get(part.name) or f"${{{part.name}}}")
        else:
            pieces.append("$()")
    return "".join(pieces)


def _program(names: Sequence[str]) -> str:
    return next((name for name in names if name not in SUPPOSED), "")


def _homes(words: Sequence[str]) -> frozenset[str]:
    """The programs whose home a command fetches from."""
    name = _program([word.rsplit("/", 1)[-1] for word in words])
    if name in FETCHERS:
        return frozenset().union(*(_published_at(word.strip()) for word in words if "://" in word))
    if name == "gh" and {"release", "download"} <= set(words):
        return frozenset().union(*(_published_by(word.rpartition("=")[2]) for word in words if "/" in word))
    return frozenset()


def _published_at(address: str) -> frozenset[str]:
    place = address.partition("://")[2].lower().removeprefix("www.")
    host, _, path = place.partition("/")
    parts = path.split("/")
    if host == "raw.githubusercontent.com" or (host == "github.com" and parts[2:3] in (["releases"], ["raw"])):
        return _published_by("/".join(parts[:2]))
    return frozenset(name for home, names in _by_home().items() if place.startswith(home) for name in names)


def _published_by(repository: str) -> frozenset[str]:
    return _by_home().get(repository.lower(), frozenset())


@cache
def _by_home() -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for name, homes in catalogue.index("homes").items():
        for home in homes:
            found[home] = found.get(home, frozenset()) | {name}
    return found
