# SPDX-License-Identifier: GPL-2.0-only
# How far kbuild is. Source it behind lib.sh.
# shellcheck shell=sh
# shellcheck disable=SC2154	# lib.sh sets them

# wait_for_kbuild PID LOG: until make with that PID ends, whose output goes to LOG; its exit
# status. Tells the time and the number of objects made, on a terminal in place, else a line
# now and then. A signal ends make, too, and all that it has started if it is the first process
# of a session.
wait_for_kbuild()
{
	kbuild=$1
	trap 'end_kbuild; exit 130' INT
	trap 'end_kbuild; exit 143' TERM
	trap 'end_kbuild; exit 129' HUP
	ticks=0
	while kill -0 "$kbuild" 2>/dev/null; do
		sleep 0.2
		ticks=$((ticks + 1))
		[ $((ticks % 5)) = 0 ] || continue
		seconds=$((ticks / 5))
		made=$(grep -cE '^  (CC|AS|LD|AR) ' "$2" || :)
		[ "$made" -gt 0 ] || continue
		if [ -t 2 ]; then
			printf '\r%s: %s s, %s objects' "$me" "$seconds" "$made" >&2
		elif [ $((seconds % 20)) = 0 ]; then
			say "$seconds s, $made objects"
		fi
	done
	[ ! -t 2 ] || printf '\r\033[K' >&2
	status=0
	wait "$kbuild" || status=$?
	trap - INT TERM HUP
	return $status
}

end_kbuild()
{
	kill -- "-$kbuild" 2>/dev/null || kill "$kbuild" 2>/dev/null || :
	wait "$kbuild" || :
}
