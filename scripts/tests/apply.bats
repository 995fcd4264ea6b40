#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# make apply, unapply and test KDIR=: all of the series or nothing, in trees that
# are what Debian's package has.

# What one test sets is meant for it alone; helpers.bash and bats set the rest.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helpers

apply=$top/scripts/series/apply

# pristine_tree BASE TREE [FOLDER...]: the kernel of BASE as links, with files of their own
# where the series would change something; scripts/series/apply replaces a file and writes to
# none. The folders that only a build reads are two thirds of its files, and each file takes
# its time to link and to remove: only these FOLDERs of them are there.
pristine_tree()
{
	local base=$1 tree=$2 folder left_out=()
	shift 2
	mkdir -p "$tree"
	for folder in arch drivers net sound; do
		case " $* " in
		*" $folder "*) ;;
		*) left_out+=(! -name "$folder") ;;
		esac
	done
	find "$built/$base/linux" -mindepth 1 -maxdepth 1 "${left_out[@]}" -exec cp -al -t "$tree" {} +
	rm -rf "$tree/tools/testing/selftests/prctl_set_mm"
	cut -c 67- "$built/$base/series/written" | (cd "$tree" && xargs rm -f)
	cp -R "$built/$base/series/pristine/." "$tree"
}

# The same as a tree that git knows.
git_tree()
{
	pristine_tree "$1" "$2"
	git -C "$2" init -q
	git -C "$2" add -f Makefile init kernel include/linux include/trace include/uapi fs/proc \
		Documentation/admin-guide Documentation/filesystems Documentation/userspace-api
	(cd "$built/$1/series/pristine" && find . -type f) | git -C "$2" add -f --pathspec-from-file=-
	git -C "$2" -c user.name=x -c user.email=x@localhost commit -q -m base
}

# Everything that could have changed: names, modes and contents.
snapshot()
{
	(cd "$1" && find . -mindepth 1 -path ./.git -prune -o -newer "$built/gen_init_cpio" -print -o -path '*prctl*' -print
		find kernel init fs fs/proc include/linux include/trace include/uapi/linux tools/testing/selftests Documentation/userspace-api \
			-maxdepth 1 -type f -printf '%m %p ' -exec sha256sum {} +)
}

# unchanged TREE COMMAND...: the command leaves the tree as it was.
unchanged()
{
	local tree=$1
	shift
	snapshot "$tree" >"$BATS_TEST_TMPDIR/before"
	"$@"
	snapshot "$tree" | cmp - "$BATS_TEST_TMPDIR/before"
}

setup()
{
	export BUILD=$built
	tree=$BATS_TEST_TMPDIR/linux
}

@test "apply: a plain tree of each base, and back byte for byte" {
	for base in 6.1 6.12 7.3; do
		tree="$BATS_TEST_TMPDIR/a tree/$base"
		pristine_tree $base "$tree"
		snapshot "$tree" >"$BATS_TEST_TMPDIR/before"
		run --separate-stderr "$apply" "$tree"
		echo "$output $stderr"
		[ "$status" = 0 ]
		[ -z "$stderr" ]
		count=$("$top/scripts/series/list" $base | wc -l)
		[[ ${lines[0]} == "$count patches for Linux $base are in $tree, in" ]]
		cut -c 67- "$built/$base/series/written" | while read -r file; do
			cmp "$tree/$file" "$built/$base/linux/$file"
		done
		diff -r "$tree/tools/testing/selftests/prctl_set_mm" "$top/selftests"
		"$apply" -R "$tree"
		snapshot "$tree" | diff - "$BATS_TEST_TMPDIR/before"
	done
}

@test "apply: a git tree, and back with nothing to commit" {
	git_tree 6.12 "$tree"
	"$apply" "$tree"
	[ "$(git -C "$tree" status --porcelain --untracked-files=no | wc -l)" = \
		"$(diff -rq "$built/6.12/series/pristine" "$built/6.12/linux" | grep -c '^Files')" ]
	"$apply" -R "$tree"
	[ -z "$(git -C "$tree" status --porcelain --untracked-files=no)" ]
}

