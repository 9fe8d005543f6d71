/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-root-successor.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "cmp/cmp-digest.h"

#define OID_HASH_OF_ROOT_KEY "1.3.6.1.4.1.51483.2.1"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_SIG, X509_SIG_free)

/* HashedRootKey, which has the members of a DigestInfo. */
static X509_SIG *
find_hash (X509 *root)
{
  g_autoptr (ASN1_OBJECT) oid = OBJ_txt2obj (OID_HASH_OF_ROOT_KEY, 1);
  int index = X509_get_ext_by_OBJ (root, oid, -1);
  const ASN1_OCTET_STRING *value;
  const unsigned char *cursor;

  if (index < 0)
    return NULL;
  value = X509_EXTENSION_get_data (X509_get_ext (root, index));
  cursor = ASN1_STRING_get0_data (value);

  return d2i_X509_SIG (NULL, &cursor, ASN1_STRING_length (value));
}

static gboolean
has_hash (X509           *successor,
          const X509_SIG *announced)
{
  const X509_ALGOR *algorithm;
  const ASN1_OCTET_STRING *expected;
  SignetCmpDigest digest;
  guint8 hash[SIGNET_CMP_DIGEST_MAX_SIZE];
  unsigned char *der = NULL;
  int size = i2d_X509_PUBKEY (X509_get_X509_PUBKEY (successor), &der);
  SignetCmpPiece piece = { der, size > 0 ? (gsize) size : 0 };
  gboolean equal;

  X509_SIG_get0 (announced, &algorithm, &expected);
  equal = size > 0 && signet_cmp_digest_read (algorithm, SIGNET_CMP_RELAX_NONE, &digest, NULL)
          && signet_cmp_digest_compute (&digest, &piece, 1, hash, NULL) && (gsize) ASN1_STRING_length (expected) == digest.size
          && CRYPTO_memcmp (ASN1_STRING_get0_data (expected), hash, digest.size) == 0;
  OPENSSL_free (der);

  return equal;
}

gboolean
signet_cmp_root_announces (SignetCertificate *root,
                           SignetCertificate *successor)
{
  g_autoptr (X509_SIG) announced = NULL;
  X509 *x509;
  gboolean announces;

  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (root), FALSE);
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (successor), FALSE);

  x509 = signet_certificate_get_x509 (successor);
  announced = find_hash (signet_certificate_get_x509 (root));
  announces = announced != NULL && signet_certificate_is_self_issued (successor) && has_hash (x509, announced)
              && X509_get0_pubkey (x509) != NULL && X509_verify (x509, X509_get0_pubkey (x509)) == 1;
  ERR_clear_error ();

  return announces;
}
