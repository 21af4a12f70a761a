/*
 * ssm.c - Systems Manager: the Parameter Store.
 *
 * (account, region, "parameter", name) -> {Name, Type, Value, Version, ARN, DataType, Tier, KeyId,
 *     Description, AllowedPattern, _modified_ms, _modified_by, _history, _tags}
 * "_history" holds the values of earlier versions: number -> {Value, Version}.
 *
 * Source: Systems Manager API Reference, version 2014-11-06, "PutParameter", "GetParameter",
 *         "GetParametersByPath"; Systems Manager User Guide, "Parameter name requirements and
 *         constraints" and "Managing parameter tiers".
 * Limits: no labels, policies or shared parameters; a SecureString is not encrypted by a key, but
 *         reads without decryption get something else than its value.
 */
#include "ssm_priv.h"

#include "plinth/codec/hash.h"

#include <string.h>

enum {
    LEVELS_MOST = 15,
    PARAMETERS_MOST = 10000,
    STANDARD_BYTES = 4096,
    ADVANCED_BYTES = 8192,
    HISTORY_MOST = 100,
    NAMES_MOST = 10,
};

/* --- Names ---------------------------------------------------------------------------------------
 */

static bool is_reserved(const char *name)
{
    name += *name == '/';
    return strncasecmp(name, "aws", 3) == 0 || strncasecmp(name, "ssm", 3) == 0;
}

static int check_name(struct sim_call *call, const char *name)
{
    int levels = 0;

    for (const char *at = name; *at != '\0'; at++)
        levels += *at == '/';
    if (is_reserved(name))
        return sim_bad_input(call, "Parameter name: can't be prefixed with \"aws\" or \"ssm\" "
                                   "(case-insensitive).");
    if (levels > 0 && name[0] != '/')
        return sim_bad_input(call, "Parameter name must be a fully qualified name.");
    if (str_ends(name, "/") || strstr(name, "//") != NULL)
        return sim_bad_input(call, "Parameter name: has an empty level.");
    if (levels > LEVELS_MOST)
        return sim_error(call, "HierarchyLevelLimitExceededException", 400,
                         "Parameter hierarchy has more than %d levels.", LEVELS_MOST);
    return 0;
}

const char *ssm_arn(const struct sim_call *call, const char *name)
{
    return sim_arn(call, "ssm", call->region, call->account, "parameter%s%s",
                   name[0] == '/' ? "" : "/", name);
}

/* The name in an ARN of the caller's own; a name stays what it is. */
static const char *plain_name(struct sim_call *call, const char *name)
{
    struct sim_arn_parts parts;
    const char *path;

    if (!sim_arn_split(name, call->arena, &parts) || !str_starts(parts.resource, "parameter/"))
        return name;
    path = parts.resource + strlen("parameter");
    return sim_has(call, call->account, call->region, "parameter", path) ? path : path + 1;
}

struct json *ssm_find(struct sim_call *call, const char *name)
{
    return sim_get(call, call->account, call->region, "parameter", plain_name(call, name));
}

void ssm_put(struct sim_call *call, const struct json *parameter)
{
    sim_put(call, call->account, call->region, "parameter", json_str(parameter, "Name"), parameter);
}

/* --- PutParameter --------------------------------------------------------------------------------
 */

static int check_value(struct sim_call *call, const char *tier)
{
    size_t most = str_eq(tier, "Standard") ? STANDARD_BYTES : ADVANCED_BYTES;

    if (strlen(sim_param(call, "Value")) > most)
        return sim_bad_input(call,
                             "%s tier parameters support a maximum parameter value of %zu "
                             "characters.",
                             tier, most);
    return 0;
}

static int check_new(struct sim_call *call)
{
    if (sim_param(call, "Type") == NULL)
        return sim_bad_input(call, "A parameter type is required when you create a parameter.");
    if (sim_param(call, "KeyId") != NULL && !str_eq(sim_param(call, "Type"), "SecureString"))
        return sim_bad_input(call, "KeyId is only allowed with the type SecureString.");
    if (sim_store_count(call->sim->store, call->account, call->region, "parameter") >=
        PARAMETERS_MOST)
        return sim_error(call, "ParameterLimitExceeded", 400,
                         "You have exceeded the number of parameters for this AWS account.");
    return 0;
}

static int check_existing(struct sim_call *call)
{
    if (!json_bool(call->params, "Overwrite", false))
        return sim_error(call, "ParameterAlreadyExists", 400,
                         "The parameter already exists. To overwrite this value, set the overwrite "
                         "option in the request to true.");
    if (json_get(call->params, "Tags") != NULL)
        return sim_bad_input(call,
                             "Invalid request: tags and overwrite can't be used together. "
                             "To create a parameter with tags, please remove overwrite flag.");
    return 0;
}

