// SPDX-License-Identifier: GPL-2.0
/* Steps as text: a line with a name and four numbers; "#" begins a comment. */
#include "soak.h"

static const char *const ops[OPS] = {
	[CALL] = "call", [MAP_PAGES] = "mmap", [UNMAP_PAGES] = "munmap",
	[PROTECT_PAGES] = "mprotect", [MOVE_PAGE] = "mremap", [SET_BRK] = "brk",
	[SET_CAPS] = "caps", [SET_LEVEL] = "level", [LOOK] = "look",
	[FAILING_FORK] = "failing_fork", [FAILING_READ] = "failing_read",
	[FORK] = "fork", [VFORK] = "vfork", [SHARE] = "share", [THREAD] = "thread",
	[RUN_ANEW] = "exec", [PARKED] = "parked", [WRITER] = "writer", [END] = "end",
};

const char *op_name(unsigned int op)
{
	return op < OPS ? ops[op] : "?";
}

const char *answer_name(int answer)
{
	static char text[2][24];
	static unsigned int turn;
	char *to = text[turn++ % 2];

	switch (answer) {
	case 0: return "accepted";
	case -EPERM: return "EPERM";
	case -EBADF: return "EBADF";
	case -ENOMEM: return "ENOMEM";
	case -EACCES: return "EACCES";
	case -EFAULT: return "EFAULT";
	case -EBUSY: return "EBUSY";
	case -EINVAL: return "EINVAL";
	case -ETXTBSY: return "ETXTBSY";
	}
	snprintf(to, sizeof(text[0]), "errno %d", -answer);
	return to;
}

bool opens_block(unsigned int op)
{
	return op >= FORK && op < END;
}

/* The END of the block that begins with step @from, or the end of all steps. */
unsigned int block_end(const struct step *steps, unsigned int count, unsigned int from)
{
	unsigned int depth = 1, i;

	for (i = from + 1; i < count; i++) {
		if (opens_block(steps[i].op))
			depth++;
		else if (steps[i].op == END && !--depth)
			break;
	}
	return i;
}

#define FIRST_LINE	"soak-replay"

void print_steps(FILE *to, int level, const struct step *steps, unsigned int count)
{
	unsigned int depth = 0, i;

	fprintf(to, "# " FIRST_LINE " level %d\n", level);
	for (i = 0; i < count; i++) {
		if (steps[i].op == END && depth)
			depth--;
		fprintf(to, "# %*s%s 0x%x 0x%x 0x%x 0x%x", 2 * (int)depth, "",
			op_name(steps[i].op), steps[i].a, steps[i].b, steps[i].c, steps[i].d);
		if (steps[i].op == CALL || steps[i].op == PARKED)
			fprintf(to, "\t# %s", option_name(steps[i].a));
		fprintf(to, "\n");
		if (opens_block(steps[i].op))
			depth++;
	}
	fprintf(to, "# " FIRST_LINE " ends\n");
}

bool parse_steps(FILE *from, int *level, struct step *steps, unsigned int *count)
{
	char line[256], name[32], *at;
	struct step step;
	bool begun = false;

	*count = 0;
	while (fgets(line, sizeof(line), from)) {
		/* As the kselftests print it, it is a comment. */
		at = line + strspn(line, "# \t");
		if (sscanf(at, FIRST_LINE " level %d", level) == 1)
			begun = true;
		else if (begun && !strncmp(at, FIRST_LINE, strlen(FIRST_LINE)))
			break;
		if (!begun || sscanf(at, "%31s %i %i %i %i", name, (int *)&step.a, (int *)&step.b,
				     (int *)&step.c, (int *)&step.d) != 5)
			continue;
		for (step.op = 0; step.op < OPS && strcmp(ops[step.op], name); step.op++)
			;
		if (step.op == OPS || *count == STEPS_MAX)
			return false;
		steps[(*count)++] = step;
	}
	return begun;
}
