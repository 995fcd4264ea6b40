#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# qemu/vm: it passes on what a command does, and has an exit code and a line of
# its own for each way in which the guest can fail. All in a real guest; the
# kernel is made to misbehave by its own sysrq.

# What one test sets is meant for it alone; helpers.bash and bats set the rest.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helpers

vm=$top/qemu/vm

setup()
{
	own_build
}

# No QEMU of ours outlives its test, and no folder.
teardown()
{
	! own_qemu || return 1
	[ -z "$(find "$BUILD" -maxdepth 1 -name 'vm.*')" ]
}

# fails CODE PATTERN ARGUMENT...: the VM ends so, and says so in its last line.
fails()
{
	local code=$1 pattern=$2
	shift 2
	run --separate-stderr "$vm" "$@"
	echo "status $status, stderr: $stderr"
	[ "$status" = "$code" ]
	# shellcheck disable=SC2053	# a pattern is meant
	[[ ${stderr_lines[-1]} == $pattern ]]
}

@test "vm: wrong use" {
	refused 2 'vm: no command; usage: *' "$vm"
	refused 2 'vm: no command; usage: *' "$vm" --
	refused 2 "vm: unknown argument '-x'; usage: *" "$vm" -x -- true
	refused 2 'vm: -t wants a value; usage: *' "$vm" -t
	refused 2 'vm: --append wants a value; usage: *' "$vm" --append
	refused 2 "vm: a limit is seconds, not 'soon'" "$vm" -t soon -- true
	refused 2 "vm: a limit is seconds, not '0'" "$vm" -B 0 -- true
	refused 2 "vm: --processors is a number from 1 on, not '0'" "$vm" --processors 0 -- true
	refused 2 "vm: --memory is a number from 1 on, not '1G'" "$vm" --memory 1G -- true
	refused 2 'vm: --disk: cannot read /none' "$vm" --disk /none -- true
	refused 2 'vm: --disk: QEMU takes no path with a comma in it' "$vm" --disk a,b -- true
	refused 2 "vm: unknown BASE '5.4'; there is *" "$vm" -b 5.4 -- true
	refused 2 "vm: unknown ARCH 'vax'; there are x86_64 *" "$vm" -a vax -- true
	refused 2 'vm: there is no */x86_64-none/vmlinux; build it with: *' "$vm" -f none -- true
	refused 2 'vm: there is no /none; build it with: *' "$vm" -k /none -- true
	refused 2 "vm: unknown FLAVOUR 'none'; there is no *none.config" "$vm" -f none -k "$built/6.12/x86_64/vmlinux" -- true
	refused 2 'vm: --tty: there is no terminal; *' "$vm" --tty -- true
	refused 2 'vm: --add: cannot read /none' "$vm" --add /none -- true
	refused 2 'vm: cannot write to /proc/none' "$vm" --out /proc/none -- true
	refused 2 "vm: --add: 'x' is no path in the guest; it begins with /" "$vm" --add /etc/passwd:x -- true
}

@test "vm: stdout, stderr and exit status are the command's own" {
	run --separate-stderr "$vm" -- sh -c 'echo out; echo err >&2; exit 7'
	[ "$status" = 7 ]
	[ "$output" = out ]
	[[ $stderr == *err* ]]
	[[ $stderr != *out* ]]
}

@test "vm: as many processors as asked for" {
	[ "$("$vm" -- nproc)" = 2 ]
	[ "$("$vm" --processors 1 -- nproc)" = 1 ]
}

@test "vm: stdin is the command's own, to its end, and what is nobody's stays" {
	seq 50000 >"$BATS_TEST_TMPDIR/in"
	"$vm" -- sha256sum <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/sum"
	sha256sum <"$BATS_TEST_TMPDIR/in" | cmp - "$BATS_TEST_TMPDIR/sum"
	run --separate-stderr "$vm" -- cat </dev/null
	[ "$status" = 0 ]
	[ -z "$output" ]
	# A stdin that does not end keeps nobody waiting.
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	sleep 1000 >"$BATS_TEST_TMPDIR/fifo" 3>&- &
	timeout 60 "$vm" -- true <"$BATS_TEST_TMPDIR/fifo"
	kill $!
}

