// SPDX-License-Identifier: GPL-2.0
/* All bounds at once: PR_SET_MM_MAP and PR_SET_MM_MAP_SIZE. */
#include "harness.h"
#include "audit.h"
#include "exe_files.h"
#include "kernel_address.h"
#include "leave_exe.h"
#include "short_memory.h"

#define WORD	sizeof(unsigned long)

FIXTURE(map) {
	struct prctl_mm_map map;
	unsigned long auxv[8];
};

FIXTURE_SETUP(map)
{
	unsigned int i;

	read_map(&self->map);
	for (i = 0; i < 8; i++)
		self->auxv[i] = 0x100 + i;
}

FIXTURE_TEARDOWN(map)
{
}

/* A file that may be executed, in a folder that vanishes with the room. */
static int new_exe(char name[128])
{
	char dir[96];

	return make_dir(dir, "map") ? make_exe_in(dir, "file", name) : -1;
}

/* M1: the size is that of the struct, and needs no capability */
TEST_F(map, size)
{
	unsigned int size[2] = { 0, 0x12345678 };

	ASSERT_EQ(0, only_caps(0));
	EXPECT_EQ(0, set_mm(PR_SET_MM_MAP_SIZE, (unsigned long)size));
	EXPECT_EQ(sizeof(struct prctl_mm_map), size[0]);
	EXPECT_EQ(0x12345678, size[1]);
	EXPECT_REFUSED(EFAULT, set_mm(PR_SET_MM_MAP_SIZE, 0));
}

/* M2: all bounds are stored, with no capability and no area behind them */
TEST_F(map, all_bounds)
{
	struct prctl_mm_map map = {
		.start_code = 0x10001000, .end_code = 0x10002000,
		.start_data = 0x10003000, .end_data = 0x10004000,
		.start_brk = 0x10005000, .brk = 0x10006000,
		.start_stack = 0x10007000,
		.arg_start = 0x10008000, .arg_end = 0x10009000,
		.env_start = 0x1000a000, .env_end = 0x1000b000,
		.exe_fd = -1,
	}, got;

	REQUIRE(NEED_FREE_MAP);
	ASSERT_EQ(0, only_caps(0));
	EXPECT_EQ(0, set_mm_map(&map));
	read_map(&got);
	EXPECT_EQ(0, memcmp(&map, &got, sizeof(map)));
}

/* M2: the size has to be that of the struct, and comes before the address */
TEST_F(map, wrong_size)
{
	static const unsigned long size[] = {
		0, 1, sizeof(struct prctl_mm_map) - 1,
		sizeof(struct prctl_mm_map) + 1,
		sizeof(struct prctl_mm_map) - 4, ~0UL,
		sizeof(struct prctl_mm_map) | 1UL << 31 << (sizeof(long) == 8),
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(size); i++) {
		EXPECT_REFUSED(EINVAL, set_mm4(PR_SET_MM_MAP,
					       (unsigned long)&self->map, size[i], 0));
		EXPECT_REFUSED(EINVAL, set_mm4(PR_SET_MM_MAP, 0, size[i], 0));
	}
}

/* M2: a struct that cannot be read, wholly or at the end */
TEST_F(map, unreadable)
{
	const size_t some = sizeof(self->map) - 4;
	char *page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, page);
	ASSERT_EQ(0, munmap(page + PAGE, PAGE));
	memcpy(page + PAGE - some, &self->map, some);
	EXPECT_REFUSED(EFAULT, set_mm_map_at(0));
	EXPECT_REFUSED(EFAULT, set_mm_map_at((unsigned long)(page + PAGE - some)));
	EXPECT_REFUSED(EFAULT, set_mm_map_at(kernel_address()));
}

/* M2 G6: each bound has to lie within the address space */
TEST_F(map, bounds)
{
	const size_t bounds = offsetof(struct prctl_mm_map, auxv) / sizeof(__u64);
	const __u64 bad[] = {
		0, 1, end_of_addresses(), ~0ULL, 1ULL << 32 | self->map.brk, 1ULL << 63,
	};
	__u64 *bound = (__u64 *)&self->map, good;
	unsigned int i, j;

	for (i = 0; i < bounds; i++) {
		good = bound[i];
		for (j = 0; j < ARRAY_SIZE(bad); j++) {
			/* In 64 bits some of them are addresses. */
			if (bad[j] > 1 && bad[j] < bad[2])
				continue;
			bound[i] = bad[j];
			EXPECT_REFUSED(EINVAL, set_mm_map(&self->map));
		}
		bound[i] = good;
		EXPECT_EQ(0, set_mm_map(&self->map));
	}
}

