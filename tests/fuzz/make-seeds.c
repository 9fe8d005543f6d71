/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "../cmp/cmp-corpus.h"
#include "cmp/cmp-der.h"

/* usage: make-seeds FOLDER   first inputs for the fuzz targets, by OpenSSL's generator over tests/data/asn1/types.cnf */

static void
keep (const char   *folder,
      const char   *target,
      const char   *name,
      const guint8 *data,
      gsize         size)
{
  g_autofree char *parent = g_build_filename (folder, target, NULL);
  g_autofree char *path = g_build_filename (parent, name, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (parent, 0755), ==, 0);
  g_file_set_contents (path, (const char *) data, (gssize) size, &error);
  g_assert_no_error (error);
}

/* ---- cmp-genp: one InfoTypeAndValue each ---- */

static const struct {
  guint arc;
  const char *value;
} infos[] = {
  { 1, "SEQUENCE:certificate" }, { 2, "SEQWRAP,SEQUENCE:alg_ed25519" }, { 3, "SEQWRAP,SEQUENCE:alg" }, { 4, "SEQUENCE:alg" },
  { 5, "SEQUENCE:SignetCaKeyUpdAnnContent" }, { 6, "SEQUENCE:certificate" }, { 7, "SEQUENCE:SignetUnsupportedOids" },
  { 10, "OID:1.2.840.10045.2.1" }, { 11, "SEQUENCE:alg" }, { 12, "SEQUENCE:SignetEncryptedValue.full" }, { 13, "NULL" },
  { 14, "GENTIME:20261124120000Z" }, { 15, "SEQWRAP,SEQUENCE:message" }, { 16, "SEQWRAP,UTF8:de" }, { 17, "SEQUENCE:certificates" },
  { 18, "SEQUENCE:SignetRootCaKeyUpdateContent.full" }, { 19, "SEQUENCE:SignetCertReqTemplateContent.full" },
  { 20, "SEQUENCE:certificate" }, { 21, "SEQUENCE:SignetUtf8Strings" }, { 22, "SEQUENCE:SignetCrlStatusList" },
  { 23, "SEQUENCE:certificates" }, { 24, "SEQUENCE:SignetKemCiphertextInfo" }, { 99, "INTEGER:5" },
};

static void
make_genp (CONF       *conf,
           const char *folder)
{
  for (guint i = 0; i < G_N_ELEMENTS (infos); i++)
    {
      g_autofree char *type = g_strdup_printf ("OID:1.3.6.1.5.5.7.4.%u", infos[i].arc);
      g_autofree char *name = g_strdup_printf ("info-%u.der", infos[i].arc);
      g_autofree char *value_name = g_strdup_printf ("value-%u.der", infos[i].arc);
      g_autoptr (GBytes) oid = corpus_generate (conf, type);
      g_autoptr (GBytes) value = corpus_generate (conf, infos[i].value);
      g_autoptr (GByteArray) members = g_byte_array_new ();
      g_autoptr (GByteArray) item = g_byte_array_new ();
      g_autoptr (GByteArray) list = g_byte_array_new ();

      g_byte_array_append (members, g_bytes_get_data (oid, NULL), (guint) g_bytes_get_size (oid));
      g_byte_array_append (members, g_bytes_get_data (value, NULL), (guint) g_bytes_get_size (value));
      signet_der_append (item, 0x30, members->data, members->len);
      signet_der_append (list, 0x30, item->data, item->len);
      keep (folder, "cmp-genp", name, list->data, list->len);
      keep (folder, "cmp-genp", value_name, g_bytes_get_data (value, NULL), g_bytes_get_size (value));
    }
}

/* ---- cmp-transaction: state, then kind, flags, length and content of each answer ---- */

static const struct {
  guint8 kind;
  const char *value;
} answers[] = {
  { SIGNET_CMP_BODY_IP, "SEQUENCE:SignetCertRepMessage" }, { SIGNET_CMP_BODY_CP, "SEQUENCE:ccp" },
  { SIGNET_CMP_BODY_POPDECC, "SEQUENCE:SignetPopoDecKeyChallContent" }, { SIGNET_CMP_BODY_KRP, "SEQUENCE:SignetKeyRecRepContent.full" },
  { SIGNET_CMP_BODY_RP, "SEQUENCE:SignetRevRepContent.full" }, { SIGNET_CMP_BODY_GENP, "SEQUENCE:key_spec" },
  { SIGNET_CMP_BODY_ERROR, "SEQUENCE:error" }, { SIGNET_CMP_BODY_POLLREP, "SEQUENCE:poll_rep" }, { SIGNET_CMP_BODY_PKICONF, "NULL" },
  { SIGNET_CMP_BODY_NESTED, "SEQWRAP,SEQUENCE:message" },
  /* those that the target makes itself: granted, waiting, pollRep, rejected, pkiconf, granted with changes */
  { 27, NULL }, { 28, NULL }, { 29, NULL }, { 30, NULL }, { 31, NULL }, { 32, NULL },
};

#define N_STATES 24

static void
append_answer (GByteArray *input,
               guint8      kind,
               guint8      flags,
               GBytes     *content)
{
  gsize size = content == NULL ? 0 : g_bytes_get_size (content);
  const guint8 header[] = { kind, flags, (guint8) (size >> 8), (guint8) size };

  g_byte_array_append (input, header, sizeof header);
  if (size > 0)
    g_byte_array_append (input, g_bytes_get_data (content, NULL), (guint) size);
}

static void
make_transaction (CONF       *conf,
                  const char *folder)
{
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr (GBytes) content = answers[i].value == NULL ? NULL : corpus_generate (conf, answers[i].value);
      g_autofree char *name = g_strdup_printf ("answer-%u.bin", i);
      g_autofree char *later_name = g_strdup_printf ("later-%u.bin", i);
      g_autoptr (GByteArray) input = g_byte_array_new ();
      g_autoptr (GByteArray) later = g_byte_array_new ();
      guint8 state = (guint8) (i * 7 % N_STATES);

      g_byte_array_append (input, &state, 1);
      append_answer (input, answers[i].kind, 0, content);
      append_answer (input, 31, 0, NULL);
      keep (folder, "cmp-transaction", name, input->data, input->len);
      state = (guint8) (i % N_STATES);
      g_byte_array_append (later, &state, 1);
      append_answer (later, 28, 8, NULL);
      append_answer (later, answers[i].kind, 16, content);
      append_answer (later, 27, 0, NULL);
      keep (folder, "cmp-transaction", later_name, later->data, later->len);
    }
}

int
main (int    argc,
      char **argv)
{
  CONF *conf;

  g_test_init (&argc, &argv, NULL);
  if (argc != 2)
    {
      g_printerr ("usage: make-seeds FOLDER\n");
      return 2;
    }
  conf = corpus_values_load ();
  make_genp (conf, argv[1]);
  make_transaction (conf, argv[1]);
  NCONF_free (conf);
  return 0;
}
