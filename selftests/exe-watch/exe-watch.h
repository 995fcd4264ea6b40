/* SPDX-License-Identifier: GPL-2.0 */
#ifndef EXE_WATCH_H
#define EXE_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The exit codes. */
enum {
	NOTHING_REPLACED = 0,	/* or --follow has ended as it was asked to */
	FOUND = 1,
	WRONG_USE = 2,
	CANNOT_TELL = 3,
};

/* A line on stderr. */
#define complain(format, ...)	\
	fprintf(stderr, "exe-watch: " format "\n", ##__VA_ARGS__)

/* What helps who may not see something: to be put behind that. */
const char *be_root(void);

/* Is what was written to stdout really out? Complains if it is not. */
bool flush_output(void);

/* snapshot.c, follow.c: an exit code. */
int snapshot(bool json, bool all);
int follow(bool json, unsigned long count);

/*
 * text.c. Names are bytes that anybody may choose: no one goes out
 * but by one of the put functions.
 */
int put_escaped(const char *text, const char *also);
void put_json(const char *text);
void unescape(char *text);

#endif /* EXE_WATCH_H */
