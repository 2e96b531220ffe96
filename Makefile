# Each target starts from nothing and does no work twice. See CONTRIBUTING.md.

.PHONY: setup setup-test demo test soak lint bench docs commands pictures

setup:
	@scripts/setup.sh

setup-test:
	@scripts/setup.sh --test

# A window with real images; without a display, screenshots in demo-screenshots/.
demo: setup
	@.venv/bin/nora demo $(ARGS)

lint: setup
	@scripts/lint.sh

test: setup-test
	@scripts/lint.sh
	@scripts/test.sh

# Kill tests, fuzzing and property tests with all their rounds: hours.
soak: setup-test
	@scripts/test.sh --soak --timeout=7200

bench: setup-test
	@.venv/bin/python benchmarks/report.py $(ARGS)

docs: setup
	@NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --strict --quiet
	@echo "docs: open site/index.html"

# Write the page of all commands anew, from the program.
commands: setup
	@.venv/bin/python scripts/write_commands.py >docs/commands.md

# Make the pictures of README and docs anew, by the program itself.
pictures: setup
	@scripts/pictures.sh
