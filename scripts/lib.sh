# SPDX-License-Identifier: GPL-2.0-only
# What every host script shares. Source it after setting `set -eu`; it sets
#   top    the project's root
#   build  where everything made goes (BUILD in the environment overrides it)
#
# Exit codes, which make help shows:
#   0    passed
#   1    a test failed
#   2    wrong use, or something is missing on the host
#   3    the kernel complained: a WARN, a BUG, a panic, a leak, a taint
#   4    nothing but skips
#   5    the guest vanished, or its results are cut off
#   124  out of time
#
# shellcheck shell=sh
# shellcheck disable=SC2034	# the variables are for the scripts that source this

me=${0##*/}
top=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
while [ ! -e "$top/scripts/lib.sh" ]; do
	top=${top%/*}
done
build=${BUILD:-$top/build}

# One tool's locale, pager or user configuration must not change a result.
export LC_ALL=C GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
# Nor may what our own make was told reach kbuild: -s, or a variable of ours
# that means another thing there.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES LOCALVERSION

# say MESSAGE...: progress, on stderr, so that stdout stays a program's answer.
say()
{
	printf '%s: %s\n' "$me" "$*" >&2
}

# die CODE MESSAGE...: the one line that says what is wrong and what to do.
die()
{
	code=$1
	shift
	say "$*"
	exit "$code"
}

# The clock of all limits. It counts the time in which a process could run, so that a
# busy host does not make a limit expire early. From the wall time it subtracts the
# time that the threads of the process waited for a processor, as the kernel counts
# it in the second field of schedstat. A process that sleeps or spins on an idle host
# waits for none, so the clock is wall time there.
# All threads count: the guest stands still while the processor that has work waits,
# and also while QEMU's own thread waits that passes on its interrupts. With 8 busy
# loops on 2 processors a boot took 16.2 s instead of 1.4 s. This clock counted 2.2 s
# of them; it would be 3.0 s with the longest wait of any thread, and 3.9 s with the
# longest of a virtual processor.
# Threads that wait at the same time count twice. So the clock runs at least as fast as
# the busiest thread, and at a twentieth of wall time: a limit takes at most twenty times
# its length in wall time. A tenth was too much: with the loops and several other
# virtual machines one make test passed after 1574 s, and one ended at its limit of 1800 s.
# Without schedstat the kernel prints zeros or has no file: then all of it is wall time.

# clock_start: sets clock, in nanoseconds, to 0. Call it when the process starts.
clock_start()
{
	clock=0 clock_waited=0 clock_ran=0 clock_owed=0
	read -r uptime _ </proc/uptime
	clock_wall=${uptime%.*}${uptime#*.}0000000
}

# clock_update PID: adds the time since the last call. It starts no process.
clock_update()
{
	read -r uptime _ </proc/uptime
	wall=${uptime%.*}${uptime#*.}0000000
	all_waited=0 most_ran=0
	for file in "/proc/$1/task"/*/schedstat; do
		{ read -r ran waited _ <"$file"; } 2>/dev/null || continue
		all_waited=$((all_waited + waited))
		[ "$ran" -le "$most_ran" ] || most_ran=$ran
	done
	past=$((wall - clock_wall))
	least=$((past / 20))
	[ $((most_ran - clock_ran)) -le $least ] || least=$((most_ran - clock_ran))
	# A wait is counted at its end, so it can be longer than the time since the last
	# call. The rest is subtracted later, but not more than a second: of threads that
	# wait at the same time it would grow without end. A thread that ends takes its
	# waits with it.
	[ $all_waited -lt "$clock_waited" ] || clock_owed=$((clock_owed + all_waited - clock_waited))
	counts=$((past - clock_owed))
	[ $counts -ge $least ] || counts=$least
	clock_owed=$((clock_owed - past + counts))
	[ $clock_owed -le 1000000000 ] || clock_owed=1000000000
	clock=$((clock + counts))
	clock_wall=$wall clock_waited=$all_waited clock_ran=$most_ran
}

# need COMMAND=PACKAGE...: make sure that every command is there. What is missing
# is installed in one go where apt is and may be used; elsewhere the line names
# exactly what is missing. A PACKAGE may stand for a file: /path/to/file=PACKAGE.
# Nothing is removed for it but gcc-multilib, which Debian allows beside no compiler for
# another architecture. gcc-N-multilib, which does its work here, stays.
need()
{
	lacking='' packages=''
	for pair; do
		what=${pair%%=*}
		case $what in
		/*) [ ! -e "$what" ] || continue ;;
		*) ! command -v "$what" >/dev/null 2>&1 || continue ;;
		esac
		lacking="$lacking ${what##*/}"
		packages="$packages ${pair#*=}"
	done
	[ -n "$packages" ] || return 0

	command -v apt-get >/dev/null 2>&1 ||
		die 2 "missing:$lacking (Debian packages:$packages); install them and run this again"
	sudo=
	if [ "$(id -u)" != 0 ]; then
		sudo='sudo -n'
		sudo -n true 2>/dev/null ||
			die 2 "missing:$lacking; as root run: apt-get install$packages"
	fi
	say "installing$packages"
	log=$(mktemp)
	for try in "$sudo apt-get update" ''; do
		# The lists may be absent or older than the mirror: look again once.
		keep=--no-remove
		# shellcheck disable=SC2086	# words are meant
		if [ "$(apt-get install -s $packages 2>/dev/null | awk '$1 == "Remv" { print $2 }')" = gcc-multilib ]; then
			say "apt removes gcc-multilib for that; gcc-$(gcc -dumpversion)-multilib stays, which is enough for 32-bit programs here"
			keep=gcc-$(gcc -dumpversion)-multilib
		fi
		# shellcheck disable=SC2086
		if $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
			--no-install-recommends $keep $packages >"$log" 2>&1; then
			rm -f "$log"
			return 0
		fi
		[ -z "$try" ] || $try >>"$log" 2>&1 || break
	done
	reason=$(sed -n 's/^E: //p' "$log" | tail -n 1)
	rm -f "$log"
	die 2 "could not install$packages: ${reason:-apt-get failed}; install them by hand and run this again"
}

