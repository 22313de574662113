"""A pipeline in the form every reader produces and every check reads.

Unit = GitHub job, GitLab job, Jenkins leaf stage, Argo template, ... .  A reader applies its
platform's defaults, so nothing here has to be looked up again: permissions are the effective ones,
the shell says whether it stops at the first error, an inlined reusable workflow is just units.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Literal

from gradeline.model.effects import Approval, Effect
from gradeline.model.expression import Expression, Value
from gradeline.model.resources import Confinement, Resources
from gradeline.model.text import Text
from gradeline.records import field, record
from gradeline.source import Diagnostic, Span


@record
class Opaque:
    """Something that cannot be seen from the files.  A check that would fail only because of it
    answers *cannot tell* and shows ``reason``."""

    span: Span
    reason: str


@record
class Trigger:
    """One declared way to start the pipeline, with the platform's own name for it."""

    event: str
    span: Span
    cron: Text | None = None
    filters: Mapping[str, tuple[Text, ...]] = field(default_factory=dict)  # branches, tags, paths, types, ...


ScenarioKind = Literal[
    "push", "tag", "review", "merge-queue", "schedule", "manual", "release", "called", "after", "other"
]

Ended = Literal["", "success", "failure", "started"]


@record
class Scenario:
    """One concrete way the pipeline starts: enough to evaluate conditions on.

    ``kind`` "review" is a pull or merge request, ``branch`` then its target; "after" is a pipeline
    started by another one, and ``ended`` says how that ended ("started": not yet).  ``changed`` are the
    example paths the change touches.  ``names`` maps what is known (``("github", "ref")`` ->
    ``"refs/heads/main"``); everything else is unknown.
    ``untrusted``: it can be caused by somebody without write access.  ``privileged``: it nevertheless
    runs with the repository's secrets or a write token (``pull_request_target``).  Scenarios of one
    pipeline with the same ``change`` are started together, by that one thing that happens.
    """

    id: str
    title: str
    kind: ScenarioKind
    trigger: Trigger
    branch: str | None = None
    changed: tuple[str, ...] = ()
    names: Mapping[tuple[str, ...], Value] = field(default_factory=dict)
    untrusted: bool = False
    privileged: bool = False
    elsewhere: bool = False  # it runs in the author's own copy of the project, with its machines and settings
    vouched: bool = False  # somebody with rights in the repository starts it for the change of somebody else
    new_code: bool = True  # False: something else about a review changed, such as a label
    change: str = ""
    ended: Ended = ""
    follows: tuple[str, ...] = ()  # the names of the pipelines one of which has ended, where they are given
    unseen: tuple[str, ...] = ()  # files of the code whose change alone would not start it


@record
class Shell:
    """How a script is run.  ``program`` is ``bash``, ``sh``, ``pwsh``, ``cmd``, ``python``, ... ;
    only ``bash`` and ``sh`` scripts are understood."""

    program: str
    errexit: bool
    pipefail: bool
    span: Span | None = None


@record
class Use:
    """A reference to code that lives elsewhere: an action, an image, a remote include.

    ``name`` is without the version (``actions/checkout``); ``version`` is the part after ``@`` or ``:``.
    ``kind`` says how firm it is: ``sha`` (40 or 64 hex), ``digest``, ``short-sha``, ``tag`` (looks like
    a version), ``branch`` (anything else), ``none``, ``local``, ``locked`` (covered by a lock section).
    ``comment`` is the comment after it on the same line, without ``#``.
    """

    span: Span
    name: str
    version: str
    kind: Literal["sha", "digest", "short-sha", "tag", "branch", "none", "local", "locked", "computed"]
    subject: Literal["action", "image", "include", "workflow"]
    first_party: bool = False
    comment: str = ""
    removed: str = ""  # why this version no longer runs on the platform, empty when it does


@record
class Companion:
    """A service that the platform starts beside a job.  ``health``: the command by which the platform asks whether it
    is well before the first step begins, empty when it starts the steps at once."""

    name: str
    use: Use
    span: Span
    health: str = ""


