/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp-made.h"
#include "cmp/cmp-announcement.h"
#include "cmp/cmp-message-private.h"
#include "cmp/cmp-protection.h"

/* Announcements as an authority makes them, right and spoilt. Certificates, lists and contents are made by libcrypto. */

#define ROOT "CN=Root"

typedef struct {
  EVP_PKEY *key;
  EVP_PKEY *new_key;
  EVP_PKEY *stranger_key;
  SignetCertificate *root;
  SignetCertificate *stranger;
  SignetCertificate *own;
  GPtrArray *own_list;
  GPtrArray *former;
  GPtrArray *crls;
  SignetCmpAnnouncementContext context;
} Fixture;

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  MadeCertificate what = { 0 };

  self->key = made_key ();
  self->new_key = made_key ();
  self->stranger_key = made_key ();
  what = (MadeCertificate) { .subject = ROOT, .key = self->key, .not_before = MADE_NOW - 100 * MADE_DAY };
  self->root = made_certificate (&what);
  what = (MadeCertificate) { .subject = "CN=Stranger", .key = self->stranger_key };
  self->stranger = made_certificate (&what);
  what = (MadeCertificate) { .subject = "CN=Maria", .issuer = ROOT, .key = self->stranger_key, .issuer_key = self->key, .end_entity = TRUE,
                             .serial = 77 };
  self->own = made_certificate (&what);
  self->own_list = g_ptr_array_new ();
  g_ptr_array_add (self->own_list, self->own);
  self->former = g_ptr_array_new_with_free_func (g_object_unref);
  self->crls = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->context.authority = signet_cmp_authority_new ();
  signet_cmp_authority_add_anchor (self->context.authority, self->root);
  self->context.former_anchors = self->former;
  self->context.own = self->own_list;
  self->context.crls = self->crls;
  self->context.now = MADE_NOW;
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  EVP_PKEY_free (self->key);
  EVP_PKEY_free (self->new_key);
  EVP_PKEY_free (self->stranger_key);
  g_clear_object (&self->root);
  g_clear_object (&self->stranger);
  g_clear_object (&self->own);
  g_clear_pointer (&self->own_list, g_ptr_array_unref);
  g_clear_pointer (&self->former, g_ptr_array_unref);
  g_clear_pointer (&self->crls, g_ptr_array_unref);
  g_clear_object (&self->context.authority);
  g_clear_object (&self->context.credentials);
}

/* @credentials: (nullable): nobody protects it. Takes @content. */
static SignetCmpMessage *
announce (Fixture              *self,
          SignetCmpBodyType     type,
          gint64                pvno,
          GBytes               *content,
          SignetCmpCredentials *credentials)
{
  g_autoptr (GBytes) body = content;
  g_autoptr (SignetCmpMessageBuilder) builder = signet_cmp_message_builder_new (pvno, type, body);
  g_autoptr (SignetCmpProtector) protector = NULL;
  g_autoptr (GPtrArray) certificates = g_ptr_array_new ();
  g_autoptr (GBytes) part = NULL;
  g_autoptr (GBytes) bits = NULL;
  g_autoptr (GError) error = NULL;
  SignetCmpMessage *message;

  signet_cmp_message_builder_set_time (builder, MADE_NOW - 60);
  if (credentials != NULL)
    {
      protector = signet_cmp_protector_new (credentials, self->context.authority, &error);
      g_assert_no_error (error);
      if (signet_cmp_credentials_get_certificate (credentials) != NULL)
        {
          signet_cmp_message_builder_set_sender (
              builder, X509_get_subject_name (signet_certificate_get_x509 (signet_cmp_credentials_get_certificate (credentials))));
          g_ptr_array_add (certificates, signet_cmp_credentials_get_certificate (credentials));
        }
      g_assert_true (signet_cmp_message_builder_set_protection_alg (builder, signet_cmp_protector_get_algorithm (protector), &error));
      part = signet_cmp_message_builder_get_protected_part (builder, &error);
      bits = signet_cmp_protector_protect (protector, part, &error);
      g_assert_no_error (error);
    }
  message = signet_cmp_message_builder_finish (builder, bits, certificates, &error);
  g_assert_no_error (error);
  return message;
}

static SignetCmpCredentials *
signer (EVP_PKEY          *key,
        SignetCertificate *certificate)
{
  g_autoptr (SignetKey) wrapped = signet_key_new_for_pkey (key);
  g_autoptr (GError) error = NULL;
  SignetCmpCredentials *credentials = signet_cmp_credentials_new_signature (wrapped, certificate, NULL, &error);

  g_assert_no_error (error);
  return credentials;
}

