#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# scripts/proving/kselftests, as far as it goes without a kernel: make kselftests has the rest.

# What one test sets is meant for it alone; helpers.bash and bats set the rest.
# shellcheck disable=SC2030,SC2031,SC2154

load helpers

@test "kselftests: wrong use" {
	refused 2 'kselftests: usage: *' "$top/scripts/proving/kselftests"
	refused 2 "kselftests: unknown BASE '5.4'; there is *" "$top/scripts/proving/kselftests" 5.4
	LEVELS='1 base' refused 2 "kselftests: LEVELS='1 base': a level is 0, 1, 2 or 3" "$top/scripts/proving/kselftests" 6.12
	[ ! -e "$BUILD" ]
}

# fake_kselftests: a project in which nothing is built, and in whose guests the programs say
# what stands in the file said-BOOT, or else in said.
fake_kselftests()
{
	project=$BATS_TEST_TMPDIR/project
	folder=$BUILD/kselftests-6.12
	mkdir -p "$project/scripts/proving" "$project/scripts/running" "$project/scripts/building" "$project/scripts/trees" \
		"$project/qemu" "$folder/install" "$BUILD/6.12"
	cp "$top/scripts/lib.sh" "$project/scripts/"
	cp "$top/scripts/trees/bases" "$project/scripts/trees/"
	cp "$top/scripts/proving/kselftests" "$top/scripts/proving/kselftests.list" "$project/scripts/proving/"
	echo '#!/bin/sh' | tee "$project/scripts/running/test" "$project/scripts/building/build-first" \
		"$project/scripts/building/build-userland" >/dev/null
	cat >"$project/qemu/vm" <<-'VM'
		#!/bin/sh
		boot=$(($(cat "$BUILD/boots" 2>/dev/null || echo 0) + 1))
		echo $boot >"$BUILD/boots"
		cat "$BUILD/said-$boot" 2>/dev/null || cat "$BUILD/said"
	VM
	chmod +x "$project/qemu/vm" "$project"/scripts/*/test "$project"/scripts/building/*
	echo linux-source-6.12_6.12.117-1_all >"$BUILD/6.12/package"
	printf '%s\n' proc/same mm/random core/lost exec/none >"$folder/install/list"
	cat "$BUILD/6.12/package" "$project/scripts/proving/kselftests.list" "$project/scripts/proving/kselftests" |
		sha256sum >"$folder/stamp"
	said 1 >"$BUILD/said"
}

# said NUMBER: of a guest, with that number in the lines.
said()
{
	printf '== proc/same\nPID %s at 0x%sf\nok 1 one\n-- exit status 0\n' "$1" "$1"
	printf '== mm/random\nthe colour is %s\n# ok 7 two\n-- exit status 0\n' "$(echo "$1" | tr 123 abc)"
	printf '== core/lost\nok %s three\n-- exit status 0\n' "$1"
	printf '== exec/none\nlibnone.so: none\n-- exit status 127\n'
}

@test "kselftests: the same but for numbers, other lines each time, other results each time" {
	fake_kselftests
	said 2 >"$BUILD/said-2"
	said 3 >"$BUILD/said-3"
	run --separate-stderr "$project/scripts/proving/kselftests" 6.12
	echo "$output $stderr"
	[ "$status" = 0 ]
	[ "${lines[0]}" = 'skipped core/lost: it has other results each time' ]
	[ "${lines[1]}" = 'skipped exec/none: it has not been built, or cannot run in this userland' ]
	[ "${lines[-1]}" = '2 passed, 0 failed, 2 skipped' ]
}

@test "kselftests: a line, a result, an exit status and a program that are not the same" {
	fake_kselftests
	said 2 >"$BUILD/said-2"
	sed 's/^PID/A PID/; s/ok 7/not ok 7/' "$BUILD/said" >"$BUILD/said-3"
	run --separate-stderr "$project/scripts/proving/kselftests" 6.12
	echo "$output $stderr"
	[ "$status" = 1 ]
	[[ $output == *'not the same at level 1: proc/same'*'+A PID N at N'* ]]
	[[ $output == *'not the same at level 1: mm/random'*'+# not ok 7 two'* ]]
	[ "${lines[-1]}" = '0 passed, 2 failed, 2 skipped' ]

	echo 0 >"$BUILD/boots"
	said 1 | sed 's/status 0/status 1/' >"$BUILD/said-3"
	rm "$BUILD/said-2"
	run "$project/scripts/proving/kselftests" 6.12
	[ "${lines[-1]}" = '0 passed, 3 failed, 1 skipped' ]

	# A program that was not run, or not to its end, has not passed.
	for lost in '/same/,/exit/d' '/== mm/,/exit/{/exit/d}' "\$d"; do
		echo 0 >"$BUILD/boots"
		said 1 | sed "$lost" >"$BUILD/said-3"
		run "$project/scripts/proving/kselftests" 6.12
		echo "$output"
		[ "$status" = 5 ]
		[[ ${lines[-1]} == *' has come to no end on level-1; see '* ]]
	done

	# Nothing but skips.
	rm "$BUILD/said-3"
	sed -i 's/status .*/status 124/' "$BUILD/said"
	run "$project/scripts/proving/kselftests" 6.12
	[ "$status" = 4 ]
	[ "${lines[-1]}" = '0 passed, 0 failed, 4 skipped' ]
}
