# SPDX-License-Identifier: GPL-2.0-only
# Reads scripts/proving/configs.list. Source it behind lib.sh.
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154	# variables for the scripts that source this; lib.sh sets top

configurations=$(sed -n 's/^\([a-z0-9-]*\)[[:space:]].*/\1/p' "$top/scripts/proving/configs.list" | paste -sd ' ')

# configuration NAME FILE: sets config_arch, its architecture, and writes a fragment with
# the rest of it to FILE.
configuration()
{
	sed -n "s/^${1}[[:space:]]*//p" "$top/scripts/proving/configs.list" | tr ' ' '\n' >"$2"
	config_arch=$(sed -n 's/^@//p' "$2")
	config_arch=${config_arch:-x86_64}
	sed -i '/^@/d; s/^-\(.*\)/# CONFIG_\1 is not set/; t; s/^/CONFIG_/; s/$/=y/; s/\(=.*\)=y$/\1/' "$2"
}
