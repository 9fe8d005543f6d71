/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include <openssl/err.h>

#include "cli/cli-cmp.h"
#include "cmp/cmp-protection.h"
#include "cmp/cmp-trust.h"
#include "pki/pki-name.h"

/* Whom to believe: what the options say, put into the engine's terms. Where openssl believes more than the engine does by
 * itself, a named relaxation stands for it, unless -strict is given. */

static gboolean
load_trust (SignetCliCmp  *self,
            GError       **error)
{
  const char *server = signet_cli_cmp_text (self, "srvcert");
  g_autoptr (GPtrArray) untrusted = signet_cli_cmp_load_list (self, "untrusted", "otherpass", error);

  if (untrusted == NULL)
    return FALSE;
  signet_cli_cmp_add_all (self->untrusted, untrusted);
  self->trusted = g_ptr_array_new_with_free_func (g_object_unref);
  if (server != NULL)
    {
      if (signet_cli_cmp_given (self, "trusted"))
        signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_WARNING, _("-trusted is without effect beside -srvcert"));
      self->server = signet_cli_cmp_load_certificate (self, server, "otherpass", error);
      return self->server != NULL;
    }
  g_clear_pointer (&self->trusted, g_ptr_array_unref);
  self->trusted = signet_cli_cmp_load_list (self, "trusted", "otherpass", error);

  return self->trusted != NULL;
}

/* -recipient, the subject of -srvcert, -issuer, the issuer of -oldcert or -cert. */
static gboolean
set_recipient (SignetCliCmp  *self,
               GError       **error)
{
  const char *recipient = signet_cli_cmp_text (self, "recipient");
  const char *issuer = signet_cli_cmp_text (self, "issuer");
  g_autoptr (X509_NAME) name = NULL;

  if (self->server != NULL)
    {
      if (recipient != NULL)
        signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_WARNING, _("-recipient is without effect beside -srvcert"));
      name = X509_NAME_dup (X509_get_subject_name (signet_certificate_get_x509 (self->server)));
    }
  else if (recipient != NULL || issuer != NULL)
    {
      name = signet_cli_cmp_parse_name (self, recipient != NULL ? recipient : issuer, error);
      if (name == NULL)
        return FALSE;
    }
  else if (self->reference != NULL)
    name = X509_NAME_dup (X509_get_issuer_name (signet_certificate_get_x509 (self->reference)));
  else
    name = X509_NAME_new ();
  signet_cmp_authority_set_recipient (self->authority, name);

  return TRUE;
}

static const struct {
  const char *option;
  SignetCmpRelaxations relaxation;
} of_options[] = {
  { "ignore_keyusage", SIGNET_CMP_RELAX_NO_DIGITAL_SIGNATURE },
  { "unprotected_errors", SIGNET_CMP_RELAX_UNPROTECTED_ERRORS },
  { "unprotected_requests", SIGNET_CMP_RELAX_UNPROTECTED_REQUESTS },
  { "disable_confirm", SIGNET_CMP_RELAX_NO_CONFIRM },
};

/* What openssl does by itself, and what single options want. */
static SignetCmpRelaxations
implied_relaxations (SignetCliCmp *self)
{
  SignetCmpRelaxations relaxations = SIGNET_CMP_RELAX_NONE;

  for (guint i = 0; i < G_N_ELEMENTS (of_options); i++)
    if (signet_cli_cmp_given (self, of_options[i].option))
      relaxations |= of_options[i].relaxation;
  if (signet_cli_cmp_number (self, "popo", 1) == 0)
    relaxations |= SIGNET_CMP_RELAX_RA_VERIFIED;
  if (signet_cli_cmp_flag (self, "strict"))
    return relaxations;
  /* Authorities like openssl's answer with the MAC of RFC 2510, HMAC-SHA1, whatever the request had. */
  if (signet_cli_cmp_given (self, "secret"))
    relaxations |= SIGNET_CMP_RELAX_SHA1;
  /* Both are named: a secret for the requests, certificates for the answers. */
  if (signet_cli_cmp_given (self, "secret") && (self->server != NULL || self->trusted->len > 0))
    relaxations |= SIGNET_CMP_RELAX_SIGNED_ANSWER_TO_MAC;

  return relaxations | SIGNET_CMP_RELAX_SIGNER_CHANGE | SIGNET_CMP_RELAX_UNVERIFIED_CERTIFICATE | SIGNET_CMP_RELAX_OTHER_REFERENCE
         | SIGNET_CMP_RELAX_P10_REQUEST_ID | SIGNET_CMP_RELAX_UPDATE_BY_OTHER;
}

