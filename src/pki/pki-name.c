/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pki/pki-name.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* A name longer than this is no name but an attack or a mistake. */
#define NAME_MAX_TEXT 4096
#define NAME_MAX_ATTRIBUTES 64
#define UPN_OID "1.3.6.1.4.1.311.20.2.3"

/* Where the reader is in the text, for messages that say where. */
typedef struct
{
  const char *text;
  const char *at;
  char separator;               /* ',' (RFC 4514) or '/' */
} Reader;

static gboolean
name_error (Reader      *reader,
            GError     **error,
            const char  *what)
{
  g_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MALFORMED,
               _("“%s” is not a name: %s at position %ld. Write it like CN=Maria Huber,O=Example."), reader->text, what,
               (long) g_utf8_pointer_to_offset (reader->text, reader->at) + 1);
  return FALSE;
}

static void
skip_spaces (Reader *reader)
{
  while (*reader->at == ' ')
    reader->at++;
}

static ASN1_OBJECT *
read_type (Reader  *reader,
           GError **error)
{
  const char *start = reader->at;
  g_autofree char *type = NULL;
  ASN1_OBJECT *object;

  while (g_ascii_isalnum (*reader->at) || *reader->at == '.' || *reader->at == '-')
    reader->at++;
  type = g_strndup (start, (gsize) (reader->at - start));
  skip_spaces (reader);
  if (*type == '\0' || *reader->at != '=')
    {
      name_error (reader, error, _("there is no “=” after the kind of name"));
      return NULL;
    }

  /* What people write for it, RFC 4514 §3 and common use. */
  if (g_ascii_strcasecmp (type, "E") == 0 || g_ascii_strcasecmp (type, "EMAIL") == 0)
    object = OBJ_nid2obj (NID_pkcs9_emailAddress);
  else
    {
      g_autofree char *upper = g_ascii_strup (type, -1);

      object = OBJ_txt2obj (type, 0);
      if (object == NULL)
        object = OBJ_txt2obj (upper, 0);
    }
  if (object == NULL)
    {
      g_autofree char *what = g_strdup_printf (_("“%s” is not known as a kind of name"), type);

      signet_openssl_set_error (NULL, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MALFORMED, "%s", type);
      reader->at = start;
      name_error (reader, error, what);
    }

  return object;
}

static gboolean
at_value_end (const Reader *reader)
{
  return *reader->at == '\0' || *reader->at == '+' || *reader->at == reader->separator
         || (reader->separator == ',' && *reader->at == ';');
}

static gboolean
read_escape (Reader   *reader,
             GString  *value,
             GError  **error)
{
  reader->at++;
  if (g_ascii_isxdigit (reader->at[0]) && g_ascii_isxdigit (reader->at[1]))
    {
      g_string_append_c (value, (char) (g_ascii_xdigit_value (reader->at[0]) * 16 + g_ascii_xdigit_value (reader->at[1])));
      reader->at += 2;
      return TRUE;
    }
  if (*reader->at == '\0')
    return name_error (reader, error, _("the backslash has nothing behind it"));
  g_string_append_c (value, *reader->at++);

  return TRUE;
}

/* Unescaped spaces at the end do not count. */
static char *
read_value (Reader  *reader,
            GError **error)
{
  g_autoptr (GString) value = g_string_new (NULL);
  gsize keep = 0;

  skip_spaces (reader);
  if (*reader->at == '#' && reader->separator == ',')
    {
      name_error (reader, error, _("values in hexadecimal are not taken"));
      return NULL;
    }
  while (!at_value_end (reader))
    {
      if (*reader->at == '\\')
        {
          if (!read_escape (reader, value, error))
            return NULL;
          keep = value->len;
          continue;
        }
      g_string_append_c (value, *reader->at);
      if (*reader->at++ != ' ')
        keep = value->len;
    }
  g_string_truncate (value, keep);
  if (keep == 0)
    {
      name_error (reader, error, _("a value is missing"));
      return NULL;
    }
  if (!g_utf8_validate (value->str, (gssize) value->len, NULL))
    {
      name_error (reader, error, _("a value is not UTF-8"));
      return NULL;
    }

  return g_string_free (g_steal_pointer (&value), FALSE);
}

