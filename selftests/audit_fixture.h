/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fixture "audit": auditing is on, and no mapping of the executable is left. Include it
 * behind harness.h.
 */
#ifndef AUDIT_FIXTURE_H
#define AUDIT_FIXTURE_H

#include "audit.h"
#include "leave_exe.h"
#include "watch.h"

FIXTURE(audit) {
	struct watch w;
	struct stat old, new;	/* the executable, and the file of w */
	int sock;
	int found;	/* was auditing on? */
};

FIXTURE_SETUP(audit)
{
	REQUIRE(NEED_PRIVILEGE | NEED_FILES | NEED_AUDIT | NEED_INITIAL_PIDS);
	ASSERT_TRUE(watch_begin(&self->w));
	self->old = *present_exe();
	ASSERT_EQ(0, fstat(self->w.fd, &self->new));
	self->sock = join_audit();
	ASSERT_GE(self->sock, 0);
	self->found = get_auditing();
	ASSERT_GE(self->found, 0);
	if (!self->found)
		ASSERT_EQ(0, set_auditing(1));
	ASSERT_GT(leave_exe(), 0);
}

FIXTURE_TEARDOWN(audit)
{
	only_caps(~0ULL);
	if (!self->found)
		EXPECT_EQ(0, set_auditing(0));
	EXPECT_EQ(0, watch_end(&self->w));
}

#endif /* AUDIT_FIXTURE_H */
