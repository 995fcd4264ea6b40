// SPDX-License-Identifier: GPL-2.0
/* What tests need of the machine; need.h has the list. */
#include "audit.h"
#include "child.h"
#include "events.h"
#include "exe_files.h"
#include "guard.h"
#include "machine.h"
#include "need.h"
#include "park.h"
#include "policy.h"
#include "room.h"

/* Present on a kernel with CONFIG_FAULT_INJECTION. */
#define FAIL_NTH	"/proc/thread-self/fail-nth"

/* Of the initial user namespace, on every kernel. */
#define INITIAL_USERS	"user:[4026531837]"

#define NOT_NOTED	"what it changes could not be read before, so not put back"
#define LETS_IT		"; " CHANGE_VARIABLE "=1 lets it"

static char text[256];

/* An unknown sub-option asks for the capability, and changes nothing. */
static bool has_privilege(void)
{
	return set_mm(UINT_MAX, 0) != -EPERM;
}

int rules_hold(void)
{
	return base_level != 0;
}

static bool series_is_known(void)
{
	return yes_or_no("PR_SET_MM_SERIES") == 1;
}

/* CAP_SYS_ADMIN in the initial user namespace: another one may not set host names. */
static bool is_admin(void)
{
	char users[64] = "";

	return readlink("/proc/self/ns/user", users, sizeof(users) - 1) > 0 &&
	       !strcmp(users, INITIAL_USERS) && has_cap(CAP_SYS_ADMIN);
}

const char *why_no_level(int error)
{
	/* A kernel that refuses it to those who may is broken, and no reason to skip. */
	if (!error || (is_admin() && error != -EROFS && error != -EACCES))
		return NULL;
	snprintf(text, sizeof(text), "kernel.prctl_set_mm cannot be written: %s",
		 strerror(-error));
	return text;
}

const char *why_no_sysctl(void)
{
	if (get_policy() >= 0)
		return NULL;
	if (access("/proc/sys/kernel", F_OK))
		return "there are no sysctls of the kernel";
	return series_is_known() ? NULL : "the kernel has no sysctl kernel.prctl_set_mm";
}

/* Writing what is there tells whether it may be written. */
static const char *why_no_levels(void)
{
	int level = get_policy();

	if (level < 0)
		return why_no_sysctl();
	if (!may_change_machine())
		return "it sets kernel.prctl_set_mm" LETS_IT;
	if (!is_noted(CHANGES_LEVEL))
		return NOT_NOTED;
	return why_no_level(set_policy(level));
}

/* The kernel sends records to one network namespace only. */
static bool is_initial_network(void)
{
	struct stat own, initial;

	return stat("/proc/self/ns/net", &own) || stat("/proc/1/ns/net", &initial) ||
	       (own.st_dev == initial.st_dev && own.st_ino == initial.st_ino);
}

static const char *why_no_audit(bool switched)
{
	int on = get_auditing(), sock;

	if (on < 0)
		return "auditing is not to be had, or not in this namespace";
	if (!is_initial_network())
		return "audit records go to the initial network namespace";
	if (switched && on == 2)
		return "auditing is locked until the next boot";
	if ((switched || !on) && !may_change_machine())
		return "it turns auditing on or off" LETS_IT;
	if ((switched || !on) && !is_noted(CHANGES_AUDITING))
		return NOT_NOTED;
	sock = join_audit();
	if (sock < 0)
		return "needs CAP_AUDIT_READ";
	close(sock);
	return NULL;
}

