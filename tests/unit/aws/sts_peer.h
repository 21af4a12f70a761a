/*
 * sts_peer.h - answers AssumeRole and AssumeRoleWithWebIdentity as STS does.
 */
#ifndef PLINTH_TESTS_STS_PEER_H
#define PLINTH_TESTS_STS_PEER_H

#include "credentials_world.h"

#include "plinth/base/time.h"

/* The role's ARN as it stands in a form body, up to the next member. */
static inline const char *sts_role(const struct cw *cw, const struct http_request *request)
{
    const char *at = strstr(request->body, "RoleArn=");

    assert_non_null(at);
    at += strlen("RoleArn=");
    return arena_strn(cw->arena, at, strcspn(at, "&"));
}

/* The n-th answer gives ASIA<n> with secret<n> and token<n>, for an hour. */
static inline int sts_answer(struct cw *cw, const struct http_request *request,
                             struct http_response *out, struct err *err)
{
    bool web = strstr(request->body, "Action=AssumeRoleWithWebIdentity") != NULL;
    const char *action = web ? "AssumeRoleWithWebIdentity" : "AssumeRole";
    char expiration[TIME_TEXT_BYTES];
    int number = ++cw->step;

    (void)err;
    assert_string_equal(request->method, "POST");
    assert_non_null(strstr(request->body, "Version=2011-06-15"));
    time_rfc3339(env_wall_ms(&cw->env) + 3600 * 1000, expiration);
    out->status = 200;
    out->body = arena_printf(
        cw->arena,
        "<%sResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><%sResult>"
        "<AssumedRoleUser><AssumedRoleId>AROA:s</AssumedRoleId>"
        "<Arn>arn:aws:sts::111122223333:assumed-role/r/s</Arn></AssumedRoleUser>"
        "<Credentials><AccessKeyId>ASIA%d</AccessKeyId><SecretAccessKey>secret%d</SecretAccessKey>"
        "<SessionToken>token%d</SessionToken><Expiration>%s</Expiration></Credentials>"
        "</%sResult><ResponseMetadata><RequestId>r%d</RequestId></ResponseMetadata></%sResponse>",
        action, action, number, number, number, expiration, action, number, action);
    return 0;
}

static inline int sts_refuse(struct cw *cw, const struct http_request *request,
                             struct http_response *out, struct err *err)
{
    (void)cw;
    (void)request;
    (void)err;
    out->status = 403;
    out->body = "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>"
                "<Type>Sender</Type><Code>AccessDenied</Code><Message>not you</Message></Error>"
                "<RequestId>r</RequestId></ErrorResponse>";
    return 0;
}

/* Whether the request was signed with that key. */
static inline void sts_assert_signed(const struct cw *cw, size_t request, const char *key_id)
{
    const char *authorization = cw_header(cw, request, "Authorization");

    assert_non_null(authorization);
    assert_non_null(
        strstr(authorization, arena_printf(cw->arena, "AWS4-HMAC-SHA256 Credential=%s/", key_id)));
}

#endif
