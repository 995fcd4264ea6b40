#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What is wrong on the host, or with the words of a command: one clear line, the
# right exit code, and nothing left that the next run would take for whole.

# What one test sets is meant for it alone; helpers.bash and bats set the rest.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helpers

teardown()
{
	crowd_ends
}

# No mirror is reached: apt's own setting, so the machine's stay as they are.
no_network()
{
	printf 'Acquire::%s::Proxy "http://127.0.0.1:9";\n' http https >"$BATS_TEST_TMPDIR/apt.conf"
	export APT_CONFIG=$BATS_TEST_TMPDIR/apt.conf
}

@test "an unknown BASE" {
	refused 2 "*unknown BASE '6.0'; there is 6.1 6.12 and 7.3*" env BASES=6.0 "$top/scripts/running/test"
	for base in 6.0.19 6 6. .1 6..1 6.1.2.3 6.12.x 6.1-rc1 latest; do
		refused 2 "*unknown BASE '$base'; there is *" "$top/scripts/trees/get-kernel" "$base"
	done
	[ ! -e "$BUILD" ]
}

@test "a glob of TESTS that matches nothing" {
	refused 2 "*TESTS='heap*foo' matches none of args_test *" \
		env TESTS='heap*foo' "$top/scripts/running/test"
	refused 2 "*TESTS='x*' matches none of args_test *" \
		env TESTS='args* x* map*' "$top/scripts/running/test"
	refused 2 "*TESTS=' ' names no test*" env TESTS=' ' "$top/scripts/running/test"
	[ ! -e "$BUILD" ]
}

@test "globs of TESTS choose programs, each once and in the order of the suite" {
	# What lies in the folder does not count.
	cd "$BATS_TEST_TMPDIR"
	touch map_test_64
	run sh -c '. "$1/scripts/lib.sh"; test_programs compat "" "map_t* m[a]p_test_32 a*_test"' \
		"$top/scripts/x" "$top"
	[ "$status" = 0 ]
	[ "$output" = "$(printf '%s\n' args_test area_test auxv_test map_test audit_test audit_limit_test audit_users_test audit_fields_test map_test_32 audit_locked_test)" ]
}

@test "globs of TESTS choose tests of a program, but not of one that runs as a whole" {
	run sh -c '. "$1/scripts/lib.sh"; test_programs "" "" "race_test.fork* heap_test.x *p_test race_test.heap.a?"' \
		"$top/scripts/x" "$top"
	[ "$status" = 0 ]
	[ "$output" = "$(printf '%s\n' heap_test map_test 'race_test fork* heap.a?')" ]
}

@test "an unknown ARCH or FLAVOUR, and a CONFIG that is none" {
	refused 2 "*unknown ARCH 'vax'*" env ARCH=vax "$top/scripts/running/test"
	refused 2 "*unknown FLAVOUR 'mint'*" env FLAVOUR=mint "$top/scripts/running/test"
	refused 2 "test: CONFIG='AUDIT': 'AUDIT' is not NAME=VALUE, *" env CONFIG=AUDIT "$top/scripts/running/test"
	refused 2 "test: CONFIG='NET=y a=b': 'a=b' is not NAME=VALUE, *" env CONFIG='NET=y a=b' "$top/scripts/running/test"
	refused 2 "audit: CONFIG='AUDIT=y': this has a configuration of its own; *" env CONFIG=AUDIT=y "$top/scripts/proving/audit" 6.12
	refused 2 "cost: KDIR='/none': this works on BASE, *" env KDIR=/none "$top/scripts/proving/cost" 6.12
	[ ! -e "$BUILD" ]
}