static SignetCmpAnnouncement *
check (Fixture          *self,
       SignetCmpMessage *message)
{
  g_autoptr (GError) error = NULL;
  SignetCmpAnnouncement *announcement = signet_cmp_announcement_check (message, &self->context, &error);

  g_assert_no_error (error);
  g_assert_nonnull (announcement);
  g_assert_cmpint (announcement->type, ==, signet_cmp_message_get_body_type (message));
  g_assert_true (announcement->authentic || !announcement->usable);
  return announcement;
}

static void
assert_explains (const SignetCmpAnnouncement *announcement,
                 const char                  *words)
{
  g_autofree char *text = signet_cmp_announcement_explain (announcement);

  if (strstr (text, words) == NULL)
    g_error ("“%s” is not in:\n%s", words, text);
}

/* The new root in either form; @linked: with newWithOld. (transfer full) */
static GBytes *
key_update (Fixture  *self,
            gboolean  version_3,
            gboolean  linked,
            EVP_PKEY *vouching)
{
  MadeCertificate new_with_new = { .subject = ROOT, .key = self->new_key };
  MadeCertificate new_with_old = { .subject = ROOT, .key = self->new_key, .issuer_key = vouching };
  MadeCertificate old_with_new = { .subject = ROOT, .key = self->key, .issuer_key = self->new_key };
  g_autoptr (SignetCertificate) first = made_certificate (&new_with_new);
  g_autoptr (SignetCertificate) second = made_certificate (&new_with_old);
  g_autoptr (SignetCertificate) third = made_certificate (&old_with_new);
  g_autoptr (GBytes) link = made_tagged (0, signet_certificate_get_der (second));
  g_autoptr (GBytes) back = made_tagged (1, signet_certificate_get_der (third));
  g_autoptr (GBytes) content = NULL;

  if (!version_3)
    return made_sequence (signet_certificate_get_der (third), signet_certificate_get_der (second), signet_certificate_get_der (first),
                          NULL);
  content = made_sequence (signet_certificate_get_der (first), linked ? link : back, NULL);
  return made_tagged (0, content);
}

static void
test_ckuann (Fixture       *self,
             gconstpointer  version_3)
{
  g_autoptr (SignetCmpCredentials) root = signer (self->key, self->root);
  gboolean is_3 = GPOINTER_TO_INT (version_3);
  g_autoptr (SignetCmpMessage) message
      = announce (self, SIGNET_CMP_BODY_CKUANN, is_3 ? 3 : 2, key_update (self, is_3, TRUE, self->key), root);
  g_autoptr (SignetCmpAnnouncement) announcement = check (self, message);

  g_assert_true (announcement->authentic && announcement->usable);
  g_assert_true (signet_certificate_equal (announcement->anchor, self->root));
  g_assert_true (signet_certificate_equal (announcement->signer, self->root));
  g_assert_cmpint (announcement->links & SIGNET_CMP_ROOT_UPDATE_NEW_WITH_OLD, !=, 0);
  g_assert_cmpuint (announcement->bad->len, ==, 0);
  g_assert_nonnull (announcement->root_update->new_with_new);
  assert_explains (announcement, "The old key vouches for the new one.");
  assert_explains (announcement, "It may be used.");
}

/* Unprotected, or by somebody else, or under a MAC that nobody here knows: read, and of no effect. */
static void
test_ckuann_by_nobody (Fixture       *self,
                       gconstpointer  data)
{
  g_autoptr (SignetCmpCredentials) stranger = signer (self->stranger_key, self->stranger);
  g_autoptr (SignetSecret) secret = signet_secret_new ("another secret", 14);
  g_autoptr (SignetCmpCredentials) mac = signet_cmp_credentials_new_mac ("4711", secret);
  SignetCmpCredentials *const cases[] = { NULL, stranger, mac };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SignetCmpMessage) message
          = announce (self, SIGNET_CMP_BODY_CKUANN, 3, key_update (self, TRUE, TRUE, self->key), cases[i]);
      g_autoptr (SignetCmpAnnouncement) announcement = check (self, message);

      g_assert_false (announcement->authentic || announcement->usable);
      g_assert_null (announcement->signer);
      g_assert_cmpuint (announcement->bad->len, >, 0);
      assert_explains (announcement, "It changes nothing.");
    }
}

