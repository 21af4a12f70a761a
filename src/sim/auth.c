/*
 * auth.c - Signature Version 4, verified as AWS does, and who the signer is.
 *
 * Written from the documentation and apart from src/aws, so that one mistake cannot hide in both.
 * Source: IAM User Guide, "AWS Signature Version 4 for API requests" and "Common errors"; S3 API
 *         Reference, "Authenticating Requests".
 */
#include "sim_priv.h"

#include "plinth/base/time.h"
#include "plinth/base/vec.h"
#include "plinth/codec/hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char algorithm[] = "AWS4-HMAC-SHA256";

enum { SKEW_MOST_MS = 15 * 60 * 1000, LAST_USED_STEP_MS = 60 * 1000 };

/* --- Errors: one meaning, a code for each protocol --- */

enum reason { NO_TOKEN, INCOMPLETE, BAD_SIGNATURE, UNKNOWN_KEY, EXPIRED_TOKEN, SKEWED };

struct code {
    const char *name;
    int status;
};

static struct code code_for(enum sim_protocol protocol, enum reason reason)
{
    static const struct code query[] = {
        [NO_TOKEN] = {"MissingAuthenticationToken", 403},
        [INCOMPLETE] = {"IncompleteSignature", 400},
        [BAD_SIGNATURE] = {"SignatureDoesNotMatch", 403},
        [UNKNOWN_KEY] = {"InvalidClientTokenId", 403},
        [EXPIRED_TOKEN] = {"ExpiredToken", 403},
        [SKEWED] = {"SignatureDoesNotMatch", 403},
    };
    static const struct code json[] = {
        [NO_TOKEN] = {"MissingAuthenticationTokenException", 400},
        [INCOMPLETE] = {"IncompleteSignatureException", 400},
        [BAD_SIGNATURE] = {"InvalidSignatureException", 400},
        [UNKNOWN_KEY] = {"UnrecognizedClientException", 400},
        [EXPIRED_TOKEN] = {"ExpiredTokenException", 400},
        [SKEWED] = {"InvalidSignatureException", 400},
    };
    static const struct code ec2[] = {
        [NO_TOKEN] = {"MissingAuthenticationToken", 403},
        [INCOMPLETE] = {"IncompleteSignature", 400},
        [BAD_SIGNATURE] = {"AuthFailure", 401},
        [UNKNOWN_KEY] = {"AuthFailure", 401},
        [EXPIRED_TOKEN] = {"RequestExpired", 400},
        [SKEWED] = {"RequestExpired", 400},
    };
    static const struct code s3[] = {
        [NO_TOKEN] = {"AccessDenied", 403},
        [INCOMPLETE] = {"AuthorizationHeaderMalformed", 400},
        [BAD_SIGNATURE] = {"SignatureDoesNotMatch", 403},
        [UNKNOWN_KEY] = {"InvalidAccessKeyId", 403},
        [EXPIRED_TOKEN] = {"ExpiredToken", 400},
        [SKEWED] = {"RequestTimeTooSkewed", 403},
    };
    struct code code;

    switch (protocol) {
    case SIM_QUERY:
        return query[reason];
    case SIM_EC2:
        return ec2[reason];
    case SIM_REST_XML:
        return s3[reason];
    case SIM_JSON:
    case SIM_REST_JSON:
        break;
    }
    code = json[reason];
    if (protocol == SIM_REST_JSON)
        code.status = 403;
    return code;
}

static int refuse(struct sim_call *call, enum reason reason, const char *text)
{
    struct code code = code_for(call->service->protocol, reason);

    return sim_error(call, code.name, code.status, "%s", text);
}

/* --- The Authorization header --- */

struct authorization {
    struct sim_scope scope;
    const char *scope_text;     /* date/region/service/aws4_request */
    const char *signed_headers; /* "host;x-amz-date" */
    const char *signature;
};

/* The value of "Name=value" up to a comma or a blank; NULL. */
static const char *part(const char *header, const char *name, struct arena *arena)
{
    size_t len = strlen(name);

    for (const char *at = header; (at = strstr(at, name)) != NULL; at += len)
        if (at[len] == '=' && at > header && (at[-1] == ' ' || at[-1] == ','))
            return arena_strn(arena, at + len + 1, strcspn(at + len + 1, ", "));
    return NULL;
}

