# SPDX-License-Identifier: GPL-2.0-only
# What the scenarios of container runtimes share. Source it behind lib.sh.
# shellcheck shell=sh
# shellcheck disable=SC2154	# lib.sh sets work

# bundle: $work/bundle, in which a container does nothing but wait.
bundle()
{
	mkdir -p "$work/bundle/rootfs/bin" "$work/bundle/rootfs/proc" "$work/bundle/rootfs/dev"
	cp pause "$work/bundle/rootfs/bin/"
	(cd "$work/bundle" && "$1" spec) &&
		sed -i 's/"terminal": true/"terminal": false/; s/"sh"/"\/bin\/pause"/' "$work/bundle/config.json"
}

# nothing_replaced: of all processes there are. A kernel without the series cannot tell.
nothing_replaced()
{
	[ "$level" = base ] || ./exe-watch --json
}

# The output is a file, because the container keeps it open, and check would wait for its end.
box_starts()
{
	"$@" run --detach --bundle "$work/bundle" box </dev/null >"$work/log" 2>&1 || { cat "$work/log"; return 1; }
}

box_runs()
{
	"$@" state box | grep '"status": "running"'
}

# runs RUNTIME [OPTION...]: a container starts, and nothing is replaced then; the outcome.
runs()
{
	runtime=$1
	check "nothing is replaced before" nothing_replaced
	check "a bundle" bundle "$runtime"
	check "a container starts" box_starts "$@"
	check "it runs" box_runs "$@"
	check "nothing is replaced" nothing_replaced
	check "it ends" "$@" delete --force box
	[ "$failed" = 0 ] || outcome failed
	outcome works
}
