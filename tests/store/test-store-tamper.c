/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "store/store-fixture.h"

#include <string.h>

/* Somebody who can write the file, but has not the store key, gains nothing: each edit is found where it would count. */

static void
edit (StoreFixture *self,
      const char   *sql)
{
  store_fixture_close (self);
  store_fixture_edit (self, sql);
  store_fixture_open (self);
}

static void
assert_authority_refused (StoreFixture *self,
                          gint64        id,
                          const char   *sql)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetAuthorityRecord) before = signet_store_get_authority (self->store, id, &error);
  g_autoptr (GPtrArray) list = NULL;

  g_assert_no_error (error);
  g_assert_nonnull (before);
  edit (self, sql);
  g_assert_null (signet_store_get_authority (self->store, id, &error));
  g_assert_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_TAMPERED);
  g_assert_nonnull (strstr (error->message, "Example"));
  g_clear_error (&error);
  list = signet_store_list_authorities (self->store, &error);
  g_assert_null (list);
  g_assert_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_TAMPERED);
}

static void
test_anchor_taken_away (StoreFixture  *self,
                        gconstpointer  data)
{
  assert_authority_refused (self, store_fixture_add_authority (self, 2),
                            "DELETE FROM anchors WHERE id = (SELECT max (id) FROM anchors)");
}

static void
test_all_anchors_taken_away (StoreFixture  *self,
                             gconstpointer  data)
{
  assert_authority_refused (self, store_fixture_add_authority (self, 1), "DELETE FROM anchors");
}

static void
test_anchor_added (StoreFixture  *self,
                   gconstpointer  data)
{
  assert_authority_refused (self, store_fixture_add_authority (self, 1),
                            "INSERT INTO anchors (authority_id, der, mac) SELECT authority_id, X'3000', mac FROM anchors");
}

static void
test_anchor_of_another_authority (StoreFixture  *self,
                                  gconstpointer  data)
{
  gint64 first = store_fixture_add_authority (self, 1);
  gint64 second = store_fixture_add_authority (self, 1);
  g_autofree char *sql = g_strdup_printf ("INSERT INTO anchors (authority_id, der, mac) SELECT %" G_GINT64_FORMAT
                                          ", der, mac FROM anchors WHERE authority_id = %" G_GINT64_FORMAT,
                                          first, second);

  assert_authority_refused (self, first, sql);
}

/* One that was replaced does not come back with the MAC that it had. */
static void
test_anchor_replaced (StoreFixture  *self,
                      gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetKey) key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  g_autoptr (SignetCertificate) anchor = store_fixture_make_certificate (key);
  g_autoptr (GPtrArray) anchors = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (SignetAuthorityRecord) record = NULL;
  gint64 id = store_fixture_add_authority (self, 2);

  g_ptr_array_add (anchors, g_bytes_ref (signet_certificate_get_der (anchor)));
  edit (self, "CREATE TABLE kept AS SELECT * FROM anchors");
  store_fixture_begin (self);
  g_assert_true (signet_store_set_anchors (self->store, id, anchors, &error));
  g_assert_no_error (error);
  store_fixture_commit (self);
  record = signet_store_get_authority (self->store, id, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (record->anchors->len, ==, 1);
  g_assert_true (g_bytes_equal (record->anchors->pdata[0], anchors->pdata[0]));
  assert_authority_refused (self, id, "INSERT INTO anchors (authority_id, der, mac) SELECT authority_id, der, mac FROM kept");
}

static void
test_authority_without_mac (StoreFixture  *self,
                            gconstpointer  data)
{
  assert_authority_refused (self, store_fixture_add_authority (self, 1), "UPDATE authorities SET mac = NULL");
}

static void
test_own_changes_are_good (StoreFixture  *self,
                           gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetKey) key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  g_autoptr (SignetCertificate) anchor = store_fixture_make_certificate (key);
  gint64 id = store_fixture_add_authority (self, 1);
  g_autoptr (SignetAuthorityRecord) record = signet_store_get_authority (self->store, id, &error);
  g_autoptr (SignetAuthorityRecord) again = NULL;

  g_assert_no_error (error);
  g_free (record->url);
  record->url = g_strdup ("https://ca.example/cmp");
  store_fixture_begin (self);
  g_assert_true (signet_store_update_authority (self->store, record, &error));
  g_assert_true (signet_store_add_anchor (self->store, id, anchor, &error));
  g_assert_no_error (error);
  store_fixture_commit (self);
  store_fixture_close (self);
  store_fixture_open (self);
  again = signet_store_get_authority (self->store, id, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (again->url, ==, "https://ca.example/cmp");
  g_assert_cmpuint (again->anchors->len, ==, 2);
}

static void
test_code_of_another_authority (StoreFixture  *self,
                                gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  gint64 first = store_fixture_add_authority (self, 1);

  store_fixture_add_authority (self, 1);
  edit (self, "UPDATE authorities SET secret = (SELECT secret FROM authorities ORDER BY id DESC LIMIT 1)");
  g_assert_null (signet_store_get_authority_secret (self->store, first, &error));
  g_assert_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_TAMPERED);
}

