/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-key-type.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>

#include "cmp/cmp-asn1.h"
#include "pki/pki-key.h"

#define OID_TEXT_SIZE 256
#define GROUP_MIN_BITS 2048
#define GROUP_MAX_BITS 8192             /* what a check costs grows with the third power */

/* Kinds without parameters, by OID, since an older libcrypto has no names for the younger ones. */
static const struct {
  const char *oid;
  const char *spec;
  const char *name;
} kinds[] = {
  { "1.3.101.110", "x25519", "X25519" },
  { "1.3.101.111", "x448", "X448" },
  { "1.3.101.112", "ed25519", "Ed25519" },
  { "1.3.101.113", "ed448", "Ed448" },
  { "2.16.840.1.101.3.4.3.17", "ml-dsa-44", "ML-DSA-44" },
  { "2.16.840.1.101.3.4.3.18", "ml-dsa-65", "ML-DSA-65" },
  { "2.16.840.1.101.3.4.3.19", "ml-dsa-87", "ML-DSA-87" },
  { "2.16.840.1.101.3.4.4.1", "ml-kem-512", "ML-KEM-512" },
  { "2.16.840.1.101.3.4.4.2", "ml-kem-768", "ML-KEM-768" },
  { "2.16.840.1.101.3.4.4.3", "ml-kem-1024", "ML-KEM-1024" },
};

static X509_ALGOR *
parse_algorithm (GBytes  *der,
                 GError **error)
{
  gsize size;
  const void *data = g_bytes_get_data (der, &size);
  X509_ALGOR *algorithm = signet_asn1_decode (data, size, ASN1_ITEM_rptr (X509_ALGOR));

  if (algorithm == NULL)
    signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED,
                              _("An algorithm of the answer is no AlgorithmIdentifier"));
  return algorithm;
}

/* "ec:P-256" where @parameter names a curve, "ec" where there is none. */
static char *
spec_of_curve (const X509_ALGOR *algorithm)
{
  const ASN1_OBJECT *curve = NULL;
  const void *value = NULL;
  const char *name;
  int type;

  X509_ALGOR_get0 (NULL, &type, &value, algorithm);
  if (type == V_ASN1_UNDEF)
    return g_strdup ("ec");
  if (type != V_ASN1_OBJECT)
    return NULL;
  curve = value;
  name = EC_curve_nid2nist (OBJ_obj2nid (curve));
  if (name == NULL)
    name = OBJ_nid2sn (OBJ_obj2nid (curve));

  return OBJ_obj2nid (curve) != NID_undef ? g_strdup_printf ("ec:%s", name) : NULL;
}

static char *
spec_of (const char       *oid,
         const X509_ALGOR *algorithm)
{
  int nid = OBJ_obj2nid (algorithm->algorithm);
  int key = NID_undef;

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].oid, oid))
      return g_strdup (kinds[i].spec);
  switch (nid)
    {
    case NID_rsaEncryption:
    case NID_rsassaPss:
    case NID_rsaesOaep:
      return g_strdup ("rsa");
    case NID_X9_62_id_ecPublicKey:
      return spec_of_curve (algorithm);
    default:
      break;
    }
  if (nid == NID_undef || OBJ_find_sigid_algs (nid, NULL, &key) != 1)
    return NULL;

  return key == NID_rsaEncryption ? g_strdup ("rsa") : key == NID_X9_62_id_ecPublicKey ? g_strdup ("ec") : NULL;
}

static char *
name_of (const char *oid,
         const char *spec)
{
  if (spec == NULL)
    return g_strdup (oid);
  if (g_str_equal (spec, "rsa"))
    return g_strdup ("RSA");
  if (g_str_equal (spec, "ec"))
    return g_strdup (_("elliptic curve"));
  if (g_str_has_prefix (spec, "ec:"))
    return g_strdup (spec + strlen ("ec:"));
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].spec, spec))
      return g_strdup (kinds[i].name);

  return signet_key_spec_describe (spec);
}

SignetCmpKeyType *
signet_cmp_key_type_new_for_algorithm (GBytes  *algorithm,
                                       GError **error)
{
  g_autoptr (X509_ALGOR) parsed = parse_algorithm (algorithm, error);
  SignetCmpKeyType *self;
  char oid[OID_TEXT_SIZE];
  int length;

  if (parsed == NULL)
    return NULL;
  length = OBJ_obj2txt (oid, sizeof oid, parsed->algorithm, 1);
  if (length <= 0 || length >= (int) sizeof oid)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED,
                   _("An algorithm of the answer has an object identifier that cannot be read."));
      return NULL;
    }
  self = g_new0 (SignetCmpKeyType, 1);
  self->oid = g_strdup (oid);
  self->spec = spec_of (oid, parsed);
  self->name = name_of (oid, self->spec);
  self->algorithm = g_bytes_ref (algorithm);

  return self;
}

