/*
 * ear.h - hear what the central topic tells: a queue of one's own under it, for as long as a test
 *         lasts.
 *
 * Layer:  cli.  The queue goes away whatever happens: after Ctrl-C, when a scheduler that was
 *         stopped sends nothing any more, in a session of its own.
 */
#ifndef PLINTH_CLI_EAR_H
#define PLINTH_CLI_EAR_H

#include "session.h"

#include "plinth/aws/call.h"

struct ear {
    struct session *session;
    const char *baseline;               /* as the command line names it; NULL */
    struct arena *arena;                /* outlives the session */
    const char *queue_name, *queue_url; /* NULL: there is none (any more) */
    const char *subscription_arn;
};

/* Whom to ask in the security account in the home region, where everything comes together; it may
 * do no more than `allowed`.  err: ERR_NOTFOUND while the account does not exist.  yields: no. */
int ear_central(const struct ear *ear, const enum aws_op *allowed, struct aws_target *out,
                struct err *err);

/* Begin to listen.  err: as aws_call.  yields: yes. */
int ear_open(struct ear *ear, struct err *err);

/* What came since the last time, after a short wait at most: messages as SQS has them, none when
 * SQS cannot be asked just now.  owns: `arena`.  err: ERR_CANCELLED, ERR_NOTFOUND.  yields: yes. */
int ear_hear(struct ear *ear, struct arena *arena, const struct json **out, struct err *err);

/* Take the queue and its subscription away, outside of any fiber; what stays behind is named on
 * stderr.  After Ctrl-C the session is closed and opened anew for it; the caller closes it in any
 * case.  Returns EXIT_DONE, EXIT_INTERRUPTED or EXIT_ERROR.  yields: no: it runs the loop. */
int ear_close(struct ear *ear);

/* A text that nobody can guess.  owns: ear->arena.  yields: no. */
const char *ear_random(const struct ear *ear);

#endif
