#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# scripts/proving/callers and scripts/building/build-userland, as far as they go without a
# guest: make callers has the rest.

# What one test sets is meant for it alone; helpers.bash and bats set the rest.
# shellcheck disable=SC2030,SC2031,SC2154

load helpers

callers=$top/scripts/proving/callers
userland=$top/scripts/building/build-userland

@test "callers: wrong use" {
	refused 2 'callers: usage: *' "$callers"
	refused 2 "callers: unknown BASE '5.4'; there is *" "$callers" 5.4
	LEVELS='0 4' refused 2 "callers: LEVELS='0 4': a level is 0, 1, 2, 3 or base" "$callers" 6.12
	LEVELS=base KDIR=/none refused 2 "callers: LEVELS='base': a tree of yours is there with the series only" "$callers" 6.12
	KDIR=/none refused 2 'test: /none is no kernel tree: *' "$callers" 6.12
	CALLERS='none*' refused 2 "callers: CALLERS='none\*' matches none of criu_check *" "$callers" 6.12
	[ ! -e "$BUILD" ]
}

@test "callers: each line of the table has a scenario, and the other way round" {
	cd "$top/qemu/callers"
	diff <(sed '/^#/d; s/[[:space:]].*//' table | sort) <(grep -l '^outcome \|round_trip\|^runs ' -- * | grep -v '\.sh$' | sort)
	# A name, what is expected at four levels, and what it is in words.
	! grep -v '^#' table | grep -vE '^[a-z_]+	+((works|refused|reported) ){3}(works|refused|reported|skipped)	+[^	]+$' || return 1
	while read -r name _; do
		[ -x "$name" ] || { echo "$name"; return 1; }
	done < <(grep -v '^#' table)
}

@test "userland: wrong use" {
	refused 2 'build-userland: usage: *' "$userland"
	refused 2 'build-userland: usage: *' "$userland" --release
	refused 2 "build-userland: '../x' is no name of a Debian release" "$userland" --release ../x 6.12
	refused 2 'build-userland: which release 6.12 is of is not known yet; run: make kernel BASE=6.12' "$userland" 6.12
	[ ! -e "$BUILD" ]
}

# knows_release: this BUILD has fetched a kernel.
knows_release()
{
	mkdir -p "$BUILD/6.12"
	echo "linux-source-6.12_6.12.117-1~deb12u1_all" >"$BUILD/6.12/package"
	echo "linux-source-6.12_6.12.117-1~deb12u1_all bookworm" >"$BUILD/6.12/release"
}

@test "userland: a tree of the user's has programs that are as new as it" {
	local release
	for release in bookworm trixie forky; do
		mkdir -p "$BUILD/cache/userland-$release"
		touch "$BUILD/cache/userland-$release/image"
	done
	while read -r version release; do
		mkdir -p "$BUILD/kdir-$version"
		echo "$version in /somewhere" >"$BUILD/kdir-$version/package"
		[ "$("$userland" "kdir-$version")" = "$BUILD/cache/userland-$release/image" ]
	done <<-END
		6.12 $("$top/scripts/trees/fetch-package" --release)
		6.6 $("$top/scripts/trees/fetch-package" --release)
		6.18 trixie
		7.0 trixie
		8.1 trixie
	END
	[ "$("$userland" --release forky kdir-8.1)" = "$BUILD/cache/userland-forky/image" ]
}

@test "userland: a mirror that fails leaves nothing that is used the next time" {
	knows_release
	fake mmdebstrap <<-'F'
	#!/bin/sh
	for last; do :; done
	echo "I: running apt-get update"
	echo "E: apt-get update --error-on=any failed" >&2
	exit 25
	F
	run --separate-stderr "$userland" 6.12
	echo "$stderr"
	[ "$status" = 2 ]
	[ -z "$output" ]
	[[ ${stderr_lines[-1]} == "build-userland: no userland of bookworm: E: apt-get update --error-on=any failed; the log is "* ]]
	[ "$(ls "$BUILD/cache")" = userland.log ]
}

@test "userland: no room for the image" {
	knows_release
	fake mmdebstrap <<-'F'
	#!/bin/sh
	for file; do case $file in */root.tar) tar -c -f "$file" -T /dev/null ;; esac; done
	F
	fake mkfs.ext4 <<-'F'
	#!/bin/sh
	echo "mkfs.ext4: No space left on device while writing" >&2
	exit 1
	F
	run --separate-stderr "$userland" 6.12
	echo "$stderr"
	[ "$status" = 2 ]
	[[ ${stderr_lines[-1]} == 'build-userland: cannot make the image: mkfs.ext4: No space left on device while writing' ]]
	[ -z "$(ls "$BUILD/cache")" ]
}

@test "userland: Ctrl-C ends it, and nothing of it is left" {
	knows_release
	fake mmdebstrap <<-'F'
	#!/bin/sh
	exec sleep 1000
	F
	interrupt 'grep -q fetching' "$userland" 6.12
	[ -z "$(ls "$BUILD/cache")" ]
}
