// SPDX-License-Identifier: GPL-2.0
/*
 * Not a test of the contract: makes the calls of PR_SET_MM that CRIU, LXC, systemd and
 * rr make, in their order and with their arguments, and checks what /proc shows
 * afterwards. The comment above a sequence names the file and the function of the
 * project that it was read from. Each sequence has to succeed on a kernel without the
 * series, after each patch, and with all of it.
 *
 * A line of TAP for each sequence names the calls, and the first one that failed. If
 * the kernel refuses a call and the project's own code goes on without it, that is a
 * success too. A sequence that the user or level 3 of kernel.prctl_set_mm does not
 * allow is skipped.
 *
 * The calls change only children of this program, which makes no files. On a kernel
 * that audits, the attempts to replace the executable of a child are in the audit log.
 * Exit codes: 0 no sequence has failed, 1 one has, or the results could not be written,
 * 2 wrong use, 4 nothing could be replayed.
 */
#include "../by_hand.h"
#include "../policy.h"
#include "replay.h"

struct report *report;
int level;
char *old_title;

static const struct {
	const char *name;
	void (*replay)(void);
	bool for_32_bit_task;	/* on a 64-bit kernel */
} sequences[] = {
	{ "CRIU, criu check", criu_check },
	{ "CRIU, criu check without MAP_SIZE", criu_check_without_map_size },
	{ "CRIU, restore", criu_restore },
	{ "CRIU, restore without MAP", criu_restore_without_map },
	{ "LXC, title", lxc_title },
	{ "systemd, title", systemd_title },
	{ "rr, detach", rr_detach },
	{ "rr, recorded calls", rr_recorded_calls },
	{ "rr, detach of a 32-bit task", rr_detach_32_bit, true },
};

static bool is_for_us(unsigned int i)
{
	return !sequences[i].for_32_bit_task || (sizeof(long) == 4 && kernel_is_64_bit());
}

static void say_cannot(const char *what)
{
	fprintf(stderr, "replay: cannot %s: %s\n", what, strerror(errno));
}

/* Replay it in a child, and print the result: false if there is none. */
static bool run(unsigned int i)
{
	const char *name = sequences[i].name;
	int status;
	pid_t pid;

	*report = (struct report) { .text = "it ended without a result" };
	fflush(stdout);
	pid = fork();
	if (!pid) {
		sequences[i].replay();
		_exit(1);
	}
	if (pid < 0) {
		say_cannot("fork");
		return false;
	}
	while (waitpid(pid, &status, 0) != pid) {
		if (errno != EINTR) {
			say_cannot("wait for a child");
			return false;
		}
	}
	if (WIFSIGNALED(status))
		ksft_test_result_fail("%s: ended by signal %d\n", name, WTERMSIG(status));
	else if (report->outcome == PASSED)
		ksft_test_result_pass("%s: %s\n", name, report->text);
	else if (report->outcome == SKIPPED)
		ksft_test_result_skip("%s: %s\n", name, report->text);
	else
		ksft_test_result_fail("%s: %s\n", name, report->text);
	return true;
}

int main(int argc, char **argv)
{
	unsigned int i, size, plan = 0;
	int error;

	if (argc != 1) {
		fprintf(stderr, "usage: replay\n");
		return 2;
	}
	if (!clean_start()) {
		fprintf(stderr, "replay: stdout is closed\n");
		return 1;
	}
	old_title = argv[0];
	if (access("/proc/self/stat", R_OK)) {
		fprintf(stderr, "replay: cannot read /proc: mount -t proc none /proc\n");
		return KSFT_SKIP;
	}
	error = set_mm(PR_SET_MM_MAP_SIZE, (unsigned long)&size);
	if (error) {
		fprintf(stderr, "replay: MAP_SIZE: %s: this kernel has no PR_SET_MM\n",
			answer(error));
		return KSFT_SKIP;
	}
	level = get_policy();
	report = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (report == MAP_FAILED) {
		say_cannot("share memory with children");
		return 1;
	}

	ksft_print_header();
	for (i = 0; i < ARRAY_SIZE(sequences); i++)
		plan += is_for_us(i);
	ksft_set_plan(plan);
	for (i = 0; i < ARRAY_SIZE(sequences); i++) {
		if (is_for_us(i) && !run(i))
			return 1;
	}
	ksft_print_cnts();
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "replay: cannot write to stdout\n");
		return 1;
	}
	if (ksft_get_fail_cnt())
		return 1;
	return ksft_get_pass_cnt() ? 0 : KSFT_SKIP;
}
