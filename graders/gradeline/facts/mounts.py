"""Where a file inside a container is in the repository, when a folder of it is mounted there.

Docker documentation, "Bind mounts" (``--volume``, ``--mount``); Compose file reference, "volumes".
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.commands import Container
from gradeline.facts.shell_state import HIDDEN

# How people name the folder with the repository.
_HERE = ("$PWD", "${PWD}", "$(pwd)", "${{ github.workspace }}", "$GITHUB_WORKSPACE", "$CI_PROJECT_DIR", HIDDEN)


def in_repository(facts: PipelineFacts, item: Activity, path: str) -> str:
    """The path of the repository for an absolute path of a container; the path itself when nothing is mounted."""
    if not path.startswith("/"):
        return path
    for source, target in _mounts(facts, item):
        inside = target.rstrip("/") + "/"
        if target and (path + "/").startswith(inside):
            return "/".join(part for part in (source, path[len(inside) :]) if part)
    return path


def _mounts(facts: PipelineFacts, item: Activity) -> Iterator[tuple[str, str]]:
    """Source and target of each folder of the repository that is mounted."""
    around = item.invocation.installs if item.invocation is not None else ()
    for container in around:
        for text in container.mounts if isinstance(container, Container) else ():
            if "=" not in text:
                yield _parts(text)
                continue
            given = dict(one.partition("=")[::2] for one in text.split(","))
            yield _relative(given.get("source", given.get("src", ""))), given.get("target", given.get("dst", ""))
    for _, services in sorted(facts.project.services.items()):
        for service in services.services:
            for volume in service.volumes:
                yield _parts(volume.raw)


def _parts(text: str) -> tuple[str, str]:
    pieces = text.strip("\"'").split(":")
    return (_relative(pieces[0]), pieces[1]) if len(pieces) >= 2 else ("", "")


def _relative(source: str) -> str:
    """A folder of the workspace, without the name of the workspace."""
    source = source.strip("\"'")
    for start in _HERE:
        if source.startswith(start):
            source = source[len(start) :]
            break
    return "/".join(part for part in source.split("/") if part not in ("", "."))
