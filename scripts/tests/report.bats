#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# scripts/running/test and scripts/pages/report: what is kept of a run, its readers, and that
# it can be done again.

# What one test sets is meant for it alone; helpers.bash and bats set the rest.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helpers

# run_of BASE N WHY PROGRAM: what N-th run of a kernel left, of a stream in stdin.
run_of()
{
	local dir=$results/$1/run-$2
	mkdir -p "$dir"
	echo "$1.99-1" >"$results/$1/version"
	echo "$4" >"$dir/list"
	cat >"$dir/stream"
	printf 'Linux version\nBUG: in <a> & b\n' >"$dir/console.log"
	[ -z "$3" ] || echo "$3" >"$dir/why"
	"$top/qemu/verdict" -k "$dir/results.ktap" -w "$3" "$dir/stream" "$dir/list" || :
}

recorded()
{
	results=$BATS_TEST_TMPDIR/results
	mkdir -p "$results"
	echo '1234 2026-01-01 a & b' >"$results/commit"
	echo 'a diff' >"$results/diff"
	local good='begin a taint=0\n| 1..3\n| ok 1 x\n| # a.c:1: <b> "c" & \033d\n| %sok 2 y\n| ok 3 z # SKIP no z\nend a status=%s taint=0\ndone programs=1\n'
	# shellcheck disable=SC2059	# a format is meant
	{
		printf "$good" '' 0 | run_of 6.1 1 '' a
		printf "$good" '' 0 | run_of 6.12 1 '' a
		printf "$good" 'not ' 1 | run_of 6.12 2 'the kernel complained: BUG: in <a> & b' a
	}
}

@test "report: all three forms, failures first, and how often a test failed" {
	recorded
	run "$top/scripts/pages/report" "$results"
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *'6.12 a y: failed in 1 of 2 runs'* ]]
	[[ $output != *'6.1 a y'* ]]
	[ "${lines[-2]}" = "The report: $results/report.html" ]
	[ "${lines[-1]}" = '5 passed, 2 failed, 3 skipped' ]

	xmllint --noout "$results/junit.xml"
	[ "$(xmllint --xpath 'concat(/testsuites/@tests, " ", /testsuites/@failures, " ", /testsuites/@skipped)' "$results/junit.xml")" = '10 2 3' ]
	[ "$(xmllint --xpath 'count(//testcase/failure)' "$results/junit.xml")" = 2 ]
	xmllint --xpath 'string(//testcase[@name="y"]/failure)' "$results/junit.xml" | grep -F 'a.c:1: <b> "c" & ?d'

	xmllint --noout "$results/report.html"
	[ "$(xmllint --xpath 'string(//h1)' "$results/report.html")" = 'prctl(PR_SET_MM): 2 failed, 5 passed, 3 skipped' ]
	[ "$(xmllint --xpath 'string(//h2[1])' "$results/report.html")" = Failures ]
	xmllint --xpath 'string(//pre[1])' "$results/report.html" | grep -F 'a.c:1: <b> "c" & ?d'
	# The console of the run in which the kernel complained.
	xmllint --xpath 'string(//pre[2])' "$results/report.html" | grep -F 'BUG: in <a> & b'
	# The matrix: a column for each kernel, what failed on top.
	xmllint --xpath '//thead//th' "$results/report.html" | grep -c th | grep -x 3
	[ "$(xmllint --xpath 'string(//tbody[1]/tr[2]/td[1])' "$results/report.html")" = y ]
	[ "$(xmllint --xpath 'string(//tbody[1]/tr[2]/td[2])' "$results/report.html")" = passed ]
	[ "$(xmllint --xpath 'string(//tbody[1]/tr[2]/td[3])' "$results/report.html")" = '1 of 2' ]
}

@test "report: the kernel's own reader counts the same in results.ktap" {
	recorded
	"$top/scripts/pages/report" "$results"
	run "$built/6.12/linux/tools/testing/kunit/kunit.py" parse "$results/results.ktap"
	[[ ${lines[-1]} == *'Ran 10 tests: passed: 5, failed: 2, skipped: 3'* ]]
}

