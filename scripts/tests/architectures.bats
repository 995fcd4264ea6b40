#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# qemu/architectures, and what reads it: scripts/architecture.sh, qemu/find-qemu.

# The scripts are for another shell; helpers.bash sets top.
# shellcheck disable=SC2016,SC2154

load helpers

# in_shell SCRIPT: behind lib.sh and architecture.sh.
in_shell()
{
	sh -eu -c '. "$2/scripts/lib.sh"; . "$2/scripts/architecture.sh"; eval "$1"' "$top/scripts/x" "$1" "$top"
}

@test "architectures: each has a fragment, and each fragment has one" {
	diff <(in_shell 'echo $architectures' | tr ' ' '\n' | sort) \
		<(find "$top/kernel-config/arch" -name '*.config' -printf '%f\n' | sed 's/\.config$//' | sort)
}

@test "architectures: no word is unknown, and what every one needs is there" {
	local known
	known=$(sed -n 's/^#   \([a-z0-9_]*\) .*/\1/p' "$top/qemu/architectures")
	sed -n 's/^\t\([a-z0-9_]*\).*/\1/p' "$top/qemu/architectures" | sort -u | while read -r word; do
		grep -qx "$word" <<<"$known" || { echo "$word"; return 1; }
	done
	for arch in $(in_shell 'echo $architectures'); do
		in_shell "architecture $arch
			for word in kernel prefix needs qemu machine console line ports busybox counter sysrq; do
				eval \"[ -n \\\"\\\$arch_\$word\\\" ]\" || { echo $arch \$word; exit 1; }
			done"
	done
}

@test "architectures: what one has, another one has not" {
	run in_shell 'architecture arm64; architecture i386; echo "$arch_image,$arch_compat,$arch_cc"'
	[ "$output" = ",,gcc -m32" ]
}

@test "find-qemu: one that is recent enough is taken, whatever the cache has" {
	fake qemu-system-hppa <<-'F'
	#!/bin/sh
	echo 'QEMU emulator version 11.0.1'
	F
	run --separate-stderr "$top/qemu/find-qemu" parisc
	[ "$status" = 0 ]
	[ "$output" = qemu-system-hppa ]
	[ -z "$stderr" ]
}

@test "find-qemu: one that is too old, and the newer one cannot be had" {
	fake qemu-system-hppa <<-'F'
	#!/bin/sh
	echo 'QEMU emulator version 7.2.22'
	F
	fake apt-get <<-'F'
	#!/bin/sh
	exit 100
	exit 100
	F
	run --separate-stderr "$top/qemu/find-qemu" parisc
	[ "$status" = 2 ]
	[ -z "$output" ]
	[[ ${stderr_lines[0]} == 'find-qemu: fetching QEMU from '*': qemu-system-hppa here is version 7, parisc wants 10' ]]
	[ "${#stderr_lines[@]}" = 2 ]
	[ ! -e "$BUILD/cache/qemu-parisc" ]
}

@test "find-qemu: wrong use" {
	refused 2 'find-qemu: usage: *' "$top/qemu/find-qemu"
	refused 2 "find-qemu: unknown ARCH 'vax'; there are x86_64 *" "$top/qemu/find-qemu" vax
}

@test "need: nothing is removed for a package but gcc-multilib" {
	fake apt-get <<-F
	#!/bin/sh
	case "\$*" in
	*-s*) cat $BATS_TEST_TMPDIR/plan ;;
	*) echo "\$*" >>$BATS_TEST_TMPDIR/asked ;;
	esac
	F
	fake sudo <<-'F'
	#!/bin/sh
	[ "$1" != -n ] || shift
	exec "$@"
	F
	echo 'Remv gcc-multilib [4:12.2.0-3]' >"$BATS_TEST_TMPDIR/plan"
	run in_shell 'need no-such-command=gcc-vax'
	[[ $output == *'apt removes gcc-multilib for that; gcc-'*'-multilib stays'* ]]
	grep -q -e ' gcc-[0-9]*-multilib gcc-vax$' "$BATS_TEST_TMPDIR/asked"
	! grep -q -e --no-remove "$BATS_TEST_TMPDIR/asked" || return 1
	echo 'Remv vim [2:9]' >>"$BATS_TEST_TMPDIR/plan"
	rm "$BATS_TEST_TMPDIR/asked"
	run in_shell 'need no-such-command=gcc-vax'
	grep -q -e ' --no-remove gcc-vax$' "$BATS_TEST_TMPDIR/asked"
}

@test "check-variants: wrong use" {
	refused 2 'check-variants: usage: *' "$top/scripts/checking/check-variants"
	refused 2 "check-variants: unknown BASE '5.4'; *" "$top/scripts/checking/check-variants" 5.4
	refused 2 'check-variant: usage: *' "$top/scripts/checking/check-variant" 6.12
	refused 2 "check-variant: unknown VARIANT 'vax'; there is x86_64 *" "$top/scripts/checking/check-variant" 6.12 vax
	refused 2 'lost-symbols: usage: *' "$top/scripts/building/lost-symbols" config
}

@test "a flavour's kernel may take longer, if its fragment says so" {
	[ "$(in_shell 'limit_of ""')" = 300 ]
	[ "$(in_shell 'limit_of kasan')" = 1200 ]
	[ "$(in_shell 'limit_of norestore')" = 300 ]
}
