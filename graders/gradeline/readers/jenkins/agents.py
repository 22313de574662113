"""``agent``: where a stage runs.

Jenkins, "Pipeline Syntax", agent; jenkinsci/kubernetes-plugin README, Declarative Pipeline.
"""

from __future__ import annotations

from gradeline.model.pipeline import Use
from gradeline.model.resources import Resources
from gradeline.model.text import Text
from gradeline.readers.jenkins import values
from gradeline.readers.jenkins.pods import Pod, read_pod
from gradeline.readers.jenkins.reading import Reading
from gradeline.readers.jenkins.scope import Scope
from gradeline.readers.jenkins.sections import inside, plain, setting, switched_on
from gradeline.readers.references import image_parts
from gradeline.records import record
from gradeline.source import Span
from gradeline.syntax import groovy_nodes as gr

CONTROLLER_LABELS = frozenset({"master", "built-in", "controller"})


@record
class Agent:
    """``none``: no machine at all.  ``labels`` are those the machine must have; without any, every
    machine is good enough, the controller too.  ``pod``: a machine made for the
    stage alone, with its ``resources``.  ``reuses``: the container runs on the machine of the stages around."""

    span: Span
    none: bool = False
    labels: tuple[Text, ...] = ()
    image: Use | None = None
    image_text: Text | None = None
    reuses: bool = False
    resources: Resources | None = None
    pod: bool = False
    containers: tuple[tuple[str, Text], ...] = ()  # the images of a pod, by the names of its containers


def read_agent(reading: Reading, scope: Scope, node: gr.Call | None) -> Agent | None:
    """``agent any``, ``agent none`` or ``agent { docker { image 'x' } }``; None when the section is missing."""
    if node is None:
        return None
    if node.block is None:
        word = plain(node)
        name = word.name if isinstance(word, gr.Name) else values.constant(scope, word)
        return Agent(node.span, none=name == "none")
    calls = inside(node).calls
    if not calls:
        return Agent(node.span)
    kind = calls[0]
    read = {"docker": _docker, "dockerfile": _dockerfile, "kubernetes": _kubernetes}.get(kind.name)
    if read is not None:
        return read(reading, scope, kind)
    if kind.name in ("none", "any"):
        return Agent(kind.span, none=kind.name == "none", )
    if kind.name in ("label", "node"):
        label = setting(scope, kind, "label", direct=True)
        return Agent(kind.span, labels=(label,) if label is not None and label.raw else ())
    return Agent(kind.span, labels=(Text(kind.name, kind.span),))


def _where(scope: Scope, node: gr.Call) -> tuple[Text, ...]:
    label = setting(scope, node, "label")
    return (label,) if label is not None else ()


def _docker(reading: Reading, scope: Scope, node: gr.Call) -> Agent:
    image = setting(scope, node, "image", direct=True)
    use = None if image is None else reading.note_use(image_use(image))
    reuses = switched_on(inside(node).get("reuseNode"))
    return Agent(node.span, labels=_where(scope, node), image=use, image_text=image, reuses=reuses)


def _dockerfile(reading: Reading, scope: Scope, node: gr.Call) -> Agent:
    """The image is built from a Dockerfile of the repository."""
    name = setting(scope, node, "filename") or Text("Dockerfile", node.span)
    folder = setting(scope, node, "dir")
    path = name.raw if folder is None else f"{folder.raw.strip('/')}/{name.raw}"
    use = reading.note_use(Use(node.span, path.removeprefix("./"), "", "local", "image"))
    reuses = switched_on(inside(node).get("reuseNode"))
    return Agent(node.span, labels=_where(scope, node), image=use, image_text=Text(path, node.span), reuses=reuses)


def _kubernetes(reading: Reading, scope: Scope, node: gr.Call) -> Agent:
    """A pod of its own for the stage; commands run in its default container."""
    template = setting(scope, node, "yaml")
    file = setting(scope, node, "yamlFile")
    label = setting(scope, node, "label") or setting(scope, node, "inheritFrom") or Text("kubernetes", node.span)
    text = template
    if text is None and file is not None and file.constant:
        source = reading.read(file.constant.removeprefix("./"))
        text = Text(source.text, Span(source.path, 1)) if source is not None else None
    chosen = setting(scope, node, "defaultContainer")
    name = chosen.constant if chosen is not None else None
    pod = read_pod(text) if text is not None else Pod()
    container = pod.container(name)
    for other in pod.containers:
        if other.image is not None:
            reading.note_use(image_use(other.image))
    image = container.image if container is not None else None
    return Agent(
        node.span, labels=(label,), image=image_use(image) if image is not None else None, image_text=image,
        resources=pod.resources(node.span, name if container is not None else None), pod=True,
        containers=tuple((item.name, item.image) for item in pod.containers if item.image is not None),
    )  # fmt: skip


def image_use(text: Text) -> Use:
    """A reference to an image, with how firm its version is."""
    if text.holes:
        name = text.raw[: text.holes[0].start].rstrip(":@") or text.raw
        return Use(text.span, name, "", "computed", "image")
    name, version, kind = image_parts(text.raw.strip())
    return Use(text.span, name, version, kind, "image")
