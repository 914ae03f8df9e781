# The two commands of README.md, each complete by itself on a fresh clone:
#   make report   sets up .venv and makes the annual reports of the example
#   make test     sets up .venv and runs every check and test
# On Windows see "Windows" in README.md.

PYTHON ?= python3
VENV ?= .venv
AGENCY ?= guangzhou-gov-office
WORKERS ?= auto

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
BUILD := hatchling

.DEFAULT_GOAL := help
.PHONY: help report test lint types contracts pytest bench setup setup-dev constraints wheel clean

help:
	@echo "make report       make the annual reports of $(AGENCY) into output/"
	@echo "make test         every check and test"
	@echo "make lint types contracts pytest   one of them alone"
	@echo "make bench        measure it on this machine, some 15 minutes; PARTS=... or OPTIONS=--help"
	@echo "make wheel        build the wheel into dist/"
	@echo "make constraints  renew constraints.txt with the newest versions that fit"
	@echo "make clean        remove .venv, dist/ and caches (never output/)"

report: setup
	$(BIN)/govnb run --workspace . --agency $(AGENCY)

test: lint types contracts pytest

lint: setup-dev
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .

types: setup-dev
	$(BIN)/python -m mypy

contracts: setup-dev
	$(BIN)/lint-imports

pytest: setup-dev
	$(BIN)/python -m pytest -n $(WORKERS)

bench: setup-dev
	$(BIN)/python -m benchmarks $(PARTS) $(OPTIONS)

setup: $(VENV)/run.stamp
setup-dev: $(VENV)/dev.stamp

# A stamp is renewed when what is installed is declared otherwise; code changes need nothing (editable install).
$(VENV)/python.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "govnb needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3.13 ..." >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run.stamp: $(VENV)/python.stamp pyproject.toml constraints.txt
	$(PIP) install --constraint constraints.txt $(BUILD)
	$(PIP) install --constraint constraints.txt --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp
	$(PIP) install --constraint constraints.txt --no-build-isolation --editable '.[dev]'
	@touch $@

wheel: setup-dev
	$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .

# One list for Linux, macOS and Windows and for each Python that pyproject.toml allows.
constraints: $(VENV)/python.stamp
	$(PIP) install uv
	$(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --all-extras --upgrade \
	  --no-annotate --no-header --no-emit-package govnb --output-file $(VENV)/constraints.new
	{ sed -n '/^#/p' constraints.txt; cat $(VENV)/constraints.new; } > $(VENV)/constraints.txt
	cp $(VENV)/constraints.txt constraints.txt

clean:
	rm -rf $(VENV) dist build .ruff_cache .mypy_cache .pytest_cache .import_linter_cache .hypothesis
