/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-control.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "cmp/cmp-asn1.h"

#define MAX_PAIRS 64
#define MAX_TIME_DIGITS 14              /* YYYYMMDDHHMMSS */

/* Takes @value: an AttributeTypeAndValue of that kind. */
static GBytes *
make_attribute (const char *oid,
                ASN1_TYPE  *value)
{
  g_autoptr (SignetTypeAndValue) attribute = SignetTypeAndValue_new ();

  ASN1_OBJECT_free (attribute->type);
  attribute->type = OBJ_txt2obj (oid, 1);
  attribute->value = value;

  return signet_asn1_encode (attribute, ASN1_ITEM_rptr (SignetControl));
}

static GBytes *
make_text (const char *oid,
           const char *text)
{
  ASN1_TYPE *value = ASN1_TYPE_new ();
  ASN1_UTF8STRING *string = ASN1_UTF8STRING_new ();

  ASN1_STRING_set (string, text, -1);
  ASN1_TYPE_set (value, V_ASN1_UTF8STRING, string);

  return make_attribute (oid, value);
}

/* @value: DER, which must be one value. */
static GBytes *
make_der (const char  *oid,
          GBytes      *value,
          GError     **error)
{
  ASN1_TYPE *any = signet_asn1_any_new (value);

  if (any == NULL)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED, _("The value of a control cannot be read"));
      return NULL;
    }

  return make_attribute (oid, any);
}

/* ---- controls ---- */

GBytes *
signet_cmp_control_new_reg_token (const char *text)
{
  g_return_val_if_fail (text != NULL && g_utf8_validate (text, -1, NULL), NULL);

  return make_text (SIGNET_OID_REG_TOKEN, text);
}

GBytes *
signet_cmp_control_new_authenticator (const char *text)
{
  g_return_val_if_fail (text != NULL && g_utf8_validate (text, -1, NULL), NULL);

  return make_text (SIGNET_OID_AUTHENTICATOR, text);
}

GBytes *
signet_cmp_control_new_archive_options (GBytes  *options,
                                        GError **error)
{
  g_return_val_if_fail (options != NULL, NULL);

  return make_der (SIGNET_OID_PKI_ARCHIVE_OPTIONS, options, error);
}

GBytes *
signet_cmp_control_new_alt_template (const char  *kind,
                                     GBytes      *value,
                                     GError     **error)
{
  g_autoptr (GBytes) template = NULL;

  g_return_val_if_fail (kind != NULL && value != NULL, NULL);

  /* AltCertTemplate is an AttributeTypeAndValue itself. */
  template = make_der (kind, value, error);

  return template != NULL ? make_der (SIGNET_OID_ALT_CERT_TEMPLATE, template, error) : NULL;
}

static SignetSinglePubInfo *
make_place (const SignetCmpPublication *place)
{
  SignetSinglePubInfo *info = SignetSinglePubInfo_new ();

  ASN1_INTEGER_set (info->pub_method, place->method);
  if (place->location != NULL)
    info->pub_location = GENERAL_NAME_dup ((GENERAL_NAME *) place->location);

  return info;
}

GBytes *
signet_cmp_control_new_publication (gboolean                     publish,
                                    const SignetCmpPublication  *places,
                                    gsize                        n,
                                    GError                     **error)
{
  g_autoptr (SignetPkiPublicationInfo) info = SignetPkiPublicationInfo_new ();
  g_autoptr (GBytes) der = NULL;

  if (!publish && n > 0)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT,
                   _("A certificate that shall not be published has no places where it shall be."));
      return NULL;
    }
  ASN1_INTEGER_set (info->action, publish ? 1 : 0);
  if (n > 0)
    info->pub_infos = sk_SignetSinglePubInfo_new_null ();
  for (gsize i = 0; i < n; i++)
    {
      if (places[i].method == SIGNET_CMP_PUBLISH_DONT_CARE && places[i].location != NULL)
        {
          g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT,
                       _("Who does not care where a certificate is published names no place for it."));
          return NULL;
        }
      sk_SignetSinglePubInfo_push (info->pub_infos, make_place (&places[i]));
    }
  der = signet_asn1_encode (info, ASN1_ITEM_rptr (SignetPkiPublicationInfo));

  return make_der (SIGNET_OID_PKI_PUBLICATION_INFO, der, error);
}

