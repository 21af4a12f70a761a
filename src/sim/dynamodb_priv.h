/*
 * dynamodb_priv.h - what the files of the simulator's DynamoDB share.
 *
 * Layer:  sim, private.
 *
 * (account, region, "table", name) -> the TableDescription, with _ready_ms (CREATING until then),
 *     _updating_ms, _gone_ms (DELETING until then), _tags, _pitr_ms
 * (account, region, "table-item/<table>", key) -> the item; its key's values as JSON
 */
#ifndef PLINTH_SIM_DYNAMODB_PRIV_H
#define PLINTH_SIM_DYNAMODB_PRIV_H

#include "sim_priv.h"

extern const struct sim_operation dynamodb_item_operations[];
extern const struct sim_operation dynamodb_setting_operations[];

/* The table that TableName means, a name or an ARN of the caller's own, with its TableStatus of
 * now.  NULL: there is none. */
struct json *table_find(struct sim_call *call, const char *name);

/* The same; NULL with the error set. */
struct json *table_open(struct sim_call *call);

/* The same, unless it is not ACTIVE or UPDATING yet: the operations on items. */
struct json *table_serving(struct sim_call *call);
void table_put(struct sim_call *call, const struct json *table);
const char *table_item_kind(const struct sim_call *call, const struct json *table);

#endif
