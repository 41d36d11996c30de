/* The readers: N connections to a feed of server-sent events, or long-polls, in one epoll loop.
 *
 * Every event is parsed: chunks, lines, ids. In the data `%connection.sequence.nanoseconds%` says
 * which post it was. For each reader and each posting connection the sequence must go up by one;
 * ids must go up; and all readers of one room must have seen the same order.
 *
 * With --comes-back 1 a reader whose feed ends asks again at once, from the last id that it saw.
 *
 * With --polls 1 each asks for a page of JSON from the cursor that it has, which is put behind the
 * path, and again on the same connection once it is answered.
 *
 * Commands on standard input, a line each: `stats` prints a JSON object, `reset` forgets the times
 * of deliveries, `stall` stops reading, `go` reads again. It ends with its input. Prints
 * `connected SECONDS` when every reader has begun.
 */
#include "reader.h"

#define MOST_POSTERS 256
#define BUFFER (256 * 1024)
#define COMMANDS UINT64_MAX

static Reader *readers;
static int count, port, rooms, rcvbuf, at_once, epoll, begun, asked, comes_back, polls;
static const char *path, *headers, *start_mark;
static uint64_t refused, ended, returned, bytes, reads, began_ns;

static void begin(Reader *reader) {
    if (reader->has_begun) return;
    reader->has_begun = 1;
    if (++begun == count) {
        printf("connected %.6f\n", (double)(now_ns() - began_ns) / 1e9);
        fflush(stdout);
    }
}

static void connect_some(void) {
    while (asked < count && asked - begun < at_once) {
        Reader *reader = &readers[asked];
        reader->number = asked;
        reader->fd = start_connect(port, asked, rcvbuf);
        reader->next = malloc(sizeof *reader->next * (size_t)posters);
        for (int i = 0; i < posters; i++) reader->next[i] = NONE;
        watch(epoll, reader->fd, EPOLL_CTL_ADD, EPOLLOUT, (uint64_t)asked);
        asked++;
    }
}

static void ask(Reader *reader) {
    char request[2048], filled[256], cursor[96] = "";
    fill(filled, sizeof filled, path, reader->number % rooms);
    if (polls)
        snprintf(filled + strlen(filled), sizeof filled - strlen(filled), "%llu-%llu",
                 (unsigned long long)reader->id_high, (unsigned long long)reader->id_low);
    else if (reader->id_high)
        snprintf(cursor, sizeof cursor, "Last-Event-ID: %llu-%llu\r\n",
                 (unsigned long long)reader->id_high, (unsigned long long)reader->id_low);
    int size = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: %s\r\n%s%s\r\n",
                        filled, port, polls ? "application/json" : "text/event-stream", headers,
                        cursor);
    if (write(reader->fd, request, (size_t)size) != size) die("the server refuses connections");
    reader->state = IN_HEAD;
    watch(epoll, reader->fd, EPOLL_CTL_MOD, EPOLLIN, (uint64_t)reader->number);
    if (polls) begin(reader);
}

static void come_back(Reader *reader) {
    returned++;
    reader->left = reader->carried = 0;
    reader->state = CONNECTING;
    reader->fd = start_connect(port, reader->number, rcvbuf);
    watch(epoll, reader->fd, EPOLL_CTL_ADD, EPOLLOUT, (uint64_t)reader->number);
}

static void end(Reader *reader) {
    if (reader->state == OVER) return;
    close(reader->fd);
    if (comes_back && reader->state != IN_HEAD) {
        come_back(reader);
        return;
    }
    reader->state = OVER;
    ended++;
}

/* Bytes of the head that were used; the rest is body. */
static size_t take_head(Reader *reader, const char *at, size_t size) {
    size_t before = reader->carried;
    carry(reader, at, size);
    carry(reader, "", 1);
    char *stop = strstr(reader->carry, "\r\n\r\n");
    if (stop == NULL) {
        reader->carried--;
        return size;
    }
    if (strncmp(reader->carry + 9, "200", 3) != 0) {
        refused++;
        snprintf(first_trouble, sizeof first_trouble, "answer: %.*s",
                 (int)strcspn(reader->carry, "\r\n\""), reader->carry);
        reader->carried = 0;
        begin(reader);
        end(reader);
        return size;
    }
    *stop = 0;
    if (polls) {
        char *length = strcasestr(reader->carry, "content-length:");
        if (length == NULL) die("an answer without a length");
        reader->left = strtoull(length + 15, NULL, 10);
        reader->state = IN_PAGE;
        reader->carried = 0;
        return (size_t)(stop + 4 - reader->carry) - before;
    }
    int is_chunked = strcasestr(reader->carry, "transfer-encoding: chunked") != NULL;
    reader->state = is_chunked ? IN_SIZE : IN_BODY;
    reader->carried = 0;
    if (*start_mark == 0) begin(reader);
    return (size_t)(stop + 4 - reader->carry) - before;
}

static size_t take_size(Reader *reader, const char *at) {
    char digit = *at;
    if (digit == '\n') {
        if (reader->left == 0)
            end(reader);
        else
            reader->state = IN_CHUNK;
    } else if (digit != '\r') {
        reader->left = reader->left * 16 + (uint64_t)(digit <= '9' ? digit - '0' : (digit | 32) - 'a' + 10);
    }
    return 1;
}

static size_t take_chunk(Reader *reader, const char *at, size_t size, uint64_t now) {
    size_t used = size < reader->left ? size : reader->left;
    take_body(reader, at, used, now);
    reader->left -= used;
    if (reader->left == 0) reader->state = AFTER_CHUNK;
    return used;
}

