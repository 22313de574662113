"""Folders that a script asks a package manager for, and that a later step caches.

pip documentation, "pip cache"; uv documentation, "uv cache dir"; Poetry documentation, "config"; npm, Yarn and Go
documentation of the same commands.  The answer is the folder of the machine that runs the job: which one it is does
not matter for what it holds.
"""

from __future__ import annotations

from collections.abc import Mapping

from gradeline.facts.case import PipelineFacts
from gradeline.facts.origins import assignments, written
from gradeline.facts.reached_effects import Performed
from gradeline.facts.script_shape import literal
from gradeline.model.effects import CacheUse
from gradeline.model.expression import Expression, Name, Output
from gradeline.model.pipeline import Step, Unit
from gradeline.model.text import Text
from gradeline.records import replace
from gradeline.syntax import shell_nodes as sh

# What is asked, without the interpreter before it, and the folder that a machine with Linux gives.
_ANSWERS = {
    ("pip", "cache", "dir"): "~/.cache/pip",
    ("uv", "cache", "dir"): "~/.cache/uv",
    ("poetry", "config", "cache-dir"): "~/.cache/pypoetry",
    ("pdm", "config", "cache_dir"): "~/.cache/pdm",
    ("npm", "config", "get", "cache"): "~/.npm",
    ("yarn", "cache", "dir"): "~/.yarn/cache",
    ("yarn", "config", "get", "cacheFolder"): "~/.yarn/cache",
    ("go", "env", "GOMODCACHE"): "~/go/pkg/mod",
}
_RUNS_MODULE = ("python", "python3", "py")
_NAMES = {"pip3": "pip"}


def with_told_folders(facts: PipelineFacts, item: Performed[CacheUse]) -> Performed[CacheUse]:
    """The same cache with the folders that package managers named written out in its paths."""
    if not any(text.holes for text in item.effect.paths):
        return item
    paths = tuple(_written_out(facts, item, text) for text in item.effect.paths)
    return replace(item, effect=replace(item.effect, paths=paths))


def _written_out(facts: PipelineFacts, item: Performed[CacheUse], text: Text) -> Text:
    """The text without its holes when each of them is such a folder, as it was otherwise."""
    pieces: list[str] = []
    position = 0
    for hole in text.holes:
        folder = _folder(facts, item.unit, item.step, hole.expression)
        if folder is None:
            return text
        pieces += [text.raw[position : hole.start], folder]
        position = hole.end
    return Text("".join(pieces) + text.raw[position:], text.span) if pieces else text


def _folder(facts: PipelineFacts, unit: Unit, step: Step, expression: Expression) -> str | None:
    if isinstance(expression, Output) and expression.owner != "unit":
        channel, name, asked = "output", expression.name, expression.id
    elif isinstance(expression, Name) and expression.path[:1] == ("env",):
        channel, name, asked = "env", expression.path[-1], ""
    else:
        return None
    channels = frozenset(word for word, kind in facts.pipeline.channels.items() if kind == channel)
    found: list[str | None] = []
    for earlier in unit.walk():
        if earlier.id == step.id:
            break
        if earlier.script is not None and (not asked or earlier.id == asked):
            words = written(earlier.script.raw, channels).get(name, ())
            found += [_answer(word, assignments(earlier.script.raw)) for word in words]
    return found[0] if len(found) == 1 else None


def _answer(word: sh.Word, variables: Mapping[str, tuple[sh.Word, ...]], depth: int = 0) -> str | None:
    """The folder in ``name=$(pip cache dir)``; a variable in its place may hold it."""
    parts = [part for part in word.parts if not (isinstance(part, sh.Piece) and not part.text.strip("\n"))]
    if parts and isinstance(parts[0], sh.Piece) and parts[0].text.endswith("=") and not depth:
        parts = parts[1:]
    if len(parts) != 1:
        return None
    if isinstance(parts[0], sh.Parameter) and not depth:
        values = variables.get(parts[0].name, ())
        return _answer(values[0], variables, 1) if len(values) == 1 else None
    if not isinstance(parts[0], sh.Substitution):
        return None
    items = parts[0].body.items
    node = items[0].node if len(items) == 1 else None
    if not isinstance(node, sh.Simple) or node.redirects:
        return None
    words = [literal(one) or "" for one in node.words]
    if words[:1] and words[0].rpartition("/")[2] in _RUNS_MODULE and words[1:2] == ["-m"]:
        words = words[2:]
    if words:
        words[0] = _NAMES.get(words[0], words[0])
    return _ANSWERS.get(tuple(words))
