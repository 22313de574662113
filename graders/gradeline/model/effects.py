"""What a step does besides running commands: what it caches, hands over, checks out, logs in to.

Readers know which action, keyword or plug-in has such an effect; checks only see the effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from gradeline.model.expression import Expression
from gradeline.model.text import Text
from gradeline.records import field, record
from gradeline.source import Span


@record
class CacheUse:
    """Files kept between runs.

    ``key`` is the learner's own key, or None when the tool builds it; then ``covers`` says what the
    tool's key already depends on (``os``, ``toolchain``, ``lock``) and ``key_files`` which files it
    hashes (None: the tool's default list ``default_files``).  ``paths`` is empty when the tool chooses them.
    With a key of the learner's own, ``covers`` is what keeps caches apart besides the key.
    ``restore_keys`` are beginnings of keys, or whole keys when ``exact`` is true.  ``guarded``: in a run that outsiders
    can start with the rights of the repository, the platform saves nothing.
    """

    span: Span
    subject: str  # pip, uv, poetry, npm, docker, dvc, files, ...
    mode: Literal["both", "restore", "save"] = "both"
    key: Text | None = None
    restore_keys: tuple[Text, ...] = ()
    paths: tuple[Text, ...] = ()
    covers: frozenset[str] = frozenset()
    key_files: tuple[Text, ...] | None = None
    default_files: tuple[str, ...] = ()
    exact: bool = False
    removed: str = ""  # why this cache no longer works on the platform, empty when it does
    guarded: bool = False


@record
class ArtifactPut:
    """Files kept with the run.  ``report`` is the kind of report the platform takes them as (``junit``,
    ``coverage``, ``metrics``, ``variables``, ...), empty for plain files.  How long they are kept is given
    in days, or as the number of runs for which they are (``retention_runs``, 0: only while the run lasts).
    ``traced``: their checksums are remembered, so that a file can be led back to the run that made it."""

    span: Span
    name: Text
    paths: tuple[Text, ...]
    retention_days: Text | None = None
    overwrite: bool = False
    removed: str = ""
    report: str = ""
    retention_runs: Text | None = None
    traced: bool = True


@record
class ArtifactGet:
    """``name`` None and ``pattern`` None means every artifact of the run."""

    span: Span
    name: Text | None = None
    pattern: Text | None = None
    path: Text | None = None
    removed: str = ""


@record
class Checkout:
    """Puts source code into the workspace.  ``ref`` None is the commit that started the run.

    ``unreviewed``: what is named by ``ref`` or ``repository`` is the proposed change itself (the head
    or merge commit of a pull or merge request), whoever wrote it.
    """

    span: Span
    ref: Text | None = None
    repository: Text | None = None
    keeps_credentials: bool = True
    allows_untrusted: bool = False
    unreviewed: bool = False


@record
class Toolchain:
    """Installs a language or a program at a version, given literally or by a file."""

    span: Span
    language: str  # python, node, go, terraform, ...
    versions: tuple[Text, ...] = ()
    version_file: Text | None = None


@record
class Login:
    """Obtains an identity.  ``federated`` true: short-lived token by OIDC; ``static`` lists the
    long-lived credentials handed over (both may be given, which is the usual mistake).  ``identity`` is the role or
    account that is obtained, None when the login does not say."""

    span: Span
    kind: Literal["cloud", "registry", "other"]
    provider: str
    federated: bool = False
    static: tuple[Text, ...] = ()
    identity: Text | None = None


@record
class Wraps:
    """From here on a program around ``program`` publishes its status as the output ``output`` of the step that runs it,
    and succeeds for each of ``succeeds``."""

    span: Span
    program: str
    output: str
    succeeds: tuple[int, ...] = (0,)


@record
class PathFilter:
    """Sets step outputs to ``true``/``false`` by whether changed files match the patterns.
    A None value means the patterns cannot be read."""

    span: Span
    outputs: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)


@record
class FailsUnless:
    """The step fails when the condition is false (for example an aggregator action)."""

    span: Span
    condition: Expression


@record
class Approval:
    """A person decides whether the run goes on.

    ``optional``: nobody has to, and the rest of the run does not wait.  ``people`` are those who may,
    empty when the platform's own rights decide.  ``holds_runner``: a machine is kept busy meanwhile.
    ``limit``: how many minutes the run waits at most, None when nothing says so.
    ``condition``: when anybody is asked at all; None means always.
    """

    span: Span
    title: str = ""
    optional: bool = False
    people: tuple[Text, ...] = ()
    holds_runner: bool = False
    limit: Text | None = None
    condition: Expression | None = None


@record
class ReadsTestResults:
    """Marks the run unstable when tests that ran before it in its unit have failed, whatever became of
    their exit status.  ``paths`` are the result files it reads."""

    span: Span
    paths: tuple[Text, ...] = ()


@record
class Notifies:
    """Tells people or other systems how the run went, for example by mail or chat."""

    span: Span
    channel: str  # mail, chat, status, ...
    message: Text | None = None


@record
class Says:
    """Writes a text into the log of the run, into which the platform has put values."""

    span: Span
    message: Text


Effect = (
    CacheUse
    | ArtifactPut
    | ArtifactGet
    | Checkout
    | Toolchain
    | Login
    | Wraps
    | PathFilter
    | FailsUnless
    | Approval
    | ReadsTestResults
    | Notifies
    | Says
)
