"""Pod templates of the kubernetes plug-in: YAML in a Groovy string or in a file of the repository.

jenkinsci/kubernetes-plugin README, Declarative Pipeline: commands run in the ``jnlp`` container unless
``defaultContainer`` or a ``container`` step names another one.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.model.resources import Amount, Resources
from gradeline.model.text import Text
from gradeline.readers.texts import part
from gradeline.records import record
from gradeline.source import SourceFile, Span
from gradeline.syntax.yaml import Mapping, Resolved, Scalar, Sequence, parse

_ACCELERATOR = ("gpu", "tpu", "accelerator", "neuron", "gaudi")
MAX_CONTAINERS = 50


@record
class Container:
    name: str
    image: Text | None
    cpu: Amount
    memory: Amount
    gpu: Amount


@record
class Pod:
    """``selectors`` are the labels a machine must have, ``tolerates`` the taints that are no hindrance."""

    containers: tuple[Container, ...] = ()
    selectors: tuple[Text, ...] = ()
    tolerates: tuple[Text, ...] = ()

    def container(self, name: str | None) -> Container | None:
        """The one that commands run in, when it is in the template at all."""
        wanted = name or "jnlp"
        return next((item for item in self.containers if item.name == wanted), None)

    def resources(self, span: Span, name: str | None = None) -> Resources | None:
        """Of the named container, in which the work is done; without a name of all containers together, the largest
        word of each kind."""
        chosen = [item for item in self.containers if name is None or item.name == name]
        if not chosen:
            return None
        return Resources(
            span, _first(item.cpu for item in chosen), _first(item.memory for item in chosen),
            _first(item.gpu for item in chosen), self.selectors, self.tolerates,
        )  # fmt: skip


def _first(amounts: Iterator[Amount]) -> Amount:
    found = [amount for amount in amounts if amount != Amount()]
    return next((amount for amount in found if amount.limit is not None), found[0] if found else Amount())


def read_pod(template: Text) -> Pod:
    """The containers of a template; an empty pod when it is no YAML.  Places are those of the text's file."""
    document = parse(SourceFile(template.span.path, template.raw)).root
    reader = _Reader(template)
    spec = _get(document, "spec")
    containers = _get(spec, "containers")
    items = (containers.items if isinstance(containers, Sequence) else ())[:MAX_CONTAINERS]
    found = [reader.container(item) for item in items if isinstance(item, Mapping)]
    selectors = _get(spec, "nodeSelector")
    labels = []
    for key, value in selectors.items() if isinstance(selectors, Mapping) else ():
        if isinstance(value, Scalar):
            labels.append(Text(f"{key.value}={value.value}", reader.text(value).span))
    tolerations = _get(spec, "tolerations")
    keys = [_get(item, "key") for item in (tolerations.items if isinstance(tolerations, Sequence) else ())]
    tolerates = tuple(reader.text(key) for key in keys if isinstance(key, Scalar))
    return Pod(tuple(found), tuple(labels), tolerates)


def _get(node: object, key: str) -> Resolved | None:
    return node.get(key) if isinstance(node, Mapping) else None


class _Reader:
    def __init__(self, template: Text) -> None:
        self.template = template
        self.starts = [0]
        for position, character in enumerate(template.raw):
            if character == "\n":
                self.starts.append(position + 1)

    def text(self, node: Scalar) -> Text:
        """A scalar with the place and the holes of the template."""
        line = min(node.span.line - 1, len(self.starts) - 1)
        start = self.starts[line] + node.span.column - 1
        start = self.template.raw.find(node.value, start) if node.value else start
        if start < 0:
            return Text(node.value, self.template.span)
        return part(self.template, start, start + len(node.value))

    def container(self, item: Mapping) -> Container:
        name, image = item.get("name"), item.get("image")
        amounts: dict[str, Amount] = {"cpu": Amount(), "memory": Amount(), "gpu": Amount()}
        resources = item.get("resources")
        for kind, role in (("requests", "request"), ("limits", "limit")):
            given = _get(resources, kind)
            for key, value in given.items() if isinstance(given, Mapping) else ():
                if not isinstance(value, Scalar):
                    continue
                word = key.value
                slot = word if word in amounts else "gpu" if any(mark in word for mark in _ACCELERATOR) else ""
                if slot:
                    known = amounts[slot]
                    text = self.text(value)
                    amounts[slot] = Amount(text, known.limit) if role == "request" else Amount(known.request, text)
        return Container(
            name.value if isinstance(name, Scalar) else "",
            self.text(image) if isinstance(image, Scalar) and image.value else None,
            amounts["cpu"], amounts["memory"], amounts["gpu"],
        )  # fmt: skip
