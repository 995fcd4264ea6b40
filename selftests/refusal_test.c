// SPDX-License-Identifier: GPL-2.0
/*
 * Each way in which a call can be refused, many times over: the error, and that nothing is
 * left of it. What a process can see of itself is as before, no memory is lost, and no
 * reference to a file is kept or given away.
 */
#include "harness.h"
#include "exe_files.h"
#include "leave_exe.h"
#include "slabinfo.h"
#include <signal.h>
#include <sys/prctl.h>

#define TIMES	300
#define LOST	(TIMES / 2)	/* objects; what a processor keeps is far less */

/* When: what has happened to the executable. */
enum { MAPPED, LEFT, REPLACED };

static struct {
	struct prctl_mm_map map;
	unsigned long vector[300];
	int when, good, mode, folder, written, closed;
} own;

/* The calls; those with a map come last. */
enum call {
	UNUSED_ARGUMENT,
	UNKNOWN_OPTION,
	BOUND_TOO_LOW,
	BOUND_WITHOUT_MAPPING,
	BOUND_OF_ANOTHER_KIND,
	HEAP_IN_THE_DATA,
	SIZE_UNREADABLE,
	VECTOR_TOO_LONG,
	VECTOR_UNREADABLE,
	EXE_NOT_OPEN,
	EXE_NO_FILE,
	EXE_MODE,
	EXE_WRITTEN,
	EXE_GOOD,
	MAP_SIZE,
	MAP_UNREADABLE,
	MAP_BOUND,
	MAP_ORDER,
	MAP_NO_VECTOR,
	MAP_VECTOR_TOO_LONG,
	MAP_VECTOR_UNREADABLE,
	MAP_EXE_NOT_OPEN,
	MAP_EXE_NO_FILE,
	MAP_EXE_MODE,
	MAP_EXE_WRITTEN,
	MAP_EXE_GOOD,
};

static unsigned long low(const void *address)
{
	return (unsigned long)address;
}

static int call_with_map(enum call call)
{
	struct prctl_mm_map map = own.map;

	switch (call) {
	case MAP_BOUND:
		map.env_end = 0;
		break;
	case MAP_ORDER:
		map.start_code = map.end_code;
		break;
	case MAP_NO_VECTOR:
		map.auxv = NULL;
		break;
	case MAP_VECTOR_TOO_LONG:
		map.auxv_size = sizeof(own.vector);
		break;
	case MAP_VECTOR_UNREADABLE:
		map.auxv = (void *)8;
		break;
	case MAP_EXE_NOT_OPEN:
		map.exe_fd = own.closed;
		break;
	case MAP_EXE_NO_FILE:
		map.exe_fd = own.folder;
		break;
	case MAP_EXE_MODE:
		map.exe_fd = own.mode;
		break;
	case MAP_EXE_WRITTEN:
		map.exe_fd = own.written;
		break;
	case MAP_EXE_GOOD:
		map.exe_fd = own.good;
		break;
	default:
		return 0;
	}
	return set_mm_map(&map);
}

static int make_call(enum call call)
{
	switch (call) {
	case UNUSED_ARGUMENT:
		return set_mm4(PR_SET_MM_EXE_FILE, own.good, 0, 1);
	case UNKNOWN_OPTION:
		return set_mm(99, 0);
	case BOUND_TOO_LOW:
		return set_mm(PR_SET_MM_START_CODE, 0);
	case BOUND_WITHOUT_MAPPING:
		return set_mm(PR_SET_MM_START_STACK, 3UL << 28);
	case BOUND_OF_ANOTHER_KIND:
		return set_mm(PR_SET_MM_START_CODE, low(own.vector));
	case HEAP_IN_THE_DATA:
		return set_mm(PR_SET_MM_START_BRK, own.map.end_data);
	case SIZE_UNREADABLE:
		return set_mm(PR_SET_MM_MAP_SIZE, 0);
	case VECTOR_TOO_LONG:
		return set_mm4(PR_SET_MM_AUXV, low(own.vector), sizeof(own.vector), 0);
	case VECTOR_UNREADABLE:
		return set_mm4(PR_SET_MM_AUXV, 8, 16, 0);
	case EXE_NOT_OPEN:
		return set_exe(own.closed);
	case EXE_NO_FILE:
		return set_exe(own.folder);
	case EXE_MODE:
		return set_exe(own.mode);
	case EXE_WRITTEN:
		return set_exe(own.written);
	case EXE_GOOD:
		return set_exe(own.good);
	case MAP_SIZE:
		return set_mm4(PR_SET_MM_MAP, low(&own.map), sizeof(own.map) + 1, 0);
	case MAP_UNREADABLE:
		return set_mm_map_at(8);
	default:
		return call_with_map(call);
	}
}

