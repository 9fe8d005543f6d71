/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>

#include "cli/cli-cmp.h"
#include "pki/pki-openssl.h"

#define DEFAULT_SECTION "default"
#define CMP_SECTION "cmp"

/* The value of an option that must be known before the others are read. (nullable) */
static const char *
early_value (char       **args,
             const char  *name)
{
  const char *value = NULL;

  for (guint i = 1; args[i] != NULL; i++)
    {
      const char *start = args[i][0] == '-' ? args[i] + (args[i][1] == '-' ? 2 : 1) : "";
      gsize length = strlen (name);

      if (strncmp (start, name, length) != 0)
        continue;
      if (start[length] == '=')
        value = start + length + 1;
      else if (start[length] == '\0' && args[i + 1] != NULL)
        value = args[++i];
    }

  return value;
}

/* Nobody who asks for the summary wants to know what was read before. */
static gboolean
asks_for_help (char **args)
{
  const char *const *words = (const char *const *) args;

  return g_strv_contains (words, "-help") || g_strv_contains (words, "--help") || g_strv_contains (words, "-h");
}

/* Of sections that are named in order, the last that has it counts; each falls back on [default] by itself. */
static const char *
find_value (CONF       *conf,
            char      **sections,
            const char *name)
{
  const char *value = NULL;

  for (guint i = g_strv_length (sections); i > 0 && value == NULL; i--)
    value = NCONF_get_string (conf, sections[i - 1], name);
  ERR_clear_error ();

  return value;
}

static gboolean
take_value (SignetCliCmp              *self,
            const SignetCliCmpOption  *option,
            const char                *value,
            GError                   **error)
{
  g_autoptr (GError) reason = NULL;
  char *end;
  long number = strtol (value, &end, 10);
  gboolean numeric = option->kind != SIGNET_CLI_CMP_TEXT && option->kind != SIGNET_CLI_CMP_SECRET;

  /* A file serves other programs too: what is no number there, and what only a server wants, says nothing here. */
  if ((numeric && (*value == '\0' || *end != '\0')) || option->use == SIGNET_CLI_CMP_REFUSED)
    return TRUE;
  if (option->kind == SIGNET_CLI_CMP_FLAG)
    value = number != 0 ? "1" : "";
  if (signet_cli_cmp_set (self, option, value, &reason))
    return TRUE;

  return signet_cli_cmp_usage (error, _("%s: %s"), self->conf_file, reason->message);
}

static gboolean
check_sections (SignetCliCmp  *self,
                char         **sections,
                gboolean       by_default,
                GError       **error)
{
  for (guint i = 0; sections[i] != NULL; i++)
    if (NCONF_get_section (self->conf, sections[i]) == NULL)
      {
        ERR_clear_error ();
        if (!by_default)
          return signet_cli_cmp_usage (error, _("There is no section [%s] in %s"), sections[i], self->conf_file);
        signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_INFO, _("There is no section [%s] in %s; [default] alone counts"), sections[i],
                            self->conf_file);
      }

  return TRUE;
}

static gboolean
load_file (SignetCliCmp  *self,
           GError       **error)
{
  long line = -1;

  self->conf = NCONF_new (NULL);
  if (self->conf != NULL && NCONF_load (self->conf, self->conf_file, &line) == 1)
    return TRUE;
  if (line > 0)
    signet_openssl_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_FAILED, _("%s: line %ld cannot be read"), self->conf_file, line);
  else
    signet_openssl_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_FAILED, _("%s cannot be read"), self->conf_file);

  return FALSE;
}

gboolean
signet_cli_cmp_read_config (SignetCliCmp  *self,
                            char         **args,
                            GError       **error)
{
  const char *file = early_value (args, "config");
  const char *names = early_value (args, "section");
  const char *verbosity = early_value (args, "verbosity");
  g_auto (GStrv) sections = NULL;
  char *standard = NULL;

  if (asks_for_help (args))
    return TRUE;
  if (verbosity != NULL)
    self->verbosity = (int) strtol (verbosity, NULL, 0);
  if (file == NULL)
    {
      standard = CONF_get1_default_config_file ();
      self->conf_file = g_strdup (standard != NULL && access (standard, F_OK) == 0 ? standard : "");
      OPENSSL_free (standard);
    }
  else
    self->conf_file = g_strdup (file);
  if (*self->conf_file == '\0')
    return TRUE;

  g_hash_table_replace (self->values, g_strdup ("section"), g_strdup (names == NULL ? CMP_SECTION : names));
  if (names != NULL && *names == '\0')
    g_hash_table_replace (self->values, g_strdup ("section"), g_strdup (DEFAULT_SECTION));
  sections = signet_cli_cmp_items (self, "section");
  signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_INFO, _("Options are taken from %s, section %s"), self->conf_file,
                      signet_cli_cmp_text (self, "section"));
  if (!load_file (self, error) || !check_sections (self, sections, names == NULL || g_str_equal (names, CMP_SECTION), error))
    return FALSE;
  for (const SignetCliCmpOption *option = signet_cli_cmp_table; option->help != NULL; option++)
    {
      const char *value = option->name != NULL && !g_str_equal (option->name, "config") && !g_str_equal (option->name, "section")
                              && !g_str_equal (option->name, "help")
                          ? find_value (self->conf, sections, option->name) : NULL;

      if (value != NULL && !take_value (self, option, value, error))
        return FALSE;
    }

  return TRUE;
}
