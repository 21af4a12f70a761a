/*
 * credentials_profile_role.c - profiles with a role_arn: the way down to the first credentials
 * along source_profile, and up again with one AssumeRole for each profile on it.
 */
#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"

#include "credentials_priv.h"

#include <limits.h>

/* From the chosen profile down; the last one's source is the source of all. */
struct way {
    VEC(struct assume_role_options) roles;
    VEC(const char *) profiles;                     /* parallel */
    const char *place;                              /* of what names the source, for messages */
    const char *credential_source, *source_profile; /* one of them is NULL */
};

static bool has(const struct profiles *profiles, const char *profile, const char *key)
{
    return profiles_entry(profiles, profile, key, NULL) != NULL;
}

/* One that also has a web identity is not for us, not even on the way. */
static bool has_role(const struct profiles *profiles, const char *profile)
{
    return has(profiles, profile, "role_arn") && !has(profiles, profile, "web_identity_token_file");
}

static bool has_keys(const struct profiles *profiles, const char *profile)
{
    return has(profiles, profile, "aws_access_key_id") ||
           has(profiles, profile, "aws_secret_access_key");
}

/* --- Down ----------------------------------------------------------------------------------------
 */

static void add_role(const struct profiles *profiles, const char *profile, struct arena *arena,
                     struct way *way)
{
    const char *duration = profiles_value(profiles, profile, "duration_seconds");
    uint64_t seconds = 0;

    if (duration == NULL || !str_to_u64(duration, &seconds) || seconds > INT_MAX)
        seconds = 0; /* as botocore: STS's own default */
    *VEC_ADD(arena, &way->profiles) = arena_str(arena, profile);
    *VEC_ADD(arena, &way->roles) = (struct assume_role_options){
        .role_arn = arena_str(arena, profiles_value(profiles, profile, "role_arn")),
        .session_name = arena_str(arena, profiles_value(profiles, profile, "role_session_name")),
        .external_id = arena_str(arena, profiles_value(profiles, profile, "external_id")),
        .mfa_serial = arena_str(arena, profiles_value(profiles, profile, "mfa_serial")),
        .duration_s = (int)seconds,
    };
}

static int check_credential_source(const struct way *way, const char *profile, struct err *err)
{
    static const char *const known[] = {"Environment", "Ec2InstanceMetadata", "EcsContainer"};
    const char *meant;

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_eq(way->credential_source, known[i]))
            return 0;
    meant = str_nearest(way->credential_source, known, sizeof known / sizeof *known);
    return err_set(err, ERR_CONFIG,
                   "%s: profile \"%s\": credential_source \"%s\" is none of Environment, "
                   "Ec2InstanceMetadata, EcsContainer%s%s%s",
                   way->place, profile, way->credential_source,
                   meant == NULL ? "" : "; did you mean ", meant == NULL ? "" : meant,
                   meant == NULL ? "" : "?");
}

static int check_source_profile(const struct profiles *profiles, const struct way *way,
                                const char *profile, struct arena *arena, struct err *err)
{
    const char *source = way->source_profile, *circle = "";
    bool seen = false;

    if (!profiles_have(profiles, source))
        return err_set(err, ERR_CONFIG, "%s: profile \"%s\": there is no source_profile \"%s\"",
                       way->place, profile, source);
    for (size_t i = 0; i < way->profiles.count; i++)
        if (seen || str_eq(way->profiles.items[i], source)) {
            circle = arena_printf(arena, "%s%s -> ", circle, way->profiles.items[i]);
            seen = true;
        }
    /* A profile may name itself: its keys then are the source of its role. */
    if (!seen || (str_eq(source, profile) && has_keys(profiles, source)))
        return 0;
    return err_set(err, ERR_CONFIG, "%s: source_profile goes in a circle: %s%s", way->place, circle,
                   source);
}

