/* The tables of the keys that say how plinth runs, and not what the organization should be. */
#include "language.h"

#include <stddef.h>

enum { WAVES_MOST = 50, DENIED_MOST = 1000 * 1000 };

static const struct choice lock_kinds[] = {
    {"s3", "s3"}, {"file", "file"}, {"none", "none"}, {NULL, NULL}};

static const struct field lock_fields[] = {
    {.key = "kind",
     .type = FIELD_CHOICE,
     .offset = offsetof(struct lock_spec, kind),
     .choices = lock_kinds,
     .doc = "`s3`: an object in a bucket, for runs from anywhere. `file`: for runs on one machine. "
            "`none`: whoever runs plinth sees to it that two runs never meet. Without it `s3`, or "
            "`file` where `file` is given or a sandbox stands in for AWS.",
     .example = "s3"},
    {.key = "bucket",
     .type = FIELD_STRING,
     .offset = offsetof(struct lock_spec, bucket),
     .doc = "A bucket of the management account, which must be there. Without it plinth makes "
            "`plinth-lock-<account>-<region>`.",
     .example = "acme-locks"},
    {.key = "key",
     .type = FIELD_STRING,
     .offset = offsetof(struct lock_spec, key),
     .doc = "The object. Without it `lock.json`.",
     .example = "plinth/lock.json"},
    {.key = "region",
     .type = FIELD_STRING,
     .offset = offsetof(struct lock_spec, region),
     .format = FORMAT_REGION,
     .doc = "Where the bucket is. Without it the home region.",
     .example = "eu-central-1"},
    {.key = "file",
     .type = FIELD_STRING,
     .offset = offsetof(struct lock_spec, file),
     .doc = "The file of a local lock. Without it one beside the journals.",
     .example = "/var/lib/plinth/lock"},
    {.key = NULL},
};

const struct schema lock_schema = {
    .name = "lock",
    .doc = "Where the lock is that keeps two runs apart: see `docs/operations.md`.",
    .size = sizeof(struct lock_spec),
    .node_offset = offsetof(struct lock_spec, node),
    .shorthand = "kind",
    .fields = lock_fields,
};

static const struct field wave_fields[] = {
    {.key = "name",
     .type = FIELD_STRING,
     .offset = offsetof(struct declared_wave, name),
     .format = FORMAT_NAME,
     .doc = "Without it the number of the wave.",
     .example = "canary"},
    {.key = "accounts",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct declared_wave, accounts),
     .doc = "These accounts, by name.",
     .example = "[Shop Dev]"},
    {.key = "ou",
     .type = FIELD_STRING,
     .offset = offsetof(struct declared_wave, ou),
     .doc = "The accounts in or below this organizational unit.",
     .example = "Workloads/Test"},
    {.key = "tag",
     .type = FIELD_STRING,
     .offset = offsetof(struct declared_wave, tag),
     .doc = "The accounts that the baseline gives this tag, as `KEY=VALUE`.",
     .example = "stage=test"},
    {.key = "percent",
     .type = FIELD_INT,
     .offset = offsetof(struct declared_wave, percent),
     .min = 1,
     .max = 99,
     .doc = "So much of what is in no wave before, rounded up. Which accounts these are follows "
            "from their names, and is the same in each run.",
     .example = "10"},
    {.key = "rest",
     .type = FIELD_BOOL,
     .offset = offsetof(struct declared_wave, rest),
     .doc = "Everything that is in no wave before; the last wave. Without it one is added.",
     .example = "true"},
    {.key = "bake",
     .type = FIELD_STRING,
     .offset = offsetof(struct declared_wave, bake),
     .format = FORMAT_DURATION,
     .doc = "How long to wait behind the wave and look for calls that are denied, as `90s`, `30m`, "
            "`2h` or `1d`. CloudTrail shows a call after about five minutes. Without it that of "
            "`rollout`.",
     .example = "2h"},
    {.key = "max_failures",
     .type = FIELD_STRING,
     .offset = offsetof(struct declared_wave, failures),
     .format = FORMAT_SHARE,
     .doc =
         "So many accounts of the wave, or so much of them in percent, may fail. Without it that "
         "of `rollout`.",
     .example = "\"5%\""},
    {.key = NULL},
};

static const struct schema wave_schema = {
    .name = "wave",
    .doc = "Accounts that change together: exactly one of `accounts`, `ou`, `tag`, `percent` and "
           "`rest`. Who is in a wave before is in no later one.",
    .size = sizeof(struct declared_wave),
    .node_offset = offsetof(struct declared_wave, node),
    .fields = wave_fields,
};

static const struct field rollout_fields[] = {
    {.key = "waves",
     .type = FIELD_OBJECTS,
     .offset = offsetof(struct declared_rollout, waves),
     .required = true,
     .object = &wave_schema,
     .min = 1,
     .max = WAVES_MOST,
     .doc = "One after the other.",
     .example = "[{accounts: [Shop Dev]}, {percent: 10, bake: 2h}, {rest: true}]"},
    {.key = "bake",
     .type = FIELD_STRING,
     .offset = offsetof(struct declared_rollout, bake),
     .fallback = "30m",
     .format = FORMAT_DURATION,
     .doc = "How long to wait behind a wave."},
    {.key = "max_failures",
     .type = FIELD_STRING,
     .offset = offsetof(struct declared_rollout, failures),
     .fallback = "0",
     .format = FORMAT_SHARE,
     .doc =
         "So many accounts of a wave, or so much of them in percent, may fail before the rollout "
         "stops."},
    {.key = "max_denied",
     .type = FIELD_INT,
     .offset = offsetof(struct declared_rollout, denied_most),
     .fallback = "10",
     .min = 0,
     .max = DENIED_MOST,
     .doc = "So many calls in the accounts of a wave may be denied by an organization policy, "
            "beyond what was denied in the same time before it."},
    {.key = "detach_on_alarm",
     .type = FIELD_BOOL,
     .offset = offsetof(struct declared_rollout, detach_on_alarm),
     .doc = "Take away what the wave attached when more than `max_denied` are."},
    {.key = NULL},
};

const struct schema rollout_schema = {
    .name = "rollout",
    .doc = "In which waves `plinth rollout` goes through the accounts: see `docs/operations.md`.",
    .size = sizeof(struct declared_rollout),
    .node_offset = offsetof(struct declared_rollout, node),
    .fields = rollout_fields,
};
