# SPDX-License-Identifier: Apache-2.0
# The front door. `make help` lists the targets; CMake does the building.

JOBS   ?= $(shell nproc)
PREFIX ?= /usr/local
# Narrows `make test`: T=podr2 runs the tests whose names contain it.
T      ?=
# The demos' input: TREE=folder, FILE=path; empty: a real directory tree of this machine.
FILE   ?=
TREE   ?=

export CCACHE_BASEDIR  := $(CURDIR)
export CCACHE_NOHASHDIR := 1

# Packages first, then what needs them; the steps are parallel inside.
.NOTPARALLEL:
.PHONY: all help deps build commands test check bench fuzz
.PHONY: demo demo-pipeline sim sim-bugs scale cheaters space chaos chaos-network
.PHONY: fmt man completions install clean distclean

all: build

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  \1\t/' | expand -t 16

deps: ## install the Debian packages that are missing (root or sudo)
	@tools/deps

build/build.ninja: CMakePresets.json
	@cmake --preset release >build-configure.log 2>&1 || { cat build-configure.log; rm -f build-configure.log; exit 1; }
	@rm -f build-configure.log

build: build/build.ninja ## the commands and the tests, in build/
	@cmake --build build -j $(JOBS)

commands: build/build.ninja ## the commands alone, in build/bin/
	@cmake --build build -j $(JOBS) --target commands

test: build ## unit tests, house rules, Bats; T=podr2 narrows it
	@ctest --test-dir build -j $(JOBS) --output-on-failure --no-tests=error $(if $(T),-R '$(T)')

check: deps ## everything: also sanitizers, fuzzing, constant time, hardening
	@JOBS=$(JOBS) tools/check

demo: deps commands ## a network: idle space, upload, audits, miners die, fines, repair, download; TREE=dir, KEEP=1
	@PATH="$(CURDIR)/build/bin:$$PATH" demo/idle
	@PATH="$(CURDIR)/build/bin:$$PATH" TREE="$(TREE)" KEEP="$(KEEP)" demo/run

demo-pipeline: deps commands ## a file's life on twelve stores, without a network; FILE=path for your own
	@PATH="$(CURDIR)/build/bin:$$PATH" FILE="$(FILE)" demo/pipeline

bench: deps build ## every rate beside its ceiling, as a table and as JSON
	@cmake --build build -j $(JOBS) --target benches
	@PATH="$(CURDIR)/build/bin:$$PATH" tests/bench/run

bench-fingerprint: deps build/build.ninja ## how often altered contents are still found, beside the peers
	@cmake --build build -j $(JOBS) --target cess-fingerprint bench_fingerprint bench_texts bench_sounds \
	  bench_calibrate bench_decode bench_pdq bench_index >/dev/null
	@tests/bench/fingerprint/run

fuzz: deps ## fuzz every target; FUZZ_SECONDS=60 each
	@JOBS=$(JOBS) tools/fuzz --seconds $(or $(FUZZ_SECONDS),60)

sim: build/build.ninja ## simulate networks: SEEDS=1000 SEED=1 VALIDATORS=0 (drawn) SECONDS=60
	@cmake --build build -j $(JOBS) --target sim >/dev/null
	@build/sim --seed $(or $(SEED),1) --seeds $(or $(SEEDS),1000) --validators $(or $(VALIDATORS),0) \
	  --seconds $(or $(SECONDS),60)

chaos: build/build.ninja ## real nodes killed in turn under load: VALIDATORS=11 DEAD_MAX=3 SECONDS_EACH=180 KEEP=0
	@cmake --build build -j $(JOBS) --target cess-chain chaos_client >/dev/null
	@tests/chaos/run

scale: build/build.ninja ## write doc/SCALE.md anew: 1,000 miners, a million fragments, years of repairs
	@cmake --build build -j $(JOBS) --target scale >/dev/null
	@build/scale >build/SCALE.md
	@mv build/SCALE.md doc/SCALE.md

chaos-network: commands ## a whole network: each process killed in each phase, a cut; PARTS="kills cut clock"
	@tests/chaos/network $(PARTS)

cheaters: build/build.ninja ## miners that fake idle space: caught how often, beside what theory says; TRIALS=20000
	@cmake --build build -j $(JOBS) --target test_pois >/dev/null
	@CESS_CHEATER_TRIALS=$(or $(TRIALS),20000) build/test_pois --gtest_filter='Cheaters.*' | \
	  grep -E '^(epoch|commit|recompute)'

space: build/build.ninja ## a million random events of idle and service space in blocks, each checked; EVENTS=1000000
	@cmake --build build -j $(JOBS) --target test_chain_state >/dev/null
	@CESS_IDLE_EVENTS=$(or $(EVENTS),1000000) build/test_chain_state --gtest_brief=1 --gtest_filter='IdleBlocks.*'

sim-bugs: build/build.ninja ## plant each bug of tests/sim/planted, count the seeds until it is found
	@cmake --build build -j $(JOBS) --target sim >/dev/null
	@tests/sim/planted/run build $(BUGS)

fmt: ## format the C++ sources
	@git ls-files '*.cpp' '*.hpp' '*.c' | xargs clang-format-16 -i

man: ## check the man pages; `man man/cess.7` reads one
	@mandoc -Tlint -Wwarning man/*.[1-8]

completions: commands ## rewrite completions/ from the built commands
	@tools/completions build/bin completions

install: commands ## DESTDIR= and PREFIX=/usr/local are honoured
	@cmake --install build --prefix "$(PREFIX)"

clean: ## remove build folders
	@rm -rf build build-fuzz

distclean: clean ## remove the fetched sources too
	@rm -rf .cache
