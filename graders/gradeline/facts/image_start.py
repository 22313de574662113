"""What an image starts, and whether signals reach it; how it says that it is well.

Docker documentation, "Dockerfile reference": Shell and exec form, ENTRYPOINT (the shell form prevents signals from
reaching the program), HEALTHCHECK; curl(1), --fail.
"""

from __future__ import annotations

from gradeline.facts.commands import Toolbox
from gradeline.facts.image_files import absolute
from gradeline.facts.images import ImageFacts
from gradeline.facts.script_shape import literal, tree
from gradeline.facts.shell_machine import run_script
from gradeline.facts.shell_records import Setting
from gradeline.facts.shell_state import HIDDEN
from gradeline.facts.worlds import explore
from gradeline.model.image import Command
from gradeline.model.project import Project
from gradeline.model.text import Text
from gradeline.records import record
from gradeline.source import Span
from gradeline.syntax import shell_nodes as sh

_INITS = frozenset({"tini", "tini-static", "dumb-init", "catatonit", "s6-svscan", "init", "docker-init"})
_HANDS_ON = frozenset({"gosu", "su-exec", "setpriv", "env", "nice", "stdbuf", "chpst", "timeout"})
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh"})
_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_CURLS = frozenset({"curl"})
_LOOKING = frozenset({"grep", "egrep", "fgrep", "jq"})  # they fail when the answer is not what they look for


@record
class Start:
    """``direct`` true when the server itself, or an init, gets the signals; None when it cannot be seen."""

    direct: bool | None
    span: Span
    reason: str = ""


def start(facts: ImageFacts) -> Start:
    """What a container of the shipped image starts."""
    stage = facts.shipped
    if stage is None:
        return Start(False, facts.image.span, "the file has no stage")
    entry, extra = stage.config.entrypoint, stage.config.command
    entrypoint = entry.command if entry is not None else None
    command = extra.command if extra is not None else None
    if entrypoint is None and command is None:
        return Start(False, stage.span, "nothing says what the image starts")
    if entrypoint is None:
        assert command is not None
        return _started(facts, command, ())
    if entrypoint.form == "shell":
        return _started(facts, entrypoint, ())
    if command is not None and command.form == "shell" and not _is_init(entrypoint.words):
        return Start(False, command.span, "the command is started through a shell, which keeps signals to itself")
    return _started(facts, entrypoint, command.words if command is not None else ())


def _is_init(words: tuple[str, ...]) -> bool:
    return any(word.rsplit("/", 1)[-1] in _INITS for word in words[:2])


def _started(facts: ImageFacts, command: Command, arguments: tuple[str, ...]) -> Start:
    if command.form == "shell":
        if _ends_with_exec(command.script.raw):
            return Start(True, command.span)
        return Start(False, command.span, "it is started through a shell, which keeps signals to itself")
    words = (*command.words, *arguments)
    return _program(facts, words, command.span)


def _program(facts: ImageFacts, words: tuple[str, ...], span: Span) -> Start:
    rest = list(words)
    while rest:
        name = rest[0].rsplit("/", 1)[-1]
        if name in _INITS:
            return Start(True, span)
        if name not in _HANDS_ON:
            break
        rest.pop(0)
        while rest and (rest[0].startswith("-") or "=" in rest[0]):
            rest.pop(0)
        if name in ("gosu", "su-exec") and rest:
            rest.pop(0)
    if not rest:
        return Start(None, span, "what it starts cannot be seen")
    name = rest[0].rsplit("/", 1)[-1]
    if name in _SHELLS:
        return _shell(facts, rest[1:], span)
    if rest[0].endswith(".sh") or _script_of(facts, rest[0]) is not None:
        return _script(facts, rest[0], span)
    return Start(True, span)


def _shell(facts: ImageFacts, words: list[str], span: Span) -> Start:
    while words and words[0].startswith("-") and "c" not in words[0].lstrip("-"):
        words = words[2:] if words[0] == "-o" else words[1:]
    if len(words) >= 2 and words[0].startswith("-"):
        if _ends_with_exec(words[1]):
            return Start(True, span)
        return Start(False, span, "it is started through a shell, which keeps signals to itself")
    return _script(facts, words[0], span) if words else Start(False, span, "it starts a shell")


def _script_of(facts: ImageFacts, path: str) -> str | None:
    """The text of a script of the repository that is started under this path of the image."""
    stage = facts.shipped
    for place in _places(facts, path) if stage is not None else ():
        assert stage is not None
        source = facts.files.origin(stage, len(stage.instructions), place)
        if source is not None and source.kind == "context":
            return _text_of(facts.project, source.path)
        if source is not None and source.copy is not None and source.copy.files:
            written = source.copy.files[0].content.raw
            return written if written.startswith("#!") else None
    parts = path.strip("/").split("/")
    for cut in range(len(parts)):
        if (text := _text_of(facts.project, "/".join(parts[cut:]))) is not None:
            return text
    found = [known for known in facts.project.paths if known.rsplit("/", 1)[-1] == parts[-1]]
    return _text_of(facts.project, found[0]) if len(found) == 1 else None


def _places(facts: ImageFacts, path: str) -> tuple[str, ...]:
    """Where a program of this name may lie in the image."""
    if "/" in path:
        return (absolute(facts.shipped.config.directory if facts.shipped is not None else None, path),)
    return tuple(f"{folder}/{path}" for folder in _PATH)


def _text_of(project: Project, path: str) -> str | None:
    source = project.files.get(path)
    return source.text if source is not None and source.text.startswith("#!") else None


