// SPDX-License-Identifier: GPL-2.0
/*
 * A call that is stopped in the middle, in a copy from a page that userfaultfd(2) keeps
 * back, while the steps of a block are run.
 */
#include "soak.h"
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#define DEPTH_MAX	4

struct parked {
	struct call call;
	struct prctl_mm_map map;
	unsigned char vector[VECTOR_MAX];
	int faults, ended;	/* descriptors */
	unsigned long page;
	int answer;
};

int keep_back(unsigned long page, int flags)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range = { page, PAGE }, .mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = syscall(__NR_userfaultfd, O_CLOEXEC | flags);

	if (fd < 0)
		return -1;
	if (mmap((void *)page, PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED &&
	    !ioctl(fd, UFFDIO_API, &api) && !ioctl(fd, UFFDIO_REGISTER, &range))
		return fd;
	close(fd);
	return -1;
}

bool can_park(void)
{
	int fd = keep_back(PARK, O_NONBLOCK);

	close(fd);
	munmap((void *)PARK, PAGE);
	return fd >= 0;
}

/* Let the bytes of its argument lie in the page: false if it has none. */
static bool place(struct parked *p, const struct step *s)
{
	struct call *c = &p->call;

	p->map = c->map;
	memcpy(p->vector, c->vector ?: p->vector, c->vector ? VECTOR_MAX : 0);
	if (c->option == PR_SET_MM_AUXV) {
		c->arg3 = p->page;
		return c->vector_size && c->vector_readable;
	}
	if (!c->struct_readable || !c->vector_readable)
		return false;
	if (c->vector_size && s->d & 1U << 31) {
		c->map.auxv = (void *)p->page;
		p->map = c->map;
		c->arg3 = (unsigned long)&p->map;
	} else {
		if (c->vector_size) {
			c->map.auxv = (void *)p->vector;
			p->map = c->map;
		}
		c->arg3 = p->page;
	}
	return true;
}

static void *call_in_thread(void *argument)
{
	struct parked *p = argument;
	__u64 one = 1;

	p->answer = make_call(&p->call);
	if (write(p->ended, &one, sizeof(one)) < 0)
		_exit(1);
	return NULL;
}

/* True if it waits for the page, false if it has been answered. */
static bool waits(struct parked *p)
{
	struct pollfd fds[] = {
		{ .fd = p->faults, .events = POLLIN }, { .fd = p->ended, .events = POLLIN },
	};

	while (poll(fds, 2, -1) < 0)
		;
	return !(fds[1].revents & POLLIN);
}

static void let_go(struct parked *p, bool readable)
{
	bool vector = p->call.arg3 != p->page || p->call.option == PR_SET_MM_AUXV;
	static union {
		unsigned char bytes[1 << 16];
		struct prctl_mm_map map;
	} content;
	struct uffdio_range range = { p->page, PAGE };
	struct uffdio_copy copy = {
		.dst = p->page, .src = (unsigned long)&content, .len = PAGE,
	};

	if (vector)
		memcpy(content.bytes, p->vector, VECTOR_MAX);
	else
		content.map = p->map;
	if (readable) {
		ioctl(p->faults, UFFDIO_COPY, &copy);
	} else {
		munmap((void *)p->page, PAGE);
		ioctl(p->faults, UFFDIO_WAKE, &range);
		if (vector)
			p->call.vector_readable = false;
		else
			p->call.struct_readable = false;
	}
}

/*
 * P3: the stricter of the level at its start and the level at its change judges it. A call
 * that is refused before makes no change.
 */
static void judge_after(struct world *w, struct parked *p, unsigned int number)
{
	const struct rule *rule = judge(w, &p->call);

	if ((!rule || is_late(rule)) && p->call.level < lab->level)
		p->call.level = lab->level;
	compare(w, &p->call, p->answer, number);
}

unsigned int parked_step(struct world *w, unsigned int number)
{
	const struct step *s = &lab->steps[number];
	unsigned int to = block_end(lab->steps, lab->count, number);
	struct parked p = { .page = PARK + w->depth * 2 * PAGE };
	pthread_t thread;

	decode_call(w, s, &p.call);
	p.call.nth = 0;
	p.call.limit = NO_LIMIT;
	if (!lab->can_park || w->own_users || w->shares_stack || w->depth >= DEPTH_MAX ||
	    !place(&p, s))
		return number;
	p.call.vector = p.vector;
	p.faults = keep_back(p.page, O_NONBLOCK);
	p.ended = eventfd(0, EFD_CLOEXEC);
	if (p.faults < 0 || p.ended < 0)
		diverge(number, "userfaultfd", "%m");
	patient_pthread_create(&thread, NULL, call_in_thread, &p);
	if (!waits(&p)) {
		pthread_join(thread, NULL);
		judge_after(w, &p, number);
		to = number;
	} else {
		lab->parked++;
		p.call.parked = true;
		w->depth++;
		run_steps(w, number + 1, to);
		w->depth--;
		let_go(&p, s->d & 1U << 30);
		pthread_join(thread, NULL);
		judge_after(w, &p, number);
	}
	close(p.faults);
	close(p.ended);
	munmap((void *)p.page, PAGE);
	return to;
}
