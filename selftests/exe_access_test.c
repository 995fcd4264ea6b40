// SPDX-License-Identifier: GPL-2.0
/* Which files may become the executable: their kind, their mode and their filesystem. */
#include "harness.h"
#include "exe_fixture.h"
#include <grp.h>
#include <sys/eventfd.h>
#include <sys/fsuid.h>
#include <sys/socket.h>

/* E2: what is no regular file */
TEST_F(exe, not_a_file)
{
	/* A small kernel may have no sockets. */
	int sock = socket(AF_UNIX, SOCK_STREAM, 0), pipes[2];

	ASSERT_EQ(0, pipe(pipes));
	ASSERT_GT(leave_exe(), 0);
	EXPECT_REFUSED(EACCES, set_exe(open(self->dir, O_RDONLY | O_DIRECTORY)));
	EXPECT_REFUSED(EACCES, set_exe(pipes[0]));
	EXPECT_REFUSED(EACCES, set_exe(eventfd(0, 0)));
	if (sock >= 0)
		EXPECT_REFUSED(EACCES, set_exe(sock));
	EXPECT_REFUSED(EACCES, set_exe(open("/dev/null", O_RDONLY)));
	/* E7: none of these counts as the replacement */
	EXPECT_EQ(0, set_exe(self->fd_a));
}

/* E2: what the caller could not execute: for root, a file with no x at all */
TEST_F(exe, mode)
{
	ASSERT_GT(leave_exe(), 0);
	ASSERT_EQ(0, chmod(self->a, 0644));
	EXPECT_REFUSED(EACCES, set_exe(self->fd_a));
	EXPECT_EQ(0, try_writing(self->a));

	/* Without root's way round modes, the owner needs an x of their own. */
	ASSERT_EQ(0, only_caps(CAP_BIT(CAP_SYS_RESOURCE)));
	ASSERT_EQ(0, chmod(self->a, 0011));
	EXPECT_REFUSED(EACCES, set_exe(self->fd_a));
	ASSERT_EQ(0, chmod(self->a, 0100));
	EXPECT_EQ(0, set_exe(self->fd_a));
	EXPECT_STREQ(self->a, exe_link());
}

/*
 * In a child, become this user and group, for files alone, without the ways round modes that
 * root has. Then try to replace the executable: 0 or the errno.
 */
static int replace_as(uid_t user, int fd)
{
	pid_t pid = start_child();

	if (!pid) {
		if (setgroups(0, NULL))
			_exit(200);
		setfsgid(user);
		setfsuid(user);
		/* They return the last one; -1 changes nothing. */
		if ((uid_t)setfsuid(-1) != user || (gid_t)setfsgid(-1) != user ||
		    only_caps(CAP_BIT(CAP_SYS_RESOURCE)))
			_exit(201);
		_exit(-set_exe(fd));
	}
	return WEXITSTATUS(wait_child(pid));
}

/* E2: the x that counts is the caller's own: any for root, that of others for others */
TEST_F(exe, mode_of_others)
{
	SKIP_IF(has_cap(CAP_SETUID) && has_cap(CAP_SETGID) ? NULL :
		"needs CAP_SETUID and CAP_SETGID");
	ASSERT_GT(leave_exe(), 0);
	ASSERT_EQ(0, chmod(self->a, 0700));
	EXPECT_EQ(0, replace_as(0, self->fd_a));
	EXPECT_EQ(EACCES, replace_as(1000, self->fd_a));
	ASSERT_EQ(0, chmod(self->a, 0701));
	EXPECT_EQ(0, replace_as(1000, self->fd_a));
	/* The owner has none. */
	ASSERT_EQ(0, chmod(self->a, 0601));
	EXPECT_EQ(EACCES, replace_as(0, self->fd_a));
	EXPECT_EQ(0, replace_as(1000, self->fd_a));
	ASSERT_EQ(0, chmod(self->a, 0011));
	EXPECT_EQ(0, set_exe(self->fd_a));
	EXPECT_STREQ(self->a, exe_link());
}

/* E2: a file on a noexec mount */
TEST_F(exe, noexec)
{
	char dir[128], file[160];

	REQUIRE(NEED_MOUNTS);
	snprintf(dir, sizeof(dir), "%s/noexec", self->dir);
	snprintf(file, sizeof(file), "%s/x", dir);
	ASSERT_EQ(0, mount_tmpfs(dir, MS_NOEXEC));
	ASSERT_GT(leave_exe(), 0);
	EXPECT_REFUSED(EACCES, set_exe(make_exe(file, 0755)));
	ASSERT_EQ(0, mount("none", dir, NULL, MS_REMOUNT, NULL));
	EXPECT_EQ(0, set_exe(open(file, O_RDONLY)));
	EXPECT_STREQ(file, exe_link());
	EXPECT_EQ(0, umount2(dir, MNT_DETACH));
}