/* How each is refused when the old executable is mapped, left and replaced. */
static const struct {
	const char *name;
	int error[3];
} refusals[] = {
	[UNUSED_ARGUMENT] = { "unused argument", { EINVAL, EINVAL, EINVAL } },
	[UNKNOWN_OPTION] = { "unknown option", { EINVAL, EINVAL, EINVAL } },
	[BOUND_TOO_LOW] = { "bound too low", { EINVAL, EINVAL, EINVAL } },
	[BOUND_WITHOUT_MAPPING] = { "bound without mapping", { EFAULT, EFAULT, EFAULT } },
	[BOUND_OF_ANOTHER_KIND] = { "bound of another kind", { EINVAL, EINVAL, EINVAL } },
	[HEAP_IN_THE_DATA] = { "heap in the data", { EINVAL, EINVAL, EINVAL } },
	[SIZE_UNREADABLE] = { "size unreadable", { EFAULT, EFAULT, EFAULT } },
	[VECTOR_TOO_LONG] = { "vector too long", { EINVAL, EINVAL, EINVAL } },
	[VECTOR_UNREADABLE] = { "vector unreadable", { EFAULT, EFAULT, EFAULT } },
	[EXE_NOT_OPEN] = { "exe not open", { EBADF, EBADF, EBADF } },
	[EXE_NO_FILE] = { "exe no file", { EACCES, EACCES, EACCES } },
	[EXE_MODE] = { "exe mode", { EACCES, EACCES, EACCES } },
	[EXE_WRITTEN] = { "exe written", { EBUSY, EACCES, EBUSY } },
	[EXE_GOOD] = { "exe good", { EBUSY, 0, EBUSY } },
	[MAP_SIZE] = { "map size", { EINVAL, EINVAL, EINVAL } },
	[MAP_UNREADABLE] = { "map unreadable", { EFAULT, EFAULT, EFAULT } },
	[MAP_BOUND] = { "map bound", { EINVAL, EINVAL, EINVAL } },
	[MAP_ORDER] = { "map order", { EINVAL, EINVAL, EINVAL } },
	[MAP_NO_VECTOR] = { "map no vector", { EINVAL, EINVAL, EINVAL } },
	[MAP_VECTOR_TOO_LONG] = { "map vector too long", { EINVAL, EINVAL, EINVAL } },
	[MAP_VECTOR_UNREADABLE] = { "map vector unreadable", { EFAULT, EFAULT, EFAULT } },
	[MAP_EXE_NOT_OPEN] = { "map exe not open", { EBADF, EBADF, EBADF } },
	[MAP_EXE_NO_FILE] = { "map exe no file", { EACCES, EACCES, EACCES } },
	[MAP_EXE_MODE] = { "map exe mode", { EACCES, EACCES, EACCES } },
	[MAP_EXE_WRITTEN] = { "map exe written", { EBUSY, EACCES, EBUSY } },
	[MAP_EXE_GOOD] = { "map exe good", { EBUSY, 0, EBUSY } },
};

/* Make each call many times; how many did not do what they should. */
static int refuse_all(void)
{
	static const char * const caches[] = { OWN_CACHE, "mm_struct", "cred_jar" };
	struct mm_state before, after;
	long objects[ARRAY_SIZE(caches)], lost;
	unsigned int i, k, n;
	int bad = 0, got;

	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		if (!refusals[i].error[own.when])
			continue;
		for (k = 0; k < ARRAY_SIZE(caches); k++)
			objects[k] = objects_of(caches[k]);
		read_state(&before);
		for (n = 0, got = 0; n < TIMES && (!n || got == -refusals[i].error[own.when]); n++)
			got = make_call(i);
		if (got != -refusals[i].error[own.when]) {
			printf("# %s: %d\n", refusals[i].name, got);
			bad++;
		}
		read_state(&after);
		if (!same_state(&before, &after)) {
			printf("# %s: something has changed\n", refusals[i].name);
			bad++;
		}
		for (k = 0; k < ARRAY_SIZE(caches); k++) {
			lost = objects_of(caches[k]) - objects[k];
			if (objects[k] >= 0 && lost >= LOST) {
				printf("# %s: %ld objects of %s\n", refusals[i].name, lost,
				       caches[k]);
				bad++;
			}
		}
	}
	return bad;
}

