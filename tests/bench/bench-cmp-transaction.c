/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/cmp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <time.h>

#include "cmp/cmp-transaction.h"
#include "common/libcrypto-server.h"
#include "demo/demo-ca.h"
#include "pki/pki-name.h"

/*
 * A whole ir with certConf in memory: this engine against libcrypto's client, each with the same server (libcrypto's), the same
 * key and the same algorithms, taking turns. What counts is processor time; the server's is measured where it works and taken off. What the cryptography
 * alone costs is measured beside them, by the same calls on keys and certificates that lie ready: ours makes one key for the MACs
 * it makes and one for each it checks, libcrypto's one for each; both sign once, and check the chain's two signatures.
 */

#define ROUNDS 300
#define REFERENCE "bench"
#define SECRET "a secret of some length"
#define PBM_ITERATIONS 500              /* what libcrypto's client takes, so that the MAC costs both the same */

static SignetDemoCa *ca;
static gint64 server_time;              /* microseconds in the server since it was set to 0 */

static OSSL_CMP_PKISI *
on_request (OSSL_CMP_SRV_CTX    *server,
            const OSSL_CMP_MSG  *request,
            int                  id,
            const OSSL_CRMF_MSG *crm,
            const X509_REQ      *p10cr,
            X509               **certificate,
            STACK_OF (X509)    **chain,
            STACK_OF (X509)    **ca_pubs)
{
  *certificate = signet_demo_ca_issue (ca, OSSL_CRMF_MSG_get0_tmpl (crm), FALSE);
  *chain = sk_X509_new_null ();
  X509_up_ref (ca->issuer);
  sk_X509_push (*chain, ca->issuer);

  return OSSL_CMP_STATUSINFO_new (OSSL_CMP_PKISTATUS_accepted, 0, NULL);
}

static void
set_mac (OSSL_CMP_CTX *context)
{
  OSSL_CMP_CTX_set_option (context, OSSL_CMP_OPT_LOG_VERBOSITY, OSSL_CMP_LOG_ERR);
  OSSL_CMP_CTX_set_option (context, OSSL_CMP_OPT_OWF_ALGNID, NID_sha256);
  libcrypto_server_set_secret (context, REFERENCE, SECRET);
}

static OSSL_CMP_SRV_CTX *
make_server (void)
{
  static const LibcryptoServer callbacks = { .request = on_request };
  OSSL_CMP_SRV_CTX *server = libcrypto_server_new (&callbacks, NULL);

  set_mac (OSSL_CMP_SRV_CTX_get0_cmp_ctx (server));

  return server;
}

/* What this process has computed: others that keep the machine busy do not count. Microseconds. */
static gint64
processor_time (void)
{
  struct timespec time;

  g_assert_cmpint (clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &time), ==, 0);

  return time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

/* Octets in, octets out: what both clients see of the server. */
static GBytes *
serve (OSSL_CMP_SRV_CTX *server,
       GBytes           *request)
{
  gint64 began = processor_time ();
  GBytes *answer = libcrypto_server_answer (server, request);

  g_assert_nonnull (answer);
  server_time += processor_time () - began;

  return answer;
}

static SignetKey *
resolve (const char  *id,
         gpointer     user_data,
         GError     **error)
{
  return g_object_ref (user_data);
}

static void
run_ours (SignetKey *key,
          gboolean   saving)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber,O=Example", NULL);
  g_autoptr (SignetCmpOperation) operation = signet_cmp_operation_new (SIGNET_CMP_BODY_IR, key, subject);
  g_autoptr (SignetCmpAuthority) authority = signet_cmp_authority_new ();
  g_autoptr (SignetSecret) secret = signet_secret_new (SECRET, strlen (SECRET));
  g_autoptr (SignetCmpCredentials) credentials = signet_cmp_credentials_new_mac (REFERENCE, secret);
  g_autoptr (SignetCertificate) anchor = signet_certificate_new_for_x509 (ca->root);
  g_autoptr (SignetCmpTransaction) transaction = NULL;
  OSSL_CMP_SRV_CTX *server = make_server ();
  SignetCmpStep step = SIGNET_CMP_STEP_SEND;
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  signet_cmp_authority_set_mac (authority, SIGNET_CMP_MAC_PASSWORD_BASED);
  signet_cmp_authority_set_mac_parameters (authority, "SHA256", PBM_ITERATIONS);
  signet_cmp_authority_add_anchor (authority, anchor);
  transaction = signet_cmp_transaction_new (operation, authority, credentials, &error);
  while (step == SIGNET_CMP_STEP_SEND)
    {
      g_autoptr (GBytes) out = signet_cmp_transaction_next (transaction, now, &error);
      g_autoptr (GBytes) in = serve (server, out);

      if (!signet_cmp_transaction_receive (transaction, in, now, &step, &error))
        g_error ("%s", error->message);
      if (saving)
        {
          g_autoptr (GBytes) public_part = NULL;
          g_autoptr (SignetSecret) sealed = NULL;

          g_assert_true (signet_cmp_transaction_save (transaction, &public_part, &sealed, NULL));
          g_clear_object (&transaction);
          transaction = signet_cmp_transaction_restore (public_part, sealed, authority, credentials, resolve, key, &error);
        }
    }
  g_assert_cmpint (step, ==, SIGNET_CMP_STEP_DONE);
  OSSL_CMP_SRV_CTX_free (server);
}

