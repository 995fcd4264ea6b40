# SPDX-License-Identifier: GPL-2.0-only
# What the tests of the scripts share: load it with `load helpers`.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154	# for the tests; set by bats

bats_require_minimum_version 1.5.0
top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
# The build to borrow a kernel from; each test has a BUILD of its own.
built=${BUILD:-$top/build}
# What the caller or make has chosen is not for the scripts under test, which would do
# something else; BUILD and SLOW are for the tests.
for name in $(sed -n 's/^export //p' "$top/Makefile") MAKEFLAGS MAKEOVERRIDES; do
	case $name in BUILD | SLOW) ;; *) unset "$name" ;; esac
done

setup()
{
	export BUILD=$BATS_TEST_TMPDIR/build
}

# own_build: a BUILD of this test's own that has links to everything in $built, for a test
# that looks at what is left in it. Other tests run at the same time.
own_build()
{
	local file
	export BUILD=$BATS_TEST_TMPDIR/build
	mkdir "$BUILD"
	for file in "$built"/*; do
		case $file in
		*/vm.*) ;;
		*) ln -s "$file" "$BUILD" ;;
		esac
	done
}

# linked_kernel FOLDER: the source of 6.12 there, as links if the filesystem can.
linked_kernel()
{
	cp -al "$built/6.12/linux" "$1" 2>/dev/null || { rm -rf "$1" && cp -a "$built/6.12/linux" "$1"; }
}

# open_folder: anyone may read this test's folder, so as_nobody can work there. Only this one:
# folders of other tests come and go meanwhile.
open_folder()
{
	chmod -R go+rX "$BATS_TEST_TMPDIR"
	chmod go+rx "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}"
}

# refused CODE PATTERN COMMAND...: the command ends with that exit code, says
# nothing on stdout and one line, which matches PATTERN, on stderr.
refused()
{
	local code=$1 pattern=$2
	shift 2
	run --separate-stderr "$@"
	echo "status $status, stdout: $output, stderr: $stderr"
	[ "$status" = "$code" ]
	[ -z "$output" ]
	[ "${#stderr_lines[@]}" = 1 ]
	# shellcheck disable=SC2053	# a pattern is meant
	[[ ${stderr_lines[0]} == $pattern ]]
}

# path_without COMMAND...: a PATH with every command but these.
path_without()
{
	local dir=$BATS_TEST_TMPDIR/bin command
	mkdir -p "$dir"
	ln -s /usr/local/sbin/* /usr/local/bin/* /usr/sbin/* /usr/bin/* /sbin/* /bin/* "$dir" 2>/dev/null || :
	for command; do
		rm -f "$dir/$command"
	done
	echo "$dir"
}

# fake COMMAND: put stdin into the PATH as that command.
fake()
{
	mkdir -p "$BATS_TEST_TMPDIR/fake"
	cat >"$BATS_TEST_TMPDIR/fake/$1"
	chmod +x "$BATS_TEST_TMPDIR/fake/$1"
	PATH=$BATS_TEST_TMPDIR/fake:$PATH
}

# as_nobody COMMAND...: as a user who may do nothing, also when root asks.
as_nobody()
{
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi
}

# interrupt WHEN COMMAND...: start the command in a group of its own and press
# Ctrl-C on it half a second after WHEN, a command that is given a file with
# what was said on stderr, is true for the first time.
interrupt()
{
	local when=$1 log=$BATS_TEST_TMPDIR/interrupted pid seen=
	shift
	# A shell starts what is in its background deaf to Ctrl-C; perl cures it.
	perl -e 'use POSIX; setpgid(0, 0); $SIG{INT} = "DEFAULT"; exec @ARGV' "$@" \
		>/dev/null 2>"$log" 3>&- &
	pid=$!
	# The limit is for what hangs.
	for _ in $(seq 1500); do
		! $when "$log" || { seen=yes && break; }
		sleep 0.1
	done
	[ "$seen" ]
	sleep 0.5
	kill -INT -- "-$pid"
	status=0
	wait "$pid" || status=$?
	echo "interrupted: status $status"
	[ "$status" = 130 ]
	# Nobody of the group goes on, but for a moment in which to die.
	sleep 0.5
	! pgrep -r D,I,R,S,T -l -g "$pid" || return 1
}

# own_qemu: the ids of the QEMUs that run a guest and that this test has started. False if
# there are none. Others may run at the same time, and belong to somebody else; find-qemu
# starts one for a moment to ask its version.
own_qemu()
{
	local pid found=1
	for pid in $(pgrep -r D,R,S,T -f '^[^ ]*qemu-system.* -kernel '); do
		if grep -qzxF "BATS_TEST_TMPDIR=$BATS_TEST_TMPDIR" "/proc/$pid/environ" 2>/dev/null; then
			echo "$pid"
			found=0
		fi
	done
	return $found
}

# crowd COUNT: that many busy loops on the first processor that is ours, their ids
# in $crowd and the processor in $cpu, until crowd_ends.
crowd()
{
	cpu=$(taskset -pc $$ | sed 's/.*: \([0-9]*\).*/\1/')
	crowd=
	for _ in $(seq "$1"); do
		taskset -c "$cpu" sh -c 'while :; do :; done' >/dev/null 2>&1 3>&- &
		crowd="$crowd $!"
	done
}

crowd_ends()
{
	# shellcheck disable=SC2086	# ids
	[ -z "${crowd-}" ] || kill $crowd 2>/dev/null || :
	crowd=
}

# counted FILE: how many ms counted for the limits, as qemu/vm wrote it: about as many
# as on an idle host. The file is empty while it is written.
counted()
{
	local counted wall
	until read -r counted wall <"$1"; do
		[ -e "$1" ] || return 1
	done
	echo $((counted / 1000000))
	echo "$((counted / 1000000)) ms counted of $((wall / 1000000))" >&2
}
