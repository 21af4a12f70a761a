#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/vec.h"
#include "plinth/fiber/fiber.h"

#include "net_priv.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * libcurl lets go of a socket whenever its connection is idle and asks for it again with the next
 * request.  For sockets that we open and close for it, the watch stays in between, which saves two
 * system calls a request.
 */
struct loop_socket {
    unsigned char wanted;  /* by libcurl: FIBER_READ, FIBER_WRITE */
    unsigned char watched; /* by the scheduler */
    bool ours;             /* opened by open_socket: libcurl cannot close it behind our back */
};

static int64_t now_us(const struct loop *loop)
{
    return env_mono_us(sched_env(loop->sched));
}

/* --- Transfers -----------------------------------------------------------------------------------
 */

/* libcurl must not be called again from its own callbacks, so ends are looked for here. */
static void drive(struct loop *loop, curl_socket_t fd, int ready)
{
    struct CURLMsg *message;
    int left;

    (void)curl_multi_socket_action(loop->multi, fd, ready, &left);
    while ((message = curl_multi_info_read(loop->multi, &left)) != NULL) {
        CURL *easy = message->easy_handle;
        CURLcode result = message->data.result;

        if (message->msg != CURLMSG_DONE)
            continue;
        (void)curl_multi_remove_handle(loop->multi, easy); /* `message` is gone with it */
        loop->done(easy, result);
    }
}

int loop_add(struct loop *loop, CURL *easy, struct err *err)
{
    CURLMcode code = curl_multi_add_handle(loop->multi, easy);

    if (code != CURLM_OK)
        return err_set(err, ERR_IO, "libcurl: %s", curl_multi_strerror(code));
    return 0;
}

/* --- Sockets -------------------------------------------------------------------------------------
 */

static struct loop_socket *socket_of(struct loop *loop, curl_socket_t fd)
{
    while ((size_t)fd >= loop->socket_capacity)
        loop->sockets = vec_grow(loop->arena, loop->sockets, loop->socket_capacity,
                                 &loop->socket_capacity, sizeof *loop->sockets);
    return &loop->sockets[fd];
}

static void watch(struct loop *loop, curl_socket_t fd, int events);

static void on_ready(void *arg, int fd, int ready)
{
    struct loop *loop = arg;
    struct loop_socket *socket = socket_of(loop, fd);

    /* An idle connection that speaks was closed by its server.  libcurl finds that out by itself
     * before it uses the connection again. */
    if ((ready & socket->wanted) == 0)
        watch(loop, fd, socket->wanted);
    else
        drive(loop, fd, ready & socket->wanted);
}

/* Where the kernel refuses a watch, nothing comes from the socket, and the exchange ends with its
 * time-out: libcurl can be told of no failure here that would not end every exchange. */
static void watch(struct loop *loop, curl_socket_t fd, int events)
{
    struct loop_socket *socket = socket_of(loop, fd);
    struct err ignored = ERR_INIT;

    (void)sched_watch(loop->sched, fd, events, on_ready, loop, &ignored);
    socket->watched = (unsigned char)events;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *fd_arg)
{
    struct loop *loop = arg;
    struct loop_socket *socket = socket_of(loop, fd);
    int events = ((what & CURL_POLL_IN) != 0 ? FIBER_READ : 0) |
                 ((what & CURL_POLL_OUT) != 0 ? FIBER_WRITE : 0);

    (void)easy, (void)fd_arg;
    if (what == CURL_POLL_REMOVE)
        events = 0;
    socket->wanted = (unsigned char)events;
    if (events == 0 && socket->ours && socket->watched == FIBER_READ)
        return 0;
    if (events != socket->watched || !socket->ours)
        watch(loop, fd, events);
    return 0;
}

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct loop *loop = arg;
    curl_socket_t fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

    (void)purpose;
    if (fd >= 0)
        *socket_of(loop, fd) = (struct loop_socket){.ours = true};
    return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static int close_socket(void *arg, curl_socket_t fd)
{
    struct loop *loop = arg;

    watch(loop, fd, 0);
    *socket_of(loop, fd) = (struct loop_socket){0};
    return close(fd);
}

bool loop_adopt(struct loop *loop, CURL *easy)
{
    return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, loop) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, loop) == CURLE_OK;
}

/* --- The timer -----------------------------------------------------------------------------------
 */

static void on_time(void *arg);

static void timer_start(struct loop *loop)
{
    int64_t left_us = loop->wanted_due_us - now_us(loop);

    if (loop->timer != NULL)
        sched_timer_cancel(loop->sched, loop->timer);
    loop->timer_due_us = loop->wanted_due_us;
    loop->timer =
        sched_timer_start(loop->sched, left_us <= 0 ? 0 : (left_us + 999) / 1000, on_time, loop);
}

static void on_time(void *arg)
{
    struct loop *loop = arg;

    loop->timer = NULL;
    if (loop->wanted_due_us < 0)
        return;
    if (loop->wanted_due_us > now_us(loop)) {
        timer_start(loop);
        return;
    }
    loop->wanted_due_us = -1;
    drive(loop, CURL_SOCKET_TIMEOUT, 0);
}

/* Deadlines move back with almost every event: then the running timer stays, and starts anew when
 * it fires. */
static int on_timer(CURLM *multi, long timeout_ms, void *arg)
{
    struct loop *loop = arg;

    (void)multi;
    loop->wanted_due_us = timeout_ms < 0 ? -1 : now_us(loop) + (int64_t)timeout_ms * 1000;
    if (timeout_ms >= 0 && (loop->timer == NULL || loop->timer_due_us > loop->wanted_due_us))
        timer_start(loop);
    return 0;
}

/* --- The loop ------------------------------------------------------------------------------------
 */

int loop_init(struct loop *loop, struct sched *sched, struct arena *arena, loop_done_fn done,
              struct err *err)
{
    *loop = (struct loop){.sched = sched, .arena = arena, .done = done, .wanted_due_us = -1};
    loop->multi = curl_multi_init();
    if (loop->multi == NULL ||
        curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, on_socket) != CURLM_OK ||
        curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop) != CURLM_OK ||
        curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, on_timer) != CURLM_OK ||
        curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop) != CURLM_OK)
        return err_set(err, ERR_IO, "libcurl cannot be set up");
    return 0;
}

void loop_fini(struct loop *loop)
{
    (void)curl_multi_cleanup(loop->multi);
    loop->multi = NULL;
    if (loop->timer != NULL)
        sched_timer_cancel(loop->sched, loop->timer);
    loop->timer = NULL;
}
