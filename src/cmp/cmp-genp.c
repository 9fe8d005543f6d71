/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-genp.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-der.h"

#define CERTIFICATES_MAX 64
#define CRLS_MAX 16
#define OID_TEXT_SIZE 256
#define LANGUAGE_TAG_MAX 64
#define UTF8_STRING 0x0c

static const char *
name_of (const SignetCmpGenmItem *item)
{
  const char *name = signet_cmp_info_type_to_name (item->type);

  return name != NULL ? name : item->oid;
}

static gboolean
set_malformed (const SignetCmpGenmItem  *item,
               GError                  **error)
{
  signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED,
                            _("The authority's value of %s cannot be read"), name_of (item));
  return FALSE;
}

/* The value, or %NULL with @error where it must be there and is not. */
static GBytes *
demand_value (const SignetCmpGenmItem  *item,
              GError                  **error)
{
  if (signet_cmp_genm_item_has_value (item))
    return item->value;
  g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED, _("The authority's answer %s has no value."), name_of (item));
  return NULL;
}

gboolean
signet_cmp_genp_get_certificate (const SignetCmpGenmItem  *item,
                                 SignetCertificate       **certificate,
                                 GError                  **error)
{
  *certificate = NULL;
  if (!signet_cmp_genm_item_has_value (item))
    return TRUE;
  *certificate = signet_certificate_new_from_der (item->value, error);
  if (*certificate == NULL)
    g_prefix_error (error, "%s: ", name_of (item));

  return *certificate != NULL;
}

gboolean
signet_cmp_genp_get_certificates (const SignetCmpGenmItem  *item,
                                  GPtrArray               **certificates,
                                  GError                  **error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) elements = NULL;

  if (signet_cmp_genm_item_has_value (item))
    {
      elements = signet_cmp_genm_split (item->value, CERTIFICATES_MAX, name_of (item), error);
      if (elements == NULL)
        return FALSE;
    }
  for (guint i = 0; elements != NULL && i < elements->len; i++)
    {
      SignetCertificate *certificate = signet_certificate_new_from_der (g_ptr_array_index (elements, i), error);

      if (certificate == NULL)
        {
          g_prefix_error (error, _("Certificate %u of %s: "), i + 1, name_of (item));
          return FALSE;
        }
      g_ptr_array_add (found, certificate);
    }
  *certificates = g_steal_pointer (&found);

  return TRUE;
}

GPtrArray *
signet_cmp_genp_get_key_types (const SignetCmpGenmItem  *item,
                               GError                  **error)
{
  g_autoptr (GPtrArray) types = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_key_type_free);
  g_autoptr (GPtrArray) elements = NULL;
  GBytes *value = demand_value (item, error);

  if (value == NULL)
    return NULL;
  elements = signet_cmp_genm_split (value, SIGNET_CMP_GENM_MAX_VALUES, name_of (item), error);
  for (guint i = 0; elements != NULL && i < elements->len; i++)
    {
      SignetCmpKeyType *type = signet_cmp_key_type_new_for_algorithm (g_ptr_array_index (elements, i), error);

      if (type == NULL)
        return NULL;
      g_ptr_array_add (types, type);
    }

  return elements != NULL ? g_steal_pointer (&types) : NULL;
}

GBytes *
signet_cmp_genp_get_algorithm (const SignetCmpGenmItem  *item,
                               char                    **oid,
                               GError                  **error)
{
  g_autoptr (SignetCmpKeyType) type = NULL;
  GBytes *value = demand_value (item, error);

  type = value != NULL ? signet_cmp_key_type_new_for_algorithm (value, error) : NULL;
  if (type == NULL)
    return NULL;
  if (oid != NULL)
    *oid = g_strdup (type->oid);

  return g_bytes_ref (value);
}

static char *
oid_of (GBytes *der)
{
  const unsigned char *cursor = g_bytes_get_data (der, NULL);
  const unsigned char *end = cursor + g_bytes_get_size (der);
  g_autoptr (ASN1_OBJECT) object = d2i_ASN1_OBJECT (NULL, &cursor, (long) g_bytes_get_size (der));
  char text[OID_TEXT_SIZE];
  int length = object != NULL && cursor == end ? OBJ_obj2txt (text, sizeof text, object, 1) : -1;

  return length > 0 && length < (int) sizeof text ? g_strdup (text) : NULL;
}

gboolean
signet_cmp_genp_get_key_pair_parameters (const SignetCmpGenmItem  *item,
                                         const SignetCmpGenmItem  *question,
                                         GBytes                  **algorithm,
                                         GError                  **error)
{
  g_autofree char *asked = NULL;
  g_autofree char *oid = NULL;
  g_autoptr (GBytes) value = NULL;

  g_return_val_if_fail (question->type == SIGNET_CMP_INFO_KEY_PAIR_PARAM_REQ && question->value != NULL, FALSE);

  *algorithm = NULL;
  if (!signet_cmp_genm_item_has_value (item))
    return TRUE;
  value = signet_cmp_genp_get_algorithm (item, &oid, error);
  if (value == NULL)
    return FALSE;
  asked = oid_of (question->value);
  if (g_strcmp0 (asked, oid) != 0)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT,
                   _("Parameters for the algorithm %s were asked for, and the authority sent some for %s."), asked, oid);
      return FALSE;
    }
  if (!signet_cmp_key_parameters_check (value, error))
    return FALSE;
  *algorithm = g_steal_pointer (&value);

  return TRUE;
}

