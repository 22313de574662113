"""Who an image runs as, and what it carries that only a build needs.

Docker documentation, "Building best practices" (USER, Use multi-stage builds, Choose the right base image).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from gradeline.facts.activities import Activity
from gradeline.facts.base_images import Base, known_base
from gradeline.facts.images import ImageFacts
from gradeline.model.image import Copy, Run, Stage, User
from gradeline.records import record
from gradeline.source import Span

# Packages with compilers and headers, on Debian, Alpine, Fedora and their relatives.
_BUILD_PACKAGES = frozenset(
    {
        "build-essential", "gcc", "g++", "clang", "llvm", "make", "cmake", "ninja-build", "autoconf", "automake",
        "build-base", "gfortran", "rustc", "cargo", "golang", "golang-go", "nodejs-dev", "gcc-c++", "kernel-headers",
        "libtool", "pkg-config", "pkgconf", "dpkg-dev", "musl-dev", "linux-headers", "git-all", "meson", "bison",
        "flex", "default-jdk", "maven",
    }
)  # fmt: skip
_ADDERS = ("useradd", "adduser")
_REMOVERS = ("remove", "purge", "autoremove", "del", "erase")


@record
class Owner:
    """Who the shipped image runs as.  ``root`` None: it cannot be seen, and ``reason`` says why.

    ``numbered``: the user is a number, or one whose number stands in the file or is fixed by the base image.
    """

    root: bool | None
    span: Span
    shown: str
    reason: str = ""
    numbered: bool = False


def owner(facts: ImageFacts) -> Owner | None:
    """None when the image has no stage."""
    stage = facts.shipped
    if stage is None:
        return None
    first = facts.lineage[-1]
    base = known_base(first.image)
    user = stage.config.user
    if user is None:
        if base is None:
            name = first.image.name if first.image is not None else "its base image"
            return Owner(None, stage.span, "", f"the user of `{name}` is not known")
        shown = "root" if base.root else "the user of its base image"
        return Owner(base.root, stage.span, shown, numbered=not base.root)
    if user.root is None:
        return Owner(None, user.span, user.name.written.raw, user.name.reason)
    name = (user.name.text or "").partition(":")[0]
    if user.root or name.isdigit():
        return Owner(user.root, user.span, name or "root", numbered=True)
    return _named(facts, user, name, base)


def _named(facts: ImageFacts, user: User, name: str, base: Base | None) -> Owner:
    """A user by name: one of the base image, or one that the build adds."""
    added = next((words for words in _added_users(facts) if words[-1] == name or name in words[1:]), None)
    if added is not None:
        number = _number(added)
        if number == 0:
            return Owner(True, user.span, f"{name}, which has the number of root")
        return Owner(False, user.span, name, numbered=number is not None)
    if base is None or _hides_users(facts) or _comes_with_a_package(facts, name):
        return Owner(False, user.span, name)
    if name in base.users:
        return Owner(False, user.span, name, numbered=True)
    return Owner(True, user.span, name, reason=f"nothing adds the user `{name}` to the image")


def _added_users(facts: ImageFacts) -> Iterator[tuple[str, ...]]:
    for stage in facts.lineage:
        for number, item in enumerate(stage.instructions):
            if isinstance(item, Run):
                for command in facts.commands(stage, number):
                    words = command.invocation.words if command.invocation is not None else ()
                    if words and words[0].rsplit("/", 1)[-1] in _ADDERS:
                        yield words


def _number(words: tuple[str, ...]) -> int | None:
    for position, word in enumerate(words[:-1]):
        name, equals, value = word.partition("=")
        text = value if equals else words[position + 1]
        if name in ("-u", "--uid") and text.isascii() and text.isdigit():
            return int(text[:10])
    return None


def _hides_users(facts: ImageFacts) -> bool:
    """Whether users may be added by something that is not read: a script, a copied /etc/passwd."""
    ids = {stage.id for stage in facts.lineage}
    for stage in facts.lineage:
        for item in stage.instructions:
            if isinstance(item, Copy) and _may_hold_users(item.target.text or "/"):
                return True
            if isinstance(item, Run) and "/etc/passwd" in item.command.script.raw:
                return True
    return any(
        item.opaque or (item.invocation is not None and item.invocation.words[0].rsplit("/", 1)[-1] == "newusers")
        for item in facts.build.activities
        if item.unit.id in ids
    )


def _comes_with_a_package(facts: ImageFacts, name: str) -> bool:
    """Whether a system package of that name is installed: such packages add the user they run as."""
    plain = name.lower()
    for stage in facts.lineage:
        for number, item in enumerate(stage.instructions):
            for command in facts.commands(stage, number) if isinstance(item, Run) else ():
                for reading in facts.toolbox.installs(command):
                    packages = reading.packages if reading.scope == "system" else ()
                    if any(package is None or package in plain or plain in package for package in packages):
                        return True
    return False


def _may_hold_users(target: str) -> bool:
    return "passwd" in target or target.rstrip("/") in ("", "/etc")


# -- what is in the image ------------------------------------------------------------------------------------

Kind = Literal["single", "full-base", "build-tools", "whole-context", "unknown-base"]


@record
class Burden:
    """Something that the shipped image need not carry."""

    kind: Kind
    span: Span
    sentence: str


def burdens(facts: ImageFacts) -> Iterator[Burden]:
    """What makes the shipped image larger than it has to be, the worst first."""
    stage = facts.shipped
    if stage is None:
        return
    first = facts.lineage[-1]
    base = known_base(first.image)
    if base is not None and base.size == "full":
        name = first.image.name if first.image is not None else ""
        yield Burden("full-base", first.span, f"`{name}` brings compilers and development packages along")
    yield from _build_tools(facts)
    yield from _whole_context(facts)
    if base is None:
        name = first.image.name if first.image is not None else "the base image"
        yield Burden("unknown-base", first.span, f"what is in `{name}` is not known")
    if not _copies_from_elsewhere(facts, stage):
        yield Burden("single", stage.span, "everything is made in the image that is shipped")


def _copies_from_elsewhere(facts: ImageFacts, stage: Stage) -> bool:
    """Whether the shipped image gets something from a stage it does not start from."""
    own = {one.id for one in facts.lineage}
    return any(
        isinstance(item, Copy) and item.origin == "stage" and item.stage not in own
        for one in facts.lineage
        for item in one.instructions
    ) or any(
        mount.origin == "stage" and mount.stage not in own
        for one in facts.lineage
        for item in one.instructions
        if isinstance(item, Run)
        for mount in item.mounts
    )


def _build_tools(facts: ImageFacts) -> Iterator[Burden]:
    for stage in reversed(facts.lineage):
        for number, item in enumerate(stage.instructions):
            if not isinstance(item, Run):
                continue
            commands = facts.commands(stage, number)
            removed = _removed(commands)
            for command in commands:
                for reading in facts.toolbox.installs(command):
                    if reading.scope != "system" or reading.pretends:
                        continue
                    tools = [
                        name for name in reading.packages if name and _is_build_package(name) and name not in removed
                    ]
                    if tools and not removed & {"--auto-remove", "autoremove", *_virtual(command)}:
                        shown = ", ".join(tools[:3])
                        yield Burden("build-tools", command.span, f"`{shown}` stays in the shipped image")


def _removed(commands: tuple[Activity, ...]) -> set[str]:
    """The packages that the same RUN takes away again; a later one cannot."""
    found: set[str] = set()
    for command in commands:
        words = command.invocation.words if command.invocation is not None else ()
        if any(word in _REMOVERS for word in words[1:3]):
            found.update(words[1:])
    return found


def _virtual(command: Activity) -> list[str]:
    words = command.invocation.words if command.invocation is not None else ()
    return [words[at + 1] for at, word in enumerate(words[:-1]) if word in ("--virtual", "-t")]


def _is_build_package(name: str) -> bool:
    plain = name.partition("=")[0].partition(":")[0]
    return plain in _BUILD_PACKAGES or plain.startswith("gcc-") or plain.endswith(("-dev", "-devel", "-headers"))


def _whole_context(facts: ImageFacts) -> Iterator[Burden]:
    for stage in facts.lineage:
        for item in stage.instructions:
            if isinstance(item, Copy) and item.origin == "context":
                for source in item.sources:
                    if source.text is not None and not source.text.strip("./"):
                        yield Burden("whole-context", item.span, "the whole folder is copied into the shipped image")