static gboolean
set_relaxations (SignetCliCmp  *self,
                 GError       **error)
{
  g_auto (GStrv) names = signet_cli_cmp_items (self, "relax");
  SignetCmpRelaxations relaxations = SIGNET_CMP_RELAX_NONE;

  if (!signet_cmp_relaxations_parse ((const char *const *) names, &relaxations, error))
    {
      g_prefix_error (error, "-relax: ");
      return FALSE;
    }
  signet_cmp_authority_set_relaxations (self->authority, relaxations | implied_relaxations (self));

  return TRUE;
}

/* "OID:int:NUMBER" or "OID:str:TEXT"; commas part them. */
static gboolean
add_general_info (SignetCliCmp  *self,
                  const char    *text,
                  GError       **error)
{
  g_auto (GStrv) parts = g_strsplit (g_strstrip ((char *) text), ":", 3);
  g_autoptr (ASN1_OBJECT) type = *parts != NULL ? OBJ_txt2obj (parts[0], 0) : NULL;
  gboolean number = type != NULL && g_strv_length (parts) == 3 && g_ascii_strcasecmp (parts[1], "int") == 0;
  gboolean words = type != NULL && g_strv_length (parts) == 3 && g_ascii_strcasecmp (parts[1], "str") == 0;
  g_autoptr (GBytes) value = NULL;
  unsigned char *der = NULL;
  int size = -1;
  char oid[128];

  ERR_clear_error ();
  if (number)
    {
      ASN1_INTEGER *integer = s2i_ASN1_INTEGER (NULL, parts[2]);

      size = integer != NULL ? i2d_ASN1_INTEGER (integer, &der) : -1;
      ASN1_INTEGER_free (integer);
    }
  else if (words)
    {
      ASN1_UTF8STRING *string = ASN1_UTF8STRING_new ();

      size = ASN1_STRING_set (string, parts[2], -1) == 1 ? i2d_ASN1_UTF8STRING (string, &der) : -1;
      ASN1_UTF8STRING_free (string);
    }
  ERR_clear_error ();
  if (size < 0)
    return signet_cli_cmp_usage (error, _("-geninfo: “%s” is not OID:int:NUMBER or OID:str:TEXT"), text);
  value = g_bytes_new (der, (gsize) size);
  OPENSSL_free (der);
  OBJ_obj2txt (oid, sizeof oid, type, 1);
  signet_cmp_authority_add_general_info (self->authority, oid, value);

  return TRUE;
}

static gboolean
set_header (SignetCliCmp  *self,
            GError       **error)
{
  g_auto (GStrv) infos = g_strsplit (signet_cli_cmp_given (self, "geninfo") ? signet_cli_cmp_text (self, "geninfo") : "", ",", -1);
  g_autoptr (GPtrArray) extra = signet_cli_cmp_load_list (self, "extracerts", "otherpass", error);

  if (extra == NULL)
    return FALSE;
  for (guint i = 0; i < extra->len; i++)
    signet_cmp_authority_add_extra_certificate (self->authority, extra->pdata[i]);
  for (guint i = 0; infos[i] != NULL; i++)
    if (!add_general_info (self, infos[i], error))
      return FALSE;
  signet_cmp_authority_set_implicit_confirm (self->authority, signet_cli_cmp_flag (self, "implicit_confirm"));
  signet_cmp_authority_set_profile (self->authority, signet_cli_cmp_text (self, "profile"));

  return TRUE;
}

gboolean
signet_cli_cmp_setup_authority (SignetCliCmp  *self,
                                GError       **error)
{
  const char *usage = signet_cli_cmp_text (self, "signer_usage");

  if (usage != NULL && signet_cli_cmp_leaves_out (self))
    return signet_cli_cmp_usage (error, _("-signer_usage cannot be demanded while another option leaves checks of the signer out"));
  self->authority = signet_cmp_authority_new ();
  if (!load_trust (self, error) || !set_recipient (self, error) || !set_relaxations (self, error))
    return FALSE;
  if (self->server != NULL && signet_cli_cmp_flag (self, "strict"))
    signet_cmp_authority_add_anchor (self->authority, self->server);
  else
    signet_cmp_authority_set_signer (self->authority, self->server);
  for (guint i = 0; i < self->trusted->len; i++)
    signet_cmp_authority_add_anchor (self->authority, self->trusted->pdata[i]);
  for (guint i = 0; i < self->untrusted->len; i++)
    signet_cmp_authority_add_intermediate (self->authority, self->untrusted->pdata[i]);
  signet_cmp_authority_set_signer_usage (self->authority, usage != NULL || signet_cli_cmp_flag (self, "strict") ? usage : "any");

  return set_header (self, error);
}

