#!/usr/bin/env bash
set -euo pipefail
kubectl argo rollouts undo churn-api --namespace churn-prod --to-revision "${1:?usage: rollback.sh REVISION}"
kubectl argo rollouts status churn-api --namespace churn-prod
