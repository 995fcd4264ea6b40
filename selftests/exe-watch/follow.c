// SPDX-License-Identifier: GPL-2.0
/* Attempts as they are made: the tracepoint prctl:prctl_replace_exe. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mntent.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>
#include <linux/magic.h>

#include "../by_hand.h"
#include "common.h"
#include "follow.h"
#include "text.h"

#define EVENT	"events/prctl/prctl_replace_exe"
#define PREFIX	"exe-watch-"

/* Readable when one of the signals that end exe-watch has come. */
static int signals;

/* The contract's clauses, for who has not read it. */
static const struct {
	const char *clause, *why;
} reasons[] = {
	{ "G2", "an unused argument is not 0" },
	{ "G3", "no CAP_SYS_RESOURCE in the initial user namespace" },
	{ "G6", "the bounds of the map are not in order" },
	{ "E1", "the new file is no open descriptor" },
	{ "E2", "the caller may not execute the new file" },
	{ "E3", "the old executable is still mapped" },
	{ "E4", "replaced once already" },
	{ "E5", "the new file is open for writing" },
	{ "L3", "locked: the sysctl kernel.prctl_set_mm is 3" },
	{ "M2", "a vector with a size but no address" },
	{ "M3", "no CAP_CHECKPOINT_RESTORE in the user namespace of the caller" },
	{ "X1", "a vector larger than the kernel's own" },
	{ "X2", "a vector that cannot be read" },
	{ "X5", "no memory for the vector" },
	{ }
};

static const char *reason(const char *clause)
{
	size_t i;

	for (i = 0; reasons[i].clause; i++) {
		if (!strcmp(reasons[i].clause, clause))
			return reasons[i].why;
	}
	return "a clause that this exe-watch does not know";
}

static const char *error_name(int result)
{
	const char *name = strerrorname_np(-result);

	return name ? name : "?";
}

struct event {
	int pid, result;
	unsigned int major, minor;
	unsigned long long ino;
	char *comm, *old, *new, *clause;
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

/* The fields in the order of the event; a quote within a name is escaped. */
static bool parse(char *at, struct event *event)
{
	int used = 0;

	if (sscanf(at, "pid=%d%n", &event->pid, &used) != 1)
		return false;
	at += used;
	event->comm = take_quoted(&at, " comm=\"");
	event->old = event->comm ? take_quoted(&at, " old=\"") : NULL;
	event->new = event->old ? take_quoted(&at, " new=\"") : NULL;
	used = 0;
	if (!event->new || sscanf(at, " dev=%u:%u ino=%llu result=%d %n", &event->major,
				  &event->minor, &event->ino, &event->result, &used) != 4)
		return false;
	at += used;
	event->clause = take_word(&at, "clause=");
	return event->clause && event->clause[0] && !*at;
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
	put_escaped(event->old, "\"");
	printf("\" -> \"");
	put_escaped(event->new, "\"");
	printf("\" ");
	if (!event->result) {
		printf("accepted");
		return;
	}
	printf("refused %s ", error_name(event->result));
	put_escaped(event->clause, " ");
	printf(": %s", reason(event->clause));
}

static void print_json(const struct event *event)
{
	printf("\"pid\":%d,\"comm\":", event->pid);
	put_json(event->comm);
	printf(",\"old\":");
	put_json(event->old);
	printf(",\"new\":");
	put_json(event->new);
	printf(",\"dev\":\"%u:%u\",\"ino\":%llu,\"result\":%d", event->major, event->minor,
	       event->ino, event->result);
	if (!event->result) {
		printf(",\"errno\":null,\"clause\":null,\"why\":null");
		return;
	}
	printf(",\"errno\":\"%s\",\"clause\":", error_name(event->result));
	put_json(event->clause);
	printf(",\"why\":");
	put_json(reason(event->clause));
}

/* That there are events which are not told: @count of them, 0 is a number unknown. */
static void print_lost(unsigned long count, bool json)
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
 * One line of trace_pipe. Before the event is the name of the thread as it is,
 * newlines included, so a line can be a piece of a name. A name is 15 bytes at most:
 * too short for the mark of an event, and for a line that says events are lost.
 * Returns the number of events that it was, 0 or 1.
 */
static unsigned int tell(char *line, bool json)
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

/* Has a signal come that ends exe-watch? */
static bool is_interrupted(void)
{
	struct pollfd fds = { .fd = signals, .events = POLLIN };

	return poll(&fds, 1, 0) > 0;
}

/*
 * Write for stdio. The signals that end exe-watch are blocked, so a reader that does
 * not read must not block it in write(2). poll(2) promises room for PIPE_BUF bytes.
 * An error is 0, for which stdio sets ferror().
 */
static ssize_t write_output(void *cookie, const char *text, size_t size)
{
	struct pollfd fds[] = {
		{ .fd = STDOUT_FILENO, .events = POLLOUT },
		{ .fd = signals, .events = POLLIN },
	};
	size_t done = 0;
	ssize_t len;

	while (done < size) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return 0;
		if (!fds[0].revents) {
			errno = EINTR;
			if (fds[1].revents)
				return 0;
			continue;
		}
		len = size - done < PIPE_BUF ? size - done : PIPE_BUF;
		len = write(STDOUT_FILENO, text + done, len);
		if (len < 0 && errno != EAGAIN && errno != EINTR)
			return 0;
		if (len > 0)
			done += len;
	}
	return done;
}

