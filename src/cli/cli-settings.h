/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/cli-options.h"

#define SIGNET_CLI_MAX_SETTINGS 48

/**
 * SignetCliSettings:
 *
 * What "authority add" or "authority change" was told: a settings file first, then options, which win. The worker judges the values.
 */
typedef struct {
  char *given[SIGNET_CLI_MAX_SETTINGS]; /* option's text */
  GHashTable *texts;            /* setting → text, of option or file */
  char **relaxations;
  char **anchors;               /* files */
  char **intermediates;         /* files */
  char *tls_anchors;            /* file */
  char *settings_file;
  char *preset;
  char **fills;                 /* "alias=mycmp": for the preset's address */
  char *signer;                 /* c1 */
  char *tls_signer;             /* c1 */
  char *secret_file;
  int secret_fd;
  gboolean accept_root;
  gboolean no_implicit_confirm;
  gboolean follow_redirects;
  gboolean keep_connection;
  gboolean trailing_slash;
  gboolean whole_chain;
  gboolean operation_labels;
  gboolean keep_code;
  gboolean changing;            /* for "authority change": lists are added to, and nothing has to be there */
  GArray *entries;
} SignetCliSettings;

SignetCliSettings *signet_cli_settings_new (void);
void signet_cli_settings_free (SignetCliSettings *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCliSettings, signet_cli_settings_free)

/* Options that fill @self. */
const GOptionEntry *signet_cli_settings_entries (SignetCliSettings *self);
/* The dictionary that AddAuthority, or with @changing ChangeAuthority, takes, but for the identity. */
GVariantDict *signet_cli_settings_read (SignetCliSettings *self, GError **error);
/* Adds the identity, which is looked up in the open store. */
gboolean signet_cli_settings_find_identity (SignetCli *cli, SignetCliSettings *self, GVariantDict *dict, GError **error);
/* Certificates of a PEM or DER file: "aay". (transfer floating) */
GVariant *signet_cli_read_certificates (char **files, GError **error);
/* Whether @url names this machine, where nobody listens on the way. */
gboolean signet_cli_is_loopback (const char *url);
/* A short code, where @fds has one, that goes to @url (nullable) without encryption is warned of. */
void signet_cli_warn_of_plain_code (const char *url, GUnixFDList *fds);
/* That the code which was just kept for @authority, where @fds has one, is that of others, too. */
void signet_cli_warn_of_shared_code (SignetCli *cli, gint64 authority, GUnixFDList *fds);
