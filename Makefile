# make demo   install what is missing, then look at live traffic on a TAP of its own
# make test   install what is missing, then run every test

ARGS ?=
BIN := .venv/bin
JOBS ?= auto
export PATH := $(PATH):/usr/sbin:/sbin

.PHONY: demo test lint types contracts wheel bench screenshots clean run-setup dev-setup bench-setup

demo: run-setup
	@exec $(BIN)/tapscope demo $(ARGS)

test: dev-setup
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

lint: dev-setup
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

types: dev-setup
	@$(BIN)/mypy

contracts: dev-setup
	@$(BIN)/lint-imports --no-logo

# From the sdist, so that what is published is complete; then used from an empty environment.
wheel: dev-setup
	@rm -rf dist
	@$(BIN)/python -m build --outdir dist
	@.ci/try-wheel dist/*.whl

# All of them, or those that ARGS names: make bench ARGS="open memory"
bench: bench-setup
	@$(BIN)/python tests/bench $(ARGS)

screenshots: dev-setup
	@TAPSCOPE_REDRAW=1 $(BIN)/python -m pytest -q tests/ui/test_screenshots.py

clean:
	@rm -rf .venv dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

run-setup:
	@.ci/setup run

dev-setup:
	@.ci/setup dev

bench-setup: dev-setup
	@.ci/setup bench
