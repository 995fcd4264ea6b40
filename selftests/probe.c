// SPDX-License-Identifier: GPL-2.0
/*
 * Not a test: calls PR_SET_MM in many ways and prints what each call answers, to
 * compare two kernels. A line is, with tabs between: the clause that judges the
 * call, the sub-option, what is special about it, the answer. Every call is made in
 * a fork, from the same state, so that no answer depends on the one before.
 *
 * probe                     all the ways, one by one
 * probe --random SEED N     N calls with random arguments, the same for a seed
 *
 * It changes nothing but its own processes: its files are on a filesystem that only it
 * can see, which disappears with it. On a kernel that audits, the attempts to replace
 * the executable are in the audit log. Exit codes: 0 all calls were answered, 1 one
 * could not be made or its answer not be written, 2 wrong use, 4 nothing to probe here.
 */
#include "prctl_set_mm.h"
#include "addresses.h"
#include "areas.h"
#include "by_hand.h"
#include "leave_exe.h"
#include "option_name.h"
#include <stdnoreturn.h>

#define ARENA		FREE_ADDRESSES	/* PAGES of address space, nothing in it */
#define PAGES		16
#define DATA		(ARENA + 0x10000000)	/* bounds of data and heap, in no area */
#define FIRST		(ARENA + 4 * PAGE)	/* two pages, the area to look at */

/* With the first number that is none. */
#define OPTIONS		(PR_SET_MM_MAP_SIZE + 2)

static const char *const clauses[OPTIONS] = {
	"G4", "A1", "A1", "A2", "A2", "A3", "B1", "B1", "A4", "A4", "A4", "A4",
	"X1", "E1", "M2", "M1", "G4",
};

static const char *answer(int result)
{
	static char text[32];

	switch (result) {
	case 0: return "accepted";
	case -EINVAL: return "EINVAL";
	case -EFAULT: return "EFAULT";
	case -EPERM: return "EPERM";
	case -EACCES: return "EACCES";
	case -EBUSY: return "EBUSY";
	case -EBADF: return "EBADF";
	}
	snprintf(text, sizeof(text), "errno %d", -result);
	return text;
}

/* Not an errno: what a child exits with that could not make its call. */
#define NO_ANSWER	255

static pid_t main_pid;

static noreturn void end_without_answer(void)
{
	_exit(getpid() == main_pid ? 1 : NO_ANSWER);
}

/* The call cannot be made, so there is no answer: say so, with errno, and end. */
#define fail(format, ...) do {						\
	fprintf(stderr, "probe: " format ": %s\n", ##__VA_ARGS__,	\
		strerror(errno));					\
	end_without_answer();						\
} while (0)

static pid_t start_child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("cannot fork");
	return pid;
}

/* What the child answered. Its failure has been reported, and is also ours. */
static int wait_for_child(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) != pid) {
		if (errno != EINTR)
			fail("cannot wait for a child");
	}
	if (!WIFEXITED(status))
		return -EOWNERDEAD;
	if (WEXITSTATUS(status) == NO_ANSWER)
		end_without_answer();
	return -WEXITSTATUS(status);
}

/* What a function answers in a child: 0 or -errno. */
#define IN_A_CHILD(call) ({						\
	pid_t pid__ = start_child();					\
									\
	if (!pid__)							\
		_exit(-(call));						\
	wait_for_child(pid__);						\
})

static void say(const char *clause, unsigned int option, const char *what, int result)
{
	const char *name = option <= PR_SET_MM_MAP_SIZE ? option_name(option) : "16";

	printf("%s\t%s\t%s\t%s\n", clause, name, what, answer(result));
	if (ferror(stdout))
		fail("cannot write an answer");
}

static void try(const char *clause, unsigned int option, const char *what,
		unsigned long arg3, unsigned long arg4, unsigned long arg5)
{
	say(clause, option, what, IN_A_CHILD(set_mm4(option, arg3, arg4, arg5)));
}

/* For a child: the call that follows has to be made under this limit. */
static void limit_data(unsigned long limit)
{
	struct rlimit rlim = { limit, RLIM_INFINITY };

	if (setrlimit(RLIMIT_DATA, &rlim))
		fail("cannot set RLIMIT_DATA");
}

