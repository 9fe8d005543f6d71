/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-authority.h"

#include <glib/gi18n-lib.h>

#include "cmp/cmp-error.h"

#define DEFAULT_DIGEST "SHA256"
#define DEFAULT_PBMAC1_ITERATIONS 100000
#define DEFAULT_PBM_ITERATIONS 10000
#define DEFAULT_ITERATION_LIMIT 1000000

struct _SignetCmpAuthority
{
  GObject parent;

  X509_NAME *recipient;
  GPtrArray *anchors;
  GPtrArray *intermediates;
  char *anchor_fingerprint;
  SignetCertificate *kem_certificate;
  SignetCertificate *signer;    /* (nullable) */
  SignetCmpMac mac;
  char *signature_digest;        /* (nullable): the one that fits the key */
  char *mac_digest;
  char *mac_function;
  GPtrArray *crls;              /* (element-type GBytes) */
  gboolean revocation_required;
  gboolean small_messages;
  guint mac_iterations;         /* 0: the default of @mac */
  guint mac_iteration_limit;
  gboolean implicit_confirm;
  char *profile;
  GPtrArray *general_info;
  GPtrArray *extra_certificates;
  gint64 pvno;
  guint time_tolerance;
  char *signer_usage;
  SignetCmpRelaxations relaxations;
};

G_DEFINE_FINAL_TYPE (SignetCmpAuthority, signet_cmp_authority, G_TYPE_OBJECT)

static const struct
{
  const char *name;
  SignetCmpRelaxations relaxation;
} relaxation_names[] = {
  { "signed-answer-to-mac", SIGNET_CMP_RELAX_SIGNED_ANSWER_TO_MAC },
  { "sender-kid", SIGNET_CMP_RELAX_SENDER_KID },
  { "ca-pubs", SIGNET_CMP_RELAX_CA_PUBS },
  { "no-digital-signature", SIGNET_CMP_RELAX_NO_DIGITAL_SIGNATURE },
  { "sha1", SIGNET_CMP_RELAX_SHA1 },
  { "signer-change", SIGNET_CMP_RELAX_SIGNER_CHANGE },
  { "encrypted-value", SIGNET_CMP_RELAX_ENCRYPTED_VALUE },
  { "ra-verified", SIGNET_CMP_RELAX_RA_VERIFIED },
  { "p10-request-id", SIGNET_CMP_RELAX_P10_REQUEST_ID },
  { "unprotected-errors", SIGNET_CMP_RELAX_UNPROTECTED_ERRORS },
  { "unverified-certificate", SIGNET_CMP_RELAX_UNVERIFIED_CERTIFICATE },
  { "no-confirm", SIGNET_CMP_RELAX_NO_CONFIRM },
  { "other-reference", SIGNET_CMP_RELAX_OTHER_REFERENCE },
  { "unprotected-requests", SIGNET_CMP_RELAX_UNPROTECTED_REQUESTS },
  { "update-by-other", SIGNET_CMP_RELAX_UPDATE_BY_OTHER },
  { "weak-secret", SIGNET_CMP_RELAX_WEAK_SECRET },
  { "kga-by-mac", SIGNET_CMP_RELAX_KGA_BY_MAC },
  { "key-package-form", SIGNET_CMP_RELAX_KEY_PACKAGE_FORM },
};

static void
general_info_free (SignetCmpGeneralInfo *self)
{
  g_free (self->oid);
  g_clear_pointer (&self->value, g_bytes_unref);
  g_free (self);
}

