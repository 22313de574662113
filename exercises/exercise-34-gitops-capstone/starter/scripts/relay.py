"""alert-relay: turns a message of Alertmanager into a ``repository_dispatch`` of GitHub.

Alertmanager posts to ``/alerts`` (its webhook format, version 4).  For a group that fires, the relay posts the
event ``model-alert`` with the common labels.  The token comes from the file that RELAY_TOKEN_FILE names.
"""

from __future__ import annotations

import json
import os
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

DISPATCHES = "https://api.github.com/repos/kestrel/churn/dispatches"
EVENT = "model-alert"
SECONDS = 10
LARGEST = 1_000_000


def event_of(message: dict[str, object]) -> dict[str, object] | None:
    """The event for a message; None when nothing fires any more."""
    if message.get("status") != "firing":
        return None
    return {"event_type": EVENT, "client_payload": message.get("commonLabels", {})}


def send(event: dict[str, object]) -> None:
    token = Path(os.environ["RELAY_TOKEN_FILE"]).read_text(encoding="utf-8").strip()
    request = urllib.request.Request(DISPATCHES, data=json.dumps(event).encode(), method="POST")
    request.add_header("Authorization", f"Bearer {token}")
    request.add_header("Accept", "application/vnd.github+json")
    with urllib.request.urlopen(request, timeout=SECONDS):
        pass


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        if self.path != "/alerts" or not 0 < length <= LARGEST:
            self.send_error(404)
            return
        event = event_of(json.loads(self.rfile.read(length)))
        if event is not None:
            send(event)
        self.send_response(204)
        self.end_headers()


if __name__ == "__main__":
    HTTPServer(("", 8088), Handler).serve_forever()