/* For a child: the call that follows has to be made without capabilities. */
static void drop_caps(void)
{
	if (only_caps(0))
		fail("cannot drop capabilities");
}

/* For a child: the call that follows has to find the executable unmapped. */
static void leave_own_exe(void)
{
	if (leave_exe() <= 0)
		fail("cannot leave the executable");
}

static bool for_64_bit_kernel;

/* Without the series a 64-bit kernel serves a 32-bit task only in the layout of a 64-bit one. */
static int put_map(const struct prctl_mm_map *map)
{
	struct wide_map wide;

	if (!for_64_bit_kernel)
		return set_mm_map(map);
	widen_map(map, &wide);
	return set_mm4(PR_SET_MM_MAP, (unsigned long)&wide, sizeof(wide), 0);
}

/* The bounds that every call starts from: around the arena, the heap elsewhere. */
static int try_bounds(unsigned long low, unsigned long high)
{
	struct prctl_mm_map map;

	read_map(&map);
	fill_bounds(&map, low, high);
	map.start_brk = DATA;
	map.brk = DATA + 4 * PAGE;
	return put_map(&map);
}

static void put_bounds(unsigned long low, unsigned long high)
{
	errno = -try_bounds(low, high);
	if (errno)
		fail("cannot set the bounds to start from");
}

static void start_bounds(void)
{
	put_bounds(ARENA, ARENA + PAGES * PAGE);
}

static bool is_end(unsigned int option)
{
	return option == PR_SET_MM_END_CODE || option == PR_SET_MM_END_DATA ||
	       option == PR_SET_MM_ARG_END || option == PR_SET_MM_ENV_END;
}

static bool is_brk(unsigned int option)
{
	return option == PR_SET_MM_START_BRK || option == PR_SET_MM_BRK;
}

/* Kinds of area; a file that can be written, and the same opened to be read. */
enum kind {
	PRIVATE, SHARED, GROWING, FILE_PRIVATE, FILE_SHARED, FILE_READ, MEMFD,
	KINDS
};

static const char *const kinds[] = {
	"private", "shared", "growing", "file, private", "file, shared",
	"file read, shared", "memfd, shared",
};

static int files[KINDS];

static bool map_kind(int kind, int prot)
{
	static const int flags[] = {
		[PRIVATE] = MAP_PRIVATE | MAP_ANONYMOUS, [SHARED] = MAP_SHARED | MAP_ANONYMOUS,
		[FILE_PRIVATE] = MAP_PRIVATE,
	};
	void *area;

	switch (kind) {
	case GROWING:
		area = map_stack_area(FIRST, 2 * PAGE, prot);
		break;
	case PRIVATE:
	case SHARED:
	case FILE_PRIVATE:
		area = mmap((void *)FIRST, 2 * PAGE, prot, flags[kind] | MAP_FIXED, files[kind], 0);
		break;
	default:
		area = map_shared_file(FIRST, 2 * PAGE, prot, files[kind]);
	}
	if (area != MAP_FAILED)
		return true;
	/* A descriptor that was opened for reading cannot be mapped for writing. */
	if (errno != EACCES || kind != FILE_READ)
		fail("cannot map an area");
	return false;
}

static const char *protection(int prot)
{
	static char text[4];

	snprintf(text, sizeof(text), "%c%c%c", prot & PROT_READ ? 'r' : '-',
		 prot & PROT_WRITE ? 'w' : '-', prot & PROT_EXEC ? 'x' : '-');
	return text;
}

/* A bound at the edges of the area that is mapped, and beyond them. */
static void edges(unsigned int option, const char *area)
{
	static const struct { long offset; const char *name; } at[] = {
		{ -1, "below" }, { 0, "at its start" }, { 1, "inside" },
		{ 0, "at its end" }, { 1, "beyond its end" },
	};
	unsigned long addr, byte;
	unsigned int i;
	char what[64];

	for (i = 0; i < ARRAY_SIZE(at); i++) {
		addr = FIRST + (i < 3 ? 0 : 2 * PAGE) + at[i].offset;
		byte = addr - is_end(option);
		snprintf(what, sizeof(what), "%s, %s", area, at[i].name);
		try(byte >= FIRST && byte < FIRST + 2 * PAGE ? clauses[option] : "A5",
		    option, what, addr, 0, 0);
	}
}

