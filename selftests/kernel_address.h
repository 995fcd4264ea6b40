/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KERNEL_ADDRESS_H
#define KERNEL_ADDRESS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "prctl_set_mm.h"

/*
 * An address behind which the kernel has memory and a task has none: that of the kernel's
 * code, as root may read it. If a task cannot name it, or the kernel has address spaces of
 * its own, the last word of all addresses.
 */
static inline unsigned long kernel_address(void)
{
	unsigned long address = ~(sizeof(long) - 1);
	FILE *symbols = fopen("/proc/kallsyms", "re");
	unsigned long long at;
	char line[256];

	while (symbols && fgets(line, sizeof(line), symbols)) {
		if (!strstr(line, " _stext\n"))
			continue;
		at = strtoull(line, NULL, 16);
		if (at == (unsigned long)at && at >= end_of_addresses())
			address = at;
		break;
	}
	if (symbols)
		fclose(symbols);
	return address;
}

#endif
