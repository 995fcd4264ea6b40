// SPDX-License-Identifier: GPL-2.0
/* The snapshot: one pass over /proc. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common.h"
#include "known.h"
#include "snapshot.h"
#include "text.h"

enum state {
	NONE,		/* no executable: a kernel thread, or a zombie */
	ORIGINAL,
	REPLACED,
	KNOWN,		/* replaced, as it should be */
	SUSPECT,
	UNKNOWN,	/* this user may not inspect it */
};

static const char *const state_name[] = {
	[NONE] = "none",
	[ORIGINAL] = "original",
	[REPLACED] = "replaced",
	[KNOWN] = "known",
	[SUSPECT] = "suspect",
	[UNKNOWN] = "unknown",
};

/* What is not known is -1 or empty. */
struct process {
	int pid, ppid;
	long long uid;
	char comm[256];		/* a kernel worker's is longer than 15 bytes */
	char exe[PATH_MAX];
	enum state state;
	bool zombie;
};

struct scan {
	const struct selection *selection;
	bool kernel_tells;	/* by ExeReplaced: in status */
	bool seen_init;
	unsigned long listed, replaced, unknown, hidden_exe, unnoted;
};

/* One buffer for the lines of all files, as long as the longest was. */
static char *line;
static size_t line_size;

static FILE *open_at(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (fd >= 0 && !file)
		close(fd);
	return file;
}

/* What the file lacked of being read to its end: 0 or -errno. */
static int close_read(FILE *file)
{
	int error = ferror(file) ? -errno : 0;

	fclose(file);
	return error;
}

/* The process has ended, which is no failure. */
static bool is_gone(int error)
{
	return error == -ENOENT || error == -ESRCH;
}

/* The number behind @label, if that is how the line begins. */
static void read_number(const char *text, const char *label, int *to)
{
	size_t length = strlen(label);

	if (!strncmp(text, label, length))
		*to = atoi(text + length);
}

/*
 * The kernel escapes newlines in Name:, so no name can forge a line; comm and
 * stat have them as they are. *@replaced is -1 if there is no such line.
 */
static int read_status(int dir, struct process *process, int *replaced)
{
	FILE *file = open_at(dir, "status");
	long long uid;

	*replaced = -1;
	if (!file)
		return -errno;
	errno = 0;
	while (getline(&line, &line_size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "Name:\t", 6)) {
			unescape(line + 6);
			snprintf(process->comm, sizeof(process->comm), "%s", line + 6);
			continue;
		}
		if (!strncmp(line, "State:\t", 7))
			process->zombie = line[7] == 'Z';
		/* the effective one, as ps(1) does */
		if (sscanf(line, "Uid: %*d %lld", &uid) == 1)
			process->uid = uid;
		read_number(line, "PPid:\t", &process->ppid);
		read_number(line, "ExeReplaced:\t", replaced);
	}
	return close_read(file);
}

/* 0 or -errno, with @to empty. */
static int read_link(int dir, char *to, size_t size)
{
	ssize_t len = readlinkat(dir, "exe", to, size - 1);

	to[len < 0 ? 0 : len] = '\0';
	return len < 0 ? -errno : 0;
}

/* Is this path of a line of maps the one of the link? It has \012 for newlines. */
static bool same_path(const char *path, const char *link)
{
	for (; *link; link++) {
		if (*link != '\n') {
			if (*path++ != *link)
				return false;
		} else if (!strncmp(path, "\\012", 4)) {
			path += 4;
		} else {
			return false;
		}
	}
	return !*path;
}

/*
 * Does it run code, and map nothing of the file that the link shows? By device and
 * inode, and by path: on overlayfs and btrfs the devices differ for the same file.
 * Between the first look of execve(2) at a file and the first area of it there is a
 * moment with a stack alone.
 */
static enum state judge_by_maps(FILE *maps, int dir, const char *link)
{
	bool empty = true, runs = false, mapped = false;
	struct stat exe;

	if (fstatat(dir, "exe", &exe, 0))
		exe.st_ino = 0;
	while (!mapped && getline(&line, &line_size, maps) > 0) {
		unsigned int major, minor;
		unsigned long long ino;
		const char *path;
		int at = 0;
		char x;

		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "%*x-%*x %*c%*c%c%*c %*x %x:%x %llu %n", &x, &major,
			   &minor, &ino, &at) != 4 || !at)
			continue;
		empty = false;
		path = line + at;
		mapped = (ino && ino == exe.st_ino &&
			  makedev(major, minor) == exe.st_dev) ||
			 (*link && same_path(path, link));
		runs = runs || (x == 'x' && strcmp(path, "[vsyscall]") &&
				strcmp(path, "[stack]"));
	}
	return empty ? NONE : runs && !mapped ? SUSPECT : ORIGINAL;
}

