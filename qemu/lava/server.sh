# SPDX-License-Identifier: GPL-2.0-only
# What scripts/running/lava-submit and lava-fetch share: a LAVA server, by lavacli. Source it
# behind lib.sh. It works on the folder build/lava, in which are
#   jobs/        what scripts/running/lava-jobs made
#   identity     lavacli's name of the server
#   submitted    a line for each job that the server has: NAME ID
#   submitting   the name of one that it may have, as its answer did not arrive
#   states       a line for each job that was asked about: NAME STATE HEALTH
#   stderr       of the last call of lavacli that failed
#   fetched      is there when all of them have ended and were fetched
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154	# variables for the scripts that source this; lib.sh sets build

lava=$build/lava

# choose_server: by LAVA or by what was submitted. It sets identity and url, which an id follows.
choose_server()
{
	need lavacli=lavacli
	remembered=$(cat "$lava/identity" 2>/dev/null || :)
	[ -s "$lava/submitted" ] || remembered=
	identity=${LAVA:-$remembered}
	[ -n "$identity" ] ||
		die 2 "which server? LAVA=IDENTITY names one; lavacli identities list shows those that there are"
	[ -z "$remembered" ] || [ "$remembered" = "$identity" ] ||
		die 2 "the jobs in $lava were submitted with LAVA=$remembered, not $identity"
	shown=$(lavacli identities show "$identity" 2>&1) ||
		die 2 "lavacli: $shown; make it with: lavacli identities add --uri URL/RPC2 --username USER --token TOKEN $identity"
	url=$(printf '%s\n' "$shown" | sed -n 's|^uri: *\(https*://\)\([^@/]*@\)*\([^/]*\).*|\1\3/scheduler/job/|p')
	[ -n "$url" ] || die 2 "lavacli's identity $identity has no uri that begins with http"
}

# ask WORD...: what lavacli answers, in $answer. lavacli ends with 0 after some errors, and may
# put the address with its token into a message, which is for nobody to see. An interrupt waits
# for the answer.
ask()
{
	status=0
	answer=$(trap '' INT TERM; exec lavacli --identity "$identity" "$@" 2>"$lava/stderr") || status=$?
	case $status,$answer in
	0,'Unable to '* | 0,'Unknown '* | [!0]*)
		reason=$(printf '%s\n' "${answer:-$(cat "$lava/stderr")}" | sed 's|//[^/@ ]*@|//|g' | tail -n 1 | cut -c 1-300)
		die 2 "LAVA=$identity: lavacli $1 $2: $reason; what was submitted is remembered, and the next call goes on" ;;
	esac
	rm -f "$lava/stderr"
}

# state_of ID: sets state and health.
state_of()
{
	ask jobs show "$1"
	state=$(printf '%s\n' "$answer" | sed -n 's/^state *: *//p')
	health=$(printf '%s\n' "$answer" | sed -n 's/^Health *: *//p')
	[ -n "$state" ] || die 2 "lavacli jobs show $1 tells no state; LAVA 2018.1 or later has one"
}
