/*
 * ec2_priv.h - what the files of EC2 share.
 *
 * Layer:  sim, private to ec2*.c.
 */
#ifndef PLINTH_SIM_EC2_PRIV_H
#define PLINTH_SIM_EC2_PRIV_H

#include "sim_priv.h"

#define EC2_READ(NAME, HANDLER, RULES)                                                             \
    {                                                                                              \
        .name = (NAME), .handler = (HANDLER), .access = SIM_READ, .rules = (RULES)                 \
    }
#define EC2_WRITE(NAME, HANDLER, RULES)                                                            \
    {                                                                                              \
        .name = (NAME), .handler = (HANDLER), .access = SIM_WRITE, .rules = (RULES)                \
    }
#define EC2_END                                                                                    \
    {                                                                                              \
        .name = NULL                                                                               \
    }

extern const struct sim_operation ec2_default_operations[];
extern const struct sim_operation ec2_vpc_operations[];

/* --- VPCs and what is in them (ec2_network.c) ----------------------------------------------------
 *
 * Always of the call's account and region.  A record is as EC2 shows it, but for: _tags (Key,
 * Value), _vpc (of an internet gateway: attached to it), _main (of a route table).
 */

enum { EC2_FILTERS_MOST = 6 };

struct ec2_kind {
    const char *kind;    /* of the records */
    const char *id;      /* the member that is the id */
    const char *set;     /* the list in the answer of Describe... */
    const char *param;   /* the parameter that names one, or several in Describe... */
    const char *missing; /* error code */
    struct {
        const char *name, *member;
    } filters[EC2_FILTERS_MOST];
};

extern const struct ec2_kind ec2_vpcs, ec2_subnets, ec2_gateways, ec2_groups, ec2_route_tables,
    ec2_interfaces;

/* The prefix and 17 hexadecimal digits. */
const char *ec2_id(struct sim_call *call, const char *prefix);

const struct json *ec2_all(struct sim_call *call, const struct ec2_kind *kind);
struct json *ec2_get(struct sim_call *call, const struct ec2_kind *kind, const char *id);
const struct json *ec2_default_vpc(struct sim_call *call); /* NULL: it was deleted */

/* The one that the parameter names.  -1: the error is set. */
int ec2_need(struct sim_call *call, const struct ec2_kind *kind, struct json **out);

void ec2_put(struct sim_call *call, const struct ec2_kind *kind, const struct json *record);
void ec2_delete(struct sim_call *call, const struct ec2_kind *kind, const char *id);
void ec2_create_default_vpc(struct sim_call *call);

/* Add tags to whatever has the id; with NULL only see that it exists.  -1: the error is set. */
int ec2_tag(struct sim_call *call, const char *id, const struct json *tags);

/* As the answers show it. */
struct json *ec2_shown(struct sim_call *call, const struct json *record);
int ec2_describe(struct sim_call *call, const struct ec2_kind *kind);

#endif