static OSSL_CMP_MSG *
on_transfer (OSSL_CMP_CTX       *context,
             const OSSL_CMP_MSG *request)
{
  unsigned char *der = NULL;
  int length = i2d_OSSL_CMP_MSG (request, &der);
  g_autoptr (GBytes) octets = g_bytes_new (der, (gsize) length);
  g_autoptr (GBytes) answer = serve (OSSL_CMP_CTX_get_transfer_cb_arg (context), octets);
  const unsigned char *data = g_bytes_get_data (answer, NULL);

  OPENSSL_free (der);

  return d2i_OSSL_CMP_MSG (NULL, &data, (long) g_bytes_get_size (answer));
}

static void
run_theirs (SignetKey *key)
{
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber,O=Example", NULL);
  OSSL_CMP_CTX *context = OSSL_CMP_CTX_new (NULL, NULL);
  OSSL_CMP_SRV_CTX *server = make_server ();
  X509_STORE *trusted = X509_STORE_new ();
  EVP_PKEY *pkey = signet_key_get_pkey (key);

  set_mac (context);
  X509_STORE_add_cert (trusted, ca->root);
  OSSL_CMP_CTX_set0_trustedStore (context, trusted);
  /* The new certificate is checked against the anchor, as ours is. */
  {
    X509_STORE *out = X509_STORE_new ();

    X509_STORE_add_cert (out, ca->root);
    OSSL_CMP_CTX_set_certConf_cb (context, OSSL_CMP_certConf_cb);
    OSSL_CMP_CTX_set_certConf_cb_arg (context, out);
    EVP_PKEY_up_ref (pkey);
    OSSL_CMP_CTX_set0_newPkey (context, 1, pkey);
    OSSL_CMP_CTX_set1_subjectName (context, subject);
    OSSL_CMP_CTX_set_transfer_cb (context, on_transfer);
    OSSL_CMP_CTX_set_transfer_cb_arg (context, server);
    g_assert_nonnull (OSSL_CMP_exec_certreq (context, OSSL_CMP_IR, NULL));
    X509_STORE_free (out);
  }
  OSSL_CMP_CTX_free (context);
  OSSL_CMP_SRV_CTX_free (server);
}

/* @derivations: how many keys are made of the secret. */
static void
run_cryptography (SignetKey *key,
                  X509      *certificate,
                  guint      derivations)
{
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  EVP_MD *md = EVP_MD_fetch (NULL, "SHA256", NULL);
  EVP_PKEY *pkey = signet_key_get_pkey (key);
  guint8 part[300] = { 0 };              /* about the size of a header and a body */
  guint8 block[EVP_MAX_MD_SIZE] = { 0 };
  guint8 signature[512];
  gsize size = sizeof signature;
  guint length = sizeof block;

  for (guint i = 0; i < derivations; i++)
    for (guint j = 0; j < PBM_ITERATIONS; j++)
      {
        EVP_DigestInit_ex2 (context, j == 0 ? md : NULL, NULL);
        EVP_DigestUpdate (context, block, 32);
        EVP_DigestFinal_ex (context, block, &length);
      }
  for (guint i = 0; i < 4; i++)
    g_assert_nonnull (HMAC (md, block, 32, part, sizeof part, signature, &length));
  EVP_MD_CTX_reset (context);
  g_assert_true (EVP_DigestSignInit_ex (context, NULL, EVP_PKEY_get_id (pkey) == EVP_PKEY_ED25519 ? NULL : "SHA256", NULL, NULL,
                                        pkey, NULL));
  g_assert_true (EVP_DigestSign (context, signature, &size, part, sizeof part));
  g_assert_cmpint (X509_verify (certificate, X509_get0_pubkey (ca->issuer)), ==, 1);
  g_assert_cmpint (X509_verify (ca->issuer, X509_get0_pubkey (ca->root)), ==, 1);
  EVP_MD_free (md);
}

