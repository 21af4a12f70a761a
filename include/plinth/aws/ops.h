/*
 * ops.h - every AWS operation that plinth may send, as data.
 *
 * Layer:  aws.  The rows are in ops.def and services.def beside this file: tools/ops-row.py prints
 *         one from botocore's model, tests/interop/ops_models.py holds all of them against the
 *         models.  IAM actions come from the Service Authorization Reference.
 */
#ifndef PLINTH_AWS_OPS_H
#define PLINTH_AWS_OPS_H

#include <stdbool.h>
#include <stddef.h>

enum aws_service {
    AWS_SERVICE_NONE = 0,
#define SERVICE(id, ...) AWS_SERVICE_##id,
#include "plinth/aws/services.def"
#undef SERVICE
    AWS_SERVICE_COUNT
};

enum aws_protocol { AWS_JSON, AWS_QUERY, AWS_EC2, AWS_REST_JSON, AWS_REST_XML };

struct aws_service_info {
    const char *name;         /* "service-quotas": logs, reports, AWS_ENDPOINT_URL_SERVICE_QUOTAS */
    const char *endpoint;     /* endpoint prefix */
    const char *signing_name; /* in the SigV4 scope */
    enum aws_protocol protocol;
    const char *json_version;  /* "1.0", "1.1"; NULL for the others */
    const char *target_prefix; /* X-Amz-Target, without the dot */
    const char *api_version;
    bool global;       /* one endpoint and signing region per partition */
    const char *xmlns; /* of the bodies of AWS_REST_XML; NULL for the others */
};

enum aws_op {
    AWS_OP_NONE = 0,
#define OP(service, id, ...) AWS_##service##_##id,
#include "plinth/aws/ops.def"
#undef OP
    AWS_OP_COUNT
};

enum aws_access { AWS_READ, AWS_WRITE };

struct aws_op_info {
    enum aws_service service;
    const char *name;   /* "CreateAccount" */
    const char *method; /* "POST" */
    const char *uri;    /* "/detector/{detectorId}"; may hold a fixed query */
    enum aws_access access;
    const char *iam_action;     /* "organizations:CreateAccount"; NULL: needs no permission */
    const char *token;          /* idempotency token member by its wire name; NULL: none */
    const char *query;          /* space-separated wire names that travel in the query; NULL */
    const char *headers;        /* the same for headers */
    const char *maps;           /* the same for maps (query); NULL */
    const char *payload;        /* member that is the whole body (REST); NULL */
    const char *page_in;        /* paging: request member; NULL: not paged */
    const char *page_out;       /* paging: answer member */
    const char *page_items;     /* answer member that holds the items */
    const char *text_answer;    /* answer member that is the whole body, as text; NULL */
    const char *answer_headers; /* answer members that come in headers and are wanted; NULL */
    bool no_body;               /* a POST, PUT or PATCH that carries none (REST) */
    bool anonymous;             /* travels without a signature */
};

/* Static storage; never NULL for a valid value.  yields: no. */
const struct aws_op_info *aws_op_info(enum aws_op op);
const struct aws_service_info *aws_service_info(enum aws_service service);

/* By its endpoint-URL name ("organizations"); AWS_SERVICE_NONE if unknown.  yields: no. */
enum aws_service aws_service_find(const char *name);

#endif
