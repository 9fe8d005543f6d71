/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "demo/demo-ca.h"

#include <glib/gi18n-lib.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "pki/pki-error.h"
#include "pki/pki-openssl.h"

#define ROOT_NAME "Signet Demo Root CA"
#define ISSUER_NAME "Signet Demo CA"
#define CA_DAYS 3650
#define PERSON_DAYS 365
#define BACKDATED 300                   /* seconds: clocks differ */
#define PUBLIC_KEY_TAG 6                /* of CertTemplate, RFC 4211 §5 */

void
signet_demo_ca_free (SignetDemoCa *self)
{
  g_clear_pointer (&self->root, X509_free);
  g_clear_pointer (&self->issuer, X509_free);
  g_clear_pointer (&self->issuer_key, EVP_PKEY_free);
  g_free (self);
}

static gboolean
add_extension (X509       *certificate,
               X509       *issuer,
               int         nid,
               const char *value)
{
  X509_EXTENSION *extension;
  X509V3_CTX context;
  gboolean added;

  X509V3_set_ctx (&context, issuer, certificate, NULL, NULL, 0);
  X509V3_set_ctx_nodb (&context);
  extension = X509V3_EXT_conf_nid (NULL, &context, nid, value);
  added = extension != NULL && X509_add_ext (certificate, extension, -1) == 1;
  X509_EXTENSION_free (extension);

  return added;
}

static gboolean
set_serial (X509 *certificate)
{
  g_autoptr (BIGNUM) number = BN_new ();

  return BN_rand (number, 126, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1
         && BN_to_ASN1_INTEGER (number, X509_get_serialNumber (certificate)) != NULL;
}

static X509 *
start_certificate (const X509_NAME *subject,
                   const X509_NAME *issuer,
                   EVP_PKEY        *key,
                   int              days)
{
  g_autoptr (X509) certificate = X509_new ();

  if (X509_set_version (certificate, X509_VERSION_3) != 1 || !set_serial (certificate)
      || X509_set_subject_name (certificate, subject) != 1 || X509_set_issuer_name (certificate, issuer) != 1
      || X509_gmtime_adj (X509_getm_notBefore (certificate), -BACKDATED) == NULL
      || X509_time_adj_ex (X509_getm_notAfter (certificate), days, 0, NULL) == NULL || X509_set_pubkey (certificate, key) != 1)
    return NULL;

  return g_steal_pointer (&certificate);
}

static X509_NAME *
make_name (const char *cn)
{
  X509_NAME *name = X509_NAME_new ();

  X509_NAME_add_entry_by_NID (name, NID_organizationName, MBSTRING_UTF8, (const guint8 *) "Signet Demo", -1, -1, 0);
  X509_NAME_add_entry_by_NID (name, NID_commonName, MBSTRING_UTF8, (const guint8 *) cn, -1, -1, 0);

  return name;
}

static X509 *
make_ca (const char *cn,
         EVP_PKEY   *key,
         X509       *issuer,
         EVP_PKEY   *issuer_key)
{
  g_autoptr (X509_NAME) name = make_name (cn);
  g_autoptr (X509) certificate
      = start_certificate (name, issuer != NULL ? X509_get_subject_name (issuer) : name, key, CA_DAYS);
  X509 *signer = issuer != NULL ? issuer : certificate;

  if (certificate == NULL
      || !add_extension (certificate, signer, NID_basic_constraints, issuer != NULL ? "critical,CA:TRUE,pathlen:0" : "critical,CA:TRUE")
      || !add_extension (certificate, signer, NID_key_usage, "critical,digitalSignature,keyCertSign,cRLSign")
      || !add_extension (certificate, signer, NID_subject_key_identifier, "hash")
      || !add_extension (certificate, signer, NID_authority_key_identifier, "keyid:always")
      || X509_sign (certificate, issuer != NULL ? issuer_key : key, EVP_sha256 ()) <= 0)
    return NULL;

  return g_steal_pointer (&certificate);
}

/* All three in one file that is there whole or not at all; the root's key is used once and forgotten. */
static gboolean
make_files (const char  *folder,
            GError     **error)
{
  g_autofree char *path = g_build_filename (folder, "ca.pem", NULL);
  g_autofree char *anchor = g_build_filename (folder, "anchor.pem", NULL);
  g_autoptr (EVP_PKEY) root_key = EVP_EC_gen ("P-256");
  g_autoptr (EVP_PKEY) issuer_key = EVP_EC_gen ("P-256");
  g_autoptr (X509) root = make_ca (ROOT_NAME, root_key, NULL, NULL);
  g_autoptr (X509) issuer = root != NULL ? make_ca (ISSUER_NAME, issuer_key, root, root_key) : NULL;
  g_autoptr (BIO) all = BIO_new (BIO_s_mem ());
  g_autoptr (BIO) only_root = BIO_new (BIO_s_mem ());
  char *data;
  long length;

  if (issuer == NULL || PEM_write_bio_X509 (all, issuer) != 1 || PEM_write_bio_X509 (all, root) != 1
      || PEM_write_bio_PrivateKey (all, issuer_key, NULL, NULL, 0, NULL, NULL) != 1 || PEM_write_bio_X509 (only_root, root) != 1)
    {
      signet_openssl_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_FAILED, _("The demo authority could not be made"));
      return FALSE;
    }
  length = BIO_get_mem_data (only_root, &data);
  if (!g_file_set_contents_full (anchor, data, length, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0644, error))
    return FALSE;
  length = BIO_get_mem_data (all, &data);

  return g_file_set_contents_full (path, data, length, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                   error);
}

