// SPDX-License-Identifier: GPL-2.0
/* Arguments and privilege, and the order of the checks. */
#include "harness.h"

static const unsigned int unknown[] = { 0, 16, 17, 255, INT_MAX, UINT_MAX };

/* What is not zero, for a task whose long has an upper half as well. */
static const unsigned long not_zero[] = { 1, 1UL << 31, 1UL << 31 << (sizeof(long) == 8), ~0UL };

static bool takes_arg4(unsigned int option)
{
	return option == PR_SET_MM_AUXV || option == PR_SET_MM_MAP ||
	       option == PR_SET_MM_MAP_SIZE;
}

/* G2: arg5 is not used by any sub-option, with the capability and without */
TEST(arg5_must_be_zero)
{
	unsigned int option, i;

	for (option = PR_SET_MM_START_CODE; option <= PR_SET_MM_MAP_SIZE; option++) {
		for (i = 0; i < ARRAY_SIZE(not_zero); i++)
			EXPECT_REFUSED(EINVAL, set_mm4(option, good_arg3(option), 0, not_zero[i]));
	}
	ASSERT_EQ(0, only_caps(0));
	for (option = PR_SET_MM_START_CODE; option <= PR_SET_MM_MAP_SIZE; option++)
		EXPECT_REFUSED(EINVAL, set_mm4(option, good_arg3(option), 0, 1));
}

/* G2: arg4 is used by AUXV, MAP and MAP_SIZE alone */
TEST(arg4_must_be_zero)
{
	unsigned int option, size = 0, i;

	for (option = PR_SET_MM_START_CODE; option <= PR_SET_MM_MAP_SIZE; option++) {
		for (i = 0; !takes_arg4(option) && i < ARRAY_SIZE(not_zero); i++)
			EXPECT_REFUSED(EINVAL, set_mm4(option, good_arg3(option), not_zero[i], 0));
	}
	EXPECT_EQ(0, set_mm4(PR_SET_MM_MAP_SIZE, (unsigned long)&size, 1, 0));
	EXPECT_EQ(sizeof(struct prctl_mm_map), size);
}

/* G2 G3: unused arguments come before the capability, which comes next */
TEST(arguments_before_capability)
{
	ASSERT_EQ(0, only_caps(0));
	EXPECT_REFUSED(EINVAL, set_mm4(PR_SET_MM_BRK, 0, 1, 0));
	EXPECT_REFUSED(EINVAL, set_mm4(99, 0, 0, 1));
	EXPECT_REFUSED(EPERM, set_mm(PR_SET_MM_BRK, 0));
}

/* G3: no sub-option, known or not, works without the capability, but two */
TEST(capability)
{
	unsigned int option, size = 0, i;

	REQUIRE(NEED_PRIVILEGE);
	for (option = PR_SET_MM_START_CODE; option <= PR_SET_MM_ENV_END; option++)
		EXPECT_EQ(0, set_mm(option, good_arg3(option)));

	ASSERT_EQ(0, only_caps(~CAP_BIT(CAP_SYS_RESOURCE)));
	for (option = PR_SET_MM_START_CODE; option <= PR_SET_MM_EXE_FILE; option++)
		EXPECT_REFUSED(EPERM, set_mm(option, good_arg3(option)));
	for (i = 0; i < ARRAY_SIZE(unknown); i++)
		EXPECT_REFUSED(EPERM, set_mm(unknown[i], 0));
	EXPECT_EQ(0, set_mm(PR_SET_MM_MAP_SIZE, (unsigned long)&size));
}

/* G3: it has to be had in the initial user namespace */
TEST(capability_of_a_user_namespace)
{
	unsigned int option;

	REQUIRE(NEED_USER_NAMESPACE);
	ASSERT_EQ(0, unshare(CLONE_NEWUSER));
	ASSERT_EQ(0, only_caps(~0ULL));
	for (option = PR_SET_MM_START_CODE; option <= PR_SET_MM_EXE_FILE; option++)
		EXPECT_REFUSED(EPERM, set_mm(option, good_arg3(option)));
}

