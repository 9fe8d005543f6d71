/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-genm.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-der.h"
#include "cmp/cmp-genp.h"

#define SEQUENCE 0x30
#define UTF8_STRING 0x0c
#define ENVELOPED_DATA 0xa0                     /* EncryptedKey, RFC 4211 §2.1.9 */
#define LANGUAGES_MAX 32

SignetCmpGenmItem *
signet_cmp_genm_ask (SignetCmpInfoType   type,
                     GError            **error)
{
  const char *name = signet_cmp_info_type_to_name (type);

  g_return_val_if_fail (name != NULL, NULL);

  switch ((int) type)
    {
    case SIGNET_CMP_INFO_KEY_PAIR_PARAM_REQ:
    case SIGNET_CMP_INFO_REV_PASSPHRASE:
    case SIGNET_CMP_INFO_SUPP_LANG_TAGS:
    case SIGNET_CMP_INFO_CRL_STATUS_LIST:
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED, _("The question %s needs a value."), name);
      return NULL;
    case SIGNET_CMP_INFO_UNSUPPORTED_OIDS:
    case SIGNET_CMP_INFO_KEY_PAIR_PARAM_REP:
    case SIGNET_CMP_INFO_ROOT_CA_KEY_UPDATE:
    case SIGNET_CMP_INFO_CRLS:
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED, _("%s is an answer of authorities, no question."), name);
      return NULL;
    default:
      break;
    }
  if (signet_cmp_info_type_is_header_only (type))
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED, _("%s belongs into the header of a message and is no question."),
                   name);
      return NULL;
    }

  return signet_cmp_genm_item_new (type, NULL);
}

SignetCmpGenmItem *
signet_cmp_genm_ask_key_pair_parameters (const char  *algorithm,
                                         GError     **error)
{
  g_autoptr (ASN1_OBJECT) object = NULL;
  g_autoptr (GBytes) value = NULL;

  g_return_val_if_fail (algorithm != NULL, NULL);

  object = OBJ_txt2obj (algorithm, 0);
  if (object == NULL)
    {
      ERR_clear_error ();
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED,
                   _("“%s” is no algorithm; give a name such as id-ecPublicKey, or an OID."), algorithm);
      return NULL;
    }
  value = signet_asn1_encode (object, ASN1_ITEM_rptr (ASN1_OBJECT));

  return signet_cmp_genm_item_new (SIGNET_CMP_INFO_KEY_PAIR_PARAM_REQ, value);
}

SignetCmpGenmItem *
signet_cmp_genm_ask_language (const char *const  *tags,
                              GError            **error)
{
  g_autoptr (GByteArray) contents = g_byte_array_new ();
  GByteArray *value;
  g_autoptr (GBytes) der = NULL;

  if (tags == NULL || *tags == NULL || g_strv_length ((char **) tags) > LANGUAGES_MAX)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_LIMIT, _("Give one to %d languages."), LANGUAGES_MAX);
      return NULL;
    }
  for (; *tags != NULL; tags++)
    {
      if (!signet_cmp_language_tag_check (*tags))
        {
          g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED,
                       _("“%s” is no language tag; write one such as de or pt-BR."), *tags);
          return NULL;
        }
      signet_der_append (contents, UTF8_STRING, *tags, strlen (*tags));
    }
  value = g_byte_array_new ();
  signet_der_append (value, SEQUENCE, contents->data, contents->len);
  der = g_byte_array_free_to_bytes (value);

  return signet_cmp_genm_item_new (SIGNET_CMP_INFO_SUPP_LANG_TAGS, der);
}

SignetCmpGenmItem *
signet_cmp_genm_ask_root_update (SignetCertificate *root)
{
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (root), NULL);

  return signet_cmp_genm_item_new (SIGNET_CMP_INFO_ROOT_CA_CERT, signet_certificate_get_der (root));
}

gboolean
signet_cmp_genm_asks (GBytes            *content,
                      SignetCmpInfoType  type)
{
  g_autoptr (GPtrArray) items = signet_cmp_genm_decode (content, NULL);

  for (guint i = 0; items != NULL && i < items->len; i++)
    if (((const SignetCmpGenmItem *) g_ptr_array_index (items, i))->type == type)
      return TRUE;

  return FALSE;
}

gboolean
signet_cmp_genm_needs_2021 (const char *oid,
                            GBytes     *value)
{
  g_autoptr (SignetCmpGenmItem) passphrase = signet_cmp_genm_item_new (SIGNET_CMP_INFO_REV_PASSPHRASE, NULL);

  return g_str_equal (oid, passphrase->oid) && value != NULL && g_bytes_get_size (value) > 0
         && *(const guint8 *) g_bytes_get_data (value, NULL) == ENVELOPED_DATA;
}

SignetCmpInfoType
signet_cmp_genm_answer_type (SignetCmpInfoType type)
{
  switch ((int) type)
    {
    case SIGNET_CMP_INFO_ROOT_CA_CERT:
      return SIGNET_CMP_INFO_ROOT_CA_KEY_UPDATE;
    case SIGNET_CMP_INFO_CRL_STATUS_LIST:
      return SIGNET_CMP_INFO_CRLS;
    case SIGNET_CMP_INFO_KEY_PAIR_PARAM_REQ:
      return SIGNET_CMP_INFO_KEY_PAIR_PARAM_REP;
    default:
      return type;
    }
}

static gboolean
answers (const SignetCmpGenmItem *question,
         const SignetCmpGenmItem *answer)
{
  if (question->type != SIGNET_CMP_INFO_OTHER)
    return answer->type == signet_cmp_genm_answer_type (question->type);

  return g_str_equal (answer->oid, question->oid);
}

/* Whether unsupportedOIDs among @items names the question. */
static gboolean
is_unsupported (const SignetCmpGenmItem *question,
                GPtrArray               *items)
{
  for (guint i = 0; i < items->len; i++)
    {
      const SignetCmpGenmItem *item = g_ptr_array_index (items, i);
      g_auto (GStrv) oids = NULL;

      if (item->type != SIGNET_CMP_INFO_UNSUPPORTED_OIDS)
        continue;
      oids = signet_cmp_genp_get_oids (item, NULL);
      if (oids != NULL && g_strv_contains ((const char *const *) oids, question->oid))
        return TRUE;
    }

  return FALSE;
}

const SignetCmpGenmItem *
signet_cmp_genm_find_answer (const SignetCmpGenmItem  *question,
                             GPtrArray                *items,
                             GError                  **error)
{
  const char *name = signet_cmp_info_type_to_name (question->type);
  const SignetCmpGenmItem *found = NULL;

  name = name != NULL ? name : question->oid;
  for (guint i = 0; i < items->len; i++)
    {
      const SignetCmpGenmItem *item = g_ptr_array_index (items, i);

      if (!answers (question, item))
        continue;
      if (found != NULL)
        {
          g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT, _("The authority answered the question %s twice."), name);
          return NULL;
        }
      found = item;
    }
  if (found != NULL)
    return found;
  if (is_unsupported (question, items))
    g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED,
                 _("The authority does not know the question %s."), name);
  else
    g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT,
                 _("The authority's answer has nothing about the question %s."), name);

  return NULL;
}
