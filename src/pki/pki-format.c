/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pki/pki-format.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>

#include "pki/pki-pbmac1.h"
#include "pki/pki-thread.h"

#define MAX_FILE 1048576
#define MAX_CERTIFICATES 64
#define MAX_ITERATIONS 10000000 /* of a file's own MAC: what a person waits for at most */
#define ITERATIONS 100000       /* of what is written here */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_SIG, X509_SIG_free)

/* A password as libcrypto wants it: with a NUL at its end, and cleansed with its frame. */
typedef struct {
  char *text;                   /* (nullable) */
  gsize size;
} Password;

static void
password_clear (Password *self)
{
  OPENSSL_secure_clear_free (self->text, self->size + 1);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Password, password_clear)

static void
password_set (Password     *self,
              SignetSecret *secret)
{
  const guint8 *data;

  if (secret == NULL)
    return;
  data = signet_secret_get_data (secret, &self->size);
  self->text = OPENSSL_secure_zalloc (self->size + 1);
  memcpy (self->text, data, self->size);
}

/* pem_password_cb: never asks on a terminal. */
static int
give_password (char *buffer,
               int   size,
               int   writing,
               void *user_data)
{
  const Password *password = user_data;

  if (password->text == NULL || password->size > (gsize) size)
    return -1;
  memcpy (buffer, password->text, password->size);

  return (int) password->size;
}

/**
 * signet_identity_free:
 * @self: (transfer full): what a file held
 */
void
signet_identity_free (SignetIdentity *self)
{
  g_return_if_fail (self != NULL);

  g_clear_object (&self->key);
  g_clear_object (&self->certificate);
  g_clear_pointer (&self->chain, g_ptr_array_unref);
  g_free (self);
}

static gboolean
add_certificate (SignetIdentity  *self,
                 X509            *x509,
                 GError         **error)
{
  if (self->chain->len >= MAX_CERTIFICATES)
    {
      g_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_TOO_LARGE, _("The file holds more than %d certificates."),
                   MAX_CERTIFICATES);
      return FALSE;
    }
  g_ptr_array_add (self->chain, signet_certificate_new_for_x509 (x509));

  return TRUE;
}

static gboolean
set_key (SignetIdentity  *self,
         EVP_PKEY        *pkey,
         GError         **error)
{
  if (self->key != NULL)
    {
      g_set_error_literal (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MALFORMED, _("The file holds more than one private key."));
      return FALSE;
    }
  self->key = signet_key_new_for_pkey (pkey);

  return TRUE;
}

/* Whether what libcrypto complains of is an algorithm that it does not have. */
static gboolean
is_unsupported (void)
{
  gulong entry = ERR_peek_error ();

  return ERR_GET_REASON (entry) == ERR_R_UNSUPPORTED || ERR_GET_REASON (entry) == EVP_R_UNSUPPORTED_ALGORITHM
         || ERR_GET_REASON (entry) == EVP_R_UNKNOWN_PBE_ALGORITHM || ERR_GET_REASON (entry) == EVP_R_UNSUPPORTED_CIPHER;
}

/* An encrypted key that did not open. */
static void
set_locked (const Password  *password,
            GError         **error)
{
  if (password->text == NULL)
    g_set_error_literal (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_WRONG_PASSWORD,
                         _("The private key in the file is encrypted: its password is needed."));
  else if (is_unsupported ())
    g_set_error_literal (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_UNSUPPORTED,
                         _("The private key is encrypted in a way that is not known here, or no more. Export it again with a newer "
                           "program."));
  else
    g_set_error_literal (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_WRONG_PASSWORD, _("This is not the password of the file."));
  ERR_clear_error ();
}

static gboolean
parse_pem_key (SignetIdentity  *self,
               GBytes          *data,
               Password        *password,
               GError         **error)
{
  g_autoptr (BIO) bio = BIO_new_mem_buf (g_bytes_get_data (data, NULL), (int) g_bytes_get_size (data));
  g_autoptr (EVP_PKEY) pkey = PEM_read_bio_PrivateKey (bio, NULL, give_password, password);

  if (pkey == NULL)
    {
      set_locked (password, error);
      return FALSE;
    }

  return set_key (self, pkey, error);
}

