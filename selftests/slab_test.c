// SPDX-License-Identifier: GPL-2.0
/*
 * Where the bytes of a caller lie while a call waits: in a slab cache of their own, so
 * that nothing else is ever in their place. Many calls wait at once, and the objects of
 * all caches are counted.
 */
#include "harness.h"
#include "exe_files.h"
#include "park.h"
#include "slabinfo.h"
#include <poll.h>
#include <signal.h>

#define CALLS	500
#define STACK	(16 << 10)

/* Half of the calls: what else is allocated meanwhile is far less, and they are more. */
#define MANY	(CALLS / 2)

FIXTURE(slab) {
	char dir[96], park[128];
	int ready[2], go[2];	/* pipes: a byte for each call */
	pid_t pid;
};

FIXTURE_SETUP(slab)
{
	REQUIRE(NEED_PRIVILEGE | NEED_FILES | NEED_PARK);
	SKIP_IF(access(SLABINFO, R_OK) ? "no " SLABINFO " (CONFIG_SLUB_DEBUG)" : NULL);
	ASSERT_TRUE(make_dir(self->dir, "slab"));
	snprintf(self->park, sizeof(self->park), "%s/park", self->dir);
	ASSERT_EQ(0, park_begin(self->park));
	ASSERT_EQ(0, pipe(self->ready));
	ASSERT_EQ(0, pipe(self->go));
}

FIXTURE_TEARDOWN(slab)
{
	park_end();
	EXPECT_EQ(0, remove_dir(self->dir));
}

/* One of the calls: a struct, and a vector for which it waits. */
struct call {
	int ready, go;
	bool is_map;
	struct prctl_mm_map map;
};

static void *make_call(void *arg)
{
	struct call *call = arg;
	char byte = 0;

	if (write(call->ready, &byte, 1) != 1 || read(call->go, &byte, 1) != 1 ||
	    write(call->ready, &byte, 1) != 1)
		return NULL;
	if (call->is_map)
		set_mm_map(&call->map);
	else
		set_mm4(PR_SET_MM_AUXV, (unsigned long)call->map.auxv,
			call->map.auxv_size, 0);
	return NULL;
}

/* The process: threads that all wait for the same page, with vectors of some size. */
static int make_calls(const char *park, struct call *call, size_t size)
{
	pthread_attr_t attr;
	pthread_t thread;
	char name[160];
	unsigned int i;
	void *page;
	int fd;

	snprintf(name, sizeof(name), "%s/0", park);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	page = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	if (fd < 0 || page == MAP_FAILED)
		return 1;
	read_map(&call->map);
	call->map.auxv = page;
	call->map.auxv_size = size;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK > PTHREAD_STACK_MIN ? STACK : PTHREAD_STACK_MIN);
	for (i = 0; i < CALLS; i++)
		patient_pthread_create(&thread, &attr, make_call, call);
	/* Until it is killed. */
	for (;;)
		pause();
}

struct count {
	char name[64];
	long objects;
};

/* The objects of each cache that is not the kernel's own for one type. */
static unsigned int count_objects(struct count *counts, unsigned int max)
{
	FILE *file = fopen(SLABINFO, "re");
	unsigned int count = 0;
	char line[512];

	while (file && count < max && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63s %ld", counts[count].name, &counts[count].objects) == 2 &&
		    (!strncmp(line, "kmalloc-", 8) || !strncmp(line, "memdup_user-", 12) ||
		     !strncmp(line, OWN_CACHE, strlen(OWN_CACHE))))
			count++;
	}
	if (file)
		fclose(file);
	return count;
}

static const char page[64 << 10];

/* Read a byte while the filesystem is served: false if none comes. */
static bool park_read(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	unsigned int ms;
	char byte;

	for (ms = 0; !poll(&ready, 1, 0) && ms < 60000; ms += 10)
		park_serve(10);
	return poll(&ready, 1, 0) == 1 && read(fd, &byte, 1) == 1;
}

/* Let them all wait and count: how many objects the own cache has, -1 if there is none. */
static long wait_and_count(struct __test_metadata *_metadata,
			   struct _test_data_slab *self, bool is_map, size_t size)
{
	static struct count before[128], after[128];
	unsigned int i, k, count_before, count_after;
	long own = -1, more;

	self->pid = start_child();
	if (!self->pid) {
		struct call call = { self->ready[1], self->go[0], is_map };

		_exit(make_calls(self->park, &call, size));
	}
	for (i = 0; i < CALLS && park_read(self->ready[0]); i++)
		;
	EXPECT_EQ(CALLS, i);

	count_before = count_objects(before, ARRAY_SIZE(before));
	EXPECT_EQ(CALLS, write(self->go[1], page, CALLS));
	EXPECT_TRUE(park_wait(0, self->pid));
	for (i = 0; i < CALLS && park_read(self->ready[0]); i++)
		;
	EXPECT_EQ(CALLS, i);
	/* Each of them is about to wait. */
	park_serve(500);
	count_after = count_objects(after, ARRAY_SIZE(after));
	for (i = 0; i < count_after; i++) {
		for (k = 0; k < count_before && strcmp(before[k].name, after[i].name);)
			k++;
		more = after[i].objects - (k < count_before ? before[k].objects : 0);
		/* Free ones that a processor keeps count too, so there is no difference. */
		if (!strcmp(after[i].name, OWN_CACHE)) {
			own = after[i].objects;
			continue;
		}
		EXPECT_LT(more, MANY) {
			TH_LOG("%ld more objects in %s", more, after[i].name);
		}
	}
	signal_child(self->pid, SIGKILL);
	park_answer(0, 0, page);
	park_wait_child(self->pid);
	TH_LOG("%ld objects in %s", own, OWN_CACHE);
	return own;
}

/* X5: of MAP, with a long vector */
TEST_F(slab, map)
{
	EXPECT_LE(CALLS, wait_and_count(_metadata, self, true, vector_size() * 3 / 4));
}

/* X5: and with a short one */
TEST_F(slab, short_map)
{
	EXPECT_LE(CALLS, wait_and_count(_metadata, self, true, 16));
}

/* X5: of AUXV */
TEST_F(slab, auxv)
{
	EXPECT_LE(CALLS, wait_and_count(_metadata, self, false, vector_size() * 3 / 4));
}

int main(int argc, char **argv)
{
	begin_tests(argv, 0, why_no_series);
	return test_harness_run(argc, argv);
}