/* E2: a file of a filesystem that is noexec on every mount of it */
TEST_F(exe, noexec_filesystem)
{
	char dir[128], file[160];
	int fd;

	REQUIRE(NEED_MOUNTS);
	/* The mode of such a file belongs to its network namespace. */
	if (unshare(CLONE_NEWNET))
		SKIP(return, "no network namespace can be made");
	snprintf(dir, sizeof(dir), "%s/proc", self->dir);
	snprintf(file, sizeof(file), "%s/self/net/dev", dir);
	ASSERT_EQ(0, mkdir(dir, 0755));
	ASSERT_EQ(0, mount("none", dir, "proc", 0, NULL));
	ASSERT_GT(leave_exe(), 0);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	ASSERT_GE(fd, 0);
	EXPECT_EQ(0, fchmod(fd, 0755));
	EXPECT_REFUSED(EACCES, set_exe(fd));
	EXPECT_EQ(0, umount2(dir, MNT_DETACH));
	EXPECT_EQ(0, set_exe(self->fd_a));
}

/* A user namespace in which the user @inside is @outside: a descriptor of it, or -1. */
static int map_user(uid_t inside, uid_t outside)
{
	static const char *const maps[] = { "uid_map", "gid_map" };
	char name[64], map[64];
	pid_t pid = start_child();
	int fd = -1, i;

	if (!pid) {
		if (!unshare(CLONE_NEWUSER))
			raise(SIGSTOP);
		_exit(0);
	}
	if (!wait_child_stopped(pid)) {
		wait_child(pid);
		return -1;
	}
	snprintf(map, sizeof(map), "%u %u 1", inside, outside);
	for (i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "/proc/%d/%s", pid, maps[i]);
		if (write_file(name, map))
			break;
	}
	if (i == 2) {
		snprintf(name, sizeof(name), "/proc/%d/ns/user", pid);
		fd = open(name, O_RDONLY | O_CLOEXEC);
	}
	signal_child(pid, SIGKILL);
	wait_child(pid);
	return fd;
}

/*
 * A mount of @dir, on no mount point, with the files of @inside belonging to @outside: the
 * descriptor of its root, or -1. <sys/mount.h> and <linux/mount.h> exclude each other.
 */
static int idmapped_mount(const char *dir, uid_t inside, uid_t outside)
{
	enum { CLONE = 1, IDMAP = 0x100000 };	/* OPEN_TREE_, MOUNT_ATTR_ */
	struct { __u64 set, clear, propagation, userns; } attr = { .set = IDMAP };
	int root = syscall(__NR_open_tree, AT_FDCWD, dir, CLONE | O_CLOEXEC);
	int namespace = map_user(inside, outside), result;

	attr.userns = namespace;
	result = syscall(__NR_mount_setattr, root, "", AT_EMPTY_PATH, &attr, sizeof(attr));
	close(namespace);
	if (!result)
		return root;
	close(root);
	return -1;
}

/* E2: on an idmapped mount, the owner that the mount shows may execute the file */
TEST_F(exe, idmapped_mount)
{
	const uid_t owner = 1000, shown = 2000;
	char dir[128], file[160];
	int root, fd;

	REQUIRE(NEED_MOUNTS | NEED_USER_NAMESPACE);
	snprintf(dir, sizeof(dir), "%s/mount", self->dir);
	snprintf(file, sizeof(file), "%s/x", dir);
	ASSERT_EQ(0, mount_tmpfs(dir, 0));
	close(make_exe(file, 0700));
	ASSERT_EQ(0, chown(file, owner, owner));
	root = idmapped_mount(dir, owner, shown);
	if (root < 0) {
		umount2(dir, MNT_DETACH);
		SKIP(return, "this kernel has no idmapped mounts of tmpfs");
	}
	ASSERT_GT(leave_exe(), 0);
	fd = openat(root, "x", O_RDONLY | O_CLOEXEC);
	ASSERT_GE(fd, 0);
	EXPECT_EQ(EACCES, replace_as(owner, fd));
	EXPECT_EQ(0, replace_as(shown, fd));
	/* Not so where it is not idmapped. */
	fd = open(file, O_RDONLY | O_CLOEXEC);
	EXPECT_EQ(0, replace_as(owner, fd));
	EXPECT_EQ(EACCES, replace_as(shown, fd));
	EXPECT_EQ(0, umount2(dir, MNT_DETACH));
}

/* E9 E2: whether the kernel could run what is in the file is not asked */
TEST_F(exe, script)
{
	char name[128];
	int fd;

	snprintf(name, sizeof(name), "%s/script", self->dir);
	fd = make_file(name, 0755);
	ASSERT_EQ(10, write(fd, "#!/bin/sh\n", 10));
	close(fd);
	ASSERT_GT(leave_exe(), 0);
	EXPECT_EQ(0, set_exe(open(name, O_RDONLY)));
	EXPECT_STREQ(name, exe_link());
}

int main(int argc, char **argv)
{
	begin_tests(argv, 0, why_no_series);
	return test_harness_run(argc, argv);
}
