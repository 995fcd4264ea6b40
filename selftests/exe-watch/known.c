// SPDX-License-Identifier: GPL-2.0
/*
 * The file has a line for each process: the boot, PID and start time, and device and inode
 * number of the executable. Lines are only added, by one write(2) for each run, so several
 * runs can add to it at the same time.
 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../start_time.h"
#include "common.h"
#include "known.h"

/* How many processes above one are checked. */
#define GENERATIONS	1000

struct list {
	struct identity *of;
	size_t count, room;
};

static struct list known, noted;

static void add(struct list *list, const struct identity *identity)
{
	if (list->count == list->room) {
		list->room = list->room ? 2 * list->room : 64;
		list->of = realloc(list->of, list->room * sizeof(*list->of));
		if (!list->of) {
			complain("no memory for the list of known processes");
			exit(CANNOT_TELL);
		}
	}
	list->of[list->count++] = *identity;
}

/* Its ID: 36 characters, or none. */
static const char *this_boot(void)
{
	static char id[37];
	int fd;

	if (id[0])
		return id;
	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, id, sizeof(id) - 1) != sizeof(id) - 1)
		id[0] = '\0';
	if (fd >= 0)
		close(fd);
	return id;
}

bool read_identity(int dir, int pid, struct identity *identity)
{
	struct stat exe;

	*identity = (struct identity) { .pid = pid };
	if (!read_start_time_at(dir, "stat", &identity->ppid, &identity->start) ||
	    fstatat(dir, "exe", &exe, 0))
		return false;
	identity->dev = exe.st_dev;
	identity->ino = exe.st_ino;
	return true;
}

/* The process above it. */
static bool read_parent(int proc, const struct identity *identity, struct identity *parent)
{
	char name[16];
	bool done;
	int dir;

	if (identity->ppid <= 0)
		return false;
	snprintf(name, sizeof(name), "%d", identity->ppid);
	dir = openat(proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return false;
	done = read_identity(dir, identity->ppid, parent);
	close(dir);
	return done;
}

static bool same_exe(const struct identity *a, const struct identity *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

static bool is_listed(const struct identity *identity)
{
	size_t i;

	for (i = 0; i < known.count; i++) {
		if (known.of[i].pid == identity->pid && known.of[i].start == identity->start &&
		    same_exe(&known.of[i], identity))
			return true;
	}
	return false;
}

bool is_known(int proc, const struct identity *identity)
{
	struct identity at = *identity, parent;
	int generations = GENERATIONS;

	while (generations--) {
		if (is_listed(&at))
			return true;
		if (!read_parent(proc, &at, &parent) || !same_exe(&parent, &at))
			return false;
		at = parent;
	}
	return false;
}

bool is_below(int proc, const struct identity *identity, const int *pids)
{
	struct identity at = *identity, parent;
	int generations = GENERATIONS;
	const int *pid;

	while (generations--) {
		for (pid = pids; *pid; pid++) {
			if (*pid == at.pid)
				return true;
		}
		if (!read_parent(proc, &at, &parent))
			return false;
		at = parent;
	}
	return false;
}

/* A line of the file; one of another boot says nothing. */
static bool parse_line(const char *line)
{
	unsigned int major, minor;
	struct identity identity = { };
	unsigned long long ino;
	char boot[37];
	int end = 0;

	if (sscanf(line, "%36s %d %llu %u:%u %llu%n", boot, &identity.pid, &identity.start, &major,
		   &minor, &ino, &end) != 6 || strcmp(line + end, "\n"))
		return false;
	identity.dev = makedev(major, minor);
	identity.ino = ino;
	if (!strcmp(boot, this_boot()))
		add(&known, &identity);
	return true;
}

/* Can somebody else say what is known? */
static bool is_trusted(FILE *file)
{
	struct stat st;

	return !fstat(fileno(file), &st) && !(st.st_mode & 022) &&
	       (!st.st_uid || st.st_uid == geteuid());
}

bool read_known(const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned long number = 0;
	char *line = NULL;
	bool good = true;
	size_t size = 0;

	if (!file && errno == ENOENT)
		return true;
	if (!file) {
		complain("cannot read %s: %s", path, strerror(errno));
		return false;
	}
	if (!is_trusted(file)) {
		complain("%s can be changed by other users, so what it says proves nothing", path);
		good = false;
	}
	while (good && getline(&line, &size, file) > 0) {
		number++;
		if (*line != '#' && !parse_line(line)) {
			complain("line %lu of %s is not one that --note writes", number, path);
			good = false;
		}
	}
	if (good && ferror(file)) {
		complain("cannot read %s: %s", path, strerror(errno));
		good = false;
	}
	free(line);
	fclose(file);
	return good;
}

void note(const struct identity *identity)
{
	add(&noted, identity);
}

bool note_all(const char *path)
{
	char *text = NULL;
	size_t size = 0, i;
	FILE *lines = open_memstream(&text, &size);
	bool done;
	int fd;

	for (i = 0; lines && i < noted.count; i++) {
		const struct identity *at = &noted.of[i];

		fprintf(lines, "%s %d %llu %u:%u %llu\n", this_boot(), at->pid, at->start,
			major(at->dev), minor(at->dev), (unsigned long long)at->ino);
	}
	if (!lines || fclose(lines)) {
		complain("no memory for what is to be noted");
		return false;
	}
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	done = fd >= 0 && write(fd, text, size) == (ssize_t)size;
	if (fd >= 0 && close(fd))
		done = false;
	if (!done)
		complain("cannot write %s: %s", path, strerror(errno));
	free(text);
	return done;
}
