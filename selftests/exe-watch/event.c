// SPDX-License-Identifier: GPL-2.0
/* One event of the tracepoint prctl:prctl_replace_exe: from a line of trace_pipe to output. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common.h"
#include "event.h"
#include "text.h"

/* The reasons that the kernel gives for a refusal. */
static const struct {
	const char *reason, *why;
} reasons[] = {
	{ "unused-argument", "an unused argument is not 0" },
	{ "no-capability", "the caller lacks the capability" },
	{ "bad-bounds", "the bounds of the map are not in order" },
	{ "vector-missing", "a vector with a size but no address" },
	{ "vector-too-long", "a vector longer than the kernel's own" },
	{ "vector-unreadable", "a vector that cannot be read" },
	{ "locked", "the sysctl kernel.prctl_set_mm is 3" },
	{ "not-open", "the new file is not an open descriptor" },
	{ "not-executable", "the caller may not execute the new file" },
	{ "wrong-mapping", "a bound of the map has no mapping, or not the right one" },
	{ "old-exe-mapped", "the old executable is still mapped" },
	{ "already-replaced", "it was replaced before" },
	{ "open-for-writing", "the new file is open for writing" },
	{ }
};

static const char *explain(const char *reason)
{
	size_t i;

	for (i = 0; reasons[i].reason; i++) {
		if (!strcmp(reasons[i].reason, reason))
			return reasons[i].why;
	}
	return "a reason that this exe-watch does not know";
}

static const char *error_name(int result)
{
	const char *name = strerrorname_np(-result);

	return name ? name : "?";
}

/* A file as the event has it: its path, and what stat(2) says of it. */
struct exe {
	char *name;
	unsigned int major, minor;
	unsigned long long ino;
};

struct event {
	int pid, result;
	struct exe old, new;
	char *comm, *reason;
};

/* The text behind @label and up to the quote that ends it; NULL if it is not there. */
static char *take_quoted(char **at, const char *label)
{
	char *start = *at + strlen(label), *end;

	if (strncmp(*at, label, strlen(label)))
		return NULL;
	for (end = start; *end && *end != '"'; end++) {
		if (*end == '\\' && end[1])
			end++;
	}
	if (!*end)
		return NULL;
	*end = '\0';
	*at = end + 1;
	unescape(start);
	return start;
}

/* The same for what no quote surrounds: a word. */
static char *take_word(char **at, const char *label)
{
	char *start = *at + strlen(label);

	if (strncmp(*at, label, strlen(label)))
		return NULL;
	*at = start + strcspn(start, " ");
	if (**at)
		*(*at)++ = '\0';
	return start;
}

/* NAME="PATH" NAME_dev=MAJOR:MINOR NAME_ino=NUMBER, with a blank before each. */
static bool take_exe(char **at, const char *name, struct exe *exe)
{
	char label[64];
	int used = 0;

	snprintf(label, sizeof(label), " %s=\"", name);
	exe->name = take_quoted(at, label);
	if (!exe->name)
		return false;
	snprintf(label, sizeof(label), " %s_dev=%%u:%%u %s_ino=%%llu%%n", name, name);
	if (sscanf(*at, label, &exe->major, &exe->minor, &exe->ino, &used) != 3 || !used)
		return false;
	*at += used;
	return true;
}

/* The fields in the order of the event; a quote within a name is escaped. */
static bool parse(char *at, struct event *event)
{
	int used = 0;

	if (sscanf(at, "pid=%d%n", &event->pid, &used) != 1)
		return false;
	at += used;
	event->comm = take_quoted(&at, " comm=\"");
	if (!event->comm || !take_exe(&at, "old", &event->old) ||
	    !take_exe(&at, "new", &event->new))
		return false;
	used = 0;
	if (sscanf(at, " result=%d %n", &event->result, &used) != 1 || !used)
		return false;
	at += used;
	event->reason = take_word(&at, "reason=");
	return event->reason && event->reason[0] && !*at;
}

/*
 * The time stands before the event: seconds of CLOCK_BOOTTIME, which the date is
 * made of. It is the present one should there be none.
 */
