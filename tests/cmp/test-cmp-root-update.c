/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "cmp/cmp-made.h"
#include "cmp/cmp-root-update.h"
#include "pki/pki-chain.h"

/* Roots that follow one another: RFC 9483 §4.3.2, RFC 9810 §4.4. Certificates are made by libcrypto. */

#define NAME "CN=Root"

typedef struct {
  EVP_PKEY *old_key;
  EVP_PKEY *new_key;
  EVP_PKEY *other_key;
  SignetCertificate *old;
  MadeCertificate new_with_new;
  MadeCertificate new_with_old;
  MadeCertificate old_with_new;
  gboolean without_new_with_old;
  gboolean without_old_with_new;
  GPtrArray *former;
} Case;

static void
case_init (Case     *self,
           gboolean  version_1)
{
  MadeCertificate old = { 0 };

  memset (self, 0, sizeof *self);
  self->old_key = made_key ();
  self->new_key = made_key ();
  self->other_key = made_key ();
  old = (MadeCertificate) { .subject = NAME, .key = self->old_key, .not_before = MADE_NOW - 100 * MADE_DAY, .version_1 = version_1 };
  self->old = made_certificate (&old);
  self->new_with_new = (MadeCertificate) { .subject = NAME, .key = self->new_key, .version_1 = version_1 };
  self->new_with_old = (MadeCertificate) { .subject = NAME, .key = self->new_key, .issuer_key = self->old_key, .version_1 = version_1 };
  self->old_with_new = (MadeCertificate) { .subject = NAME, .key = self->old_key, .issuer_key = self->new_key, .version_1 = version_1 };
  self->former = g_ptr_array_new_with_free_func (g_object_unref);
}

static void
case_clear (Case *self)
{
  EVP_PKEY_free (self->old_key);
  EVP_PKEY_free (self->new_key);
  EVP_PKEY_free (self->other_key);
  g_clear_object (&self->old);
  g_clear_pointer (&self->former, g_ptr_array_unref);
}

/* RootCaKeyUpdateContent of the case, read: (transfer full) */
static SignetCmpRootUpdate *
case_read (Case *self)
{
  g_autoptr (SignetCertificate) new_with_new = made_certificate (&self->new_with_new);
  g_autoptr (SignetCertificate) new_with_old = made_certificate (&self->new_with_old);
  g_autoptr (SignetCertificate) old_with_new = made_certificate (&self->old_with_new);
  g_autoptr (GBytes) second = NULL;
  g_autoptr (GBytes) third = NULL;
  g_autoptr (GBytes) value = NULL;
  g_autoptr (SignetCmpGenmItem) item = NULL;
  g_autoptr (GError) error = NULL;
  SignetCmpRootUpdate *update = NULL;

  second = made_tagged (0, signet_certificate_get_der (new_with_old));
  third = made_tagged (1, signet_certificate_get_der (old_with_new));
  value = made_sequence (signet_certificate_get_der (new_with_new), self->without_new_with_old ? third : second,
                         self->without_new_with_old || self->without_old_with_new ? NULL : third, NULL);
  item = signet_cmp_genm_item_new (SIGNET_CMP_INFO_ROOT_CA_KEY_UPDATE, value);
  g_assert_true (signet_cmp_root_update_read (item, &update, &error));
  g_assert_no_error (error);
  g_assert_nonnull (update);

  return update;
}

static gboolean
case_check (Case                      *self,
            SignetCmpRootUpdateLinks  *links,
            GError                   **error)
{
  g_autoptr (SignetCmpRootUpdate) update = case_read (self);

  return signet_cmp_root_update_check (update, self->old, self->former, MADE_NOW, links, error);
}

#define ALL_LINKS (SIGNET_CMP_ROOT_UPDATE_NEW_WITH_NEW | SIGNET_CMP_ROOT_UPDATE_NEW_WITH_OLD | SIGNET_CMP_ROOT_UPDATE_OLD_WITH_NEW)

static void
test_linked (gconstpointer version_1)
{
  Case self;
  SignetCmpRootUpdateLinks links = 0;
  g_autoptr (GError) error = NULL;

  case_init (&self, GPOINTER_TO_INT (version_1));
  g_assert_true (case_check (&self, &links, &error));
  g_assert_no_error (error);
  g_assert_cmpint (links, ==, ALL_LINKS);
  case_clear (&self);
}

