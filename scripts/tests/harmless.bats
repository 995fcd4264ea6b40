#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# scripts/proving/harmless: what it compares is seen to change, programs that do harm are found
# out, and the selftests do none (the short form).

# What one test sets is meant for it alone; helpers.bash and bats set the rest.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helpers

# A build with the kernel that there is, and test programs that are scripts; each is
# good unless a test makes it another one.
setup()
{
	export BUILD=$BATS_TEST_TMPDIR/build
	local base=$BUILD/6.12
	mkdir -p "$base/x86_64/tests"
	ln -s "$built/6.12/linux" "$built/6.12/package" "$base"
	ln -s "$built/6.12/x86_64/vmlinux" "$base/x86_64"
	[ ! -e "$built/accel" ] || cp "$built/accel" "$BUILD"
	for name in $(sh -c '. "$1/scripts/lib.sh"; test_programs compat "" "*"' "$top/scripts/x" "$top"); do
		program "$name" ''
	done
	export SEED=1
}

# program NAME SCRIPT: a test that does that and passes.
program()
{
	printf '#!/bin/sh\n%s\necho 1..1\necho ok 1 %s.fine\n' "$2" "$1" >"$BUILD/6.12/x86_64/tests/$1"
	chmod +x "$BUILD/6.12/x86_64/tests/$1"
}

harmless()
{
	run --separate-stderr "$top/scripts/proving/harmless" --no-build "$@"
	# What failed comes first: a log may be cut.
	echo "status $status"
	echo "$output" | awk '/^(not )?ok/ { bad = /^not/ } bad' | tail -n 100
	echo "$stderr" | tail -n 20
	echo "$output"
}

# found GLOB WHAT...: that check fails, and says all that.
found()
{
	local glob=$1 what
	shift
	harmless "$glob"
	[ "$status" = 1 ]
	[ "${lines[-1]}" = '0 passed, 1 failed, 0 skipped' ]
	for what; do
		[[ $output == *$what* ]]
	done
}

@test "harmless: wrong use" {
	refused 2 "harmless: unknown argument '--none'; usage: *" "$top/scripts/proving/harmless" --none
	refused 2 "harmless: unknown BASE '5.4'; there is *" env BASE=5.4 "$top/scripts/proving/harmless"
	refused 2 "harmless: SEED='soon' is no number" env SEED=soon "$top/scripts/proving/harmless"
	refused 2 "harmless: 'none/*' matches no check; *" "$top/scripts/proving/harmless" 'none/*'
	refused 2 "harmless-plan: TESTS='none' names no test" env TESTS=none "$top/scripts/proving/harmless"
	rm -r "$BUILD/6.12/x86_64/tests"
	refused 2 "harmless: there is no */tests; *" "$top/scripts/proving/harmless" --no-build
	refused 2 'harmless-plan: usage: *' "$top/scripts/proving/harmless-plan" --long
	refused 2 'pack-harmless: usage: *' "$top/qemu/pack-harmless"
}

@test "harmless: the same seed has the same moments, another one others" {
	"$top/scripts/proving/harmless" --list >"$BATS_TEST_TMPDIR/one"
	[ "$(grep -c ^interrupt/ "$BATS_TEST_TMPDIR/one")" = 64 ]
	"$top/scripts/proving/harmless" --list | cmp "$BATS_TEST_TMPDIR/one" -
	! SEED=2 "$top/scripts/proving/harmless" --list | cmp -s "$BATS_TEST_TMPDIR/one" - || return 1
	[ -z "$(sort "$BATS_TEST_TMPDIR/one" | uniq -d)" ]
}

