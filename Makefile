# Two commands: `make serve` and `make test`. `make help` lists the others.
.DEFAULT_GOAL := help
.PHONY: help serve front train test check site reference format model mlflow notebooks bench drill images lock wheels audit release clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Every package has one version and is checked against its hash; the locks come from pyproject.toml (docs/dependencies.md).
LOCKED := -m pip install --quiet --disable-pip-version-check --require-hashes
# The project itself, built by the locked setuptools, whose advice on editable installations nobody needs here.
OWN := PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
LOCKS := requirements
FRONT := interface_streamlit
# The bundled model: the number of synthetic clients it is trained on, and the seed of every random draw.
CLIENTS := 60000
SEED := 1
MADE := build/synthetic
# With several threads the last of sixteen digits changes from run to run; one thread gives the same bytes, and is faster here.
# Of two test processes each with threads for all cores, the threads wait for one another: twice the work and more.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

help:  ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

serve: $(VENV)/.serving  ## install what serving needs and run the service on the bundled sample
	@$(BIN)/gunicorn

# A service that already runs at the port is used as it is.
API_PORT ?= 8000
IS_SERVED := import urllib.request as web; web.urlopen("http://127.0.0.1:$(API_PORT)/health/live", timeout=5)

front: $(VENV)/.front  ## run the officer's front-end and the service, on the bundled sample
	@if $(BIN)/python -c '$(IS_SERVED)' 2>/dev/null; \
	then echo "The front-end uses the service that already runs at 127.0.0.1:$(API_PORT)."; only=front; \
	else only=; fi; \
	PATH="$(abspath $(BIN)):$$PATH" API_PORT=$(API_PORT) \
		$(BIN)/honcho start --app-root . --procfile $(FRONT)/Procfile.local $$only

train: $(VENV)/.training  ## install what training needs, and say how to train
	@echo "Train on the Kaggle files:  $(BIN)/python -m scoring train --data FOLDER --out out/model"
	@echo "or on a table of your own:  $(BIN)/python -m scoring train --table FILE --target COLUMN --id COLUMN --out out/model"
	@echo "docs/commands.md lists the options, docs/any_table.md explains own tables."

# The tests of a file run in one process, which starts the services, front-ends and models that they share once.
# Many tests wait: for a browser, a database that is away, a time that has to pass. So there are more processes than cores.
# The many processes that they start share compiled modules, also where the environment says not to write any.
test: $(VENV)/.development  ## install what the tests need and run them
	@$(ONE_THREAD) PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder -m "not drill"

check: $(VENV)/.development  ## format, lint, types, docs, workflows, Dockerfiles
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	bash .github/scripts/lint_workflows.sh
	$(BIN)/hadolint Dockerfile $(FRONT)/Dockerfile ops/mlflow/Dockerfile
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec compose.yaml
	$(BIN)/zizmor --offline --quiet --no-progress --persona pedantic .github
	@$(MAKE) --no-print-directory site

# The variable silences an announcement of the theme about other programs.
site: $(VENV)/.development  ## build the site of docs/ into build/site; a warning ends it
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

reference: $(VENV)/.development  ## write the lists of the reference pages again, from the code
	$(BIN)/python -m tools.reference

format: $(VENV)/.development  ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

model: $(VENV)/.development  ## rebuild the bundled model from synthetic clients
	$(ONE_THREAD) $(BIN)/python -m scoring synthesize --clients $(CLIENTS) --seed $(SEED) --out $(MADE)
	$(ONE_THREAD) $(BIN)/python -m scoring train --data $(MADE) --out . --seed $(SEED) --candidates scorecard --no-tracking
	$(BIN)/python -m scoring card . --out docs/model_card.md

# MLflow's pages need packages that conflict with our gunicorn, so they get an environment of their own, of the same version.
MLFLOW := build/mlflow
RUNS := mlflow.db

mlflow:  ## show training runs and registered models in a browser
	@test -f "$(RUNS)" || { echo "$(RUNS): no such file. Train first, or name it: make mlflow RUNS=FOLDER/mlflow.db"; exit 1; }
	@$(MAKE) --no-print-directory $(MLFLOW)/.installed
	@echo "http://127.0.0.1:5000/#/experiments/1/runs?workflowType=machine_learning&viewStateShareKey=candidates (Ctrl-C ends it)"
	@MLFLOW_DISABLE_TELEMETRY=true MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false $(MLFLOW)/bin/mlflow server \
		--host 127.0.0.1 --port 5000 --workers 1 --backend-store-uri "sqlite:///$(abspath $(RUNS))"

$(MLFLOW)/.installed: $(LOCKS)/mlflow.txt
	$(PYTHON) -m venv $(MLFLOW)
	$(MLFLOW)/bin/python $(LOCKED) -r $<
	@touch $@

notebooks: $(VENV)/.development  ## run the notebooks and save their output
	@$(BIN)/python notebook/execute.py

