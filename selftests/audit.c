// SPDX-License-Identifier: GPL-2.0
/* Audit records and the audit status, by netlink; audit.h says how. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <linux/audit.h>
#include <linux/netlink.h>

#include "audit.h"

/* A record of two paths, in hexadecimal digits, and what netlink puts before it. */
#define RECORD_SIZE	32768
#define ROOM_FOR_RECORDS	1048576
#define MINUTE		60

/* A socket that waits so many seconds for a message, or -errno. */
static int open_audit(unsigned int groups, unsigned int seconds)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = groups };
	struct timeval limit = { .tv_sec = seconds };
	int sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT), error;

	if (sock < 0)
		return -errno;
	if (bind(sock, (struct sockaddr *)&address, sizeof(address)) ||
	    setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit))) {
		error = -errno;
		close(sock);
		return error;
	}
	return sock;
}

/* As ask(); -EAGAIN if the kernel acknowledges the request and there is no answer. */
static int ask_once(unsigned short type, const struct audit_status *status,
		    unsigned short want, void *to, size_t size)
{
	struct {
		struct nlmsghdr head;
		struct audit_status status;
	} request = {
		.head = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = type,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
	};
	union {
		struct nlmsghdr head;
		char space[RECORD_SIZE];
	} answer;
	int sock = open_audit(0, 1), error = -EAGAIN;

	if (sock < 0)
		return sock;
	if (status)
		request.status = *status;
	if (send(sock, &request, sizeof(request), 0) < 0) {
		error = -errno;
		close(sock);
		return error;
	}
	while (recv(sock, &answer, sizeof(answer), 0) > 0) {
		if (answer.head.nlmsg_type == NLMSG_ERROR) {
			error = ((struct nlmsgerr *)NLMSG_DATA(&answer.head))->error;
			if (error || want == NLMSG_ERROR)
				break;
			error = -EAGAIN;
		} else if (answer.head.nlmsg_type == want) {
			memcpy(to, NLMSG_DATA(&answer.head), size);
			error = 0;
			break;
		}
	}
	close(sock);
	return error;
}

/*
 * Send a request and wait for the kernel's answer: a message of type @want, whose
 * first bytes are copied to @to, or an error: 0 or -errno. The kernel starts a thread
 * to send the answer. Where it cannot start one, because the machine has too many
 * tasks at the moment, there is no answer, so ask again.
 */
static int ask(unsigned short type, const struct audit_status *status,
	       unsigned short want, void *to, size_t size)
{
	int tries = MINUTE, error;

	do {
		error = ask_once(type, status, want, to, size);
	} while (error == -EAGAIN && --tries);
	return error;
}

int get_auditing(void)
{
	struct audit_status status = { };
	int error = ask(AUDIT_GET, NULL, AUDIT_GET, &status, sizeof(status));

	return error ? error : status.enabled;
}

bool may_be_audited(void)
{
	int on = get_auditing();

	/* These are a kernel without auditing, or without netlink. */
	return on && on != -EPROTONOSUPPORT && on != -EAFNOSUPPORT;
}

int set_auditing(int on)
{
	const struct audit_status status = {
		.mask = AUDIT_STATUS_ENABLED,
		.enabled = on,
	};

	return ask(AUDIT_SET, &status, NLMSG_ERROR, NULL, 0);
}

int join_audit(void)
{
	int sock = open_audit(1 << (AUDIT_NLGRP_READLOG - 1), MINUTE), size = ROOM_FOR_RECORDS;

	/* What does not fit is lost. Others may make records too. */
	if (sock >= 0)
		setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return sock;
}

const char *read_audit(int sock, unsigned int type)
{
	static union {
		struct nlmsghdr head;
		char space[RECORD_SIZE];
	} record;
	char own[32];
	ssize_t len;

	snprintf(own, sizeof(own), " pid=%d ", getpid());
	do {
		len = recv(sock, &record, sizeof(record) - 1, 0);
		if (len < 0)
			return "none";
		record.space[len] = '\0';
	} while (record.head.nlmsg_type != type || !strstr(NLMSG_DATA(&record.head), own));
	return NLMSG_DATA(&record.head);
}
