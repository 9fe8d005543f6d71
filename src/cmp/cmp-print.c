/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "cmp/cmp-info.h"
#include "cmp/cmp-mac.h"
#include "cmp/cmp-print.h"
#include "cmp/cmp-signature.h"
#include "cmp/cmp-text.h"
#include "pki/pki-key.h"
#include "pki/pki-name.h"

#define OID_TEXT_SIZE 128
#define TIME_TEXT_MAX 64
#define EXTENSION_TEXT_MAX 1024

char *
signet_cmp_print_object_name (const ASN1_OBJECT *object)
{
  char text[OID_TEXT_SIZE];
  int nid = OBJ_obj2nid (object);

  if (nid != NID_undef)
    return g_strdup (OBJ_nid2ln (nid));
  OBJ_obj2txt (text, sizeof text, object, 1);
  return g_strdup (text);
}

static char *
time_text (gint64 seconds)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (seconds);

  return time == NULL ? g_strdup_printf ("%" G_GINT64_FORMAT, seconds) : g_date_time_format (time, "%Y-%m-%d %H:%M:%S UTC");
}

void
signet_cmp_print_time (SignetCmpNode   *parent,
                       const char      *name,
                       const ASN1_TIME *time)
{
  gint64 seconds;

  if (time == NULL)
    return;
  if (signet_asn1_time_to_seconds (time, &seconds))
    signet_cmp_node_add_take (parent, name, time_text (seconds));
  else
    signet_cmp_node_add_take (parent, name, signet_cmp_text_clean ((const char *) ASN1_STRING_get0_data (time),
                                                                   (gsize) ASN1_STRING_length (time), TIME_TEXT_MAX));
}

void
signet_cmp_print_text (SignetCmpNode                      *parent,
                       const char                         *name,
                       const STACK_OF (ASN1_UTF8STRING)   *text)
{
  char *words = signet_cmp_text_from_free_text (text);

  if (words != NULL)
    signet_cmp_node_add_take (parent, name, words);
}

void
signet_cmp_print_status (SignetCmpNode              *parent,
                         const char                 *name,
                         const SignetPkiStatusInfo  *info)
{
  g_autoptr (SignetCmpStatusInfo) status = info == NULL ? NULL : signet_cmp_status_info_from_asn1 (info, NULL);
  SignetCmpNode *node;

  if (info == NULL)
    return;
  node = signet_cmp_node_add (parent, name, NULL);
  if (status == NULL)
    {
      signet_cmp_node_add_number (node, "status", info->status);
      return;
    }
  signet_cmp_node_add_take (node, "status", g_strdup_printf ("%d (%s)", status->status, signet_cmp_status_name (status->status)));
  signet_cmp_print_text (node, "statusString", info->status_string);
  for (guint bit = 0; signet_cmp_fail_info_name (bit) != NULL; bit++)
    if (status->fail_info & 1u << bit)
      signet_cmp_node_add_take (node, "failInfo", g_strdup_printf ("%s: %s", signet_cmp_fail_info_name (bit),
                                                                   signet_cmp_fail_info_explain (bit)));
}

void
signet_cmp_print_algorithm (SignetCmpNode    *parent,
                            const char       *name,
                            const X509_ALGOR *algorithm)
{
  SignetCmpNode *node;
  char oid[OID_TEXT_SIZE];

  if (algorithm == NULL)
    return;
  node = signet_cmp_node_add_take (parent, name, signet_cmp_algorithm_name (algorithm));
  if (algorithm->parameter == NULL || ASN1_TYPE_get (algorithm->parameter) == V_ASN1_NULL)
    return;
  if (OBJ_obj2txt (oid, sizeof oid, algorithm->algorithm, 1) <= 0)
    oid[0] = '\0';
  signet_cmp_print_value (node, "parameters", oid, algorithm->parameter);
}

void
signet_cmp_print_object_value (SignetCmpNode     *parent,
                               const ASN1_OBJECT *type,
                               const ASN1_TYPE   *value)
{
  const char *known = signet_cmp_info_type_name (type);
  g_autofree char *label = known != NULL ? g_strdup (known) : signet_cmp_print_object_name (type);
  char oid[OID_TEXT_SIZE];

  if (value == NULL || ASN1_TYPE_get (value) == V_ASN1_NULL)
    signet_cmp_node_add (parent, label, NULL);
  else if (OBJ_obj2txt (oid, sizeof oid, type, 1) > 0)
    signet_cmp_print_value (parent, label, oid, value);
  else
    signet_cmp_node_add_any (parent, label, value);
}

void
signet_cmp_print_info (SignetCmpNode                        *parent,
                       const char                           *name,
                       const STACK_OF (SignetTypeAndValue)  *info)
{
  SignetCmpNode *node = sk_SignetTypeAndValue_num (info) > 0 ? signet_cmp_node_add (parent, name, NULL) : NULL;

  for (int i = 0; node != NULL && i < sk_SignetTypeAndValue_num (info); i++)
    {
      const SignetTypeAndValue *item = sk_SignetTypeAndValue_value (info, i);

      signet_cmp_print_object_value (node, item->type, item->value);
    }
}

