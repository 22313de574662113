"""What every container of a namespace gets when it says nothing itself.

Kubernetes documentation, "Limit Ranges": ``default`` of an entry of the type ``Container`` is the limit of each
container without one.
"""

from __future__ import annotations

from gradeline.model.manifest import at, listed, text
from gradeline.model.project import Project
from gradeline.source import Span

KIND = "LimitRange"


def default_limits(project: Project) -> dict[str, Span]:
    """The amounts (``cpu``, ``memory``) that are limited for all, with the place that says so."""
    found: dict[str, Span] = {}
    for bundle in project.manifests.bundles:
        for manifest in bundle.manifests:
            if manifest.kind != KIND:
                continue
            for entry in listed(manifest.body, "spec", "limits"):
                for name in ("cpu", "memory") if text(entry, "type") == "Container" else ():
                    value = at(entry, "default", name)
                    if value is not None and text(value):
                        found.setdefault(name, value.span)
    return found
