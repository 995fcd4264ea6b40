/* SPDX-License-Identifier: GPL-2.0 */
/* exe-watch without --follow */
#ifndef EXE_WATCH_SNAPSHOT_H
#define EXE_WATCH_SNAPSHOT_H

#include <stdbool.h>

struct selection {
	bool json, all;
	const char *known;	/* the file of the processes that do not count, or NULL */
	const char *note;	/* the one to add what is replaced to, or NULL */
	const int *pids;	/* with @note: of these processes and those below; 0 ends it */
};

/* Print the processes with a replaced link, or all processes: the exit code. */
int snapshot(const struct selection *selection);

#endif /* EXE_WATCH_SNAPSHOT_H */
