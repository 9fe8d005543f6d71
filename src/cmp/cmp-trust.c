/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-trust.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "cmp/cmp-message-private.h"
#include "cmp/cmp-protection.h"
#include "pki/pki-chain.h"
#include "pki/pki-name.h"

#define OID_CMC_CA "1.3.6.1.5.5.7.3.27"
#define OID_CMC_RA "1.3.6.1.5.5.7.3.28"
#define SIGNATURES_TRIED_MAX 4          /* certificates with the sender's name and key identifier */

GPtrArray *
signet_cmp_trust_anchors (SignetCmpAuthority *authority,
                          GPtrArray          *candidates,
                          SignetCertificate **found)
{
  GPtrArray *anchors = g_ptr_array_new_with_free_func (g_object_unref);
  GPtrArray *pinned = signet_cmp_authority_get_anchors (authority);
  const char *fingerprint = signet_cmp_authority_get_anchor_fingerprint (authority);

  for (guint i = 0; i < pinned->len; i++)
    g_ptr_array_add (anchors, g_object_ref (g_ptr_array_index (pinned, i)));
  for (guint i = 0; fingerprint != NULL && candidates != NULL && i < candidates->len; i++)
    {
      SignetCertificate *candidate = g_ptr_array_index (candidates, i);

      if (!g_str_equal (signet_certificate_get_fingerprint (candidate), fingerprint))
        continue;
      g_ptr_array_add (anchors, g_object_ref (candidate));
      if (found != NULL)
        *found = g_object_ref (candidate);
      break;
    }

  return anchors;
}

static gboolean
names_sender (SignetCertificate *certificate,
              SignetCmpMessage  *message)
{
  const GENERAL_NAME *sender = signet_cmp_message_get_sender (message);

  /* The NULL-DN says nothing and contradicts nothing. */
  if (sender->type != GEN_DIRNAME || X509_NAME_entry_count (sender->d.directoryName) == 0)
    return TRUE;

  return X509_NAME_cmp (sender->d.directoryName, X509_get_subject_name (signet_certificate_get_x509 (certificate))) == 0;
}

static gboolean
has_key_identifier (SignetCertificate *certificate,
                    SignetCmpMessage  *message)
{
  GBytes *kid = signet_cmp_message_get_sender_kid (message);
  const ASN1_OCTET_STRING *ski = X509_get0_subject_key_id (signet_certificate_get_x509 (certificate));

  if (kid == NULL || ski == NULL)
    return TRUE;

  return (gsize) ASN1_STRING_length (ski) == g_bytes_get_size (kid)
         && memcmp (ASN1_STRING_get0_data (ski), g_bytes_get_data (kid, NULL), g_bytes_get_size (kid)) == 0;
}

static void
add_new (GPtrArray         *certificates,
         SignetCertificate *certificate)
{
  if (!g_ptr_array_find_with_equal_func (certificates, certificate, (GEqualFunc) signet_certificate_equal, NULL))
    g_ptr_array_add (certificates, g_object_ref (certificate));
}

/* Where the signer may be found: in what came with the message, in what is known of the authority, in earlier answers. */
static GPtrArray *
collect (SignetCmpAuthority *authority,
         SignetCmpMessage   *message,
         SignetCertificate  *known)
{
  GPtrArray *sources[] = { signet_cmp_message_get_extra_certs (message), signet_cmp_authority_get_intermediates (authority),
                           signet_cmp_authority_get_anchors (authority) };
  GPtrArray *all = g_ptr_array_new_with_free_func (g_object_unref);

  if (known != NULL)
    add_new (all, known);
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    for (guint k = 0; sources[i] != NULL && k < sources[i]->len; k++)
      add_new (all, g_ptr_array_index (sources[i], k));

  return all;
}