@record
class Variable:
    """An environment variable visible to a step, and where it was bound."""

    name: str
    value: Text
    scope: Literal["pipeline", "unit", "step"]
    span: Span


@record
class Bound:
    """A limit with its unit: minutes for timeouts, attempts for retries.  ``invalid`` says why the platform
    does not take it as one, empty when it does."""

    value: Text
    span: Span
    invalid: str = ""


@record
class Exclusive:
    """Runs with the same ``group`` do not overlap; ``cancel`` true ends the older one."""

    group: Text
    cancel: Expression | None
    span: Span


@record
class Permissions:
    """What the pipeline's own token may do.  ``scopes`` maps a scope to none, read or write; ``rest``
    is what every scope not named has.  ``declared`` false means the platform's default applies."""

    declared: bool
    scopes: Mapping[str, str] = field(default_factory=dict)
    rest: Literal["none", "read", "write", "unknown"] = "unknown"
    span: Span | None = None

    def level(self, scope: str) -> str:
        return self.scopes.get(scope, self.rest)


@record
class Environment:
    """A deployment target whose protection rules live on the platform.

    ``action`` says what the unit does with it: ``start`` deploys, ``stop`` takes it down, the others only
    look at it.  ``stopped_by`` is the id of the unit that takes it down, ``stops_after`` the time after
    which the platform does so by itself, ``tier`` what it is for (``production``, ``staging``, ...).
    """

    name: Text
    span: Span
    url: Text | None = None
    action: Literal["start", "stop", "prepare", "verify", "access"] = "start"
    stopped_by: str = ""
    stops_after: Text | None = None
    tier: Text | None = None


@record
class Matrix:
    """The legs of a unit that runs several times.  ``legs`` is None when they are computed at run
    time; ``total`` counts them without listing more than a reader's cap.

    A value that is computed is the expression that computes it.  ``complete`` false: the number of values
    of some variable is not known, and a leg with an unresolved value stands for all of them.
    """

    span: Span
    legs: tuple[Mapping[str, Value | Expression], ...] | None
    total: int
    fail_fast: Expression | None = None
    fail_fast_span: Span | None = None
    complete: bool = True


@record
class Edge:
    """This unit waits for ``unit``, which must succeed (``success``), must succeed if it is part of the
    run at all (``optional``), must not have failed (``order``: it may also have been left out, for example
    a job of an earlier stage), or only has to end (``done``)."""

    unit: str
    span: Span
    kind: Literal["success", "done", "optional", "order"] = "success"


@record
class Retry:
    """How often something is started again after it failed.

    ``attempts`` counts the further tries, None when nothing ends them.  ``delay`` is the time between two of
    them, None when there is none.  ``infrastructure_only``: only failures of the machinery count, never those
    of the commands.
    """

    attempts: Text | None
    span: Span
    delay: Text | None = None
    infrastructure_only: bool = False


@record
class Step:
    """One step of a unit, in order.

    ``condition`` None means "run when everything before succeeded".  When ``implicit_success`` is
    true that is also demanded on top of ``condition``.  ``tolerate`` true turns a failure into
    success for what follows; ``marks`` says how the run as a whole ends when that happened.
    A composite step has its inner ``steps`` and no script.  ``captures`` hands the script's exit
    ``status`` or its ``output`` to later steps, as the output of that name; a step whose status is
    captured does not fail.
    """

    id: str
    title: str
    span: Span
    kind: Literal["script", "use", "composite"]
    named: bool = False
    condition: Expression | None = None
    condition_span: Span | None = None
    implicit_success: bool = True
    tolerate: Expression | None = None
    marks: Literal["", "failure", "unstable"] = ""
    captures: Literal["", "status", "output"] = ""
    script: Text | None = None
    shell: Shell | None = None
    directory: Text | None = None
    use: Use | None = None
    inputs: Mapping[str, Text] = field(default_factory=dict)
    env: tuple[Variable, ...] = ()  # the step's own bindings only
    effects: tuple[Effect, ...] = ()
    timeout: Bound | None = None
    retry: Retry | None = None
    steps: tuple[Step, ...] = ()
    outputs: Mapping[str, Expression] = field(default_factory=dict)
    opaque: Opaque | None = None

    def walk(self) -> Iterator[Step]:
        """This step and those inside it, in order."""
        return iter(self._all)

    @cached_property
    def _all(self) -> tuple[Step, ...]:
        return (self, *(inner for step in self.steps for inner in step.walk()))


