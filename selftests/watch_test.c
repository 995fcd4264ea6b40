// SPDX-License-Identifier: GPL-2.0
/* The tracepoint for replaced executables, and ExeReplaced: in /proc/PID/status. */
#define _FILE_OFFSET_BITS 64
#include "harness.h"
#include "watch.h"
#include "audit.h"
#include "leave_exe.h"
#include "overlay.h"
#include "policy.h"
#include "short_memory.h"
#include "slabinfo.h"

/* The event of a call for the file of the fixture, by the test's own executable. */
#define EXPECT_FILE_EVENT(call, result, reason)					\
	EXPECT_EVENT(call, result, reason, room.program, self->w.file, self->w.fd)

FIXTURE(event) {
	struct watch w;
	struct prctl_mm_map map;	/* one that is in order, with that file */
};

FIXTURE_SETUP(event)
{
	unsigned int i;

	REQUIRE(NEED_PRIVILEGE | NEED_FILES | NEED_EVENTS);
	ASSERT_TRUE(watch_begin(&self->w));
	/* Other tests leave some, more than one read has room for. */
	for (i = 0; i < 100 && strcmp(read_any_event(false), "none"); i++)
		;
	ASSERT_STREQ("none", read_any_event(false));
	read_map(&self->map);
	self->map.exe_fd = self->w.fd;
}

FIXTURE_TEARDOWN(event)
{
	EXPECT_EQ(0, watch_end(&self->w));
}

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

/* W1: paths are from the root of the mount namespace, whatever the caller's is */
TEST_F(event, chroot)
{
	int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ASSERT_GT(leave_exe(), 0);
	ASSERT_EQ(0, chroot(self->w.dir));
	EXPECT_FILE_EVENT(set_exe(self->w.fd), 0, "none");
	ASSERT_EQ(0, fchdir(root));
	ASSERT_EQ(0, chroot("."));
}

/* W1: on overlayfs the event has the numbers that stat(2) shows */
TEST_F(event, on_overlayfs)
{
	char dir[112], copy[160], new[2][160], lower[160];
	struct overlay overlay;
	struct stat old_st, st;
	int i, j;

	REQUIRE(NEED_MOUNTS);
	for (i = 0; i < 2; i++) {
		snprintf(dir, sizeof(dir), "%s/%d", self->w.dir, i);
		ASSERT_EQ(0, mkdir(dir, 0755));
		ASSERT_TRUE(make_overlay(&overlay, dir, i));
		snprintf(copy, sizeof(copy), "%s/copy", overlay.lower);
		ASSERT_TRUE(copy_file("/proc/self/exe", copy));
		snprintf(lower, sizeof(lower), "%s/lower", overlay.lower);
		close(make_exe(lower, 0755));
		if (!mount_overlay(&overlay))
			SKIP(return, "no overlayfs");
		snprintf(copy, sizeof(copy), "%s/copy", overlay.merged);
		snprintf(new[0], sizeof(new[0]), "%s/lower", overlay.merged);
		snprintf(new[1], sizeof(new[1]), "%s/upper", overlay.merged);
		close(make_exe(new[1], 0755));
		ASSERT_EQ(0, stat(copy, &old_st));
		for (j = 0; j < 2; j++) {
			ASSERT_EQ(0, stat(new[j], &st));
			EXPECT_EQ(0, run_copy(copy, "replace", new[j]));
			EXPECT_STREQ(event_files(copy, &old_st, new[j], &st, 0, "none"),
				     behind_comm(read_any_event(false)));
		}
		unmount_overlay(&overlay);
	}
}

/* W1: a file that is bind-mounted over another one has its path, but its own inode */
TEST_F(event, other_file_of_that_name)
{
	struct stat st;
	int got;

	REQUIRE(NEED_USER_NAMESPACE);
	ASSERT_GT(leave_exe(), 0);
	got = replace_by_namesake(&self->w, &st);
	if (got == NO_NAMESPACE)
		SKIP(return, "users may make no user namespace");
	ASSERT_EQ(0, got);
	EXPECT_STREQ(event_files(room.program, present_exe(), self->w.file, &st, 0, "none"),
		     behind_comm(read_any_event(false)));
}