/* "AKIA.../20261124/eu-west-1/iam/aws4_request". */
static bool scope_parse(const char *credential, struct arena *arena, struct authorization *out)
{
    const char *at = credential, *parts[4];

    for (size_t i = 0; i < 4; i++) {
        size_t len = strcspn(at, "/");

        if (len == 0 || at[len] != '/')
            return false;
        parts[i] = arena_strn(arena, at, len);
        at += len + 1;
    }
    out->scope = (struct sim_scope){parts[0], parts[1], parts[2], parts[3]};
    out->scope_text = arena_str(arena, credential + strlen(parts[0]) + 1);
    return str_eq(at, "aws4_request");
}

static bool header_parse(const struct http_request *request, struct arena *arena,
                         struct authorization *out)
{
    const char *header = http_header_get(&request->headers, "Authorization");
    const char *credential;

    if (header == NULL || !str_starts(header, algorithm))
        return false;
    header += strlen(algorithm);
    credential = part(header, "Credential", arena);
    out->signed_headers = part(header, "SignedHeaders", arena);
    out->signature = part(header, "Signature", arena);
    return credential != NULL && scope_parse(credential, arena, out);
}

bool sim_auth_scope(const struct http_request *request, struct arena *arena, struct sim_scope *out)
{
    struct authorization authorization = {0};

    if (!header_parse(request, arena, &authorization))
        return false;
    *out = authorization.scope;
    return true;
}

/* --- The canonical request --- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *encoded(const char *text, struct arena *arena)
{
    struct buf out;
    const char *copy;

    buf_init(&out, 3 * strlen(text) + 1);
    uri_encode(text, strlen(text), NULL, &out);
    copy = arena_str(arena, buf_text(&out));
    buf_fini(&out);
    return copy;
}

/* Parameters decoded, encoded in one way, and sorted: the sender may have written them otherwise.
 */
static int canonical_query(const struct sim_call *call, struct buf *out)
{
    VEC(const char *) pieces = {0};
    const char *at = call->url.query;

    while (*at != '\0') {
        size_t len = strcspn(at, "&"), name_len = strcspn(at, "=&");
        const char *name = uri_decode(at, name_len, 0, call->arena), *value = "";

        if (name_len < len)
            value = uri_decode(at + name_len + 1, len - name_len - 1, 0, call->arena);
        if (name == NULL || value == NULL)
            return -1;
        if (len > 0)
            *VEC_ADD(call->arena, &pieces) = arena_printf(
                call->arena, "%s=%s", encoded(name, call->arena), encoded(value, call->arena));
        at += len;
        at += *at == '&';
    }
    if (pieces.count > 1)
        qsort(pieces.items, pieces.count, sizeof *pieces.items, by_text);
    for (size_t i = 0; i < pieces.count; i++)
        buf_printf(out, "%s%s", i == 0 ? "" : "&", pieces.items[i]);
    return 0;
}

/* S3 signs the path as it is, encoded once; all others sign the path that travels, without empty
 * and dot segments, and encode it again. */
static int canonical_path(const struct sim_call *call, struct buf *out)
{
    const char *path = call->url.path, *plain;
    size_t start = out->len;

    if (call->service->protocol == SIM_REST_XML) {
        plain = uri_decode(path, strlen(path), 0, call->arena);
        if (plain == NULL)
            return -1;
        uri_encode(plain, strlen(plain), "/", out);
        return 0;
    }
    while (*path == '/') {
        size_t len = strcspn(++path, "/");
        bool last = path[len] == '\0';

        if (len > 0 && !(len == 1 && path[0] == '.')) {
            buf_char(out, '/');
            uri_encode(path, len, NULL, out);
        }
        if (last && len == 0)
            buf_char(out, '/');
        path += len;
    }
    if (out->len == start)
        buf_char(out, '/');
    return 0;
}

/* Trimmed, with every run of blanks as one. */
static void add_value(const char *value, struct buf *out)
{
    while (*value == ' ')
        value++;
    for (; *value != '\0'; value++)
        if (*value != ' ' || (value[1] != ' ' && value[1] != '\0'))
            buf_char(out, *value);
}

