/*
 * credentials.h - who signs: one vtable, one file per provider, one cache in front.
 *
 * Layer:  aws.
 * Source: botocore's credential chain (order and file formats); AWS SDKs and Tools Reference Guide.
 */
#ifndef PLINTH_AWS_CREDENTIALS_H
#define PLINTH_AWS_CREDENTIALS_H

#include "plinth/base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;         /* base/arena.h */
struct aws_client;    /* aws/call.h */
struct sched;         /* fiber/fiber.h */
struct secret;        /* base/secret.h */
struct transport;     /* net/transport.h */
struct aws_endpoints; /* aws/endpoints.h */

/* One set of credentials; reference counted, because a renewal must not free what a running call
 * still signs with. */
struct credentials {
    const char *access_key_id;
    struct secret *secret_access_key;
    struct secret *session_token; /* NULL: none */
    int64_t expires_ms;           /* wall time; 0: never */
    const char *account_id;       /* when the source tells it; NULL */
    unsigned references;
};

/* owns: caller; copies everything, takes the secrets over.  yields: no. */
struct credentials *credentials_new(const char *access_key_id, struct secret *secret_access_key,
                                    struct secret *session_token, int64_t expires_ms);
struct credentials *credentials_ref(struct credentials *credentials);
void credentials_unref(struct credentials *credentials); /* NULL is a no-op */

/* The account they belong to, for sources that tell it.  Copied; NULL: unknown.  yields: no. */
void credentials_set_account(struct credentials *credentials, const char *account_id);

/* A source of credentials.  `fetch` always asks the source; *out is a new reference.
 * err: ERR_NOTFOUND when this source is not configured (the chain tries the next), ERR_CONFIG with
 * file and line, ERR_DENIED, ERR_TRANSIENT.  yields: yes. */
struct credentials_provider {
    const char *name; /* "environment", "sso", ...; for messages */
    int (*fetch)(struct credentials_provider *provider, struct credentials **out, struct err *err);
    void (*free)(struct credentials_provider *provider);
};

/* What the providers see of the outside world; the cli fills it.  It must outlive them. */
struct credentials_world {
    struct sched *sched;
    struct aws_client *client;   /* for STS and SSO; NULL: each provider makes one of its own */
    struct transport *transport; /* for STS, SSO, container and IMDS endpoints */
    const struct aws_endpoints *endpoints;
    /* An environment variable; NULL if unset.  owns: static or `arg`. */
    const char *(*variable)(void *arg, const char *name);
    /* Ask on the terminal (MFA code).  owns: `arena`.  err: ERR_IO without a terminal. */
    int (*prompt)(void *arg, const char *question, struct arena *arena, char **out,
                  struct err *err);
    void *arg;
    const char *profile;       /* --profile; NULL: AWS_DEFAULT_PROFILE, AWS_PROFILE or "default" */
    const char *imds_endpoint; /* NULL: http://169.254.169.254 (tests) */
};

/* The whole chain in botocore's order: environment, assume role (profile), web identity, SSO,
 * shared credentials file, process, config file, container, IMDSv2.  With `world->profile` the
 * environment's keys are left out.  Wrapped in a cache that renews before the end, once, whoever
 * waits.  Files are read at each fetch, and here, so that their mistakes show at once.
 * owns: caller, credentials_provider_free().  err: ERR_CONFIG with file and line.  yields: no. */
struct credentials_provider *credentials_chain_new(const struct credentials_world *world,
                                                   struct err *err);

/* Fixed credentials.  owns: takes a reference.  yields: no. */
struct credentials_provider *credentials_static_new(struct credentials *credentials);

struct assume_role_options {
    const char *role_arn;
    const char *session_name;   /* NULL: one with the time in it */
    const char *external_id;    /* NULL: none */
    const char *mfa_serial;     /* NULL: none; else `world->prompt` asks for the code */
    const char *session_policy; /* NULL: none; JSON */
    int duration_s;             /* 0: 3600 */
    const char *region;         /* of the STS endpoint */
};

/* sts:AssumeRole with `source`'s credentials, cached and renewed.  owns: caller; `source` must
 * outlive it.  yields: no. */
struct credentials_provider *credentials_assume_role_new(const struct credentials_world *world,
                                                         struct credentials_provider *source,
                                                         const struct assume_role_options *options);

/* A cache around any provider: fetches when there is nothing or when less than five minutes (or a
 * tenth of the lifetime, whichever is shorter) are left; one fetch at a time, the others wait; if a
 * renewal fails while the old ones are still good, those are given and a warning is logged.
 * owns: takes `inner` over.  yields: no. */
struct credentials_provider *credentials_cache_new(struct sched *sched,
                                                   struct credentials_provider *inner);

/* *out is a new reference: credentials_unref().  err: as fetch.  yields: yes. */
int credentials_get(struct credentials_provider *provider, struct credentials **out,
                    struct err *err);

/* NULL is a no-op.  yields: no. */
void credentials_provider_free(struct credentials_provider *provider);

#endif
