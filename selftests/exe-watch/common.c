// SPDX-License-Identifier: GPL-2.0
/* What the parts of exe-watch share. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common.h"

const char *be_root(void)
{
	return geteuid() ? ": run it as root" : "";
}

bool flush_output(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return true;
	complain("cannot write the output: %s", strerror(errno));
	return false;
}
