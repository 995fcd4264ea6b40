// SPDX-License-Identifier: GPL-2.0
/* exe-watch --follow: attempts as they are made. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common.h"
#include "event.h"
#include "follow.h"
#include "instance.h"

/* Readable when one of the signals that end exe-watch has come. */
static int signals;

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

/* Print @count events, 0 is no limit, or until a signal comes. */
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
			told += print_line(start, json);
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
	int pipe = make_instance(tracing, instance), code;

	if (pipe < 0)
		return CANNOT_TELL;
	complain("following");
	code = read_events(pipe, json, count);
	close(pipe);
	remove_instance(tracing, instance);
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
