/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "cli/cli-cmp.h"
#include "cmp/cmp-crl-update.h"
#include "cmp/cmp-genm.h"
#include "cmp/cmp-genp.h"
#include "cmp/cmp-root-update.h"
#include "cmp/cmp-template.h"

/* genm: what is asked by -infotype, and what is done with the answer. */

/* @check: what the options must have; @ask: the question; @take: the answer. */
typedef struct {
  SignetCmpInfoType type;
  SignetCmpGenmItem *(*ask) (SignetCliCmp *self, GError **error);
  gboolean (*take) (SignetCliCmp *self, const SignetCmpGenmItem *question, const SignetCmpGenmItem *answer, GError **error);
} Kind;

static gboolean
remove_file (const char  *path,
             GError     **error)
{
  if (path == NULL || g_unlink (path) == 0 || errno == ENOENT)
    return TRUE;

  return signet_cli_cmp_usage (error, _("%s could not be removed, though there is nothing to be in it: %s"), path,
                               g_strerror (errno));
}

static gboolean
demand (SignetCliCmp  *self,
        const char    *option,
        GError       **error)
{
  if (signet_cli_cmp_given (self, option))
    return TRUE;

  return signet_cli_cmp_usage (error, _("-infotype %s: -%s is missing"), signet_cli_cmp_text (self, "infotype"), option);
}

/* ---- caCerts ---- */

static SignetCmpGenmItem *
ask_ca_certs (SignetCliCmp  *self,
              GError       **error)
{
  return demand (self, "cacertsout", error) ? signet_cmp_genm_ask (SIGNET_CMP_INFO_CA_CERTS, error) : NULL;
}

static gboolean
take_ca_certs (SignetCliCmp             *self,
               const SignetCmpGenmItem  *question,
               const SignetCmpGenmItem  *answer,
               GError                  **error)
{
  g_autoptr (GPtrArray) certificates = NULL;

  if (!signet_cmp_genp_get_certificates (answer, &certificates, error))
    return FALSE;
  if (certificates->len == 0)
    signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_WARNING, _("The authority gives no CA certificates"));
  else
    signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_INFO, _("%u certificates are saved in %s"), certificates->len,
                        signet_cli_cmp_text (self, "cacertsout"));

  return certificates->len == 0
         || signet_cli_cmp_write_certificates (self, signet_cli_cmp_text (self, "cacertsout"), certificates, error);
}

/* ---- rootCaCert ---- */

static SignetCmpGenmItem *
ask_root (SignetCliCmp  *self,
          GError       **error)
{
  const char *old = signet_cli_cmp_text (self, "oldwithold");
  g_autoptr (SignetCertificate) root = NULL;

  if (!demand (self, "newwithnew", error))
    return NULL;
  if (old == NULL)
    {
      signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_WARNING, _("Without -oldwithold the new root is checked against -trusted"));
      return signet_cmp_genm_ask (SIGNET_CMP_INFO_ROOT_CA_CERT, error);
    }
  root = signet_cli_cmp_load_certificate (self, old, "otherpass", error);

  return root != NULL ? signet_cmp_genm_ask_root_update (root) : NULL;
}

/* By -oldwithold, or by one of -trusted: the new root must be vouched for by the old key. */
static gboolean
check_update (SignetCliCmp               *self,
              const SignetCmpRootUpdate  *update,
              GError                    **error)
{
  const char *source = signet_cli_cmp_text (self, "oldwithold");
  g_autoptr (GPtrArray) old = g_ptr_array_new_with_free_func (g_object_unref);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  if (source != NULL)
    {
      SignetCertificate *root = signet_cli_cmp_load_certificate (self, source, "otherpass", error);

      if (root == NULL)
        return FALSE;
      g_ptr_array_add (old, root);
    }
  else
    signet_cli_cmp_add_all (old, self->trusted);
  if (old->len == 0)
    return signet_cli_cmp_usage (error, _("Nothing says by which root the new one is to be checked: give -oldwithold"));
  for (guint i = 0; i < old->len; i++)
    {
      SignetCmpRootUpdateLinks links = 0;

      g_clear_error (error);
      if (!signet_cmp_root_update_check (update, old->pdata[i], NULL, now, &links, error))
        continue;
      if ((links & SIGNET_CMP_ROOT_UPDATE_NEW_WITH_OLD) != 0)
        return TRUE;
      signet_cli_cmp_usage (error, _("The old root does not vouch for the new one (newWithOld is missing), so it is not saved"));
    }

  return FALSE;
}

static gboolean
save_root (SignetCliCmp       *self,
           const char         *option,
           SignetCertificate  *certificate,
           GError            **error)
{
  const char *path = signet_cli_cmp_text (self, option);
  g_autoptr (GPtrArray) one = g_ptr_array_new ();

  if (path == NULL || certificate == NULL)
    return remove_file (path, error);
  g_ptr_array_add (one, certificate);

  return signet_cli_cmp_write_certificates (self, path, one, error);
}

