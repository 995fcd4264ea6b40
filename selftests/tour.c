// SPDX-License-Identifier: GPL-2.0
/*
 * A tour of prctl(PR_SET_MM): what it does, told as it does it. Also the
 * example of how to use it; leave_exe.h is how a running process gets rid of
 * the areas of its own executable.
 *
 * tour [FILE]: FILE becomes the executable; /bin/busybox if there is none. What
 * another process sees of it is told by exe-watch, if that is in the PATH.
 * Ends with 0 if all went as told, else at the first thing that did not.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "leave_exe.h"

#define PAGE	((unsigned long)sysconf(_SC_PAGESIZE))

static void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

/* Call PR_SET_MM, say what came of it, and stop if it is not what should. */
static void set_mm(const char *name, int option, unsigned long arg3,
		   unsigned long arg4, int want)
{
	int got = prctl(PR_SET_MM, option, arg3, arg4, 0) ? errno : 0;
	char value[32] = "";

	/* A descriptor or an address: the reader knows which by its size. */
	if ((long)arg3 < (long)PAGE)
		snprintf(value, sizeof(value), "%ld", (long)arg3);
	else
		snprintf(value, sizeof(value), "0x%lx", arg3);
	say("   %-12s %-18s %s", name, value,
	    got ? strerrorname_np(got) : "accepted");
	if (got != want) {
		say("\nThis should have been %s. Has this kernel the series, and are you root?",
		    want ? strerrorname_np(want) : "accepted");
		exit(1);
	}
}

#define SET_MM(option, arg3, want)	\
	set_mm(#option, PR_SET_MM_##option, (unsigned long)(arg3), 0, want)

static void show_exe(void)
{
	char link[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", link, sizeof(link) - 1);

	link[len < 0 ? 0 : len] = '\0';
	say("   /proc/self/exe -> %s", link);
}

/* The line of /proc/self/maps that has the address in it. */
static void show_area(const void *addr)
{
	unsigned long start, end, at = (unsigned long)addr;
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[PATH_MAX + 128];

	while (maps && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx", &start, &end) == 2 &&
		    start <= at && at < end)
			printf("   area: %s", line);
	}
	if (maps)
		fclose(maps);
}

/* Somebody else, who follows the attempts, or NULL. It has seen all when it ends. */
static FILE *start_watching(int attempts)
{
	char command[64], line[256];
	FILE *watch;

	snprintf(command, sizeof(command), "exec exe-watch --follow -n %d 2>&1", attempts);
	watch = popen(command, "r");
	while (watch && fgets(line, sizeof(line), watch)) {
		if (strstr(line, "following"))
			return watch;
		printf("   Nobody watches: %s", line);
	}
	return NULL;
}

/* The last attempt as that one has seen it, behind the time. */
static void show_seen(FILE *watch)
{
	char line[2 * PATH_MAX];

	if (watch && fgets(line, sizeof(line), watch))
		printf("   seen from outside: %s", strchr(line, ' ') + 1);
}

static void tour_exe(const char *file)
{
	int fd = open(file, O_RDONLY);
	FILE *watch;

	say("1. The executable, and how it is replaced once");
	watch = start_watching(4);
	show_exe();
	say("   While the old one is mapped, a new one would be a lie:");
	SET_MM(EXE_FILE, fd, EBUSY);
	show_seen(watch);
	say("   So put a copy in place of each of its areas, %d of them,", leave_exe());
	say("   and go on in the copy:");
	show_area(show_exe);
	SET_MM(EXE_FILE, fd, 0);
	show_exe();
	show_seen(watch);
	say("   Once is all: who looks at the link later knows every change there was.");
	SET_MM(EXE_FILE, fd, EBUSY);
	show_seen(watch);
	SET_MM(EXE_FILE, -1, EBADF);
	show_seen(watch);
	if (!watch)
		return;
	pclose(watch);
	say("   And who comes too late for that still finds it, by one pass over /proc:");
	system("exe-watch");
}

static void tour_areas(char *text, char *data, char *stack)
{
	say("\n2. Each address has an area that fits it");
	say("   Code lies in memory that is executable and not writable:");
	show_area(text);
	SET_MM(START_CODE, text, 0);
	SET_MM(END_CODE, text + PAGE, 0);
	say("   Data is writable and not executable, so it is no place for code:");
	show_area(data);
	SET_MM(END_CODE, data + PAGE, EINVAL);
	SET_MM(START_DATA, data, 0);
	SET_MM(END_DATA, data + PAGE, 0);
	say("   Arguments and environment lie in memory that grows like a stack:");
	show_area(stack);
	SET_MM(START_STACK, stack, 0);
	SET_MM(ARG_START, data, EINVAL);
	SET_MM(ARG_START, stack, 0);
	SET_MM(ARG_END, stack + 16, 0);
	SET_MM(ENV_START, stack + 16, 0);
	SET_MM(ENV_END, stack + 64, 0);
}

static void tour_heap(char *end_data)
{
	struct rlimit limit = { 64 << 20, RLIM_INFINITY };

	say("\n3. The heap begins above the data and keeps to RLIMIT_DATA");
	SET_MM(START_BRK, end_data, EINVAL);
	SET_MM(START_BRK, end_data + PAGE, 0);
	SET_MM(BRK, end_data + (1 << 20), 0);
	setrlimit(RLIMIT_DATA, &limit);
	say("   With a limit of 64 MiB:");
	SET_MM(BRK, end_data + (65 << 20), EINVAL);
}

static void tour_auxv(void)
{
	unsigned long auxv[4] = { 6, 4096, 0, 0 }, seen[64];
	FILE *file;

	say("\n4. The auxiliary vector");
	set_mm("AUXV", PR_SET_MM_AUXV, (unsigned long)auxv, sizeof(auxv), 0);
	file = fopen("/proc/self/auxv", "r");
	if (!file || fread(seen, sizeof(long), 64, file) != 4 ||
	    memcmp(seen, auxv, sizeof(auxv))) {
		say("   but /proc/self/auxv has another one");
		exit(1);
	}
	fclose(file);
	say("   /proc/self/auxv: AT_PAGESZ %lu, AT_NULL", seen[1]);
}

/* A page by itself, below the program, so that every pair stays in order. */
static char *page_at(unsigned long addr, int prot, int flags)
{
	char *at = mmap((void *)addr, PAGE, prot,
			MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	if (at == MAP_FAILED) {
		say("no memory at 0x%lx: %s", addr, strerrorname_np(errno));
		exit(1);
	}
	return at;
}

int main(int argc, char **argv)
{
	char *text, *data, *stack;

	if (argc > 2) {
		say("usage: tour [FILE]");
		return 2;
	}

	text = page_at(0x100000, PROT_READ | PROT_EXEC, MAP_FIXED_NOREPLACE);
	data = page_at(0x180000, PROT_READ | PROT_WRITE, MAP_FIXED_NOREPLACE);
	stack = page_at(0, PROT_READ | PROT_WRITE, MAP_GROWSDOWN);

	tour_exe(argc > 1 ? argv[1] : "/bin/busybox");
	tour_areas(text, data, stack);
	tour_heap(data + PAGE);
	tour_auxv();
	say("\nAll of it went as told.");
	return 0;
}