/* Has the process still got the memory map that these maps were opened for? */
static bool is_present(FILE *maps)
{
	rewind(maps);
	return fgetc(maps) != EOF;
}

/*
 * Look once at a task by its folder of /proc: 0 or -errno. *@same is false if there was
 * an execve(2) meanwhile, so that link and state are of two programs. The link tells
 * that but for one that comes back. So does maps: it goes on meaning the map that the
 * process had when it was opened, and is empty when that is gone.
 */
static int look_once(int dir, struct process *process, bool kernel_tells, bool *same)
{
	FILE *maps = open_at(dir, "maps");
	int no_maps = maps ? 0 : -errno, no_link, error, replaced;
	static char before[PATH_MAX];

	no_link = read_link(dir, before, sizeof(before));
	error = read_status(dir, process, &replaced);

	if (kernel_tells)
		process->state = replaced < 0 ? NONE : replaced ? REPLACED : ORIGINAL;
	else if (is_gone(no_link) || is_gone(no_maps))
		process->state = NONE;
	else
		process->state = maps ? judge_by_maps(maps, dir, before) : UNKNOWN;

	*same = read_link(dir, process->exe, sizeof(process->exe)) == no_link &&
		!strcmp(before, process->exe) && (no_link || !maps || is_present(maps));
	if (maps)
		fclose(maps);
	return error;
}

/* Look until link and state belong to each other. */
static int look(int dir, struct process *process, bool kernel_tells)
{
	int tries = 100, error;
	bool same;

	do {
		error = look_once(dir, process, kernel_tells, &same);
	} while (!error && !same && --tries);

	if (!tries)
		process->state = UNKNOWN;
	return error;
}

/*
 * The first thread may have ended, and left the others to run with a memory map of
 * which its own files say nothing any more.
 */
static void look_at_threads(int dir, struct process *process, bool kernel_tells)
{
	static struct process thread;
	int fd = openat(dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC), task;
	DIR *tasks = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (fd >= 0 && !tasks)
		close(fd);
	while (tasks && process->state == NONE && (entry = readdir(tasks))) {
		if (!isdigit(entry->d_name[0]))
			continue;
		task = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (task < 0)
			continue;
		if (!look(task, &thread, kernel_tells)) {
			process->state = thread.state;
			memcpy(process->exe, thread.exe, sizeof(thread.exe));
		}
		close(task);
	}
	if (tasks)
		closedir(tasks);
}

static void print_header(const struct scan *scan)
{
	if (scan->selection->json)
		printf("[");
	else
		printf("%7s %7s %10s %-8s %-15s %s\n", "PID", "PPID", "UID", "STATE",
		       "COMM", "EXE");
}

static void print_json(const struct process *process, bool first)
{
	printf("%s\n{\"pid\":%d,", first ? "" : ",", process->pid);
	if (process->ppid >= 0) {
		printf("\"ppid\":%d,\"uid\":%lld,\"comm\":", process->ppid, process->uid);
		put_json(process->comm);
	} else {
		printf("\"ppid\":null,\"uid\":null,\"comm\":null");
	}
	printf(",\"state\":\"%s\",\"exe\":", state_name[process->state]);
	if (process->exe[0])
		put_json(process->exe);
	else
		printf("null");
	printf("}");
}

/* A blank ends a field, so it is escaped in all but the last one. */
static void print_row(const struct process *process)
{
	int width;

	printf("%7d ", process->pid);
	if (process->ppid >= 0)
		printf("%7d %10lld ", process->ppid, process->uid);
	else
		printf("%7s %10s ", "?", "?");
	printf("%-8s ", state_name[process->state]);

	if (process->ppid < 0)
		width = printf("?");
	else if (!process->comm[0])
		width = printf("\"\"");
	else
		width = put_escaped(process->comm, " ");
	printf("%*s ", width < 15 ? 15 - width : 0, "");

	if (process->exe[0])
		put_escaped(process->exe, "");
	else
		printf("%s", process->state == NONE ? "-" : "?");
	printf("\n");
}

/* Is it known, or to be noted? What is not to be noted is not listed either. */
static bool select_replaced(struct scan *scan, int proc, int dir, struct process *process)
{
	const struct selection *selection = scan->selection;
	struct identity identity;
	bool found = read_identity(dir, process->pid, &identity);

	if (found && selection->known && is_known(proc, &identity))
		process->state = KNOWN;
	if (!selection->note)
		return true;
	if (found && *selection->pids && !is_below(proc, &identity, selection->pids))
		return false;
	if (found)
		note(&identity);
	/* One whose first thread has ended, and no process that ends now. */
	else if (faccessat(dir, "status", F_OK, 0) == 0)
		scan->unnoted++;
	return found;
}

