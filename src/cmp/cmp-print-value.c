/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "cmp/cmp-info.h"
#include "cmp/cmp-print.h"
#include "cmp/cmp-text.h"

/* Deeper than this a value is shown without its type, so that values inside values inside messages come to an end. */
#define MAX_TYPED_DEPTH 16

typedef void (*PrintFunc) (SignetCmpNode *node, gconstpointer value);

/* ---- certificates and revocation lists ---- */

static void
print_crl (SignetCmpNode  *parent,
           const char     *name,
           const X509_CRL *crl)
{
  SignetCmpNode *node = signet_cmp_node_add (parent, name, NULL);
  g_autoptr (ASN1_INTEGER) number = X509_CRL_get_ext_d2i (crl, NID_crl_number, NULL, NULL);
  int revoked = sk_X509_REVOKED_num (X509_CRL_get_REVOKED ((X509_CRL *) crl));

  signet_cmp_print_name (node, "issuer", X509_CRL_get_issuer (crl));
  signet_cmp_print_time (node, "thisUpdate", X509_CRL_get0_lastUpdate (crl));
  signet_cmp_print_time (node, "nextUpdate", X509_CRL_get0_nextUpdate (crl));
  signet_cmp_node_add_number (node, "cRLNumber", number);
  signet_cmp_node_add_take (node, "revokedCertificates", g_strdup_printf ("%d", MAX (revoked, 0)));
  ERR_clear_error ();
}

static void
print_crl_any (SignetCmpNode   *parent,
               const char      *name,
               const ASN1_TYPE *any)
{
  g_autoptr (X509_CRL) crl = signet_asn1_decode_any (any, ASN1_ITEM_rptr (X509_CRL));

  ERR_clear_error ();
  if (crl != NULL)
    print_crl (parent, name, crl);
  else
    signet_cmp_node_add_any (parent, name, any);
}

void
signet_cmp_print_certificates (SignetCmpNode              *parent,
                               const char                 *name,
                               const STACK_OF (ASN1_TYPE) *certificates)
{
  for (int i = 0; !signet_cmp_node_is_full (parent) && i < sk_ASN1_TYPE_num (certificates); i++)
    signet_cmp_print_certificate_any (parent, name, sk_ASN1_TYPE_value (certificates, i));
}

void
signet_cmp_print_crls (SignetCmpNode              *parent,
                       const char                 *name,
                       const STACK_OF (ASN1_TYPE) *crls)
{
  for (int i = 0; !signet_cmp_node_is_full (parent) && i < sk_ASN1_TYPE_num (crls); i++)
    print_crl_any (parent, name, sk_ASN1_TYPE_value (crls, i));
}

void
signet_cmp_print_ca_key_upd_ann (SignetCmpNode                  *node,
                                 const SignetCaKeyUpdAnnContent *content)
{
  signet_cmp_print_certificate_any (node, "oldWithNew", content->old_with_new);
  signet_cmp_print_certificate_any (node, "newWithOld", content->new_with_old);
  signet_cmp_print_certificate_any (node, "newWithNew", content->new_with_new);
}

void
signet_cmp_print_root_ca_key_update (SignetCmpNode                      *node,
                                     const SignetRootCaKeyUpdateContent *content)
{
  signet_cmp_print_certificate_any (node, "newWithNew", content->new_with_new);
  signet_cmp_print_certificate_any (node, "newWithOld", content->new_with_old);
  signet_cmp_print_certificate_any (node, "oldWithNew", content->old_with_new);
}

void
signet_cmp_print_cert_id (SignetCmpNode      *parent,
                          const char         *name,
                          const SignetCertId *id)
{
  SignetCmpNode *node = signet_cmp_node_add (parent, name, NULL);

  signet_cmp_print_general_name (node, "issuer", id->issuer);
  signet_cmp_node_add_number (node, "serialNumber", id->serial_number);
}

static void
print_one_certificate (SignetCmpNode *node,
                       gconstpointer  value)
{
  signet_cmp_print_certificate_any (node, "certificate", value);
}

static void
print_several_certificates (SignetCmpNode *node,
                            gconstpointer  value)
{
  signet_cmp_print_certificates (node, "certificate", value);
}

static void
print_one_crl (SignetCmpNode *node,
               gconstpointer  value)
{
  print_crl_any (node, "CertificateList", value);
}

static void
print_several_crls (SignetCmpNode *node,
                    gconstpointer  value)
{
  signet_cmp_print_crls (node, "CertificateList", value);
}

