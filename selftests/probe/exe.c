// SPDX-License-Identifier: GPL-2.0
/* PR_SET_MM_EXE_FILE: the files it takes, and how often. */
#include "probe.h"

/* Set it, after the old one was left and @before was set, if it is not -1. */
static int switch_to(int before, unsigned long fd)
{
	int error;

	leave_own_exe();
	if (before >= 0) {
		error = set_mm(PR_SET_MM_EXE_FILE, before);
		if (error)
			return error;
	}
	return set_mm(PR_SET_MM_EXE_FILE, fd);
}

static int switch_after_fork(int before, int fd)
{
	int error = switch_to(-1, before);

	return error ?: IN_A_CHILD(set_mm(PR_SET_MM_EXE_FILE, fd));
}

void probe_executables(void)
{
	int a = open_exe("a", 0755), b = open_exe("b", 0755);
	int plain = open_exe("c", 0644), old = open("/proc/self/exe", O_RDONLY);
	int device = open("/dev/null", O_RDONLY), writer, pipes[2];
	struct { unsigned long fd; const char *clause, *what; } bad[] = {
		{ ~0UL, "E1", "-1" }, { 1000, "E1", "closed" },
		{ open_own("a", O_PATH), "E1", "O_PATH" },
		{ open_own(".", O_RDONLY), "E2", "directory" },
		{ device, "E2", "device" },
		{ plain, "E2", "mode 0644" },
		{ pipe(pipes) ? -1 : pipes[0], "E2", "pipe" },
	};
	unsigned int i;

	for (i = 1; i < ARRAY_SIZE(bad); i++) {
		if ((int)bad[i].fd < 0)
			fail("cannot make what is to be refused: %s", bad[i].what);
	}
	if (old < 0)
		fail("cannot open /proc/self/exe");

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		try(bad[i].clause, PR_SET_MM_EXE_FILE, bad[i].what, bad[i].fd, 0, 0);
		say(bad[i].clause, PR_SET_MM_EXE_FILE, bad[i].what,
		    IN_A_CHILD(switch_to(-1, bad[i].fd)));
	}
	try("E3", PR_SET_MM_EXE_FILE, "old one mapped", a, 0, 0);
	say("E6", PR_SET_MM_EXE_FILE, "first time", IN_A_CHILD(switch_to(-1, a)));
	say("E4", PR_SET_MM_EXE_FILE, "second time", IN_A_CHILD(switch_to(a, b)));
	say("E4", PR_SET_MM_EXE_FILE, "second time, same file", IN_A_CHILD(switch_to(a, a)));
	say("E4", PR_SET_MM_EXE_FILE, "back to the first", IN_A_CHILD(switch_to(a, old)));
	say("E8", PR_SET_MM_EXE_FILE, "second time, in a fork",
	    IN_A_CHILD(switch_after_fork(a, b)));
	writer = open_own("b", O_WRONLY);
	say("E5", PR_SET_MM_EXE_FILE, "open for writing", IN_A_CHILD(switch_to(-1, b)));
	close(writer);
	if (unlinkat(own_files, "b", 0))
		fail("cannot delete a file");
	say("E9", PR_SET_MM_EXE_FILE, "deleted", IN_A_CHILD(switch_to(-1, b)));
	say("E9", PR_SET_MM_EXE_FILE, "memfd",
	    IN_A_CHILD(switch_to(-1, make_memfd("x"))));
}
