"""Infrastructure as code: resources with their properties and references, and what surrounds them.

The records are the same whether Terraform or CloudFormation declares the resources; kinds and properties keep the
names their platform gives them, and ``facts/infrastructure*.py`` know what those mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Union

from gradeline.model.pipeline import Opaque
from gradeline.records import field, record
from gradeline.source import Diagnostic, Span

Scalar = Union[str, int, float, bool, None]  # noqa: UP007 - evaluated at run time


@record
class Plain:
    """A value that is known.  ``span`` is where it is written, which may be the default of a parameter."""

    span: Span
    data: Scalar


@record
class Reference:
    """What another resource has once it exists: ``path`` of the resource ``target`` (``aws_s3_bucket.data``).
    ``key`` tells the instances of a repeated resource apart; None when there is one, or when any is meant."""

    span: Span
    target: str
    path: tuple[str, ...] = ()
    key: str | int | None = None


@record
class Unresolved:
    """What cannot be known from the files; ``name`` is what it comes from, such as ``var.size``."""

    span: Span
    reason: str
    name: str = ""


@record
class Mixed:
    """A text of which some parts are not known."""

    span: Span
    parts: tuple[Plain | Reference | Unresolved, ...]


@record
class Items:
    """``weight`` counts everything inside, ``depth`` the levels."""

    span: Span
    items: tuple[Value, ...]
    weight: int = 1
    depth: int = 1


@record
class Table:
    """``places`` says where an entry is set, which may be another place than that of its value."""

    span: Span
    entries: Mapping[str, Value]
    weight: int = 1
    places: Mapping[str, Span] = field(default_factory=dict)
    depth: int = 1


Value = Union[Plain, Reference, Unresolved, Mixed, Items, Table]  # noqa: UP007 - evaluated at run time


@record
class Written:
    """A text that stands in the declaration of a resource itself: ``path`` is the property it is part of."""

    span: Span
    path: tuple[str, ...]
    text: str


@record
class Resource:
    """One instance of a resource, or of a question to the provider (``kind`` starts with ``data.`` then).

    ``address`` is the name others refer to it by, without the instance's ``key``.  ``present`` is None when it
    depends on something unknown whether it is there at all.  ``properties`` holds nested blocks as lists of tables.
    ``head`` is the line that starts it.  ``guards`` are settings about its life (``prevent_destroy``), ``names`` the
    parameters and locals that its declaration mentions.
    """

    span: Span
    head: Span
    kind: str
    name: str
    address: str
    properties: Table
    key: str | int | None = None
    present: bool | None = True
    guards: Table | None = None
    written: tuple[Written, ...] = ()
    names: tuple[str, ...] = ()
    module: str = ""  # the address of the module it is in, empty at the top
    provider: str = ""  # the alias of the provider it uses, empty for the default one
    depends: tuple[str, ...] = ()
    opaque: str = ""  # why its properties are not all known, empty when they are
    notes: Table | None = None  # what is written beside its properties for others to read (``Metadata``)


@record
class Parameter:
    """``given`` holds the values that files give it.  ``hidden``: it is not shown, ``fleeting``: it is not kept.
    ``limits`` are the places of rules about its values."""

    span: Span
    head: Span
    name: str
    kind: str = ""
    description: str = ""
    default: Value | None = None
    hidden: bool = False
    fleeting: bool = False
    limits: tuple[Span, ...] = ()
    given: tuple[Value, ...] = ()
    module: str = ""


@record
class Output:
    """``names`` are all parameters and attributes of resources that it is made of, also by way of locals."""

    span: Span
    head: Span
    name: str
    value: Value | None
    description: str = ""
    hidden: bool = False
    fleeting: bool = False
    names: tuple[str, ...] = ()
    module: str = ""
    exported: Value | None = None  # the name under which other stacks find it


@record
class Needed:
    """A provider, module or the program itself, from outside.  ``version`` is the constraint as written, None when
    there is none; ``kind`` is ``provider``, ``module`` or ``program``."""

    span: Span
    kind: str
    name: str
    source: str = ""
    version: str | None = None
    local: bool = False
    module: str = ""


@record
class Locked:
    """An entry of a lock file."""

    span: Span
    source: str
    version: str
    hashes: int = 0


@record
class StateStore:
    """Where the state is kept.  ``kind`` is ``local``, ``s3``, ``cloud``, ...; ``settings`` are those of the file
    together with those of ``completed`` (a file that is given to the initialisation), if any."""

    span: Span
    kind: str
    settings: Table
    completed: str = ""


@record
class Provider:
    span: Span
    name: str
    alias: str
    properties: Table
    module: str = ""


@record
class Refused:
    """A given value that the platform does not take."""

    span: Span
    sentence: str


@record
class Claim:
    """A condition that has to be true.  ``about`` are what it names, as ``aws_s3_bucket.data``; ``empty`` is why it can
    never be false, empty when it can.  ``words`` are all names and attributes in it."""

    span: Span
    about: tuple[str, ...] = ()
    empty: str = ""
    words: tuple[str, ...] = ()


@record
class Trial:
    """One run of the configuration with claims about what comes out.  ``plans``: it only plans.
    ``refused`` are the inputs and checks that have to refuse it.  ``dry``: nothing is made for it, as it only plans or
    something stands in for the provider.  ``module`` is the one that is tried instead, as written."""

    name: str
    span: Span
    plans: bool
    claims: tuple[Claim, ...] = ()
    refused: tuple[str, ...] = ()
    dry: bool = False
    module: str = ""


@record
class TrialFile:
    """A file of tests and its runs.  ``complete`` false: some of it is not seen.  ``made_up`` are the attributes whose
    values the file itself gives, of a resource or of all of a kind."""

    path: str
    runs: tuple[Trial, ...] = ()
    complete: bool = True
    made_up: tuple[str, ...] = ()


@record
class Stack:
    """What is created and destroyed together: a root module with one set of values, or one template.

    ``values`` is the file whose values were taken, empty for the defaults.  ``complete`` false: some of it is not seen;
    ``damage`` are then the kinds of resources or blocks with something unseen in them, with an empty text for the rest.
    """

    platform: str
    path: str
    span: Span
    files: tuple[str, ...]
    values: str = ""
    resources: tuple[Resource, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    outputs: tuple[Output, ...] = ()
    providers: tuple[Provider, ...] = ()
    needed: tuple[Needed, ...] = ()
    locks: tuple[Locked, ...] = ()
    lock_file: str = ""
    stores: tuple[StateStore, ...] = ()
    locals: Mapping[str, Value] = field(default_factory=dict)
    written: tuple[Written, ...] = ()  # texts in provider, module and output blocks
    names: tuple[str, ...] = ()  # everything that is referred to anywhere in the stack
    opaque: tuple[Opaque, ...] = ()
    complete: bool = True
    damage: tuple[str, ...] = ()
    damaged: tuple[Span, ...] = ()  # the blocks with something unseen in them
    description: str = ""
    tags: Mapping[str, Value] = field(default_factory=dict)  # those that everything in the stack gets
    refused: tuple[Refused, ...] = ()


@record
class Infrastructure:
    """Everything declared in the repository.  ``unused`` are the folders of modules that nothing calls, ``guarded``
    those that state conditions of their own, which each run of a test checks as well."""

    stacks: tuple[Stack, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    unused: tuple[str, ...] = ()
    trials: tuple[TrialFile, ...] = ()
    guarded: tuple[str, ...] = ()


def merged(found: Sequence[Infrastructure]) -> Infrastructure:
    """What more than one platform declares, together."""
    return Infrastructure(
        tuple(stack for one in found for stack in one.stacks),
        tuple(problem for one in found for problem in one.diagnostics),
        tuple(path for one in found for path in one.unused),
        tuple(file for one in found for file in one.trials),
        tuple(path for one in found for path in one.guarded),
    )


def inner(value: Value) -> Iterator[Value]:
    """A value and everything inside it; each part once, however often it is used."""
    waiting: list[Value] = [value]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, Items):
            waiting.extend(reversed(one.items))
        elif isinstance(one, Table):
            waiting.extend(reversed(tuple(one.entries.values())))
        elif isinstance(one, Mixed):
            waiting.extend(reversed(one.parts))
