/*
 * iam_report.c - the credential report: every user of an account, and how old what they have is.
 *
 * Source: IAM API Reference, version 2010-05-08, "GenerateCredentialReport"; IAM User Guide,
 *         "Generate credential reports for your AWS account" (its columns; a new one every four
 *         hours).
 * Limits: the same things exist as in iam_users.c: no passwords, devices or certificates.
 */
#include "iam_priv.h"

#include "plinth/base/time.h"
#include "plinth/codec/hash.h"

#include <string.h>

enum { MAKING_S = 5, FRESH_MS = 4 * 60 * 60 * 1000 };

static const char columns[] =
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
    "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
    "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
    "cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

/* --- What it says --------------------------------------------------------------------------------
 */

static void add_key(struct sim_call *call, const struct json *key, struct buf *out)
{
    const struct json *credential =
        key == NULL ? NULL : sim_get(call, "", "", "credential", json_str(key, "AccessKeyId"));
    char used[TIME_TEXT_BYTES] = "N/A";

    if (key == NULL) {
        buf_str(out, ",false,N/A,N/A,N/A,N/A");
        return;
    }
    if (json_get(credential, "_used_ms") == NULL) {
        buf_printf(out, ",%s,%s,N/A,N/A,N/A",
                   str_eq(json_str(key, "Status"), "Active") ? "true" : "false",
                   json_str(key, "CreateDate"));
        return;
    }
    time_rfc3339((int64_t)json_number(credential, "_used_ms", 0), used);
    buf_printf(out, ",%s,%s,%s,%s,%s", str_eq(json_str(key, "Status"), "Active") ? "true" : "false",
               json_str(key, "CreateDate"), used, json_str(credential, "_used_region"),
               json_str(credential, "_used_service"));
}

/* One line; `key_kind`: the records of the user's access keys. */
static void add_user(struct sim_call *call, const char *name, const char *arn, const char *created,
                     const char *key_kind, struct buf *out)
{
    const struct sim_record *it = sim_first(call, call->account, "", key_kind);

    buf_printf(out, "\n%s,%s,%s,%s,N/A,N/A,N/A,false", name, arn, created,
               str_eq(name, "<root_account>") ? "not_supported" : "false");
    for (int i = 0; i < 2; i++) {
        add_key(call, it == NULL ? NULL : sim_record_json(it, call->arena), out);
        it = it == NULL ? NULL : sim_store_next(it);
    }
    buf_str(out, ",false,N/A,false,N/A");
}

static const char *report_of(struct sim_call *call)
{
    int64_t born_ms =
        (int64_t)json_number(sim_get(call, "", "", "account", call->account), "_created_ms", 0);
    char born[TIME_TEXT_BYTES];
    const char *text;
    struct buf out;

    time_rfc3339(born_ms, born);
    buf_init(&out, SIZE_MAX / 2);
    buf_str(&out, columns);
    add_user(call, "<root_account>", sim_arn(call, "iam", "", call->account, "root"), born,
             "user-key//root", &out);
    for (const struct sim_record *it = sim_first(call, call->account, "", "user"); it != NULL;
         it = sim_store_next(it)) {
        const struct json *user = sim_record_json(it, call->arena);

        add_user(call, json_str(user, "UserName"), json_str(user, "Arn"),
                 json_str(user, "CreateDate"),
                 arena_printf(call->arena, "user-key/%s", sim_record_id(it)), &out);
    }
    text = base64_encode(buf_text(&out), out.len, call->arena);
    buf_fini(&out);
    return text;
}

/* --- The operations ------------------------------------------------------------------------------
 */

static struct json *last_report(struct sim_call *call)
{
    return sim_get(call, call->account, "", "credential-report", "self");
}

static bool is_stale(const struct sim_call *call, const struct json *report)
{
    return (double)call->now_ms - json_number(report, "_made_ms", 0) > FRESH_MS;
}

/* Within four hours the last one is it. */
static int generate_report(struct sim_call *call)
{
    struct json *report = last_report(call);
    const char *state = "COMPLETE";

    if (report == NULL || is_stale(call, report)) {
        report = json_object(call->arena);
        json_put_str(report, "Content", report_of(call));
        json_put_number(report, "_made_ms", (double)call->now_ms);
        json_put_number(report, "_ready_ms", (double)sim_due_ms(call, MAKING_S));
        sim_put(call, call->account, "", "credential-report", "self", report);
        state = "STARTED";
    } else if (!sim_ready(call, report)) {
        state = "INPROGRESS";
    }
    json_put_str(call->answer, "State", state);
    return 0;
}

static int get_report(struct sim_call *call)
{
    const struct json *report = last_report(call);

    if (report == NULL)
        return sim_error(call, "ReportNotPresent", 410, "Credential report not present");
    if (!sim_ready(call, report))
        return sim_error(call, "ReportInProgress", 404, "Credential report is not ready");
    if (is_stale(call, report))
        return sim_error(call, "ReportExpired", 410, "Credential report has expired");
    json_put_str(call->answer, "Content", json_str(report, "Content"));
    json_put_str(call->answer, "ReportFormat", "text/csv");
    sim_put_time(call, call->answer, "GeneratedTime", (int64_t)json_number(report, "_made_ms", 0));
    return 0;
}

const struct sim_operation iam_report_operations[] = {
    {.name = "GenerateCredentialReport", .handler = generate_report},
    {.name = "GetCredentialReport", .handler = get_report},
    {.name = NULL},
};
