# SPDX-License-Identifier: GPL-2.0-only
# The front door: each target is one line of help and one call of a script.

# the kernel to work on
BASE	?= 6.12
# the kernels to test on: any version or point release that Debian has, such as 7.2 or 6.12.95
BASES	?= $(BASE)
# what they are built for
ARCH	?= x86_64
# for test: several of them
ARCHES	?= $(ARCH)
# a fragment of kernel-config/ to add, for a debugging kernel
FLAVOUR	?=
# globs over the names of the test programs; race_test.fork* is some tests of one
TESTS	?= *
# for test, run, shell and debug: words for the kernel's command line
APPEND	?=
# for test, run, shell, debug and soak: more options of the kernel, as in "AUDIT=n NR_CPUS=4"
CONFIG	?=
# for shell: 1 puts the programs and files of this machine into the guest, read-only
HOST	?=
# for debug: 1 builds a kernel of which gdb knows types and variables too
DEBUG_INFO ?=
# for shell: where what is left in the guest's /out is put, instead of build/out
OUT	?=
# for series: "Name <mail>" adds this Signed-off-by
SIGNOFF	?=
# a kernel tree of your own; for all but fit, apply and series one that has the series
KDIR	?=
# for apply, fit and series: functions that may go although somebody has changed them
CHANGED	?=
# how often to boot and test each kernel
REPEAT	?= 1
# seconds until the kernel has to have booted
BOOT_LIMIT ?= 30
# seconds that a test program may take
TEST_LIMIT ?= 60
# seconds that each boot may take, all of it; 300, or what the fragment of FLAVOUR says
LIMIT	?=
# 1 makes the races of the selftests long; then LIMIT has to be too
SOAK	?=
# for differential and soak: how many random calls
CALLS	?= 20000
# for differential, harmless, soak and mutants: the number that makes random choices the same again
SEED	?=
# for mutants: how many of them, instead of all
COUNT	?=
# for soak: run the sequence in this file again, which a soak has printed
REPLAY	?=
# for kernels: the kernels to try instead of the oldest and newest point release of each version
KERNELS	?=
# for callers: globs over the names in qemu/callers/table
CALLERS	?= *
# for callers: the release of Debian that the programs are of, such as forky
RELEASE	?=
# for callers and kselftests: levels of kernel.prctl_set_mm; for callers also "base", no series
LEVELS	?=
# for lava-jobs and lava-local: several flavours; plain is none
FLAVOURS ?= $(or $(FLAVOUR),plain)
# for lava-submit: the identity of lavacli that names the server
LAVA	?=
# for lava-jobs: the URL by which LAVA's workers get build/lava/jobs, instead of file://
LAVA_FILES ?=
# where everything made goes, instead of build/
BUILD	?=
# for check: 1 adds the tests that take minutes
SLOW	?=

# Scripts do the work one after the other; make builds the kernel in parallel.
.NOTPARALLEL:
.DEFAULT_GOAL := help
# Other programs export these names, such as tcsh and Android's build: they count on the command
# line only.
$(foreach name,CONFIG DEBUG_INFO HOST OUT RELEASE,$(if $(filter command,$(origin $(name))),,$(eval $(name) :=)))
export BASE BASES ARCH ARCHES FLAVOUR TESTS APPEND CONFIG DEBUG_INFO HOST OUT KDIR CHANGED SIGNOFF REPEAT BOOT_LIMIT TEST_LIMIT LIMIT SOAK KERNELS CALLS SEED COUNT REPLAY CALLERS LEVELS RELEASE FLAVOURS LAVA LAVA_FILES BUILD SLOW

.PHONY: help
help: ## this list
	@scripts/pages/help

.PHONY: run
run: ## boot a kernel with the series and show what PR_SET_MM does
	@scripts/running/run

.PHONY: test
test: ## build what is needed, boot, run the selftests, print the verdict
	@scripts/running/test

.PHONY: retest
retest: ## the same with what was tested last, with no build; of it BASES, if given
	@BASES='$(if $(filter file,$(origin BASES)),,$(BASES))' scripts/running/test --no-build

.PHONY: shell
shell: ## a shell in a guest with the series, the tests in /tests
	@scripts/running/shell

.PHONY: debug
debug: ## the guest stopped before its first instruction, gdb with the kernel's symbols
	@scripts/running/debug

.PHONY: kernel
kernel: ## fetch, patch and build the kernels of BASES, no more
	@scripts/running/test --build-only

.PHONY: fit
fit: ## say which patches fit the kernel tree KDIR, and what of it decides on their text
	@scripts/series/fit "$$KDIR"

