/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's audit records, read as a member of the multicast group that anybody
 * with CAP_AUDIT_READ may join. The place of the audit daemon stays free or taken,
 * as it was.
 */
#ifndef AUDIT_H
#define AUDIT_H

#include <stdbool.h>

/* Is auditing on: 0 or 1, 2 if that is locked, -errno if it cannot be told. */
int get_auditing(void);

/* Is it on, or can that not be told? */
bool may_be_audited(void);

/* Switch it on (1) or off (0): 0 or -errno. */
int set_auditing(int on);

/* A socket that gets each record from now on, or -errno. */
int join_audit(void);

/*
 * The text of the next record of type @type that tells of this process; "none" if
 * none comes within a minute.
 */
const char *read_audit(int sock, unsigned int type);

#endif /* AUDIT_H */
