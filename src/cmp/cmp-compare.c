/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-compare.h"

#include "cmp/cmp-item-private.h"
#include "pki/pki-name.h"

void
signet_cmp_difference_free (SignetCmpDifference *self)
{
  g_free (self->field);
  g_free (self->requested);
  g_free (self->granted);
  g_free (self);
}

gboolean
signet_cmp_compare_key (SignetCmpItem     *item,
                        SignetCertificate *certificate)
{
  const SignetPublicKeyInfo *requested = signet_cmp_item_get_template (item)->public_key;
  SignetKey *key = signet_cmp_item_get_key (item);
  EVP_PKEY *certified = X509_get0_pubkey (signet_certificate_get_x509 (certificate));
  X509_PUBKEY *granted = X509_get_X509_PUBKEY (signet_certificate_get_x509 (certificate));
  g_autoptr (GBytes) requested_der = NULL;
  g_autoptr (GBytes) granted_der = NULL;

  if (key != NULL)
    return g_str_equal (signet_key_get_id (key), signet_certificate_get_key_id (certificate))
           || (certified != NULL && EVP_PKEY_eq (certified, signet_key_get_pkey (key)) == 1);
  if (requested == NULL)
    return FALSE;
  requested_der = signet_asn1_encode (requested, ASN1_ITEM_rptr (SignetPublicKeyInfo));
  granted_der = signet_asn1_encode (granted, ASN1_ITEM_rptr (X509_PUBKEY));

  return requested_der != NULL && granted_der != NULL && g_bytes_equal (requested_der, granted_der);
}

static void
add (GPtrArray  *differences,
     const char *field,
     char       *requested,
     char       *granted)
{
  SignetCmpDifference *difference = g_new (SignetCmpDifference, 1);

  difference->field = g_strdup (field);
  difference->requested = requested;
  difference->granted = granted;
  g_ptr_array_add (differences, difference);
}

static int
compare_text (gconstpointer a,
              gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

/* Sorted, so that another order is no difference. */
static char *
join_sorted (GPtrArray *texts)
{
  g_ptr_array_sort (texts, compare_text);
  g_ptr_array_add (texts, NULL);

  return g_strjoinv (", ", (char **) texts->pdata);
}

static char *
alt_names_text (const GENERAL_NAMES *names)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  for (int i = 0; i < sk_GENERAL_NAME_num (names); i++)
    g_ptr_array_add (texts, signet_alt_name_print (sk_GENERAL_NAME_value (names, i)));

  return join_sorted (texts);
}

static char *
usages_text (const EXTENDED_KEY_USAGE *usages)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  for (int i = 0; i < sk_ASN1_OBJECT_num (usages); i++)
    {
      char text[128];

      OBJ_obj2txt (text, sizeof text, sk_ASN1_OBJECT_value (usages, i), 0);
      g_ptr_array_add (texts, g_strdup (text));
    }

  return join_sorted (texts);
}

static char *
key_usage_text (const ASN1_BIT_STRING *bits)
{
  static const char *const names[] = { "digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment",
                                       "keyAgreement", "keyCertSign", "cRLSign", "encipherOnly", "decipherOnly" };
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; bits != NULL && i < G_N_ELEMENTS (names); i++)
    if (ASN1_BIT_STRING_get_bit (bits, (int) i))
      g_ptr_array_add (texts, g_strdup (names[i]));

  return join_sorted (texts);
}

static void
compare_texts (GPtrArray  *differences,
               const char *field,
               char       *requested,
               char       *granted)
{
  if (g_str_equal (requested, granted))
    {
      g_free (requested);
      g_free (granted);
    }
  else
    add (differences, field, requested, granted);
}

static void
compare_name (GPtrArray       *differences,
              const char      *field,
              const X509_NAME *requested,
              const X509_NAME *granted)
{
  if (requested != NULL && X509_NAME_cmp (requested, granted) != 0)
    add (differences, field, signet_name_print (requested), signet_name_print (granted));
}

