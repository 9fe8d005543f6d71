/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <malloc.h>
#include <string.h>
#include <time.h>

#include "cmp/cmp-corpus.h"
#include "cmp/cmp-revocation.h"
#include "cmp/cmp-server.h"
#include "common/libcrypto-server.h"
#include "pki/pki-name.h"

/*
 * This engine's client against libcrypto's, each kind of request with each kind of protection, by the same server (libcrypto's) in
 * memory, taking turns; what counts is processor time, without the server's. Then decoding over the corpus, and what a transaction costs that waits.
 */

#define ROUNDS 60
#define DECODINGS 20
#define WAITING 2000
#define PBM_ITERATIONS 500              /* what libcrypto's client takes */
#define CA_CERTS "\x30\x0c\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x04\x11"   /* a genm for caCerts */

typedef struct
{
  const char *name;
  const char *spec;             /* of the key that is certified, and that signs where @sign */
  gboolean sign;
} Protection;

static const Protection protections[] = { { "PBM", "ec:P-256", FALSE }, { "ECDSA", "ec:P-256", TRUE }, { "RSA", "rsa:2048", TRUE } };

static const struct
{
  const char *name;
  SignetCmpBodyType body;
} kinds[] = { { "ir", SIGNET_CMP_BODY_IR }, { "kur", SIGNET_CMP_BODY_KUR }, { "rr", SIGNET_CMP_BODY_RR }, { "genm", SIGNET_CMP_BODY_GENM } };

typedef struct
{
  Peer peer;
  Server server;
  const Protection *protection;
  SignetCmpBodyType body;
  SignetKey *key;               /* that signs, and whose certificate is updated or revoked */
  SignetKey *new_key;
  SignetCertificate *certificate;
  SignetCmpCredentials *credentials;
  gint64 server_time;           /* microseconds */
} Run;

/* What this process has computed: others that keep the machine busy do not count. Microseconds. */
static gint64
processor_time (void)
{
  struct timespec time;

  g_assert_cmpint (clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &time), ==, 0);

  return time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static GBytes *
serve (Run    *run,
       GBytes *request)
{
  gint64 began = processor_time ();
  GBytes *answer = libcrypto_server_answer (run->server.context, request);

  g_assert_nonnull (answer);
  run->server.revocations = 0;
  run->server_time += processor_time () - began;

  return answer;
}

static SignetCmpOperation *
make_operation (Run *run)
{
  g_autoptr (X509_NAME) subject = NULL;
  g_autoptr (GPtrArray) revocations = NULL;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GError) error = NULL;
  SignetCmpOperation *operation = NULL;

  switch (run->body)
    {
    case SIGNET_CMP_BODY_IR:
      subject = signet_name_parse ("CN=Maria Huber,O=Example", NULL);
      return signet_cmp_operation_new (SIGNET_CMP_BODY_IR, run->new_key, subject);
    case SIGNET_CMP_BODY_KUR:
      return signet_cmp_operation_new_update (run->new_key, run->certificate);
    case SIGNET_CMP_BODY_RR:
      revocations = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_revocation_free);
      g_ptr_array_add (revocations, signet_cmp_revocation_new (run->certificate, 4));
      content = signet_cmp_revocation_encode (revocations, &error);
      operation = content != NULL ? signet_cmp_operation_new_for_content (SIGNET_CMP_BODY_RR, content, &error) : NULL;
      break;
    default:
      content = g_bytes_new_static (CA_CERTS, sizeof CA_CERTS - 1);
      operation = signet_cmp_operation_new_for_content (SIGNET_CMP_BODY_GENM, content, &error);
    }
  g_assert_no_error (error);

  return operation;
}

