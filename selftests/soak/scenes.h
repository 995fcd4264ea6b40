/* SPDX-License-Identifier: GPL-2.0 */
/* Scenes: several tasks at once, and what has to hold in whatever order they call. */
#ifndef SCENES_H
#define SCENES_H

#include "soak.h"

struct scene {
	const char *name;
	/* In a child: makes about @calls calls, and calls diverge() where it is wrong. */
	void (*play)(struct random *random, unsigned int calls);
};

extern const struct scene scenes[];
extern const unsigned int scene_count;

void play_torn(struct random *random, unsigned int calls);
void play_winner(struct random *random, unsigned int calls);
void play_free(struct random *random, unsigned int calls);
void play_levels(struct random *random, unsigned int calls);
void play_spray(struct random *random, unsigned int calls);

/* scenes.c: false if it went wrong, which lab->failure tells. */
bool play(const struct scene *scene, __u64 seed, __u64 number, unsigned int calls);

/* When all tasks of a scene have to end; in memory that they share. */
bool is_over(void);
void end_scene(void);

/* Wait for a task of a scene, which has to end well. */
void wait_for_task(pid_t pid);

/* A call that counts. */
int count_call(unsigned long option, unsigned long arg3, unsigned long arg4);

/* tagged.c: maps of which each field tells which map it is from. */
#define TAGS	8

struct tagged {
	struct prctl_mm_map map;
	unsigned char vector[VECTOR_MAX];
	char arguments[64], environment[64];
};

void make_tagged(struct tagged *tagged, unsigned int tag);
/* Memory behind the bounds of each of them. */
void map_tags(void);
/* The same, with the arguments and the environment in it. */
void map_tagged(const struct tagged *tagged);
/* The tag that all of these bounds have, or -1. */
int tag_of_bounds(const unsigned long *of);
/* The one of a vector, of which @length bytes are there. */
int tag_of_vector(const struct tagged *all, const void *vector, long length, bool shown);

/* Diverge, and tell the bounds. */
noreturn void diverge_by_bounds(const char *kind, const unsigned long *of);

#endif /* SCENES_H */
