/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/crmf.h>
#include <openssl/x509v3.h>

#include "cmp/cmp-genm-item.h"
#include "common/extension.h"
#include "common/libcrypto-server.h"
#include "demo/demo-reply.h"
#include "worker-peer.h"

#define YEAR (365 * 24 * 60 * 60)

static X509 *
new_certificate (const X509_NAME *subject,
                 const X509_NAME *issuer,
                 EVP_PKEY        *key)
{
  static long serial = 1000;
  X509 *certificate = X509_new ();

  X509_set_version (certificate, 2);
  ASN1_INTEGER_set (X509_get_serialNumber (certificate), ++serial);
  X509_set_subject_name (certificate, subject);
  X509_set_issuer_name (certificate, issuer);
  X509_set_pubkey (certificate, key);
  ASN1_TIME_set (X509_getm_notBefore (certificate), WORKER_FIXTURE_START - YEAR);
  ASN1_TIME_set (X509_getm_notAfter (certificate), WORKER_FIXTURE_START + YEAR);

  return certificate;
}

static X509 *
make_anchor (EVP_PKEY *key)
{
  X509_NAME *name = X509_NAME_new ();
  X509 *anchor;

  X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_UTF8, (const guchar *) "Test Authority", -1, -1, 0);
  anchor = new_certificate (name, name, key);
  X509_NAME_free (name);
  add_extension (anchor, anchor, NID_basic_constraints, "critical,CA:TRUE");
  add_extension (anchor, anchor, NID_key_usage, "critical,keyCertSign,cRLSign,digitalSignature");
  add_extension (anchor, anchor, NID_subject_key_identifier, "hash");
  g_assert_cmpint (X509_sign (anchor, key, EVP_sha256 ()), >, 0);

  return anchor;
}

/* publicKey [6] of a certTemplate, for which libcrypto 3.0 has no function: RFC 4211 §5. */
static EVP_PKEY *
wanted_key (const OSSL_CRMF_CERTTEMPLATE *wanted)
{
  guchar *der = NULL;
  int length = i2d_OSSL_CRMF_CERTTEMPLATE (wanted, &der);
  const guchar *p = der;
  const guchar *end = der + length;
  EVP_PKEY *key = NULL;
  long size;
  int tag;
  int class;

  ASN1_get_object (&p, &size, &tag, &class, length);
  while (p < end)
    {
      const guchar *element = p;

      ASN1_get_object (&p, &size, &tag, &class, end - p);
      if (tag == 6)
        {
          g_autofree guchar *copy = g_memdup2 (element, (gsize) (p + size - element));
          const guchar *start = copy;
          X509_PUBKEY *found;

          copy[0] = V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED;
          found = d2i_X509_PUBKEY (NULL, &start, p + size - element);
          key = X509_PUBKEY_get (found);
          X509_PUBKEY_free (found);
        }
      p += size;
    }
  OPENSSL_free (der);
  g_assert_nonnull (key);

  return key;
}

static X509 *
issue (WorkerPeer          *self,
       const OSSL_CRMF_MSG *request)
{
  OSSL_CRMF_CERTTEMPLATE *wanted = OSSL_CRMF_MSG_get0_tmpl (request);
  g_autoptr (EVP_PKEY) key = wanted_key (wanted);
  X509_NAME *other = X509_NAME_new ();
  X509_EXTENSIONS *extensions = OSSL_CRMF_CERTTEMPLATE_get0_extensions (wanted);
  X509 *certificate;

  X509_NAME_add_entry_by_txt (other, "CN", MBSTRING_UTF8, (const guchar *) "Somebody Else", -1, -1, 0);
  certificate = new_certificate (self->changes ? other : OSSL_CRMF_CERTTEMPLATE_get0_subject (wanted),
                                 X509_get_subject_name (self->anchor), key);
  X509_NAME_free (other);
  for (int i = 0; extensions != NULL && i < sk_X509_EXTENSION_num (extensions); i++)
    X509_add_ext (certificate, sk_X509_EXTENSION_value (extensions, i), -1);
  add_extension (certificate, self->anchor, NID_authority_key_identifier, "keyid:always");
  g_assert_cmpint (X509_sign (certificate, self->key, EVP_sha256 ()), >, 0);
  self->issued++;

  return certificate;
}

