/*
 * policy_test.h - plinth policy test: requests, and whether they meet what they must.
 *
 * Layer:  cli.
 */
#ifndef PLINTH_CLI_POLICY_TEST_H
#define PLINTH_CLI_POLICY_TEST_H

#include "options.h"

/* The cases of `file`; `baseline` NULL: the one that it names, or ./plinth.yaml.  Returns the exit
 * code. */
int policy_test_run(const struct baseline_opts *options, const char *file, const char *baseline);

#endif
