"""What the names inside an expression mean at one place of a workflow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gradeline.model.expression import Constant, Expression, Name
from gradeline.model.text import Text
from gradeline.records import field, record, replace
from gradeline.source import Span

# GitHub Docs, "Contexts reference", Context availability: which contexts each key may use.
_JOB = frozenset({"github", "needs", "strategy", "matrix", "vars", "inputs"})
_STEP = _JOB | {"job", "runner", "env", "secrets", "steps"}
CONTEXTS: Mapping[str, frozenset[str]] = {
    "concurrency": frozenset({"github", "inputs", "vars"}),
    "workflow-env": frozenset({"github", "secrets", "inputs", "vars"}),
    "job": _JOB,  # name, runs-on, container, services, timeout-minutes, continue-on-error, environment, ...
    "job-env": _JOB | {"secrets"},
    "job-if": frozenset({"github", "needs", "vars", "inputs"}),
    "job-defaults": _JOB | {"env"},
    "job-outputs": _JOB | {"job", "runner", "env", "secrets", "steps"},
    "container-env": _JOB | {"job", "runner", "env", "secrets"},
    "strategy": frozenset({"github", "needs", "vars", "inputs"}),
    "call-with": _JOB,
    "call-secrets": _JOB | {"secrets"},
    "call-outputs": frozenset({"github", "jobs", "vars", "inputs"}),
    "call-default": frozenset({"github", "inputs", "vars"}),
    "step": _STEP,
    "step-if": _STEP - {"secrets"},
    # Inside an action; GitHub Docs, "Metadata syntax": the caller's needs and secrets are not visible.
    "action": frozenset({"github", "inputs", "strategy", "matrix", "job", "runner", "env", "steps", "vars"}),
    "action-if": frozenset({"github", "inputs", "strategy", "matrix", "job", "runner", "env", "steps", "vars"}),
    "action-default": frozenset({"github", "strategy", "matrix", "job", "runner", "vars"}),
    "fixed": frozenset(),
}
STATUS_PLACES = frozenset({"job-if", "step-if", "action-if"})
HASH_PLACES = frozenset({"step", "step-if", "action", "action-if"})
ALL_CONTEXTS = frozenset().union(*CONTEXTS.values())


@record
class Input:
    """A declared input.  ``value`` is what the caller binds; None while the caller is not known."""

    value: Expression | None = None
    untrusted: bool = False


@record
class Scope:
    """``jobs``, ``needs`` and ``steps`` map the names used in the file (lower case) to ids in the model;
    ``steps`` grows while the steps of a job are read.

    ``inputs`` and ``secrets`` are None when nothing is declared: an input is then empty, a secret is what
    the repository holds.  ``env`` are the variables bound in the files so far, innermost layer first.
    """

    jobs: Mapping[str, str] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)
    steps: Mapping[str, str] = field(default_factory=dict)
    env: tuple[Mapping[str, Text], ...] = ()
    inputs: Mapping[str, Input] | None = None
    secrets: Mapping[str, Expression] | None = None
    in_action: bool = False

    def with_env(self, bindings: Iterable[tuple[str, Text]]) -> Scope:
        added = dict(bindings)
        return replace(self, env=(added, *self.env)) if added else self

    def variable(self, name: str) -> Text | None:
        """What is bound to an environment variable; names are case-sensitive on Linux."""
        return next((layer[name] for layer in self.env if name in layer), None)

    def input(self, name: str, span: Span) -> Expression | None:
        """The value of an input, None when the file declares no such input."""
        if self.inputs is None:
            return None
        declared = self.inputs.get(name.lower())
        if declared is None:
            return None
        if declared.value is not None:
            return declared.value
        return Name(("inputs", name), span, declared.untrusted)

    def secret(self, name: str, span: Span) -> Expression | None:
        """What a called workflow gets for a secret; None when it sees the repository's secrets."""
        if self.secrets is None:
            return None
        return self.secrets.get(name.lower(), Constant("", span))
