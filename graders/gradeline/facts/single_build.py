"""Whether one run builds a thing once and publishes exactly that: for images and for packages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.handover import handed_over
from gradeline.facts.image_refs import Images, Ref, is_file
from gradeline.facts.runs import Run
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.pipeline import Scenario
from gradeline.records import field, record
from gradeline.result import Evidence

Kind = Literal["image", "package"]


@record
class Finding:
    status: Literal["met", "partial", "unmet", "cannot_tell"]
    sentence: str
    evidence: tuple[Evidence, ...]


@record(frozen=False)
class Aliases:
    """Names of one image: tags of one build, and what was copied or tagged from one to the other."""

    groups: list[set[str]] = field(default_factory=list)

    def join(self, names: Iterable[str]) -> None:
        joined = set(names)
        rest = []
        for group in self.groups:
            if group & joined:
                joined |= group
            else:
                rest.append(group)
        self.groups = [*rest, joined]

    def same(self, left: str, right: str) -> bool:
        return left == right or any(left in group and right in group for group in self.groups)


def judge(facts: PipelineFacts, kind: Kind) -> Iterator[Finding]:
    """One finding for each event that publishes."""
    classes = ("push-image",) if kind == "image" else ("publish",)
    published = [item for item in facts.doing(*classes) if kind == "image" or not _is_image(item)]
    for scenario in facts.pipeline.scenarios:
        keys = {key for item in published if scenario.id in item.scenarios for key in item.keys}
        run = next((run for run in facts.runs(scenario).results if keys & set(run.reached)), None)
        if run is not None:
            yield _Run(facts, scenario, run, kind, published).finding()


def _is_image(item: Activity) -> bool:
    return bool(item.readings_of(["push-image"]))


class _Run:
    """One run that publishes: its builds, gates and publishing commands in their order."""

    def __init__(
        self, facts: PipelineFacts, scenario: Scenario, run: Run, kind: Kind, published: list[Activity]
    ) -> None:
        self.facts = facts
        self.scenario = scenario
        self.kind = kind
        self.images = Images(facts, scenario)
        self.order = {key: number for number, key in enumerate(run.reached)}
        self.published = self._reached(published)
        self.builds = self._reached(facts.doing("build-image" if kind == "image" else "build-package"))
        self.gates = self._reached(facts.doing("image-scan" if kind == "image" else "package-check"))
        self.aliases = Aliases()
        if kind == "image":
            for item in self._reached(facts.activities):
                self.aliases.join(_key(ref) for ref in self.images.sources(item))
            for item in self.builds:
                made = self.images.built(item)
                # The digest of what was built is one more name of it.
                self.aliases.join([*map(_key, made), *(f"{ref.name}@…" for ref in made)])

    def _reached(self, items: Iterable[Activity]) -> list[Activity]:
        found = [item for item in items if any(key in self.order for key in item.keys)]
        return sorted(found, key=self._place)

    def _place(self, item: Activity) -> int:
        return min(self.order[key] for key in item.keys if key in self.order)

    def finding(self) -> Finding:
        for item in self.published:
            finding = self._of(item)
            if finding.status != "met":
                return finding
        return self._of(self.published[0])

    def _of(self, item: Activity) -> Finding:
        builds = self._builds_of(item)
        if not builds:
            return self._not_built(item)
        again = self._again(builds)
        if again is not None:
            return again
        build = builds[0]
        lost = self._lost(build, item, "publishes")
        if lost is not None:
            return lost
        for gate in self.gates:
            if self._looks_at(gate, item):
                lost = self._lost(build, gate, "checks")
                return lost or self._met(build, item, gate)
        if self.gates:
            return self._other_target(item)
        return self._met(build, item, None)

    # -- which build ---------------------------------------------------------------------------

    def _builds_of(self, item: Activity) -> list[Activity]:
        """The builds whose result is published; for a package every build is one of it."""
        if self.kind == "package":
            return self.builds
        names = [_key(ref) for ref in self.images.published(item)]
        mine = [build for build in self.builds if build is item or self._makes(build, names)]
        if not mine:
            mine = [build for build in self.builds if not self.images.built(build)]
        products = [self._product(build) for build in mine]
        return [build for build in self.builds if build in mine or self._same_product(build, mine, products)]

    def _makes(self, build: Activity, names: list[str]) -> bool:
        made = [_key(ref) for ref in self.images.built(build)]
        return any(self.aliases.same(left, right) for left in made for right in names)

    def _product(self, build: Activity) -> tuple[object, ...]:
        """What a build is made from: two builds of the same sources are two copies of one thing."""
        reading = build.readings_of(["build-image"])[0]
        options = [reading.options.get(name) for name in ("--file", "file", "--target", "target")]
        directory = build.invocation.directory if build.invocation is not None else ""
        return (directory, *(target or "?" for target in reading.targets or (".",)), *options)

    def _same_product(self, build: Activity, mine: list[Activity], products: list[tuple[object, ...]]) -> bool:
        names = {ref.name.rpartition("/")[2] for other in mine for ref in self.images.built(other)}
        own = {ref.name.rpartition("/")[2] for ref in self.images.built(build)}
        return bool(names & own - {"", HIDDEN}) or self._product(build) in products

    def _again(self, builds: list[Activity]) -> Finding | None:
        if len(builds) < 2 or (self.kind == "package" and not _repeated(builds)):
            return None
        first, second = builds[0], builds[-1]
        evidence = (
            Evidence(second.span, "problem", "builds again"),
            Evidence(first.span, "context", "built here first"),
        )
        if self.kind == "image" and first.unit.id == second.unit.id and self._product(first) == self._product(second):
            return Finding(
                "partial",
                f"`{second.text}` builds a second time. The layer cache makes the same result likely, not certain",
                evidence,
            )
        return Finding("unmet", f"`{second.text}` builds again, and two builds are two different things", evidence)

    def _not_built(self, item: Activity) -> Finding:
        """Published without a build in this run: fetched from elsewhere, or it cannot be seen from where."""
        source = self.images.sources(item) if self.kind == "image" else ()
        if source:
            proof = Evidence(item.span, "proof", f"publishes {source[0].shown} again, without building")
            return Finding("met", "what exists is published under another name", (proof,))
        for unit in self.facts.pipeline.units:
            if unit.id != item.unit.id and handed_over(self.facts, self.scenario, unit, item.unit):
                return Finding("met", "what another job made is published", item.proof())
        hidden = next((other for other in self.facts.activities if other.opaque), None)
        span = hidden.span if hidden is not None else item.span
        return Finding(
            "cannot_tell",
            f"where the files come from that `{item.text}` publishes cannot be seen",
            (Evidence(span, "problem", "nothing in this run builds it"),),
        )

    # -- on the way ----------------------------------------------------------------------------

    def _lost(self, build: Activity, item: Activity, verb: str) -> Finding | None:
        """A job that did not build needs the result from the one that did."""
        if build.unit.id in self.facts.seen_by(item.unit) or item.unit.self_hosted is not False:
            return None
        if handed_over(self.facts, self.scenario, build.unit, item.unit) is not None:
            return None
        if self.kind == "image" and self._sent_before(build, item):
            return None
        return Finding(
            "unmet",
            f"{item.unit.title!r} {verb} something else: it gets nothing from {build.unit.title!r}, which builds",
            (
                Evidence(item.span, "problem", "does not have what was built"),
                Evidence(build.span, "context", "built in another job"),
            ),
        )

    def _sent_before(self, build: Activity, item: Activity) -> bool:
        """Whether the building job sent the image to a registry, from where others can take it."""
        return any(
            other is not item and other.unit.id == build.unit.id and self._place(other) <= self._place(item)
            for other in self._reached(self.facts.doing("push-image"))
        )

    def _looks_at(self, gate: Activity, item: Activity) -> bool:
        """Whether the gate looks at what is published, under any of its names."""
        if self.kind == "package":
            return True
        wanted = self.images.published(item)
        for ref in self.images.scanned(gate):
            if is_file(ref) or ref.name == HIDDEN:
                return True
            for other in wanted:
                if self.aliases.same(_key(ref), _key(other)):
                    return True
                if ref.digest and ref.name == other.name:
                    return True
        return not self.images.scanned(gate)

    def _other_target(self, item: Activity) -> Finding:
        gate = self.gates[0]
        seen = ", ".join(ref.shown for ref in self.images.scanned(gate))
        sent = ", ".join(ref.shown for ref in self.images.published(item))
        return Finding(
            "unmet",
            f"`{seen}` is scanned, but `{sent}` is published",
            (Evidence(gate.span, "problem", f"looks at {seen}"), Evidence(item.span, "context", f"publishes {sent}")),
        )

    def _met(self, build: Activity, item: Activity, gate: Activity | None) -> Finding:
        proofs = [Evidence(build.span, "proof", "built once")]
        if gate is not None:
            proofs.append(Evidence(gate.span, "proof", "checks what was built"))
        proofs.append(Evidence(item.span, "proof", "publishes what was built"))
        return Finding("met", "what was built once is published", tuple(proofs))


def _key(ref: Ref) -> str:
    """A name as registries see it: without a tag it is ``latest``."""
    return ref.text if ref.tag is not None or ref.digest or HIDDEN in ref.text else f"{ref.text}:latest"


def _repeated(builds: list[Activity]) -> bool:
    """Whether packages are built again: in another job, or by the same command.  A wheel and a source
    archive that are built one after the other are one build."""
    units = {item.unit.id for item in builds}
    return len(units) > 1 or len({item.text for item in builds}) < len(builds)