static void
signet_cmp_authority_finalize (GObject *object)
{
  SignetCmpAuthority *self = SIGNET_CMP_AUTHORITY (object);

  g_clear_pointer (&self->recipient, X509_NAME_free);
  g_clear_pointer (&self->anchors, g_ptr_array_unref);
  g_clear_pointer (&self->intermediates, g_ptr_array_unref);
  g_clear_pointer (&self->general_info, g_ptr_array_unref);
  g_clear_pointer (&self->extra_certificates, g_ptr_array_unref);
  g_clear_pointer (&self->anchor_fingerprint, g_free);
  g_clear_object (&self->kem_certificate);
  g_clear_object (&self->signer);
  g_clear_pointer (&self->signature_digest, g_free);
  g_clear_pointer (&self->mac_digest, g_free);
  g_clear_pointer (&self->mac_function, g_free);
  g_clear_pointer (&self->crls, g_ptr_array_unref);
  g_clear_pointer (&self->profile, g_free);
  g_clear_pointer (&self->signer_usage, g_free);

  G_OBJECT_CLASS (signet_cmp_authority_parent_class)->finalize (object);
}

static void
signet_cmp_authority_class_init (SignetCmpAuthorityClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = signet_cmp_authority_finalize;
}

static void
signet_cmp_authority_init (SignetCmpAuthority *self)
{
  self->anchors = g_ptr_array_new_with_free_func (g_object_unref);
  self->intermediates = g_ptr_array_new_with_free_func (g_object_unref);
  self->general_info = g_ptr_array_new_with_free_func ((GDestroyNotify) general_info_free);
  self->extra_certificates = g_ptr_array_new_with_free_func (g_object_unref);
  self->mac_digest = g_strdup (DEFAULT_DIGEST);
  self->crls = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->mac_iteration_limit = DEFAULT_ITERATION_LIMIT;
  self->implicit_confirm = TRUE;
}

/**
 * signet_cmp_authority_new:
 *
 * Returns: (transfer full): an authority with every default: strict, and recognised by nothing yet
 */
SignetCmpAuthority *
signet_cmp_authority_new (void)
{
  return g_object_new (SIGNET_TYPE_CMP_AUTHORITY, NULL);
}

/**
 * signet_cmp_authority_set_recipient:
 * @self: an authority
 * @name: (nullable): the CA's name for the header's recipient; %NULL: its anchor's, or the NULL-DN (RFC 9483 §3.1)
 */
void
signet_cmp_authority_set_recipient (SignetCmpAuthority *self,
                                    const X509_NAME    *name)
{
  g_return_if_fail (SIGNET_IS_CMP_AUTHORITY (self));

  g_clear_pointer (&self->recipient, X509_NAME_free);
  self->recipient = name != NULL ? X509_NAME_dup (name) : NULL;
}

void
signet_cmp_authority_add_anchor (SignetCmpAuthority *self,
                                 SignetCertificate  *anchor)
{
  g_return_if_fail (SIGNET_IS_CMP_AUTHORITY (self));
  g_return_if_fail (SIGNET_IS_CERTIFICATE (anchor));

  g_ptr_array_add (self->anchors, g_object_ref (anchor));
}

/**
 * signet_cmp_authority_set_anchor_fingerprint:
 * @self: an authority
 * @fingerprint: (nullable): SHA-256 of the DER of a self-signed certificate, 64 lower-case hexadecimal digits
 *
 * A certificate with this fingerprint is an anchor, wherever a message carries it (RFC 9483 §9).
 */
void
signet_cmp_authority_set_anchor_fingerprint (SignetCmpAuthority *self,
                                             const char         *fingerprint)
{
  g_return_if_fail (SIGNET_IS_CMP_AUTHORITY (self));

  g_free (self->anchor_fingerprint);
  self->anchor_fingerprint = g_strdup (fingerprint);
}

void
signet_cmp_authority_add_intermediate (SignetCmpAuthority *self,
                                       SignetCertificate  *certificate)
{
  g_return_if_fail (SIGNET_IS_CMP_AUTHORITY (self));
  g_return_if_fail (SIGNET_IS_CERTIFICATE (certificate));

  g_ptr_array_add (self->intermediates, g_object_ref (certificate));
}

