#!/usr/bin/env bash
# rollback.sh NAMESPACE DIGEST: brings a version back and waits until it answers
set -euo pipefail
namespace=${1:?which namespace}
digest=${2:?which digest, such as sha256:...}
[[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || { echo "$digest is no digest" >&2; exit 2; }
kubectl --namespace "$namespace" set image deployment/churn-api "api=ghcr.io/kestrel/churn-api@$digest"
kubectl --namespace "$namespace" rollout status deployment/churn-api --timeout=5m
