// SPDX-License-Identifier: GPL-2.0
/* Events of the tracepoint, from an instance of tracefs; events.h says more. */
#include <dirent.h>

#include "events.h"
#include "machine.h"
#include "prctl_set_mm.h"
#include "room.h"

#define PREFIX	"prctl_set_mm-"
#define EVENT	"events/prctl/prctl_replace_exe/enable"

/* Its trace_pipe. */
static int events = -1;
static const char *why_none = "no tracefs that this user may read";

/* Its name in the folder of tracefs: the same in the guards, which remove it. */
static const char *instance(void)
{
	static char name[96];

	snprintf(name, sizeof(name), "instances/" PREFIX "%s", own_name());
	return name;
}

void begin_events(void)
{
	char name[160];

	if (room.tracing < 0)
		return;
	why_none = "the kernel has no tracepoint prctl:prctl_replace_exe";
	if (faccessat(room.tracing, EVENT, F_OK, 0))
		return;
	why_none = "no instance of tracefs can be made";
	if (mkdirat(room.tracing, instance(), 0700))
		return;
	snprintf(name, sizeof(name), "%s/trace_pipe", instance());
	events = openat(room.tracing, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (events >= 0 && !switch_events(true))
		why_none = NULL;
}

int switch_events(bool on)
{
	char name[160];

	snprintf(name, sizeof(name), "%s/" EVENT, instance());
	return write_at(room.tracing, name, on ? "1" : "0");
}

bool end_events(void)
{
	if (events >= 0)
		close(events);
	if (room.tracing < 0 || !unlinkat(room.tracing, instance(), AT_REMOVEDIR) ||
	    errno == ENOENT)
		return true;
	fprintf(stderr, "# cannot remove the trace instance %s: %s\n", instance(),
		strerror(errno));
	return false;
}

bool clear_events(void)
{
	char name[160];
	int fd;

	snprintf(name, sizeof(name), "%s/trace", instance());
	fd = openat(room.tracing, name, O_WRONLY | O_TRUNC | O_CLOEXEC);
	return fd >= 0 && !close(fd);
}

const char *why_no_events(void)
{
	return why_none;
}

/* Is it one of a test or of exe-watch, PREFIX-PID-STARTTIME, whose maker has ended? */
static bool is_left_over(const char *name)
{
	static const char *const prefixes[] = { PREFIX, "exe-watch-" };
	unsigned long long start;
	unsigned int i;
	char want[96];
	int pid;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) ||
		    sscanf(name + strlen(prefixes[i]), "%d-%llu", &pid, &start) != 2)
			continue;
		snprintf(want, sizeof(want), "%s%d-%llu", prefixes[i], pid, start);
		return !strcmp(name, want) && !is_running(name + strlen(prefixes[i]));
	}
	return false;
}

void remove_old_instances(void)
{
	struct dirent *entry;
	/* PIDs of another namespace say nothing. */
	int fd = room.tracing < 0 || !room.initial_pids ? -1 :
		 openat(room.tracing, "instances", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	while (dir && (entry = readdir(dir))) {
		if (is_left_over(entry->d_name))
			unlinkat(fd, entry->d_name, AT_REMOVEDIR);
	}
	if (dir)
		closedir(dir);
}

/* Is it of this process? In another PID namespace that cannot be seen. */
static bool is_own(const char *event)
{
	char own[32];

	snprintf(own, sizeof(own), "pid=%d ", getpid());
	return !room.initial_pids || !strncmp(event, own, strlen(own));
}

unsigned int read_events(bool own, char **list, unsigned int max)
{
	static const char mark[] = ": prctl_replace_exe: ";
	static char text[1 << 16];
	unsigned int count = 0, i;
	size_t used = 0;
	ssize_t len;
	char *event;

	while ((len = read(events, text + used, sizeof(text) - 1 - used)) > 0)
		used += len;
	text[used] = '\0';
	event = strstr(text, mark);
	while (event && count < max) {
		event += strlen(mark);
		if (!own || is_own(event))
			list[count++] = event;
		event = strstr(event, mark);
	}
	/* Not before the next mark was found, which is behind the end of the line. */
	for (i = 0; i < count; i++)
		list[i][strcspn(list[i], "\n")] = '\0';
	return count;
}

const char *read_any_event(bool own)
{
	char *event[2];

	switch (read_events(own, event, 2)) {
	case 0:
		return "none";
	case 1:
		return event[0];
	default:
		return "several";
	}
}

const char *read_event(void)
{
	return read_any_event(true);
}