@test "report: KernelCI's form has each result once, and no path that its schema refuses" {
	recorded
	echo x86_64 >"$results/6.12/arch"
	echo 'CONFIG_CC_VERSION_TEXT="gcc \"12\""' >"$results/6.12/config"
	"$top/scripts/pages/report" "$results"
	python3 - "$results/kcidb.json" <<-'P'
	import json, re, sys
	said = json.load(open(sys.argv[1]))
	assert said["version"] == {"major": 5, "minor": 3}
	tests, builds = said["tests"], said["builds"]
	assert [len({x["id"] for x in said[kind]}) for kind in ("checkouts", "builds", "tests")] == [2, 2, 10]
	assert sorted(t["status"] for t in tests) == ["FAIL"] * 2 + ["PASS"] * 5 + ["SKIP"] * 3
	assert {t["build_id"] for t in tests} == {b["id"] for b in builds}
	assert {b["checkout_id"] for b in builds} == {c["id"] for c in said["checkouts"]}
	assert all(re.fullmatch(r"[a-zA-Z0-9_-]+(\.[a-zA-Z0-9_-]+)*", t["path"]) for t in tests)
	assert builds[1]["architecture"] == "x86_64" and builds[1]["compiler"] == 'gcc \\"12\\"', builds
	failed = [t for t in tests if t["status"] == "FAIL"]
	assert failed[0]["log_excerpt"] == '# a.c:1: <b> "c" & ?d\n', failed
	assert [t["path"] for t in failed] == ["kselftest.prctl_set_mm.a.y", "kselftest.prctl_set_mm"], failed
	P
}

@test "report: no results" {
	refused 2 'report: usage: *' "$top/scripts/pages/report"
	refused 2 'report: there is no folder /none' "$top/scripts/pages/report" /none
	refused 2 'report: there are no results in *' "$top/scripts/pages/report" "$BATS_TEST_TMPDIR"
}

@test "retest: from what is kept, with no build, some tests, several times" {
	results=$BUILD/results/x86_64
	mkdir -p "$results/6.12"
	ln -s "$built/6.12" "$built/accel" "$BUILD"
	cp "$built/6.12/x86_64/vmlinux" "$results/6.12"
	cp -R "$built/6.12/x86_64/tests" "$results/6.12"
	echo 6.12.99 >"$results/6.12/version"
	cp "$built/6.12/x86_64/.config" "$results/6.12/config"
	TESTS=args_test APPEND='first second=2' REPEAT=2 run make -s -C "$top" retest
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *'# Linux 6.12.99 x86_64, run 1 of 2'*'run 2 of 2'* ]]
	[[ $output != *build-kernel* ]]
	[ "${lines[-1]}" = '20 passed, 0 failed, 0 skipped' ]
	for file in junit.xml report.html results.ktap commit diff 6.12/run-2/console.log 6.12/run-2/qemu 6.12/run-1/stream; do
		[ -e "$results/$file" ]
	done
	grep -qF "$results/6.12/vmlinux" "$results/6.12/run-1/qemu"
	grep -q "Kernel command line: .* first second=2" "$results/6.12/run-2/console.log"
	grep -q "^$(git -C "$top" rev-parse HEAD)" "$results/commit"

	refused 2 "test: there are no results of 6.1 in $results; run: make test" \
		env BASES=6.1 "$top/scripts/running/test" --no-build
}

@test "test: numbers that are none" {
	refused 2 'test: REPEAT=0 is no number from 1 on' env REPEAT=0 "$top/scripts/running/test"
	refused 2 'test: LIMIT=soon is no number from 1 on' env LIMIT=soon "$top/scripts/running/test"
	refused 2 'test: TEST_LIMIT=-1 is no number from 1 on' env TEST_LIMIT=-1 "$top/scripts/running/test"
}
