/* SPDX-License-Identifier: GPL-2.0 */
/* What the ways to call PR_SET_MM share. */
#ifndef PROBE_H
#define PROBE_H

#include "../addresses.h"
#include "../prctl_set_mm.h"
#include <stdnoreturn.h>

#define ARENA		FREE_ADDRESSES	/* PAGES of address space, nothing in it */
#define PAGES		16
#define DATA		(ARENA + 0x10000000)	/* bounds of data and heap, in no area */
#define FIRST		(ARENA + 4 * PAGE)	/* two pages, the area to look at */

/* With the first number that is none. */
#define OPTIONS		(PR_SET_MM_MAP_SIZE + 2)

/* answers.c: calls in children, and their answers. */
extern const char *const clauses[OPTIONS];
extern pid_t main_pid;

noreturn void end_without_answer(void);

/* The call cannot be made, so there is no answer: say so, with errno, and end. */
#define fail(format, ...) do {						\
	fprintf(stderr, "probe: " format ": %s\n", ##__VA_ARGS__,	\
		strerror(errno));					\
	end_without_answer();						\
} while (0)

pid_t start_child(void);
/* What the child answered. Its failure has been reported, and is also ours. */
int wait_for_child(pid_t pid);

/* What a function answers in a child: 0 or -errno. */
#define IN_A_CHILD(call) ({						\
	pid_t pid__ = start_child();					\
									\
	if (!pid__)							\
		_exit(-(call));						\
	wait_for_child(pid__);						\
})

void say(const char *clause, unsigned int option, const char *what, int result);
void try(const char *clause, unsigned int option, const char *what,
	 unsigned long arg3, unsigned long arg4, unsigned long arg5);

/* state.c: what a call starts from. */
extern bool for_64_bit_kernel;

/* For a child: the call that follows has to be made under this limit, ... */
void limit_data(unsigned long limit);
/* ... without capabilities, ... */
void drop_caps(void);
/* ... with the executable unmapped. */
void leave_own_exe(void);
int put_map(const struct prctl_mm_map *map);
/* The bounds that every call starts from: around the arena, the heap elsewhere. */
int try_bounds(unsigned long low, unsigned long high);
void put_bounds(unsigned long low, unsigned long high);
void start_bounds(void);

/* files.c: files on a filesystem that only this program can see, its root. */
extern int own_files;

void mount_own_files(void);
int open_own(const char *name, int flags);
int open_exe(const char *name, mode_t mode);
int make_memfd(const char *name);

/* kinds.c: kinds of area; a file that can be written, and the same opened to be read. */
enum kind {
	PRIVATE, SHARED, GROWING, FILE_PRIVATE, FILE_SHARED, FILE_READ, MEMFD,
	KINDS
};

extern const char *const kinds[];

void open_kinds(void);
/* False if such an area cannot have that protection. */
bool map_kind(int kind, int prot);
const char *protection(int prot);

/* The calls. */
void probe_arguments(void);
void probe_vectors(void);
void probe_areas(void);
void probe_orders(void);
void probe_heap(void);
void probe_executables(void);
void probe_maps(void);
void probe_at_random(__u64 seed, unsigned int count);

#endif /* PROBE_H */
