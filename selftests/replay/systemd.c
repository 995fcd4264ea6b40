// SPDX-License-Identifier: GPL-2.0
/* The calls of systemd: the titles of its processes. */
#include "replay.h"

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

void systemd_title(void)
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
