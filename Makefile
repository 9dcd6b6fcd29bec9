# Everything a newcomer needs; `make help` lists it.
.DEFAULT_GOAL := help
.PHONY: help run test proof bench check words

# The machine's Node.js, else the one that deploy/install.sh put into .venv.
NODE := PATH="$(PATH):$(CURDIR)/.venv/bin" node

help: ## This list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 8

run: ## Install what is missing and serve on http://127.0.0.1:8000 (PORT=… for another); Ctrl-C stops
	@deploy/install.sh run
	@exec .venv/bin/mapservice up

test: ## Install what the tests need and run all of them; what failed runs once more, alone
	@deploy/install.sh test
	$(if $(wildcard tests/js/*.test.js),$(NODE) --test --test-reporter=dot tests/js/*.test.js)
	.venv/bin/pytest -n 2 --dist loadscope --no-loadscope-reorder || { [ $$? -eq 1 ] && \
	  echo "Once more, alone, what failed beside others:" && .venv/bin/pytest --last-failed --maxfail=5; }

proof: ## The long forms of tests marked `proof`: full rounds of races, every payload
	@deploy/install.sh test
	.venv/bin/pytest -m proof --proof -ra

bench: SIZE ?= 20000
bench: WHAT ?= layers
bench: ## Measure WHAT=layers (against PostgreSQL alone; SIZE=200000 needs), WHAT=imports or WHAT=matching (LARGE=1, ONLY=solver|database)
	@deploy/install.sh bench
	.venv/bin/python -m tests.bench.$(WHAT) $(if $(filter layers,$(WHAT)),--size $(SIZE)) \
	  $(if $(filter matching,$(WHAT)),$(if $(LARGE),--large) $(if $(ONLY),--only $(ONLY)))

words: ## Bring the English catalogue up to date with the texts of pages and scripts
	@deploy/install.sh check
	@PYTHONPATH=. .venv/bin/python deploy/messages.py

check: ## Style, import contracts, templates, JavaScript
	@deploy/install.sh check
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports
	.venv/bin/djlint --lint --quiet templates
	@for file in $$(find static/js tests/js -name '*.js'); do $(NODE) --check "$$file" || exit 1; done
