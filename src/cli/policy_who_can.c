#include "policy_views.h"

#include "load.h"
#include "requests.h"
#include "session.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/baseline/guardrails.h"
#include "plinth/codec/json.h"
#include "plinth/engine/who_can.h"
#include "plinth/fiber/fiber.h"
#include "plinth/policy/actions.h"

#include <string.h>

enum { TEXT_BYTES_MOST = 1024 * 1024 };

#define WHO_CAN_FORMAT "plinth/policy-who-can/v1"

struct asked {
    const struct policy_opts *options;
    struct arena *arena;
    struct session *session; /* of --live; else NULL */
    struct loaded loaded;
    struct policy_attached over;
    struct who_can_question question;
    struct who_can_rows rows;
    const char *doubt; /* why the action may be a slip; NULL: it is known */
    bool failed;       /* of --live, with `err` */
    struct err err;
};

/* --- What is asked -------------------------------------------------------------------------------
 */

static int resolve(struct asked *asked, struct err *err)
{
    const struct policy_opts *options = asked->options;
    struct who_can_question *question = &asked->question;
    const char *mistake;

    question->baseline = asked->loaded.baseline;
    question->account = baseline_account(question->baseline, options->account);
    for (size_t i = 0; question->account == NULL && i < question->baseline->account_count; i++)
        if (str_eq(question->baseline->accounts[i].id, options->account))
            question->account = &question->baseline->accounts[i];
    question->resource = options->resource;
    question->region = options->region == NULL ? question->baseline->home_region : options->region;
    question->over = &asked->over;
    if (question->account == NULL)
        return err_set(err, ERR_USAGE, "policy who-can: the baseline has no account \"%s\"",
                       options->account);
    mistake = region_mistake(question->baseline, question->region, asked->arena);
    if (mistake == NULL && question->resource != NULL)
        mistake = resource_mistake(question->resource, asked->arena);
    return mistake == NULL ? 0 : err_set(err, ERR_USAGE, "policy who-can: %s", mistake);
}

static int look_offline(struct asked *asked, struct err *err)
{
    struct guardrails *guardrails;

    if (guardrails_new(asked->loaded.baseline, asked->arena, &guardrails, err) != 0)
        return -1;
    guardrails_over(guardrails, NULL, asked->question.account, &asked->over);
    return 0;
}

static int look_live(struct asked *asked, struct err *err)
{
    struct session *session = asked->session;
    struct identity identity;
    struct aws_target target;

    if (engine_identify(session->engine, &identity, err) != 0)
        return -1;
    if (!engine_enter(session->engine, asked->question.account, asked->loaded.baseline->home_region,
                      &target))
        return err_set(err, ERR_NOTFOUND, "account %s does not exist yet",
                       asked->question.account->name);
    asked->question.account_id = target.account_id;
    asked->question.organization_id = identity.organization_id;
    return engine_attached(session->engine, asked->question.account, asked->arena, &asked->over,
                           err);
}

static void look_fiber(void *arg)
{
    struct asked *asked = arg;

    asked->failed = look_live(asked, &asked->err) != 0;
}

/* --- What it came to -----------------------------------------------------------------------------
 */

static const char *cause_of(const struct policy_answer *answer, struct arena *arena)
{
    const char *source = policy_answer_source(answer, arena);

    if (answer->outcome == POLICY_UNKNOWN)
        return arena_printf(arena, "hangs on %s%s%s", answer->missing,
                            source == NULL ? "" : ", of ", source == NULL ? "" : source);
    if (answer->outcome == POLICY_ALLOWED)
        return answer->reason == REASON_UNBOUND ? "no policy binds it" : "";
    if (source == NULL)
        return arena_printf(arena, "no SCP of %s allows it", answer->level);
    return answer->level == NULL
               ? source
               : arena_printf(arena, "by %s, attached to %s", source, answer->level);
}

static bool put_text(const struct asked *asked)
{
    const struct who_can_question *question = &asked->question;
    struct buf out;
    bool ok;

    buf_init(&out, TEXT_BYTES_MOST);
    buf_printf(&out, "%s on %s in account %s in %s, as far as SCPs and RCPs go:\n",
               question->action,
               question->resource == NULL ? "a resource that is not given" : question->resource,
               question->account->name, question->region);
    for (size_t i = 0; i < asked->rows.count; i++) {
        const struct who_can_row *row = &asked->rows.items[i];
        const char *cause = cause_of(&row->answer, asked->arena);

        buf_printf(&out, "  %-8s %s, %s%s%s\n", policy_outcome_name(row->answer.outcome), row->who,
                   row->why, *cause == '\0' ? "" : ": ", cause);
    }
    ok = put_result(buf_text(&out), out.len);
    buf_fini(&out);
    return ok;
}

