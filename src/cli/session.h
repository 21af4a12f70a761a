/*
 * session.h - everything a command needs that talks to AWS, put up and taken down in order.
 *
 * Layer:  cli.
 */
#ifndef PLINTH_CLI_SESSION_H
#define PLINTH_CLI_SESSION_H

#include "guard.h"
#include "load.h"
#include "options.h"
#include "outlet.h"
#include "progress.h"
#include "signals.h"

#include "plinth/aws/credentials.h"
#include "plinth/aws/settings.h"
#include "plinth/base/env.h"
#include "plinth/engine/engine.h"
#include "plinth/report/report.h"

struct arena;      /* base/arena.h */
struct aws_client; /* aws/call.h */
struct transport;  /* net/transport.h */

/* Fibers that live beside whatever the session does: told on a fiber when it begins and, so that
 * they end with it, before it is over.  Each NULL: nothing. */
struct beside {
    void (*begin)(void *arg);
    void (*end)(void *arg);
    void *arg;
};

struct session {
    const struct run_opts *options;
    struct shard shard;
    int64_t await_ms;    /* how long a plan waits for shard 0; -1: it takes things as they are */
    struct arena *arena; /* lives as long as the session */
    struct env env;
    struct sched *sched;
    struct progress progress;
    struct machine machine;
    struct signals signals;
    struct loaded loaded;
    struct aws_settings settings;
    struct transport *transport;
    struct credentials_world world;
    struct credentials_provider *credentials;
    struct aws_client *client;
    struct engine *engine;
    struct identity identity; /* known once session_plan was successful */
    struct guard guard;
    struct transport *lock_transport; /* of session_lock_client; NULL */
    struct aws_client *lock_client;
    struct lock *outer_lock; /* under which this session's runs are some of several; NULL */
    struct beside beside;
};

/* Load the baseline and set all of it up; nothing is sent yet.  What goes wrong is printed.
 * `session` stays where it is until session_close, which is also due after a failure.
 * Returns EXIT_DONE or what to exit with.  yields: no. */
int session_open(struct session *session, const struct run_opts *options, const char *baseline);

/* The same over a baseline with a file as it is to become; NULL: none. */
int session_open_edited(struct session *session, const struct run_opts *options,
                        const char *baseline, const struct file_text *instead);
void session_close(struct session *session);

/* A new engine, journal and lock, for another run of the same session: session_plan comes next.
 * `baseline` has the accounts of the session's own and, as what `selection` lists, outlives the
 * engine.  yields: no. */
void session_renew(struct session *session, const struct baseline *baseline,
                   const struct selection *selection);

/* Identify, check the selection, read and compare; `doing` is static storage, for the progress
 * line.  *out as engine_plan.  Returns EXIT_DONE or what to exit with, printed.
 * yields: no: it runs the loop. */
int session_plan(struct session *session, const char *doing, const struct run_result **out);

/* Whether the last plan passes the lock-out gate; what is not certain is printed as a warning.
 * Returns EXIT_DONE or what to exit with, printed.  yields: no: it runs the loop. */
int session_gate(struct session *session, const struct words *overrides);

/* Whether the run was over the whole baseline, nothing left out and to its end. */
bool session_is_whole(const struct session *session, const struct run_result *result);

/* Whether the baseline is the one that was applied last.  Returns EXIT_DONE or what to exit with,
 * printed. */
int session_same_baseline(struct session *session);

/* Remember that the live organization is as the baseline, where a plan found nothing to do. */
void session_note_unchanged(struct session *session, const struct run_result *plan);

/* Carry out the last plan, under the lock and with a journal; `resumed` is the run that this one
 * goes on with, or NULL.  Likewise. */
int session_apply(struct session *session, const struct run_result *plan,
                  const struct journal_run *resumed, const struct run_result **out);

/* Learn who we are, without a plan.  Likewise. */
int session_identify(struct session *session);

/* Call `fn` on a fiber, with what lives beside it.  err: as `fn`.  yields: no: it runs the loop. */
int session_call(struct session *session, int (*fn)(void *arg, struct err *err), void *arg,
                 struct err *err);

/* The client of locks and of what stands beside them, with a transport of its own; made when it is
 * asked for first.  owns: the session.  err: ERR_IO.  yields: no. */
int session_lock_client(struct session *session, struct aws_client **out, struct err *err);

/* fail(), with the options of the session. */
int session_failed(const struct session *session, const struct err *err);

/* The exit code that a run earns: an interruption before targets that failed, were skipped or are
 * unknown, and these before changes. */
int session_code(const struct run_result *run, enum report_kind kind);

/* Print the report of a run on standard output.  Returns its session_code. */
int session_report(struct session *session, const struct run_result *run, enum report_kind kind);

#endif
