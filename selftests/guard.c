// SPDX-License-Identifier: GPL-2.0
/* The guards of a test program; guard.h says what they are for. */
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>

#include "by_hand.h"
#include "child.h"
#include "events.h"
#include "guard.h"
#include "machine.h"
#include "policy.h"
#include "room.h"

/* What tells the second guard to end the tests: the first one is about to, or has died. */
#define END_TESTS	SIGUSR1

/* How long to wait for a process that SIGKILL does not end at once. */
#define SECONDS_TO_DIE	20

/* How long to wait for another program of these. */
#define SECONDS_TO_WAIT	900

int base_level = -1;

static pid_t guarded;
static struct tally *shared;
/* give_up() writes its reason there. */
static int reasons = -1;

bool is_guarded(void)
{
	return getpid() == guarded;
}

void tell_guard(const struct tally *tally)
{
	if (is_guarded())
		*shared = *tally;
}

void give_up(const char *what, int error)
{
	char text[128];

	snprintf(text, sizeof(text), "cannot %s: %s", what, strerror(error));
	if (reasons < 0 || write(reasons, text, strlen(text)) < 0 || !guarded)
		_exit(KSFT_SKIP);
	/* The guards end this process; the second one has no other above it. */
	for (;;)
		pause();
}

/* Kill the children of this process, which nobody else waits for. */
static void kill_children(void)
{
	char name[64], text[8192], *at = text, *end;
	long pid;

	/* Without a /proc of this PID namespace it would be the wrong ones. */
	if (!room.own_proc)
		return;
	snprintf(name, sizeof(name), "/proc/self/task/%d/children", getpid());
	read_file(name, text, sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (; (pid = strtol(at, &end, 10)) > 0 && *end == ' '; at = end)
		kill(pid, SIGKILL);
}

/*
 * End all that the tests have started: what they leave behind becomes a child of this
 * process. @child is the one that it started itself.
 */
static void end_all(pid_t child)
{
	unsigned int tries;
	pid_t pid;

	for (tries = 0; tries < SECONDS_TO_DIE * 1000; tries++) {
		if (child)
			kill(child, SIGKILL);
		kill_children();
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
			if (pid == child)
				child = 0;
		}
		if (pid < 0)
			return;
		usleep(1000);
	}
	fprintf(stderr, "# a process of the tests does not end\n");
}

/* Also where some of it fails, which is said on stderr: false then. */
static bool put_all_back(void)
{
	bool events = end_events(), room = leave_room();

	remove_old_instances();
	return put_machine_back() && events && room;
}

/* What has made a guard stop to wait. */
struct news {
	bool ended;		/* the child, with this status */
	int status;
	int signal;		/* one of those that it waits for */
	char reason[128];	/* of give_up() */
};

/*
 * Wait until the child has ended, or there is something else to be done, or @seconds
 * have passed; -1 is no limit.
 */
static void wait_for_news(pid_t child, int signals, int reasons_in, int seconds,
			  struct news *news)
{
	struct pollfd fds[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = reasons_in, .events = POLLIN },
	};
	struct signalfd_siginfo info;
	int status, found;
	pid_t pid;

	while (!news->ended && !news->signal && !news->reason[0]) {
		found = poll(fds, 2, seconds < 0 ? -1 : seconds * 1000);
		if (!found)
			return;
		if (found < 0)
			continue;
		if (fds[1].revents & POLLIN &&
		    read(reasons_in, news->reason, sizeof(news->reason) - 1) > 0)
			return;
		/* Nobody can write there any more. */
		if (fds[1].revents)
			fds[1].fd = -1;
		if (!(fds[0].revents & POLLIN) ||
		    read(signals, &info, sizeof(info)) != sizeof(info))
			continue;
		if (info.ssi_signo != SIGCHLD)
			news->signal = info.ssi_signo;
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
			if (pid == child) {
				news->ended = true;
				news->status = status;
			}
		}
	}
}

