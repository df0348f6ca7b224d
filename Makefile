# Every target sets up what it needs, once (.ci/setup): Python >= 3.11 is all that must be there; PYTHON=… names another one.
# `make help` lists the targets by the words behind their ##.
BIN := .venv/bin

# Exported settings, and those in .env, must not steer the suite's own checks: they always run on a demo of their own.
# An empty setting takes back what .env says. Loopback is never asked for through a proxy.
EXPORTED = env | sed -n 's/^\([A-Za-z0-9_]*\)=.*/\1/p' | \
	grep -Ei '^(BOOKING_|TEST_CUSTOMER_|SUPABASE_DB_URL$$|PG[A-Z]|ALL_PROXY$$)'
WRITTEN = sed -nE 's/^[[:space:]]*(export[[:space:]]+)?((BOOKING|TEST_CUSTOMER)_[A-Z_]+|SUPABASE_DB_URL)[[:space:]]*=.*/\2=/p' .env
ON_DEMO = env $$($(EXPORTED) | sed 's/^/-u /') $$($(WRITTEN) 2>/dev/null) NO_PROXY=127.0.0.1,localhost \
	no_proxy=127.0.0.1,localhost BOOKING_TARGET=demo BOOKING_API_BASE_URL= BOOKING_DATABASE_URL= SUPABASE_DB_URL= \
	BOOKING_KNOWN_BREACHES=/dev/null BOOKING_BUDGETS=/dev/null BOOKING_GIVE_UP=never

TITLE = @echo "== $@"

.PHONY: help setup smoke matrix test lint types unit project integration e2e coverage dry-run features shuffled \
	integration+e2e features+shuffled sample verdicts report bench load demo format lock clean anew

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Its programs name the folder and the Python that it was made with; neither may be gone.
FITS := $(shell [ -x $(BIN)/python ] && pwd -P | cmp -s - .venv/.runtime && echo yes)

.venv/.runtime: .ci/setup requirements.txt requirements.lock pyproject.toml $(if $(FITS),,anew)
	@PYTHON='$(PYTHON)' sh .ci/setup
	@pwd -P >$@

.venv/.dev: requirements-dev.txt requirements-load.txt .venv/.runtime
	@PYTHON='$(PYTHON)' sh .ci/setup dev
	@touch $@

.venv/.load: requirements-load.txt .venv/.runtime
	@PYTHON='$(PYTHON)' sh .ci/setup load
	@touch $@

setup: .venv/.runtime ## .venv with the locked requirements; every target does it by itself

smoke: .venv/.runtime ## the smoke promises on the embedded demo platform
	@$(BIN)/python -m behave --tags=@smoke

matrix: .venv/.runtime ## times, parties and crowds of guests, and a table of what became of each; the target as in smoke
	@$(BIN)/bookingflow matrix

test: lint types unit project integration+e2e dry-run features+shuffled sample ## everything: lint, types, tests, every feature on the demo

# Says nothing when all is well.
lint: .venv/.dev ## style of code and features, and who may import whom
	$(TITLE)
	@$(BIN)/python -m ruff check --quiet .
	@$(BIN)/python -m ruff format --check --quiet .
	@said=$$($(BIN)/lint-imports) || { echo "$$said"; exit 1; }
	@said=$$($(BIN)/behave-format --check features 2>&1) || { echo "$$said; make format mends it"; exit 1; }
	@said=$$($(BIN)/behave-lint) || { echo "$$said"; exit 1; }

types: .venv/.dev ## mypy, strict
	$(TITLE)
	@$(BIN)/python -m mypy

# A process for each core, of few: each has to read the tests first.
unit: .venv/.dev ## tests of single modules: in memory, seconds
	$(TITLE)
	@$(ON_DEMO) $(BIN)/python -m pytest -n logical --maxprocesses 4 tests/unit

project: .venv/.dev ## tests of docs, features, set-up and layout
	$(TITLE)
	@$(ON_DEMO) $(BIN)/python -m pytest tests/project

