"""What a command line really does, decided from its parsed arguments, never by searching its text.

``classify`` reads commands, ``classify_action`` actions, ``install_reading`` installers; ``unwrap`` takes
one wrapper off.  All tools are data (``tools/*.yaml``).  Nothing here knows the repository: ask first
whether it holds the file that is called, and whether a task runner's name is one of its recipes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradeline.facts.arguments import HOLE, Arguments, is_unknown
from gradeline.facts.catalogue import Call, Environment, Form, find_call
from gradeline.facts.install import install_of
from gradeline.facts.kept import Kept
from gradeline.facts.known_actions import action_readings, unwrap_action
from gradeline.facts.readings import Effect, InstallReading, Reading, Unwrapped, is_exact
from gradeline.facts.selection import covers, select_tests
from gradeline.facts.tool_rules import Subject, interpret
from gradeline.facts.unwrap import unwrap

__all__ = [
    "HOLE",
    "Effect",
    "InstallReading",
    "Reading",
    "Unwrapped",
    "classify",
    "classify_action",
    "covers",
    "install_reading",
    "is_exact",
    "select_tests",
    "unwrap",
    "unwrap_action",
]

MAX_WRAPPERS = 12


def classify(argv: Sequence[str | None], env: Environment) -> tuple[Reading, ...]:
    """Everything ``argv`` does, after its wrappers are taken off.

    Empty for a command that is not in the catalogue, for one whose program is unknown, and for what
    needs the repository to be followed: scripts, texts and task runners (see ``unwrap``).
    """
    return _CLASSIFIED(tuple(argv), env)


def _classify(words: tuple[str | None, ...], known: dict[str, str | None], wrappers: int) -> tuple[Reading, ...]:
    for left in range(wrappers, 0, -1):
        inner = unwrap(words, known)
        if inner is None:
            return _readings(_handed_on(words), known, left - 1)
        if inner.kind == "file":
            return _script(inner, known)
        if inner.pretends or not (inner.kind == "command" or (inner.kind == "runner" and inner.fallback)):
            return ()
        known.update(inner.env)
        words = inner.argv
    return ()


def _handed_on(words: tuple[str | None, ...]) -> tuple[str | None, ...]:
    """``terragrunt run --all -- plan`` is ``terragrunt plan`` in each folder (Terragrunt documentation, "run")."""
    if words[:1] != ("terragrunt",) or "--" not in words or "run" not in words[: words.index("--")]:
        return words
    return (words[0], *words[words.index("--") + 1 :])


def classify_action(
    name: str, inputs: Mapping[str, str | None], version: str, env: Environment | None = None
) -> tuple[Reading, ...]:
    """Everything the action ``name`` (without ``@version``) does with these inputs.

    ``inputs`` values are texts, None when unknown.  ``version`` is what follows ``@``; no action of the
    catalogue changes its classes with it.  ``docker://image`` runs the image's entry point with ``args``.
    """
    return _of_action(name, inputs, env) if env else _ACTIONS((name,), inputs)


def _of_action(name: str, inputs: Mapping[str, str | None], env: Environment) -> tuple[Reading, ...]:
    unwrapped = unwrap_action(name, inputs)
    if unwrapped is None:
        return action_readings(name, inputs, env)
    if unwrapped.kind != "command":
        return ()
    return classify(unwrapped.argv, {**env, **unwrapped.env})


def install_reading(argv: Sequence[str | None], env: Environment) -> InstallReading | None:
    """What ``argv`` installs, wrappers included: ``uv run --locked pytest`` installs from ``uv.lock``.

    None when nothing is installed.  For ``uv run pip install x`` the inner command counts.
    """
    return _INSTALLED(tuple(argv), env)


def _installed(words: tuple[str | None, ...], env: Environment) -> InstallReading | None:
    known = dict(env)
    outer: InstallReading | None = None
    for _ in range(MAX_WRAPPERS):
        inner = unwrap(words, known)
        if inner is None:
            return install_of(words, known) or outer
        outer = outer or inner.installs
        if inner.kind not in ("command", "runner") or inner.pretends or (inner.kind == "runner" and not inner.fallback):
            return outer
        known.update(inner.env)
        words = inner.argv
    return outer


_CLASSIFIED = Kept(lambda words, env: _classify(words, dict(env), MAX_WRAPPERS))
_INSTALLED = Kept(_installed)
_ACTIONS = Kept(lambda words, inputs: _of_action(words[0] or "", inputs, {}))


def _script(inner: Unwrapped, env: Environment) -> tuple[Reading, ...]:
    """Scripts that are a tool by their name; only ``setup.py`` is."""
    if inner.path is None or inner.path.rpartition("/")[2] != "setup.py":
        return ()
    return _readings(("setup.py", *inner.argv), env, 0)


def _readings(argv: tuple[str | None, ...], env: Environment, wrappers: int) -> tuple[Reading, ...]:
    call = find_call(argv, env)
    if call is None:
        return ()
    found = _of_call(call)
    if call.form.tool == "coverage" and call.form.name == "run" and call.arguments.has("--module"):
        return (*_classify(("python", "-m", *call.arguments.operands), dict(env), wrappers), *found)
    return found


def _of_call(call: Call) -> tuple[Reading, ...]:
    form, arguments = call.form, call.arguments
    info = next((option for option in sorted(form.info) if _asked(arguments, option)), "")
    valued = frozenset(form.grammar.values.values())
    subject = Subject(arguments.options, _operands(arguments), call.env, call.hidden, valued)
    return interpret(
        form.tool,
        form.classes,
        form.rules,
        subject,
        form.fails,
        form.scopes,
        _targets(form, arguments),
        tuple(value for name in form.excluded for value in arguments.options.get(name, ())),
        f"`{info}` only prints information" if info else "",
    )


def _asked(arguments: Arguments, option: str) -> bool:
    if option.startswith("-"):
        return option in arguments.options
    return option in arguments.operands


def _operands(arguments: Arguments) -> tuple[str | None, ...]:
    """Operands, None for those that may belong to an option that is not listed."""
    return tuple(
        None if index in arguments.doubtful or is_unknown(word) else word
        for index, word in enumerate(arguments.operands)
    )


def _targets(form: Form, arguments: Arguments) -> tuple[str | None, ...]:
    found: list[str | None] = []
    for source in form.targets:
        found.extend(_operands(arguments) if source == "@" else arguments.options.get(source, ()))
    return tuple(found)
