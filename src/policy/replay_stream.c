/*
 * replay_stream.c - from bytes to records, a few megabytes in memory at the most.
 *
 * A file is any number of values, one behind the other: {"Records":[...]} as CloudTrail writes it,
 * an array of records, or single records, one a line.  Bytes are gathered in a buffer until a
 * record is whole; a record that is not is looked at again with the next bytes.
 *
 * Behind a record that is no JSON nobody knows where the next one begins.  In a list it is sought
 * by the member that CloudTrail writes first, from the damaged record's second byte on; else on the
 * next line.
 */
#include "replay_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/limits.h"

#include <string.h>

enum { GATHER_BYTES = 1024 * 1024 };

enum place {
    AT_VALUE,      /* outside of lists */
    AT_FIRST_ITEM, /* behind a list's "[" */
    AT_ITEM,       /* behind an item of a list */
    AT_MEMBERS,    /* behind a list, in the object that holds it */
    SEEK_RECORD,   /* behind a damaged one, in a list */
    SEEK_LINE,     /* likewise, outside */
};

struct replay_stream {
    struct replay_sink sink;
    struct buf gathered;
    uint64_t offset; /* of the first gathered byte in the file */
    size_t wanted;   /* no use to look again before so many bytes are gathered */
    enum place place;
    bool in_object; /* the list is a member */
};

struct replay_stream *replay_stream_new(const struct replay_sink *sink, struct arena *arena)
{
    struct replay_stream *stream = arena_alloc(arena, sizeof *stream);

    stream->sink = *sink;
    buf_init(&stream->gathered, LIMIT_REPLAY_RECORD_BYTES + 2 * GATHER_BYTES);
    return stream;
}

void replay_stream_fini(struct replay_stream *stream)
{
    buf_fini(&stream->gathered);
}

/* One step of the way: bytes before `at` are done with. */
struct step {
    struct replay_stream *stream;
    const char *start; /* of the bytes at hand */
    const char *at, *end;
    bool last; /* the file ends behind them */
};

static void tell(struct step *step, const char *at, const char *why)
{
    struct replay_stream *stream = step->stream;

    stream->sink.malformed(stream->sink.arg, stream->offset + (uint64_t)(at - step->start), why);
}

static void give_up(struct step *step, const char *why)
{
    struct replay_stream *stream = step->stream;

    tell(step, step->at, why);
    stream->place = stream->place == AT_VALUE ? SEEK_LINE : SEEK_RECORD;
}

/* What did not fit: true, if more bytes may mend it. */
static bool wants_more(struct step *step, const char *why)
{
    if (why == json_scan_more && !step->last) {
        if ((size_t)(step->end - step->at) < LIMIT_REPLAY_RECORD_BYTES)
            return true;
        why = "a record of more bytes than any has";
    }
    give_up(step, why);
    return false;
}

/* --- Records -------------------------------------------------------------------------------------
 */

/* A damaged record is not the one to go on with. */
static bool pass_damaged(struct step *step, const char *why)
{
    if (wants_more(step, why))
        return false;
    step->at++;
    return true;
}

static bool step_record(struct step *step, enum place behind)
{
    struct json_scan scan = {.at = step->at, .end = step->end};
    struct replay_stream *stream = step->stream;
    struct replay_event event;
    const char *lacks;

    if (*scan.at != '{') {
        if (!json_scan_value(&scan))
            return pass_damaged(step, scan.why);
        tell(step, step->at, "a value that is no record");
    } else {
        scan.at++;
        if (!replay_record_read(&scan, &event))
            return pass_damaged(step, scan.why);
        lacks = replay_record_lacks(&event);
        if (lacks != NULL)
            tell(step, step->at, lacks);
        else
            stream->sink.record(stream->sink.arg, &event);
    }
    step->at = scan.at;
    stream->place = behind;
    return true;
}

/* --- Lists ---------------------------------------------------------------------------------------
 */

/* {"Records":[ : true, with `scan` behind it. */
static bool opens_records(struct json_scan *scan)
{
    struct json_slice key;
    bool first = true;

    return json_scan_byte(scan, '{', "") && json_scan_member(scan, &first, &key) &&
           json_slice_eq(&key, "Records") && json_scan_byte(scan, '[', "");
}

static bool step_value(struct step *step)
{
    struct json_scan scan = {.at = step->at, .end = step->end};
    struct replay_stream *stream = step->stream;
    bool array = *step->at == '[';

    stream->in_object = !array && opens_records(&scan);
    if (scan.why == json_scan_more && !step->last)
        return !wants_more(step, scan.why);
    if (!array && !stream->in_object)
        return step_record(step, AT_VALUE);
    step->at = array ? step->at + 1 : scan.at;
    stream->place = AT_FIRST_ITEM;
    return true;
}