@record
class RunLog:
    """What is left of a run when it has ended.

    ``times`` says who puts the time before each line of the log: the ``platform`` always does, the ``file`` asks
    for it, or ``nobody``.  ``days`` and ``runs`` bound for how long, and for how many runs, it is kept; without
    both it is kept as long as the settings of the platform say, or for ever when ``piles_up`` is true.
    """

    times: Literal["platform", "file", "nobody"] = "platform"
    days: Text | None = None
    runs: Text | None = None
    piles_up: bool = False
    span: Span | None = None  # where the file asks for times


@record
class Unit:
    """One unit of work with everything that applies to it.

    ``presence`` is decided before a run starts: when it is false the unit is no part of it (its result is
    ``absent``).  ``condition`` is decided when the unit's turn comes: when it is false the unit is skipped,
    and with it those that wait for it, unless ``passes_over`` is true; then it is absent, too.  ``depends``
    is decided before that and says in its own words how the units it waits for must have ended: when it is
    false the unit is skipped, whatever ``passes_over`` says.

    ``kind`` "entry" and "exit" are the two ends of an inlined reusable workflow: the entry carries the
    caller's condition and needs, units inside it have ``inside`` set and do not run when it did not,
    the exit carries the caller's id and fails when any unit inside failed.

    ``late_condition``: a machine is taken for it before ``condition`` is looked at.
    ``fails_fast`` is where the file says that this unit is ended as soon as one beside it fails.
    """

    id: str
    title: str
    span: Span
    kind: Literal["work", "entry", "exit"] = "work"
    named: bool = False
    sourceless: bool = False  # it starts in a folder without the files of the repository
    stage: str = ""  # the named phase of the pipeline it belongs to, where a platform has such phases
    inside: str | None = None
    aside: bool = False  # the run as a whole does not fail with it: a pipeline that nobody waits for
    needs: tuple[Edge, ...] = ()
    presence: Expression | None = None
    presence_span: Span | None = None
    depends: Expression | None = None
    condition: Expression | None = None
    condition_span: Span | None = None
    implicit_success: bool = True
    passes_over: bool = False
    tolerate: Expression | None = None
    tolerate_span: Span | None = None
    approval: Approval | None = None  # a person has to start it
    matrix: Matrix | None = None
    runs_on: tuple[Text, ...] = ()
    self_hosted: bool | None = False  # None: cannot be told
    workspace: str = ""  # units of the same workspace find the files that earlier ones left there
    image: Use | None = None
    image_text: Text | None = None  # the image as written, when its version has to be computed
    services: tuple[Use, ...] = ()
    companions: tuple[Companion, ...] = ()  # the same with what is known of their health
    permissions: Permissions = Permissions(False)
    environment: Environment | None = None
    timeout: Bound | None = None
    retry: Retry | None = None
    exclusive: Exclusive | None = None
    resources: Resources | None = None
    account: Text | None = None  # the identity its commands act with on the platform, None: the default one
    confinement: Confinement | None = None
    env: tuple[Variable, ...] = ()  # pipeline and unit bindings, inner ones later
    steps: tuple[Step, ...] = ()
    outputs: Mapping[str, Expression] = field(default_factory=dict)
    passes_all_secrets: Span | None = None  # hands every secret to a called unit
    use: Use | None = None  # the reusable workflow this unit calls, when it is not inlined
    opaque: Opaque | None = None
    via: tuple[Span, ...] = ()  # call sites, outermost first
    late_condition: bool = False
    fails_fast: Span | None = None

    def walk(self) -> Iterator[Step]:
        """All steps, composite ones before the steps inside them."""
        return iter(self._all)

    @cached_property
    def _all(self) -> tuple[Step, ...]:
        return tuple(inner for step in self.steps for inner in step.walk())


