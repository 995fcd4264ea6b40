// SPDX-License-Identifier: GPL-2.0
/* Calls with random arguments. */
#include "probe.h"

/* xorshift: the same numbers everywhere, whatever the C library. */
static __u64 state;

static unsigned int random_below(unsigned int n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % n;
}

static unsigned long random_address(unsigned int option)
{
	switch (random_below(8)) {
	case 0:
		return (unsigned long)random_below(~0U) << random_below(sizeof(long) * 4);
	case 1:
		return DATA + random_below(8 * PAGE);
	case 2:
		option = option && option <= PR_SET_MM_ENV_END ? option : 1;
		return read_bound(option) + random_below(3) - 1;
	case 3:
		return random_below(12) - 1L;
	case 4:
		return FIRST + 2 * PAGE * random_below(2) + random_below(3) - 1;
	default:
		return ARENA + random_below(PAGES * PAGE);
	}
}

static int random_call(unsigned int option, unsigned long limit, bool capable,
		       const unsigned long *arg)
{
	limit_data(limit);
	if (!capable)
		drop_caps();
	return set_mm4(option, arg[0], arg[1], arg[2]);
}

void probe_at_random(__u64 seed, unsigned int count)
{
	const unsigned long limits[] = {
		[0] = PAGES * PAGE,
		[1] = (PAGES + 4) * PAGE,
		[2] = (PAGES + 6) * PAGE,
		[3] = RLIM_INFINITY,
	};
	unsigned int option, kind, prot, limit, n;
	unsigned long arg[3];
	char what[128];
	bool capable;

	state = seed * 2 + 1;
	for (n = 0; n < count; n++) {
		option = random_below(OPTIONS);
		kind = random_below(KINDS);
		prot = random_below(8);
		limit = random_below(16);
		limit = limit < ARRAY_SIZE(limits) ? limit : ARRAY_SIZE(limits) - 1;
		capable = random_below(16);
		arg[0] = random_address(option);
		arg[1] = random_below(16) ? 0 : random_below(600);
		arg[2] = random_below(32) ? 0 : random_below(600);
		if (!map_kind(kind, prot))
			continue;
		snprintf(what, sizeof(what), "%s %s, 0x%lx, %lu, %lu, limit %u%s",
			 protection(prot), kinds[kind], arg[0], arg[1], arg[2], limit,
			 capable ? "" : ", no capability");
		say(clauses[option], option, what,
		    IN_A_CHILD(random_call(option, limits[limit], capable, arg)));
		munmap((void *)FIRST, 2 * PAGE);
		if (n % 1000 == 999)
			fprintf(stderr, "probe: %u of %u calls\n", n + 1, count);
	}
}