static void keep_history(struct sim_call *call, struct json *parameter, double version)
{
    const struct json *before = json_get(parameter, "_history");
    struct json *history =
        before == NULL ? json_object(call->arena) : json_copy(before, call->arena);
    struct json *old = json_object(call->arena);

    json_put_str(old, "Value", json_str(parameter, "Value"));
    json_put_number(old, "Version", version);
    sim_set(history, arena_printf(call->arena, "%.0f", version), old);
    if (history->count >= HISTORY_MOST)
        json_remove(history, history->first->key);
    sim_set(parameter, "_history", history);
}

/* What the call says, and what stays of the version before. */
static void take_settings(struct sim_call *call, struct json *parameter, const char *tier)
{
    static const char *const texts[] = {"Type", "Value", "Description", "AllowedPattern"};
    double version = json_number(parameter, "Version", 0);
    const char *key = sim_param(call, "KeyId");

    if (version > 0)
        keep_history(call, parameter, version);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (sim_param(call, texts[i]) != NULL)
            sim_set_str(parameter, texts[i], sim_param(call, texts[i]));
    if (str_eq(json_str(parameter, "Type"), "SecureString"))
        sim_set_str(parameter, "KeyId", key == NULL ? "alias/aws/ssm" : key);
    sim_set_str(parameter, "Tier", tier);
    sim_set_str(parameter, "DataType", "text");
    sim_set_number(parameter, "Version", version + 1);
    sim_set_number(parameter, "_modified_ms", (double)call->now_ms);
    sim_set_str(parameter, "_modified_by", call->principal.arn);
}

/* Intelligent-Tiering takes the cheaper tier that fits; an advanced parameter stays one. */
static const char *tier_wanted(const struct sim_call *call, const struct json *parameter)
{
    const char *tier = sim_param(call, "Tier");

    if (str_eq(json_str(parameter, "Tier"), "Advanced"))
        return "Advanced";
    if (str_eq(tier, "Intelligent-Tiering"))
        return strlen(sim_param(call, "Value")) > STANDARD_BYTES ? "Advanced" : "Standard";
    return tier == NULL ? "Standard" : tier;
}

static int put_parameter(struct sim_call *call)
{
    const char *name = sim_param(call, "Name"), *tier;
    const struct json *tags = json_get(call->params, "Tags");
    struct json *parameter = sim_get(call, call->account, call->region, "parameter", name);

    tier = tier_wanted(call, parameter);
    if (check_name(call, name) != 0 || check_value(call, tier) != 0 ||
        ssm_check_tags(call, tags) != 0)
        return -1;
    if (parameter == NULL ? check_new(call) != 0 : check_existing(call) != 0)
        return -1;
    if (parameter == NULL) {
        parameter = json_object(call->arena);
        json_put_str(parameter, "Name", name);
        json_put_str(parameter, "ARN", ssm_arn(call, name));
        json_put(parameter, "_tags", sim_tags_with(call->arena, NULL, tags));
    }
    take_settings(call, parameter, tier);
    ssm_put(call, parameter);
    json_put_number(call->answer, "Version", json_number(parameter, "Version", 1));
    json_put_str(call->answer, "Tier", tier);
    return 0;
}

/* --- Read ----------------------------------------------------------------------------------------
 */

static const char *sealed(const struct sim_call *call, const char *value)
{
    unsigned char digest[SHA256_BYTES];

    sha256(value, strlen(value), digest);
    return arena_printf(call->arena, "AQICAH%s", base64_encode(digest, sizeof digest, call->arena));
}

static void show(struct sim_call *call, const struct json *parameter, const char *version,
                 struct json *out)
{
    static const char *const texts[] = {"Name", "Type", "ARN", "DataType"};
    const char *value = json_str(parameter, "Value");
    double number = json_number(parameter, "Version", 1);

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        json_put_str(out, texts[i], json_str(parameter, texts[i]));
    if (version != NULL && !str_eq(version, arena_printf(call->arena, "%.0f", number))) {
        value = json_str(json_path(parameter, "_history", version, NULL), "Value");
        number = json_number(json_path(parameter, "_history", version, NULL), "Version", number);
    }
    if (str_eq(json_str(parameter, "Type"), "SecureString") &&
        !json_bool(call->params, "WithDecryption", false))
        value = sealed(call, value);
    json_put_str(out, "Value", value);
    json_put_number(out, "Version", number);
    sim_put_time(call, out, "LastModifiedDate", (int64_t)json_number(parameter, "_modified_ms", 0));
    if (version != NULL)
        json_put_str(out, "Selector", arena_printf(call->arena, ":%s", version));
}

/* "name:3" is a version of it; *out_version is NULL without one. */
static struct json *selected(struct sim_call *call, const char *name, const char **out_version)
{
    const char *colon = str_starts(name, "arn:") ? NULL : strrchr(name, ':');

    *out_version = colon == NULL ? NULL : colon + 1;
    return ssm_find(call,
                    colon == NULL ? name : arena_strn(call->arena, name, (size_t)(colon - name)));
}

