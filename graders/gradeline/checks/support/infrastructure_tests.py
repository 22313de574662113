"""Whether the tests of infrastructure claim something about it, make nothing for that, and are run."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from gradeline.checks.support.running import runs
from gradeline.checks.support.suites import wanted
from gradeline.facts.case import Case
from gradeline.facts.infrastructure_trials import claims, hollow
from gradeline.model.infrastructure import Trial, TrialFile
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

# What a claim can be about, by the names that it has in AWS, Google Cloud and Azure.
ABOUT: Mapping[str, tuple[tuple[str, ...], str]] = {
    "versions": (("*versioning*", "*versions*"), "that versions are kept"),
    "closed": (("*public_access*", "block_public_*", "ignore_public_*", "restrict_public_*", "*_public",
                "uniform_bucket_level_access", "*public_network_access*", "*nested_items_to_be_public*",
                "public_*"), "that nobody outside gets in"),
    "tags": (("tags", "tags_all", "*_tags", "tags_*", "labels", "*_labels"), "which tags there are"),
}  # fmt: skip
# Tests in other languages, which are not read here: Terratest, Rego.
_OTHER_TESTS = ("*_test.go", "*_test.rego")


def claimed(
    case: Case,
    at_least: int,
    dry: bool = False,
    about: tuple[str, ...] = (),
    event: str | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    files = case.project.infrastructure.trials
    found = {one.span: (file, one) for file in files for one in file.runs}
    good = [(file, one) for file, one in found.values() if claims(case.project, file, one)]
    making = [one for _, one in good if dry and not one.dry]
    good = [(file, one) for file, one in good if not dry or one.dry]
    if len(good) < at_least:
        return _too_few(case, found, good, making, at_least)
    proofs = tuple(Evidence(one.span, "proof", "claims something about what is made") for _, one in good[:4])
    for name in about:
        if not any(_says(case, file, one, name) for file, one in good):
            message = f"No run of the tests says {ABOUT[name][1]}."
            return Verdict("unmet", message, tuple(Evidence(one.span, "problem", "says something else")
                                                   for _, one in good[:3]))  # fmt: skip
    if event is not None:
        folders = tuple(dict.fromkeys(file.path.rpartition("/")[0] for file, _ in good))
        verdict = runs(case.select(pipelines), ("test",), folders, event)
        if verdict.status != "met":
            return verdict
        proofs += verdict.evidence
    return Verdict("met", f"{len(good)} runs of tests claim something about the infrastructure.", proofs)


def _says(case: Case, file: TrialFile, run: Trial, name: str) -> bool:
    patterns = ABOUT[name][0]
    return any(
        fnmatchcase(word, pattern)
        for claim in run.claims
        if not hollow(case.project, file, run, claim)
        for word in claim.words
        for pattern in patterns
    )


def _too_few(
    case: Case,
    found: Mapping[Span, tuple[TrialFile, Trial]],
    good: list[tuple[TrialFile, Trial]],
    making: list[Trial],
    at_least: int,
) -> Verdict:
    files = case.project.infrastructure.trials
    tests = {file.path for file in files}
    broken = [problem for problem in case.project.infrastructure.diagnostics
              if problem.span is not None and problem.span.path in tests]  # fmt: skip
    if broken and broken[0].span is not None:
        place = Evidence(broken[0].span, "problem", "cannot be read")
        return Verdict("cannot_tell", "A file of tests cannot be read to its end.", (place,))
    other = next((path for path in case.project.paths if any(fnmatchcase(path, one) for one in _OTHER_TESTS)), None)
    if not files and other is not None:
        place = Evidence(Span(other, 1), "problem", "is not read here")
        return Verdict("cannot_tell", f"What the tests in `{other}` claim cannot be seen.", (place,))
    if making:
        place = Evidence(making[0].span, "problem", "makes everything for real")
        message = f"The run {making[0].name!r} makes everything for real to test it."
        return Verdict("unmet", message, (place,))
    said = f"{len(good) or 'No'} run{'s' * (len(good) != 1)} of tests claim{'s' * (len(good) == 1)} something"
    return Verdict("unmet", f"{said} about the infrastructure. {wanted(at_least)}", _near(case, found))


def _near(case: Case, found: Mapping[Span, tuple[TrialFile, Trial]]) -> tuple[Evidence, ...]:
    judged = [(claim, hollow(case.project, file, one, claim)) for file, one in found.values() for claim in one.claims]
    empty = [Evidence(claim.span, "problem", why) for claim, why in judged if why]
    bare = [Evidence(one.span, "problem", "claims nothing") for _, one in found.values()
            if not one.claims and not one.refused]  # fmt: skip
    stacks = case.project.infrastructure.stacks
    return (*empty, *bare)[:4] or tuple(Evidence(one.span, "problem", "has no tests") for one in stacks[:1])