/* Every kind of area with every protection. */
static void areas(void)
{
	unsigned int option;
	int kind, prot;
	char area[32];

	for (kind = 0; kind < KINDS; kind++) {
		for (prot = 0; prot < 8; prot++) {
			if (!map_kind(kind, prot))
				continue;
			snprintf(area, sizeof(area), "%s %s", protection(prot), kinds[kind]);
			for (option = PR_SET_MM_START_CODE; option <= PR_SET_MM_ENV_END; option++) {
				if (!is_brk(option))
					edges(option, area);
			}
			munmap((void *)FIRST, 2 * PAGE);
		}
	}
}

/* The ends of the address space, and unused arguments. */
static void arguments(void)
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

/* Each pair at, below and above its other half, in an area that is right for it. */
static void orders(void)
{
	static const struct { unsigned int option; int prot; bool grows; } pairs[] = {
		{ PR_SET_MM_START_CODE, PROT_READ | PROT_EXEC, false },
		{ PR_SET_MM_START_DATA, PROT_READ | PROT_WRITE, false },
		{ PR_SET_MM_ARG_START, PROT_READ | PROT_WRITE, true },
		{ PR_SET_MM_ENV_START, PROT_READ | PROT_WRITE, true },
	};
	static const char *const names[] = { "one below the other bound",
					     "at the other bound", "one above the other bound" };
	unsigned int i;
	int d;

	put_bounds(FIRST + 8, FIRST + PAGE + 8);
	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		map_kind(pairs[i].grows ? GROWING : PRIVATE, pairs[i].prot);
		for (d = 0; d < 3; d++) {
			try("G6", pairs[i].option, names[d], FIRST + PAGE + 7 + d, 0, 0);
			try("G6", pairs[i].option + 1, names[d], FIRST + 7 + d, 0, 0);
		}
		munmap((void *)FIRST, 2 * PAGE);
	}
	start_bounds();
}

static int with_limit(unsigned long limit, unsigned int option, unsigned long addr)
{
	limit_data(limit);
	return set_mm(option, addr);
}

static void heap(void)
{
	const unsigned long data = PAGES * PAGE, heap = 4 * PAGE;
	struct prctl_mm_map map;

	try("G6", PR_SET_MM_START_BRK, "above brk", DATA + heap + 1, 0, 0);
	try("G6", PR_SET_MM_BRK, "below start_brk", DATA - 1, 0, 0);
	try("B2", PR_SET_MM_START_BRK, "in no area", DATA + 1, 0, 0);
	try("B2", PR_SET_MM_BRK, "in no area", DATA + heap + 1, 0, 0);
	say("G6", PR_SET_MM_BRK, "to the limit",
	    IN_A_CHILD(with_limit(data + heap + 1, PR_SET_MM_BRK, DATA + heap + 1)));
	say("G6", PR_SET_MM_BRK, "over the limit",
	    IN_A_CHILD(with_limit(data + heap, PR_SET_MM_BRK, DATA + heap + 1)));
	say("G6", PR_SET_MM_START_BRK, "over the limit",
	    IN_A_CHILD(with_limit(data + heap, PR_SET_MM_START_BRK, DATA - 1)));
	read_map(&map);
	map.start_data = DATA + PAGE;
	map.end_data = DATA + 3 * PAGE;
	errno = -put_map(&map);
	if (errno)
		fail("cannot set the bounds of the data");
	try("B1", PR_SET_MM_START_BRK, "below the end of data", DATA + 3 * PAGE - 1, 0, 0);
	try("B1", PR_SET_MM_START_BRK, "at the end of data", DATA + 3 * PAGE, 0, 0);
	try("B1", PR_SET_MM_START_BRK, "above the end of data", DATA + 3 * PAGE + 1, 0, 0);
	try("B1", PR_SET_MM_BRK, "below the end of data", DATA + 3 * PAGE - 1, 0, 0);
	try("B1", PR_SET_MM_BRK, "at the end of data", DATA + 3 * PAGE, 0, 0);
	try("B1", PR_SET_MM_BRK, "above the end of data", DATA + 3 * PAGE + 1, 0, 0);
	start_bounds();
}

