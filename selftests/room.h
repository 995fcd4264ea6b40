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
	int tracing;		/* the folder of tracefs, or -1 */
} room;

/* Fill in the program, for one that enters no room. */
void find_program(void);

/*
 * The mount namespace, /proc, tracefs and debugfs: what the rest needs. May run this
 * program anew, since an executable stays on the mounts that it was started from; to be
 * called before anything is done that would have to be undone.
 */
void enter_room(char **argv);

/* The folder for files. It may hide what is in a folder of the machine. */
void make_files(void);

/* Remove what would not vanish by itself: false if that fails, which is said. */
bool leave_room(void);

/* Remove folders of programs that were killed. */
void remove_old_rooms(void);

/* Remove @dir and all in it: 0 if nothing is left. */
int remove_dir(const char *dir);

/* The path that the kernel tells of @path of ours, in one of two buffers by turns. */
const char *kernel_path(const char *path);

#endif /* ROOM_H */
