# The commands of daily work. `make` alone lists them.
PORT ?= 8000
PY = .venv/bin/python
export PYTHON
# Copies of the first group's README that are kept beside the checkout are held to the same facts as the shipped one.
export READMES_TO_CHECK ?= $(wildcard ../*/data/diffusion-reading-group-README.md)

# npm writes into its lock where each author asks for donations: a lock names no host.
define WITHOUT_HOSTS
import json, pathlib
lock = pathlib.Path("package-lock.json")
content = json.loads(lock.read_text())
for package in content["packages"].values():
    package.pop("funding", None)
lock.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
endef
export WITHOUT_HOSTS

.DEFAULT_GOAL := help
.PHONY: help install serve dev test check lint format lock schema screenshots audit

help:  ## list these commands
	@sed -n 's/^\([a-z]*\):[^#]*##  *\(.*\)/make \1 | \2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; \
		do printf '%-14s %s\n' "$$name" "$$what"; done

install:  ## make .venv with everything development needs, and .env where there is none
	@./install.sh

serve: install  ## the site at http://127.0.0.1:8000/ (another port: make serve PORT=8001)
	@exec $(PY) manage.py serve --port $(PORT)

dev: install  ## the same with DEBUG on, reloading on every change
	@exec $(PY) manage.py serve --dev --port $(PORT)

test: check  ## every check, then the tests
	$(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder

check: install  ## lint, and what Django can say about models, migrations and a deployment
	@$(MAKE) --no-print-directory -j 2 $(LINT) migrations deployment

lint: install  ## ruff, mypy, import-linter, djade
	@$(MAKE) --no-print-directory -j 2 $(LINT)

# Two at a time; mypy, which takes longest, first.
LINT = types style floors templates_in_form
.PHONY: $(LINT) migrations deployment
types:
	.venv/bin/mypy

style:
	.venv/bin/ruff check
	.venv/bin/ruff format --check

floors:
	.venv/bin/lint-imports

templates_in_form:
	find templates -name '*.html' -exec .venv/bin/djade --target-version 6.1 --check {} +

migrations:
	$(PY) manage.py makemigrations --check --dry-run

deployment:
	ENV_FILE=/dev/null DEBUG=off ALLOWED_HOSTS=example.org SITE_URL=https://example.org \
		SECRET_KEY="$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(60))')" \
		$(PY) manage.py check --deploy --fail-level WARNING

format: install  ## put code and templates into their form
	.venv/bin/ruff check --fix
	.venv/bin/ruff format
	find templates -name '*.html' -exec .venv/bin/djade --target-version 6.1 {} +

schema: install  ## write docs/document.schema.json anew from the code
	$(PY) manage.py export_fixtures --schema --output docs/document.schema.json

screenshots: install  ## pictures of every page and state into screenshots/, and the README's own into docs/images/
	$(PY) docs/screenshots.py

audit: install  ## what Lighthouse says of the main pages (needs Chromium and Node; some minutes)
	$(PY) bench/audit.py

lock: install  ## write requirements*.txt and package-lock.json anew from pyproject.toml and package.json
	.venv/bin/uv pip compile pyproject.toml --universal --generate-hashes --no-header -q -o requirements.txt
	.venv/bin/uv pip compile pyproject.toml --universal --generate-hashes --no-header -q \
		--group dev -c requirements.txt -o requirements-dev.txt
	if command -v npm >/dev/null; then npm install --package-lock-only --omit-lockfile-registry-resolved --silent && \
		$(PY) -c "$$WITHOUT_HOSTS"; fi
