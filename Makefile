# make run   serves http://127.0.0.1:8000        make test   runs the whole suite
.DEFAULT_GOAL := run
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test check bench bench-page bench-reader bench-search lock

run: $(VENV)/.runtime
	@$(BIN)/python manage.py serve

test: $(VENV)/.dev
	@$(BIN)/python -m tests.run

check: $(VENV)/.dev
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

bench: $(VENV)/.dev
	@$(BIN)/python -m bench.councils $(ARGS)

bench-page: $(VENV)/.dev
	@$(BIN)/python -m bench.page $(ARGS)

bench-reader: $(VENV)/.dev
	@$(BIN)/python -m bench.reader $(ARGS)

bench-search: $(VENV)/.dev
	@$(BIN)/python -m bench.search $(ARGS)

# The stamp is the lock file itself: a changed lock installs again, an unchanged one costs nothing.
$(VENV)/.runtime: requirements/runtime.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what the server needs (once) …"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	@cp requirements/runtime.txt $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	@echo "Installing what the tests need (once) …"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@cp requirements/dev.txt $@

lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" requirements/runtime.in -o requirements/runtime.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" requirements/dev.in -o requirements/dev.txt