/* M2 G6: each pair has to be in order */
TEST_F(map, order)
{
	struct prctl_mm_map map;
	const struct {
		__u64 *low, *high;
		bool may_be_equal;
	} pairs[] = {
		{ &map.start_code, &map.end_code, false },
		{ &map.start_data, &map.end_data, true },
		{ &map.start_brk, &map.brk, true },
		{ &map.arg_start, &map.arg_end, true },
		{ &map.env_start, &map.env_end, true },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		map = self->map;
		*pairs[i].low = *pairs[i].high;
		EXPECT_EQ(pairs[i].may_be_equal ? 0 : -EINVAL, set_mm_map(&map));
		*pairs[i].low = *pairs[i].high + 1;
		EXPECT_REFUSED(EINVAL, set_mm_map(&map));
	}
}

/* M2 X1 X2 X3: the vector of a map; one of size 0 is left as it is */
TEST_F(map, auxv)
{
	struct mm_state before, after;
	unsigned long big[256] = { 0 };

	read_state(&before);
	EXPECT_EQ(0, set_mm_map(&self->map));
	read_state(&after);
	EXPECT_TRUE(same_state(&before, &after));

	self->map.auxv = (void *)self->auxv;
	self->map.auxv_size = 6 * WORD;
	EXPECT_EQ(0, set_mm_map(&self->map));
	read_state(&after);
	EXPECT_EQ(0, memcmp(after.auxv, self->auxv, 6 * WORD));
	EXPECT_EQ(0, *(unsigned long *)(after.auxv + 6 * WORD));

	self->map.auxv = NULL;
	EXPECT_REFUSED(EINVAL, set_mm_map(&self->map));
	self->map.auxv = (void *)1;
	EXPECT_REFUSED(EFAULT, set_mm_map(&self->map));
	self->map.auxv = (void *)big;
	self->map.auxv_size = sizeof(big);
	EXPECT_REFUSED(EINVAL, set_mm_map(&self->map));
	/* a bad bound and a bad vector: the bound is checked first */
	self->map.auxv = (void *)1;
	self->map.auxv_size = WORD;
	self->map.start_code = self->map.end_code;
	EXPECT_REFUSED(EINVAL, set_mm_map(&self->map));
}

/* M3 X1 X2: an executable needs one of two capabilities, even if it is not open */
TEST_F(map, exe_capability)
{
	/* Only -1 is no executable. */
	const int fds[] = { -2, INT_MIN, INT_MAX, 12345 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fds); i++) {
		self->map.exe_fd = fds[i];
		EXPECT_REFUSED(EBADF, set_mm_map(&self->map));
	}
	ASSERT_EQ(0, only_caps(~(CAP_BIT(CAP_SYS_ADMIN) |
				 CAP_BIT(CAP_CHECKPOINT_RESTORE))));
	for (i = 0; i < ARRAY_SIZE(fds); i++) {
		self->map.exe_fd = fds[i];
		EXPECT_REFUSED(EPERM, set_mm_map(&self->map));
	}
	/* The vector comes before the executable, its size and its address. */
	self->map.auxv = (void *)1;
	self->map.auxv_size = WORD;
	EXPECT_REFUSED(EFAULT, set_mm_map(&self->map));
	self->map.auxv_size = 1 << 16;
	EXPECT_REFUSED(EINVAL, set_mm_map(&self->map));
}

/* M3: CAP_CHECKPOINT_RESTORE is enough, and a user namespace has it too */
TEST_F(map, exe_capability_of_a_user_namespace)
{
	char name[128];

	REQUIRE(NEED_RULES | NEED_FILES | NEED_USER_NAMESPACE);
	self->map.exe_fd = new_exe(name);
	ASSERT_EQ(0, unshare(CLONE_NEWUSER));
	ASSERT_EQ(0, only_caps(CAP_BIT(CAP_CHECKPOINT_RESTORE)));
	EXPECT_REFUSED(EBUSY, set_mm_map(&self->map));
	ASSERT_GT(leave_exe(), 0);
	EXPECT_EQ(0, set_mm_map(&self->map));
	EXPECT_REFUSED(EBUSY, set_mm_map(&self->map));
}

/* M3: CAP_SYS_ADMIN alone is enough, too */
TEST_F(map, exe_capability_of_an_administrator)
{
	char name[128];

	REQUIRE(NEED_PRIVILEGE | NEED_RULES | NEED_FILES);
	if (!has_cap(CAP_SYS_ADMIN))
		SKIP(return, "needs CAP_SYS_ADMIN");
	self->map.exe_fd = new_exe(name);
	ASSERT_GT(leave_exe(), 0);
	ASSERT_EQ(0, only_caps(CAP_BIT(CAP_SYS_ADMIN)));
	EXPECT_EQ(0, set_mm_map(&self->map));
}

