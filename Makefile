# Throughline's commands. `make` alone lists them.
#
# Everything is installed into .venv from the hash-pinned locks, and again only when a lock changes. uv makes it quick;
# where uv cannot be had, pip does the same from the same locks.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo run servers test test-fast lint lint-code lint-types lint-layers lint-templates lint-project fix lock messages \
	bench key clean

# Compiled modules are kept: processes start in half the time.
unexport PYTHONDONTWRITEBYTECODE
export UV_NO_CONFIG := 1
ARGS ?=

help: ## Show this list
	@echo "Throughline: one number, door to door."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  ARGS adds arguments:  make test ARGS='tests/carriers -x'   make demo ARGS='--reset'"

demo: $(VENV)/demo ## The whole platform with moving parcels, on http://localhost:8000 (Ctrl-C ends it)
	@exec $(BIN)/python -m tracking.demo $(ARGS)

run: $(VENV)/demo ## The same for developers: error pages, and the web process restarts when code changes
	@exec $(BIN)/python -m tracking.demo --develop $(ARGS)

servers: $(VENV)/demo ## Only the embedded PostgreSQL and Redis, for manage.py in another window
	@exec $(BIN)/python -m tracking.embedded

test: $(VENV)/dev ## Every test; those in a browser need a Chromium. ARGS=... runs some of them
ifdef ARGS
	$(BIN)/python -m pytest $(ARGS)
else
	$(BIN)/python -m pytest -n 2 -m 'not browser and not faults and not e2e'
	$(BIN)/python -m pytest -m 'browser or faults or e2e'
endif

test-fast: $(VENV)/dev ## The tests without browser, killed processes and whole journeys, on two processes
	$(BIN)/python -m pytest -n 2 -m 'not browser and not faults and not e2e' $(ARGS)

lint: lint-code lint-types lint-layers lint-templates lint-project ## Every check of style, types, layers, templates, migrations and settings

lint-code: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
lint-types: $(VENV)/dev
	$(BIN)/mypy carriers tracking
lint-layers: $(VENV)/dev
	$(BIN)/lint-imports
lint-templates: $(VENV)/dev
	$(BIN)/djlint --lint --quiet templates
	find templates -name '*.html' -print0 | xargs -0 $(BIN)/djade --target-version 5.2 --check
lint-project: $(VENV)/dev
	$(BIN)/python scripts/check_project.py

fix: $(VENV)/dev ## Repair what the tools can repair by themselves
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	find templates -name '*.html' -print0 | xargs -0 $(BIN)/djade --target-version 5.2 || true

# One resolution for all: the smaller locks hold the versions of the largest.
COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-annotate --custom-compile-command 'make lock' $(UPGRADE)
lock: $(VENV)/uv ## Pin the dependencies of pyproject.toml anew (UPGRADE=--upgrade for newer versions)
	$(COMPILE) --extra embedded --extra dev -o requirements-dev.lock pyproject.toml
	$(COMPILE) --extra embedded -c requirements-dev.lock -o requirements-demo.lock pyproject.toml
	$(COMPILE) -c requirements-dev.lock -o requirements.lock pyproject.toml
	echo 'uv>=0.13,<0.14' | $(COMPILE) -o requirements-uv.lock -

messages: $(VENV)/dev ## Collect the texts to translate and compile the catalogues (needs gettext)
	$(BIN)/python manage.py makemessages --all --no-obsolete --no-location --ignore '.venv/*' --ignore 'tests/*'
	$(BIN)/python manage.py compilemessages --ignore '.venv/*'

bench: $(VENV)/dev ## Measure: polls, detection and pages per second, beside this machine's calibration
	$(BIN)/python -m benchmarks $(ARGS)

key: $(VENV)/demo ## Make values for SECRET_KEY and CREDENTIAL_KEYS
	@$(BIN)/python -c "import base64, secrets; print('SECRET_KEY=' + secrets.token_urlsafe(60)); \
	print('CREDENTIAL_KEYS=k1:' + base64.b64encode(secrets.token_bytes(32)).decode())"

clean: ## Remove .venv, the demo's data and everything made
	rm -rf $(VENV) .data staticfiles .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- set-up ---------------------------------------------------------------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Throughline needs Python 3.11 or later: make PYTHON=python3.12")'
	@$(PYTHON) -m venv $(VENV) || { echo "python3 -m venv failed; on Debian: apt-get install python3-venv"; exit 1; }

# Without uv the file stays empty, and pip is used.
$(VENV)/uv: requirements-uv.lock | $(BIN)/python
	@$(BIN)/python -m pip --version > /dev/null 2>&1 || $(BIN)/python -m ensurepip > /dev/null
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $< \
		&& echo uv > $@ || { echo "uv cannot be had here; pip it is"; : > $@; }

define install
	@echo "Installing $< ..."
	@if [ -s $(VENV)/uv ] && $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r $<; then :; \
	else $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<; fi
	@touch $@
endef

$(VENV)/demo: requirements-demo.lock $(VENV)/uv
	$(install)

$(VENV)/dev: requirements-dev.lock $(VENV)/uv
	$(install)
	@touch $(VENV)/demo
