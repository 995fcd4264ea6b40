/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kselftest harness, with a guard before it: include this in the place of it. The
 * forks that the harness makes are as patient as those of the tests.
 */
#ifndef HARNESS_H
#define HARNESS_H

#include "child.h"
#include "guard.h"
#include "machine.h"
#include "need.h"
#include "prctl_set_mm.h"

static pid_t fork_for_harness(void);
#define fork()	fork_for_harness()
#include "../kselftest_harness.h"
#include "chosen.h"

#define pthread_create	patient_pthread_create

/* Seconds that a test may take: on a busy machine the harness's 30 are not enough. */
#define TEST_LIMIT	200
#define SOAK_LIMIT	3600

/* What a test exits with that is skipped: harnesses without XFAIL have a code of their own. */
#ifdef XFAIL_ADD
#define SKIP_STATUS	KSFT_SKIP
#else
#define SKIP_STATUS	255
#endif

/*
 * Skip the test if there is a reason why. In a setup too: there, SKIP(return, ...) of
 * older harnesses goes on with the test. Nothing may have been begun before it.
 */
#define SKIP_IF(why) do {						\
	const char *why__ = (why);					\
									\
	if (why__)							\
		SKIP(_exit(SKIP_STATUS), "%s", why__);			\
} while (0)

#define REQUIRE(needs)	SKIP_IF(why_not(needs))

/*
 * A, B1: refused with this errno, and nothing has changed. At level 0, where these
 * clauses are off, the bound is accepted.
 */
#define EXPECT_RULED_OUT(error, option, addr) do {			\
	unsigned long at__ = (addr);					\
	unsigned int bound__ = (option);				\
									\
	if (rules_hold())						\
		EXPECT_REFUSED(error, set_mm(bound__, at__));		\
	else								\
		EXPECT_BOUND(bound__, at__);				\
} while (0)

static inline void get_tally(struct tally *tally)
{
	tally->plan = ksft_plan;
	tally->passed = ksft_cnt.ksft_pass;
	tally->skipped = ksft_cnt.ksft_xskip;
	tally->failed = ksft_test_num() - tally->passed - tally->skipped;
}

static pid_t fork_for_harness(void)
{
	struct tally tally;

	get_tally(&tally);
	tell_guard(&tally);
	return patient_fork();
}

/* Nothing but skips is a skip of the program, which older harnesses do not say. */
static void exit_with_skip(void)
{
	struct tally tally;

	get_tally(&tally);
	if (!is_guarded() || !tally.skipped || tally.skipped != tally.plan)
		return;
	fflush(NULL);
	_exit(KSFT_SKIP);
}

static inline void set_limits(void)
{
	int limit = getenv("SOAK") ? SOAK_LIMIT : TEST_LIMIT;
	struct __fixture_metadata *fixture;
	struct __test_metadata *test;

	for (fixture = __fixture_list; fixture; fixture = fixture->next) {
		for (test = fixture->tests; test; test = test->next)
			test->timeout = limit;
	}
}

/*
 * To be called by main() before test_harness_run(). @why_none, if it is not NULL, says
 * in the process of the tests why none of them can be run.
 */
static inline void begin_tests(char **argv, unsigned int uses, const char *(*why_none)(void))
{
	const char *reason = "needs root";

	/* Others change nothing that would have to be put back. */
	if (!geteuid() || !why_none) {
		begin_guard(argv, uses);
		reason = why_none ? why_none() : NULL;
	}
	if (!reason)
		reason = why_none_is_chosen();
	set_limits();
	atexit(exit_with_skip);
	if (reason) {
		ksft_print_header();
		ksft_exit_skip("%s\n", reason);
	}
}

#endif /* HARNESS_H */