static void
print_key_update (SignetCmpNode *node,
                  gconstpointer  value)
{
  signet_cmp_print_ca_key_upd_ann (node, value);
}

static void
print_root_update (SignetCmpNode *node,
                   gconstpointer  value)
{
  signet_cmp_print_root_ca_key_update (node, value);
}

/* ---- information ---- */

static void
print_one_algorithm (SignetCmpNode *node,
                     gconstpointer  value)
{
  signet_cmp_print_algorithm (node, "algorithm", value);
}

static void
print_algorithms (SignetCmpNode *node,
                  gconstpointer  value)
{
  const STACK_OF (X509_ALGOR) *algorithms = value;

  for (int i = 0; !signet_cmp_node_is_full (node) && i < sk_X509_ALGOR_num (algorithms); i++)
    signet_cmp_print_algorithm (node, "algorithm", sk_X509_ALGOR_value (algorithms, i));
}

static void
print_object (SignetCmpNode *node,
              gconstpointer  value)
{
  const char *known = signet_cmp_info_type_name (value);

  signet_cmp_node_add_take (node, "OBJECT IDENTIFIER", known != NULL ? g_strdup (known) : signet_cmp_print_object_name (value));
}

static void
print_objects (SignetCmpNode *node,
               gconstpointer  value)
{
  const SignetUnsupportedOids *objects = value;

  for (int i = 0; !signet_cmp_node_is_full (node) && i < sk_ASN1_OBJECT_num (objects); i++)
    print_object (node, sk_ASN1_OBJECT_value (objects, i));
}

static void
print_time (SignetCmpNode *node,
            gconstpointer  value)
{
  signet_cmp_print_time (node, "time", value);
}

static void
print_string (SignetCmpNode *node,
              gconstpointer  value)
{
  const ASN1_UTF8STRING *text = value;

  signet_cmp_node_add_take (node, "UTF8String", signet_cmp_text_clean ((const char *) ASN1_STRING_get0_data (text),
                                                                       (gsize) ASN1_STRING_length (text), SIGNET_CMP_TEXT_MAX));
}

static void
print_strings (SignetCmpNode *node,
               gconstpointer  value)
{
  const SignetUtf8Strings *strings = value;

  for (int i = 0; !signet_cmp_node_is_full (node) && i < sk_ASN1_UTF8STRING_num (strings); i++)
    print_string (node, sk_ASN1_UTF8STRING_value (strings, i));
}

/* A shared secret (RFC 4211 §6.1, §6.2) is in no window and no log. */
static void
print_secret (SignetCmpNode *node,
              gconstpointer  value)
{
  int size = ASN1_STRING_length (value);

  signet_cmp_node_add_take (node, "UTF8String", g_strdup_printf (ngettext ("a secret of %d octet, which is not shown",
                                                                           "a secret of %d octets, which is not shown",
                                                                           (gulong) size), size));
}

static void
print_messages (SignetCmpNode *node,
                gconstpointer  value)
{
  const STACK_OF (ASN1_TYPE) *messages = value;

  for (int i = 0; !signet_cmp_node_is_full (node) && i < sk_ASN1_TYPE_num (messages); i++)
    {
      g_autoptr (GBytes) der = signet_asn1_any_get_der (sk_ASN1_TYPE_value (messages, i));
      g_autoptr (SignetCmpMessage) message = der == NULL ? NULL : signet_cmp_message_parse (der, NULL);

      if (message != NULL)
        signet_cmp_print_message (node, message);
      else
        signet_cmp_node_add_any (node, "PKIMessage", sk_ASN1_TYPE_value (messages, i));
    }
}

static void
print_request_template (SignetCmpNode *node,
                        gconstpointer  value)
{
  const SignetCertReqTemplateContent *content = value;

  signet_cmp_print_template (node, "certTemplate", content->cert_template);
  signet_cmp_print_info (node, "keySpec", content->key_spec);
}

static void
print_general_names (SignetCmpNode       *node,
                     const char          *name,
                     const GENERAL_NAMES *names)
{
  for (int i = 0; !signet_cmp_node_is_full (node) && i < sk_GENERAL_NAME_num (names); i++)
    signet_cmp_print_general_name (node, name, sk_GENERAL_NAME_value (names, i));
}

