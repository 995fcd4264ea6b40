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

# Scripts do the work one after the other; make builds the kernel in parallel.
.NOTPARALLEL:
.DEFAULT_GOAL := help
export BASE BASES ARCH FLAVOUR TESTS

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

.PHONY: check
check: ## all but the selftests: patches, checkpatch, shellcheck, tests of the scripts and the VM
	@scripts/check

.PHONY: clean
clean: ## remove build/, the fetched kernel sources included
	@scripts/clean
