"""Files of values for variables: those that are always loaded, and those that are a choice.

Terraform documentation, "Variable Definitions (.tfvars) Files": ``terraform.tfvars`` and ``*.auto.tfvars`` beside
the configuration are loaded in the order of their names; any other file is named on the command line.
"""

from __future__ import annotations

import posixpath

from gradeline.model.infrastructure import Value
from gradeline.readers.terraform.evaluate import Evaluator
from gradeline.readers.terraform.sources import Folder, Sources
from gradeline.readers.terraform.values import Failed
from gradeline.records import record
from gradeline.source import Span

ENDINGS = (".tfvars", ".tfvars.json")


@record
class Given:
    """Files in the order in which they are loaded; ``chosen`` is the one that somebody named, empty for none."""

    files: tuple[str, ...]
    chosen: str = ""


class _Nothing:
    """A file of values can refer to nothing."""

    def lookup(self, root: str, path: tuple[str, ...], span: Span) -> tuple[Value, int] | None:
        return None

    def file(self, name: str, span: Span, arguments: list[Value]) -> Value:
        return Failed(span, "a file of values calls no functions")


NOTHING = _Nothing()


def chosen_files(sources: Sources, path: str, folder: Folder) -> list[Given]:
    """The ways to give the root module in ``path`` its values."""
    everything = [one for one in sources.paths if one.endswith(ENDINGS)]
    beside = [one for one in everything if posixpath.dirname(one) == path]
    loaded = [one for one in beside if _loaded(one)]
    loaded.sort(key=lambda one: (not posixpath.basename(one).startswith("terraform.tfvars"), one))
    names = {block.labels[0].text for block in folder.of("variable") if block.labels}
    roots = [one for one in sources.folders if any(sources.folder(one).of(kind) for kind in ("terraform", "provider"))]
    others = [
        one
        for one in everything
        if one not in loaded and (_near(one, path, roots) or len(roots) == 1) and names & _names(sources, one)
    ]
    return [Given((*loaded, one), one) for one in others] or [Given(tuple(loaded))]


def _loaded(path: str) -> bool:
    name = posixpath.basename(path)
    return name in ("terraform.tfvars", "terraform.tfvars.json") or ".auto.tfvars" in name


def _near(path: str, root: str, roots: list[str]) -> bool:
    """Whether a file lies in the folder of the root or below, and not in that of another root."""
    folder = posixpath.dirname(path)
    if root and folder != root and not folder.startswith(f"{root}/"):
        return False
    nearest = max((one for one in roots if not one or folder == one or folder.startswith(f"{one}/")), key=len,
                  default=root)  # fmt: skip
    return nearest == root


def _names(sources: Sources, path: str) -> set[str]:
    parsed = sources.parsed(path, values=True)
    return {one.name for one in parsed.body.settings} if parsed is not None else set()


def values_of(sources: Sources, given: Given, evaluator: Evaluator) -> dict[str, Value]:
    """The values of the files together; of several the last one counts."""
    found: dict[str, Value] = {}
    for path in given.files:
        parsed = sources.parsed(path, values=True)
        for setting in parsed.body.settings if parsed is not None else ():
            found[setting.name] = evaluator.value(setting.value, NOTHING)
    return found
