#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# scripts/trees/prepare: the tree that is built has all of the series or none of it.

# What one test sets is meant for it alone; helpers.bash and bats set the rest.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helpers

# A project of its own, whose patches can be spoilt, and as much of a kernel as
# the series changes.
setup()
{
	export BUILD=$BATS_TEST_TMPDIR/build
	project=$BATS_TEST_TMPDIR/project
	tree=$BUILD/6.12/linux
	mkdir -p "$project" "$BUILD/6.12"
	cp -R "$top/patches" "$top/scripts" "$top/selftests" "$top/Documentation" "$project"
	cp -R "$built/6.12/series/pristine" "$tree"
	cp "$built/6.12/package" "$BUILD/6.12/"
	cp -R "$tree" "$BATS_TEST_TMPDIR/pristine"
}

prepare()
{
	"$project/scripts/trees/prepare" 6.12
}

pristine()
{
	diff -r "$tree" "$BATS_TEST_TMPDIR/pristine"
}

# All files of the tree, with their times.
snapshot()
{
	(cd "$tree" && find . -type f -printf '%p %T@ ' -exec sha256sum {} \;)
}

@test "prepare: the series and the selftests are there, and nothing is done twice" {
	prepare
	diff -r "$tree/tools/testing/selftests/prctl_set_mm" "$project/selftests"
	grep -qx 'TARGETS += prctl_set_mm' "$tree/tools/testing/selftests/Makefile"
	for file in kernel/sys.c kernel/fork.c; do
		cmp "$tree/$file" "$built/6.12/linux/$file"
	done
	snapshot >"$BATS_TEST_TMPDIR/before"
	prepare
	snapshot | cmp - "$BATS_TEST_TMPDIR/before"
}

@test "prepare: a change of one patch writes just the file it is about" {
	prepare
	snapshot | grep -v sys.c >"$BATS_TEST_TMPDIR/before"
	sed -i 's/that every memory map must satisfy/that every memory MAP must satisfy/' "$project"/patches/00*
	prepare
	grep -q 'memory MAP' "$tree/kernel/sys.c"
	snapshot | grep -v sys.c | cmp - "$BATS_TEST_TMPDIR/before"
}

@test "prepare: a patch that does not fit is named, with file and line" {
	sed -i 's/^ \texe_file = get_mm_exe_file(oldmm);/ \tno_such_line();/' "$project"/patches/0011*
	refused 2 'prepare: 0011-prctl-* does not apply to linux-source-6.12*: error: patch failed: kernel/fork.c:*' prepare
	pristine
}

@test "prepare: a patch that is not there" {
	rm "$project"/patches/0011*
	refused 2 'prepare: patches/series names 0011-prctl-*, which is not there; restore it' prepare
	pristine
}

@test "prepare: what somebody edited is not written over" {
	prepare
	echo '/* mine */' >>"$tree/kernel/sys.c"
	echo >>"$project/selftests/settings"
	snapshot >"$BATS_TEST_TMPDIR/before"
	refused 2 '*kernel/sys.c in * was edited and patches/ has changed since; save the edit and remove *' prepare
	snapshot | cmp - "$BATS_TEST_TMPDIR/before"
}

@test "prepare: a run that was cut off while it wrote is done again" {
	prepare
	rm "$BUILD/6.12/series/stamp"
	echo half >"$tree/kernel/sys.c"
	rm "$tree/kernel/fork.c"
	prepare
	for file in kernel/sys.c kernel/fork.c; do
		cmp "$tree/$file" "$built/6.12/linux/$file"
	done
}

@test "prepare: a patch that is no longer in the series leaves no trace" {
	prepare
	sed -i '/audit-Record/d; /Add-a-tracepoint/d' "$project/patches/series"
	rm -r "$project/selftests/tour.c" "$project/selftests/exe-watch"
	prepare
	[ ! -e "$tree/include/linux/prctl_mm.h" ]
	[ ! -e "$tree/include/trace/events/prctl.h" ]
	diff -r "$tree/tools/testing/selftests/prctl_set_mm" "$project/selftests"
}