bench: $(VENV)/.development  ## measure speed as ratios; writes benchmarks/
	$(BIN)/python -m benchmarks.serving
	$(BIN)/python -m benchmarks.metrics
	$(BIN)/python -m benchmarks.explanations
	$(BIN)/python -m benchmarks.record
	$(BIN)/python -m benchmarks.record_searches
	$(BIN)/python -m benchmarks.policy

drill: $(VENV)/.development  ## run what takes too long for every day; writes benchmarks/
	EXAMPLES_TIMES=30 $(BIN)/python -m pytest -m "drill or hypothesis"
	$(BIN)/python -m scoring synthesize --clients 307511 --out build/full
	$(BIN)/python -m benchmarks.features --data build/full
	$(BIN)/python -m benchmarks.slow_callers
	$(BIN)/python -m benchmarks.request_costs
	$(BIN)/python -m benchmarks.body_memory
	$(BIN)/python -m benchmarks.many_clients
	$(BIN)/python -m benchmarks.client_store
	$(BIN)/python -m benchmarks.client_outages
	$(BIN)/python -m benchmarks.batch --tables build/full
	$(BIN)/python -m benchmarks.scale --tables build/full
	$(BIN)/python -m benchmarks.decision_drills
	$(BIN)/python -m benchmarks.drift
	$(BIN)/python -m benchmarks.estimation
	$(BIN)/python -m benchmarks.outcome_loading
	$(BIN)/python -m benchmarks.policy_replay
	$(BIN)/python -m benchmarks.monitor_page
	$(BIN)/python -m tools.images mlflow space
	$(BIN)/python -m benchmarks.snippets

images: $(VENV)/.development  ## run the steps of the Dockerfiles in a bare Debian, and try what they built (root, Debian)
	$(BIN)/python -m tools.images

UPGRADE :=

lock: $(VENV)/.lock  ## write the locks from pyproject.toml; UPGRADE=PACKAGE or UPGRADE=all takes newer versions
	@$(BIN)/python -m tools.release.lock $(UPGRADE)

SERVICE :=

audit: $(VENV)/.development  ## look for known vulnerabilities of all locked packages; asks SERVICE=ADDRESS instead of OSV's own
	@$(BIN)/python -m tools.release.audit $(if $(SERVICE),--service $(SERVICE))

# Source archives stay as they are: a wheel built from one has other bytes each time, which no lock can name.
WHEELS := build/wheels

wheels: $(VENV)/.build  ## download all packages of the locks into WHEELS=FOLDER, for machines without network
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps --no-build-isolation \
		--dest $(WHEELS) -r requirements.txt -r $(LOCKS)/dev.txt
	@echo "$(WHEELS): $$(ls $(WHEELS) | wc -l) files. Without network: PIP_NO_INDEX=1 PIP_FIND_LINKS=$(abspath $(WHEELS)) make serve"

RELEASE := build/release

release: $(VENV)/.development  ## build wheel, sdist, bills of materials, images' contexts, notes and checksums into RELEASE=FOLDER
	@$(BIN)/python -m tools.release.build $(RELEASE)

clean:  ## remove what was installed and built
	rm -rf $(VENV) build

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# requirements.txt may name further locks, for the family of a model: these are prerequisites too.
SERVING := requirements.txt $(shell sed -n 's/^-r //p' requirements.txt)

$(VENV)/.serving: $(SERVING) | $(VENV)/bin/python
	$(BIN)/python $(LOCKED) -r requirements.txt
	@touch $@

# honcho starts and stops both.
$(VENV)/.front: $(SERVING) $(FRONT)/requirements.txt $(LOCKS)/local.txt | $(VENV)/bin/python
	$(BIN)/python $(LOCKED) -r requirements.txt -r $(FRONT)/requirements.txt -r $(LOCKS)/local.txt
	@touch $@

$(VENV)/.training: pyproject.toml $(SERVING) $(LOCKS)/train.txt $(VENV)/.build
	$(BIN)/python $(LOCKED) -r requirements.txt -r $(LOCKS)/train.txt
	$(OWN)
	@touch $@ $(VENV)/.serving

$(VENV)/.build: $(LOCKS)/build.txt | $(VENV)/bin/python
	$(BIN)/python $(LOCKED) -r $<
	@touch $@

# Packages that come as source are built here, by the setuptools of the lock, which is there before them.
$(VENV)/.development: pyproject.toml $(SERVING) $(LOCKS)/dev.txt $(VENV)/.build
	$(BIN)/python $(LOCKED) --no-build-isolation -r requirements.txt -r $(LOCKS)/dev.txt
	$(OWN)
	@touch $@ $(VENV)/.serving $(VENV)/.front $(VENV)/.training $(VENV)/.lock

$(VENV)/.lock: $(LOCKS)/lock.txt | $(VENV)/bin/python
	$(BIN)/python $(LOCKED) -r $<
	@touch $@
