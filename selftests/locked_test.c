// SPDX-License-Identifier: GPL-2.0
/*
 * Level 3 of kernel.prctl_set_mm, which no kernel gets out of: not among the
 * tests that are run by themselves, and behind all others where it is run.
 */
#include "harness.h"
#include "audit.h"
#include "policy.h"
#include "leave_exe.h"
#include "watch.h"

FIXTURE(locked) {
	int fd;
};

FIXTURE_SETUP(locked)
{
	int error = set_policy(3);

	SKIP_IF(why_no_level(error));
	ASSERT_EQ(0, error);
	self->fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(locked)
{
}

/* L3 P1: it cannot be left, and staying is not leaving */
TEST_F(locked, final)
{
	int i;

	for (i = 0; i < 3; i++) {
		EXPECT_EQ(-EPERM, set_policy(i));
		EXPECT_EQ(3, get_policy());
	}
	EXPECT_EQ(-EINVAL, set_policy(4));
	EXPECT_EQ(0, set_policy(3));
	EXPECT_EQ(3, get_policy());
}

/* L3 G7: every sub-option is refused, and changes nothing */
TEST_F(locked, every_option)
{
	struct prctl_mm_map map;
	unsigned int i;

	for (i = 0; i <= PR_SET_MM_MAP_SIZE + 1; i++) {
		if (i == PR_SET_MM_MAP)
			continue;
		EXPECT_REFUSED(EPERM, set_mm(i, good_arg3(i)));
	}
	read_map(&map);
	EXPECT_REFUSED(EPERM, set_mm_map(&map));
	map.exe_fd = self->fd;
	EXPECT_REFUSED(EPERM, set_mm_map(&map));
}

/*
 * L3 M1: nor is the size told, with or without a capability: "criu check" is content with
 * an answer, and would then lose what it dumps.
 */
TEST_F(locked, map_size)
{
	unsigned int size = 1;

	EXPECT_REFUSED(EPERM, set_mm(PR_SET_MM_MAP_SIZE, (unsigned long)&size));
	EXPECT_EQ(1, size);
	EXPECT_REFUSED(EPERM, set_mm(PR_SET_MM_MAP_SIZE, 0));
	EXPECT_REFUSED(EINVAL, set_mm4(PR_SET_MM_MAP_SIZE, (unsigned long)&size, 0, 1));
	ASSERT_EQ(0, only_caps(0));
	EXPECT_REFUSED(EPERM, set_mm(PR_SET_MM_MAP_SIZE, (unsigned long)&size));
}

/* L3 G2 M2: unused arguments, and a map that cannot be read, come before it */
TEST_F(locked, order)
{
	struct prctl_mm_map map = { };

	EXPECT_REFUSED(EINVAL, set_mm4(PR_SET_MM_START_CODE, 0, 1, 0));
	EXPECT_REFUSED(EINVAL, set_mm4(PR_SET_MM_MAP, (unsigned long)&map, 1, 0));
	EXPECT_REFUSED(EFAULT, set_mm4(PR_SET_MM_MAP, 0, sizeof(map), 0));
	/* It comes before G4, G5, G6, E1. */
	EXPECT_REFUSED(EPERM, set_mm(1000, 0));
	EXPECT_REFUSED(EPERM, set_mm(PR_SET_MM_START_CODE, 0));
	EXPECT_REFUSED(EPERM, set_mm_map(&map));
	EXPECT_REFUSED(EPERM, set_mm(PR_SET_MM_EXE_FILE, -1));
}

/* L3 E8: nor can a child of fork(2), or what execve(2) has begun */
TEST_F(locked, children)
{
	pid_t pid = start_child();

	if (!pid)
		_exit(leave_exe() > 0 ? -set_mm(PR_SET_MM_EXE_FILE, self->fd) : 0);
	EXPECT_EQ(EPERM << 8, wait_child(pid));
}

/* L3 G3 M3 W1: attempts are reported; the capability is checked first */
TEST_F(locked, event)
{
	struct watch w;

	REQUIRE(NEED_FILES | NEED_EVENTS);
	ASSERT_TRUE(watch_begin(&w));
	read_event();
	EXPECT_EVENT(set_exe(w.fd), -EPERM, "locked", room.program, w.file, w.fd);
	EXPECT_EVENT(set_exe_by_map(w.fd), -EPERM, "locked", room.program, w.file, w.fd);
	ASSERT_EQ(0, only_caps(0));
	EXPECT_EVENT(set_exe(w.fd), -EPERM, "no-capability", room.program, w.file, w.fd);
	EXPECT_EVENT(set_exe_by_map(w.fd), -EPERM, "no-capability", room.program, w.file, w.fd);
	EXPECT_EQ(0, watch_end(&w));
}

/* The next audit record of this process. */
#define EXPECT_LOCKED_RECORD(sock, files) do {					\
	const char *record__ = read_record(sock, getpid());			\
										\
	EXPECT_STREQ("locked", audit_field(record__, "reason"));		\
	EXPECT_STREQ("0", audit_field(record__, "res"));			\
	EXPECT_STREQ(files, audit_field(record__, "items"));			\
} while (0)

/* L3 G3 M3 W2: attempts are audited, but for those of callers without the capability */
TEST_F(locked, record)
{
	int sock, found;

	REQUIRE(NEED_AUDIT | NEED_INITIAL_PIDS);
	sock = join_audit();
	found = get_auditing();
	ASSERT_GE(found, 0);
	if (!found)
		ASSERT_EQ(0, set_auditing(1));
	ASSERT_EQ(-EPERM, set_exe(self->fd));
	EXPECT_LOCKED_RECORD(sock, "2");
	ASSERT_EQ(-EPERM, set_exe_by_map(self->fd));
	EXPECT_LOCKED_RECORD(sock, "2");
	ASSERT_EQ(0, only_caps(0));
	ASSERT_EQ(-EPERM, set_exe(self->fd));
	ASSERT_EQ(-EPERM, set_exe_by_map(self->fd));
	ASSERT_EQ(0, only_caps(~0ULL));
	/* It has only the old file. */
	ASSERT_EQ(-EPERM, set_exe(-1));
	EXPECT_LOCKED_RECORD(sock, "1");
	if (!found)
		EXPECT_EQ(0, set_auditing(0));
}

static const char *why_not_locked(void)
{
	const char *why = why_no_series_at_any_level();

	if (!why)
		why = why_no_sysctl();
	if (!why && yes_or_no("PR_SET_MM_LOCK") != 1 && get_policy() != 3)
		why = "it locks PR_SET_MM until reboot; PR_SET_MM_LOCK=1 lets it";
	return why;
}

int main(int argc, char **argv)
{
	begin_tests(argv, USES_EVENTS | CHANGES_AUDITING, why_not_locked);
	return test_harness_run(argc, argv);
}
