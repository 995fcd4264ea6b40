/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The instance of tracefs that exe-watch --follow reads events from. Nothing else uses
 * it, so other tracing goes on undisturbed. All functions complain if they fail.
 */
#ifndef EXE_WATCH_INSTANCE_H
#define EXE_WATCH_INSTANCE_H

#include <stdbool.h>
#include <stddef.h>

/* The folder of tracefs, or -1 if there is none with the event for this user. */
int open_tracing(void);

/* Remove instances whose exe-watch was killed. */
void remove_left_behind(int tracing);

/*
 * The name of the instance of this process. It tells others which process made the
 * instance, so that they know when they may remove it.
 */
bool name_instance(char *name, size_t size);

/* Make it, and turn the event on: its trace_pipe, or -1 with nothing left behind. */
int make_instance(int tracing, const char *instance);

void remove_instance(int tracing, const char *instance);

#endif /* EXE_WATCH_INSTANCE_H */
