#!/usr/bin/env bash
set -euo pipefail
# The way back is a commit like the way forward: the overlays of an earlier commit, applied now.
main() {
  local commit="${1:?usage: rollback.sh COMMIT [staging|prod]}"
  local short="${2:-prod}"
  local overlay="$short"
  if [ "$short" = prod ]; then overlay=production; fi
  git checkout "$commit" -- k8s
  kubectl apply -k "k8s/overlays/$overlay"
  kubectl -n "churn-$short" rollout status deployment/churn-api --timeout=180s
}
main "$@"
