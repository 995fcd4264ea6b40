/* SPDX-License-Identifier: GPL-2.0 */
/* Mount an overlayfs for a test. */
#ifndef OVERLAY_H
#define OVERLAY_H

#include "exe_files.h"

struct overlay {
	char lower[128], top[128], merged[128];	/* folders; upper and work are in top */
};

/*
 * Make the folders in @dir. With @two_filesystems the upper layer is on another tmpfs, so
 * that files have other device numbers than the overlayfs.
 */
static inline bool make_overlay(struct overlay *overlay, const char *dir,
				bool two_filesystems)
{
	char path[160];

	snprintf(overlay->lower, sizeof(overlay->lower), "%s/lower", dir);
	snprintf(overlay->top, sizeof(overlay->top), "%s/top", dir);
	snprintf(overlay->merged, sizeof(overlay->merged), "%s/merged", dir);
	if (mkdir(overlay->lower, 0755) || mkdir(overlay->merged, 0755) ||
	    (two_filesystems ? mount_tmpfs(overlay->top, 0) : mkdir(overlay->top, 0755)))
		return false;
	snprintf(path, sizeof(path), "%s/upper", overlay->top);
	if (mkdir(path, 0755))
		return false;
	snprintf(path, sizeof(path), "%s/work", overlay->top);
	return !mkdir(path, 0755);
}

/* Mount it, with @more options. The lower layer must not be changed after that. */
static inline bool mount_overlay_with(const struct overlay *overlay, const char *more)
{
	char options[512];

	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s/upper,workdir=%s/work%s",
		 overlay->lower, overlay->top, overlay->top, more);
	return !mount("none", overlay->merged, "overlay", 0, options);
}

static inline bool mount_overlay(const struct overlay *overlay)
{
	return mount_overlay_with(overlay, "");
}

/* Unmount all of it. It may be mounted in part only. */
static inline void unmount_overlay(const struct overlay *overlay)
{
	umount2(overlay->merged, MNT_DETACH);
	umount2(overlay->top, MNT_DETACH);
}

/* Put a copy of this program into the lower layer of an overlayfs; @copy is its path. */
static inline bool copy_on_overlayfs(const char *dir, char *copy, size_t size)
{
	struct overlay overlay;

	if (!make_overlay(&overlay, dir, false))
		return false;
	snprintf(copy, size, "%s/copy", overlay.lower);
	if (!copy_file("/proc/self/exe", copy))
		return false;
	snprintf(copy, size, "%s/copy", overlay.merged);
	return mount_overlay(&overlay);
}

static inline void leave_overlayfs(char *copy)
{
	*strrchr(copy, '/') = '\0';
	umount2(copy, MNT_DETACH);
}

#endif /* OVERLAY_H */
