/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp-corpus.h"
#include "cmp/cmp-der.h"
#include "cmp/cmp-tree.h"

static void
assert_says (const char *text,
             const char *words)
{
  if (strstr (text, words) == NULL)
    g_error ("“%s” is not in:\n%s", words, text);
}

static SignetCmpMessage *
parse_hex (const char *hexadecimal)
{
  g_autoptr (GBytes) der = corpus_hex (hexadecimal);
  g_autoptr (GError) error = NULL;
  SignetCmpMessage *message = signet_cmp_message_parse (der, &error);

  g_assert_no_error (error);
  return message;
}

/* What a message of the corpus is known to say. */
typedef struct {
  const char *path;
  const char *words[10];
} PrintCase;

static const PrintCase print_cases[] = {
  { "openssl-testdata/CR_protected_PBM_1234.der",
    { "A request for a certificate (cr).", "protected by a MAC under a shared secret", "which was not checked here",
      "pvno: 2", "protectionAlg: id-PasswordBasedMAC", "certReqId: 0", "popo: signature", "transactionID: " } },
  { "openssl-testdata/IP_waitingStatus_PBM.der",
    { "The answer to a first request (ip). The authority has not decided yet.", "status: 3 (waiting)" } },
  { "openssl-testdata/IR_unprotected.der",
    { "A first request for a certificate (ir).", "It is not protected: nothing shows who sent it." } },
  { "siemens-lra-messageflows/CrDelayed/upstream_CERT_REP.PKI",
    { "The answer to a request for a certificate (cp). The authority accepted the request.", "It is signed (ecdsa-with-SHA256)",
      "extraCerts", "notAfter: ", "SHA-256: " } },
  { "siemens-lra-messageflows/CrDelayed/downstream_POLL_REP.PKI", { "It asks to come back in", "checkAfter: " } },
  { "siemens-lra-messageflows/CrDelayed/downstream_POLL_REQ.PKI", { "whether the answer is ready (pollReq)", "certReqId: 0" } },
  { "siemens-lra-messageflows/CrDelayed/downstream_CERT_CONFIRM.PKI", { "(certConf)", "certHash: " } },
  { "siemens-lra-messageflows/CrDelayed/downstream_CONFIRM.PKI", { "(pkiconf)" } },
  { "siemens-lra-messageflows/Rr/downstream_REVOCATION_REQ.PKI", { "A request to revoke a certificate (rr).", "It is about the certificate with the number", "certDetails", "serialNumber: " } },
  { "siemens-cmp-test-suite/example-response-unsupported-algo.pem",
    { "An error message (error). The authority rejected the request.", "badPOP", "PKCS#10 signature validation failed" } },
  { "siemens-cmp-test-suite/raw-cmp-request-p10cr.bin", { "(p10cr)", "publicKey: RSA" } },
  { "openssl-testdata/GENM_protected_Ed.der", { "A question to the authority (genm).", "ED25519" } },
};

static void
test_words (gconstpointer data)
{
  const PrintCase *test = data;
  g_autoptr (SignetCmpMessage) message = corpus_load_message (test->path);
  g_autofree char *text = signet_cmp_message_print (message);

  for (guint i = 0; i < G_N_ELEMENTS (test->words) && test->words[i] != NULL; i++)
    assert_says (text, test->words[i]);
}

static guint
count_nodes (GVariant *node)
{
  g_autoptr (GVariant) children = g_variant_get_child_value (node, 2);
  guint count = 1;

  for (gsize i = 0; i < g_variant_n_children (children); i++)
    {
      g_autoptr (GVariant) boxed = g_variant_get_child_value (children, i);
      g_autoptr (GVariant) child = g_variant_get_variant (boxed);

      g_assert_true (g_variant_is_of_type (child, G_VARIANT_TYPE ("(ssav)")));
      count += count_nodes (child);
    }
  return count;
}

/* Every message of the corpus has words and a tree, each line of the one is a node of the other. */
static void
test_corpus (void)
{
  g_autoptr (GPtrArray) corpus = corpus_load ();

  for (guint i = 0; i < corpus->len; i++)
    {
      const CorpusEntry *entry = g_ptr_array_index (corpus, i);
      g_autoptr (SignetCmpMessage) message = NULL;
      g_autoptr (GVariant) tree = NULL;
      g_autofree char *text = NULL;
      g_auto (GStrv) lines = NULL;

      if (g_str_equal (entry->expectation, "refused"))
        continue;
      g_test_message ("%s", entry->path);
      message = signet_cmp_message_parse (entry->octets, NULL);
      text = signet_cmp_message_print (message);
      tree = signet_cmp_message_to_tree (message);
      g_assert_true (g_utf8_validate (text, -1, NULL));
      g_assert_true (g_variant_is_normal_form (tree));
      lines = g_strsplit (text, "\n", -1);
      /* two sentences, an empty line and the end, against the root, which is not printed */
      g_assert_cmpuint (g_strv_length (lines) - 4, ==, count_nodes (tree) - 1);
      assert_says (text, "pvno: ");
    }
}