/* Without newWithOld nothing vouches for the new root: the person must compare its fingerprint. */
static void
test_unlinked (void)
{
  Case self;
  SignetCmpRootUpdateLinks links = 0;

  case_init (&self, FALSE);
  self.without_new_with_old = TRUE;
  g_assert_true (case_check (&self, &links, NULL));
  g_assert_cmpint (links & SIGNET_CMP_ROOT_UPDATE_NEW_WITH_OLD, ==, 0);
  self.without_new_with_old = FALSE;
  self.without_old_with_new = TRUE;
  g_assert_true (case_check (&self, &links, NULL));
  g_assert_cmpint (links, ==, SIGNET_CMP_ROOT_UPDATE_NEW_WITH_NEW | SIGNET_CMP_ROOT_UPDATE_NEW_WITH_OLD);
  case_clear (&self);
}

typedef struct {
  const char *path;
  void (*spoil) (Case *self);
} Refusal;

static void
new_with_old_by_another (Case *self)
{
  self->new_with_old.issuer_key = self->other_key;
}

static void
new_with_old_of_another_issuer (Case *self)
{
  self->new_with_old.issuer = "CN=Other";
}

static void
new_with_old_expired (Case *self)
{
  self->new_with_old.not_after = MADE_NOW - 1;
}

static void
new_with_old_not_yet (Case *self)
{
  self->new_with_old.not_before = MADE_NOW + 60;
}

static void
new_with_old_other_subject (Case *self)
{
  self->new_with_old.subject = "CN=Other";
  self->new_with_old.issuer = NAME;
}

static void
new_with_old_other_key (Case *self)
{
  self->new_with_old.key = self->other_key;
}

static void
new_with_new_not_self_signed (Case *self)
{
  self->new_with_new.issuer_key = self->other_key;
}

static void
new_with_new_other_issuer (Case *self)
{
  self->new_with_new.issuer = "CN=Other";
}

static void
new_with_new_expired (Case *self)
{
  self->new_with_new.not_after = MADE_NOW - 1;
}

static void
new_with_new_not_yet (Case *self)
{
  self->new_with_new.not_before = MADE_NOW + 60;
}

static void
new_with_new_no_ca (Case *self)
{
  self->new_with_new.end_entity = TRUE;
}

static void
new_with_new_no_name (Case *self)
{
  self->new_with_new.subject = "";
  self->new_with_old.subject = "";
  self->new_with_old.issuer = NAME;
}

static void
new_with_new_two_names (Case *self)
{
  self->new_with_new.extensions[0] = "subjectAltName=email:a@example.org";
  self->new_with_new.extensions[1] = "issuerAltName=email:b@example.org";
}

static void
new_with_new_weak (Case *self)
{
  self->new_with_new.digest = "SHA1";
}

static void
new_with_old_weak (Case *self)
{
  self->new_with_old.digest = "SHA1";
}

static void
new_with_new_older (Case *self)
{
  self->new_with_new.not_before = MADE_NOW - 200 * MADE_DAY;
}

static void
new_is_old (Case *self)
{
  self->new_with_new.key = self->old_key;
  self->new_with_old.key = self->old_key;
}

static void
new_is_former (Case *self)
{
  MadeCertificate former = { .subject = NAME, .key = self->new_key };

  g_ptr_array_add (self->former, made_certificate (&former));
}

static void
old_with_new_by_another (Case *self)
{
  self->old_with_new.issuer_key = self->other_key;
}

static void
old_with_new_other_key (Case *self)
{
  self->old_with_new.key = self->other_key;
}

