"""Where a job runs: labels, whether the machine is one's own, container and services.

GitHub Docs, "Choosing the runner for a job"; "GitHub-hosted runners reference" for the labels.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from gradeline.model.expression import Name
from gradeline.model.pipeline import Companion, Matrix, Unit, Use, Variable
from gradeline.model.resources import Amount, Confinement, Resources
from gradeline.model.text import Text
from gradeline.readers.github import expressions
from gradeline.readers.github.functions import json_value
from gradeline.readers.github.matrix import texts_of_legs
from gradeline.readers.github.reading import Reading, is_null
from gradeline.readers.github.scope import Scope
from gradeline.readers.github.steps import read_env
from gradeline.readers.texts import spoken
from gradeline.readers.uses import comment_of, image_use
from gradeline.records import record
from gradeline.syntax.yaml import Mapping, Resolved, Scalar, Sequence

_HOSTED = re.compile(
    r"ubuntu-(?:latest|slim|[0-9]{2}\.04)(?:-arm|-[0-9]+-?cores?)?"
    r"|windows-(?:latest|11|20[0-9]{2})(?:-arm|-vs20[0-9]{2}|-[0-9]+-?cores?)?"
    r"|macos-(?:latest|[0-9]{2})(?:-(?:large|xlarge|intel))*",
    re.IGNORECASE,
)


@record
class Runner:
    """``self_hosted`` None: a label that may belong to either, or a value computed at run time."""

    labels: tuple[Text, ...] = ()
    self_hosted: bool | None = False
    windows: bool = False


def read_runner(reading: Reading, scope: Scope, node: Resolved | None, matrix: Matrix | None) -> Runner:
    """``runs-on``: a label, a list of labels, or a mapping with ``group`` and ``labels``."""
    labels: list[Text] = []
    grouped = False
    nodes: list[Resolved] = []
    if isinstance(node, Mapping):
        reading.unknown_keys(node, frozenset({"group", "labels"}), "`runs-on`")
        grouped = node.key("group") is not None
        named = [node.get("group"), node.get("labels")]
        nodes = [item for item in named if item is not None]
    elif node is not None:
        nodes = [node]
    for item in nodes:
        for value in item.values() if isinstance(item, Sequence) else (item,):
            text = expressions.text(reading, scope, value, "job", "`runs-on`")
            if text is not None and text.raw.strip():
                labels.extend(_listed(text))
    meant = [_meant(label, matrix) for label in labels]
    known = [name.lower() for names in meant if names is not None for name in names]
    windows = bool(known) and all(name.startswith("windows") for name in known)
    windows = windows or any(label.raw.lower() == "windows" for label in labels)
    return Runner(tuple(labels), _self_hosted(meant, known, grouped), windows)


def _listed(text: Text) -> tuple[Text, ...]:
    """The labels of a text; ``fromJSON`` of a known list gives several (GitHub Docs, "Reuse workflows")."""
    known = json_value(text.template()) if text.holes else None
    if isinstance(known, list) and known and all(isinstance(item, str) and item.strip() for item in known):
        return tuple(Text(item, text.span) for item in known)
    return (text,)


def _meant(label: Text, matrix: Matrix | None) -> tuple[str, ...] | None:
    """What a label can be: itself, the values of a matrix variable, or None when it is computed."""
    known = spoken(label)
    if known is not None:
        return (known.strip(),)
    whole = label.template()
    if isinstance(whole, Name) and whole.path[0] == "matrix":
        return texts_of_legs(matrix, ".".join(whole.path[1:]))
    return None


def common_system(units: Iterable[Unit]) -> str | None:
    """``Linux``, ``Windows`` or ``macOS`` when every job runs on it, else None."""
    systems: set[str | None] = set()
    for unit in units:
        if unit.kind != "work" or unit.use is not None:
            continue
        meant = [_meant(label, unit.matrix) for label in unit.runs_on]
        names = [name.lower() for several in meant if several is not None for name in several]
        found = {_SYSTEMS[name.partition("-")[0]] for name in names if name.partition("-")[0] in _SYSTEMS}
        systems.update(found if found and None not in meant else {None})
    return next(iter(systems)) if len(systems) == 1 else None


_SYSTEMS = {"ubuntu": "Linux", "linux": "Linux", "windows": "Windows", "macos": "macOS"}


def _self_hosted(meant: list[tuple[str, ...] | None], known: list[str], grouped: bool) -> bool | None:
    if "self-hosted" in known:
        return True
    if grouped or None in meant:
        return None
    return False if all(_HOSTED.fullmatch(name) for name in known) else None


def read_container(
    reading: Reading, scope: Scope, node: Resolved | None
) -> tuple[Use | None, tuple[Variable, ...]]:
    """``container``: an image, or a mapping with ``image`` and ``env``; an empty image means none."""
    if node is None or is_null(node):
        return None, ()
    image = node.get("image") if isinstance(node, Mapping) else node
    variables: tuple[Variable, ...] = ()
    if isinstance(node, Mapping):
        keys = frozenset({"image", "credentials", "env", "ports", "volumes", "options"})
        reading.unknown_keys(node, keys, "`container`")
        variables = read_env(reading, scope, node.get("env"), "container-env", "unit")
    return _image(reading, scope, image, node), variables


def read_resources(reading: Reading, scope: Scope, node: Resolved | None, runner: Runner) -> Resources | None:
    """What ``options`` let a container on a machine of one's own use: ``--gpus``, ``--cpus`` and ``--memory`` (Docker
    documentation, docker container create); None when they say nothing of it."""
    options = node.get("options") if isinstance(node, Mapping) and runner.self_hosted is not False else None
    text = expressions.text(reading, scope, options, "job", "`options`") if isinstance(options, Scalar) else None
    if text is None:
        return None
    found = {names[0]: Text(value, text.span) for names in _AMOUNTS if (value := _option(text.raw, names))}
    if not found:
        return None
    amounts = {name: Amount(limit=limit) for name, limit in found.items()}
    return Resources(
        text.span,
        amounts.get("--cpus", Amount()),
        amounts.get("--memory", Amount()),
        amounts.get("--gpus", Amount()),
    )


_AMOUNTS = (("--gpus",), ("--cpus",), ("--memory", "-m"))


def _option(options: str, names: tuple[str, ...]) -> str:
    """The value of an option of ``docker create``; empty without it."""
    try:
        words = shlex.split(options)
    except ValueError:
        words = options.split()
    for position, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in names:
            return value if equals else next(iter(words[position + 1 : position + 2]), "")
    return ""


def read_confinement(node: Resolved | None) -> Confinement | None:
    """The rights that ``options`` of a container give it (GitHub Docs, "Workflow syntax", container.options)."""
    options = node.get("options") if isinstance(node, Mapping) else None
    if not isinstance(options, Scalar) or "--privileged" not in options.value.split():
        return None
    return Confinement(options.span, privileged=True)


def read_services(reading: Reading, scope: Scope, node: Resolved | None) -> tuple[Companion, ...]:
    """The ``services`` of a job, in order.  The runner starts the steps when each service with a health check is well
    (GitHub Docs, "Workflow syntax", services.<service_id>.options; actions/runner, ContainerOperationProvider)."""
    mapping = reading.mapping(node, "`services`")
    found: list[Companion] = []
    for key, item in mapping.items() if mapping is not None else ():
        image = item.get("image") if isinstance(item, Mapping) else item
        use = _image(reading, scope, image, item)
        if use is not None:
            options = item.get("options") if isinstance(item, Mapping) else None
            found.append(Companion(key.value, use, item.span, _health(options)))
    return tuple(found)


def _health(options: Resolved | None) -> str:
    """The value of ``--health-cmd``; empty without one, and with ``--no-healthcheck``."""
    if not isinstance(options, Scalar):
        return ""
    if "--no-healthcheck" in options.value.split():
        return ""
    return _option(options.value, ("--health-cmd",))


def image_text(reading: Reading, scope: Scope, node: Resolved | None) -> Text | None:
    """The image of ``container`` as written, with its expressions."""
    image = node.get("image") if isinstance(node, Mapping) else node
    return expressions.text(reading, scope, image, "job", "`image`") if isinstance(image, Scalar) else None


def _image(reading: Reading, scope: Scope, image: Resolved | None, around: Resolved) -> Use | None:
    text = expressions.text(reading, scope, image, "job", "`image`")
    if image is None:
        reading.say("error", "no-image", "A container needs an `image`.", around.span)
    if text is None or not isinstance(image, Scalar):
        return None
    known = spoken(text)
    if known is not None and not known.strip():
        return None
    return image_use(reading, text, comment_of(image))