static X509_NAME_ENTRY *
read_attribute (Reader  *reader,
                GError **error)
{
  g_autoptr (ASN1_OBJECT) type = NULL;
  g_autofree char *value = NULL;
  X509_NAME_ENTRY *entry;

  skip_spaces (reader);
  type = read_type (reader, error);
  if (type == NULL)
    return NULL;
  reader->at++;
  value = read_value (reader, error);
  if (value == NULL)
    return NULL;

  /* MBSTRING_UTF8 takes the string type that the attribute's definition asks for and checks its length. */
  entry = X509_NAME_ENTRY_create_by_OBJ (NULL, type, MBSTRING_UTF8, (const unsigned char *) value, -1);
  if (entry == NULL)
    signet_openssl_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MALFORMED, _("“%s” cannot be part of a name"),
                              value);

  return entry;
}

typedef struct
{
  X509_NAME_ENTRY *entry;
  gboolean joins;               /* belongs to the RDN of the attribute written before it */
} Attribute;

static void
attribute_clear (Attribute *attribute)
{
  X509_NAME_ENTRY_free (attribute->entry);
}

static gboolean
read_attributes (Reader  *reader,
                 GArray  *attributes,
                 GError **error)
{
  gboolean joins = FALSE;

  for (;;)
    {
      Attribute attribute = { read_attribute (reader, error), joins };

      if (attribute.entry == NULL)
        return FALSE;
      g_array_append_val (attributes, attribute);
      if (*reader->at == '\0')
        return TRUE;
      if (attributes->len == NAME_MAX_ATTRIBUTES)
        return name_error (reader, error, _("it has too many parts"));
      joins = *reader->at++ == '+';
    }
}

/* RFC 4514 writes the last RDN first; the slash form writes the first first. */
static X509_NAME *
assemble (GArray   *attributes,
          gboolean  reverse)
{
  X509_NAME *name = X509_NAME_new ();
  guint start = reverse ? attributes->len : 0;

  while (reverse ? start > 0 : start < attributes->len)
    {
      guint end = start + 1;

      if (reverse)
        {
          end = start--;
          while (g_array_index (attributes, Attribute, start).joins)
            start--;
        }
      else
        while (end < attributes->len && g_array_index (attributes, Attribute, end).joins)
          end++;
      for (guint i = start; i < end; i++)
        X509_NAME_add_entry (name, g_array_index (attributes, Attribute, i).entry, -1, i == start ? 0 : -1);
      if (!reverse)
        start = end;
    }

  return name;
}

/**
 * signet_name_parse:
 * @text: UTF-8: RFC 4514 ("CN=Maria Huber,O=Example"), or with slashes ("/O=Example/CN=Maria Huber"); "" is the NULL-DN
 * @error: (out) (optional): %SIGNET_PKI_ERROR_MALFORMED, with the place in the text
 *
 * Returns: (transfer full): the name, or %NULL
 */
X509_NAME *
signet_name_parse (const char  *text,
                   GError     **error)
{
  g_autoptr (GArray) attributes = NULL;
  Reader reader = { text, text, ',' };

  g_return_val_if_fail (text != NULL, NULL);

  if (strlen (text) > NAME_MAX_TEXT || !g_utf8_validate (text, -1, NULL))
    {
      g_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MALFORMED,
                   _("A name must be UTF-8 text of at most %d octets."), NAME_MAX_TEXT);
      return NULL;
    }
  skip_spaces (&reader);
  if (*reader.at == '\0')
    return X509_NAME_new ();
  if (*reader.at == '/')
    {
      reader.separator = '/';
      reader.at++;
    }
  attributes = g_array_new (FALSE, FALSE, sizeof (Attribute));
  g_array_set_clear_func (attributes, (GDestroyNotify) attribute_clear);
  if (!read_attributes (&reader, attributes, error))
    return NULL;

  return assemble (attributes, reader.separator == ',');
}

