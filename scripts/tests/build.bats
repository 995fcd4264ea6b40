#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# scripts/building/build-kernel: the kernel that was asked for, or one line why not.

# What one test sets is meant for it alone; helpers.bash and bats set the rest.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helpers

# The last tests build in a copy, which a build folder allows: other tests boot what is in
# $built at the same time, and may build there.
setup_file()
{
	linked_kernel "$BATS_FILE_TMPDIR/linux"
	flock "$built/6.12-x86_64.lock" cp -a --reflink=auto "$built/6.12/x86_64" "$BATS_FILE_TMPDIR/out"
}

setup()
{
	export BUILD=$BATS_TEST_TMPDIR/build
	src=$built/6.12/linux
	out=$BUILD/out
}

build_kernel()
{
	"$top/scripts/building/build-kernel" x86_64 "$src" "$out" "$@"
}

@test "build-kernel: a symbol that olddefconfig loses stops the build with its name" {
	printf '%s\n' CONFIG_NO_SUCH_SYMBOL=y '# CONFIG_PRINTK is not set' CONFIG_NR_CPUS=5 \
		CONFIG_EXPERT=y 'CONFIG_DEFAULT_HOSTNAME="vm"' >"$BATS_TEST_TMPDIR/odd.config"
	# PRINTK is selected by nobody, so it is =n as asked; MODVERSIONS wants MODULES.
	echo CONFIG_MODVERSIONS=y >>"$BATS_TEST_TMPDIR/odd.config"
	run build_kernel "$BATS_TEST_TMPDIR/odd.config"
	echo "$output"
	[ "$status" = 2 ]
	[[ ${lines[-1]} == *'lost by olddefconfig: CONFIG_NO_SUCH_SYMBOL=y was asked for, it is n;'* ]]
	[[ ${lines[-1]} == *'CONFIG_MODVERSIONS=y was asked for, it is n;'* ]]
	[[ ${lines[-1]} != *PRINTK* ]]
	[[ ${lines[-1]} != *HOSTNAME* ]]
	[ ! -e "$out/vmlinux" ]
	# It is not taken for configured the next time.
	run build_kernel "$BATS_TEST_TMPDIR/odd.config"
	[ "$status" = 2 ]
}

@test "build-kernel: a symbol that was asked to be off and is on" {
	# What a 64-bit kernel cannot be without.
	printf '%s\n' CONFIG_64BIT=y '# CONFIG_X86_64 is not set' >"$BATS_TEST_TMPDIR/off.config"
	run build_kernel "$BATS_TEST_TMPDIR/off.config"
	[ "$status" = 2 ]
	[[ ${lines[-1]} == *'CONFIG_X86_64=n was asked for, it is y;'* ]]
}

@test "build-kernel: no source, no fragment, a path that kbuild cannot take" {
	refused 2 '*no kernel source in *none*' "$top/scripts/building/build-kernel" x86_64 "$BATS_TEST_TMPDIR/none" "$out" x
	refused 2 '*no kernel configuration none.config*' build_kernel none.config
	out="$BUILD/a b"
	refused 2 '*a space or a colon in the path; set BUILD to another folder*' \
		build_kernel "$top/kernel-config/vm.config"
}

@test "build-kernel: a full disk" {
	unshare -rm true || skip "no mount namespaces"
	mkdir -p "$out"
	run unshare -rm sh -c 'mount -t tmpfs -o size=3m none "$1" && shift && exec "$@"' sh "$out" \
		"$top/scripts/building/build-kernel" x86_64 "$src" "$out" "$top/kernel-config/vm.config" "$top/kernel-config/arch/x86_64.config"
	echo "$output"
	[ "$status" = 2 ]
	[[ ${lines[-1]} == *'[Nn]o space left on device'* ]] || [[ ${lines[-1]} == *'No space left on device'* ]]
}

@test "build-kernel: a folder that is not ours to write to" {
	mkdir -p "$BUILD"
	chmod 555 "$BUILD"
	open_folder
	refused 2 '*cannot write to *' as_nobody \
		"$top/scripts/building/build-kernel" x86_64 "$src" "$out" "$top/kernel-config/vm.config"
}

# in_copy: what follows builds in the copy. Whatever is left half there, make builds again.
in_copy()
{
	src=$BATS_FILE_TMPDIR/linux
	out=$BATS_FILE_TMPDIR/out
}

@test "build-kernel: a copy of source and build folder is not built again" {
	in_copy
	build_kernel "$top"/kernel-config/{vm,arch/x86_64}.config
	! grep -E '^  (CC|AS|LD|AR|HOSTCC) ' "$out/build.log" || return 1
	cmp "$out/vmlinux" "$built/6.12/x86_64/vmlinux"
}

@test "build-kernel: by another name of the same folder, what is built anew is the same" {
	in_copy
	ln -s "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR/name"
	src=$BATS_TEST_TMPDIR/name/linux out=$BATS_TEST_TMPDIR/name/out
	rm "$out/kernel/fork.o"
	build_kernel "$top"/kernel-config/{vm,arch/x86_64}.config
	[ "$(grep -cE '^  CC .* kernel/' "$out/build.log")" = 1 ]
	cmp "$out/vmlinux" "$built/6.12/x86_64/vmlinux"
}

@test "build-kernel: a source that does not compile" {
	in_copy
	rm "$out/kernel/sys.o"
	fake gcc <<-'F'
	#!/bin/sh
	case " $* " in *" -c "*sys.c*) echo "kernel/sys.c:1: error: no luck today" >&2; exit 1 ;; esac
	exec /usr/bin/gcc "$@"
	F
	refused 2 '*the kernel does not build: kernel/sys.c:1: error: no luck today; the log is *' \
		build_kernel "$top"/kernel-config/{vm,arch/x86_64}.config
}

is_building()
{
	[ -e "$out/kernel/fork.o" ]
}

@test "build-kernel: Ctrl-C in a build, and the next run ends with the same kernel" {
	in_copy
	rm "$out"/kernel/*.o "$out/vmlinux" "$out/vmlinux.o"
	interrupt is_building "$top/scripts/building/build-kernel" x86_64 "$src" "$out" \
		"$top"/kernel-config/{vm,arch/x86_64}.config
	[ ! -e "$out/vmlinux" ]
	build_kernel "$top"/kernel-config/{vm,arch/x86_64}.config
	cmp "$out/vmlinux" "$built/6.12/x86_64/vmlinux"
}
