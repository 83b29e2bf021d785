# Two commands: `make demo` and `make test`. Everything goes into .venv; nothing else is touched, but for
# the Debian packages that `make test` installs when it may.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

# One process a core, each with whole files of tests. Tests with real peers have real time-outs, which a machine under
# load may miss: what failed is played once more, alone, and has to pass then.
TESTS  := $(BIN)/python -m pytest -n auto --dist loadfile
AGAIN  := { echo "once more, what failed:"; $(BIN)/python -m pytest --last-failed --last-failed-no-failures none; }

# The suite starts dmrig over a thousand times: what Python compiles once it may keep.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test setup lint unit bench clean

help:
	@echo "make demo    set up and play the quickstart on virtual hardware"
	@echo "make test    set up and run lint and the whole test suite"
	@echo "make lint    ruff and mypy"
	@echo "make bench   print the benchmarks"
	@echo "make clean   remove everything that was made here"

demo: $(VENV)/.demo
	@$(BIN)/dmrig demo

test: setup lint
	@.ci/peers report
	$(TESTS) || $(AGAIN)

# What can be installed may change between two calls (packages added by hand, say): so it is asked each time.
setup: $(VENV)/bin/python
	@.ci/peers install
	@$(MAKE) --no-print-directory $(VENV)/.dev-$$(.ci/peers extras)

lint: setup
	$(BIN)/ruff check simulator hil tests benchmarks docs
	$(BIN)/ruff format --check simulator hil tests benchmarks docs
	$(BIN)/mypy

bench: setup
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

$(VENV)/bin/python:
	@.ci/python $(PYTHON) $(VENV)

$(VENV)/.demo: $(VENV)/bin/python pyproject.toml
	@echo "setting up $(VENV) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev-%: $(VENV)/bin/python pyproject.toml
	@echo "setting up $(VENV) with everything that tests need ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable ".[dev,$*]"
	@touch $@ $(VENV)/.demo

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info runs
