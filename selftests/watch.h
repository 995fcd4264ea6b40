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
#define HOSTILE_NAME	"x\" reason=none result=0\n\t\x1b[2J\\\\\x01\x7f\xff\xc3\xa9"

struct watch {
	char dir[96];		/* of this test alone */
	char file[128];		/* in it, may be executed */
	int fd;
};

/*
 * The present executable, which an attempt names as the old file. In a chroot, where it
 * cannot be found, this is the one that was found last.
 */
static inline const struct stat *present_exe(void)
{
	static struct stat found;
	struct stat st;

	if (!stat("/proc/self/exe", &st))
		found = st;
	return &found;
}

static inline bool watch_begin(struct watch *w)
{
	memset(w, 0, sizeof(*w));
	present_exe();
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

static inline const char *event_file(const char *name, const char *path,
				     const struct stat *st)
{
	static char text[2][2 * PATH_MAX];
	static unsigned int next;
	char *to = text[next++ % 2];

	snprintf(to, sizeof(text[0]), "%s=\"%s\" %s_dev=%u:%u %s_ino=%llu", name,
		 kernel_path(path), name, major(st->st_dev), minor(st->st_dev), name,
		 (unsigned long long)st->st_ino);
	return to;
}

/* What an event should say behind the name of the task. */
static inline const char *event_files(const char *old, const struct stat *old_st,
				      const char *new, const struct stat *new_st,
				      int result, const char *reason)
{
	static char text[5 * PATH_MAX];

	snprintf(text, sizeof(text), "%s %s result=%d reason=%s",
		 event_file("old", old, old_st), event_file("new", new, new_st), result,
		 reason);
	return text;
}

/* The same part of @event. */
static inline const char *behind_comm(const char *event)
{
	const char *at = strstr(event, " old=");

	return at ? at + 1 : event;
}

/* A whole event of this process. @fd is the new file, -1 if there is none. */
static inline const char *event_text(const char *old, const struct stat *old_st,
				     const char *new, int fd, int result,
				     const char *reason)
{
	static char text[6 * PATH_MAX];
	struct stat st = { };

	if (fd >= 0)
		fstat(fd, &st);
	snprintf(text, sizeof(text), "pid=%d comm=\"%s\" %s", getpid(), comm(),
		 event_files(old, old_st, new, &st, result, reason));
	return without_pid(text);
}

/* The call has this result, and the event has it, too, with the files and the reason. */
#define EXPECT_EVENT(call, result, reason, old, new, fd) do {			\
	const struct stat old_st__ = *present_exe();				\
	int result__ = (result);						\
										\
	EXPECT_EQ(result__, (call));						\
	EXPECT_STREQ(event_text(old, &old_st__, new, fd, result__, reason),	\
		     last_event());						\
} while (0)

/* Does it have only characters that every terminal prints? */
static inline bool is_ascii(const char *text)
{
	while (*text >= ' ' && *text < 0x7f)
		text++;
	return !*text;
}

/* A new file so deep that the kernel's path of it is that long, in steps of one character. */
static inline int make_deep(struct watch *w, char step, char *name, size_t length)
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

/* The exit status of a process that cannot create a user namespace. */
#define NO_NAMESPACE	101

/* Become a user without capabilities that can still read its own /proc: 0 or -1. */
static inline int become_user(void)
{
	return setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000) ||
	       prctl(PR_SET_DUMPABLE, 1) ? -1 : 0;
}

/*
 * As a user in new namespaces, bind-mount another file over the one of @w and replace the
 * executable by it. Returns 0 or the status of the process that does it, and the other
 * file in @st.
 */
static inline int replace_by_namesake(struct watch *w, struct stat *st)
{
	char evil[128];
	int status;
	pid_t pid;

	if (make_exe_in(w->dir, "evil", evil) < 0 || stat(evil, st))
		return -1;
	pid = start_child();
	if (!pid) {
		if (become_user())
			_exit(2);
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
			_exit(NO_NAMESPACE);
		if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount(evil, w->file, NULL, MS_BIND, NULL))
			_exit(3);
		_exit(-set_exe_by_map(open(w->file, O_RDONLY | O_CLOEXEC)));
	}
	status = wait_child(pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#endif /* WATCH_H */
