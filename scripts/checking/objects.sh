# SPDX-License-Identifier: GPL-2.0-only
# What check-patches, check-objects, check-variants and check-variant share. Source it behind lib.sh and
# series/tree.sh.
# shellcheck shell=sh
# shellcheck disable=SC2154	# lib.sh sets build

# need_for_objects: what compiles a part of a kernel, and looks at it.
need_for_objects()
{
	need git=git make=make gcc=gcc ld=binutils flex=flex bison=bison bc=bc perl=perl python3=python3 \
		sparse=sparse /usr/include/stdio.h=libc6-dev /usr/include/gelf.h=libelf-dev
}

# object_tree BASE FOLDER PATCH...: FOLDER/linux becomes the kernel as it is before the
# series, of links where that is the same, and FOLDER/files what the series changes of it.
object_tree()
{
	base=$1
	folder=$2
	shift 2
	rm -rf "$folder"
	mkdir -p "$folder/files"
	cp -al "$build/$base/linux" "$folder/linux"
	pristine_files "$base" "$folder/files"
	remove_added "$folder/linux" "$folder/files" "$@"
	put_files "$folder/files" "$folder/linux"
}

# warnings LOG: in a form that does not depend on lines, which move.
warnings()
{
	grep -E '(warning|error):' "$1" | sed -E "s|^.*/linux/||; s|:[0-9]+(:[0-9]+)?:|:|g" | sort -u
}

# patches_of_main: the patches as they are for 6.12, where each of them is checked; nothing if
# that kernel is not there.
patches_of_main()
{
	[ ! -e "$build/6.12/linux" ] || series_patches 6.12
}

# changed_lines PATCH: what it adds and removes.
changed_lines()
{
	grep -aE '^[+-]' "$1" | grep -avE '^(\+\+\+|---) '
}

# is_other PATCH PATCHES: does it change other lines than on 6.12, whose patches are PATCHES?
# On 6.12 itself all are, and with SLOW=1.
is_other()
{
	[ "$base" != 6.12 ] && [ -z "${SLOW-}" ] || return 0
	same=$(echo "$2" | grep "/${1##*/}\$") || return 0
	[ "$(changed_lines "$1")" != "$(changed_lines "$same")" ]
}
