// SPDX-License-Identifier: GPL-2.0
/* Names in and out: escaped as the kernel does it, and as JSON has it. */
#include <stdio.h>
#include <string.h>

#include "text.h"

/* In the order of each other, as string_escape_mem() of the kernel has them. */
static const char special[] = "\n\r\t\v\f\a\x1b\\\"";
static const char letters[] = "nrtvfae\\\"";

/*
 * Print it with everything escaped but printable ASCII, and what is in @also as
 * well. Bytes above ASCII too: what a terminal makes of them depends on where
 * the reader sits, and some move the cursor or turn the direction of the text.
 * Returns the width.
 */
int put_escaped(const char *text, const char *also)
{
	const char *at;
	int width = 0;

	for (; *text; text++) {
		unsigned char c = *text;

		at = strchr(special, c);
		if (c > 0x1f && c < 0x7f && c != '\\' && !strchr(also, c))
			width += printf("%c", c);
		else if (at)
			width += printf("\\%c", letters[at - special]);
		else
			width += printf("\\%03o", c);
	}
	return width;
}

/*
 * The length of the UTF-8 character at @text, and its number; 0 if it is none:
 * cut short, longer than needed, half of a surrogate pair, or out of range.
 */
static int decode(const unsigned char *text, unsigned int *number)
{
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	int length, i;

	if (text[0] < 0x80)
		length = 1;
	else if (text[0] >= 0xc2 && text[0] < 0xf5)
		length = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	else
		return 0;

	*number = length == 1 ? text[0] : text[0] & (0x7f >> length);
	for (i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		*number = *number << 6 | (text[i] & 0x3f);
	}
	if (*number < least[length] || *number > 0x10ffff ||
	    (*number >= 0xd800 && *number < 0xe000))
		return 0;
	return length;
}

/*
 * A JSON string of ASCII alone, so that a terminal is as safe with it as a
 * parser. A byte that is no UTF-8 becomes U+FFFD: JSON has no bytes, and \u00ff
 * would be a name that another file can have.
 */
void put_json(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	unsigned int number;
	int length;

	putchar('"');
	while (*at) {
		length = decode(at, &number);
		if (!length)
			number = 0xfffd;
		at += length ? length : 1;

		if (number == '"' || number == '\\')
			printf("\\%c", (char)number);
		else if (number > 0x1f && number < 0x7f)
			putchar(number);
		else if (number < 0x10000)
			printf("\\u%04x", number);
		else
			printf("\\u%04x\\u%04x", 0xd7c0 + (number >> 10),
			       0xdc00 + (number & 0x3ff));
	}
	putchar('"');
}

/*
 * The byte that the escape sequence at @text is for, with *@length the letters of it
 * behind the backslash; -1 if it is none.
 */
static int escaped_byte(const char *text, int *length)
{
	static const char digits[] = "0123456789abcdef";
	int base = *text == 'x' ? 16 : 8, value = 0;
	const char *at = strchr(letters, *text);

	*length = 1;
	if (*text && at)
		return special[at - letters];

	/* xHH or OOO */
	for (*length = base == 16; *length < 3; ++*length) {
		at = strchr(digits, text[*length]);
		if (!text[*length] || !at || at - digits >= base)
			return -1;
		value = value * base + (at - digits);
	}
	return value && value < 256 ? value : -1;
}

/* Undo in place what string_escape_mem() of the kernel did. */
void unescape(char *text)
{
	char *to = text;
	int byte, length;

	while (*text) {
		byte = *text == '\\' ? escaped_byte(text + 1, &length) : -1;
		if (byte < 0) {
			*to++ = *text++;
		} else {
			*to++ = byte;
			text += 1 + length;
		}
	}
	*to = '\0';
}