/* One part of a file in PEM: certificates are taken, keys counted, all else is passed over. */
static gboolean
parse_pem_part (SignetIdentity  *self,
                const char      *name,
                const guint8    *data,
                long             size,
                guint           *keys,
                GError         **error)
{
  g_autoptr (X509) x509 = NULL;

  if (g_str_has_suffix (name, "PRIVATE KEY"))
    {
      (*keys)++;
      return TRUE;
    }
  if (!g_str_equal (name, PEM_STRING_X509) && !g_str_equal (name, PEM_STRING_X509_OLD))
    return TRUE;
  x509 = d2i_X509 (NULL, &data, size);
  if (x509 == NULL)
    {
      signet_openssl_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MALFORMED,
                                _("One of the certificates in the file is damaged"));
      return FALSE;
    }

  return add_certificate (self, x509, error);
}

static gboolean
parse_pem (SignetIdentity  *self,
           GBytes          *data,
           Password        *password,
           GError         **error)
{
  g_autoptr (BIO) bio = BIO_new_mem_buf (g_bytes_get_data (data, NULL), (int) g_bytes_get_size (data));
  char *name;
  char *header;
  guint8 *part;
  long size;
  guint keys = 0;
  gboolean parsed = TRUE;

  while (parsed && PEM_read_bio (bio, &name, &header, &part, &size) == 1)
    {
      parsed = parse_pem_part (self, name, part, size, &keys, error);
      OPENSSL_free (name);
      OPENSSL_free (header);
      /* It may be a key in clear. */
      OPENSSL_clear_free (part, (gsize) size);
    }
  if (!parsed)
    return FALSE;
  if (ERR_GET_REASON (ERR_peek_last_error ()) != PEM_R_NO_START_LINE)
    {
      signet_openssl_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MALFORMED, _("The file begins as PEM and is damaged"));
      return FALSE;
    }
  ERR_clear_error ();
  if (keys > 1)
    {
      g_set_error_literal (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MALFORMED, _("The file holds more than one private key."));
      return FALSE;
    }

  return keys == 0 || parse_pem_key (self, data, password, error);
}

/* The MAC tells a wrong password from everything else. */
static gboolean
check_mac (PKCS12    *p12,
           Password  *password,
           GError   **error)
{
  const ASN1_INTEGER *iterations = NULL;

  if (PKCS12_mac_present (p12) != 1)
    {
      g_set_error_literal (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_NO_MAC,
                           _("The PKCS #12 file has no integrity protection: nobody can tell whether it was changed. Export it "
                             "again with a password."));
      return FALSE;
    }
  if (signet_pkcs12_has_pbmac1 (p12))
    return signet_pkcs12_verify_pbmac1 (p12, password->text != NULL ? password->text : "", password->size, MAX_ITERATIONS, error);
  PKCS12_get0_mac (NULL, NULL, NULL, &iterations, p12);
  if (iterations != NULL && (ASN1_INTEGER_get (iterations) < 1 || ASN1_INTEGER_get (iterations) > MAX_ITERATIONS))
    {
      g_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_TOO_LARGE,
                   _("The PKCS #12 file asks for %ld iterations, which is not between 1 and %d."),
                   ASN1_INTEGER_get (iterations), MAX_ITERATIONS);
      return FALSE;
    }
  /* No password and an empty one are two ways to write none. */
  if (PKCS12_verify_mac (p12, password->text, -1) == 1
      || (password->text == NULL && PKCS12_verify_mac (p12, "", 0) == 1))
    return TRUE;
  if (is_unsupported ())
    g_set_error_literal (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_UNSUPPORTED,
                         _("The PKCS #12 file is protected in a way that is not known here."));
  else
    g_set_error_literal (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_WRONG_PASSWORD,
                         password->text == NULL ? _("The PKCS #12 file has a password: it is needed.")
                                                : _("This is not the password of the PKCS #12 file."));
  ERR_clear_error ();

  return FALSE;
}