# only_one NAME: hold build/NAME.lock until the script ends; a second run waits.
only_one()
{
	# Tried first: a redirection that fails ends the shell before it can say why.
	{ mkdir -p "$build" && touch "$build/$1.lock"; } 2>/dev/null ||
		die 2 "cannot write to $build; set BUILD to a folder that is yours"
	exec 9>"$build/$1.lock"
	flock -n 9 || { say "waiting for another run that works on $1"; flock 9; }
}

# known_flavour FLAVOUR: none, or one that has a fragment in kernel-config/.
known_flavour()
{
	[ -z "$1" ] || [ -e "$top/kernel-config/$1.config" ] ||
		die 2 "unknown FLAVOUR '$1'; there is no kernel-config/$1.config"
}

# known_base BASE: a version like 6.12 or 6.12.107, from the oldest base on. The bases are
# the kernels that make check covers; scripts/trees/get-kernel finds any other that Debian has.
bases=$(sed '/^#/d; s/[[:space:]].*//' "$top/scripts/trees/bases" | paste -sd ' ')
known_base()
{
	case $1 in
	*[!0-9.]* | .* | *. | *..* | *.*.*.*) ;;
	*.*)
		[ "$(printf '%s\n' "$1" "${bases%% *}" | sort -V | head -n 1)" != "${bases%% *}" ] || return 0
		;;
	esac
	die 2 "unknown BASE '$1'; there is ${bases% *} and ${bases##* }, and each other version from ${bases%% *} on that Debian has as a package, such as 6.12.107"
}

