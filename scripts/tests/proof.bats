#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What shows that the selftests are complete: scripts/pages/trace, scripts/proving/mutants and
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

# A kernel of one file, before and after a series, that can be built and run here. Arguments
# are lines of a list of mutants.
small_kernel()
{
	mkdir -p before/kernel after/kernel out/kernel
	cat >after/kernel/sys.c <<-'C'
		#define EPERM 1
		#define EINVAL 22
		int printf(const char *format, ...);
		unsigned long strtoul(const char *text, char **end, int base);
		void *memcpy(void *to, const void *from, unsigned long size);
		#define __init __attribute__((unused))
		#define kstrtouint(text, base, to) (*(to) = strtoul(text, (void *)0, base), 0)
		#define early_param(name, function) static int (*at_boot)(char *) = function
		#define spin_lock(lock) (*(lock) += 1)
		#define spin_unlock(lock) (*(lock) -= 1)
		static int untouched(int x) { return x < 3 && x; }
		static struct { int arg_lock, page_table_lock; } locks;
		static const int table[] = {
			2, 7 };
		/* A comment with x && y. */
		static int judge(unsigned long size, int a, int b)
		{
			int error = -EPERM;

			if (a == b || size > 5)
				return -EINVAL;
			spin_lock(&(&locks)->arg_lock);
			error = table[0] | a;
			printf("judged ");
			spin_unlock(&(&locks)->arg_lock);
			return error;
		}
		#define LIMIT 1792
	C
	cat >main.c <<-'C'
		int main(int argc, char **argv)
		{
			at_boot(argv[1]);
			printf("%d\n", judge(1UL << 32, 1, untouched(2)));
			printf("%d\n", judge(4, 1, 4 + LIMIT));
			return argc;
		}
	C
	sed '/^static const int table/,/^}$/d; /LIMIT/d' after/kernel/sys.c >before/kernel/sys.c
	echo 'cmd_kernel/sys.o := gcc -c -o kernel/sys.o ../after/kernel/sys.c' >out/kernel/.sys.o.cmd
	printf '%s\n' "$@" >list
}

mutants_make=$top/scripts/proving/mutants-make

