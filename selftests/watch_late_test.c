// SPDX-License-Identifier: GPL-2.0
/* The tracepoint for replaced executables: calls that wait, and a server that does not answer. */
#define _FILE_OFFSET_BITS 64
#include "harness.h"
#include "event_fixture.h"
#include "late.h"

/* Shared by the test, which serves, and the process that makes the calls. */
struct calls {
	unsigned int waiting;	/* the thread of the second call */
	char name[2][128];	/* the new files */
	int fd[2], result[2];
};

static struct late *late;
static struct calls *calls;

/* Touch all that a call needs: it is to wait for mmap_lock, and no fault of it is. */
static void warm_up(void)
{
	set_mm(PR_SET_MM_ENV_END, 0);
	usleep(1);
}

static void *second_call(void *arg)
{
	warm_up();
	__atomic_store_n(&calls->waiting, syscall(__NR_gettid), __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&late->go, __ATOMIC_SEQ_CST))
		usleep(1000);
	calls->result[1] = set_exe(calls->fd[1]);
	return NULL;
}

/* Both calls, while a fault holds mmap_lock, and a thread waits for that: see late.h. */
static int make_two_calls(void)
{
	char name[160];
	pthread_t toucher, mapper, second;
	void *page;
	int fd;

	snprintf(name, sizeof(name), "%s/0", late->park);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	page = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	if (page == MAP_FAILED)
		return 1;
	late->touched = page;
	warm_up();
	if (pthread_create(&second, NULL, second_call, NULL))
		return 2;
	while (!late_load(&calls->waiting))
		usleep(1000);
	if (pthread_create(&mapper, NULL, late_mapper, late) ||
	    pthread_create(&toucher, NULL, late_touch, page))
		return 3;
	while (!__atomic_load_n(&late->go, __ATOMIC_SEQ_CST))
		usleep(1000);
	calls->result[0] = set_exe(calls->fd[0]);
	pthread_join(second, NULL);
	pthread_join(toucher, NULL);
	pthread_join(mapper, NULL);
	return 0;
}

/* Let the other call wait as well. */
static bool wait_for_second(pid_t pid)
{
	while (!late_waits_for_lock(calls->waiting)) {
		if (!child_is_alive(pid))
			return false;
		park_serve(1);
	}
	return true;
}

/*
 * W1 E6: two calls find the old executable and wait for mmap_lock. The one that gets it last
 * has to find the old executable anew, and its event has the path and the numbers of that.
 */
TEST_F(event, lost_race)
{
	const struct stat old = *present_exe();
	struct stat st[2];
	char *event[3];
	char park[128];
	int first, i;
	bool waits;
	pid_t pid;

	REQUIRE(NEED_RULES | NEED_PARK);
	snprintf(park, sizeof(park), "%s/park", self->w.dir);
	ASSERT_EQ(0, park_begin(park));
	late = new_late(park, self->w.dir);
	calls = mmap(NULL, sizeof(*calls), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		     -1, 0);
	ASSERT_NE(MAP_FAILED, calls);
	for (i = 0; i < 2; i++) {
		calls->fd[i] = make_exe_in(self->w.dir, i ? "second" : "first", calls->name[i]);
		ASSERT_EQ(0, fstat(calls->fd[i], &st[i]));
	}
	ASSERT_GT(leave_exe(), 0);
	pid = start_child();
	if (!pid)
		_exit(make_two_calls());
	waits = late_park_bound(late, pid) && wait_for_second(pid);
	EXPECT_TRUE(waits);
	if (waits)
		park_answer(0, 0, late->page);
	else
		signal_child(pid, SIGKILL);
	EXPECT_EQ(0, park_wait_child(pid));
	park_end();

	ASSERT_EQ(2, read_events(false, event, 3));
	first = calls->result[1] ? 0 : 1;
	EXPECT_EQ(0, calls->result[first]);
	EXPECT_EQ(-EBUSY, calls->result[!first]);
	EXPECT_STREQ(event_files(room.program, &old, calls->name[first], &st[first], 0, "none"),
		     behind_comm(event[0]));
	EXPECT_STREQ(event_files(calls->name[first], &st[first], calls->name[!first],
				 &st[!first], -EBUSY, "already-replaced"),
		     behind_comm(event[1]));
}

/*
 * W1: an event does not wait for the server of the filesystem, whose answers the caller may
 * delay for ever. This one says that its attributes are not valid any more.
 */
TEST_F(event, server_that_does_not_answer)
{
	char park[128], name[160], want[2][192];
	const char *event;
	bool waits;
	pid_t pid;

	REQUIRE(NEED_PARK);
	snprintf(park, sizeof(park), "%s/park", self->w.dir);
	snprintf(name, sizeof(name), "%s/0", park);
	ASSERT_EQ(0, park_begin(park));
	pid = start_child();
	if (!pid)
		_exit(-set_mm4(PR_SET_MM_EXE_FILE, open(name, O_RDONLY | O_CLOEXEC), 1, 0));
	waits = park_wait(0, pid);
	EXPECT_FALSE(waits);
	if (waits)
		park_answer(0, -EIO, NULL);
	EXPECT_EQ(EINVAL << 8, park_wait_child(pid));
	park_end();
	event = read_any_event(false);
	snprintf(want[0], sizeof(want[0]), " new=\"%s\" new_dev=", kernel_path(name));
	/* The number that the server gives the first file. */
	snprintf(want[1], sizeof(want[1]), " new_ino=2 result=%d reason=unused-argument", -EINVAL);
	EXPECT_NE(NULL, strstr(event, want[0]));
	EXPECT_NE(NULL, strstr(event, want[1]));
}

int main(int argc, char **argv)
{
	begin_tests(argv, USES_EVENTS, why_no_series);
	return test_harness_run(argc, argv);
}
