/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>

#include "cmp/cmp-info.h"
#include "cmp/cmp-template-private.h"
#include "pki/pki-name.h"

/* What is being made, and which values of the wish have found their place. */
typedef struct {
  const SignetCmpTemplateWish *wish;
  SignetCmpTemplateResult *result;
} Application;

void
signet_cmp_template_result_free (SignetCmpTemplateResult *self)
{
  g_clear_pointer (&self->subject, X509_NAME_free);
  g_clear_pointer (&self->issuer, X509_NAME_free);
  if (self->extensions != NULL)
    sk_X509_EXTENSION_pop_free (self->extensions, X509_EXTENSION_free);
  g_clear_pointer (&self->missing, g_ptr_array_unref);
  g_clear_pointer (&self->deviations, g_ptr_array_unref);
  g_free (self);
}

/* ---- names ---- */

static char *
entry_text (const X509_NAME_ENTRY *entry)
{
  g_autoptr (X509_NAME) name = X509_NAME_new ();

  X509_NAME_add_entry (name, entry, -1, 0);

  return signet_name_print (name);
}

static gboolean
entry_has_type (const X509_NAME_ENTRY *a,
                const X509_NAME_ENTRY *b)
{
  return OBJ_cmp (X509_NAME_ENTRY_get_object (a), X509_NAME_ENTRY_get_object (b)) == 0;
}

static gboolean
entry_equal (const X509_NAME_ENTRY *a,
             const X509_NAME_ENTRY *b)
{
  g_autoptr (X509_NAME) first = X509_NAME_new ();
  g_autoptr (X509_NAME) second = X509_NAME_new ();

  X509_NAME_add_entry (first, a, -1, 0);
  X509_NAME_add_entry (second, b, -1, 0);

  return X509_NAME_cmp (first, second) == 0;
}

/* The first of @wish of the type of @entry that was not taken yet, marked as taken; with a value equal to @entry's where @equal. */
static const X509_NAME_ENTRY *
take_entry (const X509_NAME       *wish,
            GArray                *taken,
            const X509_NAME_ENTRY *entry,
            gboolean               equal)
{
  for (int i = 0; i < X509_NAME_entry_count (wish); i++)
    {
      const X509_NAME_ENTRY *candidate = X509_NAME_get_entry (wish, i);

      if (g_array_index (taken, gboolean, i) || (equal ? !entry_equal (candidate, entry) : !entry_has_type (candidate, entry)))
        continue;
      g_array_index (taken, gboolean, i) = TRUE;
      return candidate;
    }

  return NULL;
}

/* What of @wish has no place: told, and appended where the requester insists. */
static void
add_rest (Application     *self,
          const X509_NAME *wish,
          const GArray    *taken,
          X509_NAME       *name)
{
  for (int i = 0; i < X509_NAME_entry_count (wish); i++)
    if (!g_array_index (taken, gboolean, i))
      {
        g_ptr_array_add (self->result->deviations, entry_text (X509_NAME_get_entry (wish, i)));
        if (self->wish->insist)
          X509_NAME_add_entry (name, X509_NAME_get_entry (wish, i), -1, 0);
      }
}

/* The value for the entry of the template: its own, or that of @wish; %NULL: it stays empty. */
static const X509_NAME_ENTRY *
choose_entry (Application           *self,
              const X509_NAME_ENTRY *entry,
              const X509_NAME       *wish,
              GArray                *taken)
{
  const X509_NAME_ENTRY *other;

  if (ASN1_STRING_length (X509_NAME_ENTRY_get_data (entry)) == 0)
    return take_entry (wish, taken, entry, FALSE);
  if (take_entry (wish, taken, entry, TRUE) != NULL)
    return entry;
  /* The person has another value than the authority. */
  other = take_entry (wish, taken, entry, FALSE);
  if (other == NULL)
    return entry;
  g_ptr_array_add (self->result->deviations, entry_text (other));

  return self->wish->insist ? other : entry;
}

static X509_NAME *
apply_entries (Application     *self,
               const X509_NAME *template,
               const X509_NAME *wish)
{
  g_autoptr (GArray) taken = g_array_new (FALSE, TRUE, sizeof (gboolean));
  X509_NAME *name = X509_NAME_new ();
  int last_set = -1;

  g_array_set_size (taken, (guint) X509_NAME_entry_count (wish));
  for (int i = 0; i < X509_NAME_entry_count (template); i++)
    {
      const X509_NAME_ENTRY *entry = X509_NAME_get_entry (template, i);
      const X509_NAME_ENTRY *chosen = choose_entry (self, entry, wish, taken);
      int set = X509_NAME_ENTRY_set (entry);

      if (chosen == NULL)
        g_ptr_array_add (self->result->missing, signet_cmp_template_attribute_type (X509_NAME_ENTRY_get_object (entry)));
      else
        {
          /* Attributes that share one RelativeDistinguishedName stay together. */
          X509_NAME_add_entry (name, chosen, -1, set == last_set ? -1 : 0);
          last_set = set;
        }
    }
  add_rest (self, wish, taken, name);
  if (X509_NAME_entry_count (name) == 0)
    g_clear_pointer (&name, X509_NAME_free);

  return name;
}

