// SPDX-License-Identifier: GPL-2.0
/* Audit records and the audit status, by netlink; audit.h says how. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <linux/audit.h>
#include <linux/netlink.h>

#include "audit.h"

/* A record of a path, in hexadecimal digits, and what netlink puts before it. */
#define RECORD_SIZE	32768
#define ROOM_FOR_RECORDS	4194304
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

/* The next record of any type; NULL if none comes within a minute. */
static const struct nlmsghdr *read_any_record(int sock)
{
	static union {
		struct nlmsghdr head;
		char space[RECORD_SIZE];
	} record;
	ssize_t len = recv(sock, &record, sizeof(record) - 1, 0);

	if (len < 0)
		return NULL;
	record.space[len] = '\0';
	return &record.head;
}

const char *read_record(int sock, pid_t pid)
{
	static char text[RECORD_SIZE];
	const struct nlmsghdr *record;
	char own[32] = "";

	if (pid)
		snprintf(own, sizeof(own), " pid=%d ", pid);
	do {
		record = read_any_record(sock);
		if (!record)
			return "none";
		snprintf(text, sizeof(text), "%s", (const char *)NLMSG_DATA(record));
	} while (record->nlmsg_type != AUDIT_ANOM_LINK ||
		 !strstr(text, "): op=replace_exe ") || !strstr(text, own));
	return text;
}

struct audit_event read_audit_event(int sock, pid_t pid)
{
	static char file[2][RECORD_SIZE];
	struct audit_event event = {
		.text = read_record(sock, pid),
		.file = { "none", "none" },
	};
	const struct nlmsghdr *record;
	const char *text;
	size_t stamp;
	int item;

	/* All records of an event begin with the same time and number. */
	stamp = strcspn(event.text, ")");
	while (strcmp(event.text, "none") && !event.complete) {
		record = read_any_record(sock);
		if (!record)
			break;
		text = NLMSG_DATA(record);
		if (strncmp(text, event.text, stamp + 1))
			continue;
		item = atoi(audit_field(text, "item"));
		if (record->nlmsg_type == AUDIT_EOE) {
			event.complete = true;
		} else if (record->nlmsg_type == AUDIT_PATH && (item == 0 || item == 1) &&
			   !strcmp(event.file[item], "none")) {
			snprintf(file[item], RECORD_SIZE, "%s", text);
			event.file[item] = file[item];
		} else {
			event.others++;
		}
	}
	return event;
}

const char *audit_field(const char *record, const char *name)
{
	static char value[4][1 << 13];
	static unsigned int next;
	char label[32], *to = value[next++ % 4];
	const char *at;

	snprintf(label, sizeof(label), " %s=", name);
	at = strstr(record, label);
	if (!at || strstr(at + 1, label))
		return at ? "several" : "none";
	at += strlen(label);
	snprintf(to, sizeof(value[0]), "%.*s", (int)strcspn(at, "\n "), at);
	return to;
}

const char *audit_text(const char *name)
{
	static char text[2][1 << 13];
	static unsigned int next;
	char *to = text[next++ % 2];
	const unsigned char *at;

	/* Text with a "=" could pass for a field, so the kernel hides that, too. */
	for (at = (const unsigned char *)name; *at > ' ' && *at < 0x7f; at++) {
		if (strchr("\"=", *at))
			break;
	}
	if (!*at) {
		snprintf(to, sizeof(text[0]), "\"%s\"", name);
		return to;
	}
	for (at = (const unsigned char *)name; *at; at++)
		sprintf(to + 2 * (at - (const unsigned char *)name), "%02X", *at);
	return to;
}