@test "run and shell boot the kernel that KDIR, FLAVOUR and CONFIG name" {
	project=$BATS_TEST_TMPDIR/project
	tree=$BATS_TEST_TMPDIR/tree
	mkdir -p "$project/qemu" "$project/kernel-config" "$project/scripts/trees" "$tree"
	cp -R "$top/scripts/lib.sh" "$top/scripts/series" "$top/scripts/running" "$project/scripts/"
	cp "$top/scripts/trees/bases" "$project/scripts/trees/"
	touch "$project/kernel-config/kasan.config"
	echo '#!/bin/sh' | tee "$project/scripts/running/test" >"$project/qemu/vm"
	echo 'echo "$*"' >>"$project/qemu/vm"
	chmod +x "$project/qemu/vm"
	run "$project/scripts/running/run"
	[[ $output == "-b 6.12 -a x86_64 -k $BUILD/6.12/x86_64/vmlinux --add $BUILD/6.12/x86_64/tests/tour:/bin/tour "* ]]
	FLAVOUR=kasan CONFIG='CONFIG_NET=n A_B="c"' APPEND=word KDIR=$tree run "$project/scripts/running/shell"
	echo "$output"
	[[ $output == "-b kdir-"????????" -a x86_64 -f kasan -k $BUILD/kdir-"????????"/x86_64-kasan-config-"????????"/vmlinux "*" --append word "* ]]
	[ "$(cat "$BUILD"/config-*.config)" = "$(printf '%s\n' '# CONFIG_NET is not set' 'CONFIG_A_B="c"')" ]
}

@test "a version that the series is not for" {
	refused 2 "list: unknown BASE '3.2'; *" \
		"$top/scripts/series/list" 3.2
}

@test "retest with nothing built" {
	refused 2 'test: there are no results of * in *; run: make test' "$top/scripts/running/test" --no-build
}

@test "no network" {
	no_network
	run --separate-stderr "$top/scripts/trees/get-kernel" 6.12
	echo "$stderr"
	[ "$status" = 2 ]
	[ "${#stderr_lines[@]}" = 2 ]
	[[ ${stderr_lines[1]} == *'cannot fetch linux-source-6.12: '*'is the network up'* ]]
	[ ! -e "$BUILD/6.12/linux" ]
	[ -z "$(ls "$BUILD/cache")" ]
}

@test "no apt" {
	PATH=$(path_without apt-get) refused 2 '*missing: apt-get (Debian packages: apt)*' \
		"$top/scripts/trees/get-kernel" 6.12
}

@test "a missing package, and no root" {
	BUILD=$built
	PATH=$(path_without flex bison sudo)
	open_folder
	refused 2 '*missing: flex bison; as root run: apt-get install flex bison' \
		as_nobody sh -c '. "$1/scripts/lib.sh"; need flex=flex bison=bison' "$top/scripts/x" "$top"
}

@test "a missing package, with root and no network" {
	[ "$(id -u)" = 0 ] || skip "needs root"
	no_network
	run sh -c '. "$1/scripts/lib.sh"; need no-such-command=no-such-package-here' "$top/scripts/x" "$top"
	echo "$output"
	[ "$status" = 2 ]
	[[ ${lines[-1]} == *'could not install no-such-package-here: '*'run this again' ]]
}

@test "a build folder that is somebody else's" {
	mkdir "$BUILD"
	chmod 555 "$BUILD"
	open_folder
	refused 2 '*cannot write to *; set BUILD to *' as_nobody "$top/scripts/trees/get-kernel" 6.12
}

@test "a full disk is seen before anything is fetched" {
	unshare -rm true || skip "no mount namespaces"
	mkdir "$BUILD"
	refused 2 '*need 4 GiB, *has 0 free; make room or set BUILD *' unshare -rm \
		sh -c 'mount -t tmpfs -o size=8m none "$BUILD" && exec "$1" 6.12' sh "$top/scripts/trees/get-kernel"
}

@test "a damaged package" {
	local deb
	deb=$(find "$built/cache" -name 'linux-source-6.12_*.deb' | tail -n 1)
	mkdir -p "$BUILD/cache"
	head -c 20000000 "$deb" >"$BUILD/cache/${deb##*/}"
	run "$top/scripts/trees/get-kernel" 6.12
	echo "$output"
	[ "$status" = 2 ]
	[[ ${lines[-1]} == *'cannot unpack '*'remove the file if it is damaged' ]]
	[ ! -e "$BUILD/6.12/linux" ]
}

