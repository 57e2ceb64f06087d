# Two commands: `make serve` and `make test`. `make help` lists the others.
.DEFAULT_GOAL := help
.PHONY: help serve test check format model bench drill clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# The bundled model: how many made-up clients it is trained on, and the seed of every draw.
CLIENTS := 60000
SEED := 1
MADE := build/synthetic
# Several threads move the last of sixteen digits; one gives the same bytes again, and is faster here.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

help:  ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

serve: $(VENV)/.serving  ## install what serving needs and run the service on the bundled sample
	@$(BIN)/gunicorn

test: $(VENV)/.development  ## install what the tests need and run them
	@$(BIN)/python -m pytest -n 2 -m "not drill"

check: $(VENV)/.development  ## format, lint, types, docs, workflows
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	bash .github/scripts/lint_workflows.sh

format: $(VENV)/.development  ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

model: $(VENV)/.development  ## rebuild the bundled model from made-up clients
	$(ONE_THREAD) $(BIN)/python -m scoring synthesize --clients $(CLIENTS) --seed $(SEED) --out $(MADE)
	$(ONE_THREAD) $(BIN)/python -m scoring train --data $(MADE) --out . --seed $(SEED)

bench: $(VENV)/.development  ## measure speed as ratios; writes benchmarks/
	$(BIN)/python -m benchmarks.serving

drill: $(VENV)/.development  ## run what is too long for every day; writes benchmarks/
	$(BIN)/python -m pytest -m drill
	$(BIN)/python -m scoring synthesize --clients 307511 --out build/full
	$(BIN)/python -m benchmarks.features --data build/full

clean:  ## remove what was installed and built
	rm -rf $(VENV) build

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.serving: requirements.txt | $(VENV)/bin/python
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.development: pyproject.toml requirements.txt | $(VENV)/bin/python
	$(PIP) -e ".[dev]"
	@touch $@ $(VENV)/.serving
