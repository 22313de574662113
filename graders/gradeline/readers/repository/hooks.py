"""The hooks that pre-commit starts at a commit, as a pipeline of its own: each hook is a unit, and one that fails
stops the commit.

pre-commit documentation, "Usage" and "Confining hooks to run at certain stages": a hook without stages runs at all of
them, ``manual`` only when somebody asks, and ``pre-commit install`` sets up ``pre-commit`` alone unless
``default_install_hook_types`` says more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal

from gradeline.model.expression import Constant, Expression, Name
from gradeline.model.pipeline import Opaque, Pipeline, Scenario, Shell, Step, Trigger, Unit, Use
from gradeline.readers.examples import DEFAULT_BRANCH
from gradeline.readers.project_precommit import hook_line, hooks_of, is_unknown, sees_nothing, words_of
from gradeline.readers.reading import Reading, shown
from gradeline.source import SourceFile, Span
from gradeline.syntax.yaml import Mapping, Resolved, Scalar, Sequence, comment_after

MAX_HOOKS = 200
_INSTALLED = "default_install_hook_types"
_SHELL = Shell("sh", errexit=True, pipefail=False)
# Names of stages before pre-commit 3.2.
_OLD = {"commit": "pre-commit", "push": "pre-push"}
_RELEASE = re.compile(
    r"[A-Za-z][A-Za-z0-9_-]{0,40}[/-]?\d+(?:\.\d+)+[A-Za-z0-9.+-]{0,40}|v?\d+(?:\.\d+)+[A-Za-z0-9.+_-]{0,40}"
)
_HEX = re.compile(r"[0-9a-fA-F]{7,64}")


def read_hooks(path: str, read: Callable[[str], SourceFile | None]) -> Pipeline | None:
    """The pipeline of the hooks; None when the file holds none."""
    reading = Reading(path, read)
    root = reading.document(path)
    if root is None:
        return None
    span = Span(path, 1)
    trigger = Trigger("commit", span)
    units = tuple(_unit(root, number, repository, hook) for number, (repository, hook) in enumerate(
        hooks_of(root)[:MAX_HOOKS], start=1))  # fmt: skip
    return Pipeline(
        path=path,
        title=path,
        platform="pre-commit",
        span=span,
        named=True,
        triggers=(trigger,),
        scenarios=(Scenario("commit", "a commit", "other", trigger, DEFAULT_BRANCH),),
        units=units,
        uses=tuple(_uses(root)),
        diagnostics=tuple(reading.diagnostics),
        role="hooks",
    )


def _unit(root: Mapping, number: int, repository: str, hook: Mapping) -> Unit:
    name = _text(hook.get("name")) or _text(hook.get("id")) or "hook"
    place = hook.key("id") or hook.key("entry")
    span = place.span if place is not None else hook.span
    line = hook_line(repository, _text(hook.get("id")), hook, at_commit=True)
    never, before_push = _started(root, hook)
    if sees_nothing(root) is not None or sees_nothing(hook) is not None:
        never = sees_nothing(hook) or sees_nothing(root)
    hidden = Opaque(span, "what this hook runs is not in the files") if is_unknown(line) else None
    condition: Expression | None = Constant(False, never) if never is not None else None
    if never is None and before_push is not None:
        # Whoever works on the repository may have installed it; nothing in the files says so.
        condition = Name(("hooks", _INSTALLED), before_push, unset=True)
    step = Step("run", shown(name, 200), span, "script", True, script=line.text, shell=_SHELL)
    return Unit(
        id=f"{number}:{_text(hook.get('id')) or name}",
        title=shown(name, 200),
        span=span,
        named=True,
        condition=condition,
        condition_span=never or before_push,
        steps=(step,) if hidden is None else (),
        opaque=hidden if never is None else None,
    )


def _started(root: Mapping, hook: Mapping) -> tuple[Span | None, Span | None]:
    """Where a hook is kept from running at a commit, and where it is said to run before a push only."""
    key = hook.key("stages") or root.key("default_stages")
    node = hook.get("stages") if hook.key("stages") is not None else root.get("default_stages")
    stages = {_OLD.get(word, word) for word in words_of(node)}
    if not stages or "pre-commit" in stages or key is None:
        return None, None
    installed = {_OLD.get(word, word) for word in words_of(root.get(_INSTALLED))}
    if stages & installed:
        return None, None
    return (None, key.span) if "pre-push" in stages and not installed else (key.span, None)


def _uses(root: Mapping) -> Iterator[Use]:
    """The repositories that hooks come from, each at its version."""
    repositories = root.get("repos")
    for entry in repositories.values() if isinstance(repositories, Sequence) else ():
        if not isinstance(entry, Mapping):
            continue
        name, rev = entry.get("repo"), entry.get("rev")
        if not isinstance(name, Scalar) or name.value in ("local", "meta"):
            continue
        version = _text(rev)
        span = rev.span if isinstance(rev, Scalar) else name.span
        comment = comment_after(rev.source, span) if isinstance(rev, Scalar) and rev.source is not None else ""
        yield Use(span, name.value, version, kind_of(version), "include", comment=comment)


def kind_of(version: str) -> Literal["sha", "short-sha", "tag", "branch", "none"]:
    """How firm a version is.  pre-commit itself calls one without a dot that is no hash a moving one
    (pre_commit/clientlib.py, ``WarnMutableRev``)."""
    if not version:
        return "none"
    if _HEX.fullmatch(version) and not version.isdigit():
        return "sha" if len(version) in (40, 64) else "short-sha"
    return "tag" if _RELEASE.fullmatch(version) else "branch"


def _text(node: Resolved | None) -> str:
    return node.value if isinstance(node, Scalar) else ""
