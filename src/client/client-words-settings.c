/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "client/client-presets.h"

/* What the settings of an authority mean, one sentence each. */

static const struct
{
  const char *name;
  const char *words;
} relaxations[] = {
  { "signed-answer-to-mac", N_("Answers may be signed though the request was protected by a code.") },
  { "ca-pubs", N_("The root that it sends under the code is shown to you, to be trusted or not.") },
  { "no-digital-signature", N_("Answers may be signed with a certificate that is not for signatures.") },
  { "sha1", N_("Protection with SHA-1, which is weak, is taken in answers.") },
  { "signer-change", N_("Answers to one request may have different signers.") },
  { "encrypted-value", N_("What comes encrypted may be in EncryptedValue, a form that was given up.") },
  { "ra-verified", N_("A request may say that the key was verified by a registration authority.") },
  { "p10-request-id", N_("The answer to a PKCS #10 may have the number of an ordinary request.") },
  { "unprotected-errors", N_("Refusals without protection are believed, though anybody can send them.") },
  { "unverified-certificate", N_("A new certificate is taken without a path to a root that is trusted.") },
  { "no-confirm", N_("Certificates are not confirmed though the authority did not waive that.") },
  { "other-reference", N_("Answers under the code may name another reference.") },
  { "unprotected-requests", N_("Requests are sent without protection.") },
  { "update-by-other", N_("An update may be signed with another certificate than the one that is updated.") },
  { "weak-secret", N_("A private key that the authority made may come under a code weaker than the key.") },
  { "kga-by-mac", N_("The code alone vouches for a private key that the authority made.") },
  { "key-package-form", N_("A private key that the authority made may be packed as OpenSSL and Siemens do it.") },
  { "sender-kid", N_("The key identifier in an answer need not be that of its signer.") },
};

static const struct
{
  const char *name;
  gboolean usual;
  const char *words;
} flags[] = {
  { "implicit-confirm", TRUE, N_("Each certificate is confirmed in a message of its own.") },
  { "operation-labels", FALSE, N_("The name of the operation is added to the address.") },
  { "keep-connection", FALSE, N_("The messages of a request follow each other on one connection.") },
  { "whole-chain", FALSE, N_("A signed request brings the root of its signer’s chain, too.") },
  { "trailing-slash", FALSE, N_("The address ends with a slash.") },
  { "follow-redirects", FALSE, N_("Redirects to the same server are followed.") },
};

static void
add_protection (GStrvBuilder *sentences,
                GVariant     *settings)
{
  const char *mac = NULL;
  const char *digest = NULL;
  const char *format = NULL;
  guint32 iterations = 0;
  g_autofree char *text = NULL;

  if (g_variant_lookup (settings, "mac", "&s", &mac) && g_str_equal (mac, "password-based"))
    g_strv_builder_add (sentences, _("A code protects messages by PasswordBasedMac, the older way."));
  if (g_variant_lookup (settings, "code-format", "&s", &format) && g_str_equal (format, "cryptlib"))
    g_strv_builder_add (sentences, _("Reference and code are user ID and password of cryptlib, in groups of five."));
  if (g_variant_lookup (settings, "mac-digest", "&s", &digest))
    {
      text = g_strdup_printf (_("The digest of that protection is %s."), digest);
      g_strv_builder_add (sentences, text);
    }
  if (g_variant_lookup (settings, "mac-iterations", "u", &iterations))
    {
      g_autofree char *number = g_strdup_printf (_("A code takes %u rounds to become a key."), iterations);

      g_strv_builder_add (sentences, number);
    }
}

static void
add_transfer (GStrvBuilder *sentences,
              GVariant     *settings)
{
  const char *framing = NULL;
  const char *name = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    {
      gboolean value = flags[i].usual;

      g_variant_lookup (settings, flags[i].name, "b", &value);
      if (value != flags[i].usual)
        g_strv_builder_add (sentences, _(flags[i].words));
    }
  if (g_variant_lookup (settings, "framing", "&s", &framing) && g_str_equal (framing, "tcp"))
    g_strv_builder_add (sentences, _("Messages are wrapped as for the TCP transfer of old."));
  if (framing != NULL && g_str_equal (framing, "tcp-base64"))
    g_strv_builder_add (sentences, _("Messages are wrapped as for the TCP transfer of old, in base64."));
  if (g_variant_lookup (settings, "media-type", "&s", &name))
    {
      g_autofree char *text = g_strdup_printf (_("Messages are labelled %s."), name);

      g_strv_builder_add (sentences, text);
    }
  if (g_variant_lookup (settings, "signer-usage", "&s", &name))
    {
      g_autofree char *text = g_strdup_printf (_("Its answers may be signed by certificates for %s."), name);

      g_strv_builder_add (sentences, text);
    }
}

char **
signet_words_settings (GVariant *settings)
{
  g_autoptr (GStrvBuilder) sentences = g_strv_builder_new ();
  g_autofree const char **names = NULL;

  g_return_val_if_fail (settings != NULL && g_variant_is_of_type (settings, G_VARIANT_TYPE_VARDICT), NULL);

  add_protection (sentences, settings);
  g_variant_lookup (settings, "relaxations", "^a&s", &names);
  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    for (guint k = 0; k < G_N_ELEMENTS (relaxations); k++)
      if (g_str_equal (relaxations[k].name, names[i]))
        g_strv_builder_add (sentences, _(relaxations[k].words));
  add_transfer (sentences, settings);

  return g_strv_builder_end (sentences);
}

char **
signet_preset_explain (const SignetPreset *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return signet_words_settings (self->settings);
}
