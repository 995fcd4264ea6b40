# SPDX-License-Identifier: GPL-2.0-only
# The front door: each target is one line of help and one call of a script.

# the kernel to work on
BASE	?= 6.12
# the kernels to test on
BASES	?= $(BASE)
# what they are built for
ARCH	?= x86_64
# a fragment of kernel-config/ to add, for a debugging kernel
FLAVOUR	?=
# a glob over the names of the test programs
TESTS	?= *
# for series: "Name <mail>" adds this Signed-off-by
SIGNOFF	?=
# a kernel tree of your own; for test, one that has the series
KDIR	?=

# Scripts do the work one after the other; make builds the kernel in parallel.
.NOTPARALLEL:
.DEFAULT_GOAL := help
export BASE BASES ARCH FLAVOUR TESTS KDIR SIGNOFF

.PHONY: help
help: ## this list
	@scripts/help $(MAKEFILE_LIST)

.PHONY: run
run: ## boot a kernel with the series and show what PR_SET_MM does
	@scripts/run

.PHONY: test
test: ## build what is needed, boot, run the selftests, print the verdict
	@scripts/test

.PHONY: retest
retest: ## the same without looking at the build
	@scripts/test --no-build

.PHONY: kernel
kernel: ## fetch, patch and build the kernels of BASES, no more
	@scripts/test --build-only

.PHONY: apply
apply: ## put the series into the kernel tree KDIR, all of it or nothing
	@scripts/apply "$$KDIR"

.PHONY: unapply
unapply: ## take it out again
	@scripts/apply -R "$$KDIR"

.PHONY: bisect
bisect: ## boot BASE before the series and after each patch, with the tests that should pass
	@scripts/bisect "$(BASE)"

.PHONY: series
series: ## write the series for BASE with a cover letter, for git am, to build/series-BASE
	@scripts/mailbox "$(BASE)"

.PHONY: tree
tree: ## lay out build/BASE/tree, a git tree with a commit for each patch, to edit
	@scripts/tree "$(BASE)"

.PHONY: refresh
refresh: ## write what was edited there back to patches/
	@scripts/refresh "$(BASE)"

.PHONY: check
check: ## all but the selftests: patches, checkpatch, sparse, shellcheck, tests of the scripts
	@scripts/check

.PHONY: clean
clean: ## remove build/, the fetched kernel sources included
	@scripts/clean