static char *
bio_to_string (BIO *bio)
{
  char *data = NULL;
  long length = BIO_get_mem_data (bio, &data);

  return g_utf8_make_valid (length > 0 ? data : "", length > 0 ? (gssize) length : 0);
}

/**
 * signet_name_print:
 * @name: a distinguished name
 *
 * Returns: (transfer full): as RFC 4514 writes it, in UTF-8; "" for the NULL-DN
 */
char *
signet_name_print (const X509_NAME *name)
{
  g_autoptr (BIO) bio = BIO_new (BIO_s_mem ());

  g_return_val_if_fail (name != NULL, NULL);

  X509_NAME_print_ex (bio, name, 0, XN_FLAG_RFC2253 & ~(unsigned long) ASN1_STRFLGS_ESC_MSB);

  return bio_to_string (bio);
}

/**
 * signet_name_get_cn:
 * @name: a distinguished name
 *
 * Returns: (transfer full) (nullable): its last commonName
 */
char *
signet_name_get_cn (const X509_NAME *name)
{
  unsigned char *utf8 = NULL;
  char *cn = NULL;
  int found = -1;
  int length;

  g_return_val_if_fail (name != NULL, NULL);

  for (int at = -1; (at = X509_NAME_get_index_by_NID (name, NID_commonName, at)) >= 0;)
    found = at;
  if (found < 0)
    return NULL;
  length = ASN1_STRING_to_UTF8 (&utf8, X509_NAME_ENTRY_get_data (X509_NAME_get_entry (name, found)));
  if (length >= 0)
    {
      cn = g_utf8_make_valid ((const char *) utf8, length);
      OPENSSL_free (utf8);
    }

  return cn;
}

static gboolean
email_is_sane (const char *value)
{
  const char *at = strchr (value, '@');

  if (at == NULL || at == value || at[1] == '\0' || strchr (at + 1, '@') != NULL || strlen (value) > 320)
    return FALSE;
  for (const char *c = value; *c != '\0'; c++)
    if (!g_ascii_isgraph (*c))
      return FALSE;

  return TRUE;
}

static gboolean
ia5_is_sane (const char *value)
{
  for (const char *c = value; *c != '\0'; c++)
    if (!g_ascii_isgraph (*c))
      return FALSE;

  return *value != '\0' && strlen (value) <= 2048;
}

static GENERAL_NAME *
ia5_name (int         type,
          const char *value)
{
  ASN1_IA5STRING *string = ASN1_IA5STRING_new ();
  GENERAL_NAME *name = GENERAL_NAME_new ();

  ASN1_STRING_set (string, value, -1);
  GENERAL_NAME_set0_value (name, type, string);

  return name;
}

static GENERAL_NAME *
ip_name (const char *value)
{
  ASN1_OCTET_STRING *address = a2i_IPADDRESS (value);
  GENERAL_NAME *name;

  if (address == NULL)
    return NULL;
  name = GENERAL_NAME_new ();
  GENERAL_NAME_set0_value (name, GEN_IPADD, address);

  return name;
}

static GENERAL_NAME *
dn_name (const char  *value,
         GError     **error)
{
  X509_NAME *dn = signet_name_parse (value, error);
  GENERAL_NAME *name;

  if (dn == NULL)
    return NULL;
  name = GENERAL_NAME_new ();
  GENERAL_NAME_set0_value (name, GEN_DIRNAME, dn);

  return name;
}

static GENERAL_NAME *
upn_name (const char *value)
{
  GENERAL_NAME *name = GENERAL_NAME_new ();
  ASN1_UTF8STRING *string = ASN1_UTF8STRING_new ();
  ASN1_TYPE *type = ASN1_TYPE_new ();

  ASN1_STRING_set (string, value, -1);
  ASN1_TYPE_set (type, V_ASN1_UTF8STRING, string);
  GENERAL_NAME_set0_othername (name, OBJ_txt2obj (UPN_OID, 1), type);

  return name;
}

/**
 * signet_alt_name_parse:
 * @text: "email:", "dns:", "uri:", "ip:", "dn:" or "upn:" and the value; or an e-mail address alone
 * @error: (out) (optional): %SIGNET_PKI_ERROR_MALFORMED
 *
 * Returns: (transfer full): one subject alternative name (RFC 5280 §4.2.1.6), or %NULL
 */
