/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "cmp/cmp-status.h"

/* RFC 9810 App. F, PKIFailureInfo: name, and what it means for the person who asked. */
static const struct {
  const char *name;
  const char *explanation;
} fail_infos[] = {
  { "badAlg", N_("It does not know or does not allow an algorithm that was used.") },
  { "badMessageCheck", N_("The proof of who sent the message did not check: the code or key may be the wrong one.") },
  { "badRequest", N_("It does not allow or support this kind of request.") },
  { "badTime", N_("The time in the message is too far from its own: check the clock of this computer.") },
  { "badCertId", N_("It found no certificate that fits what was named.") },
  { "badDataFormat", N_("It could not read the message.") },
  { "wrongAuthority", N_("The message was meant for another authority.") },
  { "incorrectData", N_("The data in the request are not right.") },
  { "missingTimeStamp", N_("It demands a time stamp that the request does not have.") },
  { "badPOP", N_("The proof that you hold the private key did not check.") },
  { "certRevoked", N_("The certificate has been revoked already.") },
  { "certConfirmed", N_("The certificate has been confirmed already.") },
  { "wrongIntegrity", N_("It expected another kind of proof: a code in place of a certificate, or the other way round.") },
  { "badRecipientNonce", N_("The message did not fit the one before it.") },
  { "timeNotAvailable", N_("Its source of time is not available.") },
  { "unacceptedPolicy", N_("It does not accept the certificate policy that was asked for.") },
  { "unacceptedExtension", N_("It does not accept an extension that was asked for.") },
  { "addInfoNotAvailable", N_("Information that was asked for is not available.") },
  { "badSenderNonce", N_("The random value in the message is missing or too short.") },
  { "badCertTemplate", N_("What was asked for the certificate is wrong or incomplete.") },
  { "signerNotTrusted", N_("It does not know or trust the certificate that signed the message.") },
  { "transactionIdInUse", N_("The number of this transaction is in use there already.") },
  { "unsupportedVersion", N_("It does not speak this version of the protocol.") },
  { "notAuthorized", N_("You are not allowed to make this request.") },
  { "systemUnavail", N_("Its system is not available now: try again later.") },
  { "systemFailure", N_("Its system failed while working on the request.") },
  { "duplicateCertReq", N_("The certificate cannot be issued because one like it exists already.") },
};

#define BIT(n) (1u << (n))

/* What a person can do about a rejection, by the first of these bits that is set. */
static const struct {
  guint32 bits;
  const char *advice;
} advices[] = {
  { BIT (1), N_("Check reference and code, and whether they were used up. Some authorities also refuse a code with many rounds, which "
                "the setting mac-iterations sets.") },
  { BIT (12) | BIT (20), N_("Show who you are in the way that your authority told you, or ask which it takes.") },
  { BIT (0), N_("The settings of the authority choose kind and digest of the protection; another kind of key may help, too.") },
  { BIT (2), N_("Ask your authority which kinds of request it takes at this address.") },
  { BIT (3), N_("Set the clock right and make a new request.") },
  { BIT (7) | BIT (15) | BIT (16) | BIT (19), N_("Ask your authority what a request may hold, and make another one.") },
  { BIT (26), N_("Use the certificate that is there, or have it revoked first.") },
  { BIT (24) | BIT (25), N_("Make the request again later.") },
};

static const char *const status_names[] = {
  "accepted", "grantedWithMods", "rejection", "waiting", "revocationWarning", "revocationNotification",
  "keyUpdateWarning",
};

static const char *
status_sentence (int status)
{
  switch (status)
    {
    case SIGNET_CMP_STATUS_ACCEPTED:
      return _("The authority accepted the request.");
    case SIGNET_CMP_STATUS_GRANTED_WITH_MODS:
      return _("The authority granted the request with changes.");
    case SIGNET_CMP_STATUS_REJECTION:
      return _("The authority rejected the request.");
    case SIGNET_CMP_STATUS_WAITING:
      return _("The authority has not decided yet.");
    case SIGNET_CMP_STATUS_REVOCATION_WARNING:
      return _("The authority warns that the certificate is about to be revoked.");
    case SIGNET_CMP_STATUS_REVOCATION_NOTIFICATION:
      return _("The authority tells that the certificate has been revoked.");
    case SIGNET_CMP_STATUS_KEY_UPDATE_WARNING:
      return _("The authority tells that the key has been updated already.");
    default:
      return _("The authority answered with a status that is not known.");
    }
}

SignetCmpStatusInfo *
signet_cmp_status_info_copy (const SignetCmpStatusInfo *self)
{
  SignetCmpStatusInfo *copy;

  g_return_val_if_fail (self != NULL, NULL);

  copy = g_new0 (SignetCmpStatusInfo, 1);
  *copy = *self;
  copy->text = g_strdup (self->text);
  return copy;
}

void
signet_cmp_status_info_free (SignetCmpStatusInfo *self)
{
  g_return_if_fail (self != NULL);

  g_free (self->text);
  g_free (self);
}

const char *
signet_cmp_status_name (int status)
{
  return status >= 0 && status < (int) G_N_ELEMENTS (status_names) ? status_names[status] : "unknown";
}

const char *
signet_cmp_fail_info_name (guint bit)
{
  return bit < G_N_ELEMENTS (fail_infos) ? fail_infos[bit].name : NULL;
}

const char *
signet_cmp_fail_info_explain (guint bit)
{
  return bit < G_N_ELEMENTS (fail_infos) ? _(fail_infos[bit].explanation) : NULL;
}

static const char *
advise (guint32 fail_info)
{
  for (guint i = 0; i < G_N_ELEMENTS (advices); i++)
    if (fail_info & advices[i].bits)
      return _(advices[i].advice);

  return _("Ask your authority what to do, and tell it when you asked.");
}

char *
signet_cmp_status_info_explain (const SignetCmpStatusInfo *self)
{
  GString *sentence;

  g_return_val_if_fail (self != NULL, NULL);

  sentence = g_string_new (status_sentence (self->status));
  for (guint bit = 0; bit < G_N_ELEMENTS (fail_infos); bit++)
    if (self->fail_info & 1u << bit)
      g_string_append_printf (sentence, " %s", signet_cmp_fail_info_explain (bit));
  if (self->text != NULL && *self->text != '\0')
    {
      g_autofree char *line = g_strdelimit (g_strdup (self->text), "\n", ' ');

      g_string_append_c (sentence, ' ');
      /* Translators: the authority's own words */
      g_string_append_printf (sentence, _("It says: “%s”."), line);
    }
  if (self->error_code >= 0)
    {
      g_string_append_c (sentence, ' ');
      /* Translators: the number that the authority's own manual or help desk knows an error by */
      g_string_append_printf (sentence, _("Its number for this error is %" G_GINT64_FORMAT "."), self->error_code);
    }
  if (self->status == SIGNET_CMP_STATUS_REJECTION)
    {
      if (self->fail_info == 0 && (self->text == NULL || *self->text == '\0'))
        g_string_append_printf (sentence, " %s", _("It gives no reason."));
      g_string_append_printf (sentence, " %s", advise (self->fail_info));
    }
  return g_string_free (sentence, FALSE);
}