char **
signet_cmp_genp_get_oids (const SignetCmpGenmItem  *item,
                          GError                  **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GPtrArray) elements = NULL;
  GBytes *value = demand_value (item, error);

  if (value == NULL)
    return NULL;
  elements = signet_cmp_genm_split (value, SIGNET_CMP_GENM_MAX_VALUES, name_of (item), error);
  for (guint i = 0; elements != NULL && i < elements->len; i++)
    {
      g_autofree char *oid = oid_of (g_ptr_array_index (elements, i));

      if (oid == NULL)
        {
          set_malformed (item, error);
          return NULL;
        }
      g_strv_builder_add (builder, oid);
    }

  return elements != NULL ? g_strv_builder_end (builder) : NULL;
}

/* The texts of a SEQUENCE OF UTF8String that are language tags; %NULL with @error where one is not. */
static char **
read_languages (const SignetCmpGenmItem  *item,
                GError                  **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GPtrArray) elements = NULL;
  GBytes *value = demand_value (item, error);

  if (value == NULL)
    return NULL;
  elements = signet_cmp_genm_split (value, SIGNET_CMP_GENM_MAX_VALUES, name_of (item), error);
  for (guint i = 0; elements != NULL && i < elements->len; i++)
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (g_ptr_array_index (elements, i), &size);
      SignetDerValue text;
      g_autofree char *tag = NULL;

      if (signet_der_read_expected (&data, &size, UTF8_STRING, &text))
        tag = g_strndup ((const char *) text.contents, text.contents_size);
      if (tag == NULL || strlen (tag) != text.contents_size || !signet_cmp_language_tag_check (tag))
        {
          set_malformed (item, error);
          return NULL;
        }
      g_strv_builder_add (builder, tag);
    }

  return elements != NULL ? g_strv_builder_end (builder) : NULL;
}

char *
signet_cmp_genp_get_language (const SignetCmpGenmItem  *item,
                              const SignetCmpGenmItem  *question,
                              GError                  **error)
{
  g_auto (GStrv) chosen = read_languages (item, error);
  g_auto (GStrv) offered = NULL;

  if (chosen == NULL)
    return NULL;
  if (chosen[1] != NULL)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT, _("The authority chose more than one language."));
      return NULL;
    }
  offered = read_languages (question, error);
  for (char **tag = offered; tag != NULL && *tag != NULL; tag++)
    if (g_ascii_strcasecmp (*tag, chosen[0]) == 0)
      return g_strdup (*tag);
  if (offered != NULL)
    g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT,
                 _("The authority chose the language “%s”, which was not offered."), chosen[0]);

  return NULL;
}

gboolean
signet_cmp_genp_get_crls (const SignetCmpGenmItem  *item,
                          GPtrArray               **crls,
                          GError                  **error)
{
  *crls = NULL;
  if (!signet_cmp_genm_item_has_value (item))
    {
      if (item->type == SIGNET_CMP_INFO_CURRENT_CRL && demand_value (item, error) == NULL)
        return FALSE;
      *crls = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
    }
  else if (item->type == SIGNET_CMP_INFO_CURRENT_CRL)
    {
      *crls = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
      g_ptr_array_add (*crls, g_bytes_ref (item->value));
    }
  else
    *crls = signet_cmp_genm_split (item->value, CRLS_MAX, name_of (item), error);

  return *crls != NULL;
}

gboolean
signet_cmp_genp_check_acknowledged (const SignetCmpGenmItem  *item,
                                    GError                  **error)
{
  if (!signet_cmp_genm_item_has_value (item))
    return TRUE;
  g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT,
               _("The authority's answer %s has a value, which it must not have."), name_of (item));
  return FALSE;
}

gboolean
signet_cmp_genp_get_kem_ciphertext (const SignetCmpGenmItem  *item,
                                    GBytes                  **kem,
                                    GBytes                  **ct,
                                    GError                  **error)
{
  g_autoptr (SignetKemCiphertextInfo) info = NULL;
  GBytes *value = demand_value (item, error);

  if (value == NULL)
    return FALSE;
  info = signet_asn1_decode (g_bytes_get_data (value, NULL), g_bytes_get_size (value), ASN1_ITEM_rptr (SignetKemCiphertextInfo));
  if (info == NULL)
    return set_malformed (item, error);
  *kem = signet_asn1_encode (info->kem, ASN1_ITEM_rptr (X509_ALGOR));
  *ct = g_bytes_new (ASN1_STRING_get0_data (info->ct), (gsize) ASN1_STRING_length (info->ct));

  return TRUE;
}

gboolean
signet_cmp_language_tag_check (const char *tag)
{
  gsize part = 0;
  gboolean first = TRUE;

  if (strlen (tag) > LANGUAGE_TAG_MAX)
    return FALSE;
  for (; *tag != '\0'; tag++)
    if (*tag == '-')
      {
        if (part == 0)
          return FALSE;
        part = 0;
        first = FALSE;
      }
    else if (++part > 8 || !(first ? g_ascii_isalpha (*tag) : g_ascii_isalnum (*tag)))
      return FALSE;

  return part > 0;
}
