/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>

#include "cmp/cmp-crl-update.h"
#include "cmp/cmp-genp.h"
#include "cmp/cmp-root-update.h"
#include "cmp/cmp-template.h"
#include "cmp/cmp-text.h"

#define RAW_MAX 1024            /* octets shown of a value that is not understood */

/* Text of a peer in one line: (transfer full) */
static char *
clean (const char *text)
{
  return signet_cmp_text_clean (text, strlen (text), SIGNET_CMP_TEXT_MAX);
}

static char *
describe_raw (const SignetCmpGenmItem *item)
{
  GString *text = g_string_new (NULL);
  gsize size;
  const guint8 *data;

  if (item->value == NULL)
    g_string_append (text, _("no value"));
  else
    {
      data = g_bytes_get_data (item->value, &size);
      for (gsize i = 0; i < MIN (size, RAW_MAX); i++)
        g_string_append_printf (text, "%02x", data[i]);
      if (size > RAW_MAX)
        /* Translators: behind hexadecimal digits that were cut short */
        g_string_append_printf (text, _("… (%" G_GSIZE_FORMAT " octets)"), size);
    }

  return g_string_free (text, FALSE);
}

static char *
describe_certificates (const SignetCmpGenmItem  *item,
                       GError                  **error)
{
  g_autoptr (GPtrArray) certificates = NULL;
  g_autoptr (GString) text = g_string_new (NULL);

  if (!signet_cmp_genp_get_certificates (item, &certificates, error))
    return NULL;
  for (guint i = 0; i < certificates->len; i++)
    {
      g_autofree char *subject = clean (signet_certificate_get_subject (g_ptr_array_index (certificates, i)));

      g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", subject);
    }
  if (certificates->len == 0)
    g_string_append (text, _("The authority has no further certificates."));

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
describe_certificate (const SignetCmpGenmItem  *item,
                      GError                  **error)
{
  g_autoptr (SignetCertificate) certificate = NULL;

  if (!signet_cmp_genp_get_certificate (item, &certificate, error))
    return NULL;

  return certificate != NULL ? clean (signet_certificate_get_subject (certificate))
                             : g_strdup (_("The authority has no such certificate."));
}

static char *
describe_key_types (const SignetCmpGenmItem  *item,
                    GError                  **error)
{
  g_autoptr (GPtrArray) types = signet_cmp_genp_get_key_types (item, error);

  return types != NULL ? signet_cmp_key_types_describe (types) : NULL;
}

static char *
describe_algorithm (const SignetCmpGenmItem  *item,
                    GError                  **error)
{
  g_autoptr (GBytes) algorithm = NULL;
  g_autofree char *oid = NULL;
  int nid;

  if (item->type == SIGNET_CMP_INFO_KEY_PAIR_PARAM_REP && !signet_cmp_genm_item_has_value (item))
    return g_strdup (_("The authority does not support this algorithm."));
  algorithm = signet_cmp_genp_get_algorithm (item, &oid, error);
  if (algorithm == NULL)
    return NULL;
  nid = OBJ_txt2nid (oid);

  return g_strdup (nid != NID_undef ? OBJ_nid2ln (nid) : oid);
}

static char *
describe_oids (const SignetCmpGenmItem  *item,
               GError                  **error)
{
  g_auto (GStrv) oids = signet_cmp_genp_get_oids (item, error);

  return oids != NULL ? g_strjoinv (", ", oids) : NULL;
}

static char *
describe_crls (const SignetCmpGenmItem  *item,
               GError                  **error)
{
  g_autoptr (GPtrArray) crls = NULL;
  g_autoptr (GString) text = g_string_new (NULL);

  if (!signet_cmp_genp_get_crls (item, &crls, error))
    return NULL;
  for (guint i = 0; i < crls->len; i++)
    {
      g_autofree char *line = signet_cmp_crl_describe (g_ptr_array_index (crls, i), error);

      if (line == NULL)
        return NULL;
      g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", line);
    }
  if (crls->len == 0)
    g_string_append (text, _("There is no newer revocation list."));

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
describe_known (const SignetCmpGenmItem  *item,
                GError                  **error)
{
  switch ((int) item->type)
    {
    case SIGNET_CMP_INFO_CA_PROT_ENC_CERT:
    case SIGNET_CMP_INFO_ROOT_CA_CERT:
      return describe_certificate (item, error);
    case SIGNET_CMP_INFO_SIGN_KEY_PAIR_TYPES:
    case SIGNET_CMP_INFO_ENC_KEY_PAIR_TYPES:
      return describe_key_types (item, error);
    case SIGNET_CMP_INFO_PREFERRED_SYMM_ALG:
    case SIGNET_CMP_INFO_KEY_PAIR_PARAM_REP:
      return describe_algorithm (item, error);
    case SIGNET_CMP_INFO_CURRENT_CRL:
    case SIGNET_CMP_INFO_CRLS:
      return describe_crls (item, error);
    case SIGNET_CMP_INFO_UNSUPPORTED_OIDS:
      return describe_oids (item, error);
    case SIGNET_CMP_INFO_CA_CERTS:
      return describe_certificates (item, error);
    case SIGNET_CMP_INFO_CA_KEY_UPDATE_INFO:
    case SIGNET_CMP_INFO_ROOT_CA_KEY_UPDATE:
      return signet_cmp_root_update_describe (item, error);
    case SIGNET_CMP_INFO_CERT_REQ_TEMPLATE:
      return signet_cmp_template_describe_item (item, error);
    default:
      return NULL;
    }
}

char *
signet_cmp_genp_describe (const SignetCmpGenmItem *item)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = describe_known (item, &error);
  g_autofree char *raw = NULL;

  if (text != NULL)
    return g_steal_pointer (&text);
  raw = describe_raw (item);

  return error != NULL ? g_strdup_printf ("%s %s", error->message, raw) : g_steal_pointer (&raw);
}