@test "Ctrl-C in a download leaves no half package" {
	interrupt 'grep -q fetching' "$top/scripts/trees/get-kernel" 6.12
	[ -z "$(ls "$BUILD/cache")" ]
	[ ! -e "$BUILD/6.12/linux" ]
}

@test "Ctrl-C in an unpack leaves no half tree, and the next run has it whole" {
	mkdir -p "$BUILD/cache"
	cp -l "$built/cache"/linux-source-6.12_*.deb "$BUILD/cache/" ||
		cp "$built/cache"/linux-source-6.12_*.deb "$BUILD/cache/"
	interrupt 'grep -q unpacking' "$top/scripts/trees/get-kernel" 6.12
	[ ! -e "$BUILD/6.12/linux" ]
	"$top/scripts/trees/get-kernel" 6.12
	[ -z "$(find "$BUILD/6.12" -maxdepth 1 -name 'unpack.*')" ]
	# Nothing but the series is different in the tree that tests are run in.
	diff -rq "$BUILD/6.12/linux" "$built/6.12/linux" | grep -v prctl_set_mm >"$BUILD/diff" || :
	sed "s|^Files $BUILD/6.12/linux/\([^ ]*\) and .*|\1|; s|^Only in $built/6.12/linux/\(.*\): |\1/|" \
		"$BUILD/diff" | sort >"$BUILD/changed"
	# It keeps what the probes read as well.
	cut -c 67- "$built/6.12/series/written" | grep -v prctl_set_mm | sort |
		while read -r file; do
			cmp -s "$built/6.12/series/pristine/$file" "$built/6.12/linux/$file" || echo "$file"
		done >"$BUILD/patched"
	diff "$BUILD/changed" "$BUILD/patched"
}

# clocked COMMAND...: run it for 2 s; the time that counts for a limit, and the wall time.
clocked()
{
	sh -c '. "$1/scripts/lib.sh"
		shift
		"$@" & pid=$!
		trap "kill $pid" EXIT
		clock_start
		started=$clock_wall
		for _ in 1 2 3 4 5 6 7 8 9 10; do
			sleep 0.2
			clock_update $pid
		done
		echo "counted=$clock wall=$((clock_wall - started))"' "$top/scripts/x" "$top" "$@" 3>&-
}

@test "the clock of the limits: a process that sleeps" {
	eval "$(clocked sleep 100)"
	echo "$counted of $wall ns"
	[ "$wall" -ge 2000000000 ]
	[ "$counted" -le "$wall" ]
	[ "$counted" -gt $((wall * 9 / 10)) ]
}

@test "the clock of the limits: one of which there is no schedstat" {
	eval "$(clocked true)"
	echo "$counted of $wall ns"
	[ "$counted" -gt $((wall * 9 / 10)) ]
}

@test "the clock of the limits: one that waits for a busy processor" {
	crowd 9
	eval "$(clocked taskset -c "$cpu" sh -c 'while :; do :; done')"
	crowd_ends
	echo "$counted of $wall ns"
	[ "$counted" -lt $((wall / 2)) ]
}

# The waits of all threads are several times as long as the time.
@test "the clock of the limits: threads that wait at the same time, a twentieth at least" {
	echo '#include <pthread.h>
	void *spin(void *x) { for (;;); }
	int main(void)
	{
		pthread_t thread;
		for (int i = 0; i < 24; i++)
			pthread_create(&thread, 0, spin, 0);
		spin(0);
	}' | gcc -pthread -x c -o "$BATS_TEST_TMPDIR/threads" -
	crowd 9
	eval "$(clocked taskset -c "$cpu" "$BATS_TEST_TMPDIR/threads")"
	crowd_ends
	echo "$counted of $wall ns"
	[ "$counted" -ge $((wall / 20)) ]
	[ "$counted" -lt $((wall / 2)) ]
}

