// SPDX-License-Identifier: GPL-2.0
/* What the kernel tells of replaced executables: the tracepoint, audit, status. */
#define _FILE_OFFSET_BITS 64
#include "harness.h"
#include "watch.h"
#include "audit.h"
#include "leave_exe.h"
#include "short_memory.h"

/* The call has this result, and the event says so: of old file, new file and clause. */
#define EXPECT_EVENT(call, result, clause, old, new, fd) do {			\
	int result__ = (result);						\
										\
	EXPECT_EQ(result__, (call));						\
	EXPECT_STREQ(event_text(old, new, fd, result__, clause),		\
		     last_event());					\
} while (0)

/* ... of a call for the file of the fixture, by the test's own executable. */
#define EXPECT_FILE_EVENT(call, result, clause)					\
	EXPECT_EVENT(call, result, clause, room.program, self->w.file, self->w.fd)

FIXTURE(event) {
	struct watch w;
	struct prctl_mm_map map;	/* one that is in order, with that file */
};

FIXTURE_SETUP(event)
{
	REQUIRE(NEED_PRIVILEGE | NEED_FILES | NEED_EVENTS);
	ASSERT_TRUE(watch_begin(&self->w));
	/* A test that was killed may have left some. */
	read_any_event(false);
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
	EXPECT_FILE_EVENT(set_exe(self->w.fd), 0, "-");
}

/* W1 G2: an unused argument */
TEST_F(event, unused_argument)
{
	EXPECT_FILE_EVENT(set_mm4(PR_SET_MM_EXE_FILE, self->w.fd, 1, 0), -EINVAL, "G2");
	EXPECT_FILE_EVENT(set_mm4(PR_SET_MM_EXE_FILE, self->w.fd, 0, 1), -EINVAL, "G2");
}

/* W1 G3: no capability */
TEST_F(event, no_capability)
{
	ASSERT_GT(leave_exe(), 0);
	ASSERT_EQ(0, only_caps(~CAP_BIT(CAP_SYS_RESOURCE)));
	EXPECT_FILE_EVENT(set_exe(self->w.fd), -EPERM, "G3");
}

/* W1 E1: no descriptor */
TEST_F(event, no_descriptor)
{
	int path = open(self->w.file, O_PATH | O_CLOEXEC), closed = dup(path);

	close(closed);
	EXPECT_EVENT(set_exe(closed), -EBADF, "E1", room.program, "<none>", -1);
	EXPECT_EVENT(set_exe(-1), -EBADF, "E1", room.program, "<none>", -1);
	EXPECT_EVENT(set_exe(path), -EBADF, "E1", room.program, "<none>", -1);
}