# One boot: each item of the machine is changed, seen, and put back.
@test "harmless: the snapshot sees a change of each kind, and nothing else" {
	[ -n "${SLOW-}" ] || skip "two minutes in a guest; with SLOW=1"
	cat >"$BATS_TEST_TMPDIR/see" <<'END'
#!/bin/sh
PATH=/harmless:/bin
work=/harmless/work
mkdir -p $work /run /var/tmp /dev/shm
mount -t tmpfs work $work
mount -t tmpfs run /run
mount -t tmpfs shm /dev/shm
mount -t tracefs tracing /sys/kernel/tracing
failed=0

# sees WORD UNDO DO: the snapshot has another line that begins so when DO was done, and
# is what it was after UNDO.
sees()
{
	eval "$3"
	snapshot >$work/after
	diff -U 0 $work/before $work/after | grep '^[-+][^-+]' >$work/changes
	grep -qE "^[-+]$1" $work/changes || { echo "not seen: $3"; failed=1; }
	grep -vE "^[-+]($1|file /(tmp|run|dev/shm|var/tmp) d)" $work/changes && { echo "seen as well: $3"; failed=1; }
	eval "$2"
	echo "$2"
	unchanged
}

# unchanged: is it what it was?
unchanged()
{
	snapshot >$work/after
	diff -U 0 $work/before $work/after || failed=1
}

snapshot >$work/before
unchanged
for kind in sysctl audit trace fault mount process file; do
	grep -q "^$kind " $work/before || { echo "nothing of $kind"; failed=1; }
done
sysctl=/proc/sys/kernel
sees 'sysctl kernel/prctl_set_mm:' "echo 1 >$sysctl/prctl_set_mm" "echo 2 >$sysctl/prctl_set_mm"
sees 'sysctl kernel/threads-max:' "echo $(cat $sysctl/threads-max) >$sysctl/threads-max" "echo 1000 >$sysctl/threads-max"
sees 'sysctl fs/suid_dumpable:' "echo 0 >/proc/sys/fs/suid_dumpable" "echo 1 >/proc/sys/fs/suid_dumpable"
sees 'sysctl (vm/|name)' 'echo 0 >/proc/sys/vm/nr_hugepages' 'echo 1 >/proc/sys/vm/nr_hugepages'
for setting in enabled=1 failure=0 rate_limit=7 backlog_limit=99; do
	old=$(audit | grep "^${setting%=*}=")
	sees "audit ${setting%=*}=" "audit $old >/dev/null" "audit $setting >/dev/null"
done
sees 'audit pid=|process audit:' 'kill $!; wait $! 2>/dev/null' ': >$work/ready; audit --daemon >$work/ready & while ! grep -q ready $work/ready; do usleep 10000; done'
tracing=/sys/kernel/tracing
# The first event that is enabled makes the buffer as large as it is from then on.
echo 1 >$tracing/events/prctl/enable
echo 0 >$tracing/events/prctl/enable
snapshot >$work/before
sees 'trace (instance )?prctl_set_mm-1' "rmdir $tracing/instances/prctl_set_mm-1" "mkdir $tracing/instances/prctl_set_mm-1"
sees 'trace global set_event:' "echo 0 >$tracing/events/prctl/enable" "echo 1 >$tracing/events/prctl/prctl_replace_exe/enable"
sees 'trace global events/prctl/prctl_replace_exe/filter' "echo 0 >$tracing/events/prctl/prctl_replace_exe/filter" "echo pid==1 >$tracing/events/prctl/prctl_replace_exe/filter"
sees 'trace global tracing_on:' "echo 1 >$tracing/tracing_on" "echo 0 >$tracing/tracing_on"
mkdir $tracing/instances/kept
snapshot >$work/before
sees 'trace kept set_event:' "echo 0 >$tracing/instances/kept/events/prctl/enable" "echo 1 >$tracing/instances/kept/events/prctl/enable"
# Nothing is to fail meanwhile.
echo 0 >/sys/kernel/debug/failslab/times
snapshot >$work/before
for file in ignore-gfp-wait verbose probability interval task-filter space; do
	old=$(cat /sys/kernel/debug/failslab/$file)
	new=3
	case $old in Y) new=N ;; N) new=Y ;; esac
	sees "fault failslab/$file:" "echo $old >/sys/kernel/debug/failslab/$file" "echo $new >/sys/kernel/debug/failslab/$file"
done
# Of kernels whose allocator can let one kind of object fail.
if [ -e /sys/kernel/slab/prctl_mm_request/failslab ]; then
	sees 'slab prctl_mm_request/failslab:' 'echo 0 >/sys/kernel/slab/prctl_mm_request/failslab' 'echo 1 >/sys/kernel/slab/prctl_mm_request/failslab'
fi
sees 'mount ' 'umount /var/tmp' 'mount -t tmpfs none /var/tmp'
sees 'mount ' 'mount -o remount,exec /tmp' 'mount -o remount,noexec /tmp'
sees 'process sleep:sleep 1000' 'kill $!; wait $! 2>/dev/null' 'sleep 1000 &'
for folder in /tmp /run /dev/shm /var/tmp; do
	sees "file $folder/x" "rm $folder/x" "echo >$folder/x"
	echo one >$folder/y
	snapshot >$work/before
	sees "file $folder/y" "echo one >$folder/y" "echo two >$folder/y"
	sees "file $folder/y" "chmod 644 $folder/y" "chmod 600 $folder/y"
	sees "file '?$folder/z" "rm $folder/z" "ln -s / $folder/z"
