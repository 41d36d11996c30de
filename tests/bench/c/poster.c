/* The poster: keep-alive POSTs over some connections, either at a rate or as fast as answers come.
 *
 * A text is `%connection.sequence.nanoseconds%` and padding. The sequence counts the posts of
 * this connection to this room. The time is when the post was due, not when it could be sent: a
 * server that holds up its posters does not make its times look better by that.
 *
 * `--first N` goes on after a poster that sent N over each connection; `--from N` numbers the
 * connections from N, where it is not known how many each sent.
 *
 * Prints one JSON object at the end.
 */
#include "common.h"
#include <sys/timerfd.h>

#define MOST_POSTERS 256
#define BUFFER 8192
#define TIMER UINT64_MAX

typedef struct {
    int fd, is_busy;
    size_t got;
    uint64_t posts, sent_ns;
    char answer[BUFFER];
} Poster;

static Poster posters[MOST_POSTERS];
static int count, from, rooms, size, is_keyed, epoll, port;
static const char *path, *names, *run;
static uint64_t answered, refused, due;
static uint64_t sent, most, first;
static int first_status;
static Histogram times;

/* Basic authorization as a guest: each connection is somebody else. */
static void write_name(char *to, size_t size, int number) {
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char who[64] = {0}, code[96];
    fill(who, sizeof who - 4, names, number);
    size_t length = strlen(who), at = 0;
    who[length++] = ':';
    for (size_t next = 0; next < length; next += 3) {
        uint32_t bits = (uint32_t)(uint8_t)who[next] << 16 | (uint32_t)(uint8_t)who[next + 1] << 8 |
                        (uint8_t)who[next + 2];
        for (int shift = 18; shift >= 0; shift -= 6) code[at++] = DIGITS[bits >> shift & 63];
    }
    for (size_t lacking = (3 - length % 3) % 3; lacking; lacking--) code[at - lacking] = '=';
    snprintf(to, size, "Authorization: Basic %.*s\r\n", (int)at, code);
}

static void send_post(int number, uint64_t due_ns) {
    static char request[BUFFER + 4096], text[4096];
    char filled[256], key[96] = "", name[192] = "";
    Poster *poster = &posters[number];
    uint64_t turn = first + poster->posts++;
    int spread = number * (rooms / count);
    int room = (int)((turn + (uint64_t)spread) % (uint64_t)rooms);
    uint64_t sequence = turn / (uint64_t)rooms;
    int length = snprintf(text, sizeof text, "%%%d.%llu.%llu%% ", number + from,
                          (unsigned long long)sequence, (unsigned long long)due_ns);
    for (; length < size; length++) text[length] = length % 8 ? (char)('a' + length % 26) : ' ';
    if (*names) write_name(name, sizeof name, number);
    if (is_keyed)
        snprintf(key, sizeof key, "Idempotency-Key: %s-%d-%llu\r\n", run, number,
                 (unsigned long long)turn);
    fill(filled, sizeof filled, path, room);
    int bytes = snprintf(request, sizeof request,
                         "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: text/plain\r\n"
                         "Accept: application/json\r\n%s%sContent-Length: %d\r\n\r\n%.*s",
                         filled, port, name, key, length, length, text);
    if (write(poster->fd, request, (size_t)bytes) != bytes) die("write");
    poster->is_busy = 1;
    poster->got = 0;
    poster->sent_ns = due_ns;
    sent++;
}

/* Whether the whole answer is there. */
static int is_answered(Poster *poster) {
    poster->answer[poster->got] = 0;
    char *end = strstr(poster->answer, "\r\n\r\n");
    if (end == NULL) return 0;
    char *length = strcasestr(poster->answer, "content-length:");
    if (length != NULL && length < end)
        return poster->got >= (size_t)(end + 4 - poster->answer) + (size_t)atol(length + 15);
    return strstr(end, "0\r\n\r\n") != NULL; /* chunked */
}

static void note_answer(Poster *poster) {
    int status = atoi(poster->answer + 9);
    note(&times, (now_ns() - poster->sent_ns) / 1000);
    poster->is_busy = 0;
    answered++;
    if (status < 200 || status > 299) {
        refused++;
        if (first_status == 0) first_status = status;
    }
}

