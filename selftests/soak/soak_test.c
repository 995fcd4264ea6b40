// SPDX-License-Identifier: GPL-2.0
/* A soak of seconds, with the same sequences each time; the program soak makes more. */
#include "../harness.h"
#include "scenes.h"

#define SEED	1

FIXTURE(soak) {
};

FIXTURE_SETUP(soak)
{
	SKIP_IF(begin_soak());
}

FIXTURE_TEARDOWN(soak)
{
}

static bool tell(bool done)
{
	if (!done)
		print_failure(SEED);
	return done;
}

/* One scene, so many times. */
static bool play_often(const char *scene, unsigned int rounds)
{
	bool done = true;

	while (done && rounds--)
		done = run_scenes(SEED, 1000, scene);
	return tell(done);
}

/* G2 G3 G5 G6 G7 A1 A2 A3 A4 A5 X1 X2 X3 E3 E4 M2 M3: two tasks, each with a model */
TEST_F(soak, alone)
{
	unsigned int rounds = getenv("SOAK") ? 200 : 1;
	bool done = true;

	while (done && rounds--)
		done = run_alone(SEED, 8);
	ASSERT_TRUE(tell(done));
}

/* P1 P3 L1 L2 E8: the level changes between calls, and while one waits */
TEST_F(soak, levels)
{
	ASSERT_TRUE(tell(run_levels(SEED, getenv("SOAK") ? 4000 : 8)));
}

/* G7: readers and forks beside writers of whole maps */
TEST_F(soak, torn)
{
	ASSERT_TRUE(play_often("torn", getenv("SOAK") ? 2000 : 2));
}

/* E4 E6 G7: one of several replacements succeeds */
TEST_F(soak, winner)
{
	ASSERT_TRUE(tell(run_scenes(SEED, getenv("SOAK") ? 20000 : 200, "winner")));
}

/* G6 X4 E4: any calls at once, with mappers and readers */
TEST_F(soak, free)
{
	ASSERT_TRUE(tell(run_scenes(SEED, getenv("SOAK") ? 100000 : 500, "free")));
}

/* P3: no call changes anything that the present level refuses */
TEST_F(soak, stricter)
{
	ASSERT_TRUE(play_often("levels", getenv("SOAK") ? 1000 : 1));
}

/* X5: calls that wait do not fill the general caches */
TEST_F(soak, spray)
{
	ASSERT_TRUE(play_often("spray", getenv("SOAK") ? 8 : 1));
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "--resume"))
		resume(atoi(argv[2]));
	begin_tests(argv, CHANGES_LEVEL | CHANGES_FAILSLAB, why_no_series);
	return test_harness_run(argc, argv);
}