/* M3 G7: a refused executable leaves every bound and the vector as they were */
TEST_F(map, refused_exe)
{
	char name[128];
	int fd;

	REQUIRE(NEED_PRIVILEGE | NEED_RULES | NEED_FILES);
	fd = new_exe(name);
	ASSERT_GE(fd, 0);
	self->map.auxv = (void *)self->auxv;
	self->map.auxv_size = sizeof(self->auxv);
	self->map.start_stack += 8;
	self->map.exe_fd = fd;
	EXPECT_REFUSED(EBUSY, set_mm_map(&self->map));
	self->map.exe_fd = open("/", O_RDONLY | O_DIRECTORY);
	EXPECT_REFUSED(EACCES, set_mm_map(&self->map));

	/* Neither counts as the replacement (E7); MAP and EXE_FILE have one together (E4). */
	ASSERT_GT(leave_exe(), 0);
	self->map.exe_fd = fd;
	EXPECT_EQ(0, set_mm_map(&self->map));
	EXPECT_EQ(self->map.start_stack, read_bound(PR_SET_MM_START_STACK));
	EXPECT_STREQ(name, exe_link());
	EXPECT_REFUSED(EBUSY, set_mm(PR_SET_MM_EXE_FILE, fd));
	self->map.start_stack -= 8;
	EXPECT_REFUSED(EBUSY, set_mm_map(&self->map));
	self->map.exe_fd = -1;
	EXPECT_EQ(0, set_mm_map(&self->map));
}

/* X5 G7: no memory for the copy of map and vector; nothing is replaced */
TEST_F(map, no_memory)
{
	char name[128];

	REQUIRE(NEED_FILES | NEED_FAILURES);
	SKIP_IF(may_be_audited() ? "auditing allocates memory too, which would be counted" : NULL);
	ASSERT_EQ(0, allow_failures());
	self->map.auxv = (void *)self->auxv;
	self->map.auxv_size = sizeof(self->auxv);
	self->map.start_stack += 8;
	self->map.exe_fd = new_exe(name);
	ASSERT_GT(leave_exe(), 0);
	EXPECT_ENOMEM(1, set_mm_map(&self->map));
	EXPECT_EQ(self->map.start_stack, read_bound(PR_SET_MM_START_STACK));
}

#if defined(__x86_64__) && defined(__LP64__)
/* struct prctl_mm_map as a 32-bit x86 task has it, where __u64 is aligned to 4 */
struct map32 {
	__u32 bounds[11][2];	/* the low half first */
	__u32 auxv;
	__u32 auxv_size;
	__u32 exe_fd;
};

/* A 32-bit system call, which a 64-bit task can make too; below 4 GiB. */
static int set_mm32(__u32 option, void *arg3, __u32 arg4)
{
	int ret;

	asm volatile("int $0x80" : "=a" (ret)
		     : "0" (172), "b" (PR_SET_MM), "c" (option),
		       "d" ((__u32)(unsigned long)arg3), "S" (arg4), "D" (0)
		     : "memory", "r8", "r9", "r10", "r11");
	return ret;
}

/* M4 M1: the 32-bit layout and its size, through the 32-bit system call of a 64-bit task */
TEST_F(map, compat)
{
	struct { struct map32 map; unsigned int size; unsigned int auxv[4]; } *low;
	struct prctl_mm_map *native;
	struct mm_state s;
	int status;
	pid_t pid;

	pid = start_child();
	if (!pid)
		_exit(set_mm32(0, NULL, 0) != -EINVAL);
	status = wait_child(pid);
	if (WIFSIGNALED(status))
		SKIP(return, "no 32-bit system calls");

	low = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	ASSERT_NE(MAP_FAILED, low);
	EXPECT_EQ(100, sizeof(low->map));

	EXPECT_EQ(0, set_mm32(PR_SET_MM_MAP_SIZE, &low->size, 0));
	EXPECT_EQ(100, low->size);

	memcpy(low->map.bounds, &self->map, sizeof(low->map.bounds));
	low->map.bounds[6][0] += 8;	/* start_stack */
	low->auxv[0] = 0x11;
	low->auxv[1] = 0x22;
	low->map.auxv = (unsigned long)low->auxv;
	low->map.auxv_size = sizeof(low->auxv);
	low->map.exe_fd = -1;
	EXPECT_EQ(0, set_mm32(PR_SET_MM_MAP, &low->map, sizeof(low->map)));
	read_state(&s);
	EXPECT_EQ(self->map.start_stack + 8, s.of[PR_SET_MM_START_STACK]);
	EXPECT_EQ(0, memcmp(s.auxv, low->auxv, sizeof(low->auxv)));

	low->map.exe_fd = 12345;
	EXPECT_REFUSED(EBADF, set_mm32(PR_SET_MM_MAP, &low->map, sizeof(low->map)));
	low->map.exe_fd = -1;
	memcpy(low->map.bounds[0], low->map.bounds[1], sizeof(__u64));
	EXPECT_REFUSED(EINVAL, set_mm32(PR_SET_MM_MAP, &low->map, sizeof(low->map)));
	EXPECT_REFUSED(EINVAL, set_mm32(PR_SET_MM_MAP, &low->map, 96));
	EXPECT_REFUSED(EFAULT, set_mm32(PR_SET_MM_MAP, NULL, 100));

	/* Its size is for that call only, and the 64-bit one is served as ever. */
	EXPECT_REFUSED(EINVAL, set_mm4(PR_SET_MM_MAP, (unsigned long)low,
				       sizeof(low->map), 0));
	native = (void *)low;
	*native = self->map;
	EXPECT_EQ(0, set_mm32(PR_SET_MM_MAP, native, sizeof(*native)));
	EXPECT_EQ(self->map.start_stack, read_bound(PR_SET_MM_START_STACK));
}

