# `make book` builds the site, `make test` runs everything. Each sets up .venv first.

PYTHON ?= python3
VERSIONS := 3.13 3.12 3.11
BIN := .venv/bin

# What is installed elsewhere for other work has no place here.
unexport PYTHONPATH PYTHONHOME

.PHONY: help book test test-site pdf notebooks bench bench-training race shapes tuning mutants serve lint format lock upgrade setup clean
.DEFAULT_GOAL := help

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z -]+:.*## / {printf "  make %-20s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

book: setup ## Build the site into _build/html
	$(BIN)/python book/_ext/build.py

test: setup ## Run every test and replay every notebook
	$(BIN)/pytest --nbval

test-site: book ## Build the site and look at every page in Chromium (which has to be installed)
	$(BIN)/pytest --dist=worksteal tests/site

pdf: book ## Build the site, and the book as one PDF beside it (needs Chromium)
	$(BIN)/python book/_ext/pdf.py

notebooks: setup ## Execute the chapters that changed and write their notebooks
	$(BIN)/python book/_ext/notebooks.py

bench: setup ## Time every function and optimizer against Keras
	$(BIN)/python -m companion.verification.speed

bench-training: setup ## Time an epoch of training.fit against Keras, JAX and PyTorch
	$(BIN)/python tests/training_peers

race shapes tuning: setup ## Record these runs where they are missing (they can be interrupted)
	$(BIN)/python -m companion.experiments $@

mutants: setup ## Put small faults into the companion and see that tests notice (SAMPLE=20: only 20)
	$(BIN)/python tests/mutants.py $(if $(SAMPLE),--sample $(SAMPLE))

serve: book ## Build the site and show it on http://localhost:8000
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html 8000

lint: setup ## Check style and the obvious mistakes
	$(BIN)/ruff check

format: setup ## Mend what `make lint` can mend by itself
	$(BIN)/ruff check --fix

# Universal: one file for every system and every Python in VERSIONS. No address is written into it.
COMPILE = $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--fork-strategy fewest --generate-hashes --extra cpu --extra book \
	--extra test --extra browser --custom-compile-command "make lock" --output-file requirements.lock

lock: setup ## Write requirements.lock anew after a change of pyproject.toml
	$(COMPILE)

upgrade: setup ## The same, with the newest release of everything
	$(COMPILE) --upgrade

# PYTHON, or the first of $(VERSIONS) that really runs: what stands in the PATH may be a version
# manager's stub.
setup: ## Make .venv from requirements.lock (the others do this by themselves)
	@for python in "$(PYTHON)" $(VERSIONS:%=python%); do \
	  version=$$("$$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) \
	    || continue; \
	  case " $(VERSIONS) " in *" $$version "*) exec "$$python" bootstrap.py;; esac; \
	  found="$$found $$python ($$version)"; \
	done; \
	exec >&2; \
	echo "This book runs on Python $(VERSIONS:%=%,) as TensorFlow does. Found:$${found:- none}."; \
	echo "Install one of them, or say where it is: make book PYTHON=/path/to/python3.12"; \
	exit 1

clean: ## Remove the built site and the caches (.venv and notebooks stay)
	rm -rf _build .pytest_cache .ruff_cache
