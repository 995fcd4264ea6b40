// SPDX-License-Identifier: GPL-2.0
/* Arguments: the ends of the address space, unused arguments, and vectors. */
#include "probe.h"

/* The ends of the address space, and unused arguments. */
void probe_arguments(void)
{
	static const struct { unsigned long addr; const char *name; } at[] = {
		{ 0, "0" }, { 1, "1" }, { ~0UL, "the last byte" },
		{ ~0UL - 4095, "the last page" },
#ifdef __LP64__
		{ 1UL << 63, "the top bit" }, { 1UL << 47, "behind user space" },
#endif
	};
	unsigned int option, i;

	for (option = PR_SET_MM_START_CODE; option <= PR_SET_MM_ENV_END; option++) {
		for (i = 0; i < ARRAY_SIZE(at); i++)
			try("G5", option, at[i].name, at[i].addr, 0, 0);
		try("G8", option, "its present value", read_bound(option), 0, 0);
	}
	for (option = 0; option < OPTIONS; option++) {
		try("G2", option, "arg5", good_arg3(option), 0, 1);
		if (option != PR_SET_MM_AUXV && option != PR_SET_MM_MAP &&
		    option != PR_SET_MM_MAP_SIZE)
			try("G2", option, "arg4", good_arg3(option), 1, 0);
		say("G3", option, "without the capability",
		    IN_A_CHILD((drop_caps(), set_mm(option, good_arg3(option)))));
	}
	try("G4", 0, "unknown", 0, 0, 0);
	try("G4", 16, "unknown", 0, 0, 0);
}

void probe_vectors(void)
{
	static const unsigned int sizes[] = { 0, 1, 7, 8, 16, 33, 256, 4096 };
	static unsigned long vector[1024];
	char what[64];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		snprintf(what, sizeof(what), "%u bytes", sizes[i]);
		try(sizes[i] > 1024 ? "X1" : "X3", PR_SET_MM_AUXV, what,
		    (unsigned long)vector, sizes[i], 0);
		snprintf(what, sizeof(what), "%u bytes at 0", sizes[i]);
		try("X2", PR_SET_MM_AUXV, what, 0, sizes[i], 0);
	}
}
