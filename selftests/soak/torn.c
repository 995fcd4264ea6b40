// SPDX-License-Identifier: GPL-2.0
/*
 * Threads replace the whole map. Whatever reads it, or is forked from it, sees one of
 * their maps and no mixture: clauses R1, R2 and G7.
 */
#include "scenes.h"
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>

/* Beside which the maps are written, however many calls that takes. */
#define FORKS	40

static struct tagged all[TAGS];
static unsigned int calls_left, forks_left;

static struct {
	void *(*work)(void *argument);
	pthread_t thread;
} workers[4];

static void *write_maps(void *argument)
{
	struct random random = { (long)argument };
	int error;

	while (__atomic_fetch_sub(&calls_left, 1, __ATOMIC_RELAXED) - 1 < INT_MAX ||
	       __atomic_load_n(&forks_left, __ATOMIC_RELAXED)) {
		error = count_call(PR_SET_MM_MAP,
				   (long)&all[random_below(&random, TAGS)].map,
				   sizeof(all[0].map));
		if (error)
			diverge(0, "a map is refused", "%s", answer_name(error));
	}
	end_scene();
	return NULL;
}

static void check_bounds(const char *kind, const char *path, bool own)
{
	unsigned long of[BOUNDS];
	char text[1024] = "";

	read_at_once(path, text, sizeof(text) - 1);
	if (!parse_bounds(text, of))
		diverge(0, "stat cannot be read", "%s: %s", path, text);
	/* It does not show brk, which goes with start_brk. */
	of[PR_SET_MM_BRK] = own ? syscall(__NR_brk, 0) :
			    of[PR_SET_MM_START_BRK] +
			    all[0].map.brk - all[0].map.start_brk;
	if (tag_of_bounds(of) < 0)
		diverge_by_bounds(kind, of);
}

static void check_vector(const char *kind, bool must)
{
	char got[VECTOR_MAX];
	long length = prctl(PR_GET_AUXV, got, sizeof(got), 0, 0);

	if (length < 0 && errno == EINVAL && !must)
		return;
	if (tag_of_vector(all, got, length, false) < 0)
		diverge(0, kind, "%ld bytes", length);
}

static void check_vector_file(const char *kind, const char *path)
{
	char got[VECTOR_MAX];
	ssize_t length = read_at_once(path, got, sizeof(got));

	if (tag_of_vector(all, got, length, true) < 0)
		diverge(0, kind, "%s: %zd bytes", path, length);
}

static void check_text(const char *path, bool environment)
{
	char got[256];
	ssize_t length = read_at_once(path, got, sizeof(got));
	const char *want;
	unsigned int tag;

	for (tag = 0; tag < TAGS; tag++) {
		want = environment ? all[tag].environment : all[tag].arguments;
		/* What ends a string may be shown. */
		if ((length == 63 || length == 64) && !memcmp(got, want, length))
			return;
	}
	diverge(0, environment ? "environ shows two maps" : "cmdline shows two maps",
		"%zd bytes", length);
}

static void read_once(pid_t pid, unsigned int what)
{
	static const char *const names[] = { "stat", "auxv", "cmdline", "environ" };
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, names[what]);
	if (what == 0)
		check_bounds("/proc/PID/stat shows two maps", path, false);
	else if (what == 1)
		check_vector_file("/proc/PID/auxv shows two vectors", path);
	else
		check_text(path, what == 3);
}

/* In another process: 0 to 3 is one of the files, 4 all of them. */
static void read_all(pid_t pid, unsigned int what)
{
	unsigned int i;

	while (!is_over()) {
		for (i = 0; i < 4; i++) {
			if (what == i || what == 4)
				read_once(pid, i);
		}
	}
}

static void *get_vectors(void *argument)
{
	while (!is_over())
		check_vector("PR_GET_AUXV shows two vectors", false);
	return NULL;
}

/* Nobody writes the map of a child: what it has, it has for life. */
static void check_fork(void)
{
	check_bounds("a fork has the bounds of two maps", "/proc/self/stat", true);
	check_vector("a fork has the vector of two maps", false);
	check_vector_file("a fork has the vector of two maps", "/proc/self/auxv");
	_exit(0);
}

static void *fork_children(void *argument)
{
	pid_t pid;

	while (!is_over()) {
		pid = patient_fork();
		if (!pid)
			check_fork();
		wait_for_task(pid);
		if (forks_left)
			__atomic_sub_fetch(&forks_left, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

void play_torn(struct random *random, unsigned int calls)
{
	/* Forks, vectors, files; what is torn may be seen in one of them only. */
	static const unsigned char some[] = { 1, 1, 2, 4, 7 };
	unsigned int roles = some[random_below(random, ARRAY_SIZE(some))], i;
	pid_t self = getpid(), reader = 0;

	if (lab->level == 3)
		return;
	workers[0].work = write_maps;
	/* A fork has to get a processor. */
	workers[1].work = !(roles & 1) && random_below(random, 2) ? write_maps : NULL;
	workers[2].work = roles & 1 ? fork_children : NULL;
	workers[3].work = roles & 2 ? get_vectors : NULL;
	calls_left = calls;
	forks_left = roles & 1 ? FORKS : 0;
	for (i = 0; i < TAGS; i++)
		make_tagged(&all[i], i);
	map_tagged(all);
	if (set_mm_map(&all[0].map))
		diverge(0, "a map is refused", "the first one");
	if (roles & 4) {
		i = random_below(random, 5);
		reader = patient_fork();
		if (!reader) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			read_all(self, i);
			_exit(0);
		}
	}
	for (i = 0; i < ARRAY_SIZE(workers); i++) {
		if (workers[i].work)
			patient_pthread_create(&workers[i].thread, NULL, workers[i].work,
					       (void *)(long)random_number(random));
	}
	for (i = 0; i < ARRAY_SIZE(workers); i++) {
		if (workers[i].work)
			pthread_join(workers[i].thread, NULL);
	}
	if (reader)
		wait_for_task(reader);
}
