# The two commands that matter: `make demo` and `make test`. Both set everything up in .venv first.

VENV ?= .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	if command -v $$p >/dev/null 2>&1 && \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; break; fi; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
WORKERS ?= auto
LLAMA ?= 1

.PHONY: demo test check format docs bench clean

demo: $(VENV)/.base $(VENV)/.llama ## scan the sample logs, replay them, and write the reports
	$(BIN)/routeaudit scan sample_logs/
	$(BIN)/routeaudit simulate --policy all --reports reports

test: $(VENV)/.test $(VENV)/.llama ## run the tests
	$(BIN)/python -m pytest -q -n $(WORKERS) --cov --cov-report=term:skip-covered

check: $(VENV)/.dev $(VENV)/.llama ## format, lint, types, floors, docs, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/.dev ## the pages that are made from the code
	$(BIN)/python -m tools.docs

bench: $(VENV)/.dev ## speed and memory, by hand; minutes
	for file in benchmarks/*.py; do $(BIN)/python $$file; done

clean:
	rm -rf $(VENV) .routeaudit .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage*

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then echo "routeaudit needs Python 3.11 or newer; none was found" >&2; exit 2; fi
	@echo "making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) cannot make a virtual environment; on Debian or Ubuntu: apt install python3-venv" >&2; exit 2; }

$(VENV)/.base: pyproject.toml | $(BIN)/python
	@echo "installing routeaudit (no compiler needed; about a minute)"
	@$(PIP) install --editable .
	@touch $@

# Built by GCC to use AMX, a matrix unit of some Intel processors, llama.cpp dies at its first
# product of matrices (its issue 20824), so it is built without. Other processors know no such flags.
NO_AMX := $(shell flags="-mno-amx-tile -mno-amx-int8 -mno-amx-bf16"; \
	cc $$flags -x c -c /dev/null -o /dev/null 2>/dev/null && echo "$$flags")

# llama.cpp is compiled here, once. Without a compiler (or with LLAMA=0) all but GGUF models works.
$(VENV)/.llama: pyproject.toml | $(VENV)/.base
	@if [ "$(LLAMA)" = 0 ]; then echo "GGUF models are left out: LLAMA=0"; \
	elif ! command -v cc >/dev/null 2>&1 && ! command -v gcc >/dev/null 2>&1; then \
		echo "GGUF models are left out: there is no C compiler (on Debian or Ubuntu: apt install build-essential)"; \
	else echo "building llama.cpp for GGUF models, once; a few minutes (LLAMA=0 leaves it out)"; \
		CFLAGS="$(CFLAGS) $(NO_AMX)" CXXFLAGS="$(CXXFLAGS) $(NO_AMX)" \
		$(PIP) install --editable '.[llama]' || \
		echo "llama.cpp could not be built: GGUF models are left out, all else works"; fi
	@touch $@

$(VENV)/.test: pyproject.toml | $(BIN)/python
	@echo "installing routeaudit and what its tests need (about a minute)"
	@$(PIP) install --editable '.[test]'
	@touch $@ $(VENV)/.base

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	@echo "installing routeaudit, its tests and its checks (about a minute)"
	@$(PIP) install --editable '.[dev]'
	@touch $@ $(VENV)/.test $(VENV)/.base