/* False: a signed header is not in the request. */
static bool add_header(const struct sim_call *call, const char *name, struct buf *out)
{
    const struct http_headers *headers = &call->request->headers;
    bool found = false;

    buf_printf(out, "%s:", name);
    for (size_t i = 0; i < headers->count; i++) {
        if (!str_eq_nocase(headers->items[i].name, name))
            continue;
        if (found)
            buf_char(out, ',');
        add_value(headers->items[i].value, out);
        found = true;
    }
    if (!found && str_eq(name, "host"))
        buf_str(out, call->url.authority);
    else if (!found && str_eq(name, "content-length"))
        buf_printf(out, "%zu", call->request->body_len);
    else if (!found)
        return false;
    buf_char(out, '\n');
    return true;
}

static bool names_header(const char *signed_headers, const char *name)
{
    for (const char *at = signed_headers; *at != '\0';) {
        size_t len = strcspn(at, ";");

        if (strlen(name) == len && strncasecmp(at, name, len) == 0)
            return true;
        at += len;
        at += *at == ';';
    }
    return false;
}

static int canonical_headers(struct sim_call *call, const char *signed_headers, struct buf *out)
{
    const struct http_headers *headers = &call->request->headers;

    for (size_t i = 0; i < headers->count; i++)
        if (strncasecmp(headers->items[i].name, "x-amz-", 6) == 0 &&
            !names_header(signed_headers, headers->items[i].name))
            return refuse(call, BAD_SIGNATURE,
                          "There were headers present in the request which were not signed");
    if (!names_header(signed_headers, "host"))
        return refuse(call, BAD_SIGNATURE,
                      "'Host' must be a 'SignedHeader' in the AWS "
                      "Authorization.");
    for (const char *at = signed_headers; *at != '\0';) {
        size_t len = strcspn(at, ";");

        if (!add_header(call, arena_strn(call->arena, at, len), out))
            return refuse(call, BAD_SIGNATURE,
                          "A header that SignedHeaders names is not in the request");
        at += len;
        at += *at == ';';
    }
    return 0;
}

/* S3 signs what x-amz-content-sha256 says, and checks it against the body; other services take the
 * digest of the body. */
static int payload_hash(struct sim_call *call, const char **out)
{
    const char *said = http_header_get(&call->request->headers, "x-amz-content-sha256");
    char *computed = arena_alloc(call->arena, SHA256_HEX_BYTES);

    sha256_hex(call->request->body, call->request->body_len, computed);
    *out = computed;
    if (call->service->protocol != SIM_REST_XML)
        return 0;
    if (said == NULL)
        return sim_error(call, "InvalidRequest", 400,
                         "Missing required header for this request: x-amz-content-sha256");
    *out = said;
    if (str_eq(said, "UNSIGNED-PAYLOAD") || str_eq(said, computed))
        return 0;
    return sim_error(call, "XAmzContentSHA256Mismatch", 400,
                     "The provided 'x-amz-content-sha256' header does not match what was "
                     "computed.");
}

static int canonical_request(struct sim_call *call, const struct authorization *authorization,
                             struct buf *out)
{
    const char *payload;

    if (payload_hash(call, &payload) != 0)
        return -1;
    buf_printf(out, "%s\n", call->request->method);
    if (canonical_path(call, out) != 0)
        return refuse(call, BAD_SIGNATURE, "The path has a broken % escape");
    buf_char(out, '\n');
    if (canonical_query(call, out) != 0)
        return refuse(call, BAD_SIGNATURE, "The query string has a broken % escape");
    buf_char(out, '\n');
    if (canonical_headers(call, authorization->signed_headers, out) != 0)
        return -1;
    buf_printf(out, "\n%s\n%s", authorization->signed_headers, payload);
    return 0;
}

/* --- The signature --- */

static void sign(const unsigned char key[SHA256_BYTES], const char *text,
                 char out[SHA256_HEX_BYTES])
{
    unsigned char bytes[SHA256_BYTES];

    hmac_sha256(key, SHA256_BYTES, text, strlen(text), bytes);
    hex_encode(bytes, sizeof bytes, out);
}

