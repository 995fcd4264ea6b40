#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# make fit: the probes, the lines that depend on the tree, and the removal of the old
# functions, with inputs written for that, and on the trees that are at hand.

# shellcheck disable=SC2016,SC2154	# helpers.bash and bats set the rest

load helpers

remover=$top/scripts/series/remove-functions.awk

# removed NAMES: what is left of stdin without these functions, with each awk there is.
removed()
{
	cat >"$BATS_TEST_TMPDIR/in.c"
	rm -rf "$BATS_TEST_TMPDIR/texts"
	mkdir "$BATS_TEST_TMPDIR/texts"
	local awk first=
	for awk in mawk gawk 'busybox awk'; do
		command -v "${awk%% *}" >/dev/null || continue
		run --separate-stderr sh -c 'cd "$1" && $2 -v names="$3" -v texts=texts -f "$4" in.c' \
			sh "$BATS_TEST_TMPDIR" "$awk" "$1" "$remover"
		# Each says the same.
		[ -z "$first" ] || [ "$status $output $stderr" = "$first" ]
		first="$status $output $stderr"
	done
}

@test "removal: a function with its comment, and no line but these" {
	removed old_one <<'END'
int first;

/*
 * About the old one.
 */
static int old_one(int a,
		   int b)
{
	if (a)
		return b;
	return 0;
}

/* About another, which only looks like it. */
static int very_old_one(void)
{
	return 1;
}
END
	[ "$status" = 0 ]
	[ "$output" = "$(printf '%s\n' 'int first;' '' '/* About another, which only looks like it. */' \
		'static int very_old_one(void)' '{' '	return 1;' '}')" ]
	[ "$(wc -l <"$BATS_TEST_TMPDIR/texts/old_one.1")" = 7 ]
}

@test "removal: prototypes, a stub for another configuration, empty blocks and #else" {
	removed 'old_one old_two' <<'END'
extern int old_two(struct thing *thing,
		   int more);
int kept;

#ifdef CONFIG_A
#ifdef CONFIG_B
static int old_one(void)
{
	return 1;
}
#endif
#endif /* CONFIG_A */

#ifdef CONFIG_C
int other;

static int old_two(struct thing *thing, int more)
{
#ifdef CONFIG_D
	more++;
#else
	more--;
#endif
	return more;
}
#else
static int old_two(struct thing *thing, int more)
{
	return 0;
}
#endif

#ifdef CONFIG_EMPTY_BEFORE
#endif
END
	echo "$output $stderr"
	[ "$status" = 0 ]
	[ "$output" = "$(printf '%s\n' 'int kept;' '' '#ifdef CONFIG_C' 'int other;' '' '#endif' '' \
		'#ifdef CONFIG_EMPTY_BEFORE' '#endif')" ]
	[ -e "$BATS_TEST_TMPDIR/texts/old_two.2" ]
}

@test "removal: what is not there, is used, crosses a block or does not end is named" {
	removed 'old_one absent' <<'END'
static int old_one(void)
{
	return 0;
}
END
	[ "$status" = 1 ]
	[ -z "$output" ]
	[ "$stderr" = 'in.c: absent() is not there' ]

	removed old_one <<'END'
static int old_one(void)
{
	return 0;
}

/* old_one() in a comment, */
static const char *name = "and old_one in a string";
static int other(void)
{
	return old_one();
}
END
	[ "$status" = 1 ]
	[ "$stderr" = 'in.c: line 10 still uses old_one' ]

	removed old_one <<'END'
static int old_one(void)
{
#ifdef CONFIG_A
	return 0;
}
#else
	return 1;
}
#endif
END
	[ "$status" = 1 ]
	[ "$stderr" = 'in.c: old_one(): a preprocessor block crosses its border, in line 5' ]

	removed old_one <<'END'
static int old_one(void)
{
	return 0;
END
	[ "$status" = 1 ]
	[ "$stderr" = 'in.c: old_one(): no line that starts with "}" ends it' ]
}

# A tree of a few lines that has what the probes look for, or not.
small_tree()
{
	mkdir -p "$1/kernel" "$1/include/linux"
	printf 'VERSION = 6\nPATCHLEVEL = 12\n' >"$1/Makefile"
	echo 'int sys;' >"$1/kernel/sys.c"
	echo "	if (file && $2deny_write(file))" | sed 's/deny_write/deny_write_access/' >"$1/kernel/fork.c"
	echo "$3" >"$1/include/linux/fs.h"
	echo "typedef int proc_handler($4struct ctl_table *ctl, int write);" >"$1/include/linux/sysctl.h"
}

