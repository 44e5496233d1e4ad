# Everything a change must pass, in the order in which it fails fastest. `pytest` runs the tests.
# The environment of the README where there is one, else the Python that is active.
PYTHON ?= $(if $(wildcard .venv/bin/python),.venv/bin/python,python)

.PHONY: check format lint types imports docs locks lock faults screens bench

check: format lint types imports docs locks

format:
	$(PYTHON) -m ruff format --check .

lint:
	$(PYTHON) -m ruff check .

types:
	$(PYTHON) -m pyright --pythonpath "$$($(PYTHON) -c 'import sys; print(sys.executable)')"

imports:
	$(PYTHON) -c "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"

# The documents may name only files, folders and tests that exist.
docs:
	$(PYTHON) -m tools.doc_paths

# The lock files must satisfy pyproject.toml, carry hashes and name no index.
locks:
	$(PYTHON) -m tools.locks --check

# Write the lock files again, with the newest versions.
lock:
	$(PYTHON) -m tools.locks

# Every storm that ever failed, then new ones, for as long as one likes: make faults RUNS=1000 DATABASE=sqlite SEED=1.
# PostgreSQL needs TEST_DATABASE_URL. ARGS takes any other option of `python -m tests.faults --help`.
RUNS ?= 20
DATABASE ?= both
PARALLEL ?= 1

faults:
	$(PYTHON) -m pytest -m storm tests/faults
	$(PYTHON) -m tests.faults --runs $(RUNS) --database $(DATABASE) --parallel $(PARALLEL) $(if $(SEED),--seed $(SEED)) $(ARGS)

# Pictures of cards, forms and pages at two widths, in artifacts/screens: whoever changes how something looks opens them.
screens:
	rm -rf artifacts/screens
	$(PYTHON) -m pytest -n 0 -m screens tests/browser

# Easel beside the shortest bot that does the same, on Linux: make bench RUNS=3 ROWS=crowd,burst. The table is printed, JSON
# and a picture go to artifacts/bench. PostgreSQL needs TEST_DATABASE_URL. ARGS takes any other option of
# `python -m benchmarks --help`.
bench: RUNS = 5
bench:
	$(PYTHON) -m benchmarks --runs $(RUNS) $(if $(ROWS),--rows $(ROWS)) $(ARGS)
