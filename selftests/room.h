/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the tests of a program work: a mount namespace of their own, in which a new
 * filesystem holds their files. Both vanish with the last process of the program.
 */
#ifndef ROOM_H
#define ROOM_H

#include <limits.h>
#include <stdbool.h>

extern struct room {
	/* The program, and the folder that it is in. */
	char program[PATH_MAX], program_dir[PATH_MAX];
	/* Is there a mount namespace, of which nothing reaches another one? */
	bool own_mounts;
	bool initial_pids;	/* is it the initial PID namespace? */
	bool own_proc;		/* is /proc of this PID namespace? */
	/* What the kernel puts before a path of ours, seen from the mount namespace. */
	char root[PATH_MAX];
	/* A folder for files, which may be executed; empty if there is none. */
	char files[80];
	bool made_files_dir;	/* it is no mount point that was there before */
	/* The folder of tracefs, or -1, and why not. */
	int tracing;
	const char *why_no_tracing;
} room;

/* Fill in the program, for one that enters no room. */
void find_program(void);

/*
 * The mount namespace and /proc: what the rest needs. May run this program anew, since
 * an executable stays on the mounts that it was started from; to be called before
 * anything is done that would have to be undone.
 */
void enter_room(char **argv);

/* The folder for files, tracefs and debugfs. */
void furnish_room(void);

/* Remove what would not vanish by itself. */
void leave_room(void);

/* Remove folders of programs that were killed. */
void remove_old_rooms(void);

/* Remove @dir and all in it: 0 if nothing is left. */
int remove_dir(const char *dir);

/* The path that the kernel tells of @path of ours, in one of two buffers by turns. */
const char *kernel_path(const char *path);

#endif /* ROOM_H */
