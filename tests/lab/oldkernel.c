/* oldkernel PROGRAM ARGUMENTS...: runs it where the system calls of Linux 3.10 are all there are.
 *
 * A seccomp filter refuses, as an old kernel would, every x86-64 call that came after finit_module (3.8), and the
 * later commands of older calls. The filter is inherited by whatever the program starts; with
 * `setarch x86_64 --uname-2.6` between the two, uname(2) says 2.6 as well. What it cannot imitate: old behaviour of
 * old calls. Build: cc -O2 -static -o oldkernel oldkernel.c
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIRST_TOO_NEW (SYS_finit_module + 1)

/* CALL(.., argument == value, ..) answers error */
struct later_command {
    unsigned call, argument, value, error;
};

static const struct later_command later_commands[] = {
    { SYS_madvise, 2, 8, EINVAL },           /* MADV_FREE, 4.5 */
    { SYS_madvise, 2, 18, EINVAL },          /* MADV_WIPEONFORK, 4.14 */
    { SYS_fcntl, 1, 36, EINVAL },            /* F_OFD_GETLK, 3.15 */
    { SYS_fcntl, 1, 37, EINVAL },            /* F_OFD_SETLK */
    { SYS_fcntl, 1, 38, EINVAL },            /* F_OFD_SETLKW */
    { SYS_fcntl, 1, 1033, EINVAL },          /* F_ADD_SEALS, 3.17 */
    { SYS_fcntl, 1, 1034, EINVAL },          /* F_GET_SEALS */
    { SYS_ioctl, 1, 0x40049409, ENOTTY },    /* FICLONE, 4.5 */
    { SYS_prctl, 0, 0x53564d41, EINVAL },    /* PR_SET_VMA, 5.17 */
};

#define COMMANDS (sizeof later_commands / sizeof *later_commands)
#define LOAD(field) (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, field)
#define SKIP_UNLESS_EQUAL(value, count) (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count)
#define SKIP_IF_EQUAL(value, count) (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, count, 0)
#define SKIP_UNLESS_FROM(value, count) (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, value, 0, count)
#define ANSWER(what) (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, what)
#define FAIL(error) ANSWER(SECCOMP_RET_ERRNO | (error))

int main(int argc, char **argv)
{
    struct sock_filter code[7 + 5 * COMMANDS];
    unsigned short n = 0;

    if (argc < 2) {
        fprintf(stderr, "usage: oldkernel PROGRAM ARGUMENTS...\n");
        return 2;
    }
    code[n++] = LOAD(offsetof(struct seccomp_data, arch));
    code[n++] = SKIP_IF_EQUAL(AUDIT_ARCH_X86_64, 1);
    code[n++] = FAIL(ENOSYS);
    code[n++] = LOAD(offsetof(struct seccomp_data, nr));
    code[n++] = SKIP_UNLESS_FROM(FIRST_TOO_NEW, 1);
    code[n++] = FAIL(ENOSYS);
    for (size_t i = 0; i < COMMANDS; i++) {
        const struct later_command *c = &later_commands[i];
        code[n++] = LOAD(offsetof(struct seccomp_data, nr));
        code[n++] = SKIP_UNLESS_EQUAL(c->call, 3);
        code[n++] = LOAD(offsetof(struct seccomp_data, args) + 8 * c->argument);
        code[n++] = SKIP_UNLESS_EQUAL(c->value, 1);
        code[n++] = FAIL(c->error);
    }
    code[n++] = ANSWER(SECCOMP_RET_ALLOW);

    struct sock_fprog program = { .len = n, .filter = code };
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) {
        perror("oldkernel: seccomp");
        return 2;
    }
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    return 127;
}
