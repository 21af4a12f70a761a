#include "sandbox.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define LISTEN_OPT                                                                                 \
    {                                                                                              \
        "listen", 0, OPT_TEXT, offsetof(struct sandbox_opts, listen), "ADDRESS:PORT",              \
            "a loopback address; " SANDBOX_LISTEN_DEFAULT " if not given, port 0 takes a free one" \
    }

static const struct opt ask_options[] = {
    LISTEN_OPT,
    {0},
};

static const struct opt sandbox_options[] = {
    LISTEN_OPT,
    {"state", 0, OPT_TEXT, offsetof(struct sandbox_opts, state), "FILE",
     "load it at the start, save it at the end", .dash = DASH_NONE},
    {"record", 0, OPT_TEXT, offsetof(struct sandbox_opts, record), "FILE",
     "append what is asked and answered, credentials included, each shape once", .dash = DASH_NONE},
    {"seed", 0, OPT_NUMBER, offsetof(struct sandbox_opts, seed), "N",
     "ids and faults that repeat; 1 or more", .least = 1},
    {"regions", 0, OPT_NUMBER, offsetof(struct sandbox_opts, regions), "N",
     "so many are on in every account, as AWS lists them; 17 if not given", .least = 1},
    {"time-scale", 0, OPT_TEXT, offsetof(struct sandbox_opts, time_scale), "X",
     "1: as slow as AWS; 0.01: a hundredth of it"},
    {"no-delays", 0, OPT_FLAG, offsetof(struct sandbox_opts, no_delays), NULL,
     "everything happens at once"},
    {"throttle", 0, OPT_FLAG, offsetof(struct sandbox_opts, throttle), NULL,
     "enforce AWS's documented rates"},
    {"fault-rate", 0, OPT_TEXT, offsetof(struct sandbox_opts, fault_rate), "X",
     "share of calls that fail, from 0 to 1"},
    {"lost-rate", 0, OPT_TEXT, offsetof(struct sandbox_opts, lost_rate), "X",
     "share of calls that are done but not answered"},
    {0},
};

int sandbox_parse_listen(const char *listen, struct arena *arena, const char **out_address,
                         int *out_port, struct err *err)
{
    const char *text = listen == NULL ? SANDBOX_LISTEN_DEFAULT : listen;
    const char *colon = strrchr(text, ':');
    size_t len = colon == NULL ? 0 : (size_t)(colon - text);
    uint64_t port;

    if (len == 0 || !str_to_u64(colon + 1, &port) || port > UINT16_MAX)
        return err_set(err, ERR_USAGE, "sandbox: --listen takes ADDRESS:PORT, not \"%s\"", text);
    if (len > 2 && text[0] == '[' && text[len - 1] == ']')
        *out_address = arena_strn(arena, text + 1, len - 2);
    else
        *out_address = arena_strn(arena, text, len);
    *out_port = (int)port;
    return 0;
}

const char *sandbox_url(const char *address, int port, struct arena *arena)
{
    bool is_ipv6 = strchr(address, ':') != NULL;

    return arena_printf(arena, "http://%s%s%s:%d", is_ipv6 ? "[" : "", address, is_ipv6 ? "]" : "",
                        port);
}

static int serve_run(const void *options, const struct words *positional)
{
    (void)positional;
    return sandbox_serve(options);
}

static int env_run(const void *options, const struct words *positional)
{
    (void)positional;
    return sandbox_env(options);
}

static int calls_run(const void *options, const struct words *positional)
{
    (void)positional;
    return sandbox_calls(options);
}

static const struct command verb_env = {
    .name = "sandbox env",
    .summary = "shell commands that point AWS clients at the running one",
    .usage = "",
    .text =
        "Prints the shell commands that point plinth, the AWS CLI or an SDK at the sandbox that\n"
        "runs there.  The credentials they hold are the simulator's own and open nothing else.",
    .examples = "  eval \"$(plinth sandbox env)\"\n",
    .opts = ask_options,
    .options_size = sizeof(struct sandbox_opts),
    .run = env_run,
};

static const struct command verb_calls = {
    .name = "sandbox calls",
    .summary = "how often each operation was called",
    .usage = "",
    .text = "Prints as JSON how often each operation of the running sandbox was called.",
    .examples = "  plinth sandbox calls\n",
    .opts = ask_options,
    .options_size = sizeof(struct sandbox_opts),
    .run = calls_run,
};

static const struct command *const sandbox_verbs[] = {&verb_env, &verb_calls, NULL};

const struct command command_sandbox = {
    .name = "sandbox",
    .summary = "run an AWS of your own to try things on",
    .usage = "",
    .text =
        "Serves a simulated AWS on a loopback address until Ctrl-C.  It starts with one account\n"
        "and nothing in it.  Any AWS client can use it: plinth sandbox env prints the shell\n"
        "commands that point plinth, the AWS CLI or an SDK at it.  The credentials they hold are\n"
        "the simulator's own and open nothing else.  plinth sandbox calls prints as JSON how\n"
        "often each operation was called.",
    .examples = "  plinth sandbox --time-scale 0.01 &\n"
                "  eval \"$(plinth sandbox env)\"\n"
                "  plinth apply startup --var email_domain=example.com\n"
                "  plinth sandbox --listen 127.0.0.1:0 --state sandbox.json --seed 7 --throttle\n",
    .opts = sandbox_options,
    .options_size = sizeof(struct sandbox_opts),
    .run = serve_run,
    .verbs = sandbox_verbs,
};
