# SPDX-License-Identifier: GPL-2.0-only
# What check-objects, check-variants and check-variant share. Source it behind lib.sh and
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

# warnings LOG: in a form that does not depend on lines, which move. What make says of its
# jobs and of the clock is not about the source.
warnings()
{
	grep -E '(warning|error):' "$1" | grep -vE '^make(\[[0-9]+\])?: ' | sed -E "s|^.*/linux/||; s|:[0-9]+(:[0-9]+)?:|:|g" | sort -u
}

# objects_of PATCH...: what kbuild makes of the files that they change.
objects_of()
{
	changed_files "$@" | sed -n 's/\.c$/.o/p'
}
