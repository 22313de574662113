#!/usr/bin/env bash
# ask.sh ADDRESS MODEL: one real question; the answer has to come from this model
set -euo pipefail
answer=$(curl --fail --silent --show-error --max-time 10 --retry 5 --retry-all-errors \
  --json @scripts/sample.json "$1/predict")
jq -e --arg model "$2" '.model_version == $model and .churn_probability >= 0 and .churn_probability <= 1' <<< "$answer"
