// SPDX-License-Identifier: GPL-2.0-only
/*
 * processes PID: all processes but kernel threads, PID and its descendants: name
 * and arguments of each, a line. No number that is another one each time.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TASKS	4096
#define PF_KTHREAD	0x00200000

struct task {
	int pid;
	int parent;
	char state;
	int own;
	char text[512];
};

static struct task task[MAX_TASKS];

static size_t read_all(const char *pid, const char *what, char *text, size_t size)
{
	char name[64];
	size_t len;
	FILE *file;

	snprintf(name, sizeof(name), "/proc/%s/%s", pid, what);
	file = fopen(name, "r");
	if (!file)
		return 0;
	len = fread(text, 1, size - 1, file);
	fclose(file);
	text[len] = '\0';
	return len;
}

static int read_task(const char *pid, struct task *t)
{
	char stat[512], args[256], *comm, *end;
	unsigned int flags;
	size_t i, used, len;

	if (!read_all(pid, "stat", stat, sizeof(stat)))
		return 0;
	comm = strchr(stat, '(');
	end = strrchr(stat, ')');
	if (!comm || !end ||
	    sscanf(end + 1, " %c %d %*d %*d %*d %*d %u", &t->state, &t->parent, &flags) != 3 ||
	    flags & PF_KTHREAD)
		return 0;
	*end = '\0';
	t->pid = atoi(pid);
	t->own = 0;
	len = read_all(pid, "cmdline", args, sizeof(args));
	snprintf(t->text, sizeof(t->text), "%s:", comm + 1);
	used = strlen(t->text);
	for (i = 0; i < len && used < sizeof(t->text) - 2; i++)
		t->text[used++] = args[i] ? args[i] : ' ';
	t->text[used] = '\0';
	for (i = 0; i < used; i++)
		if (!isprint((unsigned char)t->text[i]))
			t->text[i] = '?';
	return 1;
}

int main(int argc, char **argv)
{
	int self = argc == 2 ? atoi(argv[1]) : 0;
	int tasks = 0, more = 1, i, j;
	struct dirent *entry;
	DIR *proc;

	proc = opendir("/proc");
	if (!self || !proc) {
		fprintf(stderr, "usage: processes PID\n");
		return 2;
	}
	while ((entry = readdir(proc)) && tasks < MAX_TASKS)
		if (isdigit((unsigned char)entry->d_name[0]))
			tasks += read_task(entry->d_name, &task[tasks]);
	closedir(proc);

	while (more) {
		more = 0;
		for (i = 0; i < tasks; i++) {
			if (task[i].own)
				continue;
			task[i].own = task[i].pid == self;
			for (j = 0; !task[i].own && j < tasks; j++)
				task[i].own = task[j].own && task[j].pid == task[i].parent;
			more |= task[i].own;
		}
	}
	for (i = 0; i < tasks; i++)
		if (!task[i].own)
			printf("%s%s\n", task[i].text, task[i].state == 'Z' ? " (zombie)" : "");
	return 0;
}
