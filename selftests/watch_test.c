// SPDX-License-Identifier: GPL-2.0
/* The tracepoint for replaced executables: when it fires, result, reason and process. */
#define _FILE_OFFSET_BITS 64
#include "harness.h"
#include "event_fixture.h"
#include "audit.h"
#include "policy.h"
#include "short_memory.h"
#include "slabinfo.h"

/* W1 E6: one that succeeds */
TEST_F(event, success)
{
	ASSERT_GT(leave_exe(), 0);
	EXPECT_FILE_EVENT(set_exe(self->w.fd), 0, "none");
}

/* W1 G2: an unused argument */
TEST_F(event, unused_argument)
{
	EXPECT_FILE_EVENT(set_mm4(PR_SET_MM_EXE_FILE, self->w.fd, 1, 0), -EINVAL,
			  "unused-argument");
	EXPECT_FILE_EVENT(set_mm4(PR_SET_MM_EXE_FILE, self->w.fd, 0, 1), -EINVAL,
			  "unused-argument");
}

/* W1 G3: no capability */
TEST_F(event, no_capability)
{
	ASSERT_GT(leave_exe(), 0);
	ASSERT_EQ(0, only_caps(~CAP_BIT(CAP_SYS_RESOURCE)));
	EXPECT_FILE_EVENT(set_exe(self->w.fd), -EPERM, "no-capability");
}

/* W1 E1: no descriptor */
TEST_F(event, no_descriptor)
{
	int path = open(self->w.file, O_PATH | O_CLOEXEC), closed = dup(path);

	close(closed);
	EXPECT_EVENT(set_exe(closed), -EBADF, "not-open", room.program, "<none>", -1);
	EXPECT_EVENT(set_exe(-1), -EBADF, "not-open", room.program, "<none>", -1);
	EXPECT_EVENT(set_exe(path), -EBADF, "not-open", room.program, "<none>", -1);
}

/* W1 E2: what may not be executed */
TEST_F(event, not_executable)
{
	int dir = open(self->w.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	EXPECT_EVENT(set_exe(dir), -EACCES, "not-executable", room.program, self->w.dir, dir);
	ASSERT_EQ(0, chmod(self->w.file, 0644));
	EXPECT_FILE_EVENT(set_exe(self->w.fd), -EACCES, "not-executable");
}

/* W1 E3: the old executable is mapped */
TEST_F(event, old_one_mapped)
{
	REQUIRE(NEED_E3);
	EXPECT_FILE_EVENT(set_exe(self->w.fd), -EBUSY, "old-exe-mapped");
}

/* W1 E4: the second one, of which the first one is the old */
TEST_F(event, second)
{
	char other[128];
	int fd = make_exe_in(self->w.dir, "other", other);

	REQUIRE(NEED_RULES);
	ASSERT_GT(leave_exe(), 0);
	EXPECT_FILE_EVENT(set_exe(self->w.fd), 0, "none");
	EXPECT_EVENT(set_exe(fd), -EBUSY, "already-replaced", self->w.file, other, fd);
	EXPECT_EVENT(set_exe_by_map(fd), -EBUSY, "already-replaced", self->w.file, other, fd);
}

/* W1 E3 E4: wrong for both reasons, the event has the one that comes first */
TEST_F(event, second_mapped)
{
	char other[128];
	int fd = make_exe_in(self->w.dir, "other", other);
	void *page;

	REQUIRE(NEED_RULES);
	ASSERT_GT(leave_exe(), 0);
	EXPECT_FILE_EVENT(set_exe(self->w.fd), 0, "none");
	page = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, self->w.fd, 0);
	ASSERT_NE(MAP_FAILED, page);
	EXPECT_EVENT(set_exe(fd), -EBUSY, "old-exe-mapped", self->w.file, other, fd);
	EXPECT_EVENT(set_exe_by_map(fd), -EBUSY, "old-exe-mapped", self->w.file, other, fd);
	ASSERT_EQ(0, munmap(page, PAGE));
	EXPECT_EVENT(set_exe(fd), -EBUSY, "already-replaced", self->w.file, other, fd);
}