@test "make clean keeps its hands off a folder that is not ours, and off edits" {
	mkdir -p "$BUILD/precious" "$BUILD/cache"
	refused 2 '*does not look like*' "$top/scripts/trees/clean"
	[ -d "$BUILD/precious" ]

	mkdir -p "$BUILD/6.12/linux" "$BUILD/6.12/series"
	touch "$BUILD/6.12.lock"
	echo new >"$BUILD/6.12/linux/file"
	(cd "$BUILD/6.12/linux" && sha256sum file) >"$BUILD/6.12/series/written"
	touch "$BUILD/6.12/series/stamp"
	echo edited >"$BUILD/6.12/linux/file"
	refused 2 '*has edits that are not in patches/*' "$top/scripts/trees/clean"
	echo new >"$BUILD/6.12/linux/file"
	run "$top/scripts/trees/clean"
	[ "$status" = 0 ]
	[ ! -e "$BUILD" ]
}

# The mirror's packages, as apt tells them; nothing can be fetched.
fake_mirror()
{
	fake apt-get <<-'END'
	#!/bin/sh
	[ "$1" != indextargets ] || exec echo 'bookworm main http://mirror.invalid/debian'
	echo 'E: nothing comes from this mirror' >&2
	exit 100
	END
	fake apt-cache <<-'END'
	#!/bin/sh
	case "$*" in
	*search*) printf '%s - Linux kernel source\n' linux-source-5.10 linux-source-6.12 linux-source-7.2 linux-source-7.3 ;;
	*5.10) echo ' linux-source-5.10 | 5.10.9-1 | somewhere' ;;
	*6.12) printf ' linux-source-6.12 | %s | somewhere\n' 6.12.117-1 6.12.95-1~bpo12+1 6.12.117-1~deb12u1 6.12.107-1 ;;
	*7.2) printf ' linux-source-7.2 | %s | somewhere\n' 7.2.12-1 7.2.6-1~bpo13+1 ;;
	*7.3) echo ' linux-source-7.3 | 7.3.4-1~bpo13+1 | somewhere' ;;
	esac
	END
	mkdir -p "$BUILD"
}

@test "a version that the mirror does not have" {
	fake_mirror
	run -2 "$top/scripts/trees/get-kernel" 6.12.11
	[ "${lines[-1]}" = "fetch-package: cannot fetch linux-source-6.12: the mirror has no version 6.12.11, only 6.12.117 6.12.107 6.12.95; is the network up, and has apt's mirror the package?" ]
	[ ! -e "$BUILD/6.12.11/linux" ]
	run -2 "$top/scripts/trees/get-kernel" 6.99
	[ "${lines[-1]}" = "fetch-package: cannot fetch linux-source-6.99: nothing comes from this mirror; is the network up, and has apt's mirror the package?" ]
	[ ! -e "$BUILD/6.99/linux" ]
}

@test "the release of a package, the one of apt, and apt's mirror" {
	fetch=$top/scripts/trees/fetch-package
	fake apt-get <<-'END'
	#!/bin/sh
	case $1 in
	indextargets) printf '%s main http://%s.invalid/debian\n' bookworm-security security bookworm mirror ;;
	*) echo "$*" >>"$BUILD/asked"; exit 100 ;;
	esac
	END
	fake apt-cache <<-'END'
	#!/bin/sh
	echo ' linux-source-6.12 | 6.12.117-1 | http://mirror.invalid/debian trixie-security/main amd64 Packages'
	echo ' linux-source-6.12 | 6.12.95-1 | http://mirror.invalid/debian trixie/main Sources'
	END
	mkdir -p "$BUILD"
	run -0 "$fetch" --mirror
	[ "$output" = http://mirror.invalid/debian ]
	run -0 "$fetch" --release
	[ "$output" = bookworm ]
	run -0 "$fetch" --release linux-source-6.12 6.12.117-1
	[ "$output" = trixie ]
	[ ! -e "$BUILD/asked" ]
	# The sources alone are no package; the lists are looked up anew before that is said.
	refused 2 "fetch-package: no release on apt's mirror has linux-source-6.12 6.12.95-1; is the network up?" \
		"$fetch" --release linux-source-6.12 6.12.95-1
	grep -q update "$BUILD/asked"
	fake apt-get <<<'#!/bin/sh'
	refused 2 "fetch-package: apt is configured for no mirror of Debian's" "$fetch" --mirror
	refused 2 "fetch-package: apt is configured for no release of Debian's" "$fetch" --release
}

