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
static const char *why_none = "no tracefs";

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

	why_none = room.why_no_tracing;
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
	snprintf(name, sizeof(name), "%s/" EVENT, instance());
	if (events >= 0 && !write_at(room.tracing, name, "1"))
		why_none = NULL;
}

void end_events(void)
{
	if (events >= 0)
		close(events);
	if (room.tracing >= 0)
		unlinkat(room.tracing, instance(), AT_REMOVEDIR);
}

const char *why_no_events(void)
{
	return why_none;
}

/* What tests and exe-watch call theirs, with the PID and start time of the maker. */
static const char *maker(const char *name)
{
	static const char *const prefixes[] = { PREFIX, "exe-watch-" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return name + strlen(prefixes[i]);
	}
	return NULL;
}

void remove_old_instances(void)
{
	struct dirent *entry;
	int fd = room.tracing < 0 ? -1 :
		 openat(room.tracing, "instances", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	while (dir && (entry = readdir(dir))) {
		if (maker(entry->d_name) && !is_running(maker(entry->d_name)))
			unlinkat(fd, entry->d_name, AT_REMOVEDIR);
	}
	if (dir)
		closedir(dir);
}

const char *read_event(void)
{
	static const char mark[] = ": prctl_replace_exe: ";
	static char text[1 << 16];
	size_t used = 0;
	ssize_t len;
	char *event;

	while ((len = read(events, text + used, sizeof(text) - 1 - used)) > 0)
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
