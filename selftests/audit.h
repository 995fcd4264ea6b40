/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's audit records, read as a member of the multicast group that anybody
 * with CAP_AUDIT_READ may join. The place of the audit daemon stays free or taken,
 * as it was.
 */
#ifndef AUDIT_H
#define AUDIT_H

#include <stdbool.h>
#include <sys/types.h>

/* Is auditing on: 0 or 1, 2 if that is locked, -errno if it cannot be told. */
int get_auditing(void);

/* Is it on, or can that not be told? */
bool may_be_audited(void);

/* Switch it on (1) or off (0): 0 or -errno. */
int set_auditing(int on);

/* A socket that gets each record from now on, or -errno. */
int join_audit(void);

/*
 * The text of the next record that tells of an attempt of process @pid to replace an
 * executable, 0 is any process; "none" if none comes within a minute.
 */
const char *read_record(int sock, pid_t pid);

/* An event: that record, and those that belong to it. */
struct audit_event {
	const char *text;
	/* The records of the old and the new file; "none" if there is no such record. */
	const char *file[2];
	bool complete;		/* the record that ends the event has come */
	unsigned int others;	/* records of other types in the event */
};

/* The next event, as read_record() has its first record. */
struct audit_event read_audit_event(int sock, pid_t pid);

/* What is behind "NAME=" in the record, up to a blank; "none" or "several" if it is not one. */
const char *audit_field(const char *record, const char *name);

/* How the kernel writes this name: in quotes, or in hexadecimal digits. */
const char *audit_text(const char *name);

#endif /* AUDIT_H */