/* @what: of the field, where all of it is missing. */
static X509_NAME *
apply_name (Application     *self,
            const X509_NAME *template,
            const X509_NAME *wish,
            const char      *what)
{
  gboolean wished = X509_NAME_entry_count (wish) > 0;

  if (template == NULL)
    {
      if (wished)
        g_ptr_array_add (self->result->deviations, signet_name_print (wish));
      return wished && self->wish->insist ? X509_NAME_dup (wish) : NULL;
    }
  if (X509_NAME_entry_count (template) > 0)
    return apply_entries (self, template, wish);
  if (wished)
    return X509_NAME_dup (wish);
  g_ptr_array_add (self->result->missing, g_strdup (what));

  return NULL;
}

/* ---- extensions ---- */

static X509_EXTENSION *
find_wish (Application       *self,
           const ASN1_OBJECT *object)
{
  int at = X509v3_get_ext_by_OBJ (self->wish->extensions, object, -1);

  return at >= 0 ? X509v3_get_ext (self->wish->extensions, at) : NULL;
}

static void
push_extension (Application    *self,
                X509_EXTENSION *extension)
{
  if (self->result->extensions == NULL)
    self->result->extensions = sk_X509_EXTENSION_new_null ();
  sk_X509_EXTENSION_push (self->result->extensions, extension);
}

/* @value in an extension as the template has it: criticality is the authority's. */
static void
push_value (Application             *self,
            X509_EXTENSION          *template,
            const ASN1_OCTET_STRING *value)
{
  push_extension (self, X509_EXTENSION_create_by_OBJ (NULL, X509_EXTENSION_get_object (template),
                                                      X509_EXTENSION_get_critical (template), (ASN1_OCTET_STRING *) value));
}

static void
push_alt_names (Application         *self,
                X509_EXTENSION      *template,
                const GENERAL_NAMES *names)
{
  g_autoptr (ASN1_OCTET_STRING) value = ASN1_OCTET_STRING_new ();
  unsigned char *der = NULL;
  int size = i2d_GENERAL_NAMES (names, &der);

  ASN1_STRING_set0 (value, der, size);
  push_value (self, template, value);
}

/* Whether @candidate may stand where @place is. */
static gboolean
alt_name_fits (const GENERAL_NAME *candidate,
               const GENERAL_NAME *place,
               gboolean            equal)
{
  if (equal)
    return GENERAL_NAME_cmp ((GENERAL_NAME *) candidate, (GENERAL_NAME *) place) == 0;
  if (candidate->type != place->type)
    return FALSE;

  return place->type != GEN_OTHERNAME || OBJ_cmp (candidate->d.otherName->type_id, place->d.otherName->type_id) == 0;
}

static const GENERAL_NAME *
take_alt_name (const GENERAL_NAMES *wish,
               GArray              *taken,
               const GENERAL_NAME  *place,
               gboolean             equal)
{
  for (int i = 0; i < sk_GENERAL_NAME_num (wish); i++)
    {
      const GENERAL_NAME *candidate = sk_GENERAL_NAME_value (wish, i);

      if (g_array_index (taken, gboolean, i) || !alt_name_fits (candidate, place, equal))
        continue;
      g_array_index (taken, gboolean, i) = TRUE;
      return candidate;
    }

  return NULL;
}

static void
add_rest_of_alt_names (Application         *self,
                       const GENERAL_NAMES *wish,
                       const GArray        *taken,
                       GENERAL_NAMES       *names)
{
  for (int i = 0; i < sk_GENERAL_NAME_num (wish); i++)
    if (!g_array_index (taken, gboolean, i))
      {
        g_ptr_array_add (self->result->deviations, signet_alt_name_print (sk_GENERAL_NAME_value (wish, i)));
        if (self->wish->insist)
          sk_GENERAL_NAME_push (names, GENERAL_NAME_dup (sk_GENERAL_NAME_value (wish, i)));
      }
}

