// SPDX-License-Identifier: GPL-2.0
/*
 * Where the bytes of a caller lie while a call waits: in a slab cache of their own, so
 * that nothing else is ever in their place. Many calls wait at once, and the objects of
 * all caches are counted.
 */
#include "harness.h"
#include "exe_files.h"
#include "park.h"
#include <dirent.h>
#include <signal.h>

#define CALLS	500
#define STACK	(16 << 10)

/* Half of the calls: what else is allocated meanwhile is far less, and they are more. */
#define MANY	(CALLS / 2)

#define SLABINFO	"/proc/slabinfo"
#define OWN_CACHE	"prctl_mm_request"

/* Shared with the process that makes the calls. */
struct calls {
	bool go;
	unsigned int ready;
};

FIXTURE(slab) {
	char dir[96], park[128];
	struct calls *calls;
	pid_t pid;
};

FIXTURE_SETUP(slab)
{
	int error;

	REQUIRE(NEED_PRIVILEGE | NEED_FILES | NEED_MOUNTS);
	SKIP_IF(access(SLABINFO, R_OK) ? "no " SLABINFO " (CONFIG_SLUB_DEBUG)" : NULL);
	ASSERT_TRUE(make_dir(self->dir, "slab"));
	snprintf(self->park, sizeof(self->park), "%s/park", self->dir);
	error = park_begin(self->park);
	if (error == -ENODEV)
		SKIP(_exit(SKIP_STATUS), "the kernel has no FUSE");
	ASSERT_EQ(0, error);
	self->calls = mmap(NULL, sizeof(*self->calls), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->calls);
}

FIXTURE_TEARDOWN(slab)
{
	park_end();
	EXPECT_EQ(0, remove_dir(self->dir));
}

/* One of the calls: a struct, and a vector for which it waits. */
struct call {
	struct calls *calls;
	bool is_map;
	struct prctl_mm_map map;
};

static void *make_call(void *arg)
{
	struct call *call = arg;

	__atomic_add_fetch(&call->calls->ready, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&call->calls->go, __ATOMIC_SEQ_CST))
		usleep(10000);
	if (call->is_map)
		set_mm_map(&call->map);
	else
		set_mm4(PR_SET_MM_AUXV, (unsigned long)call->map.auxv,
			call->map.auxv_size, 0);
	return NULL;
}

/* The process: threads that all wait for the same page, with vectors of some size. */
static int make_calls(const char *park, struct calls *calls, bool is_map, size_t size)
{
	static struct call call;
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
	call.calls = calls;
	call.is_map = is_map;
	read_map(&call.map);
	call.map.auxv = page;
	call.map.auxv_size = size;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK > PTHREAD_STACK_MIN ? STACK : PTHREAD_STACK_MIN);
	for (i = 0; i < CALLS; i++)
		patient_pthread_create(&thread, &attr, make_call, &call);
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

/* How many threads of the process wait for the page? */
static unsigned int count_waiting(pid_t pid)
{
	char name[64], text[256], *at;
	unsigned int count = 0;
	struct dirent *entry;
	DIR *dir;

	snprintf(name, sizeof(name), "/proc/%d/task", pid);
	dir = opendir(name);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "/proc/%d/task/%.16s/stat", pid, entry->d_name);
		read_file(name, text, sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		at = strrchr(text, ')');
		count += at && at[1] == ' ' && at[2] == 'D';
	}
	if (dir)
		closedir(dir);
	return count;
}

static const char page[64 << 10];

/* Let them all wait and count: how many objects the own cache has more, -1 if none is. */
static long wait_and_count(struct __test_metadata *_metadata,
			   struct _test_data_slab *self, bool is_map, size_t size)
{
	static struct count before[128], after[128];
	unsigned int i, k, tries, count_before, count_after;
	long own = -1, more;

	self->pid = start_child();
	if (!self->pid)
		_exit(make_calls(self->park, self->calls, is_map, size));
	for (tries = 0; tries < 3000 &&
	     __atomic_load_n(&self->calls->ready, __ATOMIC_SEQ_CST) < CALLS; tries++)
		park_serve(10);
	EXPECT_EQ(CALLS, self->calls->ready);

	count_before = count_objects(before, ARRAY_SIZE(before));
	__atomic_store_n(&self->calls->go, true, __ATOMIC_SEQ_CST);
	EXPECT_TRUE(park_wait(0, self->pid));
	for (tries = 0; tries < 300 && count_waiting(self->pid) < CALLS; tries++)
		park_serve(100);
	EXPECT_LE(CALLS, count_waiting(self->pid));
	count_after = count_objects(after, ARRAY_SIZE(after));
	for (i = 0; i < count_after; i++) {
		for (k = 0; k < count_before && strcmp(before[k].name, after[i].name);)
			k++;
		more = after[i].objects - (k < count_before ? before[k].objects : 0);
		if (!strcmp(after[i].name, OWN_CACHE)) {
			own = more;
			continue;
		}
		EXPECT_LT(more, MANY) {
			TH_LOG("%ld more objects in %s", more, after[i].name);
		}
	}
	signal_child(self->pid, SIGKILL);
	park_answer(0, 0, page);
	park_wait_child(self->pid);
	TH_LOG("%ld more objects in %s", own, OWN_CACHE);
	return own;
}

/* X5: of MAP, with the longest vector and with a short one */
TEST_F(slab, map)
{
	EXPECT_LE(CALLS, wait_and_count(_metadata, self, true, 300));
}

TEST_F(slab, short_map)
{
	EXPECT_LE(CALLS, wait_and_count(_metadata, self, true, 16));
}

/* X5: of AUXV */
TEST_F(slab, auxv)
{
	EXPECT_LE(CALLS, wait_and_count(_metadata, self, false, 300));
}

int main(int argc, char **argv)
{
	begin_tests(argv, 0, why_no_series);
	return test_harness_run(argc, argv);
}