@record
class Rerun:
    """What the same run meets when it is done again: something it is ``keyed`` by (its date, a parameter), a name
    from the ``clock``, something it ``adds`` to what is there already, work while the file is only read (``parse``)."""

    kind: Literal["keyed", "clock", "adds", "parse"]
    span: Span
    sentence: str


PassedKind = Literal["small", "reference", "stored", "hidden", "data"]


@record
class Passed:
    """What one task gives to the next through the orchestrator: a ``small`` value, a ``reference`` to where something
    lies, the ``data`` itself, data that the platform keeps in a storage of its own (``stored``), or ``hidden``."""

    kind: PassedKind
    span: Span
    sentence: str


@record
class Retired:
    """Something the platform had once.  ``gone`` false: it still works, but is announced to go."""

    why: str
    gone: bool


@record
class Pipeline:
    path: str
    title: str
    platform: str
    span: Span
    named: bool = False
    triggers: tuple[Trigger, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    units: tuple[Unit, ...] = ()
    permissions: Permissions = Permissions(False)
    rights_elsewhere: str = ""  # what is kept where, when no file can say what the token may do
    exclusive: Exclusive | None = None
    env: tuple[Variable, ...] = ()
    uses: tuple[Use, ...] = ()  # every reference to code elsewhere, once per place
    given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # pipelines that the platform itself brings and that are taken in here, each with the ids of its units
    opaque: tuple[Opaque, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    proposals: tuple[tuple[str, ...], ...] = ()  # names (or their beginnings) of the proposed change itself
    program: Span | None = None  # where a program begins that makes up the jobs while it runs; None: they are listed
    log: RunLog = RunLog()
    default_timeout: float | None = None  # minutes after which the platform ends a unit by itself
    role: Literal["ci", "orchestration", "data", "build", "hooks"] = "ci"
    # what it is for; a check that names no file looks at those of continuous integration
    looks_back: Literal["ancestors", "needs"] = "ancestors"
    # whose results a unit's status questions look at: all it waits for, however far, or the direct ones
    presence: Expression | None = None  # when it is false for a scenario, no run starts
    needs_units: bool = False  # no run starts without any unit in it
    strict_needs: bool = False  # a run is refused when a unit needs one that is no part of it
    decided_by: tuple[str, ...] = ()
    # the units whose results are that of the run; empty when every unit that fails makes the run fail
    stops_when_unstable: bool = False  # a run that is marked unstable does not go on to later units
    keeps_scripts: bool = False  # the text of a script, with values put into it, is stored and shown with the run
    identity: Mapping[tuple[str, ...], Literal["ref", "run", "commit", "pipeline", "os"]] = field(default_factory=dict)
    # names whose value tells one ref, run, commit, pipeline or operating system from another
    derived: Mapping[tuple[str, ...], Expression] = field(default_factory=dict)
    # names whose value follows from the scenario alone, so that it is computed once for all that ask for it
    known: Mapping[str, str] = field(default_factory=dict)  # variables the platform sets for every script
    mirrored: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # variables that hold a value of the scenario, and its name (``GITHUB_REF`` -> ``github.ref``)
    reruns: tuple[Rerun, ...] = ()
    passes: tuple[Passed, ...] = ()
    retired: Mapping[str, Retired] = field(default_factory=dict)
    # beginnings of printed lines that were orders to the platform once
    channels: Mapping[str, Literal["env", "output", "path", "summary"]] = field(default_factory=dict)
    # variables that name a file through which a script sets the environment or outputs of later steps

    def unit(self, unit_id: str) -> Unit | None:
        return next((unit for unit in self.units if unit.id == unit_id), None)