@test "mutants-make: each operator where it applies, and no mutant of what was there before" {
	cd "$BATS_TEST_TMPDIR"
	small_kernel 'kernel/sys.c judge' $'\tsize > 5 => size > 500'
	"$mutants_make" list before after out made
	cut -f 2,3,6,7,8 made/table | tr '\t' '|' >said
	while read -r line; do
		grep -qxF -e "$line" said || { echo "not made: $line"; cat said; return 1; }
	done <<-'WANT'
		switch|by hand|judge|size > 5|size > 500
		switch|drop an operand|judge|a == b || size > 5|a == b
		switch|drop an operand|judge|a == b || size > 5|size > 5
		switch|and is or|judge||||&&
		switch|relation|judge|==|!=
		switch|relation|judge|>|>=
		switch|constant|judge|5|6
		switch|errno|judge|-EINVAL|-EPERM
		switch|errno|judge|-EINVAL|0
		switch|errno|judge|-EPERM|-EINVAL
		switch|condition is true|judge|a == b || size > 5|1
		switch|delete a statement|judge|printf("judged ");|;
		switch|swap statements|judge|error = table[0] | a; printf("judged ");|printf("judged "); error = table[0] | a;
		switch|arithmetic|judge|||&
		switch|return value|judge|error|0
		switch|return early|judge|{|{ if (1) return 0;
		switch|truncate|judge|{|{ size = (unsigned int)size;
		switch|constant|table|7|8
		build|constant|1792|1792|1793
	WANT
	# A lock goes with its unlock, and is told in short.
	lock='spin_lock(&(&locks)->arg_lock);'
	grep -qxF "switch|no lock|judge|$lock|;" said
	grep -qxF "switch|another lock|judge|$lock|spin_lock(&(&locks)->page_table_lock);" said
	number=$(awk -F '\t' '$3 == "no lock" { print $1 }' made/table)
	cp -R after alone
	"$mutants_make" --one made "$number" alone
	diff after/kernel/sys.c alone/kernel/sys.c | grep -c '^<' | grep -qx 2
	run ! grep -q 'untouched\|comment' said
	[ "$(cut -f 1 made/table)" = "$(cut -f 1 made/table | sort -n | uniq)" ]
}

@test "mutants-make: one program has all mutants, and behaves like the one that is chosen" {
	cd "$BATS_TEST_TMPDIR"
	small_kernel 'kernel/sys.c judge' $'\tsize > 5 => size > 500'
	"$mutants_make" list before after out made
	cat made/tree/kernel/sys.c main.c >all.c
	gcc -w -o all all.c
	[ "$(./all 0)" = "$(printf '%s\n' -22 'judged 3')" ]
	differ=0
	while IFS=$'\t' read -r number how _; do
		# What one mutant alone does, the chosen one does.
		cp -R after alone
		"$mutants_make" --one made "$number" alone
		run ! cmp -s alone/kernel/sys.c after/kernel/sys.c
		cat alone/kernel/sys.c main.c | sed 's/^#define early_param.*/static int at_boot(char *text) { return 0; }/' >one.c
		gcc -w -o one one.c
		chosen=$number
		[ "$how" = switch ] || chosen=0
		if [ "$how" = switch ]; then
			[ "$(./one 0)" = "$(./all "$number")" ]
		fi
		[ "$(./all "$chosen")" = "$(./all 0)" ] || differ=$((differ + 1))
		rm -r alone
	done <made/table
	[ $differ -ge 18 ]
}

@test "mutants-make: a list with what is not there, is there twice, is in no function, is no mutant" {
	cd "$BATS_TEST_TMPDIR"
	small_kernel 'kernel/sys.c judge' $'\tno such text => x'
	refused 2 "mutants-make: list:2: found 0 times in judge: no such text" "$mutants_make" list before after out made
	small_kernel 'kernel/sys.c judge' $'\terror => x'
	refused 2 "mutants-make: list:2: found * times in judge: error" "$mutants_make" list before after out made
	small_kernel 'kernel/sys.c no_such_function' $'\ta => b'
	refused 2 "mutants-make: list:1: no no_such_function in kernel/sys.c" "$mutants_make" list before after out made
	small_kernel 'what is this'
	refused 2 "mutants-make: list:1: neither a place nor a mutant: what is this" "$mutants_make" list before after out made
	refused 2 "usage: *" "$mutants_make" list
	[ ! -e made/table ]
}

# A folder as scripts/proving/mutants makes it, with mutants that a fake of qemu/vm knows.
# The real one is not needed: the guests of mutant 3 hang, of 4 skip, of 5 crash.
fake_mutants()
{
	project=$BATS_TEST_TMPDIR/project
	folder=$BUILD/mutants-x
	mkdir -p "$project/scripts/proving" "$project/qemu" "$folder/x86_64" "$folder/made"
	cp "$top/scripts/proving/mutants-run" "$project/scripts/proving/"
	printf '%s\n' slow_test quick_test locked_test >"$folder/x86_64/list"
	: >"$folder/x86_64/vmlinux.switch"
	for number in 1 2 3 4 5 6; do
		printf '%s\tswitch\trelation\tkernel/sys.c\t7\tjudge\tx == y\tx != %s\t0\t0\tx\n' $number $number
	done >"$folder/made/table"
	cat >"$project/qemu/vm" <<-'VM'
		#!/bin/sh
		while [ "$1" != -- ]; do
			case $1 in
			--append) number=${2#*=} ;;
			*:/tests/list) list=${1%%:*} ;;
			esac
			shift
		done
		echo "$number $(paste -sd ' ' "$list")" >>"$BUILD/boots"
		while read -r program; do
			echo "begin $program taint=0"
			case $number-$program in
			1-quick_test | 2-slow_test) echo '| not ok 1 global.one' ;;
			3-locked_test) exec sleep 1000 ;;
			4-quick_test) echo '| ok 1 global.one # SKIP no reason' ;;
			5-quick_test) echo 'vm: the kernel complained: BUG' >&2; exit 3 ;;
			*-slow_test) sleep 4.5 ;;
			esac
			echo '| ok 1 global.one'
			echo "end $program status=0 taint=0"
		done <"$list"
		echo 'done programs=3'
	VM
	chmod +x "$project/qemu/vm"
}

