/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-error.h"
#include "pki/pki-openssl.h"

/**
 * SignetCmpKeyType:
 * @oid: algorithm, dotted
 * @name: for people: "RSA 2048", "P-256", "Ed25519"; the OID where it is not known
 * @spec: (nullable): as signet_key_generate () takes it: "rsa:2048", "ec:P-256", "ed25519"; "rsa" for any length and "ec" for
 *   any curve; %NULL for kinds that are not known here
 * @algorithm: (nullable): the AlgorithmIdentifier as it came, DER; %NULL for an RSA length
 *
 * A kind of key that an authority certifies: an element of signKeyPairTypes or encKeyPairTypes (RFC 9810 §5.3.19.2, §5.3.19.3), or
 * of a template's keySpec (§5.3.19.16).
 */
typedef struct {
  char *oid;
  char *name;
  char *spec;
  GBytes *algorithm;
} SignetCmpKeyType;

/* @algorithm: DER AlgorithmIdentifier. A signature algorithm stands for the kind of key that it needs: rsaEncryption and
 * sha256WithRSAEncryption ask the same (RFC 9810 §5.3.19.2). Errors: %SIGNET_CMP_ERROR_MALFORMED. */
SignetCmpKeyType *signet_cmp_key_type_new_for_algorithm (GBytes *algorithm, GError **error) G_GNUC_WARN_UNUSED_RESULT;
SignetCmpKeyType *signet_cmp_key_type_new_for_rsa (guint bits);
void signet_cmp_key_type_free (SignetCmpKeyType *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCmpKeyType, signet_cmp_key_type_free)

/* Whether keys of @spec, "rsa:3072", are of this kind. */
gboolean signet_cmp_key_type_allows (const SignetCmpKeyType *self, const char *spec);
/* @types: (element-type SignetCmpKeyType) (nullable): %NULL and none at all allow every kind. */
gboolean signet_cmp_key_types_allow (GPtrArray *types, const char *spec);
/* Those of @specs that @types allow, in their order: (transfer full) (array zero-terminated=1) */
char **signet_cmp_key_types_filter (GPtrArray *types, const char *const *specs);
/* "P-256, RSA 2048": (transfer full) */
char *signet_cmp_key_types_describe (GPtrArray *types);

/* keyPairParamRep: whether the parameters in @algorithm (DER AlgorithmIdentifier) may make a key: RFC 9810 §5.3.19.8. A known curve, or a
 * group of DH or DSA of 2048 to 8192 bits that libcrypto finds sound. Errors: %SIGNET_CMP_ERROR_WEAK,
 * %SIGNET_CMP_ERROR_UNSUPPORTED, %SIGNET_CMP_ERROR_MALFORMED. */
gboolean signet_cmp_key_parameters_check (GBytes *algorithm, GError **error) G_GNUC_WARN_UNUSED_RESULT;
