#include "plinth/base/arena.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/fiber/fiber.h"

#include "net_priv.h"

#include <uthash.h>

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    CONNECTIONS_PER_HOST = 64,
    TIMEOUT_MS = 60 * 1000,
    CONNECT_TIMEOUT_MS = 10 * 1000,
    CONNECTIONS_LEAST = 8,
    CONNECTIONS_MOST = 1024, /* each takes 50 KB with TLS, idle ones too */
    FILES_LEFT = 64,         /* for all that is no connection */
};

/* The exchanges with one server (scheme, host and port) wait for each other here and not inside
 * libcurl, where the time they wait would count against their time-out.  The first one goes alone
 * until it is connected: then the others find its name resolved (libcurl starts a thread for each
 * look-up) and the connection itself where HTTP/2 lets them share it.
 *
 * A server's TLS sessions are kept here as well.  libcurl has room for a few of them in each easy
 * handle, which serves one server after the other, or for a few in one cache for all: with the
 * services of many regions hardly any would be there when it is wanted. */
struct host {
    const char *name;
    struct fiber_sem slots;
    CURLSH *sessions; /* NULL: no memory for it; the handshakes are whole ones then */
    bool open;        /* to more than the first */
    UT_hash_handle hh;
};

/* An easy handle with its buffers.  It serves one exchange after the other, so that only what
 * differs between them is set. */
struct exchange {
    CURL *easy;
    struct curl_transport *curl;
    struct host *host;
    struct fiber *fiber;
    struct answer answer;
    bool begun; /* libcurl was about to send the request */
    bool done;
    CURLcode result;
    char detail[CURL_ERROR_SIZE];
    struct exchange *next; /* in the pool */
};

struct curl_transport {
    struct transport transport; /* first: a struct transport of this file is a curl_transport */
    struct arena *arena;        /* holds this struct, and all that lives as long */
    struct sched *sched;
    struct transport_curl_options options;
    struct loop loop;
    struct host *hosts;
    struct fiber_sem slots;
    size_t connections_most;
    struct exchange *pool;
    size_t running;
};

/* --- What libcurl calls --------------------------------------------------------------------------
 */

static size_t on_line(char *bytes, size_t size, size_t count, void *arg)
{
    struct exchange *exchange = arg;

    return answer_take_line(&exchange->answer, bytes, size * count) ? size * count : 0;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct exchange *exchange = arg;

    return answer_take_body(&exchange->answer, bytes, size * count) ? size * count : 0;
}

static void host_open(const struct curl_transport *curl, struct host *host)
{
    if (host->open)
        return;
    host->open = true;
    for (size_t i = 1; i < curl->options.connections_per_host; i++)
        fiber_sem_release(&host->slots);
}

/* Bytes of the request that were given to the kernel. */
static bool was_sent(const struct exchange *exchange)
{
    long sent = 0;

    (void)curl_easy_getinfo(exchange->easy, CURLINFO_REQUEST_SIZE, &sent);
    return exchange->begun && sent > 0;
}

/* Called before each sending.  When a kept connection breaks before the first byte of the answer,
 * libcurl would send the request again by itself, even a POST that the server may have carried out.
 * A stop may also have come while the connection was made. */
static int before_sending(void *arg, char *remote, char *local, int remote_port, int local_port)
{
    struct exchange *exchange = arg;

    (void)remote, (void)local, (void)remote_port, (void)local_port;
    if (was_sent(exchange) || sched_stopping(exchange->curl->sched))
        return CURL_PREREQFUNC_ABORT;
    exchange->begun = true;
    host_open(exchange->curl, exchange->host);
    return CURL_PREREQFUNC_OK;
}

static void on_done(CURL *easy, CURLcode result)
{
    struct exchange *exchange = NULL;

    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&exchange);
    exchange->result = result;
    exchange->done = true;
    fiber_wake(exchange->fiber);
}

/* --- Easy handles --------------------------------------------------------------------------------
 */

/* Also what libcurl does by default where our promise depends on it. */
static bool set_safety(CURL *easy)
{
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)LIMIT_HTTP_BODY_BYTES) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK;
}

/* Trust comes from one file and from no folder besides: only then does libcurl read it once, and
 * not for every connection, which each time takes longer and more memory than all else about TLS.
 * And who names a bundle trusts nobody outside of it. */
static bool set_trust(CURL *easy, const char *ca_bundle)
{
    return ca_bundle == NULL || (curl_easy_setopt(easy, CURLOPT_CAINFO, ca_bundle) == CURLE_OK &&
                                 curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK);
}

static bool set_ways(CURL *easy, const struct transport_curl_options *options)
{
    /* A libcurl without HTTP/2 refuses this and stays with 1.1. */
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    return curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)options->connect_timeout_ms) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USERAGENT, options->user_agent) == CURLE_OK &&
           (options->proxy == NULL ||
            curl_easy_setopt(easy, CURLOPT_PROXY, options->proxy) == CURLE_OK);
}

