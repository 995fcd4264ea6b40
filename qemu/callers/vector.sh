# SPDX-License-Identifier: GPL-2.0-only
# What the scenarios of core files share. Source it behind lib.sh.
# shellcheck shell=sh
# shellcheck disable=SC2154	# lib.sh sets work

# run_with_vector PYTHON: become a process that sets a vector of its own and then runs that.
run_with_vector()
{
	exec python3 -c "
import ctypes, os, resource, signal, struct, time
libc = ctypes.CDLL(None, use_errno=True)
vector = struct.pack('4Q', 6, 12345, 0, 0)
libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
buffer = ctypes.create_string_buffer(vector, len(vector))
libc.prctl(35, 12, ctypes.addressof(buffer), len(vector), 0)
$1"
}

# core_has_vector: does $work/core have that vector?
core_has_vector()
{
	gdb -q -batch -c "$work/core" -ex 'info auxv' >"$work/vector" 2>&1
	grep -q 'AT_PAGESZ .* 12345$' "$work/vector"
}
