/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "cmp/cmp-info.h"
#include "cmp/cmp-print.h"
#include "cmp/cmp-text.h"
#include "pki/pki-name.h"

#define MAX_SAID 3              /* of several requests or answers in a message */
#define MAX_KINDS 24
#define NAME_MAX_SIZE 512       /* octets */

/* What each body is for; indexed by tag. */
static const char *const body_words[] = {
  N_("A first request for a certificate (ir)."),
  N_("The answer to a first request (ip)."),
  N_("A request for a certificate (cr)."),
  N_("The answer to a request for a certificate (cp)."),
  N_("A request for a certificate by PKCS #10 (p10cr)."),
  N_("A challenge to prove possession of a key (popdecc)."),
  N_("The response to a challenge (popdecr)."),
  N_("A request to update a certificate (kur)."),
  N_("The answer to an update request (kup)."),
  N_("A request to recover keys (krr)."),
  N_("The answer to a recovery request (krp)."),
  N_("A request to revoke a certificate (rr)."),
  N_("The answer to a revocation request (rp)."),
  N_("A request of one authority to another for a certificate (ccr)."),
  N_("The answer to an authority's request (ccp)."),
  N_("An announcement of a new key of the authority (ckuann)."),
  N_("An announcement of a new certificate (cann)."),
  N_("An announcement that a certificate is to be revoked (rann)."),
  N_("An announcement of a revocation list (crlann)."),
  N_("The confirmation that ends a transaction (pkiconf)."),
  N_("A wrapper around other messages (nested)."),
  N_("A question to the authority (genm)."),
  N_("The answer to a question (genp)."),
  N_("An error message (error)."),
  N_("The acknowledgement of a certificate received (certConf)."),
  N_("A question whether the answer is ready (pollReq)."),
  N_("The answer that more time is needed (pollRep)."),
};

static char *
name_text (const X509_NAME *name)
{
  g_autofree char *text = signet_name_print (name);

  return signet_cmp_text_clean (text, strlen (text), NAME_MAX_SIZE);
}

static void
say_subject (GString         *words,
             const X509_NAME *subject)
{
  g_autofree char *text = NULL;

  if (subject == NULL || X509_NAME_entry_count (subject) == 0)
    return;
  text = name_text (subject);
  g_string_append_c (words, ' ');
  g_string_append_printf (words, _("It is for “%s”."), text);
}

static void
say_requests (GString                     *words,
              const SignetCertReqMessages *messages)
{
  for (int i = 0; i < MIN (sk_SignetCertReqMsg_num (messages), MAX_SAID); i++)
    say_subject (words, sk_SignetCertReqMsg_value (messages, i)->cert_req->cert_template->subject);
}

static void
say_status (GString             *words,
            SignetCmpStatusInfo *status)
{
  g_autofree char *explanation = status == NULL ? NULL : signet_cmp_status_info_explain (status);

  if (explanation != NULL)
    g_string_append_printf (words, " %s", explanation);
}

static void
say_responses (GString                    *words,
               const SignetCertRepMessage *message)
{
  for (int i = 0; i < MIN (sk_SignetCertResponse_num (message->response), MAX_SAID); i++)
    {
      const SignetCertResponse *response = sk_SignetCertResponse_value (message->response, i);
      g_autoptr (SignetCmpStatusInfo) status = signet_cmp_status_info_from_asn1 (response->status, NULL);

      say_status (words, status);
    }
}

static void
say_polls (GString                    *words,
           const SignetPollRepContent *content)
{
  gint64 seconds;

  if (sk_SignetPollRep_num (content) > 0
      && signet_asn1_get_int64 (sk_SignetPollRep_value (content, 0)->check_after, &seconds))
    {
      g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, seconds);

      g_string_append_c (words, ' ');
      g_string_append_printf (words, _("It asks to come back in %s seconds."), number);
    }
}

static void
say_pkcs10 (GString                          *words,
            const SignetCertificationRequest *request)
{
  say_subject (words, request->certification_request_info->subject);
}

