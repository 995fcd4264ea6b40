// SPDX-License-Identifier: GPL-2.0
/* A mount namespace and a filesystem for the tests; room.h says what for. */
#include <dirent.h>
#include <sys/auxv.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <linux/magic.h>

#include "by_hand.h"
#include "machine.h"
#include "prctl_set_mm.h"
#include "room.h"

#define PREFIX	"prctl_set_mm-"
#define SUFFIX	".files"

/* The programs that are copied there, of which several can be there at once. */
#define ROOM_NEEDED	(32UL << 20)

/* The mount namespace that this program has made before it was run anew. */
#define ROOM_VARIABLE	"PR_SET_MM_ROOM"

/* Of a folder below which room.files has place for the name of a program. */
#define REAL_DIR_SIZE	32

/* Of the initial PID namespace, on every kernel. */
#define INITIAL_PIDS	"pid:[4026531836]"

struct room room = { .tracing = -1 };

/* Empty mostly, and no program that is needed lies there. */
static const char *const mount_points[] = { "/mnt", "/media", "/srv", "/tmp", "/var/tmp" };
static const char *const places[] = { "/tmp", "/var/tmp", "/dev/shm", "/run", "/root" };

void find_program(void)
{
	char *slash;

	if (readlink("/proc/self/exe", room.program, PATH_MAX - 1) < 0)
		return;
	memcpy(room.program_dir, room.program, PATH_MAX);
	slash = strrchr(room.program_dir, '/');
	if (slash)
		*slash = '\0';
}

/*
 * Go to the root of this mount namespace, which joining it anew does, wherever
 * chroot(2) has put this process: false where that is not allowed.
 */
static bool go_to_root(void)
{
	int self = syscall(__NR_pidfd_open, getpid(), 0);
	bool done = self >= 0 && !setns(self, CLONE_NEWNS);

	if (self >= 0)
		close(self);
	return done;
}

/* What go_to_root() was allowed allows this too; not every user may see @cwd. */
static void go_back(int root, int cwd)
{
	if (fchdir(root) || chroot("."))
		abort();
	if (fchdir(cwd) && chdir("/"))
		abort();
}

/* A mount namespace from which nothing gets into another one. */
static bool make_mounts(void)
{
	bool done, moved;
	int root, cwd;

	if (unshare(CLONE_NEWNS))
		return false;
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	/* From a chroot only a part of the mounts could be made private, or none. */
	moved = go_to_root();
	/* Nothing gets out; what others unmount is not kept busy here. */
	done = !mount("none", "/", NULL, MS_REC | MS_SLAVE, NULL);
	if (moved)
		go_back(root, cwd);
	close(root);
	close(cwd);
	return done;
}

/* Where the root of this process lies in its mount namespace: "" if it is its root. */
static void find_root(void)
{
	int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char name[32];
	ssize_t len;

	snprintf(name, sizeof(name), "self/fd/%d", root);
	if (go_to_root()) {
		len = readlinkat(proc, name, room.root, PATH_MAX - 1);
		if (len <= 1)
			len = 0;
		room.root[len] = '\0';
		go_back(root, cwd);
	}
	close(proc);
	close(root);
	close(cwd);
}

static bool has_own_proc(void)
{
	char text[32] = "";

	return readlink("/proc/self", text, sizeof(text) - 1) > 0 && atoi(text) == getpid();
}

/* Which mount namespace is it? */
static unsigned long long mounts_id(void)
{
	struct stat64 st;

	return stat64("/proc/self/ns/mnt", &st) ? 0 : st.st_ino;
}

/*
 * Run the program anew from the mounts of the new namespace. Its executable would
 * else be unreachable for it, and for the kernel too once nobody uses the old ones.
 */
static void run_anew(char **argv)
{
	const char *name = (const char *)getauxval(AT_EXECFN);
	struct stat64 st, own;
	char id[96];

	if (!name || stat64(name, &st) || stat64("/proc/self/exe", &own) ||
	    st.st_dev != own.st_dev || st.st_ino != own.st_ino)
		return;
	snprintf(id, sizeof(id), "%llu-%s", mounts_id(), own_name());
	setenv(ROOM_VARIABLE, id, 1);
	execv(name, argv);
	unsetenv(ROOM_VARIABLE);
}

/* Has run_anew() of this very process been here, and in this namespace? */
static bool was_run_anew(void)
{
	const char *id = getenv(ROOM_VARIABLE);
	char want[96];
	bool was;

	snprintf(want, sizeof(want), "%llu-%s", mounts_id(), own_name());
	was = id && mounts_id() && !strcmp(id, want);

	unsetenv(ROOM_VARIABLE);
	return was;
}

/* The folder of such a filesystem: where it is mounted, or on a mount of our own, or -1. */
static int open_filesystem(const char *path, const char *type, long magic)
{
	struct statfs fs;

	if (!statfs(path, &fs) && fs.f_type == magic)
		return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return detached_mount(type);
}

static void find_filesystems(void)
{
	static char failslab[64];
	int debug = open_filesystem("/sys/kernel/debug", "debugfs", DEBUGFS_MAGIC);

	room.tracing = open_filesystem("/sys/kernel/tracing", "tracefs", TRACEFS_MAGIC);
	if (debug < 0)
		return;
	snprintf(failslab, sizeof(failslab), "/proc/self/fd/%d/failslab", debug);
	failslab_dir = failslab;
}

