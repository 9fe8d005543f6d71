/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-template.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>

#include "cmp/cmp-info.h"
#include "cmp/cmp-template-private.h"
#include "cmp/cmp-text.h"
#include "pki/pki-name.h"

#define OID_TEXT_SIZE 256
#define FIELDS_MAX 256
#define KEY_TYPES_MAX 64
#define RSA_MAX_BITS 16384
#define VALUE_MAX 512           /* octets of a value in words */

static void
field_free (gpointer data)
{
  SignetCmpTemplateField *field = data;

  g_free (field->type);
  g_free (field->value);
  g_free (field);
}

/* Takes @type and @value. */
static void
add_field (SignetCmpTemplate     *self,
           SignetCmpTemplatePart  part,
           char                  *type,
           char                  *value,
           gboolean               known)
{
  SignetCmpTemplateField *field = g_new0 (SignetCmpTemplateField, 1);

  field->part = part;
  field->type = type;
  if (value != NULL)
    field->value = signet_cmp_text_clean (value, strlen (value), VALUE_MAX);
  field->known = known;
  g_free (value);
  g_ptr_array_add (self->fields, field);
}

/* ---- words ---- */

char *
signet_cmp_template_attribute_type (const ASN1_OBJECT *object)
{
  char text[OID_TEXT_SIZE];
  int nid = OBJ_obj2nid (object);

  if (nid != NID_undef)
    return g_strdup (OBJ_nid2sn (nid));

  return OBJ_obj2txt (text, sizeof text, object, 1) > 0 ? g_strdup (text) : g_strdup ("?");
}

char *
signet_cmp_template_extension_type (const ASN1_OBJECT *object)
{
  return signet_cmp_template_attribute_type (object);
}

char *
signet_cmp_template_alt_name_type (const GENERAL_NAME *name)
{
  g_autofree char *text = signet_alt_name_print (name);
  const char *colon = strchr (text, ':');

  return colon != NULL ? g_strndup (text, (gsize) (colon - text)) : g_strdup (text);
}

static char *
string_text (const ASN1_STRING *string)
{
  unsigned char *utf8 = NULL;
  int size = ASN1_STRING_to_UTF8 (&utf8, string);
  char *text;

  ERR_clear_error ();
  if (size < 0)
    return g_strdup ("?");
  text = g_strndup ((const char *) utf8, (gsize) size);
  OPENSSL_free (utf8);

  return text;
}

static char *
extension_text (X509_EXTENSION *extension)
{
  g_autoptr (BIO) bio = BIO_new (BIO_s_mem ());
  char *data = NULL;
  long size;

  X509V3_EXT_print (bio, extension, X509V3_EXT_DUMP_UNKNOWN, 0);
  ERR_clear_error ();
  size = BIO_get_mem_data (bio, &data);

  return size > 0 ? g_strndup (data, (gsize) size) : g_strdup ("");
}

/* ---- what is empty ---- */

/* Extensions that are a SEQUENCE SIZE (1..MAX), so that an empty one says nothing: RFC 5280 §4.2. */
static gboolean
is_list_extension (int nid)
{
  static const int lists[] = {
    NID_subject_alt_name, NID_issuer_alt_name, NID_ext_key_usage, NID_certificate_policies, NID_policy_mappings,
    NID_crl_distribution_points, NID_freshest_crl, NID_info_access, NID_sinfo_access, NID_subject_directory_attributes,
  };

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    if (lists[i] == nid)
      return TRUE;

  return FALSE;
}

gboolean
signet_cmp_template_extension_is_empty (X509_EXTENSION *extension)
{
  static const guint8 empty_sequence[] = { 0x30, 0x00 };
  static const guint8 no_bits[] = { 0x03, 0x01, 0x00 };
  const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data (extension);
  int nid = OBJ_obj2nid (X509_EXTENSION_get_object (extension));

  if (value->length == 0)
    return TRUE;
  if (is_list_extension (nid))
    return value->length == sizeof empty_sequence && memcmp (value->data, empty_sequence, sizeof empty_sequence) == 0;
  if (nid == NID_key_usage)
    return value->length == sizeof no_bits && memcmp (value->data, no_bits, sizeof no_bits) == 0;

  return FALSE;
}

