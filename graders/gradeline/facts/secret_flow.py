"""Where a secret's value goes: which commands receive it, and which of them show or keep it.

Decided on the shell tree of each script: a command gets a secret through an expression in its words
or through a variable that is bound to one, and its output goes where the tree says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from gradeline.facts.called_scripts import MAX_DEPTH, MAX_TEXTS, called
from gradeline.facts.case import PipelineFacts
from gradeline.facts.commands import Toolbox
from gradeline.facts.shell_records import parse
from gradeline.model.effects import Says
from gradeline.model.expression import Secret
from gradeline.model.pipeline import Step, Unit
from gradeline.model.text import Places, Text
from gradeline.records import record
from gradeline.source import Span
from gradeline.syntax import shell_nodes as sh

# Commands that write what they are given to standard output, as it is or encoded.
PRINTERS = frozenset(
    {
        "echo",
        "printf",
        "cat",
        "tee",
        "base64",
        "base32",
        "xxd",
        "od",
        "hexdump",
        "rev",
        "tr",
        "sed",
        "awk",
        "fold",
        "cut",
        "head",
        "tail",
        "grep",
        "nl",
        "column",
        "jq",
        "python",
        "python3",
        "perl",
        "openssl",
        "gzip",
    }
)
# Commands that write out what a file holds, as it is or encoded.
READERS = frozenset({"cat", "head", "tail", "nl", "base64", "base32", "xxd", "od", "hexdump", "more", "less"})
# Options by which logins take a password as an argument, readable in the process list.
PASSWORD_OPTIONS = frozenset(("-p", "--password", "--token", "--client-secret", "--with-token"))
LOGIN_WORDS = (
    ("docker", "login"),
    ("podman", "login"),
    ("buildah", "login"),
    ("skopeo", "login"),
    ("helm", "registry"),
    ("oras", "login"),
    ("crane", "auth"),
    ("az", "login"),
    ("twine", "upload"),
    ("npm", "login"),
    ("cosign", "login"),
)


@record
class Exposure:
    """``printed`` in the log, given as an ``argument`` of a login, ``published`` to later steps or an
    output, ``dumped`` with the whole environment, ``traced`` by the shell, ``built`` into an image, ``kept``
    with the text of a script that the platform stores."""

    kind: Literal["printed", "argument", "published", "dumped", "traced", "built", "kept"]
    sentence: str
    span: Span


def secrets_of(text: Text, automatic: bool = True) -> tuple[str, ...]:
    """Names of the secrets inside a text."""
    return tuple(
        node.name for node in text.expressions() if isinstance(node, Secret) and (automatic or not node.automatic)
    )


def bound_secrets(unit: Unit, step: Step) -> frozenset[str]:
    """Variables visible to the step whose value holds a secret."""
    return frozenset(variable.name for variable in (*unit.env, *step.env) if secrets_of(variable.value))


def exposures(facts: PipelineFacts) -> Iterator[Exposure]:
    """Every exposure in the pipeline's scripts and in what they call, in the order of the file."""
    for unit in facts.pipeline.units:
        files: set[str] = set()
        for step in unit.walk():
            yield from _said(step)
            if step.script is not None and facts.pipeline.keeps_scripts:
                yield from _kept(step.script)
            if step.script is not None and step.shell is not None and step.shell.program in ("bash", "sh"):
                directory = (step.directory.constant or "") if step.directory is not None else ""
                around = _Around(facts.toolbox, facts.pipeline.channels, files)
                yield from _Script(step.script, bound_secrets(unit, step), around, directory).all()


def _said(step: Step) -> Iterator[Exposure]:
    """Secrets in what a step of the platform itself writes into the log."""
    for effect in step.effects:
        secrets = secrets_of(effect.message) if isinstance(effect, Says) else ()
        if secrets:
            yield Exposure("printed", f"`{step.title}` shows the secret {secrets[0]!r} in the log", effect.span)


class _Around:
    """What all scripts of one step share: the repository, and which texts were looked through already.  ``files`` are
    those of the machine into which a secret was written, as the scripts name them."""

    def __init__(self, toolbox: Toolbox, channels: Mapping[str, str], files: set[str]) -> None:
        self.toolbox = toolbox
        self.files = files
        self.channels = channels
        self.seen: set[tuple[Span, str, frozenset[str]]] = set()

    def enter(self, text: Text, tainted: frozenset[str]) -> bool:
        key = (text.span, text.raw, tainted)
        if key in self.seen or len(self.seen) >= MAX_TEXTS:
            return False
        self.seen.add(key)
        return True


