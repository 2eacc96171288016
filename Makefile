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

bench: $(VENV)/.installed
	$(BIN)/python -m benchmarks

$(VENV)/.installed: setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info
