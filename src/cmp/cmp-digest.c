/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-digest.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>

static const struct {
  int nid;
  SignetCmpDigest digest;
} digests[] = {
  { NID_sha224, { "SHA224", 28, FALSE } },         { NID_sha256, { "SHA256", 32, FALSE } },
  { NID_sha384, { "SHA384", 48, FALSE } },         { NID_sha512, { "SHA512", 64, FALSE } },
  { NID_sha512_224, { "SHA512-224", 28, FALSE } }, { NID_sha512_256, { "SHA512-256", 32, FALSE } },
  { NID_sha3_224, { "SHA3-224", 28, FALSE } },     { NID_sha3_256, { "SHA3-256", 32, FALSE } },
  { NID_sha3_384, { "SHA3-384", 48, FALSE } },     { NID_sha3_512, { "SHA3-512", 64, FALSE } },
  { NID_shake128, { "SHAKE128", 32, TRUE } },      { NID_shake256, { "SHAKE256", 64, TRUE } },
};
static const SignetCmpDigest sha1 = { "SHA1", 20, FALSE };

gboolean
signet_cmp_digest_get (int                    nid,
                       SignetCmpRelaxations   relaxations,
                       SignetCmpDigest       *digest,
                       GError               **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (digests); i++)
    if (digests[i].nid == nid && nid != NID_undef)
      {
        *digest = digests[i].digest;
        return TRUE;
      }
  if (nid == NID_sha1 && (relaxations & SIGNET_CMP_RELAX_SHA1) != 0)
    {
      *digest = sha1;
      return TRUE;
    }
  if (nid == NID_sha1)
    g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WEAK,
                 _("The message is protected with SHA-1 (%s), which the settings of this authority do not allow"), OBJ_nid2sn (nid));
  else
    g_set_error (error, SIGNET_CMP_ERROR, nid == NID_md5 || nid == NID_md4 || nid == NID_md2 ? SIGNET_CMP_ERROR_WEAK
                                                                                             : SIGNET_CMP_ERROR_UNSUPPORTED,
                 _("The message is protected with “%s”, which is not known here"), OBJ_nid2sn (nid));
  return FALSE;
}

gboolean
signet_cmp_digest_read (const X509_ALGOR      *algorithm,
                        SignetCmpRelaxations   relaxations,
                        SignetCmpDigest       *digest,
                        GError               **error)
{
  const ASN1_OBJECT *oid;
  int parameter_type;

  X509_ALGOR_get0 (&oid, &parameter_type, NULL, algorithm);
  /* RFC 5754 §2: absent, or NULL as older senders write it. */
  if (parameter_type != V_ASN1_UNDEF && parameter_type != V_ASN1_NULL)
    {
      g_set_error_literal (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED,
                           _("The hash function of the protection has parameters, where none are known"));
      return FALSE;
    }
  return signet_cmp_digest_get (OBJ_obj2nid (oid), relaxations, digest, error);
}

static gboolean
finish (const SignetCmpDigest *digest,
        EVP_MD_CTX            *context,
        guint8                *output)
{
  guint size = 0;

  return digest->xof ? EVP_DigestFinalXOF (context, output, digest->size) == 1
                     : EVP_DigestFinal_ex (context, output, &size) == 1 && size == digest->size;
}

gboolean
signet_cmp_digest_iterate (const SignetCmpDigest  *digest,
                           const SignetCmpPiece   *pieces,
                           guint                   count,
                           guint                   rounds,
                           guint8                 *output,
                           GError                **error)
{
  g_autoptr (EVP_MD) md = EVP_MD_fetch (NULL, digest->name, NULL);
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  gboolean ok = md != NULL && EVP_DigestInit_ex2 (context, md, NULL) == 1;

  for (guint i = 0; ok && i < count; i++)
    ok = EVP_DigestUpdate (context, pieces[i].data, pieces[i].size) == 1;
  ok = ok && finish (digest, context, output);
  for (guint i = 1; ok && i < rounds; i++)
    ok = EVP_DigestInit_ex2 (context, NULL, NULL) == 1 && EVP_DigestUpdate (context, output, digest->size) == 1
         && finish (digest, context, output);
  if (!ok)
    signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("A hash could not be computed"));
  return ok;
}

gboolean
signet_cmp_digest_compute (const SignetCmpDigest  *digest,
                           const SignetCmpPiece   *pieces,
                           guint                   count,
                           guint8                 *output,
                           GError                **error)
{
  return signet_cmp_digest_iterate (digest, pieces, count, 1, output, error);
}
