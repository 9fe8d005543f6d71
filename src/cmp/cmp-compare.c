/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-compare.h"

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
signet_cmp_compare_key (SignetCmpOperation *operation,
                        SignetCertificate  *certificate)
{
  SignetKey *key = signet_cmp_operation_get_key (operation);
  EVP_PKEY *certified = X509_get0_pubkey (signet_certificate_get_x509 (certificate));

  return g_str_equal (signet_key_get_id (key), signet_certificate_get_key_id (certificate))
         || (certified != NULL && EVP_PKEY_eq (certified, signet_key_get_pkey (key)) == 1);
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
compare_subject (GPtrArray          *differences,
                 SignetCmpOperation *operation,
                 SignetCertificate  *certificate)
{
  const X509_NAME *requested = signet_cmp_operation_get_subject (operation);
  const X509_NAME *granted = X509_get_subject_name (signet_certificate_get_x509 (certificate));

  if (X509_NAME_cmp (requested, granted) != 0)
    add (differences, "subject", signet_name_print (requested), signet_name_print (granted));
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

GPtrArray *
signet_cmp_compare (SignetCmpOperation *operation,
                    SignetCertificate  *certificate)
{
  GPtrArray *differences = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_difference_free);
  const STACK_OF (X509_EXTENSION) *wanted = signet_cmp_operation_get_extensions (operation);
  X509 *x509 = signet_certificate_get_x509 (certificate);

  compare_subject (differences, operation, certificate);
  if (signet_cmp_operation_get_alt_names (operation) != NULL)
    {
      g_autoptr (GENERAL_NAMES) granted = X509_get_ext_d2i (x509, NID_subject_alt_name, NULL, NULL);

      compare_texts (differences, "subjectAltName", alt_names_text (signet_cmp_operation_get_alt_names (operation)),
                     alt_names_text (granted));
    }
  if (X509v3_get_ext_by_NID (wanted, NID_ext_key_usage, -1) >= 0)
    {
      EXTENDED_KEY_USAGE *requested = X509V3_get_d2i (wanted, NID_ext_key_usage, NULL, NULL);
      EXTENDED_KEY_USAGE *granted = X509_get_ext_d2i (x509, NID_ext_key_usage, NULL, NULL);

      compare_texts (differences, "extKeyUsage", usages_text (requested), usages_text (granted));
      EXTENDED_KEY_USAGE_free (requested);
      EXTENDED_KEY_USAGE_free (granted);
    }
  if (X509v3_get_ext_by_NID (wanted, NID_key_usage, -1) >= 0)
    {
      ASN1_BIT_STRING *requested = X509V3_get_d2i (wanted, NID_key_usage, NULL, NULL);
      ASN1_BIT_STRING *granted = X509_get_ext_d2i (x509, NID_key_usage, NULL, NULL);

      compare_texts (differences, "keyUsage", key_usage_text (requested), key_usage_text (granted));
      ASN1_BIT_STRING_free (requested);
      ASN1_BIT_STRING_free (granted);
    }

  return differences;
}
