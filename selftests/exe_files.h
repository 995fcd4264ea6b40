/* SPDX-License-Identifier: GPL-2.0 */
/* Files that may be executed, where they lie, and /proc/self/exe: for the tests. */
#ifndef EXE_FILES_H
#define EXE_FILES_H

#include "child.h"
#include "prctl_set_mm.h"
#include "room.h"

#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <linux/magic.h>

/*
 * A new folder of this test's, below which @path has room for short names: false if
 * there is none.
 */
static inline bool make_dir(char path[96], const char *name)
{
	snprintf(path, 96, "%s/%s.XXXXXX", room.files, name);
	return mkdtemp(path) && !chmod(path, 0755);
}

static inline int make_file(const char *name, mode_t mode)
{
	int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0 && fchmod(fd, mode)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* The way execve(2) and this call want it: nobody has it open for writing. */
static inline int make_exe(const char *name, mode_t mode)
{
	close(make_file(name, mode));
	return open(name, O_RDONLY | O_CLOEXEC);
}

/* The same of a name in that folder; the path is put into @path. */
static inline int make_exe_in(const char *dir, const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s", dir, name);
	return make_exe(path, 0755);
}

static inline bool copy_file(const char *from, const char *to)
{
	static char buf[1 << 16];
	int in = open(from, O_RDONLY | O_CLOEXEC), out = make_file(to, 0755);
	ssize_t n;

	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (write(out, buf, n) != n)
			break;
	close(in);
	return !close(out) && n == 0;
}

/* A new folder with a filesystem of its own on it: 0 or -1. */
static inline int mount_tmpfs(const char *dir, unsigned long flags)
{
	if (mkdir(dir, 0755))
		return -1;
	return mount("none", dir, "tmpfs", flags, NULL);
}

static inline int set_exe(unsigned long fd)
{
	return set_mm(PR_SET_MM_EXE_FILE, fd);
}

/* The same by MAP, which a user namespace of one's own lets a process do. */
static inline int set_exe_by_map(int fd)
{
	struct prctl_mm_map map;

	read_map(&map);
	map.exe_fd = fd;
	return set_mm_map(&map);
}

static inline const char *exe_link(void)
{
	static char link[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", link, sizeof(link) - 1);

	link[len < 0 ? 0 : len] = '\0';
	return link;
}

/* 0 when the file can be opened for writing, or the errno. */
static inline int try_writing(const char *name)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static inline bool is_on_overlayfs(const char *name)
{
	struct statfs fs;

	return !statfs(name, &fs) && fs.f_type == OVERLAYFS_SUPER_MAGIC;
}

/*
 * Does a mapping of this file have another path than the one that was opened, since it is
 * on overlayfs and the kernel maps the layer below under that layer's path? Level 0 looks
 * at that path. Such a kernel has to look up what to show in /proc/PID/maps, and the
 * device there is the overlayfs's, as that of the folder is. Without that it is the
 * layer's.
 */
static inline bool maps_layer_below(const char *name)
{
	int fd = is_on_overlayfs(name) ? open(name, O_RDONLY | O_CLOEXEC) : -1;
	char folder[PATH_MAX], line[PATH_MAX];
	unsigned int number[2];
	bool below = false;
	unsigned long start;
	struct stat st;
	void *page;
	FILE *maps;

	snprintf(folder, sizeof(folder), "%s", name);
	*strrchr(folder, '/') = '\0';
	page = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (page == MAP_FAILED || stat(folder[0] ? folder : "/", &st))
		return false;
	maps = fopen("/proc/self/maps", "re");
	while (maps && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%*x %*s %*x %x:%x", &start, &number[0], &number[1]) == 3 &&
		    start == (unsigned long)page)
			below = st.st_dev == makedev(number[0], number[1]);
	}
	if (maps)
		fclose(maps);
	munmap(page, PAGE);
	return below;
}

/* Is it what the link shows? With a buffer of its own, so threads may ask at once. */
static inline bool exe_is(const char *name)
{
	char link[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", link, sizeof(link) - 1);

	link[len < 0 ? 0 : len] = '\0';
	return !strcmp(link, name);
}

/* What this status file says of ExeReplaced: 0 or 1; -1 if not in one line that does. */
static inline int exe_replaced_in(const char *name)
{
	char text[4096], *line, *end;

	read_file(name, text, sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	line = strstr(text, "\nExeReplaced:");
	if (!line || strstr(line + 1, "\nExeReplaced:"))
		return -1;
	end = strchr(line + 1, '\n');
	if (!end || end - line != strlen("\nExeReplaced:\t0") || end[-2] != '\t')
		return -1;
	return end[-1] == '0' ? 0 : end[-1] == '1' ? 1 : -1;
}

static inline int exe_replaced(void)
{
	return exe_replaced_in("/proc/self/status");
}

/* For vfork_and_run(): replace the link by the file of *@fd; the exit status is 0 or errno. */
static inline int replace_link(void *fd)
{
	return syscall(__NR_prctl, PR_SET_MM, PR_SET_MM_EXE_FILE, *(int *)fd, 0, 0) ? errno : 0;
}

/* Run a copy of this program, which does what main() says of the word. */
static inline int run_copy(const char *copy, const char *word, const char *file)
{
	int status;
	pid_t pid = start_child();

	if (!pid) {
		execl(copy, copy, "--as", word, file, NULL);
		_exit(100);
	}
	status = wait_child(pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#endif /* EXE_FILES_H */
