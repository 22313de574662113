"""What gives a pipeline access to a cluster, by the documentation of each tool of the same name."""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.case import PipelineFacts
from gradeline.source import Span

_COMMANDS = (
    ("aws", "eks", "update-kubeconfig"), ("gcloud", "container", "clusters"), ("az", "aks", "get-credentials"),
    ("doctl", "kubernetes", "cluster"), ("kubectl", "config", "set-credentials"), ("kubectl", "config", "set-cluster"),
)  # fmt: skip
_ACTIONS = (
    "azure/k8s-set-context", "azure/aks-set-context", "google-github-actions/get-gke-credentials",
    "digitalocean/action-doctl", "tale/kubectl-action",
)  # fmt: skip


def cluster_logins(facts: PipelineFacts) -> Iterator[tuple[str, Span]]:
    """Commands and actions that write a login for a cluster: as they are shown, and where they are."""
    for item in facts.activities:
        words = item.invocation.words if item.invocation is not None else ()
        if words[:3] in _COMMANDS:
            yield item.text, item.span
    for use in facts.pipeline.uses:
        if use.name.lower() in _ACTIONS:
            yield use.name, use.span
