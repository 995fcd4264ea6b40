#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The manual page: that its checks find what they are for, and that its example
# compiles and does what the page says.

# What one test sets is meant for it alone; helpers.bash and bats set the rest.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helpers

page=$BATS_TEST_DIRNAME/../../Documentation/PR_SET_MM.2const
contract=$BATS_TEST_DIRNAME/../../Documentation/contract.md

# checked PATTERN SED: the page, edited so, is found wanting in one line.
checked()
{
	sed "$2" "$page" >"$BATS_TEST_TMPDIR/page"
	run -1 "$top/scripts/checking/check-man" "$BATS_TEST_TMPDIR/page" "$contract"
	echo "$output"
	[ "${#lines[@]}" = 1 ]
	# shellcheck disable=SC2053	# a pattern is meant
	[[ $output == $1 ]]
}

# differs LINE FILE SED: the texts, one of them edited so, differ, and that line says it. FILE
# is the number of the argument.
differs()
{
	local files=("$contract" "$page" "$top/Documentation/userspace-api/prctl_set_mm.rst" \
		"$top/selftests/exe-watch/exe-watch.8")
	sed "$3" "${files[$2]}" >"$BATS_TEST_TMPDIR/edited"
	files[$2]=$BATS_TEST_TMPDIR/edited
	run -1 "$top/scripts/checking/check-errors" "${files[@]}"
	echo "$output"
	grep -qxF "$1" <<<"$output"
}

@test "check-errors: an error, a row or a reason that is not the same in one of the texts" {
	run -0 "$top/scripts/checking/check-errors"
	[ "${#lines[@]}" = 1 ]
	differs 'PR_SET_MM.2const: EBADF is not the error of E1' 0 '/^| E1 /s/EBADF |$/EACCES |/'
	differs 'exe-watch.8: EBADF is not the error of E2, not-open' 0 '/not-open/s/E1/E2/'
	differs 'edited: EIO is not the error of E1' 1 's/^\.B EBADF$/.B EIO/'
	differs 'PR_SET_MM.2const alone has in its order: EBADF' 2 '/^``EBADF``/d'
	differs 'edited and contract.md differ in the reason closed' 2 's/^``locked`` /``closed`` /'
	differs 'edited: EPERM is not the error of E1, not-open' 3 's/(EBADF)/(EPERM)/'
	differs 'edited: no error for the reason locked' 3 's/^\.B locked$/.B closed/'
	refused 2 'check-errors: cannot read /none' "$top/scripts/checking/check-errors" /none "$page" /none /none
	refused 2 'check-errors: usage: *' "$top/scripts/checking/check-errors" "$page"
}

@test "check-man: the page as it is" {
	run -0 "$top/scripts/checking/check-man"
	[ "${#lines[@]}" = 1 ]
}

@test "check-man: a paragraph without a clause, in each section that states something" {
	checked '*page:[0-9]*: no clause stands above this paragraph: .TP' '/^\.\\" A3$/d; s/^\.\\" A4$/& A3/'
	checked '*no clause stands above this paragraph: 0 on success.' '/^\.SH RETURN VALUE/ { n; d; }; s/^\.\\" G4$/& G7/'
	checked '*no clause stands above this paragraph: .TP' '0,/^\.\\" G3$/ { //d; }; s/^\.\\" G4$/& G3/'
	checked '*no clause stands above this paragraph: .P' '/^\.SH CAVEATS/,/^\.SH/ { /^\.\\" E8 L2$/d; }'
}

@test "check-man: a clause that there is not, and one that the page leaves out" {
	checked '*page:[0-9]*: Z9 is no clause of the contract' 's/^\.\\" G4$/.\\" G4 Z9/'
	checked '*page: nothing is said of G4' 's/^\.\\" G4$/.\\" G3/'
}

@test "check-man: what mandoc and groff warn of, and a line that is too wide" {
	checked 'mandoc: *WARNING: *' 's/^\.SH STANDARDS$/&\n.P/'
	checked '*wider than 80 columns: *' "s/^    fd = open/    int $(printf 'x%.0s' $(seq 70));\n&/"
}

@test "check-man: no page" {
	refused 2 'check-man: cannot read /none' "$top/scripts/checking/check-man" /none
}

@test "the page of exe-watch: mandoc and groff have nothing to warn of" {
	page=$top/selftests/exe-watch/exe-watch.8
	run -0 mandoc -Tlint -Wwarning "$page"
	[ -z "$output" ]
	run -0 groff -man -Tutf8 -ww -z "$page"
	[ -z "$output" ]
}

@test "make man opens the page" {
	run -0 make -s -C "$top" man
	[[ $output == *'PR_SET_MM'*'NAME'*'SYNOPSIS'*'ERRORS'*'EBUSY'*'SEE ALSO'* ]]
}

@test "the example of the page compiles without a warning, and is short" {
	"$top/scripts/pages/man" --example >"$BATS_TEST_TMPDIR/set_title.c"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/set_title.c")" -le 80 ]
	cc -Wall -Wextra -Werror -O2 -o "$BATS_TEST_TMPDIR/set_title" "$BATS_TEST_TMPDIR/set_title.c"
	run -1 "$BATS_TEST_TMPDIR/set_title"
	[ "$output" = "Usage: $BATS_TEST_TMPDIR/set_title title" ]
}

@test "the example of the page does what it says, in the VM" {
	"$top/scripts/pages/man" --example >"$BATS_TEST_TMPDIR/set_title.c"
	cc -o "$BATS_TEST_TMPDIR/set_title" "$BATS_TEST_TMPDIR/set_title.c"
	BUILD=$built run -0 "$top/qemu/vm" --add "$BATS_TEST_TMPDIR/set_title" -- \
		/add/set_title 'another title'
	[ "${lines[-1]}" = 'My command line is now: another title' ]
}
