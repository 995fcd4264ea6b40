/* SPDX-License-Identifier: GPL-2.0 */
/* One event of the tracepoint prctl:prctl_replace_exe, from a line of trace_pipe. */
#ifndef EXE_WATCH_EVENT_H
#define EXE_WATCH_EVENT_H

#include <stdbool.h>

/*
 * Print what this line of trace_pipe says. Changes the line. Returns the number of
 * attempts in it, 0 or 1.
 */
unsigned int print_line(char *line, bool json);

/* Print that @count events are not shown; 0 is an unknown number. */
void print_lost(unsigned long count, bool json);

#endif /* EXE_WATCH_EVENT_H */
