/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fixture "exe": two files that may be executed. Every test runs in a fork of its own, so
 * each can replace the executable once. Include it behind harness.h.
 */
#ifndef EXE_FIXTURE_H
#define EXE_FIXTURE_H

#include "exe_files.h"
#include "leave_exe.h"

FIXTURE(exe) {
	char dir[96];
	char a[128], b[128];	/* two files that may be executed */
	int fd_a, fd_b;
};

FIXTURE_SETUP(exe)
{
	REQUIRE(NEED_PRIVILEGE | NEED_FILES);
	ASSERT_TRUE(make_dir(self->dir, "exe"));
	self->fd_a = make_exe_in(self->dir, "a", self->a);
	self->fd_b = make_exe_in(self->dir, "b", self->b);
	ASSERT_GE(self->fd_a, 0);
	ASSERT_GE(self->fd_b, 0);
}

FIXTURE_TEARDOWN(exe)
{
	EXPECT_EQ(0, remove_dir(self->dir));
}

#endif /* EXE_FIXTURE_H */
