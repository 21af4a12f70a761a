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

#endif
