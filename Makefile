# Mindgap: `make demo` shows it at work, `make test` runs every test. Both make their own .venv first.

PYTHON ?= python3
VENV   ?= .venv
ROOT   ?= .
BIN    := $(VENV)/bin

.PHONY: help demo test lint bench quality reproduce clean
.DEFAULT_GOAL := help

help: ## Say what each target does
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

demo: $(VENV)/.demo ## Index a folder (ROOT=…) and answer a few queries, or your own (Q="…")
	$(BIN)/mindgap index --root "$(ROOT)"
ifdef Q
	$(BIN)/mindgap search --root "$(ROOT)" --limit 5 -- "$(Q)" || [ $$? -eq 3 ] # 3: nothing fits
else
	$(BIN)/mindgap search --root "$(ROOT)" --limit 3 "split an identifier into words"
	$(BIN)/mindgap search --root "$(ROOT)" --limit 3 "which files does git ignore"
	printf 'for each row: int8 = round(row * 127 / largest absolute value)\nreturn rows\n' \
		| $(BIN)/mindgap search --root "$(ROOT)" --limit 3 -
endif

test: $(VENV)/.test ## Run all tests (installs a CPU-sized torch where the platform offers one)
	$(BIN)/python -m pytest

lint: $(VENV)/.test ## Formatting, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports

bench: $(VENV)/.test ## Measure indexing and search over published packages, or a folder (ROOT=…)
	$(BIN)/python -m benchmarks.speed $(if $(filter-out .,$(ROOT)),--folder "$(ROOT)")

quality: $(VENV)/.demo ## Measure how well it finds things, on the sets that are here (BENCH=… DATA=… ARGS=…)
	$(BIN)/python -m benchmarks.quality $(if $(BENCH),--bench "$(BENCH)") $(if $(DATA),--data "$(DATA)") \
		$(ARGS)

reproduce: $(VENV)/.test ## Run the experiments in training/experiments.toml over the public sets (DATA=…)
	OMP_WAIT_POLICY=PASSIVE $(BIN)/mindgap train reproduce "$(DATA)"

clean: ## Remove the virtual environment and everything that was built
	rm -rf $(VENV) build dist *.egg-info

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Mindgap needs Python 3.11 or newer; set PYTHON=python3.12, for example.")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.test: pyproject.toml scripts/install_torch.py | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	$(BIN)/python scripts/install_torch.py
	touch $(VENV)/.demo $@