/**
 * signet_cmp_authority_set_signer:
 * @self: an authority
 * @signer: (nullable): whose key signs the answers
 *
 * Signatures made with the key of @signer are believed without a path to an anchor, whether @signer is valid now, whether it was
 * revoked and whatever entitles it; only its key usage is looked at. No other signature is believed. Weaker than an anchor: for who
 * got the certificate itself by a way that can be trusted.
 */
void
signet_cmp_authority_set_signer (SignetCmpAuthority *self,
                                 SignetCertificate  *signer)
{
  g_return_if_fail (SIGNET_IS_CMP_AUTHORITY (self));
  g_return_if_fail (signer == NULL || SIGNET_IS_CERTIFICATE (signer));

  g_set_object (&self->signer, signer);
}

void
signet_cmp_authority_set_kem_certificate (SignetCmpAuthority *self,
                                          SignetCertificate  *certificate)
{
  g_return_if_fail (SIGNET_IS_CMP_AUTHORITY (self));
  g_return_if_fail (certificate == NULL || SIGNET_IS_CERTIFICATE (certificate));

  g_set_object (&self->kem_certificate, certificate);
}

void
signet_cmp_authority_set_mac (SignetCmpAuthority *self,
                              SignetCmpMac        mac)
{
  g_return_if_fail (SIGNET_IS_CMP_AUTHORITY (self));

  self->mac = mac;
}

/**
 * signet_cmp_authority_set_mac_parameters:
 * @self: an authority
 * @digest: (nullable): libcrypto's name of a hash function; %NULL: SHA256
 * @iterations: at least 1,000; 0: the default of the MAC
 */
void
signet_cmp_authority_set_mac_parameters (SignetCmpAuthority *self,
                                         const char         *digest,
                                         guint               iterations)
{
  g_autofree char *previous = NULL;

  g_return_if_fail (SIGNET_IS_CMP_AUTHORITY (self));

  /* @digest may be the one that is set now. */
  previous = self->mac_digest;
  self->mac_digest = g_strdup (digest != NULL ? digest : DEFAULT_DIGEST);
  self->mac_iterations = iterations;
}

void
signet_cmp_authority_set_signature_digest (SignetCmpAuthority *self,
                                           const char         *digest)
{
  g_return_if_fail (SIGNET_IS_CMP_AUTHORITY (self));

  g_free (self->signature_digest);
  self->signature_digest = g_strdup (digest);
}

void
signet_cmp_authority_set_mac_function (SignetCmpAuthority *self,
                                       const char         *function)
{
  g_return_if_fail (SIGNET_IS_CMP_AUTHORITY (self));

  g_free (self->mac_function);
  self->mac_function = g_strdup (function);
}

void
signet_cmp_authority_set_mac_iteration_limit (SignetCmpAuthority *self,
                                              guint               limit)
{
  g_return_if_fail (SIGNET_IS_CMP_AUTHORITY (self));

  self->mac_iteration_limit = limit;
}

void
signet_cmp_authority_set_implicit_confirm (SignetCmpAuthority *self,
                                           gboolean            wanted)
{
  g_return_if_fail (SIGNET_IS_CMP_AUTHORITY (self));

  self->implicit_confirm = wanted;
}

void
signet_cmp_authority_set_profile (SignetCmpAuthority *self,
                                  const char         *profile)
{
  g_return_if_fail (SIGNET_IS_CMP_AUTHORITY (self));

  g_free (self->profile);
  self->profile = g_strdup (profile);
}

void
signet_cmp_authority_set_pvno (SignetCmpAuthority *self,
                               gint64              pvno)
{
  g_return_if_fail (SIGNET_IS_CMP_AUTHORITY (self));
  g_return_if_fail (pvno == 0 || pvno == 2 || pvno == 3);

  self->pvno = pvno;
}

void
signet_cmp_authority_set_time_tolerance (SignetCmpAuthority *self,
                                         guint               seconds)
{
  g_return_if_fail (SIGNET_IS_CMP_AUTHORITY (self));

  self->time_tolerance = seconds;
}