/* G3 G4: an unknown sub-option is EINVAL for a caller with the capability */
TEST(unknown_suboption)
{
	unsigned int i;

	REQUIRE(NEED_PRIVILEGE);
	for (i = 0; i < ARRAY_SIZE(unknown); i++) {
		EXPECT_REFUSED(EINVAL, set_mm(unknown[i], 0));
		EXPECT_REFUSED(EINVAL, set_mm(unknown[i], good_arg3(PR_SET_MM_BRK)));
	}
	EXPECT_EQ(0, set_mm(PR_SET_MM_BRK, good_arg3(PR_SET_MM_BRK)));
}

#ifdef __LP64__
/* G2 G3 G4: only the low 32 bits of arg2 count, as in mainline, with capabilities and without */
TEST(upper_half_of_option)
{
	const unsigned long high[] = { 1UL << 32, ~0UL << 32, 1UL << 63 };
	unsigned long option, arg3, arg4, size;
	struct prctl_mm_map map;
	unsigned int i, caps;

	for (caps = 2; caps--; only_caps(0)) {
		for (option = 0; option <= PR_SET_MM_MAP_SIZE + 1; option++) {
			read_map(&map);
			arg3 = option == PR_SET_MM_MAP ? (unsigned long)&map :
			       option == PR_SET_MM_MAP_SIZE ? (unsigned long)&size :
			       option == PR_SET_MM_EXE_FILE ? INT_MAX : good_arg3(option);
			arg4 = option == PR_SET_MM_MAP ? sizeof(map) : 0;
			for (i = 0; i < ARRAY_SIZE(high); i++) {
				EXPECT_EQ(set_mm4(option, arg3, arg4, 0),
					  set_mm4(high[i] | option, arg3, arg4, 0));
				EXPECT_EQ(set_mm4(option, arg3, 1, 0),
					  set_mm4(high[i] | option, arg3, 1, 0));
			}
		}
	}
}
#endif

/* G5: mmap_min_addr is the first address that is looked up */
TEST(lowest_address)
{
	unsigned int option;
	unsigned long low;
	char text[32];

	REQUIRE(NEED_PRIVILEGE);
	read_file("/proc/sys/vm/mmap_min_addr", text, sizeof(text) - 1);
	low = strtoul(text, NULL, 10);
	if (!low)
		SKIP(return, "mmap_min_addr is 0");

	for (option = PR_SET_MM_START_CODE; option <= PR_SET_MM_ENV_END; option++) {
		EXPECT_REFUSED(EINVAL, set_mm(option, 0));
		EXPECT_REFUSED(EINVAL, set_mm(option, low - 1));
	}
	/* The stack has no order to keep: the next thing to fail is the area. */
	EXPECT_RULED_OUT(EFAULT, PR_SET_MM_START_STACK, low);
}

/* G5: TASK_SIZE is the first that is not */
TEST(highest_address)
{
	unsigned long bad = end_of_addresses();
	struct prctl_mm_map map;
	unsigned int option;

	REQUIRE(NEED_PRIVILEGE | NEED_FREE_MAP);
	/* One that asks for no mapping. */
	read_map(&map);
	map.start_stack = bad - 1;
	EXPECT_EQ(0, set_mm_map(&map));
	map.start_stack = bad;
	EXPECT_REFUSED(EINVAL, set_mm_map(&map));
	for (option = PR_SET_MM_START_CODE; option <= PR_SET_MM_ENV_END; option++) {
		EXPECT_REFUSED(EINVAL, set_mm(option, bad));
		EXPECT_REFUSED(EINVAL, set_mm(option, ~0UL));
		if (~(~0UL >> 1) > bad)
			EXPECT_REFUSED(EINVAL, set_mm(option, ~(~0UL >> 1)));
	}
}

/* G8: every bound may be set to the value that the loader gave it */
TEST(write_back)
{
	unsigned int option;
	struct mm_state s, after;

	REQUIRE(NEED_PRIVILEGE);
	read_state(&s);
	for (option = PR_SET_MM_START_CODE; option <= PR_SET_MM_ENV_END; option++)
		EXPECT_EQ(0, set_mm(option, s.of[option]));
	read_state(&after);
	EXPECT_TRUE(same_state(&s, &after));
}

int main(int argc, char **argv)
{
	begin_tests(argv, 0, why_no_series);
	return test_harness_run(argc, argv);
}
