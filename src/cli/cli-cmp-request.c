/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include <openssl/err.h>

#include "cli/cli-cmp.h"

/* What is asked for, from the options. */

static const struct {
  const char *name;
  SignetCmpBodyType body;
} commands[] = {
  { "ir", SIGNET_CMP_BODY_IR },
  { "cr", SIGNET_CMP_BODY_CR },
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

/* -subject, else the subject of the reference certificate, unless alternative names say who it is. */
static X509_NAME *
make_subject (SignetCliCmp  *self,
              GError       **error)
{
  const char *subject = signet_cli_cmp_text (self, "subject");

  if (subject != NULL)
    return signet_cli_cmp_parse_name (self, subject, error);
  if (self->reference != NULL && !signet_cli_cmp_given (self, "sans"))
    return X509_NAME_dup (X509_get_subject_name (signet_certificate_get_x509 (self->reference)));

  return X509_NAME_new ();
}

static gboolean
add_alt_names (SignetCliCmp        *self,
               SignetCmpOperation  *operation,
               GError             **error)
{
  g_auto (GStrv) names = signet_cli_cmp_items (self, "sans");

  for (guint i = 0; names[i] != NULL; i++)
    {
      int kind = strchr (names[i], '@') != NULL ? GEN_EMAIL : strchr (names[i], ':') != NULL ? GEN_URI : GEN_DNS;
      g_autoptr (GENERAL_NAME) name = a2i_GENERAL_NAME (NULL, NULL, NULL, GEN_IPADD, names[i], 0);

      if (name == NULL)
        name = a2i_GENERAL_NAME (NULL, NULL, NULL, kind, names[i], 0);
      ERR_clear_error ();
      if (name == NULL)
        return signet_cli_cmp_usage (error, _("-sans: “%s” is no name"), names[i]);
      signet_cmp_operation_add_alt_name (operation, name);
    }

  return TRUE;
}

SignetCmpOperation *
signet_cli_cmp_make_operation (SignetCliCmp  *self,
                               GError       **error)
{
  const char *source = signet_cli_cmp_text (self, "newkey");
  g_autoptr (SignetKey) key = NULL;
  g_autoptr (X509_NAME) subject = NULL;
  g_autoptr (SignetCmpOperation) operation = NULL;

  if (!signet_cli_cmp_given (self, "certout") && !signet_cli_cmp_given (self, "reqout_only"))
    {
      signet_cli_cmp_usage (error, _("Nothing says where to save the new certificate: -certout is missing"));
      return NULL;
    }
  if (source != NULL)
    key = signet_cli_cmp_load_key (self, source, "newkeypass", error);
  else if (signet_cli_cmp_given (self, "key"))
    key = signet_cli_cmp_load_key (self, signet_cli_cmp_text (self, "key"), "keypass", error);
  else
    signet_cli_cmp_usage (error, _("There is no key for the new certificate: -newkey or -key is missing"));
  subject = key != NULL ? make_subject (self, error) : NULL;
  if (subject == NULL)
    return NULL;
  operation = signet_cmp_operation_new (self->body, key, subject);

  return add_alt_names (self, operation, error) ? g_steal_pointer (&operation) : NULL;
}