@test "apply: no tree, no kernel tree" {
	refused 2 'apply: which kernel tree? make apply KDIR=/path/to/linux' "$apply" ''
	refused 2 'apply: which kernel tree? make unapply KDIR=/path/to/linux' "$apply" -R
	refused 2 'apply: /none is no kernel tree: *' "$apply" /none
	mkdir "$tree"
	refused 2 "apply: $tree is no kernel tree: *" "$apply" "$tree"
}

@test "apply: ~ in KDIR=~/linux, which a shell may leave as it is" {
	# shellcheck disable=SC2088	# it is meant not to expand
	HOME=$BATS_TEST_TMPDIR refused 2 "apply: $BATS_TEST_TMPDIR/none is no kernel tree: *" "$apply" '~/none'
}

# version NUMBER: what the tree says of itself.
version()
{
	sed "s/^VERSION = .*/VERSION = ${1%.*}/; s/^PATCHLEVEL = .*/PATCHLEVEL = ${1#*.}/" \
		"$built/6.12/linux/Makefile" >"$tree/Makefile.new"
	mv "$tree/Makefile.new" "$tree/Makefile"
}

@test "apply: a version that is too old, and one that nobody has tested" {
	pristine_tree 6.12 "$tree"
	version 5.10
	unchanged "$tree" refused 2 "apply: the Linux 5.10 in $tree is too old; the series is for Linux 6.1 and later" "$apply" "$tree"
	version 8.0
	run --separate-stderr "$apply" "$tree"
	[ "$status" = 0 ]
	[ "$stderr" = 'apply: nobody has tested the series on Linux 8.0, which is newer than 7.3' ]
	cmp "$tree/kernel/sys.c" "$built/6.12/linux/kernel/sys.c"
}

@test "apply: CRLF line ends" {
	pristine_tree 6.12 "$tree"
	sed 's/$/\r/' "$tree/kernel/sys.c" >"$tree/crlf"
	mv "$tree/crlf" "$tree/kernel/sys.c"
	unchanged "$tree" refused 2 "apply: $tree/kernel/sys.c has CRLF line ends; *" "$apply" "$tree"
}

@test "apply: a function that goes and that somebody has changed, and CHANGED" {
	pristine_tree 6.12 "$tree"
	sed 's/^\tif (len > sizeof(user_auxv))/\tif (len \& 7 || len > sizeof(user_auxv))/' "$tree/kernel/sys.c" >"$tree/sys.c"
	mv "$tree/sys.c" "$tree/kernel/sys.c"
	cp "$tree/kernel/sys.c" "$BATS_TEST_TMPDIR/theirs.c"
	unchanged "$tree" refused 2 \
		"apply: 0013-*.patch does not apply to the Linux 6.12 in $tree: kernel/sys.c: prctl_set_auxv() has none of the known texts, *" "$apply" "$tree"
	run --separate-stderr "$top/scripts/series/fit" "$tree"
	[ "$status" = 1 ]
	[[ $stderr == *"--- prctl_set_auxv() of Linux "*$'\n-\tif (len > sizeof(user_auxv))\n+\tif (len & 7 || len > sizeof(user_auxv))\n'* ]]
	CHANGED=prctl_set_auxv "$apply" "$tree"
	cmp "$tree/kernel/sys.c" "$built/6.12/linux/kernel/sys.c"
	"$apply" -R "$tree"
	cmp "$tree/kernel/sys.c" "$BATS_TEST_TMPDIR/theirs.c"
}