static void
test_every_body (void)
{
  for (guint tag = 0; tag <= SIGNET_CMP_BODY_LAST; tag++)
    {
      g_autofree char *hex = g_strdup_printf ("3011300b020102a4023000a4023000%02x02%s", 0xa0 + tag,
                                              tag == SIGNET_CMP_BODY_PKICONF ? "0500" : "3000");
      g_autofree char *name = g_strdup_printf ("(%s)", signet_cmp_body_type_name (tag));
      g_autoptr (GBytes) der = corpus_hex (hex);
      g_autoptr (SignetCmpMessage) message = signet_cmp_message_parse (der, NULL);
      g_autofree char *text = NULL;

      /* An empty SEQUENCE is no body of some types: those stand in the corpus. */
      if (message == NULL)
        {
          g_assert_nonnull (signet_cmp_body_item (tag));
          continue;
        }
      text = signet_cmp_message_print (message);
      assert_says (text, name);
    }
}

/* Text that would reorder the line, break it or drive a terminal. */
static void
test_hostile_text (void)
{
  /* freeText: "a", RIGHT-TO-LEFT OVERRIDE, line feed, ESC, "b" */
  g_autoptr (SignetCmpMessage) message = parse_hex ("301f3019020102a4023000a4023000a70c300a0c0861e280ae0a1b6263b3020500");
  g_autofree char *text = signet_cmp_message_print (message);

  assert_says (text, "freeText: a\xef\xbf\xbd \xef\xbf\xbd" "bc\n");
  g_assert_null (strstr (text, "\xe2\x80\xae"));
  g_assert_null (strchr (text, '\x1b'));
}

/* A mebioctet of NULLs in a crlann: what is printed stays small, and says that it is not all. */
static void
test_bound (void)
{
  g_autoptr (GByteArray) nulls = g_byte_array_new ();
  g_autoptr (GByteArray) list = g_byte_array_new ();
  g_autoptr (GBytes) content = NULL;
  g_autoptr (SignetCmpMessageBuilder) builder = NULL;
  g_autoptr (SignetCmpMessage) message = NULL;
  g_autoptr (GVariant) tree = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 500000; i++)
    signet_der_append (nulls, 0x05, NULL, 0);
  signet_der_append (list, 0x30, nulls->data, nulls->len);
  content = g_bytes_new (list->data, list->len);
  builder = signet_cmp_message_builder_new (2, SIGNET_CMP_BODY_CRLANN, content);
  message = signet_cmp_message_builder_finish (builder, NULL, NULL, &error);
  g_assert_no_error (error);
  text = signet_cmp_message_print (message);
  assert_says (text, "the rest is left out");
  g_assert_cmpuint (strlen (text), <, 200000);
  tree = signet_cmp_message_to_tree (message);
  g_assert_cmpuint (count_nodes (tree), <=, SIGNET_CMP_TREE_MAX_NODES + 2);
}

static void
test_depth (void)
{
  g_autoptr (GByteArray) value = g_byte_array_new ();
  g_autoptr (GBytes) content = NULL;
  g_autoptr (SignetCmpMessageBuilder) builder = NULL;
  g_autoptr (SignetCmpMessage) message = NULL;
  g_autoptr (GVariant) tree = NULL;
  g_autoptr (GVariant) sent = NULL;
  g_autoptr (GBytes) octets = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < SIGNET_DER_MAX_DEPTH - 4; i++)
    {
      g_autoptr (GByteArray) outer = g_byte_array_new ();

      signet_der_append (outer, 0x30, value->data, value->len);
      g_byte_array_set_size (value, 0);
      g_byte_array_append (value, outer->data, outer->len);
    }
  content = g_bytes_new (value->data, value->len);
  builder = signet_cmp_message_builder_new (2, SIGNET_CMP_BODY_CANN, content);
  message = signet_cmp_message_builder_finish (builder, NULL, NULL, &error);
  g_assert_no_error (error);
  tree = signet_cmp_message_to_tree (message);
  /* As another process would take it: GVariant has a bound on depth of its own. */
  octets = g_variant_get_data_as_bytes (tree);
  sent = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE ("(ssav)"), octets, FALSE));
  g_assert_true (g_variant_is_normal_form (sent));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (print_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/cmp/print/words/", strchr (print_cases[i].path, '/') + 1, NULL);

      g_test_add_data_func (path, &print_cases[i], test_words);
    }
  g_test_add_func ("/cmp/print/corpus", test_corpus);
  g_test_add_func ("/cmp/print/every-body", test_every_body);
  g_test_add_func ("/cmp/print/cleans-hostile-text", test_hostile_text);
  g_test_add_func ("/cmp/print/bounds-a-large-message", test_bound);
  g_test_add_func ("/cmp/print/bounds-depth", test_depth);

  return g_test_run ();
}
