#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A guest of each architecture takes the tour, and fails in each way: qemu/vm has the exit
# code for it, and the words that the kernel has there. vm.bats has more of x86_64.

# helpers.bash sets built and top.
# shellcheck disable=SC2154

load helpers

setup()
{
	export BUILD=$built
	kept=$BATS_TEST_TMPDIR/kept
}

# fails CODE PATTERN COMMAND: a guest of $arch ends so, and says so in its last line.
fails()
{
	run --separate-stderr "$top/qemu/vm" -a "$arch" -t 10 -o "$kept" -- sh -c "$3"
	echo "$arch, '$3': status $status, stderr: $stderr"
	[ "$status" = "$1" ]
	# shellcheck disable=SC2053	# a pattern is meant
	[[ ${stderr##*$'\n'} == $2 ]]
}

# staged ARCH OOPS: OOPS is what the kernel calls a write to address 0.
staged()
{
	local provoke='>/sys/kernel/debug/provoke-crash/DIRECT'
	arch=$1
	[ -e "$built/6.12/$arch/vmlinux" ] || skip "not built: make kernel ARCH=$arch"
	tests=$built/6.12/$arch/tests
	run --separate-stderr "$top/qemu/vm" -a "$arch" --add "$tests/tour:/bin/tour" \
		--add "$tests/exe-watch:/bin/exe-watch" -- /bin/tour
	echo "$arch: status $status, tour: $output"
	[ "$status" = 0 ]
	run --separate-stderr "$top/qemu/vm" -a "$arch" --add "$tests:/tests" -- \
		sh -c 'cd /tests; ./replay && ./probe >/tmp/answers && ./cost >/tmp/costs && wc -l /tmp/answers'
	echo "$arch: status $status, replay, probe and cost: $output"
	[ "$status" = 0 ]
	fails 3 'vm: the kernel complained: WARNING: CPU: * at drivers/misc/lkdtm/bugs.c:*' "echo WARNING $provoke"
	fails 3 'vm: the kernel complained: kernel BUG at drivers/misc/lkdtm/bugs.c:*' "echo BUG $provoke"
	fails 3 "vm: the kernel complained: $2" "echo EXCEPTION $provoke"
	fails 3 'vm: the kernel complained: Kernel panic - not syncing: sysrq triggered crash' 'echo c >/proc/sysrq-trigger'
	fails 5 'vm: the guest vanished before the command ended' 'echo b >/proc/sysrq-trigger'
	# With its interrupts off it cannot say so itself.
	fails 124 'vm: out of time after 10 s' "echo HARDLOCKUP $provoke"
	grep -q 'lkdtm.*bugs\.c:\|lkdtm_HARDLOCKUP' "$kept/processors"
}

@test "staged: i386" {
	staged i386 'BUG: kernel NULL pointer dereference, address: 00000000'
}

@test "staged: arm64" {
	staged arm64 'Internal error: Oops: * SMP'
}

@test "staged: arm" {
	staged arm 'Internal error: Oops: * SMP *'
}

@test "staged: parisc" {
	staged parisc 'Kernel panic - not syncing: Kernel Fault'
}

@test "staged: s390x" {
	staged s390x 'Oops: * ilc:*'
}

@test "staged: riscv64" {
	staged riscv64 'Oops \[#1\]'
}

@test "staged: ppc64le" {
	staged ppc64le 'BUG: Kernel NULL pointer dereference on write at 0x00000000'
}
