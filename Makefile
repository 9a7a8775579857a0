# Each target sets up by itself what it needs (packaging/setup); a second run starts in seconds.
SHELL := /bin/bash
BIN := .venv/bin
PACKAGES := rules db hardware station desktop kiosk display counter cli assets
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup demo test soak lint bench format coverage lock

help: ## Show these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 18

setup: ## System packages, virtual environment, everything locked
	@packaging/setup

demo: setup ## One visitor through kiosk, printer, call pad and hall display; pictures in demo-output/
	@$(BIN)/anjungan demo

test: lint ## Lint, types, import contracts and all tests, on SQLite and PostgreSQL
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup

soak: setup ## The tests of crashes and of the model for hours: 5,000 kills and more
	SOAK=1 $(BIN)/pytest -m soak -s

lint: setup ## Ruff, mypy, import contracts, contents of the wheel
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(PACKAGES) tests
	$(BIN)/lint-imports
	@packaging/check-wheel

bench: setup ## Measure store, feed and windows against a bare transaction on this machine
	$(BIN)/python -m tests.benchmarks.run

format: setup ## Put the code in the shape that lint asks for
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

coverage: setup ## All tests with a report of the lines that none of them runs
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup --cov --cov-report term

lock: setup ## Write requirements.lock anew from pyproject.toml
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --no-emit-index-url --upgrade -q \
		-o requirements.lock
