# make demo   show what Gradus does, offline, on this machine (two minutes after installing)
# make test   the default tests
# make check  format, lint, types, import contract, tests, docs: the line that CI runs
# make model  train the English pipeline again that comes with the package (needs DATA; half an hour)
# make bench  Gradus beside its peers, as quoted in docs/benchmarks.md (long)
#
# Every target first makes .venv, and makes it again when pyproject.toml or constraints.txt change.
# Needs Python 3.11 or later; name another one with: make PYTHON=/path/to/python

VENV ?= .venv
BIN := $(VENV)/bin
CANDIDATES := python3.11 python3.12 python3.13 python3 python
PYTHON ?= $(shell for p in $(CANDIDATES); do \
	if $$p -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	then echo $$p; break; fi; done)
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
BENCHES ?= $(filter-out bench/_%,$(wildcard bench/*.py))

.DEFAULT_GOAL := help
# the folder of treebanks, entities and raw text that the English pipeline is made of
DATA ?= $(or $(GRADUS_DATA),../shared/data)
EWT := $(DATA)/ud/en-ewt-2.5/en_ewt-ud
UNER := $(DATA)/ner/uner-en-ewt
MODEL := src/gradus/models/en

.PHONY: help demo test check format lint types contract tests docs model bench clean

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

demo: $(VENV)/.ready
	$(BIN)/gradus demo

test: tests

check: lint types contract tests docs

format: $(VENV)/.ready-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(VENV)/.ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.ready-dev
	$(BIN)/mypy

contract: $(VENV)/.ready-dev
	$(BIN)/lint-imports --no-logo

tests: $(VENV)/.ready-dev
	$(BIN)/pytest -n 2

docs: $(VENV)/.ready-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

model: $(VENV)/.ready
	$(BIN)/gradus pipeline train --treebank $(EWT)-train.conllu.xz --dev $(EWT)-dev.conllu.xz \
		--ner $(UNER)/train.iob2.xz --ner-dev $(UNER)/dev.iob2.xz \
		--text $(DATA)/text/wiki-en-21m.txt.xz -o $(MODEL) --force --jobs 2 --seed 1 \
		--set analyzer.max_vectors=4000 --set entities.max_vectors=4000 \
		--about name=en --about language=English \
		--about "data=UD English-EWT 2.5 (train), Universal NER English-EWT (train), \
	vectors of 21 million words of the English Wikipedia of 2015" \
		--about "licence=CC BY-SA 4.0"

bench: $(VENV)/.ready-dev
	@for script in $(BENCHES); do echo "== $$script"; $(BIN)/python $$script || exit 1; done

clean:
	rm -rf site build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "no Python 3.11 or later found; name one: make PYTHON=/path/to/python" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# what a user needs
$(VENV)/.ready: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP_INSTALL) -e .
	@touch $@

# and what a developer needs on top
$(VENV)/.ready-dev: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP_INSTALL) -e '.[dev]'
	@touch $@ $(VENV)/.ready