/* What the profile says about its source. */
static int take_source(const struct profiles *profiles, const char *profile, struct arena *arena,
                       struct way *way, struct err *err)
{
    way->credential_source =
        arena_str(arena, profiles_value(profiles, profile, "credential_source"));
    way->source_profile = arena_str(arena, profiles_value(profiles, profile, "source_profile"));
    way->place = profiles_place(profiles, profile,
                                way->credential_source != NULL ? "credential_source"
                                : way->source_profile != NULL  ? "source_profile"
                                                               : "role_arn");
    if (way->credential_source != NULL && way->source_profile != NULL)
        return err_set(err, ERR_CONFIG,
                       "%s: profile \"%s\" has both source_profile and credential_source",
                       way->place, profile);
    if (way->credential_source != NULL)
        return check_credential_source(way, profile, err);
    if (way->source_profile != NULL)
        return check_source_profile(profiles, way, profile, arena, err);
    return err_set(err, ERR_CONFIG,
                   "%s: profile \"%s\" has role_arn, but neither source_profile nor "
                   "credential_source",
                   way->place, profile);
}

static int find_way(struct source *source, const struct profiles *profiles, struct arena *arena,
                    struct way *way, struct err *err)
{
    const char *profile = source->profile;

    if (!has_role(profiles, profile))
        return source_absent(source, err);
    for (;;) {
        add_role(profiles, profile, arena, way);
        if (take_source(profiles, profile, arena, way, err) != 0)
            return -1;
        profile = way->source_profile;
        if (profile == NULL || has_keys(profiles, profile) || !has_role(profiles, profile))
            return 0;
    }
}

/* --- Up ------------------------------------------------------------------------------------------
 */

static struct credentials_provider *first_source(const struct credentials_world *world,
                                                 const struct way *way)
{
    if (way->source_profile != NULL)
        return credentials_profile_new(world, way->source_profile, false);
    if (str_eq(way->credential_source, "Environment"))
        return credentials_environment_new(world);
    if (str_eq(way->credential_source, "EcsContainer"))
        return credentials_container_new(world);
    return credentials_imds_new(world);
}

static int first_credentials(const struct credentials_world *world, const struct way *way,
                             struct credentials **out, struct err *err)
{
    struct credentials_provider *provider = first_source(world, way);
    int result = credentials_get(provider, out, err);

    if (result != 0 && err->code == ERR_NOTFOUND)
        result =
            err_set(err, ERR_CONFIG, "%s: %s \"%s\" gives no credentials", way->place,
                    way->source_profile != NULL ? "source_profile" : "credential_source",
                    way->source_profile != NULL ? way->source_profile : way->credential_source);
    credentials_provider_free(provider);
    return result;
}

/* Replaces *credentials by those of one more role. */
static int step_up(struct source *source, const struct assume_role_options *role,
                   struct arena *arena, struct credentials **credentials, struct err *err)
{
    struct credentials_provider *with = credentials_static_new(*credentials);
    int result;

    credentials_unref(*credentials);
    *credentials = NULL;
    result = assume_role(source, with, role, arena, credentials, err);
    credentials_provider_free(with);
    return result;
}

static int profile_role_fetch(struct source *source, struct arena *scratch,
                              struct credentials **out, struct err *err)
{
    struct way way = {.place = NULL};
    struct credentials *credentials = NULL;
    struct profiles profiles;
    const char *region = NULL;
    int result;

    if (profiles_load(source->world, scratch, &profiles, err) != 0)
        return -1;
    result = find_way(source, &profiles, scratch, &way, err);
    profiles_wipe(&profiles);
    if (result != 0 || sts_region(source->world, scratch, &region, err) != 0 ||
        first_credentials(source->world, &way, &credentials, err) != 0)
        return -1;
    for (size_t i = way.roles.count; i-- > 0;) {
        way.roles.items[i].region = region;
        if (step_up(source, &way.roles.items[i], scratch, &credentials, err) != 0)
            return err_wrap(err, "profile \"%s\"", way.profiles.items[i]);
    }
    *out = credentials;
    return 0;
}

struct credentials_provider *credentials_profile_role_new(const struct credentials_world *world,
                                                          const char *profile)
{
    return &source_new(sizeof(struct source), "assume role (profile)", world, profile,
                       profile_role_fetch)
                ->base;
}
