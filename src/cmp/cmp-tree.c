/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-der.h"
#include "cmp/cmp-text.h"
#include "cmp/cmp-tree.h"

#define OCTETS_SHOWN 64
#define VALUE_MAX 1024
#define OID_TEXT_SIZE 128

/* What all nodes of a tree share. */
typedef struct {
  guint nodes;
  gsize text;
} Budget;

struct _SignetCmpNode {
  char *name;
  char *value;
  GPtrArray *children;
  Budget *budget;
  guint depth;
  gboolean is_root;
};

static SignetCmpNode *
node_new (const char *name,
          const char *value)
{
  SignetCmpNode *self = g_new0 (SignetCmpNode, 1);

  self->name = g_strdup (name);
  self->value = value == NULL ? g_strdup ("") : signet_cmp_text_clean (value, strlen (value), VALUE_MAX);
  self->children = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_node_free);
  return self;
}

SignetCmpNode *
signet_cmp_node_new (const char *name,
                     const char *value)
{
  SignetCmpNode *self = node_new (name, value);

  self->budget = g_new0 (Budget, 1);
  self->is_root = TRUE;
  return self;
}

void
signet_cmp_node_free (SignetCmpNode *self)
{
  g_free (self->name);
  g_free (self->value);
  g_ptr_array_unref (self->children);
  if (self->is_root)
    g_free (self->budget);
  g_free (self);
}

SignetCmpNode *
signet_cmp_node_add (SignetCmpNode *parent,
                     const char    *name,
                     const char    *value)
{
  SignetCmpNode *node;
  Budget *budget;
  gboolean spent;

  if (parent == NULL || parent->budget->nodes > SIGNET_CMP_TREE_MAX_NODES)
    return NULL;
  budget = parent->budget;
  spent = budget->nodes == SIGNET_CMP_TREE_MAX_NODES || budget->text > SIGNET_CMP_TREE_MAX_TEXT;
  node = spent ? node_new ("…", _("the rest is left out")) : node_new (name, value);
  node->budget = budget;
  node->depth = parent->depth + 1;
  g_ptr_array_add (parent->children, node);
  budget->nodes = spent ? SIGNET_CMP_TREE_MAX_NODES + 1 : budget->nodes + 1;
  budget->text += strlen (node->name) + strlen (node->value);
  return spent ? NULL : node;
}

SignetCmpNode *
signet_cmp_node_add_take (SignetCmpNode *parent,
                          const char    *name,
                          char          *value)
{
  SignetCmpNode *node = signet_cmp_node_add (parent, name, value);

  g_free (value);
  return node;
}

SignetCmpNode *
signet_cmp_node_add_octets (SignetCmpNode *parent,
                            const char    *name,
                            const guint8  *octets,
                            gsize          size)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < MIN (size, OCTETS_SHOWN); i++)
    g_string_append_printf (text, "%02x", octets[i]);
  if (size > OCTETS_SHOWN)
    {
      g_string_append_c (text, ' ');
      g_string_append_printf (text, ngettext ("… (%lu octet)", "… (%lu octets)", size), (gulong) size);
    }
  return signet_cmp_node_add_take (parent, name, g_string_free (text, FALSE));
}

SignetCmpNode *
signet_cmp_node_add_string (SignetCmpNode     *parent,
                            const char        *name,
                            const ASN1_STRING *string)
{
  if (string == NULL)
    return NULL;
  return signet_cmp_node_add_octets (parent, name, ASN1_STRING_get0_data (string), (gsize) ASN1_STRING_length (string));
}

SignetCmpNode *
signet_cmp_node_add_number (SignetCmpNode      *parent,
                            const char         *name,
                            const ASN1_INTEGER *number)
{
  gint64 value;

  if (number == NULL)
    return NULL;
  if (!signet_asn1_get_int64 (number, &value))
    return signet_cmp_node_add_string (parent, name, number);
  return signet_cmp_node_add_take (parent, name, g_strdup_printf ("%" G_GINT64_FORMAT, value));
}

/* ---- values of any type ---- */

static const char *
universal_name (guint tag)
{
  static const char *const names[] = {
    [1] = "BOOLEAN", [2] = "INTEGER", [3] = "BIT STRING", [4] = "OCTET STRING", [5] = "NULL", [6] = "OBJECT IDENTIFIER",
    [10] = "ENUMERATED", [12] = "UTF8String", [16] = "SEQUENCE", [17] = "SET", [18] = "NumericString",
    [19] = "PrintableString", [20] = "TeletexString", [22] = "IA5String", [23] = "UTCTime", [24] = "GeneralizedTime",
    [26] = "VisibleString", [28] = "UniversalString", [30] = "BMPString",
  };

  return tag < G_N_ELEMENTS (names) ? names[tag] : NULL;
}

static char *
tag_name (const SignetDerValue *value)
{
  static const char *const classes[] = { "UNIVERSAL ", "APPLICATION ", "", "PRIVATE " };
  const char *name = value->tag_class == 0 ? universal_name (value->tag) : NULL;

  return name != NULL ? g_strdup (name) : g_strdup_printf ("[%s%u]", classes[value->tag_class], value->tag);
}

