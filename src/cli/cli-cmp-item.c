/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include <openssl/err.h>

#include "cli/cli-cmp.h"

/* What is asked for by ir, cr, kur, krr and ccr: the template of the certificate, its key, and the proof that this is at hand. */

#define POPO_NONE (-1)
#define POPO_RA_VERIFIED 0
#define POPO_SIGNATURE 1
#define POPO_KEY_ENCIPHERMENT 2
#define DAY (24 * 3600)

typedef struct {
  SignetCliCmp *run;
  const char *new_key;                  /* (nullable): where the key is */
  X509_REQ *csr;                        /* (nullable) */
  STACK_OF (X509_EXTENSION) *asked;     /* (nullable): -reqexts and -policies */
  gboolean has_names;                   /* alternative names are asked for by options */
} Request;

static void
request_clear (Request *self)
{
  X509_REQ_free (self->csr);
  sk_X509_EXTENSION_pop_free (self->asked, X509_EXTENSION_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Request, request_clear)

/* ---- extensions from the configuration file ---- */

static gboolean
read_extensions (Request     *self,
                 const char  *option,
                 GError     **error)
{
  const char *section = signet_cli_cmp_text (self->run, option);
  X509V3_CTX context;

  if (section == NULL)
    return TRUE;
  if (self->run->conf == NULL)
    return signet_cli_cmp_usage (error, _("-%s names a section, but there is no configuration file; name one by -config"), option);
  X509V3_set_ctx (&context, NULL, NULL, self->csr, NULL, X509V3_CTX_REPLACE);
  X509V3_set_nconf (&context, self->run->conf);
  if (X509V3_EXT_add_nconf_sk (self->run->conf, &context, section, &self->asked) == 1)
    return TRUE;
  signet_openssl_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_FAILED, _("-%s: section [%s] of %s holds no extensions that can be read"),
                            option, section, self->run->conf_file);

  return FALSE;
}

static gboolean
read_files (Request  *self,
            GError  **error)
{
  const char *csr = signet_cli_cmp_text (self->run, "csr");

  if (csr != NULL)
    {
      self->csr = signet_cli_cmp_load_csr (csr, error);
      if (self->csr == NULL)
        return FALSE;
    }
  if (signet_cli_cmp_given (self->run, "policies") && signet_cli_cmp_given (self->run, "policy_oids"))
    return signet_cli_cmp_usage (error, _("-policies and -policy_oids are two ways to say the same: give one of them"));
  if (!read_extensions (self, "reqexts", error) || !read_extensions (self, "policies", error))
    return FALSE;
  self->has_names = X509v3_get_ext_by_NID (self->asked, NID_subject_alt_name, -1) >= 0;
  if (self->has_names && signet_cli_cmp_given (self->run, "sans"))
    return signet_cli_cmp_usage (error, _("Alternative names are given by -sans and in -reqexts: give them in one place"));
  self->has_names = self->has_names || signet_cli_cmp_given (self->run, "sans");

  return TRUE;
}

/* ---- the key ---- */

static SignetCmpItem *
item_for_public_key (EVP_PKEY  *pkey,
                     GError   **error)
{
  g_autoptr (SignetCmpItem) item = signet_cmp_item_new (NULL, NULL);
  unsigned char *der = NULL;
  int size = pkey != NULL ? i2d_PUBKEY (pkey, &der) : -1;
  g_autoptr (GBytes) spki = size > 0 ? g_bytes_new (der, (gsize) size) : NULL;

  OPENSSL_free (der);
  if (spki == NULL || !signet_cmp_item_set_public_key (item, spki, error))
    return NULL;

  return g_steal_pointer (&item);
}

/* -newkey as a private key, or, where none is needed, as a public one. */
static SignetCmpItem *
item_for_new_key (SignetCliCmp  *run,
                  const char    *source,
                  gboolean       proof,
                  GError       **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (SignetKey) key = signet_cli_cmp_load_key (run, source, "newkeypass", &reason);
  g_autoptr (EVP_PKEY) pkey = NULL;

  if (key != NULL)
    return signet_cmp_item_new (key, NULL);
  if (proof)
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return NULL;
    }
  pkey = signet_cli_cmp_load_public_key (run, source, "newkeypass", error);

  return pkey != NULL ? item_for_public_key (pkey, error) : NULL;
}

