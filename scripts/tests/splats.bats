#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# qemu/splats and qemu/decode: what is wrong with a kernel, and where.

# What one test sets is meant for it alone; helpers.bash and bats set the rest.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helpers

setup()
{
	export BUILD=$built
	console=$BATS_TEST_TMPDIR/console
	allowed=$BATS_TEST_TMPDIR/allowed
	printf 'Linux version\n[    1.0] BUG: KCSAN: data-race in a / b\n[    2.0] INFO: task x blocked\n' >"$console"
}

@test "splats: none" {
	echo 'Linux version; DEBUG is off; nobody cried Wolf' >"$console"
	run "$top/qemu/splats" "$console"
	[ "$status" = 0 ]
	[ -z "$output" ]
}

@test "splats: the first one, where nothing is let pass" {
	run "$top/qemu/splats" "$console"
	[ "$status" = 1 ]
	[ "$output" = '[    1.0] BUG: KCSAN: data-race in a / b' ]
}

@test "splats: what is let pass is said, with its reason; the next one is found" {
	printf '# why\n2099-12-31\tKCSAN: data-race in a / b$\t-\tnot ours\n' >"$allowed"
	run --separate-stderr "$top/qemu/splats" "$console" "$allowed"
	[ "$status" = 1 ]
	[ "$output" = '[    2.0] INFO: task x blocked' ]
	[ "$stderr" = 'splats: let pass until 2099-12-31, not ours: [    1.0] BUG: KCSAN: data-race in a / b' ]
}

@test "splats: all are let pass" {
	printf '2099-12-31\tKCSAN|INFO: task\t-\tnot ours\n' >"$allowed"
	run --separate-stderr "$top/qemu/splats" "$console" "$allowed"
	[ "$status" = 0 ]
	[ "${#stderr_lines[@]}" = 2 ]
}

@test "splats: nothing is let pass after its day" {
	printf '2020-01-01\tKCSAN|INFO: task\t-\tnot ours\n' >"$allowed"
	run "$top/qemu/splats" "$console" "$allowed"
	[ "$status" = 1 ]
	[ "$output" = '[    1.0] BUG: KCSAN: data-race in a / b (let pass until 2020-01-01, which is over)' ]
}

# race OF FRAME...: a report as KCSAN writes it, with these frames.
race()
{
	local bar='[    1.0] =================================================================='
	printf '%s\n[    1.0] BUG: KCSAN: data-race in %s\n[    1.0] write to 0x1 of 8 bytes by task 2 on cpu 1:\n' "$bar" "$1"
	shift
	printf '[    1.0]  %s+0x10/0x200\n' "$@"
	printf '%s\n' "$bar"
}

@test "splats: a data race of mainline passes, one with prctl() in a stack does not" {
	{ race 'do_exit / zap_other_threads' do_exit zap_other_threads
	echo '[    1.1] ps: 42: prctl: said outside of the report'; } >"$console"
	run --separate-stderr "$top/qemu/splats" "$console"
	[ "$status" = 0 ]
	[[ $stderr == 'splats: let pass until 20'*', a race of mainline with itself: '*' / zap_other_threads' ]]
	{ race 'do_exit / zap_other_threads' do_exit zap_other_threads
	race 'fput / get_file' fput __x64_sys_prctl get_file; } >"$console"
	run --separate-stderr "$top/qemu/splats" "$console"
	[ "$status" = 1 ]
	[ "$output" = '[    1.0] BUG: KCSAN: data-race in fput / get_file' ]
}

@test "splats: a report that is cut off" {
	race 'a / b' a | head -n 4 >"$console"
	run "$top/qemu/splats" "$console"
	[ "$status" = 1 ]
}

@test "splats: an entry without reason, without a day" {
	printf '2099-12-31\tKCSAN\t-\n' >"$allowed"
	refused 2 "splats: $allowed:1: an entry is a date, *" "$top/qemu/splats" "$console" "$allowed"
	printf '# \nsome day\tKCSAN\t-\tnot ours\n' >"$allowed"
	refused 2 "splats: $allowed:2: an entry is a date, *" "$top/qemu/splats" "$console" "$allowed"
}

@test "splats: qemu/allowed is what it should be" {
	"$top/qemu/splats" /dev/null
}

@test "decode: a real trace gets files and lines" {
	"$top/qemu/vm" -o "$BATS_TEST_TMPDIR/kept" -- \
		sh -c 'echo WARNING >/sys/kernel/debug/provoke-crash/DIRECT' || [ $? = 3 ]
	"$top/qemu/decode" x86_64 "$built/6.12/x86_64/vmlinux" "$built/6.12/linux" \
		"$BATS_TEST_TMPDIR/kept/console.log" >"$BATS_TEST_TMPDIR/decoded"
	grep 'direct_entry (.*drivers/misc/lkdtm/core.c:[0-9]*)' "$BATS_TEST_TMPDIR/decoded"
	grep 'ksys_write (.*fs/read_write.c:[0-9]*)' "$BATS_TEST_TMPDIR/decoded"
	# Nothing of the folder that it was built in.
	! grep -F "${built#/}" "$BATS_TEST_TMPDIR/decoded" || return 1
}
