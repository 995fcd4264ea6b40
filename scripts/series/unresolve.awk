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
		lines[$2] += 0
		if (length($0) > length($2) + 1)
			text[$2, ++lines[$2]] = substr($0, length($2) + 3)
	}
	next
}

# A definition has an empty line behind it.
part == 2 && !ended {
	for (word in lines)
		if (lines[word] > 1)
			text[word, ++lines[word]] = ""
	ended = 1
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
		if (!(i in gone))
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
			return text[line, step > 0 ? 1 : lines[line]]
	}
	return ""
}

# Do the lines of the word stand from new[n] on, all of them on the same side?
function stands(n, word,	i)
{
	for (i = 0; i < lines[word]; i++)
		if (substr(new[n + i], 1, 1) != substr(new[n], 1, 1) ||
		    substr(new[n + i], 2) != text[word, i + 1])
			return 0
	return 1
}

function place(i, word,	before, after, n, count)
{
	before = beside(i, -1)
	after = beside(i, 1)
	count = lines[word]
	for (n = 2; n < news; n++) {
		if (new[n] !~ /^[ +-]/ || n in used)
			continue
		if (count && stands(n, word) &&
		    (substr(new[n - 1], 2) == before || substr(new[n + count], 2) == after)) {
			new[n] = substr(new[n], 1, 1) word
			used[n] = 1
			while (--count)
				gone[n + count] = 1
			return
		}
		if (!count && substr(new[n], 2) == before && substr(new[n + 1], 2) == after) {
			behind[n] = substr(old[i], 1, 1) word
			return
		}
	}
	print "found no place for " word >"/dev/stderr"
	failed = 1
}
