/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-root-update.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-text.h"

#define MIN_SECURITY_BITS 80            /* as in path validation: libcrypto's level 1 */

void
signet_cmp_root_update_free (SignetCmpRootUpdate *self)
{
  g_clear_object (&self->new_with_new);
  g_clear_object (&self->new_with_old);
  g_clear_object (&self->old_with_new);
  g_free (self);
}

/* @name: of the member, for @error. @any: (nullable) */
static gboolean
take_certificate (const ASN1_TYPE    *any,
                  const char         *name,
                  SignetCertificate **certificate,
                  GError            **error)
{
  g_autoptr (GBytes) der = NULL;

  if (any == NULL)
    return TRUE;
  der = signet_asn1_any_get_der (any);
  *certificate = der != NULL ? signet_certificate_new_from_der (der, error) : NULL;
  if (*certificate == NULL)
    g_prefix_error (error, "%s: ", name);

  return *certificate != NULL;
}

static gboolean
take_all (SignetCmpRootUpdate  *self,
          const ASN1_TYPE      *new_with_new,
          const ASN1_TYPE      *new_with_old,
          const ASN1_TYPE      *old_with_new,
          GError              **error)
{
  return take_certificate (new_with_new, "newWithNew", &self->new_with_new, error)
         && take_certificate (new_with_old, "newWithOld", &self->new_with_old, error)
         && take_certificate (old_with_new, "oldWithNew", &self->old_with_new, error);
}

gboolean
signet_cmp_root_update_read (const SignetCmpGenmItem  *item,
                             SignetCmpRootUpdate     **update,
                             GError                  **error)
{
  g_autoptr (SignetCmpRootUpdate) self = g_new0 (SignetCmpRootUpdate, 1);
  g_autoptr (SignetRootCaKeyUpdateContent) content = NULL;
  g_autoptr (SignetCaKeyUpdAnnContent) old_content = NULL;
  gsize size;
  const void *data;

  *update = NULL;
  if (!signet_cmp_genm_item_has_value (item))
    return TRUE;
  data = g_bytes_get_data (item->value, &size);
  if (item->type == SIGNET_CMP_INFO_CA_KEY_UPDATE_INFO)
    old_content = signet_asn1_decode (data, size, ASN1_ITEM_rptr (SignetCaKeyUpdAnnContent));
  else
    content = signet_asn1_decode (data, size, ASN1_ITEM_rptr (SignetRootCaKeyUpdateContent));
  if (content == NULL && old_content == NULL)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED,
                                _("The authority's update of its root cannot be read"));
      return FALSE;
    }
  if (content != NULL
        ? !take_all (self, content->new_with_new, content->new_with_old, content->old_with_new, error)
        : !take_all (self, old_content->new_with_new, old_content->new_with_old, old_content->old_with_new, error))
    return FALSE;
  *update = g_steal_pointer (&self);

  return TRUE;
}

static gboolean
same_key (SignetCertificate *a,
          SignetCertificate *b)
{
  return g_str_equal (signet_certificate_get_key_id (a), signet_certificate_get_key_id (b));
}

static gboolean
has_signed (SignetCertificate *issuer,
            SignetCertificate *subject)
{
  EVP_PKEY *key = X509_get0_pubkey (signet_certificate_get_x509 (issuer));
  gboolean good = key != NULL && X509_verify (signet_certificate_get_x509 (subject), key) == 1;

  ERR_clear_error ();

  return good;
}

static gboolean
has_name_of (SignetCertificate *certificate,
             SignetCertificate *named,
             gboolean           as_issuer)
{
  X509 *x509 = signet_certificate_get_x509 (certificate);
  const X509_NAME *name = as_issuer ? X509_get_issuer_name (x509) : X509_get_subject_name (x509);

  return X509_NAME_cmp (name, X509_get_subject_name (signet_certificate_get_x509 (named))) == 0;
}

SignetCmpRootUpdate *
signet_cmp_root_update_pick (SignetCertificate *old,
                             GPtrArray         *certificates)
{
  g_autoptr (SignetCmpRootUpdate) self = g_new0 (SignetCmpRootUpdate, 1);

  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (old), NULL);

  for (guint i = 0; i < certificates->len && self->new_with_old == NULL; i++)
    {
      SignetCertificate *candidate = g_ptr_array_index (certificates, i);

      if (!same_key (candidate, old) && signet_certificate_is_ca (candidate) && has_name_of (candidate, old, TRUE)
          && has_name_of (candidate, old, FALSE) && has_signed (old, candidate))
        self->new_with_old = g_object_ref (candidate);
    }
  for (guint i = 0; i < certificates->len && self->new_with_old != NULL; i++)
    {
      SignetCertificate *candidate = g_ptr_array_index (certificates, i);

      if (same_key (candidate, self->new_with_old) && has_signed (candidate, candidate))
        g_set_object (&self->new_with_new, candidate);
      else if (same_key (candidate, old) && has_signed (self->new_with_old, candidate))
        g_set_object (&self->old_with_new, candidate);
    }

  return self->new_with_new != NULL ? g_steal_pointer (&self) : NULL;
}

