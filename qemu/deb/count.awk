# SPDX-License-Identifier: GPL-2.0-only
#
# awk -f qemu/deb/count.awk PROGRAMS RESULTS: "N passed, N failed, N skipped" of what
# qemu/deb/trial and kselftest's runner have said in RESULTS. PROGRAMS names each program that
# has to be there, a line each. A test counts as one; so does a program without tests, one that
# failed although no test of it has, and one that was not run.

FNR == 1 { part++ }
part == 1 { wanted[$1] = 1; next }

/^# +(not )?ok [0-9]+/ || (/^(not )?ok [0-9]+/ && !/ selftests: /) {
	if (/# SKIP/)
		skipped++
	else if (/^(# +)?not /)
		failed++
	else
		passed++
	tests++
	next
}

/^(not )?ok [0-9]+ selftests: / {
	name = $0
	sub(/.* selftests: [^ ]*: /, "", name)
	sub(/[^a-z0-9_].*/, "", name)
	delete wanted[name]
	if (/^not / && failed == before)
		failed++
	else if (!tests)
		skipped++
}

# A program begins behind each line of the runner's own.
/^(not )?ok [0-9]+ selftests: / || /^# the selftests$/ {
	tests = 0
	before = failed
}

END {
	for (name in wanted) {
		print name ": not run" >"/dev/stderr"
		failed++
	}
	printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
}