void
signet_cmp_print_name (SignetCmpNode   *parent,
                       const char      *name,
                       const X509_NAME *value)
{
  if (value == NULL)
    return;
  if (X509_NAME_entry_count (value) == 0)
    signet_cmp_node_add (parent, name, _("(no name)"));
  else
    signet_cmp_node_add_take (parent, name, signet_name_print (value));
}

void
signet_cmp_print_general_name (SignetCmpNode      *parent,
                               const char         *name,
                               const GENERAL_NAME *value)
{
  if (value == NULL)
    return;
  if (value->type == GEN_DIRNAME)
    signet_cmp_print_name (parent, name, value->d.directoryName);
  else
    signet_cmp_node_add_take (parent, name, signet_alt_name_print (value));
}

void
signet_cmp_print_public_key (SignetCmpNode             *parent,
                             const char                *name,
                             const SignetPublicKeyInfo *key)
{
  g_autoptr (GBytes) der = NULL;
  g_autoptr (EVP_PKEY) pkey = NULL;
  const guint8 *data;
  gsize size;

  if (key == NULL)
    return;
  der = signet_asn1_encode (key, ASN1_ITEM_rptr (SignetPublicKeyInfo));
  data = g_bytes_get_data (der, &size);
  pkey = d2i_PUBKEY (NULL, &data, (long) size);
  ERR_clear_error ();
  if (pkey != NULL)
    {
      g_autoptr (SignetKey) public = signet_key_new_for_pkey (pkey);

      signet_cmp_node_add_take (parent, name, signet_key_spec_describe (signet_key_get_spec (public)));
    }
  else
    signet_cmp_node_add_take (parent, name, signet_cmp_print_object_name (key->algorithm->algorithm));
}

void
signet_cmp_print_certificate (SignetCmpNode     *parent,
                              const char        *name,
                              SignetCertificate *certificate)
{
  SignetCmpNode *node = signet_cmp_node_add (parent, name, signet_certificate_get_subject (certificate));
  GPtrArray *alt_names = signet_certificate_get_alt_names (certificate);
  g_autofree char *fingerprint = signet_fingerprint_format (signet_certificate_get_fingerprint (certificate));

  signet_cmp_node_add (node, "issuer", signet_certificate_get_issuer (certificate));
  signet_cmp_node_add (node, "serialNumber", signet_certificate_get_serial (certificate));
  signet_cmp_node_add_take (node, "notBefore", time_text (signet_certificate_get_not_before (certificate)));
  signet_cmp_node_add_take (node, "notAfter", time_text (signet_certificate_get_not_after (certificate)));
  signet_cmp_node_add_take (node, "publicKey", signet_key_spec_describe (signet_certificate_get_key_spec (certificate)));
  for (guint i = 0; alt_names != NULL && i < alt_names->len; i++)
    {
      const SignetAltName *alt_name = g_ptr_array_index (alt_names, i);

      signet_cmp_node_add_take (node, "subjectAltName", g_strdup_printf ("%s:%s", alt_name->type, alt_name->value));
    }
  signet_cmp_node_add (node, "SHA-256", fingerprint);
}

void
signet_cmp_print_certificate_any (SignetCmpNode   *parent,
                                  const char      *name,
                                  const ASN1_TYPE *any)
{
  g_autoptr (GBytes) der = NULL;
  g_autoptr (SignetCertificate) certificate = NULL;

  if (any == NULL)
    return;
  der = signet_asn1_encode (any, ASN1_ITEM_rptr (ASN1_ANY));
  if (der != NULL)
    certificate = signet_certificate_new_from_der (der, NULL);
  if (certificate != NULL)
    signet_cmp_print_certificate (parent, name, certificate);
  else
    signet_cmp_node_add_any (parent, name, any);
}

void
signet_cmp_print_extensions (SignetCmpNode                      *parent,
                             const STACK_OF (X509_EXTENSION)    *extensions)
{
  for (int i = 0; parent != NULL && i < sk_X509_EXTENSION_num (extensions); i++)
    {
      X509_EXTENSION *extension = sk_X509_EXTENSION_value (extensions, i);
      const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data (extension);
      g_autofree char *label = signet_cmp_print_object_name (X509_EXTENSION_get_object (extension));
      g_autoptr (BIO) bio = BIO_new (BIO_s_mem ());
      SignetCmpNode *node;
      char *text;
      long size;

      if (ASN1_STRING_length (value) <= EXTENSION_TEXT_MAX && X509V3_EXT_print (bio, extension, 0, 0) == 1
          && (size = BIO_get_mem_data (bio, &text)) > 0)
        node = signet_cmp_node_add_take (parent, label, signet_cmp_text_clean (text, (gsize) size, EXTENSION_TEXT_MAX));
      else
        node = signet_cmp_node_add_string (parent, label, value);
      ERR_clear_error ();
      if (X509_EXTENSION_get_critical (extension))
        signet_cmp_node_add (node, "critical", NULL);
    }
}

