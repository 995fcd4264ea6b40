/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of watching share: files to become the executable, and the events
 * of the tracepoint, read from an instance of tracefs that nobody else uses.
 */
#ifndef WATCH_H
#define WATCH_H

#include <sys/prctl.h>
#include <sys/sysmacros.h>

#include "exe_files.h"

/* The program of the test, and the folder that it and exe-watch are in. */
static char program[PATH_MAX], program_dir[PATH_MAX];

static inline void find_program(void)
{
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	char *slash;

	program[len < 0 ? 0 : len] = '\0';
	memcpy(program_dir, program, sizeof(program));
	slash = strrchr(program_dir, '/');
	if (slash)
		*slash = '\0';
}

/* Names that would like to be something else: a line, another field, a colour. */
#define HOSTILE_COMM	"a\n\"\x1b[31m\\ b=\xff"
#define HOSTILE_NAME	"x\" clause=- result=0\n\t\x1b[2J\\\\\x01\x7f\xff\xc3\xa9"

struct watch {
	char dir[32];		/* of this test alone */
	char file[64];		/* in it, may be executed */
	int fd;
	int tracing;		/* tracefs */
	char instance[64];	/* in that */
	int pipe;
};

/*
 * tracefs at a mount point of which nobody else knows, and the event on in an
 * instance of it: 0 or -errno.
 */
static inline int watch_events(struct watch *w)
{
	char name[128];
	int error;

	snprintf(name, sizeof(name), "%s/tracing", w->dir);
	if (mkdir(name, 0700) || own_mounts() ||
	    mount("none", name, "tracefs", 0, NULL))
		return -errno;
	w->tracing = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(w->instance, sizeof(w->instance), "instances/test-%d", getpid());
	if (mkdirat(w->tracing, w->instance, 0700))
		return -errno;
	snprintf(name, sizeof(name), "%s/trace_pipe", w->instance);
	w->pipe = openat(w->tracing, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	snprintf(name, sizeof(name), "%s/events/prctl/prctl_replace_exe/enable",
		 w->instance);
	error = write_at(w->tracing, name, "1");
	return w->pipe < 0 ? -EIO : error;
}

static inline bool watch_begin(struct watch *w)
{
	memset(w, 0, sizeof(*w));
	w->tracing = -1;
	w->pipe = -1;
	snprintf(w->dir, sizeof(w->dir), "/tmp/watch.XXXXXX");
	if (!mkdtemp(w->dir) || chmod(w->dir, 0755))
		return false;
	w->fd = make_exe_in(w->dir, "file", w->file);
	return w->fd >= 0;
}

/* 0 if nothing is left of it. */
static inline int watch_end(struct watch *w)
{
	char name[64];

	only_caps(~0ULL);
	close(w->pipe);
	if (w->instance[0] && unlinkat(w->tracing, w->instance, AT_REMOVEDIR))
		return -errno;
	close(w->tracing);
	snprintf(name, sizeof(name), "%s/tracing", w->dir);
	if (w->tracing >= 0 && umount2(name, MNT_DETACH))
		return -errno;
	return remove_dir(w->dir);
}

/*
 * The one event since the last look, from its first field on: what was done has been
 * told by the time that the call returns. "none" or "several" if it is not one.
 */
static inline const char *read_event(struct watch *w)
{
	static const char mark[] = ": prctl_replace_exe: ";
	static char text[1 << 16];
	size_t used = 0;
	ssize_t len;
	char *event;

	while ((len = read(w->pipe, text + used, sizeof(text) - 1 - used)) > 0)
		used += len;
	text[used] = '\0';
	event = strstr(text, mark);
	if (!event)
		return "none";
	event += strlen(mark);
	if (strstr(event, mark))
		return "several";
	event[strcspn(event, "\n")] = '\0';
	return event;
}

static inline const char *comm(void)
{
	static char name[16];

	prctl(PR_GET_NAME, name);
	return name;
}

/* What the tracepoint should say: @fd has the new file, -1 is none. */
static inline const char *event_text(const char *old, const char *new, int fd,
				     int result, const char *clause)
{
	static char text[3 * PATH_MAX];
	struct stat st = { };

	if (fd >= 0)
		fstat(fd, &st);
	snprintf(text, sizeof(text),
		 "pid=%d comm=\"%s\" old=\"%s\" new=\"%s\" dev=%u:%u ino=%llu result=%d clause=%s",
		 getpid(), comm(), old, new, major(st.st_dev), minor(st.st_dev),
		 (unsigned long long)st.st_ino, result, clause);
	return text;
}

static inline int set_exe_by_map(int fd)
{
	struct prctl_mm_map map;

	read_map(&map);
	map.exe_fd = fd;
	return set_mm_map(&map);
}

#endif /* WATCH_H */