/**
 * signet_cmp_authority_set_signer_usage:
 * @self: an authority
 * @usage: (nullable): what a certificate that signs answers must be for, beside leading to an anchor: %NULL, the default, a
 *   CA certificate, an anchor, or one with id-kp-cmcCA or id-kp-cmcRA (RFC 9810 §4.5); the OID of another extended key
 *   usage; or "any" for any certificate of that CA, its users' included
 */
void
signet_cmp_authority_set_signer_usage (SignetCmpAuthority *self,
                                       const char         *usage)
{
  g_return_if_fail (SIGNET_IS_CMP_AUTHORITY (self));

  g_free (self->signer_usage);
  self->signer_usage = g_strdup (usage);
}

void
signet_cmp_authority_add_crl (SignetCmpAuthority *self,
                              GBytes             *crl)
{
  g_return_if_fail (SIGNET_IS_CMP_AUTHORITY (self));
  g_return_if_fail (crl != NULL);

  g_ptr_array_add (self->crls, g_bytes_ref (crl));
}

void
signet_cmp_authority_set_revocation_required (SignetCmpAuthority *self,
                                              gboolean            required)
{
  g_return_if_fail (SIGNET_IS_CMP_AUTHORITY (self));

  self->revocation_required = required;
}

void
signet_cmp_authority_set_small_messages (SignetCmpAuthority *self,
                                         gboolean            small)
{
  g_return_if_fail (SIGNET_IS_CMP_AUTHORITY (self));

  self->small_messages = small;
}

void
signet_cmp_authority_set_relaxations (SignetCmpAuthority   *self,
                                      SignetCmpRelaxations  relaxations)
{
  g_return_if_fail (SIGNET_IS_CMP_AUTHORITY (self));

  self->relaxations = relaxations;
}

void
signet_cmp_authority_add_general_info (SignetCmpAuthority *self,
                                       const char         *oid,
                                       GBytes             *value)
{
  SignetCmpGeneralInfo *info;

  g_return_if_fail (SIGNET_IS_CMP_AUTHORITY (self));
  g_return_if_fail (oid != NULL);

  info = g_new0 (SignetCmpGeneralInfo, 1);
  info->oid = g_strdup (oid);
  info->value = value != NULL ? g_bytes_ref (value) : NULL;
  g_ptr_array_add (self->general_info, info);
}

void
signet_cmp_authority_add_extra_certificate (SignetCmpAuthority *self,
                                            SignetCertificate  *certificate)
{
  g_return_if_fail (SIGNET_IS_CMP_AUTHORITY (self));
  g_return_if_fail (SIGNET_IS_CERTIFICATE (certificate));

  g_ptr_array_add (self->extra_certificates, g_object_ref (certificate));
}

GPtrArray *
signet_cmp_authority_get_general_info (SignetCmpAuthority *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (self), NULL);

  return self->general_info;
}

GPtrArray *
signet_cmp_authority_get_extra_certificates (SignetCmpAuthority *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (self), NULL);

  return self->extra_certificates;
}

static char *
all_relaxation_names (void)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (relaxation_names); i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", relaxation_names[i].name);

  return g_string_free (names, FALSE);
}

/**
 * signet_cmp_relaxations_parse:
 * @names: (array zero-terminated=1): names such as "ca-pubs"
 * @relaxations: (out): what they mean together
 * @error: (out) (optional): %SIGNET_CMP_ERROR_UNSUPPORTED for a name that is not known
 *
 * Returns: whether all names are known
 */
gboolean
signet_cmp_relaxations_parse (const char *const     *names,
                              SignetCmpRelaxations  *relaxations,
                              GError               **error)
{
  g_return_val_if_fail (names != NULL, FALSE);
  g_return_val_if_fail (relaxations != NULL, FALSE);

  *relaxations = SIGNET_CMP_RELAX_NONE;
  for (guint i = 0; names[i] != NULL; i++)
    {
      guint at = 0;

      while (at < G_N_ELEMENTS (relaxation_names) && !g_str_equal (relaxation_names[at].name, names[i]))
        at++;
      if (at == G_N_ELEMENTS (relaxation_names))
        {
          g_autofree char *all = all_relaxation_names ();

          g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED, _("“%s” is no relaxation. There are: %s."), names[i],
                       all);
          return FALSE;
        }
      *relaxations |= relaxation_names[at].relaxation;
    }

  return TRUE;
}