SignetDemoCa *
signet_demo_ca_open (const char  *folder,
                     GError     **error)
{
  g_autofree char *path = g_build_filename (folder, "ca.pem", NULL);
  g_autoptr (SignetDemoCa) self = g_new0 (SignetDemoCa, 1);
  g_autoptr (BIO) bio = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS) && !make_files (folder, error))
    return NULL;
  bio = BIO_new_file (path, "r");
  if (bio != NULL)
    {
      self->issuer = PEM_read_bio_X509 (bio, NULL, NULL, NULL);
      self->root = PEM_read_bio_X509 (bio, NULL, NULL, NULL);
      self->issuer_key = PEM_read_bio_PrivateKey (bio, NULL, NULL, NULL);
    }
  if (self->issuer == NULL || self->root == NULL || self->issuer_key == NULL)
    {
      signet_openssl_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MALFORMED,
                                _("The demo authority's keys in “%s” cannot be read"), path);
      return NULL;
    }

  return g_steal_pointer (&self);
}

/* libcrypto 3.0 hands out every field of a template but the key: it is the value with tag [6] in the template's DER. */
static EVP_PKEY *
requested_key (const OSSL_CRMF_CERTTEMPLATE *tmpl)
{
  unsigned char *der = NULL;
  int size = i2d_OSSL_CRMF_CERTTEMPLATE (tmpl, &der);
  const unsigned char *at = der;
  EVP_PKEY *key = NULL;
  long length;
  int tag;
  int class;

  if (size > 0 && (ASN1_get_object (&at, &length, &tag, &class, size) & 0x80) == 0)
    {
      const unsigned char *end = at + length;

      while (at < end && key == NULL)
        {
          const unsigned char *start = at;

          if ((ASN1_get_object (&at, &length, &tag, &class, end - at) & 0x80) != 0)
            break;
          if (class == V_ASN1_CONTEXT_SPECIFIC && tag == PUBLIC_KEY_TAG)
            {
              g_autofree unsigned char *spki = g_memdup2 (start, (gsize) (at + length - start));
              const unsigned char *p = spki;

              spki[0] = V_ASN1_CONSTRUCTED | V_ASN1_SEQUENCE;
              key = d2i_PUBKEY (NULL, &p, at + length - start);
            }
          at += length;
        }
    }
  OPENSSL_free (der);

  return key;
}

static X509_NAME *
granted_subject (const X509_NAME *requested,
                 gboolean         modify)
{
  X509_NAME *name = requested != NULL ? X509_NAME_dup (requested) : X509_NAME_new ();
  int at;

  if (!modify)
    return name;
  while ((at = X509_NAME_get_index_by_NID (name, NID_organizationName, -1)) >= 0)
    X509_NAME_ENTRY_free (X509_NAME_delete_entry (name, at));
  X509_NAME_add_entry_by_NID (name, NID_organizationName, MBSTRING_UTF8, (const guint8 *) "Signet Demo Customers", -1, 0, 0);

  return name;
}

