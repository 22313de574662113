"""What the programs of this folder share: who answers which customer, as a VirtualService."""

from __future__ import annotations

import json
import subprocess

CHAMPION, CHALLENGER = "churn-api-champion", "churn-api-challenger"


def route(rules: list[dict]) -> None:
    """Replace the rules of the router of production, and fail when the cluster refuses them.

    Rules of another kind, such as those by which requests were mirrored, give way to them.
    """
    body = {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"name": "churn-api", "namespace": "churn-prod"},
        "spec": {"hosts": ["churn-api"], "http": rules},
    }
    kubectl("apply", "-f", "-", given=json.dumps(body))
    kubectl("delete", "httproute,ingress", "churn-api", "--namespace", "churn-prod", "--ignore-not-found")


def kubectl(*words: str, given: str | None = None) -> None:
    subprocess.run(["kubectl", *words], input=given, text=True, check=True, timeout=60)


def to(host: str) -> dict:
    return {"route": [{"destination": {"host": host}, "weight": 100}]}
