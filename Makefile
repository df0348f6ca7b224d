# Every target sets up what it needs, once. Needs Python >= 3.11 with venv; nothing else.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin

# Exported settings must not steer the suite's own checks: they always run on the embedded demo.
ON_DEMO = env $$(env | sed -n 's/^\(BOOKING_[A-Z_]*\|TEST_CUSTOMER_[A-Z]*\|SUPABASE_DB_URL\)=.*/-u \1/p') \
	BOOKING_TARGET=demo BOOKING_API_BASE_URL= BOOKING_DATABASE_URL= SUPABASE_DB_URL= \
	BOOKING_KNOWN_BREACHES=/dev/null

.PHONY: help setup smoke test lint types unit dry-run features shuffled sample verdicts report demo bench clean

help:
	@echo "make smoke     the smoke promises on the embedded demo platform"
	@echo "make test      everything: lint, types, unit tests, every feature on the demo"
	@echo "make verdicts  the suite against every defect of the demo, into reports/verdicts.json"
	@echo "make report    the page of the last run, reports/allure.html; needs Node.js 20 or newer"
	@echo "make bench     the benchmarks, into reports/bench.json"
	@echo "make demo      the demo platform on http://localhost:3000, until Ctrl-C"

.venv/.runtime: requirements.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python >= 3.11 with venv was found. Install one, or name it: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

setup: .venv/.runtime

smoke: .venv/.runtime
	$(BIN)/python -m behave --tags=@smoke

test: lint types unit dry-run features shuffled sample

lint: .venv/.dev
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/lint-imports

types: .venv/.dev
	$(BIN)/python -m mypy

unit: .venv/.dev
	$(ON_DEMO) $(BIN)/python -m pytest

dry-run: .venv/.dev
	$(ON_DEMO) $(BIN)/python -m behave --dry-run -f plain -o /dev/null

features: .venv/.dev
	$(ON_DEMO) $(BIN)/python -m behave

# Beside the results of `features`, which stay.
shuffled: .venv/.dev
	$(ON_DEMO) BOOKING_SHUFFLE=true BOOKING_OUTPUT_DIR=reports/shuffled $(BIN)/python -m behave

sample: .venv/.dev
	$(ON_DEMO) $(BIN)/python -m verdicts --sample --output reports/verdicts-sample.json

verdicts: .venv/.runtime
	$(ON_DEMO) $(BIN)/python -m verdicts

report: .venv/.runtime
	@$(BIN)/python -m bookingflow.report.site

demo: .venv/.runtime
	@$(BIN)/python -m demo

bench: .venv/.runtime
	$(ON_DEMO) $(BIN)/python -m bench

clean:
	rm -rf .venv allure-results reports
