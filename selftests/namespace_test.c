// SPDX-License-Identifier: GPL-2.0
/*
 * What root of another user namespace may do. After execve(2) in it, the memory map of the
 * process belongs to that namespace as well: a kernel that asks for a capability there, and
 * not in the initial user namespace, finds it.
 */
#include "harness.h"
#include "policy.h"

/* What this program exits with when it runs in the namespace, besides 0 and errnos. */
#define NO_NAMESPACE	200	/* there is none, or this user cannot be root of it */
#define NO_CAPABILITY	201	/* it has no capabilities there */
#define NOT_REFUSED	202	/* the sub-option is this much less */

#define DEPTHS	3

/* Become root of a user namespace, which is @depth below the present one. */
static bool enter_namespaces(int depth)
{
	while (depth--) {
		/* One without its group can make no other below it. */
		if (unshare(CLONE_NEWUSER) || write_file("/proc/self/uid_map", "0 0 1") ||
		    write_file("/proc/self/setgroups", "deny") ||
		    write_file("/proc/self/gid_map", "0 0 1"))
			return false;
	}
	return true;
}

/* Run this program there, which does what main() says of the word: its exit status. */
static int run_in_namespace(int depth, const char *word, int fd)
{
	char number[16];
	int status;
	pid_t pid = start_child();

	if (!pid) {
		snprintf(number, sizeof(number), "%d", fd);
		if (!enter_namespaces(depth))
			_exit(NO_NAMESPACE);
		execl("/proc/self/exe", "namespace_test", "--as", word, number, NULL);
		_exit(NO_NAMESPACE);
	}
	status = wait_child(pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Make each call that needs CAP_SYS_RESOURCE in the initial user namespace. */
static int make_calls(void)
{
	struct mm_state before, after;
	struct prctl_mm_map map;
	unsigned int i, size;

	if (!has_cap(CAP_SYS_RESOURCE))
		return NO_CAPABILITY;
	read_state(&before);
	for (i = 0; i <= PR_SET_MM_MAP_SIZE + 1; i++) {
		if (i == PR_SET_MM_MAP || i == PR_SET_MM_MAP_SIZE)
			continue;
		if (set_mm(i, good_arg3(i)) != -EPERM)
			return NOT_REFUSED + i;
	}
	read_state(&after);
	if (!same_state(&before, &after))
		return 100;
	/* These do not need it, and the capability for an executable counts here. */
	read_map(&map);
	if (set_mm(PR_SET_MM_MAP_SIZE, (unsigned long)&size) || set_mm_map(&map))
		return 101;
	map.exe_fd = INT_MAX;
	return set_mm_map(&map) == -EBADF ? 0 : 102;
}

/* Write each level that could be left again; @fd was opened in the initial user namespace. */
static int write_levels(int fd)
{
	static const char *const levels[] = { "0", "1", "2" };
	unsigned int i;

	if (!has_cap(CAP_SYS_ADMIN))
		return NO_CAPABILITY;
	for (i = 0; i < ARRAY_SIZE(levels); i++) {
		if (write_file(POLICY, levels[i]) != -EPERM)
			return NOT_REFUSED + i;
		if (write(fd, levels[i], 1) >= 0 || errno != EPERM)
			return NOT_REFUSED + 10 + i;
	}
	return 0;
}

/* G3 G7 M3: root of another user namespace, after execve(2) in it */
TEST(capability)
{
	int depth, got;

	REQUIRE(NEED_USER_NAMESPACE);
	for (depth = 1; depth <= DEPTHS; depth++) {
		got = run_in_namespace(depth, "caller", -1);
		if (got == NO_NAMESPACE)
			SKIP(return, "no user namespace with a root");
		EXPECT_EQ(0, got) {
			TH_LOG("%d below", depth);
		}
	}
}

/* P1: nor may such a root write the level, if it is root outside as well and owns the file */
TEST(level)
{
	int depth, got, fd;

	REQUIRE(NEED_LEVELS | NEED_USER_NAMESPACE);
	fd = open(POLICY, O_WRONLY);
	ASSERT_GE(fd, 0);
	for (depth = 1; depth <= DEPTHS; depth++) {
		got = run_in_namespace(depth, "writer", fd);
		if (got == NO_NAMESPACE)
			SKIP(return, "no user namespace with a root");
		EXPECT_EQ(0, got) {
			TH_LOG("%d below", depth);
		}
		EXPECT_EQ(1, get_policy());
		EXPECT_EQ(0, set_policy(1));
	}
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "--as"))
		return !strcmp(argv[2], "caller") ? make_calls() : write_levels(atoi(argv[3]));
	begin_tests(argv, CHANGES_LEVEL, why_no_series);
	return test_harness_run(argc, argv);
}
