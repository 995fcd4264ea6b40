#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# scripts/proving/audit: auditd, ausearch and aureport show each attempt to replace an
# executable; and what is said when it cannot be shown.

# helpers.bash and bats set what is not set here.
# shellcheck disable=SC2154

load helpers

@test "audit: wrong use" {
	refused 2 'audit: usage: *' "$top/scripts/proving/audit"
	refused 2 'audit: usage: *' "$top/scripts/proving/audit" --no-build 6.12 x
	refused 2 "audit: unknown BASE '5.4'; there is *" "$top/scripts/proving/audit" 5.4
	refused 2 'pack-audit: usage: *' "$top/qemu/pack-audit"
}

@test "audit: a package that is not to be had is said" {
	fake apt-get <<'END'
#!/bin/sh
[ "$1" != indextargets ] || exec echo 'bookworm main http://mirror.invalid/debian'
echo 'E: no network' >&2
exit 100
END
	fake apt-cache </dev/null
	refused 2 '*cannot fetch auditd: *; is the network up*' "$top/qemu/pack-audit" "$BUILD/guest"
}

@test "audit: ausearch and aureport show each attempt" {
	export BUILD=$built
	run --separate-stderr "$top/scripts/proving/audit" --no-build 6.12
	echo "status $status"
	echo "$output" | awk '/^(not )?ok/ { bad = /^not/ } bad'
	echo "$stderr" | tail -n 20
	[ "$status" = 0 ]
	[[ ${lines[-1]} =~ ^([0-9]+)\ passed,\ 0\ failed,\ 0\ skipped$ ]]
	[ "${BASH_REMATCH[1]}" -ge 60 ]
}
