# SPDX-License-Identifier: GPL-2.0-only
# The series as files of a kernel tree; source it after lib.sh. A function that
# can fail does so through die.
# shellcheck shell=sh
# shellcheck disable=SC2154	# lib.sh sets top

# Where the selftests and the document land, and the lists that name them.
tests_dir=tools/testing/selftests/prctl_set_mm
tests_list=tools/testing/selftests/Makefile
doc_file=Documentation/userspace-api/prctl_set_mm.rst
doc_list=Documentation/userspace-api/index.rst

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

# changed_files PATCH...: the files that the patches and the two lists change.
changed_files()
{
	{
		sed -n 's|^+++ b/||p' "$@"
		echo $tests_list
		echo $doc_list
	} | sort -u
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
		mkdir -p "$to/${file%/*}"
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

# The series is text that depends on the tree at hand in two ways: patches/variants
# has lines that are chosen by what the tree has, and one patch removes functions by
# name, as patches/removed has them. What follows makes patches for one tree of it.

# probe FILES: the properties of a tree, a line each: PROPERTY=ANSWER, and why.
probe()
{
	tree_files=$1
	done_with=
	awk -F '\t' '/^[a-z]/ { print $1 "\t" $2 "\t" $3 "\t" $4 }' "$top/patches/variants" |
		while IFS='	' read -r property answer file string; do
			[ "$property" != "$done_with" ] || continue
			if [ "$file" = - ]; then
				printf '%s=%s\tas nothing else was found\n' "$property" "$answer"
			elif grep -qF -- "$string" "$tree_files/$file" 2>/dev/null; then
				printf '%s=%s\t%s has "%s"\n' "$property" "$answer" "$file" "$string"
			else
				continue
			fi
			done_with=$property
		done
}

# series_rows: "PATCH NOTE" of each row of the table, NOTE being "-" or "remove".
series_rows()
{
	awk '!/^#/ && NF { print $1, $2 }' "$top/patches/series"
}

# remove_old FILES [LAX]: remove there what patches/removed names. An error is one
# line on stderr and status 1. LAX: what is removed may still be used, and may have
# another text than the known ones.
remove_old()
{
	texts=$1/.removed
	awk '!/^#/ && NF && !seen[$1]++ { print $1 }' "$top/patches/removed" | while read -r file; do
		names=$(awk -v file="$file" '$1 == file { print $2 }' "$top/patches/removed" | paste -sd ' ')
		rm -rf "$texts"
		mkdir "$texts"
		(cd "$1" && awk -v names="$names" -v texts=.removed -v lax="${2-}" \
			-f "$top/scripts/series/remove-functions.awk" "$file" >"$texts/.new") 2>"$texts/.error" || {
			head -n 1 "$texts/.error" >&2
			rm -rf "$texts"
			return 1
		}
		for text in "$texts"/*; do
			[ -e "$text" ] || continue
			[ -z "${2-}" ] || continue
			name=${text##*/}
			name=${name%.*}
			hash=$(sha256sum <"$text" | cut -c 1-16)
			awk -v file="$file" -v name="$name" -v hash="$hash" '
				$1 == file && $2 == name { for (i = 3; i <= NF; i++) if ($i == hash) found = 1 }
				END { exit !found }' "$top/patches/removed" && continue
			case " ${CHANGED-} " in *" $name "*) continue ;; esac
			echo "$file: $name() has none of the known texts, so somebody has changed it; look at what would be lost, then add CHANGED=$name" >&2
			rm -rf "$texts"
			return 1
		done
		cat "$texts/.new" >"$1/$file" || return 1
		rm -rf "$texts"
	done
}

# without_documents FILES: the documents that the series changes and a tree which has
# been cut down does not have.
without_documents()
{
	series_files | grep '^Documentation/' | while read -r file; do
		[ -e "$1/$file" ] || echo "$file"
	done
}

# resolve_patch ANSWERS PATCH [ABSENT]: PATCH for a tree with these properties and
# without these files, on stdout.
resolve_patch()
{
	awk -v answers="$1" -v absent="${3-}" -f "$top/scripts/series/resolve.awk" "$top/patches/variants" "$2"
}