done
sees 'file /x' 'rm /x' 'echo >/x'
sees 'file /dev/x' 'rm /dev/x' 'mknod /dev/x c 1 3'
exit $failed
END
	chmod +x "$BATS_TEST_TMPDIR/see"
	"$top/qemu/pack-harmless" "$BUILD/harmless.guest"
	run "$top/qemu/vm" --add "$BUILD/harmless.guest:/harmless" --add "$BATS_TEST_TMPDIR/see:/see" -- /see
	echo "$output"
	[ "$status" = 0 ]
}

@test "harmless: programs that do no harm pass" {
	harmless --short suite/change setting/tmp-full/change
	[ "$status" = 0 ]
	# How many tests the programs have is not the point.
	[[ $output == *'suite/change: '[2-9][0-9]' passed, 0 failed, 0 skipped (0 %)'* ]]
	[[ ${lines[-1]} == '2 passed, 0 failed, 0 skipped' ]]
}

@test "harmless: a changed level is found, and put back for the next check" {
	program policy_test 'echo 0 >/proc/sys/kernel/prctl_set_mm'
	harmless suite/plain suite/zero setting/level-2/change
	[ "$status" = 1 ]
	[[ $output == *'# the machine is not as it was: sysctl kernel/prctl_set_mm'* ]]
	[[ $output == *$'\n# -sysctl kernel/prctl_set_mm:1\n# +sysctl kernel/prctl_set_mm:0\n'* ]]
	[[ $output == *$'\n# -sysctl kernel/prctl_set_mm:2\n# +sysctl kernel/prctl_set_mm:0\n'* ]]
	[ "${lines[-1]}" = '0 passed, 3 failed, 0 skipped' ]
}

@test "harmless: a failed test, a process that is left, a wrong value that is taken" {
	program map_test 'echo not ok 2 map.broken'
	program auxv_test '(sleep 1000) >/dev/null 2>&1 &'
	found suite/plain 'map_test '*' 1 failed' 'not ok 2 map.broken' 'auxv_test leaves a process behind: '*sleep
	# One that is left is waited for.
	program auxv_test ''
	found value/yes 'map_test has exit status 0 and not 1'
}

@test "harmless: what a program leaves that is interrupted" {
	for name in policy_test watch_test audit_test exe_watch_follow_test; do
		program $name 'trap "" TERM
		echo >/tmp/prctl_set_mm-left; echo >/tmp/left; usleep 900000
		rm /tmp/left /tmp/prctl_set_mm-left'
	done
	harmless --short 'interrupt/*'
	[ "$status" = 1 ]
	# TERM is ignored, so nothing is left, but the program does not die of it.
	[[ $output == *$'TERM/first/'*$'\n# its exit status is 0 and not 143\n'* ]]
	[[ $output == *$'KILL/first/'*$'\n# the machine is not as it was: '*'file /tmp/left'* ]]
	[[ $output == *$'KILL/all/'*$'\n# killed as a whole it leaves what the next run does not look for\n'* ]]
	[[ $output == *$'\n# +file /tmp/left '* ]]
}

@test "harmless: a program that kills everything when it cannot fork" {
	program exe_watch_test 'sleep 0 || :
	n=0; while [ $n -lt 100 ]; do sleep 1 & n=$((n + 1)); done'
	# A shell ends when it cannot fork; what starts it then does what the test did.
	mv "$BUILD/6.12/x86_64/tests/exe_watch_test" "$BUILD/6.12/x86_64/tests/inner"
	program exe_watch_test '/tests/inner >/dev/null 2>&1 || kill -9 -1'
	found canary/forks 'the guest did not get to its end'
}

@test "harmless: Ctrl-C ends the VM" {
	program args_test 'sleep 1000'
	is_up()
	{
		own_qemu >/dev/null
	}
	interrupt is_up "$top/scripts/proving/harmless" --no-build suite/change
	! is_up || return 1
}

# With the same moments each time: make harmless looks for new ones.
@test "harmless: the selftests leave the machine as it was (short form)" {
	export BUILD=$built
	harmless --short
	[ "$status" = 0 ]
}
