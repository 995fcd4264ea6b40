#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# make series, tree and refresh: the series as it is sent, and as commits.

# What one test sets is meant for it alone; helpers.bash and bats set the rest.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helpers

# A project of its own, to change patches in, with the kernels that are there.
setup()
{
	export BUILD=$built
	project=$BATS_TEST_TMPDIR/project
	repo=$BATS_TEST_TMPDIR/repo
	mkdir "$project"
	cp -R "$top/patches" "$top/scripts" "$top/selftests" "$top/kernel-config" "$top/Documentation" "$project"
	export GIT_AUTHOR_NAME='PR_SET_MM patch series' GIT_AUTHOR_EMAIL=series@prctl-set-mm.invalid
	export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
}

# The kernel's own files, as many as the series changes, in a git repository.
pristine_repo()
{
	mkdir "$2"
	cp -R "$built/$1/series/pristine/." "$2"
	git -C "$2" init -q
	git -C "$2" add -A
	git -C "$2" commit -q -m "Linux $1"
	git -C "$2" tag base
}

# What make tree lays out, without the rest of the kernel.
series_tree()
{
	pristine_repo "$1" "$repo"
	(cd "$project" && scripts/series/list "$1") | xargs -d '\n' git -C "$repo" am -q
}

refresh()
{
	(cd "$project" && scripts/series/refresh "$@")
}

# fixup PATTERN: what is changed becomes part of the commit with that subject.
fixup()
{
	git -C "$repo" commit -q -a --fixup=":/$1"
	GIT_SEQUENCE_EDITOR=true git -C "$repo" rebase -q -i --autosquash base
}

changed()
{
	diff -rq "$top/patches" "$project/patches" | sed 's/^Files [^ ]* and .*patches/changed /; s/ differ$//' |
		sed "s|^Only in $top/patches: |gone /|; s|^Only in $project/patches: |new /|" | sort
}

@test "a commit that is added to a tree of the series has its author" {
	unset GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
	cat >"$project/scripts/series/try" <<-'END'
	#!/bin/sh
	set -eu
	. "$(dirname -- "$0")/../lib.sh"
	. "$top/scripts/series/tree.sh"
	series_repo "$@"
	END
	chmod +x "$project/scripts/series/try"
	mkdir "$repo"
	cp -R "$built/6.12/series/pristine/." "$repo"
	(cd "$project" && scripts/series/list 6.12) | head -n 1 | xargs -d '\n' "$project/scripts/series/try" "$repo" 6.12
	git -C "$repo" -c core.editor=true commit -q --allow-empty -m more
	[ "$(git -C "$repo" log -1 --format='%an <%ae> %cn')" = \
		'PR_SET_MM patch series <series@prctl-set-mm.invalid> PR_SET_MM patch series' ]
}

@test "series: git am takes it on each base without a word, and has the tested tree" {
	for base in 6.1 6.12 7.3; do
		rm -rf "$repo"
		pristine_repo $base "$repo"
		"$top/scripts/series/mailbox" $base
		run git -C "$repo" am "$BUILD/series-$base"/0*.patch
		echo "$output"
		[ "$status" = 0 ]
		[[ $output != *warning* ]]
		# The kernel code, the selftests, the document.
		[ "$(git -C "$repo" log --format=%s base.. | wc -l)" = $(($("$top/scripts/series/list" $base | wc -l) + 2)) ]
		(cd "$repo" && git ls-files) | while read -r file; do
			cmp "$repo/$file" "$built/$base/linux/$file"
		done
		diff -r "$repo/tools/testing/selftests/prctl_set_mm" "$top/selftests"
	done
}

