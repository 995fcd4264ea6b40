#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# qemu/verdict: nothing but a plain pass is one.

# What one test sets is meant for it alone; helpers.bash and bats set the rest.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helpers

# program NAME STATUS LINE...: what qemu/run-tests sends of one program.
program()
{
	local name=$1 status=$2
	shift 2
	echo "begin $name taint=0"
	printf '| %s\n' "$@"
	echo "end $name status=$status taint=${taint:-0}"
}

# judge PROGRAM...: the verdict on the stream in stdin; these were sent in. The
# KTAP has to have as many results of each kind as the verdict counts.
judge()
{
	local ktap=$BATS_TEST_TMPDIR/ktap
	cat >"$BATS_TEST_TMPDIR/stream"
	printf '%s\n' "$@" >"$BATS_TEST_TMPDIR/list"
	rm -f "$ktap"
	run "$top/qemu/verdict" -k "$ktap" -w "${why-}" "$BATS_TEST_TMPDIR/stream" "$BATS_TEST_TMPDIR/list"
	echo "status $status: $output"
	cat "$ktap"
	[ "${lines[-1]}" = "$(counts "$ktap")" ]
}

# counts KTAP: the results in it, as the last line of a verdict has them. The kernel's
# own reader counts them, and thinks nothing wrong with it but what failed.
counts()
{
	"$built/6.12/linux/tools/testing/kunit/kunit.py" parse "$1" >"$BATS_TEST_TMPDIR/kunit" || :
	! grep -E '\[ERROR\]|crashed|errors:' "$BATS_TEST_TMPDIR/kunit" >&2 || return 1
	awk '/Testing complete/ {
		for (i = 1; i < NF; i++)
			count[$i] = $(i + 1) + 0
		printf "%d passed, %d failed, %d skipped\n", count["passed:"], count["failed:"], count["skipped:"]
	}' "$BATS_TEST_TMPDIR/kunit"
}

# last_line TEXT
last_line()
{
	[ "${lines[-1]}" = "$1" ]
}

@test "verdict: all pass" {
	judge a b < <(
		program a 0 'TAP version 13' 1..2 'ok 1 x' 'ok 2 y'
		program b 0 1..1 'ok 1 z'
		echo 'done programs=2'
	)
	[ "$status" = 0 ]
	last_line '3 passed, 0 failed, 0 skipped'
}

@test "verdict: a failing test, with what it said" {
	judge a < <(
		program a 1 1..2 'a.c:7: expected 0, got -22' 'not ok 1 x' 'ok 2 y'
		echo 'done programs=1'
	)
	[ "$status" = 1 ]
	[[ $output == *'expected 0, got -22'*'not ok 1 x'* ]]
	last_line '1 passed, 1 failed, 0 skipped'
}

@test "verdict: a program that crashes" {
	judge a < <(
		program a 139 1..2 'ok 1 x'
		echo 'done programs=1'
	)
	[ "$status" = 1 ]
	[[ $output == *'killed by signal 11'* ]]
	[[ $output == *'NOT RUN: 1 of 2 tests'* ]]
}

@test "verdict: a program that passes all tests and then exits with an error" {
	judge a < <(
		program a 1 1..1 'ok 1 x'
		echo 'done programs=1'
	)
	[ "$status" = 1 ]
	[[ $output == *'exit status 1 with 0 failed tests'* ]]
}

@test "verdict: a failing test in a program that exits with 0" {
	judge a < <(
		program a 0 1..1 'not ok 1 x'
		echo 'done programs=1'
	)
	[ "$status" = 1 ]
	[[ $output == *'exit status 0 with 1 failed tests'* ]]
}

@test "verdict: a program that says nothing" {
	judge a < <(
		printf 'begin a taint=0\nend a status=0 taint=0\ndone programs=1\n'
	)
	[ "$status" = 1 ]
	[[ $output == *'no plan'* ]]
}

@test "verdict: half a line, and garbage" {
	judge a < <(
		program a 0 1..2 'ok 1 x' $'\001\377 ok' 'ok'
		echo 'done programs=1'
	)
	[ "$status" = 1 ]
	[[ $output == *'NOT RUN: 1 of 2 tests'* ]]
}

@test "verdict: forged results do not add up" {
	judge a < <(
		program a 1 1..2 'ok 1 x' 'not ok 2 y' 'ok 2 y' 'ok 3 z'
		echo 'done programs=1'
	)
	[ "$status" = 1 ]
	[[ $output == *'named twice: y'* ]]
}

@test "verdict: a forged end of the program and of all" {
	judge a b < <(
		program a 1 1..1 'end a status=0 taint=0' 'done programs=2' 'not ok 1 x'
		program b 0 1..1 'ok 1 x'
		echo 'done programs=2'
	)
	[ "$status" = 1 ]
	last_line '1 passed, 1 failed, 0 skipped'
}

@test "verdict: a second plan" {
	judge a < <(
		program a 0 1..2 'ok 1 x' 1..1
		echo 'done programs=1'
	)
	[ "$status" = 1 ]
	[[ $output == *'two plans'* ]]
}

@test "verdict: a program that was not run" {
	judge a b < <(
		program a 0 1..1 'ok 1 x'
		echo 'done programs=2'
	)
	[ "$status" = 1 ]
	[[ $output == *'NOT RUN'* ]]
	last_line '1 passed, 1 failed, 0 skipped'
}

