#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The debugging kernels see what they are there for. They are tested if they are
# built: make kernel FLAVOUR=kasan, FLAVOUR=kcsan.

# What one test sets is meant for it alone; helpers.bash and bats set the rest.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helpers

setup()
{
	export BUILD=$built
}

# complains FLAVOUR PATTERN ARGUMENT...: the kernel does, in a line like this.
complains()
{
	local flavour=$1 pattern=$2
	shift 2
	[ -s "$built/6.12/x86_64-$flavour/vmlinux" ] || skip "not built: make kernel FLAVOUR=$flavour"
	run --separate-stderr "$top/qemu/vm" -f "$flavour" "$@"
	echo "status $status, stderr: $stderr"
	[ "$status" = 3 ]
	# shellcheck disable=SC2053	# a pattern is meant
	[[ ${stderr_lines[-1]} == $pattern ]]
}

lkdtm()
{
	echo "echo $1 >/sys/kernel/debug/provoke-crash/DIRECT; sleep 1"
}

@test "kasan: a write behind a slab object" {
	complains kasan 'vm: the kernel complained: BUG: KASAN: slab-out-of-bounds in lkdtm_*' \
		-- sh -c "$(lkdtm SLAB_LINEAR_OVERFLOW)"
}

@test "kasan: a read of freed memory" {
	complains kasan 'vm: the kernel complained: BUG: KASAN: slab-use-after-free in lkdtm_*' \
		-- sh -c "$(lkdtm READ_AFTER_FREE)"
}

@test "kasan: UBSAN sees an index out of bounds" {
	complains kasan 'vm: the kernel complained: UBSAN: array-index-out-of-bounds in *' \
		-- sh -c "$(lkdtm ARRAY_BOUNDS)"
}

@test "kasan: kmemleak sees memory that a module loses" {
	complains kasan 'vm: the kernel complained: unreferenced object *' \
		--add "$built/6.12/x86_64-kasan/samples/kmemleak/kmemleak-test.ko:/lose.ko" \
		-- sh -c 'insmod /lose.ko && rmmod kmemleak_test'
}

@test "kasan: lockdep sees a lock that is held on the way back to user space" {
	# A task that is preempted before it gets there is "scheduling while atomic" instead.
	gcc -O2 -static -x c -o "$BATS_TEST_TMPDIR/first" - <<-'C'
	#include <sched.h>
	#include <unistd.h>

	int main(int argc, char **argv)
	{
		struct sched_param most = { sched_get_priority_max(SCHED_FIFO) };

		return sched_setscheduler(0, SCHED_FIFO, &most) || execvp(argv[1], argv + 1);
	}
	C
	complains kasan 'vm: the kernel complained: WARNING: lock held when returning to user space!' \
		--add "$BATS_TEST_TMPDIR/first" -- /add/first sh -c "$(lkdtm SPINLOCKUP)"
}

# The slack of timers is set without a lock, as is known.
@test "kcsan: a data race with a call of prctl()" {
	gcc -O2 -static -pthread -x c -o "$BATS_TEST_TMPDIR/race" - <<-'C'
	#include <fcntl.h>
	#include <pthread.h>
	#include <sys/prctl.h>
	#include <time.h>
	#include <unistd.h>

	static void *look(void *unused)
	{
		int fd = open("/proc/self/timerslack_ns", O_RDONLY);
		char text[32];

		while (pread(fd, text, sizeof(text), 0) > 0)
			;
		return unused;
	}

	int main(void)
	{
		time_t end = time(NULL) + 10;
		unsigned long slack = 0;
		pthread_t thread;

		pthread_create(&thread, NULL, look, NULL);
		while (time(NULL) < end)
			prctl(PR_SET_TIMERSLACK, 50000 + slack++ % 100);
		return 0;
	}
	C
	complains kcsan 'vm: the kernel complained: BUG: KCSAN: data-race in *' \
		--add "$BATS_TEST_TMPDIR/race" -- /add/race
}
