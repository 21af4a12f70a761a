/*
 * certificate.h - certificates of a test's own, good for the hour before and after.
 */
#ifndef PLINTH_TESTS_CERTIFICATE_H
#define PLINTH_TESTS_CERTIFICATE_H

#include <openssl/x509.h>

/* One that signs others and its key; NULL as an issuer: the certificate signs itself. */
struct issuer {
    X509 *certificate;
    EVP_PKEY *key;
};

/* `names` as OpenSSL writes them ("DNS:example.com,IP:127.0.0.1"), or NULL for one that signs
 * others and is no server's.  A server's that signs itself may sign others too: it is its own CA.
 * owns: caller, X509_free.  Aborts where OpenSSL does not. */
X509 *certificate_new(const char *common_name, const char *names, EVP_PKEY *key,
                      const struct issuer *issuer);

#endif