static gboolean
parse_pkcs12 (SignetIdentity  *self,
              PKCS12          *p12,
              Password        *password,
              GError         **error)
{
  g_autoptr (EVP_PKEY) pkey = NULL;
  g_autoptr (X509) x509 = NULL;
  g_autoptr (PKCS12) bare = NULL;
  STACK_OF (X509) *others = NULL;
  gboolean taken;

  if (!check_mac (p12, password, error))
    return FALSE;
  /* libcrypto before 3.4 would look at this MAC again, and knows none of its kind: it gets one that it knows. */
  if (signet_pkcs12_has_pbmac1 (p12))
    {
      p12 = bare = signet_pkcs12_strip_mac (p12);
      if (bare != NULL && PKCS12_set_mac (bare, password->text, (int) password->size, NULL, 0, 1, EVP_sha256 ()) != 1)
        p12 = NULL;
    }
  if (p12 == NULL || PKCS12_parse (p12, password->text, &pkey, &x509, &others) != 1)
    {
      signet_openssl_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_UNSUPPORTED,
                                _("The PKCS #12 file is encrypted in a way that is not known here, or no more. Export it again with "
                                  "a newer program"));
      return FALSE;
    }
  taken = (pkey == NULL || set_key (self, pkey, error)) && (x509 == NULL || add_certificate (self, x509, error));
  for (int i = 0; taken && i < sk_X509_num (others); i++)
    taken = add_certificate (self, sk_X509_value (others, i), error);
  sk_X509_pop_free (others, X509_free);

  return taken;
}

static gboolean
parse_encrypted_key (SignetIdentity  *self,
                     X509_SIG        *sealed,
                     Password        *password,
                     GError         **error)
{
  g_autoptr (PKCS8_PRIV_KEY_INFO) info = NULL;
  g_autoptr (EVP_PKEY) pkey = NULL;

  if (password->text != NULL)
    info = PKCS8_decrypt (sealed, password->text, (int) password->size);
  pkey = info != NULL ? EVP_PKCS82PKEY (info) : NULL;
  if (pkey == NULL)
    {
      set_locked (password, error);
      return FALSE;
    }

  return set_key (self, pkey, error);
}

#define DECODE(type) \
  (cursor = g_bytes_get_data (data, NULL), decoded = d2i_##type (NULL, &cursor, (long) g_bytes_get_size (data)), \
   ERR_clear_error (), decoded)

/* The one kind of DER that the file is, to its last octet. */
static gboolean
parse_der (SignetIdentity  *self,
           GBytes          *data,
           Password        *password,
           GError         **error)
{
  const guint8 *end = (const guint8 *) g_bytes_get_data (data, NULL) + g_bytes_get_size (data);
  const guint8 *cursor;
  void *decoded;
  g_autoptr (X509) x509 = DECODE (X509);
  gboolean whole = x509 != NULL && cursor == end;
  g_autoptr (PKCS12) p12 = whole ? NULL : DECODE (PKCS12);
  g_autoptr (X509_SIG) sealed = whole || p12 != NULL ? NULL : DECODE (X509_SIG);
  g_autoptr (PKCS8_PRIV_KEY_INFO) info = whole || p12 != NULL || sealed != NULL ? NULL : DECODE (PKCS8_PRIV_KEY_INFO);
  g_autoptr (EVP_PKEY) pkey = NULL;

  if (whole)
    return add_certificate (self, x509, error);
  if (p12 != NULL)
    return parse_pkcs12 (self, p12, password, error);
  if (sealed != NULL && cursor == end)
    return parse_encrypted_key (self, sealed, password, error);
  if (info != NULL && cursor == end)
    pkey = EVP_PKCS82PKEY (info);
  if (pkey != NULL)
    return set_key (self, pkey, error);
  ERR_clear_error ();
  g_set_error_literal (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MALFORMED,
                       _("This is neither a certificate nor a private key nor a PKCS #12 file, in PEM or DER."));

  return FALSE;
}