static int check_signature(struct sim_call *call, const struct authorization *authorization,
                           const char *amz_date)
{
    char digest[SHA256_HEX_BYTES], wanted[SHA256_HEX_BYTES];
    const char *text;
    struct buf canonical;
    int rc;

    buf_init(&canonical, call->request->body_len + 1024 * 1024);
    rc = canonical_request(call, authorization, &canonical);
    if (rc == 0) {
        sha256_hex(canonical.data, canonical.len, digest);
        text = arena_printf(call->arena, "%s\n%s\n%s\n%s", algorithm, amz_date,
                            authorization->scope_text, digest);
        sign(sim_auth_key(call, &authorization->scope), text, wanted);
        if (!str_eq(authorization->signature, wanted))
            rc = refuse(call, BAD_SIGNATURE,
                        "The request signature we calculated does not match the signature you "
                        "provided. Check your AWS Secret Access Key and signing method. Consult "
                        "the service documentation for details.");
    }
    buf_fini(&canonical);
    return rc;
}

/* --- Time, region and key --- */

static int check_time(struct sim_call *call, const char *amz_date)
{
    int64_t signed_ms;
    char now[TIME_TEXT_BYTES], bound[TIME_TEXT_BYTES];

    if (!time_parse_amz(amz_date, &signed_ms))
        return refuse(call, INCOMPLETE, "Date must be in ISO-8601 'basic format'.");
    time_amz(call->now_ms, now);
    if (signed_ms < call->now_ms - SKEW_MOST_MS) {
        time_amz(call->now_ms - SKEW_MOST_MS, bound);
        return refuse(call, SKEWED,
                      arena_printf(call->arena,
                                   "Signature expired: %s is now earlier than %s (%s - 15 min.)",
                                   amz_date, bound, now));
    }
    if (signed_ms > call->now_ms + SKEW_MOST_MS) {
        time_amz(call->now_ms + SKEW_MOST_MS, bound);
        return refuse(call, SKEWED,
                      arena_printf(call->arena,
                                   "Signature not yet current: %s is still later than %s (%s + 15 "
                                   "min.)",
                                   amz_date, bound, now));
    }
    return 0;
}

/* A client that is pointed at another host than AWS's signs a global service with whatever region
 * it has, so only the real names are held to the one region. */
static bool is_aws_host(const char *host)
{
    return str_ends(host, ".amazonaws.com") || str_ends(host, ".amazonaws.com.cn");
}

static int check_region(struct sim_call *call, const struct sim_scope *scope)
{
    const struct sim_region *region = sim_region_find(scope->region);
    const char *global = sim_global_region(call->sim->partition);
    bool valid = region != NULL && str_eq(region->partition, call->sim->partition);

    if (valid && call->service->global && is_aws_host(call->url.host))
        valid = str_eq(region->name, global);
    if (!valid)
        return refuse(call, BAD_SIGNATURE,
                      arena_printf(call->arena,
                                   "Credential should be scoped to a valid region, not '%s'.",
                                   scope->region));
    call->region = call->service->global ? global : region->name;
    return 0;
}

/* A region that the account has not turned on knows none of its keys. */
static bool region_is_on(struct sim_call *call, const char *account)
{
    const struct sim_region *region = sim_region_find(call->region);

    return !sim_region_is_optional(call->sim, region) ||
           str_eq(sim_region_status(call, account, region), "ENABLED");
}

static int check_token(struct sim_call *call, const struct json *credential)
{
    const char *token = http_header_get(&call->request->headers, "X-Amz-Security-Token");

    if (!str_eq(token, json_str(credential, "_token")))
        return refuse(call, UNKNOWN_KEY, "The security token included in the request is invalid.");
    if (token != NULL && (double)call->now_ms >= json_number(credential, "_expires_ms", 0))
        return refuse(call, EXPIRED_TOKEN, "The security token included in the request is expired");
    return 0;
}