/* Serial numbers are what the person compares: in hexadecimal, as certificates show them. */
static char *
serial_text (const ASN1_INTEGER *serial)
{
  BIGNUM *number = serial == NULL ? NULL : ASN1_INTEGER_to_BN (serial, NULL);
  char *hexadecimal = number == NULL ? NULL : BN_bn2hex (number);
  char *text = hexadecimal == NULL ? NULL : g_strdup (hexadecimal);

  OPENSSL_free (hexadecimal);
  BN_free (number);
  return text;
}

static char *
general_name_text (const GENERAL_NAME *name)
{
  g_autofree char *text = NULL;

  if (name->type == GEN_DIRNAME)
    return name_text (name->d.directoryName);
  text = signet_alt_name_print (name);
  return signet_cmp_text_clean (text, strlen (text), NAME_MAX_SIZE);
}

static void
say_certificate_number (GString            *words,
                        const ASN1_INTEGER *serial,
                        const char         *issuer)
{
  g_autofree char *number = serial_text (serial);

  if (number == NULL || issuer == NULL)
    return;
  g_string_append_c (words, ' ');
  g_string_append_printf (words, _("It is about the certificate with the number %s of “%s”."), number, issuer);
}

static void
say_revocations (GString                   *words,
                 const SignetRevReqContent *content)
{
  for (int i = 0; i < MIN (sk_SignetRevDetails_num (content), MAX_SAID); i++)
    {
      const SignetCertTemplate *template = sk_SignetRevDetails_value (content, i)->cert_details;
      g_autofree char *issuer = template->issuer == NULL ? NULL : name_text (template->issuer);

      say_certificate_number (words, template->serial_number, issuer);
    }
}

static void
say_revocation_answers (GString                   *words,
                        const SignetRevRepContent *content)
{
  for (int i = 0; i < MIN (sk_SignetPkiStatusInfo_num (content->status), MAX_SAID); i++)
    {
      g_autoptr (SignetCmpStatusInfo) status
          = signet_cmp_status_info_from_asn1 (sk_SignetPkiStatusInfo_value (content->status, i), NULL);

      say_status (words, status);
    }
}

static void
say_recovery (GString                      *words,
              const SignetKeyRecRepContent *content)
{
  g_autoptr (SignetCmpStatusInfo) status = signet_cmp_status_info_from_asn1 (content->status, NULL);
  int count = sk_SignetCertifiedKeyPair_num (content->key_pair_hist);

  say_status (words, status);
  if (count > 0)
    {
      g_string_append_c (words, ' ');
      g_string_append_printf (words, ngettext ("It brings %d key back.", "It brings %d keys back.", (gulong) count), count);
    }
}

static char *
date_text (const ASN1_TIME *time)
{
  g_autoptr (GDateTime) date = NULL;
  gint64 seconds;

  if (!signet_asn1_time_to_seconds (time, &seconds))
    return g_strdup ("?");
  date = g_date_time_new_from_unix_utc (seconds);
  return date == NULL ? g_strdup ("?") : g_date_time_format (date, "%Y-%m-%d %H:%M UTC");
}

static void
say_revocation_announcement (GString                   *words,
                             const SignetRevAnnContent *content)
{
  g_autofree char *issuer = general_name_text (content->cert_id->issuer);
  g_autofree char *when = date_text (content->will_be_revoked_at);
  g_autofree char *since = date_text (content->bad_since_date);

  say_certificate_number (words, content->cert_id->serial_number, issuer);
  g_string_append_c (words, ' ');
  g_string_append_printf (words, _("It is revoked as of %s, and not to be relied on since %s."), when, since);
}

static void
say_certificate (GString         *words,
                 const ASN1_TYPE *any)
{
  g_autoptr (SignetCertificate) certificate = signet_cmp_certificate_from_any (any, NULL);
  g_autofree char *subject = NULL;

  if (certificate == NULL)
    return;
  subject = signet_cmp_text_clean (signet_certificate_get_subject (certificate),
                                   strlen (signet_certificate_get_subject (certificate)), NAME_MAX_SIZE);
  g_string_append_c (words, ' ');
  g_string_append_printf (words, _("It is for “%s”."), subject);
}

