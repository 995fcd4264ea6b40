/* SPDX-License-Identifier: GPL-2.0 */
/* Run the tool exe-watch, which has to lie in the same folder as the test. */
#ifndef EXE_WATCH_TOOL_H
#define EXE_WATCH_TOOL_H

#include <dirent.h>
#include <poll.h>
#include <signal.h>

#include "../leave_exe.h"
#include "../machine.h"
#include "../watch.h"

struct tool {
	struct watch w;
	char path[PATH_MAX + 16];
	/* of the last run */
	char *out, *err;
	int code;
};

#define OUT_SIZE	262144
#define ERR_SIZE	4096

static inline bool begin(struct tool *t)
{
	memset(t, 0, sizeof(*t));
	if (!watch_begin(&t->w))
		return false;
	t->out = malloc(OUT_SIZE);
	t->err = malloc(ERR_SIZE);
	snprintf(t->path, sizeof(t->path), "%s/exe-watch", room.program_dir);
	if (access(t->path, X_OK)) {
		printf("# cannot run %s: %m\n", t->path);
		return false;
	}
	return t->out && t->err && leave_exe() > 0;
}

static inline int end(struct tool *t)
{
	end_children();
	return watch_end(&t->w);
}

static inline const char *why_no_tool(void)
{
	char path[PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/exe-watch", room.program_dir);
	if (!access(path, X_OK) || yes_or_no("PR_SET_MM_SERIES") == 1)
		return NULL;
	return "exe-watch is not in the folder of this test";
}

/* Some user who is not root, and may do nothing. */
#define NOBODY		65534

/* Another user may not be let to where the tool lies. */
static inline const char *why_not_for_nobody(void)
{
	char path[PATH_MAX + 16], status[32];
	pid_t pid;

	snprintf(path, sizeof(path), "%s/exe-watch", room.program_dir);
	snprintf(status, sizeof(status), "/proc/%d/status", getpid());
	pid = start_child();
	if (!pid)
		_exit(setresuid(NOBODY, NOBODY, NOBODY) || access(path, X_OK) ||
		      access(status, R_OK));
	return wait_child(pid) ? "other users cannot run exe-watch here, or see processes" :
	       NULL;
}

static inline int open_new(const char *dir, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

/* Start the tool, its output in files, or stderr in @err: the PID. */
static inline pid_t start(struct tool *t, uid_t uid, int err, const char *const *args)
{
	const char *argv[8] = { "exe-watch" };
	unsigned int i;
	pid_t pid;

	for (i = 0; args[i]; i++)
		argv[i + 1] = args[i];
	pid = start_child();
	if (!pid) {
		dup2(open_new(t->w.dir, "out"), STDOUT_FILENO);
		dup2(err < 0 ? open_new(t->w.dir, "err") : err, STDERR_FILENO);
		if (!uid || !setresuid(uid, uid, uid))
			execv(t->path, (char *const *)argv);
		_exit(100);
	}
	return pid;
}

/* Wait for it to end, and read what it said. */
static inline void finish(struct tool *t, pid_t pid)
{
	char path[128];
	int status = wait_child(pid);

	t->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	snprintf(path, sizeof(path), "%s/out", t->w.dir);
	read_file(path, t->out, OUT_SIZE - 1);
	t->out[OUT_SIZE - 1] = '\0';
	snprintf(path, sizeof(path), "%s/err", t->w.dir);
	read_file(path, t->err, ERR_SIZE - 1);
	t->err[ERR_SIZE - 1] = '\0';
}

#define run_as_user(uid, ...)							\
	finish(&self->t, start(&self->t, uid, -1, (const char *const[]) { __VA_ARGS__, NULL }))
#define run(...)	run_as_user(0, __VA_ARGS__)

/* Start to follow, and return when it has said that it does: the PID, or -1. */
static inline pid_t start_following(struct tool *t, const char *const *args)
{
	static const char want[] = "exe-watch: following\n";
	char text[256] = "";
	struct pollfd fds;
	int err[2];
	pid_t pid;
	ssize_t len = -1;

	if (pipe2(err, O_CLOEXEC))
		return -1;
	pid = start(t, 0, err[1], args);
	close(err[1]);
	fds = (struct pollfd) { .fd = err[0], .events = POLLIN };
	if (poll(&fds, 1, 60000) == 1)
		len = read(err[0], text, sizeof(text) - 1);
	/* It has no more to say, or it is told so by SIGPIPE, which it ignores. */
	close(err[0]);
	if (len < 0 || strcmp(text, want)) {
		printf("# it said: %s\n", text);
		signal_child(pid, SIGKILL);
		wait_child(pid);
		return -1;
	}
	return pid;
}

#define follow(...)	start_following(&self->t, (const char *const[]) { __VA_ARGS__, NULL })

/* The instance of tracefs that it has: false if there is none, or none any more. */
static inline bool find_instance(pid_t pid, char name[96])
{
	int fd = openat(room.tracing, "instances", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	char want[32];
	bool found = false;

	snprintf(want, sizeof(want), "exe-watch-%d-", pid);
	while (dir && !found && (entry = readdir(dir))) {
		found = !strncmp(entry->d_name, want, strlen(want));
		snprintf(name, 96, "instances/%.80s", entry->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

static inline bool has_instance(pid_t pid)
{
	char name[96];

	return find_instance(pid, name);
}

#endif /* EXE_WATCH_TOOL_H */
