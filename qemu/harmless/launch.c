// SPDX-License-Identifier: GPL-2.0-only
/*
 * launch [OPTION...] NAME COMMAND...: run a test program in the guest, in a
 * session of its own, and wait until none of its processes is left. Its output
 * is framed as qemu/verdict reads it:
 *   begin NAME taint=N
 *   | a line of its output
 *   end NAME status=N taint=N
 * and these lines follow:
 *   took MS                 how long the program ran
 *   sent SIGNAL WHO PID MS  the signal that it was sent, and how much longer its
 *                           first process ran; or "unsent"
 *   left PID COMM           a process that was still there LINGER seconds later
 *   forks N                 with -f: how often the limit of tasks was lowered
 *
 *   -t SECONDS   kill everything after that time; 300
 *   -s SIGNAL    INT, TERM, HUP or KILL: send it
 *   -w WHO       ... to the first process, to its process group, to a child
 *                (any descendant), or to all of them at once; first
 *   -d MS        ... after that time
 *   -r SEED      chooses the child, and the moments of -f
 *   -f random    let every fork(2) of the machine fail, again and again for a
 *                moment
 *   -f after:MS  ... from that time on
 *   -f room:N    ... as soon as there are N more tasks than now
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LINGER		40
#define MAX_TASKS	4096
#define THREADS_MAX	"/proc/sys/kernel/threads-max"

struct task {
	pid_t pid;
	pid_t parent;
	char state;
	char comm[64];
	bool ours;
};

static struct task task[MAX_TASKS];
static int tasks;

static unsigned long long seed = 1;

static unsigned int pick(unsigned int below)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed >> 33) % below;
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000L + t.tv_nsec / 1000000;
}

static void die(const char *what)
{
	fprintf(stderr, "launch: %s: %s\n", what, strerror(errno));
	exit(2);
}

static long read_number(const char *name)
{
	char text[32] = "";
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		die(name);
	close(fd);
	return atol(text);
}

static bool read_task(const char *pid, struct task *t)
{
	char name[64], text[512], *end, *comm;
	ssize_t len;
	int fd;

	snprintf(name, sizeof(name), "/proc/%s/stat", pid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len <= 0)
		return false;
	text[len] = '\0';
	/* The name may have any byte in it, brackets included. */
	comm = strchr(text, '(');
	end = strrchr(text, ')');
	if (!comm || !end || sscanf(end + 1, " %c %d", &t->state, &t->parent) != 2)
		return false;
	*end = '\0';
	snprintf(t->comm, sizeof(t->comm), "%s", comm + 1);
	for (comm = t->comm; *comm; comm++)
		if (!isprint((unsigned char)*comm))
			*comm = '?';
	t->pid = atoi(pid);
	t->ours = t->parent == getpid();
	return true;
}

/*
 * All descendants, in task[]. This process is their subreaper, so that none of
 * them escapes by the death of its parent.
 */
static void list_ours(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	bool more = true;
	int i, j, kept = 0;

	if (!proc)
		die("/proc");
	tasks = 0;
	while ((entry = readdir(proc)) && tasks < MAX_TASKS)
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    read_task(entry->d_name, &task[tasks]))
			tasks++;
	closedir(proc);
	while (more) {
		more = false;
		for (i = 0; i < tasks; i++) {
			for (j = 0; !task[i].ours && j < tasks; j++) {
				if (task[j].ours && task[j].pid == task[i].parent)
					task[i].ours = more = true;
			}
		}
	}
	for (i = 0; i < tasks; i++)
		if (task[i].ours)
			task[kept++] = task[i];
	tasks = kept;
}

/*
 * Kill all at once: none of them runs between the first kill and the last, so
 * that no guard can put anything back.
 */
static void kill_all(void)
{
	int i, round, running = 1;

	for (round = 0; running && round < 1000; round++) {
		running = 0;
		list_ours();
		for (i = 0; i < tasks; i++) {
			if (strchr("TtZX", task[i].state))
				continue;
			kill(task[i].pid, SIGSTOP);
			running++;
		}
	}
	for (i = 0; i < tasks; i++)
		kill(task[i].pid, SIGKILL);
}

static struct {
	int signal;
	const char *name;
	const char *who;
	long delay;
	pid_t sent;
	long when;
} plan = { .who = "first" };

/* False if there is nobody yet to send it to. */
static bool send_signal(pid_t first)
{
	int i, others = 0;

	if (!strcmp(plan.who, "first")) {
		plan.sent = first;
		kill(first, plan.signal);
	} else if (!strcmp(plan.who, "group")) {
		plan.sent = first;
		kill(-first, plan.signal);
	} else if (!strcmp(plan.who, "all")) {
		plan.sent = first;
		kill_all();
	} else {
		list_ours();
		for (i = 0; i < tasks; i++)
			if (task[i].pid != first && task[i].state != 'Z')
				task[others++] = task[i];
		if (!others)
			return false;
		i = pick(others);
		plan.sent = task[i].pid;
		kill(task[i].pid, plan.signal);
	}
	return true;
}

/*
 * kernel.threads-max holds for root as well, unlike RLIMIT_NPROC: with it at 1
 * every fork(2) of the machine fails with EAGAIN.
 */
static struct {
	const char *mode;
	int fd;
	char normal[32];
	bool low;
	long next;
	int times;
} forks;

static void set_forks(bool low)
{
	const char *value = low ? "1" : forks.normal;

	if (pwrite(forks.fd, value, strlen(value), 0) < 0)
		die(THREADS_MAX);
	forks.times += low && !forks.low;
	forks.low = low;
}

