/*
 * honey_fire.c - use a honey token as an intruder would, by a call that does nothing.
 *
 * A key is read where it is planted, so that what lies there is tried too.  It is in an arena that
 * is wiped, and in struct secret.
 */
#include "honey.h"

#include "plinth/aws/credentials.h"
#include "plinth/base/arena.h"
#include "plinth/base/secret.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { FILE_BYTES_MOST = 4096, SECRET_CHARS = 40 };

int honey_target(const struct honey_run *run, const char *account, const char *region,
                 struct aws_target *out, struct err *err)
{
    const struct baseline *baseline = run->session->loaded.baseline;
    const struct account *found = baseline_account(baseline, account);

    if (found == NULL || !engine_enter(run->session->engine, found,
                                       region == NULL ? baseline->home_region : region, out))
        return err_set(err, ERR_NOTFOUND, "account %s is not in the baseline, or does not exist",
                       account);
    out->allowed = honey_use_ops;
    return 0;
}

/* --- What lies in a place ------------------------------------------------------------------------
 */

static int read_file(struct honey_run *run, const struct honey_row *row, const char **out,
                     struct err *err)
{
    const char *path = row->token->plant->file, *here = run->session->machine.outlet.machine;
    char *text;
    size_t len;
    FILE *file;

    if (!str_eq(row->entry->machine, here))
        return err_set(err, ERR_USAGE, "file %s is on machine %s", path,
                       row->entry->machine == NULL ? "(not told)" : row->entry->machine);
    file = fopen(path, "r");
    if (file == NULL)
        return err_set(err, ERR_IO, "%s cannot be read", path);
    (void)setvbuf(file, NULL, _IONBF, 0); /* no copy of it stays with the C library */
    text = arena_alloc(run->arena, FILE_BYTES_MOST + 1);
    len = fread(text, 1, FILE_BYTES_MOST, file);
    (void)fclose(file);
    text[len] = '\0';
    *out = text;
    return 0;
}

static int read_spot(struct honey_run *run, const struct honey_spot *spot, enum aws_op op,
                     struct json *params, const char *member, const char **out, struct err *err)
{
    const struct json *answer;
    struct aws_target target;

    if (honey_target(run, spot->account, spot->region, &target, err) != 0 ||
        aws_call(&target, op, params, run->arena, &answer, err) != 0)
        return -1;
    if (json_get(answer, "Parameter") != NULL)
        answer = json_get(answer, "Parameter");
    return json_need_str(answer, member, out, err);
}

static int read_place(struct honey_run *run, const struct honey_row *row, const char **out,
                      struct err *err)
{
    const struct honey_plant *plant = row->token->plant;
    struct json *params = json_object(run->arena);

    if (plant->file != NULL)
        return read_file(run, row, out, err);
    if (plant->secret != NULL) {
        json_put_str(params, "SecretId", plant->secret->name);
        return read_spot(run, plant->secret, AWS_SECRETSMANAGER_GET_SECRET_VALUE, params,
                         "SecretString", out, err);
    }
    if (plant->parameter != NULL) {
        json_put_str(params, "Name", plant->parameter->name);
        json_put_bool(params, "WithDecryption", true);
        return read_spot(run, plant->parameter, AWS_SSM_GET_PARAMETER, params, "Value", out, err);
    }
    if (plant->object != NULL) {
        json_put_str(params, "Bucket", plant->object->bucket);
        json_put_str(params, "Key", plant->object->key);
        return read_spot(run, plant->object, AWS_S3_GET_OBJECT, params, "Body", out, err);
    }
    return err_set(err, ERR_USAGE, "only its command knows where the key is");
}

/* --- Keys ----------------------------------------------------------------------------------------
 */

static bool is_secret_char(char c)
{
    return isalnum((unsigned char)c) || c == '+' || c == '/' || c == '=';
}

/* In every format the secret follows its name; between them are quotes, blanks, ':' or '='. */
static struct secret *secret_in(const char *text)
{
    static const char name[] = "secret_access_key";
    size_t len = 0;

