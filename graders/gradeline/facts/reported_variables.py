"""Variables that one unit writes into a file and later units get in their environment.

GitLab Docs, "Pass an environment variable to another job" (``artifacts:reports:dotenv``: lines ``NAME=value``; jobs
that fetch the artifacts of the job get the variables) and "CI/CD variable precedence" (they win over those of a job).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gradeline.facts.shell_records import join_path
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.effects import ArtifactGet, ArtifactPut
from gradeline.model.pipeline import Pipeline, Unit

REPORT = "\0reported variables"  # an output that a unit with such a file has; no platform allows such a name
IN_A_FILE = "\0written"  # among the answers of a program: it wrote them into a file itself
_REST = "\0rest"  # a line that is not known


class Reports:
    """Which units of a pipeline write such files, and who gets what is in them."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.paths: dict[str, frozenset[str]] = {}
        names: dict[str, list[str]] = {}
        gets: list[tuple[str, str]] = []
        for unit in pipeline.units:
            for step in unit.steps:
                for effect in step.effects:
                    if isinstance(effect, ArtifactPut) and effect.report == "variables":
                        found = frozenset(join_path("", path.raw) for path in effect.paths)
                        self.paths[unit.id] = self.paths.get(unit.id, frozenset()) | found
                        names.setdefault(effect.name.raw, []).append(unit.id)
                    elif isinstance(effect, ArtifactGet) and effect.name is not None:
                        gets.append((unit.id, effect.name.raw))
        self.sources: dict[str, tuple[str, ...]] = {}
        for unit_id, name in gets if names else ():
            self.sources[unit_id] = (*self.sources.get(unit_id, ()), *names.get(name, ()))

    def written(
        self,
        unit: Unit,
        lines: Iterable[str | None],
        said: Mapping[str, str] | None,
    ) -> str:
        """What later units get: lines ``NAME=value``.  ``lines``: what was written, None for a line that is not known.
        ``said``: what a program of the unit answers in an experiment."""
        found: dict[str, str] = {}
        told = {name: value for name, value in (said or {}).items() if name not in ("*", IN_A_FILE)}
        whole = list(lines) or [None] * (said is None or IN_A_FILE in said)
        for line in whole:
            name, equals, value = (line or "").partition("=")
            if line is None or HIDDEN in name or not equals:
                found |= told if said is not None else {_REST: ""}
            elif HIDDEN in value and said is not None:
                answer = told.get(name, said.get("*"))
                found[name] = value if answer is None else value.replace(HIDDEN, answer, 1)
            else:
                found[name.strip()] = value.strip("\"'")
        return "".join(f"{name}={value}\n" for name, value in sorted(found.items()))


def variables_in(report: object) -> dict[str, str]:
    """The variables of a report, as ``Reports.written`` gives it."""
    lines = report.split("\n") if isinstance(report, str) else []
    pairs = (line.partition("=") for line in lines if line)
    return {name: value for name, _, value in pairs if name != _REST}
