# Developer commands. `make test` is the README's test command; the others need make
# and, for the race detector, a C compiler.

GO            ?= go
GOLANGCI_LINT ?= github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
FUZZTIME      ?= 10m
FUZZ          ?= .
BENCHFLAGS    ?=
RELEASEFLAGS  ?=
VERSION       ?=
# The program takes its version from the tag of the commit, or else from VERSION.
BUILD         := $(GO) build -trimpath -buildvcs=auto $(if $(VERSION),-ldflags '-X main.release=$(VERSION)')

# "linux/amd64 linux/arm64 …", from the list of shipped systems.
TARGETS := $(shell sed 's| |/|' test/targets)
goos     = $(word 1,$(subst /, ,$1))
goarch   = $(word 2,$(subst /, ,$1))

.PHONY: build
build: ## build the program for this machine into dist/
	CGO_ENABLED=0 $(BUILD) -o dist/ ./cmd/netstat

.PHONY: test
test: ## run vet, all tests, and every fuzz target for 5 s
	sh test/run

.PHONY: check
check: fmt tidy vet lint rule race ## run the other checks that a change must pass

.PHONY: fmt
fmt:
	@files=$$(gofmt -l .); [ -z "$$files" ] || { echo "not gofmt-ed: $$files" >&2; exit 1; }

.PHONY: tidy
tidy:
	$(GO) mod tidy -diff

.PHONY: vet $(TARGETS:%=vet-%)
vet: $(TARGETS:%=vet-%) ## run go vet for every shipped system
$(TARGETS:%=vet-%): vet-%:
	GOOS=$(call goos,$*) GOARCH=$(call goarch,$*) CGO_ENABLED=0 $(GO) vet ./...

.PHONY: lint
lint: ## run golangci-lint for Linux and Windows; the first run compiles it
	$(GO) run $(GOLANGCI_LINT) run ./...
	$(GO) run -exec 'env GOOS=windows CGO_ENABLED=0' $(GOLANGCI_LINT) run ./...

.PHONY: rule
rule: ## test the dependency rule
	$(GO) test -count=1 ./test/rule

.PHONY: race
race: ## run all tests with the race detector
	CGO_ENABLED=1 $(GO) test -race -count=1 -timeout=80m ./...

.PHONY: vm
vm: ## test the rare families in a virtual machine with Debian's kernel
	$(GO) test -count=1 -timeout=80m -v ./test/vm

.PHONY: fresh
fresh: ## test the README's commands on a minimal Debian: host, containers, ordinary user
	sh test/fresh

.PHONY: bench
bench: ## compare time, memory, faults and calls with netstat and ss: make bench BENCHFLAGS=…
	$(GO) run ./test/bench $(BENCHFLAGS)

.PHONY: fuzz
fuzz: ## run fuzz targets for FUZZTIME each: make fuzz FUZZTIME=1h FUZZ=FuzzParse
	FUZZTIME=$(FUZZTIME) sh test/fuzz '$(FUZZ)'

# Only packages whose tests define -update accept the flag.
.PHONY: golden
golden: ## rewrite the golden files from the program's current output; review the diff
	@dirs=$$(grep -rl --include='*_test.go' 'flag\.Bool("update"' . | xargs -r -n1 dirname | sort -u); \
	[ -n "$$dirs" ] || { echo "no package has golden files" >&2; exit 1; }; \
	for dir in $$dirs; do $(GO) test -count=1 "$$dir" -run Golden -update || exit 1; done

.PHONY: cross $(TARGETS:%=cross-%)
cross: $(TARGETS:%=cross-%) ## build the program for every shipped system into dist/
$(TARGETS:%=cross-%): cross-%:
	GOOS=$(call goos,$*) GOARCH=$(call goarch,$*) CGO_ENABLED=0 \
	$(BUILD) -o dist/$(call goos,$*)-$(call goarch,$*)/ ./cmd/netstat

.PHONY: release
release: ## make archives, packages, manifests and checksums into dist/: make release VERSION=1.0.0
	cd release && $(GO) run . -version '$(VERSION)' $(RELEASEFLAGS)

.PHONY: clean
clean:
	rm -rf dist

.PHONY: help
help: ## print this list
	@sed -n 's/^\([a-z]*\):.*## /\1 /p' $(MAKEFILE_LIST) | while read -r t d; do printf '%-7s %s\n' "$$t" "$$d"; done
