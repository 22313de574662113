"""What runs says which commit, source and version it was made from.

What it looks for
    The shipped image carries the named labels, and the build fills them in: through build arguments that the
    pipeline gives, or labels that the pipeline puts on the image itself.
    ``of: run``: each training gets from the pipeline the commit, the run of the pipeline and the version of the
    data, as options or variables whose values the pipeline fills in.
    ``of: deployment``: what is deployed carries the commit, the version of the model and the run of the pipeline, as
    annotations, labels or a record of the deployment, in each of ``environments``.
    ``of: version``: a registered version, or the run that made it, carries the commit, the version of the data, the
    numbers that were measured and the run of the pipeline.  The grader follows the program that registers it.

What does not count
    A label with a fixed text, one that always says ``latest``, and one whose argument no build gives.  What is
    the same for every build, such as the address of the source, may stand there as it is.  For a training: a value
    that is written into the pipeline, and the clock.  For a deployment: a text that is the same for every one.
    For a version: a text in the program, also as what stands in for a commit or data that nobody gave.

How to repair
    Declare an argument in the last stage, use it in the label, and hand the commit to the build.  Hand the same
    facts to the training.

Parameters
    ``labels``: their names; ``revision``, ``source`` and ``version``, the default, are short for those of the OCI.
    ``of``: ``image`` (default), ``run``, ``workload``, ``deployment`` or ``version``.  For a workload: one of
    ``labels`` of its pods, or one of ``settings`` of its environment, says the version.  For a run: ``facts`` is which
    of ``commit``, ``run`` and ``data`` (all by default), ``settings`` are variables (or options) that the training
    needs besides, with any value, and ``tool`` is its class, ``train`` by default.  For a deployment: ``facts`` is
    which of ``commit``, ``model`` and ``run``, ``environments`` are those in which each has to be said, and
    ``targets`` are, for an environment, other names by which a command says that it means it.  For a version:
    ``facts`` is which of ``commit``, ``data``, ``metrics`` and ``run``.
"""

from __future__ import annotations

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.explain import absent
from gradeline.checks.support.images import NO_IMAGE, chosen_images, guarded
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.image_labels import origin_of
from gradeline.facts.run_lineage import given
from gradeline.result import Evidence, Verdict

CHECK = Check(
    code="R4",
    family="pinning",
    params={
        "of": {"enum": ["image", "run", "workload", "deployment", "version"]},
        "labels": WORDS,
        "facts": {"type": "array", "items": {"enum": ["commit", "run", "data", "model", "metrics"]}, "minItems": 1},
        "settings": WORDS,
        "tool": WORDS,
        "environments": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "targets": {"type": "object", "additionalProperties": WORDS},
    },
    reads=("images", "pipelines", "manifests", "scripts"),
)
LABELS = ("revision", "source", "version")
_PROBLEMS = {
    "literal": ("has a fixed text, so it is the same for every build", "a fixed text"),
    "missing": ("is missing", "the label is not set here"),
    "moving": ("always says `latest`", "says nothing about what is in it"),
    "unfilled": ("stays empty: no build gives `{argument}`", "no build gives this argument"),
}


_NAMES = {"commit": "the commit", "run": "the run of the pipeline", "data": "the version of the data"}
_FITS = {"commit": frozenset({"commit"}), "run": frozenset({"run"}), "data": frozenset({"data"})}


def run(
    case: Case,
    of: str = "image",
    labels: str | list[str] | None = None,
    facts: list[str] | None = None,
    settings: str | list[str] | None = None,
    tool: str | list[str] | None = None,
    environments: list[str] | None = None,
    targets: dict[str, str | list[str]] | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    if of == "workload":
        from gradeline.checks.support.named_images import versioned

        return versioned(case, listed(labels), listed(settings), pipelines)
    if of == "version":
        from gradeline.checks.support.version_records import told as said
        from gradeline.facts.registry_scripts import registrars

        return said(registrars(case, pipelines), tuple(facts or ("commit", "data", "metrics", "run")))
    if of == "deployment":
        from gradeline.checks.support.deployment_records import told

        names = {name: listed((targets or {}).get(name)) for name in environments or ()}
        return told(case.select(pipelines), tuple(facts or ("commit", "model", "run")), names)
    if of == "run":
        wanted = tuple(facts or ("commit", "run", "data"))
        return _trained(case.select(pipelines), listed(tool) or ("train",), wanted, listed(settings))
    return _labelled(case, labels, pipelines)


def _labelled(case: Case, labels: str | list[str] | None, pipelines: list[str] | None) -> Verdict:
    images = chosen_images(case, pipelines)
    if not images:
        return NO_IMAGE
    proofs: list[Evidence] = []
    for facts in images:
        for name in listed(labels) or LABELS:
            found = origin_of(facts, name)
            if found is None:
                return Verdict("unmet", f"`{facts.image.path}` has no stage.", (
                    Evidence(facts.image.span, "problem", "no FROM was found"),))  # fmt: skip
            if found.state != "given":
                message, shown = _PROBLEMS[found.state]
                text = message.replace("{argument}", found.argument)
                return Verdict("unmet", f"The label `{name}` {text}.", (Evidence(found.span, "problem", shown),))
            proofs.append(Evidence(found.span, "proof", f"{name} is filled in by the build"))
    return guarded(images, Verdict("met", "The image says what it was made from.", tuple(proofs)))


def _trained(
    chosen: tuple[PipelineFacts, ...], tool: tuple[str, ...], wanted: tuple[str, ...], settings: tuple[str, ...]
) -> Verdict:
    found = [(facts, item) for facts in chosen for item in facts.doing(*tool)]
    if not found:
        return absent(chosen, tool)
    proofs: list[Evidence] = []
    unclear: Verdict | None = None
    for facts, item in found:
        values = given(facts, item)
        for name in wanted:
            fitting = next((value for value in values if value.origins & _FITS[name]), None)
            if fitting is not None:
                proofs.append(Evidence(fitting.span, "proof", f"hands over {_NAMES[name]}"))
                continue
            others = {setting.lstrip("-").lower() for setting in settings}  # a value by such a name says something else
            hidden = (value for value in values if value.hidden and value.name.lstrip("-").lower() not in others)
            open_one = next(hidden, None)
            if open_one is not None:
                unclear = unclear or Verdict(
                    "cannot_tell",
                    f"Whether `{item.text}` is told {_NAMES[name]} cannot be seen: a value comes from elsewhere.",
                    (Evidence(open_one.span, "problem", "cannot be followed"),),
                )
                continue
            message = f"Nothing tells `{item.text}` {_NAMES[name]} that it works with."
            return Verdict("unmet", message, (Evidence(item.span, "problem", f"is not told {_NAMES[name]}"),))
        for name in settings:
            setting = next((value for value in values if name in (value.name, value.name.lstrip("-"))), None)
            if setting is None:
                message = f"`{item.text}` runs without the setting {name}."
                return Verdict("unmet", message, (Evidence(item.span, "problem", f"{name} is not set"),))
            proofs.append(Evidence(setting.span, "proof", f"sets {name}"))
    met = Verdict("met", "The training is told where it comes from.", tuple(dict.fromkeys(proofs)))
    return unclear or met