/**
 * signet_cmp_relaxations_get_name:
 * @index: from 0
 *
 * Returns: (transfer none) (nullable): the name of one relaxation; %NULL past the last
 */
const char *
signet_cmp_relaxations_get_name (guint index)
{
  return index < G_N_ELEMENTS (relaxation_names) ? relaxation_names[index].name : NULL;
}

const X509_NAME *
signet_cmp_authority_get_recipient (SignetCmpAuthority *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (self), NULL);

  return self->recipient;
}

GPtrArray *
signet_cmp_authority_get_anchors (SignetCmpAuthority *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (self), NULL);

  return self->anchors;
}

const char *
signet_cmp_authority_get_anchor_fingerprint (SignetCmpAuthority *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (self), NULL);

  return self->anchor_fingerprint;
}

SignetCertificate *
signet_cmp_authority_get_signer (SignetCmpAuthority *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (self), NULL);

  return self->signer;
}

GPtrArray *
signet_cmp_authority_get_intermediates (SignetCmpAuthority *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (self), NULL);

  return self->intermediates;
}

SignetCertificate *
signet_cmp_authority_get_kem_certificate (SignetCmpAuthority *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (self), NULL);

  return self->kem_certificate;
}

SignetCmpMac
signet_cmp_authority_get_mac (SignetCmpAuthority *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (self), SIGNET_CMP_MAC_PBMAC1);

  return self->mac;
}

const char *
signet_cmp_authority_get_signature_digest (SignetCmpAuthority *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (self), NULL);

  return self->signature_digest;
}

const char *
signet_cmp_authority_get_mac_digest (SignetCmpAuthority *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (self), NULL);

  return self->mac_digest;
}

const char *
signet_cmp_authority_get_mac_function (SignetCmpAuthority *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (self), NULL);

  return self->mac_function;
}

guint
signet_cmp_authority_get_mac_iterations (SignetCmpAuthority *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (self), 0);

  if (self->mac_iterations != 0)
    return self->mac_iterations;

  return self->mac == SIGNET_CMP_MAC_PBMAC1 ? DEFAULT_PBMAC1_ITERATIONS : DEFAULT_PBM_ITERATIONS;
}

guint
signet_cmp_authority_get_mac_iteration_limit (SignetCmpAuthority *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (self), 0);

  return self->mac_iteration_limit;
}

gboolean
signet_cmp_authority_get_implicit_confirm (SignetCmpAuthority *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (self), FALSE);

  return self->implicit_confirm;
}

const char *
signet_cmp_authority_get_profile (SignetCmpAuthority *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (self), NULL);

  return self->profile;
}

gint64
signet_cmp_authority_get_pvno (SignetCmpAuthority *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (self), 0);

  return self->pvno;
}

guint
signet_cmp_authority_get_time_tolerance (SignetCmpAuthority *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (self), 0);

  return self->time_tolerance;
}

GPtrArray *
signet_cmp_authority_get_crls (SignetCmpAuthority *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (self), NULL);

  return self->crls;
}

gboolean
signet_cmp_authority_get_revocation_required (SignetCmpAuthority *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (self), FALSE);

  return self->revocation_required;
}

gboolean
signet_cmp_authority_get_small_messages (SignetCmpAuthority *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (self), FALSE);

  return self->small_messages;
}

const char *
signet_cmp_authority_get_signer_usage (SignetCmpAuthority *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (self), NULL);

  return self->signer_usage;
}

SignetCmpRelaxations
signet_cmp_authority_get_relaxations (SignetCmpAuthority *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (self), SIGNET_CMP_RELAX_NONE);

  return self->relaxations;
}