@test "vm: words reach the command as they are" {
	run --separate-stderr "$vm" -- printf '<%s>' 'a b' "it's" '$HOME *' '' $'two\nlines'
	[ "$output" = "<a b><it's><\$HOME *><>"$'<two\nlines>' ]
}

@test "vm: much output, to the last byte" {
	"$vm" -- sh -c 'seq 200000; exit 3' >"$BATS_TEST_TMPDIR/seq" || [ $? = 3 ]
	seq 200000 | cmp - "$BATS_TEST_TMPDIR/seq"
}

@test "vm: --add puts files and folders where they are asked for" {
	mkdir "$BATS_TEST_TMPDIR/folder"
	echo inside >"$BATS_TEST_TMPDIR/folder/file"
	printf '#!/bin/sh\necho ran\n' >"$BATS_TEST_TMPDIR/script"
	chmod +x "$BATS_TEST_TMPDIR/script"
	run --separate-stderr "$vm" --add "$BATS_TEST_TMPDIR/script" \
		--add "$BATS_TEST_TMPDIR/folder:/deep/in/there" -- \
		sh -c '/add/script; cat /deep/in/there/file'
	[ "$output" = $'ran\ninside' ]
	[ "$status" = 0 ]
}

@test "vm: --add brings the libraries that a program needs" {
	echo '#include <stdio.h>
	int main(void) { puts("dynamic"); return 3; }' | gcc -x c -o "$BATS_TEST_TMPDIR/program" -
	ldd "$BATS_TEST_TMPDIR/program"
	run --separate-stderr "$vm" --add "$BATS_TEST_TMPDIR/program" -- /add/program
	[ "$output" = dynamic ]
	[ "$status" = 3 ]
}

@test "vm: --out brings back what is in /out, whatever the command says, and leaves the rest" {
	mkdir "$BATS_TEST_TMPDIR/out"
	echo old | tee "$BATS_TEST_TMPDIR/out/one" >"$BATS_TEST_TMPDIR/out/other"
	run "$vm" --out "$BATS_TEST_TMPDIR/out" -- sh -c 'mkdir /out/folder; echo new >/out/one; ln -s one /out/link
		head -c 3000000 /dev/urandom | tee /out/folder/much | sha256sum; exit 3'
	[ "$status" = 3 ]
	[ "$output" = "$(sha256sum <"$BATS_TEST_TMPDIR/out/folder/much")" ]
	[ "$(cat "$BATS_TEST_TMPDIR/out/one") $(cat "$BATS_TEST_TMPDIR/out/other")" = 'new old' ]
	[ "$(readlink "$BATS_TEST_TMPDIR/out/link")" = one ]
	fails 3 'vm: the kernel complained: *' --out "$BATS_TEST_TMPDIR/new" -- sh -c 'echo c >/proc/sysrq-trigger'
	[ -z "$(ls "$BATS_TEST_TMPDIR/new")" ]
}

@test "vm: two side by side" {
	"$vm" -- sh -c 'sleep 1; echo one' >"$BATS_TEST_TMPDIR/one" 3>&- &
	"$vm" -- sh -c 'sleep 1; echo two' >"$BATS_TEST_TMPDIR/two"
	wait $!
	[ "$(cat "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/two")" = $'one\ntwo' ]
}

@test "vm: a command that does not end" {
	fails 124 'vm: out of time after 4 s' -t 4 -- sleep 1000
}

@test "vm: a command that does not end leaves where the kernel was on the console" {
	run "$vm" -t 4 -o "$BATS_TEST_TMPDIR/kept" -- sleep 1000
	[ "$status" = 124 ]
	grep -q 'sysrq: Show backtrace' "$BATS_TEST_TMPDIR/kept/console.log"
	grep -q 'sysrq: Show Blocked State' "$BATS_TEST_TMPDIR/kept/console.log"
	[ "$(cat "$BATS_TEST_TMPDIR/kept/why")" = 'out of time after 4 s' ]
}

# provoke WHAT: make the kernel go wrong, by its own lkdtm.
provoke()
{
	echo "echo $1 >/sys/kernel/debug/provoke-crash/DIRECT; sleep 1000"
}

@test "vm: a WARN" {
	fails 3 'vm: the kernel complained: *WARNING: CPU*lkdtm_WARNING*' -- sh -c "$(provoke WARNING)"
}

