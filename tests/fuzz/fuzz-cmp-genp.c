/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "../cmp/cmp-made.h"
#include "cmp/cmp-crl-update.h"
#include "cmp/cmp-genm.h"
#include "cmp/cmp-genp.h"
#include "cmp/cmp-recovery.h"
#include "cmp/cmp-revocation.h"
#include "cmp/cmp-root-update.h"
#include "cmp/cmp-template.h"
#include "fuzz.h"
#include "pki/pki-name.h"

/* What genp, rp and krp bring, read by every reader there is: GenRepContent; the octets as each kind of value; RevRepContent and
 * KeyRecRepContent. */

static const SignetCmpInfoType types[] = {
  SIGNET_CMP_INFO_CA_PROT_ENC_CERT, SIGNET_CMP_INFO_SIGN_KEY_PAIR_TYPES, SIGNET_CMP_INFO_PREFERRED_SYMM_ALG,
  SIGNET_CMP_INFO_CA_KEY_UPDATE_INFO, SIGNET_CMP_INFO_CURRENT_CRL, SIGNET_CMP_INFO_UNSUPPORTED_OIDS,
  SIGNET_CMP_INFO_KEY_PAIR_PARAM_REP, SIGNET_CMP_INFO_REV_PASSPHRASE, SIGNET_CMP_INFO_SUPP_LANG_TAGS, SIGNET_CMP_INFO_CA_CERTS,
  SIGNET_CMP_INFO_ROOT_CA_KEY_UPDATE, SIGNET_CMP_INFO_CERT_REQ_TEMPLATE, SIGNET_CMP_INFO_ROOT_CA_CERT, SIGNET_CMP_INFO_CRLS,
  SIGNET_CMP_INFO_KEM_CIPHERTEXT_INFO,
};

static SignetCertificate *root;
static GPtrArray *roots;
static SignetCmpGenmItem *language_question;
static SignetCmpGenmItem *parameter_question;

static void
set_up (void)
{
  static gsize done;
  static const char *const tags[] = { "de", "en", NULL };
  MadeCertificate what = { .subject = "CN=Root" };

  if (!g_once_init_enter (&done))
    return;
  what.key = made_key ();
  root = made_certificate (&what);
  EVP_PKEY_free (what.key);
  roots = g_ptr_array_new ();
  g_ptr_array_add (roots, root);
  language_question = signet_cmp_genm_ask_language (tags, NULL);
  parameter_question = signet_cmp_genm_ask_key_pair_parameters ("1.2.840.10045.2.1", NULL);
  g_assert_true (language_question != NULL && parameter_question != NULL);
  g_once_init_leave (&done, 1);
}

/* By address: the call that sets it may be an argument, too. */
static void
assert_words (gboolean  good,
              GError  **error)
{
  if (!good)
    g_assert_true (*error != NULL && g_utf8_validate ((*error)->message, -1, NULL));
  else
    g_assert_no_error (*error);
}

static void
read_template (const SignetCmpGenmItem *item)
{
  g_autoptr (SignetCmpTemplate) template = NULL;
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber,O=Example", NULL);
  SignetCmpTemplateWish wish = { .subject = subject };
  g_autoptr (SignetCmpTemplateResult) result = NULL;
  g_autofree char *words = NULL;
  g_autoptr (GError) error = NULL;
  gboolean good = signet_cmp_template_read (item, &template, &error);

  assert_words (good, &error);
  if (template == NULL)
    return;
  words = signet_cmp_template_describe (template);
  g_assert_true (words != NULL && g_utf8_validate (words, -1, NULL));
  result = signet_cmp_template_apply (template, &wish);
  g_assert_nonnull (result);
}

static void
read_root_update (const SignetCmpGenmItem *item)
{
  g_autoptr (SignetCmpRootUpdate) update = NULL;
  SignetCmpRootUpdateLinks links;
  g_autoptr (GError) error = NULL;

  assert_words (signet_cmp_root_update_read (item, &update, &error), &error);
  if (update == NULL)
    return;
  g_assert_nonnull (update->new_with_new);
  /* No key here has ever signed anything else than this root. */
  g_assert_false (signet_cmp_root_update_check (update, root, NULL, MADE_NOW, &links, NULL)
                  && (links & SIGNET_CMP_ROOT_UPDATE_NEW_WITH_OLD) != 0);
}

static void
read_lists (const SignetCmpGenmItem *item)
{
  g_autoptr (GPtrArray) crls = NULL;
  g_autoptr (GError) error = NULL;

  assert_words (signet_cmp_genp_get_crls (item, &crls, &error), &error);
  for (guint i = 0; crls != NULL && i < crls->len; i++)
    {
      g_autofree char *words = signet_cmp_crl_describe (g_ptr_array_index (crls, i), NULL);

      g_assert_true (words == NULL || g_utf8_validate (words, -1, NULL));
      g_assert_false (signet_cmp_crl_check (g_ptr_array_index (crls, i), NULL, roots, NULL, MADE_NOW, NULL));
    }
}

static void
read_certificates (const SignetCmpGenmItem *item)
{
  g_autoptr (GPtrArray) certificates = NULL;
  g_autoptr (SignetCertificate) certificate = NULL;
  g_autoptr (GError) error = NULL;

  if (item->type == SIGNET_CMP_INFO_CA_CERTS)
    assert_words (signet_cmp_genp_get_certificates (item, &certificates, &error), &error);
  else
    assert_words (signet_cmp_genp_get_certificate (item, &certificate, &error), &error);
}

