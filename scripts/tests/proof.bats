#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What shows that the selftests are complete: scripts/pages/trace, scripts/proving/mutate and
# scripts/proving/differential.

# What one test sets is meant for it alone; helpers.bash and bats set the rest.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helpers

# traced: the table of copies, which a test has changed.
traced()
{
	run "$top/scripts/pages/trace" "$BATS_TEST_TMPDIR/contract.md" "$top/Documentation/sentences.tsv" \
		"$BATS_TEST_TMPDIR/selftests" "$BATS_TEST_TMPDIR/bats"
	echo "status $status: $output"
}

copies()
{
	cp "$top/Documentation/contract.md" "$BATS_TEST_TMPDIR"
	cp -R "$top/selftests" "$BATS_TEST_TMPDIR"
	mkdir "$BATS_TEST_TMPDIR/bats"
	cp "$top/scripts/tests/kernel.bats" "$BATS_TEST_TMPDIR/bats"
}

@test "trace: every clause has its tests, and the page says which" {
	copies
	traced
	[ "$status" = 0 ]
	[[ $output == *'| E8 | '*'| exe_test: '*'exe.vfork_shares;'*' |'* ]]
}

@test "trace: a clause without a test" {
	copies
	sed -i 's|E9|E8|' "$BATS_TEST_TMPDIR"/selftests/*_test.c
	traced
	[ "$status" = 1 ]
	[[ $output == 'trace: no test proves E9'* ]]
}

@test "trace: a test without a clause, and with one that there is not" {
	copies
	sed -i 's|/\* E9: a file with no name|/* a file with no name|; s|/\* E9: a file that|/* E9 E0: a file that|' \
		"$BATS_TEST_TMPDIR/selftests/exe_test.c"
	traced
	[ "$status" = 1 ]
	[[ $output == *'trace: exe_test exe.deleted names no clause'* ]]
	[[ $output == *'trace: exe_test exe.memfd names E0, which is no clause'* ]]
}

@test "trace: a result that is not a pass is seen in the table" {
	copies
	printf '%s\n' 'KTAP version 1' 1..1 '    KTAP version 1' '    # Subtest: 6.12/run-1' \
		'        # Subtest: exe_test_32' '        not ok 1 exe.deleted' >"$BATS_TEST_TMPDIR/results"
	run "$top/scripts/pages/trace" "$BATS_TEST_TMPDIR/contract.md" "$top/Documentation/sentences.tsv" \
		"$BATS_TEST_TMPDIR/selftests" "$BATS_TEST_TMPDIR/bats" "$BATS_TEST_TMPDIR/results"
	[ "$status" = 0 ]
	[[ $output == *'| E9 | '*'exe_test: exe.deleted; '*' | FAILED |'* ]]
}

# A tree with the files that mutants are made in.
tree_of_mutants()
{
	tree=$BATS_TEST_TMPDIR/tree
	awk '/^[^ \t#]+ [a-z_]+$/ && !seen[$1]++ { print $1 }' "$top/scripts/proving/mutants.list" | while read -r file; do
		mkdir -p "$tree/${file%/*}"
		cp "$built/6.12/linux/$file" "$tree/$file"
	done
}

@test "mutate: every mutant of the list can be made, and is another text" {
	tree_of_mutants
	"$top/scripts/proving/mutate" "$top/scripts/proving/mutants.list" >"$BATS_TEST_TMPDIR/all"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/all")" -ge 60 ]
	while IFS=$'\t' read -r number file _; do
		"$top/scripts/proving/mutate" "$top/scripts/proving/mutants.list" "$number" "$tree"
		! cmp -s "$built/6.12/linux/$file" "$tree/$file" || return 1
		cp "$built/6.12/linux/$file" "$tree/$file"
	done <"$BATS_TEST_TMPDIR/all"
}

@test "mutate: what is not there, is there twice, is in no function, is no mutant" {
	tree_of_mutants
	local list=$BATS_TEST_TMPDIR/list
	printf 'kernel/sys.c prctl_mm_check_map\n\tno such text => x\n\treturn => goto\n' >"$list"
	refused 2 "mutate: $list:2: found 0 times in prctl_mm_check_map: no such text" \
		"$top/scripts/proving/mutate" "$list" 1 "$tree"
	refused 2 "mutate: $list:3: found 4 times in prctl_mm_check_map: return" \
		"$top/scripts/proving/mutate" "$list" 2 "$tree"
	refused 2 'mutate: there is no mutant 3' "$top/scripts/proving/mutate" "$list" 3 "$tree"
	printf 'kernel/sys.c no_such_function\n\ta => b\n' >"$list"
	refused 2 "mutate: $list:2: no no_such_function in kernel/sys.c" "$top/scripts/proving/mutate" "$list" 1 "$tree"
	printf 'what is this\n' >"$list"
	refused 2 "mutate: $list:1: neither a place nor a mutant: what is this" "$top/scripts/proving/mutate" "$list"
	cmp "$built/6.12/linux/kernel/sys.c" "$tree/kernel/sys.c"
}

@test "differential: wrong use" {
	refused 2 'differential: usage: *' "$top/scripts/proving/differential"
	refused 2 "differential: 'many' is no number" env CALLS=many "$top/scripts/proving/differential" 6.12
	refused 2 "differential: unknown BASE '5.4'; there is *" "$top/scripts/proving/differential" 5.4
	refused 2 "mutants: unknown BASE '5.4'; there is *" "$top/scripts/proving/mutants" 5.4
}

@test "soak: wrong use" {
	refused 2 'soak: usage: *' "$top/scripts/proving/soak"
	refused 2 "soak: 'many' is no number" env CALLS=many "$top/scripts/proving/soak" 6.12
	refused 2 "soak: '-1' is no number" env SEED=-1 "$top/scripts/proving/soak" 6.12
	refused 2 'soak: BOOT is the number of calls of each boot, not 0' env BOOT=0 "$top/scripts/proving/soak" 6.12
	refused 2 'soak: cannot read /nowhere' env REPLAY=/nowhere "$top/scripts/proving/soak" 6.12
	refused 2 "soak: unknown BASE '5.4'; there is *" "$top/scripts/proving/soak" 5.4
}

# The sequence has no call that diverges; that one does is seen with each mutant.
@test "soak: a printed sequence runs again, as it is or in the comments of a test" {
	export BUILD=$built
	printf '%s\n' 'some words' '# soak-replay level 1' '# call 0xd 0x1 0x1 0xfff00001	# EXE_FILE' \
		'# soak-replay ends' '# call 0x1' >"$BATS_TEST_TMPDIR/replay"
	run --separate-stderr "$top/qemu/vm" --add "$built/6.12/x86_64/tests/soak:/soak" \
		--add "$BATS_TEST_TMPDIR/replay:/replay" -- /soak --replay /replay
	echo "status $status: $output $stderr"
	[ "$status" = 0 ]
	[ "${lines[-1]}" = '# 1 steps, and nothing diverges' ]
	printf 'soak-replay level 1\nno_such_step 0 0 0 0\n' >"$BATS_TEST_TMPDIR/replay"
	run "$top/qemu/vm" --add "$built/6.12/x86_64/tests/soak:/soak" \
		--add "$BATS_TEST_TMPDIR/replay:/replay" -- /soak --replay /replay
	[ "$status" = 2 ]
	[[ $output == *'soak: there is no sequence in the file'* ]]
}

@test "build-first, cost: wrong use" {
	export BUILD=$built
	refused 2 'build-first: usage: *' "$top/scripts/building/build-first" 6.12
	refused 2 "build-first: unknown BASE '5.4'; there is *" "$top/scripts/building/build-first" 5.4 0
	refused 2 "build-first: 'all' is no number of patches" "$top/scripts/building/build-first" 6.12 all
	refused 2 'build-first: the series has * patches for 6.12, not 99' "$top/scripts/building/build-first" 6.12 99
	refused 2 'cost: usage: *' "$top/scripts/proving/cost"
	refused 2 "cost: unknown BASE '5.4'; there is *" "$top/scripts/proving/cost" 5.4
}

# The program counts; that the guest's time does is qemu/vm's.
@test "cost: with --icount the same call takes the same, to the digit" {
	export BUILD=$built
	cost()
	{
		"$top/qemu/vm" --icount --add "$built/6.12/x86_64/tests/cost:/cost" -- /cost
	}
	cost >"$BATS_TEST_TMPDIR/first"
	cost | diff "$BATS_TEST_TMPDIR/first" -
	grep -q '^MAP_SIZE	accepted	[1-9]' "$BATS_TEST_TMPDIR/first"
}

@test "coverage: wrong use" {
	refused 2 'coverage: usage: *' "$top/scripts/proving/coverage"
	refused 2 "coverage: unknown BASE '5.4'; there is *" "$top/scripts/proving/coverage" 5.4
}
