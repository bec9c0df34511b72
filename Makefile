# The door for developers: what CI calls is the same.
.PHONY: demo test lint style sim bench agentdojo agentdojo-live fuzz docs install uninstall

CARGO ?= cargo
PREFIX ?= /usr/local
# where cargo puts what it builds, and where shells look for completions
BUILT = $(or $(CARGO_TARGET_DIR),target)
INTO = $(DESTDIR)$(PREFIX)
INSTALLED = bin/bailiwick share/bash-completion/completions/bailiwick share/zsh/site-functions/_bailiwick \
	share/fish/vendor_completions.d/bailiwick.fish

demo: ## one invoice, one injected instruction, one revocation, told step by step on the real path; JSON=1 for lines
	@$(CARGO) build --profile demo --locked -p bailiwick
	@$(BUILT)/demo/bailiwick demo $(if $(JSON),--json)

test: ## all suites that this machine can run; names what it skips and why
	sh suites/run.sh

lint: style ## style, and clippy
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

style: ## format, vectors that a second program makes, the tidy checks
	$(CARGO) fmt --all --check
	python3 vectors/make.py --check
	python3 suites/tidy.py

sim: ## mutants that must be seen, then the simulation for ever; SEED=N runs one seed again
	$(if $(SEED),,$(CARGO) run --profile demo -p bailiwick-sim -- --mutants)
	$(CARGO) run --profile demo -p bailiwick-sim --$(if $(SEED), --seed $(SEED))

bench: ## figures of ours beside references, in one run; writes target/bench.json
	$(CARGO) build --release --locked -p bailiwick -p bailiwick-bench
	$(CARGO) run --release --locked -p bailiwick-policy --example slice -- --json > target/bench-policy.jsonl
	$(BUILT)/release/bailiwick-bench --with target/bench-policy.jsonl --out target/bench.json

agentdojo: ## recorded attacks through a real node; writes target/agentdojo.json
	$(CARGO) run --release --locked -p bailiwick-agentdojo

agentdojo-live: ## AgentDojo's own environments behind a real node, judged by its own checks; ARGS="--suite NAME --tasks N" bounds it
	sh bench/agentdojo/live/run.sh $(ARGS)

fuzz: ## a minute of each parser of outside bytes (nightly, cargo-fuzz)
	cd fuzz && for target in $$(cargo +nightly fuzz list); do cargo +nightly fuzz run $$target -- -max_total_time=60 || exit 1; done

docs: ## what rustdoc says
	$(CARGO) doc --workspace --no-deps

install: ## build with all optimisation and put the binary and its completions under PREFIX
	$(CARGO) build --release --locked -p bailiwick
	install -D -m 755 $(BUILT)/release/bailiwick $(INTO)/bin/bailiwick
	install -d $(INTO)/share/bash-completion/completions $(INTO)/share/zsh/site-functions $(INTO)/share/fish/vendor_completions.d
	$(BUILT)/release/bailiwick completions bash > $(INTO)/share/bash-completion/completions/bailiwick
	$(BUILT)/release/bailiwick completions zsh > $(INTO)/share/zsh/site-functions/_bailiwick
	$(BUILT)/release/bailiwick completions fish > $(INTO)/share/fish/vendor_completions.d/bailiwick.fish

uninstall: ## take away what install put there; homes of nodes stay
	rm -f $(addprefix $(INTO)/,$(INSTALLED))
