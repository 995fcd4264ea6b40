/* SPDX-License-Identifier: GPL-2.0 */
/* exe-watch --follow */
#ifndef EXE_WATCH_FOLLOW_H
#define EXE_WATCH_FOLLOW_H

#include <stdbool.h>

/* Print @count attempts, 0 is no limit, or until a signal comes: the exit code. */
int follow(bool json, unsigned long count);

#endif /* EXE_WATCH_FOLLOW_H */
