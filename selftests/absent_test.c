// SPDX-License-Identifier: GPL-2.0
/* A kernel without CONFIG_CHECKPOINT_RESTORE has no PR_SET_MM. */
#include "harness.h"

/* G1: every sub-option, known or not, with arguments that are good or not */
TEST(every_call)
{
	unsigned int option;

	for (option = 0; option <= PR_SET_MM_MAP_SIZE + 1; option++) {
		EXPECT_REFUSED(EINVAL, set_mm(option, good_arg3(option)));
		EXPECT_REFUSED(EINVAL, set_mm4(option, good_arg3(option), 1, 1));
		EXPECT_REFUSED(EINVAL, set_mm(option, ~0UL));
	}
}

/* G1: a caller without the capability gets the same answer, not EPERM */
TEST(without_capability)
{
	unsigned int option;

	ASSERT_EQ(0, only_caps(0));
	for (option = 0; option <= PR_SET_MM_MAP_SIZE + 1; option++)
		EXPECT_REFUSED(EINVAL, set_mm(option, good_arg3(option)));
}

int main(int argc, char **argv)
{
	unsigned long here = (unsigned long)&argc;

	begin_tests(argv, 0, NULL);
	/* As in why_no_series(): there is no skip if the kernel is known to have the series. */
	if (yes_or_no("PR_SET_MM_SERIES") != 1 &&
	    set_mm(PR_SET_MM_START_STACK, here) != -EINVAL) {
		ksft_print_header();
		ksft_exit_skip("the kernel has PR_SET_MM\n");
	}
	return test_harness_run(argc, argv);
}
