// SPDX-License-Identifier: GPL-2.0
/* Random sequences. */
#include "soak.h"

/* How often a step comes, in 1024; what is left are calls. */
#define OF	1024

static const struct {
	unsigned char op, share;
} shares[] = {
	{ MAP_PAGES, 90 }, { UNMAP_PAGES, 20 }, { PROTECT_PAGES, 24 }, { MOVE_PAGE, 14 },
	{ SET_BRK, 14 }, { SET_CAPS, 14 }, { LOOK, 20 }, { FAILING_READ, 4 },
	{ FAILING_FORK, 1 }, { FORK, 4 }, { VFORK, 2 }, { SHARE, 2 }, { THREAD, 2 },
	{ WRITER, 4 },
};

/* Of the sub-options those that do most come more often. */
static unsigned int choose_option(struct random *random)
{
	unsigned int x = random_below(random, 32);

	return x < 17 ? x : x < 20 ? PR_SET_MM_AUXV : x < 25 ? PR_SET_MM_EXE_FILE :
	       x < 30 ? PR_SET_MM_MAP : x - 30 + PR_SET_MM_ARG_START;
}

static unsigned int choose_op(struct random *random, bool levels)
{
	unsigned int x = random_below(random, OF), i;

	for (i = 0; i < ARRAY_SIZE(shares); i++) {
		if (x < shares[i].share)
			return shares[i].op;
		x -= shares[i].share;
	}
	/* These take longest, or change what the other sequences see. */
	if (x < 1 && !random_below(random, 2))
		return RUN_ANEW;
	if (levels && x < 50)
		return x < 24 ? SET_LEVEL : PARKED;
	return CALL;
}

static void fill_step(struct random *random, struct step *s, unsigned int op)
{
	s->op = op;
	s->a = random_number(random);
	s->b = random_number(random);
	s->c = random_number(random);
	s->d = random_number(random);
	if (s->op == CALL)
		s->a = choose_option(random);
	if (s->op == PARKED)
		s->a = random_below(random, 4) ? PR_SET_MM_MAP : PR_SET_MM_AUXV;
	/* Most of them with an executable, and that one which can be the new one. */
	if (s->op == PARKED && random_below(random, 4))
		s->d = (s->d & ~0xfffffU) | random_below(random, GOOD_ENTRIES) * 4;
}

/* A sequence of calls, with one END for each block, and some blocks in blocks. */
unsigned int generate(struct random *random, bool levels, struct step *steps)
{
	unsigned int wanted = 192 + random_below(random, 128), count = 0, depth = 0, op;
	bool parked = false;

	while (count < wanted || depth) {
		op = depth && (count >= wanted || !random_below(random, 8)) ? END :
		     choose_op(random, levels);
		/* What is most worth to happen while a call is parked. */
		if (parked && random_below(random, 2))
			op = SET_LEVEL;
		parked = op == PARKED;
		fill_step(random, &steps[count++], op);
		if (opens_block(op))
			depth++;
		else if (op == END)
			depth--;
	}
	return count;
}

/* Some calls wait while level 3 is set, and others follow. */
unsigned int generate_final(struct random *random, struct step *steps)
{
	unsigned int count, i;

	for (count = 0; count < 10; count++)
		fill_step(random, &steps[count], random_below(random, 4) ? CALL : MAP_PAGES);
	for (i = 0; i < 3; i++)
		fill_step(random, &steps[count++], PARKED);
	steps[count++] = (struct step) { SET_LEVEL, LEVEL_3 };
	for (i = 0; i < 60; i++) {
		if (i == 20 || i == 24 || i == 28)
			fill_step(random, &steps[count++], END);
		fill_step(random, &steps[count++], random_below(random, 8) ? CALL : LOOK);
	}
	return count;
}