static void
run_ours (Run *run)
{
  g_autoptr (SignetCmpOperation) operation = make_operation (run);
  g_autoptr (SignetCmpTransaction) transaction = NULL;
  g_autoptr (GError) error = NULL;
  SignetCmpStep step = SIGNET_CMP_STEP_SEND;

  transaction = signet_cmp_transaction_new (operation, run->peer.authority, run->credentials, &error);
  g_assert_no_error (error);
  while (step == SIGNET_CMP_STEP_SEND)
    {
      g_autoptr (GBytes) out = signet_cmp_transaction_next (transaction, run->peer.now, &error);
      g_autoptr (GBytes) in = NULL;

      g_assert_no_error (error);
      in = serve (run, out);
      if (!signet_cmp_transaction_receive (transaction, in, run->peer.now, &step, &error))
        g_error ("%s", error->message);
    }
  if (step != SIGNET_CMP_STEP_DONE)
    g_error ("%s", signet_cmp_transaction_get_failure (transaction)->message);
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
set_credentials (Run          *run,
                 OSSL_CMP_CTX *context)
{
  X509_STORE *trusted = X509_STORE_new ();

  X509_STORE_add_cert (trusted, run->peer.ca->root);
  OSSL_CMP_CTX_set0_trustedStore (context, trusted);
  if (run->protection->sign)
    {
      STACK_OF (X509) *untrusted = sk_X509_new_null ();

      X509_up_ref (run->peer.ca->issuer);
      sk_X509_push (untrusted, run->peer.ca->issuer);
      OSSL_CMP_CTX_set1_untrusted (context, untrusted);
      sk_X509_pop_free (untrusted, X509_free);
      OSSL_CMP_CTX_set1_cert (context, signet_certificate_get_x509 (run->certificate));
      OSSL_CMP_CTX_set1_pkey (context, signet_key_get_pkey (run->key));
      return;
    }
  OSSL_CMP_CTX_set_option (context, OSSL_CMP_OPT_OWF_ALGNID, NID_sha256);
  OSSL_CMP_CTX_set_option (context, OSSL_CMP_OPT_MAC_ALGNID, NID_hmacWithSHA256);
  OSSL_CMP_CTX_set1_referenceValue (context, (const guint8 *) PEER_REFERENCE, strlen (PEER_REFERENCE));
  OSSL_CMP_CTX_set1_secretValue (context, (const guint8 *) PEER_SECRET, strlen (PEER_SECRET));
}

static void
request_theirs (Run          *run,
                OSSL_CMP_CTX *context)
{
  X509_STORE *out = X509_STORE_new ();
  EVP_PKEY *pkey = signet_key_get_pkey (run->new_key);
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber,O=Example", NULL);

  /* The new certificate is checked against the anchor, as ours is. */
  X509_STORE_add_cert (out, run->peer.ca->root);
  OSSL_CMP_CTX_set_certConf_cb (context, OSSL_CMP_certConf_cb);
  OSSL_CMP_CTX_set_certConf_cb_arg (context, out);
  EVP_PKEY_up_ref (pkey);
  OSSL_CMP_CTX_set0_newPkey (context, 1, pkey);
  if (run->body == SIGNET_CMP_BODY_IR)
    OSSL_CMP_CTX_set1_subjectName (context, subject);
  else
    OSSL_CMP_CTX_set1_oldCert (context, signet_certificate_get_x509 (run->certificate));
  g_assert_nonnull (OSSL_CMP_exec_certreq (context, run->body == SIGNET_CMP_BODY_IR ? OSSL_CMP_IR : OSSL_CMP_KUR, NULL));
  X509_STORE_free (out);
}

static void
run_theirs (Run *run)
{
  OSSL_CMP_CTX *context = OSSL_CMP_CTX_new (NULL, NULL);
  STACK_OF (OSSL_CMP_ITAV) *answers;

  OSSL_CMP_CTX_set_option (context, OSSL_CMP_OPT_LOG_VERBOSITY, OSSL_CMP_LOG_ERR);
  set_credentials (run, context);
  OSSL_CMP_CTX_set_transfer_cb (context, on_transfer);
  OSSL_CMP_CTX_set_transfer_cb_arg (context, run);
  switch (run->body)
    {
    case SIGNET_CMP_BODY_RR:
      OSSL_CMP_CTX_set1_oldCert (context, signet_certificate_get_x509 (run->certificate));
      OSSL_CMP_CTX_set_option (context, OSSL_CMP_OPT_REVOCATION_REASON, 4);
      g_assert_cmpint (OSSL_CMP_exec_RR_ses (context), ==, 1);
      break;
    case SIGNET_CMP_BODY_GENM:
      OSSL_CMP_CTX_push0_genm_ITAV (context, OSSL_CMP_ITAV_create (OBJ_txt2obj ("1.3.6.1.5.5.7.4.17", 1), NULL));
      answers = OSSL_CMP_exec_GENM_ses (context);
      g_assert_nonnull (answers);
      sk_OSSL_CMP_ITAV_pop_free (answers, OSSL_CMP_ITAV_free);
      break;
    default:
      request_theirs (run, context);
    }
  OSSL_CMP_CTX_free (context);
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

static void
measure (Run        *run,
         const char *name)
{
  void (*const clients[]) (Run *) = { run_ours, run_theirs };
  GArray *times[] = { g_array_new (FALSE, FALSE, sizeof (gint64)), g_array_new (FALSE, FALSE, sizeof (gint64)) };
  gint64 middle[2];

  for (guint round = 0; round < ROUNDS; round++)
    for (guint which = 0; which < 2; which++)
      {
        gint64 began = processor_time ();
        gint64 spent;

        run->server_time = 0;
        clients[which](run);
        spent = processor_time () - began - run->server_time;
        g_array_append_val (times[which], spent);
      }
  for (guint i = 0; i < 2; i++)
    {
      middle[i] = median (times[i]);
      g_array_unref (times[i]);
    }
  g_print ("%-4s %-5s client alone, median of %d: ours %" G_GINT64_FORMAT " µs, libcrypto's %" G_GINT64_FORMAT " µs, ratio %.2f\n",
           name, run->protection->name, ROUNDS, middle[0], middle[1], (double) middle[0] / (double) middle[1]);
}

static void
measure_protection (const Protection *protection)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      Run run = { .protection = protection, .body = kinds[i].body };
      g_autoptr (X509) x509 = NULL;
      g_autoptr (GPtrArray) chain = g_ptr_array_new_with_free_func (g_object_unref);
      g_autoptr (GError) error = NULL;

      peer_init (&run.peer);
      /* The server's clock is the real one. */
      run.peer.now = g_get_real_time () / G_USEC_PER_SEC;
      server_init (&run.server, &run.peer, protection->sign);
      run.key = signet_key_generate (protection->spec, NULL, NULL, NULL, NULL);
      run.new_key = signet_key_generate (protection->spec, NULL, NULL, NULL, NULL);
      x509 = peer_issue (run.peer.ca, run.key);
      run.certificate = signet_certificate_new_for_x509 (x509);
      g_ptr_array_add (chain, signet_certificate_new_for_x509 (run.peer.ca->issuer));
      signet_cmp_authority_set_mac_parameters (run.peer.authority, "SHA256", PBM_ITERATIONS);
      run.credentials = protection->sign ? signet_cmp_credentials_new_signature (run.key, run.certificate, chain, &error)
                                         : peer_mac_credentials (PEER_SECRET);
      g_assert_no_error (error);
      measure (&run, kinds[i].name);
      g_object_unref (run.credentials);
      g_object_unref (run.certificate);
      g_object_unref (run.key);
      g_object_unref (run.new_key);
      server_clear (&run.server);
      peer_clear (&run.peer);
    }
}