/* Puts the certificate of the key first; without a key it is the first of the file. */
static gboolean
choose_certificate (SignetIdentity  *self,
                    GError         **error)
{
  for (guint i = 0; i < self->chain->len && self->certificate == NULL; i++)
    {
      SignetCertificate *certificate = self->chain->pdata[i];

      if (self->key == NULL
          || g_strcmp0 (signet_certificate_get_key_id (certificate), signet_key_get_id (self->key)) == 0)
        self->certificate = g_ptr_array_steal_index (self->chain, i);
    }
  if (self->certificate != NULL || self->chain->len == 0)
    return TRUE;
  g_set_error_literal (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MISMATCH,
                       _("None of the certificates in the file belongs to its private key."));

  return FALSE;
}

/**
 * signet_identity_parse:
 * @data: a file's contents
 * @password: (nullable): of an encrypted key or a PKCS #12 file
 * @error: %SIGNET_PKI_ERROR
 *
 * Returns: (transfer full): what @data holds, which is at least one certificate or a key
 */
SignetIdentity *
signet_identity_parse (GBytes        *data,
                       SignetSecret  *password,
                       GError       **error)
{
  g_autoptr (SignetIdentity) self = g_new0 (SignetIdentity, 1);
  g_auto (Password) text = { 0 };
  gsize size;
  const char *octets;
  gboolean parsed;

  signet_assert_may_take_time ();
  g_return_val_if_fail (data != NULL, NULL);

  octets = g_bytes_get_data (data, &size);
  if (size > MAX_FILE)
    {
      g_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_TOO_LARGE, _("The file has more than %d octets."), MAX_FILE);
      return NULL;
    }
  ERR_clear_error ();
  password_set (&text, password);
  self->chain = g_ptr_array_new_with_free_func (g_object_unref);
  parsed = size > 0 && g_strstr_len (octets, (gssize) size, "-----BEGIN ") != NULL ? parse_pem (self, data, &text, error)
                                                                                    : parse_der (self, data, &text, error);
  if (!parsed || !choose_certificate (self, error))
    return NULL;
  if (self->key == NULL && self->certificate == NULL)
    {
      g_set_error_literal (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MALFORMED,
                           _("The file holds neither a certificate nor a private key."));
      return NULL;
    }

  return g_steal_pointer (&self);
}

/**
 * signet_certificates_to_pem:
 * @certificates: (element-type SignetCertificate): in the order in which they are written
 *
 * Returns: (transfer full): one PEM part each
 */
char *
signet_certificates_to_pem (GPtrArray *certificates)
{
  g_autoptr (BIO) bio = BIO_new (BIO_s_mem ());
  char *data;
  long size;

  g_return_val_if_fail (certificates != NULL, NULL);

  for (guint i = 0; i < certificates->len; i++)
    PEM_write_bio_X509 (bio, signet_certificate_get_x509 (certificates->pdata[i]));
  size = BIO_get_mem_data (bio, &data);

  return g_strndup (size > 0 ? data : "", (gsize) size);
}

static PKCS12 *
make_pkcs12 (SignetKey         *key,
             SignetCertificate *certificate,
             GPtrArray         *chain,
             const char        *name,
             const Password    *password)
{
  STACK_OF (X509) *others = sk_X509_new_null ();
  g_autoptr (PKCS12) p12 = NULL;

  for (guint i = 0; chain != NULL && i < chain->len; i++)
    if (!signet_certificate_equal (chain->pdata[i], certificate))
      X509_add_cert (others, signet_certificate_get_x509 (chain->pdata[i]), X509_ADD_FLAG_UP_REF);
  /* The MAC is set by itself: the digest is named and not left to the version of libcrypto. */
  p12 = PKCS12_create (password->text, name, signet_key_get_pkey (key), signet_certificate_get_x509 (certificate), others,
                       NID_aes_256_cbc, NID_aes_256_cbc, ITERATIONS, -1, 0);
  sk_X509_pop_free (others, X509_free);
  if (p12 == NULL || PKCS12_set_mac (p12, password->text, (int) password->size, NULL, 0, ITERATIONS, EVP_sha256 ()) != 1)
    return NULL;

  return g_steal_pointer (&p12);
}

