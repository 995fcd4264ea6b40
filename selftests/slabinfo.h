/* SPDX-License-Identifier: GPL-2.0 */
/* How much of a slab cache is in use. */
#ifndef SLABINFO_H
#define SLABINFO_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SLABINFO	"/proc/slabinfo"
#define OWN_CACHE	"prctl_mm_request"	/* what the series allocates is there */

/* Why the number of objects says nothing about what is lost; NULL if it does. */
static inline const char *why_no_objects(void)
{
	static const char *why;
	static bool known;
	char line[512];
	FILE *file;

	if (known)
		return why;

	known = true;
	if (access(SLABINFO, R_OK))
		return why = "no " SLABINFO " (CONFIG_SLUB_DEBUG)";

	file = fopen("/proc/kallsyms", "re");
	while (file && !why && fgets(line, sizeof(line), file)) {
		if (strstr(line, " kasan_quarantine_put"))
			why = "KASAN keeps freed objects, which would be counted";
	}
	if (file)
		fclose(file);
	return why;
}

/*
 * The objects of all caches whose names begin like that; -1 if it says nothing. A
 * processor's slabs count as full, so only a difference of hundreds tells something.
 */
static inline long objects_of(const char *caches)
{
	FILE *file = why_no_objects() ? NULL : fopen(SLABINFO, "re");
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
