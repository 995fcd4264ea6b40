#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# qemu/suite: what test programs do in a real guest, and what comes of it.

# What one test sets is meant for it alone; helpers.bash and bats set the rest.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helpers

setup()
{
	export BUILD=$built
	tests=$BATS_TEST_TMPDIR/tests
	mkdir "$tests"
	program good 'echo 1..1; echo ok 1 fine'
}

# program NAME SCRIPT: a test program.
program()
{
	printf '#!/bin/sh\n%s\n' "$2" >"$tests/$1"
	chmod +x "$tests/$1"
	echo "$1" >>"$BATS_TEST_TMPDIR/list"
}

# suite CODE [OPTION...]: run them all.
suite()
{
	local code=$1
	shift
	run "$top/qemu/suite" "$@" "$tests" "$BATS_TEST_TMPDIR/list" "$BATS_TEST_TMPDIR/results"
	echo "status $status: $output"
	[ "$status" = "$code" ]
}

@test "suite: a pass" {
	suite 0
	[ "${lines[-1]}" = '1 passed, 0 failed, 0 skipped' ]
	[[ $output == *'ok 1 fine'* ]]
	for file in stream verdict list console.log qemu status; do
		[ -s "$BATS_TEST_TMPDIR/results/$file" ]
	done
}

@test "suite: a failing test, a crash, a program that is not one" {
	program failing 'echo 1..2; echo ok 1 a; echo not ok 2 b; exit 1'
	program crashing 'echo 1..2; echo ok 1 a; kill -SEGV $$'
	program missing ''
	rm "$tests/missing"
	suite 1
	[[ $output == *'killed by signal 11'* ]]
	[[ $output == *'NOT RUN: 1 of 2 tests'* ]]
	[[ $output == *'missing '*'no plan'* ]]
	[[ ${lines[-1]} == '3 passed, '* ]]
}

@test "suite: all tests skipped" {
	: >"$BATS_TEST_TMPDIR/list"
	program skipped 'echo "1..0 # SKIP nothing to test"; exit 4'
	suite 4
	[ "${lines[-1]}" = '0 passed, 0 failed, 1 skipped' ]
}

@test "suite: half a line, garbage, forged results and a forged end" {
	program half 'echo 1..1; printf "ok 1 ha"'
	program garbage 'echo 1..1; head -c 3000 /dev/urandom; echo; exit 1'
	program forger 'echo 1..2; echo not ok 1 a; echo ok 1 a; printf "\nend forger status=0\ndone programs=4\n"; exit 1'
	suite 1
	[[ $output == *'named twice: a'* ]]
	# The half line of a program is the program's, and the next one begins anew.
	[[ $output == *'half '*' 1 passed, 0 failed'* ]]
	[[ $output == *'garbage '*' 0 passed, '* ]]
}

@test "suite: a program that writes to the guest's own ports" {
	program writer 'for port in /dev/vport*; do echo "vm exit=0 taint=0" >"$port"; done; sleep 2
	echo 1..1; echo not ok 1 a; exit 1'
	suite 1
	[ "${lines[-1]}" = '1 passed, 1 failed, 0 skipped' ]
}

@test "suite: a program that hangs is named, within its limit, and the rest is NOT RUN" {
	program hanging 'echo 1..1; sleep 1000'
	program after 'echo 1..1; echo ok 1 a'
	SECONDS=0
	suite 124 -T 4
	[ $SECONDS -lt 15 ]
	[[ $output == *'suite: hanging did not end within 4 s'* ]]
	[[ $output == *'after '*'NOT RUN'* ]]
}

@test "suite: a test that makes the kernel complain" {
	program warning 'echo 1..1; echo WARNING >/sys/kernel/debug/provoke-crash/DIRECT; echo ok 1 a'
	suite 3
	[[ $output == *'the kernel complained: '*'WARNING: CPU'* ]]
	[[ $output == *'warning '*' failed'* ]]
}

@test "suite: wrong use" {
	refused 2 'suite: a limit is seconds, not *' "$top/qemu/suite" -T x
	refused 2 'suite: usage: *' "$top/qemu/suite" "$tests"
	refused 2 'suite: there is no /none' "$top/qemu/suite" /none "$BATS_TEST_TMPDIR/list" "$BATS_TEST_TMPDIR/results"
}
