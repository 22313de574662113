"""Where an analyser is known to be fooled, and what the files really say there.

Each row was tried: the analyser has no finding, and the thing its rule is about is wrong all the same.  A build
argument hides ``latest`` from hadolint's DL3006 and DL3007 and from checkov's CKV_DOCKER_7; a file without ``USER``
has no finding by DL3002, ``USER 0`` none by CKV_DOCKER_8; ``HEALTHCHECK NONE`` satisfies CKV_DOCKER_2; ``write-all``
in a workflow with one job is below the level at which zizmor speaks of excessive-permissions.  The whole internet in
two halves, and a variable whose value is not known, have no finding by CKV_AWS_24 and its relatives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from gradeline.facts.case import Case
from gradeline.facts.image_pins import taken_by_image
from gradeline.facts.image_user import owner
from gradeline.facts.images import ImageFacts
from gradeline.records import record
from gradeline.source import Span


@record
class Gap:
    """Something that a rule is about and the analyser does not see.  ``certain`` is false where nobody can see it, as
    in a build file of which a part cannot be read."""

    span: Span
    sentence: str
    certain: bool = True


def gaps(case: Case, tool: str, rule: str, paths: Iterable[str]) -> Iterator[Gap]:
    """What ``tool`` overlooks by ``rule`` in the files ``paths``, in the order of the files."""
    look = _GAPS.get((tool, rule))
    if look is not None:
        yield from look(case, frozenset(paths))


def _images(case: Case, paths: frozenset[str]) -> tuple[ImageFacts, ...]:
    return tuple(facts for path, facts in case.images.items() if path in paths)


def _moving_base(case: Case, paths: frozenset[str]) -> Iterator[Gap]:
    for facts in _images(case, paths):
        bases = {stage.image.span for stage in facts.image.stages if stage.image is not None}
        for item in taken_by_image(facts):
            if item.use.span not in bases:
                continue
            if item.strength == "computed":
                yield Gap(item.use.span, f"the version of `{item.use.name}` is not in the files", certain=False)
            elif item.strength == "none" or item.use.version == "latest":
                sentence = f"`{item.shown}` is whatever is newest when it is built"
                yield Gap(item.use.span, sentence, facts.image.complete)


def _root(case: Case, paths: frozenset[str]) -> Iterator[Gap]:
    for facts in _images(case, paths):
        found = owner(facts)
        if found is not None and found.root is None:
            yield Gap(found.span, f"who the image runs as cannot be seen: {found.reason}", certain=False)
        elif found is not None and found.root:
            yield Gap(found.span, f"the image runs as {found.shown}", facts.image.complete)


def _no_health(case: Case, paths: frozenset[str]) -> Iterator[Gap]:
    for facts in _images(case, paths):
        stage = facts.shipped
        health = stage.config.health if stage is not None else None
        if health is not None and health.command is None:
            yield Gap(health.span, "the health check is switched off", facts.image.complete)


def _wide_token(case: Case, paths: frozenset[str]) -> Iterator[Gap]:
    for facts in case.pipelines:
        if facts.pipeline.path not in paths:
            continue
        named = [facts.pipeline.permissions, *(unit.permissions for unit in facts.pipeline.units)]
        for permissions in named:
            if permissions.declared and permissions.rest == "write":
                yield Gap(permissions.span or facts.pipeline.span, "the token may write everything")


def _open_port(port: int) -> Callable[[Case, frozenset[str]], Iterator[Gap]]:
    def look(case: Case, paths: frozenset[str]) -> Iterator[Gap]:
        from gradeline.facts.infrastructure_networks import reached_by_everybody

        for facts in case.stacks:
            for answer in reached_by_everybody(facts, port):
                if not answer.holds and answer.span.path in paths:
                    yield Gap(answer.span, answer.sentence, answer.holds is False and facts.stack.complete)

    return look


_GAPS: Mapping[tuple[str, str], Callable[[Case, frozenset[str]], Iterator[Gap]]] = {
    ("checkov", "CKV2_GHA_1"): _wide_token,
    ("checkov", "CKV_AWS_24"): _open_port(22),
    ("checkov", "CKV_AWS_25"): _open_port(3389),
    ("checkov", "CKV_AWS_260"): _open_port(80),
    ("checkov", "CKV_DOCKER_2"): _no_health,
    ("checkov", "CKV_DOCKER_3"): _root,
    ("checkov", "CKV_DOCKER_7"): _moving_base,
    ("checkov", "CKV_DOCKER_8"): _root,
    ("hadolint", "DL3002"): _root,
    ("hadolint", "DL3006"): _moving_base,
    ("hadolint", "DL3007"): _moving_base,
    ("zizmor", "excessive-permissions"): _wide_token,
}