static bool set_callbacks(CURL *easy, struct exchange *exchange)
{
    return curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->detail) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_line) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_sending) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PREREQDATA, exchange) == CURLE_OK;
}

static struct exchange *exchange_take(struct curl_transport *curl, struct err *err)
{
    struct exchange *exchange = curl->pool;
    CURL *easy;

    if (exchange != NULL) {
        curl->pool = exchange->next;
        return exchange;
    }
    easy = curl_easy_init();
    exchange = arena_alloc(curl->arena, sizeof *exchange);
    if (easy == NULL || !set_safety(easy) || !set_ways(easy, &curl->options) ||
        !set_trust(easy, curl->options.ca_bundle) || !set_callbacks(easy, exchange) ||
        !loop_adopt(&curl->loop, easy)) {
        curl_easy_cleanup(easy);
        (void)err_set(err, ERR_IO, "libcurl cannot be set up");
        return NULL;
    }
    exchange->easy = easy;
    exchange->curl = curl;
    answer_init(&exchange->answer);
    return exchange;
}

static void exchange_give(struct curl_transport *curl, struct exchange *exchange)
{
    exchange->next = curl->pool;
    curl->pool = exchange;
}

/* --- The request ---------------------------------------------------------------------------------
 */

static struct curl_slist *push_line(struct curl_slist *list, struct arena *arena, const char *line)
{
    struct curl_slist *node = arena_alloc(arena, sizeof *node);

    node->data = (char *)line; /* libcurl only reads it */
    node->next = list;
    return node;
}

static char *header_line(struct arena *arena, const struct http_header *header)
{
    size_t name = strlen(header->name), value = strlen(header->value);
    char *line = arena_alloc(arena, name + value + 3);

    memcpy(line, header->name, name);
    if (value == 0) {
        line[name] = ';'; /* libcurl's way to say: send it, with nothing in it */
        return line;
    }
    line[name] = ':';
    line[name + 1] = ' ';
    memcpy(line + name + 2, header->value, value);
    return line;
}

/* The list lives in the arena, in the order of the request.  A name with
 * nothing behind its colon keeps a header of libcurl's own away: what was signed is what travels,
 * and a large body does not wait for a 100. */
static struct curl_slist *header_list(const struct http_headers *headers, struct arena *arena)
{
    struct curl_slist *list = push_line(NULL, arena, "Expect:");

    if (http_header_get(headers, "Accept") == NULL)
        list = push_line(list, arena, "Accept:");
    if (http_header_get(headers, "Content-Type") == NULL)
        list = push_line(list, arena, "Content-Type:");
    for (size_t i = headers->count; i > 0; i--)
        list = push_line(list, arena, header_line(arena, &headers->items[i - 1]));
    return list;
}

/* These announce a length even when they carry nothing. */
static bool has_body(const struct http_request *request)
{
    return request->body_len > 0 || str_eq(request->method, "POST") ||
           str_eq(request->method, "PUT") || str_eq(request->method, "PATCH");
}

static bool set_method(CURL *easy, const struct http_request *request)
{
    const char *method = request->method;

    if (has_body(request))
        return curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len) ==
                   CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
                                request->body_len == 0 ? "" : request->body) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST,
                                str_eq(method, "POST") ? NULL : method) == CURLE_OK;
    if (str_eq(method, "HEAD"))
        return curl_easy_setopt(easy, CURLOPT_NOBODY, 1L) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, NULL) == CURLE_OK;
    return curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, str_eq(method, "GET") ? NULL : method) ==
               CURLE_OK;
}

static int request_set(struct exchange *exchange, const struct http_request *request,
                       struct arena *arena, struct err *err)
{
    CURL *easy = exchange->easy;
    int64_t timeout_ms =
        request->timeout_ms > 0 ? request->timeout_ms : exchange->curl->options.timeout_ms;

    answer_start(&exchange->answer, arena);
    exchange->begun = false;
    exchange->done = false;
    exchange->detail[0] = '\0';
    if (timeout_ms > INT_MAX)
        timeout_ms = INT_MAX; /* libcurl takes no more */
    if (curl_easy_setopt(easy, CURLOPT_URL, request->url) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, header_list(&request->headers, arena)) !=
            CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_SHARE, exchange->host->sessions) != CURLE_OK ||
        !set_method(easy, request))
        return err_set(err, ERR_IO, "libcurl does not take this request");
    return 0;
}

/* --- What the result means -----------------------------------------------------------------------
 */