static bool can_open(const char *name)
{
	int fd = open(name, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* kmemleak's own allocations would be counted among those of a call. */
static const char *why_no_failures(void)
{
	char kmemleak[PATH_MAX], verbose[PATH_MAX];

	snprintf(verbose, sizeof(verbose), "%s/verbose", failslab_dir);
	if (!can_open(FAIL_NTH) || !can_open(verbose))
		return "no CONFIG_FAILSLAB, or no debugfs that can be written to";
	snprintf(kmemleak, sizeof(kmemleak), "%s/../kmemleak", failslab_dir);
	if (!access(kmemleak, F_OK))
		return "kmemleak allocates memory too, which would be counted";
	if (!may_change_machine())
		return "it changes what failslab lets fail" LETS_IT;
	if (!is_noted(CHANGES_FAILSLAB))
		return NOT_NOTED;
	return NULL;
}

/* Not to a program, a socket or a folder. */
static bool core_is_here(void)
{
	char pattern[160];

	read_file(CORE_PATTERN, pattern, sizeof(pattern) - 1);
	return !strpbrk(pattern, "|@/");
}

int core_here(void)
{
	return core_is_here() ? 0 : write_file(CORE_PATTERN, "core");
}

static const char *why_no_core(void)
{
	if (access(CORE_PATTERN, F_OK))
		return "the kernel dumps no core";
	if (core_is_here())
		return NULL;
	if (!may_change_machine())
		return "it sets kernel.core_pattern" LETS_IT;
	return is_noted(CHANGES_CORE) ? NULL : NOT_NOTED;
}

static const char *why_no_offsets(void)
{
	if (!may_change_machine())
		return "it sets kernel.sysctl_writes_strict" LETS_IT;
	return is_noted(CHANGES_OFFSETS) ? NULL : NOT_NOTED;
}

static const char *why_no_lowest(void)
{
	if (access(MMAP_MIN_ADDR, F_OK))
		return "the kernel has no sysctl vm.mmap_min_addr";
	if (!has_cap(CAP_SYS_RAWIO))
		return "needs CAP_SYS_RAWIO to set vm.mmap_min_addr";
	if (!may_change_machine())
		return "it sets vm.mmap_min_addr" LETS_IT;
	return is_noted(CHANGES_LOWEST) ? NULL : NOT_NOTED;
}

static const char *why_no_park(void)
{
	if (!room.own_mounts)
		return "needs CAP_SYS_ADMIN for mounts of its own";
	return can_open(PARK_DEVICE) ? NULL : "no FUSE";
}

static const char *why_no_user_namespace(void)
{
	int status;
	pid_t pid = start_child();

	if (!pid)
		_exit(unshare(CLONE_NEWUSER) ? 1 : 0);
	status = wait_child(pid);
	return status ? "no user namespace can be made" : NULL;
}

static const char *why_not_level(unsigned int needs)
{
	const unsigned int not_0 = NEED_RULES | NEED_FORK_MAY_REPLACE;
	const unsigned int not_2 = NEED_FREE_MAP | NEED_FORK_MAY_REPLACE;
	int level = get_policy();

	if ((level != 0 || !(needs & not_0)) && (level != 2 || !(needs & not_2)))
		return NULL;
	snprintf(text, sizeof(text), "kernel.prctl_set_mm is %d; " CHANGE_VARIABLE
		 "=1 lets it be 1 meanwhile", level);
	return text;
}

const char *why_not(unsigned int needs)
{
	const char *why = NULL;

	if (needs & NEED_PRIVILEGE && !has_privilege())
		why = "needs CAP_SYS_RESOURCE in the initial user namespace";
	if (!why)
		why = why_not_level(needs);
	if (!why && needs & NEED_LEVELS)
		why = why_no_levels();
	if (!why && needs & NEED_FILES && !room.files[0])
		why = "no folder for files that may be executed";
	if (!why && needs & NEED_MOUNTS && !room.own_mounts)
		why = "needs CAP_SYS_ADMIN for mounts of its own";
	if (!why && needs & NEED_EVENTS && (room.tracing < 0 || !series_is_known()))
		why = why_no_events();
	if (!why && needs & NEED_AUDIT)
		why = why_no_audit(false);
	if (!why && needs & NEED_AUDIT_SWITCH)
		why = why_no_audit(true);
	if (!why && needs & NEED_FAILURES)
		why = why_no_failures();
	if (!why && needs & NEED_INITIAL_PIDS && !room.initial_pids)
		why = "the kernel tells PIDs of the initial PID namespace";
	if (!why && needs & NEED_USER_NAMESPACE)
		why = why_no_user_namespace();
	if (!why && needs & NEED_CORE)
		why = why_no_core();
	if (!why && needs & NEED_OFFSETS)
		why = why_no_offsets();
	if (!why && needs & NEED_LOWEST)
		why = why_no_lowest();
	if (!why && needs & NEED_PARK)
		why = why_no_park();
	if (!why && needs & NEED_E3 && !rules_hold() && maps_layer_below(room.program))
		why = "at level 0 this kernel does not see a mapped executable on overlayfs";
	return why;
}

/* Without the series an address may lie in any area, for code in writable memory. */
static bool looks_like_series(void)
{
	int status;
	pid_t pid;

	if (get_policy() >= 0)
		return true;
	pid = start_child();
	if (!pid) {
		char *page = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		unsigned long low = (unsigned long)page;

		_exit(page == MAP_FAILED || spread_bounds(low, low + 3 * PAGE) ||
		      set_mm(PR_SET_MM_START_CODE, low + PAGE) != -EINVAL);
	}
	status = wait_child(pid);
	return !status;
}

/* A security module may refuse it; then no process can leave its executable. */
static bool may_execute_memory(void)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	bool may = page != MAP_FAILED && !mprotect(page, PAGE, PROT_READ | PROT_EXEC);

	munmap(page, PAGE);
	return may;
}

/*
 * PR_SET_MM_SERIES says that the kernel has the series. Then a broken series is not taken
 * for a kernel without it.
 */
const char *why_no_series_at_any_level(void)
{
	unsigned int size;

	if (geteuid())
		return "needs root";
	if (!may_execute_memory())
		return "the system lets no anonymous memory be executed";
	if (series_is_known())
		return NULL;
	if (set_mm(PR_SET_MM_MAP_SIZE, (unsigned long)&size) && get_policy() < 0)
		return "the kernel has no PR_SET_MM";
	return looks_like_series() ? NULL : "the kernel does not have the PR_SET_MM series";
}

const char *why_no_series(void)
{
	const char *why = why_no_series_at_any_level();

	if (!why && get_policy() == 3)
		why = "kernel.prctl_set_mm is 3: nothing can be changed until the next boot";
	return why;
}
