#!/usr/bin/env bash
set -euo pipefail
namespace="${1:?usage: rollback.sh NAMESPACE}"
kubectl --namespace "$namespace" rollout undo deployment/churn-api
kubectl --namespace "$namespace" rollout status deployment/churn-api --timeout=180s