static void
print_crl_status (SignetCmpNode         *parent,
                  const SignetCrlStatus *status)
{
  SignetCmpNode *node = signet_cmp_node_add (parent, "CRLStatus", NULL);
  X509_NAME *relative;

  if (status->source->type == 1)
    print_general_names (node, "issuer", status->source->value.issuer);
  else if (status->source->value.dpn->type == 0)
    print_general_names (node, "dpn", status->source->value.dpn->name.fullname);
  else
    {
      relative = X509_NAME_new ();
      for (int i = 0; i < sk_X509_NAME_ENTRY_num (status->source->value.dpn->name.relativename); i++)
        X509_NAME_add_entry (relative, sk_X509_NAME_ENTRY_value (status->source->value.dpn->name.relativename, i), -1, 0);
      signet_cmp_print_name (node, "dpn", relative);
      X509_NAME_free (relative);
    }
  signet_cmp_print_time (node, "thisUpdate", status->this_update);
}

static void
print_crl_statuses (SignetCmpNode *node,
                    gconstpointer  value)
{
  const SignetCrlStatusList *list = value;

  for (int i = 0; !signet_cmp_node_is_full (node) && i < sk_SignetCrlStatus_num (list); i++)
    print_crl_status (node, sk_SignetCrlStatus_value (list, i));
}

static void
print_kem_ciphertext (SignetCmpNode *node,
                      gconstpointer  value)
{
  const SignetKemCiphertextInfo *info = value;

  signet_cmp_print_algorithm (node, "kem", info->kem);
  signet_cmp_node_add_string (node, "ct", info->ct);
}

static void
print_encrypted (SignetCmpNode *node,
                 gconstpointer  value)
{
  signet_cmp_print_encrypted_key (node, "EncryptedKey", value);
}

/* ---- controls and regInfo ---- */

static const char *
choice_name (const ASN1_INTEGER *number,
             const char *const  *names,
             guint               n_names)
{
  gint64 value;

  return signet_asn1_get_int64 (number, &value) && value >= 0 && value < (gint64) n_names ? names[value] : NULL;
}

static void
add_choice (SignetCmpNode      *node,
            const char         *name,
            const ASN1_INTEGER *number,
            const char *const  *names,
            guint               n_names)
{
  const char *known = choice_name (number, names, n_names);

  if (known != NULL)
    signet_cmp_node_add (node, name, known);
  else
    signet_cmp_node_add_number (node, name, number);
}

static void
print_publication (SignetCmpNode *node,
                   gconstpointer  value)
{
  static const char *const actions[] = { "dontPublish", "pleasePublish" };
  static const char *const methods[] = { "dontCare", "x500", "web", "ldap" };
  const SignetPkiPublicationInfo *info = value;

  add_choice (node, "action", info->action, actions, G_N_ELEMENTS (actions));
  for (int i = 0; !signet_cmp_node_is_full (node) && i < sk_SignetSinglePubInfo_num (info->pub_infos); i++)
    {
      const SignetSinglePubInfo *single = sk_SignetSinglePubInfo_value (info->pub_infos, i);

      add_choice (node, "pubMethod", single->pub_method, methods, G_N_ELEMENTS (methods));
      signet_cmp_print_general_name (node, "pubLocation", single->pub_location);
    }
}

static void
print_archive_options (SignetCmpNode *node,
                       gconstpointer  value)
{
  const SignetPkiArchiveOptions *options = value;

  if (options->type == 0)
    signet_cmp_print_encrypted_key (node, "encryptedPrivKey", options->value.encrypted_priv_key);
  else if (options->type == 1)
    signet_cmp_node_add_string (node, "keyGenParameters", options->value.key_gen_parameters);
  else
    signet_cmp_node_add (node, "archiveRemGenPrivKey", options->value.archive_rem_gen_priv_key ? "TRUE" : "FALSE");
}

static void
print_old_cert_id (SignetCmpNode *node,
                   gconstpointer  value)
{
  signet_cmp_print_cert_id (node, "CertId", value);
}

static void
print_key (SignetCmpNode *node,
           gconstpointer  value)
{
  signet_cmp_print_public_key (node, "SubjectPublicKeyInfo", value);
}

static void
print_attribute (SignetCmpNode *node,
                 gconstpointer  value)
{
  const SignetTypeAndValue *attribute = value;

  signet_cmp_print_object_value (node, attribute->type, attribute->value);
}

static void
print_number (SignetCmpNode *node,
              gconstpointer  value)
{
  signet_cmp_node_add_number (node, "INTEGER", value);
}

