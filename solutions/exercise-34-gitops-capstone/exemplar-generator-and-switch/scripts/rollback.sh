#!/usr/bin/env bash
# Takes back the commit of a release:  scripts/rollback.sh COMMIT
set -euo pipefail

commit="${1:?which commit?}"
git fetch origin main
git switch main
git pull --ff-only origin main
git revert --no-edit "$commit"
git push origin main
