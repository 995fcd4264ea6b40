// SPDX-License-Identifier: GPL-2.0
/*
 * A tour of prctl(PR_SET_MM): what it does, told as it does it. Also the
 * example of how to use it; leave_exe.h is how a running process gets rid of
 * the areas of its own executable.
 *
 * tour [FILE]: FILE becomes the executable. The default is the first that exists of
 * /bin/busybox, /bin/true and /bin/sh. exe-watch shows what another process sees of
 * it, if it is in the folder of this program, or in exe-watch/ there; PATH is not
 * searched, as root may have folders in it that others can write to.
 *
 * The tour changes only its own process, and ends the exe-watch that it started
 * however it ends itself. Exit codes: 0 all went as told, 1 the first thing that did
 * not was the last, 2 wrong use, 4 there is nothing to show here, for the reason given.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "areas.h"
#include "by_hand.h"
#include "leave_exe.h"

#define PAGE	((unsigned long)sysconf(_SC_PAGESIZE))

enum {
	AS_TOLD = 0,
	NOT_AS_TOLD = 1,
	WRONG_USE = 2,
	NOTHING_TO_SHOW = 4,	/* a skip, as kselftests have it */
};

/* exe-watch --follow, a child of this process, or 0; the pipe that it writes to. */
static pid_t watcher;
static int watch_pipe = -1;

/* Does nothing if no child is running, so no other process can get the signal. */
static void stop_watching(void)
{
	if (watcher > 0) {
		kill(watcher, SIGTERM);
		while (waitpid(watcher, NULL, 0) < 0 && errno == EINTR)
			;
	}
	watcher = 0;
	if (watch_pipe >= 0)
		close(watch_pipe);
	watch_pipe = -1;
}

/* The only way out. A reader who missed a line must not believe that all went well. */
static noreturn void end(int code)
{
	stop_watching();
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "tour: cannot write to stdout\n");
		code = code ? code : NOT_AS_TOLD;
	}
	exit(code);
}

/* One line on stderr, and the end. */
#define give_up(code, format, ...) do {					\
	fprintf(stderr, "tour: " format "\n", ##__VA_ARGS__);		\
	end(code);							\
} while (0)

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
		say("\nThis should have been %s. Does this kernel have all of the series?",
		    want ? strerrorname_np(want) : "accepted");
		end(NOT_AS_TOLD);
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
static void show_mapping(const void *addr)
{
	unsigned long start, end, at = (unsigned long)addr;
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[PATH_MAX + 128];

	while (maps && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx", &start, &end) == 2 &&
		    start <= at && at < end)
			printf("   mapping: %s", line);
	}
	if (maps)
		fclose(maps);
}

/* The path of exe-watch, which this program finds beside itself before it is replaced. */
static char exe_watch[PATH_MAX];

static void find_exe_watch(void)
{
	static const char name[] = "/exe-watch";
	ssize_t len = readlink("/proc/self/exe", exe_watch,
			       sizeof(exe_watch) - 2 * sizeof(name));
	struct stat st;

	if (len < 0)
		give_up(NOTHING_TO_SHOW, "cannot read /proc/self/exe: %s; is /proc mounted?",
			strerrorname_np(errno));
	exe_watch[len] = '\0';
	*strrchr(exe_watch, '/') = '\0';
	strcat(exe_watch, name);
	/* Where kselftests are built, that is a folder with the program in it. */
	if (!stat(exe_watch, &st) && S_ISDIR(st.st_mode))
		strcat(exe_watch, name);
}

/*
 * Start exe-watch, --follow or not, with its output on @out if that is not -1: the PID
 * or -1. If this process dies, even by SIGKILL, the child gets SIGTERM and cleans up.
 */
static pid_t start_exe_watch(const char *option, int out)
{
	pid_t parent = getpid(), pid;

	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != parent)
		_exit(126);
	if (out >= 0 && (dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0))
		_exit(126);
	execl(exe_watch, "exe-watch", option, NULL);
	fprintf(stderr, "%s: %s\n", exe_watch, strerrorname_np(errno));
	_exit(127);
}

/* The next line of exe-watch, or false if none comes within some seconds. */
static bool read_line(char *line, size_t size)
{
	struct pollfd fds = { .fd = watch_pipe, .events = POLLIN };
	size_t used = 0;

	while (used < size - 1) {
		if (poll(&fds, 1, 20000) != 1 || read(watch_pipe, line + used, 1) != 1)
			return false;
		if (line[used++] == '\n')
			break;
	}
	line[used] = '\0';
	return true;
}

