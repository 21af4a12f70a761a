/*
 * driver.h - one JSON object a line on stdin, one on stdout: how the Python tests ask the library.
 */
#ifndef PLINTH_TESTS_DRIVER_H
#define PLINTH_TESTS_DRIVER_H

#include "plinth/base/arena.h"
#include "plinth/codec/json.h"

#include <stdio.h>
#include <stdlib.h>

typedef int (*driver_fn)(const struct json *question, struct arena *arena, struct json *answer,
                         struct err *err);

/* Answer all lines; what `fn` fails at is answered as {"error": text}. */
static inline int driver_run(driver_fn fn)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t len;

    while ((len = getline(&line, &capacity, stdin)) > 0) {
        struct arena *arena = arena_new("driver");
        struct json *question, *answer = json_object(arena);
        struct err err = ERR_INIT;

        if (json_parse(line, (size_t)len, arena, &question, &err) != 0 ||
            fn(question, arena, answer, &err) != 0) {
            answer = json_object(arena);
            json_put_str(answer, "error", err.text);
        }
        (void)puts(json_text(answer, arena));
        arena_free(arena);
    }
    free(line);
    return 0;
}

#endif
