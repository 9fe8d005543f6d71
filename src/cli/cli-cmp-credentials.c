/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "cli/cli-cmp.h"
#include "pki/pki-chain.h"

/* With what the messages are protected: -secret and -ref, or -cert and -key. */

#define DEFAULT_DIGEST "SHA256"
#define DEFAULT_MAC "hmac-sha1"         /* of RFC 2510, and of openssl to this day */
#define PBM_ITERATIONS 1000
#define PBMAC1_ITERATIONS 100000

/* Kinds of MAC that openssl does not have; what else is named is the MAC of PasswordBasedMac. */
static const struct {
  const char *name;
  SignetCmpMac mac;
} own_macs[] = {
  { "pbmac1", SIGNET_CMP_MAC_PBMAC1 },
  { "hmac", SIGNET_CMP_MAC_HMAC },
  { "kmac", SIGNET_CMP_MAC_KMAC },
};

static void
set_mac_kind (SignetCliCmp *self,
              guint        *iterations)
{
  const char *mac = signet_cli_cmp_text (self, "mac");

  *iterations = PBM_ITERATIONS;
  if (mac == NULL)
    mac = signet_cli_cmp_flag (self, "strict") ? "pbmac1" : DEFAULT_MAC;
  for (guint i = 0; i < G_N_ELEMENTS (own_macs); i++)
    if (g_ascii_strcasecmp (own_macs[i].name, mac) == 0)
      {
        signet_cmp_authority_set_mac (self->authority, own_macs[i].mac);
        *iterations = PBMAC1_ITERATIONS;
        return;
      }
  if (g_ascii_strcasecmp (mac, DEFAULT_MAC) == 0)
    signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_WARNING,
                        _("%s is weak, though no attack on it as a MAC is known; -mac hmacWithSHA256 or -mac pbmac1 is better"), mac);
  signet_cmp_authority_set_mac (self->authority, SIGNET_CMP_MAC_PASSWORD_BASED);
  signet_cmp_authority_set_mac_function (self->authority, mac);
}

/* One for the MAC and for signatures, those that prove possession included. -strict leaves the choice to the key. */
static gboolean
set_digests (SignetCliCmp  *self,
             GError       **error)
{
  const char *digest = signet_cli_cmp_text (self, "digest");
  g_autoptr (EVP_MD) md = EVP_MD_fetch (NULL, digest != NULL ? digest : DEFAULT_DIGEST, NULL);
  g_autofree char *name = md != NULL ? g_ascii_strup (OBJ_nid2sn (EVP_MD_get_type (md)), -1) : NULL;
  guint iterations;

  if (name == NULL)
    {
      signet_openssl_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_FAILED, _("-digest: “%s” is not known"), digest);
      return FALSE;
    }
  if (digest != NULL || !signet_cli_cmp_flag (self, "strict"))
    signet_cmp_authority_set_signature_digest (self->authority, name);
  if (!signet_cli_cmp_given (self, "secret"))
    return TRUE;
  set_mac_kind (self, &iterations);
  signet_cmp_authority_set_mac_parameters (self->authority, name, (guint) signet_cli_cmp_number (self, "iterations", (int) iterations));

  return TRUE;
}

static gboolean
setup_secret (SignetCliCmp  *self,
              GError       **error)
{
  const char *reference = signet_cli_cmp_text (self, "ref");
  g_autoptr (SignetSecret) secret = NULL;

  if (signet_cli_cmp_given (self, "cert") || signet_cli_cmp_given (self, "key"))
    signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_WARNING, _("-secret goes before -cert and -key: they do not protect messages"));
  if (!signet_cli_cmp_read_secret (self, "secret", &secret, error))
    return FALSE;
  self->credentials = signet_cmp_credentials_new_mac (reference != NULL ? reference : "", secret);

  return TRUE;
}

static gboolean
check_own_chain (SignetCliCmp       *self,
                 SignetCertificate  *certificate,
                 gint64              now,
                 GError            **error)
{
  g_autoptr (GPtrArray) anchors = signet_cli_cmp_load_list (self, "own_trusted", "otherpass", error);
  g_autoptr (GPtrArray) chain = NULL;

  if (anchors == NULL)
    return FALSE;
  if (anchors->len == 0)
    return TRUE;
  chain = signet_chain_build (certificate, self->untrusted, anchors, now, error);
  g_prefix_error (error, "-own_trusted: ");

  return chain != NULL;
}

