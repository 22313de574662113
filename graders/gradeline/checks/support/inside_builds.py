"""Work that is done inside the build of an image: its commands are seen, and how they end is not followed.

Docker documentation, "Multi-stage builds", Stop at a specific build stage: ``--target test`` runs the commands of that
stage and of those it needs, and fails when one of them does.
"""

from __future__ import annotations

from collections.abc import Iterable

from gradeline.facts.build_commands import commands, installs
from gradeline.facts.case import PipelineFacts
from gradeline.facts.image_builds import builds_of
from gradeline.result import Evidence, Verdict

INSTALLS = "installs"  # asks for packages of the language that a build installs


def inside_a_build(pipelines: Iterable[PipelineFacts], classes: tuple[str, ...]) -> Verdict | None:
    """*Cannot tell* when the build of an image runs a command of the classes; None when none does."""
    for facts in pipelines:
        for build in builds_of((facts,), facts.project):
            for words, run in commands(facts, build):
                found = facts.toolbox.classify(words, {})
                works = any(set(classes) & reading.classes and reading.effect == "works" for reading in found)
                if works or (INSTALLS in classes and installs(words)):
                    shown = " ".join(words)
                    return Verdict(
                        "cannot_tell",
                        f"The build of an image runs `{shown}`, and what happens inside of a build is not followed.",
                        (
                            Evidence(build.span, "problem", "builds the image"),
                            Evidence(run.span, "context", f"runs `{shown}` in the build"),
                        ),
                    )
    return None
