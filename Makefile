# pls: product-led sales inside PostgreSQL.
#
# A PGXS build, and targets that need no PostgreSQL to start with: "make help"
# prints them.
EXTENSION = pls
EXTVERSION = $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" pls.control)
MODULE_big = pls
OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c src/*/*.c)))
DATA_built = pls--$(EXTVERSION).sql
DATA = $(wildcard sql/upgrade/pls--*--*.sql)
PGFILEDESC = "pls - product-led sales"

PG_CPPFLAGS = -Isrc
PG_CFLAGS = -MMD -MP -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare \
	-Wno-missing-field-initializers -Wno-cast-function-type $(EXTRA_CFLAGS)
EXTRA_CLEAN = pls--$(EXTVERSION).sql $(OBJS:.o=.d) test/modules/*/*.[do] \
	test/modules/*/*.so

# Outputs lie in ./expected; a test is test/sql/NAME.sql or test/specs/NAME.spec.
REGRESS = $(patsubst test/sql/%.sql,%,$(sort $(wildcard test/sql/*.sql)))
REGRESS_OPTS = --inputdir=test
ISOLATION = $(patsubst test/specs/%.spec,%,$(sort $(wildcard test/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test --outputdir=.

.DEFAULT_GOAL = all

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifneq ($(wildcard $(PGXS)),)
include $(PGXS)
else
.PHONY: all install installcheck
all install installcheck:
	@echo 'The server headers of PostgreSQL were not found (PG_CONFIG=$(PG_CONFIG)).' >&2
	@echo 'On Debian: apt-get install build-essential postgresql-server-dev-15' >&2
	@exit 1
endif

# What each object was made of, as the compiler has written it down.
-include $(OBJS:.o=.d)
$(OBJS:.o=.bc): %.bc: %.o

# What tests load into the server; it is never installed.
TEST_MODULES = $(patsubst %.c,%$(DLSUFFIX),$(wildcard test/modules/*/*.c))
installcheck test-modules: $(TEST_MODULES)
.PHONY: test-modules

# What is not ASCII, words in Chinese, is written as \uXXXX, so that databases of
# every encoding can have the extension (pls_internal.say() reads it).
pls--$(EXTVERSION).sql: $(sort $(wildcard sql/[0-9]*_*.sql sql/[0-9]*_*/[0-9]*_*.sql))
	cat $^ | perl -CS -pe 's/([^\x00-\x7f])/sprintf "\\u%04x", ord $$1/ge' > $@

.PHONY: help test test-versions test-cassert demo packs bench bench-bounded \
	bench-duckdb bench-growth bench-rebuild bench-trigger bench-views bench-what-if bench-years ubsan coverage \
	indent-check lint layout

help:
	@echo 'These install what they need with apt, work on a copy of the tree and start'
	@echo 'their own throw-away server:'
	@echo '  make demo          pls on two real event logs'
	@echo '  make packs         writes the Motion Packs of these logs into doc/packs/'
	@echo '  make bench         what scoring costs, against plain SQL (QUICK=1: a tenth of the rows;'
	@echo '                     OLD=commit: against an older build instead)'
	@echo '  make bench-duckdb  the same, and against DuckDB (needs node and npm)'
	@echo '  make bench-bounded the most that an INSERT, a sweep and a claim can cost, next to'
	@echo '                     an older build (OLD=commit, PARTS="chains edges ...", QUICK=1)'
	@echo '  make bench-growth  how scoring grows with events and signals'
	@echo '  make bench-rebuild what a rebuild costs, against a plain count (QUICK=1: a tenth of the rows)'
	@echo '  make bench-trigger what the trigger costs an application, in processor time'
	@echo '                     (OLD=commit: next to an older build; QUICK=1: in a minute)'
	@echo '  make bench-views   what reading 100,000 open alerts costs (QUICK=1: at 20,000;'
	@echo '                     OLD=commit: next to an older build)'
	@echo '  make bench-what-if what a change of the rules costs to try, against a read of the scores'
	@echo '  make bench-years   what leaders and reps load when three years of alerts are kept'
	@echo '                     (OLD=commit, QUICK=1)'
	@echo '  make test          every test (SUITE=regress|isolation|pgtap|tap, TESTS="name ...",'
	@echo '                     PGVERSION=17 if that server is installed; LANES=1: one at a time)'
	@echo '  make test-versions every test on PostgreSQL 15 to 18, if available'
	@echo '                     (VERSIONS="17 18"; a few minutes and 1 GB each the first time)'
	@echo '  make test-cassert  regression, isolation, attacks and torture with assertions'
	@echo '                     (SEEDS=n; the server is built from source the first time)'
	@echo '  make ubsan         the regression suite with the undefined behavior sanitizer'
	@echo '  make coverage      lines of C that the tests run'
	@echo '  make indent-check  the layout of the C files, as pgindent would have it'
	@echo '  make layout        which C file includes which: downwards only'
	@echo '  make lint          static analysis of the C files'
	@echo 'These need the server headers:'
	@echo '  make               build'
	@echo '  make install       install the extension into the server'
	@echo '  make installcheck  regression and isolation tests against a running server'
	@echo '  make clean         remove what was built'

test ubsan coverage:
	@SUITE='$(SUITE)' TESTS='$(TESTS)' test/run '$@'

test-versions:
	@SUITE='$(SUITE)' TESTS='$(TESTS)' VERSIONS='$(VERSIONS)' test/versions

test-cassert:
	@SUITE='$(SUITE)' TESTS='$(TESTS)' SEEDS='$(SEEDS)' test/cassert

demo:
	@bench/demo.sh

packs:
	@bench/demo.sh packs

bench:
	@QUICK='$(QUICK)' bench/score.sh

bench-bounded:
	@QUICK='$(QUICK)' PARTS='$(PARTS)' bench/bounded.sh

bench-duckdb:
	@QUICK='$(QUICK)' bench/score.sh duckdb

bench-growth:
	@QUICK='$(QUICK)' bench/score.sh growth

bench-rebuild:
	@QUICK='$(QUICK)' bench/rebuild.sh

bench-trigger:
	@QUICK='$(QUICK)' bench/trigger.sh

bench-views:
	@QUICK='$(QUICK)' bench/views.sh

bench-what-if:
	@QUICK='$(QUICK)' bench/what_if.sh

bench-years:
	@QUICK='$(QUICK)' bench/years.sh

indent-check lint layout:
	@test/check-source '$@'