void enter_room(char **argv)
{
	bool again = has_own_proc() && was_run_anew();
	char pids[64] = "";

	room.own_mounts = again || make_mounts();
	room.own_proc = has_own_proc();
	if (!room.own_proc && room.own_mounts &&
	    !mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		room.own_proc = has_own_proc();
	if (!room.own_proc)
		return;
	if (room.own_mounts && !again)
		run_anew(argv);
	room.initial_pids = readlink("/proc/self/ns/pid", pids, sizeof(pids) - 1) > 0 &&
			    !strcmp(pids, INITIAL_PIDS);
	find_program();
	if (room.own_mounts)
		find_root();
	find_filesystems();
}

static bool is_above(const char *dir, const char *path)
{
	size_t length = strlen(dir);

	return !strncmp(dir, path, length) && (path[length] == '/' || !path[length]);
}

/* Its path with no symbolic link in it, as the kernel tells it. */
static bool real_dir(const char *name, char path[REAL_DIR_SIZE])
{
	char real[PATH_MAX];

	return realpath(name, real) &&
	       snprintf(path, REAL_DIR_SIZE, "%s", real) < REAL_DIR_SIZE;
}

/* A folder of this user's own, in the first place that takes it. */
static bool make_files_dir(bool for_mount)
{
	char path[REAL_DIR_SIZE];
	struct statvfs fs;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (!real_dir(places[i], path) || statvfs(path, &fs) ||
		    (!for_mount && (fs.f_flag & ST_NOEXEC ||
				    (uint64_t)fs.f_bavail * fs.f_frsize < ROOM_NEEDED)))
			continue;
		snprintf(room.files, sizeof(room.files), "%s/" PREFIX "%s" SUFFIX,
			 path, own_name());
		if (!mkdir(room.files, 0755)) {
			room.made_files_dir = true;
			return true;
		}
	}
	room.files[0] = '\0';
	return false;
}

static bool mount_files(const char *dir)
{
	return !mount(PREFIX "test", dir, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755");
}

/* On a folder that is there: nothing is left of that, whatever happens. */
static bool mount_on_present_dir(void)
{
	char cwd[PATH_MAX] = "", path[REAL_DIR_SIZE];
	unsigned int i;

	if (!getcwd(cwd, sizeof(cwd)))
		cwd[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(mount_points); i++) {
		if (!real_dir(mount_points[i], path) || is_above(path, room.program) ||
		    is_above(path, cwd))
			continue;
		if (mount_files(path)) {
			snprintf(room.files, sizeof(room.files), "%s", path);
			return true;
		}
	}
	return false;
}

void make_files(void)
{
	if (room.own_mounts && mount_on_present_dir())
		return;
	if (room.own_mounts && make_files_dir(true)) {
		if (mount_files(room.files))
			return;
		rmdir(room.files);
		room.made_files_dir = false;
	}
	make_files_dir(false);
}

/*
 * Remove everything in the folder @fd, except in folders of other filesystems, and close
 * it. Only folders are compared: on overlayfs, files have other device numbers.
 */
static void empty_dir(int fd, dev_t device)
{
	DIR *dir = fdopendir(fd);
	struct dirent64 *entry;
	struct stat64 st;
	int inner;

	while (dir && (entry = readdir64(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (!unlinkat(fd, entry->d_name, 0) || errno != EISDIR)
			continue;
		inner = openat(fd, entry->d_name,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (inner < 0)
			continue;
		if (!fstat64(inner, &st) && st.st_dev == device)
			empty_dir(inner, device);
		else
			close(inner);
		unlinkat(fd, entry->d_name, AT_REMOVEDIR);
	}
	if (dir)
		closedir(dir);
	else
		close(fd);
}

int remove_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat64 st;

	if (fd >= 0 && !fstat64(fd, &st))
		empty_dir(fd, st.st_dev);
	else
		close(fd);
	return rmdir(dir);
}

bool leave_room(void)
{
	if (!room.made_files_dir)
		return true;
	if (room.own_mounts)
		umount2(room.files, MNT_DETACH);
	if (!remove_dir(room.files) || access(room.files, F_OK))
		return true;
	fprintf(stderr, "# cannot remove %s: %s\n", room.files, strerror(errno));
	return false;
}

static void remove_old_room(const char *place, const char *name)
{
	size_t length = strlen(name);
	char path[PATH_MAX];
	struct stat st;

	if (strncmp(name, PREFIX, strlen(PREFIX)) || length <= strlen(PREFIX SUFFIX) ||
	    strcmp(name + length - strlen(SUFFIX), SUFFIX) || is_running(name + strlen(PREFIX)))
		return;
	snprintf(path, sizeof(path), "%s/%s", place, name);
	if (!lstat(path, &st) && S_ISDIR(st.st_mode) && st.st_uid == geteuid())
		remove_dir(path);
}

void remove_old_rooms(void)
{
	struct dirent *entry;
	unsigned int i;
	DIR *dir;

	/* Those of another PID namespace may be in use: PIDs say nothing there. */
	if (!room.initial_pids)
		return;
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		dir = opendir(places[i]);
		while (dir && (entry = readdir(dir)))
			remove_old_room(places[i], entry->d_name);
		if (dir)
			closedir(dir);
	}
}

const char *kernel_path(const char *path)
{
	static char text[2][2 * PATH_MAX];
	static unsigned int next;
	char *to = text[next++ % 2];

	/* "<none>" is no path, and what is called as memfds are lies on no mount. */
	snprintf(to, sizeof(text[0]), "%s%s",
		 path[0] == '/' && strncmp(path, "/memfd:", 7) ? room.root : "", path);
	return to;
}