/* Its entries, and where the next begins. */
static void take_page(Reader *reader, uint64_t now) {
    carry(reader, "", 1);
    const char *at = reader->carry, *stop = at + reader->carried - 1, *cursor = strstr(at, "\"cursor\":\"");
    for (const char *text; (at = strstr(at, "\"id\":\"")) != NULL; at = text + 1) {
        take_id(reader, at + 6, stop);
        text = strchr(at, '%');
        if (text == NULL) break;
        take_text(reader, text + 1, stop, now);
    }
    if (cursor == NULL) die("a page without a cursor");
    take_id(reader, cursor + 10, stop);
    reader->carried = 0;
    ask(reader);
}

static size_t take_some_of_page(Reader *reader, const char *at, size_t size, uint64_t now) {
    size_t used = size < reader->left ? size : reader->left;
    carry(reader, at, used);
    reader->left -= used;
    if (reader->left == 0) take_page(reader, now);
    return used;
}

static void take(Reader *reader, const char *at, size_t size) {
    uint64_t now = now_ns();
    while (size && reader->state != OVER && reader->state != CONNECTING) {
        size_t used = size;
        switch (reader->state) {
        case IN_HEAD: used = take_head(reader, at, size); break;
        case IN_SIZE: used = take_size(reader, at); break;
        case IN_PAGE: used = take_some_of_page(reader, at, size, now); break;
        case IN_CHUNK: used = take_chunk(reader, at, size, now); break;
        case AFTER_CHUNK:
            used = 1;
            if (*at == '\n') reader->state = IN_SIZE;
            break;
        default: take_body(reader, at, size, now);
        }
        at += used;
        size -= used;
    }
}

static void read_some(Reader *reader) {
    static char buffer[BUFFER];
    ssize_t got = read(reader->fd, buffer, sizeof buffer);
    if (got > 0) {
        bytes += (uint64_t)got;
        reads++;
        take(reader, buffer, (size_t)got);
    } else if (got == 0 || errno != EAGAIN) {
        end(reader);
    }
}

static int is_same_order(void) {
    for (int i = rooms; i < count; i++)
        if (readers[i].order != readers[i % rooms].order) return 0;
    return 1;
}

static void print_stats(void) {
    uint32_t least = UINT32_MAX, most = 0;
    for (int i = 0; i < count; i++) {
        if (readers[i].delivered < least) least = readers[i].delivered;
        if (readers[i].delivered > most) most = readers[i].delivered;
    }
#define N(value) (unsigned long long)(value)
    printf("{\"delivered\": %llu, \"lost\": %llu, \"repeated\": %llu, \"misordered\": %llu, "
           "\"refused\": %llu, \"ended\": %llu, \"returned\": %llu, \"pings\": %llu, \"gaps\": %llu, \"byes\": %llu, "
           "\"least\": %u, \"most\": %u, \"same_order\": %s, \"bytes\": %llu, \"reads\": %llu, "
           "\"p50_ms\": %.3f, \"p99_ms\": %.3f, \"worst_ms\": %.3f, \"cpu_s\": %.6f, "
           "\"until_s\": %.6f, "
           "\"last_id\": \"%s\", \"trouble\": \"%s\"}\n",
           N(delivered), N(lost), N(repeated), N(misordered), N(refused), N(ended), N(returned),
           N(pings), N(gaps), N(byes), least, most, is_same_order() ? "true" : "false", N(bytes), N(reads),
           quantile_ms(&times, 0.5), quantile_ms(&times, 0.99), (double)times.most_us / 1e3,
           cpu_s(), newest_ns ? (double)(newest_ns - began_ns) / 1e9 : 0, last_id, first_trouble);
    fflush(stdout);
}

static void listen_to_all(uint32_t events) {
    for (int i = 0; i < asked; i++)
        if (readers[i].state != OVER && readers[i].state != CONNECTING)
            watch(epoll, readers[i].fd, EPOLL_CTL_MOD, events, (uint64_t)i);
}

static void obey(void) {
    char line[256];
    ssize_t got = read(0, line, sizeof line - 1);
    if (got <= 0) exit(0);
    line[got] = 0;
    for (char *word = strtok(line, "\n"); word; word = strtok(NULL, "\n")) {
        if (strcmp(word, "stats") == 0) print_stats();
        if (strcmp(word, "reset") == 0) memset(&times, 0, sizeof times);
        if (strcmp(word, "stall") == 0) listen_to_all(0);
        if (strcmp(word, "go") == 0) listen_to_all(EPOLLIN);
    }
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN);
    raise_file_limit();
    port = atoi(flag(argc, argv, "--port", "8000"));
    path = flag(argc, argv, "--path", "/chat/bench%");
    headers = flag(argc, argv, "--headers", "");
    start_mark = flag(argc, argv, "--start", "hello");
    count = atoi(flag(argc, argv, "--readers", "100"));
    at_once = atoi(flag(argc, argv, "--at-once", "4000"));
    posters = atoi(flag(argc, argv, "--posters", "32"));
    rooms = atoi(flag(argc, argv, "--rooms", "1"));
    comes_back = atoi(flag(argc, argv, "--comes-back", "0"));
    polls = atoi(flag(argc, argv, "--polls", "0"));
    rcvbuf = atoi(flag(argc, argv, "--rcvbuf", "0"));
    readers = calloc((size_t)count, sizeof *readers);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(epoll, 0, EPOLL_CTL_ADD, EPOLLIN, COMMANDS);
    began_ns = now_ns();
    struct epoll_event events[1024];
    for (;;) {
        connect_some();
        int ready = epoll_wait(epoll, events, 1024, -1);
        for (int i = 0; i < ready; i++) {
            uint64_t mark = events[i].data.u64;
            if (mark == COMMANDS)
                obey();
            else if (readers[mark].state == CONNECTING)
                ask(&readers[mark]);
            else
                read_some(&readers[mark]);
        }
    }
}
