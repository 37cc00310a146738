/* Linked into the static programs.
 *
 * 1. A static glibc would dlopen the host's NSS plug-ins, and a plug-in of another glibc ends the process
 *    (`passwd: sss files` does). Every database is therefore held to files and DNS; users that live
 *    elsewhere (LDAP, SSSD) are asked of getent(1) by the program itself.
 * 2. getentropy(3) without getrandom(2), which Linux has from 3.17: CentOS 7 has 3.10. The pool is waited
 *    for once through /dev/random, then /dev/urandom is read, as random(4) advises.
 * 3. The linked OpenSSL is Debian's and knows Debian's file of authorities only. SSL_CERT_FILE is asked before
 *    this is called (--wrap, StaticNative.props), and no environment is changed, which children would inherit.
 * 4. One arena of malloc: these programs wait, and each of their threads would keep some for itself.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <nss.h>
#include <poll.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

extern int __nss_configure_lookup(const char *database, const char *service_line);

__attribute__((constructor)) static void hold_nss_to_files_and_dns(void)
{
    static const char *const files_only[] = { "passwd", "group", "shadow", "initgroups", "services", "protocols", "networks" };
    for (size_t i = 0; i < sizeof files_only / sizeof *files_only; i++)
        __nss_configure_lookup(files_only[i], "files");
    __nss_configure_lookup("hosts", "files dns");
}

__attribute__((constructor)) static void share_one_arena(void)
{
    mallopt(M_ARENA_MAX, 1);
}

static int wait_for_seeded_pool(void)
{
    int fd = open("/dev/random", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    struct pollfd pool = { .fd = fd, .events = POLLIN };
    int rc;
    do
        rc = poll(&pool, 1, -1);
    while (rc < 0 && errno == EINTR);
    close(fd);
    return rc < 0 ? -1 : 0;
}

static int read_urandom(unsigned char *at, size_t left)
{
    static int seeded;
    if (!seeded && wait_for_seeded_pool() == 0)
        seeded = 1;
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    while (left > 0) {
        ssize_t got = read(fd, at, left);
        if (got > 0) {
            at += got;
            left -= (size_t)got;
        } else if (got == 0 || errno != EINTR) {
            close(fd);
            errno = EIO;
            return -1;
        }
    }
    close(fd);
    return 0;
}

int getentropy(void *buffer, size_t length)
{
    unsigned char *at = buffer;
    if (length > 256) {
        errno = EIO;
        return -1;
    }
    while (length > 0) {
        long got = syscall(SYS_getrandom, at, length, 0);
        if (got > 0) {
            at += got;
            length -= (size_t)got;
        } else if (got < 0 && errno == ENOSYS) {
            return read_urandom(at, length);
        } else if (got == 0 || errno != EINTR) {
            return -1;
        }
    }
    return 0;
}

const char *__wrap_X509_get_default_cert_file(void)
{
    static const char *const bundles[] = {
        "/etc/pki/tls/certs/ca-bundle.crt",                  /* CentOS, to 9 */
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* CentOS, from 7 */
        "/etc/ssl/certs/ca-certificates.crt",                /* Debian */
        "/etc/ssl/cert.pem",                                 /* Alpine */
    };
    size_t last = sizeof bundles / sizeof *bundles - 1;
    for (size_t i = 0; i < last; i++)
        if (access(bundles[i], R_OK) == 0)
            return bundles[i];
    return bundles[last];
}
