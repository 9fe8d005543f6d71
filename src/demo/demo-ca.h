/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <openssl/crmf.h>
#include <openssl/x509.h>

/* The keys and certificates of the demo authority: a root that is the anchor, and a CA that issues and signs messages. */
typedef struct {
  X509 *root;
  X509 *issuer;
  EVP_PKEY *issuer_key;
} SignetDemoCa;

/* Reads them from @folder, or makes them there. */
SignetDemoCa *signet_demo_ca_open (const char *folder, GError **error);
void signet_demo_ca_free (SignetDemoCa *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetDemoCa, signet_demo_ca_free)

/* A certificate for what @tmpl asks: its key, subject, alternative names and key usages. @modify: another organisation.
 * (transfer full) (nullable) */
X509 *signet_demo_ca_issue (SignetDemoCa *self, const OSSL_CRMF_CERTTEMPLATE *tmpl, gboolean modify);
/* One in place of @old, with its subject, and with its alternative names and usages where @tmpl has none.
 * (transfer full) (nullable) */
X509 *signet_demo_ca_renew (SignetDemoCa *self, const OSSL_CRMF_CERTTEMPLATE *tmpl, X509 *old);
/* PEM of a TLS server's certificate for localhost and the loopback addresses, of its key, and of the issuer. */
char *signet_demo_ca_issue_for_tls (SignetDemoCa *self, GError **error);