static void set_principal(struct sim_call *call, const struct json *credential,
                          const char *access_key_id)
{
    const char *kind = json_str(credential, "_kind");

    call->principal = (struct sim_principal){
        .kind = str_eq(kind, "user")   ? SIM_USER
                : str_eq(kind, "role") ? SIM_ROLE
                                       : SIM_ROOT,
        .account = json_str(credential, "_account"),
        .arn = json_str(credential, "_arn"),
        .source_arn = json_str(credential, "_source_arn"),
        .user_id = json_str(credential, "_user_id"),
        .name = json_str(credential, "_name"),
        .root_task = json_str(credential, "_task"),
        .access_key_id = access_key_id,
        .session = json_str(credential, "_token") != NULL,
        .session_policies = json_get(credential, "_policies"),
    };
    call->account = call->principal.account;
}

/* What GetRole tells: a role counts as used once a session of it calls; noted once for each. */
static void note_role_use(struct sim_call *call, struct json *credential, const char *access_key_id)
{
    struct json *use = json_object(call->arena);

    if (json_bool(credential, "_noted", false))
        return;
    json_put_bool(credential, "_noted", true);
    sim_put(call, "", "", "credential", access_key_id, credential);
    json_put_number(use, "ms", (double)call->now_ms);
    json_put_str(use, "region", call->region);
    sim_put(call, call->principal.account, "", "role-used",
            sim_iam_key(call->arena, call->principal.name), use);
}

/* What GetAccessKeyLastUsed tells; not more than once a minute, as each costs a write. */
static void note_use(struct sim_call *call, struct json *credential, const char *access_key_id)
{
    bool same = str_eq(json_str(credential, "_used_service"), sim_signing_name(call)) &&
                str_eq(json_str(credential, "_used_region"), call->region);
    double last = json_number(credential, "_used_ms", 0);

    if (same && (double)call->now_ms - last < LAST_USED_STEP_MS)
        return;
    sim_set_str(credential, "_used_service", sim_signing_name(call));
    sim_set_str(credential, "_used_region", call->region);
    sim_set_number(credential, "_used_ms", (double)call->now_ms);
    sim_put(call, "", "", "credential", access_key_id, credential);
}

/* --- The whole --- */

static int check_shape(struct sim_call *call, const struct authorization *authorization,
                       const char *amz_date)
{
    if (authorization->signed_headers == NULL || authorization->signature == NULL)
        return refuse(call, INCOMPLETE,
                      "Authorization header requires 'Signature' and 'SignedHeaders' parameters.");
    if (amz_date == NULL)
        return refuse(call, INCOMPLETE,
                      "Authorization header requires existence of either a 'X-Amz-Date' or a "
                      "'Date' header.");
    if (strlen(authorization->scope.date) != 8 || !str_starts(amz_date, authorization->scope.date))
        return refuse(call, BAD_SIGNATURE,
                      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of "
                      "date from HTTP");
    return 0;
}

int sim_auth(struct sim_call *call)
{
    const char *amz_date = http_header_get(&call->request->headers, "X-Amz-Date");
    struct authorization authorization = {0};
    const struct sim_scope *scope = &authorization.scope;
    struct json *credential;

    if (http_header_get(&call->request->headers, "Authorization") == NULL)
        return refuse(call, NO_TOKEN, "Request is missing Authentication Token");
    if (!header_parse(call->request, call->arena, &authorization))
        return refuse(call, INCOMPLETE,
                      "Authorization header requires 'Credential' parameter of AWS4-HMAC-SHA256.");
    if (check_shape(call, &authorization, amz_date) != 0 || check_time(call, amz_date) != 0 ||
        check_region(call, scope) != 0)
        return -1;
    credential = sim_get(call, "", "", "credential", scope->access_key_id);
    if (credential == NULL || !region_is_on(call, json_str(credential, "_account")) ||
        str_eq(json_str(credential, "_status"), "Inactive"))
        return refuse(call, UNKNOWN_KEY, "The security token included in the request is invalid.");
    if (check_token(call, credential) != 0 || check_signature(call, &authorization, amz_date) != 0)
        return -1;
    set_principal(call, credential, scope->access_key_id);
    if (!call->principal.session)
        note_use(call, credential, scope->access_key_id);
    else if (call->principal.kind == SIM_ROLE)
        note_role_use(call, credential, scope->access_key_id);
    return 0;
}
