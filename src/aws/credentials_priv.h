/*
 * credentials_priv.h - the sources of credentials, one file each, and what they share.
 *
 * Layer:  aws, private.  Source: botocore's credentials.py, whose names the sources bear.
 */
#ifndef PLINTH_AWS_CREDENTIALS_PRIV_H
#define PLINTH_AWS_CREDENTIALS_PRIV_H

#include "plinth/aws/credentials.h"

#include "profiles_priv.h"

#include <stdbool.h>

struct aws_client;   /* aws/call.h */
struct http_headers; /* codec/http.h */
struct json;         /* codec/json.h */

/* --- credentials_source.c ------------------------------------------------------------------------
 */

struct source;
typedef int (*source_fetch_fn)(struct source *source, struct arena *scratch,
                               struct credentials **out, struct err *err);

/* What every source starts with; it lives in its own arena. */
struct source {
    struct credentials_provider base;
    source_fetch_fn fetch;
    struct arena *arena;
    const struct credentials_world *world;
    const char *profile;           /* NULL for sources that need none */
    struct aws_client *own_client; /* NULL until it is needed, or with world->client */
};

/* A source whose fetch is `fetch`, with an arena that lives as long as the call.  `size` is that of
 * the struct which starts with the struct source.  `name` is static storage, `profile` is copied.
 * owns: caller, credentials_provider_free().  yields: no. */
struct source *source_new(size_t size, const char *name, const struct credentials_world *world,
                          const char *profile, source_fetch_fn fetch);

/* The client for STS and SSO.  yields: no. */
struct aws_client *source_client(struct source *source);

/* ERR_NOTFOUND: this source is not set up, the chain goes on.  Returns -1.  yields: no. */
int source_absent(struct source *source, struct err *err);

/* Credentials from an answer with AccessKeyId, SecretAccessKey, a token under `token_key`, and
 * Expiration (RFC 3339; may be absent).  err: ERR_PROTOCOL, without any of the values.
 * yields: no. */
int credentials_from_json(const struct json *json, const char *token_key, struct credentials **out,
                          struct err *err);

/* Overwrite every string in the tree.  yields: no. */
void json_wipe(const struct json *json);

/* Overwrite every value.  yields: no. */
void http_headers_wipe(const struct http_headers *headers);

/* A secret with the text.  NULL for NULL.  yields: no. */
struct secret *secret_of(const char *text);

/* --- The sources ---------------------------------------------------------------------------------
 */

struct credentials_provider *credentials_environment_new(const struct credentials_world *world);

/* role_arn with source_profile or credential_source. */
struct credentials_provider *credentials_profile_role_new(const struct credentials_world *world,
                                                          const char *profile);

/* web_identity_token_file; with `variables`, AWS_WEB_IDENTITY_TOKEN_FILE and its kin come first. */
struct credentials_provider *credentials_web_identity_new(const struct credentials_world *world,
                                                          const char *profile, bool variables);
struct credentials_provider *credentials_sso_new(const struct credentials_world *world,
                                                 const char *profile);

/* aws_access_key_id and its kin, in the credentials file or in the config file. */
struct credentials_provider *credentials_shared_new(const struct credentials_world *world,
                                                    const char *profile, enum config_kind kind);
struct credentials_provider *credentials_process_new(const struct credentials_world *world,
                                                     const char *profile);
struct credentials_provider *credentials_container_new(const struct credentials_world *world);
struct credentials_provider *credentials_imds_new(const struct credentials_world *world);

/* What one profile says for itself: web identity, SSO, credentials file, process, config file.
 * owns: caller, credentials_provider_free().  yields: no. */
struct credentials_provider *credentials_profile_new(const struct credentials_world *world,
                                                     const char *profile, bool variables);

/* --- credentials_assume_role.c -------------------------------------------------------------------
 */

/* sts:AssumeRole, once.  `with` signs.  err: as aws_call, with the role.  yields: yes. */
int assume_role(struct source *source, struct credentials_provider *with,
                const struct assume_role_options *options, struct arena *arena,
                struct credentials **out, struct err *err);

/* The answer of AssumeRole and its kin.  It is wiped.  err: ERR_PROTOCOL.  yields: no. */
int assumed_credentials(const struct json *answer, struct arena *arena, struct credentials **out,
                        struct err *err);

/* "plinth-1700000000": the session name where none is given.  owns: `arena`.  yields: no. */
const char *default_session_name(const struct credentials_world *world, struct arena *arena);

/* The region whose STS is asked.  owns: `arena`.  err: as aws_settings_load.  yields: no. */
int sts_region(const struct credentials_world *world, struct arena *arena, const char **out,
               struct err *err);

#endif