/* struct prctl_mm_map in an x32 program: as long as the 64-bit one, but different */
struct map_x32 {
	__u64 bounds[11];
	__u32 auxv;
	__u32 auxv_size;
	__u32 exe_fd;
	__u32 nothing;
};

/* In the number of an x32 system call, which a 64-bit task can make, too. */
#define X32_BIT	0x40000000

static int set_mm_x32(unsigned long option, void *arg3, unsigned long arg4)
{
	return syscall(__NR_prctl | X32_BIT, PR_SET_MM, option, arg3, arg4, 0) ? -errno : 0;
}

/* M4 M1: an x32 call has the size and the layout of a 64-bit one, as in mainline */
TEST_F(map, x32)
{
	unsigned int size = 0;
	struct map_x32 own = { };
	struct mm_state s;

	if (syscall(__NR_getpid | X32_BIT) != getpid())
		SKIP(return, "no x32 system calls");
	EXPECT_EQ(0, set_mm_x32(PR_SET_MM_MAP_SIZE, &size, 0));
	EXPECT_EQ(104, size);
	EXPECT_EQ(104, sizeof(own));

	self->map.start_stack += 8;
	self->map.auxv = (void *)self->auxv;
	self->map.auxv_size = sizeof(self->auxv);
	EXPECT_EQ(0, set_mm_x32(PR_SET_MM_MAP, &self->map, 104));
	read_state(&s);
	EXPECT_EQ(self->map.start_stack, s.of[PR_SET_MM_START_STACK]);
	EXPECT_EQ(0, memcmp(s.auxv, self->auxv, sizeof(self->auxv)));

	EXPECT_REFUSED(EINVAL, set_mm_x32(PR_SET_MM_MAP, &self->map, 100));
	EXPECT_REFUSED(EFAULT, set_mm_x32(PR_SET_MM_MAP, NULL, 104));
	EXPECT_REFUSED(EINVAL, set_mm_x32(PR_SET_MM_MAP, NULL, 100));
	/* The kernel reads it as the 64-bit one: exe_fd is the size of a vector at address 0. */
	memcpy(own.bounds, &self->map, sizeof(own.bounds));
	own.exe_fd = -1;
	EXPECT_REFUSED(EINVAL, set_mm_x32(PR_SET_MM_MAP, &own, sizeof(own)));
}
#endif

#ifndef __LP64__
/* M4: a 32-bit task that lays the struct out as a 64-bit one does is served too */
TEST_F(map, layout_of_64_bit)
{
	struct wide_map wide = { .exe_fd = -1 };

	if (!kernel_is_64_bit())
		SKIP(return, "a 32-bit kernel");
	memcpy(wide.bounds, &self->map, sizeof(wide.bounds));
	wide.bounds[6] += 8;	/* start_stack */
	wide.auxv = (unsigned long)self->auxv;
	wide.auxv_size = sizeof(self->auxv);
	EXPECT_EQ(104, sizeof(wide));
	EXPECT_EQ(0, set_mm4(PR_SET_MM_MAP, (unsigned long)&wide, sizeof(wide), 0));
	EXPECT_EQ(wide.bounds[6], read_bound(PR_SET_MM_START_STACK));
}
#endif

int main(int argc, char **argv)
{
	begin_tests(argv, CHANGES_FAILSLAB, why_no_series);
	return test_harness_run(argc, argv);
}