/* Read until @count events are told, 0 is for ever, or a signal has come. */
static int read_events(int pipe, bool json, unsigned long count)
{
	static char buf[1 << 16];
	unsigned long told = 0;
	size_t used = 0;

	for (;;) {
		struct pollfd fds[] = {
			{ .fd = pipe, .events = POLLIN },
			{ .fd = signals, .events = POLLIN },
			/* For nothing but that its reader has gone. */
			{ .fd = STDOUT_FILENO },
		};
		char *start = buf, *end;
		ssize_t len;

		if (poll(fds, 3, -1) < 0) {
			/* What poll() would have filled in means nothing then. */
			if (errno == EINTR)
				continue;
			complain("cannot wait for events: %s", strerror(errno));
			return CANNOT_TELL;
		}
		if (fds[1].revents)
			return NOTHING_REPLACED;
		if (fds[2].revents) {
			complain("nobody reads the output any more");
			return CANNOT_TELL;
		}
		len = read(pipe, buf + used, sizeof(buf) - used);
		if (len < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (len <= 0) {
			complain("cannot read events: %s",
				 len ? strerror(errno) : "tracing was turned off");
			return CANNOT_TELL;
		}

		used += len;
		while ((end = memchr(start, '\n', buf + used - start))) {
			*end = '\0';
			told += tell(start, json);
			start = end + 1;
			if (told && told == count)
				return flush_output() ? NOTHING_REPLACED : CANNOT_TELL;
		}
		used -= start - buf;
		memmove(buf, start, used);
		if (used == sizeof(buf)) {
			print_lost(1, json);
			used = 0;
		}
		if (!flush_output())
			return CANNOT_TELL;
	}
}

/* Is tracefs there, or has another mount covered it? */
static bool is_tracefs(const char *path)
{
	struct statfs fs;

	return !statfs(path, &fs) && fs.f_type == TRACEFS_MAGIC;
}

/* Where tracefs is mounted. */
static bool find_tracefs(char *path, size_t size)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *mount = NULL;

	while (mounts && (mount = getmntent(mounts)) &&
	       (strcmp(mount->mnt_type, "tracefs") || !is_tracefs(mount->mnt_dir)))
		;
	if (mount)
		snprintf(path, size, "%s", mount->mnt_dir);
	if (mounts)
		endmntent(mounts);
	return mount;
}

static void complain_of(const char *what)
{
	complain("%s: %s%s", what, strerror(errno),
		 errno == EACCES || errno == EPERM ? be_root() : "");
}

/*
 * The folder of tracefs, if this kernel and this user have it with the event. Where it
 * is not mounted, a mount that only this process has is enough. The folder "tracing" of
 * debugfs would do as well, but opening it mounts tracefs there, for everybody.
 */
static int open_tracing(void)
{
	char path[PATH_MAX] = "tracefs";
	int dir = -1, root;

	if (find_tracefs(path, sizeof(path))) {
		dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	} else {
		root = detached_mount("tracefs");
		if (root >= 0) {
			dir = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			close(root);
		} else if (errno == ENODEV) {
			complain("this kernel has no tracefs, so there are no events to follow");
			return -1;
		}
	}
	if (dir >= 0 && !faccessat(dir, EVENT, F_OK, 0))
		return dir;
	if (dir >= 0 && errno == ENOENT)
		complain("this kernel has no tracepoint prctl:prctl_replace_exe to follow");
	else
		complain_of(path);
	if (dir >= 0)
		close(dir);
	return -1;
}

static bool write_at(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) >= 0;

	if (!done)
		complain_of(name);
	if (fd >= 0)
		close(fd);
	return done;
}

/*
 * When the process started, in clock ticks since the boot, from its stat in /proc: with
 * the PID this tells which process it is. False if there is no such process, or if it
 * has ended and its parent has not asked how.
 */
static bool read_start(const char *pid, long *number, unsigned long long *start)
{
	char name[64], text[1024], *at;
	ssize_t len;
	int fd, i;

	snprintf(name, sizeof(name), "/proc/%s/stat", pid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len < 0 ? 0 : len] = '\0';

	/* It is field 22; comm is field 2, in parentheses, and may have any byte in it. */
	*number = strtol(text, NULL, 10);
	at = strrchr(text, ')');
	if (at && at[1] && strchr("ZX", at[2]))
		return false;
	for (i = 2; at && i < 22; i++)
		at = strchr(at + 1, ' ');
	return at && sscanf(at, " %llu", start) == 1;
}

