/* SPDX-License-Identifier: GPL-2.0 */
/* A file of processes whose replaced link an administrator has noted as expected. */
#ifndef EXE_WATCH_KNOWN_H
#define EXE_WATCH_KNOWN_H

#include <stdbool.h>
#include <sys/types.h>

/* A process with its executable. With the start time it is no other one since the boot. */
struct identity {
	int pid, ppid;
	unsigned long long start;
	dev_t dev;
	ino_t ino;
};

/* By the folder of a process in /proc. False if it has ended, or may not be inspected. */
bool read_identity(int dir, int pid, struct identity *identity);

/* Read the file; one that does not exist is empty. Complains and returns false on errors. */
bool read_known(const char *path);

/*
 * Is it in the file, with this executable? Or has it been forked from one that is, and has
 * the same executable, as all in between? @proc is the folder /proc.
 */
bool is_known(int proc, const struct identity *identity);

/* Is it one of these processes, or below one of them? The list ends with 0. */
bool is_below(int proc, const struct identity *identity, const int *pids);

/* Add it to what note_all() writes. */
void note(const struct identity *identity);

/* Append all of it to the file. Complains and returns false on errors. */
bool note_all(const char *path);

#endif /* EXE_WATCH_KNOWN_H */
