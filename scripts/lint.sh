#!/bin/sh
# What can be said without running the program, cheapest first.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/.venv/bin:$PATH

echo "== ruff format --check"
ruff format --check --quiet .
echo "== ruff check"
ruff check .
echo "== lint-imports"
lint-imports
echo "== mypy"
mypy
mypy --allow-untyped-defs plugins/*.py
