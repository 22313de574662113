#!/usr/bin/env bash
# Fails when the source or the tests break a rule of pyproject.toml.
set -euo pipefail

for folder in src tests; do
  echo "Linting ${folder}"
  ruff check "${folder}"
done
