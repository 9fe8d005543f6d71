/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pki/pki-key-kind.h"

#include <glib/gi18n-lib.h>
#include <openssl/ec.h>
#include <string.h>

#include "pki/pki-key.h"

#define NAME_SIZE 128
#define OID_SIGNATURES "2.16.840.1.101.3.4.3."   /* NIST: ML-DSA 17 to 19, SLH-DSA 20 to 31 */
#define OID_KEMS "2.16.840.1.101.3.4.4."         /* ML-KEM 1 to 3 */

/* In the order in which they are offered: the first that libcrypto can make is the default. */
static const SignetKeyKind kinds[] = {
  { "ec:P-256", "EC", "P-256", 0, "P-256" },
  { "rsa:3072", "RSA", NULL, 3072, "RSA 3072" },
  { "rsa:2048", "RSA", NULL, 2048, "RSA 2048" },
  { "rsa:4096", "RSA", NULL, 4096, "RSA 4096" },
  { "ec:P-384", "EC", "P-384", 0, "P-384" },
  { "ec:P-521", "EC", "P-521", 0, "P-521" },
  { "ed25519", "ED25519", NULL, 0, "Ed25519" },
  { "ed448", "ED448", NULL, 0, "Ed448" },
  { "rsa-pss:3072", "RSA-PSS", NULL, 3072, "RSA 3072 (PSS)" },
  { "rsa-pss:2048", "RSA-PSS", NULL, 2048, "RSA 2048 (PSS)" },
  { "rsa-pss:4096", "RSA-PSS", NULL, 4096, "RSA 4096 (PSS)" },
  { "ml-dsa-44", "ML-DSA-44", NULL, 0, "ML-DSA-44" },
  { "ml-dsa-65", "ML-DSA-65", NULL, 0, "ML-DSA-65" },
  { "ml-dsa-87", "ML-DSA-87", NULL, 0, "ML-DSA-87" },
  { "slh-dsa-sha2-128s", "SLH-DSA-SHA2-128s", NULL, 0, "SLH-DSA-SHA2-128s" },
  { "slh-dsa-sha2-128f", "SLH-DSA-SHA2-128f", NULL, 0, "SLH-DSA-SHA2-128f" },
  { "slh-dsa-sha2-192s", "SLH-DSA-SHA2-192s", NULL, 0, "SLH-DSA-SHA2-192s" },
  { "slh-dsa-sha2-192f", "SLH-DSA-SHA2-192f", NULL, 0, "SLH-DSA-SHA2-192f" },
  { "slh-dsa-sha2-256s", "SLH-DSA-SHA2-256s", NULL, 0, "SLH-DSA-SHA2-256s" },
  { "slh-dsa-sha2-256f", "SLH-DSA-SHA2-256f", NULL, 0, "SLH-DSA-SHA2-256f" },
  { "slh-dsa-shake-128s", "SLH-DSA-SHAKE-128s", NULL, 0, "SLH-DSA-SHAKE-128s" },
  { "slh-dsa-shake-128f", "SLH-DSA-SHAKE-128f", NULL, 0, "SLH-DSA-SHAKE-128f" },
  { "slh-dsa-shake-192s", "SLH-DSA-SHAKE-192s", NULL, 0, "SLH-DSA-SHAKE-192s" },
  { "slh-dsa-shake-192f", "SLH-DSA-SHAKE-192f", NULL, 0, "SLH-DSA-SHAKE-192f" },
  { "slh-dsa-shake-256s", "SLH-DSA-SHAKE-256s", NULL, 0, "SLH-DSA-SHAKE-256s" },
  { "slh-dsa-shake-256f", "SLH-DSA-SHAKE-256f", NULL, 0, "SLH-DSA-SHAKE-256f" },
  { "x25519", "X25519", NULL, 0, "X25519" },
  { "x448", "X448", NULL, 0, "X448" },
  { "dh:ffdhe2048", "DHX", "ffdhe2048", 0, "Diffie-Hellman 2048" },
  { "dh:ffdhe3072", "DHX", "ffdhe3072", 0, "Diffie-Hellman 3072" },
  { "dh:ffdhe4096", "DHX", "ffdhe4096", 0, "Diffie-Hellman 4096" },
  { "ml-kem-512", "ML-KEM-512", NULL, 0, "ML-KEM-512" },
  { "ml-kem-768", "ML-KEM-768", NULL, 0, "ML-KEM-768" },
  { "ml-kem-1024", "ML-KEM-1024", NULL, 0, "ML-KEM-1024" },
};

/* By the last number of their OIDs, RFC 9881, 9909 and 9935. */
static const char *const signature_names[] = {
  "ML-DSA-44", "ML-DSA-65", "ML-DSA-87",
  "SLH-DSA-SHA2-128s", "SLH-DSA-SHA2-128f", "SLH-DSA-SHA2-192s", "SLH-DSA-SHA2-192f", "SLH-DSA-SHA2-256s", "SLH-DSA-SHA2-256f",
  "SLH-DSA-SHAKE-128s", "SLH-DSA-SHAKE-128f", "SLH-DSA-SHAKE-192s", "SLH-DSA-SHAKE-192f", "SLH-DSA-SHAKE-256s",
  "SLH-DSA-SHAKE-256f",
};
#define FIRST_SIGNATURE 17
static const char *const kem_names[] = { "ML-KEM-512", "ML-KEM-768", "ML-KEM-1024" };
#define FIRST_KEM 1