/* ---- answers ---- */

static gboolean
check_sender (SignetCliCmp      *self,
              SignetCmpMessage  *message,
              GError           **error)
{
  const char *expected = signet_cli_cmp_text (self, "expect_sender");
  const GENERAL_NAME *sender = signet_cmp_message_get_sender (message);
  g_autoptr (X509_NAME) name = NULL;
  g_autofree char *is = NULL;

  if (expected != NULL)
    name = signet_cli_cmp_parse_name (self, expected, error);
  else if (self->server != NULL && !signet_cmp_message_is_mac_protected (message))
    name = X509_NAME_dup (X509_get_subject_name (signet_certificate_get_x509 (self->server)));
  else
    return TRUE;
  if (name == NULL)
    return FALSE;
  if (sender->type == GEN_DIRNAME && X509_NAME_cmp (sender->d.directoryName, name) == 0)
    return TRUE;
  is = signet_alt_name_print (sender);

  return signet_cli_cmp_usage (error, _("The answer comes from “%s”, which is not the sender that is expected (-expect_sender)"), is);
}

/* -srvcert trusts one certificate, not those that it issued. */
static gboolean
check_pin (SignetCliCmp       *self,
           SignetCertificate  *signer,
           GError            **error)
{
  if (self->server == NULL || signet_certificate_equal (self->server, signer))
    return TRUE;

  return signet_cli_cmp_usage (error, _("The answer is signed by “%s”, not with the certificate of -srvcert"),
                               signet_certificate_get_subject (signer));
}

/* Where an option leaves a check out, the chain is verified here, by these options, and the engine is given who signed. */
static gboolean
give_signer (SignetCliCmp      *self,
             SignetCmpMessage  *message,
             gint64             now,
             GError           **error)
{
  g_autoptr (SignetCertificate) signer = signet_cmp_trust_find_by_signature (self->authority, message, error);

  signet_cmp_authority_set_signer (self->authority, NULL);
  if (signer == NULL || !signet_cli_cmp_verify_signer (self, signer, signet_cmp_message_get_extra_certs (message), now, error))
    return FALSE;
  signet_cmp_authority_set_signer (self->authority, signer);

  return TRUE;
}

static void
keep_extra_certificates (SignetCliCmp     *self,
                         SignetCmpMessage *message)
{
  SignetCmpBodyType body = signet_cmp_message_get_body_type (message);

  if (body == SIGNET_CMP_BODY_POLLREP || body == SIGNET_CMP_BODY_PKICONF)
    return;
  g_clear_pointer (&self->extra_in, g_ptr_array_unref);
  self->extra_in = g_ptr_array_new_with_free_func (g_object_unref);
  signet_cli_cmp_add_all (self->extra_in, signet_cmp_message_get_extra_certs (message));
}

gboolean
signet_cli_cmp_check_answer (SignetCliCmp  *self,
                             GBytes        *answer,
                             gint64         now,
                             GError       **error)
{
  g_autoptr (SignetCmpMessage) message = signet_cmp_message_parse (answer, error);
  g_autoptr (SignetCertificate) signer = NULL;

  if (message == NULL)
    return FALSE;
  /* What is to be thought of an error message is the engine's to say, by what -unprotected_errors allows. */
  if (signet_cmp_message_get_protection (message) == NULL
      || (signet_cmp_message_get_body_type (message) == SIGNET_CMP_BODY_ERROR && signet_cli_cmp_flag (self, "unprotected_errors")))
    return TRUE;
  if (!check_sender (self, message, error))
    return FALSE;
  if (!signet_cmp_message_is_mac_protected (message))
    {
      if (self->server == NULL && signet_cli_cmp_leaves_out (self) && !give_signer (self, message, now, error))
        return FALSE;
      signer = signet_cmp_trust_find_signer (self->authority, message, NULL, NULL, now, error);
      if (signer == NULL || !check_pin (self, signer, error)
          || !signet_cli_cmp_verify_signer (self, signer, signet_cmp_message_get_extra_certs (message), now, error))
        return FALSE;
    }
  g_set_object (&self->signer_in, signer);
  keep_extra_certificates (self, message);

  return TRUE;
}
