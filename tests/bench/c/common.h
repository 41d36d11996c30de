/* What the three programs share: flags, clocks, a histogram of times, sockets. */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static inline void die(const char *what) {
    perror(what);
    exit(2);
}

static inline const char *flag(int argc, char **argv, const char *name, const char *otherwise) {
    for (int i = 1; i + 1 < argc; i += 2)
        if (strcmp(argv[i], name) == 0) return argv[i + 1];
    return otherwise;
}

static inline uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline double cpu_s(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/* Microseconds in buckets: 32 to each power of two, so that a reading is at most 3 % off. */
#define BUCKETS (32 * 40)
typedef struct {
    uint64_t count, counts[BUCKETS], most_us;
} Histogram;

static inline int bucket_of(uint64_t us) {
    if (us < 32) return (int)us;
    int power = 63 - __builtin_clzll(us);
    int at = (power - 4) * 32 + (int)((us >> (power - 5)) & 31);
    return at < BUCKETS ? at : BUCKETS - 1;
}

static inline void note(Histogram *times, uint64_t us) {
    times->count++;
    times->counts[bucket_of(us)]++;
    if (us > times->most_us) times->most_us = us;
}

static inline double quantile_ms(const Histogram *times, double share) {
    uint64_t wanted = (uint64_t)(share * (double)times->count), seen = 0;
    for (int at = 0; at < BUCKETS; at++) {
        seen += times->counts[at];
        if (seen > wanted) {
            if (at < 32) return at / 1e3;
            int power = at / 32 + 4;
            return (double)((uint64_t)(32 + at % 32) << (power - 5)) / 1e3;
        }
    }
    return (double)times->most_us / 1e3;
}

static inline void raise_file_limit(void) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

/* Path and room: `%` in the template is where the number goes. */
static inline void fill(char *to, size_t size, const char *template, int number) {
    const char *mark = strchr(template, '%');
    if (mark == NULL)
        snprintf(to, size, "%s", template);
    else
        snprintf(to, size, "%.*s%d%s", (int)(mark - template), template, number, mark + 1);
}

/* Starts to connect from one of many loopback addresses: one alone has too few ports. */
static inline int start_connect(int port, int number, int rcvbuf) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) die("socket");
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (rcvbuf > 0) {
        /* Small segments too: the other side's send buffer grows with their size. */
        int segment = 1000;
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof rcvbuf);
        setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
    }
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    struct sockaddr_in own = {.sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + (unsigned)number % 50)};
    if (bind(fd, (struct sockaddr *)&own, sizeof own) < 0) die("bind");
    struct sockaddr_in server = {.sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)port),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (connect(fd, (struct sockaddr *)&server, sizeof server) < 0 && errno != EINPROGRESS)
        die("connect");
    return fd;
}

static inline void watch(int epoll, int fd, int operation, uint32_t events, uint64_t mark) {
    struct epoll_event event = {.events = events, .data.u64 = mark};
    if (epoll_ctl(epoll, operation, fd, &event) < 0) die("epoll_ctl");
}

#endif