@test "the versions that the mirror has, from the oldest that the series is for on" {
	fake_mirror
	run -0 --separate-stderr "$top/scripts/trees/get-kernel" --list
	[ "$output" = "$(printf '%s\n' 6.12.95 6.12.107 6.12.117 7.2.6 7.2.12 7.3.4)" ]
	[ -z "$stderr" ]
	fake apt-cache <<<'#!/bin/sh'
	run -2 "$top/scripts/trees/get-kernel" --list
	[ "$output" = "fetch-package: found no package like ^linux-source-[0-9.]+\$: nothing comes from this mirror; is the network up?" ]
}

@test "make kernels takes the oldest and the newest of each version" {
	fake_mirror
	run -0 --separate-stderr "$top/scripts/proving/kernels" --list
	[ "$output" = "$(printf '%s\n' 6.12.95 6.12.117 7.2.6 7.2.12 7.3.4)" ]
	run -0 --separate-stderr "$top/scripts/proving/kernels" --list 7.2 6.12.107
	[ "$output" = "$(printf '%s\n' 7.2 6.12.107)" ]
	refused 2 'kernels: usage: *' "$top/scripts/proving/kernels" --none
	refused 2 "kernels: unknown BASE '5.4'; *" "$top/scripts/proving/kernels" 6.12 5.4
	refused 2 'kernels: /proc is no kernel tree: *' "$top/scripts/proving/kernels" 6.12 /proc
}

@test "make kernels: a row is added, the others stay, and a test result is not lost" {
	project=$BATS_TEST_TMPDIR/project
	mkdir -p "$project/Documentation/userspace-api" "$BUILD/6.12.9/linux/kernel"
	cp -R "$top/scripts" "$top/patches" "$top/selftests" "$project/"
	printf 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 9\n' >"$BUILD/6.12.9/linux/Makefile"
	echo 'int sys;' >"$BUILD/6.12.9/linux/kernel/sys.c"
	echo linux-source-6.12_6.12.9-1_all >"$BUILD/6.12.9/package"
	page=$project/Documentation/kernels.md
	rows='s/^| \([^|]*\) | \([^|]*\) |.* | \([^|]*\) | [^|]* |$/\1: \2: \3/; s/^6/&/p'
	printf '| %s | p | a | yes | %s | 2026-01-01 |\n' '6.12.10 | 6.12.10-1' '9 passed' >"$page"
	run -1 "$project/scripts/proving/kernels" --fit --write 6.12.9
	[ "${lines[-1]}" = '0 passed, 1 failed, 0 skipped' ]
	[ "$(sed -n "$rows" "$page")" = "$(printf '%s\n' '6.12.9: 6.12.9-1: not run' '6.12.10: 6.12.10-1: 9 passed')" ]
	sed -i 's/not run/8 passed/' "$page"
	run -1 "$project/scripts/proving/kernels" --fit --write 6.12.9
	[ "$(sed -n "$rows" "$page")" = "$(printf '%s\n' '6.12.9: 6.12.9-1: 8 passed' '6.12.10: 6.12.10-1: 9 passed')" ]
	# A tree by its path.
	mkdir "$BATS_TEST_TMPDIR/mine"
	cp -R "$BUILD/6.12.9/linux" "$BATS_TEST_TMPDIR/mine/vendor"
	run -1 "$project/scripts/proving/kernels" --fit --write "$BATS_TEST_TMPDIR/mine/vendor"
	[ "$(sed -n "$rows" "$page" | head -n 2)" = "$(printf '%s\n' '6.12.9: 6.12.9-1: 8 passed' '6.12.9: tree vendor: not run')" ]
}
