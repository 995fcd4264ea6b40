/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls that begin at one level of kernel.prctl_set_mm and change something at another:
 * a process makes the call, which waits in the middle, and the test sets the level.
 *
 * What it waits for: the page with the struct or the vector, or the answer whether the
 * file may be executed. A call that sets one bound asks for neither. It waits for
 * mmap_lock, behind a thread that changes a mapping in which a fault waits for its page.
 */
#ifndef LATE_H
#define LATE_H

#include "exe_files.h"
#include "leave_exe.h"
#include "park.h"
#include "policy.h"

#include <sys/prctl.h>

enum late_call {
	LATE_EXE,	/* PR_SET_MM_EXE_FILE */
	LATE_MAP,	/* PR_SET_MM_MAP, at its struct */
	LATE_VECTOR,	/* PR_SET_MM_MAP, at the vector of it */
	LATE_AUXV,	/* PR_SET_MM_AUXV */
	LATE_BOUND,	/* PR_SET_MM_START_STACK, with an address that the rules allow */
	LATE_BAD_BOUND,	/* PR_SET_MM_START_CODE, with one that they do not */
	LATE_BAD_MAP,	/* PR_SET_MM_MAP, with a stack in memory that is read-only */
};

enum late_exe {
	LATE_NONE,	/* no executable in the map */
	LATE_FIRST,	/* never replaced */
	LATE_AGAIN,	/* replaced before */
	LATE_INHERITED,	/* replaced in the process that it was forked from */
	LATE_LINKED,	/* the same, and the present one is mapped by another name */
};

/* Shared by the test, which serves, and the process that makes the call. */
struct late {
	enum late_call call;
	enum late_exe exe;
	unsigned int file;	/* of the filesystem that waits */
	const char *park, *dir;
	char page[4096];	/* for a read */
	/* Of a call that waits for mmap_lock. */
	void *touched;
	unsigned int mapper, map, mapped;
	bool go;
};

/* What the process exits with, besides 0 and errnos. */
#define LATE_FAILED	200	/* it did not get that far */
#define LATE_NOTHING	201	/* accepted, and something is not as asked for */
#define LATE_CHANGED	202	/* refused, and something has changed */

static const char late_read_only[] = "no stack";

/* Where the struct and the vector lie in the page. */
#define LATE_STRUCT	0
#define LATE_AUXV_AT	512
#define LATE_WORDS	8

static inline unsigned int late_load(const unsigned int *from)
{
	return __atomic_load_n(from, __ATOMIC_SEQ_CST);
}

