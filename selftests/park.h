/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls that wait for as long as a test likes. The test serves a filesystem, by FUSE,
 * with the files 0 to PARK_FILES - 1 of one page each. A task that reads such a page, or
 * asks whether such a file may be executed, waits for park_answer().
 *
 * Only other processes may use the files: this one serves them meanwhile.
 */
#ifndef PARK_H
#define PARK_H

#include <stdbool.h>
#include <sys/types.h>

#define PARK_FILES	64
#define PARK_DEVICE	"/dev/fuse"

/* Mount it on a new folder: 0 or -errno. */
int park_begin(const char *dir);

/*
 * Serve until a request of this child for the file waits: false if the child ends before
 * that, or none comes within some seconds.
 */
bool park_wait(unsigned int file, pid_t pid);

/* Serve everything that does not wait, for so long. */
void park_serve(unsigned int ms);

/* End its wait: with this page if it is a read, or with -errno if @error is one. */
void park_answer(unsigned int file, int error, const void *page);

/* Serve until a child has ended: its wait status. */
int park_wait_child(pid_t pid);

void park_end(void);

#endif /* PARK_H */
