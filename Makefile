# Kokuho. `make demo` and `make test` do all the set-up that they need on a bare Debian machine with Python 3.11.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
CHROMIUM := $(shell command -v chromium 2>/dev/null)

.PHONY: setup demo test test-unit test-proof test-city test-browser lint bench fuzz clean

setup: $(STAMP)

# Fonts for names and notices, Chromium for the browser tests, poppler to look at PDFs.
$(STAMP): pyproject.toml tools/system-packages.sh tools/dependencies.txt
	sh tools/system-packages.sh
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint tools/dependencies.txt --editable '.[dev]'
	touch $(STAMP)

demo: setup
	$(BIN)/kokuho demo

test: setup lint test-unit test-proof test-city test-browser

lint: setup
	$(BIN)/ruff check src tests
	$(BIN)/mypy src/kokuho
	$(BIN)/lint-imports
	$(BIN)/python tools/check_dependencies.py  # KOKUHO_ADVISORIES: an OSV export to look vulnerabilities up in

test-unit: setup
	$(BIN)/pytest -m 'not browser and not city and not proof' -n 2

# Every page and form of every role, every page of the past, every safeguard broken on purpose, every birthday of a leap cycle.
test-proof: setup
	$(BIN)/pytest -m proof -n 2 --dist loadgroup

test-city: setup
	$(BIN)/pytest -m city

test-browser: setup
	$(BIN)/pytest -m browser

bench: setup
	$(BIN)/kokuho bench levy --insured 300000
	$(BIN)/kokuho bench notices --count 2000
	$(BIN)/kokuho bench law
	$(BIN)/kokuho bench benefit
	$(BIN)/kokuho bench formats

# A million mutated inputs to every decoder; `make test` runs a short one.
fuzz: setup
	$(BIN)/python tests/formats/formats_fuzz.py --count 1000000

clean:
	-$(BIN)/kokuho db stop
	rm -rf var $(VENV)
