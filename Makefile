# Everything here sets itself up: python3 (3.11 or later), make and a package index are enough.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: demo test test-long oracles coverage bench mutants definitions pictures lint types imports format lock clean

demo: $(READY)
	@$(BIN)/wfaudit demo --out build/demo

test: $(READY) lint types imports
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal -m "not long"

test-long: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/nbstripout --verify notebooks/*.ipynb

types: $(READY)
	$(BIN)/basedpyright

imports: $(READY)
	@$(BIN)/lint-imports --no-cache > build/imports.log 2>&1 || { cat build/imports.log; exit 1; }
	@tail -n 2 build/imports.log

# Needs R and the packages its scripts load; the tests read the frozen values and don't.
oracles: $(READY)
	$(BIN)/python tests/oracles/derive.py

# Every table two groups can show: docs/coverage.csv, its picture and the tables of docs/intervals.md, docs/units.md, docs/drivers.md, docs/texts.md and docs/matching.md.
coverage: $(READY)
	$(BIN)/python tests/covered/enumerate.py
	$(BIN)/python tests/covered/units.py
	$(BIN)/python tests/covered/drivers.py
	$(BIN)/python tests/covered/planted_drivers.py
	$(BIN)/python tests/covered/texts.py
	$(BIN)/python tests/covered/lists.py

bench: $(READY)
	$(BIN)/python tests/bench/run.py
	$(BIN)/python tests/bench/decisions.py
	$(BIN)/python tests/bench/drivers.py
	$(BIN)/python tests/bench/matching.py

definitions: $(READY)
	$(BIN)/python docs/define.py

mutants: $(READY)
	$(BIN)/python tests/mutants/run.py

pictures: $(READY)
	$(BIN)/python reports/look.py

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The lock names no index: it holds versions and hashes for every platform and Python.
lock: $(READY)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 pyproject.toml --all-extras --group dev \
		--generate-hashes --no-emit-index-url --custom-compile-command "make lock" -o requirements/lock.txt

$(READY): requirements/lock.txt requirements/tables.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "wfaudit needs Python 3.11 or later; say which: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' \
		|| { echo "This Python can't make environments; install its venv package (Debian: python3-venv)." >&2; exit 2; }
	@mkdir -p build
	@echo "Setting up .venv (about a minute and a half, once)"
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/lock.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/tables.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

clean:
	rm -rf .venv build dist .pytest_cache .ruff_cache .hypothesis
