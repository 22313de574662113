#!/usr/bin/env bash
set -euo pipefail
namespace="$1"
ref="$2"
undo() {
  kubectl --namespace "$namespace" rollout undo deployment/churn-api
  kubectl --namespace "$namespace" rollout status deployment/churn-api --timeout=180s
  exit 1
}
kubectl --namespace "$namespace" set image deployment/churn-api "api=$ref"
kubectl --namespace "$namespace" rollout status deployment/churn-api --timeout=180s || undo