    for (; *text != '\0'; text++)
        if (strncasecmp(text, name, strlen(name)) == 0)
            break;
    if (*text == '\0')
        return NULL;
    text += strlen(name);
    text += strspn(text, "\": =");
    while (is_secret_char(text[len]))
        len++;
    return len == SECRET_CHARS ? secret_new(text, len) : NULL;
}

/* Who am I: the first call of everybody who finds a key. */
static int ask_who(struct honey_run *run, const struct honey_entry *entry,
                   struct credentials_provider *provider, struct err *err)
{
    const struct aws_target target = {.client = run->session->client,
                                      .credentials = provider,
                                      .account_id = entry->account_id,
                                      .region = run->session->loaded.baseline->home_region,
                                      .read_only = true,
                                      .allowed = honey_use_ops};
    int result = aws_call(&target, AWS_STS_GET_CALLER_IDENTITY, NULL, run->arena, NULL, err);

    credentials_provider_free(provider);
    return result;
}

static int fire_key(struct honey_run *run, const struct honey_row *row, struct err *err)
{
    const struct honey_entry *entry = row->entry;
    struct credentials *key;
    struct secret *secret;
    const char *text;
    int result;

    if (entry->access_key_id == NULL || row->token == NULL || row->token->plant == NULL)
        return err_set(err, ERR_USAGE, "no key is planted (plinth apply)");
    if (read_place(run, row, &text, err) != 0)
        return -1;
    secret = secret_in(text);
    if (strstr(text, entry->access_key_id) == NULL || secret == NULL) {
        secret_free(secret);
        return err_set(err, ERR_CONFLICT, "%s does not hold key %s any more", entry->place,
                       entry->access_key_id);
    }
    key = credentials_new(entry->access_key_id, secret, NULL, 0);
    result = ask_who(run, entry, credentials_static_new(key), err);
    credentials_unref(key);
    return result;
}

/* --- Everything else -----------------------------------------------------------------------------
 */

/* A role counts as used once its session calls. */
static int fire_role(struct honey_run *run, const struct honey_entry *entry, struct err *err)
{
    const struct assume_role_options options = {
        .role_arn = entry->arn, .session_name = "maintenance", .region = entry->region};
    struct aws_target target;

    if (honey_target(run, entry->account, entry->region, &target, err) != 0)
        return -1;
    return ask_who(run, entry,
                   credentials_assume_role_new(&run->session->world, target.credentials, &options),
                   err);
}

static int fire_thing(struct honey_run *run, const struct honey_entry *entry, struct err *err)
{
    static const struct {
        enum aws_op op;
        const char *member;
    } calls[HONEY_KIND_COUNT] = {
        [HONEY_BUCKET] = {AWS_S3_LIST_OBJECTS_V2, "Bucket"},
        [HONEY_SECRET] = {AWS_SECRETSMANAGER_GET_SECRET_VALUE, "SecretId"},
        [HONEY_PARAMETER] = {AWS_SSM_GET_PARAMETER, "Name"},
        [HONEY_TABLE] = {AWS_DYNAMODB_SCAN, "TableName"},
    };
    struct json *params = json_object(run->arena);
    struct aws_target target;

    json_put_str(params, calls[entry->kind].member, entry->name);
    if (honey_target(run, entry->account, entry->region, &target, err) != 0)
        return -1;
    return aws_call(&target, calls[entry->kind].op, params, run->arena, NULL, err);
}

/* A call that was refused was made; with a key that does not work, none was. */
int honey_fire(struct honey_run *run, const struct honey_row *row, bool *out_refused,
               struct err *err)
{
    int result;

    switch (row->entry->kind) {
    case HONEY_ACCESS_KEY:
        result = fire_key(run, row, err);
        break;
    case HONEY_ROLE:
        result = fire_role(run, row->entry, err);
        break;
    default:
        result = fire_thing(run, row->entry, err);
        break;
    }
    *out_refused = result != 0 && err_is(err, "AccessDenied");
    if (*out_refused)
        err_clear(err);
    return *out_refused ? 0 : result;
}
