/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Run some tests of a program: those that match one of the globs in the environment
 * variable PR_SET_MM_TESTS, which are separated by spaces. A glob is compared with the
 * names TEST, FIXTURE.TEST and FIXTURE.VARIANT.TEST. The harness of older kernels cannot
 * choose, and the one of newer kernels takes no globs.
 */
#ifndef CHOSEN_H
#define CHOSEN_H

#include <fnmatch.h>

static inline bool is_chosen(const char *globs, const char *fixture, const char *variant,
			     const char *test)
{
	char names[3][256], *copy = strdup(globs), *glob, *next = copy;
	bool chosen = false;
	unsigned int i;

	snprintf(names[0], sizeof(names[0]), "%s", test);
	snprintf(names[1], sizeof(names[1]), "%s.%s", fixture, test);
	snprintf(names[2], sizeof(names[2]), "%s.%s.%s", fixture, variant, test);
	while ((glob = strsep(&next, " "))) {
		for (i = 0; i < (variant ? 3 : 2); i++)
			chosen |= !fnmatch(glob, names[i], 0);
	}
	free(copy);
	return chosen;
}

/*
 * Leave out of the harness's lists what matches none. The harness runs each test of a
 * fixture with each variant, so globs that name different variants of different tests
 * run these tests with all of these variants. Returns NULL, or why nothing is left.
 */
static inline const char *why_none_is_chosen(void)
{
	const char *globs = getenv("PR_SET_MM_TESTS");
	struct __fixture_metadata *fixture;
	bool any = false;

	if (!globs)
		return NULL;
	for (fixture = __fixture_list; fixture; fixture = fixture->next) {
		struct __fixture_variant_metadata **variant = &fixture->variant, *one;
		struct __test_metadata **test = &fixture->tests, *each;
		bool keep;

		while ((each = *test)) {
			keep = is_chosen(globs, fixture->name, NULL, each->name);
			for (one = fixture->variant; one; one = one->next)
				keep |= is_chosen(globs, fixture->name, one->name, each->name);
			if (keep)
				test = &each->next;
			else
				*test = each->next;
			any |= keep;
		}
		while ((one = *variant)) {
			keep = false;
			for (each = fixture->tests; each; each = each->next)
				keep |= is_chosen(globs, fixture->name, one->name, each->name);
			if (keep)
				variant = &one->next;
			else
				*variant = one->next;
		}
	}
	return any ? NULL : "PR_SET_MM_TESTS names none of its tests";
}

#endif /* CHOSEN_H */
