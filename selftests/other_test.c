// SPDX-License-Identifier: GPL-2.0
/*
 * What /proc shows of another process: its own map and vector, not the reader's. Each value
 * differs from that of the reader.
 */
#include "harness.h"
#include "exe_files.h"
#include "leave_exe.h"

#include <sys/prctl.h>

/* Pages of code: few, of all that the process can execute. */
#define CODE_PAGES	3
#define WORDS	8

FIXTURE(other) {
	pid_t pid;
	char dir[96], exe[128];
	/* Shared with the process. */
	struct {
		struct prctl_mm_map map;
		unsigned long auxv[WORDS];
	} *own;
};

/* The file of the process. */
static const char *proc_file(pid_t pid, const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return path;
}

/* The number behind this word in the file, or -1. */
static long read_number(const char *name, const char *word)
{
	char text[8192], *at;

	read_file(name, text, sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	at = strstr(text, word);
	return at ? strtol(at + strlen(word), NULL, 10) : -1;
}

/* The field of statm with the pages of the code. */
static long read_text(const char *name)
{
	char text[256];
	long pages;

	read_file(name, text, sizeof(text) - 1);
	return sscanf(text, "%*d %*d %*d %ld", &pages) == 1 ? pages : -1;
}

FIXTURE_SETUP(other)
{
	static const char args[] = "another\0title", env[] = "ANOTHER=1\0B=2";
	struct prctl_mm_map *map;
	unsigned int i;
	char *page;
	int ready[2], fd;
	char byte;

	REQUIRE(NEED_FREE_MAP | NEED_PRIVILEGE | NEED_FILES);
	ASSERT_TRUE(make_dir(self->dir, "other"));
	fd = make_exe_in(self->dir, "exe", self->exe);
	ASSERT_GE(fd, 0);
	self->own = mmap(NULL, sizeof(*self->own), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->own);
	ASSERT_NE(MAP_FAILED, page);
	memcpy(page, args, sizeof(args));
	memcpy(page + 1024, env, sizeof(env));
	for (i = 0; i < WORDS; i++)
		self->own->auxv[i] = 0x3210 + i;
	map = &self->own->map;
	*map = (struct prctl_mm_map) {
		.start_code = 16 * PAGE + 0x10000000,
		.end_code = (16 + CODE_PAGES) * PAGE + 0x10000000,
		.start_data = 0x20000010, .end_data = 0x20004020,
		.start_brk = 0x20005030, .brk = 0x20006040,
		.start_stack = 0x20007050,
		.arg_start = (unsigned long)page, .arg_end = (unsigned long)page + sizeof(args),
		.env_start = (unsigned long)page + 1024,
		.env_end = (unsigned long)page + 1024 + sizeof(env),
		.auxv = (void *)self->own->auxv, .auxv_size = sizeof(self->own->auxv),
		.exe_fd = fd,
	};
	ASSERT_EQ(0, pipe(ready));
	self->pid = start_child();
	if (!self->pid) {
		if (leave_exe() <= 0 || set_mm_map(map) || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	close(ready[0]);
}

FIXTURE_TEARDOWN(other)
{
	end_children();
	EXPECT_EQ(0, remove_dir(self->dir));
}

/* R2 M2: the bounds in stat, also in that of a thread */
TEST_F(other, stat)
{
	const char *const names[] = { "stat", "task/%d/stat" };
	unsigned long of[PR_SET_MM_ENV_END + 1], own[PR_SET_MM_ENV_END + 1];
	const struct prctl_mm_map *map = &self->own->map;
	char name[32];
	unsigned int i, j;

	read_bounds("/proc/self/stat", own);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(name, sizeof(name), names[i], self->pid);
		read_bounds(proc_file(self->pid, name), of);
		EXPECT_EQ(map->start_code, of[PR_SET_MM_START_CODE]);
		EXPECT_EQ(map->end_code, of[PR_SET_MM_END_CODE]);
		EXPECT_EQ(map->start_data, of[PR_SET_MM_START_DATA]);
		EXPECT_EQ(map->end_data, of[PR_SET_MM_END_DATA]);
		EXPECT_EQ(map->start_brk, of[PR_SET_MM_START_BRK]);
		EXPECT_EQ(map->start_stack, of[PR_SET_MM_START_STACK]);
		EXPECT_EQ(map->arg_start, of[PR_SET_MM_ARG_START]);
		EXPECT_EQ(map->arg_end, of[PR_SET_MM_ARG_END]);
		EXPECT_EQ(map->env_start, of[PR_SET_MM_ENV_START]);
		EXPECT_EQ(map->env_end, of[PR_SET_MM_ENV_END]);
		for (j = PR_SET_MM_START_CODE; j <= PR_SET_MM_ENV_END; j++) {
			if (j != PR_SET_MM_BRK)
				EXPECT_NE(own[j], of[j]);
		}
	}
}

/* R2 M2: the size of the code in statm and status, and of what else can be executed */
TEST_F(other, code)
{
	long exe = read_number("/proc/self/status", "\nVmExe:");
	long lib = read_number("/proc/self/status", "\nVmLib:");
	const char *status = proc_file(self->pid, "status");
	const long kb = CODE_PAGES * PAGE / 1024;

	ASSERT_GE(exe, 0);
	ASSERT_GT(exe + lib, kb);
	ASSERT_NE(exe, kb);
	EXPECT_EQ(kb, read_number(status, "\nVmExe:"));
	/* It has the mappings of the process that it was forked from. */
	EXPECT_EQ(exe + lib - kb, read_number(status, "\nVmLib:"));
	EXPECT_EQ(CODE_PAGES, read_text(proc_file(self->pid, "statm")));
	EXPECT_NE(CODE_PAGES, read_text("/proc/self/statm"));
}

/* R2 M2 X3: the vector, which is shorter than that of the reader */
TEST_F(other, auxv)
{
	char auxv[1024], own[1024];
	int fd = open(proc_file(self->pid, "auxv"), O_RDONLY | O_CLOEXEC);

	read_file("/proc/self/auxv", own, sizeof(own));
	memset(auxv, 1, sizeof(auxv));
	/* It ends in a pair of words of the kernel. */
	EXPECT_EQ(sizeof(self->own->auxv) + 2 * (kernel_is_64_bit() ? 8 : 4),
		  read(fd, auxv, sizeof(auxv)));
	EXPECT_EQ(0, memcmp(self->own->auxv, auxv, sizeof(self->own->auxv)));
	EXPECT_NE(0, memcmp(self->own->auxv, own, sizeof(self->own->auxv)));
	/* The second half alone. */
	EXPECT_EQ(sizeof(self->own->auxv) / 2,
		  pread(fd, auxv, sizeof(self->own->auxv) / 2, sizeof(self->own->auxv) / 2));
	EXPECT_EQ(0, memcmp(self->own->auxv + WORDS / 2, auxv, sizeof(self->own->auxv) / 2));
	close(fd);
}

/* R2: a file that was opened before a fork is of the process that opened it */
TEST_F(other, opened_before_fork)
{
	int fd = open("/proc/self/auxv", O_RDONLY | O_CLOEXEC);
	char before[1024] = "", after[1024] = "";
	ssize_t size = pread(fd, before, sizeof(before), 0);
	pid_t pid;

	ASSERT_GT(size, sizeof(self->own->auxv));
	pid = start_child();
	if (!pid) {
		self->own->map.exe_fd = -1;
		if (set_mm_map(&self->own->map))
			_exit(1);
		_exit(pread(fd, after, sizeof(after), 0) != size || memcmp(before, after, size));
	}
	EXPECT_EQ(0, wait_child(pid));
}

/* R2 M2: arguments and environment */
TEST_F(other, arguments)
{
	char text[512];

	read_file(proc_file(self->pid, "cmdline"), text, sizeof(text));
	EXPECT_EQ(0, memcmp("another\0title", text, sizeof("another\0title")));
	read_file(proc_file(self->pid, "environ"), text, sizeof(text));
	EXPECT_EQ(0, memcmp("ANOTHER=1\0B=2", text, sizeof("ANOTHER=1\0B=2")));
}

/* W3 M3: the link, and that it was replaced */
TEST_F(other, executable)
{
	char link[PATH_MAX] = "";

	EXPECT_LT(0, readlink(proc_file(self->pid, "exe"), link, sizeof(link) - 1));
	EXPECT_STREQ(self->exe, link);
	EXPECT_EQ(1, exe_replaced_in(proc_file(self->pid, "status")));
	EXPECT_EQ(0, exe_replaced());
	EXPECT_STRNE(self->exe, exe_link());
}

int main(int argc, char **argv)
{
	begin_tests(argv, 0, why_no_series);
	return test_harness_run(argc, argv);
}
