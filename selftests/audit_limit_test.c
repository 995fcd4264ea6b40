// SPDX-License-Identifier: GPL-2.0
/* The audit records of attempts to replace the executable: how many, and what they use. */
#define _FILE_OFFSET_BITS 64
#include "harness.h"
#include "audit_fixture.h"
#include "audit_flood.h"
#include "slabinfo.h"

/* W2: neither the refusals of root nor successes are limited */
TEST_F(audit, no_limit)
{
	const int attempts = 4 * LIMIT;
	pid_t ticker = start_ticker();
	const char *record;
	int i, refused = 0;

	for (i = 0; i < attempts; i++)
		ASSERT_EQ(-EBADF, set_exe(-1));
	ASSERT_EQ(0, set_exe(self->w.fd));
	stop_ticker(ticker);
	do {
		record = read_record(self->sock, getpid());
		ASSERT_STRNE("none", record);
		EXPECT_STREQ("0", audit_field(record, "lost"));
		refused++;
	} while (strcmp("none", audit_field(record, "reason")));
	EXPECT_EQ(attempts, refused - 1);
}

/* W2: a report keeps no memory */
TEST_F(audit, memory)
{
	long before = objects_of("kmalloc-");
	unsigned int i;

	REQUIRE(NEED_RULES);
	SKIP_IF(why_no_objects());
	ASSERT_EQ(0, set_exe(self->w.fd));
	ASSERT_STRNE("none", read_record(self->sock, getpid()));
	for (i = 0; i < 1000; i++) {
		ASSERT_EQ(-EBUSY, set_exe(self->w.fd));
		/* What the socket has is memory, too. */
		ASSERT_STRNE("none", read_record(self->sock, getpid()));
	}
	EXPECT_GT(before + 500, objects_of("kmalloc-"));
}

int main(int argc, char **argv)
{
	begin_tests(argv, CHANGES_AUDITING, why_no_series);
	return test_harness_run(argc, argv);
}
