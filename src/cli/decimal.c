#include "decimal.h"

#include <math.h>
#include <stdlib.h>

int decimal_parse(const char *option, const char *text, double least, double most, double *out,
                  struct err *err)
{
    char *end;
    double value;

    if (text == NULL)
        return 0;
    value = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(value) || value < least || value > most)
        return err_set(err, ERR_USAGE, "%s takes a number from %g to %g, not \"%s\"", option, least,
                       most, text);
    *out = value;
    return 0;
}
