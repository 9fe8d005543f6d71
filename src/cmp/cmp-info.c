/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/err.h>
#include <time.h>

#include "cmp/cmp-info.h"
#include "cmp/cmp-text.h"

#define ID_IT "1.3.6.1.5.5.7.4."
#define ID_IT_IMPLICIT_CONFIRM ID_IT "13"
#define ID_IT_CONFIRM_WAIT_TIME ID_IT "14"
#define ID_IT_CERT_PROFILE ID_IT "21"
#define OID_TEXT_SIZE 128

/* Indexed by the last arc of id-it: RFC 9810 App. F. */
static const char *const info_names[] = {
  [1] = "caProtEncCert", [2] = "signKeyPairTypes", [3] = "encKeyPairTypes", [4] = "preferredSymmAlg",
  [5] = "caKeyUpdateInfo", [6] = "currentCRL", [7] = "unsupportedOIDs", [10] = "keyPairParamReq",
  [11] = "keyPairParamRep", [12] = "revPassphrase", [13] = "implicitConfirm", [14] = "confirmWaitTime",
  [15] = "origPKIMessage", [16] = "suppLangTags", [17] = "caCerts", [18] = "rootCaKeyUpdate", [19] = "certReqTemplate",
  [20] = "rootCaCert", [21] = "certProfile", [22] = "crlStatusList", [23] = "crls", [24] = "KemCiphertextInfo",
};

static const SignetTypeAndValue *
find (const STACK_OF (SignetTypeAndValue) *info,
      const char                          *oid)
{
  char text[OID_TEXT_SIZE];

  for (int i = 0; i < sk_SignetTypeAndValue_num (info); i++)
    {
      const SignetTypeAndValue *item = sk_SignetTypeAndValue_value (info, i);

      if (OBJ_obj2txt (text, sizeof text, item->type, 1) > 0 && g_str_equal (text, oid))
        return item;
    }
  return NULL;
}

/* Takes @value. */
static void
add (STACK_OF (SignetTypeAndValue) **info,
     const char                     *oid,
     int                             type,
     void                           *value)
{
  SignetTypeAndValue *item = SignetTypeAndValue_new ();

  if (*info == NULL)
    *info = sk_SignetTypeAndValue_new_null ();
  ASN1_OBJECT_free (item->type);
  item->type = OBJ_txt2obj (oid, 1);
  item->value = ASN1_TYPE_new ();
  ASN1_TYPE_set (item->value, type, value);
  sk_SignetTypeAndValue_push (*info, item);
}

gboolean
signet_asn1_time_to_seconds (const ASN1_TIME *time,
                             gint64          *seconds)
{
  struct tm tm;

  if (time == NULL || ASN1_TIME_check (time) != 1 || ASN1_TIME_to_tm (time, &tm) != 1)
    {
      ERR_clear_error ();
      return FALSE;
    }
  *seconds = timegm (&tm);
  return TRUE;
}

gboolean
signet_cmp_info_has_implicit_confirm (const STACK_OF (SignetTypeAndValue) *info)
{
  const SignetTypeAndValue *item = find (info, ID_IT_IMPLICIT_CONFIRM);

  return item != NULL && (item->value == NULL || ASN1_TYPE_get (item->value) == V_ASN1_NULL);
}

gboolean
signet_cmp_info_get_confirm_wait_time (const STACK_OF (SignetTypeAndValue) *info,
                                       gint64                              *seconds)
{
  const SignetTypeAndValue *item = find (info, ID_IT_CONFIRM_WAIT_TIME);

  return item != NULL && item->value != NULL && ASN1_TYPE_get (item->value) == V_ASN1_GENERALIZEDTIME
         && signet_asn1_time_to_seconds (item->value->value.generalizedtime, seconds);
}

