/* SPDX-License-Identifier: GPL-2.0 */
/* What the options of PR_SET_MM are called in the output of programs. */
#ifndef OPTION_NAME_H
#define OPTION_NAME_H

#include "../kselftest.h"

static inline const char *option_name(unsigned int option)
{
	static const char *const names[] = {
		"0", "START_CODE", "END_CODE", "START_DATA", "END_DATA", "START_STACK",
		"START_BRK", "BRK", "ARG_START", "ARG_END", "ENV_START", "ENV_END",
		"AUXV", "EXE_FILE", "MAP", "MAP_SIZE",
	};

	return option < ARRAY_SIZE(names) ? names[option] : "unknown";
}

#endif /* OPTION_NAME_H */
