#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The documents: that they build, and that what they name is there.

# What one test sets is meant for it alone; helpers.bash and bats set the rest.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helpers

# documents FOLDER: what the kernel's own documentation build says of that folder,
# in a copy of the tree, to which nothing is written that the other one has too.
documents()
{
	sh -c '. "$1/scripts/lib.sh"; need sphinx-build=python3-sphinx' "$top/scripts/x" "$top"
	run -0 make -s -C "$tree" htmldocs SPHINXDIRS="$1" BUILDDIR="$BATS_TEST_TMPDIR/html"
	echo "$output"
	[[ $output != *prctl_set_mm* ]]
}

copy_of_linux()
{
	tree=$BATS_TEST_TMPDIR/linux
	cp -al "$built/6.12/linux" "$tree" 2>/dev/null || cp -R "$built/6.12/linux" "$tree"
	rm -f "$tree/Documentation/userspace-api/prctl_set_mm.rst"
	cp "$top/Documentation/userspace-api/prctl_set_mm.rst" "$tree/Documentation/userspace-api"
}

@test "the kernel's own documentation build takes the document without a word" {
	copy_of_linux
	mkdir "$tree/Documentation/alone"
	cp "$top/Documentation/userspace-api/prctl_set_mm.rst" "$tree/Documentation/alone"
	printf 'Alone\n=====\n\n.. toctree::\n\n   prctl_set_mm\n' >"$tree/Documentation/alone/index.rst"
	documents alone
	[[ $output != *WARNING:*alone* && $output != *ERROR* ]]
	grep -q ExeReplaced "$BATS_TEST_TMPDIR/html/alone/prctl_set_mm.html"
}

@test "the kernel's whole user-space guide builds, with the document in it" {
	[ -n "${SLOW-}" ] || skip "a minute of sphinx; with SLOW=1"
	copy_of_linux
	documents userspace-api
	grep -q prctl_set_mm.html "$BATS_TEST_TMPDIR/html/userspace-api/index.html"
}
