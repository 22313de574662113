#!/usr/bin/env bash
# Takes one environment back to the image that a person names.
set -euo pipefail

environment="${1:?usage: rollback.sh staging|production DIGEST}"
digest="${2:?usage: rollback.sh staging|production DIGEST}"

case "$environment" in
  staging) namespace=churn-staging ;;
  production) namespace=churn-prod ;;
  *) echo "no such environment: $environment" >&2; exit 64 ;;
esac

kubectl --namespace "$namespace" set image deployment/churn-api "api=ghcr.io/kestrel/churn-api@$digest"
kubectl --namespace "$namespace" rollout status deployment/churn-api --timeout=180s