/* Nothing was sent: whether that is for a reason that a later attempt would meet again. */
static bool is_permanent(const struct exchange *exchange)
{
    long proxy_status = 0;

    switch (exchange->result) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_FAILED_INIT:
    case CURLE_URL_MALFORMAT:
    case CURLE_NOT_BUILT_IN:
    case CURLE_OUT_OF_MEMORY:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_UNKNOWN_OPTION:
    case CURLE_INTERFACE_FAILED:
    case CURLE_LOGIN_DENIED:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        return true;
    default: /* a proxy that does not let us through; what else a proxy says may pass */
        (void)curl_easy_getinfo(exchange->easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
        return proxy_status >= 400 && proxy_status < 500;
    }
}

/* libcurl calls a head line that is too long for it a lack of memory. */
static bool is_too_large(const struct exchange *exchange)
{
    return exchange->answer.too_large || exchange->result == CURLE_FILESIZE_EXCEEDED ||
           (exchange->result == CURLE_OUT_OF_MEMORY && was_sent(exchange));
}

static int cancelled(const char *server, struct err *err)
{
    return err_set(err, ERR_CANCELLED, "%s: interrupted before anything was sent", server);
}

/* The URL's path and query may name what the log must not: an error says the server only. */
static int fail(const struct exchange *exchange, const char *server, struct err *err)
{
    const char *detail =
        exchange->detail[0] != '\0' ? exchange->detail : curl_easy_strerror(exchange->result);

    if (is_too_large(exchange))
        return err_set(err, ERR_LIMIT,
                       "%s: the answer is larger than %d bytes, or its head than %d", server,
                       LIMIT_HTTP_BODY_BYTES, LIMIT_HTTP_HEADER_BYTES);
    if (exchange->result == CURLE_ABORTED_BY_CALLBACK && !was_sent(exchange))
        return cancelled(server, err);
    if (exchange->result == CURLE_ABORTED_BY_CALLBACK)
        return err_set(err, ERR_LOST, "%s: the connection broke before an answer came", server);
    if (was_sent(exchange))
        return err_set(err, ERR_LOST, "%s: no whole answer: %s", server, detail);
    if (is_permanent(exchange))
        return err_set(err, ERR_IO, "%s: %s", server, detail);
    return err_set(err, ERR_TRANSIENT, "%s: no connection: %s", server, detail);
}

static int finish(struct exchange *exchange, const char *server, struct http_response *out,
                  struct err *err)
{
    long status = 0;

    if (exchange->result != CURLE_OK)
        return fail(exchange, server, err);
    (void)curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    answer_finish(&exchange->answer, (int)status, out);
    return 0;
}

/* --- Waiting for one's turn ----------------------------------------------------------------------
 */

/* One thread uses it: it needs no locks. */
static CURLSH *sessions_new(void)
{
    CURLSH *sessions = curl_share_init();

    if (curl_share_setopt(sessions, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) == CURLSHE_OK)
        return sessions;
    (void)curl_share_cleanup(sessions);
    return NULL;
}

static struct host *host_of(struct curl_transport *curl, const char *url)
{
    const char *marks = strstr(url, "://");
    size_t len = marks == NULL ? 0 : (size_t)(marks - url) + 3;
    struct host *host;

    len += strcspn(url + len, "/?#");
    HASH_FIND(hh, curl->hosts, url, len, host);
    if (host == NULL) {
        host = arena_alloc(curl->arena, sizeof *host);
        host->name = arena_strn(curl->arena, url, len);
        fiber_sem_init(&host->slots, curl->sched, 1);
        host->sessions = sessions_new();
        HASH_ADD_KEYPTR(hh, curl->hosts, host->name, len, host);
    }
    return host;
}

static int enter(struct curl_transport *curl, struct host *host, struct err *err)
{
    if (!sched_stopping(curl->sched) && fiber_sem_acquire(&host->slots, err) == 0) {
        if (fiber_sem_acquire(&curl->slots, err) == 0) {
            if (!sched_stopping(curl->sched)) {
                curl->running++;
                return 0;
            }
            fiber_sem_release(&curl->slots);
        }
        fiber_sem_release(&host->slots);
    }
    return cancelled(host->name, err);
}

static void leave(struct curl_transport *curl, struct host *host)
{
    curl->running--;
    host_open(curl, host); /* also to no avail: the next ones are to fail together */
    fiber_sem_release(&curl->slots);
    fiber_sem_release(&host->slots);
}

/* --- The transport -------------------------------------------------------------------------------
 */

/* Not ended by a stop: half-known writes are worse than the rest of a time-out. */
static void wait_until_done(struct exchange *exchange)
{
    exchange->fiber = fiber_current(exchange->curl->sched);
    while (!exchange->done)
        fiber_park(exchange->curl->sched, "HTTP answer");
}

static int net_curl_send(struct transport *transport, const struct http_request *request,
                         struct arena *arena, struct http_response *out, struct err *err)
{
    struct curl_transport *curl = (struct curl_transport *)transport;
    struct host *host = host_of(curl, request->url);
    struct exchange *exchange;
    int failed = -1;

