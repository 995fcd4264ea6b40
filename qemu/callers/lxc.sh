# SPDX-License-Identifier: GPL-2.0-only
# What the scenarios of LXC share. Source it behind lib.sh.
# shellcheck shell=sh
# shellcheck disable=SC2154	# lib.sh sets work

# box_starts: a container "box" on the files of this userland, until box_ends.
box_starts()
{
	mkdir -p /var/lib/lxc/box
	cat >/var/lib/lxc/box/config <<-C
	lxc.rootfs.path = dir:/
	lxc.uts.name = box
	lxc.net.0.type = none
	lxc.mount.auto = proc:mixed sys:ro
	lxc.init.cmd = /bin/sleep 1000
	lxc.apparmor.profile = unconfined
	C
	lxc-start -n box -o "$work/log" -l DEBUG && lxc-wait -n box -s RUNNING -t 20
}

box_ends()
{
	lxc-stop -k -n box
}