static char *
time_text (const ASN1_TIME *time)
{
  struct tm tm;

  if (ASN1_TIME_to_tm (time, &tm) != 1)
    return g_strdup ("?");

  return g_strdup_printf ("%04d-%02d-%02d %02d:%02d:%02d UTC", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                          tm.tm_min, tm.tm_sec);
}

static void
compare_time (GPtrArray       *differences,
              const char      *field,
              const ASN1_TIME *requested,
              const ASN1_TIME *granted)
{
  if (requested != NULL)
    compare_texts (differences, field, time_text (requested), time_text (granted));
}

/* ---- extensions: the better known in words, the rest as it is encoded ---- */

static char *
other_extension_text (const STACK_OF (X509_EXTENSION) *extensions,
                      const ASN1_OBJECT               *kind)
{
  int at = X509v3_get_ext_by_OBJ (extensions, kind, -1);
  X509_EXTENSION *extension = at >= 0 ? X509v3_get_ext (extensions, at) : NULL;
  g_autoptr (BIO) bio = NULL;
  char *text = NULL;
  long size;

  if (extension == NULL)
    return g_strdup ("");
  bio = BIO_new (BIO_s_mem ());
  if (X509V3_EXT_print (bio, extension, X509V3_EXT_DUMP_UNKNOWN, 0) != 1)
    return g_strdup ("?");
  size = BIO_get_mem_data (bio, &text);

  return g_strstrip (g_strndup (text, (gsize) size));
}

static char *
extension_text (const STACK_OF (X509_EXTENSION) *extensions,
                const ASN1_OBJECT               *kind)
{
  int nid = OBJ_obj2nid (kind);
  char *text;

  switch (nid)
    {
    case NID_subject_alt_name:
      {
        g_autoptr (GENERAL_NAMES) names = X509V3_get_d2i (extensions, nid, NULL, NULL);

        return alt_names_text (names);
      }
    case NID_ext_key_usage:
      {
        EXTENDED_KEY_USAGE *usages = X509V3_get_d2i (extensions, nid, NULL, NULL);

        text = usages_text (usages);
        EXTENDED_KEY_USAGE_free (usages);
        return text;
      }
    case NID_key_usage:
      {
        ASN1_BIT_STRING *bits = X509V3_get_d2i (extensions, nid, NULL, NULL);

        text = key_usage_text (bits);
        ASN1_BIT_STRING_free (bits);
        return text;
      }
    default:
      return other_extension_text (extensions, kind);
    }
}

static const char *
extension_name (const ASN1_OBJECT *kind,
                char              *buffer,
                int                size)
{
  switch (OBJ_obj2nid (kind))
    {
    case NID_subject_alt_name:
      return "subjectAltName";
    case NID_ext_key_usage:
      return "extKeyUsage";
    case NID_key_usage:
      return "keyUsage";
    default:
      OBJ_obj2txt (buffer, size, kind, 0);
      return buffer;
    }
}

GPtrArray *
signet_cmp_compare (SignetCmpItem     *item,
                    SignetCertificate *certificate)
{
  GPtrArray *differences = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_difference_free);
  const SignetCertTemplate *template = signet_cmp_item_get_template (item);
  X509 *x509 = signet_certificate_get_x509 (certificate);
  const STACK_OF (X509_EXTENSION) *granted = X509_get0_extensions (x509);

  compare_name (differences, "subject", template->subject, X509_get_subject_name (x509));
  compare_name (differences, "issuer", template->issuer, X509_get_issuer_name (x509));
  if (template->validity != NULL)
    {
      compare_time (differences, "notBefore", template->validity->not_before, X509_get0_notBefore (x509));
      compare_time (differences, "notAfter", template->validity->not_after, X509_get0_notAfter (x509));
    }
  for (int i = 0; i < sk_X509_EXTENSION_num (template->extensions); i++)
    {
      X509_EXTENSION *extension = sk_X509_EXTENSION_value (template->extensions, i);
      const ASN1_OBJECT *kind = X509_EXTENSION_get_object (extension);
      char buffer[128];

      compare_texts (differences, extension_name (kind, buffer, sizeof buffer), extension_text (template->extensions, kind),
                     extension_text (granted, kind));
    }

  return differences;
}