static void vectors(void)
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

/* The root of the filesystem that only this program sees. */
static int own_files;

static int open_own(const char *name, int flags)
{
	int fd = openat(own_files, name, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		fail("cannot open the file %s", name);
	return fd;
}

static int open_exe(const char *name, mode_t mode)
{
	int fd = open_own(name, O_WRONLY | O_CREAT | O_EXCL);

	if (fchmod(fd, mode))
		fail("cannot set the mode of the file %s", name);
	close(fd);
	return open_own(name, O_RDONLY);
}

static int make_memfd(const char *name)
{
	/* MFD_EXEC, which 6.1 does not know: else vm.memfd_noexec decides on the answer. */
	int fd = syscall(__NR_memfd_create, name, 0x10);

	if (fd < 0 && errno == EINVAL)
		fd = syscall(__NR_memfd_create, name, 0);
	if (fd < 0)
		fail("cannot make a memfd");
	return fd;
}

/* Set it, after the old one was left and @before was set, if it is not -1. */
static int switch_to(int before, unsigned long fd)
{
	int error;

	leave_own_exe();
	if (before >= 0) {
		error = set_mm(PR_SET_MM_EXE_FILE, before);
		if (error)
			return error;
	}
	return set_mm(PR_SET_MM_EXE_FILE, fd);
}

static int switch_after_fork(int before, int fd)
{
	int error = switch_to(-1, before);

	return error ?: IN_A_CHILD(set_mm(PR_SET_MM_EXE_FILE, fd));
}

static void executables(void)
{
	int a = open_exe("a", 0755), b = open_exe("b", 0755);
	int plain = open_exe("c", 0644), old = open("/proc/self/exe", O_RDONLY);
	int device = open("/dev/null", O_RDONLY), writer, pipes[2];
	struct { unsigned long fd; const char *clause, *what; } bad[] = {
		{ ~0UL, "E1", "-1" }, { 1000, "E1", "closed" },
		{ open_own("a", O_PATH), "E1", "O_PATH" },
		{ open_own(".", O_RDONLY), "E2", "directory" },
		{ device, "E2", "device" },
		{ plain, "E2", "mode 0644" },
		{ pipe(pipes) ? -1 : pipes[0], "E2", "pipe" },
	};
	unsigned int i;

	for (i = 1; i < ARRAY_SIZE(bad); i++) {
		if ((int)bad[i].fd < 0)
			fail("cannot make what is to be refused: %s", bad[i].what);
	}
	if (old < 0)
		fail("cannot open /proc/self/exe");

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		try(bad[i].clause, PR_SET_MM_EXE_FILE, bad[i].what, bad[i].fd, 0, 0);
		say(bad[i].clause, PR_SET_MM_EXE_FILE, bad[i].what,
		    IN_A_CHILD(switch_to(-1, bad[i].fd)));
	}
	try("E3", PR_SET_MM_EXE_FILE, "old one mapped", a, 0, 0);
	say("E6", PR_SET_MM_EXE_FILE, "first time", IN_A_CHILD(switch_to(-1, a)));
	say("E4", PR_SET_MM_EXE_FILE, "second time", IN_A_CHILD(switch_to(a, b)));
	say("E4", PR_SET_MM_EXE_FILE, "second time, same file", IN_A_CHILD(switch_to(a, a)));
	say("E4", PR_SET_MM_EXE_FILE, "back to the first", IN_A_CHILD(switch_to(a, old)));
	say("E8", PR_SET_MM_EXE_FILE, "second time, in a fork",
	    IN_A_CHILD(switch_after_fork(a, b)));
	writer = open_own("b", O_WRONLY);
	say("E5", PR_SET_MM_EXE_FILE, "open for writing", IN_A_CHILD(switch_to(-1, b)));
	close(writer);
	if (unlinkat(own_files, "b", 0))
		fail("cannot delete a file");
	say("E9", PR_SET_MM_EXE_FILE, "deleted", IN_A_CHILD(switch_to(-1, b)));
	say("E9", PR_SET_MM_EXE_FILE, "memfd",
	    IN_A_CHILD(switch_to(-1, make_memfd("x"))));
}