SignetCmpKeyType *
signet_cmp_key_type_new_for_rsa (guint bits)
{
  SignetCmpKeyType *self = g_new0 (SignetCmpKeyType, 1);

  self->oid = g_strdup ("1.2.840.113549.1.1.1");
  self->spec = g_strdup_printf ("rsa:%u", bits);
  self->name = g_strdup_printf ("RSA %u", bits);

  return self;
}

void
signet_cmp_key_type_free (SignetCmpKeyType *self)
{
  g_free (self->oid);
  g_free (self->name);
  g_free (self->spec);
  g_clear_pointer (&self->algorithm, g_bytes_unref);
  g_free (self);
}

gboolean
signet_cmp_key_type_allows (const SignetCmpKeyType *self,
                            const char             *spec)
{
  gsize size;

  if (self->spec == NULL)
    return FALSE;
  if (g_ascii_strcasecmp (self->spec, spec) == 0)
    return TRUE;
  /* "rsa" and "ec" leave the size open. */
  size = strlen (self->spec);

  return strchr (self->spec, ':') == NULL && g_ascii_strncasecmp (self->spec, spec, size) == 0 && spec[size] == ':';
}

gboolean
signet_cmp_key_types_allow (GPtrArray  *types,
                            const char *spec)
{
  if (types == NULL || types->len == 0)
    return TRUE;
  for (guint i = 0; i < types->len; i++)
    if (signet_cmp_key_type_allows (g_ptr_array_index (types, i), spec))
      return TRUE;

  return FALSE;
}

char **
signet_cmp_key_types_filter (GPtrArray         *types,
                             const char *const *specs)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (; *specs != NULL; specs++)
    if (signet_cmp_key_types_allow (types, *specs))
      g_strv_builder_add (builder, *specs);

  return g_strv_builder_end (builder);
}

char *
signet_cmp_key_types_describe (GPtrArray *types)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; types != NULL && i < types->len; i++)
    {
      const SignetCmpKeyType *type = g_ptr_array_index (types, i);

      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", type->name);
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* libcrypto's type of key for @nid, or EVP_PKEY_NONE. */
static int
key_type_of (int nid)
{
  switch (nid)
    {
    case NID_dhKeyAgreement:
      return EVP_PKEY_DH;
    case NID_dhpublicnumber:
      return EVP_PKEY_DHX;
    case NID_dsa:
      return EVP_PKEY_DSA;
    case NID_X9_62_id_ecPublicKey:
      return EVP_PKEY_EC;
    default:
      return EVP_PKEY_NONE;
    }
}

static gboolean
check_group (EVP_PKEY    *parameters,
             const char  *name,
             GError     **error)
{
  g_autoptr (EVP_PKEY_CTX) context = NULL;
  int bits = EVP_PKEY_get_bits (parameters);

  if (bits < GROUP_MIN_BITS || bits > GROUP_MAX_BITS)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WEAK,
                   _("The authority proposes a group of %d bits for %s; from %d to %d are taken."), bits, name,
                   GROUP_MIN_BITS, GROUP_MAX_BITS);
      return FALSE;
    }
  context = EVP_PKEY_CTX_new_from_pkey (NULL, parameters, NULL);
  if (context == NULL || EVP_PKEY_param_check (context) != 1)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WEAK,
                                _("The parameters that the authority proposes for %s are not sound"), name);
      return FALSE;
    }

  return TRUE;
}

gboolean
signet_cmp_key_parameters_check (GBytes  *algorithm,
                                 GError **error)
{
  g_autoptr (SignetCmpKeyType) type = signet_cmp_key_type_new_for_algorithm (algorithm, error);
  g_autoptr (X509_ALGOR) parsed = NULL;
  g_autoptr (EVP_PKEY) parameters = NULL;
  g_autoptr (GBytes) der = NULL;
  const unsigned char *cursor;
  int key_type;

  if (type == NULL)
    return FALSE;
  parsed = parse_algorithm (algorithm, error);
  key_type = key_type_of (OBJ_obj2nid (parsed->algorithm));
  if (key_type == EVP_PKEY_NONE || parsed->parameter == NULL)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED,
                   _("The authority proposes parameters for the algorithm %s, for which none are known here."), type->name);
      return FALSE;
    }
  /* A named curve is taken from libcrypto's list; one spelled out could be anything. */
  if (key_type == EVP_PKEY_EC)
    {
      if (signet_key_spec_check (type->spec != NULL ? type->spec : type->oid, NULL))
        return TRUE;
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WEAK,
                   _("The authority proposes an elliptic curve that is not among those used here (%s)."), type->name);
      return FALSE;
    }
  der = signet_asn1_encode (parsed->parameter, ASN1_ITEM_rptr (ASN1_ANY));
  cursor = g_bytes_get_data (der, NULL);
  parameters = d2i_KeyParams (key_type, NULL, &cursor, (long) g_bytes_get_size (der));
  if (parameters == NULL)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED,
                                _("The parameters that the authority proposes for %s cannot be read"), type->name);
      return FALSE;
    }

  return check_group (parameters, type->name, error);
}
