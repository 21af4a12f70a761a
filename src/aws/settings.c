#include "plinth/aws/settings.h"

#include "plinth/aws/credentials.h"
#include "plinth/base/arena.h"
#include "plinth/base/str.h"

#include "profiles_priv.h"
#include "text_priv.h"

#include <limits.h>

/* --- Endpoints -----------------------------------------------------------------------------------
 */

/* "SERVICE_QUOTAS" for variables, "service_quotas" for the config file. */
static const char *service_key(const char *service, bool upper, struct arena *arena)
{
    char *key = arena_str(arena, service);

    for (char *at = key; *at != '\0'; at++)
        if (*at == '-')
            *at = '_';
        else if (upper && *at >= 'a' && *at <= 'z')
            *at = (char)(*at - 'a' + 'A');
    return key;
}

static const char *variable_url(const struct profiles *profiles, enum aws_service service)
{
    const char *key = service_key(aws_service_info(service)->name, true, profiles->arena);

    return world_variable(profiles->world,
                          arena_printf(profiles->arena, "AWS_ENDPOINT_URL_%s", key));
}

static const char *section_url(const struct config_section *section, enum aws_service service,
                               struct arena *arena)
{
    const char *key = service_key(aws_service_info(service)->name, false, arena);
    const struct config_entry *entry =
        config_section_entry(section, arena_printf(arena, "%s.endpoint_url", key));

    return entry == NULL || *entry->value == '\0' ? NULL : entry->value;
}

/* What the profile says, for services that no variable speaks of. */
static int profile_urls(const struct profiles *profiles, struct arena *arena,
                        struct aws_endpoints *out, struct err *err)
{
    const char *name = profiles_value(profiles, profiles->name, "services");
    const struct config_section *section = NULL;

    if (name != NULL) {
        section = config_file_section(&profiles->config, "services", name);
        if (section == NULL)
            return err_set(err, ERR_CONFIG, "%s: there is no section [services %s]",
                           profiles_place(profiles, profiles->name, "services"), name);
    }
    out->url = arena_str(arena, profiles_value(profiles, profiles->name, "endpoint_url"));
    if (out->url != NULL && *out->url == '\0')
        out->url = NULL;
    for (enum aws_service i = AWS_SERVICE_NONE + 1; i < AWS_SERVICE_COUNT; i++)
        if (out->service_url[i] == NULL)
            out->service_url[i] = arena_str(arena, section_url(section, i, profiles->arena));
    return 0;
}

/* A service's variable, the variable for all, the profile's service, the profile for all. */
static int load_endpoints(const struct profiles *profiles, struct arena *arena,
                          struct aws_endpoints *out, struct err *err)
{
    out->fips =
        text_is_true(profiles_setting(profiles, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"));
    if (text_is_true(profiles_setting(profiles, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
                                      "ignore_configured_endpoint_urls")))
        return 0;
    for (enum aws_service i = AWS_SERVICE_NONE + 1; i < AWS_SERVICE_COUNT; i++)
        out->service_url[i] = arena_str(arena, variable_url(profiles, i));
    out->url = arena_str(arena, world_variable(profiles->world, "AWS_ENDPOINT_URL"));
    return out->url != NULL ? 0 : profile_urls(profiles, arena, out, err);
}

/* --- The rest ------------------------------------------------------------------------------------
 */

static const char *region_of(const struct profiles *profiles)
{
    const char *region = world_variable(profiles->world, "AWS_REGION");

    return region != NULL ? region : profiles_setting(profiles, "AWS_DEFAULT_REGION", "region");
}

/* "legacy" asks the global endpoint, which stands in us-east-1, for the regions that are older than
 * the regional ones. */
static const char *sts_region_of(const struct profiles *profiles, const char *region)
{
    static const char *const old[] = {
        "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1",
        "eu-central-1",   "eu-north-1", "eu-west-1",      "eu-west-2",      "eu-west-3",
        "sa-east-1",      "us-east-1",  "us-east-2",      "us-west-1",      "us-west-2",
    };
    const char *mode =
        profiles_setting(profiles, "AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints");

    if (region == NULL)
        return "us-east-1";
    if (mode != NULL && str_eq_nocase(mode, "legacy"))
        for (size_t i = 0; i < sizeof old / sizeof *old; i++)
            if (str_eq(region, old[i]))
                return "us-east-1";
    return region;
}

static int load_attempts(const struct profiles *profiles, unsigned *out, struct err *err)
{
    const char *value = profiles_setting(profiles, "AWS_MAX_ATTEMPTS", "max_attempts");
    const char *place = "AWS_MAX_ATTEMPTS";
    uint64_t number = 0;

    if (value == NULL)
        return 0;
    if (world_variable(profiles->world, place) == NULL)
        place = profiles_place(profiles, profiles->name, "max_attempts");
    if (!str_to_u64(value, &number) || number == 0 || number > UINT_MAX)
        return err_set(err, ERR_CONFIG, "%s: \"%s\" is not a number of attempts", place, value);
    *out = (unsigned)number;
    return 0;
}

static int take_all(const struct profiles *profiles, struct arena *arena, struct aws_settings *out,
                    struct err *err)
{
    const char *bundle = profiles_setting(profiles, "AWS_CA_BUNDLE", "ca_bundle");

    out->profile = arena_str(arena, profiles->name);
    out->config_path = arena_str(arena, profiles->config.path);
    out->credentials_path = arena_str(arena, profiles->credentials.path);
    out->region = arena_str(arena, region_of(profiles));
    out->sts_region = arena_str(arena, sts_region_of(profiles, out->region));
    if (bundle != NULL)
        out->ca_bundle = arena_str(arena, world_path(profiles->world, bundle, arena));
    if (load_attempts(profiles, &out->attempts_max, err) != 0)
        return -1;
    return load_endpoints(profiles, arena, &out->endpoints, err);
}

int aws_settings_load(const struct credentials_world *world, struct arena *arena,
                      struct aws_settings *out, struct err *err)
{
    struct arena *scratch = arena_new("settings");
    struct aws_settings settings = {.profile = NULL};
    struct profiles profiles;
    int result = -1;

    if (profiles_load(world, scratch, &profiles, err) == 0) {
        result = take_all(&profiles, arena, &settings, err);
        profiles_wipe(&profiles);
    }
    arena_free(scratch);
    if (result == 0)
        *out = settings;
    return result;
}