@test "apply: killed while it renames, and completed by the next run" {
	pristine_tree 6.12 "$tree"
	snapshot "$tree" >"$BATS_TEST_TMPDIR/before"
	fake mv <<-'END'
	#!/bin/sh
	echo >>"$0.count"
	[ "$(wc -l <"$0.count")" != 5 ] || kill -KILL $PPID
	exec /bin/mv "$@"
	END
	run "$apply" "$tree"
	[ "$status" = 137 ]
	run -2 "$apply" "$tree"
	echo "$output"
	[[ $output == "apply: a run before was killed while it changed $tree; completing it"*'is in '*' already; '* ]]
	cut -c 67- "$built/6.12/series/written" | while read -r file; do
		cmp "$tree/$file" "$built/6.12/linux/$file"
	done
	"$apply" -R "$tree"
	snapshot "$tree" | diff - "$BATS_TEST_TMPDIR/before"
}

@test "apply: a kernel/sys.c that differs: patch, file and hunk are named" {
	pristine_tree 6.12 "$tree"
	sed -i 's/case PR_GET_TID_ADDRESS:/case PR_GET_TID_ADDRESS: \/* mine *\//' "$tree/kernel/sys.c"
	unchanged "$tree" refused 2 \
		"apply: 0001-prctl-Send-*.patch does not apply to the Linux 6.12 in $tree: error: patch failed: kernel/sys.c:*" \
		"$apply" "$tree"
}

@test "apply: the series is in already, and taken out it is not in" {
	pristine_tree 6.12 "$tree"
	unchanged "$tree" refused 2 "apply: the series is not in $tree, or apply has not put it there; *" "$apply" -R "$tree"
	"$apply" "$tree"
	unchanged "$tree" refused 2 "apply: the series is in $tree already; make unapply *" "$apply" "$tree"
	for program in series/fit series/mailbox proving/kernels; do
		unchanged "$tree" refused 2 "${program#*/}: the series is in $tree already; take it out *" "$top/scripts/$program" "$tree"
	done
}