static void
print_request (SignetCmpNode *node,
               gconstpointer  value)
{
  signet_cmp_print_cert_request (node, value);
}

/* ---- parameters of algorithms ---- */

static void
print_pbm (SignetCmpNode *node,
           gconstpointer  value)
{
  const SignetPbmParameter *parameter = value;

  signet_cmp_node_add_string (node, "salt", parameter->salt);
  signet_cmp_print_algorithm (node, "owf", parameter->owf);
  signet_cmp_node_add_number (node, "iterationCount", parameter->iteration_count);
  signet_cmp_print_algorithm (node, "mac", parameter->mac);
}

static void
print_pbmac1 (SignetCmpNode *node,
              gconstpointer  value)
{
  const SignetPbmac1Params *parameters = value;

  signet_cmp_print_algorithm (node, "keyDerivationFunc", parameters->key_derivation_func);
  signet_cmp_print_algorithm (node, "messageAuthScheme", parameters->message_auth_scheme);
}

static void
print_pbkdf2 (SignetCmpNode *node,
              gconstpointer  value)
{
  const PBKDF2PARAM *parameter = value;

  if (ASN1_TYPE_get (parameter->salt) == V_ASN1_OCTET_STRING)
    signet_cmp_node_add_string (node, "salt", parameter->salt->value.octet_string);
  else
    signet_cmp_node_add_any (node, "salt", parameter->salt);
  signet_cmp_node_add_number (node, "iterationCount", parameter->iter);
  signet_cmp_node_add_number (node, "keyLength", parameter->keylength);
  signet_cmp_print_algorithm (node, "prf", parameter->prf);
}

static void
print_dhbm (SignetCmpNode *node,
            gconstpointer  value)
{
  const SignetDhbmParameter *parameter = value;

  signet_cmp_print_algorithm (node, "owf", parameter->owf);
  signet_cmp_print_algorithm (node, "mac", parameter->mac);
}

static void
print_kem_bm (SignetCmpNode *node,
              gconstpointer  value)
{
  const SignetKemBmParameter *parameter = value;

  signet_cmp_print_algorithm (node, "kdf", parameter->kdf);
  signet_cmp_node_add_string (node, "kemContext", parameter->kem_context);
  signet_cmp_node_add_number (node, "len", parameter->len);
  signet_cmp_print_algorithm (node, "mac", parameter->mac);
}

static void
print_pss (SignetCmpNode *node,
           gconstpointer  value)
{
  const RSA_PSS_PARAMS *parameters = value;

  signet_cmp_print_algorithm (node, "hashAlgorithm", parameters->hashAlgorithm);
  signet_cmp_print_algorithm (node, "maskGenAlgorithm", parameters->maskGenAlgorithm);
  signet_cmp_node_add_number (node, "saltLength", parameters->saltLength);
  signet_cmp_node_add_number (node, "trailerField", parameters->trailerField);
}

