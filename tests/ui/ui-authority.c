/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "ui-authority.h"

#include <glib-unix.h>
#include <unistd.h>

#define READY_FD 3
#define LIFELINE_FD 4

static void
run_and_wait (const char *const *words,
              char             **output)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process
      = g_subprocess_newv (words, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error);

  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, output, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_successful (process));
}

static GPtrArray *
command (UiAuthority *self)
{
  GPtrArray *words = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (words, g_build_filename (g_getenv ("SIGNET_BUILD_ROOT"), "src", "demo", "signet-demo-ca", NULL));
  g_ptr_array_add (words, g_strdup ("--state"));
  g_ptr_array_add (words, g_strdup (self->folder));

  return words;
}

static void
add_words (GPtrArray         *words,
           const char *const *more)
{
  for (guint i = 0; more != NULL && more[i] != NULL; i++)
    g_ptr_array_add (words, g_strdup (more[i]));
}

/* What the authority says of itself when it can be reached. */
static void
read_settings (UiAuthority *self,
               const char  *text)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *secret_file = NULL;
  g_autofree char *pem = NULL;
  g_autoptr (GTlsCertificate) anchor = NULL;
  g_autoptr (GByteArray) der = NULL;

  g_assert_true (g_key_file_load_from_data (file, text, (gsize) -1, G_KEY_FILE_NONE, &error));
  self->url = g_key_file_get_string (file, "Authority", "Url", NULL);
  self->reference = g_key_file_get_string (file, "Authority", "Reference", NULL);
  self->anchor_file = g_key_file_get_string (file, "Authority", "AnchorFile", NULL);
  secret_file = g_key_file_get_string (file, "Authority", "SecretFile", NULL);
  g_assert_true (g_file_get_contents (secret_file, &self->secret, NULL, NULL));
  g_strstrip (self->secret);
  anchor = g_tls_certificate_new_from_file (self->anchor_file, &error);
  g_assert_no_error (error);
  g_object_get (anchor, "certificate", &der, NULL);
  self->fingerprint = g_compute_checksum_for_data (G_CHECKSUM_SHA256, der->data, der->len);
}

void
ui_authority_start (UiAuthority       *self,
                    const char *const *options)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) words = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  const char *const ready[] = { "--ready-fd", "3", "--lifeline-fd", "4", "serve", NULL };
  char buffer[4096];
  ssize_t got;
  int ends[2];
  int lifeline[2];

  self->folder = g_dir_make_tmp ("signet-authority-XXXXXX", &error);
  g_assert_no_error (error);
  words = command (self);
  add_words (words, options);
  add_words (words, ready);
  g_ptr_array_add (words, NULL);
  g_assert_true (g_unix_open_pipe (ends, FD_CLOEXEC, NULL) && g_unix_open_pipe (lifeline, FD_CLOEXEC, NULL));
  /* It ends with the test, however that ends. */
  g_subprocess_launcher_take_fd (launcher, lifeline[0], LIFELINE_FD);
  self->lifeline = lifeline[1];
  g_subprocess_launcher_take_fd (launcher, ends[1], READY_FD);
  self->process = g_subprocess_launcher_spawnv (launcher, (const char *const *) words->pdata, &error);
  g_assert_no_error (error);
  /* The launcher's copy of the end that is written to must go for the end to be seen. */
  g_clear_object (&launcher);
  while ((got = read (ends[0], buffer, sizeof buffer)) > 0)
    g_string_append_len (text, buffer, got);
  close (ends[0]);
  read_settings (self, text->str);
}

void
ui_authority_stop (UiAuthority *self)
{
  const char *const remove[] = { "rm", "-rf", self->folder, NULL };

  g_subprocess_send_signal (self->process, SIGTERM);
  g_assert_true (g_subprocess_wait (self->process, NULL, NULL));
  close (self->lifeline);
  run_and_wait (remove, NULL);
  g_clear_object (&self->process);
  g_clear_pointer (&self->folder, g_free);
  g_clear_pointer (&self->url, g_free);
  g_clear_pointer (&self->reference, g_free);
  g_clear_pointer (&self->secret, g_free);
  g_clear_pointer (&self->anchor_file, g_free);
  g_clear_pointer (&self->fingerprint, g_free);
}

char *
ui_authority_run (UiAuthority       *self,
                  const char *const *words)
{
  g_autoptr (GPtrArray) all = command (self);
  char *output = NULL;

  add_words (all, words);
  g_ptr_array_add (all, NULL);
  run_and_wait ((const char *const *) all->pdata, &output);

  return output;
}

gint64
ui_authority_add (UiAuthority *self,
                  UiKit       *kit,
                  gboolean     with_code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsCertificate) anchor = g_tls_certificate_new_from_file (self->anchor_file, &error);
  g_autoptr (GByteArray) der = NULL;
  g_autoptr (GVariant) reply = NULL;
  GVariantBuilder handles;
  GVariant *octets;
  GVariantDict dict;
  gint64 id;

  g_assert_no_error (error);
  g_object_get (anchor, "certificate", &der, NULL);
  octets = g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, der->data, der->len, 1);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "name", "s", "Example");
  g_variant_dict_insert (&dict, "url", "s", self->url);
  g_variant_dict_insert (&dict, "mac", "s", "password-based");
  g_variant_dict_insert_value (&dict, "anchors", g_variant_new_array (G_VARIANT_TYPE_BYTESTRING, &octets, 1));
  if (with_code)
    g_variant_dict_insert (&dict, "reference", "s", self->reference);
  g_variant_builder_init (&handles, G_VARIANT_TYPE ("ah"));
  if (with_code)
    g_variant_builder_add (&handles, "h", 0);
  reply = ui_kit_call (kit, "AddAuthority",
                       g_variant_new ("(@a{sv}@ah)", g_variant_dict_end (&dict), g_variant_builder_end (&handles)),
                       with_code ? self->secret : NULL);
  g_variant_get (reply, "(x)", &id);

  return id;
}

void
ui_authority_make_identity (const char *folder)
{
  g_autofree char *root = g_build_filename (folder, "root.pem", NULL);
  g_autofree char *root_key = g_build_filename (folder, "root.key", NULL);
  g_autofree char *person = g_build_filename (folder, "person.pem", NULL);
  g_autofree char *person_key = g_build_filename (folder, "person.key", NULL);
  g_autofree char *pkcs12 = g_build_filename (folder, "person.p12", NULL);
  const char *const make_root[]
      = { "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
          "/CN=Another PKI", "-keyout", root_key, "-out", root, NULL };
  const char *const make_person[]
      = { "openssl", "req", "-x509", "-CA", root, "-CAkey", root_key, "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
          "-nodes", "-days", "2", "-subj", "/CN=Maria of another PKI", "-addext", "keyUsage=digitalSignature", "-addext",
          "basicConstraints=CA:FALSE", "-keyout", person_key, "-out", person, NULL };
  const char *const make_file[] = { "openssl", "pkcs12", "-export", "-in", person, "-inkey", person_key, "-certfile", root,
                                    "-passout", "pass:open me", "-out", pkcs12, NULL };

  run_and_wait (make_root, NULL);
  run_and_wait (make_person, NULL);
  run_and_wait (make_file, NULL);
}