/* Another process follows the attempts from here on, or the reader is told why not. */
static void start_watching(void)
{
	char line[256];
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC)) {
		say("   Nobody watches: no pipe: %s", strerrorname_np(errno));
		return;
	}
	watch_pipe = pipes[0];
	watcher = start_exe_watch("--follow", pipes[1]);
	close(pipes[1]);
	if (watcher < 0)
		say("   Nobody watches: no process: %s", strerrorname_np(errno));
	while (watcher > 0 && read_line(line, sizeof(line))) {
		if (strstr(line, "following"))
			return;
		printf("   Nobody watches: %s", line);
	}
	stop_watching();
}

/* The last attempt of this process as exe-watch has seen it, without the time. */
static void show_seen(void)
{
	char line[2 * PATH_MAX], name[16] = "", comm[16];

	prctl(PR_GET_NAME, comm);
	while (watcher > 0) {
		if (!read_line(line, sizeof(line))) {
			say("   exe-watch has not seen that");
			stop_watching();
		} else if (sscanf(line, "%*s %*d \"%15[^\"]", name) == 1 && !strcmp(name, comm)) {
			printf("   seen from outside: %s", strchr(line, ' ') + 1);
			return;
		}
	}
}

/* All processes whose executable is replaced, by one pass over /proc. */
static void show_replaced(void)
{
	pid_t pid = start_exe_watch(NULL, -1);

	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static void tour_exe(int fd)
{
	bool watched;
	int count;

	say("1. The executable can be replaced only once");
	start_watching();
	watched = watcher > 0;
	show_exe();
	say("   The old executable is still mapped, so a replacement is refused:");
	SET_MM(EXE_FILE, fd, EBUSY);
	show_seen();
	count = leave_exe();
	if (count <= 0)
		give_up(NOT_AS_TOLD, "cannot leave the executable: %s", strerrorname_np(errno));
	say("   Put a copy in place of each of its %d mappings, and continue in the copy:", count);
	show_mapping(show_exe);
	SET_MM(EXE_FILE, fd, 0);
	show_exe();
	show_seen();
	say("   A second replacement is refused, so the link keeps showing the first:");
	SET_MM(EXE_FILE, fd, EBUSY);
	show_seen();
	SET_MM(EXE_FILE, -1, EBADF);
	show_seen();
	stop_watching();
	if (!watched)
		return;
	say("   A pass over /proc finds the process afterwards:");
	show_replaced();
}

static void tour_mappings(char *text, char *data, char *stack)
{
	/* A start is never above its end, so the way up begins with the end. */
	bool up = text > (char *)tour_mappings;

	say("\n2. Each address needs a mapping of the right kind");
	say("   Code has to be executable and not writable:");
	show_mapping(text);
	if (up)
		SET_MM(END_CODE, text + PAGE, 0);
	SET_MM(START_CODE, text, 0);
	if (!up)
		SET_MM(END_CODE, text + PAGE, 0);
	say("   Data has to be writable and not executable, so code cannot be there:");
	show_mapping(data);
	SET_MM(END_CODE, data + PAGE, EINVAL);
	if (up)
		SET_MM(END_DATA, data + PAGE, 0);
	SET_MM(START_DATA, data, 0);
	if (!up)
		SET_MM(END_DATA, data + PAGE, 0);
	say("   Arguments and environment need a mapping that grows like a stack:");
	show_mapping(stack);
	SET_MM(START_STACK, stack, 0);
	SET_MM(ARG_START, data, EINVAL);
	SET_MM(ARG_START, stack, 0);
	SET_MM(ARG_END, stack + 16, 0);
	SET_MM(ENV_START, stack + 16, 0);
	SET_MM(ENV_END, stack + 64, 0);
}

static void tour_heap(char *end_data)
{
	struct rlimit limit;

	say("\n3. The heap begins above the data and stays within RLIMIT_DATA");
	SET_MM(START_BRK, end_data, EINVAL);
	SET_MM(START_BRK, end_data + PAGE, 0);
	SET_MM(BRK, end_data + (1 << 20), 0);
	getrlimit(RLIMIT_DATA, &limit);
	limit.rlim_cur = 64 << 20;
	if (setrlimit(RLIMIT_DATA, &limit))
		give_up(NOTHING_TO_SHOW, "cannot set RLIMIT_DATA to 64 MiB: %s",
			strerrorname_np(errno));
	say("   With a limit of 64 MiB:");
	SET_MM(BRK, end_data + (65 << 20), EINVAL);
}

static void tour_auxv(void)
{
	unsigned long auxv[4] = { 6, 4096, 0, 0 }, seen[64];
	FILE *file;

	say("\n4. The auxiliary vector");
	set_mm("AUXV", PR_SET_MM_AUXV, (unsigned long)auxv, sizeof(auxv), 0);
	file = fopen("/proc/self/auxv", "re");
	if (!file || fread(seen, sizeof(long), 64, file) != 4 ||
	    memcmp(seen, auxv, sizeof(auxv))) {
		say("   but /proc/self/auxv shows another vector");
		end(NOT_AS_TOLD);
	}
	fclose(file);
	say("   /proc/self/auxv: AT_PAGESZ %lu, AT_NULL", seen[1]);
}

/* A page by itself, near the start of the address space. */
static char *page_at(unsigned long addr, int prot)
{
	char *at = mmap((void *)addr, PAGE, prot,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (at == MAP_FAILED)
		give_up(NOTHING_TO_SHOW, "no memory at 0x%lx: %s", addr, strerrorname_np(errno));
	return at;
}

/* The level of the policy; no file is a kernel without the series. */
static int policy_level(void)
{
	FILE *file = fopen("/proc/sys/kernel/prctl_set_mm", "re");
	int level;

	if (!file && access("/proc/self/exe", F_OK))
		give_up(NOTHING_TO_SHOW, "cannot read /proc: mount -t proc none /proc");
	if (!file)
		give_up(NOTHING_TO_SHOW, "no kernel.prctl_set_mm: this kernel lacks the series");
	if (fscanf(file, "%d", &level) != 1)
		give_up(NOTHING_TO_SHOW, "cannot read the level of kernel.prctl_set_mm");
	fclose(file);
	return level;
}

/* End here if this kernel, its policy or this user does not allow the tour. */
static void look_around(void)
{
	switch (policy_level()) {
	case 0:
		give_up(NOTHING_TO_SHOW, "kernel.prctl_set_mm is 0: %s",
			"PR_SET_MM behaves as in mainline, the tour needs 1 or 2");
	case 3:
		give_up(NOTHING_TO_SHOW, "kernel.prctl_set_mm is 3: %s",
			"PR_SET_MM is locked until the next boot");
	}
	/* -1 is no descriptor, so this cannot succeed. */
	prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, -1L, 0L, 0L);
	if (errno == EPERM)
		give_up(NOTHING_TO_SHOW, "no CAP_SYS_RESOURCE in the %s: run it as root",
			"initial user namespace");
	if (errno != EBADF)
		give_up(NOTHING_TO_SHOW, "this kernel refuses PR_SET_MM: %s",
			strerrorname_np(errno));
}

int main(int argc, char **argv)
{
	bool have_stdout = clean_start();
	char *text, *data, *stack;
	const char *name;
	struct stat st;
	int fd;

	if (argc > 2 || (argc == 2 && argv[1][0] == '-')) {
		fprintf(stderr, "usage: tour [FILE]\n");
		return WRONG_USE;
	}
	if (!have_stdout)
		give_up(NOTHING_TO_SHOW, "stdout is closed");
	if (argc == 2) {
		name = argv[1];
		fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	} else {
		fd = open_other_exe(&name);
	}
	if (fd < 0)
		give_up(WRONG_USE, "cannot open %s: %s; name another file", name,
			strerrorname_np(errno));
	/* access(2) also fails on a filesystem that is mounted noexec. */
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || access(name, X_OK))
		give_up(WRONG_USE, "%s cannot be executed; name another file", name);
	look_around();
	find_exe_watch();

	text = page_at(0x100000, PROT_READ | PROT_EXEC);
	data = page_at(0x180000, PROT_READ | PROT_WRITE);
	stack = map_stack_area(0, PAGE, PROT_READ | PROT_WRITE);
	if (stack == MAP_FAILED)
		give_up(NOTHING_TO_SHOW, "no memory for a stack: %s", strerrorname_np(errno));

	tour_exe(fd);
	tour_mappings(text, data, stack);
	tour_heap(data + PAGE);
	tour_auxv();
	say("\nThe kernel answered every call as described.");
	end(AS_TOLD);
}