# no_config, only_of_base: end a script that does not know CONFIG, or neither it nor KDIR, if
# they are set: it would work on another kernel than was meant.
no_config()
{
	[ -z "${CONFIG-}" ] || die 2 "CONFIG='$CONFIG': this has a configuration of its own; CONFIG is for test, run, shell, debug and soak"
}
only_of_base()
{
	[ -z "${KDIR-}" ] || die 2 "KDIR='$KDIR': this works on BASE, not on a tree of your own"
	no_config
}

# need_numbers VALUE...: ends the script at one that is no number from 0 on.
need_numbers()
{
	for value; do
		case $value in
		'' | *[!0-9]*) die 2 "'$value' is no number" ;;
		esac
	done
}

# test_programs TASKS FLAVOUR GLOBS: the selftests for that kernel whose names match
# one of the globs, a line each. Behind a dot a glob names tests of the program, and its line
# has these globs behind the name: fork* is all of such programs, race_test.fork* some tests
# of one. A kernel has PR_SET_MM or it has not, and there is one that
# is about the latter; if TASKS has the word compat each is there for 32-bit tasks too, but for NATIVE
# in the Makefile and for late_locked_test, which a boot can have only once; if it has x32
# those of X32 are there for such tasks. locked_test and audit_locked_test come last: behind
# them nothing can be changed any more.
test_programs()
{
	# Installed they have no folder of their own.
	programs=$(sed -n '/^TEST_GEN_PROGS := /{ :line; /\\$/ { N; s/\\\n[[:space:]]*//; b line; }; s/^TEST_GEN_PROGS := //; s|[^ ]*/||g; p; }' "$top/selftests/Makefile")
	if [ "$2" = norestore ]; then
		programs=absent_test
	else
		programs=${programs% absent_test}
	fi
	compat=''
	case " $1 " in
	*' compat '*) compat=1 ;;
	esac
	# shellcheck disable=SC2086	# words are meant
	[ -z "$compat" ] || programs="$programs $(printf '%s_32 ' $programs)"
	if [ "$2" != norestore ]; then
		case " $1 " in
		*' x32 '*) programs="$programs $(sed -n '/^X32 := /{ s///; s/\([^ ]\) /\1_x32 /g; s/$/_x32/; p; }' "$top/selftests/Makefile")" ;;
		esac
		programs="$programs $(sed -n '/^NATIVE := /{ s///; s|[^ ]*/||g; p; }' "$top/selftests/Makefile")"
		programs="$programs late_locked_test locked_test"
		[ -z "$compat" ] || programs="$programs locked_test_32"
		programs="$programs audit_locked_test"
	fi
	# Globs for names of programs, not of files here.
	set -f
	for program in $programs; do
		cases=
		for glob in $3; do
			# shellcheck disable=SC2254	# a glob is what it is
			case $program in
			${glob%%.*}) ;;
			*) continue ;;
			esac
			case $glob in
			*.*) cases="$cases ${glob#*.}" ;;
			*)
				echo "$program"
				continue 2 ;;
			esac
		done
		[ -z "$cases" ] || echo "$program$cases"
	done
	set +f
}

# worse CODE: of the exit codes of several runs the one that counts, in $worst, which is 0 at
# first. Worse than a failed test is what kept tests from being run at all; of two of those
# the first is reported. Skips are the least.
worse()
{
	case $worst,$1 in
	*,0 | *,4) [ "$worst" != 0 ] || worst=$1 ;;
	0,* | 4,* | 1,*) worst=$1 ;;
	esac
}

# up_to_date OUT INPUT...: is OUT there, and no INPUT newer?
up_to_date()
{
	[ -e "$1" ] || return 1
	made=$1
	shift
	[ -z "$(find "$@" -newer "$made" 2>/dev/null)" ]
}

# apply_in FOLDER ARGUMENT...: git apply there, on plain files: told where to
# stop looking up, git does not take the folder for a part of this repository.
# It knows no fuzz, and a patch that does not fit changes nothing.
apply_in()
{
	where=$1
	shift
	(cd "$where" && GIT_CEILING_DIRECTORIES=${where%/*} git apply "$@")
}
