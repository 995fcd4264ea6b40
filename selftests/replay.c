// SPDX-License-Identifier: GPL-2.0
/*
 * Not a test of the contract: makes the calls of PR_SET_MM that CRIU, LXC, systemd and
 * rr make, in their order and with their arguments, and checks what /proc shows
 * afterwards. The comment above a sequence names the file and the function of the
 * project that it was read from. Each sequence has to succeed on a kernel without the
 * series, after each patch, and with all of it.
 *
 * A line of TAP for each sequence names the calls, and the first one that failed. If
 * the kernel refuses a call and the project's own code goes on without it, that is a
 * success too. A sequence that the user or level 3 of kernel.prctl_set_mm does not
 * allow is skipped.
 *
 * The calls change only children of this program, which makes no files. On a kernel
 * that audits, the attempts to replace the executable of a child are in the audit log.
 * Exit codes: 0 no sequence has failed, 1 one has, or the results could not be written,
 * 2 wrong use, 4 nothing could be replayed.
 */
#include "prctl_set_mm.h"
#include "addresses.h"
#include "areas.h"
#include "by_hand.h"
#include "leave_exe.h"
#include "option_name.h"
#include "policy.h"
#include <linux/auxvec.h>

#ifndef PR_GET_AUXV	/* before 6.4 */
#define PR_GET_AUXV	0x41555856
#endif

/*
 * Where the mappings of a restored task are: below a restorer and its stack, so that the
 * single options can be set in CRIU's order. Each start must not be above the present
 * end, nor each end below the new start.
 */
#define TASK		0x100000UL
#define ABOVE		FREE_ADDRESSES
#define TEXT		TASK
#define DATA		(TASK + 2 * PAGE)
#define HEAP		(TASK + 4 * PAGE)
#define STACK		(TASK + 12 * PAGE)
#define PAGES		14

static const char arguments[] = "replayed\0task";
static const char environment[] = "REPLAYED=yes";

/* The options in the order of the fields of struct prctl_mm_map. */
static const unsigned char fields[] = {
	PR_SET_MM_START_CODE, PR_SET_MM_END_CODE, PR_SET_MM_START_DATA,
	PR_SET_MM_END_DATA, PR_SET_MM_START_BRK, PR_SET_MM_BRK, PR_SET_MM_START_STACK,
	PR_SET_MM_ARG_START, PR_SET_MM_ARG_END, PR_SET_MM_ENV_START, PR_SET_MM_ENV_END,
};

enum outcome { NONE, PASSED, FAILED, SKIPPED };

/* What a child tells its parent, in memory that they share. */
static struct report {
	enum outcome outcome;
	char text[256];
} *report;

static int level;	/* of kernel.prctl_set_mm, -1 without the series */
static char *old_title;	/* argv[0], of which each child has its own copy */

/* The end of the child. */
#define finish(result, ...) do {					\
	snprintf(report->text, sizeof(report->text), __VA_ARGS__);	\
	report->outcome = (result);					\
	_exit(0);							\
} while (0)

#define pass(...)	finish(PASSED, __VA_ARGS__)
#define fail(...)	finish(FAILED, __VA_ARGS__)
#define skip(...)	finish(SKIPPED, __VA_ARGS__)

static const char *answer(int error)
{
	return error ? strerrorname_np(-error) : "accepted";
}

/* A call without which the caller gives up. Level 3 of the sysctl has to refuse it. */
static void must(unsigned int option, unsigned long arg3, int error)
{
	if (level == 3 && error == -EPERM)
		skip("%s: EPERM, since kernel.prctl_set_mm is 3", option_name(option));
	if (level == 3 && !error)
		fail("%s is accepted although kernel.prctl_set_mm is 3", option_name(option));
	if (error && option == PR_SET_MM_MAP)
		fail("MAP: %s", answer(error));
	if (error)
		fail("%s 0x%lx: %s", option_name(option), arg3, answer(error));
}

