# Everything a newcomer needs: `make demo` and `make test`. `make` alone lists the targets.
PY := .venv/bin/python
CHECKED := arviz tests scripts examples assets calibration cli.py

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all lint bench docs gallery assets clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup:  ## system libraries, .venv, all packages (instant when nothing changed)
	@scripts/setup

demo: setup  ## convert the demo products, furnish a room, try glasses on, print what came out
	@$(PY) scripts/demo.py

lint: setup  ## ruff format, ruff, mypy, import-linter
	@$(PY) -m ruff format --check -q $(CHECKED)
	@$(PY) -m ruff check -q $(CHECKED)
	@$(PY) -m mypy --no-error-summary
	@.venv/bin/lint-imports --no-logo --cache-dir .cache/import-linter

test: lint  ## all checks and tests (about ten minutes on two cores)
	@scripts/setup validator
	@scripts/test-plain
	@scripts/test

test-all: lint  ## the same with the slow tests
	@scripts/setup validator
	@scripts/test-plain
	@scripts/test --slow

bench: setup  ## measure against the named references, write docs/benchmarks.md
	@$(PY) -m tests.bench.run

docs:  ## write docs/reference and the gallery's page from the code, build the website in out/site
	@scripts/setup docs
	@$(PY) scripts/reference.py
	@$(PY) -m scripts.openapi
	@$(PY) scripts/gallery.py page
	@$(PY) scripts/website.py

gallery: setup  ## run every command of the gallery, draw docs/images again
	@PYTHONPATH=. $(PY) scripts/gallery.py

assets: setup  ## make the demo products and environments again
	@for script in assets/make/[a-z]*.py; do echo "$$script"; $(PY) "$$script" || exit 1; done

clean:  ## remove what make made: .venv, caches, builds
	rm -rf .venv .cache build dist out *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