static const struct {
  const char *oid;
  ASN1_ITEM_EXP *item;
  PrintFunc print;
} printers[] = {
  { SIGNET_OID_IT "1", ASN1_ITEM_ref (ASN1_ANY), print_one_certificate },
  { SIGNET_OID_IT "2", ASN1_ITEM_ref (X509_ALGORS), print_algorithms },
  { SIGNET_OID_IT "3", ASN1_ITEM_ref (X509_ALGORS), print_algorithms },
  { SIGNET_OID_IT "4", ASN1_ITEM_ref (X509_ALGOR), print_one_algorithm },
  { SIGNET_OID_IT "5", ASN1_ITEM_ref (SignetCaKeyUpdAnnContent), print_key_update },
  { SIGNET_OID_IT "6", ASN1_ITEM_ref (ASN1_ANY), print_one_crl },
  { SIGNET_OID_IT "7", ASN1_ITEM_ref (SignetUnsupportedOids), print_objects },
  { SIGNET_OID_IT "10", ASN1_ITEM_ref (ASN1_OBJECT), print_object },
  { SIGNET_OID_IT "11", ASN1_ITEM_ref (X509_ALGOR), print_one_algorithm },
  { SIGNET_OID_IT "12", ASN1_ITEM_ref (ASN1_ANY), print_encrypted },
  { SIGNET_OID_IT "14", ASN1_ITEM_ref (ASN1_GENERALIZEDTIME), print_time },
  { SIGNET_OID_IT "15", ASN1_ITEM_ref (ASN1_SEQUENCE_ANY), print_messages },
  { SIGNET_OID_IT "16", ASN1_ITEM_ref (SignetUtf8Strings), print_strings },
  { SIGNET_OID_IT "17", ASN1_ITEM_ref (ASN1_SEQUENCE_ANY), print_several_certificates },
  { SIGNET_OID_IT "18", ASN1_ITEM_ref (SignetRootCaKeyUpdateContent), print_root_update },
  { SIGNET_OID_IT "19", ASN1_ITEM_ref (SignetCertReqTemplateContent), print_request_template },
  { SIGNET_OID_IT "20", ASN1_ITEM_ref (ASN1_ANY), print_one_certificate },
  { SIGNET_OID_IT "21", ASN1_ITEM_ref (SignetUtf8Strings), print_strings },
  { SIGNET_OID_IT "22", ASN1_ITEM_ref (SignetCrlStatusList), print_crl_statuses },
  { SIGNET_OID_IT "23", ASN1_ITEM_ref (ASN1_SEQUENCE_ANY), print_several_crls },
  { SIGNET_OID_IT "24", ASN1_ITEM_ref (SignetKemCiphertextInfo), print_kem_ciphertext },
  { SIGNET_OID_REG_TOKEN, ASN1_ITEM_ref (ASN1_UTF8STRING), print_secret },
  { SIGNET_OID_AUTHENTICATOR, ASN1_ITEM_ref (ASN1_UTF8STRING), print_secret },
  { SIGNET_OID_PKI_PUBLICATION_INFO, ASN1_ITEM_ref (SignetPkiPublicationInfo), print_publication },
  { SIGNET_OID_PKI_ARCHIVE_OPTIONS, ASN1_ITEM_ref (SignetPkiArchiveOptions), print_archive_options },
  { SIGNET_OID_OLD_CERT_ID, ASN1_ITEM_ref (SignetCertId), print_old_cert_id },
  { SIGNET_OID_PROTOCOL_ENCR_KEY, ASN1_ITEM_ref (SignetPublicKeyInfo), print_key },
  { SIGNET_OID_ALT_CERT_TEMPLATE, ASN1_ITEM_ref (SignetTypeAndValue), print_attribute },
  { SIGNET_OID_ALG_ID, ASN1_ITEM_ref (X509_ALGOR), print_one_algorithm },
  { SIGNET_OID_RSA_KEY_LEN, ASN1_ITEM_ref (ASN1_INTEGER), print_number },
  { SIGNET_OID_UTF8_PAIRS, ASN1_ITEM_ref (ASN1_UTF8STRING), print_string },
  { SIGNET_OID_CERT_REQ, ASN1_ITEM_ref (SignetCertRequest), print_request },
  { "1.2.840.113533.7.66.13", ASN1_ITEM_ref (SignetPbmParameter), print_pbm },
  { "1.2.840.113533.7.66.30", ASN1_ITEM_ref (SignetDhbmParameter), print_dhbm },
  { "1.2.840.113533.7.66.16", ASN1_ITEM_ref (SignetKemBmParameter), print_kem_bm },
  { "1.2.840.113549.1.5.14", ASN1_ITEM_ref (SignetPbmac1Params), print_pbmac1 },
  { "1.2.840.113549.1.5.12", ASN1_ITEM_ref (PBKDF2PARAM), print_pbkdf2 },
  { "1.2.840.113549.1.1.8", ASN1_ITEM_ref (X509_ALGOR), print_one_algorithm },
  { "1.2.840.113549.1.1.10", ASN1_ITEM_ref (RSA_PSS_PARAMS), print_pss },
};

void
signet_cmp_print_value (SignetCmpNode   *parent,
                        const char      *name,
                        const char      *oid,
                        const ASN1_TYPE *value)
{
  if (parent == NULL || value == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (printers) && signet_cmp_node_get_depth (parent) < MAX_TYPED_DEPTH; i++)
    if (g_str_equal (printers[i].oid, oid))
      {
        const ASN1_ITEM *item = ASN1_ITEM_ptr (printers[i].item);
        ASN1_VALUE *decoded = signet_asn1_decode_any (value, item);

        ERR_clear_error ();
        if (decoded == NULL)
          break;
        printers[i].print (signet_cmp_node_add (parent, name, NULL), decoded);
        ASN1_item_free (decoded, item);
        return;
      }
  signet_cmp_node_add_any (parent, name, value);
}
