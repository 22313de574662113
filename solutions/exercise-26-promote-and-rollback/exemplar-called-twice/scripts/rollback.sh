#!/usr/bin/env bash
set -eu -o pipefail
if [ "$#" -ne 2 ]; then
  echo "usage: rollback.sh NAMESPACE REVISION, see kubectl rollout history" >&2
  exit 64
fi
kubectl --namespace "$1" rollout undo deployment/churn-api --to-revision="$2"
kubectl --namespace "$1" rollout status deployment/churn-api --timeout=3m