static void
test_ckuann_spoilt_protection (Fixture       *self,
                               gconstpointer  data)
{
  g_autoptr (SignetCmpCredentials) root = signer (self->key, self->root);
  g_autoptr (SignetCmpMessage) message = announce (self, SIGNET_CMP_BODY_CKUANN, 3, key_update (self, TRUE, TRUE, self->key), root);
  gsize size;
  gpointer octets = g_memdup2 (g_bytes_get_data (signet_cmp_message_get_der (message), NULL),
                               g_bytes_get_size (signet_cmp_message_get_der (message)));
  g_autoptr (GBytes) spoilt = NULL;
  g_autoptr (SignetCmpMessage) changed = NULL;
  g_autoptr (SignetCmpAnnouncement) announcement = NULL;
  guint8 *found;

  size = g_bytes_get_size (signet_cmp_message_get_der (message));
  found = memmem (octets, size, "Z\xa1", 2);              /* the last octet of messageTime before protectionAlg */
  g_assert_nonnull (found);
  found[-1] ^= 1;
  spoilt = g_bytes_new_take (octets, size);
  changed = signet_cmp_message_parse (spoilt, NULL);
  g_assert_nonnull (changed);
  announcement = check (self, changed);
  g_assert_false (announcement->authentic || announcement->usable);
}

/* As for a root update that was asked for. */
static void
test_ckuann_refused (Fixture       *self,
                     gconstpointer  data)
{
  g_autoptr (SignetCmpCredentials) root = signer (self->key, self->root);
  g_autoptr (SignetCmpMessage) forged
      = announce (self, SIGNET_CMP_BODY_CKUANN, 3, key_update (self, TRUE, TRUE, self->stranger_key), root);
  g_autoptr (SignetCmpAnnouncement) announcement = check (self, forged);
  g_autoptr (SignetCmpMessage) alone = NULL;
  g_autoptr (SignetCmpAnnouncement) unlinked = NULL;
  g_autoptr (SignetCmpAnnouncement) replayed = NULL;
  g_autoptr (SignetCmpMessage) right = NULL;

  g_assert_true (announcement->authentic);
  g_assert_false (announcement->usable);
  g_assert_null (announcement->anchor);

  /* without newWithOld it is for a person to say */
  alone = announce (self, SIGNET_CMP_BODY_CKUANN, 3, key_update (self, TRUE, FALSE, self->key), root);
  unlinked = check (self, alone);
  g_assert_cmpint (unlinked->links & SIGNET_CMP_ROOT_UPDATE_NEW_WITH_OLD, ==, 0);
  assert_explains (unlinked, "compare the fingerprint");

  /* one that was replaced before does not come back */
  right = announce (self, SIGNET_CMP_BODY_CKUANN, 3, key_update (self, TRUE, TRUE, self->key), root);
  {
    g_autoptr (SignetCmpAnnouncement) first = check (self, right);

    g_ptr_array_add (self->former, g_object_ref (first->root_update->new_with_new));
  }
  replayed = check (self, right);
  g_assert_false (replayed->usable);
}

static void
test_ckuann_version (Fixture       *self,
                     gconstpointer  data)
{
  g_autoptr (SignetCmpCredentials) root = signer (self->key, self->root);
  g_autoptr (SignetCmpMessage) message = announce (self, SIGNET_CMP_BODY_CKUANN, 2, key_update (self, TRUE, TRUE, self->key), root);
  g_autoptr (SignetCmpAnnouncement) announcement = check (self, message);

  g_assert_true (announcement->usable);
  assert_explains (announcement, "the form of version 3 in a message of version 2");
}

static void
test_under_a_secret (Fixture       *self,
                     gconstpointer  data)
{
  g_autoptr (SignetSecret) secret = signet_secret_new ("a secret of some length", 23);
  g_autoptr (SignetCmpMessage) message = NULL;
  g_autoptr (SignetCmpAnnouncement) announcement = NULL;

  self->context.credentials = signet_cmp_credentials_new_mac ("4711", secret);
  message = announce (self, SIGNET_CMP_BODY_CKUANN, 3, key_update (self, TRUE, TRUE, self->key), self->context.credentials);
  announcement = check (self, message);
  g_assert_true (announcement->authentic && announcement->usable);
  g_assert_null (announcement->signer);
}

static void
test_time (Fixture       *self,
           gconstpointer  data)
{
  g_autoptr (SignetCmpCredentials) root = signer (self->key, self->root);
  g_autoptr (SignetCmpMessage) message = announce (self, SIGNET_CMP_BODY_CANN, 2, g_bytes_ref (signet_certificate_get_der (self->own)), root);
  g_autoptr (SignetCmpAnnouncement) fresh = NULL;
  g_autoptr (SignetCmpAnnouncement) old = NULL;

  signet_cmp_authority_set_time_tolerance (self->context.authority, 300);
  fresh = check (self, message);
  g_assert_true (fresh->usable);
  self->context.now += 3600;
  old = check (self, message);
  g_assert_false (old->authentic || old->usable);
}