static int map_with_exe(int before, int fd, bool capable)
{
	struct prctl_mm_map map;
	int error;

	if (fd >= 0)
		leave_own_exe();
	read_map(&map);
	map.exe_fd = before;
	error = before < 0 ? 0 : set_mm_map(&map);
	if (!error && !capable)
		drop_caps();
	map.exe_fd = fd;
	return error ?: set_mm_map(&map);
}

static void maps(void)
{
	int a = open_own("a", O_RDONLY), b = open_exe("d", 0755);
	const unsigned int bounds = offsetof(struct prctl_mm_map, auxv) / sizeof(__u64);
	static const __u64 bad[] = { 0, 1ULL << 63, ~0ULL };
	struct prctl_mm_map map;
	unsigned int i, j;
	char what[64];
	__u64 good;

	read_map(&map);
	for (i = 0; i < 128; i += 4) {
		snprintf(what, sizeof(what), "%u bytes", i);
		try(i == sizeof(map) && sizeof(long) == 4 ? "M4" : "M2", PR_SET_MM_MAP,
		    what, (unsigned long)&map, i, 0);
	}
	try(sizeof(long) == 4 ? "M4" : "M2", PR_SET_MM_MAP, "address 0", 0, sizeof(map), 0);
	say("M1", PR_SET_MM_MAP_SIZE, "address 0", IN_A_CHILD(set_mm(PR_SET_MM_MAP_SIZE, 0)));
	if (sizeof(long) == 4)
		return;
	for (i = 0; i < bounds; i++) {
		good = ((__u64 *)&map)[i];
		for (j = 0; j < ARRAY_SIZE(bad); j++) {
			((__u64 *)&map)[i] = bad[j];
			snprintf(what, sizeof(what), "bound %u bad in way %u", i, j);
			say("G6", PR_SET_MM_MAP, what, IN_A_CHILD(set_mm_map(&map)));
		}
		((__u64 *)&map)[i] = good;
	}
	map.auxv_size = 8;
	say("M2", PR_SET_MM_MAP, "a size and no vector", IN_A_CHILD(set_mm_map(&map)));
	say("M3", PR_SET_MM_MAP, "an executable and a vector that cannot be read, no capability",
	    IN_A_CHILD((drop_caps(), map.exe_fd = a, map.auxv = (void *)1, set_mm_map(&map))));
	say("M3", PR_SET_MM_MAP, "an executable, no capability",
	    IN_A_CHILD(map_with_exe(-1, a, false)));
	say("M3", PR_SET_MM_MAP, "an executable", IN_A_CHILD(map_with_exe(-1, a, true)));
	say("E4", PR_SET_MM_MAP, "a second executable", IN_A_CHILD(map_with_exe(a, b, true)));
	say("E1", PR_SET_MM_MAP, "no executable", IN_A_CHILD(map_with_exe(-1, 1000, true)));
}

/* xorshift: the same numbers everywhere, whatever the C library. */
static __u64 state;

static unsigned int random_below(unsigned int n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % n;
}

static unsigned long random_address(unsigned int option)
{
	switch (random_below(8)) {
	case 0:
		return (unsigned long)random_below(~0U) << random_below(sizeof(long) * 4);
	case 1:
		return DATA + random_below(8 * PAGE);
	case 2:
		option = option && option <= PR_SET_MM_ENV_END ? option : 1;
		return read_bound(option) + random_below(3) - 1;
	case 3:
		return random_below(12) - 1L;
	case 4:
		return FIRST + 2 * PAGE * random_below(2) + random_below(3) - 1;
	default:
		return ARENA + random_below(PAGES * PAGE);
	}
}

static int random_call(unsigned int option, unsigned long limit, bool capable,
		       const unsigned long *arg)
{
	limit_data(limit);
	if (!capable)
		drop_caps();
	return set_mm4(option, arg[0], arg[1], arg[2]);
}