/* What was written is opened again: a file that cannot be is found now and not when it is needed. */
static gboolean
check_written (GBytes             *written,
               SignetKey          *key,
               SignetCertificate  *certificate,
               SignetSecret       *password,
               GError            **error)
{
  g_autoptr (SignetIdentity) again = signet_identity_parse (written, password, error);

  if (again == NULL)
    return FALSE;
  if (again->key != NULL && again->certificate != NULL
      && g_strcmp0 (signet_key_get_id (again->key), signet_key_get_id (key)) == 0
      && signet_certificate_equal (again->certificate, certificate))
    return TRUE;
  g_set_error_literal (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MISMATCH,
                       _("The PKCS #12 file that was made does not hold what it should."));

  return FALSE;
}

static GBytes *
write_pkcs12 (SignetKey          *key,
              SignetCertificate  *certificate,
              GPtrArray          *chain,
              const char         *name,
              SignetSecret       *password,
              gboolean            pbmac1,
              GError            **error)
{
  g_auto (Password) text = { 0 };
  g_autoptr (PKCS12) p12 = NULL;
  g_autoptr (GBytes) octets = NULL;
  guint8 *der = NULL;
  int size;

  g_return_val_if_fail (SIGNET_IS_KEY (key), NULL);
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (certificate), NULL);
  g_return_val_if_fail (password != NULL, NULL);

  password_set (&text, password);
  p12 = make_pkcs12 (key, certificate, chain, name, &text);
  if (p12 != NULL && pbmac1)
    {
      g_autoptr (PKCS12) plain = g_steal_pointer (&p12);

      p12 = signet_pkcs12_add_pbmac1 (plain, text.text, text.size, ITERATIONS);
    }
  size = p12 != NULL ? i2d_PKCS12 (p12, &der) : 0;
  if (size <= 0)
    {
      signet_openssl_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_FAILED, _("The PKCS #12 file could not be made"));
      return NULL;
    }
  octets = g_bytes_new (der, (gsize) size);
  OPENSSL_free (der);
  if (!check_written (octets, key, certificate, password, error))
    return NULL;

  return g_steal_pointer (&octets);
}

/**
 * signet_identity_to_pkcs12:
 * @chain: (nullable) (element-type SignetCertificate): issuers of @certificate
 * @name: (nullable): what programs show, friendlyName
 * @password: of the file
 * @error: %SIGNET_PKI_ERROR
 *
 * Returns: (transfer full): DER of a PKCS #12 file
 */
GBytes *
signet_identity_to_pkcs12 (SignetKey          *key,
                           SignetCertificate  *certificate,
                           GPtrArray          *chain,
                           const char         *name,
                           SignetSecret       *password,
                           GError            **error)
{
  return write_pkcs12 (key, certificate, chain, name, password, FALSE, error);
}

/**
 * signet_identity_to_pkcs12_pbmac1:
 * @chain: (nullable) (element-type SignetCertificate): issuers of @certificate
 * @name: (nullable): what programs show, friendlyName
 * @password: of the file
 * @error: %SIGNET_PKI_ERROR
 *
 * Returns: (transfer full): DER of a PKCS #12 file whose integrity is protected by PBMAC1 (RFC 9579)
 */
GBytes *
signet_identity_to_pkcs12_pbmac1 (SignetKey          *key,
                                  SignetCertificate  *certificate,
                                  GPtrArray          *chain,
                                  const char         *name,
                                  SignetSecret       *password,
                                  GError            **error)
{
  return write_pkcs12 (key, certificate, chain, name, password, TRUE, error);
}
