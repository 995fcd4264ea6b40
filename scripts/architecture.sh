# SPDX-License-Identifier: GPL-2.0-only
# Reads qemu/architectures. Source it behind lib.sh.
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154	# variables for the scripts that source this; lib.sh sets top

architectures=$(grep -x '[a-z0-9_]*[a-z0-9_]' "$top/qemu/architectures" | paste -sd ' ')

# architecture NAME: sets arch_WORD for each word that qemu/architectures may have, to
# nothing if it is not there; and arch_cc, its compiler, arch_cross, the prefix of its
# binutils, both by what this machine is; arch_tasks, the kinds of tasks beside its own.
architecture()
{
	case " $architectures " in
	*" $1 "*) ;;
	*) die 2 "unknown ARCH '$1'; there are $architectures" ;;
	esac
	arch_kernel='' arch_prefix='' arch_flags='' arch_needs='' arch_image=''
	arch_compat='' arch_compat_kernel='' arch_compat_needs='' arch_x32=''
	arch_qemu='' arch_newer='' arch_machine='' arch_console='' arch_line='' arch_ports=''
	arch_words='' arch_busybox='' arch_base='' arch_counter='' arch_sysrq=''
	eval "$(awk -v name="$1" '
	/^[a-z0-9_]+$/ { here = $1 == name }
	/^\t/ && here {
		word = $1
		sub(/^\t[a-z0-9_]+[ \t]+/, "")
		gsub(/\047/, "\047\\\047\047")
		print "arch_" word "=\047" $0 "\047"
	}' "$top/qemu/architectures")"
	arch_cross=$arch_prefix
	[ "${arch_prefix%%-*}" != "$(uname -m)" ] || arch_cross=
	arch_cc=${arch_cross}gcc${arch_flags:+ $arch_flags}
	arch_compat=$(printf %s "$arch_compat" | sed "s|@cc@|$arch_cc|")
	arch_x32=$(printf %s "$arch_x32" | sed "s|@cc@|$arch_cc|")
	arch_tasks="${arch_compat:+compat}${arch_x32:+ x32}"
}

# What a guest has, unless it is asked for more.
guest_processors=2 guest_memory=512

# flavour_says WORD FLAVOUR: what is behind "# WORD: " in the flavour's fragment, on stdout.
flavour_says()
{
	[ -z "$2" ] || sed -n "s/^# $1: //p" "$top/kernel-config/$2.config"
}

# kernel_words ACCELERATOR FLAVOUR: the kernel's command line in a guest of the architecture,
# on stdout. The words of qemu/architectures for an emulated guest are in it if ACCELERATOR
# is tcg. A line "# boot: WORDS" in the fragment of a flavour is in it, too.
# A WARN or an oops is a panic, and a panic ends QEMU: nothing runs on as if the kernel were
# well. A stricter level waits for all processors, some hundred times in the suite: with
# expedited grace periods that takes less than a millisecond, and 10 to 20 without.
kernel_words()
{
	words=$arch_words
	if [ "$1" = tcg ]; then
		words=$(echo "$words" | sed 's/tcg://g')
	else
		words=$(echo "$words" | sed 's/tcg:[^ ]*//g')
	fi
	boot=$(flavour_says boot "$2")
	echo "console=$arch_console init=/init panic=-1 reboot=t oops=panic panic_on_warn=1" \
		"rcupdate.rcu_expedited=1 $words $boot"
}

# limit_of FLAVOUR: how many seconds a boot and its tests may take, on stdout. A line
# "# limit: SECONDS" in the fragment of a flavour says so.
limit_of()
{
	seconds=$(flavour_says limit "$1")
	echo "${seconds:-300}"
}

# need_compiler: what builds kernels and programs for the architecture, 32-bit ones, too.
need_compiler()
{
	need gcc=gcc
	# shellcheck disable=SC2046	# words are meant
	need $(echo "$arch_needs $arch_compat_needs" | sed "s/@gcc@/$(gcc -dumpversion)/g")
}

# runs_above KERNEL: how many bytes above the addresses of that vmlinux it runs, by the
# configuration that is beside it.
runs_above()
{
	above=
	[ -z "$arch_base" ] ||
		above=$(sed -n "s/^$arch_base=//p" "${1%/*}/.config" "${1%/*}/config" 2>/dev/null | head -n 1)
	echo "${above:-0}"
}