static void
say_nested (GString   *words,
            GPtrArray *messages)
{
  g_string_append_c (words, ' ');
  g_string_append_printf (words, ngettext ("There is %u message in it:", "There are %u messages in it:", messages->len),
                          messages->len);
  for (guint i = 0; i < messages->len; i++)
    g_string_append_printf (words, "%s %s", i == 0 ? "" : ",",
                            signet_cmp_body_type_name (signet_cmp_message_get_body_type (g_ptr_array_index (messages, i))));
  g_string_append_c (words, '.');
}

static void
say_information (GString                   *words,
                 SignetCmpBodyType          type,
                 const SignetGenMsgContent *content)
{
  int count = sk_SignetTypeAndValue_num (content);

  if (count <= 0)
    {
      g_string_append_printf (words, " %s", type == SIGNET_CMP_BODY_GENM ? _("It asks for all there is to tell.")
                                                                         : _("It tells nothing."));
      return;
    }
  g_string_append_printf (words, " %s", type == SIGNET_CMP_BODY_GENM ? _("It asks about:") : _("It tells about:"));
  for (int i = 0; i < MIN (count, MAX_KINDS); i++)
    {
      const ASN1_OBJECT *object = sk_SignetTypeAndValue_value (content, i)->type;
      const char *known = signet_cmp_info_type_name (object);
      g_autofree char *label = known != NULL ? g_strdup (known) : signet_cmp_print_object_name (object);
      g_autofree char *clean = signet_cmp_text_clean (label, strlen (label), NAME_MAX_SIZE);

      g_string_append_printf (words, "%s %s", i == 0 ? "" : ",", clean);
    }
  g_string_append (words, count > MAX_KINDS ? ", …" : ".");
}

static void
say_challenges (GString                            *words,
                const SignetPopoDecKeyChallContent *content)
{
  int count = sk_SignetChallenge_num (content);

  g_string_append_c (words, ' ');
  g_string_append_printf (words, ngettext ("It challenges %d key.", "It challenges %d keys.", (gulong) count), count);
}

static void
say_other (GString          *words,
           SignetCmpMessage *message,
           gconstpointer     body)
{
  g_autoptr (SignetCmpStatusInfo) status = NULL;

  switch ((int) signet_cmp_message_get_body_type (message))
    {
    case SIGNET_CMP_BODY_P10CR:
      say_pkcs10 (words, body);
      break;
    case SIGNET_CMP_BODY_POPDECC:
      say_challenges (words, body);
      break;
    case SIGNET_CMP_BODY_KRP:
      say_recovery (words, body);
      break;
    case SIGNET_CMP_BODY_RR:
      say_revocations (words, body);
      break;
    case SIGNET_CMP_BODY_RP:
      say_revocation_answers (words, body);
      break;
    case SIGNET_CMP_BODY_CANN:
      say_certificate (words, body);
      break;
    case SIGNET_CMP_BODY_RANN:
      say_revocation_announcement (words, body);
      break;
    case SIGNET_CMP_BODY_NESTED:
      say_nested (words, signet_cmp_message_get_nested (message));
      break;
    case SIGNET_CMP_BODY_POLLREP:
      say_polls (words, body);
      break;
    case SIGNET_CMP_BODY_ERROR:
      status = signet_cmp_message_get_error_content (message, NULL);
      say_status (words, status);
      break;
    default:                             /* nothing to add to the first sentence */
      break;
    }
}

char *
signet_cmp_print_body_words (SignetCmpMessage *message)
{
  SignetCmpBodyType type = signet_cmp_message_get_body_type (message);
  const ASN1_ITEM *item = signet_cmp_body_item (type);
  gconstpointer body = signet_cmp_message_get_body (message);
  GString *words = g_string_new (_(body_words[type]));

  if (item == ASN1_ITEM_rptr (SignetCertReqMessages))
    say_requests (words, body);
  else if (item == ASN1_ITEM_rptr (SignetCertRepMessage))
    say_responses (words, body);
  else if (item == ASN1_ITEM_rptr (SignetGenMsgContent))
    say_information (words, type, body);
  else
    say_other (words, message, body);
  return g_string_free (words, FALSE);
}
