// SPDX-License-Identifier: GPL-2.0
/* Calls in children, and their answers. */
#include "../option_name.h"
#include "probe.h"

/* Not an errno: what a child exits with that could not make its call. */
#define NO_ANSWER	255

const char *const clauses[OPTIONS] = {
	"G4", "A1", "A1", "A2", "A2", "A3", "B1", "B1", "A4", "A4", "A4", "A4",
	"X1", "E1", "M2", "M1", "G4",
};

static const char *answer(int result)
{
	static char text[32];

	switch (result) {
	case 0: return "accepted";
	case -EINVAL: return "EINVAL";
	case -EFAULT: return "EFAULT";
	case -EPERM: return "EPERM";
	case -EACCES: return "EACCES";
	case -EBUSY: return "EBUSY";
	case -EBADF: return "EBADF";
	}
	snprintf(text, sizeof(text), "errno %d", -result);
	return text;
}

pid_t main_pid;

noreturn void end_without_answer(void)
{
	_exit(getpid() == main_pid ? 1 : NO_ANSWER);
}

pid_t start_child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("cannot fork");
	return pid;
}

int wait_for_child(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) != pid) {
		if (errno != EINTR)
			fail("cannot wait for a child");
	}
	if (!WIFEXITED(status))
		return -EOWNERDEAD;
	if (WEXITSTATUS(status) == NO_ANSWER)
		end_without_answer();
	return -WEXITSTATUS(status);
}

void say(const char *clause, unsigned int option, const char *what, int result)
{
	const char *name = option <= PR_SET_MM_MAP_SIZE ? option_name(option) : "16";

	printf("%s\t%s\t%s\t%s\n", clause, name, what, answer(result));
	if (ferror(stdout))
		fail("cannot write an answer");
}

void try(const char *clause, unsigned int option, const char *what,
	 unsigned long arg3, unsigned long arg4, unsigned long arg5)
{
	say(clause, option, what, IN_A_CHILD(set_mm4(option, arg3, arg4, arg5)));
}