static int open_in(const char *dir, const char *name, mode_t mode, int flags)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	close(make_file(path, mode));
	return open(path, flags | O_CLOEXEC);
}

/* The copy of this program, in the folder: it makes all calls in each state. */
static int refuse_in(const char *dir)
{
	int bad;

	read_map(&own.map);
	own.map.auxv = (void *)own.vector;
	own.map.auxv_size = 16;
	own.good = open_in(dir, "good", 0755, O_RDONLY);
	own.mode = open_in(dir, "mode", 0644, O_RDONLY);
	own.folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own.written = open_in(dir, "written", 0755, O_RDWR);
	own.closed = 12345;

	own.when = MAPPED;
	bad = refuse_all();
	if (leave_exe() <= 0)
		return 101;
	own.when = LEFT;
	bad += refuse_all();
	/* E7: none counts as the replacement; the file can still become the executable. */
	if (set_exe(own.good))
		return 102;
	own.when = REPLACED;
	bad += refuse_all();
	return bad;
}

static int wait_for_end(void *unused)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pause();
}

/*
 * The same while another task shares the table of descriptors. Only then does a call take a
 * reference to the file of its descriptor.
 */
static int refuse_shared(const char *dir)
{
	static long double stack[(16 << 10) / sizeof(long double)];
	pid_t pid = clone_on(wait_for_end, stack, sizeof(stack), CLONE_FILES | SIGCHLD, NULL);
	int bad;

	if (pid < 0)
		return 103;
	bad = refuse_in(dir);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return bad;
}

/* G7 E7 X5: each refusal, with the old executable mapped, left and replaced */
TEST(nothing_is_left)
{
	char dir[96], fs[128], copy[160], name[160];

	REQUIRE(NEED_PRIVILEGE | NEED_RULES | NEED_FILES | NEED_MOUNTS);
	ASSERT_TRUE(make_dir(dir, "refuse"));
	snprintf(fs, sizeof(fs), "%s/fs", dir);
	snprintf(copy, sizeof(copy), "%s/copy", fs);
	ASSERT_EQ(0, mount_tmpfs(fs, 0));
	ASSERT_TRUE(copy_file("/proc/self/exe", copy));
	EXPECT_EQ(0, run_copy(copy, "refuse", fs));
	/* Nobody has a file of it as the executable, and nobody is kept from writing. */
	snprintf(name, sizeof(name), "%s/good", fs);
	EXPECT_EQ(0, try_writing(name));
	EXPECT_EQ(0, try_writing(copy));
	snprintf(name, sizeof(name), "%s/written", fs);
	EXPECT_EQ(0, try_writing(name));
	/* Nobody writes: they can be executables again. */
	EXPECT_EQ(0, run_copy(copy, "nothing", fs));
	ASSERT_GT(leave_exe(), 0);
	EXPECT_EQ(0, set_exe(open(name, O_RDONLY | O_CLOEXEC)));
}

/* E6: after a replacement and an exit no reference to either file is left */
TEST(no_reference)
{
	char dir[96], fs[128], copy[160];

	REQUIRE(NEED_PRIVILEGE | NEED_RULES | NEED_FILES | NEED_MOUNTS);
	ASSERT_TRUE(make_dir(dir, "kept"));
	snprintf(fs, sizeof(fs), "%s/fs", dir);
	snprintf(copy, sizeof(copy), "%s/copy", fs);
	ASSERT_EQ(0, mount_tmpfs(fs, 0));
	ASSERT_TRUE(copy_file("/proc/self/exe", copy));
	EXPECT_EQ(0, run_copy(copy, "shared", fs));
	EXPECT_EQ(0, umount(fs));
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "--as"))
		return !strcmp(argv[2], "refuse") ? refuse_in(argv[3]) :
		       !strcmp(argv[2], "shared") ? refuse_shared(argv[3]) : 0;
	begin_tests(argv, 0, why_no_series);
	return test_harness_run(argc, argv);
}