/* Shared between the test and the two processes below. */
struct sharing {
	pid_t pid;		/* the child's */
	int result, replaced;	/* what it got, and what its parent sees then */
	bool linked;		/* the parent's link shows the new file */
};

static struct sharing *sharing;
static int shared_fd;

static int replace_for_parent(void *arg)
{
	sharing->pid = getpid();
	sharing->result = set_exe_by_map(shared_fd);
	return 0;
}

/* Start a child that shares this memory map, in a new user namespace. */
static int share_and_look(const char *name)
{
	static char stack[1 << 16];
	pid_t pid;

	pid = clone_on(replace_for_parent, stack, sizeof(stack),
		       CLONE_VM | CLONE_NEWUSER | SIGCHLD, NULL);
	if (pid < 0)
		return NO_NAMESPACE;
	wait_child(own_child(pid));
	sharing->replaced = exe_replaced();
	sharing->linked = exe_is(name);
	return 0;
}

/* W1 W3 M3 E8: event and status show a child that replaces the link of its parent */
TEST_F(event, shared_with_user_namespace)
{
	char want[32];
	int status;
	pid_t pid;

	REQUIRE(NEED_USER_NAMESPACE | NEED_INITIAL_PIDS);
	sharing = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, sharing);
	shared_fd = self->w.fd;
	ASSERT_GT(leave_exe(), 0);
	pid = start_child();
	if (!pid) {
		/* This user has no capability to replace anything. */
		if (become_user() || has_cap(CAP_SYS_ADMIN) || has_cap(CAP_CHECKPOINT_RESTORE))
			_exit(1);
		_exit(share_and_look(self->w.file));
	}
	status = wait_child(pid);
	if (status == NO_NAMESPACE << 8)
		SKIP(return, "users may make no user namespace");
	ASSERT_EQ(0, status);
	EXPECT_EQ(0, sharing->result);
	EXPECT_EQ(1, sharing->replaced);
	EXPECT_TRUE(sharing->linked);
	snprintf(want, sizeof(want), "pid=%d ", sharing->pid);
	EXPECT_EQ(0, strncmp(want, read_any_event(false), strlen(want)));
}

/* W1: on a mount that is detached any path can be made; the event says so */
TEST_F(event, detached_mount)
{
	char dir[128], file[160];
	int fd;

	REQUIRE(NEED_MOUNTS | NEED_E3);
	snprintf(dir, sizeof(dir), "%s/mount", self->w.dir);
	snprintf(file, sizeof(file), "%s/sh", dir);
	ASSERT_EQ(0, mkdir(dir, 0755));
	ASSERT_EQ(0, mount("none", dir, "tmpfs", 0, NULL));
	fd = make_exe(file, 0755);
	ASSERT_GE(fd, 0);
	ASSERT_EQ(0, umount2(dir, MNT_DETACH));
	EXPECT_EVENT(set_exe(fd), -EBUSY, "old-exe-mapped", room.program, "(unreachable)/sh", fd);
}

/* W1 E9: a file with no name left */
TEST_F(event, deleted)
{
	char name[160];

	snprintf(name, sizeof(name), "%s (deleted)", self->w.file);
	ASSERT_GT(leave_exe(), 0);
	ASSERT_EQ(0, unlink(self->w.file));
	EXPECT_EVENT(set_exe(self->w.fd), 0, "none", room.program, name, self->w.fd);
}

