// SPDX-License-Identifier: GPL-2.0
/* The program soak: as many random calls of PR_SET_MM as are asked for. */
#include "soak.h"
#include "../guard.h"
#include "../machine.h"
#include "../need.h"
#include <time.h>

static const char help[] =
"NAME\n"
"       soak - random calls of PR_SET_MM, compared with a model\n"
"\n"
"SYNOPSIS\n"
"       soak [--calls N] [--seed S] [--final]\n"
"       soak --replay FILE [--final]\n"
"\n"
"DESCRIPTION\n"
"       Runs random sequences of calls, tasks, mappings, capabilities and levels. A\n"
"       model of the contract predicts each answer. Between them, scenes call from\n"
"       several tasks at once and check what holds in any order. The first sequence\n"
"       that diverges is shrunk and printed, and ends the soak.\n"
"\n"
"       The levels of kernel.prctl_set_mm and failing allocations are part of it if\n"
"       PR_SET_MM_CHANGE_MACHINE=1 lets it change the machine.\n"
"\n"
"OPTIONS\n"
"       --calls N      end after N calls of PR_SET_MM; 20000\n"
"       --seed S       the same sequences for the same number; 1\n"
"       --final        at the end, or in a replay, set level 3, which only a boot ends\n"
"       --replay FILE  run the sequence in FILE, which soak has printed\n"
"       --scene NAME   no sequences, and of the scenes this one: torn, winner, free,\n"
"                      levels, spray\n"
"       --only TEXT    a divergence that does not begin with TEXT ends its sequence\n"
"                      only\n"
"       --help         show this\n"
"\n"
"EXIT STATUS\n"
"       0  everything was as it should be\n"
"       1  a sequence diverged, or a scene failed\n"
"       2  wrong use\n"
"       4  there is nothing to soak here; the reason is on stdout\n";

/* Sequences of a round, for each worker and with levels. */
#define ALONE	40
#define LEVELS	24
/* Calls of each scene. */
#define SCENES	1000

static struct {
	unsigned long long calls, seed;
	bool final;
	const char *replay, *scene;
} asked = { .calls = 20000, .seed = 1 };

static int wrong_use(const char *what)
{
	fprintf(stderr, "soak: %s; soak --help shows what there is\n", what);
	return 2;
}

static bool read_number(const char *text, unsigned long long *number)
{
	char *end;

	errno = 0;
	*number = text && *text >= '0' && *text <= '9' ? strtoull(text, &end, 0) : 0;
	return text && *text >= '0' && *text <= '9' && !*end && !errno;
}

static unsigned long long total(void)
{
	unsigned long long calls = 0;
	unsigned int i;

	for (i = 0; i < WORKERS; i++)
		calls += worker_lab[i]->calls;
	return calls;
}

static void say_progress(time_t begun, bool last)
{
	unsigned long long predicted = 0, accepted = 0, sequences = 0, failed = 0;
	unsigned long long parked = 0, passed = 0;
	static time_t said;
	time_t now = time(NULL);
	unsigned int i;

	if (!last && now < said + 10)
		return;
	said = now;
	for (i = 0; i < WORKERS; i++) {
		predicted += worker_lab[i]->predicted;
		accepted += worker_lab[i]->accepted;
		sequences += worker_lab[i]->sequences;
		failed += worker_lab[i]->failed_allocations;
		parked += worker_lab[i]->parked;
		passed += worker_lab[i]->passed;
	}
	printf("# %llu calls in %lld s, %llu of them predicted, %llu of these accepted", total(),
	       (long long)(now - begun), predicted, accepted);
	printf(", %llu sequences", sequences);
	printf(", %llu failed allocations, %llu parked", failed, parked);
	if (passed)
		printf(", %llu sequences let pass", passed);
	printf("\n");
	fflush(stdout);
}

static int replay(FILE *file)
{
	int level;

	lab = worker_lab[0];
	lab->final = asked.final;
	if (!parse_steps(file, &level, lab->steps, &lab->count))
		return wrong_use("there is no sequence in the file");
	if (run_sequence(level)) {
		printf("# %u steps, and nothing diverges\n", lab->count);
		return 0;
	}
	printf("# step %u: %s; %s\n", lab->failure.step, lab->failure.kind, lab->failure.text);
	return 1;
}

static int soak(void)
{
	time_t begun = time(NULL);
	struct random random;
	bool done = true;

	seed_random(&random, asked.seed, ~0ULL);
	while (done && total() < asked.calls) {
		begin_at(random_below(&random, 3));
		done = (asked.scene || (run_alone(asked.seed, ALONE) &&
					run_levels(asked.seed, LEVELS))) &&
		       run_scenes(asked.seed, SCENES, asked.scene);
		say_progress(begun, false);
	}
	if (done && asked.final)
		done = run_final(asked.seed, ALONE);
	say_progress(begun, true);
	if (!done)
		print_failure(asked.seed);
	return done ? 0 : 1;
}

int main(int argc, char **argv)
{
	FILE *file = NULL;
	const char *why;
	int i;

	if (argc == 3 && !strcmp(argv[1], "--resume"))
		resume(atoi(argv[2]));
	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help"))
			return !printf("%s", help);
		else if (!strcmp(argv[i], "--final"))
			asked.final = true;
		else if (!strcmp(argv[i], "--calls") && read_number(argv[i + 1], &asked.calls))
			i++;
		else if (!strcmp(argv[i], "--seed") && read_number(argv[i + 1], &asked.seed))
			i++;
		else if (!strcmp(argv[i], "--only") && argv[i + 1])
			only_kind = argv[++i];
		else if (!strcmp(argv[i], "--scene") && argv[i + 1] && is_scene(argv[i + 1]))
			asked.scene = argv[++i];
		else if (!strcmp(argv[i], "--replay") && argv[i + 1])
			asked.replay = argv[++i];
		else
			return wrong_use(argv[i]);
	}
	if (asked.replay) {
		file = fopen(asked.replay, "re");
		if (!file)
			return wrong_use(asked.replay);
	}
	begin_guard(argv, CHANGES_LEVEL | CHANGES_FAILSLAB);
	why = why_no_series() ?: begin_soak();
	if (why) {
		printf("# nothing to soak: %s\n", why);
		return KSFT_SKIP;
	}
	return file ? replay(file) : soak();
}