/* -cert: the first certificate is the own one; the others help to build its chain. */
static SignetCertificate *
load_own_certificate (SignetCliCmp  *self,
                      GError       **error)
{
  g_autoptr (GPtrArray) certificates
      = signet_cli_cmp_load_certificates (self, signet_cli_cmp_text (self, "cert"), "keypass", error);

  if (certificates == NULL)
    return NULL;
  for (guint i = 1; i < certificates->len; i++)
    g_ptr_array_add (self->untrusted, g_object_ref (certificates->pdata[i]));

  return g_object_ref (certificates->pdata[0]);
}

/* A key that signs does so. Others are the base of a MAC: by encapsulation, or by agreement with the key of -srvcert. */
static SignetCmpCredentials *
credentials_for_key (SignetCliCmp       *self,
                     SignetKey          *key,
                     SignetCertificate  *certificate,
                     GPtrArray          *chain,
                     GError            **error)
{
  guint32 usage = X509_get_key_usage (signet_certificate_get_x509 (certificate));

  if (signet_key_can_sign (key) && ((usage & KU_DIGITAL_SIGNATURE) != 0 || (usage & (KU_KEY_ENCIPHERMENT | KU_KEY_AGREEMENT)) == 0))
    return signet_cmp_credentials_new_signature (key, certificate, chain, error);
  if (signet_key_can_encapsulate (key))
    return signet_cmp_credentials_new_kem (key, certificate, chain, error);
  if (self->server == NULL)
    {
      signet_cli_cmp_usage (error, _("The key of -cert can only agree with another one: give the authority's certificate by -srvcert"));
      return NULL;
    }

  return signet_cmp_credentials_new_dh (key, certificate, chain, self->server, error);
}

static gboolean
setup_signature (SignetCliCmp       *self,
                 SignetCertificate  *certificate,
                 GError            **error)
{
  g_autoptr (SignetKey) key = signet_cli_cmp_load_key (self, signet_cli_cmp_text (self, "key"), "keypass", error);
  g_autoptr (GPtrArray) chain = NULL;

  if (key == NULL || !check_own_chain (self, certificate, g_get_real_time () / G_USEC_PER_SEC, error))
    return FALSE;
  chain = signet_chain_order (certificate, self->untrusted);
  g_ptr_array_remove_index (chain, 0);
  self->credentials = credentials_for_key (self, key, certificate, chain, error);

  return self->credentials != NULL;
}

gboolean
signet_cli_cmp_setup_credentials (SignetCliCmp  *self,
                                  GError       **error)
{
  gboolean secret = signet_cli_cmp_given (self, "secret");
  g_autoptr (SignetCertificate) certificate = NULL;

  if (!set_digests (self, error))
    return FALSE;
  if (!secret && !signet_cli_cmp_given (self, "key") && signet_cli_cmp_flag (self, "unprotected_requests"))
    {
      self->credentials = signet_cmp_credentials_new_none ();
      return TRUE;
    }
  if (!secret && !signet_cli_cmp_given (self, "key"))
    return signet_cli_cmp_usage (error, _("Nothing is given to protect messages with: -secret, or -cert and -key, is missing"));
  if (!signet_cli_cmp_given (self, "ref") && !signet_cli_cmp_given (self, "cert") && !signet_cli_cmp_given (self, "subject"))
    return signet_cli_cmp_usage (error, _("Nothing says who asks: give -ref, -cert or -subject"));
  if (!secret && !signet_cli_cmp_given (self, "cert"))
    return signet_cli_cmp_usage (error, _("-cert and -key belong together: give both or neither"));
  if (signet_cli_cmp_given (self, "cert"))
    {
      certificate = load_own_certificate (self, error);
      if (certificate == NULL)
        return FALSE;
      if (self->reference == NULL)
        g_set_object (&self->reference, certificate);
    }
  if (!secret && self->server == NULL && self->trusted->len == 0)
    signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_WARNING, _("No answer can be believed: -secret, -trusted or -srvcert is missing"));

  return secret ? setup_secret (self, error) : setup_signature (self, certificate, error);
}
