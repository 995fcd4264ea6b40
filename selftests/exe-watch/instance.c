// SPDX-License-Identifier: GPL-2.0
/* The instance of tracefs that exe-watch --follow reads events from. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mntent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <linux/magic.h>

#include "../by_hand.h"
#include "../start_time.h"
#include "common.h"
#include "instance.h"

#define EVENT	"events/prctl/prctl_replace_exe"
#define PREFIX	"exe-watch-"

/* Is tracefs there, or has another mount covered it? */
static bool is_tracefs(const char *path)
{
	struct statfs fs;

	return !statfs(path, &fs) && fs.f_type == TRACEFS_MAGIC;
}

/* Where tracefs is mounted. */
static bool find_tracefs(char *path, size_t size)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *mount = NULL;

	while (mounts && (mount = getmntent(mounts)) &&
	       (strcmp(mount->mnt_type, "tracefs") || !is_tracefs(mount->mnt_dir)))
		;
	if (mount)
		snprintf(path, size, "%s", mount->mnt_dir);
	if (mounts)
		endmntent(mounts);
	return mount;
}

static void complain_of(const char *what)
{
	complain("%s: %s%s", what, strerror(errno),
		 errno == EACCES || errno == EPERM ? be_root() : "");
}

/*
 * If tracefs is not mounted, a mount that only this process has is enough. The folder
 * "tracing" of debugfs would do as well, but opening it mounts tracefs there, for all
 * processes.
 */
int open_tracing(void)
{
	char path[PATH_MAX] = "tracefs";
	int dir = -1, root;

	if (find_tracefs(path, sizeof(path))) {
		dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	} else {
		root = detached_mount("tracefs");
		if (root >= 0) {
			dir = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			close(root);
		} else if (errno == ENODEV) {
			complain("this kernel has no tracefs, so there are no events to follow");
			return -1;
		}
	}
	if (dir >= 0 && !faccessat(dir, EVENT, F_OK, 0))
		return dir;
	if (dir >= 0 && errno == ENOENT)
		complain("this kernel has no tracepoint prctl:prctl_replace_exe to follow");
	else
		complain_of(path);
	if (dir >= 0)
		close(dir);
	return -1;
}

static bool write_at(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) >= 0;

	if (!done)
		complain_of(name);
	if (fd >= 0)
		close(fd);
	return done;
}

/* Does this name of an instance say that its maker has ended? */
static bool maker_is_gone(const char *name)
{
	unsigned long long start, made;
	char again[64];
	int pid;

	if (sscanf(name, PREFIX "%d-%llu", &pid, &made) != 2 || pid <= 0)
		return false;
	/* A name that is written in another way is not from exe-watch. */
	snprintf(again, sizeof(again), PREFIX "%d-%llu", pid, made);
	if (strcmp(name, again))
		return false;
	return !read_start_time(pid, &start) || start != made;
}

/*
 * The maker of an instance that is in use may be in another PID namespace, and not be
 * seen here: it has trace_pipe open, so the kernel does not remove the instance (EBUSY).
 */
void remove_left_behind(int tracing)
{
	int fd = openat(tracing, "instances", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *instances = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (fd >= 0 && !instances)
		close(fd);
	while (instances && (entry = readdir(instances))) {
		if (maker_is_gone(entry->d_name))
			unlinkat(fd, entry->d_name, AT_REMOVEDIR);
	}
	if (instances)
		closedir(instances);
}

bool name_instance(char *name, size_t size)
{
	unsigned long long start;
	char self[16] = "";

	/* Not getpid(): /proc may be of a PID namespace above, with the PIDs there. */
	if (readlink("/proc/self", self, sizeof(self) - 1) < 0 ||
	    !read_start_time(atoi(self), &start)) {
		complain("cannot read /proc/self/stat: mount -t proc none /proc");
		return false;
	}
	snprintf(name, size, "instances/" PREFIX "%s-%llu", self, start);
	return true;
}

void remove_instance(int tracing, const char *instance)
{
	if (unlinkat(tracing, instance, AT_REMOVEDIR))
		complain_of(instance);
}

/*
 * The event of this instance, turned on: trace_pipe or -1. Times are of a clock that
 * a date can be made of. trace_pipe comes first: it keeps others from removing this.
 */
static int open_events(int tracing, const char *instance)
{
	int dir = openat(tracing, instance, O_RDONLY | O_DIRECTORY | O_CLOEXEC), pipe;

	if (dir < 0) {
		complain_of(instance);
		return -1;
	}
	pipe = openat(dir, "trace_pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (pipe < 0)
		complain_of("trace_pipe");
	if (pipe >= 0 && (!write_at(dir, "trace_clock", "boot") ||
			  !write_at(dir, EVENT "/enable", "1"))) {
		close(pipe);
		pipe = -1;
	}
	close(dir);
	return pipe;
}

int make_instance(int tracing, const char *instance)
{
	int pipe;

	if (mkdirat(tracing, instance, 0700)) {
		complain_of(instance);
		return -1;
	}
	pipe = open_events(tracing, instance);
	if (pipe < 0)
		remove_instance(tracing, instance);
	return pipe;
}