static void read_time(const char *line, const char *mark, struct timespec *time)
{
	struct timespec boot, now;
	long long ns, seconds, age = 0;
	int micro;

	clock_gettime(CLOCK_BOOTTIME, &boot);
	clock_gettime(CLOCK_REALTIME, &now);
	while (mark > line && strchr("0123456789.", mark[-1]))
		mark--;
	if (sscanf(mark, "%lld.%6d:", &seconds, &micro) == 2)
		age = (boot.tv_sec - seconds) * 1000000000LL + boot.tv_nsec - micro * 1000LL;
	ns = now.tv_sec * 1000000000LL + now.tv_nsec - age;
	time->tv_sec = ns / 1000000000;
	time->tv_nsec = ns % 1000000000;
}

static void print_time(const struct timespec *time)
{
	char date[sizeof("2038-01-19T03:14:07")] = "";
	struct tm tm;

	if (gmtime_r(&time->tv_sec, &tm))
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	printf("%s.%06ldZ", date, time->tv_nsec / 1000);
}

static void print_event(const struct event *event)
{
	printf(" %d \"", event->pid);
	put_escaped(event->comm, "\"");
	printf("\" \"");
	put_escaped(event->old.name, "\"");
	printf("\" -> \"");
	put_escaped(event->new.name, "\"");
	printf("\" ");
	if (!event->result) {
		printf("accepted");
		return;
	}
	printf("refused %s ", error_name(event->result));
	put_escaped(event->reason, " ");
	printf(": %s", explain(event->reason));
}

static void print_json_exe(const char *name, const struct exe *exe)
{
	printf(",\"%s\":", name);
	put_json(exe->name);
	printf(",\"%s_dev\":\"%u:%u\",\"%s_ino\":%llu", name, exe->major, exe->minor,
	       name, exe->ino);
}

static void print_json(const struct event *event)
{
	printf("\"pid\":%d,\"comm\":", event->pid);
	put_json(event->comm);
	print_json_exe("old", &event->old);
	print_json_exe("new", &event->new);
	printf(",\"result\":%d", event->result);
	if (!event->result) {
		printf(",\"errno\":null,\"reason\":null,\"why\":null");
		return;
	}
	printf(",\"errno\":\"%s\",\"reason\":", error_name(event->result));
	put_json(event->reason);
	printf(",\"why\":");
	put_json(explain(event->reason));
}

void print_lost(unsigned long count, bool json)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	printf(json ? "{\"time\":\"" : "");
	print_time(&now);
	if (json && count)
		printf("\",\"lost\":%lu}\n", count);
	else if (json)
		printf("\",\"lost\":null}\n");
	else if (count)
		printf(" lost %lu events\n", count);
	else
		printf(" lost events, nobody knows how many\n");
}

/*
 * How many events the line says are lost, 0 is a number unknown: "CPU:1 [LOST 7
 * EVENTS]" or "CPU:1 [LOST EVENTS]". -1 if it is no such line.
 */
static long lost_events(const char *line)
{
	static const char end[] = " EVENTS]";
	const char *lost = strstr(line, " [LOST ");
	size_t length = strlen(line);

	/* It is more than fits into a page, of which the kernel keeps nothing. */
	if (!strcmp(line, "[LINE TOO BIG]"))
		return 1;
	if (strncmp(line, "CPU:", 4) || !lost || length < strlen(end) ||
	    strcmp(line + length - strlen(end), end))
		return -1;
	return strtol(lost + strlen(" [LOST "), NULL, 10);
}

/*
 * Before the event is the name of the thread as it is, newlines included, so a line can
 * be a piece of a name. A name is 15 bytes at most: too short for the mark of an event,
 * and for a line that says events are lost.
 */
unsigned int print_line(char *line, bool json)
{
	static const char mark[] = ": prctl_replace_exe: ";
	char *at = strstr(line, mark);
	struct event event = { };
	struct timespec time;
	long lost;

	if (!at) {
		lost = lost_events(line);
		if (lost >= 0)
			print_lost(lost, json);
		return 0;
	}

	read_time(line, at, &time);
	if (!parse(at + strlen(mark), &event)) {
		complain("cannot read an event; is this the exe-watch of this kernel?");
		print_lost(1, json);
		return 1;
	}
	printf(json ? "{\"time\":\"" : "");
	print_time(&time);
	printf(json ? "\"," : "");
	if (json)
		print_json(&event);
	else
		print_event(&event);
	printf(json ? "}\n" : "\n");
	return 1;
}
