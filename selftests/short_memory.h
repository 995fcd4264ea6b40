/* SPDX-License-Identifier: GPL-2.0 */
/* Calls of which one allocation fails, by Documentation/fault-injection: fail-nth. */
#ifndef SHORT_MEMORY_H
#define SHORT_MEMORY_H

#include "machine.h"
#include "prctl_set_mm.h"

/*
 * Let allocations fail that could wait for memory, with no word on the console: 0 or
 * -errno. It is for the whole kernel, but none fails but for fail-nth, which is a
 * thread's own. The guard puts it back.
 */
static inline int allow_failures(void)
{
	return set_failslab("ignore-gfp-wait", "N") ?: set_failslab("verbose", "0");
}

/* This thread's allocation number @nth from now on fails. */
static inline int start_failing(unsigned int nth)
{
	int fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	char text[16];

	snprintf(text, sizeof(text), "%u", nth);
	if (write(fd, text, strlen(text)) < 0)
		printf("# cannot write to fail-nth: %m\n");
	return fd;
}

/* Has one failed? If not there were less than that. */
static inline bool stop_failing(int fd)
{
	char text[16] = "";
	bool failed;

	failed = pread(fd, text, sizeof(text) - 1, 0) > 0 && text[0] == '0';
	if (pwrite(fd, "0", 1, 0) != 1)
		printf("# cannot write to fail-nth: %m\n");
	close(fd);
	return failed;
}

/* What the call returns; @failed says whether it met a failure. */
#define WITH_SHORT_MEMORY(nth, failed, call) ({				\
	int fd__ = start_failing(nth);					\
	int result__ = (call);						\
									\
	(failed) = stop_failing(fd__);					\
	result__;							\
})

/* X5 G7: each allocation that fails is ENOMEM, and nothing has changed; then it works. */
#define EXPECT_ENOMEM(least, call) do {					\
	struct mm_state before__, after__;				\
	unsigned int nth__ = 0;						\
	bool failed__ = true;						\
	int result2__;							\
									\
	read_state(&before__);						\
	while (failed__) {						\
		result2__ = WITH_SHORT_MEMORY(++nth__, failed__, (call)); \
		EXPECT_EQ(failed__ ? -ENOMEM : 0, result2__);		\
		read_state(&after__);					\
		if (failed__)						\
			EXPECT_TRUE(same_state(&before__, &after__));	\
	}								\
	EXPECT_GT(nth__, (least));					\
} while (0)

#endif /* SHORT_MEMORY_H */