def _kept(script: Text) -> Iterator[Exposure]:
    """Secrets whose values are put into a script before any shell sees it."""
    for hole in script.holes:
        secret = next((node for node in _nodes(hole.expression) if isinstance(node, Secret)), None)
        if secret is not None:
            sentence = f"the value of the secret {secret.name!r} is put into the text of the script, which is stored"
            yield Exposure("kept", sentence, script.at(hole.start, hole.end))


class _Script:
    def __init__(
        self, text: Text, bound: frozenset[str], around: _Around, directory: str = "", depth: int = 0
    ) -> None:
        self.text = text
        self.places = Places(text)
        self.tainted = set(bound)
        self.exported = set(bound)  # what a program that is started sees too
        self.around = around
        self.channels = around.channels
        self.directory = directory
        self.depth = depth
        self.holes = [
            bool([node for node in _nodes(hole.expression) if isinstance(node, Secret)]) for hole in text.holes
        ]
        self.relevant = bool(bound) or any(self.holes) or bool(around.files)

    def all(self) -> Iterator[Exposure]:
        if not self.relevant or not self.around.enter(self.text, frozenset(self.tainted)):
            return
        todo: list[tuple[sh.Node, tuple[sh.Redirect, ...]]] = [(parse(self.text.raw).body, ())]
        while todo:
            node, outer = todo.pop(0)
            if isinstance(node, sh.Simple):
                yield from self.simple(node, outer)
            elif isinstance(node, sh.Pipeline):
                yield from self.pipeline(node, outer)
                todo[:0] = [(command, outer) for command in node.commands if not isinstance(command, sh.Simple)]
            else:
                redirects = getattr(node, "redirects", ())
                todo[:0] = [(child, (*outer, *redirects)) for child in _children(node)]

    def simple(self, node: sh.Simple, outer: tuple[sh.Redirect, ...]) -> Iterator[Exposure]:
        for assignment in node.assignments:
            if assignment.value is not None and self.secret(assignment.value):
                self.tainted.add(assignment.name)
        if _name(node) in ("export", "declare", "typeset", "readonly", "local"):
            for word in node.words[1:]:
                name, equals, _ = _literal(word).partition("=")
                if equals and self.secret(word):
                    self.tainted.add(name)
                if name in self.tainted and _name(node) in ("export", "declare", "typeset"):
                    self.exported.add(name)
        yield from self.command(node, (*outer, *node.redirects), last=True)

    def pipeline(self, node: sh.Pipeline, outer: tuple[sh.Redirect, ...]) -> Iterator[Exposure]:
        carries = False
        for position, command in enumerate(node.commands):
            last = position == len(node.commands) - 1
            if not isinstance(command, sh.Simple):
                carries = False
                continue
            name = _name(command)
            direct = self.receives(command)
            shown = last and carries and name in PRINTERS and not direct
            if shown and not self.kept_away((*outer, *command.redirects)):
                yield self.exposure("printed", f"`{name}` shows a secret in the log", command)
            yield from self.command(command, (*outer, *command.redirects), last)
            carries = (carries or direct) and name in PRINTERS

    def command(self, node: sh.Simple, redirects: tuple[sh.Redirect, ...], last: bool) -> Iterator[Exposure]:
        yield from self.inside(node)
        name = _name(node)
        words = [_literal(word) for word in node.words]
        receives = self.receives(node)
        channel = self.channel(redirects)
        if receives and name in PRINTERS and channel is None and self.kept_away(redirects):
            self.around.files.update(_shown(one.target) for one in redirects if one.target is not None)
        if receives and name in PRINTERS:
            if channel == "summary":
                yield self.exposure("printed", "a secret is shown in the summary of the run", node)
            elif channel in ("env", "output"):
                yield self.exposure("published", "a secret is written where later steps and outputs can read it", node)
            elif last and not self.kept_away(redirects) and words[1:2] != ["::add-mask::"] and not _masks(node):
                yield self.exposure("printed", f"`{name}` shows a secret in the log", node)
        if tuple(words[:2]) in LOGIN_WORDS:
            for position, word in enumerate(node.words):
                option = _literal(word).split("=")[0]
                if option in PASSWORD_OPTIONS:
                    value = (
                        word
                        if "=" in _literal(word)
                        else (node.words[position + 1] if position + 1 < len(node.words) else word)
                    )
                    if self.secret(value):
                        yield self.exposure(
                            "argument", f"`{' '.join(words[:2])}` gets its password as an argument", node
                        )
        if name in ("env", "printenv") and len(words) == 1 and self.tainted and last and not self.kept_away(redirects):
            yield self.exposure("dumped", f"`{name}` prints every variable, the secret ones too", node)
        if (
            name == "set"
            and any(word.startswith("-") and "x" in word and not word.startswith("--") for word in words[1:])
            and self.tainted
        ):
            yield self.exposure("traced", "`set -x` prints every command with its values", node)
        if receives and "build" in words[:3] and any(_literal(word).startswith("--build-arg") for word in node.words):
            yield self.exposure("built", "a build argument stays readable in the image", node)

    def inside(self, node: sh.Simple) -> Iterator[Exposure]:
        """The same question about the scripts and tasks that the command runs."""
        if self.depth >= MAX_DEPTH:
            return
        for one in called(self.around.toolbox, node, self.places, self.directory):
            given = {str(number) for number, word in enumerate(one.arguments, 1) if self.secret(word)}
            if given:
                given |= {"@", "*"}
            own = {item.name for item in node.assignments if item.value is not None and self.secret(item.value)}
            seen = self.tainted if one.sourced else self.exported | own
            inner = frozenset(given | {name for name in seen if not name.isdigit() and name not in ("@", "*")})
            yield from _Script(one.text, inner, self.around, one.directory, self.depth + 1).all()

    def receives(self, node: sh.Simple) -> bool:
        return any(self.secret(word) for word in node.words[1:]) or any(
            redirect.body is not None and self.secret(redirect.body) for redirect in node.redirects
        ) or self.reads(node)

    def reads(self, node: sh.Simple) -> bool:
        """Whether a command writes out a file that holds a secret."""
        if not self.around.files or _name(node) not in READERS:
            return False
        given = [*node.words[1:], *(one.target for one in node.redirects if one.operator == "<" and one.target)]
        return any(_shown(word) in self.around.files for word in given)

    def secret(self, word: sh.Word) -> bool:
        for part in word.parts:
            if (
                isinstance(part, sh.Parameter)
                and part.name in self.tainted
                and part.operator not in (":+", "+", "length")
            ):
                return True
            if isinstance(part, sh.Placeholder) and part.number < len(self.holes) and self.holes[part.number]:
                return True
        return False

    def channel(self, redirects: tuple[sh.Redirect, ...]) -> str | None:
        for redirect in redirects:
            if redirect.target is not None and redirect.operator in (">", ">>"):
                for part in redirect.target.parts:
                    if isinstance(part, sh.Parameter) and part.name in self.channels:
                        return str(self.channels[part.name])
        return None

    def kept_away(self, redirects: tuple[sh.Redirect, ...]) -> bool:
        """Whether standard output goes to a file instead of the log."""
        return any(
            redirect.operator in (">", ">>", ">|", "&>", "&>>")
            and redirect.fd in (None, 1)
            and redirect.target is not None
            and not _literal(redirect.target).startswith(("&", "/dev/std", "/dev/tty"))
            for redirect in redirects
        )

    def exposure(
        self,
        kind: Literal["printed", "argument", "published", "dumped", "traced", "built"],
        sentence: str,
        node: sh.Node,
    ) -> Exposure:
        return Exposure(kind, sentence, self.text.at(node.start, node.end))