/* ---- utf8Pairs ---- */

SignetCmpPair *
signet_cmp_pair_new (const char *name,
                     const char *value)
{
  SignetCmpPair *self = g_new (SignetCmpPair, 1);

  self->name = g_strdup (name);
  self->value = g_strdup (value);

  return self;
}

void
signet_cmp_pair_free (SignetCmpPair *self)
{
  g_free (self->name);
  g_free (self->value);
  g_free (self);
}

const char *const *
signet_cmp_pair_get_names (void)
{
  static const char *const names[]
      = { "version",  "corp_company", "org_unit", "mail_firstName", "mail_middleName", "mail_lastName", "mail_email",
          "jobTitle", "employeeID",   "mailStop", "issuerName",     "subjectName",     "validity",      NULL };

  return names;
}

/* '?' and '%' have a meaning outside: RFC 4211 §7.1. */
static void
append_escaped (GString    *text,
                const char *value)
{
  for (const char *at = value; *at != '\0'; at++)
    if (*at == '?')
      g_string_append (text, "%3f");
    else if (*at == '%')
      g_string_append (text, "%25");
    else
      g_string_append_c (text, *at);
}

char *
signet_cmp_pairs_print (GPtrArray  *pairs,
                        GError    **error)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_return_val_if_fail (pairs != NULL, NULL);

  for (guint i = 0; i < pairs->len; i++)
    {
      const SignetCmpPair *pair = g_ptr_array_index (pairs, i);

      if (pair->name[0] == '\0' || g_ascii_isdigit (pair->name[0]) || !g_utf8_validate (pair->name, -1, NULL)
          || !g_utf8_validate (pair->value, -1, NULL))
        {
          g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT,
                       _("“%s” cannot be the name of registration information: it must not be empty nor begin with a digit."),
                       g_utf8_validate (pair->name, -1, NULL) ? pair->name : "?");
          return NULL;
        }
      append_escaped (text, pair->name);
      g_string_append_c (text, '?');
      append_escaped (text, pair->value);
      g_string_append_c (text, '%');
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Reads up to @end; what is escaped by two hexadecimal digits is put back. @at: (inout): then behind @end. %NULL: there is none. */
static char *
read_part (const char **at,
           char         end)
{
  g_autoptr (GString) part = g_string_new (NULL);
  const char *cursor = *at;

  while (*cursor != '\0')
    {
      gboolean escaped = *cursor == '%' && g_ascii_isxdigit (cursor[1]) && g_ascii_isxdigit (cursor[2]);

      if (escaped)
        {
          char octet = (char) (g_ascii_xdigit_value (cursor[1]) << 4 | g_ascii_xdigit_value (cursor[2]));

          /* Only these two are: others are names that look so, as “%ab” behind a value. */
          if (octet != '?' && octet != '%')
            escaped = FALSE;
          else
            g_string_append_c (part, octet);
        }
      if (!escaped && *cursor == end)
        {
          *at = cursor + 1;
          return g_string_free (g_steal_pointer (&part), FALSE);
        }
      if (!escaped)
        g_string_append_c (part, *cursor);
      cursor += escaped ? 3 : 1;
    }

  return NULL;
}

GPtrArray *
signet_cmp_pairs_parse (const char  *text,
                        GError     **error)
{
  g_autoptr (GPtrArray) pairs = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_pair_free);

  g_return_val_if_fail (text != NULL, NULL);

  while (*text != '\0')
    {
      g_autofree char *name = read_part (&text, '?');
      g_autofree char *value = name != NULL ? read_part (&text, '%') : NULL;

      if (value == NULL || name[0] == '\0' || pairs->len == MAX_PAIRS)
        {
          g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED, _("This is not a list of names and values (utf8Pairs)."));
          return NULL;
        }
      g_ptr_array_add (pairs, signet_cmp_pair_new (name, value));
    }

  return g_steal_pointer (&pairs);
}