static const Refusal refusals[] = {
  { "new-with-old/signed-by-another/R271", new_with_old_by_another },
  { "new-with-old/of-another-issuer/R271", new_with_old_of_another_issuer },
  { "new-with-old/expired/R271", new_with_old_expired },
  { "new-with-old/not-valid-yet/R271", new_with_old_not_yet },
  { "new-with-old/other-subject/R271", new_with_old_other_subject },
  { "new-with-old/other-key/R272", new_with_old_other_key },
  { "new-with-old/weak-hash", new_with_old_weak },
  { "new-with-new/not-self-signed/R272", new_with_new_not_self_signed },
  { "new-with-new/issuer-is-another/R272", new_with_new_other_issuer },
  { "new-with-new/expired/R271", new_with_new_expired },
  { "new-with-new/not-valid-yet/R271", new_with_new_not_yet },
  { "new-with-new/no-authority", new_with_new_no_ca },
  { "new-with-new/no-name/R272", new_with_new_no_name },
  { "new-with-new/alternative-names-differ/R272", new_with_new_two_names },
  { "new-with-new/weak-hash", new_with_new_weak },
  { "new-with-new/older-than-the-old/R273", new_with_new_older },
  { "new-with-new/holds-the-old-key", new_is_old },
  { "new-with-new/was-replaced-before/R273", new_is_former },
  { "old-with-new/signed-by-another", old_with_new_by_another },
  { "old-with-new/other-key", old_with_new_other_key },
};

static void
test_refused (gconstpointer data)
{
  const Refusal *refusal = data;
  Case self;
  SignetCmpRootUpdateLinks links = 0;
  g_autoptr (GError) error = NULL;

  case_init (&self, FALSE);
  refusal->spoil (&self);
  g_assert_false (case_check (&self, &links, &error));
  g_assert_cmpint (error->domain, ==, SIGNET_CMP_ERROR);
  g_assert_cmpint (links, ==, 0);
  case_clear (&self);
}

/* A root without a name needs alternative names, the same for issuer and subject. */
static void
test_alternative_names (void)
{
  Case self;
  SignetCmpRootUpdateLinks links = 0;
  MadeCertificate old = { 0 };
  g_autoptr (GError) error = NULL;

  case_init (&self, FALSE);
  old = (MadeCertificate) { .subject = "", .key = self.old_key, .not_before = MADE_NOW - 100 * MADE_DAY,
                            .extensions = { "subjectAltName=critical,email:ca@example.org", "issuerAltName=email:ca@example.org" } };
  g_clear_object (&self.old);
  self.old = made_certificate (&old);
  self.without_old_with_new = TRUE;
  self.new_with_new.subject = "";
  self.new_with_old.subject = "";
  for (guint i = 0; i < 2; i++)
    {
      self.new_with_new.extensions[i] = old.extensions[i];
      self.new_with_old.extensions[i] = old.extensions[i];
    }
  self.new_with_new.extensions[0] = "subjectAltName=email:ca@example.org";
  g_assert_true (case_check (&self, &links, &error));
  g_assert_no_error (error);
  self.new_with_new.extensions[1] = NULL;
  g_assert_false (case_check (&self, &links, &error));
  case_clear (&self);
}

/* An anchor that is not self-signed is followed by one that another authority certified. */
static void
test_intermediate_anchor (void)
{
  Case self;
  SignetCmpRootUpdateLinks links = 0;
  MadeCertificate old = { 0 };
  g_autoptr (GError) error = NULL;

  case_init (&self, FALSE);
  old = (MadeCertificate) { .subject = NAME, .issuer = "CN=Above", .key = self.old_key, .issuer_key = self.other_key,
                            .not_before = MADE_NOW - 100 * MADE_DAY };
  g_clear_object (&self.old);
  self.old = made_certificate (&old);
  self.new_with_new.issuer = "CN=Above";
  self.new_with_new.issuer_key = self.other_key;
  self.without_old_with_new = TRUE;
  g_assert_true (case_check (&self, &links, &error));
  g_assert_no_error (error);
  g_assert_cmpint (links & SIGNET_CMP_ROOT_UPDATE_NEW_WITH_OLD, !=, 0);
  case_clear (&self);
}

/* An authorityKeyIdentifier with the hash of @key: (transfer full) */
static char *
authority_key_identifier (EVP_PKEY *key)
{
  g_autoptr (X509_PUBKEY) info = NULL;
  const unsigned char *octets;
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  int length;
  GString *text = g_string_new ("2.5.29.35=DER:30168014");

  g_assert_true (X509_PUBKEY_set (&info, key));
  g_assert_true (X509_PUBKEY_get0_param (NULL, &octets, &length, NULL, info));
  g_assert_true (EVP_Digest (octets, (size_t) length, hash, &size, EVP_sha1 (), NULL));
  for (guint i = 0; i < size; i++)
    g_string_append_printf (text, "%02X", hash[i]);

  return g_string_free (text, FALSE);
}