/* What both decode, of the corpus. */
static void
measure_decoding (void)
{
  g_autoptr (GPtrArray) corpus = corpus_load ();
  gint64 spent[2] = { 0, 0 };
  guint messages = 0;

  for (guint round = 0; round < DECODINGS; round++)
    for (guint i = 0; i < corpus->len; i++)
      {
        const CorpusEntry *entry = corpus->pdata[i];
        const guchar *data = g_bytes_get_data (entry->octets, NULL);
        g_autoptr (SignetCmpMessage) ours = NULL;
        OSSL_CMP_MSG *theirs;
        gint64 began = processor_time ();
        gint64 between;
        gint64 ended;

        if (!g_str_equal (entry->libcrypto, "ok") || g_str_equal (entry->expectation, "refused"))
          continue;
        ours = signet_cmp_message_parse (entry->octets, NULL);
        between = processor_time ();
        theirs = d2i_OSSL_CMP_MSG (NULL, &data, (long) g_bytes_get_size (entry->octets));
        ended = processor_time ();
        g_assert_true (ours != NULL && theirs != NULL);
        OSSL_CMP_MSG_free (theirs);
        spent[0] += between - began;
        spent[1] += ended - between;
        messages++;
      }
  g_print ("decoding %u messages of the corpus %d times: ours %" G_GINT64_FORMAT " µs, d2i_OSSL_CMP_MSG %" G_GINT64_FORMAT
           " µs, ratio %.2f\n",
           messages / DECODINGS, DECODINGS, spent[0], spent[1], (double) spent[0] / (double) spent[1]);
}

/* Transactions that were sent and wait, in memory and as they lie in the store. Key, authority and credentials are shared. */
static void
measure_memory (void)
{
  Run run = { .body = SIGNET_CMP_BODY_IR };
  g_autoptr (GPtrArray) waiting = g_ptr_array_new_with_free_func (g_object_unref);
  gsize saved = 0;
  gsize before;

  peer_init (&run.peer);
  run.new_key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  run.credentials = peer_mac_credentials (PEER_SECRET);
  signet_cmp_authority_set_mac (run.peer.authority, SIGNET_CMP_MAC_PASSWORD_BASED);
  signet_cmp_authority_set_mac_parameters (run.peer.authority, "SHA256", PBM_ITERATIONS);
  before = mallinfo2 ().uordblks;
  for (guint i = 0; i < WAITING; i++)
    {
      g_autoptr (SignetCmpOperation) operation = make_operation (&run);
      SignetCmpTransaction *transaction = signet_cmp_transaction_new (operation, run.peer.authority, run.credentials, NULL);
      g_autoptr (GBytes) message = signet_cmp_transaction_next (transaction, run.peer.now, NULL);

      g_assert_nonnull (message);
      g_ptr_array_add (waiting, transaction);
    }
  {
    gsize used = mallinfo2 ().uordblks - before;
    g_autoptr (GBytes) public_part = NULL;
    g_autoptr (SignetSecret) sealed = NULL;

    g_assert_true (signet_cmp_transaction_save (waiting->pdata[0], &public_part, &sealed, NULL));
    saved = g_bytes_get_size (public_part) + (sealed != NULL ? signet_secret_get_size (sealed) : 0);
    g_print ("a transaction that waits: %" G_GSIZE_FORMAT " octets in memory (of %d), %" G_GSIZE_FORMAT " octets saved\n", used / WAITING,
             WAITING, saved);
  }
  g_object_unref (run.credentials);
  g_object_unref (run.new_key);
  peer_clear (&run.peer);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (protections); i++)
    measure_protection (&protections[i]);
  measure_decoding ();
  measure_memory ();

  return 0;
}