static SignetCmpItem *
item_for_key (Request   *self,
              int        popo,
              GError   **error)
{
  SignetCliCmp *run = self->run;
  gboolean proof = popo != POPO_NONE && popo != POPO_RA_VERIFIED;
  g_autoptr (SignetKey) key = NULL;

  /* A krr asks for a new certificate only where it brings a key for one. */
  if (signet_cli_cmp_flag (run, "centralkeygen") || (run->body == SIGNET_CMP_BODY_KRR && self->new_key == NULL))
    return signet_cmp_item_new (NULL, NULL);
  if (self->new_key != NULL)
    return item_for_new_key (run, self->new_key, proof, error);
  if (self->csr != NULL)
    {
      if (!proof)
        return item_for_public_key (X509_REQ_get0_pubkey (self->csr), error);
      signet_cli_cmp_usage (error, _("-csr has no private key, which the proof of possession needs: give it by -newkey"));
      return NULL;
    }
  if (signet_cli_cmp_given (run, "key"))
    {
      key = signet_cli_cmp_load_key (run, signet_cli_cmp_text (run, "key"), "keypass", error);
      return key != NULL ? signet_cmp_item_new (key, NULL) : NULL;
    }
  if (!proof && run->reference != NULL)
    return item_for_public_key (X509_get0_pubkey (signet_certificate_get_x509 (run->reference)), error);
  signet_cli_cmp_usage (error, _("There is no key for the new certificate: give one by -newkey or -key, or have the authority make it "
                                 "by -centralkeygen"));

  return NULL;
}

/* ---- names ---- */

/* -subject, that of -csr, that of the reference certificate unless alternative names say who it is. @found: (out) (nullable) */
static gboolean
find_subject (Request    *self,
              X509_NAME **found,
              GError    **error)
{
  SignetCliCmp *run = self->run;
  const char *subject = signet_cli_cmp_text (run, "subject");

  *found = NULL;
  if (subject != NULL)
    {
      *found = signet_cli_cmp_parse_name (run, subject, error);
      if (*found == NULL)
        return FALSE;
      /* "/" wants none in the template, unless names stand in its place. */
      if (X509_NAME_entry_count (*found) == 0)
        g_clear_pointer (found, X509_NAME_free);
    }
  else if (self->csr != NULL)
    *found = X509_NAME_dup (X509_REQ_get_subject_name (self->csr));
  else if (run->reference != NULL && (run->body == SIGNET_CMP_BODY_KUR || !self->has_names))
    *found = X509_NAME_dup (X509_get_subject_name (signet_certificate_get_x509 (run->reference)));
  if (*found == NULL && self->has_names)
    *found = X509_NAME_new ();

  return TRUE;
}

static gboolean
set_issuer (Request        *self,
            SignetCmpItem  *item,
            GError        **error)
{
  const char *issuer = signet_cli_cmp_text (self->run, "issuer");
  g_autoptr (X509_NAME) name = NULL;

  if (issuer == NULL)
    {
      if (self->run->reference != NULL)
        signet_cmp_item_set_issuer (item, X509_get_issuer_name (signet_certificate_get_x509 (self->run->reference)));
      return TRUE;
    }
  name = signet_cli_cmp_parse_name (self->run, issuer, error);
  if (name == NULL)
    return FALSE;
  if (X509_NAME_entry_count (name) > 0)
    signet_cmp_item_set_issuer (item, name);

  return TRUE;
}

static GENERAL_NAME *
parse_alt_name (const char *text)
{
  int kind = strchr (text, '@') != NULL ? GEN_EMAIL : strchr (text, ':') != NULL ? GEN_URI : GEN_DNS;
  GENERAL_NAME *name = a2i_GENERAL_NAME (NULL, NULL, NULL, GEN_IPADD, text, 0);

  if (name == NULL)
    name = a2i_GENERAL_NAME (NULL, NULL, NULL, kind, text, 0);
  ERR_clear_error ();

  return name;
}