GENERAL_NAME *
signet_alt_name_parse (const char  *text,
                       GError     **error)
{
  const char *colon;
  const char *value;
  g_autofree char *type = NULL;
  GENERAL_NAME *name = NULL;

  g_return_val_if_fail (text != NULL, NULL);

  colon = strchr (text, ':');
  value = colon != NULL ? colon + 1 : text;
  type = colon != NULL ? g_ascii_strdown (text, colon - text) : g_strdup ("email");

  if (g_str_equal (type, "email"))
    name = email_is_sane (value) ? ia5_name (GEN_EMAIL, value) : NULL;
  else if (g_str_equal (type, "dns"))
    name = ia5_is_sane (value) ? ia5_name (GEN_DNS, value) : NULL;
  else if (g_str_equal (type, "uri"))
    name = ia5_is_sane (value) && g_uri_peek_scheme (value) != NULL ? ia5_name (GEN_URI, value) : NULL;
  else if (g_str_equal (type, "ip"))
    name = ip_name (value);
  else if (g_str_equal (type, "dn"))
    return dn_name (value, error);
  else if (g_str_equal (type, "upn"))
    name = *value != '\0' && strlen (value) <= 1024 && g_utf8_validate (value, -1, NULL) ? upn_name (value) : NULL;

  if (name == NULL)
    signet_openssl_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MALFORMED,
                              _("“%s” cannot be part of a certificate. Write it like email:maria@example.org, "
                                "dns:www.example.org, ip:192.0.2.1, uri:https://example.org or upn:maria@example.org"),
                              text);

  return name;
}

static char *
string_value (const ASN1_STRING *string)
{
  return g_utf8_make_valid ((const char *) ASN1_STRING_get0_data (string), ASN1_STRING_length (string));
}

static char *
ip_value (const ASN1_OCTET_STRING *address)
{
  g_autoptr (GInetAddress) inet = NULL;
  int length = ASN1_STRING_length (address);

  if (length != 4 && length != 16)
    return g_strdup ("?");
  inet = g_inet_address_new_from_bytes (ASN1_STRING_get0_data (address),
                                        length == 4 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6);

  return g_inet_address_to_string (inet);
}

static char *
other_name_print (const OTHERNAME *other)
{
  char oid[128];
  g_autofree char *value = NULL;

  OBJ_obj2txt (oid, sizeof oid, other->type_id, 1);
  if (other->value->type == V_ASN1_UTF8STRING)
    value = string_value (other->value->value.utf8string);

  return g_strdup_printf ("%s:%s", g_str_equal (oid, UPN_OID) ? "upn" : oid, value != NULL ? value : "?");
}

/**
 * signet_alt_name_print:
 * @name: a general name
 *
 * Returns: (transfer full): as signet_alt_name_parse() takes it, where it takes such names; else with the OID as prefix
 */
char *
signet_alt_name_print (const GENERAL_NAME *name)
{
  g_autofree char *value = NULL;
  char oid[128];

  g_return_val_if_fail (name != NULL, NULL);

  switch (name->type)
    {
    case GEN_EMAIL:
      value = string_value (name->d.rfc822Name);
      return g_strconcat ("email:", value, NULL);
    case GEN_DNS:
      value = string_value (name->d.dNSName);
      return g_strconcat ("dns:", value, NULL);
    case GEN_URI:
      value = string_value (name->d.uniformResourceIdentifier);
      return g_strconcat ("uri:", value, NULL);
    case GEN_IPADD:
      value = ip_value (name->d.iPAddress);
      return g_strconcat ("ip:", value, NULL);
    case GEN_DIRNAME:
      value = signet_name_print (name->d.directoryName);
      return g_strconcat ("dn:", value, NULL);
    case GEN_OTHERNAME:
      return other_name_print (name->d.otherName);
    case GEN_RID:
      OBJ_obj2txt (oid, sizeof oid, name->d.registeredID, 1);
      return g_strconcat ("rid:", oid, NULL);
    default:
      return g_strdup ("other:?");
    }
}
