# make        the list of targets
# Everything here works with Go and make alone, but for the race detector (a C compiler) and the pinned linter (`make tools`).

GO    ?= go
PROGS := manager worker millrace
# Where the engine spends its time: the compiler inlines by it. `make profile` measures it anew.
PROFILE := internal/bench/engine.pgo

# The race detector is the one thing that needs a C compiler.
CC_FOUND := $(shell command -v $$($(GO) env CC) 2>/dev/null)
RACE     := $(if $(CC_FOUND),-race)

.DEFAULT_GOAL := help
.PHONY: help build demo test bench profile lint check fmt fuzz oracle fuzz-oracle tools clean race-or-say

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r target text; do printf '%-16s %s\n' "$$target" "$$text"; done

build: ## bin/manager, bin/worker and bin/millrace (static, no cgo)
	@echo "building $(PROGS) (the first time 2 to 3 minutes on two cores, then seconds)"
	@CGO_ENABLED=0 $(GO) build -trimpath -pgo=$(PROFILE) -o bin/ $(PROGS:%=./cmd/%)

demo: build ## a cluster on this machine works through a month of flights; ARGS=--kill kills a worker half-way
	@bin/millrace demo $(ARGS)

test: bin/testsummary race-or-say ## every check and every test, and how many passed
	@bin/testsummary ./internal/lint -- $(RACE) -timeout 20m -shuffle=on $$($(GO) list ./... | grep -v '/internal/lint$$')

race-or-say:
	@if [ -z "$(RACE)" ]; then \
		if [ "$$CI" = true ]; then echo "make: no C compiler, so no race detector: install gcc" >&2; exit 1; fi; \
		echo "NOTE: there is no C compiler here, so the tests run WITHOUT the race detector"; \
	fi

lint: ## house rules, gofmt, vet, staticcheck
	@$(GO) test -count=1 ./internal/lint

check: tools build test ## what a change must pass: tools, build, tests, and a clean work tree
	@if [ -n "$$(git status --porcelain)" ]; then echo "the work tree is not clean:"; git status --short; exit 1; fi

bench: build ## the engine's workloads; ARGS chooses them, e.g. ARGS="W1 W3 -o json"
	@bin/millrace bench $(ARGS)

profile: build ## measure anew where the engine spends its time, for the next builds
	@bin/millrace bench --cpuprofile $(PROFILE) --warmup 1s --time 1s --runs 3

fuzz: ## each fuzz target for FUZZTIME (default 30s)
	@$(GO) list -f '{{.Dir}}' ./... | while read -r dir; do \
		for target in $$(grep -hos '^func Fuzz[A-Za-z0-9_]*' "$$dir"/*_test.go | cut -d' ' -f2); do \
			echo "$$target in $${dir#$(CURDIR)/}"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(or $(FUZZTIME),30s) "$$dir" </dev/null || exit 1; \
		done; \
	done

oracle: ## record test/scenarios anew with the real Siddhi (ORACLE=COMMAND) and say what changed; WRITE=1 writes it
	@$(GO) run ./internal/oracle record -oracle "$(ORACLE)" $(if $(WRITE),-write) test/scenarios

fuzz-oracle: ## compare N (200) random apps from SEED (1) with the real Siddhi (ORACLE=COMMAND); KEEP=DIR keeps what differs
	@$(GO) run ./internal/oracle fuzz -oracle "$(ORACLE)" -n $(or $(N),200) -seed $(or $(SEED),1) $(if $(KEEP),-keep "$(KEEP)")

fmt: ## format all Go files
	@gofmt -w cmd internal pkg test

tools: ## the pinned linter, into bin
	@echo "building staticcheck"
	@$(GO) -C tools build -o ../bin/staticcheck honnef.co/go/tools/cmd/staticcheck

bin/testsummary: $(wildcard internal/testsummary/*.go)
	@$(GO) build -o $@ ./internal/testsummary

clean: ## remove bin and what the demo left
	@rm -rf bin dist .millrace