/* The new certificate and its issuer. */
static void
run_decoding (X509 *certificate)
{
  X509 *certificates[] = { certificate, ca->issuer };

  for (guint i = 0; i < G_N_ELEMENTS (certificates); i++)
    {
      unsigned char *der = NULL;
      int length = i2d_X509 (certificates[i], &der);
      const unsigned char *data = der;
      X509 *decoded = d2i_X509 (NULL, &data, length);

      g_assert_nonnull (decoded);
      X509_free (decoded);
      OPENSSL_free (der);
    }
}

static int
compare (gconstpointer a,
         gconstpointer b)
{
  const gint64 *left = a;
  const gint64 *right = b;

  return (*left > *right) - (*left < *right);
}

static gint64
median (GArray *times)
{
  g_array_sort (times, compare);

  return g_array_index (times, gint64, times->len / 2);
}

enum { OURS, SAVED, THEIRS, OUR_CRYPTOGRAPHY, THEIR_CRYPTOGRAPHY, DECODING, RUNS };

static void
run (guint      which,
     SignetKey *key,
     X509      *certificate)
{
  switch (which)
    {
    case THEIRS:
      run_theirs (key);
      break;
    case OUR_CRYPTOGRAPHY:
      run_cryptography (key, certificate, 3);
      break;
    case THEIR_CRYPTOGRAPHY:
      run_cryptography (key, certificate, 4);
      break;
    case DECODING:
      run_decoding (certificate);
      break;
    default:
      run_ours (key, which == SAVED);
    }
}

static void
print_figures (const char   *spec,
               const gint64 *middle)
{
  gint64 ours = middle[OURS] - middle[OUR_CRYPTOGRAPHY];
  gint64 theirs = middle[THEIRS] - middle[THEIR_CRYPTOGRAPHY];

  g_print ("%s: ir with certConf, client alone, median of %d: ours %" G_GINT64_FORMAT " µs, libcrypto's %" G_GINT64_FORMAT
           " µs, ratio %.2f; beside the cryptography %" G_GINT64_FORMAT " µs to %" G_GINT64_FORMAT
           " µs, ratio %.2f; beside the decoding of two certificates as well %" G_GINT64_FORMAT " µs to %" G_GINT64_FORMAT
           " µs, ratio %.2f; ours saved and restored between all steps: ratio %.2f\n",
           spec, ROUNDS, middle[OURS], middle[THEIRS], (double) middle[OURS] / (double) middle[THEIRS], ours, theirs,
           (double) ours / (double) theirs, ours - middle[DECODING], theirs - middle[DECODING],
           (double) (ours - middle[DECODING]) / (double) (theirs - middle[DECODING]),
           (double) middle[SAVED] / (double) middle[THEIRS]);
}

static void
measure (const char *spec)
{
  g_autoptr (SignetKey) key = signet_key_generate (spec, NULL, NULL, NULL, NULL);
  g_autoptr (X509) certificate = X509_dup (ca->issuer);
  GArray *times[RUNS];
  gint64 middle[RUNS];

  /* Any certificate of that issuer: its signature costs the same. */
  X509_set_pubkey (certificate, signet_key_get_pkey (key));
  g_assert_cmpint (X509_sign (certificate, ca->issuer_key, EVP_sha256 ()), >, 0);
  for (guint i = 0; i < RUNS; i++)
    times[i] = g_array_new (FALSE, FALSE, sizeof (gint64));
  for (guint round = 0; round < ROUNDS; round++)
    for (guint which = 0; which < RUNS; which++)
      {
        gint64 began = processor_time ();
        gint64 spent;

        server_time = 0;
        run (which, key, certificate);
        spent = processor_time () - began - server_time;
        g_array_append_val (times[which], spent);
      }
  for (guint i = 0; i < RUNS; i++)
    {
      middle[i] = median (times[i]);
      g_array_unref (times[i]);
    }
  print_figures (spec, middle);
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *folder = g_dir_make_tmp ("signet-bench-XXXXXX", NULL);
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", folder);
  g_autoptr (GError) error = NULL;

  ca = signet_demo_ca_open (folder, &error);
  g_assert_no_error (error);
  measure ("ec:P-256");
  measure ("ed25519");
  measure ("rsa:2048");
  signet_demo_ca_free (ca);

  return system (command);
}