static bool step_item(struct step *step)
{
    struct replay_stream *stream = step->stream;
    struct json_scan scan = {.at = step->at, .end = step->end};
    bool first = stream->place == AT_FIRST_ITEM;

    if (json_scan_item(&scan, &first)) {
        const char *before = step->at;

        if (scan.at == scan.end && !step->last)
            return false;
        if (scan.at == scan.end) {
            give_up(step, json_scan_more);
            return true;
        }
        step->at = scan.at;
        if (step_record(step, AT_ITEM))
            return true;
        step->at = before; /* its comma is looked at again */
        return false;
    }
    if (scan.why != NULL)
        return !wants_more(step, scan.why);
    step->at = scan.at;
    stream->place = stream->in_object ? AT_MEMBERS : AT_VALUE;
    return true;
}

static bool step_members(struct step *step)
{
    struct json_scan scan = {.at = step->at, .end = step->end};
    struct json_slice key;
    bool first = false;

    while (json_scan_member(&scan, &first, &key))
        if (!json_scan_value(&scan))
            break;
    if (scan.why != NULL)
        return !wants_more(step, scan.why);
    step->at = scan.at;
    step->stream->place = AT_VALUE;
    return true;
}

/* --- Behind damage -------------------------------------------------------------------------------
 */

static const char record_start[] = "{\"eventVersion\"";

static bool step_seek_record(struct step *step)
{
    static const size_t len = sizeof record_start - 1;

    while ((size_t)(step->end - step->at) >= len) {
        const char *brace = memchr(step->at, '{', (size_t)(step->end - step->at) - len + 1);

        if (brace == NULL) {
            step->at = step->end - (len - 1);
            break;
        }
        step->at = brace;
        if (memcmp(brace, record_start, len) == 0)
            return step_record(step, AT_ITEM);
        step->at++;
    }
    if (step->last)
        step->at = step->end;
    return false;
}

static bool step_seek_line(struct step *step)
{
    const char *line = memchr(step->at, '\n', (size_t)(step->end - step->at));

    step->at = line == NULL ? step->end : line + 1;
    if (line != NULL)
        step->stream->place = AT_VALUE;
    return line != NULL;
}

/* --- All of it -----------------------------------------------------------------------------------
 */

/* False: no further without more bytes. */
static bool step_on(struct step *step)
{
    struct json_scan blanks = {.at = step->at, .end = step->end};

    json_scan_blanks(&blanks);
    if (step->stream->place != SEEK_LINE)
        step->at = blanks.at;
    if (step->at == step->end)
        return false;
    switch (step->stream->place) {
    case AT_VALUE:
        return step_value(step);
    case AT_FIRST_ITEM:
    case AT_ITEM:
        return step_item(step);
    case AT_MEMBERS:
        return step_members(step);
    case SEEK_RECORD:
        return step_seek_record(step);
    case SEEK_LINE:
        return step_seek_line(step);
    }
    return false;
}

/* How many of the bytes are done with. */
static size_t walk(struct replay_stream *stream, const char *bytes, size_t len, bool last)
{
    struct step step = {stream, bytes, bytes, bytes + len, last};

    while (step.at < step.end && step_on(&step))
        ;
    return (size_t)(step.at - bytes);
}

void replay_stream_add(struct replay_stream *stream, const char *bytes, size_t len)
{
    struct buf *gathered = &stream->gathered;

    while (len > 0) {
        size_t take = len < GATHER_BYTES ? len : GATHER_BYTES, done;

        buf_add(gathered, bytes, take);
        bytes += take;
        len -= take;
        if (gathered->len < stream->wanted)
            continue;
        done = walk(stream, gathered->data, gathered->len, false);
        stream->offset += done;
        gathered->len -= done;
        memmove(gathered->data, gathered->data + done, gathered->len);
        /* Twice as much each time, so that a long record costs no more than twice its length. */
        stream->wanted = done > 0 ? 0 : 2 * gathered->len;
        if (stream->wanted > LIMIT_REPLAY_RECORD_BYTES)
            stream->wanted = LIMIT_REPLAY_RECORD_BYTES;
    }
}

uint64_t replay_stream_end(struct replay_stream *stream)
{
    struct buf *gathered = &stream->gathered;
    uint64_t end;

    stream->offset += walk(stream, buf_text(gathered), gathered->len, true);
    if (stream->place != AT_VALUE && stream->place != SEEK_LINE && stream->place != SEEK_RECORD)
        stream->sink.malformed(stream->sink.arg, stream->offset, json_scan_more);
    end = stream->offset;
    buf_reset(gathered);
    stream->offset = 0;
    stream->wanted = 0;
    stream->place = AT_VALUE;
    return end;
}
