#!/usr/bin/env bash
# Installs exactly what requirements.lock says.
set -euo pipefail

python -m pip install --require-hashes -r requirements.lock