static void begin_forks(long start)
{
	char text[64];
	const char *slash;
	int fd;

	snprintf(forks.normal, sizeof(forks.normal), "%ld", read_number(THREADS_MAX));
	forks.fd = open(THREADS_MAX, O_WRONLY | O_CLOEXEC);
	if (forks.fd < 0)
		die(THREADS_MAX);
	if (!strncmp(forks.mode, "after:", 6)) {
		forks.next = start + atol(forks.mode + 6);
	} else if (!strncmp(forks.mode, "room:", 5)) {
		/* "0.00 0.00 0.00 running/all last" */
		fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
		if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
			die("/proc/loadavg");
		close(fd);
		text[sizeof(text) - 1] = '\0';
		slash = strchr(text, '/');
		snprintf(text, sizeof(text), "%d",
			 atoi(slash ? slash + 1 : "100") + atoi(forks.mode + 5));
		if (pwrite(forks.fd, text, strlen(text), 0) < 0)
			die(THREADS_MAX);
		forks.times = 1;
		forks.next = -1;
	} else {
		forks.next = start + 20 + pick(200);
	}
}

static void step_forks(long time)
{
	if (forks.next < 0 || time < forks.next)
		return;
	set_forks(!forks.low);
	if (strcmp(forks.mode, "random"))
		forks.next = -1;
	else
		forks.next = time + (forks.low ? 1 + pick(15) : 5 + pick(150));
}

/* Pass on what has come, each line with a mark that no frame begins with. */
static void pass_on(int fd)
{
	static bool inside;
	char buf[4096];
	ssize_t len, i;

	while ((len = read(fd, buf, sizeof(buf))) > 0) {
		for (i = 0; i < len; i++) {
			if (!inside)
				fputs("| ", stdout);
			inside = buf[i] != '\n';
			putchar(buf[i]);
		}
	}
	if (len == 0 && inside) {
		putchar('\n');
		inside = false;
	}
}

int main(int argc, char **argv)
{
	long start, end = 0, limit = 300, time;
	int out[2], status = 0, result, option, i;
	pid_t first, pid;
	struct pollfd fds;
	bool over = false;

	while ((option = getopt(argc, argv, "+t:s:w:d:r:f:")) != -1) {
		switch (option) {
		case 't':
			limit = atol(optarg);
			break;
		case 's':
			plan.name = optarg;
			plan.signal = !strcmp(optarg, "INT") ? SIGINT :
				      !strcmp(optarg, "TERM") ? SIGTERM :
				      !strcmp(optarg, "HUP") ? SIGHUP : SIGKILL;
			break;
		case 'w':
			plan.who = optarg;
			break;
		case 'd':
			plan.delay = atol(optarg);
			break;
		case 'r':
			seed = strtoull(optarg, NULL, 10);
			break;
		case 'f':
			forks.mode = optarg;
			break;
		default:
			return 2;
		}
	}
	if (argc - optind < 2) {
		fprintf(stderr, "usage: launch [OPTION...] NAME COMMAND...\n");
		return 2;
	}
	if (prctl(PR_SET_CHILD_SUBREAPER, 1))
		die("PR_SET_CHILD_SUBREAPER");
	if (pipe2(out, O_CLOEXEC))
		die("pipe");
	fcntl(out[0], F_SETFL, O_NONBLOCK);

	printf("begin %s taint=%ld\n", argv[optind], read_number("/proc/sys/kernel/tainted"));
	fflush(stdout);
	first = fork();
	if (first < 0)
		die("fork");
	if (!first) {
		sigset_t none;
		int fd = open("/dev/null", O_RDONLY);

		setsid();
		/* A shell starts what is in its background deaf to some of them. */
		for (i = 1; i < 32; i++)
			signal(i, SIG_DFL);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		dup2(fd, STDIN_FILENO);
		close(fd);
		dup2(out[1], STDOUT_FILENO);
		dup2(out[1], STDERR_FILENO);
		execvp(argv[optind + 1], argv + optind + 1);
		dprintf(STDERR_FILENO, "launch: %s: %s\n", argv[optind + 1], strerror(errno));
		_exit(127);
	}
	close(out[1]);
	start = now_ms();
	if (forks.mode)
		begin_forks(start);

	fds = (struct pollfd) { .fd = out[0], .events = POLLIN };
	for (;;) {
		/* With nobody left to write, the pipe is ready all the time. */
		if (poll(&fds, 1, 2) < 0 && errno != EINTR)
			die("poll");
		if (fds.revents & POLLIN)
			pass_on(out[0]);
		else if (fds.revents & POLLHUP)
			fds.fd = -1;
		while ((pid = waitpid(-1, &result, WNOHANG)) > 0) {
			if (pid == first) {
				status = result;
				end = now_ms();
			}
		}
		if (pid < 0)
			break;
		time = now_ms();
		if (forks.mode && !end)
			step_forks(time);
		if (plan.signal && !plan.sent && !end && time >= start + plan.delay &&
		    send_signal(first))
			plan.when = time;
		if (time >= start + limit * 1000 || (end && time >= end + LINGER * 1000)) {
			if (!over) {
				list_ours();
				for (i = 0; i < tasks; i++)
					printf("left %d %s\n", task[i].pid, task[i].comm);
			}
			over = true;
			kill_all();
		}
	}
	if (forks.mode)
		set_forks(false);
	pass_on(out[0]);

	printf("end %s status=%d taint=%ld\n", argv[optind],
	       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
	       read_number("/proc/sys/kernel/tainted"));
	printf("took %ld\n", end - start);
	if (plan.signal) {
		if (plan.sent)
			printf("sent %s %s %d %ld\n", plan.name, plan.who, plan.sent,
			       end - plan.when);
		else
			printf("unsent\n");
	}
	if (forks.mode)
		printf("forks %d\n", forks.times);
	return 0;
}
