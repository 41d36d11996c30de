/* One reader: what it has seen, and the checks of what comes next. */
#ifndef BENCH_READER_H
#define BENCH_READER_H

#include "common.h"

#define NONE UINT32_MAX

typedef enum { CONNECTING, IN_HEAD, IN_SIZE, IN_CHUNK, AFTER_CHUNK, IN_BODY, IN_PAGE, OVER } State;

typedef struct {
    int fd, number;
    State state;
    uint8_t has_begun, has_token; /* a feed of many rooms: its ids are no ids of entries */
    uint64_t left, id_high, id_low, order, entry_id[2];
    uint32_t delivered, carried, room_for;
    char *carry;
    uint32_t *next; /* per posting connection: the sequence to come */
} Reader;

/* Of all readers together. */
static uint64_t delivered, lost, repeated, misordered, pings, gaps, byes, newest_ns;
static Histogram times;
static char last_id[64], first_trouble[128];
static int posters;

/* In readers.c: this reader has its first event. */
static void begin(Reader *reader);

static void carry(Reader *reader, const char *from, size_t size) {
    if (reader->carried + size > reader->room_for) {
        reader->room_for = (uint32_t)(reader->carried + size + 512);
        reader->carry = realloc(reader->carry, reader->room_for);
    }
    memcpy(reader->carry + reader->carried, from, size);
    reader->carried += (uint32_t)size;
}

static uint64_t number_at(const char **at, const char *stop) {
    uint64_t value = 0;
    while (*at < stop && **at >= '0' && **at <= '9') value = value * 10 + (uint64_t)(*(*at)++ - '0');
    return value;
}

static void take_id(Reader *reader, const char *at, const char *stop) {
    while (at < stop && *at == ' ') at++;
    reader->has_token = at < stop && (*at < '0' || *at > '9');
    if (reader->has_token) return;
    if (reader->number == 0)
        snprintf(last_id, sizeof last_id, "%.*s", (int)strspn(at, "0123456789-:"), at);
    reader->id_high = number_at(&at, stop);
    if (at < stop) at++;
    reader->id_low = number_at(&at, stop);
}

/* Of an entry: pings and hello repeat the cursor and have none of our texts. */
static void check_id(Reader *reader) {
    uint64_t *before = reader->entry_id;
    if (reader->id_high < before[0] ||
        (reader->id_high == before[0] && reader->id_low <= before[1])) {
        misordered++;
        snprintf(first_trouble, sizeof first_trouble, "reader %d: id %llu-%llu after %llu-%llu",
                 reader->number, (unsigned long long)reader->id_high,
                 (unsigned long long)reader->id_low, (unsigned long long)before[0],
                 (unsigned long long)before[1]);
    }
    before[0] = reader->id_high;
    before[1] = reader->id_low;
}

static void take_text(Reader *reader, const char *at, const char *stop, uint64_t now) {
    uint32_t poster = (uint32_t)number_at(&at, stop);
    at++;
    uint32_t sequence = (uint32_t)number_at(&at, stop);
    at++;
    uint64_t due_ns = number_at(&at, stop);
    if (poster >= (uint32_t)posters || at >= stop || *at != '%') {
        misordered++;
        snprintf(first_trouble, sizeof first_trouble, "reader %d: damaged text", reader->number);
        return;
    }
    uint32_t next = reader->next[poster];
    if (next != NONE && sequence > next) lost += sequence - next;
    if (next != NONE && sequence < next) repeated++;
    reader->next[poster] = sequence + 1;
    reader->order = (reader->order ^ ((uint64_t)poster << 32 | sequence)) * 0x9E3779B97F4A7C15u;
    reader->delivered++;
    delivered++;
    newest_ns = now;
    note(&times, now > due_ns ? (now - due_ns) / 1000 : 0);
    check_id(reader);
}

static void take_line(Reader *reader, const char *line, size_t size, uint64_t now) {
    if (size && line[size - 1] == '\r') size--;
    if (size > 5 && memcmp(line, "data:", 5) == 0) {
        const char *mark = memchr(line, '%', size);
        const char *own = reader->has_token ? memmem(line, size, "\"id\":\"", 6) : NULL;
        if (own != NULL) {
            take_id(reader, own + 6, line + size);
            reader->has_token = 1;
        }
        if (mark != NULL) take_text(reader, mark + 1, line + size, now);
    } else if (size > 3 && memcmp(line, "id:", 3) == 0) {
        take_id(reader, line + 3, line + size);
    } else if (size > 7 && memcmp(line, "event: ", 7) == 0) {
        if (memcmp(line + 7, "hello", 5) == 0) begin(reader);
        if (memcmp(line + 7, "ping", 4) == 0) pings++;
        if (memcmp(line + 7, "gap", 3) == 0) gaps++;
        if (memcmp(line + 7, "bye", 3) == 0) byes++;
    }
}

static void take_body(Reader *reader, const char *at, size_t size, uint64_t now) {
    while (size) {
        const char *newline = memchr(at, '\n', size);
        if (newline == NULL) {
            carry(reader, at, size);
            return;
        }
        size_t length = (size_t)(newline - at);
        if (reader->carried) {
            carry(reader, at, length);
            take_line(reader, reader->carry, reader->carried, now);
            reader->carried = 0;
        } else {
            take_line(reader, at, length, now);
        }
        at += length + 1;
        size -= length + 1;
    }
}

#endif
