/*
 * auth_key.c - what a secret comes to for one day, region and service: clients sign many calls with
 *              it, so it is kept.
 *
 * Source: IAM User Guide, "Create a signed AWS API request", step 4.
 */
#include "sim_priv.h"

#include "plinth/codec/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define uthash_fatal(message) abort()
#include <uthash.h>

/* When there are this many, all are forgotten. */
enum { KEYS_MOST = 4096 };

struct sim_signing_key {
    unsigned char bytes[SHA256_BYTES];
    UT_hash_handle hh;
    char credential[]; /* "AKIA.../20261124/eu-west-1/iam" */
};

void sim_auth_forget(struct sim *sim)
{
    struct sim_signing_key *key, *next;

    HASH_ITER(hh, sim->signing_keys, key, next)
    {
        HASH_DEL(sim->signing_keys, key);
        free(key);
    }
}

void sim_auth_derive(const struct sim_scope *scope, const char *secret,
                     unsigned char out[SHA256_BYTES])
{
    const char *const steps[] = {scope->region, scope->service, "aws4_request"};
    unsigned char next[SHA256_BYTES];
    char first[256];

    (void)snprintf(first, sizeof first, "AWS4%s", secret);
    hmac_sha256(first, strlen(first), scope->date, strlen(scope->date), out);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        hmac_sha256(out, SHA256_BYTES, steps[i], strlen(steps[i]), next);
        memcpy(out, next, SHA256_BYTES);
    }
}

const unsigned char *sim_auth_key(struct sim_call *call, const struct sim_scope *scope)
{
    struct sim *sim = call->sim;
    const char *credential = arena_printf(call->arena, "%s/%s/%s/%s", scope->access_key_id,
                                          scope->date, scope->region, scope->service);
    size_t len = strlen(credential);
    struct sim_signing_key *key;

    HASH_FIND(hh, sim->signing_keys, credential, len, key);
    if (key != NULL)
        return key->bytes;
    if (HASH_COUNT(sim->signing_keys) >= KEYS_MOST)
        sim_auth_forget(sim);
    key = calloc(1, sizeof *key + len + 1);
    if (key == NULL)
        abort();
    memcpy(key->credential, credential, len);
    sim_auth_derive(scope, sim_secret_key(sim, scope->access_key_id, call->arena), key->bytes);
    HASH_ADD_KEYPTR(hh, sim->signing_keys, key->credential, len, key);
    return key->bytes;
}
