# SPDX-License-Identifier: GPL-2.0-only
# Which kernel BASE or KDIR, ARCH, FLAVOUR and CONFIG name. Source it behind lib.sh and
# series/tree.sh.
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154	# variables for the scripts that source this; lib.sh sets top and build

# choose_configuration: sets flavour; variant, which tells the build from the plain one, such
# as -kasan-config-1a2b3c4d; and fragments, what it adds to the plain configuration, a line
# each. The words of CONFIG become a fragment in build/. Ends the script at a flavour that is
# not there and at a word that is none.
choose_configuration()
{
	flavour=${FLAVOUR-}
	known_flavour "$flavour"
	variant=${flavour:+-$flavour}
	fragments=${flavour:+$top/kernel-config/$flavour.config}
	[ -n "${CONFIG-}" ] || return 0
	# shellcheck disable=SC2086	# words are meant
	words=$(set -f && printf '%s\n' $CONFIG | sed 's/^CONFIG_//')
	wrong=$(printf '%s\n' "$words" | grep -vxE -m 1 '[A-Z0-9_]+=(y|n|-?[0-9]+|0x[0-9a-fA-F]+|"[^"]*")') || :
	[ -z "$wrong" ] ||
		die 2 "CONFIG='$CONFIG': '$wrong' is not NAME=VALUE, where VALUE is y, n, a number or \"text\""
	id=config-$(printf '%s\n' "$words" | sha256sum | cut -c 1-8)
	mkdir -p "$build" 2>/dev/null || die 2 "cannot write to $build; set BUILD to a folder that is yours"
	printf '%s\n' "$words" | sed 's/^\(.*\)=n$/# CONFIG_\1 is not set/; t; s/^/CONFIG_/' >"$build/$id.config.$$"
	mv "$build/$id.config.$$" "$build/$id.config"
	variant=$variant-$id
	fragments="$fragments
$build/$id.config"
}

# known_symbols TREE: ends the script at a word of CONFIG that is no option of that kernel:
# where it asks for an option to be off, nothing else would.
known_symbols()
{
	[ -n "${CONFIG-}" ] || return 0
	for symbol in $(printf '%s\n' "$words" | sed 's/=.*//' | sort -u); do
		[ -n "$(find "$1/" -name 'Kconfig*' -exec grep -hxE "[[:space:]]*(menu)?config[[:space:]]+$symbol" {} +)" ] ||
			die 2 "CONFIG='$CONFIG': this kernel has no option $symbol"
	done
}

# choose_kernel: builds it, with its tests. It sets base, its name in build/; arch and the
# variables of choose_configuration; src, its source, and out, where it was built.
choose_kernel()
{
	base=${BASE:-6.12}
	arch=${ARCH:-x86_64}
	choose_configuration
	BASES=$base ARCHES=$arch "$top/scripts/running/test" --build-only
	[ -z "${KDIR-}" ] || base=$(tree_name "$(home_path "$KDIR")")
	src=$build/$base/linux
	out=$build/$base/$arch$variant
}