static void
test_cann (Fixture       *self,
           gconstpointer  data)
{
  g_autoptr (SignetCmpCredentials) root = signer (self->key, self->root);
  g_autoptr (SignetCmpMessage) message = announce (self, SIGNET_CMP_BODY_CANN, 2, g_bytes_ref (signet_certificate_get_der (self->own)), root);
  g_autoptr (SignetCmpMessage) foreign
      = announce (self, SIGNET_CMP_BODY_CANN, 2, g_bytes_ref (signet_certificate_get_der (self->stranger)), root);
  g_autoptr (SignetCmpMessage) junk = announce (self, SIGNET_CMP_BODY_CANN, 2, made_octets ("3000"), root);
  g_autoptr (SignetCmpAnnouncement) announcement = check (self, message);
  g_autoptr (SignetCmpAnnouncement) other = check (self, foreign);
  g_autoptr (GError) error = NULL;

  g_assert_true (announcement->usable);
  g_assert_true (signet_certificate_equal (announcement->certificate, self->own));
  assert_explains (announcement, "announces the certificate of “CN=Maria”");
  g_assert_true (other->authentic);
  g_assert_false (other->usable);
  g_assert_null (signet_cmp_announcement_check (junk, &self->context, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CERTIFICATE);
}

/* Issuer and serial number of a certificate, and two days: (transfer full) */
static GBytes *
rev_ann (const char *issuer,
         int         serial,
         const char *when)
{
  g_autofree char *sections
      = g_strdup_printf ("[ann]\nstatus=INTEGER:4\nid=SEQUENCE:id\nat=GENTIME:%s\nsince=GENTIME:20260101000000Z\n"
                         "[id]\nissuer=EXP:4,SEQUENCE:name\nserial=INTEGER:%d\n[name]\none=SET:rdn\n[rdn]\none=SEQUENCE:cn\n"
                         "[cn]\ntype=OID:commonName\nvalue=UTF8:%s\n", when, serial, issuer);

  return made_der ("SEQUENCE:ann", sections);
}

static void
test_rann (Fixture       *self,
           gconstpointer  data)
{
  g_autoptr (SignetCmpCredentials) root = signer (self->key, self->root);
  g_autoptr (SignetCmpCredentials) stranger = signer (self->stranger_key, self->stranger);
  g_autoptr (SignetCmpMessage) message = announce (self, SIGNET_CMP_BODY_RANN, 2, rev_ann ("Root", 77, "20270201120000Z"), root);
  g_autoptr (SignetCmpMessage) other = announce (self, SIGNET_CMP_BODY_RANN, 2, rev_ann ("Root", 78, "20270201120000Z"), root);
  g_autoptr (SignetCmpMessage) false_alarm = announce (self, SIGNET_CMP_BODY_RANN, 2, rev_ann ("Root", 77, "20270201120000Z"), stranger);
  g_autoptr (SignetCmpAnnouncement) announcement = check (self, message);
  g_autoptr (SignetCmpAnnouncement) of_others = check (self, other);
  g_autoptr (SignetCmpAnnouncement) not_authentic = check (self, false_alarm);

  g_assert_true (announcement->usable);
  g_assert_true (announcement->revoked == self->own);
  g_assert_cmpint (announcement->status, ==, 4);
  g_assert_cmpstr (announcement->serial, ==, "4D");
  g_assert_cmpstr (announcement->issuer, ==, "CN=Root");
  g_assert_cmpint (announcement->will_be_revoked_at, ==, 1801483200);
  g_assert_cmpint (announcement->bad_since, ==, 1767225600);
  assert_explains (announcement, "the certificate with the number 4D of “CN=Root” is revoked as of 2027-02-01 12:00 UTC, and not to be "
                                 "relied on since 2026-01-01 00:00 UTC");
  assert_explains (announcement, "It is about your certificate “CN=Maria”.");

  g_assert_true (of_others->authentic);
  g_assert_false (of_others->usable);
  assert_explains (of_others, "no certificate of yours");
  g_assert_false (not_authentic->authentic || not_authentic->usable);
  g_assert_nonnull (not_authentic->revoked);
}

/* An authority says nothing about what another one issued. */
static void
test_rann_of_another_authority (Fixture       *self,
                                gconstpointer  data)
{
  MadeCertificate what = { .subject = "CN=Maria", .issuer = "CN=Stranger", .key = self->key, .issuer_key = self->stranger_key,
                           .end_entity = TRUE, .serial = 78 };
  g_autoptr (SignetCertificate) foreign = made_certificate (&what);
  g_autoptr (SignetCmpCredentials) root = signer (self->key, self->root);
  g_autoptr (SignetCmpMessage) message = announce (self, SIGNET_CMP_BODY_RANN, 2, rev_ann ("Stranger", 78, "20270201120000Z"), root);
  g_autoptr (SignetCmpAnnouncement) announcement = NULL;

  g_ptr_array_add (self->own_list, foreign);
  announcement = check (self, message);
  g_assert_true (announcement->revoked == foreign);
  g_assert_false (announcement->usable);
  assert_explains (announcement, "which another authority issued");
}

static void
test_crlann (Fixture       *self,
             gconstpointer  data)
{
  MadeCrl mine = { .issuer = ROOT, .issuer_key = self->key, .number = 5 };
  MadeCrl forged = { .issuer = ROOT, .issuer_key = self->stranger_key, .number = 6 };
  g_autoptr (SignetCmpCredentials) root = signer (self->key, self->root);
  g_autoptr (GBytes) good = made_crl (&mine);
  g_autoptr (GBytes) bad = made_crl (&forged);
  g_autoptr (SignetCmpMessage) message = announce (self, SIGNET_CMP_BODY_CRLANN, 2, made_sequence (good, bad, NULL), root);
  g_autoptr (SignetCmpMessage) unprotected = announce (self, SIGNET_CMP_BODY_CRLANN, 2, made_sequence (good, NULL), NULL);
  g_autoptr (SignetCmpMessage) junk = announce (self, SIGNET_CMP_BODY_CRLANN, 2, made_octets ("30020500"), root);
  g_autoptr (SignetCmpAnnouncement) announcement = check (self, message);
  g_autoptr (SignetCmpAnnouncement) unknown = check (self, unprotected);
  g_autoptr (SignetCmpAnnouncement) none = check (self, junk);
  g_autoptr (SignetCmpAnnouncement) known = NULL;

  g_assert_true (announcement->usable);
  g_assert_cmpuint (announcement->crls->len, ==, 1);
  g_assert_true (g_bytes_equal (g_ptr_array_index (announcement->crls, 0), good));
  g_assert_cmpuint (announcement->bad->len, ==, 1);
  g_assert_false (unknown->authentic || unknown->usable);
  g_assert_false (none->usable);
  g_assert_cmpuint (none->crls->len, ==, 0);

  /* one that is at hand already is no news */
  g_ptr_array_add (self->crls, g_bytes_ref (good));
  known = check (self, message);
  g_assert_false (known->usable);
  g_assert_cmpuint (known->crls->len, ==, 0);
}

static void
test_no_announcement (Fixture       *self,
                      gconstpointer  data)
{
  g_autoptr (SignetCmpMessage) message = announce (self, SIGNET_CMP_BODY_PKICONF, 2, made_octets ("0500"), NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (signet_cmp_message_is_announcement (message));
  g_assert_null (signet_cmp_announcement_check (message, &self->context, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WRONG_BODY);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, data, function) \
  g_test_add ("/cmp/announcement/" path, Fixture, data, set_up, function, tear_down)

  ADD ("ckuann/old-form/R377,R378", GINT_TO_POINTER (FALSE), test_ckuann);
  ADD ("ckuann/new-form/R377,R378", GINT_TO_POINTER (TRUE), test_ckuann);
  ADD ("ckuann/by-nobody-changes-nothing/R376", NULL, test_ckuann_by_nobody);
  ADD ("ckuann/spoilt-changes-nothing/R376", NULL, test_ckuann_spoilt_protection);
  ADD ("ckuann/checked-as-a-root-update/R378", NULL, test_ckuann_refused);
  ADD ("ckuann/new-form-in-an-old-version", NULL, test_ckuann_version);
  ADD ("under-the-shared-secret", NULL, test_under_a_secret);
  ADD ("too-old", NULL, test_time);
  ADD ("cann/R381", NULL, test_cann);
  ADD ("rann/R379", NULL, test_rann);
  ADD ("rann/of-another-authority", NULL, test_rann_of_another_authority);
  ADD ("crlann/R380", NULL, test_crlann);
  ADD ("refuses-what-is-none", NULL, test_no_announcement);

  return g_test_run ();
}
