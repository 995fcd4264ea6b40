/* SPDX-License-Identifier: GPL-2.0 */
/* exe-watch without --follow */
#ifndef EXE_WATCH_SNAPSHOT_H
#define EXE_WATCH_SNAPSHOT_H

#include <stdbool.h>

/* Print the processes with a replaced link, or @all processes: the exit code. */
int snapshot(bool json, bool all);

#endif /* EXE_WATCH_SNAPSHOT_H */
