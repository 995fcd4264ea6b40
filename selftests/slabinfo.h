/* SPDX-License-Identifier: GPL-2.0 */
/* How much of a slab cache is in use. */
#ifndef SLABINFO_H
#define SLABINFO_H

#include <stdio.h>
#include <string.h>

#define SLABINFO	"/proc/slabinfo"
#define OWN_CACHE	"prctl_mm_request"	/* what the series allocates is there */

/*
 * The objects of all caches whose names begin like that; -1 if the kernel does not say. A
 * processor's slabs count as full, so only a difference of hundreds tells something.
 */
static inline long objects_of(const char *caches)
{
	FILE *file = fopen(SLABINFO, "re");
	long objects = -1, count;
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		if (!strncmp(line, caches, strlen(caches)) && sscanf(line, "%*s %ld", &count) == 1)
			objects = (objects < 0 ? 0 : objects) + count;
	}
	if (file)
		fclose(file);
	return objects;
}

#endif /* SLABINFO_H */