static OSSL_CMP_PKISI *
on_request (OSSL_CMP_SRV_CTX    *context,
            const OSSL_CMP_MSG  *message,
            int                  request_id,
            const OSSL_CRMF_MSG *request,
            const X509_REQ      *pkcs10,
            X509               **certificate,
            STACK_OF (X509)    **chain,
            STACK_OF (X509)    **ca_pubs)
{
  WorkerPeer *self = OSSL_CMP_SRV_CTX_get0_custom_ctx (context);

  if (self->waited < self->polls && self->held == NULL)
    {
      self->held = OSSL_CMP_MSG_dup (message);
      return OSSL_CMP_STATUSINFO_new (OSSL_CMP_PKISTATUS_waiting, self->waits_with_reason ? 1 << self->fail_bit : 0,
                                      "A person has to look at this");
    }
  if (self->rejects)
    return OSSL_CMP_STATUSINFO_new (OSSL_CMP_PKISTATUS_rejection, 1 << self->fail_bit, "We do not know you");
  *certificate = issue (self, request);
  if (self->sends_root)
    {
      X509 *root = self->other_root != NULL ? self->other_root : self->anchor;

      *ca_pubs = sk_X509_new_null ();
      X509_up_ref (root);
      sk_X509_push (*ca_pubs, root);
    }

  return OSSL_CMP_STATUSINFO_new (self->changes ? OSSL_CMP_PKISTATUS_grantedWithMods : OSSL_CMP_PKISTATUS_accepted, 0, NULL);
}

static int
on_poll (OSSL_CMP_SRV_CTX   *context,
         const OSSL_CMP_MSG *message,
         int                 request_id,
         OSSL_CMP_MSG      **held,
         int64_t            *check_after)
{
  WorkerPeer *self = OSSL_CMP_SRV_CTX_get0_custom_ctx (context);

  *held = NULL;
  *check_after = self->check_after;
  if (self->held == NULL)
    return 0;
  if (++self->waited >= self->polls)
    {
      *held = g_steal_pointer (&self->held);
      self->polls = 0;
    }

  return 1;
}

static int
on_confirmation (OSSL_CMP_SRV_CTX         *context,
                 const OSSL_CMP_MSG       *message,
                 int                       request_id,
                 const ASN1_OCTET_STRING  *hash,
                 const OSSL_CMP_PKISI     *status)
{
  ((WorkerPeer *) OSSL_CMP_SRV_CTX_get0_custom_ctx (context))->confirmed++;

  return 1;
}

static int
on_log (const char        *function,
        const char        *file,
        int                line,
        OSSL_CMP_severity  level,
        const char        *words)
{
  g_debug ("%s", words);

  return 1;
}

/* The items are put in afterwards: libcrypto's own are of another kind in each of its releases. */
static int
on_general (OSSL_CMP_SRV_CTX               *context,
            const OSSL_CMP_MSG             *request,
            const STACK_OF (OSSL_CMP_ITAV) *questions,
            STACK_OF (OSSL_CMP_ITAV)      **answers)
{
  WorkerPeer *self = OSSL_CMP_SRV_CTX_get0_custom_ctx (context);

  *answers = NULL;

  return self->general_type != NULL;
}

static GBytes *
general_answer (WorkerPeer *self,
                GBytes     *message)
{
  SignetDemoCa ca = { .root = self->anchor, .issuer = self->anchor, .issuer_key = self->key };
  g_autoptr (SignetCmpMessage) request = signet_cmp_message_parse (message, NULL);
  g_autoptr (GBytes) secret = g_bytes_new_static (WORKER_PEER_SECRET, strlen (WORKER_PEER_SECRET));
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_genm_item_free);
  g_autoptr (GBytes) value = NULL;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GError) error = NULL;
  GBytes *answer;

  if (self->general_value != NULL)
    {
      long size = 0;
      guchar *der = OPENSSL_hexstr2buf (self->general_value, &size);

      value = g_bytes_new (der, (gsize) size);
      OPENSSL_free (der);
    }
  g_ptr_array_add (items, signet_cmp_genm_item_new_raw (self->general_type, value, &error));
  g_assert_no_error (error);
  content = signet_cmp_genm_encode (items);
  answer = signet_demo_reply_general (&ca, WORKER_PEER_REFERENCE, secret, request, content, &error);
  g_assert_no_error (error);

  return answer;
}

GBytes *
worker_peer_answer (WorkerPeer *self,
                    GBytes     *message)
{
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (SignetCmpMessage) response = NULL;

  OSSL_CMP_SRV_CTX_set_grant_implicit_confirm (self->cmp, self->implicit);
  answer = libcrypto_server_answer (self->cmp, message);
  response = answer != NULL ? signet_cmp_message_parse (answer, NULL) : NULL;
  if (response != NULL && signet_cmp_message_get_body_type (response) == SIGNET_CMP_BODY_GENP)
    return general_answer (self, message);

  return g_steal_pointer (&answer);
}

