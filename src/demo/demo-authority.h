/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <openssl/x509.h>

/**
 * SignetDemoOptions:
 * @implicit_confirm: grant implicit confirmation to those who ask for it
 * @poll_count: how often a request is answered by "waiting" before the certificate is issued
 * @check_after: seconds that a waiting client is told to wait
 * @confirm_wait: seconds that are told as confirmWaitTime; 0: none is told
 * @hold: issue nothing before signet_demo_authority_decide ()
 * @reject: (nullable): refuse every request with these words
 * @modify: grant with changes: the organisation in the subject is replaced
 * @ca_pubs: send the root in caPubs
 * @trusted: (nullable) (type filename): PEM of further CAs whose certificates may sign requests
 */
typedef struct {
  gboolean implicit_confirm;
  int poll_count;
  int check_after;
  int confirm_wait;
  gboolean hold;
  char *reject;
  gboolean modify;
  gboolean ca_pubs;
  char *trusted;
} SignetDemoOptions;

/**
 * SignetDemoAuthority:
 *
 * A certification authority for trying and testing, on libcrypto's CMP server: ir, cr, and kur signed with the certificate
 * that it replaces. For each message a server context is made anew from the database, so that it may be killed at any time.
 * An octet-equal message gets the answer it got before.
 */
#define SIGNET_TYPE_DEMO_AUTHORITY (signet_demo_authority_get_type ())
G_DECLARE_FINAL_TYPE (SignetDemoAuthority, signet_demo_authority, SIGNET, DEMO_AUTHORITY, GObject)

/* Opens or makes the state in @folder: keys, certificates, database, and the first code ("demo" and a random secret). */
SignetDemoAuthority *signet_demo_authority_new (const char *folder, const SignetDemoOptions *options, GError **error);
/* The same, where there is one in @folder already; else %G_IO_ERROR_NOT_FOUND. */
SignetDemoAuthority *signet_demo_authority_open (const char *folder, const SignetDemoOptions *options, GError **error);
/* The answer to one CMP message; %NULL where there is none that could be given. @error: %G_IO_ERROR_INVALID_DATA and
 * %G_IO_ERROR_PERMISSION_DENIED are the message's fault. */
GBytes *signet_demo_authority_handle (SignetDemoAuthority *self, GBytes *octets, GError **error);
gboolean signet_demo_authority_add_code (SignetDemoAuthority *self, const char *reference, const char *secret, GError **error);
/* Lets a held request go on, or refuses it. @id: as signet_demo_authority_list () shows it. */
gboolean signet_demo_authority_decide (SignetDemoAuthority *self, gint64 id, gboolean approved, GError **error);
/* A line a transaction: number, state, transactionID. (transfer full) */
char *signet_demo_authority_list (SignetDemoAuthority *self, GError **error);
/* For an HTTPS server on this computer: localhost and the loopback addresses, from this CA, made anew. (transfer full) */
GTlsCertificate *signet_demo_authority_get_tls_certificate (SignetDemoAuthority *self, GError **error);
/* Paths in the state's folder: (transfer full) (type filename) */
char *signet_demo_authority_anchor_file (SignetDemoAuthority *self);
char *signet_demo_authority_secret_file (SignetDemoAuthority *self);
/* The port used last, or 0; and to remember one. */
guint signet_demo_authority_get_port (SignetDemoAuthority *self);
gboolean signet_demo_authority_set_port (SignetDemoAuthority *self, guint port, GError **error);
