// SPDX-License-Identifier: GPL-2.0
/* The settings of the machine that tests change, and how they get back. */
#include <dirent.h>

#include "audit.h"
#include "machine.h"
#include "policy.h"
#include "start_time.h"

const char *failslab_dir = "/sys/kernel/debug/failslab";

#define PREFIX	"prctl_set_mm-"
#define SUFFIX	".settings"

/* The first of these that can be written to gets the file; all are cleaned up. */
static const char *const places[] = { "/run", "/tmp", "/dev/shm" };

int yes_or_no(const char *variable)
{
	const char *value = getenv(variable);

	if (!value || !*value || !strcmp(value, "0"))
		return 0;
	return strcmp(value, "1") ? -1 : 1;
}

bool may_change_machine(void)
{
	return yes_or_no(CHANGE_VARIABLE) == 1;
}

static const char *failslab_file(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", failslab_dir, name);
	return path;
}

int set_failslab(const char *name, const char *value)
{
	return write_file(failslab_file(name), value);
}

/* A core_pattern has up to 127 bytes, blanks among them. */
#define VALUE_SIZE	160

static struct setting {
	const char *name;
	unsigned int change;
	bool weakens;	/* the smaller, the less the machine is protected */
	bool noted;
	char found[VALUE_SIZE];
} settings[] = {
	{ "kernel.prctl_set_mm", CHANGES_LEVEL, true },
	{ "auditing", CHANGES_AUDITING, true },
	{ "failslab/ignore-gfp-wait", CHANGES_FAILSLAB },
	{ "failslab/verbose", CHANGES_FAILSLAB },
	/* Each failure counts one down, also those that a thread has asked for. */
	{ "failslab/times", CHANGES_FAILSLAB },
	{ "kernel.core_pattern", CHANGES_CORE },
	{ "kernel.sysctl_writes_strict", CHANGES_OFFSETS },
	{ "vm.mmap_min_addr", CHANGES_LOWEST, true },
};

/* The file that has it; NULL is auditing, which has none. */
static const char *setting_file(const struct setting *setting)
{
	switch (setting->change) {
	case CHANGES_LEVEL:
		return POLICY;
	case CHANGES_CORE:
		return CORE_PATTERN;
	case CHANGES_OFFSETS:
		return WRITES_STRICT;
	case CHANGES_LOWEST:
		return MMAP_MIN_ADDR;
	case CHANGES_FAILSLAB:
		return failslab_file(strchr(setting->name, '/') + 1);
	}
	return NULL;
}

/* False if there is nothing to read. */
static bool get_value(const struct setting *setting, char value[VALUE_SIZE])
{
	const char *file = setting_file(setting);
	int fd, on;
	ssize_t len;

	memset(value, 0, VALUE_SIZE);
	if (!file) {
		on = get_auditing();
		snprintf(value, VALUE_SIZE, "%d", on);
		return on >= 0;
	}
	fd = open(file, O_RDONLY | O_CLOEXEC);
	len = read(fd, value, VALUE_SIZE - 1);
	close(fd);
	value[strcspn(value, "\n")] = '\0';
	/* Nothing is no value: it could not be written back. */
	return len > 0 && value[0];
}

static int set_value(const struct setting *setting, const char *value)
{
	const char *file = setting_file(setting);

	return file ? write_file(file, value) : set_auditing(atoi(value));
}

const char *own_name(void)
{
	static char name[48];
	unsigned long long start = 0;

	if (!name[0]) {
		read_start_time(getpid(), &start);
		snprintf(name, sizeof(name), "%d-%llu", getpid(), start);
	}
	return name;
}

bool is_running(const char *name)
{
	unsigned long long start, named;
	int pid;

	return sscanf(name, "%d-%llu", &pid, &named) == 2 &&
	       read_start_time(pid, &start) && start == named;
}

/* Two lines that say for which boot and which PID namespace a file is true. */
static void describe_system(char *text, size_t size)
{
	char boot[64], pids[64] = "";

	read_file("/proc/sys/kernel/random/boot_id", boot, sizeof(boot) - 1);
	boot[strcspn(boot, "\n")] = '\0';
	if (readlink("/proc/self/ns/pid", pids, sizeof(pids) - 1) < 0)
		pids[0] = '\0';
	snprintf(text, size, "boot %s\npids %s\n", boot, pids);
}

/* The file of this program: where it lies, and what it is called there. */
static int place = -1;
static char file_name[96];

