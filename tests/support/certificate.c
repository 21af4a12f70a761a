#include "certificate.h"

#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <stdio.h>
#include <stdlib.h>

enum { HOUR_S = 3600 };

static void need(int ok, const char *what)
{
    if (ok)
        return;
    (void)fprintf(stderr, "certificate: %s failed\n", what);
    abort();
}

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension;

    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    need(extension != NULL && X509_add_ext(certificate, extension, -1) == 1, "an extension");
    X509_EXTENSION_free(extension);
}

/* Two certificates of one issuer must differ in it. */
static void set_serial(X509 *certificate)
{
    uint64_t serial = 0;

    need(RAND_bytes((unsigned char *)&serial, sizeof serial) == 1 &&
             ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial) == 1,
         "a serial number");
}

X509 *certificate_new(const char *common_name, const char *names, EVP_PKEY *key,
                      const struct issuer *issuer)
{
    X509 *certificate = X509_new();
    X509 *signer = issuer == NULL ? certificate : issuer->certificate;

    need(certificate != NULL, "X509_new");
    set_serial(certificate);
    need(X509_set_version(certificate, X509_VERSION_3) == 1 &&
             X509_gmtime_adj(X509_getm_notBefore(certificate), -HOUR_S) != NULL &&
             X509_gmtime_adj(X509_getm_notAfter(certificate), HOUR_S) != NULL &&
             X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                                        (const unsigned char *)common_name, -1, -1, 0) == 1 &&
             X509_set_issuer_name(certificate, X509_get_subject_name(signer)) == 1 &&
             X509_set_pubkey(certificate, key) == 1,
         "a certificate");
    add_extension(certificate, signer, NID_basic_constraints,
                  names == NULL || issuer == NULL ? "critical,CA:TRUE" : "critical,CA:FALSE");
    add_extension(certificate, signer, NID_subject_key_identifier, "hash");
    if (issuer != NULL)
        add_extension(certificate, signer, NID_authority_key_identifier, "keyid");
    if (names != NULL)
        add_extension(certificate, signer, NID_subject_alt_name, names);
    need(X509_sign(certificate, issuer == NULL ? key : issuer->key, EVP_sha256()) > 0, "X509_sign");
    return certificate;
}
