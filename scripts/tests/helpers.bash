# SPDX-License-Identifier: GPL-2.0-only
# What the tests of the scripts share: load it with `load helpers`.
# shellcheck shell=bash

bats_require_minimum_version 1.5.0
top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
# The build to borrow a kernel from; each test has a BUILD of its own.
built=${BUILD:-$top/build}

setup()
{
	export BUILD=$BATS_TEST_TMPDIR/build
}

# refused CODE PATTERN COMMAND...: the command ends with that exit code, says
# nothing on stdout and one line, which matches PATTERN, on stderr.
refused()
{
	local code=$1 pattern=$2
	shift 2
	run --separate-stderr "$@"
	# shellcheck disable=SC2154	# bats sets them
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
