/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The events of the tracepoint prctl:prctl_replace_exe, read from an instance of
 * tracefs that nothing else uses.
 */
#ifndef EVENTS_H
#define EVENTS_H

#include <stdbool.h>

/* Make the instance of this program; why_no_events() says whether there is one. */
void begin_events(void);

/* Whether events get into it, which they do from the start on: 0 or -errno. */
int switch_events(bool on);

/*
 * Remove it; also in another process of the program, if all that read it have ended.
 * False if that fails, which is said.
 */
bool end_events(void);

/*
 * Drop the events. The kernel waits for the readers of the buffer meanwhile, so two grace
 * periods of RCU are over behind it.
 */
bool clear_events(void);

/* Why no events can be read, or NULL. */
const char *why_no_events(void);

/* Remove instances of programs that were killed. Those in use cannot be removed. */
void remove_old_instances(void);

/*
 * The one event of this process since the last look, from its first field on: an event is there by
 * the time that the call returns. "none" or "several" if it is not one.
 */
const char *read_event(void);

/* The same, of any process if @own is false. */
const char *read_any_event(bool own);

/* Those since the last look, at most @max of them in @list, until the next look: how many. */
unsigned int read_events(bool own, char **list, unsigned int max);

#endif /* EVENTS_H */
