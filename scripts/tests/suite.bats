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

teardown()
{
	crowd_ends
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

@test "test: an option of CONFIG that the kernel does not have" {
	CONFIG='NET=y AUDITT=n' refused 2 "test: CONFIG='NET=y AUDITT=n': this kernel has no option AUDITT" "$top/scripts/running/test" --build-only
}

@test "suite: a pass" {
	suite 0
	[ "${lines[-1]}" = '1 passed, 0 failed, 0 skipped' ]
	# KTAP as it comes, in no colour where there is no terminal.
	[[ $output == *$'    # Subtest: good\n    1..1\n    ok 1 fine\nok - good\n'* ]]
	for file in stream verdict list console.log qemu status results.ktap; do
		[ -s "$BATS_TEST_TMPDIR/results/$file" ]
	done
	[ ! -e "$BATS_TEST_TMPDIR/results/why" ]
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

@test "suite: some tests of a program" {
	program chosen 'echo 1..1; echo "ok 1 <$PR_SET_MM_TESTS>"'
	sed -i 's/^chosen/chosen fork* a.*/' "$BATS_TEST_TMPDIR/list"
	program after 'echo 1..1; echo "ok 1 ${PR_SET_MM_TESTS-all}"'
	suite 0
	[[ $output == *'ok 1 <fork* a.*>'*'ok 1 all'*'3 passed, 0 failed, 0 skipped' ]]
}

@test "suite: the tests of a program that were chosen, by name, fixture and variant" {
	# passed TEST...: of what is in the list no other one has a result.
	passed()
	{
		diff <(sed -n 's/^ *ok [0-9]* \([a-z]\)/\1/p' "$BATS_TEST_TMPDIR/results/results.ktap" | grep -F .) \
			<(printf '%s\n' "$@")
	}
	tests=$built/6.12/x86_64/tests
	printf '%s\n' 'race_test two_lax*' 'area_test area.*_CODE.hole' 'args_test lowest* global.highest*' \
		>"$BATS_TEST_TMPDIR/list"
	suite 0
	passed race.two_lax_switches area.START_CODE.hole area.END_CODE.hole global.lowest_address \
		global.highest_address
	echo 'race_test none' >"$BATS_TEST_TMPDIR/list"
	suite 4
	[[ $output == *'SKIP PR_SET_MM_TESTS names none of its tests'* ]]
}

@test "suite: what a program sends to its caller is in the stream alone" {
	: >"$BATS_TEST_TMPDIR/list"
	program sends 'echo 1..2; echo "# data: secret"; echo "# said"; echo ok 1 a; echo "# data: other"; echo not ok 2 b'
	suite 1
	[[ $output == *'# said'* ]]
	[[ $output != *secret* && $output != *other* ]]
	! grep -rqE 'secret|other' "$BATS_TEST_TMPDIR/results/results.ktap" "$BATS_TEST_TMPDIR/results/verdict" || return 1
	[ "$(sed -n 's/^| # data: //p' "$BATS_TEST_TMPDIR/results/stream" | tr -d '\r')" = "$(printf 'secret\nother')" ]
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

@test "suite: colour on a terminal" {
	program failing 'echo 1..2; echo ok 1 a "# SKIP why"; echo not ok 2 b; exit 1'
	script -qec "$top/qemu/suite $tests $BATS_TEST_TMPDIR/list $BATS_TEST_TMPDIR/results" \
		"$BATS_TEST_TMPDIR/typescript" </dev/null || [ $? = 1 ]
	for text in '[32m    ok 1 fine' '[33m    ok 1 a # SKIP why' '[31m    not ok 2 b'; do
		grep -qF "$(printf '\033')$text" "$BATS_TEST_TMPDIR/typescript"
	done
}

@test "suite: a program that taints the kernel is named" {
	program tainting 'echo 64 >/proc/sys/kernel/tainted; echo 1..1; echo ok 1 a'
	program after 'echo 1..1; echo ok 1 a'
	suite 3
	[[ $output == *'tainting '*'it tainted the kernel: 0 before, 64 after (U)'*'after '*'1 passed, 0 failed'* ]]
	[[ $output == *'the kernel is tainted (64)'* ]]
}

@test "suite: a program that puts more into the list" {
	program more 'echo good >>list; echo 1..1; echo ok 1 a'
	suite 5
	[[ $output == *'run twice'* ]]
	[[ $output == *'done programs=3, sent 2'* ]]
}

@test "suite: a program that kills all there is" {
	program killer 'echo 1..1; echo ok 1 a; sleep 1; kill -9 -1'
	suite 5
	[[ $output == *'the results are cut off: no final line'* ]]
}

@test "suite: a stream that is cut off, as QEMU is killed in the middle" {
	program half 'echo 1..2; echo ok 1 a; echo "#  RUN           half.b ..."; printf "ok 2 ha"; sleep 1000'
	program after 'echo 1..1; echo ok 1 a'
	(
		for _ in $(seq 1500); do
			! grep -q 'half.b' "$BATS_TEST_TMPDIR/results/stream" 2>/dev/null || break
			sleep 0.1
		done
		own_qemu | xargs kill -9
	) 3>&- &
	suite 5
	[[ $output == *'cut off in half.b'*'after '*'NOT RUN'*'the guest vanished before the command ended'* ]]
}

@test "suite: a program that hangs is named, within its limit, and the rest is NOT RUN" {
	program hanging 'echo 1..1; echo "#  RUN           hang.here ..."; sleep 1000'
	program after 'echo 1..1; echo ok 1 a'
	suite 124 -T 4
	# The boot, the limit, and a second to look where it hangs.
	[ "$(counted "$BATS_TEST_TMPDIR/results/clock")" -lt 9000 ]
	[[ $output == *'cut off in hang.here'* ]]
	[[ $output == *'hanging did not end within 4 s'* ]]
	[[ $output == *'after '*'NOT RUN'* ]]
}

# Both the boot and the loop in the program take ten times as long there. On a host that is
# busy already it is more, but less than the twenty times of a limit.
@test "suite: limits leave out the time that QEMU waits for a busy processor" {
	program busy 'echo 1..1; i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done; echo ok 1 a'
	crowd 9
	fake qemu-system-x86_64 <<-F
	#!/bin/sh
	exec taskset -c $cpu $(command -v qemu-system-x86_64) "\$@"
	F
	run "$top/qemu/suite" -T 8 "$tests" "$BATS_TEST_TMPDIR/list" "$BATS_TEST_TMPDIR/results" -B 8 -t 10
	crowd_ends
	read -r _ wall <"$BATS_TEST_TMPDIR/results/clock"
	echo "status $status after $wall ns: $output"
	[ "$status" = 0 ]
	# So it would have been out of time by the wall clock.
	[ "$wall" -gt 10000000000 ]
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