@test "vm: a BUG" {
	fails 3 'vm: the kernel complained: *kernel BUG at *' -- sh -c "$(provoke BUG)"
}

@test "vm: an oops" {
	fails 3 'vm: the kernel complained: *BUG: kernel NULL pointer dereference*' -- sh -c "$(provoke EXCEPTION)"
}

@test "vm: a guest that hangs with interrupts off" {
	local kept=$BATS_TEST_TMPDIR/kept
	fails 124 'vm: out of time after 8 s' -t 8 -o "$kept" -- sh -c "echo HARDLOCKUP >/sys/kernel/debug/provoke-crash/DIRECT"
	# The limit, and a second to look where it hangs.
	[ "$(counted "$kept/clock")" -lt 9500 ]
	# Interrupts are off: it cannot say so itself.
	[[ $stderr == *'vm: processor '[01]' was in '*lkdtm_HARDLOCKUP*bugs.c:* ]]
}

@test "vm: a panic is reported within 2 s" {
	local kept=$BATS_TEST_TMPDIR/kept
	"$vm" -o "$kept" -- sh -c 'echo now; echo c >/proc/sysrq-trigger; sleep 1000' 2>/dev/null |
		while read -r _; do
			counted "$kept/clock" >"$BATS_TEST_TMPDIR/then"
		done
	[ $(($(counted "$kept/clock") - $(cat "$BATS_TEST_TMPDIR/then"))) -lt 2000 ]
}

@test "vm: a splat in the middle of the console is shown, and what led to it" {
	fails 3 'vm: the kernel complained: *INFO: task made up*' -- sh -c '
		echo before >/dev/kmsg; echo "INFO: task made up" >/dev/kmsg
		seq 1000 >/dev/kmsg'
	[[ $stderr == *before*'INFO: task made up'* ]]
}

