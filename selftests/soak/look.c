// SPDX-License-Identifier: GPL-2.0
/* What /proc and prctl(2) show of this task, compared with the model. */
#include "soak.h"
#include <sys/prctl.h>

ssize_t read_at_once(const char *name, void *to, size_t size)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return -errno;
	length = read(fd, to, size);
	if (length < 0)
		length = -errno;
	close(fd);
	return length;
}

static void look_at_bounds(const struct world *w, unsigned int number)
{
	unsigned long of[BOUNDS];
	char text[1024] = "";
	unsigned int i;

	read_at_once("/proc/self/stat", text, sizeof(text) - 1);
	of[PR_SET_MM_BRK] = syscall(__NR_brk, 0);
	if (!parse_bounds(text, of))
		diverge(number, "stat cannot be read", "%s", text);
	for (i = PR_SET_MM_START_CODE; i < BOUNDS; i++) {
		if (of[i] != w->bound[i])
			diverge(number, "a bound is not the model's", "%s: 0x%lx, but 0x%lx",
				option_name(i), of[i], w->bound[i]);
	}
}

/* The file ends with the first AT_NULL, which it shows. */
static size_t vector_shown(const struct world *w)
{
	static const unsigned char zero[8];
	size_t shown;

	for (shown = 0; memcmp(w->vector + shown, zero, lab->word); shown += 2 * lab->word)
		;
	return shown + 2 * lab->word;
}

static void compare_file(const struct world *w, const char *got, ssize_t length,
			 unsigned int number)
{
	size_t want = vector_shown(w);

	if (length != (ssize_t)want || memcmp(got, w->vector, want))
		diverge(number, "/proc/PID/auxv is not the model's", "%zd bytes, but %zu",
			length, want);
}

static void look_at_vector_file(const struct world *w, unsigned int number)
{
	char got[VECTOR_MAX];

	compare_file(w, got, read_at_once("/proc/self/auxv", got, sizeof(got)), number);
}

static void look_at_vector(const struct world *w, unsigned int number)
{
	char got[VECTOR_MAX];
	long length = prctl(PR_GET_AUXV, got, sizeof(got), 0, 0);

	/* Kernels before 6.4 do not have it. */
	if (length < 0 && errno == EINVAL)
		return;
	if (length != (long)lab->vector_size || memcmp(got, w->vector, length))
		diverge(number, "PR_GET_AUXV is not the model's", "%ld bytes", length);
}

static void look_at_exe(const struct world *w, unsigned int number)
{
	const char *want = file_name(w->file, w->name);
	char got[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", got, sizeof(got) - 1);

	got[length < 0 ? 0 : length] = '\0';
	if (strcmp(got, want))
		diverge(number, "the exe link is not the model's", "%s, but %s", got, want);
}

/* W3: in this memory map, or in one that it was forked from. */
static void look_at_status(const struct world *w, unsigned int number)
{
	bool want = w->replaced || w->inherited;
	char text[4096] = "", *line;

	read_at_once("/proc/self/status", text, sizeof(text) - 1);
	line = strstr(text, "\nExeReplaced:");
	if (!line || atoi(line + strlen("\nExeReplaced:")) != want)
		diverge(number, "ExeReplaced is not true", "it should be %d", want);
}

/* Not what they say: they read the arena, whose growing mappings grow by that. */
static void look_at_strings(const struct world *w, unsigned int number)
{
	char text[512];
	unsigned int i;

	for (i = 0; i < ARENA_PAGES; i++) {
		if (w->page[i].mapping == GROWING)
			return;
	}
	read_at_once("/proc/self/cmdline", text, sizeof(text));
	read_at_once("/proc/self/environ", text, sizeof(text));
	read_at_once("/proc/self/maps", text, sizeof(text));
}

void look(const struct world *w, unsigned int what, unsigned int number)
{
	static void (*const looks[])(const struct world *w, unsigned int number) = {
		look_at_bounds, look_at_vector, look_at_vector_file, look_at_exe,
		look_at_status, look_at_strings,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(looks); i++) {
		if (what % 8 == i || what % 8 > ARRAY_SIZE(looks))
			looks[i](w, number);
	}
}

/* R3: a failing allocation does not keep anyone from reading the vector. */
void failing_read(const struct world *w, unsigned int what, unsigned int number)
{
	static const char *const names[] = { "auxv", "stat", "status", "maps" };
	const char *name = names[what % ARRAY_SIZE(names)];
	char path[64], got[4096];
	ssize_t length;
	int fd;

	if (!lab->can_fail || !(w->caps & RESOURCE) || w->own_users)
		return;
	snprintf(path, sizeof(path), "/proc/self/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		diverge(number, "a file of /proc cannot be opened", "%s: %m", path);
	if (begin_failing(what / 4 % 3 + 1)) {
		length = read(fd, got, VECTOR_MAX);
		if (length < 0)
			length = -errno;
		if (end_failing())
			lab->failed_allocations++;
		if (!strcmp(name, "auxv"))
			compare_file(w, got, length, number);
		else if (length < 0 && length != -ENOMEM)
			diverge(number, "a file of /proc cannot be read", "%s: %s", path,
				answer_name(length));
	}
	close(fd);
}