@test "mutants-run: the tests that find a mutant, survivors, and those with a reason" {
	cd "$BATS_TEST_TMPDIR"
	fake_mutants
	run --separate-stderr "$project/scripts/proving/mutants-run" mutants-x
	echo "$output $stderr"
	[ "$status" = 1 ]
	[ "${lines[-1]}" = '5 passed, 1 failed, 0 skipped' ]
	[[ $output == *'6 survived kernel/sys.c:7 judge: relation: x == y => x != 6 '* ]]
	cut -f 5-8 "$folder/results" | tr '\t' ' ' >said
	grep -qx 'x != 1 killed quick_test global.one' said
	grep -qx 'x != 2 killed slow_test global.one' said
	grep -qx 'x != 3 killed locked_test no end of boot after 10 s' said
	grep -qx 'x != 4 killed quick_test skipped: global.one' said
	grep -qx 'x != 5 killed quick_test the kernel complained: BUG' said
	head -n 1 "$folder/report" | grep -q '^survived.6.kernel/sys.c:7 judge.relation: x == y => x != 6$'
	grep -qx '| relation | 6 | 5 | 1 | 0 |' "$folder/report"
	# Slow programs are for what no other finds, and what locks the kernel comes last.
	grep -qx '1 quick_test locked_test' "$BUILD/boots"
	grep -qx '6 slow_test' "$BUILD/boots"
	run ! pgrep -f "sleep 1000"

	# Again: nothing is left to do; then with a reason.
	: >"$BUILD/boots"
	printf '%s\n' 'kernel/sys.c judge' $'\trelation: x == y => x != 6' $'\t\tthe same thing' \
		>"$project/scripts/proving/mutants.reasons"
	run --separate-stderr "$project/scripts/proving/mutants-run" mutants-x
	echo "$output $stderr"
	[ "$status" = 0 ]
	[ "${lines[-1]}" = '5 passed, 0 failed, 1 skipped' ]
	[ ! -s "$BUILD/boots" ]

	echo nonsense >"$project/scripts/proving/mutants.reasons"
	refused 2 'mutants: *mutants.reasons:1: neither a place, a mutant nor a reason' \
		"$project/scripts/proving/mutants-run" mutants-x
	refused 2 'mutants: there is no mutant 77 in *' "$project/scripts/proving/mutants-run" mutants-x 77
	rm "$project/scripts/proving/mutants.reasons"
	refused 2 "mutants: no mutant in * matches 'nothing like it'" \
		"$project/scripts/proving/mutants-run" mutants-x 'nothing like it'
	refused 2 "mutants: '(' is no regular expression: *" "$project/scripts/proving/mutants-run" mutants-x '('
	refused 2 "mutants: REPEAT='often' is no number from 1 on" \
		env REPEAT=often "$project/scripts/proving/mutants-run" mutants-x
}

@test "mutants-run: what locks the kernel has a boot of its own, where it finds most" {
	fake_mutants
	sed -i "s/1-quick_test | 2-slow_test)/[1-6]-locked_test)/; /sleep 1000/d; /-quick_test) /d" "$project/qemu/vm"
	run --separate-stderr "$project/scripts/proving/mutants-run" mutants-x
	echo "$output $stderr"
	cat "$BUILD/boots"
	[ "$status" = 0 ]
	[ "${lines[-1]}" = '6 passed, 0 failed, 0 skipped' ]
	grep -qx '1 quick_test locked_test' "$BUILD/boots"
	grep -qx '6 locked_test' "$BUILD/boots"
	run ! grep -qx '6 quick_test locked_test' "$BUILD/boots"
}

