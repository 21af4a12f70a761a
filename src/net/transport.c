#include "plinth/net/transport.h"

#include <stddef.h>

void transport_free(struct transport *transport)
{
    if (transport != NULL)
        transport->free(transport);
}
