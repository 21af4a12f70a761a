/*
 * bench_aws_bare.c - the least that a client of AWS does: sign, send, parse.
 *
 *   bench_aws_bare URL CALLS ACCOUNT
 *
 * Reads an account's tags as often as it is told, FLIGHT calls at a time, over one curl multi
 * handle on epoll.  No fibers, no call layer: nothing is limited, repeated or counted.  The
 * credentials and AWS_CA_BUNDLE are those of the environment.  tests/bench/scale.py measures it
 * beside plinth.
 */
#include "plinth/aws/credentials.h"
#include "plinth/aws/sigv4.h"
#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/env.h"
#include "plinth/base/secret.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <curl/curl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { FLIGHT = 256, ANSWER_BYTES_MOST = 1024 * 1024 };

/* One call under way, then the next in its place. */
struct slot {
    CURL *easy;
    struct arena *arena;
    struct curl_slist *headers;
    struct buf answer;
};

struct bare {
    const char *url, *body, *ca_bundle;
    struct credentials *credentials;
    struct sigv4_cache *cache;
    CURLM *multi;
    int epoll_fd;
    int64_t due_us; /* of curl's timer; -1: none */
    uint64_t left, done;
    struct slot slots[FLIGHT];
};

static void fail(const char *why)
{
    (void)fprintf(stderr, "bench_aws_bare: %s\n", why);
    exit(1);
}

static int64_t now_us(void)
{
    return clock_real()->mono_us(clock_real());
}

/* --- One call ------------------------------------------------------------------------------------
 */

static struct http_request signed_request(const struct bare *bare, struct arena *arena)
{
    struct http_request request = {
        .method = "POST", .url = bare->url, .body = bare->body, .body_len = strlen(bare->body)};
    const struct sigv4_scope scope = {.region = "us-east-1",
                                      .service = "organizations",
                                      .wall_ms = clock_real()->wall_ms(clock_real()),
                                      .cache = bare->cache};
    struct err err = ERR_INIT;

    http_header_add(&request.headers, arena, "Content-Type", "application/x-amz-json-1.1");
    http_header_add(&request.headers, arena, "X-Amz-Target",
                    "AWSOrganizationsV20161128.ListTagsForResource");
    if (sigv4_sign(&scope, bare->credentials, &request, arena, &err) != 0)
        fail(err.text);
    return request;
}

static void start(struct bare *bare, struct slot *slot)
{
    struct http_request request;

    if (bare->left == 0)
        return;
    bare->left--;
    arena_reset(slot->arena);
    buf_reset(&slot->answer);
    curl_slist_free_all(slot->headers);
    slot->headers = NULL;
    request = signed_request(bare, slot->arena);
    for (size_t i = 0; i < request.headers.count; i++)
        slot->headers = curl_slist_append(
            slot->headers, arena_printf(slot->arena, "%s: %s", request.headers.items[i].name,
                                        request.headers.items[i].value));
    (void)curl_easy_setopt(slot->easy, CURLOPT_HTTPHEADER, slot->headers);
    if (curl_multi_add_handle(bare->multi, slot->easy) != CURLM_OK)
        fail("curl refuses a transfer");
}

static void finish(struct bare *bare, struct slot *slot, CURLcode result)
{
    struct err err = ERR_INIT;
    struct json *answer;
    long status = 0;

    (void)curl_easy_getinfo(slot->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_multi_remove_handle(bare->multi, slot->easy);
    if (result != CURLE_OK)
        fail(curl_easy_strerror(result));
    if (json_parse(buf_text(&slot->answer), slot->answer.len, slot->arena, &answer, &err) != 0)
        fail(err.text);
    if (status != 200 || json_get(answer, "Tags") == NULL)
        fail(buf_text(&slot->answer));
    bare->done++;
}

static void take_ends(struct bare *bare)
{
    struct CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(bare->multi, &left)) != NULL) {
        struct slot *slot;

        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &slot);
        finish(bare, slot, message->data.result);
        start(bare, slot);
    }
}

/* --- curl's callbacks ----------------------------------------------------------------------------
 */

static size_t on_bytes(char *bytes, size_t size, size_t count, void *arg)
{
    struct slot *slot = arg;

    buf_add(&slot->answer, bytes, size * count);
    return slot->answer.overflow ? 0 : size * count;
}

