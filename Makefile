# What a developer runs. `make test` is the test command of the README; the
# rest needs make and, for the race detector, a C compiler.

GO            ?= go
GOLANGCI_LINT ?= github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
FUZZTIME      ?= 10m
FUZZ          ?= .
BENCHFLAGS    ?=
VERSION       ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
BUILD         := $(GO) build -trimpath -ldflags '-X main.version=$(VERSION)'

# "linux/amd64 linux/arm64 …", from the one list of what is shipped.
TARGETS := $(shell sed 's| |/|' test/targets)
goos     = $(word 1,$(subst /, ,$1))
goarch   = $(word 2,$(subst /, ,$1))

.PHONY: build
build: ## the program for this machine, into dist/
	CGO_ENABLED=0 $(BUILD) -o dist/ ./cmd/netstat

.PHONY: test
test: ## the README's test command: vet, tests, every fuzz target for 10 s
	sh test/run

.PHONY: check
check: fmt tidy vet lint rule race ## everything a change must pass besides `make test`

.PHONY: fmt
fmt:
	@files=$$(gofmt -l .); [ -z "$$files" ] || { echo "not gofmt-ed: $$files" >&2; exit 1; }

.PHONY: tidy
tidy:
	$(GO) mod tidy -diff

.PHONY: vet $(TARGETS:%=vet-%)
vet: $(TARGETS:%=vet-%) ## go vet for every shipped system
$(TARGETS:%=vet-%): vet-%:
	GOOS=$(call goos,$*) GOARCH=$(call goarch,$*) CGO_ENABLED=0 $(GO) vet ./...

.PHONY: lint
lint: ## golangci-lint, compiled at first use, for both systems
	$(GO) run $(GOLANGCI_LINT) run ./...
	$(GO) run -exec 'env GOOS=windows CGO_ENABLED=0' $(GOLANGCI_LINT) run ./...

.PHONY: rule
rule: ## the dependency rule alone
	$(GO) test -count=1 ./test/rule

.PHONY: race
race: ## all tests under the race detector
	CGO_ENABLED=1 $(GO) test -race -count=1 -timeout=80m ./...

.PHONY: vm
vm: ## the rare families alone, in a virtual machine with Debian's kernel
	$(GO) test -count=1 -timeout=80m -v ./test/vm

.PHONY: fresh
fresh: ## the README's commands on a minimal Debian: host, containers, ordinary user
	sh test/fresh

.PHONY: bench
bench: ## whole processes against netstat and ss: make bench BENCHFLAGS=…
	$(GO) run ./test/bench $(BENCHFLAGS)

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME: make fuzz FUZZTIME=1h FUZZ=FuzzParse
	FUZZTIME=$(FUZZTIME) sh test/fuzz '$(FUZZ)'

# Only packages whose tests define -update know the flag.
.PHONY: golden
golden: ## rewrite the golden files from what the program prints now; read the diff
	@dirs=$$(grep -rl --include='*_test.go' 'flag\.Bool("update"' . | xargs -r -n1 dirname | sort -u); \
	[ -n "$$dirs" ] || { echo "no package has golden files" >&2; exit 1; }; \
	for dir in $$dirs; do $(GO) test -count=1 "$$dir" -run Golden -update || exit 1; done

.PHONY: cross $(TARGETS:%=cross-%)
cross: $(TARGETS:%=cross-%) ## the program for every shipped system, into dist/
$(TARGETS:%=cross-%): cross-%:
	GOOS=$(call goos,$*) GOARCH=$(call goarch,$*) CGO_ENABLED=0 \
	$(BUILD) -o dist/$(call goos,$*)-$(call goarch,$*)/ ./cmd/netstat

.PHONY: clean
clean:
	rm -rf dist

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1 /p' $(MAKEFILE_LIST) | while read -r t d; do printf '%-7s %s\n' "$$t" "$$d"; done
