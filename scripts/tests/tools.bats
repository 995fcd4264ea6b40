#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What people run by hand, as root, on a machine of their own: exe-watch, tour, probe,
# cost, contend and replay leave it as they found it, however they end. tools.guest has the checks.

# helpers.bash and bats set what is not set here.
# shellcheck disable=SC2154

load helpers

# These need the kernel and the programs that are built.
setup()
{
	export BUILD=$built
}

# checks NAME COUNT: all of that part of tools.guest, at least COUNT checks.
checks()
{
	local tests=$built/6.12/x86_64/tests tool
	set -- "$@" --add "$BATS_TEST_DIRNAME/tools.guest"
	for tool in exe-watch tour probe cost contend replay; do
		set -- "$@" --add "$tests/$tool"
	done
	run --separate-stderr "$top/qemu/vm" "${@:3}" -- sh /add/tools.guest "$1"
	echo "status $status"
	echo "$output"
	echo "$stderr"
	[ "$status" = 0 ]
	[[ ${lines[-1]} =~ ^checked\ ([0-9]+),\ wrong\ 0$ ]]
	[ "${BASH_REMATCH[1]}" -ge "$2" ]
}

@test "exe-watch leaves no trace instance, process, mount or setting" {
	checks exe-watch 52
}

@test "tour leaves nothing, runs nothing from PATH, and says why it cannot be shown" {
	checks tour 47
}

@test "probe, cost, contend and replay write no file, follow no symlink and invent no answer" {
	checks others 58
}
