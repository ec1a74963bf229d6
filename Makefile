# Qingling: `make run` shows it, `make test` proves it; both install what is missing. `make help` lists the rest.
#
#   make CC=clang        another compiler        make SAN=1    with address and undefined-behaviour sanitizers
#   make B=/tmp/x        another build folder    make V=1      show the commands
#
# A program is every .c of services/<name>/ or services/tools/<name>/ linked with libcasebook, libdomain and libbase.
# A test is one .c of tests/unit, tests/contract or tests/fuzz; objects of a service that it looks into are named in its
# first five lines, blanks between them:    link: services/relay/pgoutput.c

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := build
ifneq ($(V),1)
.SILENT:
endif

ifeq ($(origin CC),default)
CC := gcc
endif
flavour := $(if $(FUZZ),-fuzz,$(if $(SAN),-san))$(if $(findstring clang,$(CC)),$(if $(FUZZ),,-clang))
B       ?= build$(flavour)
PACKAGES = libpq rdkafka jansson libwebsockets libsodium libxml-2.0 libcurl pangocairo liboath cjose xlsxwriter icu-uc

# --- flags ---------------------------------------------------------------------------------------------------------
CFLAGS  := -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Werror -g -fno-omit-frame-pointer -fstack-protector-strong -fPIE
LDFLAGS := -pie -Wl,-z,relro,-z,now -Wl,--as-needed
ifdef FUZZ
CFLAGS  += -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
LDFLAGS += -fsanitize=fuzzer,address,undefined
else ifdef SAN
CFLAGS  += -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined
LDFLAGS += -fsanitize=address,undefined
else
CFLAGS  += -O2 -D_FORTIFY_SOURCE=2
endif
CPPFLAGS := -I services $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
LIBS     := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lpthread -lm

