/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Delays in kernel/sys.c, for FLAVOUR=widen. Each function of the file that is not inline
 * is delayed when it begins and ends, which is what -finstrument-functions is for, and so
 * are the functions below, which other files have. So a race that is nearly never lost
 * is lost nearly every time if no lock prevents it.
 */
#ifndef PRCTL_MM_WIDEN_H
#define PRCTL_MM_WIDEN_H

#include <linux/delay.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/sysctl.h>
#include <linux/uaccess.h>

#define WIDEN_CALL	16	/* us, of a function of this file, and of a word that is copied */
#define WIDEN_LOCK	128	/* us, before and after a lock, a user copy, a reference */

/*
 * Delays that differ, so that two tasks do not go in step. Nothing protects the
 * number: if two tasks get the same one that does no harm.
 */
static notrace void widen(unsigned int most_us)
{
	static unsigned int number;

	number = number * 1664525 + 1013904223;
	udelay((number >> 16) % most_us);
}

/*
 * A delay around what a task can wait for. Where it may, it lets others run: then most of
 * the tasks that are ready to run stand there.
 */
static notrace void widen_lock(void)
{
	widen(WIDEN_LOCK);
	if (preemptible() && !rcu_preempt_depth())
		yield();
}

void __cyg_profile_func_enter(void *function, void *caller);
void __cyg_profile_func_exit(void *function, void *caller);

notrace void __cyg_profile_func_enter(void *function, void *caller)
{
	widen(WIDEN_CALL);
}

notrace void __cyg_profile_func_exit(void *function, void *caller)
{
	widen(WIDEN_CALL);
}

#define WIDEN_VOID(name, parameters, arguments)				\
static inline void widen_##name parameters				\
{									\
	widen_lock();							\
	name arguments;							\
	widen_lock();							\
}

#define WIDEN(type, name, parameters, arguments)			\
static inline type widen_##name parameters				\
{									\
	type result;							\
									\
	widen_lock();							\
	result = name arguments;					\
	widen_lock();							\
	return result;							\
}

WIDEN_VOID(spin_lock, (spinlock_t *lock), (lock))
WIDEN_VOID(spin_unlock, (spinlock_t *lock), (lock))
WIDEN_VOID(mutex_lock, (struct mutex *lock), (lock))
WIDEN_VOID(mutex_unlock, (struct mutex *lock), (lock))
WIDEN_VOID(mmap_read_lock, (struct mm_struct *mm), (mm))
WIDEN_VOID(mmap_read_unlock, (struct mm_struct *mm), (mm))
WIDEN_VOID(mmap_write_lock, (struct mm_struct *mm), (mm))
WIDEN_VOID(mmap_write_unlock, (struct mm_struct *mm), (mm))
WIDEN_VOID(rcu_read_lock, (void), ())
WIDEN_VOID(rcu_read_unlock, (void), ())
WIDEN_VOID(fput, (struct file *file), (file))
WIDEN(struct file *, get_mm_exe_file, (struct mm_struct *mm), (mm))
WIDEN(unsigned long, copy_from_user,
      (void *to, const void __user *from, unsigned long size), (to, from, size))

#define spin_lock		widen_spin_lock
#define spin_unlock		widen_spin_unlock
#undef mutex_lock
#define mutex_lock		widen_mutex_lock
#define mutex_unlock		widen_mutex_unlock
#define mmap_read_lock		widen_mmap_read_lock
#define mmap_read_unlock	widen_mmap_read_unlock
#define mmap_write_lock		widen_mmap_write_lock
#define mmap_write_unlock	widen_mmap_write_unlock
#define rcu_read_lock		widen_rcu_read_lock
#define rcu_read_unlock		widen_rcu_read_unlock
#define fput			widen_fput
#define get_mm_exe_file		widen_get_mm_exe_file
#define copy_from_user		widen_copy_from_user

/* Word by word, and what is left of the last one. */
static inline void *widen_memcpy(void *to, const void *from, size_t size)
{
	size_t at, part;

	for (at = 0; at < size; at += part) {
		part = min(size - at, sizeof(long));
		memcpy(to + at, from + at, part);
		widen(WIDEN_CALL);
	}
	return to;
}

static inline void *widen_memset(void *to, int value, size_t size)
{
	size_t at, part;

	for (at = 0; at < size; at += part) {
		part = min(size - at, sizeof(long));
		memset(to + at, value, part);
		widen(WIDEN_CALL);
	}
	return to;
}

#undef memcpy
#define memcpy	widen_memcpy
#undef memset
#define memset	widen_memset

#endif
