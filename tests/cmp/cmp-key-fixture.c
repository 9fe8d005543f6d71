/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp-key-fixture.h"

static const PartyUsage ca_usage = { .key_usage = "keyCertSign,cRLSign", .ca = TRUE };
static const PartyUsage kga_usage = { .key_usage = "digitalSignature", .extended_key_usage = "1.3.6.1.5.5.7.3.32" };
static const PartyUsage plain_usage = { .key_usage = "digitalSignature" };
static const PartyUsage encipher = { .key_usage = "digitalSignature,keyEncipherment" };

void
key_fixture_set_up (KeyFixture    *self,
                    gconstpointer  data)
{
  self->root = party_new ("ec:P-256", "Root", NULL, ca_usage);
  self->kga = party_new ("ec:P-256", "Key generation", self->root, kga_usage);
  self->recipient = party_new ("rsa:2048", "Recipient", self->root, encipher);
  self->made = party_new ("ec:P-256", "Maria Huber", self->root, plain_usage);
  self->key = self->made->key;
  self->authority = signet_cmp_authority_new ();
  signet_cmp_authority_add_anchor (self->authority, self->root->certificate);
  self->source = (SignetCmpKeySource) { .authority = self->authority, .now = g_get_real_time () / G_USEC_PER_SEC };
}

void
key_fixture_tear_down (KeyFixture    *self,
                       gconstpointer  data)
{
  party_free (self->root);
  party_free (self->kga);
  party_free (self->recipient);
  party_free (self->made);
  g_object_unref (self->authority);
}

SignetSecret *
key_fixture_secret (GBytes *octets)
{
  return signet_secret_new (g_bytes_get_data (octets, NULL), g_bytes_get_size (octets));
}

SignetSecret *
key_fixture_sign (KeyFixture   *self,
                  const Party  *signer,
                  const EVP_MD *digest,
                  guint         flags)
{
  g_autoptr (SignetSecret) package = kit_key_package (self->key, 1, 1);
  g_autoptr (GBytes) octets = kit_sign (package, KEY_FIXTURE_PACKAGE, signer, digest, flags);

  return key_fixture_secret (octets);
}

void
key_fixture_opens (KeyFixture   *self,
                   SignetSecret *signed_data,
                   const char   *remark)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) remarks = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (SignetKey) key = signet_cmp_key_package_open (signed_data, &self->source, remarks, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (signet_key_get_id (key), ==, signet_key_get_id (self->key));
  if (remark == NULL)
    g_assert_cmpuint (remarks->len, ==, 0);
  else
    {
      g_assert_cmpuint (remarks->len, >=, 1);
      g_assert_nonnull (strstr (g_ptr_array_index (remarks, 0), remark));
    }
}

void
key_fixture_refuses (KeyFixture   *self,
                     SignetSecret *signed_data,
                     int           code,
                     const char   *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetKey) key = signet_cmp_key_package_open (signed_data, &self->source, NULL, &error);

  g_assert_null (key);
  g_assert_error (error, SIGNET_CMP_ERROR, code);
  if (strstr (error->message, words) == NULL)
    g_error ("“%s” has no “%s”", error->message, words);
  g_assert_cmpuint (ERR_peek_error (), ==, 0);
}

SignetSignerInfo *
key_fixture_signer (SignetSignedData *signed_data)
{
  return sk_SignetSignerInfo_value (signed_data->signer_infos, 0);
}

SignetSecret *
key_fixture_edit (SignetSecret   *content,
                  KeyFixtureEdit  edit)
{
  gsize size;
  const guint8 *octets = signet_secret_get_data (content, &size);
  g_autoptr (SignetSignedData) decoded = d2i_SignetSignedData (NULL, &octets, (long) size);
  unsigned char *encoded = NULL;
  int length;
  SignetSecret *result;

  g_assert_nonnull (decoded);
  edit (decoded);
  length = i2d_SignetSignedData (decoded, &encoded);
  result = signet_secret_new (encoded, length);
  OPENSSL_free (encoded);
  return result;
}

static void
edit_content (SignetSignedData *signed_data)
{
  ASN1_OCTET_STRING *content = signed_data->encap_content_info->e_content;

  content->data[content->length - 1] ^= 1;
}

SignetSecret *
key_fixture_spoil (SignetSecret *content)
{
  return key_fixture_edit (content, edit_content);
}