/* Who has the new root only takes what the old key signed, since the new key vouches for the old one. */
static void
test_old_by_new (void)
{
  Case self;
  g_autoptr (SignetCmpRootUpdate) update = NULL;
  g_autoptr (GPtrArray) anchors = g_ptr_array_new ();
  g_autoptr (GPtrArray) chain = NULL;
  g_autoptr (SignetCertificate) leaf = NULL;
  MadeCertificate what = { 0 };
  g_autofree char *identifier = NULL;
  g_autoptr (GError) error = NULL;

  case_init (&self, FALSE);
  self.new_with_new.extensions[0] = "subjectKeyIdentifier=hash";
  self.old_with_new.extensions[0] = "subjectKeyIdentifier=hash";
  update = case_read (&self);
  identifier = authority_key_identifier (self.old_key);
  what = (MadeCertificate) { .subject = "CN=Maria", .issuer = NAME, .key = self.other_key, .issuer_key = self.old_key, .end_entity = TRUE,
                             .extensions = { identifier } };
  leaf = made_certificate (&what);
  g_ptr_array_add (anchors, update->new_with_new);
  g_assert_null (signet_chain_build (leaf, NULL, anchors, MADE_NOW, NULL));
  g_ptr_array_add (anchors, signet_cmp_root_update_check_old (update, update->new_with_new, MADE_NOW, &error));
  g_assert_no_error (error);
  chain = signet_chain_build (leaf, NULL, anchors, MADE_NOW, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (chain->len, ==, 2);
  g_assert_null (signet_cmp_root_update_check_old (update, self.old, MADE_NOW, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED);
  case_clear (&self);
}

/* From a heap, as a certs-only file or a directory has it. */
static void
test_picked (void)
{
  Case self;
  g_autoptr (SignetCmpRootUpdate) update = NULL;
  g_autoptr (SignetCmpRootUpdate) picked = NULL;
  g_autoptr (GPtrArray) heap = g_ptr_array_new ();
  SignetCmpRootUpdateLinks links = 0;
  g_autoptr (GError) error = NULL;

  case_init (&self, FALSE);
  update = case_read (&self);
  g_ptr_array_add (heap, update->old_with_new);
  g_ptr_array_add (heap, self.old);
  g_assert_null (signet_cmp_root_update_pick (self.old, heap));
  g_ptr_array_add (heap, update->new_with_new);
  g_ptr_array_add (heap, update->new_with_old);
  picked = signet_cmp_root_update_pick (self.old, heap);
  g_assert_nonnull (picked);
  g_assert_true (picked->new_with_new == update->new_with_new);
  g_assert_true (picked->old_with_new == update->old_with_new);
  g_assert_true (signet_cmp_root_update_check (picked, self.old, NULL, MADE_NOW, &links, &error));
  g_assert_no_error (error);
  g_assert_cmpint (links, ==, ALL_LINKS);
  case_clear (&self);
}

static void
test_up_to_date (void)
{
  g_autoptr (SignetCmpGenmItem) item = signet_cmp_genm_item_new (SIGNET_CMP_INFO_ROOT_CA_KEY_UPDATE, NULL);
  SignetCmpRootUpdate *update = (gpointer) 1;
  g_autofree char *words = signet_cmp_root_update_describe (item, NULL);

  g_assert_true (signet_cmp_root_update_read (item, &update, NULL));
  g_assert_null (update);
  g_assert_cmpstr (words, ==, "The root is up to date.");
}

/* CAKeyUpdAnnContent of older authorities has another order, and all three. */
static void
test_old_form (void)
{
  Case self;
  g_autoptr (SignetCmpRootUpdate) update = NULL;
  g_autoptr (SignetCmpRootUpdate) read = NULL;
  g_autoptr (GBytes) value = NULL;
  g_autoptr (SignetCmpGenmItem) item = NULL;
  SignetCmpRootUpdateLinks links = 0;

  case_init (&self, FALSE);
  update = case_read (&self);
  value = made_sequence (signet_certificate_get_der (update->old_with_new), signet_certificate_get_der (update->new_with_old),
                         signet_certificate_get_der (update->new_with_new), NULL);
  item = signet_cmp_genm_item_new (SIGNET_CMP_INFO_CA_KEY_UPDATE_INFO, value);
  g_assert_true (signet_cmp_root_update_read (item, &read, NULL));
  g_assert_true (signet_certificate_equal (read->new_with_new, update->new_with_new));
  g_assert_true (signet_cmp_root_update_check (read, self.old, NULL, MADE_NOW, &links, NULL));
  g_assert_cmpint (links, ==, ALL_LINKS);
  case_clear (&self);
}

/* ---- out of band ---- */

static GBytes *
oob_hash (SignetCertificate *certificate,
          const char        *digest,
          gboolean           say,
          gboolean           spoil)
{
  unsigned char value[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  g_autofree char *hex = NULL;
  g_autofree char *sections = NULL;
  GString *digits = g_string_new (NULL);
  GBytes *der = signet_certificate_get_der (certificate);

  g_assert_true (EVP_Digest (g_bytes_get_data (der, NULL), g_bytes_get_size (der), value, &size, EVP_get_digestbyname (digest), NULL));
  if (spoil)
    value[0] ^= 1;
  for (guint i = 0; i < size; i++)
    g_string_append_printf (digits, "%02X", value[i]);
  hex = g_string_free (digits, FALSE);
  sections = g_strdup_printf ("[oob]\n%shash=FORMAT:HEX,BITSTRING:%s\n[alg]\noid=OID:%s\n", say ? "alg=EXP:0,SEQUENCE:alg\n" : "", hex, digest);

  return made_der ("SEQUENCE:oob", sections);
}

static void
test_oob_hash (void)
{
  Case self;
  static const struct { const char *digest; gboolean say; gboolean spoil; int code; } cases[] = {
    { "SHA256", FALSE, FALSE, -1 }, { "SHA512", TRUE, FALSE, -1 }, { "SHA384", FALSE, FALSE, -1 },
    { "SHA256", FALSE, TRUE, SIGNET_CMP_ERROR_UNTRUSTED }, { "SHA1", TRUE, FALSE, SIGNET_CMP_ERROR_WEAK },
    { "SHA1", FALSE, FALSE, SIGNET_CMP_ERROR_WEAK },
  };

  case_init (&self, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) hash = oob_hash (self.old, cases[i].digest, cases[i].say, cases[i].spoil);
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (signet_cmp_oob_hash_check (hash, self.old, &error), ==, cases[i].code == -1);
      if (cases[i].code != -1)
        g_assert_error (error, SIGNET_CMP_ERROR, cases[i].code);
    }
  case_clear (&self);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/cmp/root-update/linked/R270,R271,R262", GINT_TO_POINTER (FALSE), test_linked);
  g_test_add_data_func ("/cmp/root-update/version-1/R276", GINT_TO_POINTER (TRUE), test_linked);
  g_test_add_func ("/cmp/root-update/without-a-link-the-person-compares/R270", test_unlinked);
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autofree char *path = g_strconcat ("/cmp/root-update/refuses/", refusals[i].path, NULL);

      g_test_add_data_func (path, &refusals[i], test_refused);
    }
  g_test_add_func ("/cmp/root-update/alternative-names-in-place-of-a-name/R272", test_alternative_names);
  g_test_add_func ("/cmp/root-update/an-anchor-that-is-no-root/R277", test_intermediate_anchor);
  g_test_add_func ("/cmp/root-update/old-key-under-the-new-root/R275", test_old_by_new);
  g_test_add_func ("/cmp/root-update/picked-from-a-heap", test_picked);
  g_test_add_func ("/cmp/root-update/absent-means-up-to-date/R269", test_up_to_date);
  g_test_add_func ("/cmp/root-update/older-form/R254", test_old_form);
  g_test_add_func ("/cmp/root-update/out-of-band-hash/R279", test_oob_hash);

  return g_test_run ();
}
