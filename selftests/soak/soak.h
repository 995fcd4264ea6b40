/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A soak of PR_SET_MM with random sequences of steps. A model (model.c) predicts the
 * answer to each call of a sequence; scenes, where several tasks call at once, check
 * what has to hold in any order.
 */
#ifndef SOAK_H
#define SOAK_H

#include "../addresses.h"
#include "../child.h"
#include "../option_name.h"
#include "../prctl_set_mm.h"
#include <stdnoreturn.h>

/* Fixed addresses, of which the model knows each page. */
#define ARENA		FREE_ADDRESSES
#define ARENA_PAGES	32
#define ARENA_END	(ARENA + ARENA_PAGES * PAGE)
#define HEAP		(ARENA + 0x10000000)
#define HEAP_PAGES	64
/* A page for a call to stop at, and one that ends before memory that cannot be read. */
#define PARK		(ARENA + 0x18000000)
#define EDGE		(ARENA + 0x19000000)

#define VECTOR_MAX	1024
#define STEPS_MAX	448
#define BOUNDS		(PR_SET_MM_ENV_END + 1)
#define NO_LIMIT	(~0UL)
#define TEXT_SIZE	(PATH_MAX + 64)

/* The capabilities that matter, as bits of a world. */
enum {
	RESOURCE = 1,	/* CAP_SYS_RESOURCE in the initial user namespace */
	RESTORE = 2,	/* CAP_CHECKPOINT_RESTORE in the user namespace of the task */
	ADMIN = 4,	/* CAP_SYS_ADMIN, there */
	ALL_CAPS = 7,
};

enum mapping { NONE, PRIVATE, SHARED, GROWING, FILE_PRIVATE, FILE_WRITABLE, MAPPINGS };

struct page {
	unsigned char mapping, prot;
	unsigned char file, name;
};

/* Files that can be the executable, each with up to three names. */
enum { PROGRAM, COPY, OTHER_COPY, SMALL, OTHER_SMALL, MEMFD, FILES };
enum { OWN_NAME, HARD_LINK, BIND_MOUNT, NAMES };

/* A descriptor for PR_SET_MM_EXE_FILE. */
struct entry {
	enum { GOOD, NOT_OPEN, NOT_EXECUTABLE } kind;
	int fd;
	unsigned char file, name;
};

#define ENTRIES_MAX	32
/* The first ones are good. */
#define GOOD_ENTRIES	(2 + 4 * NAMES + 1)

/* What the model knows of a task and of its memory map. */
struct world {
	unsigned long bound[BOUNDS];
	unsigned char vector[VECTOR_MAX];
	struct page page[ARENA_PAGES];
	bool heap[HEAP_PAGES];
	unsigned char file, name;	/* the executable */
	bool replaced;		/* in this mm */
	bool inherited;		/* in one that it was forked from since execve(2) */
	unsigned int caps;
	bool own_users;		/* not in the initial user namespace */
	bool shares_stack;	/* runs on a stack in the memory map of its parent */
	/* Of each file, in this task and those that wait for it. */
	unsigned int denied[FILES];
	unsigned int outer_writers[FILES];
	unsigned int depth;
};

struct step {
	unsigned int op, a, b, c, d;
};

/* A SET_LEVEL step with this a sets level 3. */
#define LEVEL_3	7

/* The first divergence of a sequence. */
struct failure {
	bool failed;
	int level;		/* that the sequence began with */
	unsigned int step;
	char kind[160];		/* the same for each run of the sequence */
	char text[400];
};

/*
 * Where sequences run: files, descriptors and what was found out about the kernel. It
 * is in memory that all tasks share, the programs that they execute too.
 */
struct lab {
	int memory;		/* the descriptor of that memory */
	int twin;		/* the one of a file with the bytes of the program */
	char program[PATH_MAX], dir[96];
	struct entry entry[ENTRIES_MAX];
	unsigned int entries;
	unsigned long word, vector_size, lowest, end, colour;
	int level;
	bool may_change;	/* levels and fault injection */
	bool final;		/* level 3 may be set */
	bool can_fail;		/* allocations */
	bool can_park;		/* with userfaultfd(2) */
	bool can_make_users;	/* user namespaces */
	unsigned long long calls, predicted, accepted, failed_allocations, parked;
	unsigned long long sequences, passed, plays;
	bool over;		/* the present scene */
	struct failure failure;
	/* The present sequence, and the world that each begins with. */
	struct world world;
	struct step steps[STEPS_MAX];
	unsigned int count;
	/* What an executed program goes on with. */
	struct world handed;
	unsigned int next;
};

extern struct lab *lab;

/* A call as it is made, and what the model has to know of it. */
struct call {
	unsigned int option;
	unsigned long arg3, arg4, arg5;
	struct prctl_mm_map map;
	const unsigned char *vector;
	unsigned long vector_size;
	bool struct_readable, vector_readable;
	const struct entry *exe;	/* NULL: no executable */
	unsigned long limit;		/* RLIMIT_DATA */
	unsigned int nth;		/* the allocation that is to fail, or 0 */
	unsigned int caps;
	int level;
	bool failed;			/* did an allocation fail? */
	bool parked;			/* was it stopped in the middle? */
};