static void
on_post (SoupServer        *server,
         SoupServerMessage *message,
         const char        *path,
         GHashTable        *query,
         gpointer           user_data)
{
  WorkerPeer *self = user_data;
  g_autoptr (GBytes) body = soup_message_body_flatten (soup_server_message_get_request_body (message));
  g_autoptr (GBytes) answer = NULL;

  g_ptr_array_add (self->posts, g_bytes_ref (body));
  if (self->hook != NULL && self->hook (self, message, self->posts->len, self->hook_data))
    return;
  answer = worker_peer_answer (self, body);
  if (answer == NULL)
    {
      soup_server_message_set_status (message, SOUP_STATUS_INTERNAL_SERVER_ERROR, NULL);
      return;
    }
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "application/pkixcmp", SOUP_MEMORY_COPY, g_bytes_get_data (answer, NULL),
                                    g_bytes_get_size (answer));
}

WorkerPeer *
worker_peer_new (void)
{
  static const LibcryptoServer callbacks = { .request = on_request, .general = on_general, .confirmation = on_confirmation, .poll = on_poll };
  WorkerPeer *self = g_new0 (WorkerPeer, 1);
  OSSL_CMP_CTX *context;
  g_autoptr (GError) error = NULL;
  GSList *uris;

  self->implicit = TRUE;
  self->posts = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->key = EVP_EC_gen ("P-256");
  self->anchor = make_anchor (self->key);
  self->cmp = libcrypto_server_new (&callbacks, self);
  context = OSSL_CMP_SRV_CTX_get0_cmp_ctx (self->cmp);
  libcrypto_server_set_secret (context, WORKER_PEER_REFERENCE, WORKER_PEER_SECRET);
  OSSL_CMP_CTX_set_log_cb (context, on_log);

  self->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (self->server, NULL, on_post, self, NULL);
  soup_server_listen_local (self->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (self->server);
  self->url = g_uri_to_string (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);

  return self;
}

void
worker_peer_free (WorkerPeer *self)
{
  soup_server_disconnect (self->server);
  g_object_unref (self->server);
  OSSL_CMP_SRV_CTX_free (self->cmp);
  OSSL_CMP_MSG_free (self->held);
  X509_free (self->anchor);
  EVP_PKEY_free (self->key);
  g_ptr_array_unref (self->posts);
  g_free (self->url);
  g_free (self);
}

void
worker_peer_use_signatures (WorkerPeer *self)
{
  OSSL_CMP_CTX *context = OSSL_CMP_SRV_CTX_get0_cmp_ctx (self->cmp);
  X509_STORE *trusted = X509_STORE_new ();

  X509_STORE_add_cert (trusted, self->anchor);
  X509_VERIFY_PARAM_set_time (X509_STORE_get0_param (trusted), WORKER_FIXTURE_START);
  OSSL_CMP_CTX_set0_trustedStore (context, trusted);
  OSSL_CMP_CTX_set1_secretValue (context, NULL, 0);
  OSSL_CMP_CTX_set1_referenceValue (context, NULL, 0);
  OSSL_CMP_CTX_set1_cert (context, self->anchor);
  OSSL_CMP_CTX_set1_pkey (context, self->key);
}

GBytes *
worker_peer_get_anchor (WorkerPeer *self)
{
  guchar *der = NULL;
  int length = i2d_X509 (self->anchor, &der);
  GBytes *bytes = g_bytes_new (der, (gsize) length);

  OPENSSL_free (der);

  return bytes;
}

GVariant *
worker_peer_settings (WorkerPeer *self)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GBytes) anchor = worker_peer_get_anchor (self);
  GVariant *anchors[] = { g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, anchor, TRUE) };

  g_variant_dict_insert (&dict, "name", "s", "Test Authority");
  g_variant_dict_insert (&dict, "url", "s", self->url);
  g_variant_dict_insert (&dict, "reference", "s", WORKER_PEER_REFERENCE);
  g_variant_dict_insert (&dict, "mac", "s", "password-based");
  g_variant_dict_insert (&dict, "timeout", "u", 3);
  g_variant_dict_insert_value (&dict, "anchors", g_variant_new_array (G_VARIANT_TYPE_BYTESTRING, anchors, 1));

  return g_variant_dict_end (&dict);
}
