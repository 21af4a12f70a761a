/*
 * fuzz.h - what each fuzz target defines.  It is called by libFuzzer, or by replay.c without it.
 * It must be deterministic, keep nothing from call to call, and abort where an invariant breaks.
 */
#ifndef PLINTH_TESTS_FUZZ_H
#define PLINTH_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#endif
