/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include <openssl/err.h>

#include "cli/cli-cmp.h"
#include "pki/pki-name.h"

/* Up to one of @ends; a backslash takes the octet behind it as it is. (transfer full) */
static char *
read_until (const char **at,
            const char  *ends)
{
  GString *text = g_string_new (NULL);

  while (**at != '\0' && strchr (ends, **at) == NULL)
    {
      if (**at == '\\' && (*at)[1] != '\0')
        (*at)++;
      g_string_append_c (text, *(*at)++);
    }

  return g_string_free (text, FALSE);
}

static gboolean
add_attribute (SignetCliCmp  *self,
               X509_NAME     *name,
               const char    *type,
               const char    *value,
               gboolean       joins,
               GError       **error)
{
  int nid = OBJ_txt2nid (type);

  if (nid == NID_undef || *value == '\0')
    {
      ERR_clear_error ();
      signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_WARNING,
                          nid == NID_undef ? _("“%s” is not known as a kind of name and is left out")
                                           : _("“%s” has no value and is left out of the name"), type);
      return TRUE;
    }
  if (X509_NAME_add_entry_by_NID (name, nid, MBSTRING_UTF8, (const unsigned char *) value, -1, -1, joins ? -1 : 0) == 1)
    return TRUE;
  signet_openssl_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_FAILED, _("“%s” cannot be part of a name"), value);

  return FALSE;
}

X509_NAME *
signet_cli_cmp_parse_name (SignetCliCmp  *self,
                           const char    *text,
                           GError       **error)
{
  g_autoptr (X509_NAME) name = NULL;
  const char *at = text;
  gboolean joins = FALSE;

  if (*text != '/')
    return signet_name_parse (text, error);
  name = X509_NAME_new ();
  for (at++; *at != '\0';)
    {
      g_autofree char *type = read_until (&at, "=");
      g_autofree char *value = NULL;
      gboolean next_joins;

      if (*at != '=')
        {
          signet_cli_cmp_usage (error, _("“%s” is no name: “%s” has no “=”. Write it as /CN=Name/O=Organisation"), text, type);
          return NULL;
        }
      at++;
      value = read_until (&at, "/+");
      next_joins = *at == '+';
      if (*at != '\0')
        at++;
      if (!add_attribute (self, name, type, value, joins, error))
        return NULL;
      joins = next_joins;
    }

  return g_steal_pointer (&name);
}
