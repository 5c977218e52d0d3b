# make demo: decide the example records.  make test: pass all tests.  Each makes its own environment.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SEED ?= 1

.PHONY: setup demo test test-pages test-contract screenshots check docs-site cases mutate fuzz fuzz-long fuzz-guided bench bench-against docs clean test-engines test-oracle test-versions test-versions-quick bench-growth test-sentences test-ahead test-spark test-editor soak soak-unlike golden release
RULEBOOKS ?= 2000
RECORDS ?= 25
FIRST ?= 0
DECISIONS ?= 1000000
MINUTES ?= 30
COMPLETIONS ?= 3000000
SENTENCES ?= 20000
INPUTS ?= 100000
TRIALS ?= 20000
PROCESSES ?= 2
RUNS ?= 100000

setup: $(VENV)/.dev

$(VENV)/.made:
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.runtime: $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

# Each plugin is its own distribution, with its own dependencies; an extra [tests] has what only its tests need.
PLUGINS := $(patsubst %/pyproject.toml,%,$(wildcard plugins/*/pyproject.toml))

$(VENV)/.dev: $(VENV)/.made pyproject.toml $(PLUGINS:=/pyproject.toml)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	set -e; for plugin in $(PLUGINS); do \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable "$$plugin[tests]"; done
	touch $@ $(VENV)/.runtime

$(VENV)/.spark: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[spark]"
	touch $@

$(VENV)/.fuzz: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[fuzz]"
	touch $@

demo: $(VENV)/.runtime
	$(BIN)/python examples/decide_examples.py

test: $(VENV)/.dev
	$(BIN)/python -m pytest --numprocesses 2 --ignore tests/spark --ignore tests/pages
	set -e; for plugin in $(PLUGINS); do $(BIN)/python -m pytest --config-file $$plugin/pyproject.toml $$plugin; done

# The suite on the other versions of Python that the library names, as far as they are here; quick: the rooms that read, and the compiler.
test-versions: $(VENV)/.dev
	$(BIN)/python tests/quality/versions.py $(PYTHONS)

test-versions-quick: $(VENV)/.dev
	$(BIN)/python tests/quality/versions.py --quick $(PYTHONS)

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/yamllint --strict rulesets tests examples
	$(BIN)/python tests/quality/docstrings.py
	$(BIN)/python tests/quality/names.py

# The three engines are compared on random rulebooks (RULEBOOKS), each with so many records (RECORDS).
test-engines: $(VENV)/.dev
	$(BIN)/python -m pytest tests/engine/agreement --rulebooks $(RULEBOOKS) --records $(RECORDS) --first $(FIRST) --numprocesses 2

# Every answer against a plain reading of the rules, in so many completions of records (COMPLETIONS).
test-oracle: $(VENV)/.dev
	$(BIN)/python -m pytest tests/properties/test_naive_*.py --completions $(COMPLETIONS) --first-record $(FIRST) --numprocesses 2

# Sentences of explanations and claims of `missing`, so many of each (SENTENCES), put to the test by deciding.
test-sentences: $(VENV)/.dev
	cd tests/properties && PYTHONPATH=../support $(abspath $(BIN))/python sentences.py $(SENTENCES) $(SEED)

# Looks ahead beside deciding on every single day, so many (TRIALS), in so many processes (PROCESSES).
test-ahead: $(VENV)/.dev
	cd tests/properties && $(abspath $(BIN))/python days_ahead.py $(TRIALS) $(SEED) $(PROCESSES)

# The Arrow function on a real local Spark; needs Java.
test-spark: $(VENV)/.spark
	$(BIN)/python -m pytest tests/spark

# Every output, hashed and compared with tests/golden/hashes.json; GOLDEN=--quick for a tenth of it; GOLDEN=--write, after a meant change, for all.
golden: $(VENV)/.dev
	$(BIN)/python tests/golden/golden.py $(GOLDEN)

soak: $(VENV)/.dev
	$(BIN)/python tests/soak/soak.py --decisions $(DECISIONS) --threads 8

# Unlike questions for so long (MINUTES): choices of names, days, explanations, what is missing, tables.
soak-unlike: $(VENV)/.dev
	$(BIN)/python tests/soak/soak.py --minutes $(MINUTES) --threads 8
# Each shipped rulebook, changed in one place at a time: what no case notices, with the case that would.
mutate: $(VENV)/.runtime
	$(BIN)/aava-rules mutate finland
	$(BIN)/aava-rules mutate aava
	$(BIN)/aava-rules mutate hartola_sysma

cases: $(VENV)/.runtime
	$(BIN)/aava-rules test finland
	$(BIN)/aava-rules test aava
	$(BIN)/aava-rules test hartola_sysma

# Hostile records, rulebooks, YAML, expressions, mapping files and CSV, so many in all (INPUTS), in so many processes (PROCESSES).
fuzz: $(VENV)/.dev
	$(BIN)/python tests/fuzz/fuzz.py --inputs $(INPUTS) --processes $(PROCESSES) --seed $(SEED)

fuzz-long:
	$(MAKE) fuzz INPUTS=1000000

# Guided by coverage, so many inputs of each kind (RUNS); for Linux, where atheris has wheels.
fuzz-guided: $(VENV)/.fuzz
	set -e; for kind in record yaml expression mapping csv; do \
		$(BIN)/python tests/fuzz/guided.py $$kind --runs $(RUNS) --seed $(SEED); done

bench:
	$(PYTHON) benchmarks/run.py

# One client with n, 2n and 4n plans, periods, events and benefits, in decisions and in tables.
bench-growth: $(VENV)/.dev
	$(BIN)/python benchmarks/one_client.py

# This checkout beside another commit of it, in turn: make bench-against BASE=HEAD~1
BASE ?= HEAD~1
bench-against: $(VENV)/.dev
	$(BIN)/python benchmarks/against.py $(BASE)

docs: $(VENV)/.dev
	$(BIN)/python docs/write_schemas.py
	$(BIN)/python docs/write_functions.py
	$(BIN)/python docs/write_law_status.py
	$(BIN)/python docs/write_names.py
	$(BIN)/python docs/write_law_changes.py
	$(BIN)/python docs/write_codes.py

# Rule files as editors see them: the YAML language server reads the schemas. It needs npm.
EDITOR := build/editor/node_modules/.bin/yaml-language-server
$(EDITOR):
	@command -v npm > /dev/null || { echo "npm is not installed, and the YAML language server comes with it." >&2; exit 1; }
	npm install --silent --no-audit --no-fund --prefix build/editor yaml-language-server@1.25.0

test-editor: $(VENV)/.dev $(EDITOR)
	$(BIN)/python -m pytest -q -n0 tests/tools/test_editor_server.py

# Pages in a real Chromium: accessibility (axe-core), words, keyboard. It says what is lacking: apt-get install chromium.
$(VENV)/.pages: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[pages]"
	touch $@

test-pages: $(VENV)/.pages
	cd tests/pages && $(abspath $(BIN))/python -c 'import sys, browser; sys.exit(browser.needed() or 0)'
	$(BIN)/python -m pytest tests/pages -rs

# The service over HTTP against its own OpenAPI document, by schemathesis, for so long (MINUTES).
$(VENV)/.contract: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable "plugins/aava-rules-http[contract]"
	touch $@

test-contract: $(VENV)/.contract
	cd plugins/aava-rules-http/tests && PYTHONPATH=../../../tests/support $(abspath $(BIN))/python contract.py --minutes $(MINUTES) --seed $(SEED)

screenshots: $(VENV)/.pages
	$(BIN)/python tests/pages/screenshots.py docs/screenshots

# The documentation site, strictly, into build/site; index.html opens without a server.
$(VENV)/.docs: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[docs]"
	touch $@

docs-site: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	$(BIN)/python tests/quality/site.py build/site

$(VENV)/.release: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[release]"
	touch $@

# What HEAD holds, into dist/: wheels and sdists that can be built again to the byte, bills of materials, SHA256SUMS; tried in fresh environments.
release: $(VENV)/.release
	$(BIN)/python release/release.py
	$(BIN)/twine check --strict dist/*.whl dist/*.tar.gz

clean:
	rm -rf $(VENV) .venv-bench .venv-3* build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
