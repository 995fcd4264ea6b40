// SPDX-License-Identifier: GPL-2.0
/* The tracepoint for replaced executables: which files it names, and how. */
#define _FILE_OFFSET_BITS 64
#include "harness.h"
#include "event_fixture.h"
#include "overlay.h"

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

/* W1: a file that was moved out of the folder that is mounted has no path; the event says so */
TEST_F(event, moved_out_of_mount)
{
	char top[128], name[3][160];
	int fd;

	REQUIRE(NEED_MOUNTS | NEED_E3);
	snprintf(top, sizeof(top), "%s/top", self->w.dir);
	ASSERT_EQ(0, mount_tmpfs(top, 0));
	snprintf(name[0], sizeof(name[0]), "%s/bound", top);
	ASSERT_EQ(0, mkdir(name[0], 0755));
	snprintf(name[1], sizeof(name[1]), "%s/dir", top);
	ASSERT_EQ(0, mkdir(name[1], 0755));
	ASSERT_EQ(0, mount(name[1], name[0], NULL, MS_BIND, NULL));
	snprintf(name[1], sizeof(name[1]), "%s/dir/inner", top);
	ASSERT_EQ(0, mkdir(name[1], 0755));
	snprintf(name[2], sizeof(name[2]), "%s/bound/inner/sh", top);
	fd = make_exe(name[2], 0755);
	ASSERT_GE(fd, 0);
	EXPECT_EVENT(set_exe(fd), -EBUSY, "old-exe-mapped", room.program, name[2], fd);
	snprintf(name[0], sizeof(name[0]), "%s/outside", top);
	ASSERT_EQ(0, rename(name[1], name[0]));
	EXPECT_EVENT(set_exe(fd), -EBUSY, "old-exe-mapped", room.program,
		     "(unreachable)/", fd);
	EXPECT_EQ(0, umount2(top, MNT_DETACH));
}

/*
 * W1: device numbers whose minor has more than 8 bits. A filesystem without a device has the
 * lowest minor that is free, so hundreds of them are mounted.
 */
TEST_F(event, large_device)
{
	char top[128], dir[160], file[192];
	unsigned int count;
	struct stat st;
	int fd;

	REQUIRE(NEED_MOUNTS | NEED_RULES);
	snprintf(top, sizeof(top), "%s/top", self->w.dir);
	ASSERT_EQ(0, mount_tmpfs(top, 0));
	snprintf(dir, sizeof(dir), "%s/many", top);
	ASSERT_EQ(0, mount_tmpfs(dir, 0));
	ASSERT_EQ(0, stat(dir, &st));
	/* One upon the other, so that they all go with the first one. */
	for (count = 0; minor(st.st_dev) < 256 && count < 256; count++) {
		ASSERT_EQ(0, mount("none", dir, "tmpfs", 0, NULL));
		ASSERT_EQ(0, stat(dir, &st));
	}
	EXPECT_LE(256, minor(st.st_dev));
	snprintf(file, sizeof(file), "%s/file", dir);
	fd = make_exe(file, 0755);
	ASSERT_GE(fd, 0);
	ASSERT_GT(leave_exe(), 0);
	EXPECT_EVENT(set_exe(fd), 0, "none", room.program, file, fd);
	EXPECT_EVENT(set_exe(self->w.fd), -EBUSY, "already-replaced", file, self->w.file,
		     self->w.fd);
	EXPECT_EQ(0, umount2(top, MNT_DETACH));
}

/* W1: the program as the new file. It lies on a device that has a major, if there is a disk. */
TEST_F(event, same_file)
{
	int fd = open(room.program, O_RDONLY | O_CLOEXEC);

	ASSERT_GE(fd, 0);
	ASSERT_GT(leave_exe(), 0);
	EXPECT_EVENT(set_exe(fd), 0, "none", room.program, room.program, fd);
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

int main(int argc, char **argv)
{
	/* A copy of this program replaces its executable by that file. */
	if (argc == 4 && !strcmp(argv[1], "--as"))
		return leave_exe() <= 0 || set_exe(open(argv[3], O_RDONLY | O_CLOEXEC));
	begin_tests(argv, USES_EVENTS, why_no_series);
	return test_harness_run(argc, argv);
}