# broken_init COMMAND: a guest whose init that command has spoilt.
broken_init()
{
	local project=$BATS_TEST_TMPDIR/project base=$BATS_TEST_TMPDIR/spoilt/6.12
	mkdir -p "$project" "$base"
	cp -R "$top/qemu" "$top/scripts" "$project"
	for file in linux package x86_64; do
		ln -s "$built/6.12/$file" "$base/"
	done
	cp "$built/accel" "${base%/*}"
	(cd "$project/qemu" && eval "$1")
	vm=$project/qemu/vm
	BUILD=${base%/*}
}

@test "vm: an init that is not executable, in seconds" {
	broken_init 'chmod -x init'
	fails 3 'vm: the kernel complained: *Kernel panic - not syncing: *init*' -o "$BATS_TEST_TMPDIR/kept" -- true
	[ "$(counted "$BATS_TEST_TMPDIR/kept/clock")" -lt 10000 ]
}

@test "vm: no init at all" {
	broken_init 'rm init'
	run "$vm" -- true
	[ "$status" = 2 ]
	[[ ${lines[-1]} == "initramfs: cannot make "*init* ]]
}

@test "vm: an init that ends" {
	broken_init 'printf "#!/bin/sh
exit 1
" >init'
	fails 3 'vm: the kernel complained: *Kernel panic - not syncing: Attempted to kill init*' -- true
}

@test "vm: an init that says nothing" {
	broken_init 'printf "#!/bin/sh
sleep 1000
" >init'
	fails 124 'vm: no init after 5 s' -B 5 -- true
}

@test "vm: a panic" {
	fails 3 'vm: the kernel complained: *Kernel panic - not syncing: sysrq triggered crash' \
		-- sh -c 'echo c >/proc/sysrq-trigger; sleep 1000'
	[[ $stderr == *sysrq_handle_crash* ]]
}

@test "vm: a taint" {
	fails 3 'vm: the kernel is tainted (*)' -- sh -c 'echo 64 >/proc/sys/kernel/tainted'
}

@test "vm: a guest that powers off too early" {
	fails 5 'vm: the guest vanished before the command ended' \
		-- sh -c 'echo b >/proc/sysrq-trigger; sleep 1000'
}

@test "vm: a QEMU that ends at once" {
	fake qemu-system-x86_64 <<-F
	#!/bin/sh
	[ "\$1" = --version ] && exec $(command -v qemu-system-x86_64) --version
	echo 'qemu: no luck today' >&2
	exit 1
	F
	SECONDS=0
	fails 5 'vm: the guest vanished before the command ended' -- true
	[[ $stderr == *'no luck today'* ]]
	[ $SECONDS -lt 5 ]
}

@test "vm: QEMU killed from outside" {
	(
		sleep 3
		until own_qemu | xargs kill -9; do
			sleep 0.5
		done
	) 3>&- &
	fails 5 'vm: the guest vanished before the command ended' -- sleep 1000
}

@test "vm: Ctrl-C ends QEMU" {
	is_up()
	{
		own_qemu >/dev/null
	}
	interrupt is_up "$vm" -- sleep 1000
}

@test "vm: no QEMU, and no apt" {
	PATH=$(path_without qemu-system-x86_64 apt-get) \
		refused 2 'find-qemu: missing: qemu-system-x86_64 (Debian packages: qemu-system-x86); *' "$vm" -- true
}

@test "vm: -o keeps the console, the command and the status" {
	"$vm" -o "$BATS_TEST_TMPDIR/kept" -- true
	grep -q 'Linux version' "$BATS_TEST_TMPDIR/kept/console.log"
	grep -q "^'qemu-system-x86_64' .*'microvm" "$BATS_TEST_TMPDIR/kept/qemu"
	# It can be read back, word for word.
	eval "set -- $(cat "$BATS_TEST_TMPDIR/kept/qemu")"
	[ "$1" = qemu-system-x86_64 ]
	grep -q '^vm exit=0 taint=0' "$BATS_TEST_TMPDIR/kept/status"
}

@test "vm: the kernel does not check the timer, which a busy host delays" {
	run --separate-stderr "$vm" -- cat /proc/cmdline
	[[ " $output " == *' no_timer_check '* ]]
}

@test "vm: --memory" {
	run --separate-stderr "$vm" --memory 256 -- awk '/^MemTotal:/ { print ($2 < 262144) }' /proc/meminfo
	[ "$output" = 1 ]
}

@test "vm: time in an emulated guest is the same clock on an idle and a busy host" {
	[ "$("$top/qemu/accel" x86_64 "$built/6.12/x86_64/vmlinux")" = tcg ] || skip "KVM has a clock of its own"
	"$vm" -o "$BATS_TEST_TMPDIR/kept" -- true
	grep -q 'tsc: Marking TSC unstable due to boot parameter' "$BATS_TEST_TMPDIR/kept/console.log"
	grep -q 'clocksource: Switched to clocksource refined-jiffies' "$BATS_TEST_TMPDIR/kept/console.log"
}

# What is found is remembered; these look anew, in a BUILD of their own.
@test "accel: what works, and why, is said once and remembered" {
	export BUILD=$BATS_TEST_TMPDIR/other
	run --separate-stderr "$top/qemu/accel" x86_64 "$built/6.12/x86_64/vmlinux"
	echo "$output: $stderr"
	[ "$status" = 0 ]
	[ "$output" = kvm ] || [ "$output" = tcg ]
	[[ ${stderr_lines[0]} == "accel: $output: "?* ]]
	fake qemu-system-x86_64 <<-F
	#!/bin/sh
	[ "\$1" = --version ] && exec $(command -v qemu-system-x86_64) --version
	exit 1
	F
	local first=$output
	run --separate-stderr "$top/qemu/accel" x86_64 "$built/6.12/x86_64/vmlinux"
	[ "$output" = "$first" ]
	[ -z "$stderr" ]
}

@test "accel: a /dev/kvm that opens and never runs a guest" {
	[ -w /dev/kvm ] || skip "no /dev/kvm to be broken"
	export BUILD=$BATS_TEST_TMPDIR/other
	fake qemu-system-x86_64 <<-'F'
	#!/bin/sh
	[ "$1" = --version ] && echo fake && exit
	exec sleep 97531
	F
	run --separate-stderr "$top/qemu/accel" x86_64 "$built/6.12/x86_64/vmlinux"
	[ "$status" = 0 ]
	[ "$output" = tcg ]
	[ "$stderr" = 'accel: tcg: /dev/kvm opens, but a guest said nothing within 3 s' ]
	! pgrep -r D,R,S,T -f '^sleep 97531$' || return 1
}
