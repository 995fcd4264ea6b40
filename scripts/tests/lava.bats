#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# LAVA jobs: what lava-run makes of a guest, what we make of its log, and a server that fails
# in each way, which is a lavacli of ours.

# What one test sets is meant for it alone; helpers.bash and bats set the rest.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helpers

setup()
{
	export BUILD=$BATS_TEST_TMPDIR/build
	mkdir -p "$BUILD" "$built/cache"
	for file in 6.12 cache accel gen_init_cpio; do
		[ ! -e "$built/$file" ] || ln -s "$built/$file" "$BUILD"
	done
	work=$BATS_TEST_TMPDIR
}

# A test that fails may leave a guest, for which lava-run has a limit of minutes.
teardown()
{
	own_qemu | xargs -r kill
}

need_lava()
{
	"$top/qemu/lava/python" -c pass || skip "LAVA's packages cannot be fetched, or Python is not that of Debian 12"
}

# program NAME SCRIPT: a test program.
program()
{
	mkdir -p "$work/tests"
	printf '#!/bin/sh\n%s\n' "$2" >"$work/tests/$1"
	chmod +x "$work/tests/$1"
	echo "$1" >>"$work/list"
}

# lava_runs CODE [OPTION...]: make a job of them, and run it by lava-run.
lava_runs()
{
	local code=$1
	shift
	"$top/qemu/lava/job" "$@" "$work/tests" "$work/list" "$work/job"
	run "$top/qemu/lava/run" "$work/job" "$work/run"
	echo "status $status, LAVA says $(cat "$work/run/job"): $output"
	[ "$status" = "$code" ]
}

@test "lava: what lava-run boots arrives as it was said, and is counted alike" {
	need_lava
	program good 'echo TAP version 13; echo 1..3; echo "#  RUN  a.b ..."; echo "ok 1 A.b"; echo "ok 2 c # SKIP why \"not\" \\d"; echo "ok 3 # SKIP no name"
	printf "# %02500d\n" 7; printf "# tab\there, \033[1m \377 \\\\\n"; echo kernel says >/dev/kmsg'
	program whole 'echo "1..0 # SKIP nothing to test"; exit 4'
	lava_runs 0
	[ "${lines[-1]}" = '1 passed, 0 failed, 3 skipped' ]
	grep -qxF "| # $(printf %02500d 7)" "$work/run/stream"
	grep -qxF '| ok 2 c # SKIP why "not" \d' "$work/run/stream"
	grep -qxF "| # tab$(printf '\t')here, ?[1m ? \\" "$work/run/stream"
	grep -q 'kernel says' "$work/run/console.log"
	! grep -q 'vm.out' "$work/run/console.log" || return 1
	[ "$(cat "$work/run/cases")" = $'good pass 1\ngood skip 2' ]
	[ ! -e "$work/run/why" ]
	grep -q -- '^/.* -kernel ' "$work/run/qemu"
}

@test "lava: a test that fails and a program that dies, of which LAVA says pass" {
	need_lava
	program failing 'echo 1..2; echo ok 1 a; echo not ok 2 b; exit 1'
	program dying 'echo 1..2; echo ok 1 a; kill -SEGV $$'
	program after 'echo 1..1; echo ok 1 a'
	lava_runs 1
	[ "$(cat "$work/run/job")" = pass ]
	[[ $output == *'not ok 2 b'*'NOT RUN: 1 of 2 tests'*'killed by signal 11'* ]]
	[ "${lines[-1]}" = '3 passed, 3 failed, 0 skipped' ]
}

@test "lava: a program that taints the kernel, and a kernel that panics" {
	need_lava
	program tainting 'echo 1..1; echo 64 >/proc/sys/kernel/tainted; echo ok 1 a'
	lava_runs 3
	[ "$(cat "$work/run/job")" = pass ]
	[[ $output == *'the kernel is tainted (64)'* ]]

	program panic 'echo 1..2; echo ok 1 a; echo c >/proc/sysrq-trigger; sleep 9'
	program after 'echo 1..1; echo ok 1 a'
	lava_runs 3
	[[ $output == *'cut off'*'after '*'NOT RUN'*'the kernel complained: Kernel panic - not syncing: sysrq triggered crash'* ]]
}

