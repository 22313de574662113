"""Versions of a language: which one a leg installs, and which one production uses."""

from __future__ import annotations

from gradeline.facts.activities import Activity
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.toolchains import installed_version, managed_version, task_version, version_for_uv
from gradeline.model.pipeline import Unit


def production_version(case: Case, language: str) -> str | None:
    """The version the kit runs in production, as ``exercise.yaml`` states it."""
    value = case.kit.get(language)
    return str(value) if value is not None else None


def leg_version(facts: PipelineFacts, item: Activity, leg: int, language: str) -> str | None:
    """The version of ``language`` that is in force when the activity runs in this leg."""
    return unit_version(facts, item.unit, leg, language, before=item.step.id)


def unit_version(facts: PipelineFacts, unit: Unit, leg: int, language: str, before: str | None = None) -> str | None:
    for scenario in facts.pipeline.scenarios:
        if any(run.ran(unit.id) for run in facts.runs(scenario).results):
            own = None
            if language == "python":
                own = task_version(facts, unit, leg) or version_for_uv(facts, unit, leg)
            version = own or installed_version(facts, unit, scenario, leg, language, before)
            return version or managed_version(facts, unit, language)
    return None


def same_version(left: str, right: str) -> bool:
    """Whether two versions name the same minor release: ``3.12`` and ``3.12.4`` do."""
    return left.split(".")[:2] == right.split(".")[:2]
