/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fixture "event", of a file to become the executable, with no event left that is not
 * the test's own. Include it behind harness.h.
 */
#ifndef EVENT_FIXTURE_H
#define EVENT_FIXTURE_H

#include "leave_exe.h"
#include "watch.h"

/* The event of a call for the file of the fixture, by the test's own executable. */
#define EXPECT_FILE_EVENT(call, result, reason)					\
	EXPECT_EVENT(call, result, reason, room.program, self->w.file, self->w.fd)

FIXTURE(event) {
	struct watch w;
	struct prctl_mm_map map;	/* one that is in order, with that file */
};

FIXTURE_SETUP(event)
{
	unsigned int i;

	REQUIRE(NEED_PRIVILEGE | NEED_FILES | NEED_EVENTS);
	ASSERT_TRUE(watch_begin(&self->w));
	/* Other tests leave some, more than one read has room for. */
	for (i = 0; i < 100 && strcmp(read_any_event(false), "none"); i++)
		;
	ASSERT_STREQ("none", read_any_event(false));
	read_map(&self->map);
	self->map.exe_fd = self->w.fd;
}

FIXTURE_TEARDOWN(event)
{
	EXPECT_EQ(0, watch_end(&self->w));
}

#endif /* EVENT_FIXTURE_H */
