/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include <openssl/crmf.h>
#include <openssl/err.h>

#include "cli/cli-cmp.h"
#include "cmp/cmp-der.h"

/* What is asked for, from the options. */

#define SEQUENCE 0x30

static const struct {
  const char *name;
  SignetCmpBodyType body;
} commands[] = {
  { "ir", SIGNET_CMP_BODY_IR },
  { "cr", SIGNET_CMP_BODY_CR },
  { "kur", SIGNET_CMP_BODY_KUR },
  { "p10cr", SIGNET_CMP_BODY_P10CR },
  { "rr", SIGNET_CMP_BODY_RR },
  { "genm", SIGNET_CMP_BODY_GENM },
  { "krr", SIGNET_CMP_BODY_KRR },
  { "ccr", SIGNET_CMP_BODY_CCR },
};

gboolean
signet_cli_cmp_read_command (SignetCliCmp  *self,
                             GError       **error)
{
  const char *command = signet_cli_cmp_text (self, "cmd");

  if (command == NULL)
    return signet_cli_cmp_usage (error, _("Nothing says what to do: -cmd is missing"));
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (commands[i].name, command))
      {
        self->body = commands[i].body;
        return TRUE;
      }

  return signet_cli_cmp_usage (error, _("-cmd: “%s” is not known"), command);
}

gboolean
signet_cli_cmp_is_cert_rep (SignetCmpBodyType body)
{
  return body == SIGNET_CMP_BODY_IP || body == SIGNET_CMP_BODY_CP || body == SIGNET_CMP_BODY_KUP || body == SIGNET_CMP_BODY_CCP;
}

/* ---- p10cr ---- */

static SignetCmpOperation *
make_p10 (SignetCliCmp  *self,
          GError       **error)
{
  const char *source = signet_cli_cmp_text (self, "csr");
  X509_REQ *request;
  unsigned char *der = NULL;
  g_autoptr (GBytes) octets = NULL;
  int size;

  if (source == NULL)
    {
      signet_cli_cmp_usage (error, _("p10cr sends a PKCS #10 request: give it by -csr"));
      return NULL;
    }
  request = signet_cli_cmp_load_csr (source, error);
  if (request == NULL)
    return NULL;
  size = i2d_X509_REQ (request, &der);
  X509_REQ_free (request);
  octets = size > 0 ? g_bytes_new (der, (gsize) size) : NULL;
  OPENSSL_free (der);

  return octets != NULL ? signet_cmp_operation_new_p10 (octets, NULL, error) : NULL;
}

/* ---- rr ---- */

/* By -issuer and -serial. */
static gboolean
name_certificate (SignetCliCmp            *self,
                  OSSL_CRMF_CERTTEMPLATE  *details,
                  GError                 **error)
{
  const char *serial = signet_cli_cmp_text (self, "serial");
  g_autoptr (X509_NAME) issuer = NULL;
  ASN1_INTEGER *number;
  gboolean good;

  if (serial == NULL || !signet_cli_cmp_given (self, "issuer"))
    return signet_cli_cmp_usage (error, _("-issuer and -serial name a certificate together: give both or neither"));
  issuer = signet_cli_cmp_parse_name (self, signet_cli_cmp_text (self, "issuer"), error);
  if (issuer == NULL)
    return FALSE;
  number = s2i_ASN1_INTEGER (NULL, serial);
  ERR_clear_error ();
  if (number == NULL)
    return signet_cli_cmp_usage (error, _("-serial: “%s” is no number"), serial);
  good = OSSL_CRMF_CERTTEMPLATE_fill (details, NULL, NULL, issuer, number) == 1;
  ASN1_INTEGER_free (number);

  return good;
}

static gboolean
fill_details (SignetCliCmp            *self,
              OSSL_CRMF_CERTTEMPLATE  *details,
              GError                 **error)
{
  const char *source = signet_cli_cmp_text (self, "csr");
  X509 *reference = self->reference != NULL ? signet_certificate_get_x509 (self->reference) : NULL;
  X509_REQ *request;
  gboolean good;

  if (signet_cli_cmp_given (self, "issuer") || signet_cli_cmp_given (self, "serial"))
    return name_certificate (self, details, error);
  if (signet_cli_cmp_given (self, "oldcert"))
    return OSSL_CRMF_CERTTEMPLATE_fill (details, NULL, NULL, X509_get_issuer_name (reference), X509_get0_serialNumber (reference)) == 1;
  if (source == NULL)
    return signet_cli_cmp_usage (error, _("Nothing says which certificate to revoke: give -oldcert, or -issuer and -serial, or -csr"));
  request = signet_cli_cmp_load_csr (source, error);
  if (request == NULL)
    return FALSE;
  good = OSSL_CRMF_CERTTEMPLATE_fill (details, X509_REQ_get0_pubkey (request), X509_REQ_get_subject_name (request), NULL, NULL) == 1;
  X509_REQ_free (request);

  return good;
}

