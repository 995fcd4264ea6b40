// SPDX-License-Identifier: GPL-2.0
/* Leave out steps as long as the sequence fails in the same way. */
#include "soak.h"

static bool still_fails(int level, const char *kind)
{
	return !run_sequence(level) && !strcmp(lab->failure.kind, kind);
}

/* Leave out @length steps from @from on, if it fails without them. */
static bool leave_out(int level, const char *kind, unsigned int from, unsigned int length)
{
	struct step kept[STEPS_MAX];
	unsigned int count = lab->count;

	memcpy(kept, lab->steps, sizeof(kept));
	memmove(&lab->steps[from], &lab->steps[from + length],
		(count - from - length) * sizeof(kept[0]));
	lab->count = count - length;
	if (still_fails(level, kind))
		return true;
	memcpy(lab->steps, kept, sizeof(kept));
	lab->count = count;
	return false;
}

void shrink(int level)
{
	char kind[sizeof(lab->failure.kind)];
	unsigned int length, from;
	bool shorter = true;

	memcpy(kind, lab->failure.kind, sizeof(kind));
	while (shorter) {
		shorter = false;
		for (length = (lab->count + 1) / 2; length; length /= 2) {
			for (from = 0; from + length <= lab->count;) {
				if (leave_out(level, kind, from, length))
					shorter = true;
				else
					from += length;
			}
		}
	}
	/* Once more, so that the report of the failure is about these steps. */
	run_sequence(level);
}