gboolean
signet_cmp_template_alt_name_is_empty (const GENERAL_NAME *name)
{
  const ASN1_TYPE *other;

  switch (name->type)
    {
    case GEN_EMAIL:
    case GEN_DNS:
    case GEN_URI:
      return ASN1_STRING_length (name->d.ia5) == 0;
    case GEN_IPADD:
      return ASN1_STRING_length (name->d.iPAddress) == 0;
    case GEN_DIRNAME:
      return X509_NAME_entry_count (name->d.directoryName) == 0;
    case GEN_OTHERNAME:
      other = name->d.otherName->value;
      return other == NULL || other->type == V_ASN1_NULL
             || (other->type == V_ASN1_UTF8STRING && ASN1_STRING_length (other->value.utf8string) == 0);
    default:
      return FALSE;
    }
}

/* ---- parsing ---- */

static void
add_name (SignetCmpTemplate     *self,
          SignetCmpTemplatePart  part,
          const X509_NAME       *name)
{
  int count = X509_NAME_entry_count (name);

  if (name == NULL)
    return;
  if (count == 0)
    add_field (self, part, NULL, NULL, TRUE);
  for (int i = 0; i < count; i++)
    {
      const X509_NAME_ENTRY *entry = X509_NAME_get_entry (name, i);
      const ASN1_STRING *value = X509_NAME_ENTRY_get_data (entry);

      add_field (self, part, signet_cmp_template_attribute_type (X509_NAME_ENTRY_get_object (entry)),
                 ASN1_STRING_length (value) > 0 ? string_text (value) : NULL, TRUE);
    }
}

static void
add_time (SignetCmpTemplate     *self,
          SignetCmpTemplatePart  part,
          const ASN1_TIME       *time)
{
  g_autoptr (GDateTime) date = NULL;
  gint64 seconds;

  if (time == NULL || !signet_asn1_time_to_seconds (time, &seconds))
    return;
  date = g_date_time_new_from_unix_utc (seconds);
  if (date != NULL)
    add_field (self, part, NULL, g_date_time_format_iso8601 (date), TRUE);
}

static gboolean
add_alt_names (SignetCmpTemplate *self,
               X509_EXTENSION    *extension)
{
  g_autoptr (GENERAL_NAMES) names = X509V3_EXT_d2i (extension);

  if (names == NULL)
    return FALSE;
  for (int i = 0; i < sk_GENERAL_NAME_num (names); i++)
    {
      const GENERAL_NAME *name = sk_GENERAL_NAME_value (names, i);
      g_autofree char *text = signet_alt_name_print (name);
      const char *colon = strchr (text, ':');
      gboolean empty = signet_cmp_template_alt_name_is_empty (name);

      add_field (self, SIGNET_CMP_TEMPLATE_ALT_NAME, signet_cmp_template_alt_name_type (name),
                 empty || colon == NULL ? NULL : g_strdup (colon + 1), TRUE);
    }

  return TRUE;
}

static gboolean
add_extension (SignetCmpTemplate  *self,
               X509_EXTENSION     *extension,
               GError            **error)
{
  const ASN1_OBJECT *object = X509_EXTENSION_get_object (extension);
  gboolean empty = signet_cmp_template_extension_is_empty (extension);
  int nid = OBJ_obj2nid (object);

  if (nid != NID_subject_alt_name)
    {
      add_field (self, SIGNET_CMP_TEMPLATE_EXTENSION, signet_cmp_template_extension_type (object),
                 empty ? NULL : extension_text (extension), !empty || nid == NID_key_usage || nid == NID_ext_key_usage);
      return TRUE;
    }
  if (empty)
    add_field (self, SIGNET_CMP_TEMPLATE_ALT_NAME, NULL, NULL, TRUE);
  else if (!add_alt_names (self, extension))
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED,
                                _("The alternative names of the authority's template cannot be read"));
      return FALSE;
    }

  return TRUE;
}

static gboolean
is_oid (const ASN1_OBJECT *object,
        const char        *oid)
{
  char text[OID_TEXT_SIZE];

  return OBJ_obj2txt (text, sizeof text, object, 1) > 0 && g_str_equal (text, oid);
}