# They wait more than they work. What a module's tests share, as a demo or a run, they share in one process.
TWO_AT_ONCE = $(BIN)/python -m pytest -n 2 --dist loadfile

integration: .venv/.dev ## tests that need a demo platform
	$(TITLE)
	@$(ON_DEMO) $(TWO_AT_ONCE) tests/integration

e2e: .venv/.dev ## tests of whole runs, and of the page in a browser, which is skipped without Chromium and chromedriver
	$(TITLE)
	@$(ON_DEMO) $(TWO_AT_ONCE) tests/e2e

integration+e2e: .venv/.dev
	$(TITLE)
	@$(ON_DEMO) $(TWO_AT_ONCE) tests/integration tests/e2e

coverage: .venv/.dev ## how much of the judging code the unit tests reach, branch by branch; fails below the limit
	@$(ON_DEMO) $(BIN)/python -m coverage run -m pytest tests/unit
	@$(BIN)/python -m coverage report

dry-run: .venv/.dev ## every sentence of the features has its step
	$(TITLE)
	@$(ON_DEMO) $(BIN)/python -m behave --dry-run --tags='@slow or not @slow' -f plain -o /dev/null

features: .venv/.dev ## every feature on the demo; JOBS=2 in shards side by side
	$(TITLE)
	@$(ON_DEMO) $(BIN)/python -m $(if $(JOBS),bookingflow run --jobs $(JOBS),behave)

# They wait more than they work: side by side both take as long as one.
features+shuffled: .venv/.dev
	@$(MAKE) --no-print-directory -j2 $(if $(filter output-sync,$(.FEATURES)),--output-sync) features shuffled

# Beside the results of `features`, which stay.
shuffled: .venv/.dev ## every feature on the demo, in random order
	$(TITLE)
	@$(ON_DEMO) BOOKING_SHUFFLE=true BOOKING_OUTPUT_DIR=reports/shuffled $(BIN)/python -m behave

sample: .venv/.dev ## one defect for each feature, of those that make verdicts takes all
	$(TITLE)
	@$(ON_DEMO) $(BIN)/python -m verdicts --sample --output reports/verdicts-sample.json

ifneq ($(wildcard tests/faults),)
.PHONY: faults
test: faults
faults: .venv/.dev ## the table of faults between suite and platform: right of all
	$(TITLE)
	@$(ON_DEMO) $(BIN)/python -m pytest tests/faults
endif

load: .venv/.load ## guests by the clock against the demo, or the target that the environment names; LOAD="--arrivals 8:60"
	@$(BIN)/python -m load $(LOAD)

verdicts: .venv/.runtime ## the suite against every defect of the demo, into reports/verdicts.json
	@$(ON_DEMO) $(BIN)/python -m verdicts

report: .venv/.runtime ## the page of the last run, reports/allure.html; needs Node.js 20 or newer
	@$(BIN)/python -m bookingflow.report.site

demo: .venv/.runtime ## the demo platform on http://localhost:3000, until Ctrl-C
	@$(BIN)/python -m demo

bench: .venv/.runtime ## the benchmarks, into reports/bench.json; PARTS="flow whole_run" measures only these
	@$(ON_DEMO) $(BIN)/python -m bench $(PARTS)

format: .venv/.dev ## write code and features as `make lint` wants them
	@$(BIN)/python -m ruff check --fix --quiet .
	@$(BIN)/python -m ruff format --quiet .
	@$(BIN)/behave-format --quiet features

# requirements.lock: the pins of requirements.txt with the hashes of their files. Needs uv.
lock: ## requirements.lock from requirements.txt, after a pin was changed; needs uv
	@grep -v '^-e' requirements.txt | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-annotate --custom-compile-command 'make lock' --output-file requirements.lock -

clean: ## remove .venv and all results but the ledger of bookings made
	@rm -rf .venv allure-results
	@if [ -d reports ]; then find reports -mindepth 1 -not -name made.jsonl -delete; fi
	@if [ -s reports/made.jsonl ]; then echo "kept: reports/made.jsonl, the bookings made at live platforms (bookingflow sweep)"; else rm -rf reports; fi