static void must_set(unsigned int option, unsigned long arg3)
{
	must(option, arg3, set_mm(option, arg3));
}

static void must_set_auxv(const unsigned long *auxv, size_t size)
{
	must(PR_SET_MM_AUXV, (unsigned long)auxv,
	     set_mm4(PR_SET_MM_AUXV, (unsigned long)auxv, size, 0));
}

static void must_find_map_size(void *size)
{
	int error = set_mm(PR_SET_MM_MAP_SIZE, (unsigned long)size);

	if (error)
		fail("MAP_SIZE: %s", answer(error));
}

/* -1 is no descriptor, so this changes nothing. */
static bool has_privilege(void)
{
	return level == 3 ? has_cap(CAP_SYS_RESOURCE) :
			    set_mm(PR_SET_MM_EXE_FILE, -1) != -EPERM;
}

static void need_privilege(void)
{
	if (!has_privilege())
		skip("needs CAP_SYS_RESOURCE in the initial user namespace");
}

static void drop_caps(void)
{
	int error = only_caps(0);

	if (error)
		fail("cannot drop capabilities: %s", answer(error));
}

/*
 * A 64-bit kernel without the series refuses MAP to a 32-bit task, for its layout of
 * the struct. While there is no sysctl, the answer may still be the one without it.
 */
static bool map_may_be_refused(void)
{
	return sizeof(long) == 4 && kernel_is_64_bit() && level < 0;
}

static char seen[1 << 18];

/* What the file in /proc has, which must be shorter than the buffer. */
static size_t look_at(const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t part, size = 0;

	if (fd < 0)
		fail("cannot open %s: %s", name, answer(-errno));
	do {
		part = read(fd, seen + size, sizeof(seen) - size);
		if (part < 0)
			fail("cannot read %s: %s", name, answer(-errno));
		size += part;
	} while (part);
	close(fd);
	return size;
}

static void check_file(const char *name, const void *want, size_t size)
{
	size_t found = look_at(name);

	if (found != size || memcmp(seen, want, size))
		fail("%s is '%.40s', %zu bytes, and not what was set", name, seen, found);
}

static void check_bounds(const struct prctl_mm_map *want)
{
	struct prctl_mm_map now;
	unsigned int i;

	read_map(&now);
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		__u64 is = ((__u64 *)&now)[i], wanted = ((__u64 *)want)[i];

		if (is != wanted)
			fail("%s was set to 0x%llx and is 0x%llx", option_name(fields[i]),
			     (unsigned long long)wanted, (unsigned long long)is);
	}
}

static void check_auxv(const void *want, size_t size)
{
	static char vector[1024];
	int all;

	if (look_at("/proc/self/auxv") < size || memcmp(seen, want, size))
		fail("/proc/self/auxv is not the vector that was set");
	all = syscall(__NR_prctl, PR_GET_AUXV, vector, sizeof(vector), 0, 0);
	if (all < 0 && errno == EINVAL)
		return;
	if (all < (int)size || memcmp(vector, want, size))
		fail("PR_GET_AUXV does not return the vector that was set");
}

static void check_exe(int fd)
{
	char link[PATH_MAX] = "", want[PATH_MAX] = "", name[32];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	if (readlink(name, want, sizeof(want) - 1) < 0 ||
	    readlink("/proc/self/exe", link, sizeof(link) - 1) < 0)
		fail("cannot read a link in /proc/self: %s", answer(-errno));
	if (strcmp(link, want))
		fail("/proc/self/exe is %.100s and not %.100s", link, want);
}

