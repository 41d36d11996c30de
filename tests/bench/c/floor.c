/* The floor: the least that any server must do. One epoll loop; a GET is a subscriber, the body
 * of a POST is written to all of them as one event, with one write(2) each. No rooms, no history,
 * no care for slow readers: what the kernel does not take ends the connection.
 *
 * With --rest-ms N, what comes within N ms leaves in one write: it shows what the readers can take.
 */
#include "common.h"

#define MOST_CONNECTIONS 65536
#define BUFFER 16384
#define REST_BUFFER (1 << 20)

static const char HEAD[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
    "Transfer-Encoding: chunked\r\n\r\n";
static const char CREATED[] = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";

static int subscribers[MOST_CONNECTIONS], count, epoll, rest_ms;
static int place_of[MOST_CONNECTIONS]; /* of a file in `subscribers`, plus one */
static char resting[REST_BUFFER];
static size_t resting_bytes;
static uint64_t last_id, rest_until_ns;

static void forget(int fd) {
    int place = place_of[fd] - 1;
    if (place >= 0) {
        subscribers[place] = subscribers[--count];
        place_of[subscribers[place]] = place + 1;
        place_of[fd] = 0;
    }
    close(fd);
}

static void subscribe(int fd) {
    if (write(fd, HEAD, sizeof HEAD - 1) < 0) {
        forget(fd);
        return;
    }
    subscribers[count++] = fd;
    place_of[fd] = count;
}

static void write_to_all(const char *bytes, size_t size) {
    for (int at = count - 1; at >= 0; at--)
        if (write(subscribers[at], bytes, size) != (ssize_t)size) forget(subscribers[at]);
}

static void leave_together(void) {
    if (resting_bytes == 0) return;
    write_to_all(resting, resting_bytes);
    resting_bytes = 0;
    rest_until_ns = now_ns() + (uint64_t)rest_ms * 1000000u;
}

static void publish(const char *text, size_t size) {
    char event[BUFFER + 64], chunk[BUFFER + 96];
    int length = snprintf(event, sizeof event, "id: %llu\ndata: %.*s\n\n",
                          (unsigned long long)++last_id, (int)size, text);
    int framed = snprintf(chunk, sizeof chunk, "%x\r\n%s\r\n", length, event);
    if (rest_ms == 0) {
        write_to_all(chunk, (size_t)framed);
        return;
    }
    if (resting_bytes + (size_t)framed > sizeof resting) leave_together();
    memcpy(resting + resting_bytes, chunk, (size_t)framed);
    resting_bytes += (size_t)framed;
}

/* Requests of ours come whole in one read: a floor need not reassemble. */
static void serve(int fd) {
    char request[BUFFER];
    ssize_t size = read(fd, request, sizeof request - 1);
    if (size <= 0) {
        if (size == 0 || errno != EAGAIN) forget(fd);
        return;
    }
    request[size] = 0;
    char *body = strstr(request, "\r\n\r\n");
    if (body == NULL) return;
    if (request[0] == 'G') {
        subscribe(fd);
        return;
    }
    publish(body + 4, (size_t)(request + size - body - 4));
    if (write(fd, CREATED, sizeof CREATED - 1) < 0) forget(fd);
}

static void accept_all(int listener) {
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (fd >= MOST_CONNECTIONS) {
            close(fd);
            continue;
        }
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch(epoll, fd, EPOLL_CTL_ADD, EPOLLIN, (uint64_t)fd);
    }
}

static int listen_on(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in own = {.sin_family = AF_INET,
                              .sin_port = htons((uint16_t)port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(fd, (struct sockaddr *)&own, sizeof own) < 0) die("bind");
    if (listen(fd, 4096) < 0) die("listen");
    return fd;
}

static int patience_ms(void) {
    if (resting_bytes == 0) return -1;
    uint64_t now = now_ns();
    return now >= rest_until_ns ? 0 : (int)((rest_until_ns - now) / 1000000u) + 1;
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN);
    raise_file_limit();
    rest_ms = atoi(flag(argc, argv, "--rest-ms", "0"));
    int listener = listen_on(atoi(flag(argc, argv, "--port", "8001")));
    epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(epoll, listener, EPOLL_CTL_ADD, EPOLLIN, (uint64_t)listener);
    struct epoll_event events[1024];
    for (;;) {
        int ready = epoll_wait(epoll, events, 1024, patience_ms());
        for (int i = 0; i < ready; i++) {
            int fd = (int)events[i].data.u64;
            if (fd == listener)
                accept_all(listener);
            else
                serve(fd);
        }
        if (rest_ms && now_ns() >= rest_until_ns) leave_together();
    }
}
