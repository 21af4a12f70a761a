/*
 * decimal.h - options that are decimals.
 *
 * Layer:  cli.
 */
#ifndef PLINTH_CLI_DECIMAL_H
#define PLINTH_CLI_DECIMAL_H

#include "plinth/base/err.h"

/* A decimal in [least, most]; `option` begins the message: "sandbox: --lost-rate".  NULL text
 * leaves *out.  err: ERR_USAGE.  yields: no. */
int decimal_parse(const char *option, const char *text, double least, double most, double *out,
                  struct err *err);

#endif
