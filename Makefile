# Each target makes what it needs: a fresh clone needs only Python 3.11 or later, git and make.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Servers that tests start keep what Python compiles: without this each of them compiles the code anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help serve test test-matrix test-all check console schema bench docs deploy-check lock

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/'

serve: $(READY) ## start the server, with what ARBITER_* says
	$(BIN)/arbiter serve

test: $(READY) ## run the quick tests: SQLite, both databases for orm, no browser, no npm (about six minutes on two cores)
	$(BIN)/python -m pytest -n auto --tier quick

test-matrix: $(READY) ## run what `make test` leaves out: PostgreSQL, browser, npm, kills, long combinations
	$(BIN)/python -m pytest -n auto --dist worksteal --tier matrix
	TEST_GRAPHQL_EXECUTOR=compiled $(BIN)/python -m pytest -n auto tests/graph

test-all: $(READY) ## run all tests, the ones of minutes too
	$(BIN)/python -m pytest -n auto --tier all

check: $(READY) ## lint, format, types, layers and the rules of the house; types and lint of the console, where npm is
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 0 -q tests/test_house_rules.py tests/house
	if command -v npm >/dev/null || [ -n "$${CI:-}" ]; then \
		cd console && npm ci --ignore-scripts --no-audit --no-fund --silent && npm run --silent check; \
	else echo "npm is not installed: the console's types and lint are not checked" >&2; fi

console: ## build the console into graph/http/console/built/ (needs npm, with Node 20.19 or newer); a running server has to start anew
	cd console && npm ci --ignore-scripts --no-audit --no-fund && npm run build

schema: $(READY) ## print what is printed from the code: graph/schema.graphql, docs/graphql.md and docs/settings.md
	$(BIN)/arbiter schema > graph/schema.graphql.new
	mv graph/schema.graphql.new graph/schema.graphql
	$(BIN)/python -m graph.contract.reference > docs/graphql.md.new
	mv docs/graphql.md.new docs/graphql.md
	$(BIN)/python -m arbiter.settings_page > docs/settings.md.new
	mv docs/settings.md.new docs/settings.md

bench: $(READY) ## run every measurement in bench/ and print the bars (an hour; BENCH=--quick for a glance)
	$(BIN)/python -m bench $(BENCH)

docs: $(READY) ## check the documents: their examples run, their links lead somewhere
	$(BIN)/python -m pytest -n 0 -q tests/test_docs.py tests/test_readme.py

deploy-check: ## check the files of deploy/ without a cluster, in an environment of their own (minutes)
	$(PYTHON) -m venv $(VENV)-deploy
	$(VENV)-deploy/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r deploy/requirements.lock
	PATH="$(CURDIR)/$(VENV)-deploy/bin:$$PATH" $(VENV)-deploy/bin/python deploy/check.py

lock: $(READY) ## resolve pyproject.toml anew into requirements.lock (needs uv)
	uv pip compile --universal --python-version 3.11 --upgrade --all-extras --generate-hashes --quiet \
		--no-annotate --no-header --no-emit-index-url --output-file requirements.lock pyproject.toml
	$(BIN)/python deploy/runtime_lock.py > deploy/docker/requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --quiet --no-annotate --no-header \
		--no-emit-index-url --output-file deploy/requirements.lock deploy/requirements.in

# The environment: exactly what requirements.lock says, and the project itself in place.
$(READY): requirements.lock pyproject.toml
	PYTHON="$(PYTHON)" VENV="$(VENV)" bash .ci/environment
	touch $(READY)