static gboolean
refuse (GError     **error,
        int          code,
        const char  *which,
        const char  *why)
{
  /* Translators: a certificate by its name in the standard (newWithNew), then what is wrong with it */
  g_set_error (error, SIGNET_CMP_ERROR, code, _("The new root was not taken: %s %s."), which, why);
  return FALSE;
}

/* Whether the signature, or the key that is certified, is too weak for an anchor. */
static gboolean
is_weak (SignetCertificate *certificate)
{
  X509 *x509 = signet_certificate_get_x509 (certificate);
  EVP_PKEY *key = X509_get0_pubkey (x509);
  int digest = NID_undef;

  if (key == NULL || EVP_PKEY_get_security_bits (key) < MIN_SECURITY_BITS
      || X509_get_signature_info (x509, &digest, NULL, NULL, NULL) != 1)
    return TRUE;

  return digest == NID_md5 || digest == NID_md4 || digest == NID_md2 || digest == NID_sha1;
}

static gboolean
names_fit (SignetCertificate *certificate)
{
  X509 *x509 = signet_certificate_get_x509 (certificate);
  int subject = X509_get_ext_by_NID (x509, NID_subject_alt_name, -1);
  int issuer = X509_get_ext_by_NID (x509, NID_issuer_alt_name, -1);

  if (subject < 0 || issuer < 0)
    return X509_NAME_entry_count (X509_get_subject_name (x509)) > 0;

  return ASN1_OCTET_STRING_cmp (X509_EXTENSION_get_data (X509_get_ext (x509, subject)),
                                X509_EXTENSION_get_data (X509_get_ext (x509, issuer))) == 0;
}

static gboolean
key_identifiers_fit (SignetCertificate *certificate)
{
  X509 *x509 = signet_certificate_get_x509 (certificate);
  const ASN1_OCTET_STRING *subject = X509_get0_subject_key_id (x509);
  const ASN1_OCTET_STRING *authority = X509_get0_authority_key_id (x509);

  return subject == NULL || authority == NULL || ASN1_OCTET_STRING_cmp (subject, authority) == 0;
}

static gboolean
is_within_period (SignetCertificate *certificate,
                  gint64             now)
{
  return signet_certificate_get_not_before (certificate) <= now && now <= signet_certificate_get_not_after (certificate);
}

/*
 * @certificate is signed by @issuer in one step, both valid at @now. libcrypto's path validation cannot tell that: it takes a
 * certificate whose issuer has the name of its subject, and that has no key identifiers, for a self-signed one.
 */
static gboolean
check_link (SignetCertificate  *certificate,
            SignetCertificate  *issuer,
            const char         *which,
            gint64              now,
            GError            **error)
{
  if (!has_name_of (certificate, issuer, TRUE))
    return refuse (error, SIGNET_CMP_ERROR_CERTIFICATE, which, _("names another issuer"));
  if ((X509_get_key_usage (signet_certificate_get_x509 (issuer)) & KU_KEY_CERT_SIGN) == 0)
    return refuse (error, SIGNET_CMP_ERROR_UNTRUSTED, which, _("is signed by a key that may not sign certificates"));
  if (!has_signed (issuer, certificate))
    return refuse (error, SIGNET_CMP_ERROR_UNTRUSTED, which, _("is not signed by the key it should be signed by"));
  if (!is_within_period (certificate, now) || !is_within_period (issuer, now))
    return refuse (error, SIGNET_CMP_ERROR_CERTIFICATE, which, _("is not valid now, or the root that signed it is not"));
  if (!signet_certificate_is_ca (certificate))
    return refuse (error, SIGNET_CMP_ERROR_CERTIFICATE, which, _("is no certificate of an authority"));
  if (is_weak (certificate))
    return refuse (error, SIGNET_CMP_ERROR_WEAK, which, _("is signed with a hash that is broken, or holds a key that is too short"));

  return TRUE;
}