static bool has_version(const struct sim_call *call, const struct json *parameter,
                        const char *version)
{
    return version == NULL ||
           str_eq(version,
                  arena_printf(call->arena, "%.0f", json_number(parameter, "Version", 1))) ||
           json_path(parameter, "_history", version, NULL) != NULL;
}

static int get_parameter(struct sim_call *call)
{
    const char *version;
    const struct json *parameter = selected(call, sim_param(call, "Name"), &version);

    if (parameter == NULL)
        return sim_error(call, "ParameterNotFound", 400, "Parameter %s not found.",
                         sim_param(call, "Name"));
    if (!has_version(call, parameter, version))
        return sim_error(call, "ParameterVersionNotFound", 400,
                         "Systems Manager could not find version %s of %s.", version,
                         json_str(parameter, "Name"));
    show(call, parameter, version, json_put_object(call->answer, "Parameter"));
    return 0;
}

static int get_parameters(struct sim_call *call)
{
    const struct json *names = json_get(call->params, "Names");
    struct json *found = json_put_array(call->answer, "Parameters");
    struct json *invalid = json_put_array(call->answer, "InvalidParameters");

    if (names->count == 0 || names->count > NAMES_MOST)
        return sim_bad_input(call,
                             "1 validation error detected: Value at 'names' failed to satisfy "
                             "constraint: Member must have length between 1 and %d",
                             NAMES_MOST);
    for (const struct json *it = json_first(names); it != NULL; it = it->next) {
        const char *version;
        const struct json *parameter = selected(call, it->string, &version);

        if (parameter == NULL || !has_version(call, parameter, version))
            json_add_str(invalid, it->string);
        else
            show(call, parameter, version, json_add_object(found));
    }
    return 0;
}

bool ssm_is_below(const char *name, const char *path, bool recursive)
{
    size_t len = strlen(path);

    if (len > 0 && path[len - 1] == '/')
        len--;
    return strncmp(name, path, len) == 0 && name[len] == '/' &&
           (recursive || strchr(name + len + 1, '/') == NULL);
}

static int get_parameters_by_path(struct sim_call *call)
{
    struct sim_page page = {.list = "Parameters",
                            .size = 10,
                            .size_param = "MaxResults",
                            .token_in = "NextToken",
                            .token_out = "NextToken"};
    const char *path = sim_param(call, "Path");
    bool recursive = json_bool(call->params, "Recursive", false);

    if (path[0] != '/')
        return sim_bad_input(call, "The parameter doesn't meet the parameter name requirements.");
    if (sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it =
             sim_page_first(&page, call->account, call->region, "parameter");
         it != NULL; it = sim_page_next(&page, it))
        if (ssm_is_below(sim_record_id(it), path, recursive))
            show(call, sim_record_json(it, call->arena), NULL, json_add_object(page.items));
    return 0;
}

/* --- Delete --------------------------------------------------------------------------------------
 */

static int delete_parameter(struct sim_call *call)
{
    const struct json *parameter = ssm_find(call, sim_param(call, "Name"));

    if (parameter == NULL)
        return sim_error(call, "ParameterNotFound", 400, "Parameter %s not found.",
                         sim_param(call, "Name"));
    (void)sim_delete(call, call->account, call->region, "parameter", json_str(parameter, "Name"));
    return 0;
}

#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const struct sim_rule put_rules[] = {
    {.name = "Name", .required = true, .min = 1, .max = 2048, .chars = "a-zA-Z0-9_./-"},
    {.name = "Value", .required = true, .min = 1},
    {.name = "Type", .values = "String|StringList|SecureString"},
    {.name = "Description", .max = 1024},
    {.name = "KeyId", .min = 1, .max = 256},
    {.name = "AllowedPattern", .max = 1024},
    {.name = "Tier", .values = "Standard|Advanced|Intelligent-Tiering"},
    END,
};
static const struct sim_rule name_rules[] = {
    {.name = "Name", .required = true, .min = 1, .max = 2048}, END};
static const struct sim_rule names_rules[] = {{.name = "Names", .required = true}, END};
static const struct sim_rule path_rules[] = {
    {.name = "Path", .required = true, .min = 1, .max = 2048}, END};

static const struct sim_operation operations[] = {
    {.name = "PutParameter", .handler = put_parameter, .access = SIM_WRITE, .rules = put_rules},
    {.name = "GetParameter", .handler = get_parameter, .rules = name_rules},
    {.name = "GetParameters", .handler = get_parameters, .rules = names_rules},
    {.name = "GetParametersByPath", .handler = get_parameters_by_path, .rules = path_rules},
    {.name = "DeleteParameter",
     .handler = delete_parameter,
     .access = SIM_WRITE,
     .rules = name_rules},
    END,
};

const struct sim_service sim_service_ssm = {
    .name = "ssm",
    .protocol = SIM_JSON,
    .json_version = "1.1",
    .target_prefix = "AmazonSSM",
    .bad_input = "ValidationException",
    .operations = {operations, ssm_description_operations},
};
