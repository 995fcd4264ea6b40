/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fixture "identity": a file that may be executed, and an overlayfs if the test mounts
 * one. The level is put back. Include it behind harness.h.
 */
#ifndef IDENTITY_FIXTURE_H
#define IDENTITY_FIXTURE_H

#include "exe_files.h"
#include "leave_exe.h"
#include "levels.h"
#include "overlay.h"

FIXTURE(identity) {
	char dir[96];
	char a[128];	/* a file that may be executed */
	int fd_a;
	struct overlay overlay;
};

FIXTURE_SETUP(identity)
{
	REQUIRE(NEED_PRIVILEGE | NEED_FILES);
	ASSERT_TRUE(make_dir(self->dir, "identity"));
	self->fd_a = make_exe_in(self->dir, "a", self->a);
	ASSERT_GE(self->fd_a, 0);
}

FIXTURE_TEARDOWN(identity)
{
	EXPECT_EQ(0, enter_level(first_level()));
	if (self->overlay.merged[0])
		unmount_overlay(&self->overlay);
	EXPECT_EQ(0, remove_dir(self->dir));
}

static inline void path_in(char path[160], const char *dir, const char *name)
{
	snprintf(path, 160, "%.130s/%s", dir, name);
}

#endif /* IDENTITY_FIXTURE_H */
