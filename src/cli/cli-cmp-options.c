/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli-cmp.h"

#define HELP_COLUMN 24
#define ITEM_SEPARATORS ", \t\r\n\v\f"

SignetCliCmp *
signet_cli_cmp_new (SignetCli *cli)
{
  SignetCliCmp *self = g_new0 (SignetCliCmp, 1);

  self->cli = cli;
  self->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->literals = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) signet_secret_unref);
  self->verbosity = SIGNET_CLI_CMP_LOG_INFO;
  self->untrusted = g_ptr_array_new_with_free_func (g_object_unref);

  return self;
}

void
signet_cli_cmp_free (SignetCliCmp *self)
{
  g_hash_table_unref (self->values);
  g_hash_table_unref (self->literals);
  NCONF_free (self->conf);
  g_free (self->conf_file);
  g_clear_object (&self->authority);
  g_clear_object (&self->credentials);
  g_clear_pointer (&self->trusted, g_ptr_array_unref);
  g_clear_pointer (&self->untrusted, g_ptr_array_unref);
  g_clear_object (&self->server);
  g_clear_object (&self->reference);
  g_clear_object (&self->signer_in);
  g_clear_pointer (&self->extra_in, g_ptr_array_unref);
  g_clear_pointer (&self->ca_pubs, g_ptr_array_unref);
  /* Last: what stands above may be made of them. */
  g_clear_pointer (&self->providers, g_ptr_array_unref);
  g_free (self);
}

gboolean
signet_cli_cmp_usage (GError     **error,
                      const char  *format,
                      ...)
{
  g_autofree char *words = NULL;
  va_list arguments;

  va_start (arguments, format);
  words = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, SIGNET_CLI_ERROR, SIGNET_CLI_FAILED, words);

  return FALSE;
}

void
signet_cli_cmp_log (SignetCliCmp      *self,
                    SignetCliCmpLevel  level,
                    const char        *format,
                    ...)
{
  g_autofree char *words = NULL;
  va_list arguments;

  if ((int) level > self->verbosity)
    return;
  va_start (arguments, format);
  words = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  /* The words in front are what scripts look for: they stay as they are in every language. */
  if (level == SIGNET_CLI_CMP_LOG_ERROR)
    g_printerr ("CMP error: %s\n", words);
  else
    g_print ("CMP %s: %s\n", level == SIGNET_CLI_CMP_LOG_WARNING ? "warning" : level == SIGNET_CLI_CMP_LOG_INFO ? "info" : "debug",
             words);
}

/* ---- values ---- */

const char *
signet_cli_cmp_text (SignetCliCmp *self,
                     const char   *name)
{
  g_assert (signet_cli_cmp_find_option (name) != NULL);

  return g_hash_table_lookup (self->values, name);
}

gboolean
signet_cli_cmp_given (SignetCliCmp *self,
                      const char   *name)
{
  return signet_cli_cmp_text (self, name) != NULL;
}

int
signet_cli_cmp_number (SignetCliCmp *self,
                       const char   *name,
                       int           fallback)
{
  const char *text = signet_cli_cmp_text (self, name);

  return text != NULL ? (int) strtol (text, NULL, 0) : fallback;
}

gboolean
signet_cli_cmp_flag (SignetCliCmp *self,
                     const char   *name)
{
  return signet_cli_cmp_number (self, name, 0) != 0;
}

char **
signet_cli_cmp_items (SignetCliCmp *self,
                      const char   *name)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  const char *text = signet_cli_cmp_text (self, name);
  g_auto (GStrv) parts = text != NULL ? g_strsplit_set (text, ITEM_SEPARATORS, -1) : NULL;

  for (guint i = 0; parts != NULL && parts[i] != NULL; i++)
    if (*parts[i] != '\0')
      g_strv_builder_add (builder, parts[i]);

  return g_strv_builder_end (builder);
}

/* ---- reading them ---- */

static gboolean
check_number (const SignetCliCmpOption  *option,
              const char                *value,
              GError                   **error)
{
  char *end;
  long number;

  errno = 0;
  number = strtol (value, &end, 0);
  if (errno != 0 || end == value || *end != '\0' || number < INT_MIN || number > INT_MAX)
    return signet_cli_cmp_usage (error, _("Option -%s: “%s” is no number"), option->name, value);
  if (option->kind == SIGNET_CLI_CMP_COUNT && number < 0)
    return signet_cli_cmp_usage (error, _("Option -%s: %ld is less than 0"), option->name, number);
  if (option->kind == SIGNET_CLI_CMP_POSITIVE && number <= 0)
    return signet_cli_cmp_usage (error, _("Option -%s: %ld is not positive"), option->name, number);

  return TRUE;
}

/* The first letter decides, as with openssl. */
static gboolean
check_format (const SignetCliCmpOption  *option,
              const char                *value,
              GError                   **error)
{
  if (g_str_has_suffix (option->name, "form") && strchr ("PD", g_ascii_toupper (*value)) == NULL)
    return signet_cli_cmp_usage (error, _("Option -%s: “%s” is none of %s"), option->name, value, option->value);

  return TRUE;
}

/* What may be given several times. */
static gboolean
accumulates (const char *name)
{
  return g_str_equal (name, "policy") || g_str_equal (name, "provider") || g_str_equal (name, "provider-path");
}