@test "series: for a tree of one's own, whose version, commit and properties it names" {
	pristine_repo 6.1 "$repo"
	cp "$built/6.1/linux/Makefile" "$repo"
	git -C "$repo" add Makefile
	git -C "$repo" commit -q -m makefile
	run -0 --separate-stderr "$top/scripts/series/mailbox" "$repo"
	folder=${lines[0]##* are in }
	letter=$folder/0000-cover-letter.txt
	grep -qx "This is version [0-9.]* of the series, for Linux 6.1, commit $(git -C "$repo" rev-parse HEAD | cut -c 1-12)." "$letter"
	grep -q '^  user_path=field ' "$letter"
	git -C "$repo" am -q "$folder"/0*.patch
	# On a tree with another way to deny write access it stops, at the latest there.
	rm -rf "$repo"
	pristine_repo 6.1 "$repo"
	sed -i 's/exe_file_deny_write_access(/other_deny_write_access(/' "$repo/kernel/fork.c"
	git -C "$repo" commit -q -a -m other
	run ! git -C "$repo" am -q "$folder"/0*.patch
	rm -rf "$folder"
}

@test "series: two runs give the same bytes, and no word is left to fill in" {
	"$top/scripts/series/mailbox" 6.12
	cp -R "$BUILD/series-6.12" "$BATS_TEST_TMPDIR/first"
	"$top/scripts/series/mailbox" 6.12
	diff -r "$BUILD/series-6.12" "$BATS_TEST_TMPDIR/first"
	run ! grep -rE '\*\*\*|^Signed-off-by' "$BUILD/series-6.12"
	count=$(find "$BUILD/series-6.12" -maxdepth 1 -name '*.patch' | wc -l)
	grep -q "^Subject: \[PATCH 00/$count\] prctl: " "$BUILD/series-6.12/0000-cover-letter.txt"
	grep -q ' files changed, ' "$BUILD/series-6.12/0000-cover-letter.txt"
}

@test "series: SIGNOFF adds one trailer to each patch, and has to be a person" {
	SIGNOFF='A. Sender <a@example.org>' "$top/scripts/series/mailbox" 6.12
	for patch in "$BUILD"/series-6.12/00[01][1-9]*.patch; do
		[ "$(grep -c '^Signed-off-by: A. Sender <a@example.org>$' "$patch")" = 1 ]
	done
	for signoff in me 'me@example.org' '<me@example.org>' 'Me <me>'; do
		SIGNOFF=$signoff refused 2 "mailbox: SIGNOFF='$signoff' is no name and address; *" \
			"$top/scripts/series/mailbox" 6.12
	done
}

@test "series: get_maintainer.pl names the sender for the selftests" {
	SIGNOFF='A. Sender <a@example.org>' "$top/scripts/series/mailbox" 6.12
	pristine_repo 6.12 "$repo"
	git -C "$repo" am -q "$BUILD/series-6.12"/0*.patch
	cd "$built/6.12/linux"
	run -0 ./scripts/get_maintainer.pl --no-git --no-git-fallback --no-rolestats \
		--mpath "$repo/MAINTAINERS" -f tools/testing/selftests/prctl_set_mm/tour.c
	echo "$output"
	[ "${lines[0]}" = '"A. Sender" <a@example.org>' ]
	sed -n '/^PRCTL PR_SET_MM$/,/^$/s/^F:\t//p' "$repo/MAINTAINERS" >"$BATS_TEST_TMPDIR/files"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/files")" = 3 ]
	while read -r file; do
		[ -e "$repo/$file" ]
	done <"$BATS_TEST_TMPDIR/files"
}

@test "series: git am takes the manual page on what man-pages has today" {
	"$top/scripts/series/mailbox" 6.12
	mkdir "$repo"
	"$top/scripts/series/mailbox-man" --layout "$repo"
	[ "$(find "$repo" -type f | wc -l)" = 16 ]
	! grep -r '^\.TH' "$repo" | grep -v '(date) "Linux man-pages (unreleased)"' || return 1
	git -C "$repo" init -q
	git -C "$repo" add -A
	git -C "$repo" commit -q -m man-pages
	run -0 git -C "$repo" am "$BUILD/series-6.12/man-pages"/*.patch
	echo "$output"
	[[ $output != *warning* ]]
	cd "$repo/man"
	# All of them are one page now: ours, without its comments, and with the project's head.
	for page in man2const/*; do
		MANPATH=$PWD man -P cat -l "$page" >/dev/null
		[ "$page" = man2const/PR_SET_MM.2const ] ||
			[ "$(cat "$page")" = '.so man2const/PR_SET_MM.2const' ]
	done
	diff <(sed '1,/^\.TH/d; /^\.\\"\( [A-Z][0-9]\)*$/d' "$top/Documentation/PR_SET_MM.2const") \
		<(sed '1,/^\.TH/d' man2const/PR_SET_MM.2const)
	grep -q Copyright man2const/PR_SET_MM.2const
	groff -man -ww -z man2const/PR_SET_MM.2const
	man -M . -P cat PR_SET_MM_EXE_FILE | grep -q 'CAVEATS'
}

@test "series: without man-pages the kernel's patches are there, and it says so" {
	BUILD=$BATS_TEST_TMPDIR/build
	mkdir -p "$BUILD/cache"
	ln -s "$built/6.12" "$BUILD"
	printf 'Acquire::%s::Proxy "http://127.0.0.1:9";\n' http https >"$BATS_TEST_TMPDIR/apt.conf"
	APT_CONFIG=$BATS_TEST_TMPDIR/apt.conf run -2 "$top/scripts/series/mailbox" 6.12
	echo "$output"
	[[ $output == *'cannot fetch manpages-dev: '*'mailbox: but not the manual page for the man-pages project' ]]
	[ -e "$BUILD/series-6.12/0000-cover-letter.txt" ]
}

@test "refresh: patches/ comes back byte for byte from each base" {
	for base in 6.1 6.12 7.3; do
		rm -rf "$repo"
		series_tree $base
		run refresh $base "$repo"
		[ "$status" = 0 ]
		[ "$output" = 'patches/ has all of it already' ]
		[ -z "$(changed)" ]
	done
}

@test "refresh: an edit of one commit writes that file and no other" {
	series_tree 6.12
	sed -i "s/Copy the caller's vector. \*/Copy the vector of the caller. */" "$repo/kernel/sys.c"
	fixup 'prctl: Replace the aux'
	run refresh 6.12 "$repo"
	echo "$output"
	[ "$status" = 0 ]
	[ "$(changed)" = 'changed /0009-prctl-Replace-the-auxiliary-vector-atomically-for-re.patch' ]
	# And again nothing.
	run refresh -n 6.12 "$repo"
	[ "$status" = 0 ]
}

