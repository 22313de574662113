"""What is taken from elsewhere is named by an exact version.

What it looks for
    Kind ``action`` with strength ``sha``: every action, workflow and image from outside is named by a
    full commit hash or digest, and a comment says which version that is.  A version tag of an action of
    the platform itself earns half.  Strength ``current``: versions exist and still work; no branches.
    Kind ``image``: every image that a build file starts from, copies from or mounts, that a service runs, or
    that a job runs in, is named by its digest; build arguments count with their defaults.  The tag of one
    release earns half, or everything with strength ``exact``.
    Kind ``tool``: every program that the pipeline fetches for itself, as a container, a download, a package or by
    an input of an action, is one release, or what came is compared with a hash or a signature.
    Kind ``toolchain``: each job that runs the language sets its version, and it is the one of the kit.  With language
    ``terraform`` the program for infrastructure is meant, whichever it is, and its version is one release.
    Kind ``hook``: every repository that commit hooks come from is named by a release or a full commit.
    Kind ``provider``: infrastructure says which versions of its program, of each provider it uses and of each module
    from elsewhere it takes, with an upper end; a lock file beside it holds every provider with hashes, in a version
    that fits.  A version without an upper end earns half.
    Kind ``plugin``: every plug-in of the server that runs the pipelines is listed with one release.

    Kind ``package``: what plays install on machines is one release: packages with their version, downloads with a
    checksum, repositories at a tag or commit.  Kind ``collection``: what plays take from elsewhere has a version.
    Kind ``requirement``: the files of requirements ask for each of ``packages`` in one major version.

What does not count
    A short hash, a branch, a hash that only stands in a comment, a version that was switched off, an
    open version such as ``3.x``, and a tag that moves, such as ``latest`` or ``3.12-slim``.  A script that is
    run as it comes from the network.

How to repair
    Look up the commit of the release you want, and write its whole hash with the version as a comment.  For an
    image, look up the digest of the tag, and write both.

Parameters
    ``kind``: ``action``, ``image``, ``tool``, ``toolchain``, ``hook``, ``plugin``, ``provider``, ``package``,
    ``collection`` or ``requirement``.  ``strength``: ``sha``, ``exact`` or ``current``.
    ``where``: whose images, those of ``images`` (build files), ``services``, ``pipelines`` or
    containers that ``tests`` start.  ``or_none``: true when it is fine that there is no file of that kind.
    ``language`` and ``equals: kit`` for toolchains.  ``includes``: plug-ins that must be listed; ``a|b`` is
    either of two.  ``packages``: patterns of the packages that need a version (all).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.versions import production_version, same_version, unit_version
from gradeline.facts.case import Case, PipelineFacts
from gradeline.model.pipeline import Unit, Use
from gradeline.result import Evidence, Verdict

if TYPE_CHECKING:
    from gradeline.facts.image_pins import Taken

CHECK = Check(
    code="P1",
    family="pinning",
    params={
        "kind": {
            "enum": [
                "action", "image", "tool", "toolchain", "hook", "plugin", "provider", "package", "collection",
                "requirement",
            ]
        },
        "includes": WORDS,
        "strength": {"enum": ["sha", "exact", "current"]},
        "where": {"enum": ["images", "services", "pipelines", "tests"]},
        "or_none": {"type": "boolean"},
        "packages": WORDS,
        "language": {"type": "string"},
        "equals": {"enum": ["kit"]},
    },
    required=("kind",),
    reads=("pipelines", "images", "infrastructure", "repository", "playbooks", "tests"),
)
_FIRM = ("sha", "digest", "locked", "local")
_WORDS = {
    "short-sha": "is a shortened hash",
    "branch": "is a branch, which moves",
    "none": "has no version",
    "tag": "is a tag, which can be moved",
    "computed": "is computed at run time",
}
_RUNS_LANGUAGE = (
    "lint",
    "test",
    "type-check",
    "coverage",
    "build-package",
    "package-check",
    "train",
    "data-validation",
)


def run(
    case: Case,
    kind: str,
    strength: str = "sha",
    where: str = "images",
    language: str = "python",
    equals: str | None = None,
    includes: list[str] | None = None,
    packages: str | list[str] | None = None,
    or_none: bool = False,
    pipelines: list[str] | None = None,
) -> Verdict:
    if kind == "image":
        from gradeline.checks.support.images import chosen_images, guarded
        from gradeline.facts.image_pins import taken

        found = taken(case, where, pipelines)
        verdict = _images([] if found is None and or_none else found, strength)
        return guarded(chosen_images(case, pipelines), verdict) if where == "images" else verdict
    if kind == "plugin":
        from gradeline.checks.support.server import plugins

        return plugins(case, listed(includes))
    if kind == "hook":
        return _hooks(case)
    if kind == "requirement":
        from gradeline.checks.support.required import majors

        return majors(case, listed(packages), pipelines)
    if kind in ("package", "collection"):
        return _plays(case, kind, listed(packages) or ("*",), pipelines)
    if kind == "provider":
        from gradeline.checks.support.provider_pins import providers
        from gradeline.checks.support.stacks import chosen_stacks, softened

        stacks = chosen_stacks(case, pipelines)
        return softened(stacks, providers(stacks))
    chosen = case.select(pipelines)
    if kind == "tool":
        return _tools(chosen)
    if kind == "toolchain" and language == "terraform":
        from gradeline.checks.support.program_versions import one_release

        return one_release(chosen)
    if kind == "toolchain":
        return _toolchain(case, chosen, language, equals)
    if not chosen:
        return Verdict("unmet", "There is no pipeline file to look at.")
    uses = [use for facts in chosen for use in facts.pipeline.uses if use.kind != "local" and use.subject != "image"]
    if not uses:
        return Verdict(
            "met",
            "Nothing is taken from elsewhere.",
            tuple(Evidence(facts.pipeline.span, "proof", "uses nothing from outside") for facts in chosen),
        )
    return _current(uses) if strength == "current" else _by_hash(uses)


def _plays(case: Case, kind: str, counted: tuple[str, ...], patterns: list[str] | None) -> Verdict:
    from gradeline.checks.support.plays import NO_PLAY, judged
    from gradeline.facts.playbooks import chosen, installs, loose_packages, loose_requirements

    playbooks = case.project.playbooks
    plays = chosen(playbooks, patterns)
    if not plays:
        return NO_PLAY
    if kind == "collection":
        if not playbooks.requirements:
            return Verdict("unmet", "No file lists the collections and roles that are taken from elsewhere.")
        places = [one.span for one in playbooks.requirements]
        good = "Every collection and role from elsewhere has a version."
        return judged(playbooks, plays, loose_requirements(playbooks), good, places, whole=False)
    found = [one for play in plays for one in loose_packages(play, counted)]
    tasks = [task.span for play in plays for task in installs(play)]
    if not tasks and not playbooks.opaque:
        return Verdict("unmet", "No play installs anything.", (Evidence(plays[0].span, "context", "no such task"),))
    return judged(playbooks, plays, found, "Everything that is installed is one release.", tasks)


def _bad(use: Use, message: str, status: str = "unmet") -> Verdict:
    assert status in ("unmet", "partial", "cannot_tell")
    return Verdict(status, message, (Evidence(use.span, "problem", f"{use.name}@{use.version}"),))  # type: ignore[arg-type]


def _current(uses: list[Use]) -> Verdict:
    for use in uses:
        if use.removed:
            return _bad(use, f"`{use.name}@{use.version}` no longer works: {use.removed}.")
        if use.kind in ("branch", "none", "short-sha"):
            return _bad(use, f"`{use.name}@{use.version}` {_WORDS[use.kind]}.")
        if use.kind == "computed":
            return _bad(use, f"The version of `{use.name}` {_WORDS[use.kind]}.", "cannot_tell")
    return Verdict(
        "met",
        "Every action has a version that works.",
        tuple(Evidence(use.span, "proof", f"{use.name}@{use.version}") for use in uses),
    )


def _by_hash(uses: list[Use]) -> Verdict:
    half: Verdict | None = None
    for use in uses:
        if use.removed:
            return _bad(use, f"`{use.name}` at this version no longer works: {use.removed}.")
        if use.kind in _FIRM:
            if use.kind == "sha" and not any(character.isdigit() for character in use.comment):
                half = half or _bad(use, f"The hash of `{use.name}` has no comment that names its version.", "partial")
            continue
        if use.first_party and use.kind == "tag":
            half = half or _bad(use, f"`{use.name}@{use.version}` {_WORDS[use.kind]}.", "partial")
            continue
        return _bad(use, f"`{use.name}@{use.version}` {_WORDS[use.kind]}.")
    return half or Verdict(
        "met",
        "Everything from outside is named by a full hash.",
        tuple(Evidence(use.span, "proof", f"{use.name} is fixed") for use in uses),
    )


def _images(found: list[Taken] | None, strength: str) -> Verdict:
    if found is None:
        return Verdict("unmet", "There is no file that could name an image.")
    half: Verdict | None = None
    unseen: Verdict | None = None
    for item in found:
        evidence = (Evidence(item.use.span, "problem", item.shown), *item.evidence)
        if item.strength == "computed":
            message = f"The version of `{item.use.name}` is not in the files, so it cannot be seen."
            unseen = unseen or Verdict("cannot_tell", message, evidence)
        elif item.strength in ("moving", "none"):
            what = "has no version" if item.strength == "none" else "has a tag that moves"
            what = "has a digest that is not whole" if "@" in item.shown else what
            return Verdict("unmet", f"`{item.shown}` {what}.", evidence)
        elif item.strength == "exact" and strength != "exact":
            message = f"`{item.shown}` is one release, but its tag can still be moved."
            half = half or Verdict("partial", message, evidence)
    proofs = tuple(Evidence(item.use.span, "proof", f"{item.use.name} is fixed") for item in found)
    return unseen or half or Verdict("met", "Every image is named by exactly one version.", proofs)


def _hooks(case: Case) -> Verdict:
    hooks = tuple(facts.pipeline for facts in case.pipelines if facts.pipeline.role == "hooks")
    if not hooks:
        return Verdict("unmet", "There is no file with commit hooks.")
    uses = [use for pipeline in hooks for use in pipeline.uses]
    for use in uses:
        if use.kind not in ("sha", "tag"):
            shown = f"`{use.name.rpartition('/')[2]}` is taken at `{use.version}`" if use.version else f"`{use.name}`"
            return Verdict("unmet", f"{shown}: this {_WORDS[use.kind]}.", (
                Evidence(use.span, "problem", _WORDS[use.kind]),))  # fmt: skip
    proofs = tuple(Evidence(use.span, "proof", "a fixed version") for use in uses)
    whole = tuple(Evidence(pipeline.span, "proof", "takes no hook from elsewhere") for pipeline in hooks)
    return Verdict("met", "Every repository of hooks is taken at a fixed version.", proofs or whole)


def _tools(chosen: tuple[PipelineFacts, ...]) -> Verdict:
    from gradeline.facts.tool_pins import fetched

    if not chosen:
        return Verdict("unmet", "There is no pipeline file to look at.")
    found = [item for facts in chosen for item in fetched(facts)]
    for firmness, status in (("loose", "unmet"), ("unknown", "cannot_tell")):
        for item in found:
            if item.firmness == firmness:
                assert status in ("unmet", "cannot_tell")
                evidence = (Evidence(item.span, "problem", item.sentence),)
                return Verdict(status, f"`{item.shown}` {item.sentence}.", evidence)  # type: ignore[arg-type]
    proofs = tuple(Evidence(item.span, "proof", f"{item.shown[:60]} {item.sentence}") for item in found)
    whole = tuple(Evidence(facts.pipeline.span, "proof", "fetches no program by itself") for facts in chosen)
    return Verdict("met", "Every program that is fetched is a known release.", proofs or whole)


def _toolchain(case: Case, chosen: tuple[PipelineFacts, ...], language: str, equals: str | None) -> Verdict:
    wanted = production_version(case, language) if equals else None
    proofs: list[Evidence] = []
    for facts in chosen:
        units = {item.unit.id: item.unit for item in facts.doing(*_RUNS_LANGUAGE, effect=None)}
        for unit in units.values():
            verdict = _version(case, facts, unit, language, wanted)
            if verdict.status != "met":
                return verdict
            proofs.extend(verdict.evidence)
    if not proofs:
        from gradeline.checks.support.inside_builds import inside_a_build

        built = inside_a_build(chosen, _RUNS_LANGUAGE)
        if built is not None:
            return built
        return Verdict("unmet", f"No job runs {language.capitalize()}, so none sets its version.")
    return Verdict("met", f"Every job sets the {language.capitalize()} version of the kit.", tuple(proofs))


def _version(case: Case, facts: PipelineFacts, unit: Unit, language: str, wanted: str | None) -> Verdict:
    legs = len(unit.matrix.legs) if unit.matrix and unit.matrix.legs else 1
    versions = [unit_version(facts, unit, leg, language) for leg in range(legs)]
    named = language.capitalize()
    place = unit.span
    if any(version == "?" for version in versions):
        return Verdict(
            "cannot_tell",
            f"The {named} version of {unit.title!r} is computed, so it cannot be seen.",
            (Evidence(place, "problem", "computed at run time"),),
        )
    if any(version is None for version in versions):
        return Verdict(
            "unmet",
            f"The job {unit.title!r} runs with whatever {named} the machine has.",
            (Evidence(place, "problem", f"does not set the {named} version"),),
        )
    known = [version for version in versions if version is not None]
    for version in known:
        if not _exact_minor(version):
            return Verdict(
                "unmet",
                f"`{version}` is not an exact {named} version in {unit.title!r}.",
                (Evidence(place, "problem", f"{named} {version}"),),
            )
    if wanted is not None and not any(same_version(version, wanted) for version in known):
        return Verdict(
            "unmet",
            f"The kit is made for {named} {wanted}, but {unit.title!r} uses {', '.join(known)}.",
            (Evidence(place, "problem", f"{named} {', '.join(known)}"),),
        )
    return Verdict("met", "", (Evidence(place, "proof", f"{named} {', '.join(known)}"),))


def _exact_minor(version: str) -> bool:
    parts = version.split(".")
    return len(parts) >= 2 and parts[0].isdigit() and parts[1].isdigit()
