#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The documents: that they build, and that what they name is there.

# What one test sets is meant for it alone; helpers.bash and bats set the rest.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helpers

# documents FOLDER: what the kernel's own documentation build says of that folder,
# in a copy of the tree, to which nothing is written that the other one has too.
documents()
{
	sh -c '. "$1/scripts/lib.sh"; need sphinx-build=python3-sphinx' "$top/scripts/x" "$top"
	run -0 make -s -C "$tree" htmldocs SPHINXDIRS="$1" BUILDDIR="$BATS_TEST_TMPDIR/html"
	echo "$output"
	[[ $output != *prctl_set_mm* ]]
}

copy_of_linux()
{
	tree=$BATS_TEST_TMPDIR/linux
	linked_kernel "$tree"
	rm -f "$tree/Documentation/userspace-api/prctl_set_mm.rst"
	cp "$top/Documentation/userspace-api/prctl_set_mm.rst" "$tree/Documentation/userspace-api"
}

# The document, and the two pages of the kernel's that the series adds to.
@test "the kernel's own documentation build takes what is ours without a word" {
	copy_of_linux
	mkdir "$tree/Documentation/alone"
	cp "$top/Documentation/userspace-api/prctl_set_mm.rst" \
		"$tree/Documentation/admin-guide/sysctl/kernel.rst" \
		"$tree/Documentation/filesystems/proc.rst" "$tree/Documentation/alone"
	printf 'Alone\n=====\n\n.. toctree::\n\n   prctl_set_mm\n   kernel\n   proc\n' \
		>"$tree/Documentation/alone/index.rst"
	documents alone
	[[ $output != *WARNING:*alone* && $output != *ERROR* ]]
	grep -q ExeReplaced "$BATS_TEST_TMPDIR/html/alone/prctl_set_mm.html"
	grep -q prctl_set_mm "$BATS_TEST_TMPDIR/html/alone/kernel.html"
	grep -q ExeReplaced "$BATS_TEST_TMPDIR/html/alone/proc.html"
}

@test "the kernel's whole user-space guide builds, with the document in it" {
	[ -n "${SLOW-}" ] || skip "a minute of sphinx; with SLOW=1"
	copy_of_linux
	documents userspace-api
	grep -q prctl_set_mm.html "$BATS_TEST_TMPDIR/html/userspace-api/index.html"
}

@test "make help and Documentation/commands.md have the same targets, variables and exit codes" {
	"$top/scripts/pages/help" --page | diff -u "$top/Documentation/commands.md" - ||
		{ echo 'run: make commands'; return 1; }
	make -s -C "$top" help >"$BATS_TEST_TMPDIR/help"
	cd "$BATS_TEST_TMPDIR"
	sed -nE 's/^  (make [a-z-]+) +/\1 /p' help | sort >help.targets
	sed -nE 's/^\| `(make [a-z-]+)` \| (.*) \|$/\1 \2/p' "$top/Documentation/commands.md" | sort >page.targets
	sed -nE 's/^  ([A-Z_]+) +(.*) \[(.*)\]$/\1 \3 \2/p' help | sort >help.variables
	sed -nE 's/^\| `([A-Z_]+)` \| `?([^|`]*)`? \| (.*) \|$/\1 \2 \3/p' "$top/Documentation/commands.md" |
		sed 's/   */  /' | sort >page.variables
	sed -nE 's/^  ([0-9]+) +/\1 /p' help >help.codes
	sed -nE 's/^\| ([0-9]+) \| (.*) \|$/\1 \2/p' "$top/Documentation/commands.md" >page.codes
	for what in targets variables codes; do
		[ -s help.$what ]
		diff -u help.$what page.$what
	done
}

@test "the Makefile's own targets and variables, and no exit code but those of lib.sh" {
	cd "$top"
	sed -n 's/^\.PHONY: //p' Makefile | while read -r name; do
		grep -q "^| \`make $name\` |" Documentation/commands.md
	done
	sed -nE 's/^([A-Z_]+)[ \t]*\?=.*/\1/p' Makefile | while read -r name; do
		grep -q "^| \`$name\` |" Documentation/commands.md
		grep -qE "^export .*\b$name\b" Makefile
	done
	# 128 and more is how a shell says that a signal came.
	git ls-files scripts qemu | grep -v tests/ | xargs grep -hoE '\b(die|exit) [0-9]+' |
		grep -oE '[0-9]+' | sort -un | while read -r code; do
			[ "$code" -gt 128 ] || grep -q "^| $code |" Documentation/commands.md
		done
}

@test "one version: of exe-watch, of its manual page, and of the newest changes" {
	version=$(sed -n 's/^#define VERSION "\(.*\)"$/\1/p' "$top/selftests/exe-watch/common.h")
	[[ $version =~ ^[0-9]+\.[0-9]+$ ]]
	[ "$(sed -n 's/^## \([0-9].*\)/\1/p' "$top/CHANGELOG.md" | head -n 1)" = "$version" ]
	grep -q "^\.TH EXE-WATCH 8 [0-9-]* \"exe-watch $version\" " "$top/selftests/exe-watch/exe-watch.8"
}

@test "every link in a page leads somewhere, headings included" {
	cd "$top"
	git ls-files '*.md' | while read -r page; do
		grep -oE '\]\([^)]*\)' "$page" | tr -d '()]' | while read -r link; do
			case $link in *://*) continue ;; esac
			file=${link%%#*}
			file=${file:+${page%"${page##*/}"}$file}
			echo "$page: $link"
			[ -e "${file:-$page}" ]
			case $link in
			*'#'*)
				grep '^#' "${file:-$page}" | sed 's/^#* //' | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9_\n-' |
					grep -qxF "${link#*#}"
				;;
			esac
		done
	done
}