static gboolean
kind_is_available (const SignetKeyKind *kind)
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_name (NULL, kind->algorithm, NULL);
  gboolean available = context != NULL && EVP_PKEY_keygen_init (context) == 1;

  signet_openssl_set_error (NULL, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_UNSUPPORTED, "%s", kind->spec);

  return available;
}

const SignetKeyKind *
signet_key_kind_find (const char  *spec,
                      GError     **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_ascii_strcasecmp (kinds[i].spec, spec) == 0)
      {
        if (kind_is_available (&kinds[i]))
          return &kinds[i];
        g_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_UNSUPPORTED,
                     _("Keys of the kind “%s” need a newer libcrypto than the one on this computer."), spec);
        return NULL;
      }
  g_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_UNSUPPORTED,
               _("“%s” is no kind of key. Try ec:P-256, rsa:3072 or ed25519."), spec);

  return NULL;
}

static gboolean
is_of_kind (EVP_PKEY            *pkey,
            const SignetKeyKind *kind,
            const char          *group)
{
  if (!EVP_PKEY_is_a (pkey, kind->algorithm) || kind->bits != 0)
    return FALSE;
  if (kind->group == NULL)
    return TRUE;

  return g_str_equal (group, kind->group)
         || (g_str_equal (kind->algorithm, "EC") && EC_curve_nist2nid (kind->group) != NID_undef
             && OBJ_sn2nid (group) == EC_curve_nist2nid (kind->group));
}

char *
signet_key_kind_spec_of (EVP_PKEY *pkey)
{
  char group[NAME_SIZE] = "";
  gsize length;

  if (EVP_PKEY_is_a (pkey, "RSA"))
    return g_strdup_printf ("rsa:%d", EVP_PKEY_get_bits (pkey));
  if (EVP_PKEY_is_a (pkey, "RSA-PSS"))
    return g_strdup_printf ("rsa-pss:%d", EVP_PKEY_get_bits (pkey));
  if (EVP_PKEY_get_group_name (pkey, group, sizeof group, &length) != 1)
    *group = '\0';
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (is_of_kind (pkey, &kinds[i], group))
      return g_strdup (kinds[i].spec);
  if (EVP_PKEY_is_a (pkey, "EC") && *group != '\0')
    return g_strdup_printf ("ec:%s", group);
  if (EVP_PKEY_is_a (pkey, "DH") || EVP_PKEY_is_a (pkey, "DHX"))
    return *group != '\0' ? g_strdup_printf ("dh:%s", group) : g_strdup_printf ("dh:%d", EVP_PKEY_get_bits (pkey));
  if (EVP_PKEY_get0_type_name (pkey) != NULL)
    return g_ascii_strdown (EVP_PKEY_get0_type_name (pkey), -1);

  return g_strdup ("unknown");
}

static const char *
name_by_number (const char        *oid,
                const char        *prefix,
                guint              first,
                const char *const *names,
                guint              count)
{
  guint64 number;

  if (!g_str_has_prefix (oid, prefix)
      || !g_ascii_string_to_unsigned (oid + strlen (prefix), 10, first, first + count - 1, &number, NULL))
    return NULL;

  return names[number - first];
}

const char *
signet_key_kind_name_of_post_quantum (const ASN1_OBJECT *oid)
{
  char text[NAME_SIZE];
  const char *name;

  if (OBJ_obj2txt (text, sizeof text, oid, 1) <= 0)
    return NULL;
  name = name_by_number (text, OID_SIGNATURES, FIRST_SIGNATURE, signature_names, G_N_ELEMENTS (signature_names));
  if (name == NULL)
    name = name_by_number (text, OID_KEMS, FIRST_KEM, kem_names, G_N_ELEMENTS (kem_names));

  return name;
}

/**
 * signet_key_spec_check:
 * @spec: a kind of key, such as "rsa:3072"
 * @error: (out) (optional): %SIGNET_PKI_ERROR_UNSUPPORTED
 *
 * Returns: whether this libcrypto can make such keys
 */
gboolean
signet_key_spec_check (const char  *spec,
                       GError     **error)
{
  g_return_val_if_fail (spec != NULL, FALSE);

  return signet_key_kind_find (spec, error) != NULL;
}

/**
 * signet_key_spec_list:
 *
 * Returns: (transfer full) (array zero-terminated=1): the kinds of key that this libcrypto can make, the one to recommend
 *   first; kinds that sign come before those that do not
 */
char **
signet_key_spec_list (void)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (kind_is_available (&kinds[i]))
      g_strv_builder_add (builder, kinds[i].spec);

  return g_strv_builder_end (builder);
}

/**
 * signet_key_spec_describe:
 * @spec: a kind of key
 *
 * Returns: (transfer full): its name for people; @spec itself where it is not known
 */
char *
signet_key_spec_describe (const char *spec)
{
  g_return_val_if_fail (spec != NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_ascii_strcasecmp (kinds[i].spec, spec) == 0)
      return g_strdup (kinds[i].words);
  if (g_str_has_prefix (spec, "rsa:"))
    return g_strdup_printf ("RSA %s", spec + strlen ("rsa:"));
  if (g_str_has_prefix (spec, "ec:"))
    return g_strdup (spec + strlen ("ec:"));

  return g_strdup (spec);
}
