#!/usr/bin/env bash
# Proposes to take a release of production back:  scripts/rollback.sh COMMIT
# One commit holds the digest, the version of the model and the annotations, so all of them go back together.
set -euo pipefail
commit=${1:?usage: scripts/rollback.sh COMMIT, see: git log -- k8s/overlays/production}

git fetch origin main
git switch --create "rollback-$commit" origin/main
git revert --no-edit "$commit"
git push origin HEAD
gh pr create --base main --title "Roll back $commit" --body "Takes the image and the model back together."