@test "apply: a part of it applied by hand" {
	pristine_tree 6.12 "$tree"
	for patch in "$top"/patches/000[1-4]*.patch; do
		(cd "$tree" && patch -s -p1 <"$patch")
	done
	unchanged "$tree" refused 2 \
		"apply: a part of the series is in $tree already, 0004-*.patch; take it out*" "$apply" "$tree"

	rm -rf "$tree"
	pristine_tree 6.12 "$tree"
	(cd "$tree" && patch -s -p1 <"$top"/patches/*-fs-*)
	unchanged "$tree" refused 2 \
		"apply: a part of the series is in $tree already, 00??-fs-*.patch; take it out*" "$apply" "$tree"

	# All of it, but not by this script.
	rm -rf "$tree"
	pristine_tree 6.12 "$tree"
	"$top/scripts/series/list" 6.12 | while read -r patch; do
		(cd "$tree" && patch -s -p1 <"$patch")
	done
	unchanged "$tree" refused 2 \
		"apply: *series* is in $tree already*; take it out as it came in*" "$apply" "$tree"
}

@test "apply: selftests of that name that somebody has" {
	pristine_tree 6.12 "$tree"
	mkdir "$tree/tools/testing/selftests/prctl_set_mm"
	unchanged "$tree" refused 2 "apply: tools/testing/selftests/prctl_set_mm is in $tree already*" "$apply" "$tree"
}

@test "apply: uncommitted changes in a file that it would touch, and in another" {
	git_tree 6.12 "$tree"
	echo '/* mine */' >>"$tree/kernel/fork.c"
	unchanged "$tree" refused 2 \
		"apply: uncommitted changes in kernel/fork.c of $tree; commit or stash them first" "$apply" "$tree"
	git -C "$tree" checkout -q kernel/fork.c
	cp "$tree/kernel/exit.c" "$tree/exit.c"
	echo '/* mine */' >>"$tree/exit.c"
	mv "$tree/exit.c" "$tree/kernel/exit.c"
	"$apply" "$tree"
	[ "$(tail -n 1 "$tree/kernel/exit.c")" = '/* mine */' ]
}

@test "apply: no permission to write" {
	pristine_tree 6.12 "$tree"
	open_folder
	unchanged "$tree" refused 2 "apply: no permission to write $tree/*" as_nobody "$apply" "$tree"
}

@test "apply: a full disk" {
	unshare -rm true || skip "no mount namespaces"
	mkdir "$tree" "$BATS_TEST_TMPDIR/few"
	cp -R "$built/6.12/series/pristine/." "$BATS_TEST_TMPDIR/few"
	cp "$built/6.12/linux/Makefile" "$BATS_TEST_TMPDIR/few"
	# There is room for these, and for 100 KiB more.
	size=$(($(du -sk "$BATS_TEST_TMPDIR/few" | cut -f 1) + 100))k
	run --separate-stderr unshare -rm sh -c 'mount -t tmpfs -o size="$4" none "$1" && cp -R "$2/." "$1" &&
		(cd "$1" && find . -type f | sort | xargs sha256sum) >"$2.before" || exit 99
		"$3" "$1"; status=$?
		(cd "$1" && find . -type f | sort | xargs sha256sum) >"$2.after"; exit $status' \
		sh "$tree" "$BATS_TEST_TMPDIR/few" "$apply" "$size"
	echo "$status $output $stderr"
	[ "$status" = 2 ]
	[[ $stderr == "apply: cannot write $tree/"*": No space left on device; nothing was changed" ]]
	cmp "$BATS_TEST_TMPDIR/few.before" "$BATS_TEST_TMPDIR/few.after"
}

@test "unapply: what somebody edited stays, and so does the series" {
	pristine_tree 6.12 "$tree"
	"$apply" "$tree"
	echo '/* mine */' >>"$tree/tools/testing/selftests/prctl_set_mm/tour.c"
	unchanged "$tree" refused 2 "apply: tools/testing/selftests/prctl_set_mm/tour.c in $tree was edited; *" "$apply" -R "$tree"
	cp --remove-destination "$top/selftests/tour.c" "$tree/tools/testing/selftests/prctl_set_mm/"
	# An edit elsewhere in a file of the series does not keep it in.
	cp "$tree/kernel/sys.c" "$tree/sys.c"
	echo '/* mine */' >>"$tree/sys.c"
	mv "$tree/sys.c" "$tree/kernel/sys.c"
	"$apply" -R "$tree"
	[ "$(tail -n 1 "$tree/kernel/sys.c")" = '/* mine */' ]
	sed '$d' "$tree/kernel/sys.c" | cmp - "$built/6.12/series/pristine/kernel/sys.c"
}

@test "test KDIR=: a tree without the series, and no tree" {
	pristine_tree 6.12 "$tree"
	KDIR=$tree refused 2 "test: the series is not in $tree; put it in with: make apply KDIR=$tree" "$top/scripts/running/test"
	KDIR=/none refused 2 'test: /none is no kernel tree: *' "$top/scripts/running/test"
}

@test "test KDIR=: is built outside of the tree, to the same kernel, and the tree stays" {
	[ -n "${SLOW-}" ] || skip "builds a kernel; with SLOW=1"
	pristine_tree 6.12 "$tree" arch drivers net sound
	"$apply" "$tree"
	export KDIR=$tree TESTS=args_test
	unchanged "$tree" "$top/scripts/running/test" >"$BATS_TEST_TMPDIR/log"
	cat "$BATS_TEST_TMPDIR/log"
	grep -q "^# Linux 6.12 in $tree x86_64" "$BATS_TEST_TMPDIR/log"
	[ "$(tail -n 1 "$BATS_TEST_TMPDIR/log")" = '9 passed, 0 failed, 0 skipped' ]
	# Another source folder, another build folder: the same kernel, to the bit.
	name=kdir-$(printf %s "$(cd "$tree" && pwd -P)" | sha256sum | cut -c 1-8)
	cmp "$built/$name/x86_64/vmlinux" "$built/6.12/x86_64/vmlinux"
	rm -rf "${built:?}/$name"
}
