#!/usr/bin/env bash
# Gradescope runs this once, when it builds the image.  Nothing of a submission is there yet.
set -euo pipefail

home=${AUTOGRADER:-/autograder}
is_new_enough() { "$1" -I -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

python=
for name in python3.13 python3.12 python3.11 python3; do
  if command -v "$name" >/dev/null && is_new_enough "$name"; then
    python=$name
    break
  fi
done
if [ -z "$python" ]; then
  apt-get update
  apt-get install --yes --no-install-recommends python3.11 python3.11-venv
  rm -rf /var/lib/apt/lists/*
  python=python3.11
fi

cd /
"$python" -I -m venv "$home/gradeline"
pip() { "$home/gradeline/bin/python" -I -m pip --disable-pip-version-check --no-cache-dir install --quiet "$@"; }
pip --require-hashes --only-binary :all: -r "$home/source/requirements.txt"
source_of_grader=$(cat "$home/source/grader.txt")
case "$source_of_grader" in
  *.whl) pip --no-deps "$home/source/$source_of_grader" ;;
  *) pip --no-deps --only-binary :all: "$source_of_grader" ;;
esac