/* The kind of key that one control stands for; %NULL without @error for a control of another kind. */
static SignetCmpKeyType *
read_key_type (const SignetTypeAndValue  *control,
               GError                   **error)
{
  g_autoptr (GBytes) algorithm = NULL;
  gint64 bits;

  if (is_oid (control->type, SIGNET_OID_ALG_ID))
    {
      algorithm = signet_asn1_any_get_der (control->value);
      return signet_cmp_key_type_new_for_algorithm (algorithm, error);
    }
  if (!is_oid (control->type, SIGNET_OID_RSA_KEY_LEN))
    return NULL;
  if (ASN1_TYPE_get (control->value) != V_ASN1_INTEGER || !signet_asn1_get_int64 (control->value->value.integer, &bits)
      || bits < 1 || bits > RSA_MAX_BITS)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED,
                   _("The authority's template has a length for RSA keys that makes no sense."));
      return NULL;
    }

  return signet_cmp_key_type_new_for_rsa ((guint) bits);
}

static gboolean
read_key_types (SignetCmpTemplate  *self,
                GError            **error)
{
  const STACK_OF (SignetTypeAndValue) *controls = self->content->key_spec;

  if (sk_SignetTypeAndValue_num (controls) > KEY_TYPES_MAX)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_LIMIT, _("The authority's template lists more than %d kinds of key."),
                   KEY_TYPES_MAX);
      return FALSE;
    }
  for (int i = 0; i < sk_SignetTypeAndValue_num (controls); i++)
    {
      g_autoptr (GError) reason = NULL;
      SignetCmpKeyType *type = read_key_type (sk_SignetTypeAndValue_value (controls, i), &reason);

      if (type != NULL)
        g_ptr_array_add (self->key_types, type);
      else if (reason != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&reason));
          return FALSE;
        }
    }

  return TRUE;
}

static void
collect_remarks (SignetCmpTemplate *self)
{
  const SignetCertTemplate *template = self->content->cert_template;
  g_autoptr (GString) names = g_string_new (NULL);
  const struct { const char *name; gboolean there; } forbidden[] = {
    { "serialNumber", template->serial_number != NULL }, { "signingAlg", template->signing_alg != NULL },
    { "publicKey", template->public_key != NULL }, { "issuerUID", template->issuer_uid != NULL },
    { "subjectUID", template->subject_uid != NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (forbidden); i++)
    if (forbidden[i].there)
      g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", forbidden[i].name);
  if (names->len > 0)
    self->remarks = g_strdup_printf (_("The authority's template has %s, which no template may have; that is passed over."), names->str);
}

static gboolean
read_fields (SignetCmpTemplate  *self,
             GError            **error)
{
  const SignetCertTemplate *template = self->content->cert_template;

  add_name (self, SIGNET_CMP_TEMPLATE_ISSUER, template->issuer);
  if (template->validity != NULL)
    {
      add_time (self, SIGNET_CMP_TEMPLATE_NOT_BEFORE, template->validity->not_before);
      add_time (self, SIGNET_CMP_TEMPLATE_NOT_AFTER, template->validity->not_after);
    }
  add_name (self, SIGNET_CMP_TEMPLATE_SUBJECT, template->subject);
  for (int i = 0; i < sk_X509_EXTENSION_num (template->extensions) && i < FIELDS_MAX; i++)
    if (!add_extension (self, sk_X509_EXTENSION_value (template->extensions, i), error))
      return FALSE;
  if (self->fields->len > FIELDS_MAX || sk_X509_EXTENSION_num (template->extensions) > FIELDS_MAX)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_LIMIT, _("The authority's template has more than %d fields."), FIELDS_MAX);
      return FALSE;
    }

  return TRUE;
}

SignetCmpTemplate *
signet_cmp_template_parse (GBytes  *der,
                           GError **error)
{
  g_autoptr (SignetCmpTemplate) self = g_new0 (SignetCmpTemplate, 1);

  self->der = g_bytes_ref (der);
  self->fields = g_ptr_array_new_with_free_func (field_free);
  self->key_types = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_key_type_free);
  self->content = signet_asn1_decode (g_bytes_get_data (der, NULL), g_bytes_get_size (der),
                                      ASN1_ITEM_rptr (SignetCertReqTemplateContent));
  if (self->content == NULL)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED,
                                _("The authority's template for requests cannot be read"));
      return NULL;
    }
  if (!read_fields (self, error) || !read_key_types (self, error))
    return NULL;
  collect_remarks (self);

  return g_steal_pointer (&self);
}

