"""A pipeline that changes and applies hundreds of manifests again and again is judged in bounded time."""

from __future__ import annotations

import time

from gradeline.checks import immutable_ref
from gradeline.facts.case import build_case
from gradeline.readers import load
from gradeline.source import SourceFile

MANIFEST = """apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME}
spec:
  template:
    spec:
      containers:
        - name: api
          image: ghcr.io/kestrel/churn-api:latest
"""
HEAD = "name: Deploy\non: [push]\njobs:\n  all:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: |\n"


def test_three_hundred_changes_of_three_hundred_manifests() -> None:
    lines = [
        f"sed -i 's|image: .*|image: churn@sha256:{number:064x}|' k8s/d{number}.yaml\nkubectl apply -f k8s/"
        for number in range(300)
    ]
    script = "".join(f"          {line}\n" for text in lines for line in text.split("\n"))
    files = {f"k8s/d{number}.yaml": MANIFEST.replace("NAME", f"d{number}") for number in range(300)}
    files[".github/workflows/deploy.yml"] = HEAD + script

    class Files:
        paths = tuple(sorted(files))

        def read(self, path: str) -> SourceFile | None:
            return SourceFile(path, files[path]) if path in files else None

    started = time.process_time()
    case = build_case(*load(Files()), {})
    assert immutable_ref.run(case).status == "unmet"  # the first command applies the others as they are
    assert immutable_ref.run(case, where="manifests").status == "unmet"
    assert time.process_time() - started < 15
