# Syllabary: set up, run and test. `make help` lists what there is.
# All paths are relative, so that the folder's own path may hold spaces.

SHELL = /bin/sh
.DEFAULT_GOAL = help
.PHONY: help run test lint docs clean browser redis

# Set on make's command line only: many shells have a HOST of their own.
HOST = 127.0.0.1
PORT =
PROJECT =
ARGS =
export HOST PORT PROJECT

PY = .venv/bin/python
PIP = $(PY) -m pip install -q --disable-pip-version-check

help: ## Say what can be made
	@echo "Syllabary. What can be made:"
	@sed -n 's/^\([a-z]*\):.*## /  make \1|/p' Makefile | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'
	@echo "Examples:  make run PROJECT=bird.h5 PORT=8051   ·   make test ARGS=\"-k undo\""

run: .venv/installed ## Set up if needed, then open the dashboard (on the demo, or PROJECT=bird.h5; PORT=8051)
	@if [ -z "$$PROJECT" ] && [ ! -f demo/demo.h5 ]; then \
	  echo "Making the demo project (one or two minutes, once) …"; \
	  $(PY) -m pipeline demo demo || exit; \
	fi
	@exec $(PY) app.py "$${PROJECT:-demo/demo.h5}" --host "$$HOST" $${PORT:+--port "$$PORT"} $(ARGS)

test: browser redis ## Run every test (ARGS= goes to pytest); lists what was skipped and why
	@$(PY) -m pytest $(ARGS)

lint: .venv/installed-dev ## Check the style of the code
	@$(PY) -m ruff check .

docs: .venv/installed ## Write the generated parts of README and docs/ anew
	@$(PY) docs/make.py

clean: ## Remove the environment and all caches; projects and the demo stay
	@rm -rf .venv .pytest_cache .ruff_cache .hypothesis test-results
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/installed: requirements.txt | .venv/bin/python
	@echo "Installing what Syllabary runs on (about 2.5 GB with torch; some minutes, once) …"
	@$(PIP) -r requirements.txt
	@touch .venv/installed

.venv/installed-dev: requirements-dev.txt requirements.txt | .venv/bin/python
	@echo "Installing what Syllabary and its tests run on (some minutes, once) …"
	@$(PIP) -r requirements-dev.txt
	@touch .venv/installed .venv/installed-dev

.venv/bin/python:
	@for python in $$PYTHON python3.11 python3.12 python3.13 python3; do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Syllabary needs Python 3.11 or newer, and there is none on the path. Install one (https://www.python.org," >&2; \
	  echo "apt-get install python3 python3-venv, brew install python@3.12), or say: make run PYTHON=/path/to/python3.12" >&2; \
	  exit 1; \
	fi; \
	if ! "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "$$found cannot make environments, because its venv module is missing." >&2; \
	  echo "On Debian and Ubuntu: apt-get install python3-venv; then run make again." >&2; \
	  exit 1; \
	fi; \
	echo "Making an environment in .venv with $$("$$found" --version) …"; \
	"$$found" -m venv .venv

browser: .venv/installed-dev
	@if $(PY) tests/conftest.py; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && grep -q '^ID=debian' /etc/os-release; then \
	  echo "Installing Chromium for the browser tests …"; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium; } \
	    >/dev/null 2>&1 || echo "Chromium could not be installed by apt-get: the browser tests will be skipped."; \
	else \
	  echo "No Chromium or Chrome was found: the browser tests will be skipped. Install either one (Debian: apt-get install"; \
	  echo "chromium; macOS: brew install --cask chromium), or set CHROMIUM to its program file."; \
	fi

redis:
	@if command -v redis-server >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && grep -q '^ID=debian' /etc/os-release; then \
	  echo "Installing Redis for the tests with Celery …"; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends redis-server; } \
	    >/dev/null 2>&1 || echo "Redis could not be installed by apt-get: the tests with Celery will be skipped."; \
	else \
	  echo "No redis-server was found: the tests with Celery will be skipped (Debian: apt-get install redis-server)."; \
	fi