@test "fit: the answers come from the tree, not from its version, and nothing changes" {
	small_tree "$BATS_TEST_TMPDIR/one" exe_file_ 'path *file_user_path(struct file *f);' 'const '
	small_tree "$BATS_TEST_TMPDIR/two" '' 'int exe_file_deny_write_access(struct file *f);' ''
	echo '#define fd_file(f) ((struct file *)((f).word & ~3))' >"$BATS_TEST_TMPDIR/one/include/linux/file.h"
	mkdir -p "$BATS_TEST_TMPDIR/two/fs/proc"
	echo '	*shared = __page_size_count(get_mm_counter_sum(mm, MM_FILEPAGES) +' >"$BATS_TEST_TMPDIR/two/fs/proc/task_mmu.c"
	for tree in one two; do
		cp -a "$BATS_TEST_TMPDIR/$tree" "$BATS_TEST_TMPDIR/$tree.before"
		run -1 "$top/scripts/series/fit" "$BATS_TEST_TMPDIR/$tree"
		echo "$output"
		diff -r "$BATS_TEST_TMPDIR/$tree.before" "$BATS_TEST_TMPDIR/$tree"
		[[ $output == *'0001-prctl-'*'.patch '*'error: patch failed: kernel/sys.c:'* ]]
		[[ ${lines[-1]} == '0 fit, '*' do not' ]]
		echo "$output" | sed -n 's/^\([a-z_]*=[a-z_]*\) .*/\1/p' | paste -sd ' ' >"$BATS_TEST_TMPDIR/$tree.answers"
	done
	[ "$(cat "$BATS_TEST_TMPDIR/one.answers")" = 'deny_write=exe_file struct_fd=word get_auxv=no user_path=function sysctl_handler=const sysctl_table=plain audit_stamp=fields page_count=plain' ]
	[ "$(cat "$BATS_TEST_TMPDIR/two.answers")" = 'deny_write=plain struct_fd=file get_auxv=no user_path=field sysctl_handler=plain sysctl_table=plain audit_stamp=fields page_count=emulated' ]
}

@test "fit: no tree" {
	refused 2 'fit: which kernel tree? make fit KDIR=/path/to/linux' "$top/scripts/series/fit" ''
	refused 2 'fit: /none is no kernel tree: *' "$top/scripts/series/fit" /none
}

@test "fit: the lines for each answer, counted, and back to their words" {
	patch=$top/patches/$(basename "$top"/patches/*sysctl-for*)
	for answer in const plain; do
		answers="deny_write=none user_path=field sysctl_handler=$answer sysctl_table=$answer"
		awk -v answers="$answers" -f "$top/scripts/series/resolve.awk" "$top/patches/variants" "$patch" >"$BATS_TEST_TMPDIR/made"
		run ! grep -q '^[ +-]@' "$BATS_TEST_TMPDIR/made"
		# git apply counts the lines of each hunk.
		mkdir -p "$BATS_TEST_TMPDIR/empty"
		git -C "$BATS_TEST_TMPDIR/empty" apply --numstat "$BATS_TEST_TMPDIR/made"
		awk -v answers="$answers" -f "$top/scripts/series/unresolve.awk" "$top/patches/variants" "$patch" "$BATS_TEST_TMPDIR/made" |
			diff <(grep -v '^@@' "$patch") <(cat -) >"$BATS_TEST_TMPDIR/diff" || :
		run ! grep -q '^[<>] [ +-][^@]' "$BATS_TEST_TMPDIR/diff"
	done
	awk -v answers="deny_write=none" -f "$top/scripts/series/resolve.awk" "$top/patches/variants" "$patch" 2>"$BATS_TEST_TMPDIR/error" && return 1
	grep -q 'patches/variants has no line for @' "$BATS_TEST_TMPDIR/error"
}

@test "fit: every patch comes back from the text for any tree" {
	for answers in 'deny_write=exe_file struct_fd=file user_path=field sysctl_handler=plain sysctl_table=plain audit_stamp=fields page_count=plain' \
		'deny_write=plain struct_fd=word user_path=function sysctl_handler=const sysctl_table=plain audit_stamp=struct page_count=sum' \
		'deny_write=none struct_fd=word user_path=function sysctl_handler=const sysctl_table=const audit_stamp=struct page_count=emulated'; do
		for patch in "$top"/patches/*.patch; do
			awk -v answers="$answers" -f "$top/scripts/series/resolve.awk" "$top/patches/variants" "$patch" >"$BATS_TEST_TMPDIR/made"
			awk -v answers="$answers" -f "$top/scripts/series/unresolve.awk" "$top/patches/variants" "$patch" "$BATS_TEST_TMPDIR/made" |
				diff <(grep -v '^@@' "$patch") <(grep -v '^@@' -)
		done
	done
}

@test "fit: no text of what is removed is in patches/" {
	for name in validate_prctl_map_addr prctl_set_auxv replace_mm_exe_file; do
		run ! grep -E "^-.*$name" "$top"/patches/*.patch
	done
}

@test "fit: every tree at hand takes the series and gives it back" {
	trees=${TREES:-$top/../shared/trees/trees.tar.xz}
	[ -e "$trees" ] || skip "there are no trees; TREES=FILE names an archive of some"
	mkdir "$BATS_TEST_TMPDIR/trees"
	tar -C "$BATS_TEST_TMPDIR/trees" -xf "$trees"
	for tree in "$BATS_TEST_TMPDIR/trees"/*; do
		cp -a "$tree" "$BATS_TEST_TMPDIR/tree"
		run -0 --separate-stderr "$top/scripts/series/fit" "$BATS_TEST_TMPDIR/tree"
		[[ ${lines[-1]} == *' fit, 0 do not' ]]
		"$top/scripts/series/apply" "$BATS_TEST_TMPDIR/tree" >/dev/null
		run ! cmp -s "$tree/kernel/sys.c" "$BATS_TEST_TMPDIR/tree/kernel/sys.c"
		"$top/scripts/series/apply" -R "$BATS_TEST_TMPDIR/tree" >/dev/null
		diff -r "$tree" "$BATS_TEST_TMPDIR/tree"
		rm -rf "$BATS_TEST_TMPDIR/tree"
	done
}
