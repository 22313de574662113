"""What runs can be asked whether it is well, and can be stopped.

What it looks for
    ``of: image``: the server itself is started, so that it gets the signal to stop (part ``start``), its port is
    declared (``port``), and a health check asks it and fails on a bad answer (``check``).  For an image without
    one, a readiness probe that a Kubernetes manifest of the repository states counts as well.
    ``of: services``: every service that others need has such a health check, and nobody starts before those he
    needs are well.
    ``of: deployment``: after each deployment, something asks the service itself (part of the same run) at its
    address, within a time limit, and an error or a wrong answer fails the run.

    ``of: workloads``: what runs in a cluster is asked whether it lives and whether it is ready, and the two are
    not the same question.
    ``of: routes``: requests reach what runs: services select its pods, and what sends requests to services names
    those that are there.
    ``of: script``: each of ``scripts`` asks a service, and fails when something is wrong with it.  The grader follows
    the script with a good service, and then with one thing wrong at a time.

What does not count
    A shell in front of the server, a script that does not end with ``exec``, a health check that is switched
    off, asks nobody, or succeeds whatever the answer is, and waiting for a start only.  After a deployment: a
    question to another address or before the deployment, and one whose failure is lost.  One that looks at the
    status only earns half.  For workloads: the probes that a chart brings, which only ask for its start page.

How to repair
    Write the start as a list of words.  Ask the server's own address for health, with a client that fails when
    the answer is an error.  Wait for the condition *healthy*.  After a deployment, send a real question, let an
    error status fail, and look at the answer.

Parameters
    ``of``: ``image``, ``services``, ``deployment``, ``workloads``, ``routes`` or ``script``.  ``parts``: which of
    ``start``, ``port`` and ``check``; all of them by default.  ``path``: the path the check has to ask.
    ``needs_others``:
    services that have to wait for others.  ``awaited``: true when pipelines and tests that start the services must wait
    until they are well, not for a time that somebody guessed.  ``started_by``: where services may be started besides
    the files that describe them (``files``): beside a job by the platform (``pipelines``), or by the tests (``tests``);
    the best place counts.  ``services``: the names of services that need a health check, besides those that others wait
    for.  ``built``: those that have to be built from this repository.  For a deployment: ``environment`` and
    ``targets`` (other names for it) choose the deployments, ``asserts`` is ``status``, ``body`` or both (the default),
    and ``tools`` the classes that count besides requests; ``health-check``, ``test`` and ``load-test`` by default.
    ``ready``: for workloads, the path that tells whether requests can be answered.  ``starts``: true when a workload
    needs time to start before it may be restarted.  ``stays``: true when none of it may be missing while a new version
    comes, or a budget limits how many.  ``budget``: true when there has to be a budget.
    ``listens``: the only port at which the service answers.
    For a script: ``scripts`` are its files; a suite of tests may take their place.  ``path`` is where predictions are
    asked for, ``valid`` the fields of a right body (``number``, ``text`` or a list of texts), ``answer`` the fields of
    a right answer with good values, ``version`` the field that says which model answers, and ``notices`` what has to
    be noticed, by default everything: ``alive``, ``ready``, ``status``, ``refused`` (nonsense is refused), ``schema``,
    ``range``, ``version``, ``latency`` and ``limit`` (nothing waits for ever).
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.explain import absent, unseen
from gradeline.checks.support.images import NO_IMAGE, chosen_images, guarded
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.deployments import deployments, targeted
from gradeline.facts.image_start import probe, start
from gradeline.facts.images import ImageFacts
from gradeline.facts.service_health import Finding, early_starts, health_of
from gradeline.facts.smoke import Wanted, smoke
from gradeline.facts.workload_probes import readiness_probe
from gradeline.model.services import Services
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

NOTICES = ("alive", "ready", "status", "refused", "schema", "range", "version", "latency", "limit")
CHECK = Check(
    code="D4",
    family="deployment",
    params={
        "of": {"enum": ["image", "services", "deployment", "workloads", "routes", "script"]},
        "scripts": WORDS,
        "valid": {"type": "object"},
        "answer": {"type": "object"},
        "version": {"type": "string"},
        "notices": {"type": "array", "items": {"enum": list(NOTICES)}, "minItems": 1},
        "ready": {"type": "string"},
        "starts": {"type": "boolean"},
        "stays": {"type": "boolean"},
        "budget": {"type": "boolean"},
        "listens": {"type": "integer", "minimum": 0},
        "parts": {"type": "array", "items": {"enum": ["start", "port", "check"]}, "minItems": 1},
        "path": {"type": "string"},
        "services": WORDS,
        "built": WORDS,
        "environment": {"type": "string"},
        "targets": WORDS,
        "asserts": {"type": "array", "items": {"enum": ["status", "body"]}, "minItems": 1},
        "tools": WORDS,
        "needs_others": WORDS,
        "awaited": {"type": "boolean"},
        "started_by": {"type": "array", "items": {"enum": ["files", "pipelines", "tests"]}, "minItems": 1},
    },
    required=("of",),
    reads=("images", "pipelines", "manifests", "tests"),
)
PARTS = ("start", "port", "check")


def run(
    case: Case,
    of: str,
    parts: list[str] | None = None,
    path: str = "",
    services: str | list[str] | None = None,
    built: str | list[str] | None = None,
    environment: str = "",
    targets: str | list[str] | None = None,
    asserts: list[str] | None = None,
    tools: str | list[str] | None = None,
    ready: str = "",
    starts: bool = False,
    stays: bool = False,
    budget: bool = False,
    listens: int = 0,
    needs_others: str | list[str] | None = None,
    awaited: bool = False,
    started_by: list[str] | None = None,
    scripts: str | list[str] | None = None,
    valid: Mapping[str, Any] | None = None,
    answer: Mapping[str, Any] | None = None,
    version: str = "version",
    notices: list[str] | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    if of == "script":
        from gradeline.checks.support.asked_scripts import asks

        return asks(case, listed(scripts), path, valid or {}, answer or {}, version, notices or NOTICES)
    if of == "deployment":
        asked = Wanted(path, frozenset(asserts or ("status", "body")), listed(tools))
        return _deployment(case.select(pipelines), environment, listed(targets), asked)
    if of == "workloads":
        from gradeline.checks.support.workloads import probed

        found = probed(case, ready, pipelines, listens)
        if found.status in ("met", "partial") and (starts or stays or budget):
            from gradeline.checks.support.changeover import changed_over

            return changed_over(case, found, starts, stays, pipelines, budget)
        return found
    if of == "routes":
        from gradeline.checks.support.routes import connected

        return connected(case, pipelines)
    if of == "services":
        names = listed(services), listed(built), listed(needs_others)
        return _started(case, names, awaited, tuple(started_by or ("files",)), pipelines)
    images = chosen_images(case, pipelines)
    if not images:
        return NO_IMAGE
    wanted = tuple(parts or PARTS)
    verdicts = [_image(facts, wanted, path) for facts in images]
    return guarded(images, _worst(verdicts))


def _deployment(
    chosen: tuple[PipelineFacts, ...], environment: str, targets: tuple[str, ...], wanted: Wanted
) -> Verdict:
    names = {environment: targets} if environment else {}
    verdicts: list[Verdict] = []
    for facts in chosen:
        deployed = targeted(facts, environment, names)
        if deployed:
            verdict = smoke(facts, deployed, wanted)
            verdicts.append(next(unseen([facts]), verdict) if verdict.status == "unmet" else verdict)
    if not verdicts:
        elsewhere = [item for facts in chosen for item in deployments(facts)]
        if elsewhere and environment:
            problem = (Evidence(elsewhere[0].span, "problem", "goes somewhere else"),)
            return Verdict("unmet", f"Nothing is deployed to {environment!r}.", problem)
        return absent(chosen, ("deploy",))
    return _worst(verdicts)


def _worst(verdicts: list[Verdict]) -> Verdict:
    for status in ("unmet", "cannot_tell", "partial"):
        for verdict in verdicts:
            if verdict.status == status:
                return verdict
    evidence = tuple(item for verdict in verdicts for item in verdict.evidence)
    return Verdict("met", verdicts[0].message, evidence)


def _image(facts: ImageFacts, parts: tuple[str, ...], path: str) -> Verdict:
    stage = facts.shipped
    if stage is None:
        return Verdict("unmet", "There is no stage.", (Evidence(facts.image.span, "problem", "no FROM was found"),))
    proofs: list[Evidence] = []
    unseen: Verdict | None = None
    if "start" in parts:
        started = start(facts)
        problem = (Evidence(started.span, "problem", started.reason),)
        if started.direct is False:
            return Verdict("unmet", f"The server cannot be stopped cleanly: {started.reason}.", problem)
        if started.direct is None:
            unseen = Verdict("cannot_tell", f"What gets the signal to stop cannot be seen: {started.reason}.", problem)
        proofs.append(Evidence(started.span, "proof", "the server is started itself"))
    if "port" in parts:
        if not stage.config.ports:
            message = "The image does not say on which port it listens."
            return Verdict("unmet", message, (Evidence(stage.span, "problem", "no port is declared"),))
        proofs.append(Evidence(stage.config.ports[0].span, "proof", "its port is declared"))
    if "check" in parts:
        health = stage.config.health
        stated = readiness_probe(facts.project, path) if health is None else None
        if stated is not None:
            proofs.append(Evidence(stated, "proof", "the platform asks the server"))
            return unseen or Verdict("met", "The image can be asked whether it is well, and stopped.", tuple(proofs))
        if health is None or health.command is None:
            place = stage.span if health is None else health.span
            message = "The image has no health check." if health is None else "The health check is switched off."
            return Verdict("unmet", message, (Evidence(place, "problem", "nothing asks whether it is well"),))
        found = probe(facts.project, facts.toolbox, health.command, path)
        problem = (Evidence(found.span, "problem", found.reason),)
        if found.reason and found.certain:
            return Verdict("unmet", f"The health check tells nothing: {found.reason}.", problem)
        if found.reason:
            unseen = unseen or Verdict("cannot_tell", f"About the health check: {found.reason}.", problem)
        proofs.append(Evidence(health.span, "proof", "asks the server"))
    return unseen or Verdict("met", "The image can be asked whether it is well, and stopped.", tuple(proofs))


Names = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]  # wanted, built, needing others


def _started(
    case: Case, names: Names, waited: bool, started_by: tuple[str, ...], patterns: list[str] | None
) -> Verdict:
    """The verdict of the best place in which services are started."""
    from gradeline.checks.support.started import awaited, beside, hasty, in_tests

    found: list[Verdict | None] = []
    described = [path for path in case.services if any(fnmatchcase(path, one) for one in patterns or ("*",))]
    if "files" in started_by and (described or started_by == ("files",)):
        verdict = _services(case, names, patterns)
        problem = awaited(case) if waited and verdict.status == "met" else None
        found.append(problem or verdict)
    if "tests" in started_by:
        found.append(in_tests(case))
    if "pipelines" in started_by:
        found.append(beside(case, case.select(None)))
    known = [one for one in found if one is not None]
    early = hasty(case, case.select(None)) if {"tests", "pipelines"} & set(started_by) else None
    if early is not None:
        return early
    unread = case.tests.suite.unread if "tests" in started_by else ()
    if unread and not any(one.status == "met" for one in known):
        place = Evidence(Span(unread[0].path, 1), "problem", "is not read to its end")
        message = f"`{unread[0].path}` cannot be read to its end, so what the tests start is not all known."
        return Verdict("cannot_tell", message, (place,))
    if not known:
        hidden = next(unseen(case.select(None)), None)
        return hidden or Verdict("unmet", "Nothing starts the service with what it needs.", tuple(
            Evidence(facts.pipeline.span, "context", "starts no services") for facts in case.select(None)))  # fmt: skip
    return next((one for one in known if one.status == "met"), known[0])


def _services(case: Case, names: Names, patterns: list[str] | None) -> Verdict:
    chosen = [
        services
        for path, services in case.services.items()
        if any(fnmatchcase(path, pattern) for pattern in patterns or ("*",))
    ]
    if not chosen:
        return Verdict("unmet", "There is no file that describes services.")
    return _worst([_described(case, services, names) for services in chosen])


def _described(case: Case, services: Services, chosen: Names) -> Verdict:
    wanted, built, alone = chosen
    here = (Evidence(services.span, "problem", "looked through every service here"),)
    unseen: Verdict | None = None
    if services.opaque:
        hidden = services.opaque[0]
        unseen = Verdict("cannot_tell", f"Not all services can be seen: {hidden.reason}.", (Evidence(
            hidden.span, "problem", hidden.reason),))  # fmt: skip
    for name in (*wanted, *built, *alone):
        if services.service(name) is None:
            return unseen or Verdict("unmet", f"There is no service `{name}`.", here)
    for name in built:
        service = services.service(name)
        assert service is not None
        if service.build is None:
            problem = (Evidence(service.span, "problem", "starts an image from elsewhere"),)
            return Verdict("unmet", f"`{name}` is not built from this repository.", problem)
    for name in alone:
        service = services.service(name)
        assert service is not None
        if not any(dependency.condition != "completed" for dependency in service.needs):
            place = (Evidence(service.span, "problem", "waits for nobody"),)
            return unseen or Verdict("unmet", f"`{name}` does not wait for what it needs.", place)
    needed = {dependency.service for service in services.services for dependency in service.needs
              if dependency.condition != "completed"}  # fmt: skip
    names = [service.name for service in services.services if service.name in needed or service.name in wanted]
    if not names:
        return unseen or Verdict("unmet", "No service waits for another one.", here)
    proofs: list[Evidence] = []
    for name in names:
        service = services.service(name)
        assert service is not None
        found = health_of(case.project, case.toolbox, case.images, service)
        if isinstance(found, Finding):
            message = f"{found.sentence[:1].upper()}{found.sentence[1:]}."
            problem = (Evidence(found.span, "problem", found.sentence),)
            if found.certain:
                return Verdict("unmet", message, problem)
            unseen = unseen or Verdict("cannot_tell", message, problem)
        elif found.reason:
            problem = (Evidence(found.span, "problem", found.reason),)
            if found.certain:
                return Verdict("unmet", f"The health check of `{name}` tells nothing: {found.reason}.", problem)
            unseen = unseen or Verdict("cannot_tell", f"About the health check of `{name}`: {found.reason}.", problem)
        else:
            proofs.append(Evidence(found.span, "proof", f"asks {name} whether it is well"))
    for service, dependency in early_starts(services):
        problem = (Evidence(dependency.span, "problem", f"waits only until {dependency.service} is started"),)
        return Verdict("unmet", f"`{service.name}` starts before `{dependency.service}` is well.", problem)
    return unseen or Verdict("met", "Services wait until those they need are well.", tuple(proofs))
