#!/usr/bin/env bash
set -o errexit -o nounset -o pipefail
app="churn-api-${1:?usage: rollback.sh staging|production ID, see argocd app history}"
argocd app rollback "$app" "${2:?usage: rollback.sh staging|production ID}" --core
argocd app wait "$app" --core --health --timeout 300
