// SPDX-License-Identifier: GPL-2.0
/*
 * The audit records while auditing is locked, which lasts until the next boot: behind all
 * tests that turn it on or off. The level of kernel.prctl_set_mm may be 3 by then.
 */
#include "harness.h"
#include "audit.h"
#include "exe_files.h"
#include "policy.h"

/* W2 L3: a refusal has a record */
TEST(refusal)
{
	const char *record;
	int sock, result;

	REQUIRE(NEED_INITIAL_PIDS);
	/* This is the initial user namespace, or auditing could not be read. */
	SKIP_IF(has_cap(CAP_SYS_RESOURCE) ? NULL : "needs CAP_SYS_RESOURCE");
	sock = join_audit();
	SKIP_IF(sock < 0 ? "needs CAP_AUDIT_READ" : NULL);
	if (get_auditing() != 2)
		ASSERT_EQ(0, set_auditing(2));
	REQUIRE(NEED_AUDIT);
	result = set_exe(-1);
	ASSERT_EQ(get_policy() == 3 ? -EPERM : -EBADF, result);
	record = read_record(sock, getpid());
	EXPECT_STREQ(result == -EPERM ? "locked" : "not-open", audit_field(record, "reason"));
	EXPECT_STREQ("0", audit_field(record, "res"));
}

static const char *why_not_locked(void)
{
	const char *why = why_no_series_at_any_level();
	int on = get_auditing();

	if (!why && on < 0)
		why = "auditing is not to be had, or not in this namespace";
	if (!why && yes_or_no("PR_SET_MM_LOCK") != 1 && on != 2)
		why = "it locks auditing until reboot; PR_SET_MM_LOCK=1 lets it";
	return why;
}

int main(int argc, char **argv)
{
	begin_tests(argv, 0, why_not_locked);
	return test_harness_run(argc, argv);
}
