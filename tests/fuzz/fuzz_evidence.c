/*
 * fuzz_evidence.c - an archive from anywhere is read or refused; what is believed fits together.
 */
#include "fuzz.h"

#include "plinth/base/arena.h"
#include "plinth/engine/evidence.h"

#include <assert.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct arena *arena = arena_new("fuzz");
    struct evidence evidence;
    struct err err = ERR_INIT;
    char path[64];
    FILE *file = tmpfile();

    assert(file != NULL);
    assert(fwrite(bytes, 1, len, file) == len && fflush(file) == 0);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(file));
    if (evidence_verify(path, NULL, arena, &evidence, &err) == 0)
        assert(evidence.run != NULL && evidence.records > 0 && evidence.members >= 2);
    else
        assert(err.code == ERR_PROTOCOL || err.code == ERR_IO || err.code == ERR_LIMIT);
    (void)fclose(file);
    arena_free(arena);
    return 0;
}
