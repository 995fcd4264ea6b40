/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Many attempts to replace the executable, and how many of them have a record. Include it
 * behind audit_fixture.h.
 */
#ifndef AUDIT_FLOOD_H
#define AUDIT_FLOOD_H

#include <signal.h>
#include <time.h>

#define LIMIT	100	/* so many refusals of a user are audited in a second */

/*
 * A process that makes an attempt now and then. A task that logs waits while too many
 * records are queued. The kernel may wake it before it sleeps; then it sleeps for
 * audit_backlog_wait_time, a minute, unless another record has to be sent.
 */
static inline pid_t start_ticker(void)
{
	pid_t pid = start_child();

	while (!pid) {
		usleep(300000);
		set_exe(-1);
	}
	return pid;
}

static inline void stop_ticker(pid_t pid)
{
	signal_child(pid, SIGKILL);
	wait_child(pid);
}

static inline long seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* What users other than root did since take_records() was called last. */
struct told {
	unsigned long records, successes;	/* the successes are among the records */
	unsigned long lost;	/* refusals without a record, by the records of all users */
	unsigned long seconds;
};

/*
 * Read all records so far, up to that of a refusal of root, who is not limited. It is for a
 * folder, which no other attempt of the tests here names.
 */
static inline struct told take_records(int sock)
{
	static long begun;
	struct told told = { .seconds = seconds() - begun };
	const char *record;
	int folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	set_exe(folder);
	close(folder);
	do {
		record = read_record(sock, 0);
		told.lost += strtoul(audit_field(record, "lost"), NULL, 10);
		if (strcmp("0", audit_field(record, "uid"))) {
			told.records++;
			told.successes += !strcmp("none", audit_field(record, "reason"));
		}
	} while (strcmp("none", record) &&
		 strcmp("not-executable", audit_field(record, "reason")));
	begun = seconds();
	return told;
}

/*
 * A user that was not limited before made so many attempts. On a machine that is too slow to
 * exceed the limit, all have records.
 */
#define EXPECT_LIMITED(taken, attempts) do {					\
	const struct told told__ = (taken);					\
	unsigned long attempts__ = (attempts);					\
										\
	TH_LOG("%lu told, %lu left out, in %ld s", told__.records, told__.lost,	\
	       told__.seconds);							\
	EXPECT_EQ(attempts__, told__.records + told__.lost);			\
	EXPECT_LE(told__.records, LIMIT * (told__.seconds + 2));		\
	EXPECT_GE(told__.records, LIMIT);					\
} while (0)

/*
 * A user that no process and no earlier test has used, nor the next 15. The kernel keeps one
 * user of each remainder by 64, so these do not replace one another.
 */
static inline uid_t first_user(void)
{
	static uid_t first;

	if (!first)
		first = 64 * (getpid() + 100000) + 1;
	return first;
}

/* Make attempts that are refused as this user, who has the capabilities of root. */
static inline bool refuse_as(uid_t uid, unsigned int attempts)
{
	bool refused = !setresuid(uid, -1, -1);

	while (refused && attempts--)
		refused = set_exe(-1) == -EBADF;
	return !setresuid(0, -1, -1) && refused;
}

/* The same, for more attempts than the queue of records has room for. */
static inline bool flood_as(uid_t uid, unsigned int attempts)
{
	pid_t ticker = start_ticker();
	bool refused = refuse_as(uid, attempts);

	stop_ticker(ticker);
	return refused;
}

#endif /* AUDIT_FLOOD_H */
