/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guard: the first process of a test program, which runs no test. It notes the
 * settings of the machine that the tests may change and puts them back when they have
 * ended, however that was: all passed, an assertion, a time limit, a crash, or SIGINT,
 * SIGTERM or SIGHUP to the guard. Then it ends as the tests did, or by the signal.
 *
 * A second guard stands between the first one and the tests. It does the same where
 * the first one is killed.
 */
#ifndef GUARD_H
#define GUARD_H

#include <stdbool.h>

/* What a program uses beside the settings that machine.h names. */
enum {
	USES_EVENTS = 256,
};

/* How far the tests of this program have got. */
struct tally {
	unsigned int plan, passed, failed, skipped;
};

/*
 * Become the process that runs the tests: returns in that one alone. @uses: CHANGES_
 * of machine.h and USES_ of this file; @argv is main()'s.
 */
void begin_guard(char **argv, unsigned int uses);

/* Is this the process that begin_guard() returned in? */
bool is_guarded(void);

/* Tell the guard how far they have got, before each test. */
void tell_guard(const struct tally *tally);

/*
 * The machine does not let the tests go on: it has refused @what for @error. The guard
 * ends the program; the tests that were not run are skips.
 */
void give_up(const char *what, int error);

/* The level of kernel.prctl_set_mm that tests begin with, -1 if there is none. */
extern int base_level;

#endif /* GUARD_H */
