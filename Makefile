PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DIST ?= dist

# From the index comes what requirements/ names, and no file that it does not know by its hash. greenswitch is there as
# source alone: setuptools, which builds it and this project, is one of those files and is installed first.
INSTALL := install --quiet --require-hashes --no-build-isolation --only-binary :all: --no-binary greenswitch

# setup.cfg says which versions will do, and requirements/ which are taken. `make lock` takes others only where it must;
# `make lock UPGRADE=--upgrade` takes the newest.
COMPILE = $(VENV)/lock/bin/uv pip compile --no-config --quiet --universal --python-version 3.11 --generate-hashes \
	--fork-strategy fewest --no-emit-index-url --custom-compile-command 'make lock' $(UPGRADE)

.PHONY: run demo test live bench pictures dist lock clean

run: $(VENV)/.runs
	$(BIN)/whisperpage serve

demo: $(VENV)/.runs
	$(BIN)/whisperpage demo

# The tests start hundreds of programs in Python, which must not compile all modules each time. While mypy uses one core,
# the other one compiles the tests, once for all processes of pytest.
test: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pytest --ignore tests/live --collect-only -q >/dev/null & $(BIN)/mypy; status=$$?; wait; exit $$status
	$(BIN)/pytest --ignore tests/live -n 4 --dist loadfile --no-loadscope-reorder

live: $(VENV)/.installed
	$(BIN)/pytest -m live tests/contract tests/live

bench: $(VENV)/bench/.installed
	$(VENV)/bench/bin/python -m benchmarks $(BENCH)

pictures: $(VENV)/.draws
	$(BIN)/python -m pictures $(PICTURES)

# The source archive and, built from it, the wheel: of one commit they are the same to the byte, wherever they are made.
dist: export SOURCE_DATE_EPOCH ?= $(shell git log --max-count=1 --format=%ct 2>/dev/null || date +%s)
dist: $(VENV)/.installed
	rm -rf $(DIST)
	$(BIN)/python -c 'from setuptools import build_meta; build_meta.build_sdist("$(DIST)/loose")' >/dev/null
	cd $(DIST)/loose && tar --extract --gzip --file *.tar.gz && tar --create --sort=name --mtime=@$$SOURCE_DATE_EPOCH \
		--owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX */ | gzip --no-name >../$$(echo *.tar.gz)
	rm -r $(DIST)/loose
	umask 022 && $(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir $(DIST) $(DIST)/*.tar.gz

# What the program needs, without what its development needs.
$(VENV)/.runs: setup.cfg pyproject.toml requirements/build.txt requirements/image.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or later is needed; $(PYTHON) is not. Name one: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) cannot make a virtual environment: install its package venv (apt install python3-venv)." >&2; \
		exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip $(INSTALL) --requirement requirements/build.txt
	$(BIN)/pip $(INSTALL) --requirement requirements/image.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.installed: $(VENV)/.runs requirements/dev.txt
	$(BIN)/pip $(INSTALL) --requirement requirements/dev.txt
	touch $@

$(VENV)/.draws: $(VENV)/.installed requirements/pictures.txt
	$(BIN)/pip $(INSTALL) --requirement requirements/pictures.txt
	touch $@

lock: $(VENV)/lock/bin/uv
	sed -n 's/^requires = \["\(.*\)"\]$$/\1/p' pyproject.toml | $(COMPILE) - --output-file requirements/build.txt
	$(COMPILE) setup.cfg --extra dev --output-file requirements/dev.txt
	$(COMPILE) setup.cfg --extra postgresql --extra mysql --constraint requirements/dev.txt \
		--output-file requirements/image.txt
	$(COMPILE) setup.cfg --extra pictures --constraint requirements/dev.txt --output-file requirements/pictures.txt

$(VENV)/lock/bin/uv:
	$(PYTHON) -m venv $(VENV)/lock
	$(VENV)/lock/bin/pip install --quiet --only-binary :all: uv==0.13.9

# An environment of its own: Genesis, beside which events are measured, wants other versions of rich.
$(VENV)/bench/.installed: setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)/bench
	$(VENV)/bench/bin/pip install --quiet --editable '.[dev,benchmark]'
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info
