# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v answers="PROPERTY=ANSWER ..." -f scripts/series/unresolve.awk patches/variants OLD PATCH
#
# The reverse of resolve.awk: prints PATCH, made on a tree with these answers, with
# the words of patches/variants in the places where OLD has them. A place is known by
# the lines around it.
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
{ new[FNR] = made[FNR] = $0; news = FNR }

END {
	# What OLD was in this tree, and where in it each word stood.
	for (i = 1; i <= olds; i++) {
		word = substr(old[i], 2)
		if (old[i] ~ /^[ +-]@[a-z_]+@$/) {
			words[++places] = old[i]
			at[places] = size + 1
			for (n = 1; n <= lines[word]; n++)
				was[++size] = text[word, n]
		} else {
			was[++size] = word
		}
	}
	for (i = 1; i <= places; i++)
		place(words[i], at[i])
	for (i = 1; i <= news; i++) {
		if (!(i in gone))
			print new[i]
		if (i in behind)
			print behind[i]
	}
	exit failed
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

# How many of the nearest lines before new[n] and behind the next length are those that
# were around was[from], 5 on each side at most; 0 unless the nearest ones are.
function score(n, from, length_,	before, after)
{
	while (before < 5 && n - before > 1 && from - before > 1 &&
	       substr(made[n - 1 - before], 2) == was[from - 1 - before])
		before++
	while (after < 5 && n + length_ + after <= news && from + length_ + after <= size &&
	       substr(made[n + length_ + after], 2) == was[from + length_ + after])
		after++
	# Of lines that are gone nothing but their neighbours is left.
	return length_ || (before && after) ? before + after : 0
}

# Put the line that has a word where the text of it stood at was[from].
function place(line, from,	word, length_, n, best, most, now)
{
	word = substr(line, 2)
	length_ = lines[word]
	for (n = 2; n <= news; n++) {
		# No line can also stand behind the last line of a hunk.
		if ((new[n] !~ /^[ +-]/ && (length_ || new[n - 1] !~ /^[ +-]/)) ||
		    n in used || (length_ && !stands(n, word)))
			continue
		now = score(n, from, length_)
		if (now > most) {
			most = now
			best = n
		}
	}
	if (!best) {
		print "found no place for " word >"/dev/stderr"
		failed = 1
	} else if (!length_) {
		behind[best - 1] = substr(line, 1, 1) word
	} else {
		new[best] = substr(new[best], 1, 1) word
		used[best] = 1
		while (--length_)
			gone[best + length_] = 1
	}
}