char *
signet_cmp_info_get_cert_profile (const STACK_OF (SignetTypeAndValue) *info)
{
  const SignetTypeAndValue *item = find (info, ID_IT_CERT_PROFILE);
  STACK_OF (ASN1_TYPE) *names;
  char *name = NULL;

  if (item == NULL || item->value == NULL || ASN1_TYPE_get (item->value) != V_ASN1_SEQUENCE)
    return NULL;
  names = signet_asn1_decode (item->value->value.sequence->data, (gsize) item->value->value.sequence->length,
                              ASN1_ITEM_rptr (ASN1_SEQUENCE_ANY));
  if (sk_ASN1_TYPE_num (names) > 0 && ASN1_TYPE_get (sk_ASN1_TYPE_value (names, 0)) == V_ASN1_UTF8STRING)
    {
      const ASN1_UTF8STRING *text = sk_ASN1_TYPE_value (names, 0)->value.utf8string;

      name = signet_cmp_text_clean ((const char *) ASN1_STRING_get0_data (text), (gsize) ASN1_STRING_length (text),
                                    SIGNET_CMP_TEXT_MAX);
    }
  ERR_clear_error ();
  sk_ASN1_TYPE_pop_free (names, ASN1_TYPE_free);
  return name;
}

void
signet_cmp_info_add_implicit_confirm (STACK_OF (SignetTypeAndValue) **info)
{
  add (info, ID_IT_IMPLICIT_CONFIRM, V_ASN1_NULL, NULL);
}

void
signet_cmp_info_add_confirm_wait_time (STACK_OF (SignetTypeAndValue) **info,
                                       gint64                          seconds)
{
  add (info, ID_IT_CONFIRM_WAIT_TIME, V_ASN1_GENERALIZEDTIME, ASN1_GENERALIZEDTIME_set (NULL, (time_t) seconds));
}

void
signet_cmp_info_add_cert_profile (STACK_OF (SignetTypeAndValue) **info,
                                  const char                     *profile)
{
  STACK_OF (ASN1_TYPE) *names = sk_ASN1_TYPE_new_null ();
  ASN1_TYPE *name = ASN1_TYPE_new ();
  ASN1_UTF8STRING *text = ASN1_UTF8STRING_new ();
  g_autoptr (GBytes) der = NULL;
  ASN1_STRING *sequence = ASN1_STRING_new ();

  ASN1_STRING_set (text, profile, -1);
  ASN1_TYPE_set (name, V_ASN1_UTF8STRING, text);
  sk_ASN1_TYPE_push (names, name);
  der = signet_asn1_encode (names, ASN1_ITEM_rptr (ASN1_SEQUENCE_ANY));
  ASN1_STRING_set (sequence, g_bytes_get_data (der, NULL), (int) g_bytes_get_size (der));
  add (info, ID_IT_CERT_PROFILE, V_ASN1_SEQUENCE, sequence);
  sk_ASN1_TYPE_pop_free (names, ASN1_TYPE_free);
}

gboolean
signet_cmp_info_add (STACK_OF (SignetTypeAndValue) **info,
                     const char                     *oid,
                     GBytes                         *value)
{
  g_autoptr (SignetTypeAndValue) item = SignetTypeAndValue_new ();

  ASN1_OBJECT_free (item->type);
  item->type = OBJ_txt2obj (oid, 1);
  if (value != NULL)
    item->value = signet_asn1_any_new (value);
  if (item->type == NULL || (value != NULL && item->value == NULL))
    return FALSE;
  if (*info == NULL)
    *info = sk_SignetTypeAndValue_new_null ();
  return sk_SignetTypeAndValue_push (*info, g_steal_pointer (&item)) > 0;
}

const ASN1_TYPE *
signet_cmp_info_get (const STACK_OF (SignetTypeAndValue) *info,
                     const char                          *oid)
{
  const SignetTypeAndValue *item = find (info, oid);

  return item == NULL ? NULL : item->value;
}

const char *
signet_cmp_info_type_name (const ASN1_OBJECT *type)
{
  char text[OID_TEXT_SIZE];
  guint64 arc;

  if (OBJ_obj2txt (text, sizeof text, type, 1) <= 0 || !g_str_has_prefix (text, ID_IT)
      || !g_ascii_string_to_unsigned (text + strlen (ID_IT), 10, 0, G_N_ELEMENTS (info_names) - 1, &arc, NULL))
    return NULL;
  return info_names[arc];
}
