/*
 * limits.h - the cap on every size that comes from outside, in one place.
 *
 * Layer:  base.  These bound memory and time against hostile or broken input.  AWS's own quotas
 *         are not here: they are data (policy/quotas.def, aws/rates.def).
 */
#ifndef PLINTH_BASE_LIMITS_H
#define PLINTH_BASE_LIMITS_H

enum {
    LIMIT_YAML_BYTES = 4 * 1024 * 1024, /* one baseline file */
    LIMIT_YAML_DEPTH = 32,              /* nesting of maps and lists */
    LIMIT_YAML_NODES = 400 * 1000,      /* after aliases are followed */
    LIMIT_INCLUDE_FILES = 256,          /* files in one baseline */
    LIMIT_CONFIG_BYTES = 1024 * 1024,   /* ~/.aws/config and its kin */
    LIMIT_CONFIG_LINE_BYTES = 8 * 1024,
    LIMIT_JSON_BYTES = 64 * 1024 * 1024, /* one JSON document, plan files included */
    LIMIT_JSON_DEPTH = 64,
    LIMIT_JSON_NODES = 4 * 1000 * 1000, /* values of one document; each costs memory */
    LIMIT_XML_BYTES = 16 * 1024 * 1024,
    LIMIT_XML_DEPTH = 64,
    LIMIT_HTTP_HEADER_BYTES = 64 * 1024,      /* all headers of one answer */
    LIMIT_HTTP_BODY_BYTES = 64 * 1024 * 1024, /* one answer */
    LIMIT_PAGES = 10 * 1000,                  /* pages of one listing */
    LIMIT_ACCOUNTS = 50 * 1000,
    LIMIT_FIBER_STACK_BYTES = 256 * 1024,
    LIMIT_PROCESS_OUTPUT_BYTES = 64 * 1024,   /* what credential_process may print */
    LIMIT_FOLDER_DEPTH = 32,                  /* folders in folders of log files */
    LIMIT_ARCHIVE_ENTRIES = 10 * 1000 * 1000, /* files in one archive */
    LIMIT_JOURNAL_LINE_BYTES = 256 * 1024,
    LIMIT_EVIDENCE_BYTES = 512 * 1024 * 1024,    /* one archive of evidence, unpacked */
    LIMIT_EVIDENCE_MEMBERS = 512,                /* files in it: a baseline may have 256 */
    LIMIT_REPLAY_RECORD_BYTES = 4 * 1024 * 1024, /* one CloudTrail record; AWS's most is 256 KB */
    LIMIT_REPLAY_GROUPS = 200 * 1000,            /* rows of a replay's result */
    LIMIT_REPLAY_ANSWERS = 100 * 1000, /* answers that a replay keeps before it forgets all */
    LIMIT_REPLAY_ACTIONS = 50 * 1000,  /* different events, likewise */
    LIMIT_LINT_BYTES = 1024 * 1024,    /* one policy document; AWS's most is 20 KB */
    LIMIT_LINT_STATEMENTS = 4096,
    LIMIT_LINT_FINDINGS = 1000,
    LIMIT_ERRORS_SHOWN = 100, /* errors of one baseline before we stop listing */
};

/* Past what an int holds. */
#define LIMIT_ARCHIVE_ENTRY_BYTES (64ULL * 1024 * 1024 * 1024) /* one file of one, unpacked */

#endif