    if (enter(curl, host, err) != 0)
        return -1;
    exchange = exchange_take(curl, err);
    if (exchange != NULL) {
        exchange->host = host;
        if (request_set(exchange, request, arena, err) == 0 &&
            loop_add(&curl->loop, exchange->easy, err) == 0) {
            wait_until_done(exchange);
            failed = finish(exchange, host->name, out, err);
        }
        exchange_give(curl, exchange);
    }
    leave(curl, host);
    return failed;
}

static void net_curl_free(struct transport *transport)
{
    struct curl_transport *curl = (struct curl_transport *)transport;

    assert(curl->running == 0);
    for (struct exchange *it = curl->pool; it != NULL; it = it->next) {
        curl_easy_cleanup(it->easy);
        answer_fini(&it->answer);
    }
    loop_fini(&curl->loop);
    for (struct host *it = curl->hosts; it != NULL; it = it->hh.next)
        (void)curl_share_cleanup(it->sessions);
    HASH_CLEAR(hh, curl->hosts);
    curl_global_cleanup();
    arena_free(curl->arena);
}

/* An exchange may hold two files for a moment (two addresses tried at once, or the resolver's
 * socket pair), an idle connection holds one. */
static size_t connections_most(void)
{
    struct rlimit files;
    size_t most = CONNECTIONS_MOST;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur / 2 < most + FILES_LEFT)
        most = files.rlim_cur / 2 > FILES_LEFT ? (size_t)files.rlim_cur / 2 - FILES_LEFT : 0;
    return most < CONNECTIONS_LEAST ? CONNECTIONS_LEAST : most;
}

/* The file that libcurl was built for, where there is one here; NULL: what else libcurl knows. */
static const char *system_bundle(void)
{
    const curl_version_info_data *built = curl_version_info(CURLVERSION_NOW);
    const char *path = built->age >= CURLVERSION_SEVENTH ? built->cainfo : NULL;

    return path != NULL && access(path, R_OK) == 0 ? path : NULL;
}

static void options_copy(struct curl_transport *curl, const struct transport_curl_options *options)
{
    curl->options = *options;
    if (options->ca_bundle == NULL)
        curl->options.ca_bundle = system_bundle();
    curl->options.ca_bundle = arena_str(curl->arena, curl->options.ca_bundle);
    curl->options.proxy = arena_str(curl->arena, options->proxy);
    curl->options.user_agent = arena_str(curl->arena, options->user_agent);
    if (options->connections_per_host == 0)
        curl->options.connections_per_host = CONNECTIONS_PER_HOST;
    if (options->timeout_ms <= 0)
        curl->options.timeout_ms = TIMEOUT_MS;
    if (options->connect_timeout_ms <= 0 || options->connect_timeout_ms > INT_MAX)
        curl->options.connect_timeout_ms = CONNECT_TIMEOUT_MS;
}

/* Idle connections are kept up to the total, and make room for new ones beyond it. */
static int set_up(struct curl_transport *curl, struct err *err)
{
    const char *ca_bundle = curl->options.ca_bundle;
    struct exchange *first;

    if (loop_init(&curl->loop, curl->sched, curl->arena, on_done, err) != 0)
        return -1;
    if (curl_multi_setopt(curl->loop.multi, CURLMOPT_MAXCONNECTS, (long)curl->connections_most) !=
            CURLM_OK ||
        curl_multi_setopt(curl->loop.multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
                          (long)curl->connections_most) != CURLM_OK)
        return err_set(err, ERR_IO, "libcurl cannot be set up");
    if (ca_bundle != NULL && access(ca_bundle, R_OK) != 0)
        return err_errno(err, errno, "%s: the CA bundle cannot be read", ca_bundle);
    first = exchange_take(curl, err); /* options that it refuses show here */
    if (first == NULL)
        return -1;
    exchange_give(curl, first);
    return 0;
}

struct transport *transport_curl_new(struct sched *sched,
                                     const struct transport_curl_options *options, struct err *err)
{
    struct arena *arena = arena_new("curl transport");
    struct curl_transport *curl = arena_alloc(arena, sizeof *curl);

    curl->transport = (struct transport){.send = net_curl_send, .free = net_curl_free};
    curl->arena = arena;
    curl->sched = sched;
    curl->connections_most = connections_most();
    options_copy(curl, options);
    fiber_sem_init(&curl->slots, sched, curl->connections_most);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        (void)err_set(err, ERR_IO, "libcurl cannot be set up");
        arena_free(arena);
        return NULL;
    }
    if (set_up(curl, err) != 0) {
        net_curl_free(&curl->transport);
        return NULL;
    }
    return &curl->transport;
}
