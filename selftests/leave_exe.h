/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LEAVE_EXE_H
#define LEAVE_EXE_H

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * Leave the executable that this process was started from: put an anonymous
 * area with the same bytes in the place of each of its areas. mremap(2) takes
 * away the old area and moves the copy there in one step, so the code that
 * calls it goes on in the copy. Only for a process with a single thread, since
 * what another one stores in the data between the copy and the move is lost.
 * Returns the number of areas replaced, or -1.
 */
static inline int leave_exe(void)
{
	struct { unsigned long start, end; int prot; } area[32];
	char line[PATH_MAX + 128], exe[PATH_MAX], perms[5];
	int i, count = 0, path;
	ssize_t len;
	FILE *maps;

	len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	maps = fopen("/proc/self/maps", "re");
	if (len < 0 || !maps)
		return -1;
	exe[len] = '\0';

	while (fgets(line, sizeof(line), maps) && count < 32) {
		line[strcspn(line, "\n")] = '\0';
		path = 0;
		if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %n", &area[count].start,
			   &area[count].end, perms, &path) != 3 ||
		    !path || strcmp(line + path, exe))
			continue;
		area[count++].prot = (perms[0] == 'r' ? PROT_READ : 0) |
				     (perms[1] == 'w' ? PROT_WRITE : 0) |
				     (perms[2] == 'x' ? PROT_EXEC : 0);
	}
	fclose(maps);

	for (i = 0; i < count; i++) {
		size_t size = area[i].end - area[i].start;
		void *old = (void *)area[i].start, *copy;

		copy = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (copy == MAP_FAILED)
			return -1;
		if (area[i].prot & PROT_READ)
			memcpy(copy, old, size);
		if (mprotect(copy, size, area[i].prot) ||
		    mremap(copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED,
			   old) != old)
			return -1;
	}

	return count;
}

#endif /* LEAVE_EXE_H */