@test "lava: a guest that vanishes, and a program that hangs" {
	need_lava
	program vanishing 'echo 1..2; echo ok 1 a; echo b >/proc/sysrq-trigger; sleep 9'
	lava_runs 5
	[[ $output == *'cut off'*'the guest vanished before the command ended, LAVA says: '* ]]

	echo hanging >"$work/list"
	program hanging 'echo 1..2; echo ok 1 a; echo "#  RUN           hang.here ..."; sleep 1000'
	sed -i 1d "$work/list"
	# 5 times as much for LAVA.
	lava_runs 124 -T 1 -B 3 -t 20
	[[ $output == *'cut off in hang.here'*'out of time, LAVA says: '* ]]
	! own_qemu || return 1
}

@test "lava: nothing of lava-run is left behind when it is interrupted" {
	need_lava
	program slow 'echo 1..1; sleep 1000'
	"$top/qemu/lava/job" "$work/tests" "$work/list" "$work/job"
	boots() { grep -q 'begin slow' "$work/run/log" 2>/dev/null; }
	interrupt boots "$top/qemu/lava/run" "$work/job" "$work/run"
	[ -z "$(find "$BUILD" -maxdepth 1 -name 'lava.*')" ]
	! own_qemu || return 1
	# A signal for the script alone.
	rm "$work/run/log"
	"$top/qemu/lava/run" "$work/job" "$work/run" 3>&- &
	for _ in $(seq 1500); do
		! boots || break
		sleep 0.1
	done
	kill $!
	for _ in $(seq 300); do
		own_qemu || break
		sleep 0.1
	done
	! own_qemu || return 1
	wait $! || [ $? = 143 ]
	[ -z "$(find "$BUILD" -maxdepth 1 -name 'lava.*')" ]
	! own_qemu || return 1
}

@test "lava-local: some programs of the suite, as an ordinary user" {
	need_lava
	[ "$(id -u)" != 0 ] || as_nobody unshare -rm true || skip 'an ordinary user gets no user namespace here'
	chmod go+w "$BUILD"
	open_folder
	# What it would build is there.
	TESTS='args_test watch_test' BASES=6.12 "$top/scripts/running/lava-jobs" "$BUILD/lava-local"
	run as_nobody "$top/qemu/lava/run" "$BUILD/lava-local/jobs/6.12-x86_64" "$BUILD/nobody"
	echo "$output"
	[ "$status" = 0 ]
	[[ ${lines[-1]} == '29 passed, 0 failed, 0 skipped' ]]
	TESTS=args_test BASES=6.12 run "$top/scripts/running/lava-local"
	echo "$output"
	[ "$status" = 0 ]
	[ "${lines[-1]}" = '10 passed, 0 failed, 0 skipped' ]
	(cd "$BUILD/lava-local/jobs" && sha256sum -c --quiet SHA256SUMS)
	[ "$(grep -c sha256sum: "$BUILD/lava-local/jobs/6.12-x86_64.yaml")" = 2 ]
	grep -q '<th>6.12-x86_64</th>' "$BUILD/results/lava-local/report.html"
}

# said: stdin as the log of a job, each line as one of the guest's, with its number if it is
# one of the results; behind it that LAVA has the result $1 of the job.
said()
{
	awk -v result="$1" '
	function log_(level, message) { print "- {\"dt\": \"now\", \"lvl\": \"" level "\", \"msg\": " message "}" }
	/^\| (not )?ok / {
		name = $0
		sub(/^\| (not )?ok [0-9]+ /, "", name)
		how = /# SKIP/ ? "skip" : /^\| not/ ? "fail" : "pass"
		log_("results", "{\"case\": \"" name "\", \"definition\": \"" program "\", \"extra\": {}, \"result\": \"" how "\"}")
	}
	/^begin / { program = $2 }
	/^vm / { log_("target", "\"" $0 " lines=" n "\""); next }
	{ log_("target", "\"vm.out " ++n " " $0 "\"") }
	END { if (result != "") log_("results", "{\"case\": \"job\", \"definition\": \"lava\", " result "}") }'
}

well='"result": "pass"'
good='begin a taint=0\n| 1..3\n| ok 1 x\n| ok 2 y\n| ok 3 z # SKIP no z\nend a status=0 taint=0\ndone programs=1\nvm exit=0 taint=0\n'

# judged CODE PATTERN [OPTION...]: of the log in stdin; PATTERN is like the whole verdict.
judged()
{
	local code=$1 pattern=$2
	shift 2
	mkdir -p "$work/judged"
	echo a >"$work/judged/list"
	cat >"$work/judged/log"
	run "$top/qemu/lava/judge" "$@" "$work/judged"
	echo "status $status, not $code: $output"
	[ "$status" = "$code" ]
	# shellcheck disable=SC2053	# a pattern is meant
	[[ $output == $pattern ]]
}

