/* SPDX-License-Identifier: GPL-2.0 */
/* The hostile names of watch.h as JSON has them. */
#ifndef EXE_WATCH_HOSTILE_H
#define EXE_WATCH_HOSTILE_H

#include <stdbool.h>

static const char json_comm[] = "a\\u000a\\\"\\u001b[31m\\\\ b=\\ufffd";
static const char json_name[] =
	"x\\\" reason=none result=0\\u000a\\u0009\\u001b[2J\\\\\\\\\\u0001\\u007f\\ufffd\\u00e9";

/* Not a byte that a terminal or a reader of lines could take for something else. */
static inline bool is_plain(const char *text)
{
	for (; *text; text++) {
		if (*text != '\n' && (*text < ' ' || *text > '~'))
			return false;
	}
	return true;
}

#endif /* EXE_WATCH_HOSTILE_H */