/* End as the tests did. */
static void end_like(int status, const sigset_t *mask)
{
	struct rlimit no_core = { };

	if (WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	setrlimit(RLIMIT_CORE, &no_core);
	signal(WTERMSIG(status), SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	raise(WTERMSIG(status));
	_exit(128 + WTERMSIG(status));
}

static void print_skip(const char *reason)
{
	ksft_print_header();
	printf("1..0 # SKIP %s\n", reason);
}

/* The tests that were not run are skips, each with a line of its own. */
static int skip_the_rest(const char *reason)
{
	unsigned int i = shared->passed + shared->failed + shared->skipped;
	unsigned int skipped = shared->skipped + shared->plan - i;

	if (!shared->plan)
		print_skip(reason);
	for (; i < shared->plan; i++)
		printf("ok %u not_run_%u # SKIP %s\n", i + 1, i + 1, reason);
	if (shared->plan)
		printf("# Totals: pass:%u fail:%u xfail:0 xpass:0 skip:%u error:0\n",
		       shared->passed, shared->failed, skipped);
	fflush(stdout);
	return shared->failed ? KSFT_FAIL : shared->passed ? KSFT_PASS : KSFT_SKIP;
}

/* Those of these signals that are not ignored, as nohup(1) has it. */
static void add_signals(sigset_t *set, const int *signals)
{
	struct sigaction action;

	for (; *signals; signals++) {
		if (!sigaction(*signals, NULL, &action) && action.sa_handler != SIG_IGN)
			sigaddset(set, *signals);
	}
}

/*
 * The second guard, and the tests below it. Returns in the process that runs them.
 * @first is the first guard, @group its process group, @mask its signals.
 */
static void stand_second(pid_t first, pid_t group, int reasons_in, const sigset_t *mask,
			 unsigned int uses)
{
	struct news news = { };
	sigset_t set, block;
	pid_t child;
	int signals;

	/* What ends the first one, or all of its group, has to leave this one. */
	setpgid(0, 0);
	sigfillset(&block);
	sigprocmask(SIG_BLOCK, &block, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, END_TESTS);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (signals < 0)
		give_up("get a descriptor", errno);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_PDEATHSIG, END_TESTS);
	if (getppid() != first)
		_exit(1);

	/*
	 * The kernel warns if a process is killed while it makes a trace instance, and
	 * the guards kill the tests.
	 */
	if (uses & USES_EVENTS)
		begin_events();

	child = patient_fork();
	if (!child) {
		setpgid(0, group);
		sigprocmask(SIG_SETMASK, mask, NULL);
		close(reasons_in);
		close(signals);
		guarded = getpid();
		return;
	}
	close(reasons);
	/* Reasons are for the first one, which tells this one then. */
	wait_for_news(child, signals, -1, -1, &news);
	end_all(news.ended ? 0 : child);
	/* Now, while the first one is there to do it if this one is killed. */
	put_all_back();
	if (news.ended)
		end_like(news.status, mask);
	_exit(KSFT_FAIL);
}

/*
 * Let the second guard end the tests, which goes on with it where this one is killed.
 * Another signal ends the patience, and so does a guard that was stopped: false.
 */
static bool end_second(pid_t child, int signals)
{
	struct news news = { };

	kill(child, END_TESTS);
	wait_for_news(child, signals, -1, 2 * SECONDS_TO_DIE, &news);
	return news.ended;
}

/* Wrong use, or what keeps everything from being run: before anything was done. */
static void end_with_skip(const char *reason)
{
	print_skip(reason);
	exit(KSFT_SKIP);
}

static void check_variables(void)
{
	static const char *const names[] = {
		CHANGE_VARIABLE, "PR_SET_MM_LOCK", "PR_SET_MM_SERIES", NULL
	};
	unsigned int i;

	for (i = 0; names[i]; i++) {
		if (yes_or_no(names[i]) >= 0)
			continue;
		fprintf(stderr, "%s='%s' is neither 0 nor 1; no test was run\n", names[i],
			getenv(names[i]));
		exit(KSFT_FAIL);
	}
}

/* The level that tests begin with is 1 where they may set it. */
static void begin_with_level(unsigned int *uses)
{
	base_level = get_policy();
	if (may_change_machine() && (base_level == 0 || base_level == 2))
		*uses |= CHANGES_LEVEL;
}

static void set_base_level(void)
{
	if (base_level != 0 && base_level != 2)
		return;
	if (may_change_machine() && !set_policy(1))
		base_level = 1;
}

/*
 * A program that was started by an exec of a shell has the shell's children, which are
 * not for the guard to end: then a child of this process becomes the guard. This one
 * passes on signals, and ends like it.
 */
static void leave_foreign_children(void)
{
	static const int endings[] = { SIGINT, SIGTERM, SIGHUP, SIGCHLD, 0 };
	siginfo_t info;
	sigset_t set, mask;
	int status;
	pid_t guard;

	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) && errno == ECHILD)
		return;
	sigemptyset(&set);
	add_signals(&set, endings);
	sigprocmask(SIG_BLOCK, &set, &mask);
	guard = try_fork();
	if (guard < 0)
		end_with_skip("cannot fork");
	if (!guard) {
		sigprocmask(SIG_SETMASK, &mask, NULL);
		return;
	}
	while (waitpid(guard, &status, WNOHANG) != guard) {
		if (sigwaitinfo(&set, &info) > 0 && info.si_signo != SIGCHLD)
			kill(guard, info.si_signo);
	}
	end_like(status, &mask);
}

