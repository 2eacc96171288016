PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: run demo test live bench clean

run: $(VENV)/.installed
	$(BIN)/whisperpage serve

demo: $(VENV)/.installed
	$(BIN)/whisperpage demo

test: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest

live: $(VENV)/.installed
	$(BIN)/pytest -m live tests/contract tests/live

bench: $(VENV)/bench/.installed
	$(VENV)/bench/bin/python -m benchmarks $(BENCH)

$(VENV)/.installed: setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@

# An environment of its own: Genesis, beside which events are measured, wants other versions of rich.
$(VENV)/bench/.installed: setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)/bench
	$(VENV)/bench/bin/pip install --quiet --editable '.[dev,benchmark]'
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info
