# The chores of the project. Needs Python >= 3.11 and make; everything else is installed into .venv.

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
PYTHON      ?= python3
VENV        := .venv
BIN         := $(VENV)/bin
UV          := $(BIN)/uv
export UV_PROJECT_ENVIRONMENT := $(VENV)
export VIRTUAL_ENV := $(abspath $(VENV))

CODE := kg reasoning services proto bench tests
# Continuous integration also tests the optional backend whose packages take gigabytes.
EXTRAS := $(if $(filter true,$(CI)),transformers,)
STAMP  := $(VENV)/installed$(if $(EXTRAS),-$(EXTRAS),)

.PHONY: help install format lint type test demo serve bench bench-import protos constraints clean
.DEFAULT_GOAL := help

help: ## list the chores
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 16

install: $(STAMP) ## make .venv and install everything into it, checked by hash

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or later is needed: make PYTHON=/path/to/python3.11 install" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
	  || { echo "the venv module is missing: install your system's python3-venv package" >&2; exit 1; }
	@awk '/^uv==/ {on = 1} on {print} on && !/\\$$/ {exit}' constraints.txt > $(VENV)/uv.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt
	@touch $@

# Compiled at once: where Python may not write bytecode, every start would compile a thousand modules anew.
$(VENV)/installed: constraints.txt pyproject.toml | $(UV)
	@echo "installing packages (about 400 MB the first time)"
	@$(UV) pip install --compile-bytecode --require-hashes -r constraints.txt
	@$(UV) pip install --no-deps --no-build-isolation --quiet -e .
	@$(BIN)/python -m compileall -q kg reasoning services proto/bencao
	@touch $@

$(VENV)/installed-transformers: constraints-transformers.txt $(VENV)/installed
	@echo "installing the transformers backend (about 3 GB)"
	@$(UV) pip install --compile-bytecode --require-hashes -r constraints-transformers.txt
	@touch $@

format: install ## format the code
	@$(BIN)/ruff check --fix --quiet $(CODE) || true
	@$(BIN)/ruff format $(CODE)

lint: install ## ruff, layers of imports
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/lint-imports --no-logo

type: install ## mypy --strict
	@$(BIN)/mypy

test: install lint type ## everything; with CI=true also what needs big downloads
	@if [ "$${CI:-}" = true ]; then $(BIN)/bencao model pull; fi
	@$(BIN)/pytest

demo: install ## set everything up, serve, and ask eight questions over gRPC
	@exec $(BIN)/bencao demo $(ARGS)

serve: install ## serve on 127.0.0.1:50051
	@exec $(BIN)/bencao serve $(ARGS)

bench: install ## measure answers against the raw queries that they run
	@$(BIN)/python bench/answers.py $(ARGS)

bench-import: install ## measure imports against the bulk loaders of the stores (ARGS=--full: 20 million relations)
	@$(BIN)/python -m bench.imports $(ARGS)

protos: install ## lint the contract and generate its stubs
	@cd proto && ../$(BIN)/python generate.py && ../$(BIN)/buf lint bencao/bencao.binpb --path bencao/v1

# Unpinned packages of the core, its extras and the tools, resolved for every platform; no index is written down.
COMPILE := pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
           --custom-compile-command "make constraints"

constraints: | $(UV) ## resolve the versions anew
	@$(UV) $(COMPILE) --extra dev --no-emit-package bencao --output-file constraints.txt pyproject.toml
	@$(UV) $(COMPILE) --extra transformers --no-emit-package bencao --constraints constraints.txt \
	  --output-file constraints-transformers.txt pyproject.toml

clean: ## remove .venv and caches
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
