/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fixture "snapshot": the tool, children of the test for it to find, and what it says of
 * them in JSON. Include it behind harness.h.
 */
#ifndef EXE_WATCH_SNAPSHOT_FIXTURE_H
#define EXE_WATCH_SNAPSHOT_FIXTURE_H

#include "tool.h"

FIXTURE(snapshot) {
	struct tool t;
};

FIXTURE_SETUP(snapshot)
{
	REQUIRE(NEED_PRIVILEGE | NEED_FILES);
	SKIP_IF(why_no_tool());
	ASSERT_TRUE(begin(&self->t));
}

FIXTURE_TEARDOWN(snapshot)
{
	EXPECT_EQ(0, end(&self->t));
}

/* How many processes of the JSON array are children of this one. */
static inline unsigned int count_ours(const char *out)
{
	unsigned int count = 0;
	char label[32];

	snprintf(label, sizeof(label), "\"ppid\":%d,", getpid());
	while ((out = strstr(out, label))) {
		out += strlen(label);
		count++;
	}
	return count;
}

/* The line of a process in the JSON array, without the comma behind it. */
static inline const char *row(pid_t pid, const char *name, const char *exe)
{
	static char text[4096];

	snprintf(text, sizeof(text),
		 "\n{\"pid\":%d,\"ppid\":%d,\"uid\":0,\"comm\":\"%s\",\"state\":\"replaced\",\"exe\":\"%s\"}",
		 pid, getpid(), name, exe);
	return text;
}

/* A child that does that and waits for its end; it has said so when this returns. */
static inline pid_t spawn(struct tool *t, void (*act)(struct tool *t))
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC))
		return -1;
	pid = start_child();
	if (!pid) {
		act(t);
		if (write(ready[1], "", 1) != 1)
			_exit(0);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		pid = -1;
	close(ready[0]);
	return pid;
}

static inline void replace(struct tool *t)
{
	if (set_exe(t->w.fd))
		_exit(1);
}

#endif /* EXE_WATCH_SNAPSHOT_FIXTURE_H */
