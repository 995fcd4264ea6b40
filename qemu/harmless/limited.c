// SPDX-License-Identifier: GPL-2.0-only
/*
 * limited [-c CAPABILITY]... [-n PROCESSES] [-u UID] COMMAND...: run COMMAND
 * without these capabilities, which nothing brings back (they are numbers), with
 * this RLIMIT_NPROC and as this user. busybox has no program that can.
 */
#define _GNU_SOURCE
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static int fail(const char *what)
{
	perror(what);
	return 2;
}

int main(int argc, char **argv)
{
	struct rlimit limit;
	int option;
	uid_t uid;

	while ((option = getopt(argc, argv, "+c:n:u:")) != -1) {
		switch (option) {
		case 'c':
			/* What execve(2) gives to root is within the bounding set. */
			if (prctl(PR_CAPBSET_DROP, atol(optarg), 0, 0, 0))
				return fail("PR_CAPBSET_DROP");
			break;
		case 'n':
			limit.rlim_cur = atol(optarg);
			limit.rlim_max = limit.rlim_cur;
			if (setrlimit(RLIMIT_NPROC, &limit))
				return fail("RLIMIT_NPROC");
			break;
		case 'u':
			uid = atol(optarg);
			if (setgroups(0, NULL) || setresgid(uid, uid, uid) ||
			    setresuid(uid, uid, uid))
				return fail("setresuid");
			break;
		default:
			return 2;
		}
	}
	if (optind == argc)
		return 2;
	execvp(argv[optind], argv + optind);
	return fail(argv[optind]);
}
