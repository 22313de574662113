#!/usr/bin/env bash
# Compares production with the code: 0 is the same, 2 is a difference, everything else is trouble.
set -euo pipefail

terraform -chdir=infra/terraform init -lockfile=readonly -backend-config=envs/production.s3.tfbackend

status=0
terraform -chdir=infra/terraform plan -detailed-exitcode -lock-timeout=5m -var-file=envs/production.tfvars || status=$?

case "$status" in
  0) exit 0 ;;
  2) text="Production is not what main says." ;;
  *) text="Production could not be compared." ;;
esac

run="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"
curl --fail --silent --show-error --data "{\"text\": \"$text $run\"}" "$CHAT_WEBHOOK"
exit "$status"
