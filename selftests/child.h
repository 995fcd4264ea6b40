/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Children of a test. A signal goes only to a process that start_child() or
 * own_child() has registered and that nothing has waited for since. Its PID can
 * then be neither -1 nor that of another process, so no test can signal a process
 * that it did not start.
 */
#ifndef CHILD_H
#define CHILD_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

/* Another try after a pause? Not if @error is none that passes by itself, nor for ever. */
bool try_again(int error, unsigned int tries);

/*
 * fork(2), tried for some seconds where a limit or a lack of memory forbids it: the
 * PID, 0 or -1. The child is killed when the thread that started it ends.
 */
pid_t try_fork(void);

/* The same; where it is of no use, the whole program ends with a skip. */
pid_t patient_fork(void);

/* The same, and registered: 0 in the child, which has no children registered. */
pid_t start_child(void);

/* Register what clone(2) has returned to the parent, which it returns. */
pid_t own_child(pid_t pid);

/* clone(2) with all of that stack, whichever way stacks grow: the PID or -1. */
pid_t clone_on(int (*run)(void *), void *stack, size_t size, int flags, void *arg);

/*
 * What vfork(2) does, in a function: the child shares the memory map, and the parent waits
 * until it has exited. The C library of some architectures makes a fork(2) of vfork().
 */
pid_t vfork_and_run(int (*run)(void *), void *arg);

/* pthread_create(3), as patient as patient_fork(). */
int patient_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			   void *(*start)(void *), void *arg);

/* 0 or -errno; -ESRCH if it is not registered. */
int signal_child(pid_t pid, int sig);

/* Its wait status once it has ended; -1 if it is not registered. */
int wait_child(pid_t pid);

/* Wait until a signal has stopped it: false if it is not registered, or has ended. */
bool wait_child_stopped(pid_t pid);

/* Wait until it has ended, and leave it a zombie. */
bool wait_child_zombie(pid_t pid);

/* Does it still run? */
bool child_is_alive(pid_t pid);

/* Kill all that are registered, and wait for them. */
void end_children(void);

#endif /* CHILD_H */
