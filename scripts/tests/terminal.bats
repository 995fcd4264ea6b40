#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# make shell and make debug, at a terminal that script(1) makes.

# What one test sets is meant for it alone; helpers.bash and bats set the rest.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helpers

setup()
{
	export BUILD=$built TERM=vt100
	seen=$BATS_TEST_TMPDIR/typescript
	mkfifo "$BATS_TEST_TMPDIR/keys"
}

# A test that fails leaves its guest at a terminal where nobody types.
teardown()
{
	local left
	left=$(own_qemu) || return 0
	# shellcheck disable=SC2086	# several ids
	kill $left
	echo "the guest went on after the test: $left"
	return 1
}

# terminal COMMAND: run it at a terminal of 33 lines with 99 columns, which is in
# the folder's files before and after as it was and as it is left.
terminal()
{
	(
		cd "$BATS_TEST_TMPDIR" || exit
		exec script -qefc "stty rows 33 cols 99; stty -g >before; $1; echo status=\$?; stty -g >after" \
			"$seen" <keys >/dev/null 2>&1 3>&-
	) &
	pid=$!
	exec 4>"$BATS_TEST_TMPDIR/keys"
}

# see PATTERN: wait until a line is on the terminal that is like this. The limit is for what
# hangs: a test that runs at the same time may keep a processor busy ten times over.
see()
{
	for _ in $(seq 1500); do
		! tr -d '\r' <"$seen" | grep -aqE "$1" || return 0
		sleep 0.1
	done
	echo "not seen: $1; but:"
	cat -v "$seen"
	return 1
}

# type TEXT: as printf has it. The pause is that of a person: what is typed while
# a command starts belongs to nobody yet.
type_()
{
	sleep 0.3
	# shellcheck disable=SC2059	# a format is meant
	printf "$1" >&4
}

# needs_config WORD...: skip the test where no kernel was built with CONFIG="WORD...".
needs_config()
{
	local id
	id=$(printf '%s\n' "$@" | sha256sum | cut -c 1-8)
	[ -s "$built/6.12/x86_64-config-$id/vmlinux" ] || skip "not built: make kernel CONFIG='$*'"
}

@test "shell: commands, job control, a sane terminal, and its own exit status" {
	APPEND=word_of_ours terminal "$top/scripts/running/shell"
	see 'guest:/tests# '
	type_ 'grep -c word_of_ours /proc/cmdline\r'
	see '^1$'
	type_ 'stty size\r'
	see '^33 99$'
	type_ 'echo $TERM, $(tty)\r'
	see '^vt100, /dev/hvc0$'
	type_ 'sleep 1000\r'
	type_ '\032'
	see 'Stopped +sleep 1000'
	type_ 'fg; echo over\r'
	type_ '\003'
	type_ './args_test | tail -n 1\r'
	see 'Totals: pass:[1-9].* fail:0'
	type_ 'exit 7\r'
	see '^status=7$'
	wait $pid
	cmp "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}

@test "shell: Ctrl-A X ends a guest that hangs, and the terminal is as it was" {
	terminal "$top/scripts/running/shell"
	see 'guest:/tests# '
	type_ 'echo HARDLOCKUP >/sys/kernel/debug/provoke-crash/DIRECT\r'
	type_ '\001x'
	see '^vm: the guest vanished before the command ended$'
	see '^status=5$'
	wait $pid
	cmp "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}

@test "shell: HOST=1 has the programs of this machine, read-only, and brings files back" {
	needs_config NETWORK_FILESYSTEMS=y NET_9P=y NET_9P_VIRTIO=y 9P_FS=y
	# bash marks pasted text on others.
	TERM=dumb HOST=1 OUT=$BATS_TEST_TMPDIR/out terminal "$top/scripts/running/shell"
	see 'guest:/mnt/tests# '
	type_ 'python3 -c "print(6 * 7)"\r'
	see '^42$'
	type_ "touch '$built/none'\r"
	see 'Read-only file system'
	type_ './args_test | tail -n 1\r'
	see 'Totals: pass:[1-9].* fail:0'
	type_ 'uname -r | tee /mnt/out/release; exit 7\r'
	see '^status=7$'
	wait $pid
	[[ $(cat "$BATS_TEST_TMPDIR/out/release") == 6.12* ]]
	cmp "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}

@test "shell: HOST=1 on another architecture, and another HOST" {
	HOST=1 ARCH=parisc refused 2 'shell: HOST=1: the programs of this machine are for x86_64, not for parisc' "$top/scripts/running/shell"
	HOST=yes refused 2 "shell: HOST='yes': 1 is for *" "$top/scripts/running/shell"
	# Other programs export these names, and mean something else.
	HOST=machine OUT=/none CONFIG=none run make -s -C "$top" shell </dev/null
	[[ $output == *'vm: --tty: there is no terminal; '* ]]
}

@test "shell: no terminal" {
	BUILD=$built run "$top/scripts/running/shell" </dev/null
	[ "$status" = 2 ]
	[ "${lines[-1]}" = 'vm: --tty: there is no terminal; without --tty the command takes any stdin' ]
}

@test "debug: break prctl_mm_set hits, with functions, lines and source" {
	TESTS=args_test run timeout 120 "$top/scripts/running/debug" -batch \
		-ex 'break prctl_mm_set' -ex continue -ex bt -ex 'list 1,1'
	echo "$output"
	[[ $output == *'DEBUG_INFO=1 builds a kernel with types, variables'* ]]
	[[ $output == *'hit Breakpoint 1'*'prctl_mm_set ('*'kernel/sys.c:'*'do_syscall_64 ('*'arch/x86/entry/'* ]]
	[[ $output == *'SPDX-License-Identifier'* ]]
	DEBUG_INFO=yes refused 2 "debug: DEBUG_INFO='yes': 1 is for *" "$top/scripts/running/debug"
}

@test "debug: DEBUG_INFO=1 has types, variables and the kernel's scripts" {
	needs_config DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT=y GDB_SCRIPTS=y
	DEBUG_INFO=1 TESTS=args_test APPEND=word_of_ours run timeout 120 "$top/scripts/running/debug" -batch \
		-ex 'break prctl_mm_set' -ex continue -ex 'bt 1' -ex 'set print elements 0' \
		-ex 'p saved_command_line' -ex 'lx-version' -ex 'p $lx_current().comm'
	echo "$output"
	[[ $output == *'hit Breakpoint 1'*'prctl_mm_set ('*'option=1'*'kernel/sys.c:'* ]]
	[[ $output == *'Linux version 6.12'* ]]
	[[ $output == *' word_of_ours '* ]]
	[[ $output == *'"args_test'* ]]
}

@test "debug: without gdb the command is printed, and Ctrl-C ends the guest" {
	PATH=$(path_without gdb)
	stopped()
	{
		grep -q 'gdb is not installed' "$1"
	}
	interrupt stopped "$top/scripts/running/debug"
	! own_qemu || return 1
}