static char *
oid_value (const SignetDerValue *value)
{
  g_autoptr (ASN1_OBJECT) object = signet_asn1_decode (value->octets, value->size, ASN1_ITEM_rptr (ASN1_OBJECT));
  char text[OID_TEXT_SIZE];
  int nid;

  ERR_clear_error ();
  if (object == NULL || OBJ_obj2txt (text, sizeof text, object, 1) <= 0)
    return NULL;
  nid = OBJ_obj2nid (object);
  return nid == NID_undef ? g_strdup (text) : g_strdup_printf ("%s (%s)", text, OBJ_nid2sn (nid));
}

/* What fits 8 octets, in decimal. */
static char *
integer_value (const SignetDerValue *value)
{
  gint64 number = value->contents_size > 0 && (value->contents[0] & 0x80) ? -1 : 0;

  if (value->contents_size == 0 || value->contents_size > sizeof number)
    return NULL;
  for (gsize i = 0; i < value->contents_size; i++)
    number = (gint64) ((guint64) number << 8 | value->contents[i]);
  return g_strdup_printf ("%" G_GINT64_FORMAT, number);
}

/* %NULL where only octets can be shown. */
static char *
leaf_value (const SignetDerValue *value)
{
  if (value->tag_class != 0)
    return NULL;
  switch (value->tag)
    {
    case V_ASN1_BOOLEAN:
      return value->contents_size == 1 ? g_strdup (value->contents[0] ? "TRUE" : "FALSE") : NULL;
    case V_ASN1_INTEGER:
    case V_ASN1_ENUMERATED:
      return integer_value (value);
    case V_ASN1_NULL:
      return value->contents_size == 0 ? g_strdup ("") : NULL;
    case V_ASN1_OBJECT:
      return oid_value (value);
    case V_ASN1_UTF8STRING:
    case V_ASN1_NUMERICSTRING:
    case V_ASN1_PRINTABLESTRING:
    case V_ASN1_IA5STRING:
    case V_ASN1_VISIBLESTRING:
    case V_ASN1_UTCTIME:
    case V_ASN1_GENERALIZEDTIME:
      return signet_cmp_text_clean ((const char *) value->contents, value->contents_size, VALUE_MAX);
    default:
      return NULL;
    }
}

static void
add_values (SignetCmpNode *parent,
            const char    *name,
            const guint8  *data,
            gsize          size)
{
  SignetDerValue value;

  while (size > 0 && parent != NULL)
    {
      g_autofree char *tag = NULL;
      g_autofree char *text = NULL;
      const char *label;

      if (!signet_der_read (&data, &size, &value))
        {
          signet_cmp_node_add_octets (parent, name != NULL ? name : _("octets"), data, size);
          return;
        }
      tag = tag_name (&value);
      label = name != NULL ? name : tag;
      if (value.constructed && parent->depth < SIGNET_CMP_TREE_MAX_DEPTH)
        {
          SignetCmpNode *node = signet_cmp_node_add (parent, label, name != NULL ? tag : NULL);

          add_values (node, NULL, value.contents, value.contents_size);
          if (node == NULL)
            return;
          continue;
        }
      text = leaf_value (&value);
      if (text != NULL)
        signet_cmp_node_add (parent, label, text);
      else
        signet_cmp_node_add_octets (parent, label, value.contents, value.contents_size);
    }
}

void
signet_cmp_node_add_der (SignetCmpNode *parent,
                         const char    *name,
                         const guint8  *der,
                         gsize          size)
{
  add_values (parent, name, der, size);
}

void
signet_cmp_node_add_any (SignetCmpNode   *parent,
                         const char      *name,
                         const ASN1_TYPE *any)
{
  g_autoptr (GBytes) der = any == NULL ? NULL : signet_asn1_encode (any, ASN1_ITEM_rptr (ASN1_ANY));

  if (der != NULL)
    add_values (parent, name, g_bytes_get_data (der, NULL), g_bytes_get_size (der));
}

guint
signet_cmp_node_get_depth (SignetCmpNode *self)
{
  return self == NULL ? 0 : self->depth;
}

gboolean
signet_cmp_node_is_full (SignetCmpNode *self)
{
  return self == NULL || self->budget->nodes > SIGNET_CMP_TREE_MAX_NODES;
}

GVariant *
signet_cmp_node_to_variant (SignetCmpNode *self)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
  for (guint i = 0; i < self->children->len; i++)
    g_variant_builder_add (&builder, "v", signet_cmp_node_to_variant (g_ptr_array_index (self->children, i)));
  return g_variant_new ("(ssav)", self->name, self->value, &builder);
}

void
signet_cmp_node_print (SignetCmpNode *self,
                       GString       *text)
{
  for (guint i = 0; i < self->children->len; i++)
    {
      SignetCmpNode *child = g_ptr_array_index (self->children, i);

      g_string_append_printf (text, "%*s%s%s%s\n", (int) (2 * self->depth), "", child->name,
                              *child->value == '\0' ? "" : ": ", child->value);
      signet_cmp_node_print (child, text);
    }
}
