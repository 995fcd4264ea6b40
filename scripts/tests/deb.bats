#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# scripts/proving/deb and scripts/building/build-deb, as far as they go without a kernel: make deb
# has the rest.

# What one test sets is meant for it alone; helpers.bash and bats set the rest.
# shellcheck disable=SC2030,SC2031,SC2154

load helpers

@test "deb: wrong use" {
	refused 2 'deb: usage: *' "$top/scripts/proving/deb"
	refused 2 "deb: unknown BASE '5.4'; there is *" "$top/scripts/proving/deb" 5.4
	refused 2 'build-deb: usage: *' "$top/scripts/building/build-deb"
	[ ! -e "$BUILD" ]
}

# counted PROGRAM...: what qemu/deb/count.awk makes of the results on stdin, where these have to be.
counted()
{
	awk -f "$top/qemu/deb/count.awk" <(printf '%s\n' "$@") -
}

@test "deb: what counts of the results, and what has to be there" {
	results='ok 1 the kernel is that of the package
# the selftests
# ok 1 global.one
# ok 2 global.two # SKIP no reason
# # not ok 9 a remark
ok 1 selftests: prctl_set_mm: args_test
# 1..0 # SKIP there is PR_SET_MM
ok 2 selftests: prctl_set_mm: absent_test_32 # SKIP
ok 2 it is still there'
	[ "$(counted args_test absent_test_32 <<<"$results")" = '3 passed, 0 failed, 2 skipped' ]
	[ "$(counted args_test absent_test_32 map_test 2>"$BATS_TEST_TMPDIR/said" <<<"$results")" = '3 passed, 1 failed, 2 skipped' ]
	[ "$(cat "$BATS_TEST_TMPDIR/said")" = 'map_test: not run' ]
	# A test that fails, and a program that dies, by a signal or at its limit.
	[ "$(counted args_test <<<'# not ok 1 global.one
not ok 1 selftests: prctl_set_mm: args_test # exit=1')" = '0 passed, 1 failed, 0 skipped' ]
	[ "$(counted args_test <<<'# ok 1 global.one
not ok 1 selftests: prctl_set_mm: args_test # TIMEOUT 300 seconds')" = '1 passed, 1 failed, 0 skipped' ]
	[ "$(counted args_test <<<'not ok 3 no unit has failed
# the selftests
ok 1 selftests: prctl_set_mm: args_test # SKIP')" = '0 passed, 1 failed, 1 skipped' ]
}
