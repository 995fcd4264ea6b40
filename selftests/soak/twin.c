// SPDX-License-Identifier: GPL-2.0
/*
 * Go on in another file with the same bytes, as far as they are never written: fork(2)
 * does not copy these pages, as it does those of leave_exe(), which makes up for most of
 * what a sequence takes.
 */
#include "soak.h"
#include "../leave_exe.h"

struct area {
	unsigned long start, end, offset;
	int prot;
};

static void replace_area(const struct area *area, int twin)
{
	size_t size = area->end - area->start;
	void *old = (void *)area->start;
	void *new = mmap(NULL, size, area->prot, MAP_PRIVATE, twin, area->offset);

	if (new == MAP_FAILED)
		return;
	/* What was relocated is another than in the file. */
	if (memcmp(old, new, size) ||
	    mremap(new, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, old) != old)
		munmap(new, size);
}

/* Leave the executable: false if that cannot be. */
bool leave_for_twin(int twin)
{
	char line[PATH_MAX + 128], exe[PATH_MAX], perms[5];
	struct area area[32];
	unsigned int count = 0, i;
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	FILE *maps = fopen("/proc/self/maps", "re");
	int path;

	if (len < 0 || !maps)
		return false;
	exe[len] = '\0';
	while (fgets(line, sizeof(line), maps) && count < ARRAY_SIZE(area)) {
		line[strcspn(line, "\n")] = '\0';
		path = 0;
		if (sscanf(line, "%lx-%lx %4s %lx %*s %*s %n", &area[count].start,
			   &area[count].end, perms, &area[count].offset, &path) != 4 ||
		    !path || strcmp(line + path, exe) || perms[0] != 'r' || perms[1] == 'w')
			continue;
		area[count++].prot = PROT_READ | (perms[2] == 'x' ? PROT_EXEC : 0);
	}
	fclose(maps);
	for (i = 0; i < count; i++)
		replace_area(&area[i], twin);
	return leave_exe() > 0;
}
