#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# lava-submit and lava-fetch with a server that is a lavacli of ours, and fails in each way.

# What one test sets is meant for it alone; helpers.bash and bats set the rest.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helpers

# The server: a folder with a file for each job, which has its name; the log of all; the state
# of all; and mode, how it fails.
setup()
{
	export BUILD=$BATS_TEST_TMPDIR/build server=$BATS_TEST_TMPDIR/server LAVA=here
	mkdir -p "$BUILD" "$built/cache" "$server/jobs"
	ln -s "$built/cache" "$BUILD"
	echo 'Finished Complete' >"$server/state"
	printf '%s\n' '- {"dt": "now", "lvl": "target", "msg": "vm.out 1 begin a taint=0"}' \
		'- {"dt": "now", "lvl": "target", "msg": "vm.out 2 | 1..1"}' \
		'- {"dt": "now", "lvl": "target", "msg": "vm.out 3 | ok 1 x"}' \
		'- {"dt": "now", "lvl": "target", "msg": "vm.out 4 end a status=0 taint=0"}' \
		'- {"dt": "now", "lvl": "target", "msg": "vm.out 5 done programs=1"}' \
		'- {"dt": "now", "lvl": "target", "msg": "vm exit=0 taint=0 lines=5"}' \
		'- {"dt": "now", "lvl": "results", "msg": {"case": "job", "definition": "lava", "result": "pass"}}' >"$server/log"
	echo '[{"suite": "a", "name": "x", "result": "pass"}]' >"$server/results"
	fake lavacli <<-'F'
	#!/bin/sh
	echo "$*" >>"$server/calls"
	[ "$1" != --identity ] || shift 2
	mode=$(cat "$server/mode" 2>/dev/null)
	case $mode,$1 in
	gone,identities) ;;
	gone,*)
		echo "Unable to connect to 'http://me:secret@lab.example/RPC2': refused"
		exit 1 ;;
	esac
	case "$1 $2" in
	'identities show')
		[ "$3" = here ] || { echo "Unknown identity '$3'"; exit 1; }
		printf 'token: secret\nuri: http://me:secret@lab.example/RPC2\nusername: me\n' ;;
	'jobs submit')
		# What a lavacli does after a refusal: its exit status is 0.
		[ "$mode" != refuse ] || { echo "Unable to submit $3: <Fault 400: 'No devices of type qemu'>"; exit 0; }
		sed -n 's/^job_name: //p' "$3" >"$server/jobs/$(($(ls "$server/jobs" | wc -l) + 1))"
		[ "$mode" != deaf ] || { echo "Unable to submit $3: timed out"; exit 0; }
		ls "$server/jobs" | sort -n | tail -n 1 ;;
	'jobs list')
		for job in "$server/jobs"/*; do
			echo "* ${job##*/}: Running,Unknown [me] ($(cat "$job")) - qemu"
		done ;;
	'jobs show')
		read -r state health <"$server/state"
		[ ! -e "$server/state-$3" ] || read -r state health <"$server/state-$3"
		printf 'id          : %s\nstate       : %s\nHealth      : %s\n' "$3" "$state" "$health" ;;
	'jobs logs') [ -e "$server/state-$5" ] || cat "$server/log" ;;
	'results --json') cat "$server/results" ;;
	*) exit 9 ;;
	esac
	F
	fake sleep <<-F
	#!/bin/sh
	exec $(command -v sleep) 0.2
	F
	for name in a b; do
		mkdir -p "$BUILD/lava/jobs/$name"
		echo "job_name: set $name now" >"$BUILD/lava/jobs/$name.yaml"
		echo a >"$BUILD/lava/jobs/$name/list"
		echo 6.12.99-1 >"$BUILD/lava/jobs/$name/version"
		echo x86_64 >"$BUILD/lava/jobs/$name/arch"
		echo CONFIG_A=y >"$BUILD/lava/jobs/$name/config"
	done
	echo '1234 2026-01-01 a' >"$BUILD/lava/jobs/commit"
	touch "$BUILD/lava/jobs/diff" "$BUILD/lava/jobs/SHA256SUMS"
	submit=$top/scripts/running/lava-submit
	fetch=$top/scripts/running/lava-fetch
}

need_lava()
{
	"$top/qemu/lava/python" -c pass || skip "LAVA's packages cannot be fetched, or Python is not that of Debian 12"
}

# submitted COUNT: so many times something was submitted, and so many jobs there are.
submitted()
{
	grep -c ' jobs submit ' "$server/calls"
	[ "$(grep -c ' jobs submit ' "$server/calls")" = "$1" ]
	[ "$(find "$server/jobs" -type f | wc -l)" = "$1" ]
}

