"""What gives a pipeline access to a cluster, by the documentation of each tool of the same name."""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.case import PipelineFacts
from gradeline.facts.secret_flow import secrets_of
from gradeline.model.text import Text
from gradeline.source import Span

_COMMANDS = (
    ("aws", "eks", "update-kubeconfig"), ("gcloud", "container", "clusters"), ("az", "aks", "get-credentials"),
    ("doctl", "kubernetes", "cluster"), ("kubectl", "config", "set-credentials"), ("kubectl", "config", "set-cluster"),
)  # fmt: skip
_ACTIONS = (
    "azure/k8s-set-context", "azure/aks-set-context", "google-github-actions/get-gke-credentials",
    "digitalocean/action-doctl", "tale/kubectl-action",
)  # fmt: skip


# Secrets that hold what opens a cluster, by their usual names.
_FILES = ("KUBECONFIG", "KUBE_CONFIG", "KUBE_TOKEN")


def _texts(facts: PipelineFacts) -> Iterator[Text]:
    """Where a pipeline may take a secret from: variables, inputs and scripts."""
    yield from (one.value for one in facts.pipeline.env)
    for unit in facts.pipeline.units:
        yield from (one.value for one in unit.env)
        for step in unit.walk():
            yield from (one.value for one in step.env)
            yield from step.inputs.values()
            if step.script is not None:
                yield step.script


def cluster_logins(facts: PipelineFacts) -> Iterator[tuple[str, Span]]:
    """Commands and actions that write a login for a cluster: as they are shown, and where they are."""
    for item in facts.activities:
        words = item.invocation.words if item.invocation is not None else ()
        if words[:3] in _COMMANDS:
            yield item.text, item.span
    seen: set[str] = set()
    for text in _texts(facts):
        for name in secrets_of(text):
            if any(word in name.upper().replace("-", "_") for word in _FILES) and name not in seen:
                seen.add(name)
                yield name, text.span
    for use in facts.pipeline.uses:
        if use.name.lower() in _ACTIONS:
            yield use.name, use.span