/* @old: (nullable): whose extensions stand in for those that were not asked for. */
static gboolean
copy_extensions (X509                         *certificate,
                 const OSSL_CRMF_CERTTEMPLATE *tmpl,
                 X509                         *old)
{
  static const int granted[] = { NID_subject_alt_name, NID_key_usage, NID_ext_key_usage };
  const X509_EXTENSIONS *requested = OSSL_CRMF_CERTTEMPLATE_get0_extensions (tmpl);

  for (guint i = 0; i < G_N_ELEMENTS (granted); i++)
    {
      int at = X509v3_get_ext_by_NID (requested, granted[i], -1);
      int at_old = old != NULL ? X509_get_ext_by_NID (old, granted[i], -1) : -1;

      if (at >= 0 && X509_add_ext (certificate, X509v3_get_ext (requested, at), -1) != 1)
        return FALSE;
      if (at < 0 && at_old >= 0 && X509_add_ext (certificate, X509_get_ext (old, at_old), -1) != 1)
        return FALSE;
    }

  return TRUE;
}

static X509 *
start_person (SignetDemoCa    *self,
              const X509_NAME *subject,
              EVP_PKEY        *key)
{
  g_autoptr (X509) certificate = NULL;

  if (key == NULL)
    return NULL;
  certificate = start_certificate (subject, X509_get_subject_name (self->issuer), key, PERSON_DAYS);
  if (certificate == NULL || !add_extension (certificate, self->issuer, NID_basic_constraints, "critical,CA:FALSE")
      || !add_extension (certificate, self->issuer, NID_subject_key_identifier, "hash")
      || !add_extension (certificate, self->issuer, NID_authority_key_identifier, "keyid:always"))
    return NULL;

  return g_steal_pointer (&certificate);
}

X509 *
signet_demo_ca_issue (SignetDemoCa                 *self,
                      const OSSL_CRMF_CERTTEMPLATE *tmpl,
                      gboolean                      modify)
{
  g_autoptr (EVP_PKEY) key = requested_key (tmpl);
  g_autoptr (X509_NAME) subject = granted_subject (OSSL_CRMF_CERTTEMPLATE_get0_subject (tmpl), modify);
  g_autoptr (X509) certificate = start_person (self, subject, key);

  if (certificate == NULL || !copy_extensions (certificate, tmpl, NULL)
      || X509_sign (certificate, self->issuer_key, EVP_sha256 ()) <= 0)
    return NULL;

  return g_steal_pointer (&certificate);
}

X509 *
signet_demo_ca_renew (SignetDemoCa                 *self,
                      const OSSL_CRMF_CERTTEMPLATE *tmpl,
                      X509                         *old)
{
  g_autoptr (EVP_PKEY) key = requested_key (tmpl);
  g_autoptr (X509) certificate = start_person (self, X509_get_subject_name (old), key);

  if (certificate == NULL || !copy_extensions (certificate, tmpl, old)
      || X509_sign (certificate, self->issuer_key, EVP_sha256 ()) <= 0)
    return NULL;

  return g_steal_pointer (&certificate);
}

char *
signet_demo_ca_issue_for_tls (SignetDemoCa  *self,
                              GError       **error)
{
  g_autoptr (EVP_PKEY) key = EVP_EC_gen ("P-256");
  g_autoptr (X509_NAME) name = X509_NAME_new ();
  g_autoptr (BIO) bio = BIO_new (BIO_s_mem ());
  g_autoptr (X509) certificate = NULL;
  char *data;
  long length;

  X509_NAME_add_entry_by_NID (name, NID_commonName, MBSTRING_UTF8, (const guint8 *) "localhost", -1, -1, 0);
  certificate = start_person (self, name, key);
  if (certificate == NULL
      || !add_extension (certificate, self->issuer, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1")
      || !add_extension (certificate, self->issuer, NID_key_usage, "critical,digitalSignature")
      || !add_extension (certificate, self->issuer, NID_ext_key_usage, "serverAuth")
      || X509_sign (certificate, self->issuer_key, EVP_sha256 ()) <= 0 || PEM_write_bio_X509 (bio, certificate) != 1
      || PEM_write_bio_PrivateKey (bio, key, NULL, NULL, 0, NULL, NULL) != 1 || PEM_write_bio_X509 (bio, self->issuer) != 1)
    {
      signet_openssl_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_FAILED,
                                _("A certificate for HTTPS could not be made"));
      return NULL;
    }
  length = BIO_get_mem_data (bio, &data);

  return g_strndup (data, (gsize) length);
}
