/*
 * time.h - UTC times as text.
 *
 * Layer:  base.  Source: RFC 3339 (AWS's JSON and XML timestamps), SigV4's basic format.
 */
#ifndef PLINTH_BASE_TIME_H
#define PLINTH_BASE_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TIME_TEXT_BYTES = 48 };

/* "2026-11-24T14:17:21Z".  yields: no. */
void time_rfc3339(int64_t wall_ms, char out[TIME_TEXT_BYTES]);

/* "20261124T141721Z", the X-Amz-Date form; its first 8 characters are the date.  yields: no. */
void time_amz(int64_t wall_ms, char out[TIME_TEXT_BYTES]);

/* Parse RFC 3339 with any offset and fraction.  False if it is not one.  yields: no. */
bool time_parse_rfc3339(const char *text, int64_t *out_wall_ms);

/* Parse the X-Amz-Date form.  False if it is not one.  yields: no. */
bool time_parse_amz(const char *text, int64_t *out_wall_ms);

/* Parse an HTTP Date header (RFC 9110 IMF-fixdate).  False if it is not one.  yields: no. */
bool time_parse_http(const char *text, int64_t *out_wall_ms);

/* "450 ms", "3.2 s", "12 min 5 s".  yields: no. */
void time_human(int64_t ms, char out[TIME_TEXT_BYTES]);

#endif