static void map_at(unsigned long addr, unsigned int pages, int prot, int flags, int fd)
{
	void *at = mmap((void *)addr, pages * PAGE, prot, MAP_PRIVATE | MAP_FIXED | flags |
			(fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);

	if (at == MAP_FAILED)
		fail("cannot map memory at 0x%lx: %s", addr, answer(-errno));
}

/* The mappings of another task, its code and data from a file or not, and its bounds. */
static void map_task(struct prctl_mm_map *map, int exe)
{
	void *free_range = mmap((void *)TASK, PAGES * PAGE, PROT_NONE, MAP_PRIVATE |
				MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (free_range != (void *)TASK)
		skip("the address space at 0x%lx is in use", TASK);
	map_at(TEXT, 1, PROT_READ | PROT_EXEC, 0, exe);
	map_at(DATA, 1, PROT_READ | PROT_WRITE, 0, exe);
	map_at(HEAP, 2, PROT_READ | PROT_WRITE, 0, -1);
	if (map_stack_area(STACK, 2 * PAGE, PROT_READ | PROT_WRITE) == MAP_FAILED)
		fail("cannot map a stack at 0x%lx: %s", STACK, answer(-errno));
	memcpy((void *)(STACK + PAGE), arguments, sizeof(arguments));
	memcpy((void *)(STACK + PAGE + 256), environment, sizeof(environment));
	*map = (struct prctl_mm_map) {
		.start_code = TEXT,
		.end_code = TEXT + PAGE,
		.start_data = DATA + 16,
		.end_data = DATA + PAGE - 16,
		.start_brk = HEAP,
		.brk = HEAP + 2 * PAGE,
		.start_stack = STACK + PAGE - 64,
		.arg_start = STACK + PAGE,
		.arg_end = STACK + PAGE + sizeof(arguments),
		.env_start = STACK + PAGE + 256,
		.env_end = STACK + PAGE + 256 + sizeof(environment),
		.exe_fd = -1,
	};
}

static void check_task(const struct prctl_mm_map *map)
{
	check_bounds(map);
	check_file("/proc/self/cmdline", arguments, sizeof(arguments));
	check_file("/proc/self/environ", environment, sizeof(environment));
}

/*
 * CRIU, criu/cr-check.c: check_prctl_cat1(), check_prctl_cat2() and check_userns() ask
 * for the size of the struct, the last one with a pointer to a long.
 */
static void criu_check(void)
{
	unsigned long size_for_userns = 0;
	unsigned int size = 0;

	must_find_map_size(&size);
	must_find_map_size(&size_for_userns);
	pass("MAP_SIZE is %u", size);
}

/*
 * CRIU, criu/cr-check.c: check_prctl_cat1() on a kernel without MAP_SIZE. Any error of
 * EXE_FILE except EBADF means to it that the kernel does not have EXE_FILE.
 */
static void criu_check_without_map_size(void)
{
	unsigned long user_auxv = 0;
	int error;

	need_privilege();
	must_set(PR_SET_MM_BRK, (unsigned long)sbrk(0));
	error = set_mm(PR_SET_MM_EXE_FILE, -1);
	if (error != -EBADF)
		fail("EXE_FILE -1: %s instead of EBADF", answer(error));
	must_set_auxv(&user_auxv, sizeof(user_auxv));
	check_auxv(&user_auxv, sizeof(user_auxv));
	pass("BRK, EXE_FILE -1, AUXV");
}

/*
 * The vector as CRIU saves it (criu/cr-dump.c, get_task_auxv()), with another user ID,
 * so that setting it changes something. Returns its size.
 */
static size_t saved_auxv(unsigned long vector[128])
{
	size_t size = look_at("/proc/self/auxv"), i;

	if (!size || size > 128 * sizeof(long))
		fail("/proc/self/auxv has %zu bytes", size);
	memcpy(vector, seen, size);
	for (i = 0; i < size / sizeof(long) && vector[i] != AT_NULL; i += 2) {
		if (vector[i] == AT_UID)
			vector[i + 1] ^= 0x5e7;
	}
	return size;
}

/*
 * CRIU's restorer is above the task, so a start can be set before its end. Where this
 * program begins below it, its bounds move up first.
 */
static void stand_above_task(void)
{
	if ((unsigned long)stand_above_task > TASK)
		return;
	map_at(ABOVE, 1, PROT_READ | PROT_EXEC, MAP_FIXED_NOREPLACE, -1);
	map_at(ABOVE + PAGE, 1, PROT_READ | PROT_WRITE, MAP_FIXED_NOREPLACE, -1);
	must_set(PR_SET_MM_END_CODE, ABOVE + PAGE);
	must_set(PR_SET_MM_START_CODE, ABOVE);
	must_set(PR_SET_MM_BRK, ABOVE + 3 * PAGE);
	must_set(PR_SET_MM_START_BRK, ABOVE + 3 * PAGE);
	must_set(PR_SET_MM_END_DATA, ABOVE + 2 * PAGE);
	must_set(PR_SET_MM_START_DATA, ABOVE + PAGE);
}

/* CRIU, criu/pie/restorer.c: the single options in __export_restore_task(). */
static void criu_set_one_by_one(const struct prctl_mm_map *map)
{
	need_privilege();
	stand_above_task();
	must_set(PR_SET_MM_START_CODE, map->start_code);
	must_set(PR_SET_MM_END_CODE, map->end_code);
	must_set(PR_SET_MM_START_DATA, map->start_data);
	must_set(PR_SET_MM_END_DATA, map->end_data);
	must_set(PR_SET_MM_START_STACK, map->start_stack);
	must_set(PR_SET_MM_START_BRK, map->start_brk);
	must_set(PR_SET_MM_BRK, map->brk);
	must_set(PR_SET_MM_ARG_START, map->arg_start);
	must_set(PR_SET_MM_ARG_END, map->arg_end);
	must_set(PR_SET_MM_ENV_START, map->env_start);
	must_set(PR_SET_MM_ENV_END, map->env_end);
	must_set_auxv((void *)map->auxv, map->auxv_size);
	/* restore_self_exe_late() */
	must_set(PR_SET_MM_EXE_FILE, map->exe_fd);
}

/*
 * CRIU, criu/pie/restorer.c, __export_restore_task(): the old mappings are gone and
 * those of the task are in place. MAP has every field, the vector and the descriptor of
 * the executable. On EINVAL CRIU sets the single options; any other error ends the
 * restore.
 */
static void criu_tune_up(bool knows_map)
{
	unsigned long vector[128];
	struct prctl_mm_map map;
	int exe, error = -EINVAL;
	const char *name;

	exe = open_other_exe(&name);
	if (exe < 0)
		skip("there is no other file to become the executable");
	if (!has_cap(CAP_SYS_ADMIN) && !has_cap(CAP_CHECKPOINT_RESTORE))
		skip("needs CAP_CHECKPOINT_RESTORE");
	if (leave_exe() <= 0) {
		if (errno == EACCES)
			skip("the system lets no anonymous memory be executed");
		fail("cannot leave the executable: %s", answer(-errno));
	}
	map_task(&map, exe);
	map.auxv = (void *)vector;
	map.auxv_size = saved_auxv(vector);
	map.exe_fd = exe;

	if (knows_map)
		error = set_mm_map(&map);
	if (error == -EINVAL && (!knows_map || map_may_be_refused()))
		criu_set_one_by_one(&map);
	else
		must(PR_SET_MM_MAP, (unsigned long)&map, error);

	check_task(&map);
	check_auxv(vector, map.auxv_size);
	check_exe(exe);
	pass("%s", !knows_map ? "the single options" :
		   error ? "MAP: EINVAL, then the single options" : "MAP");
}

static void criu_restore(void)
{
	criu_tune_up(true);
}

static void criu_restore_without_map(void)
{
	criu_tune_up(false);
}

/*
 * LXC, src/lxc/initutils.c, setproctitle(): MAP with the bounds from /proc/self/stat and
 * brk(2), except for the arguments, which are on the heap of malloc(3). If that fails,
 * LXC logs it and goes on (src/lxc/lxccontainer.c, do_lxcapi_start()).
 */
static void lxc_title(void)
{
	static const char name[] = "[lxc monitor] /var/lib/lxc replay";
	struct prctl_mm_map map;
	char *proctitle;
	int error;

	proctitle = malloc(sizeof(name));
	if (!proctitle)
		fail("no memory for the title");
	memset(proctitle, 0, sizeof(name));
	read_map(&map);
	map.arg_start = (unsigned long)proctitle;
	map.arg_end = map.arg_start + sizeof(name);
	error = set_mm_map(&map);
	if ((error == -EINVAL && map_may_be_refused()) || (error == -EPERM && level == 3))
		pass("MAP: %s, so it goes on without the title", answer(error));
	must(PR_SET_MM_MAP, (unsigned long)&map, error);
	memcpy(proctitle, name, sizeof(name));
	check_bounds(&map);
	check_file("/proc/self/cmdline", name, sizeof(name));
	pass("MAP");
}

/* As strncpy(3): what does not fit is left out, what is left is cleared. */
static void copy_padded(char *to, const char *text, size_t size)
{
	size_t length = strnlen(text, size);

	memcpy(to, text, length);
	memset(to + length, 0, size - length);
}

/* The mapping that has the title of this process. */
static char *title;
static size_t title_size;
static bool end_came_first;

/*
 * systemd, src/basic/argv-util.c, update_argv(): a title in an anonymous mapping, a new
 * one only if the last is too small. It sets the start first. If that fails for any
 * reason but EPERM and EACCES, it sets the end and then the start. systemd lets the
 * kernel choose the address. Returns the error that is left, or 0.
 */
static int systemd_update_argv(unsigned long addr, const char *name)
{
	size_t length = strlen(name), size = (length + PAGE) & -PAGE;
	int error;

	if (title_size > length) {
		copy_padded(title, name, title_size);
		return set_mm(PR_SET_MM_ARG_END, (unsigned long)title + length + 1);
	}
	map_at(addr, size / PAGE, PROT_READ | PROT_WRITE, MAP_FIXED_NOREPLACE, -1);
	copy_padded((char *)addr, name, size);
	error = set_mm(PR_SET_MM_ARG_START, addr);
	if (error == -EPERM || error == -EACCES)
		return error;
	end_came_first = error;
	if (error) {
		error = set_mm(PR_SET_MM_ARG_END, addr + length + 1);
		if (error) {
			munmap((char *)addr, size);
			return error;
		}
		error = set_mm(PR_SET_MM_ARG_START, addr);
	} else {
		error = set_mm(PR_SET_MM_ARG_END, addr + length + 1);
	}
	if (!error) {
		if (title)
			munmap(title, title_size);
		title = (char *)addr;
		title_size = size;
	}
	return error;
}

/*
 * systemd, src/basic/argv-util.c, rename_process(): the old arguments get the title
 * too, as far as it fits, even if update_argv() fails.
 */
static int systemd_rename(unsigned long addr, const char *name)
{
	int error = systemd_update_argv(addr, name);

	copy_padded(old_title, name, strlen(old_title));
	return error;
}

/* The name as far as it fits, and nothing else. */
static void check_old_arguments(const char *name, size_t room)
{
	size_t size, i, length = strlen(name);

	size = look_at("/proc/self/cmdline");
	for (i = 0; i < size; i++) {
		if (seen[i] != (i < room && i < length ? name[i] : '\0'))
			fail("/proc/self/cmdline is '%.40s' and not the title", seen);
	}
}

static void systemd_title(void)
{
	static const char first[] = "(replayed)", shorter[] = "(play)";
	/* A page and more, so that the first mapping is too small. */
	static char longer[(1 << 16) + 16];
	size_t room = strlen(old_title);
	int error;

	need_privilege();
	/* The stack is above it, so the start can be set first. */
	error = systemd_rename(TASK, first);
	if (error) {
		if (error != (level == 3 ? -EPERM : -EINVAL) || level == 0)
			fail("ARG_START and ARG_END: %s", answer(error));
		check_old_arguments(first, room);
		pass("ARG_START, ARG_END: %s, so the title is in the old arguments",
		     answer(error));
	}
	if (level > 0)
		fail("a title in an anonymous mapping is accepted at level %d", level);
	if (end_came_first)
		fail("ARG_START below the present ARG_END is refused");
	check_file("/proc/self/cmdline", first, sizeof(first));

	error = systemd_rename(0, shorter);
	must(PR_SET_MM_ARG_END, (unsigned long)title, error);
	check_file("/proc/self/cmdline", shorter, sizeof(shorter));

	/* The present arguments are below it, so the end has to be set first. */
	memset(longer, 'x', PAGE + 8);
	error = systemd_rename(TASK + 2 * PAGE, longer);
	must(PR_SET_MM_ARG_START, TASK + 2 * PAGE, error);
	if (!end_came_first)
		fail("ARG_START above the present ARG_END is accepted");
	check_file("/proc/self/cmdline", longer, PAGE + 9);
	pass("ARG_START, ARG_END; ARG_END; ARG_END, ARG_START");
}

/*
 * rr, src/Task.cc: Task::dup_from() creates the mappings of the task that is detached,
 * and apply_mm_map() then sets its bounds with MAP, in the size that MAP_SIZE returns.
 * It passes no vector and no executable, because it does not expect to have CAP_SYS_ADMIN
 * (src/AddressSpace.cc, AddressSpace::read_mm_map()).
 */
static void rr_apply_map(bool rr_is_64_bit)
{
	struct wide_map wide;
	struct prctl_mm_map map;
	unsigned long at = (unsigned long)&map;
	unsigned int size = 0;

	map_task(&map, -1);
	drop_caps();
	/* rr asks in its own process: a 64-bit one is told the size of a 64-bit task. */
	if (rr_is_64_bit)
		size = sizeof(wide);
	else
		must_find_map_size(&size);
	if (sizeof(long) == 4 && kernel_is_64_bit() && size == sizeof(wide)) {
		widen_map(&map, &wide);
		at = (unsigned long)&wide;
	} else if (size != sizeof(map)) {
		fail("MAP_SIZE is %u, which rr does not know", size);
	}
	must(PR_SET_MM_MAP, at, set_mm4(PR_SET_MM_MAP, at, size, 0));
	check_task(&map);
	pass("MAP of %u bytes, no capability", size);
}

static void rr_detach(void)
{
	rr_apply_map(false);
}

static void rr_detach_32_bit(void)
{
	rr_apply_map(true);
}

/*
 * rr, src/record_syscall.cc: a recorded task may call MAP_SIZE, ARG_START and ARG_END,
 * and PR_GET_AUXV. src/test/prctl.c and src/test/prctl_auxv.c make these calls, with a
 * title on the stack, and accept success and EPERM.
 */
static void rr_recorded_calls(void)
{
	char setname[16] = "prctl-test";
	unsigned long addr = (unsigned long)setname;
	bool allowed = level != 3 && has_privilege();
	unsigned int size = 0;
	int error, length;

	if (stacks_grow_up())
		skip("a name on a stack that grows up is above the present ARG_END");
	must_find_map_size(&size);
	if (!size)
		fail("MAP_SIZE is 0");
	error = set_mm(PR_SET_MM_ARG_START, addr);
	if (error != (allowed ? 0 : -EPERM))
		fail("ARG_START 0x%lx: %s", addr, answer(error));
	error = set_mm(PR_SET_MM_ARG_END, addr + sizeof(setname));
	if (error != (allowed ? 0 : -EPERM))
		fail("ARG_END 0x%lx: %s", addr + sizeof(setname), answer(error));
	if (allowed)
		check_file("/proc/self/cmdline", setname, sizeof(setname));

	if (syscall(__NR_prctl, PR_GET_AUXV, 0, 1, 0, 0) >= 0)
		fail("PR_GET_AUXV to address 0: accepted");
	if (errno == EINVAL)
		pass("ARG_START, ARG_END: %s; no PR_GET_AUXV", answer(error));
	if (errno != EFAULT)
		fail("PR_GET_AUXV to address 0: %s", answer(-errno));
	length = syscall(__NR_prctl, PR_GET_AUXV, seen, 1, 0, 0);
	if (length <= 0 || length != syscall(__NR_prctl, PR_GET_AUXV, seen, PAGE, 0, 0))
		fail("PR_GET_AUXV does not return one size");
	pass("ARG_START, ARG_END: %s; PR_GET_AUXV", answer(error));
}

static const struct {
	const char *name;
	void (*replay)(void);
	bool for_32_bit_task;	/* on a 64-bit kernel */
} sequences[] = {
	{ "CRIU, criu check", criu_check },
	{ "CRIU, criu check without MAP_SIZE", criu_check_without_map_size },
	{ "CRIU, restore", criu_restore },
	{ "CRIU, restore without MAP", criu_restore_without_map },
	{ "LXC, title", lxc_title },
	{ "systemd, title", systemd_title },
	{ "rr, detach", rr_detach },
	{ "rr, recorded calls", rr_recorded_calls },
	{ "rr, detach of a 32-bit task", rr_detach_32_bit, true },
};

static bool is_for_us(unsigned int i)
{
	return !sequences[i].for_32_bit_task || (sizeof(long) == 4 && kernel_is_64_bit());
}

static void say_cannot(const char *what)
{
	fprintf(stderr, "replay: cannot %s: %s\n", what, strerror(errno));
}

/* Replay it in a child, and print the result: false if there is none. */
static bool run(unsigned int i)
{
	const char *name = sequences[i].name;
	int status;
	pid_t pid;

	*report = (struct report) { .text = "it ended without a result" };
	fflush(stdout);
	pid = fork();
	if (!pid) {
		sequences[i].replay();
		_exit(1);
	}
	if (pid < 0) {
		say_cannot("fork");
		return false;
	}
	while (waitpid(pid, &status, 0) != pid) {
		if (errno != EINTR) {
			say_cannot("wait for a child");
			return false;
		}
	}
	if (WIFSIGNALED(status))
		ksft_test_result_fail("%s: ended by signal %d\n", name, WTERMSIG(status));
	else if (report->outcome == PASSED)
		ksft_test_result_pass("%s: %s\n", name, report->text);
	else if (report->outcome == SKIPPED)
		ksft_test_result_skip("%s: %s\n", name, report->text);
	else
		ksft_test_result_fail("%s: %s\n", name, report->text);
	return true;
}

int main(int argc, char **argv)
{
	unsigned int i, size, plan = 0;
	int error;

	if (argc != 1) {
		fprintf(stderr, "usage: replay\n");
		return 2;
	}
	if (!clean_start()) {
		fprintf(stderr, "replay: stdout is closed\n");
		return 1;
	}
	old_title = argv[0];
	if (access("/proc/self/stat", R_OK)) {
		fprintf(stderr, "replay: cannot read /proc: mount -t proc none /proc\n");
		return KSFT_SKIP;
	}
	error = set_mm(PR_SET_MM_MAP_SIZE, (unsigned long)&size);
	if (error) {
		fprintf(stderr, "replay: MAP_SIZE: %s: this kernel has no PR_SET_MM\n",
			answer(error));
		return KSFT_SKIP;
	}
	level = get_policy();
	report = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (report == MAP_FAILED) {
		say_cannot("share memory with children");
		return 1;
	}

	ksft_print_header();
	for (i = 0; i < ARRAY_SIZE(sequences); i++)
		plan += is_for_us(i);
	ksft_set_plan(plan);
	for (i = 0; i < ARRAY_SIZE(sequences); i++) {
		if (is_for_us(i) && !run(i))
			return 1;
	}
	ksft_print_cnts();
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "replay: cannot write to stdout\n");
		return 1;
	}
	if (ksft_get_fail_cnt())
		return 1;
	return ksft_get_pass_cnt() ? 0 : KSFT_SKIP;
}