static inline struct late *new_late(const char *park, const char *dir)
{
	struct late *late = mmap(NULL, sizeof(*late), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	late->park = park;
	late->dir = dir;
	return late;
}

/* The process that makes the call. */

static inline void *late_touch(void *page)
{
	return (void *)(long)__atomic_load_n((char *)page, __ATOMIC_RELAXED);
}

/*
 * Change the mapping that is touched, as often as the test asks for it. That takes
 * mmap_lock for writing, and waits for the fault whichever lock the fault holds.
 */
static inline void *late_mapper(void *arg)
{
	struct late *late = arg;
	unsigned int done = 0;

	__atomic_store_n(&late->mapper, syscall(__NR_gettid), __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&late->go, __ATOMIC_SEQ_CST) || done < late_load(&late->map)) {
		if (done == late_load(&late->map)) {
			usleep(1000);
			continue;
		}
		mprotect(late->touched, PAGE, PROT_READ | (done++ % 2 ? 0 : PROT_WRITE));
		__atomic_store_n(&late->mapped, done, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

static inline int late_set_bound(struct late *late, void *page, unsigned int option,
				 unsigned long addr)
{
	pthread_t toucher, mapper;
	int result;

	/* The stack and all else that the call needs is there: nothing else may wait. */
	set_mm(option, read_bound(option));
	late->touched = page;
	if (patient_pthread_create(&mapper, NULL, late_mapper, late) ||
	    patient_pthread_create(&toucher, NULL, late_touch, page))
		return -ENOMEM;
	while (!__atomic_load_n(&late->go, __ATOMIC_SEQ_CST))
		usleep(1000);
	result = set_mm(option, addr);
	pthread_join(toucher, NULL);
	pthread_join(mapper, NULL);
	return result;
}

/* What the call asks for. */
struct late_wish {
	unsigned int option;
	unsigned long bound;
	const void *vector;
	char exe[160];
	int fd;
};

static inline int late_make_call(struct late *late, struct late_wish *wish, char *page)
{
	struct prctl_mm_map *map = (void *)(late->page + LATE_STRUCT);
	const size_t size = LATE_WORDS * sizeof(long);

	switch (late->call) {
	case LATE_EXE:
		return set_exe(wish->fd);
	case LATE_MAP:
	case LATE_BAD_MAP:
		return set_mm_map((void *)(page + LATE_STRUCT));
	case LATE_VECTOR:
		map->auxv = (void *)(page + LATE_AUXV_AT);
		return set_mm_map(map);
	case LATE_AUXV:
		return set_mm4(PR_SET_MM_AUXV, (unsigned long)(page + LATE_AUXV_AT), size, 0);
	default:
		return late_set_bound(late, page, wish->option, wish->bound);
	}
}

/* Has all of it come true? */
static inline bool late_is_true(const struct late_wish *wish)
{
	struct mm_state state;

	read_state(&state);
	return (!wish->option || state.of[wish->option] == wish->bound) &&
	       (!wish->vector ||
		!memcmp(state.auxv, wish->vector, LATE_WORDS * sizeof(long))) &&
	       (!wish->exe[0] || !strcmp(state.exe, wish->exe));
}

/* Open the file that is to be the executable, and what else the call needs. */
static inline bool late_prepare(struct late *late, struct late_wish *wish, char **page)
{
	char name[160];
	int fd;

	snprintf(name, sizeof(name), "%s/%u", late->park, late->file);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	*page = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	if (fd < 0 || *page == MAP_FAILED)
		return false;
	wish->fd = -1;
	if (late->call == LATE_EXE) {
		munmap(*page, PAGE);
		snprintf(wish->exe, sizeof(wish->exe), "%s", name);
		wish->fd = fd;
	} else if (late->exe != LATE_NONE) {
		snprintf(wish->exe, sizeof(wish->exe), "%s/new", late->dir);
		wish->fd = open(wish->exe, O_RDONLY | O_CLOEXEC);
	}
	return true;
}

static inline void late_fill_page(struct late *late, struct late_wish *wish)
{
	struct prctl_mm_map *map = (void *)(late->page + LATE_STRUCT);
	unsigned long *vector = (void *)(late->page + LATE_AUXV_AT);
	unsigned int i;

	read_map(map);
	for (i = 0; i < LATE_WORDS; i++)
		vector[i] = 0x1234000 + i;
	map->exe_fd = wish->fd;
	map->start_stack = late->call == LATE_BAD_MAP ? (unsigned long)late_read_only :
			   map->start_stack + 16;
	if (late->call == LATE_VECTOR)
		map->auxv_size = LATE_WORDS * sizeof(long);
	if (late->call == LATE_VECTOR || late->call == LATE_AUXV)
		wish->vector = vector;
	if (late->call == LATE_BAD_BOUND) {
		/* No code: it may be written. */
		wish->option = PR_SET_MM_START_CODE;
		wish->bound = map->end_code - 1;
	} else if (late->call != LATE_AUXV && late->call != LATE_EXE) {
		wish->option = PR_SET_MM_START_STACK;
		wish->bound = map->start_stack;
	}
}

/* Map the present executable by another name, with the same inode. */
static inline bool late_map_link(const struct late *late)
{
	char name[160];
	int fd;

	snprintf(name, sizeof(name), "%s/link", late->dir);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0) != MAP_FAILED;
}

/* Make the call and judge what has come of it: what the process exits with. */
static inline int late_caller(struct late *late)
{
	struct late_wish wish = { };
	struct mm_state before, after;
	char *page, old[160];
	int result;

	snprintf(old, sizeof(old), "%s/old", late->dir);
	if (late->exe >= LATE_AGAIN && set_exe(open(old, O_RDONLY | O_CLOEXEC)))
		return LATE_FAILED;
	if (late->exe >= LATE_INHERITED) {
		pid_t pid = start_child();

		if (pid)
			return WEXITSTATUS(wait_child(pid));
		if (late->exe == LATE_LINKED && !late_map_link(late))
			return LATE_FAILED;
	}
	if (late->call == LATE_BAD_BOUND || late->call == LATE_BOUND) {
		/* Level 2 wants it to be executable now. */
		void *code = mmap(NULL, PAGE, PROT_READ | PROT_EXEC,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (spread_code((unsigned long)code, (unsigned long)code + PAGE) ||
		    mprotect(code, PAGE, PROT_READ | PROT_WRITE))
			return LATE_FAILED;
	}
	if (!late_prepare(late, &wish, &page))
		return LATE_FAILED;
	late_fill_page(late, &wish);
	read_state(&before);
	result = late_make_call(late, &wish, page);
	read_state(&after);
	if (result)
		return same_state(&before, &after) ? -result : LATE_CHANGED;
	return late_is_true(&wish) ? 0 : LATE_NOTHING;
}

/* The test. */

/* Does this thread wait for a lock? */
static inline bool late_waits_for_lock(unsigned int tid)
{
	char name[32], text[256], *at;

	snprintf(name, sizeof(name), "/proc/%u/stat", tid);
	read_file(name, text, sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	at = strrchr(text, ')');
	return at && at[1] == ' ' && at[2] == 'D';
}

/* Let a mapping be changed: does that have to wait? */
static inline bool late_lock_is_held(struct late *late, pid_t pid)
{
	unsigned int want = __atomic_add_fetch(&late->map, 1, __ATOMIC_SEQ_CST);

	while (late_load(&late->mapped) != want && child_is_alive(pid)) {
		if (late_load(&late->mapper) && late_waits_for_lock(late->mapper))
			return true;
		park_serve(1);
	}
	return false;
}

/* Let a fault hold a lock, the mapper wait for that, and the call wait for the mapper. */
static inline bool late_park_bound(struct late *late, pid_t pid)
{
	unsigned int tries;

	for (tries = 0; tries < 6 && park_wait(late->file, pid); tries++) {
		if (!late_lock_is_held(late, pid)) {
			/* The first attempt of a fault waits without the lock. */
			park_answer(late->file, -EIO, NULL);
			continue;
		}
		__atomic_store_n(&late->go, true, __ATOMIC_SEQ_CST);
		while (!late_waits_for_lock(pid)) {
			if (!child_is_alive(pid))
				return false;
			park_serve(1);
		}
		return true;
	}
	return false;
}

/* Start the process, and let its call wait: its PID, or 0 if that was not possible. */
static inline pid_t late_park(struct late *late, enum late_call call, enum late_exe exe,
			      unsigned int file)
{
	bool waits;
	pid_t pid;

	late->call = call;
	late->exe = exe;
	late->file = file;
	late->mapper = 0;
	late->map = 0;
	late->mapped = 0;
	late->go = false;
	pid = start_child();
	if (!pid)
		_exit(late_caller(late));
	if (call == LATE_BOUND || call == LATE_BAD_BOUND)
		waits = late_park_bound(late, pid);
	else
		waits = park_wait(file, pid);
	if (waits)
		return pid;
	signal_child(pid, SIGKILL);
	park_wait_child(pid);
	return 0;
}

/* Let it go on: its exit status, or a negative number. */
static inline int late_release(struct late *late, pid_t pid)
{
	int status;

	park_answer(late->file, 0, late->page);
	status = park_wait_child(pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#endif /* LATE_H */
