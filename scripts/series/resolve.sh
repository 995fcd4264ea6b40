# SPDX-License-Identifier: GPL-2.0-only
# The series for the tree at hand; tree.sh sources it. A function that can fail does so
# through die.
# shellcheck shell=sh
# shellcheck disable=SC2154	# lib.sh sets top and build

# patches/ is text that depends on the tree in three ways: patches/variants has lines that
# are chosen by what the tree has, one patch removes functions by name, as
# patches/removed has them, and a patch may be for trees with one property only.

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

# series_rows: "PATCH NOTE" of each row of the table, NOTE being "-", "remove", or the
# PROPERTY=ANSWER that a tree needs to get the patch.
series_rows()
{
	awk '!/^#/ && NF { print $1, $2 }' "$top/patches/series"
}

# nearest FILE NAME TEXT: how the function NAME in the file TEXT differs from the one that
# is most like it in FILE of the kernels in build/, as a diff, or nothing where there
# are none.
nearest()
{
	near=$(mktemp -d)
	for base in "$build"/*/linux; do
		base=${base%/linux}
		own=$base/series/pristine/$1
		[ -e "$own" ] || own=$base/linux/$1
		[ -e "$own" ] || continue
		rm -rf "$near/texts"
		mkdir "$near/texts"
		awk -v names="$2" -v texts="$near/texts" -v lax=1 \
			-f "$top/scripts/series/remove-functions.awk" "$own" >"$near/rest" 2>&1 || continue
		for other in "$near/texts"/*; do
			[ -e "$other" ] || continue
			diff -u --label "$2() of Linux ${base##*/}" --label "$2() of this tree" \
				"$other" "$3" >"$near/diff" || :
			if [ ! -e "$near/least" ] || [ "$(wc -l <"$near/diff")" -lt "$(wc -l <"$near/least")" ]; then
				mv "$near/diff" "$near/least"
			fi
		done
	done
	[ ! -e "$near/least" ] || cat "$near/least"
	rm -rf "$near"
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
			[ -z "${FIT-}" ] || nearest "$file" "$name" "$text" >>"$FIT"
			echo "$file: $name() has none of the known texts, so somebody has changed it; make fit shows what would be lost, CHANGED=$name lets it go" >&2
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

# is_for ANSWERS NOTE: does a tree with these properties get a patch with that note?
is_for()
{
	case $2 in
	*=*) case " $1 " in *" $2 "*) ;; *) return 1 ;; esac ;;
	esac
}

# resolve FILES OUT KERNEL: the series for a tree with these files of its own, as
# patches in the folder OUT, which is made. FILES stays as it is. With FIT, a
# file, say of each patch on stdout whether it fits, go on behind one that does not, and
# add to the file how a function differs that somebody has changed.
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
		is_for "$answers" "$note" || {
			[ -z "${FIT-}" ] || printf 'not for a tree without %s\t%s\n' "$note" "$patch"
			continue
		}
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
	patches_in "$made/$stamp"
}

# patches_in FOLDER: the patches of the series that are there, a path a line, in order.
patches_in()
{
	series_rows | while read -r row _; do
		[ ! -e "$1/$row" ] || echo "$1/$row"
	done
}

# with_patches FOLDER COMMAND...: call it with the patches in FOLDER, in order,
# behind its own arguments.
with_patches()
{
	list=$(patches_in "$1")
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