static int on_timer(CURLM *multi, long timeout_ms, void *arg)
{
    struct bare *bare = arg;

    (void)multi;
    bare->due_us = timeout_ms < 0 ? -1 : now_us() + timeout_ms * 1000;
    return 0;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
    struct bare *bare = arg;
    struct epoll_event event = {.data.fd = fd};

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        (void)epoll_ctl(bare->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    event.events = ((what & CURL_POLL_IN) != 0 ? (uint32_t)EPOLLIN : 0) |
                   ((what & CURL_POLL_OUT) != 0 ? (uint32_t)EPOLLOUT : 0);
    if (epoll_ctl(bare->epoll_fd, known != NULL ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) != 0)
        fail("epoll refuses a socket");
    (void)curl_multi_assign(bare->multi, fd, bare);
    return 0;
}

/* --- The loop ------------------------------------------------------------------------------------
 */

static void turn(struct bare *bare)
{
    struct epoll_event events[FLIGHT];
    int64_t wait_us = bare->due_us < 0 ? 1000 * 1000 : bare->due_us - now_us();
    int running, count;

    count = epoll_wait(bare->epoll_fd, events, FLIGHT,
                       wait_us <= 0 ? 0 : (int)((wait_us + 999) / 1000));
    for (int i = 0; i < count; i++) {
        int ready = ((events[i].events & ~(uint32_t)EPOLLOUT) != 0 ? CURL_CSELECT_IN : 0) |
                    ((events[i].events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0);

        (void)curl_multi_socket_action(bare->multi, events[i].data.fd, ready, &running);
    }
    if (bare->due_us >= 0 && bare->due_us <= now_us()) {
        bare->due_us = -1;
        (void)curl_multi_socket_action(bare->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    take_ends(bare);
}

static void slot_init(struct slot *slot, const struct bare *bare)
{
    slot->arena = arena_new("bare");
    slot->easy = curl_easy_init();
    if (slot->easy == NULL)
        fail("curl gives no handle");
    buf_init(&slot->answer, ANSWER_BYTES_MOST);
    (void)curl_easy_setopt(slot->easy, CURLOPT_URL, bare->url);
    (void)curl_easy_setopt(slot->easy, CURLOPT_POSTFIELDS, bare->body);
    (void)curl_easy_setopt(slot->easy, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(slot->easy, CURLOPT_NOSIGNAL, 1L);
    if (bare->ca_bundle != NULL) { /* read once if nothing else is trusted */
        (void)curl_easy_setopt(slot->easy, CURLOPT_CAINFO, bare->ca_bundle);
        (void)curl_easy_setopt(slot->easy, CURLOPT_CAPATH, NULL);
    }
    (void)curl_easy_setopt(slot->easy, CURLOPT_WRITEFUNCTION, on_bytes);
    (void)curl_easy_setopt(slot->easy, CURLOPT_WRITEDATA, slot);
    (void)curl_easy_setopt(slot->easy, CURLOPT_PRIVATE, slot);
}

static void slot_fini(struct slot *slot)
{
    curl_easy_cleanup(slot->easy);
    curl_slist_free_all(slot->headers);
    buf_fini(&slot->answer);
    arena_free(slot->arena);
}

static void run(struct bare *bare)
{
    uint64_t calls = bare->left;

    bare->multi = curl_multi_init();
    bare->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (bare->multi == NULL || bare->epoll_fd < 0)
        fail("no loop");
    bare->due_us = -1;
    (void)curl_multi_setopt(bare->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    (void)curl_multi_setopt(bare->multi, CURLMOPT_SOCKETDATA, bare);
    (void)curl_multi_setopt(bare->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    (void)curl_multi_setopt(bare->multi, CURLMOPT_TIMERDATA, bare);
    (void)curl_multi_setopt(bare->multi, CURLMOPT_MAXCONNECTS, (long)FLIGHT);
    for (size_t i = 0; i < FLIGHT; i++) {
        slot_init(&bare->slots[i], bare);
        start(bare, &bare->slots[i]);
    }
    while (bare->done < calls)
        turn(bare);
    for (size_t i = 0; i < FLIGHT; i++)
        slot_fini(&bare->slots[i]);
    (void)curl_multi_cleanup(bare->multi);
    (void)close(bare->epoll_fd);
}

int main(int argc, char **argv)
{
    static struct bare bare;
    const char *key = getenv("AWS_ACCESS_KEY_ID"), *secret = getenv("AWS_SECRET_ACCESS_KEY");
    struct arena *arena = arena_new("bare");

    if (argc != 4 || key == NULL || secret == NULL || !str_to_u64(argv[2], &bare.left)) {
        (void)fputs("usage: bench_aws_bare URL CALLS ACCOUNT, with AWS_ACCESS_KEY_ID and "
                    "AWS_SECRET_ACCESS_KEY\n",
                    stderr);
        return 64;
    }
    bare.url = arena_printf(arena, "%s/", argv[1]);
    bare.body = arena_printf(arena, "{\"ResourceId\":\"%s\"}", argv[3]);
    bare.credentials = credentials_new(key, secret_new(secret, strlen(secret)), NULL, 0);
    bare.ca_bundle = getenv("AWS_CA_BUNDLE");
    bare.cache = sigv4_cache_new();
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    run(&bare);
    curl_global_cleanup();
    sigv4_cache_free(bare.cache);
    credentials_unref(bare.credentials);
    arena_free(arena);
    return 0;
}