gboolean
signet_cmp_template_read (const SignetCmpGenmItem  *item,
                          SignetCmpTemplate       **template,
                          GError                  **error)
{
  *template = NULL;
  if (!signet_cmp_genm_item_has_value (item))
    return TRUE;
  *template = signet_cmp_template_parse (item->value, error);

  return *template != NULL;
}

void
signet_cmp_template_free (SignetCmpTemplate *self)
{
  g_clear_pointer (&self->der, g_bytes_unref);
  g_clear_pointer (&self->content, SignetCertReqTemplateContent_free);
  g_clear_pointer (&self->fields, g_ptr_array_unref);
  g_clear_pointer (&self->key_types, g_ptr_array_unref);
  g_free (self->remarks);
  g_free (self);
}

GPtrArray *
signet_cmp_template_get_fields (const SignetCmpTemplate *self)
{
  return self->fields;
}

gboolean
signet_cmp_template_has_part (const SignetCmpTemplate *self,
                              SignetCmpTemplatePart    part)
{
  for (guint i = 0; i < self->fields->len; i++)
    if (((const SignetCmpTemplateField *) g_ptr_array_index (self->fields, i))->part == part)
      return TRUE;

  return FALSE;
}

const SignetCmpTemplateField *
signet_cmp_template_find (const SignetCmpTemplate *self,
                          SignetCmpTemplatePart    part,
                          const char              *type)
{
  for (guint i = 0; i < self->fields->len; i++)
    {
      const SignetCmpTemplateField *field = g_ptr_array_index (self->fields, i);

      if (field->part == part && (field->type == NULL || (type != NULL && g_ascii_strcasecmp (field->type, type) == 0)))
        return field;
    }

  return NULL;
}

GPtrArray *
signet_cmp_template_get_key_types (const SignetCmpTemplate *self)
{
  return self->key_types;
}

const char *
signet_cmp_template_get_remarks (const SignetCmpTemplate *self)
{
  return self->remarks;
}

GBytes *
signet_cmp_template_get_der (const SignetCmpTemplate *self)
{
  return self->der;
}

/* ---- words for all of it ---- */

static const char *
part_words (SignetCmpTemplatePart part)
{
  switch (part)
    {
    case SIGNET_CMP_TEMPLATE_SUBJECT:
      return _("Name");
    case SIGNET_CMP_TEMPLATE_ISSUER:
      return _("Issuer");
    case SIGNET_CMP_TEMPLATE_NOT_BEFORE:
      return _("Valid from");
    case SIGNET_CMP_TEMPLATE_NOT_AFTER:
      return _("Valid until");
    case SIGNET_CMP_TEMPLATE_ALT_NAME:
      return _("Also valid for");
    case SIGNET_CMP_TEMPLATE_EXTENSION:
    default:
      return _("Extension");
    }
}

char *
signet_cmp_template_describe (const SignetCmpTemplate *self)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *keys = signet_cmp_key_types_describe (self->key_types);

  for (guint i = 0; i < self->fields->len; i++)
    {
      const SignetCmpTemplateField *field = g_ptr_array_index (self->fields, i);

      g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", part_words (field->part));
      if (field->type != NULL)
        g_string_append_printf (text, ", %s", field->type);
      g_string_append_printf (text, ": %s", field->value != NULL ? field->value : field->known ? _("to be filled in") : _("left out"));
    }
  if (*keys != '\0')
    /* Translators: %s is a list such as "P-256, RSA 2048" */
    g_string_append_printf (text, _("%sKeys: %s"), text->len > 0 ? "\n" : "", keys);
  if (self->remarks != NULL)
    g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", self->remarks);

  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
signet_cmp_template_describe_item (const SignetCmpGenmItem  *item,
                                   GError                  **error)
{
  g_autoptr (SignetCmpTemplate) template = NULL;

  if (!signet_cmp_template_read (item, &template, error))
    return NULL;

  return template != NULL ? signet_cmp_template_describe (template) : g_strdup (_("The authority has no requirements for requests."));
}