/* RFC 9810 §5.2.5, App. D.3 */
static gboolean
check_self_signed (SignetCertificate  *certificate,
                   GError            **error)
{
  if (!has_name_of (certificate, certificate, TRUE))
    return refuse (error, SIGNET_CMP_ERROR_CERTIFICATE, "newWithNew", _("has a subject that is not its issuer"));
  if (!has_signed (certificate, certificate))
    return refuse (error, SIGNET_CMP_ERROR_CERTIFICATE, "newWithNew", _("is not signed by its own key"));
  if (!names_fit (certificate))
    return refuse (error, SIGNET_CMP_ERROR_CERTIFICATE, "newWithNew",
                   _("has no name, or alternative names of subject and issuer that differ"));
  if (!key_identifiers_fit (certificate))
    return refuse (error, SIGNET_CMP_ERROR_CERTIFICATE, "newWithNew", _("has key identifiers of subject and issuer that differ"));
  if (is_weak (certificate))
    return refuse (error, SIGNET_CMP_ERROR_WEAK, "newWithNew", _("is signed with a hash that is broken, or holds a key that is too short"));

  return TRUE;
}

static gboolean
is_among (SignetCertificate *certificate,
          GPtrArray         *others)
{
  for (guint i = 0; others != NULL && i < others->len; i++)
    if (same_key (certificate, g_ptr_array_index (others, i)))
      return TRUE;

  return FALSE;
}

static gboolean
check_new (const SignetCmpRootUpdate  *self,
           SignetCertificate          *old,
           GPtrArray                  *former,
           gint64                      now,
           GError                    **error)
{
  if (same_key (self->new_with_new, old))
    return refuse (error, SIGNET_CMP_ERROR_CERTIFICATE, "newWithNew", _("holds the key of the root that it should replace"));
  if (is_among (self->new_with_new, former))
    return refuse (error, SIGNET_CMP_ERROR_CERTIFICATE, "newWithNew", _("is a root that was replaced before"));
  if (!is_within_period (self->new_with_new, now))
    return refuse (error, SIGNET_CMP_ERROR_CERTIFICATE, "newWithNew", _("is not valid now"));
  /* An older root that comes after a younger one is a replay. */
  if (signet_certificate_get_not_before (self->new_with_new) < signet_certificate_get_not_before (old))
    return refuse (error, SIGNET_CMP_ERROR_CERTIFICATE, "newWithNew", _("is older than the root that it should replace"));
  if (!signet_certificate_is_ca (self->new_with_new))
    return refuse (error, SIGNET_CMP_ERROR_CERTIFICATE, "newWithNew", _("is no certificate of an authority"));

  return !signet_certificate_is_self_issued (old) || check_self_signed (self->new_with_new, error);
}

gboolean
signet_cmp_root_update_check (const SignetCmpRootUpdate  *self,
                              SignetCertificate          *old,
                              GPtrArray                  *former,
                              gint64                      now,
                              SignetCmpRootUpdateLinks   *links,
                              GError                    **error)
{
  SignetCmpRootUpdateLinks found = SIGNET_CMP_ROOT_UPDATE_NEW_WITH_NEW;

  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (old), FALSE);

  if (!check_new (self, old, former, now, error))
    return FALSE;
  if (self->new_with_old != NULL)
    {
      if (!check_link (self->new_with_old, old, "newWithOld", now, error))
        return FALSE;
      if (!has_name_of (self->new_with_old, self->new_with_new, FALSE))
        return refuse (error, SIGNET_CMP_ERROR_CERTIFICATE, "newWithOld", _("has another subject than newWithNew"));
      if (!same_key (self->new_with_old, self->new_with_new))
        return refuse (error, SIGNET_CMP_ERROR_CERTIFICATE, "newWithOld", _("holds another key than newWithNew"));
      found |= SIGNET_CMP_ROOT_UPDATE_NEW_WITH_OLD;
    }
  if (self->old_with_new != NULL)
    {
      if (!check_link (self->old_with_new, self->new_with_new, "oldWithNew", now, error))
        return FALSE;
      if (!has_name_of (self->old_with_new, old, FALSE) || !same_key (self->old_with_new, old))
        return refuse (error, SIGNET_CMP_ERROR_CERTIFICATE, "oldWithNew", _("is not about the root that is trusted now"));
      found |= SIGNET_CMP_ROOT_UPDATE_OLD_WITH_NEW;
    }
  *links = found;

  return TRUE;
}

