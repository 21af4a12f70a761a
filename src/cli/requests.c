#include "requests.h"

#include "plinth/aws/endpoints.h"
#include "plinth/base/arena.h"
#include "plinth/base/str.h"

/* A region of this year may be newer than plinth: the baseline's word is enough. */
static bool baseline_names(const struct baseline *baseline, const char *region)
{
    for (size_t i = 0; i < baseline->regions.count; i++)
        if (str_eq(baseline->regions.items[i], region))
            return true;
    return str_eq(baseline->home_region, region);
}

const char *region_mistake(const struct baseline *baseline, const char *region, struct arena *arena)
{
    const struct aws_partition *ours = aws_partition_of_region(baseline->home_region);
    const char *near;

    if (baseline_names(baseline, region))
        return NULL;
    if (!aws_region_is_known(region)) {
        near = aws_region_nearest(region);
        return arena_printf(arena, "there is no region \"%s\"%s%s%s", region,
                            near == NULL ? "" : "; did you mean ", near == NULL ? "" : near,
                            near == NULL ? "" : "?");
    }
    if (aws_partition_of_region(region) != ours)
        return arena_printf(arena, "%s is in the partition %s, and the baseline in %s", region,
                            aws_partition_of_region(region)->name, ours->name);
    return NULL;
}

const char *resource_mistake(const char *resource, struct arena *arena)
{
    enum { COLONS = 5 }; /* arn:partition:service:region:account:resource */
    size_t colons = 0;

    for (const char *at = resource; *at != '\0'; at++)
        colons += *at == ':';
    if (str_eq(resource, "*") || (str_starts(resource, "arn:") && colons >= COLONS))
        return NULL;
    return arena_printf(arena, "a resource is an ARN or *, not \"%s\"", resource);
}