@test "verdict: a program that was not sent in" {
	judge a < <(
		program a 0 1..1 'ok 1 x'
		program b 0 1..1 'ok 1 x'
		echo 'done programs=1'
	)
	[ "$status" = 1 ]
	[[ $output == *'b was not sent in'* ]]
}

@test "verdict: a program that was run twice" {
	judge a < <(
		program a 1 1..1 'not ok 1 x'
		program a 0 1..1 'ok 1 x'
		echo 'done programs=1'
	)
	[ "$status" = 1 ]
	[[ $output == *'run twice'* ]]
}

@test "verdict: a stream that is cut off" {
	judge a b < <(
		program a 0 1..1 'ok 1 x'
		printf 'begin b taint=0\n| 1..2\n| ok 1 y\n| #  RUN           b.second ...\n| half a li'
	)
	[ "$status" = 5 ]
	[[ $output == *'cut off in b.second'* ]]
	[[ ${lines[-1]} == '2 passed, '* ]]
}

@test "verdict: an empty stream" {
	judge a < <(:)
	[ "$status" = 5 ]
	[[ $output == *NOT\ RUN* ]]
}

@test "verdict: a final count that does not match" {
	judge a b < <(
		program a 0 1..1 'ok 1 x'
		program b 0 1..1 'ok 1 x'
		echo 'done programs=1'
	)
	[ "$status" = 5 ]
	[[ $output == *'done programs=1, sent 2'* ]]
}

@test "verdict: lines outside of any program" {
	judge a < <(
		program a 0 1..1 'ok 1 x'
		echo 'ok 2 y'
		echo 'done programs=1'
	)
	[ "$status" = 1 ]
	[[ $output == *'1 line outside of any program'* ]]
}

@test "verdict: nothing but skips" {
	judge a b < <(
		program a 4 'TAP version 13' '1..0 # SKIP no series'
		program b 4 1..1 'ok 1 x # SKIP no overlayfs'
		echo 'done programs=2'
	)
	[ "$status" = 4 ]
	last_line '0 passed, 0 failed, 2 skipped'
	[[ $output == *'no overlayfs'* ]]
}

@test "verdict: a skip among passes is named" {
	judge a < <(
		program a 0 1..2 'ok 1 x # SKIP no overlayfs' 'ok 2 y'
		echo 'done programs=1'
	)
	[ "$status" = 0 ]
	[[ $output == *'ok 1 x # SKIP no overlayfs'* ]]
	last_line '1 passed, 0 failed, 1 skipped'
}

@test "verdict: skips without a name, as older kernels have them" {
	judge a < <(
		program a 0 1..3 '#  RUN           x.one ...' 'ok 1 # SKIP no root' \
			'#  RUN           x.two ...' 'ok 2 # SKIP no root' 'ok 3 y'
		echo 'done programs=1'
	)
	[ "$status" = 0 ]
	[[ $output == *'ok 1 x.one # SKIP no root'*'ok 2 x.two # SKIP no root'* ]]
	last_line '1 passed, 0 failed, 2 skipped'
}

@test "verdict: a whole skip with results in it" {
	judge a < <(
		program a 4 '1..0 # SKIP no series' 'ok 1 x'
		echo 'done programs=1'
	)
	[ "$status" = 1 ]
}

@test "verdict: more results than planned" {
	judge a < <(
		program a 0 1..1 'ok 1 x' 'ok 2 y'
		echo 'done programs=1'
	)
	[ "$status" = 1 ]
	[[ $output == *'2 results, 1 planned'* ]]
}

@test "verdict: the program that taints the kernel is named, and no other" {
	judge a b c < <(
		program a 0 1..1 'ok 1 x'
		taint=576 program b 0 1..1 'ok 1 y'
		taint=576 program c 0 1..1 'ok 1 z' | sed 's/^begin c .*/begin c taint=576/'
		echo 'done programs=3'
	)
	[ "$status" = 1 ]
	[[ $output == *'b '*'it tainted the kernel: 0 before, 576 after (UW)'*'c '*' 1 passed, 0 failed'* ]]
	last_line '3 passed, 1 failed, 0 skipped'
}

@test "verdict: a kernel that is tainted before the first test" {
	judge a < <(
		taint=512 program a 0 1..1 'ok 1 x' | sed 's/^begin a .*/begin a taint=512/'
		echo 'done programs=1'
	)
	[ "$status" = 1 ]
	[[ $output == *'tainted before it began: 512 (W)'* ]]
}

@test "verdict: what is wrong with the guest is a failure, in these words" {
	why='the kernel complained: WARNING: a\n& "b" <c>' judge a < <(
		program a 0 1..1 'ok 1 x'
		echo 'done programs=1'
	)
	[ "$status" = 1 ]
	[ "${lines[-2]}" = 'the kernel complained: WARNING: a\n& "b" <c>' ]
	last_line '1 passed, 1 failed, 0 skipped'
}

@test "verdict: nothing that a test says is for the terminal to obey" {
	judge a < <(
		program a 1 1..1 $'\033[2Jgone \007' 'not ok 1 x'
		echo 'done programs=1'
	)
	[[ $output == *'?[2Jgone ?'* ]]
}

@test "verdict: wrong use" {
	refused 2 'verdict: usage: *' "$top/qemu/verdict"
	refused 2 'verdict: usage: *' "$top/qemu/verdict" -x a b
}

@test "verdict: a file that is not there" {
	refused 2 '*cannot read*' "$top/qemu/verdict" "$BATS_TEST_TMPDIR/none" /dev/null
}
