# SPDX-License-Identifier: GPL-2.0-only
# What is passed to PR_SET_MM_MAP, and which clauses of the contract for single bounds it
# meets. Source it behind lib.sh.
# shellcheck shell=sh
# shellcheck disable=SC2154	# lib.sh sets them

tracing=/sys/kernel/tracing
bounds='start_code end_code start_data end_data start_brk brk start_stack arg_start arg_end env_start env_end'

# record: from here on each map that is passed. The probe is at the system call, so it is the
# same on each kernel: %di are the registers of the caller, and the struct is read from its
# memory.
record()
{
	fields=
	offset=0
	for bound in $bounds; do
		fields="$fields $bound=+u$offset(+96(%di)):x64"
		offset=$((offset + 8))
	done
	# Of another scenario, which has ended.
	echo 0 2>/dev/null >$tracing/events/kprobes/set_map/enable || :
	# PR_SET_MM_MAP of PR_SET_MM
	echo "p:set_map __x64_sys_prctl option=+112(%di):u64 what=+104(%di):u64$fields" >$tracing/kprobe_events &&
		echo 'option == 35 && what == 14' >$tracing/events/kprobes/set_map/filter &&
		: >$tracing/trace &&
		echo 1 >$tracing/events/kprobes/set_map/enable
}

# recorded PID: the last map that it passed, a bound a line.
recorded()
{
	sed -n "s/^.*-$1 .* set_map: //p" $tracing/trace | tail -n 1 | tr ' ' '\n' | sed -n 's/^\([a-z_]*\)=0x/\1 /p'
}

# clauses PID [PASSED]: what it passed, or what PASSED did, which it was forked from, judged by
# its areas as they are now: a line for each clause, with "yes", or the bounds that do not meet
# it.
clauses()
{
	recorded "${2:-$1}" >"$work/map"
	[ -s "$work/map" ] || return 1
	awk '
	function pad(hex) { return substr("0000000000000000", length(hex) + 1) hex }
	# A start is the first byte, an end one past the last.
	function area_of(bound,		i, at, is_end) {
		at = value[bound]
		is_end = bound ~ /end/
		for (i = 1; i <= areas; i++)
			if (is_end ? (start[i] < at && at <= end[i]) : (start[i] <= at && at < end[i]))
				return i
		return 0
	}
	function has(i, flag) { return index(flags[i], " " flag " ") }
	function judge(clause, names, want, avoid,	list, n, m, k, f, j, i, wrong, good) {
		n = split(names, list, " ")
		wrong = ""
		for (k = 1; k <= n; k++) {
			i = area_of(list[k])
			good = i > 0
			m = split(want, f, " ")
			for (j = 1; j <= m; j++)
				good = good && has(i, f[j])
			m = split(avoid, f, " ")
			for (j = 1; j <= m; j++)
				good = good && !has(i, f[j])
			if (!good)
				wrong = wrong (wrong == "" ? "" : ", ") list[k]
		}
		print clause, wrong == "" ? "yes" : wrong
	}
	FNR == NR { value[$1] = pad($2); next }
	/^[0-9a-f]+-[0-9a-f]+ / {
		split($1, range, "-")
		start[++areas] = pad(range[1])
		end[areas] = pad(range[2])
	}
	$1 == "VmFlags:" { flags[areas] = " " substr($0, 10) " " }
	END {
		all = "start_code end_code start_data end_data start_stack arg_start arg_end env_start env_end"
		judge("A1", "start_code end_code", "rd ex", "wr ms")
		judge("A2", "start_data end_data", "rd wr", "ex ms")
		judge("A3", "start_stack", "rd wr", "")
		judge("A4", "arg_start arg_end env_start env_end", "rd wr gd", "")
		judge("A5", all, "", "")
		wrong = value["start_brk"] > value["end_data"] ? "" : "start_brk"
		if (value["brk"] <= value["end_data"])
			wrong = wrong (wrong == "" ? "" : ", ") "brk"
		print "B1", wrong == "" ? "yes" : wrong
	}' "$work/map" "/proc/$1/smaps"
}

# tell WHAT PID [PASSED]: the same as remarks, which the page has in a table.
tell()
{
	clauses "$2" "${3-}" >"$work/clauses" || return 1
	sed "s/^/# clause $1: /" "$work/clauses"
}
