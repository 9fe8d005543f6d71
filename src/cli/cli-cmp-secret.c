/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli-cmp.h"

#define PASS "pass:"
#define HIDDEN PASS "#"         /* and the number of the secret that stood there */
#define MAX_SECRET 1024         /* octets of a line, as openssl reads them */

/* Whether @value says where a secret is, rather than being one. */
static gboolean
names_a_place (const char *value)
{
  return g_str_has_prefix (value, "env:") || g_str_has_prefix (value, "file:") || g_str_has_prefix (value, "fd:")
         || g_str_equal (value, "stdin");
}

static SignetSecret *
literal_secret (const char *value)
{
  const char *start = g_str_has_prefix (value, PASS) ? value + strlen (PASS) : value;

  return signet_secret_new (start, strlen (start));
}

/* Whether @argument is a SECRET option. @value: (out) (nullable): what stands in it behind "="; otherwise the next argument has
 * it. */
static gboolean
is_secret_option (char  *argument,
                  char **value)
{
  char *start = argument + (g_str_has_prefix (argument, "--") ? 2 : 1);
  char *sign = strchr (argument, '=');
  g_autofree char *name = NULL;
  const SignetCliCmpOption *option;

  *value = NULL;
  if (argument[0] != '-' || argument[1] == '\0' || sign == start)
    return FALSE;
  name = sign != NULL ? g_strndup (start, (gsize) (sign - start)) : g_strdup (start);
  option = signet_cli_cmp_find_option (name);
  if (option == NULL || option->kind != SIGNET_CLI_CMP_SECRET)
    return FALSE;
  *value = sign != NULL ? sign + 1 : NULL;

  return TRUE;
}

/* Keeps the secret that begins at @value in @argument, zeroes it there, and gives the argument that is read instead. */
static char *
hide (SignetCli *cli,
      char      *argument,
      char      *value)
{
  g_autofree char *before = g_strndup (argument, (gsize) (value - argument));
  char *start = value + (g_str_has_prefix (value, PASS) ? strlen (PASS) : 0);

  if (*value == '\0' || names_a_place (value))
    return g_strdup (argument);
  if (cli->secrets == NULL)
    {
      signet_secret_harden_process ();
      cli->secrets = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_secret_unref);
    }
  g_ptr_array_add (cli->secrets, literal_secret (value));
  explicit_bzero (start, strlen (start));

  return g_strdup_printf ("%s" HIDDEN "%u", before, cli->secrets->len - 1);
}

char **
signet_cli_cmp_hide_secrets (SignetCli  *cli,
                             int         argc,
                             char      **argv)
{
  char **copy = g_new0 (char *, argc + 1);
  gboolean ours = FALSE;
  gboolean next = FALSE;        /* the argument is a secret option's value */

  for (int i = 0; i < argc; i++)
    {
      char *value = next ? argv[i] : NULL;

      next = !next && ours && is_secret_option (argv[i], &value) && value == NULL;
      ours = ours || g_str_equal (argv[i], "cmp");
      copy[i] = value != NULL ? hide (cli, argv[i], value) : g_strdup (argv[i]);
    }

  return copy;
}

void
signet_cli_cmp_keep_literal (SignetCliCmp *self,
                             const char   *name,
                             const char   *value)
{
  gboolean hidden = self->in_arguments && g_str_has_prefix (value, HIDDEN) && self->cli->secrets != NULL;
  guint number = hidden ? (guint) g_ascii_strtoull (value + strlen (HIDDEN), NULL, 10) : 0;

  if (names_a_place (value))
    {
      g_hash_table_replace (self->values, g_strdup (name), g_strdup (value));
      return;
    }
  if (hidden && number < self->cli->secrets->len)
    {
      g_hash_table_replace (self->literals, g_strdup (name), signet_secret_ref (self->cli->secrets->pdata[number]));
      signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_WARNING,
                          _("-%s was given on the command line, where other users could see it until it was taken away; "
                            "file:, fd: or stdin keep it from them"), name);
    }
  else
    {
      g_hash_table_replace (self->literals, g_strdup (name), literal_secret (value));
    }
  g_hash_table_replace (self->values, g_strdup (name), g_strdup (PASS));
}

/* One line, octet for octet, so that what is behind it stays for the next option that reads the same descriptor. */
static SignetSecret *
read_line (int          fd,
           const char  *what,
           GError     **error)
{
  char line[MAX_SECRET];
  gsize size = 0;
  ssize_t got = 0;
  SignetSecret *secret = NULL;

  while (size < sizeof line && ((got = read (fd, line + size, 1)) > 0 || (got < 0 && errno == EINTR)))
    if (got > 0 && line[size++] == '\n')
      break;
  if (got < 0)
    signet_cli_cmp_usage (error, _("%s cannot be read: %s"), what, g_strerror (errno));
  else if (size == sizeof line && line[size - 1] != '\n')
    signet_cli_cmp_usage (error, _("The first line of %s is longer than %d octets"), what, MAX_SECRET - 1);
  else
    {
      while (size > 0 && (line[size - 1] == '\n' || line[size - 1] == '\r'))
        size--;
      secret = signet_secret_new (line, size);
    }
  explicit_bzero (line, sizeof line);

  return secret;
}

static SignetSecret *
read_file (const char  *path,
           GError     **error)
{
  int fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  SignetSecret *secret;

  if (fd < 0)
    {
      signet_cli_cmp_usage (error, _("%s cannot be opened: %s"), path, g_strerror (errno));
      return NULL;
    }
  secret = read_line (fd, path, error);
  g_close (fd, NULL);

  return secret;
}

static SignetSecret *
read_variable (const char  *variable,
               GError     **error)
{
  const char *value = g_getenv (variable);

  if (value == NULL)
    {
      signet_cli_cmp_usage (error, _("The environment has no variable %s"), variable);
      return NULL;
    }

  return signet_secret_new (value, strlen (value));
}

static SignetSecret *
read_place (const char  *place,
            GError     **error)
{
  const char *rest = strchr (place, ':');
  guint64 fd;

  if (g_str_has_prefix (place, "env:"))
    return read_variable (rest + 1, error);
  if (g_str_has_prefix (place, "file:"))
    return read_file (rest + 1, error);
  if (g_str_equal (place, "stdin"))
    return read_line (STDIN_FILENO, place, error);
  if (g_ascii_string_to_unsigned (rest + 1, 10, 0, G_MAXINT, &fd, NULL))
    return read_line ((int) fd, place, error);
  signet_cli_cmp_usage (error, _("“%s” names no descriptor"), place);

  return NULL;
}

gboolean
signet_cli_cmp_read_secret (SignetCliCmp   *self,
                            const char     *name,
                            SignetSecret  **secret,
                            GError        **error)
{
  SignetSecret *literal = g_hash_table_lookup (self->literals, name);
  const char *place = signet_cli_cmp_text (self, name);

  *secret = NULL;
  if (literal == NULL && place != NULL)
    {
      literal = read_place (place, error);
      if (literal == NULL)
        {
          g_prefix_error (error, "-%s: ", name);
          return FALSE;
        }
      /* Read once, as a descriptor gives it once only. */
      g_hash_table_replace (self->literals, g_strdup (name), literal);
    }
  if (literal != NULL)
    *secret = signet_secret_ref (literal);

  return TRUE;
}
