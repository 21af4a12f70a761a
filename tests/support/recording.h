/*
 * recording.h - where the simulators of a test program write what was asked and answered.
 */
#ifndef PLINTH_TESTS_RECORDING_H
#define PLINTH_TESTS_RECORDING_H

#include "plinth/sim/recorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* One file for the process, $PLINTH_RECORD/KIND-PID.jsonl; NULL if the folder is not named.  Lives
 * until the process ends. */
static inline struct sim_recorder *recording(const char *kind)
{
    static struct sim_recorder *recorder;
    const char *folder = getenv("PLINTH_RECORD");
    struct err err = ERR_INIT;
    char path[4096];

    if (recorder != NULL || folder == NULL || *folder == '\0')
        return recorder;
    (void)snprintf(path, sizeof path, "%s/%s-%ld.jsonl", folder, kind, (long)getpid());
    recorder = sim_recorder_new(path, &err);
    if (recorder == NULL) {
        (void)fprintf(stderr, "recording: %s\n", err.text);
        abort();
    }
    return recorder;
}

#endif
