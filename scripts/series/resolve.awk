# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v answers="PROPERTY=ANSWER ..." -f scripts/series/resolve.awk patches/variants PATCH
#
# Prints PATCH with the lines that patches/variants has for these answers in the
# place of its words, and the numbers of lines in its hunks counted again. -v absent=
# "FILE ..." leaves out the changes of these files.
# Exit code 1: a word that has no line.

BEGIN {
	FS = "\t"
	count = split(answers, pair, " ")
	for (i = 1; i <= count; i++)
		given[pair[i]] = 1
	count = split(absent, file, " ")
	for (i = 1; i <= count; i++)
		left_out["a/" file[i]] = 1
}

FILENAME == ARGV[1] {
	if ($0 ~ /^#/ || $0 == "")
		next
	if ($0 !~ /^\t/) {
		chosen = ($1 "=" $2) in given
		next
	}
	if (!chosen)
		next
	lines[$2] += 0
	# The rest of the line, with the tabs that are in it.
	if (length($0) > length($2) + 1)
		text[$2, ++lines[$2]] = substr($0, length($2) + 3)
	next
}

/^@@ / || /^diff --git / || /^-- $/ {
	flush_hunk()
}

/^diff --git / {
	split($0, part, " ")
	skip = part[3] in left_out
}

skip { next }

/^@@ / {
	head = $0
	inside = 1
	next
}

inside && /^[ +-]/ {
	word = substr($0, 2)
	if (word ~ /^@[a-z_]+@$/) {
		if (!(word in lines)) {
			print FILENAME ": patches/variants has no line for " word >"/dev/stderr"
			failed = 1
			exit 1
		}
		side = substr($0, 1, 1)
		for (i = 1; i <= lines[word]; i++)
			hunk[++size] = side text[word, i]
		# A definition.
		if (lines[word] > 1)
			hunk[++size] = side
		next
	}
	hunk[++size] = $0
	next
}

inside && /^\\/ { hunk[++size] = $0; next }
{ inside = 0; print }

END {
	if (failed)
		exit 1
	flush_hunk()
}

function flush_hunk(	i, part, old, new, side)
{
	if (!inside)
		return
	for (i = 1; i <= size; i++) {
		side = substr(hunk[i], 1, 1)
		old += side == " " || side == "-"
		new += side == " " || side == "+"
	}
	split(head, part, " ")
	sub(/,.*/, "", part[2])
	sub(/,.*/, "", part[3])
	i = index(substr(head, 3), "@@")
	print "@@ " part[2] "," old + 0 " " part[3] "," new + 0 " @@" substr(head, i + 4)
	for (i = 1; i <= size; i++)
		print hunk[i]
	size = inside = 0
}
