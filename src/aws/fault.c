/*
 * fault.c - what an error answer says, in whatever form it comes.
 *
 * Source: the protocol specifications of Smithy 2.0, "Operation error serialization"; S3's and
 *         EC2's API references for their XML; awsQueryCompatible for x-amzn-query-error.
 */
#include "call_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/xml.h"

#include <stdio.h>
#include <string.h>

/* --- What it means --- */

enum { NOT_DONE = 1, REPEAT = 2, SKEWED = 4, EXPIRED = 8 };

struct code_rule {
    const char *pattern;
    enum err_code means;
    unsigned flags;
};

static const struct code_rule rules[] = {
#define CODE(pattern, means, flags) {pattern, ERR_##means, flags},
#include "errors.def"
#undef CODE
};

/* "Code/REASON" is for that reason only. */
static bool matches(const char *pattern, const struct fault *fault)
{
    const char *code = fault->code, *slash = strchr(pattern, '/');
    size_t len = strlen(pattern);

    if (slash != NULL)
        return strlen(code) == (size_t)(slash - pattern) &&
               strncmp(code, pattern, strlen(code)) == 0 && strcmp(fault->reason, slash + 1) == 0;

    if (pattern[0] == '*')
        return str_ends(code, pattern + 1);
    if (pattern[len - 1] == '*')
        return strncmp(code, pattern, len - 1) == 0;
    return strcmp(code, pattern) == 0;
}

/* Of a code that no rule knows, the status is what is left. */
static struct code_rule rule_of_status(int status)
{
    if (status >= 500 || status == 408)
        return (struct code_rule){.means = ERR_TRANSIENT, .flags = REPEAT};
    if (status == 429)
        return (struct code_rule){.means = ERR_THROTTLED, .flags = NOT_DONE};
    if (status == 401 || status == 403)
        return (struct code_rule){.means = ERR_DENIED};
    if (status == 404)
        return (struct code_rule){.means = ERR_NOTFOUND};
    if (status == 409 || status == 412)
        return (struct code_rule){.means = ERR_CONFLICT};
    return (struct code_rule){.means = ERR_PROTOCOL};
}

/* A wrong signature is a wrong clock only if the message speaks of time: "Signature expired: ... is
 * now earlier than ...", "Signature not yet current". */
static bool speaks_of_time(const struct fault *fault)
{
    if (strcmp(fault->code, "SignatureDoesNotMatch") != 0 &&
        strcmp(fault->code, "InvalidSignatureException") != 0)
        return false;
    return strstr(fault->message, "Signature expired") != NULL ||
           strstr(fault->message, "Signature not yet current") != NULL ||
           strstr(fault->message, "is now earlier than") != NULL ||
           strstr(fault->message, "is now later than") != NULL;
}

void fault_classify(int status, struct fault *fault)
{
    struct code_rule rule = rule_of_status(status);

    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (matches(rules[i].pattern, fault)) {
            rule = rules[i];
            break;
        }
    }
    fault->means = rule.means;
    fault->not_done = (rule.flags & NOT_DONE) != 0;
    fault->repeat = (rule.flags & (NOT_DONE | REPEAT)) != 0;
    fault->skewed = (rule.flags & SKEWED) != 0 || speaks_of_time(fault);
    fault->expired = (rule.flags & EXPIRED) != 0;
}

/* --- What it says --- */

/* "com.amazonaws.x#AccessDenied:http://..." to "AccessDenied". */
static const char *bare_code(const char *code, struct arena *arena)
{
    const char *hash = strchr(code, '#');

    if (hash != NULL)
        code = hash + 1;
    return arena_strn(arena, code, strcspn(code, ":;"));
}

static const char *first_str(const struct json *json, const char *a, const char *b)
{
    const char *text = json_str(json, a);

    return text != NULL ? text : json_str(json, b);
}

static void parse_json_fault(const struct http_response *response, struct arena *arena,
                             struct fault *fault)
{
    const char *code = answer_word(response, "x-amzn-query-error");
    struct err ignored = ERR_INIT;
    struct json *body = NULL;
    const char *message, *reason;

    /* A proxy's page of HTML is no JSON; the status must do then. */
    if (json_parse(response->body, response->body_len, arena, &body, &ignored) != 0)
        body = NULL;
    if (code == NULL)
        code = answer_word(response, "x-amzn-errortype");
    if (code == NULL)
        code = json_str(body, "__type");
    if (code == NULL)
        code = first_str(body, "code", "Code");
    message = first_str(body, "message", "Message");
    reason = first_str(body, "Reason", "reason");
    if (code != NULL)
        fault->code = bare_code(code, arena);
    if (message != NULL)
        fault->message = message;
    if (reason == NULL)
        return;
    fault->reason = reason;
    if (strstr(fault->message, reason) == NULL)
        fault->message = arena_printf(arena, "%s: %s", reason, fault->message);
}

/* query: <ErrorResponse><Error>..</Error><RequestId/></ErrorResponse>; ec2: <Response><Errors>
 * <Error>..</Error></Errors><RequestID/></Response>; S3: <Error>..<RequestId/></Error>. */
static void parse_xml_fault(const struct http_response *response, struct arena *arena,
                            struct fault *fault)
{
    struct err ignored = ERR_INIT;
    struct json *root = NULL;
    const struct json *error;
    const char *code, *message, *id;

    if (xml_parse(response->body, response->body_len, arena, &root, &ignored) != 0)
        return;
    error = json_get(root, "Error");
    if (error == NULL)
        error = json_path(root, "Errors", "Error", NULL);
    if (error == NULL)
        error = root;
    code = json_str(error, "Code");
    message = json_str(error, "Message");
    id = first_str(root, "RequestId", "RequestID");
    if (code != NULL)
        fault->code = code;
    if (message != NULL)
        fault->message = message;
    if (id != NULL && *fault->request_id == '\0')
        fault->request_id = id;
}

void fault_parse(const struct aws_op_info *info, const struct http_response *response,
                 struct arena *arena, struct fault *out)
{
    enum aws_protocol protocol = aws_service_info(info->service)->protocol;

    *out = (struct fault){
        .code = "", .message = "", .reason = "", .request_id = answer_request_id(response)};
    if (protocol == AWS_JSON || protocol == AWS_REST_JSON)
        parse_json_fault(response, arena, out);
    else if (response->body_len > 0)
        parse_xml_fault(response, arena, out);
    fault_classify(response->status, out);
}

/* What is no error of AWS's form comes from something between us, or from no AWS at all. */
void fault_say(const struct fault *fault, int status, struct err *err)
{
    bool traced = *fault->request_id != '\0';
    const char *before = traced ? " (request " : "", *after = traced ? ")" : "";

    if (*fault->code == '\0' && *fault->message == '\0')
        (void)err_set(err, fault->means, "HTTP status %d without an error code%s%s%s", status,
                      before, fault->request_id, after);
    else
        (void)err_set(err, fault->means, "%s: %s%s%s%s",
                      *fault->code == '\0' ? "no code" : fault->code,
                      *fault->message == '\0' ? "no message" : fault->message, before,
                      fault->request_id, after);
    err->http_status = status;
    (void)snprintf(err->service_code, sizeof err->service_code, "%s", fault->code);
}