/* W1 M5: a map that level 2 refuses */
TEST_F(event, wrong_mapping)
{
	REQUIRE(NEED_LEVELS);
	ASSERT_GT(leave_exe(), 0);
	EXPECT_EQ(0, set_policy(2));
	/* It is read-only. */
	self->map.start_stack = (unsigned long)"";
	EXPECT_FILE_EVENT(set_mm_map(&self->map), -EINVAL, "wrong-mapping");
	self->map.start_stack = end_of_addresses() / 2;
	EXPECT_FILE_EVENT(set_mm_map(&self->map), -EFAULT, "wrong-mapping");
	EXPECT_EQ(0, set_policy(1));
	EXPECT_FILE_EVENT(set_mm_map(&self->map), 0, "none");
}

/* W1 E5: a file that is open for writing */
TEST_F(event, writer)
{
	int writer = open(self->w.file, O_WRONLY | O_CLOEXEC);

	ASSERT_GE(writer, 0);
	ASSERT_GT(leave_exe(), 0);
	EXPECT_FILE_EVENT(set_exe(self->w.fd), -EACCES, "open-for-writing");
	EXPECT_FILE_EVENT(set_exe_by_map(self->w.fd), -EACCES, "open-for-writing");
}

/* W1 E6 M3: PR_SET_MM_MAP, with the capability that it wants */
TEST_F(event, map)
{
	ASSERT_GT(leave_exe(), 0);
	ASSERT_EQ(0, only_caps(CAP_BIT(CAP_CHECKPOINT_RESTORE)));
	EXPECT_FILE_EVENT(set_mm_map(&self->map), 0, "none");
}

/* The errors of PR_SET_MM_MAP, in the order in which the kernel checks for them. */
enum {
	UNUSED_ARGUMENT, WRONG_SIZE, NO_STRUCT, BAD_BOUNDS, VECTOR_MISSING, VECTOR_TOO_LONG,
	VECTOR_UNREADABLE, NO_CAPABILITY, NOT_OPEN, NOT_EXECUTABLE
};

/* The result and the reason in the event; without a reason there is no event. */
static const struct {
	int result;
	const char *reason;
} map_errors[] = {
	[UNUSED_ARGUMENT]	= { -EINVAL, NULL },
	[WRONG_SIZE]		= { -EINVAL, NULL },
	[NO_STRUCT]		= { -EFAULT, NULL },
	[BAD_BOUNDS]		= { -EINVAL, "bad-bounds" },
	[VECTOR_MISSING]	= { -EINVAL, "vector-missing" },
	[VECTOR_TOO_LONG]	= { -EINVAL, "vector-too-long" },
	[VECTOR_UNREADABLE]	= { -EFAULT, "vector-unreadable" },
	[NO_CAPABILITY]		= { -EPERM, "no-capability" },
	[NOT_OPEN]		= { -EBADF, "not-open" },
	[NOT_EXECUTABLE]	= { -EACCES, "not-executable" },
};

/* Call PR_SET_MM_MAP with a valid @map and the errors in @wrong, one bit for each. */
static int set_wrong_map(struct prctl_mm_map map, unsigned int wrong)
{
	struct wide_map wide;
	const void *at;
	int result;

	if (wrong & 1 << BAD_BOUNDS)
		map.arg_start = map.arg_end + 1;
	if (wrong & 1 << VECTOR_UNREADABLE) {
		map.auxv = (void *)1;
		map.auxv_size = 64;
	}
	if (wrong & 1 << VECTOR_TOO_LONG) {
		map.auxv = (void *)&map;
		map.auxv_size = 1 << 16;
	}
	if (wrong & 1 << VECTOR_MISSING) {
		map.auxv = NULL;
		map.auxv_size = 64;
	}
	if (wrong & 1 << NO_CAPABILITY)
		only_caps(0);
	at = wrong & 1 << NO_STRUCT ? (void *)1 : as_kernel_reads(&map, &wide);
	result = set_mm4(PR_SET_MM_MAP, (unsigned long)at,
			 sizeof(map) + !!(wrong & 1 << WRONG_SIZE),
			 !!(wrong & 1 << UNUSED_ARGUMENT));
	only_caps(~0ULL);
	return result;
}