static SignetCertificate *
find_by_signature (SignetCmpAuthority  *authority,
                   SignetCmpMessage    *message,
                   GPtrArray           *candidates,
                   GError             **error)
{
  g_autoptr (GError) reason = NULL;
  gboolean any_kid = (signet_cmp_authority_get_relaxations (authority) & SIGNET_CMP_RELAX_SENDER_KID) != 0;
  gboolean named = FALSE;
  guint tried = 0;

  for (guint i = 0; i < candidates->len && tried < SIGNATURES_TRIED_MAX; i++)
    {
      SignetCertificate *candidate = g_ptr_array_index (candidates, i);

      if (!names_sender (candidate, message))
        continue;
      named = TRUE;
      if (!any_kid && !has_key_identifier (candidate, message))
        continue;
      tried++;
      g_clear_error (&reason);
      if (signet_cmp_verify_signature (message, candidate, signet_cmp_authority_get_relaxations (authority), &reason))
        return g_object_ref (candidate);
    }
  if (reason != NULL)
    g_propagate_error (error, g_steal_pointer (&reason));
  else
    {
      const GENERAL_NAME *sender = signet_cmp_message_get_sender (message);
      g_autofree char *name = signet_alt_name_print (sender);

      if (named)
        g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED,
                     _("The answer is signed by “%s”, and its senderKID is not the key identifier of the certificate with that "
                       "name. If this authority puts something else there, allow it by the setting sender-kid."),
                     name);
      else
        g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED,
                     _("The answer is signed by “%s”, but no certificate with that name came with it or is known. Give the "
                       "authority’s certificate as an intermediate one."),
                     name);
    }

  return NULL;
}

gboolean
signet_cmp_trust_has_usage (SignetCertificate *certificate,
                            const char        *oid)
{
  EXTENDED_KEY_USAGE *usages
      = X509_get_ext_d2i (signet_certificate_get_x509 (certificate), NID_ext_key_usage, NULL, NULL);
  gboolean has = FALSE;

  for (int i = 0; i < sk_ASN1_OBJECT_num (usages) && !has; i++)
    {
      char text[128];

      OBJ_obj2txt (text, sizeof text, sk_ASN1_OBJECT_value (usages, i), 1);
      has = g_str_equal (text, oid);
    }
  EXTENDED_KEY_USAGE_free (usages);

  return has;
}

static gboolean
is_entitled (SignetCmpAuthority *authority,
             SignetCertificate  *signer,
             GPtrArray          *anchors)
{
  const char *usage = signet_cmp_authority_get_signer_usage (authority);

  if (signet_certificate_is_ca (signer)
      || g_ptr_array_find_with_equal_func (anchors, signer, (GEqualFunc) signet_certificate_equal, NULL))
    return TRUE;
  if (usage == NULL)
    return signet_cmp_trust_has_usage (signer, OID_CMC_RA) || signet_cmp_trust_has_usage (signer, OID_CMC_CA);

  return g_str_equal (usage, "any") || signet_cmp_trust_has_usage (signer, usage);
}

/* Whether @signer itself certified everything that a positive answer brings: then its own status says nothing that the new
 * certificate's does not (RFC 9483 §3.5). */
static gboolean
issued_all (SignetCertificate *signer,
            SignetCmpMessage  *message)
{
  g_autoptr (GPtrArray) responses = NULL;
  EVP_PKEY *key = X509_get0_pubkey (signet_certificate_get_x509 (signer));

  switch (signet_cmp_message_get_body_type (message))
    {
    case SIGNET_CMP_BODY_IP:
    case SIGNET_CMP_BODY_CP:
    case SIGNET_CMP_BODY_KUP:
      break;
    default:
      return FALSE;
    }
  if (!signet_cmp_message_get_cert_rep (message, &responses, NULL, NULL) || responses->len == 0)
    return FALSE;
  for (guint i = 0; i < responses->len; i++)
    {
      const SignetCmpCertResponse *response = g_ptr_array_index (responses, i);

      if (response->certificate == NULL || X509_verify (signet_certificate_get_x509 (response->certificate), key) != 1)
        {
          signet_openssl_set_error (NULL, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, "issuer");
          return FALSE;
        }
    }

  return TRUE;
}

