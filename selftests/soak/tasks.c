// SPDX-License-Identifier: GPL-2.0
/* Blocks of steps in another task, for which this one waits. */
#include "soak.h"
#include "../guard.h"
#include <signal.h>
#include <sys/prctl.h>

#define STACK_SIZE	(256 << 10)
#define DEPTH_MAX	4

struct block {
	struct world *world;
	unsigned int from, to;
};

static void wait_for(pid_t pid, unsigned int number)
{
	int status;

	while (waitpid(pid, &status, 0) != pid) {
		if (errno != EINTR)
			diverge(number, "a child cannot be waited for", "%m");
	}
	if (status)
		diverge(number, "a child ended early", "status 0x%x", status);
}

/* What fork(2) changes: clauses E8 and L2. */
static void enter_fork(struct world *w)
{
	unsigned int file;

	for (file = 0; file < FILES; file++)
		w->outer_writers[file] = writers(w, file);
	w->inherited |= w->replaced;
	w->replaced = false;
	w->denied[w->file]++;
	w->shares_stack = false;
	w->depth++;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* A new user namespace has all capabilities, but none in the initial one. */
static void enter_users(struct world *w)
{
	w->own_users = true;
	w->caps = ALL_CAPS;
}

/* A fork(2) with flags: the arguments of clone(2) have another order on each architecture. */
static pid_t raw_fork(__u64 flags)
{
	const __u64 arguments[8] = { [0] = flags, [4] = SIGCHLD };

	return syscall(__NR_clone3, arguments, sizeof(arguments));
}

static pid_t fork_block(struct world *w, bool users)
{
	unsigned int tries = 0;
	pid_t pid;

	do {
		pid = users ? raw_fork(CLONE_NEWUSER) : fork();
	} while (pid < 0 && try_again(errno, tries++));
	if (pid < 0)
		give_up("fork", errno);
	if (!pid) {
		enter_fork(w);
		if (users)
			enter_users(w);
	}
	return pid;
}

/*
 * The program is executed anew, which has a map of its own. One that may not be, since
 * a mapping of it can be written, is not; the steps follow all the same.
 */
static void execute(struct world *w, const struct step *s, unsigned int from)
{
	unsigned int file = s->a % 2 ? COPY : OTHER_COPY;
	unsigned int name = s->b % NAMES;
	char number[16], path[160];
	bool written;

	/* Neither root has capabilities then, nor can a map be made to begin with. */
	if (w->own_users || lab->level == 3)
		return;
	written = writers(w, file);
	w->denied[w->file]--;
	lab->handed = *w;
	lab->handed.file = file;
	lab->handed.name = name;
	lab->handed.denied[file]++;
	lab->next = from;
	snprintf(number, sizeof(number), "%d", lab->memory);
	snprintf(path, sizeof(path), "%s", file_name(file, name));
	execl(path, path, "--resume", number, NULL);
	if (errno != ETXTBSY || !written)
		diverge(from, "execve", "%s: %m", path);
	w->denied[w->file]++;
}

/* In the program that was executed. */
void resume(int memory)
{
	struct world w;
	unsigned int from;

	if (!find_lab(memory))
		_exit(1);
	w = lab->handed;
	from = lab->next;
	memset(w.page, 0, sizeof(w.page));
	memset(w.heap, 0, sizeof(w.heap));
	w.replaced = false;
	w.inherited = false;
	w.caps = ALL_CAPS;
	if (!leave_for_twin(lab->twin))
		diverge(from, "the executable cannot be left", "%s",
			file_name(w.file, w.name));
	if (begin_world(&w))
		diverge(from, "a new program cannot set its map", "level %d", lab->level);
	run_steps(&w, from + 1, block_end(lab->steps, lab->count, from));
	look(&w, 3 + from % 2, from);
	_exit(0);
}

static int run_block(void *argument)
{
	struct block *block = argument;

	run_steps(block->world, block->from, block->to);
	return 0;
}

/* A child with the same memory map, on a stack of its own. */
static void share_block(struct world *w, const struct step *s, struct block *block)
{
	unsigned int caps = w->caps, number = block->from - 1, tries = 0;
	bool users = w->own_users, stack = w->shares_stack;
	bool new_users = lab->can_make_users && !users && s->a % 4 == 0;
	int flags = CLONE_VM | SIGCHLD | (s->op == VFORK ? CLONE_VFORK : 0) |
		    (new_users ? CLONE_NEWUSER : 0);
	char *memory = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	if (memory == MAP_FAILED)
		diverge(number, "no memory for a stack", "%m");
	w->shares_stack = true;
	w->depth++;
	if (new_users)
		enter_users(w);
	do {
		pid = clone_on(run_block, memory, STACK_SIZE, flags, block);
	} while (pid < 0 && try_again(errno, tries++));
	if (pid < 0)
		give_up("clone", errno);
	wait_for(pid, number);
	w->depth--;
	w->caps = caps;
	w->own_users = users;
	w->shares_stack = stack;
	munmap(memory, STACK_SIZE);
}

static void *run_thread(void *argument)
{
	run_block(argument);
	return NULL;
}

static void thread_block(struct world *w, struct block *block)
{
	unsigned int caps = w->caps;
	pthread_t thread;

	w->depth++;
	patient_pthread_create(&thread, NULL, run_thread, block);
	pthread_join(thread, NULL);
	w->depth--;
	w->caps = caps;
}

/* A file stays open for writing meanwhile, if it can be opened for that. */
static void writer_block(struct world *w, const struct step *s, struct block *block)
{
	unsigned int file = COPY + s->a % (OTHER_SMALL - COPY + 1), number = block->from - 1;
	int fd = open(file_name(file, s->b % NAMES), O_WRONLY | O_CLOEXEC);

	if (fd < 0 && !(errno == ETXTBSY && w->denied[file]))
		diverge(number, "a file cannot be opened for writing", "%s: %m",
			file_name(file, OWN_NAME));
	if (fd >= 0 && w->denied[file])
		diverge(number, "an executable can be opened for writing", "%s",
			file_name(file, OWN_NAME));
	w->outer_writers[file] += fd >= 0;
	run_block(block);
	w->outer_writers[file] -= fd >= 0;
	close(fd);
}

/* An allocation of fork(2) fails: nothing is left of it. */
static void failing_fork(const struct world *w, const struct step *s, unsigned int number)
{
	bool failed;
	pid_t pid;
	int error;

	if (!lab->can_fail || !(w->caps & RESOURCE) || w->own_users ||
	    !begin_failing(s->a % 100 + 1))
		return;
	pid = raw_fork(0);
	if (!pid)
		_exit(0);
	error = errno;
	failed = end_failing();
	lab->failed_allocations += failed;
	/* With EAGAIN the machine has too many tasks at the moment. */
	if (pid > 0)
		wait_for(pid, number);
	else if (!failed && error != EAGAIN)
		diverge(number, "fork", "no allocation has failed, but: %s",
			strerrorname_np(error));
}

unsigned int task_step(struct world *w, unsigned int number)
{
	const struct step *s = &lab->steps[number];
	struct block block = { w, number + 1, block_end(lab->steps, lab->count, number) };
	pid_t pid;

	if (s->op == FAILING_FORK) {
		failing_fork(w, s, number);
		return number;
	}
	/* Its steps are part of those around it. */
	if (w->depth >= DEPTH_MAX || (s->op == THREAD && w->shares_stack))
		return number;
	switch (s->op) {
	case FORK:
	case RUN_ANEW:
		pid = fork_block(w, s->op == FORK && lab->can_make_users &&
				 !w->own_users && s->a % 8 == 0);
		if (!pid) {
			if (s->op == RUN_ANEW)
				execute(w, s, number);
			run_block(&block);
			look(w, s->c % 2, block.to);
			_exit(0);
		}
		wait_for(pid, number);
		break;
	case VFORK:
	case SHARE:
		share_block(w, s, &block);
		break;
	case THREAD:
		thread_block(w, &block);
		break;
	case WRITER:
		writer_block(w, s, &block);
		break;
	}
	return block.to;
}
