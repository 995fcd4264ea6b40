// SPDX-License-Identifier: GPL-2.0
/* Children of a test; child.h says what for. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "areas.h"
#include "child.h"
#include "guard.h"

#define MAX_CHILDREN	512
#define TRIES		100
#define MS_BETWEEN	30

static pid_t children[MAX_CHILDREN];
static unsigned int count;

bool try_again(int error, unsigned int tries)
{
	if ((error != EAGAIN && error != ENOMEM) || tries == TRIES)
		return false;
	usleep(MS_BETWEEN * 1000);
	return true;
}

pid_t try_fork(void)
{
	pid_t parent = getpid(), pid, now;
	unsigned int tries = 0;

	do {
		pid = fork();
	} while (pid < 0 && try_again(errno, tries++));
	if (pid)
		return pid;

	count = 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* It may have ended before that. 0 is a parent in another PID namespace. */
	now = getppid();
	if (now && now != parent)
		_exit(1);
	return 0;
}

pid_t patient_fork(void)
{
	pid_t pid = try_fork();

	if (pid < 0)
		give_up("fork", errno);
	return pid;
}

pid_t own_child(pid_t pid)
{
	if (pid < 0)
		give_up("start a process", errno);
	if (count == MAX_CHILDREN)
		abort();
	children[count++] = pid;
	return pid;
}

pid_t clone_on(int (*run)(void *), void *stack, size_t size, int flags, void *arg)
{
	return clone(run, stacks_grow_up() ? stack : (char *)stack + size, flags, arg);
}

pid_t vfork_and_run(int (*run)(void *), void *arg)
{
	static long double stack[(64 << 10) / sizeof(long double)];

	return own_child(clone_on(run, stack, sizeof(stack),
				  CLONE_VM | CLONE_VFORK | SIGCHLD, arg));
}

pid_t start_child(void)
{
	pid_t pid = patient_fork();

	return pid ? own_child(pid) : 0;
}

int patient_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			   void *(*start)(void *), void *arg)
{
	unsigned int tries = 0;
	int error;

	do {
		error = pthread_create(thread, attr, start, arg);
	} while (error && try_again(error, tries++));
	if (error)
		give_up("start a thread", error);
	return 0;
}

static pid_t *find_child(pid_t pid)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (children[i] == pid)
			return &children[i];
	}
	return NULL;
}

int signal_child(pid_t pid, int sig)
{
	if (!find_child(pid))
		return -ESRCH;
	return kill(pid, sig) ? -errno : 0;
}

int wait_child(pid_t pid)
{
	pid_t *child = find_child(pid), ended;
	int status;

	if (!child)
		return -1;
	do {
		ended = waitpid(pid, &status, 0);
	} while (ended < 0 && errno == EINTR);
	*child = children[--count];
	return ended == pid ? status : -1;
}

bool wait_child_stopped(pid_t pid)
{
	siginfo_t info = { };

	/* WNOWAIT: one that has ended instead is still there to be waited for. */
	return find_child(pid) &&
	       !waitid(P_PID, pid, &info, WSTOPPED | WEXITED | WNOWAIT) &&
	       info.si_code == CLD_STOPPED;
}

bool wait_child_zombie(pid_t pid)
{
	siginfo_t info;

	return find_child(pid) && !waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
}

bool child_is_alive(pid_t pid)
{
	siginfo_t info = { };

	return find_child(pid) &&
	       !waitid(P_PID, pid, &info, WEXITED | WNOWAIT | WNOHANG) && !info.si_pid;
}

void end_children(void)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		kill(children[i], SIGKILL);
	while (count)
		wait_child(children[count - 1]);
}
