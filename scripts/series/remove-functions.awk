# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v names="NAME..." [-v texts=FOLDER] -f scripts/series/remove-functions.awk FILE
#
# Prints the C source FILE without the functions NAME...: their definitions and
# prototypes, the comment directly above each, preprocessor blocks that are empty
# without them, and the surplus blank lines. Nothing else changes, and no line is
# added. FILE has to be in kernel style: a definition starts in the first column
# and ends at the next line that starts with "}".
# Writes the text of each definition, without the comment, to FOLDER/NAME.NUMBER.
# Exit code 1, with one line on stderr for each reason: a function is not there,
# a preprocessor block crosses its border, or its name is still used elsewhere,
# which -v lax=1 allows.

{ line[NR] = $0 }

END {
	count = split(names, name, " ")
	for (i = 1; i <= count; i++)
		remove(name[i])
	while (empty_blocks() > 0)
		;
	blank_lines()
	for (i = 1; i <= count && !lax && !failed; i++)
		check_unused(name[i])
	if (failed)
		exit 1
	for (n = 1; n <= NR; n++)
		if (!(n in gone))
			print line[n]
}

function fail(text)
{
	print FILENAME ": " text >"/dev/stderr"
	failed = 1
}

# The definitions and prototypes of one function.
function remove(f,	n, found, last, first)
{
	for (n = 1; n <= NR; n++) {
		if (n in gone || !starts(n, f))
			continue
		last = header_end(n)
		if (!last)
			continue
		first = n
		# A return type may have a line of its own.
		if (index(line[n], f) == 1 && line[n - 1] ~ /^[a-z_][A-Za-z0-9_ *]*$/)
			first = n - 1
		if (line[last] !~ /;[ \t]*$/) {
			last = body_end(last, f)
			if (!last)
				return
			save(f, first, last)
		}
		drop(comment_start(first), last)
		found = 1
		n = last
	}
	if (!found)
		fail(f "() is not there")
}

# Does a declaration of the function start here?
function starts(n, f,	at, before)
{
	at = index(line[n], f "(")
	if (!at || line[n] ~ /^[ \t#\/*}]/)
		return 0
	before = substr(line[n], 1, at - 1)
	if (before ~ /^(return|else|goto|case)[ \t]/)
		return 0
	return before ~ /^([A-Za-z0-9_][A-Za-z0-9_ \t]*[ \t*]+)?$/
}

# The line in which the declaration ends, by ";", or the body starts.
function header_end(n,	i)
{
	for (i = n; i <= NR && i < n + 20; i++) {
		if (line[i] ~ /^\{/ || line[i] ~ /\{[ \t]*$/ || line[i] ~ /;[ \t]*$/)
			return i
		if (line[i] ~ /^#/ || line[i] == "")
			return 0
	}
	return 0
}

function body_end(n, f,	depth)
{
	for (; n <= NR; n++) {
		if (line[n] ~ /^#[ \t]*if/)
			depth++
		else if (line[n] ~ /^#[ \t]*(el|endif)/ && !depth)
			break
		else if (line[n] ~ /^#[ \t]*endif/)
			depth--
		else if (line[n] ~ /^\}/) {
			if (!depth)
				return n
			break
		}
	}
	fail(f "(): " (n > NR ? "no line that starts with \"}\" ends it" : "a preprocessor block crosses its border, in line " n))
	return 0
}

# Where the comment starts that ends directly above line n, or n.
function comment_start(n,	i)
{
	if (line[n - 1] !~ /\*\/[ \t]*$/)
		return n
	for (i = n - 1; i > 0; i--) {
		if (line[i] ~ /^\/\*/)
			return i
		if (line[i] !~ /^ \*/)
			return n
	}
	return n
}

function save(f, first, last,	file, n)
{
	if (texts == "")
		return
	file = texts "/" f "." ++saved[f]
	for (n = first; n <= last; n++)
		print line[n] >file
	close(file)
}

function drop(first, last,	n)
{
	for (n = first; n <= last; n++)
		gone[n] = 1
}

# Remove the innermost blocks, or the #else parts, that have become empty.
function empty_blocks(	n, depth, start, full, lost, removed, i, branch)
{
	for (n = 1; n <= NR; n++) {
		if (n in gone) {
			lost[depth] = 1
			continue
		}
		if (line[n] ~ /^#[ \t]*if/) {
			start[++depth] = n
			full[depth] = lost[depth] = branch[depth] = 0
		} else if (line[n] ~ /^#[ \t]*el/ && depth) {
			if (full[depth])
				start[depth] = 0
			branch[depth] = n
			if (start[depth] == 0)
				lost[depth] = 0
			full[depth] = 0
		} else if (line[n] ~ /^#[ \t]*endif/ && depth) {
			if (!full[depth] && lost[depth]) {
				removed++
				if (start[depth])
					drop(start[depth], n)
				else
					drop(branch[depth], n - 1)
				i = 1
			} else {
				i = 0
			}
			depth--
			if (i)
				lost[depth] = 1
			if (!i || !start[depth + 1])
				full[depth] = 1
		} else if (line[n] !~ /^[ \t]*$/) {
			full[depth] = 1
		}
	}
	return removed
}

# One blank line where a removal has left two.
function blank_lines(	n, before, cut)
{
	before = 1
	for (n = 1; n <= NR; n++) {
		if (n in gone) {
			cut = 1
		} else if (line[n] == "") {
			if (cut && before)
				gone[n] = 1
			before = 1
		} else {
			before = cut = 0
		}
	}
}

# No code may name the function any more; comments and strings may.
function check_unused(f,	n, text, at, inside, rest)
{
	for (n = 1; n <= NR; n++) {
		if (n in gone)
			continue
		text = line[n]
		if (inside) {
			at = index(text, "*/")
			if (!at)
				continue
			text = substr(text, at + 2)
			inside = 0
		}
		gsub(/"([^"\\]|\\.)*"/, "", text)
		gsub(/\/\/.*/, "", text)
		while ((at = index(text, "/*")) > 0) {
			rest = substr(text, at + 2)
			text = substr(text, 1, at - 1)
			at = index(rest, "*/")
			if (!at) {
				inside = 1
				break
			}
			text = text " " substr(rest, at + 2)
		}
		if ((" " text " ") ~ ("[^A-Za-z0-9_]" f "[^A-Za-z0-9_]"))
			fail("line " n " still uses " f)
	}
}
