/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of watching share: a file to become the executable, and events. */
#ifndef WATCH_H
#define WATCH_H

#include <sys/prctl.h>
#include <sys/sysmacros.h>

#include "events.h"
#include "exe_files.h"

/* Names that would like to be something else: a line, another field, a colour. */
#define HOSTILE_COMM	"a\n\"\x1b[31m\\ b=\xff"
#define HOSTILE_NAME	"x\" clause=- result=0\n\t\x1b[2J\\\\\x01\x7f\xff\xc3\xa9"

struct watch {
	char dir[96];		/* of this test alone */
	char file[128];		/* in it, may be executed */
	int fd;
};

static inline bool watch_begin(struct watch *w)
{
	memset(w, 0, sizeof(*w));
	if (!make_dir(w->dir, "watch"))
		return false;
	w->fd = make_exe_in(w->dir, "file", w->file);
	return w->fd >= 0;
}

/* 0 if nothing is left of it. */
static inline int watch_end(struct watch *w)
{
	only_caps(~0ULL);
	return remove_dir(w->dir);
}

static inline const char *comm(void)
{
	static char name[16];

	prctl(PR_GET_NAME, name);
	return name;
}

/*
 * The part of an event that can be told in advance: all, but for the PID where this is
 * not the initial PID namespace, whose PIDs the kernel tells.
 */
static inline const char *without_pid(const char *event)
{
	const char *rest = strchr(event, ' ');

	return room.initial_pids || !rest ? event : rest + 1;
}

/* The event since the last look, as event_text() has it. */
static inline const char *last_event(void)
{
	return without_pid(read_event());
}

/* What the tracepoint should say: @fd has the new file, -1 is none. */
static inline const char *event_text(const char *old, const char *new, int fd,
				     int result, const char *clause)
{
	static char text[5 * PATH_MAX];
	struct stat st = { };

	if (fd >= 0)
		fstat(fd, &st);
	snprintf(text, sizeof(text),
		 "pid=%d comm=\"%s\" old=\"%s\" new=\"%s\" dev=%u:%u ino=%llu result=%d clause=%s",
		 getpid(), comm(), kernel_path(old), kernel_path(new),
		 major(st.st_dev), minor(st.st_dev),
		 (unsigned long long)st.st_ino, result, clause);
	return without_pid(text);
}

static inline int set_exe_by_map(int fd)
{
	struct prctl_mm_map map;

	read_map(&map);
	map.exe_fd = fd;
	return set_mm_map(&map);
}

#endif /* WATCH_H */
