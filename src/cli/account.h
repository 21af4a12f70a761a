/*
 * account.h - what the parts of "plinth account" share.
 *
 * Layer:  cli.
 */
#ifndef PLINTH_CLI_ACCOUNT_H
#define PLINTH_CLI_ACCOUNT_H

#include "session.h"

#include "plinth/baseline/edit.h"
#include "plinth/control/inventory.h"

struct json; /* codec/json.h */

#define ACCOUNT_FORMAT "plinth/account/v1"

/* What is called outside of controls; ends with AWS_OP_NONE. */
extern const enum aws_op account_ops[];

/* --- The file ------------------------------------------------------------------------------------
 */

/* A file of the baseline before an account is added and behind it. */
struct account_file {
    const char *path;
    struct file_text before, after;
    unsigned mode;
};

/* Choose the file, look whether it may be written, and put the account into its text; nothing is
 * written.  `argument` is the baseline's as it was given; `into` NULL: by itself.
 * owns: `arena`.  err: ERR_USAGE for what plinth does not write to (standard input, a baseline that
 * ships with it, a symbolic link, what is read-only); as baseline_accounts_file and
 * baseline_add_account.  yields: no. */
int account_file_prepare(const struct loaded *loaded, const char *argument, const char *into,
                         const struct account_entry *entry, struct arena *arena,
                         struct account_file *out, struct err *err);

/* As a unified diff.  yields: no. */
void account_file_diff(const struct account_file *file, struct buf *out);

/* Write it, whole or not at all, unless somebody changed the file meanwhile.
 * err: ERR_CONFLICT then; as files_write.  yields: no. */
int account_file_write(const struct account_file *file, struct err *err);

/* --- The hand-over -------------------------------------------------------------------------------
 */

struct handover_policy {
    const char *name, *at; /* "the root", "Workloads", the account's name */
};

struct handover {
    const struct account *account;
    const struct inventory_account *live; /* NULL: it does not exist */
    const char *path;                     /* where it is; "" is the root */
    const char *role_arn, *console;
    struct handover_policy *policies; /* SCPs that hold for it, from the root down */
    size_t policy_count, policy_capacity;
    struct handover_policy *missing; /* those that the baseline wants besides */
    size_t missing_count, missing_capacity;
};

/* Read what there is to say of an account of the session's baseline.
 * owns: the session's arena.  err: as aws_call.  yields: yes. */
int handover_read(struct session *session, const char *name, struct handover *out, struct err *err);

/* `result` is the plan or the apply of this account.  yields: no. */
void handover_text(const struct handover *handover, const struct run_result *result,
                   struct buf *out);
struct json *handover_json(const struct handover *handover, const struct run_result *result,
                           struct arena *arena);

/* --- The list ------------------------------------------------------------------------------------
 */

/* plinth account list: those of the organization and those of the baseline side by side. */
extern const struct command account_list_verb;

#endif