/*
 * One program at a time: the level, auditing and the events are there once. The lock
 * is held until the last process of this program has ended.
 */
static void wait_for_turn(void)
{
	int lock = open("/proc/sys/kernel", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unsigned int tries;

	for (tries = 0; tries < SECONDS_TO_WAIT * 10; tries++) {
		if (lock < 0 || !flock(lock, LOCK_EX | LOCK_NB) || errno != EWOULDBLOCK)
			return;
		if (tries == 10)
			fprintf(stderr, "# waiting for another test of PR_SET_MM to end\n");
		usleep(100000);
	}
	end_with_skip("another test of PR_SET_MM does not end");
}

void begin_guard(char **argv, unsigned int uses)
{
	static const int endings[] = { SIGINT, SIGTERM, SIGHUP, SIGCHLD, 0 };
	pid_t self = getpid(), child;
	struct news news = { };
	sigset_t set, mask;
	int signals, ends[2];
	bool done;

	clean_start();
	check_variables();
	leave_foreign_children();
	enter_room(argv);
	if (!room.own_proc)
		end_with_skip("/proc is not of this PID namespace, and cannot be mounted");
	wait_for_turn();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || pipe2(ends, O_CLOEXEC))
		end_with_skip("no memory, or no descriptor, for the tests");

	sigemptyset(&set);
	add_signals(&set, endings);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &mask);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (signals < 0)
		end_with_skip("no descriptor for the tests");
	prctl(PR_SET_CHILD_SUBREAPER, 1);

	own_name();
	clean_up_after_killed();
	remove_old_rooms();
	remove_old_instances();
	begin_with_level(&uses);
	/* Before the files of the tests hide a folder where a note can be. */
	if (may_change_machine())
		note_machine(uses);
	make_files();

	reasons = ends[1];
	child = try_fork();
	if (child < 0) {
		snprintf(news.reason, sizeof(news.reason), "cannot fork: %s", strerror(errno));
		put_all_back();
		_exit(skip_the_rest(news.reason));
	}
	if (!child) {
		close(signals);
		stand_second(self, getpgid(self), ends[0], &mask, uses);
		/* Both guards are there to put it back. */
		set_base_level();
		return;
	}
	close(ends[1]);
	wait_for_news(child, signals, ends[0], -1, &news);
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	end_all(news.ended || end_second(child, signals) ? 0 : child);
	done = put_all_back();
	if (news.signal)
		end_like(news.signal, &mask);
	if (news.reason[0])
		_exit(skip_the_rest(news.reason));
	if (WIFSIGNALED(news.status)) {
		printf("Bail out! The process of the tests was killed by signal %d\n",
		       WTERMSIG(news.status));
		fflush(stdout);
	}
	_exit(!done || WIFSIGNALED(news.status) ? KSFT_FAIL : WEXITSTATUS(news.status));
}