static void
test_key_of_another_row (StoreFixture  *self,
                         gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  gint64 first = store_fixture_add_key (self);

  store_fixture_add_key (self);
  edit (self, "UPDATE keys SET sealed = (SELECT sealed FROM keys ORDER BY id DESC LIMIT 1)");
  g_assert_null (signet_store_get_key (self->store, first, &error));
  g_assert_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_TAMPERED);
}

static void
test_transaction (StoreFixture  *self,
                  gconstpointer  data)
{
  static const char *const edits[] = {
    "UPDATE requests SET transaction_public = CAST ('PUBLIC' AS BLOB) WHERE id = 1",
    "UPDATE requests SET transaction_public = X'' WHERE id = 1",
    "UPDATE requests SET transaction_sealed = (SELECT transaction_sealed FROM requests WHERE id = 2) WHERE id = 1",
    "UPDATE requests SET transaction_sealed = X'01' WHERE id = 1",
    "UPDATE requests SET transaction_sealed = X'' WHERE id = 1",
  };

  g_assert_cmpint (store_fixture_add_request (self, 1, 1), ==, 1);
  g_assert_cmpint (store_fixture_add_request (self, 1, 1), ==, 2);
  for (guint i = 0; i < G_N_ELEMENTS (edits); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) public_part = NULL;
      g_autoptr (SignetSecret) sealed_part = NULL;

      edit (self, edits[i]);
      g_assert_false (signet_store_get_transaction (self->store, 1, &public_part, &sealed_part, &error));
      g_assert_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_TAMPERED);
      g_assert_null (public_part);
      g_assert_null (sealed_part);
    }
}

/* Without its slots a store must not get a new key: the old one, and all that it sealed, would be lost for good. */
static void
test_slots_taken_away (StoreFixture  *self,
                       gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  store_fixture_add_key (self);
  store_fixture_close (self);
  store_fixture_edit (self, "DELETE FROM slots");
  self->store = signet_store_open (self->home, SIGNET_STORE_WRITE, &error);
  g_assert_no_error (error);
  g_assert_false (signet_store_unlock (self->store, self->passphrase, NULL, &error));
  g_assert_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_TAMPERED);
  g_assert_false (signet_store_is_unlocked (self->store));
}

/* Parameters that would take all memory, or make the passphrase worth nothing to stretch, are not followed. */
static void
test_slot_parameters (StoreFixture  *self,
                      gconstpointer  data)
{
  static const char *const parameters[] = {
    "(uint64 1048576, uint64 32, uint64 1, [byte 0x00])",
    "(uint64 18446744073709551615, uint64 8, uint64 1, [byte 0x00])",
    "(uint64 32768, uint64 8, uint64 4000000000, [byte 0x00])",
    "(uint64 0, uint64 8, uint64 1, [byte 0x00])",
    "nonsense",
  };

  for (guint i = 0; i < G_N_ELEMENTS (parameters); i++)
    {
      g_autofree char *sql = g_strdup_printf ("UPDATE slots SET parameters = '%s'", parameters[i]);
      g_autoptr (GError) error = NULL;

      store_fixture_close (self);
      store_fixture_edit (self, sql);
      self->store = signet_store_open (self->home, SIGNET_STORE_WRITE, &error);
      g_assert_no_error (error);
      g_assert_false (signet_store_unlock (self->store, self->passphrase, NULL, &error));
      g_assert_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_TAMPERED);
    }
}

static void
test_state_unknown (StoreFixture  *self,
                    gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  gint64 id = store_fixture_add_request (self, 1, 1);

  edit (self, "UPDATE requests SET state = 'finished'");
  g_assert_null (signet_store_get_request (self->store, id, &error));
  g_assert_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_CORRUPT);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  STORE_ADD ("/store/tamper/anchor-taken-away/R468", test_anchor_taken_away);
  STORE_ADD ("/store/tamper/all-anchors-taken-away/R468", test_all_anchors_taken_away);
  STORE_ADD ("/store/tamper/anchor-added/R468", test_anchor_added);
  STORE_ADD ("/store/tamper/anchor-of-another-authority/R468", test_anchor_of_another_authority);
  STORE_ADD ("/store/tamper/anchor-that-was-replaced/R468", test_anchor_replaced);
  STORE_ADD ("/store/tamper/authority-without-mac/R468", test_authority_without_mac);
  STORE_ADD ("/store/tamper/own-changes-are-good", test_own_changes_are_good);
  STORE_ADD ("/store/tamper/code-of-another-authority", test_code_of_another_authority);
  STORE_ADD ("/store/tamper/key-of-another-row/R469", test_key_of_another_row);
  STORE_ADD ("/store/tamper/transaction", test_transaction);
  STORE_ADD ("/store/tamper/slots-taken-away", test_slots_taken_away);
  STORE_ADD ("/store/tamper/slot-parameters", test_slot_parameters);
  STORE_ADD ("/store/tamper/state-that-is-none", test_state_unknown);

  return g_test_run ();
}
