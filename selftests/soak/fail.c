// SPDX-License-Identifier: GPL-2.0
/* Allocations that fail, by Documentation/fault-injection: fail-nth. */
#include "soak.h"

/* The file of this thread. */
static int failing = -1;

bool begin_failing(unsigned int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", nth);

	failing = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (failing >= 0 && write(failing, text, length) == length)
		return true;
	close(failing);
	return false;
}

/* Has one failed? */
bool end_failing(void)
{
	char text[16] = "";
	bool failed = pread(failing, text, sizeof(text) - 1, 0) > 0 && text[0] == '0';

	if (pwrite(failing, "0", 1, 0) != 1)
		failed = false;
	close(failing);
	return failed;
}