/* W1 E9: a file that never had one */
TEST_F(event, memfd)
{
	int fd = syscall(__NR_memfd_create, "program", 0);

	ASSERT_GT(leave_exe(), 0);
	EXPECT_EVENT(set_exe(fd), 0, "none", room.program, "/memfd:program (deleted)", fd);
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

/* Undo the kernel's escapes in place. */
static void unescape(char *text)
{
	static const char letters[] = "nrtvfae\\\"", bytes[] = "\n\r\t\v\f\a\x1b\\\"";
	char *to = text, *at;
	unsigned int byte;
	int used;

	while (*text) {
		at = text[0] == '\\' && text[1] ? strchr(letters, text[1]) : NULL;
		if (at) {
			*to++ = bytes[at - letters];
			text += 2;
		} else if (sscanf(text, "\\x%2x%n", &byte, &used) == 1 ||
			   sscanf(text, "\\%3o%n", &byte, &used) == 1) {
			*to++ = byte;
			text += used;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
}

/* Cut the event in place at the quotes that are not escaped: 3 names, 4 other parts. */
static int split(char *event, char *part[7])
{
	int count = 1;

	for (part[0] = event; *event; event++) {
		if (*event == '\\' && event[1]) {
			event++;
		} else if (*event == '"') {
			*event = '\0';
			if (count == 7)
				return -1;
			part[count++] = event + 1;
		}
	}
	return count;
}

/* W1: names forge neither a line nor a field, and come out whole */
TEST_F(event, hostile)
{
	char name[256], *part[7], text[4096], want[128];
	struct stat st;
	int fd, i;

	REQUIRE(NEED_RULES);
	snprintf(name, sizeof(name), "%s/%s", self->w.dir, HOSTILE_NAME);
	fd = make_exe(name, 0755);
	ASSERT_EQ(0, fstat(fd, &st));
	ASSERT_GT(leave_exe(), 0);
	ASSERT_EQ(0, prctl(PR_SET_NAME, HOSTILE_COMM));
	EXPECT_EQ(0, set_exe(fd));
	EXPECT_EQ(-EBUSY, set_exe(fd));
	EXPECT_STREQ("several", last_event());
	EXPECT_EQ(-EBUSY, set_exe(fd));
	snprintf(text, sizeof(text), "%s", last_event());
	ASSERT_EQ(7, split(text, part)) {
		TH_LOG("%s", text);
	}
	/* A terminal need not agree about what is printable above ASCII. */
	for (i = 0; i < 7; i++)
		ASSERT_TRUE(is_ascii(part[i]));
	unescape(part[1]);
	unescape(part[3]);
	unescape(part[5]);
	EXPECT_STREQ(HOSTILE_COMM, part[1]);
	EXPECT_STREQ(" old=", part[2]);
	EXPECT_STREQ(kernel_path(name), part[3]);
	snprintf(want, sizeof(want), " old_dev=%u:%u old_ino=%llu new=", major(st.st_dev),
		 minor(st.st_dev), (unsigned long long)st.st_ino);
	EXPECT_STREQ(want, part[4]);
	EXPECT_STREQ(kernel_path(name), part[5]);
	snprintf(want, sizeof(want),
		 " new_dev=%u:%u new_ino=%llu result=%d reason=already-replaced",
		 major(st.st_dev), minor(st.st_dev), (unsigned long long)st.st_ino, -EBUSY);
	EXPECT_STREQ(want, part[6]);
}

/* W1: a long path is there as a whole, twice in one event */
TEST_F(event, long_path)
{
	char name[PATH_MAX];
	int fd;

	REQUIRE(NEED_RULES);
	fd = make_deep(&self->w, 'x', name, 1700);
	ASSERT_GE(fd, 0);
	ASSERT_GT(leave_exe(), 0);
	EXPECT_EVENT(set_exe(fd), 0, "none", room.program, name, fd);
	EXPECT_EVENT(set_exe(fd), -EBUSY, "already-replaced", name, name, fd);
}

/* W1: one too long for an event is said to be, and nothing else changes */
TEST_F(event, too_long)
{
	char name[PATH_MAX], link[PATH_MAX] = "";
	int fd;

	REQUIRE(NEED_RULES);
	ASSERT_GT(leave_exe(), 0);
	/* Too long as it is, and too long when it is escaped. */
	fd = make_deep(&self->w, 'x', name, 3000);
	EXPECT_EVENT(set_mm4(PR_SET_MM_EXE_FILE, fd, 1, 0), -EINVAL, "unused-argument",
		     room.program, "<too_long>", fd);
	fd = make_deep(&self->w, '\1', name, 800);
	EXPECT_EVENT(set_exe(fd), 0, "none", room.program, "<too_long>", fd);
	EXPECT_EQ(strlen(name), readlink("/proc/self/exe", link, sizeof(link) - 1));
	EXPECT_STREQ(name, link);
	EXPECT_EVENT(set_exe(self->w.fd), -EBUSY, "already-replaced", "<too_long>", self->w.file,
		     self->w.fd);
}

/* W1: nor does one matter that is longer than a path may be, and has to be built */
TEST_F(event, above_path_max)
{
	char mount_point[128], step[NAME_MAX + 1] = "";
	int fd;

	REQUIRE(NEED_MOUNTS | NEED_E3);
	snprintf(mount_point, sizeof(mount_point), "%s/mount", self->w.dir);
	ASSERT_EQ(0, mkdir(mount_point, 0755));
	ASSERT_EQ(0, mount("none", mount_point, "tmpfs", 0, NULL));
	ASSERT_EQ(0, chdir(mount_point));
	memset(step, 'x', NAME_MAX);
	for (size_t length = 0; length < PATH_MAX; length += sizeof(step)) {
		ASSERT_EQ(0, mkdir(step, 0755));
		ASSERT_EQ(0, chdir(step));
	}
	fd = make_exe("file", 0755);
	EXPECT_EVENT(set_exe(fd), -EBUSY, "old-exe-mapped", room.program, "<too_long>", fd);
	/* So deep that nftw(3) would not find the way. */
	ASSERT_EQ(0, chdir("/"));
	EXPECT_EQ(0, umount2(mount_point, MNT_DETACH));
}

FIXTURE(status) {
	struct watch w;
};

FIXTURE_SETUP(status)
{
	REQUIRE(NEED_PRIVILEGE | NEED_FILES);
	ASSERT_TRUE(watch_begin(&self->w));
}

FIXTURE_TEARDOWN(status)
{
	EXPECT_EQ(0, watch_end(&self->w));
}

/* The same of a child, after it has run this program anew, if it has to. */
static int replaced_in_child(bool exec)
{
	int status;
	pid_t pid = start_child();

	if (!pid) {
		if (exec)
			execl(room.program, room.program, "--replaced", NULL);
		_exit(exe_replaced() & 0xff);
	}
	status = wait_child(pid);
	return WIFEXITED(status) ? (signed char)WEXITSTATUS(status) : -1;
}

/* W3 G7: 0 from the start, and after what was refused; 1 once it is replaced */
TEST_F(status, replaced)
{
	REQUIRE(NEED_RULES);
	EXPECT_EQ(0, exe_replaced());
	EXPECT_EQ(-EBUSY, set_exe(self->w.fd));
	EXPECT_EQ(-EBADF, set_exe(-1));
	EXPECT_EQ(0, exe_replaced());
	ASSERT_GT(leave_exe(), 0);
	EXPECT_EQ(0, exe_replaced());
	EXPECT_EQ(0, set_exe(self->w.fd));
	EXPECT_EQ(1, exe_replaced());
	EXPECT_EQ(-EBUSY, set_exe(self->w.fd));
	EXPECT_EQ(1, exe_replaced());
}

/* W3: by PR_SET_MM_MAP too, and by the file that it was already */
TEST_F(status, by_map)
{
	int old = open(room.program, O_RDONLY | O_CLOEXEC);
	struct prctl_mm_map map;

	read_map(&map);
	ASSERT_GT(leave_exe(), 0);
	EXPECT_EQ(0, set_mm_map(&map));
	EXPECT_EQ(0, exe_replaced());
	EXPECT_EQ(0, set_exe_by_map(old));
	EXPECT_EQ(1, exe_replaced());
}

/* W3 E8: a fork has the link and the line; execve ends both */
TEST_F(status, fork_and_execve)
{
	EXPECT_EQ(0, replaced_in_child(false));
	ASSERT_GT(leave_exe(), 0);
	ASSERT_EQ(0, set_exe(self->w.fd));
	EXPECT_EQ(1, replaced_in_child(false));
	EXPECT_EQ(0, replaced_in_child(true));
	EXPECT_EQ(1, exe_replaced());
}

/* W3: what a child does is not in the line of its parent */
TEST_F(status, child)
{
	pid_t pid;

	ASSERT_GT(leave_exe(), 0);
	pid = start_child();
	if (!pid)
		_exit(set_exe(self->w.fd) || exe_replaced() != 1);
	EXPECT_EQ(0, wait_child(pid));
	EXPECT_EQ(0, exe_replaced());
}

static void *look_in_thread(void *fd)
{
	if (fd && set_exe(*(int *)fd))
		return NULL;
	return (void *)(long)exe_replaced_in("/proc/thread-self/status");
}

/* W3 E8: threads share it */
TEST_F(status, threads)
{
	pthread_t thread;
	void *seen;

	ASSERT_GT(leave_exe(), 0);
	ASSERT_EQ(0, pthread_create(&thread, NULL, look_in_thread, &self->w.fd));
	ASSERT_EQ(0, pthread_join(thread, &seen));
	EXPECT_EQ(1, (long)seen);
	EXPECT_EQ(1, exe_replaced());
	ASSERT_EQ(0, pthread_create(&thread, NULL, look_in_thread, NULL));
	ASSERT_EQ(0, pthread_join(thread, &seen));
	EXPECT_EQ(1, (long)seen);
}

/* W3 E8: a child of vfork shares it */
TEST_F(status, vfork)
{
	ASSERT_GT(leave_exe(), 0);
	EXPECT_EQ(0, wait_child(vfork_and_run(replace_link, &self->w.fd)));
	EXPECT_EQ(1, exe_replaced());
}

/* W3: a task without an executable has no such line */
TEST_F(status, no_executable)
{
	char name[32];
	pid_t pid;

	/* A kernel thread; another PID namespace shows none. */
	if (room.initial_pids)
		EXPECT_EQ(-1, exe_replaced_in("/proc/2/status"));

	pid = start_child();
	if (!pid)
		_exit(0);
	ASSERT_TRUE(wait_child_zombie(pid));
	snprintf(name, sizeof(name), "/proc/%d/status", pid);
	EXPECT_EQ(-1, exe_replaced_in(name));
	EXPECT_EQ(0, wait_child(pid));
}

/* W3: a name does not forge the line */
TEST_F(status, hostile_name)
{
	ASSERT_EQ(0, prctl(PR_SET_NAME, "x\nExeReplaced:\t"));
	EXPECT_EQ(0, exe_replaced());
	ASSERT_GT(leave_exe(), 0);
	ASSERT_EQ(0, set_exe(self->w.fd));
	EXPECT_EQ(1, exe_replaced());
}

/* W1: a report keeps no memory */
TEST_F(event, memory)
{
	long before = objects_of("kmalloc-");
	unsigned int i;

	SKIP_IF(before < 0 ? "no " SLABINFO " (CONFIG_SLUB_DEBUG)" : NULL);
	for (i = 0; i < 1000; i++)
		ASSERT_EQ(-EBUSY, set_exe(self->w.fd));
	EXPECT_GT(before + 500, objects_of("kmalloc-"));
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--replaced"))
		return exe_replaced() & 0xff;
	/* A copy of this program replaces its executable by that file. */
	if (argc == 4 && !strcmp(argv[1], "--as"))
		return leave_exe() <= 0 || set_exe(open(argv[3], O_RDONLY | O_CLOEXEC));
	begin_tests(argv, USES_EVENTS | CHANGES_FAILSLAB | CHANGES_LEVEL, why_no_series);
	return test_harness_run(argc, argv);
}