static void
apply_alt_names (Application    *self,
                 X509_EXTENSION *extension)
{
  g_autoptr (GENERAL_NAMES) template = X509V3_EXT_d2i (extension);
  g_autoptr (GENERAL_NAMES) wish = X509V3_get_d2i (self->wish->extensions, NID_subject_alt_name, NULL, NULL);
  g_autoptr (GENERAL_NAMES) names = GENERAL_NAMES_new ();
  g_autoptr (GArray) taken = g_array_new (FALSE, TRUE, sizeof (gboolean));

  g_array_set_size (taken, (guint) MAX (sk_GENERAL_NAME_num (wish), 0));
  for (int i = 0; i < sk_GENERAL_NAME_num (template); i++)
    {
      const GENERAL_NAME *place = sk_GENERAL_NAME_value (template, i);
      gboolean empty = signet_cmp_template_alt_name_is_empty (place);
      const GENERAL_NAME *chosen = take_alt_name (wish, taken, place, !empty);

      if (!empty)
        chosen = place;
      if (chosen != NULL)
        sk_GENERAL_NAME_push (names, GENERAL_NAME_dup ((GENERAL_NAME *) chosen));
      else
        g_ptr_array_add (self->result->missing, signet_cmp_template_alt_name_type (place));
    }
  add_rest_of_alt_names (self, wish, taken, names);
  if (sk_GENERAL_NAME_num (names) > 0)
    push_alt_names (self, extension, names);
}

static void
apply_extension (Application    *self,
                 X509_EXTENSION *extension)
{
  const ASN1_OBJECT *object = X509_EXTENSION_get_object (extension);
  X509_EXTENSION *wish = find_wish (self, object);

  if (!signet_cmp_template_extension_is_empty (extension))
    {
      if (OBJ_obj2nid (object) == NID_subject_alt_name)
        {
          apply_alt_names (self, extension);
          return;
        }
      if (wish != NULL && ASN1_OCTET_STRING_cmp (X509_EXTENSION_get_data (wish), X509_EXTENSION_get_data (extension)) != 0)
        g_ptr_array_add (self->result->deviations, signet_cmp_template_extension_type (object));
      else
        wish = NULL;
      push_extension (self, X509_EXTENSION_dup (wish != NULL && self->wish->insist ? wish : extension));
    }
  else if (wish != NULL)
    push_value (self, extension, X509_EXTENSION_get_data (wish));
  else
    g_ptr_array_add (self->result->missing, signet_cmp_template_extension_type (object));
}

/* Extensions that were wished for and that the template does not have. */
static void
apply_other_wishes (Application                      *self,
                    const STACK_OF (X509_EXTENSION)  *template)
{
  for (int i = 0; i < sk_X509_EXTENSION_num (self->wish->extensions); i++)
    {
      X509_EXTENSION *wish = sk_X509_EXTENSION_value (self->wish->extensions, i);
      const ASN1_OBJECT *object = X509_EXTENSION_get_object (wish);

      if (X509v3_get_ext_by_OBJ (template, object, -1) >= 0)
        continue;
      g_ptr_array_add (self->result->deviations, signet_cmp_template_extension_type (object));
      if (self->wish->insist)
        push_extension (self, X509_EXTENSION_dup (wish));
    }
}

SignetCmpTemplateResult *
signet_cmp_template_apply (const SignetCmpTemplate     *self,
                           const SignetCmpTemplateWish *wish)
{
  const SignetCertTemplate *template = self->content->cert_template;
  SignetCmpTemplateResult *result = g_new0 (SignetCmpTemplateResult, 1);
  Application application = { wish, result };

  result->not_before = G_MININT64;
  result->not_after = G_MININT64;
  result->missing = g_ptr_array_new_with_free_func (g_free);
  result->deviations = g_ptr_array_new_with_free_func (g_free);

  result->subject = apply_name (&application, template->subject, wish->subject, _("Name"));
  /* The issuer is nobody's wish: it is given where the template asks for it, and then that of the template. */
  if (template->issuer != NULL)
    result->issuer = X509_NAME_entry_count (template->issuer) > 0
                       ? apply_name (&application, template->issuer, NULL, _("Issuer"))
                       : apply_name (&application, template->issuer, wish->issuer, _("Issuer"));
  if (template->validity != NULL)
    {
      signet_asn1_time_to_seconds (template->validity->not_before, &result->not_before);
      signet_asn1_time_to_seconds (template->validity->not_after, &result->not_after);
    }
  for (int i = 0; i < sk_X509_EXTENSION_num (template->extensions); i++)
    apply_extension (&application, sk_X509_EXTENSION_value (template->extensions, i));
  apply_other_wishes (&application, template->extensions);
  ERR_clear_error ();

  return result;
}
