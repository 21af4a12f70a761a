/*
 * ops.c - the tables behind ops.h.
 */
#include "plinth/aws/ops.h"

#include "plinth/base/str.h"

#include <assert.h>

static const struct aws_service_info services[AWS_SERVICE_COUNT] = {
    [AWS_SERVICE_NONE] = {.name = "none", .endpoint = "", .signing_name = ""},
#define SERVICE(id, ...) [AWS_SERVICE_##id] = {.name = __VA_ARGS__},
#include "plinth/aws/services.def"
#undef SERVICE
};

static const struct aws_op_info ops[AWS_OP_COUNT] = {
    [AWS_OP_NONE] = {.name = "none", .method = "", .uri = ""},
#define OP(service_id, id, ...)                                                                    \
    [AWS_##service_id##_##id] = {.service = AWS_SERVICE_##service_id, __VA_ARGS__},
#include "plinth/aws/ops.def"
#undef OP
};

const struct aws_op_info *aws_op_info(enum aws_op op)
{
    assert((size_t)op < AWS_OP_COUNT);
    return &ops[op];
}

const struct aws_service_info *aws_service_info(enum aws_service service)
{
    assert((size_t)service < AWS_SERVICE_COUNT);
    return &services[service];
}

enum aws_service aws_service_find(const char *name)
{
    for (size_t i = AWS_SERVICE_NONE + 1; i < AWS_SERVICE_COUNT; i++)
        if (str_eq(services[i].name, name))
            return (enum aws_service)i;
    return AWS_SERVICE_NONE;
}
