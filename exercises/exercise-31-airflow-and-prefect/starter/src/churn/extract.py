"""Fetches the customer export of one day: ``CRM_TOKEN=... python -m churn.extract 2026-11-02``

The file goes to the folder of that day. Fetching it again replaces it.
"""

from __future__ import annotations

import argparse
import os
import sys
import urllib.request

from churn.store import folder_of, whole

EXPORTS = os.environ.get("CRM_EXPORTS", "https://crm.kestrel.example/exports/churn")


def extract(day: str, token: str) -> str:
    """Fetch the export of ``day`` with the CRM's ``token``; gives the place of the file."""
    if not token:
        raise ValueError("the CRM wants a token")
    request = urllib.request.Request(
        f"{EXPORTS}/{day[:10]}.csv", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return whole(folder_of(day) / "customers.csv", answer.read())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("day", help="the day of the export, such as 2026-11-02")
    print(extract(parser.parse_args().day, os.environ.get("CRM_TOKEN", "")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