@test "refresh: lines that depend on the tree come back as their words, on each base" {
	for base in 6.1 7.3; do
		rm -rf "$repo" "$project/patches"
		cp -R "$top/patches" "$project"
		series_tree $base
		sed -i 's/The new executable must be a file that the caller/The new executable must be one that the caller/' "$repo/kernel/sys.c"
		fixup 'prctl: Replace the exe'
		run refresh $base "$repo"
		echo "$output"
		[ "$status" = 0 ]
		file=0011-prctl-Replace-the-executable-only-once-and-the-map-w.patch
		[ "$(changed)" = "changed /$file" ]
		[ "$(diff "$top/patches/$file" "$project/patches/$file" | grep -c '^[<>] +')" = 2 ]
		[[ $output == *"lines that depend on the tree: $file; not tried on a tree with deny_write=plain, deny_write=none"* ]]
	done
}

@test "refresh: an edit of a line that depends on the tree is for patches/variants" {
	series_tree 6.12
	sed -i 's/return exe_file_deny_write_access(file);/return exe_file_deny_write_access((file));/' "$repo/kernel/sys.c"
	fixup 'prctl: Replace the exe'
	run refresh 6.12 "$repo"
	[ "$status" = 2 ]
	[[ $output == *'found no place for @deny_write@; '* ]]
	[ -z "$(changed)" ]
}

@test "refresh: what the commit that removes the old functions does beside that" {
	series_tree 6.12
	sed -i '0,/^\treturn -EINVAL;\n}\n#endif/s//&/; s/^#endif \/\* CONFIG_CHECKPOINT_RESTORE \*\/$/#endif \/* no restore *\//' "$repo/kernel/sys.c"
	fixup 'prctl: Remove the old'
	run refresh 6.12 "$repo"
	echo "$output"
	[ "$status" = 0 ]
	[ "$(changed)" = 'changed /0013-prctl-Remove-the-old-implementation-of-PR_SET_MM.patch' ]
	run ! grep -q validate_prctl_map_addr "$project"/patches/*.patch
	run refresh -n 6.12 "$repo"
	[ "$status" = 0 ]
}

@test "refresh: -n writes nothing and says what would be" {
	series_tree 6.12
	echo '/* more */' >>"$repo/fs/proc/base.c"
	fixup 'proc: Read'
	run refresh -n 6.12 "$repo"
	[ "$status" = 1 ]
	[ "$output" = 'changed: patches/0005-proc-Read-the-auxiliary-vector-in-one-piece.patch' ]
	[ -z "$(changed)" ]
}