static void read_answer(Poster *poster) {
    ssize_t got = read(poster->fd, poster->answer + poster->got, BUFFER - 1 - poster->got);
    if (got <= 0) {
        fprintf(stderr, "the server closed a poster's connection\n");
        exit(3);
    }
    poster->got += (size_t)got;
    if (is_answered(poster)) note_answer(poster);
}

static void open_all(void) {
    for (int i = 0; i < count; i++) {
        posters[i].fd = start_connect(port, i, 0);
        int mode = fcntl(posters[i].fd, F_GETFL);
        struct epoll_event event = {.events = EPOLLOUT};
        int ready = epoll_create1(0);
        epoll_ctl(ready, EPOLL_CTL_ADD, posters[i].fd, &event);
        if (epoll_wait(ready, &event, 1, 10000) != 1) die("connect");
        close(ready);
        fcntl(posters[i].fd, F_SETFL, mode & ~O_NONBLOCK);
        watch(epoll, posters[i].fd, EPOLL_CTL_ADD, EPOLLIN, (uint64_t)i);
    }
}

static void start_timer(double rate) {
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    long every_ns = (long)(1e9 / rate);
    struct timespec each = {every_ns / 1000000000, every_ns % 1000000000};
    struct itimerspec spec = {.it_interval = each, .it_value = each};
    timerfd_settime(timer, 0, &spec, NULL);
    watch(epoll, timer, EPOLL_CTL_ADD, EPOLLIN, TIMER);
    posters[MOST_POSTERS - 1].fd = timer;
}

static void count_due(void) {
    uint64_t ticks = 0;
    if (read(posters[MOST_POSTERS - 1].fd, &ticks, sizeof ticks) == sizeof ticks) due += ticks;
}

static void send_due(double rate, uint64_t began_ns) {
    static int turn;
    for (int tried = 0; tried < count && sent < most; tried++) {
        if (rate > 0 && sent >= due) return;
        if (!posters[turn].is_busy) {
            uint64_t due_ns = rate > 0 ? began_ns + (uint64_t)((double)(sent + 1) * 1e9 / rate)
                                       : now_ns();
            send_post(turn, due_ns);
        }
        turn = (turn + 1) % count;
    }
}

int main(int argc, char **argv) {
    port = atoi(flag(argc, argv, "--port", "8000"));
    path = flag(argc, argv, "--path", "/chat/bench%");
    names = flag(argc, argv, "--names", "");
    run = flag(argc, argv, "--run", "run");
    count = atoi(flag(argc, argv, "--connections", "32"));
    from = atoi(flag(argc, argv, "--from", "0"));
    rooms = atoi(flag(argc, argv, "--rooms", "1"));
    size = atoi(flag(argc, argv, "--size", "150"));
    is_keyed = atoi(flag(argc, argv, "--keyed", "0"));
    most = strtoull(flag(argc, argv, "--posts", "1000"), NULL, 10);
    first = strtoull(flag(argc, argv, "--first", "0"), NULL, 10);
    double rate = atof(flag(argc, argv, "--rate", "0"));
    double seconds = atof(flag(argc, argv, "--seconds", "600"));
    if (count >= MOST_POSTERS || size > 4000) return 2;
    epoll = epoll_create1(EPOLL_CLOEXEC);
    open_all();
    uint64_t began_ns = now_ns(), end_ns = began_ns + (uint64_t)(seconds * 1e9);
    if (rate > 0) start_timer(rate);
    struct epoll_event events[MOST_POSTERS];
    while (answered < sent || (sent < most && now_ns() < end_ns)) {
        if (now_ns() < end_ns) send_due(rate, began_ns);
        int ready = epoll_wait(epoll, events, MOST_POSTERS, 20);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.u64 == TIMER)
                count_due();
            else
                read_answer(&posters[events[i].data.u64]);
        }
    }
    printf("{\"posts\": %llu, \"refused\": %llu, \"first_refusal\": %d, \"wall_s\": %.4f, "
           "\"cpu_s\": %.4f, \"p50_ms\": %.3f, \"p99_ms\": %.3f}\n",
           (unsigned long long)answered, (unsigned long long)refused, first_status,
           (double)(now_ns() - began_ns) / 1e9, cpu_s(), quantile_ms(&times, 0.5),
           quantile_ms(&times, 0.99));
    return 0;
}