# --- what there is ----------------------------------------------------------------------------------------------------
LAYERS   := casebook domain base
PROGRAMS := $(sort $(foreach d,$(filter-out $(LAYERS:%=services/%/),$(dir $(wildcard services/*/*.c services/tools/*/*.c))),$(patsubst %/,%,$d)))
UNIT     := $(sort $(wildcard tests/unit/*.c tests/unit/*/*.c))
DRIVERS  := $(sort $(wildcard tests/contract/*.c tests/bench/*.c))
FUZZERS  := $(sort $(wildcard tests/fuzz/fuzz_*.c))
SOURCES  := $(wildcard $(LAYERS:%=services/%/*.c)) $(foreach d,$(PROGRAMS),$(wildcard $d/*.c)) $(UNIT) $(DRIVERS) $(FUZZERS)
FORMATTED = $(SOURCES) $(wildcard services/*/*.h services/tools/*/*.h tests/*/*.h tests/*/*/*.h)

LIBRARIES    := $(LAYERS:%=$(B)/lib%.a)
PROGRAM_BINS := $(foreach d,$(PROGRAMS),$(B)/bin/$(notdir $d))
UNIT_BINS    := $(UNIT:tests/unit/%.c=$(B)/test/unit/%)
DRIVER_BINS  := $(DRIVERS:tests/%.c=$(B)/test/%)
FUZZ_BINS    := $(FUZZERS:tests/%.c=$(B)/test/%)

.PHONY: bench-large help build programs migrator web node-tests unit-bins driver-bins fuzz-bins unit fuzz bootstrap run test lint fmt bench clean clean-run
help:
	echo 'make run        everything on this machine, with demo data     make test    every test'
	echo 'make build      programs, migration runner, web pages          make lint    formatting, layers, types, both compilers'
	echo 'make programs   only the C programs, into $(B)/bin        make unit    only the C unit tests'
	echo 'make fuzz       every fuzz target for FUZZ_SECONDS (60)        make bench   rates and latencies'
	echo 'make bench-large  lists, counters and searches on a million cases'
	echo 'make fmt        format the C sources                           make clean clean-run   remove what was built / the running state'

build: programs migrator web
programs: $(PROGRAM_BINS)
unit-bins: $(UNIT_BINS)
driver-bins: $(DRIVER_BINS)
fuzz-bins: $(FUZZ_BINS)

# --- objects: remade when a source, a header or the compile command changes ---------------------------------------------
command := $(CC) $(CFLAGS) $(CPPFLAGS)
$(B)/command: FORCE
	mkdir -p $(@D)
	printf '%s\n' '$(command)' | cmp -s - $@ || printf '%s\n' '$(command)' >$@
FORCE:

$(B)/obj/%.o: %.c $(B)/command
	mkdir -p $(@D)
	echo "  CC    $<"
	$(command) -MMD -MP -c $< -o $@

# What is compiled in besides sources: the assembler reads it, so the compiler's own list does not name it.
$(B)/obj/services/gateway/openapi.o: services/gateway/openapi.json

-include $(SOURCES:%.c=$(B)/obj/%.d)
.SECONDARY: $(SOURCES:%.c=$(B)/obj/%.o)

define library
$(B)/lib$1.a: $(patsubst %.c,$(B)/obj/%.o,$(sort $(wildcard services/$1/*.c)))
	mkdir -p $$(@D)
	rm -f $$@
	ar crsD $$@ $$^
endef
$(foreach l,$(LAYERS),$(eval $(call library,$l)))

define link # binary, its objects, more libraries
$1: $2 $(LIBRARIES)
	mkdir -p $$(@D)
	echo "  LINK  $$@"
	$(CC) $(LDFLAGS) -o $$@ $2 $(LIBRARIES) $3 $(LIBS)
endef
$(foreach d,$(PROGRAMS),$(eval $(call link,$(B)/bin/$(notdir $d),$(patsubst %.c,$(B)/obj/%.o,$(sort $(wildcard $d/*.c))),)))

# --- tests in C -----------------------------------------------------------------------------------------------------
# EXTRA: words "test.c:services/x/y.c" read from the "link:" lines
TEST_SOURCES := $(UNIT) $(DRIVERS) $(FUZZERS)
ifneq ($(TEST_SOURCES),)
EXTRA := $(shell awk 'FNR <= 5 && sub(/^.*link: */, "") { sub(/\*\/.*/, ""); for (i = 1; i <= NF; i++) print FILENAME ":" $$i }' $(TEST_SOURCES))
endif
objects_of = $(1:%.c=$(B)/obj/%.o) $(patsubst $1:%.c,$(B)/obj/%.o,$(filter $1:%,$(EXTRA)))
$(foreach t,$(TEST_SOURCES),$(eval $(call link,$(t:tests/%.c=$(B)/test/%),$(call objects_of,$t),$(if $(filter tests/unit/%,$t),-lcmocka -licui18n))))

unit: unit-bins
	tests/run unit

FUZZ_SECONDS ?= 60
fuzz:
	FUZZ_SECONDS=$(FUZZ_SECONDS) tests/run fuzz

# --- Node: the migration runner, the web pages, the test tools -------------------------------------------------------------
# A folder's stamp is as new as its lock file; npm's own check is skipped while nothing changed.
%/node_modules/.installed: %/package-lock.json %/package.json
	echo "  NPM   $*"
	cd $* && $(CURDIR)/deploy/dev/with-tools env NODE_NO_WARNINGS=1 npm ci --no-audit --no-fund --loglevel=error
	touch $@

migrator: migrations/node_modules/.installed
node-tests: $(if $(wildcard tests/package.json),tests/node_modules/.installed)

WEB := $(if $(wildcard web/package.json),web/dist/.built)
web: $(WEB)
ifdef WEB
web/dist/.built: web/node_modules/.installed $(shell find web -type f -not -path 'web/node_modules/*' -not -path 'web/dist/*' 2>/dev/null | grep -v '[[:space:]]')
	echo "  WEB   web/dist"
	cd web && $(CURDIR)/deploy/dev/with-tools npm run --silent build
	touch $@
endif

# --- the two commands, and the rest ------------------------------------------------------------------------------------
# The second make reads the library flags that bootstrap may just have made available.
JOBS = -j$(shell nproc)
bootstrap:
	deploy/dev/bootstrap $(FOR)

run:
	deploy/dev/bootstrap run
	$(MAKE) $(JOBS) build
	exec deploy/dev/run

test:
	deploy/dev/bootstrap test
	exec tests/run

bench:
	deploy/dev/bootstrap test
	$(MAKE) $(JOBS) build node-tests driver-bins
	exec deploy/dev/with-tools tests/bench/run

bench-large:
	deploy/dev/bootstrap test
	$(MAKE) $(JOBS) programs migrator node-tests
	exec deploy/dev/with-tools tests/bench/run large

lint:
	deploy/dev/bootstrap test
	exec tests/lint

fmt:
	clang-format -i $(FORMATTED)

print-%: # for scripts: make print-FORMATTED
	printf '%s\n' $($*)

clean:
	rm -rf build build-san build-fuzz build-clang build-san-clang web/dist

clean-run:
	deploy/dev/clean-run