/* RFC 9483 §3.5. An anchor is not asked about: whoever pinned it decides. */
static gboolean
check_revocation (SignetCmpAuthority  *authority,
                  SignetCmpMessage    *message,
                  SignetCertificate   *signer,
                  GPtrArray           *candidates,
                  GPtrArray           *anchors,
                  gint64               now,
                  GError             **error)
{
  if (g_ptr_array_find_with_equal_func (anchors, signer, (GEqualFunc) signet_certificate_equal, NULL))
    return TRUE;
  switch (signet_chain_get_revocation (signer, candidates, anchors, signet_cmp_authority_get_crls (authority), now))
    {
    case SIGNET_REVOCATION_REVOKED:
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED,
                   _("The certificate of the signer “%s” was revoked."), signet_certificate_get_subject (signer));
      return FALSE;
    case SIGNET_REVOCATION_UNKNOWN:
      if (!signet_cmp_authority_get_revocation_required (authority) || issued_all (signer, message))
        return TRUE;
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED,
                   _("No current revocation list says whether the certificate of the signer “%s” still holds, and the settings of this "
                     "authority demand one."), signet_certificate_get_subject (signer));
      return FALSE;
    case SIGNET_REVOCATION_GOOD:
    default:
      return TRUE;
    }
}

/* Whether @path (nullable), which was verified before, is that of @signer and holds at @now. */
static gboolean
still_leads (GPtrArray         *path,
             SignetCertificate *signer,
             gint64             now)
{
  if (path == NULL || !signet_certificate_equal (path->pdata[0], signer))
    return FALSE;
  for (guint i = 0; i < path->len; i++)
    if (now < signet_certificate_get_not_before (path->pdata[i]) || now >= signet_certificate_get_not_after (path->pdata[i]))
      return FALSE;

  return TRUE;
}

/* From @signer to one of @anchors. A path that no longer holds is looked for anew, since there may be another. */
static gboolean
check_path (SignetCertificate  *signer,
            GPtrArray          *candidates,
            GPtrArray          *anchors,
            GPtrArray         **path,
            gint64              now,
            GError            **error)
{
  g_autoptr (GPtrArray) chain = NULL;
  g_autoptr (GError) reason = NULL;

  if (path != NULL && still_leads (*path, signer, now))
    {
      /* Pinned by its fingerprint it may have come with the first message only. */
      add_new (anchors, (*path)->pdata[(*path)->len - 1]);
      return TRUE;
    }
  chain = signet_chain_build (signer, candidates, anchors, now, &reason);
  if (chain == NULL)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED, _("The signer of the answer is not trusted. %s"),
                   reason->message);
      return FALSE;
    }
  if (path != NULL)
    {
      g_clear_pointer (path, g_ptr_array_unref);
      *path = g_steal_pointer (&chain);
    }

  return TRUE;
}

static gboolean
check_usage (SignetCmpAuthority  *authority,
             SignetCertificate   *signer,
             GError             **error)
{
  if ((X509_get_key_usage (signet_certificate_get_x509 (signer)) & KU_DIGITAL_SIGNATURE) != 0
      || (signet_cmp_authority_get_relaxations (authority) & SIGNET_CMP_RELAX_NO_DIGITAL_SIGNATURE) != 0)
    return TRUE;
  g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED,
               _("The certificate of the signer “%s” may not be used for signatures (its key usage lacks "
                 "digitalSignature). If this authority signs that way, allow it by the setting no-digital-signature."),
               signet_certificate_get_subject (signer));

  return FALSE;
}

/* signet_cmp_authority_set_signer (): that key, and nothing else of who it belongs to. */
static gboolean
check_given_signer (SignetCmpAuthority  *authority,
                    SignetCmpMessage    *message,
                    SignetCertificate   *signer,
                    GError             **error)
{
  g_autoptr (GError) reason = NULL;

  if (!names_sender (signer, message)
      || !signet_cmp_verify_signature (message, signer, signet_cmp_authority_get_relaxations (authority), &reason))
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED,
                   _("The answer is not signed by “%s”, whose signatures alone are believed. %s"), signet_certificate_get_subject (signer),
                   reason != NULL ? reason->message : _("It names another sender."));
      return FALSE;
    }

  return check_usage (authority, signer, error);
}

