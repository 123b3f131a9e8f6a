# Linli 邻里. `make help` says what there is.
# PYTHON=python3.12 names another Python; PORT=8001 and HOST=0.0.0.0 another address.

PYTHON ?= python3
BIN := .venv/bin
TESTING := DJANGO_SETTINGS_MODULE=portal.settings.test
# How many test processes; ARGS go to pytest: make test ARGS="tests/notices -x"
PROCESSES ?= 2
ARGS ?=
# Packages are installed without bytecode; what is used is compiled once and kept.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test lint format bench messages requirements tools

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## start everything on this machine; PORT and HOST can be set
	@$(PYTHON) deploy/run.py run

test: tools ## run the tests; ARGS="tests/notices -x" goes to pytest
	@$(TESTING) $(BIN)/python manage.py compile_catalogue
	$(BIN)/python -m pytest -n $(PROCESSES) --dist loadgroup --no-loadscope-reorder $(ARGS)

lint: tools ## style, types, imports between packages, templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy portal feedback notices
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --quiet

format: tools ## bring Python files into shape
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format .

bench: tools ## measure the goals of speed; writes benchmarks/RESULTS.md
	$(BIN)/python benchmarks/run.py

messages: tools ## bring the Chinese texts up to date with the source
	@$(TESTING) $(BIN)/python manage.py update_catalogue

requirements: tools ## compile the pinned requirements from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml $(PINNED) -o requirements.txt
	$(BIN)/uv pip compile pyproject.toml --group dev -c requirements.txt $(PINNED) -o requirements-dev.txt

# Everything a bare machine needs is in them: hashes, all platforms, and no address of an index.
PINNED := --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links

tools: # the virtual environment with what tests and checks need
	@$(PYTHON) deploy/run.py tools
