/* Lets go of pages of the program's tables that are the file's own, resident only because the kernel maps sixteen around
 * each that is touched. They lie among data that is written, so that a page may be let go only where it is certain that
 * nobody writes to it meanwhile: at the end of a collection, while the runtime has stopped every thread that runs managed
 * code. That is also why it is C: nothing managed can run there.
 *
 * What is looked at is the managed part of .data. It begins behind the C start-up object's data and ends before this
 * file's, which the linker places right behind the compiler's object. Data of OpenSSL and of the C library, whose threads
 * nobody stops, come after.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096UL
#define CHUNK 512 /* pages asked for at a time */

/* proc_pid_pagemap(5) */
#define PRESENT (1ULL << 63)
#define OF_FILE (1ULL << 61)

extern char data_start[];
static char behind_managed_data __attribute__((section(".data"), used)) = 1;

/* NativeAOT's restricted callouts: 1 is the end of a collection. */
extern int RhRegisterGcCallout(int kind, void *callout);
#define END_OF_COLLECTION 1

static atomic_int wanted;

static void let_go(void)
{
    uintptr_t at = ((uintptr_t)data_start + PAGE - 1) & ~(PAGE - 1);
    uintptr_t end = (uintptr_t)&behind_managed_data & ~(PAGE - 1);
    int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (pagemap < 0)
        return;
    while (at < end) {
        uint64_t pages[CHUNK];
        size_t count = (end - at) / PAGE < CHUNK ? (end - at) / PAGE : CHUNK;
        ssize_t got = pread(pagemap, pages, count * sizeof *pages, (off_t)(at / PAGE * sizeof *pages));
        if (got <= 0)
            break;
        count = (size_t)got / sizeof *pages;
        for (size_t i = 0, run; i < count; i += run) {
            int is_clean = (pages[i] & (PRESENT | OF_FILE)) == (PRESENT | OF_FILE);
            for (run = 1; i + run < count && ((pages[i + run] & (PRESENT | OF_FILE)) == (PRESENT | OF_FILE)) == is_clean; run++)
                ;
            if (is_clean)
                madvise((void *)(at + i * PAGE), run * PAGE, MADV_DONTNEED);
        }
        at += count * PAGE;
    }
    close(pagemap);
}

static void at_end_of_collection(unsigned generation)
{
    (void)generation;
    if (atomic_exchange(&wanted, 0))
        let_go();
}

/* The next collection ends with it. Returns whether it will. */
int flaskdeploy_let_go_of_tables(void)
{
    static atomic_int is_registered;
    if (!atomic_exchange(&is_registered, 1) && !RhRegisterGcCallout(END_OF_COLLECTION, (void *)at_end_of_collection)) {
        atomic_store(&is_registered, 0);
        return 0;
    }
    atomic_store(&wanted, 1);
    return 1;
}
