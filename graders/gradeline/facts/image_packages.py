"""System packages in a build: whether their lists are fresh, short and gone in the end.

Docker documentation, "Building best practices", apt-get; Debian, apt-get(8).
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.activities import Activity
from gradeline.facts.images import ImageFacts
from gradeline.model.image import Run
from gradeline.records import record
from gradeline.source import Span

_LISTS = ("/var/lib/apt/lists", "/var/lib/apt", "/var/lib", "/var")
_APT = ("apt-get", "apt", "aptitude")


@record
class Untidy:
    span: Span
    sentence: str


@record
class Tidy:
    span: Span


def system_packages(facts: ImageFacts) -> Iterator[Untidy | Tidy]:
    """What is wrong with each RUN that installs Debian packages; ``Tidy`` for one that does it well.

    What is left behind only matters in the layers that are shipped.
    """
    shipped = {stage.id for stage in facts.lineage}
    for stage, number, run in facts.runs():
        commands = facts.commands(stage, number)
        installs = [item for item in commands if _is(item, "install")]
        if installs:
            wrong = _wrong(run, commands, installs, stage.id in shipped)
            yield wrong if wrong is not None else Tidy(installs[0].span)


def _words(item: Activity) -> tuple[str, ...]:
    words = item.invocation.words if item.invocation is not None else ()
    return (words[0].rsplit("/", 1)[-1], *words[1:]) if words else ()


def _is(item: Activity, action: str) -> bool:
    words = _words(item)
    return words[:1] != () and words[0] in _APT and action in words[1:]


def _wrong(run: Run, commands: tuple[Activity, ...], installs: list[Activity], shipped: bool) -> Untidy | None:
    first = installs[0]
    before = commands[: commands.index(first)]
    if not any(_is(item, "update") for item in before):
        return Untidy(first.span, "installs from package lists of an older layer; update and install belong together")
    if not any(word in ("-y", "--yes", "--assume-yes", "-qy", "-yq", "-qqy", "-yqq") or word.startswith("-qq")
               for word in _words(first)):  # fmt: skip
        return Untidy(first.span, "asks a question that nobody answers")
    if not shipped:
        return None
    for item in installs:
        if not any(word == "--no-install-recommends" or "Install-Recommends=" in word for word in _words(item)):
            return Untidy(item.span, "installs recommended packages that nobody asked for")
    if not _lists_are_gone(run, commands):
        return Untidy(first.span, "leaves the package lists in the image")
    return None


def _lists_are_gone(run: Run, commands: tuple[Activity, ...]) -> bool:
    if any(mount.kind in ("cache", "tmpfs") and (mount.target or "").rstrip("/") in _LISTS for mount in run.mounts):
        return True
    return any(
        _words(item)[:1] == ("rm",) and any("/var/lib/apt" in word for word in _words(item)[1:]) for item in commands
    )
