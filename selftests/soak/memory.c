// SPDX-License-Identifier: GPL-2.0
/* Mappings in the arena, and brk(2). */
#include "soak.h"
#include "../areas.h"

static unsigned long at(unsigned int page)
{
	return ARENA + page % ARENA_PAGES * PAGE;
}

/* Two pages at most, which the arena has. */
static unsigned int pages_from(unsigned int page, unsigned int count)
{
	return page % ARENA_PAGES == ARENA_PAGES - 1 ? 1 : 1 + count % 2;
}

/* Kinds that a bound needs come more often than others. */
static struct page choose_page(const struct step *s)
{
	struct page page = { s->b % (MAPPINGS - 1) + 1, s->c % 8 };

	switch (s->d % 4) {
	case 0:
		page = (struct page) { PRIVATE, PROT_READ | PROT_EXEC };
		break;
	case 1:
		page = (struct page) { PRIVATE, PROT_READ | PROT_WRITE };
		break;
	case 2:
		page = (struct page) { GROWING, PROT_READ | PROT_WRITE };
		break;
	}
	if (page.mapping == FILE_PRIVATE || page.mapping == FILE_WRITABLE) {
		page.file = s->d / 4 % FILES;
		/* A descriptor of a memfd may write without being counted. */
		if (page.mapping == FILE_WRITABLE && (page.file == PROGRAM || page.file == MEMFD))
			page.file = SMALL;
		if (page.file == PROGRAM)
			page.name = s->d / 64 % 2 ? BIND_MOUNT : OWN_NAME;
		else if (page.file != MEMFD)
			page.name = s->d / 64 % NAMES;
	}
	return page;
}

static int open_page(const struct world *w, const struct page *page, unsigned int number)
{
	unsigned int i;
	int fd;

	if (page->mapping == FILE_WRITABLE) {
		fd = open(file_name(page->file, page->name), O_RDWR | O_CLOEXEC);
		if (fd < 0 && !(errno == ETXTBSY && w->denied[page->file]))
			diverge(number, "a file cannot be opened for writing", "%s: %m",
				file_name(page->file, page->name));
		if (fd >= 0 && w->denied[page->file])
			diverge(number, "an executable can be opened for writing", "%s",
				file_name(page->file, page->name));
		return fd;
	}
	for (i = 0; i < lab->entries; i++) {
		if (lab->entry[i].kind == GOOD && lab->entry[i].file == page->file &&
		    lab->entry[i].name == page->name)
			return dup(lab->entry[i].fd);
	}
	return -1;
}

void *map_kind(int mapping, unsigned long at, size_t size, int prot, int fd)
{
	switch (mapping) {
	case PRIVATE:
		return mmap((void *)at, size, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	case SHARED:
		return mmap((void *)at, size, prot, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	case GROWING:
		return map_stack_area(at, size, prot);
	case FILE_PRIVATE:
		return mmap((void *)at, size, prot, MAP_PRIVATE | MAP_FIXED, fd, 0);
	default:
		return map_shared_file(at, size, prot, fd);
	}
}

static void map_pages(struct world *w, const struct step *s, unsigned int number)
{
	struct page page = choose_page(s);
	unsigned int count = pages_from(s->a, s->b / 8);
	int fd = -1;

	if (page.mapping == FILE_PRIVATE || page.mapping == FILE_WRITABLE) {
		fd = open_page(w, &page, number);
		if (fd < 0)
			return;
	}
	if (map_kind(page.mapping, at(s->a), count * PAGE, page.prot, fd) == MAP_FAILED)
		diverge(number, "mmap", "0x%lx: %m", at(s->a));
	if (fd >= 0)
		close(fd);
	while (count--)
		w->page[s->a % ARENA_PAGES + count] = page;
}

static void unmap_pages(struct world *w, const struct step *s, unsigned int number)
{
	unsigned int count = pages_from(s->a, s->b);

	if (munmap((void *)at(s->a), count * PAGE))
		diverge(number, "munmap", "0x%lx: %m", at(s->a));
	while (count--)
		w->page[s->a % ARENA_PAGES + count].mapping = NONE;
}

static void protect_pages(struct world *w, const struct step *s, unsigned int number)
{
	struct page *page = &w->page[s->a % ARENA_PAGES];

	if (page->mapping == NONE)
		return;
	if (mprotect((void *)at(s->a), PAGE, s->c % 8))
		diverge(number, "mprotect", "0x%lx: %m", at(s->a));
	page->prot = s->c % 8;
}

static void move_page(struct world *w, const struct step *s, unsigned int number)
{
	struct page *from = &w->page[s->a % ARENA_PAGES], *to = &w->page[s->b % ARENA_PAGES];

	if (from->mapping == NONE || from == to)
		return;
	if ((from->mapping == SHARED || from->mapping == FILE_WRITABLE) &&
	    (at(s->a) - at(s->b)) % lab->colour)
		return;
	if (mremap((void *)at(s->a), PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		   (void *)at(s->b)) == MAP_FAILED)
		diverge(number, "mremap", "0x%lx to 0x%lx: %m", at(s->a), at(s->b));
	*to = *from;
	from->mapping = NONE;
}

static unsigned long page_up(unsigned long address)
{
	return (address + PAGE - 1) & -PAGE;
}

/* Only where nothing else is; what brk(2) does elsewhere is not for this to find. */
static bool may_move_brk(const struct world *w, unsigned long low, unsigned long high)
{
	unsigned long address;
	bool grow = high > page_up(w->bound[PR_SET_MM_BRK]);

	if (w->bound[PR_SET_MM_START_BRK] < HEAP || w->bound[PR_SET_MM_END_DATA] >= HEAP ||
	    low < w->bound[PR_SET_MM_START_BRK] || high >= HEAP + (HEAP_PAGES - 1) * PAGE)
		return false;
	/* The page behind it counts too. */
	for (address = low; address < high + (grow ? PAGE : 0); address += PAGE) {
		if (w->heap[(address - HEAP) / PAGE] == grow)
			return false;
	}
	return true;
}

static void set_brk(struct world *w, const struct step *s, unsigned int number)
{
	unsigned long old = w->bound[PR_SET_MM_BRK], got;
	unsigned long new = s->a % 2 ? old + s->b % (4 * PAGE) : old - s->b % (2 * PAGE);
	unsigned long from = page_up(old), to = page_up(new), address;

	if (new < w->bound[PR_SET_MM_START_BRK] ||
	    !may_move_brk(w, from < to ? from : to, from < to ? to : from))
		return;
	got = syscall(__NR_brk, new);
	if (got != new)
		diverge(number, "brk", "0x%lx: 0x%lx", new, got);
	w->bound[PR_SET_MM_BRK] = new;
	for (address = from; address < to; address += PAGE)
		w->heap[(address - HEAP) / PAGE] = true;
	for (address = to; address < from; address += PAGE)
		w->heap[(address - HEAP) / PAGE] = false;
}

void memory_step(struct world *w, const struct step *s, unsigned int number)
{
	switch (s->op) {
	case MAP_PAGES:
		return map_pages(w, s, number);
	case UNMAP_PAGES:
		return unmap_pages(w, s, number);
	case PROTECT_PAGES:
		return protect_pages(w, s, number);
	case MOVE_PAGE:
		return move_page(w, s, number);
	case SET_BRK:
		return set_brk(w, s, number);
	}
}