static void list(struct scan *scan, const struct process *process)
{
	bool found = process->state == REPLACED || process->state == SUSPECT;

	scan->replaced += process->state == REPLACED;
	scan->unknown += process->state == UNKNOWN;
	if (!found && !scan->selection->all)
		return;

	scan->hidden_exe += process->state != UNKNOWN && process->state != NONE &&
			    !process->exe[0];
	if (scan->selection->json)
		print_json(process, !scan->listed);
	else
		print_row(process);
	scan->listed++;
}

/*
 * Everything is read by the descriptor of the folder, which goes on meaning the
 * process that it was opened for, and not a later one with the same PID.
 */
static void scan_process(struct scan *scan, int proc, const char *name)
{
	const struct selection *selection = scan->selection;
	static struct process process;
	bool selected = true;
	int dir, error = 0;

	process = (struct process) { .pid = atoi(name), .ppid = -1, .uid = -1 };
	dir = openat(proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		error = -errno;
	else
		error = look(dir, &process, scan->kernel_tells);
	if (!error && process.state == NONE && process.zombie)
		look_at_threads(dir, &process, scan->kernel_tells);
	if (!error && process.state == REPLACED && (selection->known || selection->note))
		selected = select_replaced(scan, proc, dir, &process);
	if (dir >= 0)
		close(dir);

	if (is_gone(error))
		return;
	if (error)
		process.state = UNKNOWN;
	if (selected)
		list(scan, &process);
}

/* Every process, or a complaint. */
static bool scan_all(struct scan *scan)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int error = errno;

	while (proc) {
		errno = 0;
		entry = readdir(proc);
		error = errno;
		if (!entry)
			break;
		if (!isdigit(entry->d_name[0]))
			continue;
		scan->seen_init |= !strcmp(entry->d_name, "1");
		scan_process(scan, dirfd(proc), entry->d_name);
	}
	if (proc)
		closedir(proc);
	if (error || !proc)
		complain("cannot read /proc: %s", strerror(error));
	return proc && !error;
}

/* What the table does not say, on stderr; what came of it all. */
static int conclude(const struct scan *scan, bool complete)
{
	if (!scan->kernel_tells)
		complain("%s; %s, which proves nothing, and neither does their absence",
			 "this kernel has no ExeReplaced: in /proc/PID/status",
			 "suspects have no mapping of the file that their link shows");
	if (scan->unknown)
		complain("processes that this user may not inspect (--all lists them): %lu%s",
			 scan->unknown, be_root());
	if (scan->hidden_exe)
		complain("links that could not be read, shown as ?: %lu%s", scan->hidden_exe,
			 be_root());
	if (complete && !scan->seen_init)
		complain("/proc does not show all processes (hidepid)%s", be_root());

	if (scan->unnoted)
		complain("not noted, because the first thread has ended: %lu processes",
			 scan->unnoted);

	if (scan->replaced && !scan->selection->note)
		return FOUND;
	if (scan->unnoted)
		return CANNOT_TELL;
	if (!complete || !scan->kernel_tells || scan->unknown || !scan->seen_init)
		return CANNOT_TELL;
	return NOTHING_REPLACED;
}

/* The processes that were named have to be there. */
static bool check_pids(const int *pid)
{
	char name[24];

	for (; pid && *pid; pid++) {
		snprintf(name, sizeof(name), "/proc/%d", *pid);
		if (access(name, F_OK)) {
			complain("there is no process %d", *pid);
			return false;
		}
	}
	return true;
}

int snapshot(const struct selection *selection)
{
	struct scan scan = { .selection = selection };
	static struct process self;
	int dir = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC), replaced;
	bool complete;

	if (dir < 0 || read_status(dir, &self, &replaced)) {
		/* A reader of another PID namespace's /proc has no "self" there. */
		complain("%s: mount -t proc none /proc", access("/proc/1", F_OK) ?
			 "cannot read /proc" : "/proc is of another PID namespace");
		return CANNOT_TELL;
	}
	close(dir);
	scan.kernel_tells = replaced >= 0;
	if ((selection->known && !read_known(selection->known)) || !check_pids(selection->pids))
		return CANNOT_TELL;

	print_header(&scan);
	complete = scan_all(&scan);
	if (selection->json)
		printf("%s]\n", scan.listed ? "\n" : "");
	free(line);
	if (!flush_output() || (selection->note && !note_all(selection->note)))
		return CANNOT_TELL;
	return conclude(&scan, complete);
}