static gboolean
take_root (SignetCliCmp             *self,
           const SignetCmpGenmItem  *question,
           const SignetCmpGenmItem  *answer,
           GError                  **error)
{
  g_autoptr (SignetCmpRootUpdate) update = NULL;

  if (!signet_cmp_root_update_read (answer, &update, error))
    return FALSE;
  if (update == NULL)
    signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_INFO, _("There is no newer root"));
  else if (!check_update (self, update, error))
    return FALSE;

  return save_root (self, "newwithnew", update != NULL ? update->new_with_new : NULL, error)
         && save_root (self, "newwithold", update != NULL ? update->new_with_old : NULL, error)
         && save_root (self, "oldwithnew", update != NULL ? update->old_with_new : NULL, error);
}

/* ---- crlStatusList ---- */

static GBytes *
encode_crl (X509_CRL *crl)
{
  unsigned char *der = NULL;
  int size = i2d_X509_CRL (crl, &der);
  GBytes *octets = size > 0 ? g_bytes_new (der, (gsize) size) : NULL;

  OPENSSL_free (der);

  return octets;
}

static gboolean
load_known_crl (SignetCliCmp  *self,
                GBytes       **known,
                GError       **error)
{
  const char *source = signet_cli_cmp_text (self, "oldcrl");
  X509_CRL *crl;

  *known = NULL;
  if (source == NULL)
    return TRUE;
  crl = signet_cli_cmp_load_crl (self, source, error);
  if (crl == NULL)
    return FALSE;
  *known = encode_crl (crl);
  X509_CRL_free (crl);

  return *known != NULL;
}

static SignetCmpGenmItem *
ask_crl (SignetCliCmp  *self,
         GError       **error)
{
  const char *source = signet_cli_cmp_text (self, "crlcert");
  g_autoptr (SignetCertificate) certificate = NULL;
  g_autoptr (GBytes) known = NULL;

  if (!demand (self, "crlout", error) || (source == NULL && !demand (self, "oldcrl", error)))
    return NULL;
  if (source != NULL)
    {
      certificate = signet_cli_cmp_load_certificate (self, source, "otherpass", error);
      if (certificate == NULL)
        return NULL;
    }
  if (!load_known_crl (self, &known, error))
    return NULL;

  return signet_cmp_genm_ask_crl (certificate, known, SIGNET_CMP_CRL_SOURCE_BEST, error);
}

static gboolean
save_crl (SignetCliCmp  *self,
          GBytes        *der,
          GError       **error)
{
  const char *form = signet_cli_cmp_text (self, "crlform");
  const char *path = signet_cli_cmp_text (self, "crlout");
  const guint8 *cursor = g_bytes_get_data (der, NULL);
  X509_CRL *crl;
  g_autoptr (BIO) bio = NULL;
  g_autoptr (GBytes) pem = NULL;
  char *data;
  long size;

  if (form == NULL || g_ascii_toupper (form[0]) != 'P')
    return signet_cli_cmp_write (path, der, 0644, error);
  crl = d2i_X509_CRL (NULL, &cursor, (long) g_bytes_get_size (der));
  bio = BIO_new (BIO_s_mem ());
  if (crl == NULL || PEM_write_bio_X509_CRL (bio, crl) != 1)
    {
      X509_CRL_free (crl);
      signet_openssl_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_FAILED, _("The CRL cannot be written"));
      return FALSE;
    }
  X509_CRL_free (crl);
  size = BIO_get_mem_data (bio, &data);
  pem = g_bytes_new (data, (gsize) size);

  return signet_cli_cmp_write (path, pem, 0644, error);
}

static gboolean
take_crl (SignetCliCmp             *self,
          const SignetCmpGenmItem  *question,
          const SignetCmpGenmItem  *answer,
          GError                  **error)
{
  g_autoptr (GPtrArray) crls = NULL;

  if (!signet_cmp_genp_get_crls (answer, &crls, error))
    return FALSE;
  if (crls->len == 0)
    {
      signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_INFO, _("There is no newer CRL"));
      return remove_file (signet_cli_cmp_text (self, "crlout"), error);
    }

  return save_crl (self, crls->pdata[0], error);
}

/* ---- certReqTemplate ---- */

static SignetCmpGenmItem *
ask_template (SignetCliCmp  *self,
              GError       **error)
{
  return demand (self, "template", error) ? signet_cmp_genm_ask (SIGNET_CMP_INFO_CERT_REQ_TEMPLATE, error) : NULL;
}