/* Does this name of an instance say that its maker has ended? */
static bool maker_is_gone(const char *name)
{
	unsigned long long start, made;
	char pid[16], again[64];
	long number;

	if (sscanf(name, PREFIX "%15[0-9]-%llu", pid, &made) != 2)
		return false;
	/* A name that is written in another way is not from exe-watch. */
	snprintf(again, sizeof(again), PREFIX "%s-%llu", pid, made);
	if (strcmp(name, again))
		return false;
	return !read_start(pid, &number, &start) || start != made;
}

/*
 * Remove what others left that were killed. The maker of an instance that is in use may
 * be in another PID namespace, and not be seen here: it has trace_pipe open, so the
 * kernel does not remove the instance (EBUSY).
 */
static void remove_left_behind(int tracing)
{
	int fd = openat(tracing, "instances", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *instances = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (fd >= 0 && !instances)
		close(fd);
	while (instances && (entry = readdir(instances))) {
		if (maker_is_gone(entry->d_name))
			unlinkat(fd, entry->d_name, AT_REMOVEDIR);
	}
	if (instances)
		closedir(instances);
}

/* The name of the instance says who made it, so that others know if they may remove it. */
static bool name_instance(char *name, size_t size)
{
	unsigned long long start;
	long pid;

	if (!read_start("self", &pid, &start)) {
		complain("cannot read /proc/self/stat: mount -t proc none /proc");
		return false;
	}
	snprintf(name, size, "instances/" PREFIX "%ld-%llu", pid, start);
	return true;
}

/*
 * The event of this instance, turned on: trace_pipe or -1. Times are of a clock that
 * a date can be made of. trace_pipe comes first: it keeps others from removing this.
 */
static int open_events(int tracing, const char *instance)
{
	int dir = openat(tracing, instance, O_RDONLY | O_DIRECTORY | O_CLOEXEC), pipe;

	if (dir < 0) {
		complain_of(instance);
		return -1;
	}
	pipe = openat(dir, "trace_pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (pipe < 0)
		complain_of("trace_pipe");
	if (pipe >= 0 && (!write_at(dir, "trace_clock", "boot") ||
			  !write_at(dir, EVENT "/enable", "1"))) {
		close(pipe);
		pipe = -1;
	}
	close(dir);
	return pipe;
}

/*
 * What ends it comes by a descriptor, so that the instance is removed whenever it
 * comes. What was ignored, as nohup(1) has it, still is. SIGPIPE and SIGXFSZ are for
 * output that cannot be written, of which write(2) tells as well.
 */
static bool catch_signals(void)
{
	static const int caught[] = {
		SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2, SIGXCPU,
		SIGVTALRM, SIGPROF, SIGPOLL, SIGPWR, 0
	};
	struct sigaction action;
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; caught[i]; i++) {
		if (!sigaction(caught[i], NULL, &action) && action.sa_handler != SIG_IGN)
			sigaddset(&set, caught[i]);
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (signals < 0)
		complain("cannot wait for signals: %s", strerror(errno));
	return signals >= 0;
}

/* stdout by way of write_output(). */
static bool replace_stdout(void)
{
	static const cookie_io_functions_t functions = { .write = write_output };
	FILE *output = fopencookie(NULL, "w", functions);

	if (output)
		stdout = output;
	else
		complain("no memory");
	return output;
}

/* With an instance that is there for as long as this takes. */
static int follow_with(int tracing, const char *instance, bool json, unsigned long count)
{
	int code = CANNOT_TELL, pipe;

	if (mkdirat(tracing, instance, 0700)) {
		complain_of(instance);
		return CANNOT_TELL;
	}
	pipe = open_events(tracing, instance);
	if (pipe >= 0) {
		complain("following");
		code = read_events(pipe, json, count);
		close(pipe);
	}
	if (unlinkat(tracing, instance, AT_REMOVEDIR))
		complain_of(instance);
	return code;
}

int follow(bool json, unsigned long count)
{
	int code = CANNOT_TELL, tracing;
	char instance[64];

	/* First of all: from here on no signal but SIGKILL ends it before its time. */
	if (!catch_signals())
		return CANNOT_TELL;
	if (!replace_stdout())
		return CANNOT_TELL;
	tracing = open_tracing();
	if (tracing < 0)
		return CANNOT_TELL;
	if (name_instance(instance, sizeof(instance))) {
		remove_left_behind(tracing);
		code = is_interrupted() ? NOTHING_REPLACED :
		       follow_with(tracing, instance, json, count);
	}
	close(tracing);
	return code;
}