gboolean
signet_cli_cmp_set (SignetCliCmp              *self,
                    const SignetCliCmpOption  *option,
                    const char                *value,
                    GError                   **error)
{
  gboolean numeric = option->kind == SIGNET_CLI_CMP_INTEGER || option->kind == SIGNET_CLI_CMP_COUNT
                     || option->kind == SIGNET_CLI_CMP_POSITIVE;
  const char *before = g_hash_table_lookup (self->values, option->name);

  if (option->use == SIGNET_CLI_CMP_REFUSED)
    return signet_cli_cmp_usage (error, _("Option -%s is not taken: %s"), option->name, _(option->reason));
  if (option->use == SIGNET_CLI_CMP_WITHOUT_EFFECT)
    signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_WARNING, _("Option -%s has no effect: %s"), option->name, _(option->reason));
  g_hash_table_remove (self->literals, option->name);
  if (*value == '\0')
    {
      g_hash_table_remove (self->values, option->name);
      return TRUE;
    }
  if ((numeric && !check_number (option, value, error)) || !check_format (option, value, error))
    return FALSE;
  if (option->kind == SIGNET_CLI_CMP_SECRET)
    {
      signet_cli_cmp_keep_literal (self, option->name, value);
      return TRUE;
    }
  g_hash_table_replace (self->values, g_strdup (option->name),
                        before != NULL && accumulates (option->name) ? g_strconcat (before, ",", value, NULL) : g_strdup (value));

  return TRUE;
}

/* "-name", "--name", "-name=value". (transfer full); @value: (out) (nullable): into @argument */
static char *
option_name (const char  *argument,
             const char **value)
{
  const char *start = argument + (argument[1] == '-' ? 2 : 1);
  const char *sign = strchr (start, '=');

  *value = sign != NULL ? sign + 1 : NULL;

  return sign != NULL ? g_strndup (start, (gsize) (sign - start)) : g_strdup (start);
}

static gboolean
read_argument (SignetCliCmp   *self,
               char          **args,
               guint          *at,
               GError        **error)
{
  const char *value;
  g_autofree char *name = option_name (args[*at], &value);
  const SignetCliCmpOption *option = signet_cli_cmp_find_option (name);

  if (option == NULL)
    return signet_cli_cmp_usage (error, _("There is no option -%s; use -help for a summary"), name);
  if (option->kind == SIGNET_CLI_CMP_FLAG)
    {
      if (value != NULL)
        return signet_cli_cmp_usage (error, _("Option -%s takes no value"), name);
      return signet_cli_cmp_set (self, option, "1", error);
    }
  if (value == NULL)
    {
      if (args[*at + 1] == NULL)
        return signet_cli_cmp_usage (error, _("Option -%s needs a value"), name);
      value = args[++*at];
    }
  if (*value == '\0' && !g_str_equal (name, "config") && !g_str_equal (name, "section"))
    signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_WARNING, _("Option -%s has an empty value and counts as not given"), name);

  return signet_cli_cmp_set (self, option, value, error);
}

gboolean
signet_cli_cmp_read_arguments (SignetCliCmp  *self,
                               char         **args,
                               gboolean      *help,
                               GError       **error)
{
  guint i = 1;

  *help = FALSE;
  self->in_arguments = TRUE;
  for (; args[i] != NULL && args[i][0] == '-' && args[i][1] != '\0'; i++)
    {
      if (g_str_equal (args[i], "--"))
        {
          i++;
          break;
        }
      if (g_str_equal (args[i], "-help") || g_str_equal (args[i], "--help") || g_str_equal (args[i], "-h"))
        {
          *help = TRUE;
          return TRUE;
        }
      if (!read_argument (self, args, &i, error))
        return FALSE;
    }
  if (args[i] != NULL)
    return signet_cli_cmp_usage (error, _("“%s” is no option; use -help for a summary"), args[i]);
  self->batch = signet_cli_cmp_flag (self, "batch");
  self->verbosity = signet_cli_cmp_number (self, "verbosity", SIGNET_CLI_CMP_LOG_INFO);
  if (self->verbosity > 8)
    return signet_cli_cmp_usage (error, _("-verbosity is 0 to 8"));

  return TRUE;
}

/* ---- help ---- */

static void
print_option (const SignetCliCmpOption *option)
{
  g_autofree char *left = option->value != NULL ? g_strdup_printf ("-%s %s", option->name, _(option->value))
                                                : g_strdup_printf ("-%s", option->name);
  const char *note = option->use == SIGNET_CLI_CMP_REFUSED ? _(" (not taken)")
                     : option->use == SIGNET_CLI_CMP_WITHOUT_EFFECT ? _(" (without effect)") : "";

  if (g_utf8_strlen (left, -1) >= HELP_COLUMN)
    g_print (" %s\n %*s %s%s\n", left, HELP_COLUMN, "", _(option->help), note);
  else
    g_print (" %-*s %s%s\n", HELP_COLUMN, left, _(option->help), note);
}

void
signet_cli_cmp_print_help (void)
{
  g_print (_("Usage: signetctl cmp [OPTION…]\n\n"
             "Speaks CMP with an authority once, by options as those of “openssl cmp”; it keeps no store.\n\n"));
  for (const SignetCliCmpOption *option = signet_cli_cmp_table; option->help != NULL; option++)
    if (option->kind == SIGNET_CLI_CMP_HEADING)
      g_print ("\n%s:\n", _(option->help));
    else
      print_option (option);
  g_print (_("\nA SOURCE of a secret is pass:SECRET, env:VARIABLE, file:FILE, fd:NUMBER or stdin; pass: is seen by others for a\n"
             "moment.\n\n"
             "Exit status:\n"
             "  0  done\n"
             "  1  failed; the message says why\n"));
}