static void write_note(void)
{
	char text[1024];
	unsigned int i;
	size_t used;
	int fd = -1;

	describe_system(text, sizeof(text));
	used = strlen(text);
	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		if (settings[i].noted)
			used += snprintf(text + used, sizeof(text) - used, "%s %s\n",
					 settings[i].name, settings[i].found);
	}
	snprintf(file_name, sizeof(file_name), PREFIX "%s" SUFFIX, own_name());
	for (i = 0; i < ARRAY_SIZE(places) && fd < 0; i++) {
		place = open(places[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (place < 0)
			continue;
		fd = openat(place, file_name,
			    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0 && write(fd, text, used) == (ssize_t)used)
			break;
		/* A full filesystem takes a name, and nothing in it. */
		if (fd >= 0) {
			close(fd);
			unlinkat(place, file_name, 0);
			fd = -1;
		}
		close(place);
		place = -1;
	}
	if (fd >= 0)
		close(fd);
}

void note_machine(unsigned int changes)
{
	bool any = false;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		if (!(changes & settings[i].change))
			continue;
		settings[i].noted = get_value(&settings[i], settings[i].found);
		any |= settings[i].noted;
	}
	if (any)
		write_note();
}

bool is_noted(unsigned int change)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		if (settings[i].change == change && !settings[i].noted)
			return false;
	}
	return true;
}

/* Until the next boot no one can set another one: what was asked for, or a user's wish. */
static bool is_final(const struct setting *setting, const char *value)
{
	return (setting->change == CHANGES_LEVEL && !strcmp(value, "3")) ||
	       (setting->change == CHANGES_AUDITING && !strcmp(value, "2"));
}

static bool put_back(const struct setting *setting, const char *value)
{
	char present[VALUE_SIZE];
	int error;

	if (get_value(setting, present) &&
	    (!strcmp(present, value) || is_final(setting, present)))
		return true;
	error = set_value(setting, value);
	if (error)
		fprintf(stderr, "# cannot put %s back to %s: %s\n", setting->name, value,
			strerror(-error));
	return !error;
}

bool put_machine_back(void)
{
	bool done = true;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		if (settings[i].noted)
			done &= put_back(&settings[i], settings[i].found);
	}
	if (done && place >= 0)
		unlinkat(place, file_name, 0);
	return done;
}

/*
 * One line of the file of a program that was killed: false if it has to stay. What the
 * user may have tightened since is loosened only by one who lets tests change it.
 */
static bool put_line_back(const char *line)
{
	char name[64], value[VALUE_SIZE], present[VALUE_SIZE];
	unsigned int i;

	if (sscanf(line, "%63s %159[^\n]", name, value) != 2)
		return true;
	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		if (strcmp(settings[i].name, name))
			continue;
		/* Perhaps the next one can see it. */
		if (!get_value(&settings[i], present))
			return false;
		if (!strcmp(present, value) || is_final(&settings[i], present))
			break;
		if (settings[i].weakens && atoi(value) < atoi(present) &&
		    !may_change_machine()) {
			fprintf(stderr,
				"# a test that was killed found %s at %s; " CHANGE_VARIABLE
				"=1 lets the next one put it back\n", name, value);
			return false;
		}
		fprintf(stderr, "# a test that was killed left %s at %s; it is %s again\n",
			name, present, value);
		return put_back(&settings[i], value);
	}
	return true;
}

/* Is it a file of this user's that nobody else can have written? */
static int open_note(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
			st.st_nlink != 1 || st.st_mode & 077)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void put_note_back(int dir, const char *name)
{
	char text[1024] = "", want[256], *line, *rest;
	int fd = open_note(dir, name);
	bool done = true;
	ssize_t len;

	if (fd < 0)
		return;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	/* One that is empty is about to be written. */
	if (len <= 0 || is_running(name + strlen(PREFIX)))
		return;
	describe_system(want, sizeof(want));
	/* Of another boot nothing is left. In another PID namespace it may still run. */
	if (strncmp(text, want, strcspn(want, "\n"))) {
		unlinkat(dir, name, 0);
		return;
	}
	if (strncmp(text, want, strlen(want)))
		return;
	for (line = strtok_r(text + strlen(want), "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		done &= put_line_back(line);
	if (done)
		unlinkat(dir, name, 0);
}

void clean_up_after_killed(void)
{
	struct dirent *entry;
	size_t length;
	unsigned int i;
	DIR *dir;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		dir = opendir(places[i]);
		while (dir && (entry = readdir(dir))) {
			length = strlen(entry->d_name);
			if (length > strlen(PREFIX SUFFIX) &&
			    !strncmp(entry->d_name, PREFIX, strlen(PREFIX)) &&
			    !strcmp(entry->d_name + length - strlen(SUFFIX), SUFFIX))
				put_note_back(dirfd(dir), entry->d_name);
		}
		if (dir)
			closedir(dir);
	}
}