# One that is found every time, one that is found but once: of its guests another one says so.
@test "mutants-run: 19 of 20 boots, and a kernel of a flavour" {
	cd "$BATS_TEST_TMPDIR"
	fake_mutants
	sed -i 's/^\([[:space:]]*\)4-quick_test).*/\14-quick_test) [ -e "$BUILD\/once" ] || { : >"$BUILD\/once"; echo "| not ok 1 global.one"; } ;;/' \
		"$project/qemu/vm"
	sed -i 's/sleep 4.5/sleep 0.1/' "$project/qemu/vm"
	REPEAT=20 FLAVOUR=widen run --separate-stderr "$project/scripts/proving/mutants-run" mutants-x 'x != [14]\t'
	echo "$output $stderr"
	[ "$status" = 1 ]
	[ "${lines[-1]}" = '1 passed, 1 failed, 0 skipped' ]
	[[ $output == *'1 killed '*'[quick_test 20 of 20: global.one]'* ]]
	[[ $output == *'4 survived '*'[quick_test 1 of 20: global.one]'* ]]
	# All programs in one boot, and no mutant twice.
	[ "$(grep -c '^4 ' "$BUILD/boots")" = 20 ]
	grep -qx '4 quick_test slow_test locked_test' "$BUILD/boots"
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

@test "build-first: mainline's own files, and fragments that are there" {
	own_build
	rm -f "$BUILD/first-0-6.12"
	[ "$(stat -c %d "$BUILD")" = "$(stat -c %d "$built/6.12/linux/")" ] ||
		skip "the folder of the tests is on another filesystem, to which there are no hard links"
	project=$BATS_TEST_TMPDIR/project
	mkdir "$project"
	# All that build/6.12 was made from, or it would be made anew.
	cp -R "$top/scripts" "$top/patches" "$top/selftests" "$top/Documentation" "$top/kernel-config" "$project"
	cat >"$project/scripts/building/build-kernel" <<-'BUILD_KERNEL'
		#!/bin/sh
		shift 3
		for file; do
			[ -s "$file" ] || exit 2
			echo "${file##*/}"
		done
	BUILD_KERNEL
	run --separate-stderr "$project/scripts/building/build-first" 6.12 0
	echo "status $status: $output $stderr"
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	[ "$output" = "$(printf '%s\n' vm.config x86_64.config "$BUILD/first-0-6.12/x86_64/vmlinux")" ]
	tree=$BUILD/first-0-6.12/linux
	[ ! -e "$tree/include/linux/prctl_mm.h" ]
	grep -q '^static int prctl_set_mm_map(' "$tree/kernel/sys.c"
	run --separate-stderr "$project/scripts/building/build-first" 6.12 0 cost
	[ "$status" = 0 ]
	[ "$output" = "$(printf '%s\n' vm.config x86_64.config cost.config "$BUILD/first-0-6.12/x86_64-cost/vmlinux")" ]
	refused 2 "build-first: unknown FLAVOUR 'fast'; there is no *" "$project/scripts/building/build-first" 6.12 0 fast
}

@test "build-first, cost, configs: wrong use" {
	export BUILD=$built
	refused 2 'configs: usage: *' "$top/scripts/proving/configs"
	refused 2 "configs: unknown BASE '5.4'; there is *" "$top/scripts/proving/configs" 5.4
	refused 2 "configs: unknown configuration 'none'; there is level-0 *" "$top/scripts/proving/configs" 6.12 none
	refused 2 'build-first: usage: *' "$top/scripts/building/build-first" 6.12
	refused 2 "build-first: unknown BASE '5.4'; there is *" "$top/scripts/building/build-first" 5.4 0
	refused 2 "build-first: 'all' is no number of patches" "$top/scripts/building/build-first" 6.12 all
	refused 2 'build-first: the series has * patches for 6.12, not 99' "$top/scripts/building/build-first" 6.12 99
	refused 2 'cost: usage: *' "$top/scripts/proving/cost"
	refused 2 "cost: unknown BASE '5.4'; there is *" "$top/scripts/proving/cost" 5.4
}

# The program counts; that the guest's time does is qemu/vm's.
@test "cost: with --icount the same call takes the same, to the digit" {
	[ -n "${SLOW-}" ] || skip "a minute in a guest; with SLOW=1"
	export BUILD=$built
	cost()
	{
		# A tick falls into what takes long or is called a few times; numbers in /proc grow.
		"$top/qemu/vm" --icount --add "$built/6.12/x86_64/tests/cost:/cost" -- /cost 10 |
			grep -v '^/proc\|^fork\|50000 areas\|replaced,\|with an executable'
	}
	cost >"$BATS_TEST_TMPDIR/first"
	cost | diff "$BATS_TEST_TMPDIR/first" -
	grep -q '^MAP_SIZE	accepted	[1-9]' "$BATS_TEST_TMPDIR/first"
}

@test "coverage: wrong use" {
	refused 2 'coverage: usage: *' "$top/scripts/proving/coverage"
	refused 2 "coverage: unknown BASE '5.4'; there is *" "$top/scripts/proving/coverage" 5.4
}