static void random_calls(unsigned int count)
{
	const unsigned long limits[] = {
		[0] = PAGES * PAGE,
		[1] = (PAGES + 4) * PAGE,
		[2] = (PAGES + 6) * PAGE,
		[3] = RLIM_INFINITY,
	};
	unsigned int option, kind, prot, limit, n;
	unsigned long arg[3];
	char what[128];
	bool capable;

	for (n = 0; n < count; n++) {
		option = random_below(OPTIONS);
		kind = random_below(KINDS);
		prot = random_below(8);
		limit = random_below(16);
		limit = limit < ARRAY_SIZE(limits) ? limit : ARRAY_SIZE(limits) - 1;
		capable = random_below(16);
		arg[0] = random_address(option);
		arg[1] = random_below(16) ? 0 : random_below(600);
		arg[2] = random_below(32) ? 0 : random_below(600);
		if (!map_kind(kind, prot))
			continue;
		snprintf(what, sizeof(what), "%s %s, 0x%lx, %lu, %lu, limit %u%s",
			 protection(prot), kinds[kind], arg[0], arg[1], arg[2], limit,
			 capable ? "" : ", no capability");
		say(clauses[option], option, what,
		    IN_A_CHILD(random_call(option, limits[limit], capable, arg)));
		munmap((void *)FIRST, 2 * PAGE);
		if (n % 1000 == 999)
			fprintf(stderr, "probe: %u of %u calls\n", n + 1, count);
	}
}

/*
 * Make what the calls need. Random calls take small numbers for descriptors, so these
 * are 3 to 5 and the others above that are closed, whatever was inherited.
 */
static void prepare(void)
{
	int low, i;

	/* 3, as of 5.9 close_range(2) is there. */
	if (syscall(__NR_close_range, 3, ~0U, 0))
		fail("cannot close inherited descriptors");
	low = detached_mount("tmpfs");
	if (low < 0) {
		fprintf(stderr, "probe: cannot mount a tmpfs of its own, is this root?: %s\n",
			strerror(errno));
		exit(4);
	}
	own_files = fcntl(low, F_DUPFD_CLOEXEC, 100);
	if (own_files < 0)
		fail("cannot copy a descriptor");
	close(low);

	for (i = 0; i < KINDS; i++)
		files[i] = i == FILE_PRIVATE ? open_own("file", O_RDWR | O_CREAT | O_EXCL) :
			   i == FILE_SHARED ? files[FILE_PRIVATE] :
			   i == FILE_READ ? open_own("file", O_RDONLY) :
			   i == MEMFD ? make_memfd("m") : -1;
	if (ftruncate(files[FILE_SHARED], 2 * PAGE) || ftruncate(files[MEMFD], 2 * PAGE))
		fail("cannot set the size of a file");

	/* Areas are put there with MAP_FIXED, so nothing else may be there. */
	if (mmap((void *)ARENA, PAGES * PAGE, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != (void *)ARENA)
		fail("the address space at 0x%lx is in use, run this again", ARENA);
	munmap((void *)ARENA, PAGES * PAGE);
}

static bool is_number(const char *text, int base)
{
	char *end;

	errno = 0;
	strtoull(text, &end, base);
	return *text >= '0' && *text <= '9' && !*end && !errno;
}

int main(int argc, char **argv)
{
	bool random = argc == 4 && !strcmp(argv[1], "--random") &&
		      is_number(argv[2], 0) && is_number(argv[3], 0);

	if (argc != 1 && !random) {
		fprintf(stderr, "usage: probe [--random SEED N]\n");
		return 2;
	}
	main_pid = getpid();
	for_64_bit_kernel = kernel_is_64_bit();
	if (!clean_start()) {
		fprintf(stderr, "probe: stdout is closed\n");
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	prepare();
	if (try_bounds(ARENA, ARENA + PAGES * PAGE)) {
		fprintf(stderr, "probe: PR_SET_MM_MAP is refused: %s\n",
			"no root, no such call, or kernel.prctl_set_mm is 3");
		return 4;
	}
	if (random) {
		state = strtoull(argv[2], NULL, 0) * 2 + 1;
		random_calls(strtoul(argv[3], NULL, 0));
	} else {
		arguments();
		areas();
		orders();
		heap();
		vectors();
		executables();
		maps();
	}
	if (fflush(stdout))
		fail("cannot write an answer");
	return 0;
}
