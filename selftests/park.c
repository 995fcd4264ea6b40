// SPDX-License-Identifier: GPL-2.0
/* A filesystem whose answers wait; park.h says what for. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/fuse.h>

#include "child.h"
#include "park.h"

#define PATIENCE_MS	20000
#define FIRST_FILE	2	/* its node; 1 is the root */

static int dev = -1;
static char mounted_on[128];
static size_t page_size;

/* The request that waits for each file; unique is never 0. */
static struct fuse_in_header waiting[PARK_FILES];

static void reply(const struct fuse_in_header *in, int error, const void *data, size_t size)
{
	static char text[1 << 17];
	struct fuse_out_header out = {
		.len = sizeof(out) + size,
		.error = error,
		.unique = in->unique,
	};

	memcpy(text, &out, sizeof(out));
	if (size)
		memcpy(text + sizeof(out), data, size);
	/* ENOENT: the task that asked was killed. */
	if (write(dev, text, out.len) < 0 && errno != ENOENT)
		printf("# cannot answer a request of FUSE: %m\n");
}

static struct fuse_attr attributes(uint64_t node)
{
	struct fuse_attr attr = {
		.ino = node,
		.nlink = 1,
		.mode = S_IFDIR | 0755,
		.blksize = page_size,
	};

	if (node >= FIRST_FILE) {
		attr.mode = S_IFREG | 0755;
		attr.size = page_size;
		attr.blocks = page_size / 512;
	}
	return attr;
}

/* Attributes are never valid for long, so that the kernel asks for them each time. */
static void tell_attributes(const struct fuse_in_header *in)
{
	struct fuse_attr_out out = { .attr = attributes(in->nodeid) };

	reply(in, 0, &out, sizeof(out));
}

static void look_up(const struct fuse_in_header *in, const char *name)
{
	struct fuse_entry_out out = { .generation = 1, .entry_valid = 1000 };
	unsigned int file = atoi(name);

	if (name[0] < '0' || name[0] > '9' || file >= PARK_FILES) {
		reply(in, -ENOENT, NULL, 0);
		return;
	}
	out.nodeid = FIRST_FILE + file;
	out.attr = attributes(out.nodeid);
	reply(in, 0, &out, sizeof(out));
}

/* It asks for no readahead, so that a page is read by itself. */
static void begin(const struct fuse_in_header *in)
{
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION,
		.minor = 31,
		.max_write = 4096,
		.time_gran = 1,
	};

	reply(in, 0, &out, sizeof(out));
}

static void handle(const struct fuse_in_header *in)
{
	struct fuse_open_out opened = { .fh = 1 };
	unsigned int file = in->nodeid - FIRST_FILE;

	switch (in->opcode) {
	case FUSE_INIT:
		begin(in);
		break;
	case FUSE_LOOKUP:
		look_up(in, (const char *)(in + 1));
		break;
	case FUSE_OPEN:
		reply(in, 0, &opened, sizeof(opened));
		break;
	case FUSE_GETATTR:
	case FUSE_READ:
		if (in->nodeid >= FIRST_FILE && file < PARK_FILES)
			waiting[file] = *in;
		else
			tell_attributes(in);
		break;
	case FUSE_FLUSH:
	case FUSE_RELEASE:
		reply(in, 0, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;	/* wants no answer */
	default:
		reply(in, -EOPNOTSUPP, NULL, 0);
	}
}

/* Handle a request, if one comes within so long. */
static bool serve_one(unsigned int ms)
{
	static char text[1 << 17];
	struct pollfd poll_dev = { .fd = dev, .events = POLLIN };
	ssize_t len;

	if (poll(&poll_dev, 1, ms) <= 0 || !(poll_dev.revents & POLLIN))
		return false;
	len = read(dev, text, sizeof(text));
	if (len < (ssize_t)sizeof(struct fuse_in_header))
		return false;
	/* A name in it has an end. */
	text[len < (ssize_t)sizeof(text) ? len : (ssize_t)sizeof(text) - 1] = '\0';
	handle((const void *)text);
	return true;
}

/*
 * A child does not keep the filesystem. Its calls end when the last descriptor is closed:
 * one that waits cannot be killed, so it would wait for itself for ever if this process
 * were killed.
 */
static void leave_to_parent(void)
{
	close(dev);
	dev = -1;
}

int park_begin(const char *dir)
{
	static bool told;
	char options[80];

	if (!told && pthread_atfork(NULL, NULL, leave_to_parent))
		return -ENOMEM;
	told = true;
	page_size = sysconf(_SC_PAGESIZE);
	memset(waiting, 0, sizeof(waiting));
	dev = open(PARK_DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (dev < 0)
		return -errno;
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", dev);
	if (mkdir(dir, 0755) || mount("none", dir, "fuse", 0, options)) {
		int error = errno;

		close(dev);
		dev = -1;
		return -error;
	}
	snprintf(mounted_on, sizeof(mounted_on), "%s", dir);
	return 0;
}

bool park_wait(unsigned int file, pid_t pid)
{
	unsigned int ms;

	for (ms = 0; !waiting[file].unique && ms < PATIENCE_MS && child_is_alive(pid); ms += 10)
		serve_one(10);
	return waiting[file].unique;
}

void park_serve(unsigned int ms)
{
	for (; ms; ms--)
		serve_one(1);
}

void park_answer(unsigned int file, int error, const void *page)
{
	struct fuse_in_header in = waiting[file];

	memset(&waiting[file], 0, sizeof(in));
	if (error)
		reply(&in, error, NULL, 0);
	else if (in.opcode == FUSE_GETATTR)
		tell_attributes(&in);
	else
		reply(&in, 0, page, page_size);
}

int park_wait_child(pid_t pid)
{
	while (child_is_alive(pid))
		serve_one(10);
	return wait_child(pid);
}

void park_end(void)
{
	umount2(mounted_on, MNT_DETACH);
	close(dev);
	dev = -1;
}
