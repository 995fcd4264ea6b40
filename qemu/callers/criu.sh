# SPDX-License-Identifier: GPL-2.0-only
# What the scenarios of CRIU share. Source it behind lib.sh.
# shellcheck shell=sh
# shellcheck disable=SC2154	# lib.sh sets them

# maps PID: its areas. Two of one kind that touch are one: a restore merges what a loader
# had made apart.
maps()
{
	sed 's/[-]/ /' "/proc/$1/maps" | while read -r start end perms offset _ _ file; do
		echo "$((0x$start)) $((0x$end)) $perms $((0x$offset)) $file"
	done | awk '{
		file = $5 " " $6
		if ($1 == end && $3 == perms && file == last && (file == " " || $4 == next_offset)) {
			end = $2
		} else {
			if (NR > 1)
				print start, end, perms, offset, last
			start = $1; end = $2; perms = $3; offset = $4; last = file
		}
		next_offset = $4 + $2 - $1
	} END { print start, end, perms, offset, last }'
}

# state PID: what /proc shows of it and of those below it, as far as a restore keeps it. Its
# parent is another one after restore -d, and in a PID namespace only the ids there stay.
state()
{
	for task in $(tree "$1" | sort -n); do
		echo "== $(awk '$1 == "NSpid:" { print $NF }' "/proc/$task/status") $(readlink "/proc/$task/exe")"
		tr '\0' '\n' <"/proc/$task/cmdline"
		echo "-- environ"
		tr '\0' '\n' <"/proc/$task/environ"
		echo "-- auxv"
		od -A d -t x8 "/proc/$task/auxv"
		echo "-- stat"
		# The name may have spaces and parentheses.
		sed 's/.*) //' "/proc/$task/stat" | cut -d ' ' -f 24-26,43-49
		echo "-- maps"
		maps "$task"
		echo "-- status"
		grep -E '^(Name|Umask|Uid|Gid|Threads|SigBlk|SigIgn|SigCgt|CapEff|NoNewPrivs):' "/proc/$task/status"
	done
}

# dump PID [OPTION...], restore [OPTION...]: images in $work/images. target is what was
# restored.
dump()
{
	rm -rf "$work/images"
	mkdir -p "$work/images"
	dumped=$1
	shift
	criu dump -t "$dumped" -D "$work/images" -o dump.log -v4 "$@" || {
		grep -E 'Error|Warn' "$work/images/dump.log"
		return 1
	}
}

restore()
{
	rm -f "$work/images/pid"
	criu restore -d -D "$work/images" -o restore.log -v4 --pidfile "$work/images/pid" "$@" || {
		grep -E 'Error|Warn' "$work/images/restore.log"
		return 1
	}
	target=$(cat "$work/images/pid")
	started="$started $target"
}

# same_state PID: is it as it was before?
same_state()
{
	state "$1" >"$work/after"
	diff "$work/before" "$work/after"
}

# says_prctl: the log of the restore names what was refused.
says_prctl()
{
	grep -iE 'Error.*(prctl|PR_SET_MM|set.*mm|tune)' "$work/images/restore.log" ||
		{ grep Error "$work/images/restore.log"; return 1; }
}

# round_trip PID [OPTION...]: dump and restore it twice, with these options of criu restore,
# and compare it each time; the outcome. Where a restore is to be refused, it goes on after
# the dump, and the restore has to say why it fails. If there is a function works_on, it says
# whether the restored one still does its work.
round_trip()
{
	target=$1
	shift
	state "$target" >"$work/before"
	if [ "$(expected)" = reported ]; then
		check "dump, and let it go on" dump "$target" -R
		check "the process is as it was" same_state "$target"
		# shellcheck disable=SC2046	# ids
		kill -9 $(tree "$target")
		wait_for gone "$target"
		! restore "$@" >"$work/said" 2>&1 || outcome works
		check "the log says what was refused" says_prctl
		outcome reported
	fi
	for time in first second; do
		check "$time dump" dump "$target"
		check "$time restore" restore "$@"
		check "$time time, all is as it was" same_state "$target"
	done
	! command -v works_on >/dev/null || check "it does its work" works_on
	[ "$failed" = 0 ] || outcome failed
	outcome works
}

gone()
{
	! kill -0 "$1" 2>/dev/null
}

# background COUNT COMMAND...: start it as a session of its own, with nothing of the
# caller's open, and wait until it is that many processes; its id is in $pid.
background()
{
	count=$1
	shift
	setsid "$@" </dev/null >/dev/null 2>&1 3>&- &
	pid=$!
	started="$started $pid"
	wait_for settled "$pid" "$count"
}

# settled PID COUNT: so many processes, of which nothing has changed for half a second.
settled()
{
	[ "$(tree "$1" | wc -l)" = "$2" ] || return 1
	state "$1" >"$work/one"
	sleep 0.5
	state "$1" >"$work/two"
	cmp "$work/one" "$work/two"
}

# session PROGRAM...: started, and its id is in $pid. What type_line writes is a line that it
# reads, and $work/shown is what it shows.
session()
{
	mkfifo "$work/typed"
	# shellcheck disable=SC2016	# for the shell in there
	background 1 sh -c 'work=$1; shift; exec "$@" <>"$work/typed" >"$work/shown" 2>&1' sh "$work" "$@"
}

type_line()
{
	# A FIFO that nobody reads any more is no reason to wait.
	echo "$1" 1<>"$work/typed"
}