static gboolean
set_extension (SignetCmpItem *item,
               int            nid,
               void          *value,
               gboolean       critical)
{
  X509_EXTENSION *extension = X509V3_EXT_i2d (nid, critical, value);

  if (extension == NULL)
    return FALSE;
  signet_cmp_item_set_extension (item, extension);
  X509_EXTENSION_free (extension);

  return TRUE;
}

static gboolean
set_alt_names (Request        *self,
               SignetCmpItem  *item,
               GError        **error)
{
  g_auto (GStrv) texts = signet_cli_cmp_items (self->run, "sans");
  g_autoptr (GENERAL_NAMES) names = GENERAL_NAMES_new ();
  X509 *reference = self->run->reference != NULL ? signet_certificate_get_x509 (self->run->reference) : NULL;
  gboolean critical = FALSE;
  int at;

  for (guint i = 0; texts[i] != NULL; i++)
    {
      GENERAL_NAME *name = g_str_equal (texts[i], "critical") ? NULL : parse_alt_name (texts[i]);

      if (g_str_equal (texts[i], "critical"))
        critical = TRUE;
      else if (name == NULL || sk_GENERAL_NAME_push (names, name) <= 0)
        return signet_cli_cmp_usage (error, _("-sans: “%s” is no name"), texts[i]);
    }
  if (sk_GENERAL_NAME_num (names) > 0)
    return set_extension (item, NID_subject_alt_name, names, critical);
  at = reference != NULL ? X509_get_ext_by_NID (reference, NID_subject_alt_name, -1) : -1;
  if (at >= 0 && !self->has_names && !signet_cli_cmp_flag (self->run, "san_nodefault"))
    signet_cmp_item_set_extension (item, X509_get_ext (reference, at));

  return TRUE;
}

/* ---- other fields ---- */

static gboolean
set_policies (Request        *self,
              SignetCmpItem  *item,
              GError        **error)
{
  g_auto (GStrv) oids = signet_cli_cmp_items (self->run, "policy_oids");
  CERTIFICATEPOLICIES *policies = CERTIFICATEPOLICIES_new ();
  gboolean good = TRUE;

  for (guint i = 0; oids[i] != NULL && good; i++)
    {
      POLICYINFO *policy = POLICYINFO_new ();

      policy->policyid = OBJ_txt2obj (oids[i], 1);
      good = policy->policyid != NULL && sk_POLICYINFO_push (policies, policy) > 0;
      if (!good)
        {
          POLICYINFO_free (policy);
          ERR_clear_error ();
          signet_cli_cmp_usage (error, _("-policy_oids: “%s” is no OID"), oids[i]);
        }
    }
  if (good && sk_POLICYINFO_num (policies) > 0)
    good = set_extension (item, NID_certificate_policies, policies, signet_cli_cmp_flag (self->run, "policy_oids_critical"));
  CERTIFICATEPOLICIES_free (policies);

  return good;
}

/* Those of -csr, then those of the configuration file, which replace them; but -sans comes before all. */
static void
set_extensions (Request       *self,
                SignetCmpItem *item)
{
  STACK_OF (X509_EXTENSION) *own = self->csr != NULL ? X509_REQ_get_extensions (self->csr) : NULL;

  for (int i = 0; i < sk_X509_EXTENSION_num (own); i++)
    {
      X509_EXTENSION *extension = sk_X509_EXTENSION_value (own, i);

      if (OBJ_obj2nid (X509_EXTENSION_get_object (extension)) != NID_subject_alt_name || !signet_cli_cmp_given (self->run, "sans"))
        signet_cmp_item_set_extension (item, extension);
    }
  for (int i = 0; i < sk_X509_EXTENSION_num (self->asked); i++)
    signet_cmp_item_set_extension (item, sk_X509_EXTENSION_value (self->asked, i));
  sk_X509_EXTENSION_pop_free (own, X509_EXTENSION_free);
}