def _script(facts: ImageFacts, path: str, span: Span) -> Start:
    text = _script_of(facts, path)
    if text is None:
        return Start(None, span, f"the script `{path}` is not in the submission")
    first = text.split("\n", 1)[0]
    if not any(first.rstrip().endswith(name) or f"{name} " in first for name in _SHELLS):
        return Start(True, span)
    if _ends_with_exec(text):
        return Start(True, span)
    return Start(False, span, f"the script `{path}` stays in front of the server: its last command is no `exec`")


def _ends_with_exec(script: str) -> bool:
    """Whether the last command of a script replaces the shell."""
    body: sh.Node = tree(script)
    for _ in range(50):
        if isinstance(body, sh.Sequence) and body.items:
            body = body.items[-1].node
        elif isinstance(body, sh.AndOr):
            body = body.right
        elif isinstance(body, sh.If) and body.branches:
            parts = [branch[1] for branch in body.branches]
            return body.otherwise is not None and all(
                _is_exec(part.items[-1].node) for part in (*parts, body.otherwise) if part.items
            )
        else:
            break
    return _is_exec(body)


def _is_exec(node: sh.Node) -> bool:
    return isinstance(node, sh.Simple) and len(node.words) > 1 and literal(node.words[0]) == "exec"


# -- health ------------------------------------------------------------------------------------------------


@record
class Probe:
    """A health command.  ``reason`` says why it tells nothing, empty when it does."""

    span: Span
    reason: str = ""
    certain: bool = True


def probe(project: Project, toolbox: Toolbox, command: Command, path: str = "") -> Probe:
    """Whether a health command asks the server (at ``path``) and fails when the answer is bad."""
    span = command.span
    asked = _reached(project, toolbox, command, frozenset())
    if not asked:
        return Probe(span, "it asks nobody")
    keys = [key for key, words in asked if _asks(words)]
    if not keys:
        words = asked[0][1]
        if HIDDEN in words[0] or words[0].endswith((".sh", ".py")):
            return Probe(span, f"what `{words[0].replace(HIDDEN, '…')}` asks cannot be seen", certain=False)
        return Probe(span, "it asks nobody")
    text = " ".join(word for _, words in asked for word in words)
    if path and not _mentions(text, path):
        return Probe(span, f"it does not ask `{path}`")
    looking = frozenset(key for key, words in asked if words[0].rsplit("/", 1)[-1] in _LOOKING)
    for key, words in asked:
        curl = key in keys and words[0].rsplit("/", 1)[-1] in _CURLS and not looking
        if curl and not _fails_on_errors(words):
            return Probe(span, "`curl` succeeds whatever the server answers, unless it is told to fail")
    for key in keys:
        if _status(project, toolbox, command, looking | {key}) == 0:
            return Probe(span, "a bad answer does not make it fail")
    return Probe(span)


def _setting(project: Project, toolbox: Toolbox, failing: frozenset[str]) -> Setting:
    return Setting(
        project=project,
        variables={},
        channels={},
        placeholder=lambda _: None,
        fails=failing.__contains__,
        predicate=lambda *_: False,
        follow=toolbox.follow,
    )


def _reached(
    project: Project, toolbox: Toolbox, command: Command, failing: frozenset[str]
) -> list[tuple[str, tuple[str, ...]]]:
    setting = _setting(project, toolbox, failing)
    text = Text(command.script.raw, command.script.span)
    worlds = explore(lambda oracle: run_script(text, command.shell, setting, oracle, "health/"), 4)
    found: dict[str, tuple[str, ...]] = {}
    for run in worlds.results:
        found.update((item.key, item.words) for item in run.invocations)
    return list(found.items())


def _status(project: Project, toolbox: Toolbox, command: Command, failing: frozenset[str]) -> int:
    setting = _setting(project, toolbox, failing)
    text = Text(command.script.raw, command.script.span)
    worlds = explore(lambda oracle: run_script(text, command.shell, setting, oracle, "health/"), 4)
    return min(run.status for run in worlds.results)


_ASKERS = frozenset(
    {
        "curl", "wget", "nc", "ncat", "http", "https", "xh", "grpc_health_probe", "grpc-health-probe", "pg_isready",
        "redis-cli", "mysqladmin", "mongosh", "mongo", "rabbitmq-diagnostics", "mc", "cqlsh", "clickhouse-client",
        "kafka-topics", "kafka-broker-api-versions.sh", "healthcheck", "valkey-cli", "mariadb-admin", "awslocal",
        "psql", "mysql",
    }
)  # fmt: skip
_INTERPRETERS = ("python", "python3", "node", "ruby", "perl", "php", "deno", "bun")
_CLIENT_WORDS = ("http", "socket", "connect", "requests", "urllib", "fetch", "redis", "psycopg", "grpc", "asyncio")


def _asks(words: tuple[str, ...]) -> bool:
    name = words[0].rsplit("/", 1)[-1]
    if name.startswith(_INTERPRETERS):
        return any(client in word for word in words[1:] for client in _CLIENT_WORDS)
    return name in _ASKERS or "health" in name


def _mentions(text: str, path: str) -> bool:
    """Whether an address with exactly this path, or the path as a text of its own, stands in the command."""
    position = text.find(path)
    while position >= 0:
        before = text[position - 1 : position]
        after = text[position + len(path) : position + len(path) + 1]
        starts = before.isalnum() or before in ("]", "}", "'", '"', HIDDEN)
        if starts and not (after.isalnum() or after in ("/", "-", "_")):
            return True
        position = text.find(path, position + 1)
    return False


def _fails_on_errors(words: tuple[str, ...]) -> bool:
    for word in words[1:]:
        if word in ("--fail", "--fail-with-body", "--fail-early"):
            return True
        if word.startswith("-") and not word.startswith("--") and "f" in word[1:]:
            return True
        if word in ("-w", "--write-out"):
            return True  # the script looks at the status by itself
    return False
