#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What can be seen of the kernel code without running it, and what is to be seen
# after a boot of its own.

# What one test sets is meant for it alone; helpers.bash and bats set the rest.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helpers

# X5: half a vector is 160 bytes or more; the bounds of a whole map, which are
# the mm's own, are 88.
@test "X5: no frame of prctl(2) has room for the caller's vector" {
	objdump -d "$built/6.12/x86_64/kernel/sys.o" |
		awk '/>:$/ { name = $2 } /[ \t]sub +\$0x[0-9a-f]+,%rsp$/ && name ~ /prctl/ { print name, $NF }' |
		while IFS=' :$,' read -r name size _; do
			echo "$name $((size)) bytes"
			[ $((size)) -lt 160 ]
		done | tee "$BATS_TEST_TMPDIR/frames"
	[ "${PIPESTATUS[2]}" = 0 ]
	grep prctl "$BATS_TEST_TMPDIR/frames"
}

# Other tests have a BUILD of their own; these need the kernel that is built.
level()
{
	BUILD=$built run "$top/qemu/vm" --append "$1" -- cat /proc/sys/kernel/prctl_set_mm
	echo "$1: status $status, $output"
	[ "$status" = 0 ]
	[ "${lines[-1]}" = "$2" ]
}

@test "P2: the kernel's command line sets the level" {
	level sysctl.kernel.prctl_set_mm=0 0
	level sysctl.kernel.prctl_set_mm=3 3
}

@test "P2 P1: a level that there is not is not taken" {
	level sysctl.kernel.prctl_set_mm=4 1
}

@test "kernel: the level is 1 after a boot, which no selftest can see" {
	export BUILD=$built
	run --separate-stderr "$top/qemu/vm" -- cat /proc/sys/kernel/prctl_set_mm
	[ "$status" = 0 ]
	[ "$output" = 1 ]
}