def _nodes(expression: object) -> list[object]:
    from gradeline.model.expression import walk

    return list(walk(expression))  # type: ignore[arg-type]


def _name(node: sh.Simple) -> str:
    return _literal(node.words[0]) if node.words else ""


def _literal(word: sh.Word) -> str:
    return "".join(part.text for part in word.parts if isinstance(part, sh.Piece))


def _shown(word: sh.Word) -> str:
    """A word as it is written, so that two that name the same file can be told."""
    found = [part.text if isinstance(part, sh.Piece) else f"${part.name}" if isinstance(part, sh.Parameter) else "$?"
             for part in word.parts]  # fmt: skip
    return "".join(found).removeprefix("./")


def _masks(node: sh.Simple) -> bool:
    """``::add-mask::`` hides the value from the log instead of showing it."""
    return any(_literal(word).startswith("::add-mask::") for word in node.words[1:])


def _children(node: sh.Node) -> list[sh.Node]:
    if isinstance(node, sh.Sequence):
        return [item.node for item in node.items]
    if isinstance(node, sh.AndOr):
        return [node.left, node.right]
    if isinstance(node, sh.Group):
        return [node.body]
    if isinstance(node, sh.If):
        bodies: list[sh.Node] = [part for branch in node.branches for part in branch]
        return bodies + ([node.otherwise] if node.otherwise is not None else [])
    if isinstance(node, sh.While):
        return [node.condition, node.body]
    if isinstance(node, sh.For):
        return [node.body]
    if isinstance(node, sh.Case):
        return [arm.body for arm in node.arms]
    if isinstance(node, sh.Function):
        return [node.body]
    return []
