"""The end of a night: ``python scripts/finish.py --run churn-8xk2p --status Failed``

Tells the team in the chat how the run ended, and closes the export in the CRM, so that the next
night can open one.  ``CHAT_WEBHOOK`` is the address of the chat; ``CRM_URL`` and ``CRM_TOKEN`` are
those of ``scripts/fetch_data.py``.  Both happen, whatever becomes of the other one.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import urllib.error
import urllib.request


def send(address: str, method: str, body: bytes | None = None, token: str = "") -> str:
    """Why the request has failed, in words; empty when it has not."""
    if not address.startswith("https://"):
        return "the address is not set"
    request = urllib.request.Request(address, data=body, method=method)
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=30):
            return ""
    except (urllib.error.URLError, TimeoutError) as error:
        return str(error)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", required=True, help="the name or the id of the run")
    parser.add_argument("--status", required=True, help="how it ended")
    arguments = parser.parse_args()
    text = json.dumps({"text": f"churn run {arguments.run}: {arguments.status}"}).encode()
    address = os.environ.get("CRM_URL", "")
    export, token = f"{address}/exports/customers.csv", os.environ.get("CRM_TOKEN", "")
    problems = {
        "chat": send(os.environ.get("CHAT_WEBHOOK", ""), "POST", text),
        "export": send(export, "DELETE", token=token),
    }
    for name, problem in problems.items():
        if problem:
            print(f"finish: {name}: {problem}", file=sys.stderr)
    return 1 if any(problems.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