@test "every path in a page that is one of ours is there" {
	cd "$top"
	git ls-files '*.md' Documentation/PR_SET_MM.2const '*.rst' | while read -r page; do
		sed 's/\\-/-/g' "$page" |
			grep -oE '(^|[][ `(|,"])(scripts|qemu|selftests|patches|kernel-config|Documentation|\.ci)/[A-Za-z0-9_./*-]*' |
			sed 's/^[^.A-Za-z]//; s/[.,]*$//' | sort -u | while read -r path; do
				echo "$page: $path"
				# shellcheck disable=SC2086	# a pattern is meant
				ls -d $path >/dev/null
			done
	done
}

# demonstration: the program in README.md, built as it says there.
demonstration()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	sed -n "/^cat >claim.c/,/^cc /p" "$top/README.md" >build
	[ "$(wc -l <build)" -gt 5 ]
	sh -e build
}

@test "README: the demonstration, on a kernel without the series" {
	demonstration
	open_folder
	as_nobody unshare -Ur true || skip "no user namespaces here"
	sed -n '/^unshare.*claim/p' "$top/README.md" >run
	awk '/^```$/ { inside = !inside } inside && /^\//' "$top/README.md" >expected
	[ "$(wc -l <expected)" = 3 ]
	as_nobody sh run >seen || skip "the kernel has no PR_SET_MM_MAP"
	diff expected seen
}

@test "README: the demonstration, on a kernel with the series" {
	demonstration
	BUILD=$built run -0 --separate-stderr "$top/qemu/vm" --add claim -- \
		/add/claim /bin/busybox /init /add/claim
	[ "$output" = "$(printf '/bin/busybox\n%.0s' 1 2 3)" ]
}

@test "README: its excerpt and its pictures are those of the recording, and name what is there" {
	"$top/scripts/pages/record" --readme | diff "$top/README.md" - || { echo 'run: make recording'; return 1; }
	"$top/scripts/pages/record" --tour | diff "$top/Documentation/tour.svg" - || { echo 'run: make recording'; return 1; }
	xmllint --noout "$top/Documentation/tour.svg" "$top/Documentation/flow.svg"
	# The picture is drawn from these labels, whose second lines are names of files.
	grep -oE '(scripts|qemu|patches|selftests|kernel-config)/[a-z]*' "$top/Documentation/flow.dot" >"$BATS_TEST_TMPDIR/names"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/names")" -gt 8 ]
	# graphviz writes a hyphen as a character reference.
	sed 's/&#45;/-/g' "$top/Documentation/flow.svg" >"$BATS_TEST_TMPDIR/svg"
	while read -r name; do
		[ -e "$top/$name" ]
		grep -qF "$name" "$BATS_TEST_TMPDIR/svg"
	done <"$BATS_TEST_TMPDIR/names"
}

@test "terminal-svg: the text as it came, errors and what was accepted in colour" {
	printf '$ a <b> & "c"\n  (EPERM), EBUSY accepted. EXE\n' | "$top/scripts/pages/terminal-svg" >"$BATS_TEST_TMPDIR/svg"
	text()
	{
		xmllint --xpath "string(//*[local-name()='text'][$1])" "$BATS_TEST_TMPDIR/svg"
	}
	[ "$(text 1)" = '$ a <b> & "c"' ]
	[ "$(text 2)" = '  (EPERM), EBUSY accepted. EXE' ]
	[ "$(grep -o '<tspan fill="[^"]*">[^<]*' "$BATS_TEST_TMPDIR/svg" | sed 's/.*>//' | paste -sd ' ')" = 'EPERM EBUSY accepted' ]
	refused 2 'terminal-svg: usage: *' "$top/scripts/pages/terminal-svg" file
}

@test "the recording is what the tour says today, but for addresses and process ids" {
	same_addresses()
	{
		sed -E 's/outside: [0-9]+/outside: PID/; s/^ +[0-9]+( +[0-9]+ +[0-9]+ replaced)/PID\1/; s/0x[0-9a-f]{9,}/0xADDRESS/; s/[0-9a-f]{12}-[0-9a-f]{12}/ADDRESS/; s/ +$//'
	}
	sed -n '/^\$ make run$/,/^\$ make test$/ { /^\$/!p; }' "$top/Documentation/recording.txt" |
		same_addresses >"$BATS_TEST_TMPDIR/recorded"
	BUILD=$built "$top/scripts/running/run" |
		same_addresses >"$BATS_TEST_TMPDIR/seen"
	[ -s "$BATS_TEST_TMPDIR/seen" ]
	diff "$BATS_TEST_TMPDIR/recorded" "$BATS_TEST_TMPDIR/seen"
}

@test "every page opens with its readers" {
	for page in "$top"/Documentation/*.md; do
		echo "$page"
		[[ $(sed -n '2p; 4p' "$page") == '# '*$'\n''For '* ]]
	done
}

@test "check-english: a bare pronoun, a metaphor, and a text with neither" {
	cd "$BATS_TEST_TMPDIR"
	# This file is checked, too.
	printf '# Pages\n\nFor %s reads them.\n' who >a
	printf '/* The %s is spent. */\n' "$(printf 'sh%s' ot)" >b
	printf 'A user who takes a snapshot, and the page whose text it is.\n' >c
	run "$top/scripts/checking/check-english" "$PWD"/{a,b,c}
	[ "$status" = 1 ]
	[[ $output == */a:3:*/b:1:* && $output != */c:* ]]
	"$top/scripts/checking/check-english" "$PWD/c"
	refused 2 'check-english: cannot read /none' "$top/scripts/checking/check-english" /none
}
