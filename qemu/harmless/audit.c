// SPDX-License-Identifier: GPL-2.0-only
/*
 * audit [KEY=VALUE...]: set enabled, failure, rate_limit or backlog_limit of the
 * kernel's auditing, and print what they are then, a line each.
 * audit --daemon [KEY=VALUE...]: set them, hold the audit daemon's place, print
 * "ready", and read what comes until SIGTERM; then leave the place, as auditd does.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <linux/audit.h>
#include <linux/netlink.h>

static int audit;
static char answer[9000];

static int fail(const char *what)
{
	fprintf(stderr, "audit: %s: %s\n", what, strerror(errno));
	return 2;
}

static struct nlmsghdr *receive(void)
{
	return recv(audit, answer, sizeof(answer), 0) < 0 ? NULL : (void *)answer;
}

static int set(const struct audit_status *status)
{
	struct {
		struct nlmsghdr header;
		struct audit_status status;
	} request = {
		{ sizeof(request), AUDIT_SET, NLM_F_REQUEST | NLM_F_ACK },
		*status,
	};
	struct nlmsghdr *header;

	if (send(audit, &request, sizeof(request), 0) < 0)
		return -1;
	do {
		header = receive();
		if (!header)
			return -1;
	} while (header->nlmsg_type != NLMSG_ERROR);
	errno = -((struct nlmsgerr *)NLMSG_DATA(header))->error;
	return errno ? -1 : 0;
}

static int read_word(const char *word, struct audit_status *status)
{
	const char *value = strchr(word, '=');
	size_t len = value ? value - word : 0;
	unsigned int number = value ? strtoul(value + 1, NULL, 10) : 0;

	if (len == 7 && !strncmp(word, "enabled", len)) {
		status->mask |= AUDIT_STATUS_ENABLED;
		status->enabled = number;
	} else if (len == 7 && !strncmp(word, "failure", len)) {
		status->mask |= AUDIT_STATUS_FAILURE;
		status->failure = number;
	} else if (len == 10 && !strncmp(word, "rate_limit", len)) {
		status->mask |= AUDIT_STATUS_RATE_LIMIT;
		status->rate_limit = number;
	} else if (len == 13 && !strncmp(word, "backlog_limit", len)) {
		status->mask |= AUDIT_STATUS_BACKLOG_LIMIT;
		status->backlog_limit = number;
	} else {
		fprintf(stderr, "audit: what is '%s'?\n", word);
		return -1;
	}
	return 0;
}

static int show(void)
{
	struct nlmsghdr request = { sizeof(request), AUDIT_GET, NLM_F_REQUEST };
	struct audit_status *status;
	struct nlmsghdr *header;

	if (send(audit, &request, sizeof(request), 0) < 0)
		return fail("AUDIT_GET");
	do {
		header = receive();
		if (!header)
			return fail("AUDIT_GET");
	} while (header->nlmsg_type != AUDIT_GET);
	status = NLMSG_DATA(header);
	printf("enabled=%u\nfailure=%u\npid=%u\n", status->enabled, status->failure,
	       status->pid);
	printf("rate_limit=%u\nbacklog_limit=%u\nbacklog_wait_time=%u\n",
	       status->rate_limit, status->backlog_limit, status->backlog_wait_time);
	return 0;
}

static volatile sig_atomic_t over;

static void end(int signal)
{
	(void)signal;
	over = 1;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = end };
	struct timeval wait = { .tv_usec = 100000 };
	struct audit_status status = { };
	int i = 1, stay = argc > 1 && !strcmp(argv[1], "--daemon");

	audit = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	if (audit < 0)
		return fail("NETLINK_AUDIT");
	for (i += stay; i < argc; i++)
		if (read_word(argv[i], &status))
			return 2;
	if (status.mask && set(&status))
		return fail("AUDIT_SET");
	if (!stay)
		return show();

	status = (struct audit_status) { .mask = AUDIT_STATUS_PID, .pid = getpid() };
	if (set(&status))
		return fail("AUDIT_SET");
	/* A signal that comes just before the wait must not be waited out. */
	setsockopt(audit, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	sigaction(SIGTERM, &action, NULL);
	printf("ready\n");
	fflush(stdout);
	/* When more comes than is read, ENOBUFS says so, once. */
	while (!over && (receive() || errno == ENOBUFS || errno == EINTR || errno == EAGAIN))
		;
	status.pid = 0;
	return set(&status) ? fail("AUDIT_SET") : 0;
}
