# SPDX-License-Identifier: GPL-2.0-only
# The series as files of a kernel tree; source it after lib.sh. A function that
# can fail does so through die.
# shellcheck shell=sh
# shellcheck disable=SC2154	# lib.sh sets top

# Where the selftests and the document land, the lists that name them, and the list that
# names their maintainer.
tests_dir=tools/testing/selftests/prctl_set_mm
tests_list=tools/testing/selftests/Makefile
doc_file=Documentation/userspace-api/prctl_set_mm.rst
doc_list=Documentation/userspace-api/index.rst
maintainers=MAINTAINERS

# home_path PATH: the same with "~/" spelt out, which a shell leaves as it is
# behind the "=" of KDIR=~/linux.
home_path()
{
	# shellcheck disable=SC2088	# a tilde that did not expand is the point
	case $1 in
	'~/'*) echo "$HOME/${1#??}" ;;
	*) echo "$1" ;;
	esac
}

# tree_name KDIR: what is made of this tree is in build/NAME.
tree_name()
{
	printf 'kdir-%s\n' "$(printf %s "$(CDPATH='' cd -- "$1" && pwd -P)" | sha256sum | cut -c 1-8)"
}

# kernel_version TREE: MAJOR.MINOR, or nothing where there is no kernel.
kernel_version()
{
	[ -e "$1/kernel/sys.c" ] || return 0
	awk -F ' *= *' '$1 == "VERSION" { major = $2 } $1 == "PATCHLEVEL" { minor = $2 }
		END { if (major != "" && minor != "") print major "." minor }' "$1/Makefile" 2>/dev/null || :
}

