/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fixture "policy": level 1, which a test may change, a page for bounds, and two files to
 * become the executable. Include it behind harness.h.
 */
#ifndef POLICY_FIXTURE_H
#define POLICY_FIXTURE_H

#include "exe_files.h"
#include "leave_exe.h"
#include "policy.h"

#define PROT_RW	(PROT_READ | PROT_WRITE)
#define ROUNDS	(getenv("SOAK") ? 20000 : 300)

FIXTURE(policy) {
	unsigned long page;	/* writable, and of no use but for data */
	char dir[96];
	char a[128], b[128];	/* two files that may be executed */
	int fd_a, fd_b;
};

FIXTURE_SETUP(policy)
{
	void *page;

	REQUIRE(NEED_PRIVILEGE | NEED_LEVELS | NEED_FILES);
	page = mmap(NULL, 3 * PAGE, PROT_RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, page);
	ASSERT_EQ(1, get_policy());
	self->page = (unsigned long)page + PAGE;
	ASSERT_EQ(0, spread_bounds(self->page - PAGE, self->page + 2 * PAGE));
	ASSERT_TRUE(make_dir(self->dir, "policy"));
	self->fd_a = make_exe_in(self->dir, "a", self->a);
	self->fd_b = make_exe_in(self->dir, "b", self->b);
	ASSERT_GE(self->fd_a, 0);
	ASSERT_GE(self->fd_b, 0);
}

FIXTURE_TEARDOWN(policy)
{
	EXPECT_EQ(0, set_policy(1));
	EXPECT_EQ(0, remove_dir(self->dir));
}

/* For a thread: @arg points to the descriptor. */
static inline void *switch_exe(void *arg)
{
	return (void *)(long)set_exe(*(int *)arg);
}

#endif /* POLICY_FIXTURE_H */
