"""Files a script writes a secret into, and build arguments that hand one over by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import normpath

from gradeline.facts.script_shape import literal, tree, walk
from gradeline.facts.secret_flow import PRINTERS
from gradeline.model.expression import Secret
from gradeline.model.expression import walk as walk_expression
from gradeline.model.text import Text
from gradeline.records import record
from gradeline.source import Span
from gradeline.syntax import shell_nodes as sh

_WRITES = (">", ">>", ">|", "&>", "&>>")


@record
class Written:
    """A file that holds a secret from here on; ``path`` is as the script names it."""

    path: str
    span: Span


class SecretWords:
    """Which words of one script carry a secret: by an expression, or by a variable bound to one."""

    def __init__(self, text: Text, bound: frozenset[str]) -> None:
        self.text = text
        self.bound = set(bound)
        self.holes = [any(isinstance(node, Secret) for node in walk_expression(hole.expression)) for hole in text.holes]

    def carries(self, word: sh.Word) -> bool:
        for part in word.parts:
            if (
                isinstance(part, sh.Parameter)
                and part.name in self.bound
                and part.operator not in (":+", "+", "length")
            ):
                return True
            if isinstance(part, sh.Placeholder) and part.number < len(self.holes) and self.holes[part.number]:
                return True
        return False

    def receives(self, node: sh.Simple) -> bool:
        bodies = [redirect.body for redirect in node.redirects if redirect.body is not None]
        return any(self.carries(word) for word in (*node.words[1:], *bodies))

    def learn(self, node: sh.Simple) -> None:
        """A variable that is assigned a secret carries it too."""
        for assignment in node.assignments:
            if assignment.value is not None and self.carries(assignment.value):
                self.bound.add(assignment.name)


def written_files(text: Text, bound: frozenset[str], directory: str = "") -> Iterator[Written]:
    """Every file of a known name that the script puts a secret into."""
    words = SecretWords(text, bound)
    if not words.bound and not any(words.holes):
        return
    for node in walk(tree(text.raw)):
        if isinstance(node, sh.Simple):
            words.learn(node)
            if words.receives(node) and _name(node) in PRINTERS:
                yield from _targets(text, node, directory)
        elif isinstance(node, sh.Pipeline):
            yield from _piped(text, words, node, directory)


def _piped(text: Text, words: SecretWords, node: sh.Pipeline, directory: str) -> Iterator[Written]:
    """``echo "$KEY" | base64 -d > key.json``: the secret passes through every command that prints."""
    carries = False
    for command in node.commands:
        if not isinstance(command, sh.Simple) or _name(command) not in PRINTERS:
            carries = False
            continue
        if carries:
            yield from _targets(text, command, directory)
        carries = carries or words.receives(command)


def _targets(text: Text, node: sh.Simple, directory: str) -> Iterator[Written]:
    named = [
        redirect.target for redirect in node.redirects if redirect.operator in _WRITES and redirect.fd in (None, 1)
    ]
    if _name(node) == "tee":
        named.extend(word for word in node.words[1:])
    for word in named:
        path = literal(word) if word is not None else None
        if path and not path.startswith(("-", "&", "/dev/")):
            yield Written(located(path, directory), text.at(node.start, node.end))


def located(path: str, directory: str = "") -> str:
    """A path seen from the workspace; absolute paths and those of the home folder stay as they are."""
    if path.startswith(("/", "~", "$")):
        return path
    joined = normpath(f"{directory}/{path}" if directory else path)
    return joined.removeprefix("./")


def build_arguments(text: Text, bound: frozenset[str]) -> Iterator[Span]:
    """Build arguments that take a secret by its name alone (``--build-arg TOKEN``) or by ``--set``."""
    words = SecretWords(text, bound)
    if not words.bound and not any(words.holes):
        return
    for node in walk(tree(text.raw)):
        if not isinstance(node, sh.Simple):
            continue
        texts = node.literals
        for position, word in enumerate(texts):
            following = texts[position + 1] if position + 1 < len(texts) else None
            name = following if word == "--build-arg" else None
            if word is not None and word.startswith("--build-arg="):
                name = word.partition("=")[2]
            if name in words.bound:
                yield text.at(node.start, node.end)
        for word_node in node.words:
            start = "".join(part.text for part in word_node.parts[:1] if isinstance(part, sh.Piece))
            if ".args." in start and words.carries(word_node):
                yield text.at(node.start, node.end)


def covers(pattern: str, path: str) -> bool:
    """Whether a path or pattern of an artifact or a cache takes the file along."""
    from gradeline.facts.cache_paths import is_workspace
    from gradeline.facts.globs import matches

    if path.startswith(("/", "~", "$")):
        return pattern.rstrip("/") == path or path.startswith(pattern.rstrip("/") + "/")
    if is_workspace(pattern):
        return not pattern.startswith(("~", "/"))
    wanted = located(pattern.rstrip("/"))
    return wanted == path or path.startswith(wanted + "/") or matches(path, wanted)


def taken(patterns: tuple[str, ...], files: Mapping[str, Span]) -> Iterator[tuple[str, Span]]:
    """The written files that a list of patterns takes; a pattern with ``!`` leaves files out."""
    left_out = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    for path, span in files.items():
        if any(covers(pattern, path) for pattern in left_out):
            continue
        if any(covers(pattern, path) for pattern in patterns if not pattern.startswith("!")):
            yield path, span


def _name(node: sh.Simple) -> str:
    return (node.literals[0] or "") if node.words else ""