/* random.c: the same numbers for the same seed. */
struct random {
	__u64 state;
};

void seed_random(struct random *random, __u64 seed, __u64 stream);
unsigned int random_number(struct random *random);
unsigned int random_below(struct random *random, unsigned int n);

/* steps.c: what a step is called, and steps as text. */
enum op {
	CALL, MAP_PAGES, UNMAP_PAGES, PROTECT_PAGES, MOVE_PAGE, SET_BRK, SET_CAPS,
	SET_LEVEL, LOOK, FAILING_FORK, FAILING_READ,
	/* These last until the END that belongs to them. */
	FORK, VFORK, SHARE, THREAD, RUN_ANEW, PARKED, WRITER,
	END, OPS,
};

const char *op_name(unsigned int op);
const char *answer_name(int answer);
bool opens_block(unsigned int op);
unsigned int block_end(const struct step *steps, unsigned int count, unsigned int from);
void print_steps(FILE *to, int level, const struct step *steps, unsigned int count);
/* False if it has no sequence in it. */
bool parse_steps(FILE *from, int *level, struct step *steps, unsigned int *count);

/* generate.c */
unsigned int generate(struct random *random, bool levels, struct step *steps);
unsigned int generate_final(struct random *random, struct step *steps);

/* lab.c: where sequences run. */
bool make_lab(const char *dir, unsigned int number, const char **why);
bool find_lab(int memory);
void set_edge(void);
const char *file_name(unsigned int file, unsigned int name);
/* Start with known bounds and a known vector: 0 or -errno. */
int begin_world(struct world *world);

/* twin.c */
bool leave_for_twin(int twin);

/* model.c: the contract. NULL if the call has to be accepted. */
struct rule {
	const char *clause;
	unsigned int calls;
	int from, to;
	bool (*broken)(const struct world *world, const struct call *call);
	int error;
};

const struct rule *judge(const struct world *world, const struct call *call);
/* Is it the level when the change is made that counts? */
bool is_late(const struct rule *rule);
/* Can it be the answer to this sub-option at all? */
bool is_answer(unsigned int option, int answer);
void accept_call(struct world *world, const struct call *call);
unsigned int writers(const struct world *world, unsigned int file);

/* decode.c: the call that a step stands for in a world. */
void decode_call(const struct world *world, const struct step *step, struct call *call);

/* calls.c: make it, and compare the answer. */
int make_call(struct call *call);
void compare(struct world *world, const struct call *call, int answer, unsigned int step);
void call_step(struct world *world, const struct step *step, unsigned int number);

/* memory.c: mappings and brk(2). */
/* Map an area of that kind at @at, of @fd if it is a file; returns what mmap(2) does. */
void *map_kind(int mapping, unsigned long at, size_t size, int prot, int fd);
void memory_step(struct world *world, const struct step *step, unsigned int number);

/* look.c: compare /proc with the model. */
/* All of a file of /proc in one read, or -errno. */
ssize_t read_at_once(const char *name, void *to, size_t size);
void look(const struct world *world, unsigned int what, unsigned int step);
void failing_read(const struct world *world, unsigned int what, unsigned int step);

/* park.c: a call that is stopped in a copy from user memory. */
bool can_park(void);
/* Map a page at this address; a read of it waits: the userfaultfd, or -1. */
int keep_back(unsigned long page, int flags);
unsigned int parked_step(struct world *world, unsigned int number);

/* fail.c: the thread's allocation number @nth fails. */
bool begin_failing(unsigned int nth);
bool end_failing(void);

/* tasks.c: the steps of a block in another task. */
unsigned int task_step(struct world *world, unsigned int number);
void resume(int memory);

/* run.c */
void run_steps(struct world *world, unsigned int from, unsigned int to);
/* The first divergence is the one that counts. */
void note_failure(unsigned int step, const char *kind, const char *format, ...);
noreturn void diverge(unsigned int step, const char *kind, const char *format, ...);
void check_writers(void);
/* The steps in lab, in a child, from @level on: false if they diverge. */
bool run_sequence(int level);

/* soak.c: what the programs begin with. Why there is nothing to soak, or NULL. */
#define WORKERS	2

extern struct lab *worker_lab[WORKERS];

/* If set, other divergences than those that begin so end their sequence only. */
extern const char *only_kind;

const char *begin_soak(void);
bool run_alone(__u64 seed, unsigned int sequences);
bool run_levels(__u64 seed, unsigned int sequences);
/* Set level 3, which only a boot ends, and go on at it. */
bool run_final(__u64 seed, unsigned int sequences);
/* NULL: all of them. */
bool run_scenes(__u64 seed, unsigned int calls, const char *name);
bool is_scene(const char *name);
void begin_at(int level);
void print_failure(__u64 seed);

/* shrink.c: leave out of lab->steps what the failure does not need. */
void shrink(int level);

#endif /* SOAK_H */
