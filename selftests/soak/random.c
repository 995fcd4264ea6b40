// SPDX-License-Identifier: GPL-2.0
/* Random numbers: splitmix64, the same everywhere. */
#include "soak.h"

static __u64 next(struct random *random)
{
	__u64 z = random->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

void seed_random(struct random *random, __u64 seed, __u64 stream)
{
	random->state = seed * 0xd1342543de82ef95ULL + stream;
	random->state = next(random);
}

unsigned int random_number(struct random *random)
{
	return next(random) >> 32;
}

unsigned int random_below(struct random *random, unsigned int n)
{
	return random_number(random) % n;
}