static bool put_document(const struct asked *asked)
{
    const struct who_can_question *question = &asked->question;
    struct json *document = json_object(asked->arena), *list;

    json_put_str(document, "format", WHO_CAN_FORMAT);
    json_put_str(document, "baseline", asked->loaded.path);
    json_put_bool(document, "live", asked->session != NULL);
    json_put_str(document, "action", question->action);
    json_put_str(document, "warning", asked->doubt);
    json_put_str(document, "resource", question->resource);
    json_put_str(document, "account", question->account->name);
    json_put_str(document, "region", question->region);
    list = json_put_array(document, "principals");
    for (size_t i = 0; i < asked->rows.count; i++) {
        const struct who_can_row *row = &asked->rows.items[i];
        const struct policy_answer *answer = &row->answer;
        struct json *item = json_add_object(list);

        json_put_str(item, "who", row->who);
        json_put_str(item, "why", row->why);
        json_put_str(item, "outcome", policy_outcome_name(answer->outcome));
        if (answer->policy != NULL) {
            json_put_str(item, "policy", policy_compiled_name(answer->policy));
            json_put_number(item, "statement", (double)(answer->statement + 1));
        }
        json_put_str(item, "sid", answer->sid);
        json_put_str(item, "attached_to", answer->level);
        json_put_str(item, "missing", answer->missing);
        json_put_str(item, "text", cause_of(answer, asked->arena));
    }
    return put_json(document);
}

/* --- The command ---------------------------------------------------------------------------------
 */

/* Nobody is denied what is spelled wrongly: that must not be taken for an answer. */
static int check_action(struct asked *asked, struct err *err)
{
    enum policy_action is = policy_action_look(asked->question.action, asked->arena, &asked->doubt);

    if (is == POLICY_ACTION_MALFORMED)
        return err_set(err, ERR_USAGE, "policy who-can: %s", asked->doubt);
    if (is == POLICY_ACTION_UNKNOWN)
        put_warning(&asked->options->run.baseline.common,
                    arena_printf(asked->arena, "this action may not exist: %s", asked->doubt));
    return 0;
}

static int conclude(struct asked *asked)
{
    who_can(&asked->question, asked->arena, &asked->rows);
    return (wants_json(&asked->options->run.baseline) ? put_document(asked) : put_text(asked))
               ? EXIT_DONE
               : EXIT_ERROR;
}

static int ask_offline(struct asked *asked, const char *baseline)
{
    const struct baseline_opts *options = &asked->options->run.baseline;
    int code = load_or_tell(baseline, options, asked->arena, &asked->loaded);
    struct err err = ERR_INIT;

    if (code != EXIT_DONE)
        return code;
    if (resolve(asked, &err) != 0 || look_offline(asked, &err) != 0)
        return fail(&options->common, &err);
    return conclude(asked);
}

static int ask_live(struct asked *asked, const char *baseline)
{
    struct session session;
    int code;

    code = session_open(&session, &asked->options->run, baseline);
    if (code == EXIT_DONE) {
        asked->session = &session;
        asked->loaded = session.loaded;
        asked->failed = resolve(asked, &asked->err) != 0;
        if (!asked->failed)
            sched_run(session.sched, look_fiber, asked);
        code = asked->failed ? session_failed(&session, &asked->err) : conclude(asked);
    }
    session_close(&session);
    return code;
}

int policy_who_can_run(const struct policy_opts *options, const char *action, const char *baseline)
{
    struct asked asked = {.options = options,
                          .arena = arena_new("policy who-can"),
                          .question = {.action = action},
                          .err = ERR_INIT};
    int code;

    diags_init(&asked.loaded.diags, asked.arena);
    if (check_action(&asked, &asked.err) != 0)
        code = fail(&options->run.baseline.common, &asked.err);
    else
        code = options->live ? ask_live(&asked, baseline) : ask_offline(&asked, baseline);
    arena_free(asked.arena);
    return code;
}
