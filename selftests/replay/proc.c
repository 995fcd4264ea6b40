// SPDX-License-Identifier: GPL-2.0
/* Does /proc show what was set? */
#include "replay.h"

/* The options in the order of the fields of struct prctl_mm_map. */
static const unsigned char fields[] = {
	PR_SET_MM_START_CODE, PR_SET_MM_END_CODE, PR_SET_MM_START_DATA,
	PR_SET_MM_END_DATA, PR_SET_MM_START_BRK, PR_SET_MM_BRK, PR_SET_MM_START_STACK,
	PR_SET_MM_ARG_START, PR_SET_MM_ARG_END, PR_SET_MM_ENV_START, PR_SET_MM_ENV_END,
};

char seen[1 << 18];

size_t look_at(const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t part, size = 0;

	if (fd < 0)
		fail("cannot open %s: %s", name, answer(-errno));
	do {
		part = read(fd, seen + size, sizeof(seen) - size);
		if (part < 0)
			fail("cannot read %s: %s", name, answer(-errno));
		size += part;
	} while (part);
	close(fd);
	return size;
}

void check_file(const char *name, const void *want, size_t size)
{
	size_t found = look_at(name);

	if (found != size || memcmp(seen, want, size))
		fail("%s is '%.40s', %zu bytes, and not what was set", name, seen, found);
}

void check_bounds(const struct prctl_mm_map *want)
{
	struct prctl_mm_map now;
	unsigned int i;

	read_map(&now);
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		__u64 is = ((__u64 *)&now)[i], wanted = ((__u64 *)want)[i];

		if (is != wanted)
			fail("%s was set to 0x%llx and is 0x%llx", option_name(fields[i]),
			     (unsigned long long)wanted, (unsigned long long)is);
	}
}

void check_auxv(const void *want, size_t size)
{
	static char vector[1024];
	int all;

	if (look_at("/proc/self/auxv") < size || memcmp(seen, want, size))
		fail("/proc/self/auxv is not the vector that was set");
	all = syscall(__NR_prctl, PR_GET_AUXV, vector, sizeof(vector), 0, 0);
	if (all < 0 && errno == EINVAL)
		return;
	if (all < (int)size || memcmp(vector, want, size))
		fail("PR_GET_AUXV does not return the vector that was set");
}

void check_exe(int fd)
{
	char link[PATH_MAX] = "", want[PATH_MAX] = "", name[32];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	if (readlink(name, want, sizeof(want) - 1) < 0 ||
	    readlink("/proc/self/exe", link, sizeof(link) - 1) < 0)
		fail("cannot read a link in /proc/self: %s", answer(-errno));
	if (strcmp(link, want))
		fail("/proc/self/exe is %.100s and not %.100s", link, want);
}