@test "lava: a log that lacks something is a failure with its reason" {
	need_lava
	# shellcheck disable=SC2059	# a format is meant
	printf "$good" | said "$well" >"$work/log"
	judged 0 '*2 passed, 0 failed, 1 skipped' <"$work/log"
	grep -v 'ok 2 y' "$work/log" | judged 5 '*NOT RUN: 1 of 3 tests*lines of the results are lost: 1 lines, behind line 3*'
	grep -v 'done programs' "$work/log" | judged 5 '*the results are cut off*lost: 1 lines, behind line 6*'
	# A line that was no result, and one that came twice.
	sed 's/vm.out 3/vm.out 4/' "$work/log" | judged 5 '*lines of the results are lost*'
	grep -v 'vm exit=' "$work/log" | judged 5 '*the guest vanished before the command ended, LAVA says: pass*'
	grep -v '"case": "y"' "$work/log" | judged 1 '*LAVA counted 1 results of a as pass, its log has 2*'
	sed '/"case": "y"/s/pass/fail/' "$work/log" | judged 1 '*LAVA counted * of a as *'
	sed 's/taint=0 lines/taint=512 lines/' "$work/log" | judged 3 '*the kernel is tainted (512)*'
	{ cat "$work/log"; echo '- {"dt": "now", "lvl": "target", "msg": "[    1.0] WARNING: here"}'; } | judged 3 '*the kernel complained: *WARNING: here*'
	grep -v '"case": "job"' "$work/log" | judged 5 "*the LAVA job ended as 'Finished Complete', LAVA says: none*"
	# Nothing at all, which LAVA calls a pass.
	said "$well" </dev/null | judged 5 '*a * NOT RUN*the guest vanished*0 passed, 3 failed, 0 skipped'
	echo 'this is no log' | judged 2 '*judged/log is no log of LAVA*'
}

@test "lava: how the job ended counts only against it" {
	need_lava
	# shellcheck disable=SC2059	# a format is meant
	printf "$good" | said "$well" >"$work/log"
	judged 5 '*the LAVA job was canceled*' -e 'Finished Canceled' <"$work/log"
	judged 5 "*the LAVA job ended as 'Finished Incomplete'*" -e 'Finished Incomplete' <"$work/log"
	judged 5 '*the LAVA job has not ended: Running*' -e 'Running Unknown' </dev/null
	judged 5 '*the LAVA job was canceled*' -e 'Finished Canceled' </dev/null
	sed 's/"result": "pass"}}$/"result": "fail", "error_type": "Test", "error_msg": "lava-test-monitor timed out after 5 seconds"}}/' "$work/log" |
		judged 124 '*out of time, LAVA says: Test lava-test-monitor timed out*'
	# The results that the server has, if they are there.
	echo '[{"suite": "lava", "name": "job", "result": "pass"}, {"suite": "a", "name": "x", "result": "pass"}]' >"$work/judged/results.json"
	judged 1 '*LAVA counted 1 results of a as pass, its log has 2*' <"$work/log"
}

@test "lava-jobs, lava-local: wrong use" {
	refused 2 "lava-jobs: unknown BASE '5.4'; *" env BASES=5.4 "$top/scripts/running/lava-jobs"
	refused 2 "lava-jobs: unknown ARCH 'vax'; *" env ARCHES=vax "$top/scripts/running/lava-jobs"
	refused 2 "lava-jobs: unknown flavour 'salt' in FLAVOURS; *" env FLAVOURS='plain salt' "$top/scripts/running/lava-jobs"
	refused 2 "lava-jobs: TESTS='none' names no test of x86_64, plain" env TESTS=none "$top/scripts/running/lava-jobs"
	refused 2 'lava-jobs: KDIR=*' env KDIR=/tmp "$top/scripts/running/lava-jobs"
	refused 2 'run: there is no /none.yaml; *' "$top/qemu/lava/run" /none "$work/run"
	refused 2 'job: --append: *' "$top/qemu/lava/job" --append 'a "b"' "$work" "$top/Makefile" "$work/job"
	mkdir "$BUILD/lava"
	echo 'a 1' >"$BUILD/lava/submitted"
	refused 2 'lava-jobs: jobs of * were submitted and not fetched; run: make lava-fetch*' "$top/scripts/running/lava-jobs"
}
