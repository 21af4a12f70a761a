/*
 * endpoints_driver.c - resolves what endpoints_differential.py asks for.
 */
#include "driver.h"

#include "plinth/aws/endpoints.h"

static int resolve(const struct json *question, struct arena *arena, struct json *answer,
                   struct err *err)
{
    const struct aws_endpoints endpoints = {.fips = json_bool(question, "fips", false)};
    struct aws_endpoint endpoint;

    if (aws_endpoint_resolve(&endpoints, aws_service_find(json_str(question, "service")),
                             json_str(question, "region"), json_str(question, "account"), arena,
                             &endpoint, err) != 0)
        return -1;
    json_put_str(answer, "url", endpoint.url);
    json_put_str(answer, "region", endpoint.signing_region);
    return 0;
}

int main(void)
{
    return driver_run(resolve);
}