/* Under a MAC it is the reference that the person knows, otherwise a hash. */
static void
print_key_id (SignetCmpNode           *parent,
              const char              *name,
              const ASN1_OCTET_STRING *kid)
{
  gboolean text = kid != NULL && ASN1_STRING_length (kid) > 0;

  for (int i = 0; text && i < ASN1_STRING_length (kid); i++)
    text = g_ascii_isprint ((char) ASN1_STRING_get0_data (kid)[i]);
  if (text)
    signet_cmp_node_add_take (parent, name, g_strdup_printf ("“%.*s”", ASN1_STRING_length (kid),
                                                             (const char *) ASN1_STRING_get0_data (kid)));
  else
    signet_cmp_node_add_string (parent, name, kid);
}

static void
print_header (SignetCmpNode         *parent,
              const SignetPkiHeader *header)
{
  SignetCmpNode *node = signet_cmp_node_add (parent, "header", NULL);

  signet_cmp_node_add_number (node, "pvno", header->pvno);
  signet_cmp_print_general_name (node, "sender", header->sender);
  signet_cmp_print_general_name (node, "recipient", header->recipient);
  signet_cmp_print_time (node, "messageTime", header->message_time);
  signet_cmp_print_algorithm (node, "protectionAlg", header->protection_alg);
  print_key_id (node, "senderKID", header->sender_kid);
  print_key_id (node, "recipKID", header->recip_kid);
  signet_cmp_node_add_string (node, "transactionID", header->transaction_id);
  signet_cmp_node_add_string (node, "senderNonce", header->sender_nonce);
  signet_cmp_node_add_string (node, "recipNonce", header->recip_nonce);
  signet_cmp_print_text (node, "freeText", header->free_text);
  signet_cmp_print_info (node, "generalInfo", header->general_info);
}

static void
print_parts (SignetCmpNode    *node,
             SignetCmpMessage *self)
{
  GBytes *protection = signet_cmp_message_get_protection (self);
  GPtrArray *certificates = signet_cmp_message_get_extra_certs (self);
  SignetCmpNode *list;

  print_header (node, signet_cmp_message_get_header (self));
  signet_cmp_print_body (node, self);
  if (protection != NULL)
    signet_cmp_node_add_octets (node, "protection", g_bytes_get_data (protection, NULL), g_bytes_get_size (protection));
  list = certificates->len > 0 ? signet_cmp_node_add (node, "extraCerts", NULL) : NULL;
  for (guint i = 0; list != NULL && i < certificates->len; i++)
    signet_cmp_print_certificate (list, "certificate", g_ptr_array_index (certificates, i));
}

void
signet_cmp_print_message (SignetCmpNode    *parent,
                          SignetCmpMessage *message)
{
  SignetCmpNode *node
      = signet_cmp_node_add (parent, "PKIMessage", signet_cmp_body_type_name (signet_cmp_message_get_body_type (message)));

  if (node != NULL)
    print_parts (node, message);
}

static SignetCmpNode *
make_tree (SignetCmpMessage *self)
{
  SignetCmpNode *root = signet_cmp_node_new ("PKIMessage", signet_cmp_body_type_name (signet_cmp_message_get_body_type (self)));

  print_parts (root, self);
  return root;
}

static char *
protection_words (SignetCmpMessage *self)
{
  const X509_ALGOR *algorithm = signet_cmp_message_get_protection_alg (self);
  g_autofree char *name = NULL;

  if (algorithm == NULL || signet_cmp_message_get_protection (self) == NULL)
    return g_strdup (_("It is not protected: nothing shows who sent it."));
  name = signet_cmp_algorithm_name (algorithm);
  if (signet_cmp_mac_get_kind (algorithm) == SIGNET_CMP_MAC_KIND_NONE)
    return g_strdup_printf (_("It is signed (%s); whether the signature is right was not checked here."), name);
  return g_strdup_printf (_("It is protected by a MAC under a shared secret (%s), which was not checked here."), name);
}

/**
 * signet_cmp_message_print:
 * @self: a message
 *
 * Returns: (transfer full): what it says in sentences, then each field on a line of its own; bounded whatever its size
 */
char *
signet_cmp_message_print (SignetCmpMessage *self)
{
  g_autoptr (SignetCmpNode) tree = NULL;
  g_autofree char *body = NULL;
  g_autofree char *protection = NULL;
  GString *text;

  g_return_val_if_fail (SIGNET_IS_CMP_MESSAGE (self), NULL);

  tree = make_tree (self);
  body = signet_cmp_print_body_words (self);
  protection = protection_words (self);
  text = g_string_new (NULL);
  g_string_append_printf (text, "%s\n%s\n\n", body, protection);
  signet_cmp_node_print (tree, text);
  return g_string_free (text, FALSE);
}

GVariant *
signet_cmp_message_to_tree (SignetCmpMessage *self)
{
  g_autoptr (SignetCmpNode) tree = NULL;

  g_return_val_if_fail (SIGNET_IS_CMP_MESSAGE (self), NULL);

  tree = make_tree (self);
  return g_variant_ref_sink (signet_cmp_node_to_variant (tree));
}
