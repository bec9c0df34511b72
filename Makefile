# The door for developers: what CI calls is the same.
.PHONY: demo test lint sim bench fuzz docs install

CARGO ?= cargo
PREFIX ?= /usr/local

demo: ## one invoice, one injected instruction, one revocation, told step by step on the real path; JSON=1 for lines
	$(CARGO) run --quiet --profile demo --locked -p bailiwick -- demo $(if $(JSON),--json)

test: ## all suites that this machine can run; names what it skips and why
	sh suites/run.sh

lint: ## format, clippy, vectors that a second program makes, the tidy checks
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	python3 vectors/make.py --check
	python3 suites/tidy.py

sim: ## mutants that must be seen, then the simulation for ever; SEED=N runs one seed again
	$(if $(SEED),,$(CARGO) run --profile demo -p bailiwick-sim -- --mutants)
	$(CARGO) run --profile demo -p bailiwick-sim --$(if $(SEED), --seed $(SEED))

bench: ## figures of ours beside references, in one run; writes target/bench.json
	$(CARGO) run --release --locked -p bailiwick-bench

fuzz: ## a minute of each parser of outside bytes (nightly, cargo-fuzz)
	cd fuzz && for target in $$(cargo +nightly fuzz list); do cargo +nightly fuzz run $$target -- -max_total_time=60 || exit 1; done

docs: ## what rustdoc says
	$(CARGO) doc --workspace --no-deps

install: ## build with all optimisation and put the binary into PREFIX/bin
	$(CARGO) build --release --locked -p bailiwick
	install -D target/release/bailiwick $(DESTDIR)$(PREFIX)/bin/bailiwick
