# Mindgap: `make demo` shows it at work, `make test` runs every test. Both make their own .venv first.

PYTHON ?= python3
VENV   ?= .venv
ROOT   ?= .
INPUTS ?= 100000
FIRST  ?= 2000
BIN    := $(VENV)/bin
CLIENT := vscode-client
# The Pythons that the packaged extension carries compiled packages for.
PYTHONS ?= 3.11 3.12 3.13 3.14

.PHONY: help demo test nightly audit lint client vsix e2e bench quality reproduce clean
.DEFAULT_GOAL := help

help: ## Say what each target does
	@grep -hE '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9]+):.*## /  make \1\t/' | expand -t 16

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

nightly: $(VENV)/.test ## What takes hours: 100,000 bad inputs a target (INPUTS=…, FIRST=…), kill storm, hammer
	$(BIN)/python -m pytest -m nightly
	MINDGAP_FUZZ_INPUTS=$(INPUTS) MINDGAP_FUZZ_FIRST=$(FIRST) $(BIN)/python -m pytest tests/fuzz

audit: $(VENV)/.demo ## Compare all packages with published advisories; exit code 2 where there is no network
	$(BIN)/python scripts/audit.py

lint: $(VENV)/.test ## Formatting, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports

client: $(CLIENT)/node_modules/.ready ## Check and test the VS Code extension, without VS Code
	npm --prefix $(CLIENT) run --silent check
	npm --prefix $(CLIENT) test --silent

vsix: $(VENV)/.demo $(CLIENT)/node_modules/.ready ## Package the VS Code extension with its server (PYTHONS="3.12") into dist/
	$(BIN)/python scripts/bundle_server.py $(PYTHONS)
	mkdir -p dist
	cd $(CLIENT) && node build.mjs && npx --no-install vsce package --no-dependencies --allow-missing-repository \
		--readme-path dist/README.md --no-rewrite-relative-links \
		--allow-package-all-secrets --allow-package-env-file \
		--target "$$(node -p 'process.platform + "-" + process.arch')" --out ../dist/mindgap.vsix

e2e: $(VENV)/.demo $(CLIENT)/node_modules/.ready ## Drive the packaged extension in a real VS Code with a headless Chromium
	PYTHON="$(abspath $(BIN))/python" scripts/e2e.sh

bench: $(VENV)/.test ## Measure indexing and search over published packages, or a folder (ROOT=…)
	$(BIN)/python -m benchmarks.speed $(if $(filter-out .,$(ROOT)),--folder "$(ROOT)")

quality: $(VENV)/.demo ## Measure how well it finds things, on the sets that are here (BENCH=… DATA=… ARGS=…)
	$(BIN)/python -m benchmarks.quality $(if $(BENCH),--bench "$(BENCH)") $(if $(DATA),--data "$(DATA)") \
		$(ARGS)

reproduce: $(VENV)/.test ## Run the experiments in training/experiments.toml over the public sets (DATA=…)
	OMP_WAIT_POLICY=PASSIVE $(BIN)/mindgap train reproduce "$(DATA)"

include training/models.mk

clean: ## Remove the virtual environment and everything that was built
	rm -rf $(VENV) build dist *.egg-info

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Mindgap needs Python 3.11 or newer; set PYTHON=python3.12, for example.")'
	$(PYTHON) -m venv $(VENV)

$(CLIENT)/node_modules/.ready: $(CLIENT)/package-lock.json
	npm --prefix $(CLIENT) ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

$(VENV)/.demo: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.test: pyproject.toml scripts/install_torch.py | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	$(BIN)/python scripts/install_torch.py
	touch $(VENV)/.demo $@