static gboolean
check_signer (SignetCmpAuthority  *authority,
              SignetCmpMessage    *message,
              SignetCertificate   *signer,
              GPtrArray           *candidates,
              GPtrArray          **path,
              gint64               now,
              GError             **error)
{
  g_autoptr (GPtrArray) anchors = signet_cmp_trust_anchors (authority, candidates, NULL);

  if (!check_path (signer, candidates, anchors, path, now, error))
    return FALSE;
  if (!check_usage (authority, signer, error))
    return FALSE;
  if (!is_entitled (authority, signer, anchors))
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED,
                   _("The signer “%s” has a certificate of this authority, but none that lets it speak for it (no CA, and "
                     "extended key usage without cmcCA or cmcRA). The setting signer-usage says who else may."),
                   signet_certificate_get_subject (signer));
      return FALSE;
    }

  return signet_certificate_check_key_usage (signer, error)
         && check_revocation (authority, message, signer, candidates, anchors, now, error);
}

SignetCertificate *
signet_cmp_trust_find_by_signature (SignetCmpAuthority  *authority,
                                    SignetCmpMessage    *message,
                                    GError             **error)
{
  g_autoptr (GPtrArray) candidates = collect (authority, message, NULL);

  return find_by_signature (authority, message, candidates, error);
}

SignetCertificate *
signet_cmp_trust_find_signer (SignetCmpAuthority  *authority,
                              SignetCmpMessage    *message,
                              SignetCertificate   *known,
                              GPtrArray          **path,
                              gint64               now,
                              GError             **error)
{
  SignetCertificate *given = signet_cmp_authority_get_signer (authority);
  g_autoptr (GPtrArray) candidates = NULL;
  g_autoptr (SignetCertificate) signer = NULL;

  if (given != NULL)
    return check_given_signer (authority, message, given, error) ? g_object_ref (given) : NULL;
  candidates = collect (authority, message, known);
  signer = find_by_signature (authority, message, candidates, error);
  if (signer == NULL || !check_signer (authority, message, signer, candidates, path, now, error))
    return NULL;
  if (known != NULL && !signet_certificate_equal (known, signer)
      && (signet_cmp_authority_get_relaxations (authority) & SIGNET_CMP_RELAX_SIGNER_CHANGE) == 0)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED,
                   _("The first answer was signed by “%s”, this one by “%s”. One transaction must have one signer; the setting "
                     "signer-change allows more."),
                   signet_certificate_get_subject (known), signet_certificate_get_subject (signer));
      return NULL;
    }

  return g_steal_pointer (&signer);
}

gboolean
signet_cmp_trust_check_kem_certificate (SignetCmpAuthority  *authority,
                                        SignetCertificate   *certificate,
                                        GPtrArray           *others,
                                        gint64               now,
                                        GError             **error)
{
  g_autoptr (GPtrArray) candidates = g_ptr_array_new_with_free_func (g_object_unref);
  GPtrArray *sources[] = { others, signet_cmp_authority_get_intermediates (authority) };
  g_autoptr (GPtrArray) anchors = NULL;
  g_autoptr (GPtrArray) chain = NULL;
  g_autoptr (GError) reason = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    for (guint k = 0; sources[i] != NULL && k < sources[i]->len; k++)
      add_new (candidates, g_ptr_array_index (sources[i], k));
  anchors = signet_cmp_trust_anchors (authority, candidates, NULL);
  chain = signet_chain_build (certificate, candidates, anchors, now, &reason);
  if (chain == NULL)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED,
                   _("The certificate with which the authority wants to protect its answers is not trusted. %s"), reason->message);
      return FALSE;
    }
  if ((X509_get_key_usage (signet_certificate_get_x509 (certificate)) & KU_KEY_ENCIPHERMENT) == 0)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED,
                   _("The certificate of “%s” may not be used for key encapsulation (its key usage lacks keyEncipherment)."),
                   signet_certificate_get_subject (certificate));
      return FALSE;
    }
  if (!is_entitled (authority, certificate, anchors))
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED,
                   _("“%s” has a certificate of this authority, but none that lets it speak for it (no CA, and extended key usage "
                     "without cmcCA or cmcRA). The setting signer-usage says who else may."),
                   signet_certificate_get_subject (certificate));
      return FALSE;
    }

  return TRUE;
}