# kernel_tree KDIR: sets kdir, version and kernel, which names both in a message. Ends
# the script if there is no kernel tree, or one older than the oldest base.
kernel_tree()
{
	kdir=$(home_path "$1")
	version=$(kernel_version "$kdir")
	[ -n "$version" ] ||
		die 2 "$kdir is no kernel tree: it has no Makefile with a version, or no kernel/sys.c"
	kdir=$(CDPATH='' cd -- "$kdir" && pwd)
	kernel="the Linux $version in $kdir"
	[ "$(printf '%s\n' "$version" "${bases%% *}" | sort -V | head -n 1)" = "${bases%% *}" ] ||
		die 2 "$kernel is too old; the series is for Linux ${bases%% *} and later"
	! grep -q "$(printf '\r')" "$kdir/kernel/sys.c" ||
		die 2 "$kdir/kernel/sys.c has CRLF line ends; get the tree anew with core.autocrlf=false"
	[ "$(printf '%s\n' "$version" "${bases##* }" | sort -V | tail -n 1)" = "${bases##* }" ] ||
		say "nobody has tested the series on Linux $version, which is newer than ${bases##* }"
}

# without_series: ends the script if the series is in $kdir, where no patch of it fits.
without_series()
{
	[ ! -d "$kdir/$tests_dir" ] ||
		die 2 "the series is in $kdir already; take it out with make unapply KDIR=$kdir, or with git if it came as commits"
}

# changed_files PATCH...: the files that the patches change, and the lists.
changed_files()
{
	{
		sed -n 's|^+++ b/||p' "$@"
		echo $tests_list
		echo $doc_list
		echo $maintainers
	} | sort -u
}

# folder_of FILE: the folder of a file of a tree, or "." for one at its top.
folder_of()
{
	case $1 in
	*/*) echo "${1%/*}" ;;
	*) echo . ;;
	esac
}

# series_files: every file of a tree that the series changes or a probe reads.
series_files()
{
	{
		changed_files "$top"/patches/*.patch
		awk '!/^#/ && NF { print $1 }' "$top/patches/removed"
		awk -F '\t' '/^[a-z]/ && $3 != "-" { print $3 }' "$top/patches/variants"
	} | sort -u
}

# copy_pristine FROM TO: those files, where FROM has them.
copy_pristine()
{
	from=$1
	to=$2
	series_files | while read -r file; do
		[ -e "$from/$file" ] || continue
		mkdir -p "$to/$(folder_of "$file")"
		cp -p "$from/$file" "$to/$file"
	done
}

# pristine_files BASE TO: the same from build/BASE, where the tree may have the
# series in it and prepare keeps what was there before.
pristine_files()
{
	state=$build/$1/series
	source=$build/$1/linux
	to=$2
	copy_pristine "$source" "$to"
	if [ -e "$state/written" ]; then
		cut -c 67- "$state/written" | while read -r file; do
			rm -f "$to/$file"
		done
		copy_pristine "$state/pristine" "$to"
	fi
}

# put_files FILES TREE: the files of that folder into a tree whose own may be links to
# those of another. One that is the same is left alone, so that make has nothing to do.
put_files()
{
	(cd "$1" && find . -type f) | while read -r file; do
		mkdir -p "$2/$(folder_of "$file")"
		cmp -s "$1/$file" "$2/$file" || cp --remove-destination "$1/$file" "$2/$file"
	done
}

# remove_added TREE FILES PATCH...: remove from TREE what the patches change and the
# folder FILES has not: what they add, or what a later one of them adds.
remove_added()
{
	tree=$1
	files=$2
	shift 2
	changed_files "$@" | while read -r file; do
		[ -e "$files/$file" ] || rm -f "$tree/$file"
	done
}

author_name='PR_SET_MM patch series'
author_email=series@prctl-set-mm.invalid

# git_as_series ARGUMENT...: git as the author of the series, at one fixed time,
# so that the same commits come out of the same patches.
git_as_series()
{
	GIT_AUTHOR_NAME=$author_name GIT_AUTHOR_EMAIL=$author_email \
	GIT_COMMITTER_NAME=$author_name GIT_COMMITTER_EMAIL=$author_email \
	GIT_AUTHOR_DATE='2026-11-23T12:00:00Z' GIT_COMMITTER_DATE='2026-11-23T12:00:00Z' \
		git -c init.defaultBranch=series -c core.autocrlf=false -c gc.auto=0 "$@"
}

# series_repo FOLDER KERNEL PATCH...: make a git repository of FOLDER, which has
# the kernel's own files: a commit of these, tagged "base", and one a patch. A commit
# that somebody adds there has the series' author, as each patch must.
series_repo()
{
	repo=$1
	kernel=$2
	shift 2
	git_as_series -C "$repo" init -q
	git -C "$repo" config user.name "$author_name"
	git -C "$repo" config user.email "$author_email"
	git_as_series -C "$repo" add -A -f
	git_as_series -C "$repo" commit -q -m "Linux $kernel"
	git -C "$repo" tag base
	git_as_series -C "$repo" am -q "$@" >/dev/null 2>&1 || {
		git -C "$repo" am --abort 2>/dev/null || :
		die 2 "git am does not take the series on $kernel; scripts/checking/check-patches says why"
	}
}

# export_repo FOLDER TO [OPTION...]: its commits behind "base" as patches in TO.
# Nothing in them depends on the version of git, its settings, or the time, nor on the
# rest of a file, by which the default algorithm may choose between equal lines.
export_repo()
{
	repo=$1
	to=$2
	shift 2
	git_as_series -C "$repo" format-patch -q -o "$to" --zero-commit --no-signature \
		--full-index --no-renames --stat=72 --diff-algorithm=histogram "$@" base
}

# first_error TEXT: the first line of what git says that is no warning.
first_error()
{
	echo "$1" | sed '/^warning:/d' | head -n 1
}

# apply_patches FOLDER KERNEL PATCH...: apply them there, one after the other.
# One that does not fit is named, with the file and the line of the hunk.
apply_patches()
{
	folder=$1
	kernel=$2
	shift 2
	for patch; do
		error=$(apply_in "$folder" "$patch" 2>&1) ||
			die 2 "${patch##*/} does not apply to $kernel: $(first_error "$error")"
	done
}

# The entry of $maintainers, and the one behind it. The tree's scripts/parse-maintainers.pl
# sorts them.
entry='PRCTL PR_SET_MM'
entry_before='PRESSURE STALL INFORMATION (PSI)'
maintainer="$author_name <$author_email>"

# print_entry: on stdout.
print_entry()
{
	printf '%s\n' "$entry" \
		"M:	$maintainer" \
		'L:	linux-kernel@vger.kernel.org' \
		'S:	Maintained' \
		"F:	$doc_file" \
		'F:	include/trace/events/prctl.h' \
		"F:	$tests_dir/"
}

# add_files FOLDER: put the selftests and the document into place, where a tree that
# has been cut down has one, and an entry for them into $maintainers. A list without the
# entry that would follow is left alone: nothing is built from it.
add_files()
{
	if [ -e "$1/$tests_list" ]; then
		mkdir -p "$1/$tests_dir"
		cp -R "$top/selftests/." "$1/$tests_dir/"
		sed -i 's/^TARGETS += proc$/TARGETS += prctl_set_mm\n&/' "$1/$tests_list"
		grep -qx 'TARGETS += prctl_set_mm' "$1/$tests_list" ||
			die 2 "found no place for the selftests in $tests_list"
	fi
	if [ -e "$1/$doc_list" ]; then
		cp "$top/Documentation/userspace-api/prctl_set_mm.rst" "$1/$doc_file"
		sed -i 's/^   no_new_privs$/&\n   prctl_set_mm/' "$1/$doc_list"
		grep -qx '   prctl_set_mm' "$1/$doc_list" ||
			die 2 "found no place for the document in $doc_list"
	fi
	if grep -qxF "$entry_before" "$1/$maintainers" 2>/dev/null; then
		awk -v before="$entry_before" -v entry="$(print_entry)" '
			$0 == before { print entry "\n" } { print }' "$1/$maintainers" >"$1/$maintainers.new"
		cat "$1/$maintainers.new" >"$1/$maintainers"
		rm "$1/$maintainers.new"
	fi
}

# remove_files FOLDER: the other way round, as far as the lists go.
remove_files()
{
	[ ! -e "$1/$tests_list" ] || sed -i '/^TARGETS += prctl_set_mm$/d' "$1/$tests_list"
	[ ! -e "$1/$doc_list" ] || sed -i '/^   prctl_set_mm$/d' "$1/$doc_list"
	[ ! -e "$1/$maintainers" ] || sed -i "/^$entry\$/,/^\$/d" "$1/$maintainers"
}

# shellcheck source=scripts/series/resolve.sh
. "$top/scripts/series/resolve.sh"
