# The verbs of the repository. Each installs what it needs; a second run installs nothing.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet --quiet

.PHONY: demo test check bench soak fuzz format constraints pictures clean

demo: $(VENV)/.installed        ## install, then decide real cases and tell the story
	$(BIN)/remit demo

test: $(VENV)/.installed-dev    ## install, then run the tests; many of them wait for processes: 3 keep 2 cores busy
	$(BIN)/python -m pytest -q -n 3

check: $(VENV)/.installed-dev   ## the one gate: format, lint, types, import contracts, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test

bench: $(VENV)/.installed-dev   ## measure against the floors; writes eval/RESULTS.md
	$(BIN)/remit bench --write eval/RESULTS.md

soak: $(VENV)/.installed-dev    ## the long runs: more kills, more rows
	REMIT_SOAK=1 $(BIN)/python -m pytest -q -m 'soak or slow' -n 2

fuzz: $(VENV)/.installed-dev    ## schemathesis over the API, on SQLite and PostgreSQL, REMIT_FUZZ_SECONDS for each run; parsers; raw HTTP
	REMIT_SOAK=1 $(BIN)/python -m pytest -q -m soak tests/security

pictures: $(VENV)/.installed-dev ## take the pictures of docs/images; weigh every page into eval/RESULTS-web.md
	$(BIN)/python -m tests.browser.pictures

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

constraints:                    ## pin anew what is installed in $(VENV)
	@( echo "# Every version that Remit is built and tested with. Use: pip install -c constraints.txt remit"; \
	   echo '# Made with `make constraints`.'; \
	   $(BIN)/pip freeze --exclude-editable | grep -v '^remit' | sed 's/+cpu$$//' ) > constraints.txt

$(VENV)/.installed: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo 'Installing what is pinned in constraints.txt; this takes a few minutes.'
	@$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo 'Installing what is pinned in constraints.txt; this takes a few minutes.'
	@$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) demo-home .mypy_cache .ruff_cache .pytest_cache .hypothesis