.PHONY: apply
apply: ## put the series into the kernel tree KDIR, all of it or nothing
	@scripts/series/apply "$$KDIR"

.PHONY: unapply
unapply: ## take it out again
	@scripts/series/apply -R "$$KDIR"

.PHONY: kernels
kernels: ## try the series on each of KERNELS, and write Documentation/kernels.md
	@scripts/proving/kernels --write $(KERNELS)

.PHONY: bisect
bisect: ## boot BASE before the series and after each patch, with the tests that should pass
	@scripts/proving/bisect "$(BASE)"

.PHONY: series
series: ## write the series for BASE or KDIR with a cover letter, for git am, to build/series-...
	@scripts/series/mailbox "$${KDIR:-$(BASE)}"

.PHONY: tree
tree: ## lay out build/BASE/tree, a git tree with a commit for each patch, to edit
	@scripts/series/tree "$(BASE)"

.PHONY: refresh
refresh: ## write what was edited there back to patches/
	@scripts/series/refresh "$(BASE)"

.PHONY: mutants
mutants: ## break the series in one place at a time on BASE, and see the suite fail each time
	@scripts/proving/mutants "$(BASE)"

.PHONY: configs
configs: ## run the selftests on BASE with other configurations, a 32-bit kernel among them
	@scripts/proving/configs "$(BASE)"

.PHONY: differential
differential: ## compare BASE without the series and with it, call by call, and CALLS random calls
	@scripts/proving/differential "$(BASE)"

.PHONY: soak
soak: ## CALLS random calls on BASE with FLAVOUR, each answer compared with a model
	@scripts/proving/soak "$(BASE)"

.PHONY: differences
differences: ## the same, and write Documentation/differences.md from it
	@scripts/proving/differential --write "$(BASE)"

.PHONY: harmless
harmless: ## see the selftests leave the machine as it was, in every setting and however they end
	@scripts/proving/harmless

.PHONY: audit
audit: ## see auditd, ausearch and aureport 3.0.9 show each attempt to replace an executable on BASE
	@scripts/proving/audit "$(BASE)"

.PHONY: callers
callers: ## CRIU, LXC, systemd and others that set a map, in a Debian guest on BASE, at each of LEVELS
	@scripts/proving/callers --write "$(BASE)"

.PHONY: deb
deb: ## build Debian packages of BASE with the series, and boot them with systemd; an hour
	@scripts/proving/deb "$(BASE)"

.PHONY: kselftests
kselftests: ## the kernel's own selftests on BASE, the same line by line with the series and without
	@scripts/proving/kselftests "$(BASE)"

.PHONY: coverage
coverage: ## count which lines and branches of the series the selftests run on BASE
	@scripts/proving/coverage "$(BASE)"

.PHONY: cost
cost: ## compare what each call costs on BASE, in instructions, with mainline and a bound
	@scripts/proving/cost "$(BASE)"

.PHONY: costs
costs: ## the same with the options of distributions, and write Documentation/performance.md
	@scripts/proving/cost --write "$(BASE)"

.PHONY: lava-jobs
lava-jobs: ## a LAVA job for each kernel of BASES, ARCHES and FLAVOURS, in build/lava/jobs
	@scripts/running/lava-jobs

.PHONY: lava-submit
lava-submit: ## submit them to the LAVA server that LAVA names, and wait until all have ended
	@scripts/running/lava-submit

.PHONY: lava-fetch
lava-fetch: ## fetch their results, judge them as make test does, and write one report
	@scripts/running/lava-fetch

.PHONY: lava-local
lava-local: ## run such jobs with LAVA's lava-run on this machine, with no server
	@scripts/running/lava-local

.PHONY: trace
trace: ## write Documentation/traceability.md from the results of the last make test
	@scripts/pages/trace-page

.PHONY: architectures
architectures: ## write Documentation/architectures.md from the results of make test on each
	@scripts/pages/architectures

.PHONY: commands
commands: ## write Documentation/commands.md from this file and the first lines of the scripts
	@scripts/pages/help --write

.PHONY: check
check: ## all but the selftests: patches, checkpatch, sparse, shellcheck, tests of the scripts
	@scripts/checking/check

.PHONY: lint
lint: ## the checks of make check that need no kernel, in seconds: shellcheck, pages, English
	@scripts/checking/lint

.PHONY: recording
recording: ## write Documentation/recording.txt, the pictures and the excerpt in README.md from a run and a test
	@scripts/pages/record

.PHONY: man
man: ## open the manual page of PR_SET_MM
	@scripts/pages/man

.PHONY: clean
clean: ## remove build/, the fetched kernel sources included
	@scripts/trees/clean
