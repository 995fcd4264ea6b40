// SPDX-License-Identifier: GPL-2.0
/* Runs the steps of a sequence, one after the other. */
#include "soak.h"
#include "../policy.h"
#include <stdarg.h>

/* Seconds after which a sequence hangs. */
#define PATIENCE	120

/* The exit status of a task that found a divergence, itself or in a child. */
#define DIVERGED	3

static void note(unsigned int number, const char *kind, const char *format,
		 va_list arguments)
{
	struct failure *failure = &lab->failure;

	if (failure->failed)
		return;
	failure->step = number;
	snprintf(failure->kind, sizeof(failure->kind), "%s", kind);
	vsnprintf(failure->text, sizeof(failure->text), format, arguments);
	failure->failed = true;
}

void note_failure(unsigned int number, const char *kind, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	note(number, kind, format, arguments);
	va_end(arguments);
}

void diverge(unsigned int number, const char *kind, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	note(number, kind, format, arguments);
	va_end(arguments);
	_exit(DIVERGED);
}

static const unsigned int capability[] = {
	CAP_SYS_RESOURCE, CAP_CHECKPOINT_RESTORE, CAP_SYS_ADMIN
};

static void set_caps(struct world *w, const struct step *s, unsigned int number)
{
	static const unsigned char sets[] = {
		ALL_CAPS, ALL_CAPS, ALL_CAPS, 0, RESOURCE, RESTORE, ADMIN, RESTORE | ADMIN
	};
	unsigned int caps = sets[s->a % ARRAY_SIZE(sets)], i;
	__u64 mask = ~0ULL;

	for (i = 0; i < ARRAY_SIZE(capability); i++) {
		if (!(caps & 1U << i))
			mask &= ~CAP_BIT(capability[i]);
	}
	if (only_caps(mask))
		diverge(number, "capset", "%m");
	w->caps = caps;
}

/* P1. Bit 0 to 2 of a step choose what is written. */
static void set_level(struct world *w, const struct step *s, unsigned int number)
{
	static const char *const texts[] = { "0", "1", "2", "0", "1", "4", "-1", "3" };
	const char *text = texts[s->a % ARRAY_SIZE(texts)];
	int level = atoi(text), want = 0, got;

	if (!lab->may_change || (level == 3 && !lab->final))
		return;
	if (!(w->caps & ADMIN) || w->own_users)
		want = -EPERM;
	else if (level < 0 || level > 3)
		want = -EINVAL;
	else if (lab->level == 3 && level != 3)
		want = -EPERM;
	got = write_file(POLICY, text);
	if (got != want)
		diverge(number, "the sysctl does not answer as it should", "%s: %s, but %s",
			text, answer_name(got), answer_name(want));
	if (!got)
		lab->level = level;
	if (s->b % 8 == 0 && get_policy() != lab->level)
		diverge(number, "the sysctl does not have the level", "%d, but %d",
			get_policy(), lab->level);
}

void run_steps(struct world *w, unsigned int from, unsigned int to)
{
	unsigned int i;

	for (i = from; i < to && !lab->failure.failed; i++) {
		const struct step *s = &lab->steps[i];

		switch (s->op) {
		case CALL:
			call_step(w, s, i);
			break;
		case SET_CAPS:
			set_caps(w, s, i);
			break;
		case SET_LEVEL:
			set_level(w, s, i);
			break;
		case LOOK:
			look(w, s->a, i);
			break;
		case FAILING_READ:
			failing_read(w, s->a, i);
			break;
		case PARKED:
			i = parked_step(w, i);
			break;
		case END:
			break;
		default:
			if (s->op < SET_CAPS)
				memory_step(w, s, i);
			else
				i = task_step(w, i);
		}
	}
}

/* Each file can be written again, when nobody has it for an executable any more. */
void check_writers(void)
{
	unsigned int file;
	int fd;

	for (file = COPY; file <= OTHER_SMALL; file++) {
		fd = open(file_name(file, OWN_NAME), O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			note_failure(lab->count, "a file cannot be opened for writing at the end",
				     "%s: %m", file_name(file, OWN_NAME));
		close(fd);
	}
}

bool run_sequence(int level)
{
	struct world world = lab->world;
	int status;
	pid_t pid;

	memset(&lab->failure, 0, sizeof(lab->failure));
	lab->failure.level = level;
	if (lab->may_change && lab->level != level && !set_policy(level))
		lab->level = level;
	pid = start_child();
	if (!pid) {
		alarm(PATIENCE);
		world.denied[world.file]++;
		run_steps(&world, 0, lab->count);
		look(&world, 7, lab->count);
		_exit(0);
	}
	status = wait_child(pid);
	if (status)
		note_failure(lab->count, "the task ended early", "status 0x%x", status);
	check_writers();
	return !lab->failure.failed;
}