/* certTemplate and, behind it, keySpec: two values in one SEQUENCE, each saved as it came. */
static gboolean
save_template (SignetCliCmp  *self,
               GBytes        *value,
               GError       **error)
{
  g_autoptr (GPtrArray) parts = signet_cmp_genm_split (value, 2, "certReqTemplate", error);
  const char *key_spec = signet_cli_cmp_text (self, "keyspec");

  if (parts == NULL || !signet_cli_cmp_write (signet_cli_cmp_text (self, "template"), parts->pdata[0], 0644, error))
    return FALSE;
  if (parts->len > 1)
    return key_spec == NULL || signet_cli_cmp_write (key_spec, parts->pdata[1], 0644, error);
  signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_INFO, _("The authority asks for no particular kind of key"));

  return remove_file (key_spec, error);
}

static gboolean
take_template (SignetCliCmp             *self,
               const SignetCmpGenmItem  *question,
               const SignetCmpGenmItem  *answer,
               GError                  **error)
{
  g_autoptr (SignetCmpTemplate) template = NULL;
  g_autofree char *words = NULL;

  if (!signet_cmp_template_read (answer, &template, error))
    return FALSE;
  if (template == NULL)
    {
      signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_WARNING, _("The authority has no template for requests"));
      return remove_file (signet_cli_cmp_text (self, "template"), error)
             && remove_file (signet_cli_cmp_text (self, "keyspec"), error);
    }
  words = signet_cmp_template_describe (template);
  signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_INFO, "%s", words);

  return save_template (self, signet_cmp_template_get_der (template), error);
}

static const Kind kinds[] = {
  { SIGNET_CMP_INFO_CA_CERTS, ask_ca_certs, take_ca_certs },
  { SIGNET_CMP_INFO_ROOT_CA_CERT, ask_root, take_root },
  { SIGNET_CMP_INFO_CRL_STATUS_LIST, ask_crl, take_crl },
  { SIGNET_CMP_INFO_CERT_REQ_TEMPLATE, ask_template, take_template },
};

/* ---- any ---- */

/* By the standard's name, or by OID. */
static SignetCmpGenmItem *
make_question (SignetCliCmp  *self,
               GError       **error)
{
  const char *name = signet_cli_cmp_text (self, "infotype");
  SignetCmpInfoType type = signet_cmp_info_type_from_name (name);

  if (type == SIGNET_CMP_INFO_OTHER)
    {
      if (g_ascii_isdigit (*name))
        return signet_cmp_genm_item_new_raw (name, NULL, error);
      signet_cli_cmp_usage (error, _("-infotype: “%s” is not known; give a name of RFC 9810 §5.3.19 or an OID"), name);
      return NULL;
    }
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (kinds[i].type == type)
      return kinds[i].ask (self, error);

  return signet_cmp_genm_ask (type, error);
}

SignetCmpOperation *
signet_cli_cmp_make_genm (SignetCliCmp  *self,
                          GError       **error)
{
  g_autoptr (GPtrArray) questions = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_genm_item_free);
  g_autoptr (GBytes) content = NULL;

  if (signet_cli_cmp_given (self, "infotype"))
    {
      SignetCmpGenmItem *question = make_question (self, error);

      if (question == NULL)
        return NULL;
      g_ptr_array_add (questions, question);
    }
  else
    signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_WARNING, _("Without -infotype the authority is asked for all that it has to tell"));
  content = signet_cmp_genm_encode (questions);

  return signet_cmp_operation_new_for_content (SIGNET_CMP_BODY_GENM, content, error);
}

/* The names are what scripts look for. */
static void
print_answers (SignetCliCmp *self,
               GPtrArray    *answers)
{
  if (answers->len == 0)
    signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_INFO, "genp does not contain any ITAV");
  for (guint i = 0; i < answers->len; i++)
    {
      const SignetCmpGenmItem *answer = answers->pdata[i];
      const char *name = signet_cmp_info_type_to_name (answer->type);
      g_autofree char *words = signet_cmp_genp_describe (answer);

      signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_INFO, "ITAV #%u from genp infoType=%s%s", i + 1, name != NULL ? "id-it-" : "",
                          name != NULL ? name : answer->oid);
      if (*words != '\0')
        signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_INFO, "%s", words);
    }
}

gboolean
signet_cli_cmp_take_genp (SignetCliCmp          *self,
                          SignetCmpTransaction  *transaction,
                          GError               **error)
{
  GBytes *asked = signet_cmp_operation_get_content (signet_cmp_transaction_get_operation (transaction));
  GBytes *answered = signet_cmp_transaction_get_answer (transaction, NULL);
  g_autoptr (GPtrArray) questions = signet_cmp_genm_decode (asked, error);
  g_autoptr (GPtrArray) answers = questions != NULL ? signet_cmp_genm_decode (answered, error) : NULL;
  const SignetCmpGenmItem *answer;

  if (answers == NULL)
    return FALSE;
  print_answers (self, answers);
  if (questions->len == 0)
    return TRUE;
  answer = signet_cmp_genm_find_answer (questions->pdata[0], answers, error);
  if (answer == NULL)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (kinds[i].type == ((const SignetCmpGenmItem *) questions->pdata[0])->type)
      return kinds[i].take (self, questions->pdata[0], answer, error);

  return TRUE;
}
