/*
 * backup_read.h - what there is to back up in an account's region, and when it last was.
 *
 * Layer:  cli.
 */
#ifndef PLINTH_CLI_BACKUP_READ_H
#define PLINTH_CLI_BACKUP_READ_H

#include "plinth/aws/call.h"
#include "plinth/base/err.h"
#include "plinth/control/backup.h"

#include <stddef.h>
#include <stdint.h>

struct arena; /* base/arena.h */

/* Something that AWS Backup can back up. */
struct backup_resource {
    const char *arn;
    const char *type; /* "S3", as AWS Backup names it */
    int64_t last_ms;  /* when its newest recovery point was begun; 0: it has none */
    bool selected;    /* it has a tag that `selections` names */
};

struct backup_resources {
    struct backup_resource *items; /* by ARN, each once */
    size_t count;
};

/* Only resources with this tag; a key that is NULL takes all. */
struct backup_tag {
    const char *key;
    const char *value; /* NULL: any */
};

/* The calls it makes; ends with AWS_OP_NONE. */
extern const enum aws_op backup_read_ops[];

/* All resources that the target's region has.  Without a tag to look for, these are the buckets,
 * the tables, what AWS Backup already protects, and of the other types what has or had a tag: AWS
 * lists no others together.  Recovery points are those of the account itself, not copies that it
 * keeps for others.
 * owns: `arena`.  err: as aws_list.  yields: yes.
 * Source: AWS Backup API Reference, ListProtectedResources; Resource Groups Tagging API Reference,
 *         GetResources; S3 API Reference, ListBuckets (bucket-region). */
int backup_read(const struct aws_target *target, const char *partition,
                const struct backup_tag *tag, const struct backup_selections *selections,
                struct arena *arena, struct backup_resources *out, struct err *err);

/* "S3" of an ARN; NULL: AWS Backup does not back it up.  yields: no. */
const char *backup_resource_type(const char *arn);

#endif