GBytes *
signet_cmp_reg_info_new_pairs (GPtrArray  *pairs,
                               GError    **error)
{
  g_autofree char *text = signet_cmp_pairs_print (pairs, error);

  return text != NULL ? make_text (SIGNET_OID_UTF8_PAIRS, text) : NULL;
}

/* ---- values of App. A.2 ---- */

static const char *
attribute_name (int nid)
{
  switch (nid)
    {
    case NID_countryName:
      return "C";
    case NID_localityName:
      return "L";
    case NID_stateOrProvinceName:
      return "ST";
    case NID_organizationName:
      return "O";
    case NID_organizationalUnitName:
      return "OU";
    case NID_commonName:
      return "CN";
    case NID_streetAddress:
      return "STREET";
    case NID_pkcs9_emailAddress:
      return "E";
    default:
      return NULL;
    }
}

static gboolean
append_attribute (GString          *text,
                  X509_NAME_ENTRY  *entry,
                  GError          **error)
{
  const ASN1_OBJECT *type = X509_NAME_ENTRY_get_object (entry);
  const char *name = attribute_name (OBJ_obj2nid (type));
  unsigned char *value = NULL;
  char oid[128];
  int size;

  if (name != NULL)
    g_string_append (text, name);
  else if (OBJ_obj2txt (oid, sizeof oid, type, 1) < (int) sizeof oid)
    g_string_append_printf (text, "OID.%s", oid);
  size = ASN1_STRING_to_UTF8 (&value, X509_NAME_ENTRY_get_data (entry));
  if (size < 0)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED, _("A name cannot be written as text"));
      return FALSE;
    }
  g_string_append_c (text, '=');
  /* What has a meaning in a list of names: they are told apart by %xx (App. A.2). */
  for (int i = 0; i < size; i++)
    if (value[i] == '%')
      g_string_append (text, "%%");
    else if (strchr (",+=:", value[i]) != NULL)
      g_string_append_printf (text, "%%%02x", value[i]);
    else
      g_string_append_c (text, (char) value[i]);
  OPENSSL_free (value);

  return TRUE;
}

char *
signet_cmp_pair_print_name (const X509_NAME  *name,
                            GError          **error)
{
  g_autoptr (GString) text = g_string_new ("X");
  int n = X509_NAME_entry_count (name);

  for (int i = n - 1; i >= 0; i--)
    {
      X509_NAME_ENTRY *entry = X509_NAME_get_entry (name, i);

      if (i < n - 1)
        g_string_append_c (text, X509_NAME_ENTRY_set (entry) == X509_NAME_ENTRY_set (X509_NAME_get_entry (name, i + 1)) ? '+' : ',');
      if (!append_attribute (text, entry, error))
        return NULL;
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* YYYYMMDD[HH[MM[SS]]], without pairs of zeros at the end. */
static void
append_time (GString *text,
             gint64   seconds)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (seconds);
  g_autofree char *digits = time != NULL ? g_date_time_format (time, "%Y%m%d%H%M%S") : NULL;
  gsize length = MAX_TIME_DIGITS;

  if (digits == NULL)
    return;
  while (length > 8 && digits[length - 1] == '0' && digits[length - 2] == '0')
    length -= 2;
  g_string_append_len (text, digits, (gssize) length);
}

char *
signet_cmp_pair_print_validity (gint64 not_before,
                                gint64 not_after)
{
  GString *text = g_string_new (NULL);

  if (not_before != G_MININT64)
    append_time (text, not_before);
  g_string_append_c (text, '-');
  if (not_after != G_MININT64)
    append_time (text, not_after);

  return g_string_free (text, FALSE);
}
