// SPDX-License-Identifier: GPL-2.0
/* A call is made, and its answer compared with the model's. */
#include "soak.h"

static void set_limit(unsigned long limit)
{
	struct rlimit rlim = {
		limit == NO_LIMIT ? RLIM_INFINITY : limit, RLIM_INFINITY
	};

	setrlimit(RLIMIT_DATA, &rlim);
}

int make_call(struct call *c)
{
	int answer;

	__atomic_add_fetch(&lab->calls, 1, __ATOMIC_RELAXED);
	if (c->limit != NO_LIMIT)
		set_limit(c->limit);
	if (c->nth && !begin_failing(c->nth))
		c->nth = 0;
	answer = set_mm4(c->option, c->arg3, c->arg4, c->arg5);
	if (c->nth)
		c->failed = end_failing();
	if (c->limit != NO_LIMIT)
		set_limit(NO_LIMIT);
	return answer;
}

void compare(struct world *w, const struct call *c, int answer, unsigned int number)
{
	const struct rule *rule = judge(w, c);
	int wanted = rule ? -rule->error : 0;
	char kind[160];

	__atomic_add_fetch(&lab->predicted, 1, __ATOMIC_RELAXED);
	if (c->failed)
		lab->failed_allocations++;
	if (answer != wanted) {
		snprintf(kind, sizeof(kind), "%s%s: %s, but %s%s%s%s",
			 c->parked ? "parked " : "", option_name(c->option),
			 answer_name(answer), answer_name(wanted), rule ? " (" : "",
			 rule ? rule->clause : "", rule ? ")" : "");
		diverge(number, kind, "at level %d, with 0x%lx, 0x%lx, 0x%lx%s", c->level,
			c->arg3, c->arg4, c->arg5, c->failed ? ", an allocation failed" : "");
	}
	if (!answer) {
		lab->accepted++;
		accept_call(w, c);
	}
}

void call_step(struct world *w, const struct step *s, unsigned int number)
{
	struct call call;

	decode_call(w, s, &call);
	compare(w, &call, make_call(&call), number);
}