static void
read_algorithms (const SignetCmpGenmItem *item)
{
  g_autoptr (GPtrArray) key_types = NULL;
  g_autoptr (GBytes) algorithm = NULL;
  g_autoptr (GBytes) ciphertext = NULL;
  g_autofree char *oid = NULL;
  g_autoptr (GError) error = NULL;

  switch ((int) item->type)
    {
    case SIGNET_CMP_INFO_PREFERRED_SYMM_ALG:
      algorithm = signet_cmp_genp_get_algorithm (item, &oid, &error);
      assert_words (algorithm != NULL, &error);
      break;
    case SIGNET_CMP_INFO_KEY_PAIR_PARAM_REP:
      assert_words (signet_cmp_genp_get_key_pair_parameters (item, parameter_question, &algorithm, &error), &error);
      break;
    case SIGNET_CMP_INFO_KEM_CIPHERTEXT_INFO:
      assert_words (signet_cmp_genp_get_kem_ciphertext (item, &algorithm, &ciphertext, &error), &error);
      break;
    default:
      key_types = signet_cmp_genp_get_key_types (item, &error);
      assert_words (key_types != NULL, &error);
      break;
    }
}

static void
read_words (const SignetCmpGenmItem *item)
{
  g_auto (GStrv) oids = NULL;
  g_autofree char *language = NULL;
  g_autoptr (GError) error = NULL;

  if (item->type == SIGNET_CMP_INFO_UNSUPPORTED_OIDS)
    {
      oids = signet_cmp_genp_get_oids (item, &error);
      assert_words (oids != NULL, &error);
    }
  else if (item->type == SIGNET_CMP_INFO_SUPP_LANG_TAGS)
    {
      language = signet_cmp_genp_get_language (item, language_question, &error);
      assert_words (language != NULL, &error);
    }
  else
    assert_words (signet_cmp_genp_check_acknowledged (item, &error), &error);
}

static void
read_item (const SignetCmpGenmItem *item)
{
  g_autofree char *words = signet_cmp_genp_describe (item);

  g_assert_true (words != NULL && g_utf8_validate (words, -1, NULL));
  switch ((int) item->type)
    {
    case SIGNET_CMP_INFO_CA_PROT_ENC_CERT:
    case SIGNET_CMP_INFO_ROOT_CA_CERT:
    case SIGNET_CMP_INFO_CA_CERTS:
      read_certificates (item);
      break;
    case SIGNET_CMP_INFO_SIGN_KEY_PAIR_TYPES:
    case SIGNET_CMP_INFO_ENC_KEY_PAIR_TYPES:
    case SIGNET_CMP_INFO_PREFERRED_SYMM_ALG:
    case SIGNET_CMP_INFO_KEY_PAIR_PARAM_REP:
    case SIGNET_CMP_INFO_KEM_CIPHERTEXT_INFO:
      read_algorithms (item);
      break;
    case SIGNET_CMP_INFO_CURRENT_CRL:
    case SIGNET_CMP_INFO_CRLS:
      read_lists (item);
      break;
    case SIGNET_CMP_INFO_CA_KEY_UPDATE_INFO:
    case SIGNET_CMP_INFO_ROOT_CA_KEY_UPDATE:
      read_root_update (item);
      break;
    case SIGNET_CMP_INFO_CERT_REQ_TEMPLATE:
      read_template (item);
      break;
    case SIGNET_CMP_INFO_UNSUPPORTED_OIDS:
    case SIGNET_CMP_INFO_SUPP_LANG_TAGS:
    case SIGNET_CMP_INFO_REV_PASSPHRASE:
      read_words (item);
      break;
    default:
      break;
    }
}

static void
read_contents (GBytes *content)
{
  g_autoptr (GPtrArray) items = NULL;
  g_autoptr (SignetCmpRecovery) recovery = NULL;
  g_autoptr (GBytes) again = NULL;
  g_autoptr (GError) error = NULL;

  items = signet_cmp_genm_decode (content, &error);
  assert_words (items != NULL, &error);
  for (guint i = 0; items != NULL && i < items->len; i++)
    read_item (g_ptr_array_index (items, i));
  if (items != NULL)
    again = signet_cmp_genm_encode (items);
  g_clear_error (&error);
  recovery = signet_cmp_recovery_read (content, &error);
  assert_words (recovery != NULL, &error);
}

static void
read_rev_rep (GBytes *content)
{
  g_autoptr (SignetCmpRevocation) revocation = signet_cmp_revocation_new (root, SIGNET_CMP_REASON_SUPERSEDED);
  g_autoptr (GPtrArray) revocations = g_ptr_array_new ();
  g_autoptr (SignetCmpRevocationAnswer) answer = NULL;
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (revocations, revocation);
  answer = signet_cmp_revocation_read (content, revocations, &error);
  assert_words (answer != NULL, &error);
  if (answer != NULL)
    {
      g_autofree char *words = signet_cmp_revocation_explain (revocation, g_ptr_array_index (answer->statuses, 0));

      g_assert_true (words != NULL && g_utf8_validate (words, -1, NULL));
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr (GBytes) octets = g_bytes_new (data, size);

  set_up ();
  read_contents (octets);
  read_rev_rep (octets);
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (SignetCmpGenmItem) item = signet_cmp_genm_item_new (types[i], octets);

      read_item (item);
    }
  return 0;
}
