# Two commands matter: `make demo` and `make test`.  Everything else supports them.
# Nothing is assumed but make and Python 3.11 or newer; environments are installed from files that pin
# every package by hash, and only again when those files change.

PYTHON ?= python3
BIN := .venv/bin
EXERCISE := exercise-12
EXEMPLAR := $(CURDIR)/solutions/exercise-12-gha-matrix-cache/exemplar
MANUAL := gradeline.checks.support.documentation
PIP_INSTALL := -m pip --disable-pip-version-check install -qq
LOCK := $(BIN)/uv pip compile $(UPGRADE) --quiet --generate-hashes --universal --python-version 3.11 \
	--custom-compile-command 'make lock'

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
.NOTPARALLEL:
.PHONY: help demo test lint types layers docs docs-check unit lock bench screenshots mutants clean

help: ## list the commands
	@grep -E '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

# --- environments ------------------------------------------------------------------------------

.venv/.locked: requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit("Gradeline needs Python 3.11 or newer: make PYTHON=python3.12 ..." if sys.version_info < (3, 11) else 0)'
	@echo "Installing the packages of $< into .venv (once, about half a minute)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python $(PIP_INSTALL) --require-hashes --only-binary :all: -r $<
	@touch $@

.venv/.installed: .venv/.locked pyproject.toml graders/gradeline/__init__.py
	@$(BIN)/python $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

# checkov overwrites files of python-hcl2 when both share an environment (requirements/checkov.in).
.venv-checkov/.locked: requirements/checkov.txt .venv/.locked
	@echo "Installing the packages of $< into .venv-checkov (once, under a minute)"
	@test -x .venv-checkov/bin/python || $(PYTHON) -m venv .venv-checkov
	@.venv-checkov/bin/python $(PIP_INSTALL) --require-hashes --only-binary :all: -r $<
	@touch $@

# One package of this environment has no wheel, so it may be built; it is only a peer to measure against.
.venv-bench/.locked: requirements/bench.txt .venv/.locked
	@echo "Installing the packages of $< into .venv-bench"
	@test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python $(PIP_INSTALL) --require-hashes -r $<
	@touch $@

# --- what people run -----------------------------------------------------------------------------
# The demo works in a folder of its own: `grade` refuses to grade inside this repository.

demo: .venv/.installed ## grade an unfinished and a good submission
	@work=$$(mktemp -d) && trap 'rm -rf "$$work"' EXIT && cd "$$work" && grade="$(CURDIR)/$(BIN)/grade"; \
	run() { echo "$$ grade $$*"; "$$grade" "$$@"; }; \
	echo "== A learner starts $(EXERCISE) and grades it untouched. It must not pass."; \
	run start $(EXERCISE) --to starter || exit; \
	code=0; run $(EXERCISE) starter || code=$$?; \
	test $$code -eq 1 || { echo "make demo: exit code $$code; expected 1, below the pass mark" >&2; exit 1; }; \
	echo; echo "== The same exercise, solved. It passes."; \
	cp -R starter solved && cp -R "$(EXEMPLAR)/." solved/ && run $(EXERCISE) solved

test: lint types layers docs-check unit ## run everything that must hold: lint, types, layers, docs, tests

lint: .venv/.installed
	$(BIN)/ruff check .

types: .venv/.installed
	$(BIN)/mypy

layers: .venv/.installed
	$(BIN)/lint-imports --no-logo

docs: .venv/.installed ## write the generated pages
	@$(BIN)/python -m $(MANUAL) > docs/checks.md.new && mv docs/checks.md.new docs/checks.md

docs-check: .venv/.installed
	@$(BIN)/python -m $(MANUAL) | cmp -s - docs/checks.md || \
	 { echo "docs/checks.md is not what the checks say: run \`make docs\`" >&2; exit 1; }

unit: .venv/.installed .venv-checkov/.locked
	$(BIN)/python -m pytest -n 2 --dist loadgroup

lock: .venv/.locked ## pin every dependency again (UPGRADE=--upgrade for the newest)
	$(LOCK) --extra tools --extra reports --extra graph --extra watch --extra editor --extra desk --extra cluster --group dev --output-file requirements/dev.txt pyproject.toml
	$(LOCK) --output-file requirements/checkov.txt requirements/checkov.in
	$(LOCK) --output-file requirements/bench.txt requirements/bench.in
	$(LOCK) --extra tools --constraint requirements/dev.txt --output-file requirements/run.txt pyproject.toml requirements/run.in
	$(LOCK) --output-file requirements/package.txt requirements/package.in

bench: .venv/.installed .venv-bench/.locked .venv-checkov/.locked ## measure against peers in one run
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/platforms.py
	$(BIN)/python benchmarks/tools.py
	$(BIN)/python benchmarks/ci.py

screenshots: .venv/.installed ## play a learner's session in tmux; its text and pictures go to docs/session
	cd tests && ../$(BIN)/python -m session

mutants: .venv/.installed ## damage and rewrite every right answer, and print what the grader saw (SAMPLE=N for one in N, JOBS=N at once)
	cd tests && ../$(BIN)/python -m mutation --sample $(or $(SAMPLE),1) $(if $(JOBS),--jobs $(JOBS))

clean: ## remove environments, caches and build products
	rm -rf .venv .venv-checkov .venv-bench dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .mutation_cache .import_linter_cache
	find graders cli tests benchmarks docs -name __pycache__ -prune -exec rm -rf {} +
