"""What one reading keeps while it goes: findings, references, parsed files and how much work is left.

Work is counted because YAML aliases let a small file repeat a large value many times: when the
budget is used up the reading stops with a diagnostic and keeps what it has.
"""

from __future__ import annotations

from collections.abc import Callable

from gradeline.model.pipeline import Opaque, Use
from gradeline.records import field, record
from gradeline.source import Diagnostic, Severity, SourceFile, Span
from gradeline.syntax.yaml import Mapping, Node, Resolved, Scalar, is_merge_key, parse
from gradeline.syntax.yaml_nodes import is_null as is_null_scalar

Read = Callable[[str], SourceFile | None]

MAX_WORK = 400_000
MAX_UNITS = 1_000
MAX_STEPS = 10_000


class Exhausted(Exception):
    """The file is larger than a reader is willing to follow; never leaves the reader."""


@record(frozen=False)
class Reading:
    """``path`` is the file that is read; ``read`` gives other files of the repository, or None."""

    path: str
    read: Read
    diagnostics: list[Diagnostic] = field(default_factory=list)
    uses: dict[tuple[Span, str], Use] = field(default_factory=dict)
    opaque: dict[tuple[Span, str], Opaque] = field(default_factory=dict)
    work: int = MAX_WORK
    units: int = MAX_UNITS
    steps: int = MAX_STEPS
    _documents: dict[str, Mapping | None] = field(default_factory=dict)
    _said: set[tuple[str, Span | None, str]] = field(default_factory=set)

    def say(self, severity: Severity, code: str, message: str, span: Span | None) -> None:
        """Report a problem once, however often the place is read.

        ``error``: the platform refuses the file or the run.  ``warning``: it runs, but hardly as intended.
        """
        if (code, span, message) in self._said:
            return
        self._said.add((code, span, message))
        path = span.path if span is not None else self.path
        self.diagnostics.append(Diagnostic(severity, code, message, path, span))

    def hide(self, span: Span, reason: str) -> Opaque:
        """Something that cannot be seen from the files."""
        return self.opaque.setdefault((span, reason), Opaque(span, reason))

    def note_use(self, use: Use) -> Use:
        return self.uses.setdefault((use.span, use.name), use)

    def spend(self, amount: int = 1) -> None:
        self.work -= amount
        if self.work < 0:
            raise Exhausted

    def spend_unit(self) -> None:
        self.units -= 1
        if self.units < 0:
            raise Exhausted

    def spend_step(self) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise Exhausted

    def document(self, path: str) -> Mapping | None:
        """The top-level mapping of a YAML file of the repository; None when there is no such thing."""
        if path not in self._documents:
            self._documents[path] = self._load(path)
        return self._documents[path]

    def _load(self, path: str) -> Mapping | None:
        source = self.read(path)
        if source is None:
            return None
        parsed = parse(source)
        self.diagnostics.extend(parsed.diagnostics)
        self.inspect(parsed.documents)
        root = parsed.root
        if isinstance(root, Mapping):
            return root
        if not any(item.severity == "error" for item in parsed.diagnostics):
            self.say("error", "no-mapping", "The file is empty or does not start with keys.", Span(path, 1))
        return None

    def inspect(self, documents: tuple[Node, ...]) -> None:
        """What a platform says about the documents of a file as a whole; nothing here."""

    def mapping(self, node: Resolved | None, what: str) -> Mapping | None:
        """``node`` as a mapping; None when it is missing, computed, or (with a diagnostic) something else."""
        if node is None or is_null(node):
            return None
        if not isinstance(node, Mapping):
            self.say("error", "wrong-type", f"{what} needs keys and values here.", node.span)
            return None
        return node

    def unknown_keys(self, node: Mapping, known: frozenset[str], what: str) -> None:
        """Report keys that do not belong here.  Newer keys than this program knows are possible, so it
        is a warning."""
        for key, _value in node.items():  # noqa: PERF102 - not a dictionary
            if key.value not in known and not is_merge_key(key):
                self.say("warning", "unknown-key", f"`{shown(key.value)}` is not a known key of {what}.", key.span)


def is_null(node: Resolved | None) -> bool:
    """Whether a value is missing or written as nothing (``key:``, ``~``, ``null``)."""
    return node is None or (isinstance(node, Scalar) and is_null_scalar(node))


def shown(text: str, limit: int = 60) -> str:
    """Learner text made fit for a message: one line, no control characters, not endless."""
    clean = "".join(character if character.isprintable() else " " for character in text[: limit + 1])
    return clean if len(clean) <= limit else clean[: limit - 3] + "..."