@test "refresh: a commit that is new, gone, moved or renamed" {
	# A base for which one of the patches is not.
	series_tree 6.1
	sed -i '1i /* first */' "$repo/fs/proc/base.c"
	git -C "$repo" commit -q -a -m 'proc: Say who is first'
	GIT_SEQUENCE_EDITOR="sed -i -e '/proc: Show in status/d' -e '/Say who/d' -e '1i pick $(git -C "$repo" rev-parse HEAD)'" \
		git -C "$repo" rebase -q -i base
	run refresh 6.1 "$repo"
	echo "$output"
	changed
	[ "$status" = 0 ]
	[ -e "$project/patches/0001-proc-Say-who-is-first.patch" ]
	[ -e "$project/patches/0002-prctl-Send-PR_SET_MM-through-a-new-dispatcher.patch" ]
	# One between the two has a number that is higher by one.
	between=$(cd "$top/patches" && echo 00??-Documentation-Describe-*)
	[ -e "$project/patches/$(printf %04d $((10#${between%%-*} + 1)))-${between#*-}" ]
	! compgen -G "$project/patches/*-proc-Show-in-status-*" || return 1
	cmp "$project/patches/0007-prctl-Read-the-vector-of-PR_GET_AUXV-in-one-piece.patch" \
		"$top/patches/0006-prctl-Read-the-vector-of-PR_GET_AUXV-in-one-piece.patch"
	grep -qE '^0001-proc-Say-who-is-first.patch +-$' "$project/patches/series"
	grep -qE '^0007-prctl-Read-the-vector-of-PR_GET_AUXV-in-one-piece.patch +get_auxv=yes$' "$project/patches/series"
	grep -qE '^0010-prctl-Replace-the-auxiliary-vector-atomically-for-re.patch +- +auxv_test$' "$project/patches/series"
	[ "$(grep -vc '^#' "$project/patches/series")" = "$(grep -vc '^#' "$top/patches/series")" ]
	# What was written is what the tree has.
	run refresh -n 6.1 "$repo"
	[ "$status" = 0 ]
}

@test "refresh: a change that does not fit on another base is named" {
	series_tree 6.12
	line=$(comm -13 <(sort "$built/6.1/series/pristine/kernel/sys.c") <(sort "$built/6.12/series/pristine/kernel/sys.c") |
		grep -m 1 RISCV)
	sed -i "0,/^$line\$/s//&\n\/* more *\//" "$repo/kernel/sys.c"
	git -C "$repo" diff | grep -q more
	fixup 'prctl: Replace the exe'
	run refresh 6.12 "$repo"
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *'0011-prctl-'*'.patch does not apply to 6.1: error: patch failed: kernel/sys.c:'* ]]
	[[ $output == *'on 6.1 that patch needs lines of its own'* ]]
}

@test "refresh: no tree, a rebase that goes on, changes that are not committed" {
	refused 2 'refresh: there is no /none; make tree BASE=6.12 lays it out' "$project/scripts/series/refresh" 6.12 /none
	series_tree 6.12
	echo '/* more */' >>"$repo/kernel/sys.c"
	refused 2 "refresh: $repo has changes that are not committed; *" "$project/scripts/series/refresh" 6.12 "$repo"
	git -C "$repo" checkout -q .
	GIT_SEQUENCE_EDITOR="sed -i '1s/pick/edit/'" git -C "$repo" rebase -q -i base 2>/dev/null
	refused 2 "refresh: a rebase is going on in $repo; *" "$project/scripts/series/refresh" 6.12 "$repo"
}

@test "tree: the whole kernel as commits, laid out anew, but not over an edit" {
	[ -n "${SLOW-}" ] || skip "copies a kernel; with SLOW=1"
	tree=$built/6.12/tree
	rm -rf "$tree"
	"$project/scripts/series/tree" 6.12
	[ "$(git -C "$tree" log --format=%s base.. | wc -l)" = "$("$top/scripts/series/list" 6.12 | wc -l)" ]
	cmp "$tree/kernel/sys.c" "$built/6.12/linux/kernel/sys.c"
	[ ! -e "$tree/tools/testing/selftests/prctl_set_mm" ]
	echo new >"$tree/kernel/new.c"
	[ "$(git -C "$tree" status --porcelain)" = '?? kernel/new.c' ]
	rm "$tree/kernel/new.c"
	[ "$(refresh 6.12)" = 'patches/ has all of it already' ]

	echo '/* more */' >>"$tree/kernel/sys.c"
	git -C "$tree" commit -q -a -m 'prctl: More'
	run "$project/scripts/series/tree" 6.12
	[ "$status" = 2 ]
	[[ ${lines[-1]} == "tree: $tree is not what patches/ has; make refresh BASE=6.12 writes it there, "* ]]
	[ "$(tail -n 1 "$tree/kernel/sys.c")" = '/* more */' ]
	rm -rf "$tree"
}

@test "check-objects: a new warning is named with the patch that brought it" {
	[ -n "${SLOW-}" ] || skip "compiles every patch; with SLOW=1"
	series_tree 6.12
	sed -i 's/^\tstruct prctl_mm_exe exe = {$/\tint never_used;\n&/' "$repo/kernel/sys.c"
	git -C "$repo" diff | grep never_used
	fixup 'prctl: Add a trace'
	refresh 6.12 "$repo"
	run "$project/scripts/checking/check-objects" 6.12
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"6.12: new with 00"??"-prctl-Add-a-tracepoint-"*"kernel/sys.c: warning: unused variable "*never_used* ]]
	[[ $output != *'new with 00'??'-fs-'* ]]
}