SignetCertificate *
signet_cmp_root_update_check_old (const SignetCmpRootUpdate  *self,
                                  SignetCertificate          *root,
                                  gint64                      now,
                                  GError                    **error)
{
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (root), NULL);

  if (!signet_certificate_equal (self->new_with_new, root))
    {
      refuse (error, SIGNET_CMP_ERROR_UNTRUSTED, "newWithNew", _("is not the root that is trusted here"));
      return NULL;
    }
  if (self->old_with_new == NULL)
    {
      refuse (error, SIGNET_CMP_ERROR_CERTIFICATE, "oldWithNew", _("is missing"));
      return NULL;
    }
  if (!check_link (self->old_with_new, root, "oldWithNew", now, error))
    return NULL;

  return self->old_with_new;
}

/* The digest of @hash_alg, or the usual one of that length. */
static EVP_MD *
fetch_digest (const SignetOobCertHash *hash)
{
  static const struct { int size; const char *name; } usual[] = { { 32, "SHA256" }, { 48, "SHA384" }, { 64, "SHA512" } };
  char name[80];

  if (hash->hash_alg != NULL)
    return OBJ_obj2txt (name, sizeof name, hash->hash_alg->algorithm, 0) > 0 ? EVP_MD_fetch (NULL, name, NULL) : NULL;
  for (guint i = 0; i < G_N_ELEMENTS (usual); i++)
    if (usual[i].size == hash->hash_val->length)
      return EVP_MD_fetch (NULL, usual[i].name, NULL);

  return NULL;
}

static gboolean
names_certificate (const SignetCertId *id,
                   SignetCertificate  *certificate)
{
  X509 *x509 = signet_certificate_get_x509 (certificate);

  return id->issuer->type == GEN_DIRNAME && X509_NAME_cmp (id->issuer->d.directoryName, X509_get_issuer_name (x509)) == 0
         && ASN1_INTEGER_cmp (id->serial_number, X509_get0_serialNumber (x509)) == 0;
}

gboolean
signet_cmp_oob_hash_check (GBytes             *oob_cert_hash,
                           SignetCertificate  *root,
                           GError            **error)
{
  g_autoptr (SignetOobCertHash) hash = NULL;
  g_autoptr (EVP_MD) digest = NULL;
  GBytes *der = signet_certificate_get_der (root);
  unsigned char value[EVP_MAX_MD_SIZE];
  unsigned int size = 0;

  hash = signet_asn1_decode (g_bytes_get_data (oob_cert_hash, NULL), g_bytes_get_size (oob_cert_hash),
                             ASN1_ITEM_rptr (SignetOobCertHash));
  if (hash == NULL)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED, _("This is no hash of a root certificate"));
      return FALSE;
    }
  digest = fetch_digest (hash);
  ERR_clear_error ();
  if (digest == NULL || EVP_MD_get_size (digest) < 32)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WEAK,
                   _("The hash of the root certificate is made in a way that is too weak or not known here."));
      return FALSE;
    }
  if ((hash->cert_id != NULL && !names_certificate (hash->cert_id, root))
      || EVP_Digest (g_bytes_get_data (der, NULL), g_bytes_get_size (der), value, &size, digest, NULL) != 1
      || (int) size != hash->hash_val->length || CRYPTO_memcmp (value, hash->hash_val->data, size) != 0)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED,
                   _("The hash that was handed over is not that of the root “%s”."), signet_certificate_get_subject (root));
      return FALSE;
    }

  return TRUE;
}

char *
signet_cmp_root_update_describe (const SignetCmpGenmItem  *item,
                                 GError                  **error)
{
  g_autoptr (SignetCmpRootUpdate) update = NULL;
  g_autofree char *subject = NULL;
  g_autofree char *fingerprint = NULL;

  if (!signet_cmp_root_update_read (item, &update, error))
    return NULL;
  if (update == NULL)
    return g_strdup (_("The root is up to date."));
  subject = signet_cmp_text_clean (signet_certificate_get_subject (update->new_with_new),
                                   strlen (signet_certificate_get_subject (update->new_with_new)), SIGNET_CMP_TEXT_MAX);
  fingerprint = signet_fingerprint_format (signet_certificate_get_fingerprint (update->new_with_new));

  /* Translators: name and fingerprint of a root certificate */
  return g_strdup_printf (update->new_with_old != NULL ? _("A new root, “%s”, linked to the old one. SHA-256 fingerprint: %s")
                                                       : _("A new root, “%s”, without a link to the old one. SHA-256 fingerprint: %s"),
                          subject, fingerprint);
}
