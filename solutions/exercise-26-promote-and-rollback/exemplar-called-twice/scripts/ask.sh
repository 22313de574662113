#!/usr/bin/env bash
set -euo pipefail
curl --fail --silent --show-error --max-time 10 --data @scripts/sample.json "$1/predict" |
  jq --exit-status '.churn_probability | numbers'