# resolve FILES OUT KERNEL: the series for a tree with these files of its own, as
# patches in the folder OUT, which is made. FILES stays as it is. With FIT set, say
# of each patch on stdout whether it fits, and go on behind one that does not.
resolve()
{
	files=$1
	out=$2
	kernel=$3
	series_rows | while read -r patch _; do
		[ -e "$top/patches/$patch" ] || {
			say "patches/series names $patch, which is not there; restore it"
			exit 2
		}
	done || exit 2
	rm -rf "$out" "$out.work"
	mkdir -p "$out" "$out.work"
	cp -Rp "$files" "$out.work/b"
	answers=$(probe "$files" | cut -f 1 | paste -sd ' ')
	absent=$(without_documents "$files" | paste -sd ' ')
	series_rows >"$out.work/rows"
	while read -r patch note; do
		resolve_patch "$answers" "$top/patches/$patch" "$absent" >"$out/$patch" || exit 2
		[ "$note" != remove ] || {
			rm -rf "$out.work/a"
			cp -Rp "$out.work/b" "$out.work/a"
		}
		if misfit=$(apply_in "$out.work/b" "$out/$patch" 2>&1); then
			# It may have warned of something.
			misfit=
		else
			misfit=$(first_error "$misfit")
			[ -n "${FIT-}" ] || die 2 "$patch does not apply to $kernel: $misfit"
		fi
		if [ -z "$misfit" ] && [ "$note" = remove ]; then
			if remove_old "$out.work/b" 2>"$out.work/error"; then
				# What git diff says of it is its status.
				{
					sed '/^---$/q' "$out/$patch"
					(cd "$out.work" && git diff --no-index --no-prefix --stat=72 a b | sed 's|{a => b}/||')
					echo
					(cd "$out.work" && git diff --no-index --no-prefix --full-index --diff-algorithm=histogram a b |
						sed 's|^diff --git a/\(.*\) b/|diff --git a/\1 b/|')
				} >"$out.work/patch" || :
				mv "$out.work/patch" "$out/$patch"
			else
				misfit=$(cat "$out.work/error")
				[ -n "${FIT-}" ] || die 2 "$patch does not apply to $kernel: $misfit"
			fi
		fi
		[ -z "${FIT-}" ] || printf '%s\t%s\n' "${misfit:-fits}" "$patch"
	done <"$out.work/rows"
	rm -rf "$out.work"
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

# git_as_series ARGUMENT...: git as whoever the series is by, at one fixed time,
# so that the same commits come out of the same patches.
git_as_series()
{
	GIT_AUTHOR_NAME='PR_SET_MM patch series' GIT_AUTHOR_EMAIL=series@prctl-set-mm.invalid \
	GIT_COMMITTER_NAME='PR_SET_MM patch series' GIT_COMMITTER_EMAIL=series@prctl-set-mm.invalid \
	GIT_AUTHOR_DATE='2026-11-23T12:00:00Z' GIT_COMMITTER_DATE='2026-11-23T12:00:00Z' \
		git -c init.defaultBranch=series -c core.autocrlf=false -c gc.auto=0 "$@"
}

# series_repo FOLDER KERNEL PATCH...: make a git repository of FOLDER, which has
# the kernel's own files: a commit of these, tagged "base", and one a patch.
series_repo()
{
	repo=$1
	kernel=$2
	shift 2
	git_as_series -C "$repo" init -q
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

# add_files FOLDER: put the selftests and the document into place, where a tree that
# has been cut down has one.
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
}

# remove_files FOLDER: the other way round, as far as the lists go.
remove_files()
{
	[ ! -e "$1/$tests_list" ] || sed -i '/^TARGETS += prctl_set_mm$/d' "$1/$tests_list"
	[ ! -e "$1/$doc_list" ] || sed -i '/^   prctl_set_mm$/d' "$1/$doc_list"
}

# series_patches BASE: the patches for build/BASE, a path a line, in order. They
# are made once for each state of patches/ and of the tree.
series_patches()
{
	made=$build/$1/patches
	mkdir -p "$made"
	find "$made" -mindepth 1 -maxdepth 1 -mmin +1440 -exec rm -rf {} +
	own=$made/files.$$
	rm -rf "$own"
	mkdir "$own"
	pristine_files "$1" "$own"
	stamp=$({
		(cd "$own" && find . -type f | sort | xargs sha256sum)
		(cd "$top" && cat patches/* scripts/series/*.sh scripts/series/*.awk)
		echo "${CHANGED-}"
	} | sha256sum | cut -c 1-16)
	[ -d "$made/$stamp" ] || {
		(resolve "$own" "$made/new.$$" "$(cat "$build/$1/package" 2>/dev/null || echo "$1")") || {
			rm -rf "$own" "$made/new.$$" "$made/new.$$.work"
			exit 2
		}
		mv -T "$made/new.$$" "$made/$stamp" 2>/dev/null || rm -rf "$made/new.$$"
	}
	rm -rf "$own"
	series_rows | sed "s|\([^ ]*\) .*|$made/$stamp/\1|"
}

# with_patches FOLDER COMMAND...: call it with the patches in FOLDER, in order,
# behind its own arguments.
with_patches()
{
	list=$(series_rows | sed "s|\([^ ]*\) .*|$1/\1|")
	shift
	with_list "$@"
}

# with_series BASE COMMAND...: the same with those for build/BASE.
with_series()
{
	list=$(series_patches "$1") || exit 2
	shift
	with_list "$@"
}

with_list()
{
	IFS='
'
	set -f
	# shellcheck disable=SC2086	# split at line ends, as set above
	set -- "$@" $list
	set +f
	unset IFS
	"$@"
}