/* Of the errors in @wrong the kernel finds @i. */
#define EXPECT_MAP_ERROR(i, wrong) do {						\
	unsigned int i__ = (i), wrong__ = (wrong);				\
	const char *name__ = self->w.file;					\
	int fd__ = self->w.fd;							\
										\
	if (wrong__ & 1 << NOT_EXECUTABLE) {					\
		name__ = self->w.dir;						\
		fd__ = dir;							\
	}									\
	self->map.exe_fd = fd__;						\
	if (wrong__ & 1 << NOT_OPEN) {						\
		name__ = "<none>";						\
		fd__ = -1;							\
		self->map.exe_fd = 1000000;					\
	}									\
	if (map_errors[i__].reason) {						\
		EXPECT_EVENT(set_wrong_map(self->map, wrong__), map_errors[i__].result,	\
			     map_errors[i__].reason, room.program, name__, fd__);	\
	} else {								\
		EXPECT_EQ(map_errors[i__].result, set_wrong_map(self->map, wrong__));	\
		EXPECT_STREQ("none", last_event());				\
	}									\
} while (0)

/* W1 M2 M3 G6 X1 X2 E1 E2 E3 E5: all errors of PR_SET_MM_MAP, and their order */
TEST_F(event, map_errors)
{
	int dir = open(self->w.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int writer = open(self->w.file, O_WRONLY | O_CLOEXEC);
	unsigned int i;

	REQUIRE(NEED_E3);
	ASSERT_GE(dir, 0);
	ASSERT_GE(writer, 0);
	/* With all later errors: the old executable is mapped, too, and there is a writer. */
	for (i = 0; i < ARRAY_SIZE(map_errors); i++)
		EXPECT_MAP_ERROR(i, (~0U << i) & ((1 << ARRAY_SIZE(map_errors)) - 1));
	self->map.exe_fd = self->w.fd;
	EXPECT_FILE_EVENT(set_mm_map(&self->map), -EBUSY, "old-exe-mapped");
	ASSERT_GT(leave_exe(), 0);
	EXPECT_FILE_EVENT(set_mm_map(&self->map), -EACCES, "open-for-writing");
	close(writer);
	/* One error at a time. */
	for (i = 0; i < ARRAY_SIZE(map_errors); i++)
		EXPECT_MAP_ERROR(i, 1 << i);
	self->map.exe_fd = self->w.fd;
	EXPECT_FILE_EVENT(set_mm_map(&self->map), 0, "none");
}

/* W1 X5: no event if there is no memory to read the struct, which names the file */
TEST_F(event, map_no_memory)
{
	unsigned int nth = 0, refused = 0;
	bool failed = true;
	const char *event;
	int result;

	REQUIRE(NEED_FAILURES | NEED_E3);
	ASSERT_EQ(0, allow_failures());
	while (failed) {
		result = WITH_SHORT_MEMORY(++nth, failed, set_mm_map(&self->map));
		event = last_event();
		if (result == -ENOMEM) {
			refused++;
			EXPECT_STREQ("none", event);
		} else {
			EXPECT_EQ(-EBUSY, result);
			EXPECT_NE(NULL, strstr(event, " reason=old-exe-mapped"));
		}
	}
	EXPECT_EQ(1, refused);
}

/* W1 M1 M2: what asks for no other executable is no attempt */
TEST_F(event, no_attempt)
{
	unsigned long auxv[2] = { };
	unsigned int size;

	self->map.exe_fd = -1;
	EXPECT_EQ(0, set_mm_map(&self->map));
	self->map.arg_start = self->map.arg_end + 1;
	EXPECT_EQ(-EINVAL, set_mm_map(&self->map));
	EXPECT_EQ(0, set_mm(PR_SET_MM_MAP_SIZE, (unsigned long)&size));
	EXPECT_EQ(0, set_mm4(PR_SET_MM_AUXV, (unsigned long)auxv, sizeof(auxv), 0));
	EXPECT_EQ(-EINVAL, set_mm(1000, self->w.fd));
	EXPECT_STREQ("none", last_event());
}

static void *set_exe_in_thread(void *fd)
{
	prctl(PR_SET_NAME, "thread");
	return (void *)(long)set_exe(*(int *)fd);
}

/* W1: a thread has its own name, and the PID of its process */
TEST_F(event, thread)
{
	const struct stat old = *present_exe();
	pthread_t thread;
	void *result;

	ASSERT_GT(leave_exe(), 0);
	ASSERT_EQ(0, pthread_create(&thread, NULL, set_exe_in_thread, &self->w.fd));
	ASSERT_EQ(0, pthread_join(thread, &result));
	EXPECT_EQ(NULL, result);
	prctl(PR_SET_NAME, "thread");
	EXPECT_STREQ(event_text(room.program, &old, self->w.file, self->w.fd, 0, "none"),
		     last_event());
}

/* W1: in a PID namespace of its own, it is the PID in the initial one that counts */
TEST_F(event, pid_namespace)
{
	int here = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	char want[32];
	pid_t pid;

	REQUIRE(NEED_INITIAL_PIDS);
	SKIP_IF(has_cap(CAP_SYS_ADMIN) ? NULL : "needs CAP_SYS_ADMIN for a PID namespace");
	ASSERT_GT(leave_exe(), 0);
	ASSERT_EQ(0, unshare(CLONE_NEWPID));
	pid = start_child();
	if (!pid)
		_exit(getpid() != 1 || set_exe(self->w.fd));
	/* With its first process gone, there would be no others in it. */
	ASSERT_EQ(0, setns(here, CLONE_NEWPID));
	EXPECT_EQ(0, wait_child(pid));
	snprintf(want, sizeof(want), "pid=%d ", pid);
	EXPECT_EQ(0, strncmp(want, read_any_event(false), strlen(want)));
}

/* W1: short of memory the event lacks a name; the call's result is what it was */
TEST_F(event, no_memory)
{
	unsigned int nth = 0, lacking = 0;
	bool failed = true;
	const char *event;
	char want[32];

	REQUIRE(NEED_FAILURES | NEED_E3);
	ASSERT_EQ(0, allow_failures());
	snprintf(want, sizeof(want), "pid=%d comm=", getpid());
	while (failed) {
		EXPECT_EQ(-EBUSY, WITH_SHORT_MEMORY(++nth, failed, set_exe(self->w.fd)));
		event = last_event();
		EXPECT_EQ(0, strncmp(without_pid(want), event, strlen(without_pid(want))));
		EXPECT_NE(NULL, strstr(event, " result=-16 reason=old-exe-mapped"));
		if (strstr(event, "\"<no_memory>\""))
			lacking++;
	}
	/* Each allocation of it is for a name, but for those of an audit record. */
	EXPECT_GE(nth - 1, lacking);
	if (!may_be_audited())
		EXPECT_EQ(nth - 1, lacking);
	/* Of two of them the path is needed first. */
	EXPECT_EQ(7, lacking);
}

/* W1 E6 E7: a report lets go of its files: what they lie on can be unmounted */
TEST_F(event, let_go)
{
	char dir[128], file[160];
	int fd;
	pid_t pid;

	REQUIRE(NEED_RULES | NEED_MOUNTS);
	snprintf(dir, sizeof(dir), "%s/mount", self->w.dir);
	ASSERT_EQ(0, mkdir(dir, 0755));
	ASSERT_EQ(0, mount("none", dir, "tmpfs", 0, NULL));
	snprintf(file, sizeof(file), "%s/file", dir);
	fd = make_exe(file, 0755);
	ASSERT_GT(leave_exe(), 0);
	pid = start_child();
	if (!pid)
		_exit(set_exe(fd) || set_exe(fd) != -EBUSY || set_exe(-1) != -EBADF ||
		      set_exe_by_map(-2) != -EBADF);
	close(fd);
	EXPECT_EQ(0, wait_child(pid));
	EXPECT_EQ(0, umount2(dir, 0));
}

/* W1: a report keeps no memory */
TEST_F(event, memory)
{
	long before = objects_of("kmalloc-");
	unsigned int i;

	SKIP_IF(why_no_objects());
	for (i = 0; i < 1000; i++)
		ASSERT_EQ(-EBUSY, set_exe(self->w.fd));
	EXPECT_GT(before + 500, objects_of("kmalloc-"));
}

int main(int argc, char **argv)
{
	begin_tests(argv, USES_EVENTS | CHANGES_FAILSLAB | CHANGES_LEVEL, why_no_series);
	return test_harness_run(argc, argv);
}
