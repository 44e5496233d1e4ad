# Everything a change must pass, in the order in which it fails fastest. `pytest` runs the tests.
# The environment of the README where there is one, else the Python that is active.
PYTHON ?= $(if $(wildcard .venv/bin/python),.venv/bin/python,python)

.PHONY: check format lint types imports docs locks dashboards lock image sbom container faults screens bench

check: format lint types imports docs locks dashboards

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

# Dashboard and alerts must be those of the list of metrics.
dashboards:
	$(PYTHON) -m tools.dashboards --check

# Write the lock files again, with the newest versions.
lock:
	$(PYTHON) -m tools.locks

# The image of the Dockerfile, by Docker or Podman, and the proof that it runs as it is operated. Where no registry of
# images can be reached: make container DEBIAN_BASE=1, as root and with mmdebstrap.
image:
	$(PYTHON) -m tools.image $(if $(DEBIAN_BASE),--debian-base)

# What is in the image, by licence; the bill of materials (CycloneDX) is dist/easel.cdx.json.
sbom:
	$(PYTHON) -m tools.sbom

container: image sbom
	$(PYTHON) -m pytest -v -n 0 -m container tests/container

# Every storm that ever failed, then new ones, for as long as one likes: make faults RUNS=1000 DATABASE=sqlite SEED=1.
# PostgreSQL needs TEST_DATABASE_URL. ARGS takes any other option of `python -m tests.faults --help`.
RUNS ?= 20
DATABASE ?= both
PARALLEL ?= 1

faults:
	$(PYTHON) -m pytest -m storm tests/faults
	$(PYTHON) -m tests.faults --runs $(RUNS) --database $(DATABASE) --parallel $(PARALLEL) $(if $(SEED),--seed $(SEED)) $(ARGS)

# Pictures of cards, forms and pages at two widths, in artifacts/screens: open them after changing how something looks.
screens:
	rm -rf artifacts/screens
	$(PYTHON) -m pytest -n 0 -m screens tests/browser

# Easel beside the shortest bot that does the same, on Linux: make bench RUNS=3 ROWS=crowd,burst. The table is printed, JSON
# and a picture go to artifacts/bench. PostgreSQL needs TEST_DATABASE_URL. ARGS takes any other option of
# `python -m benchmarks --help`.
bench: RUNS = 5
bench:
	$(PYTHON) -m benchmarks --runs $(RUNS) $(if $(ROWS),--rows $(ROWS)) $(ARGS)
