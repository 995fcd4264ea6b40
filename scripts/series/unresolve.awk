# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v answers="PROPERTY=ANSWER ..." -f scripts/series/unresolve.awk patches/variants OLD PATCH
#
# The reverse of resolve.awk: prints PATCH, made on a tree with these answers, with
# the words of patches/variants in the places where OLD has them. A place is known by
# the line before or behind it.
# Exit code 1: a place is not there any more.

BEGIN {
	FS = "\t"
	count = split(answers, pair, " ")
	for (i = 1; i <= count; i++)
		given[pair[i]] = 1
}

FNR == 1 { part++ }

part == 1 {
	if ($0 ~ /^#/ || $0 == "")
		next
	if ($0 !~ /^\t/) {
		chosen = ($1 "=" $2) in given
	} else if (chosen) {
		text[$2] = substr($0, length($2) + 3)
		lines[$2] = length($0) > length($2) + 1
	}
	next
}

part == 2 { old[FNR] = $0; olds = FNR; next }
{ new[FNR] = $0; news = FNR }

END {
	for (i = 1; i <= olds; i++) {
		word = substr(old[i], 2)
		if (old[i] ~ /^[ +-]@[a-z_]+@$/)
			place(i, word)
	}
	for (i = 1; i <= news; i++) {
		print new[i]
		if (i in behind)
			print behind[i]
	}
	exit failed
}

# The line next to old[i], by its text in this tree.
function beside(i, step,	line)
{
	for (i += step; i > 0 && i <= olds; i += step) {
		line = substr(old[i], 2)
		if (line !~ /^@[a-z_]+@$/)
			return line
		if (lines[line])
			return text[line]
	}
	return ""
}

function place(i, word,	before, after, n)
{
	before = beside(i, -1)
	after = beside(i, 1)
	for (n = 2; n < news; n++) {
		if (new[n] !~ /^[ +-]/ || n in used)
			continue
		if (lines[word] && substr(new[n], 2) == text[word] &&
		    (substr(new[n - 1], 2) == before || substr(new[n + 1], 2) == after)) {
			new[n] = substr(new[n], 1, 1) word
			used[n] = 1
			return
		}
		if (!lines[word] && substr(new[n], 2) == before && substr(new[n + 1], 2) == after) {
			behind[n] = substr(old[i], 1, 1) word
			return
		}
	}
	print "found no place for " word >"/dev/stderr"
	failed = 1
}
