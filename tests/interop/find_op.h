/*
 * find_op.h - the operation that a question names.
 */
#ifndef PLINTH_TESTS_FIND_OP_H
#define PLINTH_TESTS_FIND_OP_H

#include "plinth/aws/ops.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

/* {"service": "iam", "operation": "GetRole"}; AWS_OP_NONE if there is none. */
static inline enum aws_op find_op(const struct json *question)
{
    for (int op = AWS_OP_NONE + 1; op < AWS_OP_COUNT; op++) {
        const struct aws_op_info *info = aws_op_info((enum aws_op)op);

        if (str_eq(aws_service_info(info->service)->name, json_str(question, "service")) &&
            str_eq(info->name, json_str(question, "operation")))
            return (enum aws_op)op;
    }
    return AWS_OP_NONE;
}

#endif