/* Extensions with the reasonCode of -revreason, RFC 5280 §5.3.1. */
static GBytes *
make_reason (int reason)
{
  ASN1_ENUMERATED *code = ASN1_ENUMERATED_new ();
  X509_EXTENSION *extension = NULL;
  STACK_OF (X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null ();
  unsigned char *der = NULL;
  int size = -1;
  GBytes *octets;

  if (ASN1_ENUMERATED_set (code, reason) == 1)
    extension = X509V3_EXT_i2d (NID_crl_reason, 0, code);
  if (extension != NULL && sk_X509_EXTENSION_push (extensions, extension) > 0)
    size = i2d_X509_EXTENSIONS (extensions, &der);
  octets = size > 0 ? g_bytes_new (der, (gsize) size) : NULL;
  OPENSSL_free (der);
  sk_X509_EXTENSION_pop_free (extensions, X509_EXTENSION_free);
  ASN1_ENUMERATED_free (code);

  return octets;
}

/* RevReqContent with one RevDetails, RFC 9810 §5.3.9. */
static SignetCmpOperation *
make_revocation (SignetCliCmp  *self,
                 GError       **error)
{
  OSSL_CRMF_MSG *holder = OSSL_CRMF_MSG_new ();
  int reason = signet_cli_cmp_number (self, "revreason", -1);
  g_autoptr (GByteArray) parts = g_byte_array_new ();
  g_autoptr (GByteArray) details = g_byte_array_new ();
  g_autoptr (GByteArray) content = g_byte_array_new ();
  g_autoptr (GBytes) octets = NULL;
  unsigned char *der = NULL;
  int size = -1;

  if (reason < -1 || reason > 10 || reason == 7)
    signet_cli_cmp_usage (error, _("-revreason is -1 to 6 or 8 to 10"));
  else if (fill_details (self, OSSL_CRMF_MSG_get0_tmpl (holder), error))
    size = i2d_OSSL_CRMF_CERTTEMPLATE (OSSL_CRMF_MSG_get0_tmpl (holder), &der);
  OSSL_CRMF_MSG_free (holder);
  if (size < 0)
    return NULL;
  g_byte_array_append (parts, der, (guint) size);
  OPENSSL_free (der);
  if (reason >= 0)
    {
      g_autoptr (GBytes) extensions = make_reason (reason);

      g_byte_array_append (parts, g_bytes_get_data (extensions, NULL), (guint) g_bytes_get_size (extensions));
    }
  signet_der_append (details, SEQUENCE, parts->data, parts->len);
  signet_der_append (content, SEQUENCE, details->data, details->len);
  octets = g_byte_array_free_to_bytes (g_steal_pointer (&content));

  return signet_cmp_operation_new_for_content (SIGNET_CMP_BODY_RR, octets, error);
}

/* ---- any ---- */

static gboolean
add_item (SignetCliCmp        *self,
          SignetCmpOperation  *operation,
          const char          *new_key,
          GError             **error)
{
  g_autoptr (SignetCmpItem) item = signet_cli_cmp_make_item (self, new_key, error);

  if (item == NULL)
    return FALSE;
  signet_cmp_operation_add_item (operation, item);

  return TRUE;
}

/* One certificate, and one more for each of -also_newkey. */
static SignetCmpOperation *
make_certificates (SignetCliCmp  *self,
                   GError       **error)
{
  g_autoptr (SignetCmpOperation) operation = signet_cmp_operation_new_for_items (self->body);
  g_auto (GStrv) keys = signet_cli_cmp_items (self, "also_newkey");
  g_auto (GStrv) files = signet_cli_cmp_items (self, "also_certout");
  guint more = g_strv_length (keys);

  if (more != g_strv_length (files) || more >= SIGNET_CMP_OPERATION_MAX_ITEMS)
    {
      signet_cli_cmp_usage (error, _("-also_newkey and -also_certout must name as many files as each other, and fewer than %d"),
                            SIGNET_CMP_OPERATION_MAX_ITEMS);
      return NULL;
    }
  if (!add_item (self, operation, signet_cli_cmp_text (self, "newkey"), error))
    return NULL;
  for (guint i = 0; i < more; i++)
    if (!add_item (self, operation, keys[i], error))
      return NULL;

  return g_steal_pointer (&operation);
}

SignetCmpOperation *
signet_cli_cmp_make_operation (SignetCliCmp  *self,
                               GError       **error)
{
  switch (self->body)
    {
    case SIGNET_CMP_BODY_P10CR:
      return make_p10 (self, error);
    case SIGNET_CMP_BODY_RR:
      return make_revocation (self, error);
    case SIGNET_CMP_BODY_GENM:
      return signet_cli_cmp_make_genm (self, error);
    default:
      return make_certificates (self, error);
    }
}