/* W1 E2: what may not be executed */
TEST_F(event, not_executable)
{
	int dir = open(self->w.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	EXPECT_EVENT(set_exe(dir), -EACCES, "E2", room.program, self->w.dir, dir);
	ASSERT_EQ(0, chmod(self->w.file, 0644));
	EXPECT_FILE_EVENT(set_exe(self->w.fd), -EACCES, "E2");
}

/* W1 E3: the old executable is mapped */
TEST_F(event, old_one_mapped)
{
	REQUIRE(NEED_E3);
	EXPECT_FILE_EVENT(set_exe(self->w.fd), -EBUSY, "E3");
}

/* W1 E4: the second one, of which the first one is the old */
TEST_F(event, second)
{
	char other[128];
	int fd = make_exe_in(self->w.dir, "other", other);

	REQUIRE(NEED_RULES);
	ASSERT_GT(leave_exe(), 0);
	EXPECT_FILE_EVENT(set_exe(self->w.fd), 0, "-");
	EXPECT_EVENT(set_exe(fd), -EBUSY, "E4", self->w.file, other, fd);
	EXPECT_EVENT(set_exe_by_map(fd), -EBUSY, "E4", self->w.file, other, fd);
}

/* W1 E5: a file that is open for writing */
TEST_F(event, writer)
{
	int writer = open(self->w.file, O_WRONLY | O_CLOEXEC);

	ASSERT_GE(writer, 0);
	ASSERT_GT(leave_exe(), 0);
	EXPECT_FILE_EVENT(set_exe(self->w.fd), -EACCES, "E5");
	EXPECT_FILE_EVENT(set_exe_by_map(self->w.fd), -EACCES, "E5");
}

/* W1 E6 M3: PR_SET_MM_MAP, with the capability that it wants */
TEST_F(event, map)
{
	ASSERT_GT(leave_exe(), 0);
	ASSERT_EQ(0, only_caps(CAP_BIT(CAP_CHECKPOINT_RESTORE)));
	EXPECT_FILE_EVENT(set_mm_map(&self->map), 0, "-");
}

/* W1 M3: ... and without */
TEST_F(event, map_no_capability)
{
	ASSERT_GT(leave_exe(), 0);
	ASSERT_EQ(0, only_caps(0));
	EXPECT_FILE_EVENT(set_mm_map(&self->map), -EPERM, "M3");
}

/* W1 G6: a map that is not in order */
TEST_F(event, map_bounds)
{
	ASSERT_GT(leave_exe(), 0);
	self->map.arg_start = self->map.arg_end + 1;
	EXPECT_FILE_EVENT(set_mm_map(&self->map), -EINVAL, "G6");
}

/* W1 X1 X2 M2: a vector too large, one that cannot be read, one that is not there */
TEST_F(event, map_vector)
{
	ASSERT_GT(leave_exe(), 0);
	self->map.auxv = (void *)&self->map;
	self->map.auxv_size = 1 << 16;
	EXPECT_FILE_EVENT(set_mm_map(&self->map), -EINVAL, "X1");
	self->map.auxv = (void *)1;
	self->map.auxv_size = 64;
	EXPECT_FILE_EVENT(set_mm_map(&self->map), -EFAULT, "X2");
	self->map.auxv = NULL;
	EXPECT_FILE_EVENT(set_mm_map(&self->map), -EINVAL, "M2");
}

/* W1 E1 E2 E3: what PR_SET_MM_EXE_FILE would refuse as well */
TEST_F(event, map_file)
{
	int dir = open(self->w.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	REQUIRE(NEED_E3);
	EXPECT_EVENT(set_exe_by_map(1000000), -EBADF, "E1", room.program, "<none>", -1);
	EXPECT_EVENT(set_exe_by_map(dir), -EACCES, "E2", room.program, self->w.dir, dir);
	EXPECT_FILE_EVENT(set_exe_by_map(self->w.fd), -EBUSY, "E3");
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
	pthread_t thread;
	void *result;

	ASSERT_GT(leave_exe(), 0);
	ASSERT_EQ(0, pthread_create(&thread, NULL, set_exe_in_thread, &self->w.fd));
	ASSERT_EQ(0, pthread_join(thread, &result));
	EXPECT_EQ(NULL, result);
	prctl(PR_SET_NAME, "thread");
	EXPECT_STREQ(event_text(room.program, self->w.file, self->w.fd, 0, "-"),
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
	EXPECT_FILE_EVENT(set_exe(self->w.fd), 0, "-");
	ASSERT_EQ(0, fchdir(root));
	ASSERT_EQ(0, chroot("."));
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
	EXPECT_EVENT(set_exe(fd), -EBUSY, "E3", room.program, "(unreachable)/sh", fd);
}

/* W1 E9: a file with no name left */
TEST_F(event, deleted)
{
	char name[160];

	snprintf(name, sizeof(name), "%s (deleted)", self->w.file);
	ASSERT_GT(leave_exe(), 0);
	ASSERT_EQ(0, unlink(self->w.file));
	EXPECT_EVENT(set_exe(self->w.fd), 0, "-", room.program, name, self->w.fd);
}

/* W1 E9: a file that never had one */
TEST_F(event, memfd)
{
	int fd = syscall(__NR_memfd_create, "program", 0);

	ASSERT_GT(leave_exe(), 0);
	EXPECT_EVENT(set_exe(fd), 0, "-", room.program, "/memfd:program (deleted)", fd);
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
		EXPECT_NE(NULL, strstr(event, " result=-16 clause=E3"));
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

/* W1 E6 E7: who tells of a file lets go of it: what it lies on can be unmounted */
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

/* Nothing but characters that every terminal prints? */
static bool is_ascii(const char *text)
{
	while (*text >= ' ' && *text < 0x7f)
		text++;
	return !*text;
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
	char name[256], *part[7], text[4096], tail[128];
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
	EXPECT_STREQ(" new=", part[4]);
	EXPECT_STREQ(kernel_path(name), part[5]);
	snprintf(tail, sizeof(tail), " dev=%u:%u ino=%llu result=%d clause=E4",
		 major(st.st_dev), minor(st.st_dev), (unsigned long long)st.st_ino, -EBUSY);
	EXPECT_STREQ(tail, part[6]);
}

/* A new file so deep that the kernel's path of it is that long, in steps of one character. */
static int make_deep(struct watch *w, char step, char *name, size_t length)
{
	size_t i = snprintf(name, PATH_MAX, "%s/", w->dir), used = 0;

	length -= strlen(room.root);
	for (; i < length; i++) {
		if (used++ < 200) {
			name[i] = step;
			continue;
		}
		name[i] = '\0';
		if (mkdir(name, 0755))
			return -1;
		name[i] = '/';
		used = 0;
	}
	name[i] = '\0';
	return make_exe(name, 0755);
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
	EXPECT_EVENT(set_exe(fd), 0, "-", room.program, name, fd);
	EXPECT_EVENT(set_exe(fd), -EBUSY, "E4", name, name, fd);
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
	EXPECT_EVENT(set_mm4(PR_SET_MM_EXE_FILE, fd, 1, 0), -EINVAL, "G2", room.program,
		     "<too_long>", fd);
	fd = make_deep(&self->w, '\1', name, 800);
	EXPECT_EVENT(set_exe(fd), 0, "-", room.program, "<too_long>", fd);
	EXPECT_EQ(strlen(name), readlink("/proc/self/exe", link, sizeof(link) - 1));
	EXPECT_STREQ(name, link);
	EXPECT_EVENT(set_exe(self->w.fd), -EBUSY, "E4", "<too_long>", self->w.file,
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
	EXPECT_EVENT(set_exe(fd), -EBUSY, "E3", room.program, "<too_long>", fd);
	/* So deep that nftw(3) would not find the way. */
	ASSERT_EQ(0, chdir("/"));
	EXPECT_EQ(0, umount2(mount_point, MNT_DETACH));
}

/* The type of the record, AUDIT_ANOM_EXE. */
#define ANOM_EXE	1704

/* A test that reads audit records. */
FIXTURE(audit) {
	struct watch w;
	int sock;
	int found;	/* was auditing on? */
};

FIXTURE_SETUP(audit)
{
	REQUIRE(NEED_PRIVILEGE | NEED_FILES | NEED_AUDIT | NEED_INITIAL_PIDS);
	ASSERT_TRUE(watch_begin(&self->w));
	self->sock = join_audit();
	ASSERT_GE(self->sock, 0);
	self->found = get_auditing();
	ASSERT_GE(self->found, 0);
	if (!self->found)
		ASSERT_EQ(0, set_auditing(1));
	ASSERT_GT(leave_exe(), 0);
}

FIXTURE_TEARDOWN(audit)
{
	only_caps(~0ULL);
	if (!self->found)
		EXPECT_EQ(0, set_auditing(0));
	EXPECT_EQ(0, watch_end(&self->w));
}

/* The next record of an attempt, or "none". */
static const char *read_record(int sock)
{
	return read_audit(sock, ANOM_EXE);
}

/* What is behind "NAME=" in the record, up to a blank. */
static const char *field(const char *record, const char *name)
{
	static char value[4][1 << 13];
	static unsigned int next;
	char label[32], *to = value[next++ % 4];
	const char *at;

	snprintf(label, sizeof(label), " %s=", name);
	at = strstr(record, label);
	if (!at || strstr(at + 1, label))
		return at ? "several" : "none";
	at += strlen(label);
	snprintf(to, sizeof(value[0]), "%.*s", (int)strcspn(at, "\n "), at);
	return to;
}

static const char *quoted(const char *text)
{
	static char to[PATH_MAX + 2];

	snprintf(to, sizeof(to), "\"%s\"", text);
	return to;
}

static const char *number(int value)
{
	static char to[16];

	snprintf(to, sizeof(to), "%d", value);
	return to;
}

/* W2: one that succeeds, and the second one, with who made it */
TEST_F(audit, success_and_refusal)
{
	const char *record;

	REQUIRE(NEED_RULES);
	ASSERT_EQ(0, set_exe(self->w.fd));
	record = read_record(self->sock);
	EXPECT_NE(NULL, strstr(record, "): op=replace_exe ")) {
		TH_LOG("%s", record);
	}
	EXPECT_STREQ(number(getpid()), field(record, "pid"));
	EXPECT_STREQ("0", field(record, "uid"));
	EXPECT_STREQ(quoted(comm()), field(record, "comm"));
	EXPECT_STREQ(quoted(kernel_path(room.program)), field(record, "old_exe"));
	EXPECT_STREQ(quoted(kernel_path(self->w.file)), field(record, "new_exe"));
	EXPECT_STREQ("-", field(record, "clause"));
	EXPECT_STREQ("1", field(record, "res"));

	ASSERT_EQ(-EBUSY, set_exe(self->w.fd));
	record = read_record(self->sock);
	EXPECT_STREQ(number(getpid()), field(record, "pid"));
	EXPECT_STREQ(quoted(kernel_path(self->w.file)), field(record, "old_exe"));
	EXPECT_STREQ(quoted(kernel_path(self->w.file)), field(record, "new_exe"));
	EXPECT_STREQ("E4", field(record, "clause"));
	EXPECT_STREQ("0", field(record, "res"));
}

/* W2 E1 G3 M3: refused before there was a look at the file */
TEST_F(audit, refused_early)
{
	const char *record;

	ASSERT_EQ(-EBADF, set_exe(-1));
	record = read_record(self->sock);
	EXPECT_STREQ(quoted(kernel_path(room.program)), field(record, "old_exe"));
	EXPECT_STREQ("E1", field(record, "clause"));
	EXPECT_STREQ("0", field(record, "res"));

	ASSERT_EQ(0, only_caps(0));
	ASSERT_EQ(-EPERM, set_exe(self->w.fd));
	EXPECT_STREQ("G3", field(read_record(self->sock), "clause"));
	ASSERT_EQ(-EPERM, set_exe_by_map(self->w.fd));
	record = read_record(self->sock);
	EXPECT_STREQ("M3", field(record, "clause"));
	EXPECT_STREQ(quoted(kernel_path(self->w.file)), field(record, "new_exe"));
}

/* W2: short of memory the record lacks a name, or is lost; the result is what it was */
TEST_F(audit, no_memory)
{
	unsigned int nth = 0, lacking = 0;
	bool failed = true;
	const char *record;

	REQUIRE(NEED_RULES | NEED_FAILURES);
	ASSERT_EQ(0, allow_failures());
	ASSERT_EQ(0, set_exe(self->w.fd));
	while (failed)
		EXPECT_EQ(-EBUSY, WITH_SHORT_MEMORY(++nth, failed, set_exe(self->w.fd)));
	/* The last one met no failure. */
	do {
		record = read_record(self->sock);
		ASSERT_STRNE("none", record);
		if (strstr(record, "_exe=\"<no_memory>\""))
			lacking++;
	} while (strcmp("E4", field(record, "clause")) || strstr(record, "<no_memory>"));
	EXPECT_EQ(4, lacking);
}

/* W2: with auditing off there is none; what comes next is of the attempt after it */
TEST_F(audit, off)
{
	REQUIRE(NEED_AUDIT_SWITCH);
	ASSERT_EQ(0, set_auditing(0));
	ASSERT_EQ(-EBADF, set_exe(-1));
	ASSERT_EQ(0, set_auditing(1));
	ASSERT_EQ(0, set_exe(self->w.fd));
	EXPECT_STREQ("-", field(read_record(self->sock), "clause"));
}

/* W2: nor is there one for what asks for no other executable */
TEST_F(audit, no_attempt)
{
	struct prctl_mm_map map;

	read_map(&map);
	ASSERT_EQ(0, set_mm_map(&map));
	ASSERT_EQ(0, set_exe(self->w.fd));
	EXPECT_STREQ("-", field(read_record(self->sock), "clause"));
}

static const char *hex(const char *text)
{
	static char to[2 * PATH_MAX];
	size_t i;

	for (i = 0; text[i]; i++)
		sprintf(to + 2 * i, "%02X", (unsigned char)text[i]);
	return to;
}

/* W2: a hostile path is written in hexadecimal digits */
TEST_F(audit, hostile)
{
	const char *record;
	char name[256];
	int fd;

	snprintf(name, sizeof(name), "%s/%s", self->w.dir, HOSTILE_NAME);
	fd = make_exe(name, 0755);
	ASSERT_EQ(0, prctl(PR_SET_NAME, HOSTILE_COMM));
	ASSERT_EQ(0, set_exe(fd));
	record = read_record(self->sock);
	EXPECT_STREQ(hex(kernel_path(name)), field(record, "new_exe"));
	EXPECT_STREQ("-", field(record, "clause"));
	EXPECT_TRUE(is_ascii(record));
}

/* W2: long ones are there as a whole, twice in one record and in these digits */
TEST_F(audit, long_path)
{
	char name[PATH_MAX];
	const char *record;
	int fd;

	REQUIRE(NEED_RULES);
	fd = make_deep(&self->w, '\1', name, 1790);
	ASSERT_EQ(0, set_exe(fd));
	EXPECT_STREQ(hex(kernel_path(name)), field(read_record(self->sock), "new_exe"));
	ASSERT_EQ(-EBUSY, set_exe(fd));
	record = read_record(self->sock);
	EXPECT_STREQ(hex(kernel_path(name)), field(record, "old_exe"));
	EXPECT_STREQ(hex(kernel_path(name)), field(record, "new_exe"));
	EXPECT_STREQ("E4", field(record, "clause"));
	EXPECT_STREQ("0", field(record, "res"));
}

/* W2: one too long for that is said to be */
TEST_F(audit, too_long)
{
	char name[PATH_MAX];
	const char *record;

	ASSERT_EQ(0, set_exe(make_deep(&self->w, 'x', name, 1793)));
	record = read_record(self->sock);
	EXPECT_STREQ("\"<too_long>\"", field(record, "new_exe"));
	EXPECT_STREQ("1", field(record, "res"));
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
	pid_t pid;

	ASSERT_GT(leave_exe(), 0);
	pid = vfork();
	if (!pid)
		_exit(syscall(__NR_prctl, PR_SET_MM, PR_SET_MM_EXE_FILE,
			      self->w.fd, 0, 0) != 0);
	EXPECT_EQ(0, wait_child(own_child(pid)));
	EXPECT_EQ(1, exe_replaced());
}

/* W3: who has no executable has no such line */
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

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--replaced"))
		return exe_replaced() & 0xff;
	begin_tests(argv, USES_EVENTS | CHANGES_AUDITING | CHANGES_FAILSLAB, why_no_series);
	return test_harness_run(argc, argv);
}
