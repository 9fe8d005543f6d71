/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "demo/demo-error.h"
#include "demo/demo-state.h"

#define CODE_LENGTH 20
#define REFERENCE_DIGITS 8
#define NAME "Demo Authority"
/* libcrypto's server knows no other protection by a code. */
#define MAC "password-based"

static char *
path_of (SignetDemoStore *store,
         const char      *name)
{
  return g_build_filename (signet_demo_store_get_folder (store), name, NULL);
}

static gboolean
write_file (SignetDemoStore  *store,
            const char       *name,
            const void       *contents,
            gsize             size,
            GError          **error)
{
  g_autofree char *path = path_of (store, name);

  return g_file_set_contents_full (path, contents, (gssize) size, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

/* Letters and digits that are not taken for one another. */
SignetSecret *
signet_demo_state_make_code (void)
{
  static const char alphabet[] = "abcdefghjkmnpqrstuvwxyz23456789ABC";
  g_autoptr (SignetSecret) random = signet_secret_new_random (CODE_LENGTH);
  const guint8 *octets = signet_secret_get_data (random, NULL);
  char *code = g_malloc (CODE_LENGTH);

  for (guint i = 0; i < CODE_LENGTH; i++)
    code[i] = alphabet[octets[i] & 31];

  return signet_secret_new_take (code, CODE_LENGTH);
}

static gboolean
add_first_code (SignetDemoStore  *store,
                char            **reference,
                GError          **error)
{
  g_autoptr (SignetSecret) code = signet_demo_state_make_code ();
  GString *digits = g_string_new (NULL);

  for (guint i = 0; i < REFERENCE_DIGITS; i++)
    g_string_append_c (digits, (char) ('0' + g_random_int_range (0, 10)));
  *reference = g_string_free (digits, FALSE);

  return signet_demo_store_add_code (store, *reference, code, error);
}

char *
signet_demo_state_prepare (SignetDemoStore     *store,
                           SignetDemoIdentity  *identity,
                           GError             **error)
{
  g_autoptr (GError) reason = NULL;
  g_autofree char *reference = signet_demo_store_get_first_reference (store, &reason);
  g_autofree char *anchor = signet_demo_certificate_to_pem (identity->root);
  g_autoptr (SignetSecret) code = NULL;
  const guint8 *data;
  gsize size;

  if (reason != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return NULL;
    }
  if (reference == NULL && !add_first_code (store, &reference, error))
    return NULL;
  code = signet_demo_store_get_code (store, reference, error);
  if (code == NULL)
    return NULL;
  data = signet_secret_get_data (code, &size);
  if (!write_file (store, "anchor.pem", anchor, strlen (anchor), error) || !write_file (store, "secret", data, size, error))
    return NULL;

  return g_steal_pointer (&reference);
}

gboolean
signet_demo_state_write_settings (SignetDemoStore  *store,
                                  const char       *url,
                                  const char       *reference,
                                  GError          **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *contents = NULL;
  gsize size;

  g_key_file_set_string (file, "authority", "name", NAME);
  g_key_file_set_string (file, "authority", "url", url);
  g_key_file_set_string (file, "authority", "reference", reference);
  g_key_file_set_string (file, "authority", "mac", MAC);
  g_key_file_set_string (file, "authority", "anchors", "anchor.pem");
  g_key_file_set_boolean (file, "authority", "one-time", FALSE);
  contents = g_key_file_to_data (file, &size, NULL);

  return write_file (store, "authority.signet", contents, size, error);
}

char *
signet_demo_state_describe (SignetDemoStore *store,
                            const char      *url,
                            const char      *reference)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *secret = path_of (store, "secret");
  g_autofree char *anchor = path_of (store, "anchor.pem");

  g_key_file_set_string (file, "Authority", "Name", NAME);
  g_key_file_set_string (file, "Authority", "Url", url);
  g_key_file_set_string (file, "Authority", "Mac", MAC);
  g_key_file_set_string (file, "Authority", "Reference", reference);
  g_key_file_set_string (file, "Authority", "SecretFile", secret);
  g_key_file_set_string (file, "Authority", "AnchorFile", anchor);

  return g_key_file_to_data (file, NULL, NULL);
}
