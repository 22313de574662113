"""Whether what is deployed says which commit, model and run it is from."""

from __future__ import annotations

from collections.abc import Mapping

from gradeline.checks.support.explain import absent
from gradeline.facts.case import PipelineFacts
from gradeline.facts.deployment_marks import WORDS, Mark, marks_of
from gradeline.facts.deployments import targeted
from gradeline.facts.git_changes import changes
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

_TITLES = {"commit": "the commit", "model": "the version of the model", "run": "the run of the pipeline"}


def told(chosen: tuple[PipelineFacts, ...], wanted: tuple[str, ...], names: Mapping[str, tuple[str, ...]]) -> Verdict:
    """The verdict for each environment and each fact, the first that is not met."""
    proofs: list[Evidence] = []
    unclear: Verdict | None = None
    seen: set[str] = set()
    for facts in chosen:
        for name in names:
            deployed = targeted(facts, name, names) or tuple(
                change.item for change in changes(facts, name, names) if not change.back
            )
            if not deployed:
                continue
            seen.add(name)
            for scenario in (one for one in facts.pipeline.scenarios if one.id in deployed[0].scenarios):
                marks, editor = marks_of(facts, facts.traced, scenario, name, names)
                for fact in wanted:
                    good = next((one for one in marks if fact in one.tells and one.certain), None)
                    if good is not None:
                        proofs.append(Evidence(good.span, "proof", f"says {_TITLES[fact]}"))
                        continue
                    maybe = next((one.span for one in marks if fact in one.tells), editor.span if editor else None)
                    if maybe is not None:
                        sentence = f"Whether what goes to {name!r} says {_TITLES[fact]} stands in a file not read here."
                        unclear = unclear or Verdict(
                            "cannot_tell", sentence, (Evidence(maybe, "problem", "may say it"),)
                        )
                        continue
                    return _silent(name, fact, marks, deployed[0].span, deployed[0].text)
    missing = next((name for name in names if name not in seen), None)
    if missing is not None:
        return absent(chosen, ("deploy",))
    return unclear or Verdict("met", "What runs says where it is from.", tuple(dict.fromkeys(proofs)))


def _silent(name: str, fact: str, marks: tuple[Mark, ...], span: Span, text: str) -> Verdict:
    fixed = next((one for one in marks if one.fixed and any(word in one.name.lower() for word in WORDS[fact])), None)
    if fixed is not None:
        sentence = f"`{fixed.shown}` says the same for every deployment."
        return Verdict("unmet", sentence, (Evidence(fixed.span, "problem", "a fixed text"),))
    sentence = f"Nothing on what `{text}` brings into {name!r} says {_TITLES[fact]}."
    return Verdict("unmet", sentence, (Evidence(span, "problem", f"says nothing about {_TITLES[fact]}"),))
