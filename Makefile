# make demo: decide the example records.  make test: pass all tests.  Each makes its own environment.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SEED ?= 1

.PHONY: setup demo test check cases fuzz bench docs clean

setup: $(VENV)/.dev

$(VENV)/.made:
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.runtime: $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.made pyproject.toml plugins/aava-rules-example/pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable plugins/aava-rules-example
	touch $@ $(VENV)/.runtime

demo: $(VENV)/.runtime
	$(BIN)/python examples/decide_examples.py

test: $(VENV)/.dev
	$(BIN)/python -m pytest --numprocesses 2

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/yamllint --strict rulesets tests examples

cases: $(VENV)/.runtime
	$(BIN)/aava-rules test finland
	$(BIN)/aava-rules test aava
	$(BIN)/aava-rules test hartola_sysma

fuzz: $(VENV)/.dev
	$(BIN)/python tests/fuzz/fuzz.py --records 100000 --mutations 10000 --seed $(SEED)

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/start_and_decide.py

docs: $(VENV)/.dev
	$(BIN)/python docs/write_schemas.py

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