static gboolean
set_popo (SignetCliCmp   *run,
          SignetCmpItem  *item,
          int             popo,
          GError        **error)
{
  switch (popo)
    {
    case POPO_NONE:
      return TRUE;
    case POPO_RA_VERIFIED:
      signet_cmp_item_set_popo (item, SIGNET_CMP_POPO_RA_VERIFIED);
      return TRUE;
    case POPO_SIGNATURE:
      signet_cmp_item_set_popo (item, signet_cli_cmp_given (run, "popo") ? SIGNET_CMP_POPO_SIGNATURE : SIGNET_CMP_POPO_DEFAULT);
      return TRUE;
    case POPO_KEY_ENCIPHERMENT:
      signet_cmp_item_set_popo (item, SIGNET_CMP_POPO_ENCRYPTED_CERTIFICATE);
      return TRUE;
    default:
      return signet_cli_cmp_usage (error, _("-popo is -1, 0, 1 or 2"));
    }
}

/* -popo -1 and -centralkeygen mean each other, as with openssl. */
static gboolean
find_popo (SignetCliCmp  *run,
           int           *popo,
           GError       **error)
{
  gboolean central = signet_cli_cmp_flag (run, "centralkeygen");

  *popo = signet_cli_cmp_number (run, "popo", central ? POPO_NONE : POPO_SIGNATURE);
  if (central && *popo != POPO_NONE)
    return signet_cli_cmp_usage (error, _("-popo %d wants a key that is here, -centralkeygen one that is not: give one of them"), *popo);
  if (*popo == POPO_NONE && !central)
    {
      signet_cli_cmp_log (run, SIGNET_CLI_CMP_LOG_INFO, _("-popo -1 has the authority make the key (-centralkeygen)"));
      g_hash_table_replace (run->values, g_strdup ("centralkeygen"), g_strdup ("1"));
    }
  if (*popo == POPO_NONE && !signet_cli_cmp_given (run, "newkeyout") && !signet_cli_cmp_given (run, "reqout_only"))
    return signet_cli_cmp_usage (error, _("Nothing says where to save the key that the authority makes: -newkeyout is missing"));

  return TRUE;
}

static SignetCmpItem *
fill_item (Request        *self,
           SignetCmpItem  *item,
           GError        **error)
{
  int days = signet_cli_cmp_number (self->run, "days", 0);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  if (self->run->body == SIGNET_CMP_BODY_KUR && self->run->reference != NULL)
    signet_cmp_item_set_old_cert_id (item, self->run->reference);
  if (days > 0)
    signet_cmp_item_set_validity (item, now, now + (gint64) days * DAY);
  if (!set_issuer (self, item, error) || !set_policies (self, item, error) || !set_alt_names (self, item, error))
    return NULL;
  set_extensions (self, item);

  return item;
}

SignetCmpItem *
signet_cli_cmp_make_item (SignetCliCmp  *self,
                          const char    *new_key,
                          GError       **error)
{
  g_auto (Request) request = { .run = self, .new_key = new_key };
  g_autoptr (SignetCmpItem) item = NULL;
  g_autoptr (X509_NAME) subject = NULL;
  int popo;

  if (!signet_cli_cmp_given (self, "certout") && !signet_cli_cmp_given (self, "reqout_only")
      && (self->body != SIGNET_CMP_BODY_KRR || new_key != NULL))
    {
      signet_cli_cmp_usage (error, _("Nothing says where to save the new certificate: -certout is missing"));
      return NULL;
    }
  if (self->body == SIGNET_CMP_BODY_KUR && self->reference == NULL && !signet_cli_cmp_given (self, "csr"))
    {
      signet_cli_cmp_usage (error, _("Nothing says which certificate to update: give it by -oldcert or -cert"));
      return NULL;
    }
  if (!find_popo (self, &popo, error) || !read_files (&request, error) || !find_subject (&request, &subject, error))
    return NULL;
  item = item_for_key (&request, popo, error);
  if (item == NULL || fill_item (&request, item, error) == NULL || !set_popo (self, item, popo, error))
    return NULL;
  signet_cmp_item_set_subject (item, subject);
  if (self->body == SIGNET_CMP_BODY_KRR && !signet_cli_cmp_add_recovery_key (self, item, error))
    return NULL;

  return g_steal_pointer (&item);
}
