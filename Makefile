# The words of the house. `make` alone lists them.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

help:  ## say what can be made
	@grep -E '^[a-z]+:.*##' $(firstword $(MAKEFILE_LIST)) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

setup: $(STAMP)  ## make .venv with the `signoff` command

$(STAMP): pyproject.toml constraints.txt clients/python/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Signoff needs Python 3.11 or newer: make PYTHON=python3.12 …"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check 'uv>=0.5'
	@$(BIN)/uv pip install -q --python $(BIN)/python -c constraints.txt -e . -e clients/python --group dev
	@touch $@

run: setup  ## start the server with a demo workspace, an agent at work and a sign-in link
	@$(BIN)/python -m examples.demo

test: setup  ## run every test; what a missing system package keeps from running is said aloud
	@$(BIN)/python -m pytest -n auto --dist loadgroup

check: setup  ## lint, types, floors: everything but the tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: setup  ## measure, side by side with peers; results go to bench/results
	@$(BIN)/python -m bench

.PHONY: help setup run test check bench