@test "lava-submit, lava-fetch: a matrix, its ids and URLs, one report" {
	run --separate-stderr "$submit"
	echo "$output; $stderr"
	[ "$status" = 0 ]
	[ "$output" = $'a 1 http://lab.example/scheduler/job/1\nb 2 http://lab.example/scheduler/job/2' ]
	[[ $stderr == *'a: Finished, Complete'*'b: Finished, Complete'*'all have ended; run: make lava-fetch' ]]
	! grep -rq secret "$BUILD/lava" || return 1
	# Once more: nothing is submitted again.
	"$submit"
	submitted 2
	need_lava
	run "$fetch"
	echo "$output"
	[ "$status" = 0 ]
	[ "${lines[-1]}" = '2 passed, 0 failed, 0 skipped' ]
	grep -q 'href="http://lab.example/scheduler/job/2">LAVA job' "$BUILD/results/lava/report.html"
	[ "$(python3 -c 'import json, sys; print([t["log_url"] for t in json.load(sys.stdin)["tests"]])' <"$BUILD/results/lava/kcidb.json")" = \
		"['http://lab.example/scheduler/job/1', 'http://lab.example/scheduler/job/2']" ]
	refused 2 'lava-submit: the jobs in * have ended and were fetched; *' "$submit"
	# To look again is no harm.
	"$fetch"
}

@test "lava-submit: no lavacli, no identity, no jobs" {
	local path
	path=$(path_without lavacli sudo)
	open_folder
	PATH=$path refused 2 'lava-submit: missing: lavacli; as root run: apt-get install lavacli' as_nobody "$submit"
	LAVA='' refused 2 'lava-submit: which server? *' "$submit"
	LAVA=there refused 2 "lava-submit: lavacli: Unknown identity 'there'; make it with: lavacli identities add *" "$submit"
	[ ! -e "$BUILD/lava/submitted" ]
	refused 2 'lava-fetch: no job was submitted from *' "$fetch"
	rm -r "$BUILD/lava/jobs"
	refused 2 'lava-submit: there are no jobs in *; run: make lava-jobs' "$submit"
}

@test "lava-submit: a server that refuses a job, and one that is gone" {
	echo refuse >"$server/mode"
	refused 2 "lava-submit: LAVA=here: lavacli jobs submit: Unable to submit *No devices of type qemu*" "$submit"
	echo gone >"$server/mode"
	refused 2 "lava-submit: LAVA=here: lavacli jobs list: Unable to connect to 'http://lab.example/RPC2': refused; *" "$submit"
	rm "$server/mode"
	run "$submit"
	[ "$status" = 0 ]
	[ "$(find "$server/jobs" -type f | wc -l)" = 2 ]
}

@test "lava-submit: a job whose id got lost is not submitted twice" {
	echo deaf >"$server/mode"
	refused 2 'lava-submit: LAVA=here: lavacli jobs submit: Unable to submit *: timed out; *' "$submit"
	submitted 1
	rm "$server/mode"
	"$submit"
	submitted 2
	[ "$(cat "$BUILD/lava/submitted")" = $'a 1\nb 2' ]
	LAVA=there refused 2 'lava-submit: the jobs in * were submitted with LAVA=here, not there' "$submit"
}

@test "lava-submit: a server that goes away midway, and Ctrl-C" {
	echo 'Running Unknown' >"$server/state"
	runs() { grep -q 'b: Running' "$1"; }
	interrupt runs "$submit"
	grep -q 'interrupted; the jobs go on, and so does the next call' "$BATS_TEST_TMPDIR/interrupted"
	"$submit" >/dev/null 2>"$BATS_TEST_TMPDIR/said" 3>&- &
	for _ in $(seq 300); do
		! grep -q 'have not ended' "$BATS_TEST_TMPDIR/said" || break
		sleep 0.1
	done
	echo gone >"$server/mode"
	status=0
	wait $! || status=$?
	cat "$BATS_TEST_TMPDIR/said"
	[ "$status" = 2 ]
	grep -q 'LAVA=here: lavacli jobs show: .*the next call goes on' "$BATS_TEST_TMPDIR/said"
	rm "$server/mode"
	echo 'Finished Complete' >"$server/state"
	"$submit"
	submitted 2
}

@test "lava-fetch: a job that was canceled, one that has not ended, one that lost a line" {
	need_lava
	"$submit"
	echo 'Finished Canceled' >"$server/state-1"
	echo 'Submitted Unknown' >"$server/state-2"
	run "$fetch"
	echo "$output"
	[ "$status" = 5 ]
	[[ $output == *'the LAVA job was canceled'*'the LAVA job has not ended: Submitted'* ]]
	# The next call fetches them again.
	[ ! -e "$BUILD/lava/fetched" ]
	rm "$server"/state-?
	sed -i '/vm.out 2/d' "$server/log"
	run "$fetch"
	echo "$output"
	[ "$status" = 5 ]
	[[ $output == *'lines of the results are lost: 1 lines, behind line 1'* ]]
	# What is wrong is in the report, with the job.
	grep -q 'lines of the results are lost' "$BUILD/results/lava/report.html"
}

@test "lava-fetch: a server that is gone leaves the results of the last time" {
	need_lava
	"$submit"
	"$fetch"
	echo gone >"$server/mode"
	refused 2 "lava-fetch: LAVA=here: lavacli jobs show: *" "$fetch"
	[ -e "$BUILD/results/lava/report.html" ]
}
