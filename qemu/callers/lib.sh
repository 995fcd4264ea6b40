# SPDX-License-Identifier: GPL-2.0-only
# What the scenarios share. A scenario sources it as its first act, makes checks, and says at
# its end what came of it. Its results are TAP.
# shellcheck shell=sh

[ -e /etc/debian_version ] || exec /tests/enter "${0##*/}"
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH LC_ALL=C
scenario=${0##*/}
level=$(cat /proc/sys/kernel/prctl_set_mm 2>/dev/null) || level=base
table=$PWD/table
work=/var/lib/callers/$scenario
rm -rf "$work"
mkdir -p "$work"
checks=0
failed=0
started=

# tree PID: it and those below it.
tree()
{
	echo "$1"
	# shellcheck disable=SC2013	# it is words
	for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
		tree "$child"
	done
}

# check WHAT COMMAND...: it is right if the command says so; else it has told why.
check()
{
	what=$1
	shift
	checks=$((checks + 1))
	if "$@" >"$work/said" 2>&1; then
		echo "ok $checks $what"
	else
		failed=$((failed + 1))
		tail -n 20 "$work/said" | cut -c 1-300 | sed 's/^/# /'
		echo "not ok $checks $what"
	fi
}

# wait_for COMMAND...: until it is true, 20 seconds at most.
wait_for()
{
	tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || return 1
		sleep 0.1
	done
}

# skip WHY: end the scenario; nothing of it can be tried here.
skip()
{
	echo "1..0 # SKIP $*"
	exit 4
}

# expected: what the table says of this scenario at this level. The kernel without the series is
# expected to do what level 0 does.
expected()
{
	awk -v name="$scenario" -v level="$level" '
		/^#/ { next }
		$1 == name { print level == "base" ? $2 : $(2 + level) }' "$table"
}

# outcome WHAT: failed, works, refused (the program goes on without) or reported (it says so and
# ends). The table has what it should be at this level, and this ends the scenario.
outcome()
{
	checks=$((checks + 1))
	if [ "$1" = "$(expected)" ]; then
		echo "ok $checks $1"
	else
		failed=$((failed + 1))
		echo "# at level $level it should be: $(expected)"
		echo "not ok $checks $1"
	fi
	for root in $started; do
		# shellcheck disable=SC2046	# ids
		kill -9 $(tree "$root") 2>/dev/null
	done
	echo "1..$checks"
	[ $failed = 0 ] || exit 1
	exit 0
}
