// SPDX-License-Identifier: GPL-2.0
/* The kinds of area that a bound can be in. */
#include "../areas.h"
#include "probe.h"

const char *const kinds[] = {
	"private", "shared", "growing", "file, private", "file, shared",
	"file read, shared", "memfd, shared",
};

static int files[KINDS];

void open_kinds(void)
{
	int i;

	for (i = 0; i < KINDS; i++)
		files[i] = i == FILE_PRIVATE ? open_own("file", O_RDWR | O_CREAT | O_EXCL) :
			   i == FILE_SHARED ? files[FILE_PRIVATE] :
			   i == FILE_READ ? open_own("file", O_RDONLY) :
			   i == MEMFD ? make_memfd("m") : -1;
	if (ftruncate(files[FILE_SHARED], 2 * PAGE) || ftruncate(files[MEMFD], 2 * PAGE))
		fail("cannot set the size of a file");
}

bool map_kind(int kind, int prot)
{
	static const int flags[] = {
		[PRIVATE] = MAP_PRIVATE | MAP_ANONYMOUS, [SHARED] = MAP_SHARED | MAP_ANONYMOUS,
		[FILE_PRIVATE] = MAP_PRIVATE,
	};
	void *area;

	switch (kind) {
	case GROWING:
		area = map_stack_area(FIRST, 2 * PAGE, prot);
		break;
	case PRIVATE:
	case SHARED:
	case FILE_PRIVATE:
		area = mmap((void *)FIRST, 2 * PAGE, prot, flags[kind] | MAP_FIXED, files[kind], 0);
		break;
	default:
		area = map_shared_file(FIRST, 2 * PAGE, prot, files[kind]);
	}
	if (area != MAP_FAILED)
		return true;
	/* A descriptor that was opened for reading cannot be mapped for writing. */
	if (errno != EACCES || kind != FILE_READ)
		fail("cannot map an area");
	return false;
}

const char *protection(int prot)
{
	static char text[4];

	snprintf(text, sizeof(text), "%c%c%c", prot & PROT_READ ? 'r' : '-',
		 prot & PROT_WRITE ? 'w' : '-', prot & PROT_EXEC ? 'x' : '-');
	return text;
}
