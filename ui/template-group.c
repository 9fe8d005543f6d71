/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "template-group.h"

#include <glib/gi18n.h>
#include <string.h>

#define FIELDS_TYPE "a(sssbb)"          /* part, type, value, fixed, known: as the worker has it */

struct _SignetTemplateGroup
{
  AdwPreferencesGroup parent;

  GVariant *answer;             /* (nullable) */
  GVariant *fields;             /* (nullable) */
  GVariant *template;           /* (nullable) */
  GPtrArray *rows;              /* (unowned) one for each field that is shown */
  AdwActionRow *ask_row;
  GtkWidget *ask;
  GtkWidget *insist_row;
  GtkSwitch *insist;
};

G_DEFINE_FINAL_TYPE (SignetTemplateGroup, signet_template_group, ADW_TYPE_PREFERENCES_GROUP)

enum
{
  ASK,
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

typedef struct
{
  const char *part;
  const char *type;
  const char *value;
  gboolean fixed;
  gboolean known;
} Field;

static guint
count_fields (SignetTemplateGroup *self)
{
  return self->fields != NULL ? (guint) g_variant_n_children (self->fields) : 0;
}

static Field
get_field (SignetTemplateGroup *self,
           guint                index)
{
  Field field;

  g_variant_get_child (self->fields, index, "(&s&s&sbb)", &field.part, &field.type, &field.value, &field.fixed, &field.known);

  return field;
}

/* Fields that the dialog around this has a place for. */
static gboolean
is_elsewhere (const Field *field)
{
  return (g_str_equal (field->part, "subject")
          && (*field->type == '\0' || g_str_equal (field->type, "CN") || g_str_equal (field->type, "O")))
         || (g_str_equal (field->part, "alt-name") && (*field->type == '\0' || g_str_equal (field->type, "email")));
}

/* ---- rows ---- */

static const char *
type_words (const char *type)
{
  static const struct { const char *type; const char *words; } known[] = {
    { "CN", N_("Name") }, { "O", N_("Organisation") }, { "OU", N_("Department") }, { "C", N_("Country") }, { "L", N_("Town") },
    { "ST", N_("State") }, { "serialNumber", N_("Serial number") }, { "emailAddress", N_("E-mail address") }, { "email", N_("E-mail address") },
    { "dns", N_("Computer name") }, { "ip", N_("Computer address") }, { "uri", N_("Web address") }, { "upn", N_("Sign-in name") },
    { "keyUsage", N_("Key usage") }, { "extendedKeyUsage", N_("Purposes") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_str_equal (known[i].type, type))
      return _(known[i].words);

  return type;
}

static char *
field_words (const Field *field)
{
  if (g_str_equal (field->part, "not-before"))
    return g_strdup (_("Valid from"));
  if (g_str_equal (field->part, "not-after"))
    return g_strdup (_("Valid until"));
  if (g_str_equal (field->part, "issuer"))
    /* Translators: %s is a part of a name, such as "Organisation" */
    return *field->type != '\0' ? g_strdup_printf (_("Issuer: %s"), type_words (field->type)) : g_strdup (_("Issuer"));

  return g_strdup (type_words (field->type));
}

static void
on_entry_changed (GtkEditable         *editable,
                  SignetTemplateGroup *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
add_row (SignetTemplateGroup *self,
         GtkWidget           *row,
         guint                index)
{
  g_object_set_data (G_OBJECT (row), "field", GUINT_TO_POINTER (index));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), row);
  g_ptr_array_add (self->rows, row);
}

static void
add_fixed (SignetTemplateGroup *self,
           const Field         *field,
           guint                index)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *lock = gtk_image_new_from_icon_name ("changes-prevent-symbolic");
  g_autofree char *words = field_words (field);
  g_autofree char *value = g_markup_escape_text (field->value, -1);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), words);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), value);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  gtk_widget_set_tooltip_text (lock, _("Fixed by the authority"));
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), lock);
  add_row (self, row, index);
}

static void
add_entry (SignetTemplateGroup *self,
           const Field         *field,
           guint                index)
{
  GtkWidget *row = adw_entry_row_new ();
  g_autofree char *words = field_words (field);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), words);
  g_signal_connect (row, "changed", G_CALLBACK (on_entry_changed), self);
  add_row (self, row, index);
}

static void
remove_rows (SignetTemplateGroup *self)
{
  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self), self->rows->pdata[i]);
  g_ptr_array_set_size (self->rows, 0);
}

/* Every fixed value is shown; what is to be filled in where it has no place elsewhere and is a name. */
static void
show_fields (SignetTemplateGroup *self)
{
  for (guint i = 0; i < count_fields (self); i++)
    {
      Field field = get_field (self, i);

      if (field.fixed)
        add_fixed (self, &field, i);
      else if (!is_elsewhere (&field) && (g_str_equal (field.part, "subject") || g_str_equal (field.part, "alt-name")))
        add_entry (self, &field, i);
    }
}

static void
show_state (SignetTemplateGroup *self)
{
  g_autoptr (GString) words = g_string_new (NULL);
  const char *keys = "";
  const char *remarks = NULL;

  if (self->answer == NULL)
    g_string_append (words, _("Some authorities tell what a request may contain"));
  else if (self->template == NULL)
    g_string_append (words, _("This authority has no requirements"));
  else
    {
      g_variant_lookup (self->answer, "keys", "&s", &keys);
      g_variant_lookup (self->answer, "remarks", "&s", &remarks);
      g_string_append (words, _("The request holds what the authority asked for, and nothing else."));
      if (*keys != '\0')
        {
          g_string_append_c (words, ' ');
          /* Translators: %s is a list of kinds of key, such as "P-256, RSA 3072" */
          g_string_append_printf (words, _("It certifies these keys: %s."), keys);
        }
      if (remarks != NULL)
        g_string_append_printf (words, " %s", remarks);
    }
  adw_action_row_set_subtitle (self->ask_row, words->str);
  gtk_widget_set_visible (self->insist_row, self->template != NULL);
}

/* ---- the widget ---- */

static void
on_ask (GtkButton           *button,
        SignetTemplateGroup *self)
{
  g_signal_emit (self, signals[ASK], 0);
}

static void
on_insist (GtkSwitch           *row,
           GParamSpec          *spec,
           SignetTemplateGroup *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
signet_template_group_finalize (GObject *object)
{
  SignetTemplateGroup *self = SIGNET_TEMPLATE_GROUP (object);

  g_clear_pointer (&self->answer, g_variant_unref);
  g_clear_pointer (&self->fields, g_variant_unref);
  g_clear_pointer (&self->template, g_variant_unref);
  g_clear_pointer (&self->rows, g_ptr_array_unref);

  G_OBJECT_CLASS (signet_template_group_parent_class)->finalize (object);
}

static void
signet_template_group_class_init (SignetTemplateGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = signet_template_group_finalize;

  signals[ASK] = g_signal_new ("ask", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/signet/Signet/template-group.ui");
  gtk_widget_class_bind_template_child (widget_class, SignetTemplateGroup, ask_row);
  gtk_widget_class_bind_template_child (widget_class, SignetTemplateGroup, ask);
  gtk_widget_class_bind_template_child (widget_class, SignetTemplateGroup, insist_row);
  gtk_widget_class_bind_template_child (widget_class, SignetTemplateGroup, insist);
  gtk_widget_class_bind_template_callback (widget_class, on_ask);
  gtk_widget_class_bind_template_callback (widget_class, on_insist);
}

static void
signet_template_group_init (SignetTemplateGroup *self)
{
  self->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
signet_template_group_set_answer (SignetTemplateGroup *self,
                                  GVariant            *answer)
{
  if (answer == NULL && self->answer == NULL)
    return;
  /* Before what they are about goes: each change below is heard. */
  remove_rows (self);
  gtk_switch_set_active (self->insist, FALSE);
  g_clear_pointer (&self->answer, g_variant_unref);
  g_clear_pointer (&self->fields, g_variant_unref);
  g_clear_pointer (&self->template, g_variant_unref);
  if (answer != NULL)
    {
      self->answer = g_variant_ref_sink (answer);
      self->fields = g_variant_lookup_value (answer, "fields", G_VARIANT_TYPE (FIELDS_TYPE));
      self->template = g_variant_lookup_value (answer, "template", G_VARIANT_TYPE_BYTESTRING);
    }
  show_fields (self);
  show_state (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

void
signet_template_group_set_askable (SignetTemplateGroup *self,
                                   gboolean             askable)
{
  gtk_widget_set_sensitive (self->ask, askable);
}

GVariant *
signet_template_group_get_template (SignetTemplateGroup *self)
{
  return self->template;
}

gboolean
signet_template_group_get_insist (SignetTemplateGroup *self)
{
  return self->template != NULL && gtk_switch_get_active (self->insist);
}

gboolean
signet_template_group_is_open (SignetTemplateGroup *self,
                               const char          *part,
                               const char          *type)
{
  if (self->template == NULL || signet_template_group_get_insist (self))
    return TRUE;
  for (guint i = 0; i < count_fields (self); i++)
    {
      Field field = get_field (self, i);

      if (g_str_equal (field.part, part) && !field.fixed && (*field.type == '\0' || g_str_equal (field.type, type)))
        return TRUE;
    }

  return FALSE;
}

const char *
signet_template_group_get_fixed (SignetTemplateGroup *self,
                                 const char          *part,
                                 const char          *type)
{
  for (guint i = 0; i < count_fields (self); i++)
    {
      Field field = get_field (self, i);

      if (field.fixed && g_str_equal (field.part, part) && g_str_equal (field.type, type))
        return field.value;
    }

  return NULL;
}

gboolean
signet_template_group_allows_any_name (SignetTemplateGroup *self)
{
  return signet_template_group_is_open (self, "alt-name", "");
}

char **
signet_template_group_get_key_specs (SignetTemplateGroup *self)
{
  const char *keys = "";
  char **specs = NULL;

  if (self->template == NULL || signet_template_group_get_insist (self))
    return NULL;
  g_variant_lookup (self->answer, "keys", "&s", &keys);
  if (*keys != '\0')
    g_variant_lookup (self->answer, "key-specs", "^as", &specs);

  return specs;
}

/* RFC 4514 §2.4 */
static char *
escape (const char *value)
{
  GString *text = g_string_new (NULL);

  for (const char *c = value; *c != '\0'; c++)
    {
      if (strchr (",+\"\\<>;=", *c) != NULL || (c == value && (*c == '#' || *c == ' ')) || (*c == ' ' && c[1] == '\0'))
        g_string_append_c (text, '\\');
      g_string_append_c (text, *c);
    }

  return g_string_free (text, FALSE);
}

/* Calls @add for each value that was entered here. */
static void
each_entry (SignetTemplateGroup *self,
            const char          *part,
            void               (*add) (const Field *field, const char *value, gpointer data),
            gpointer             data)
{
  for (guint i = 0; i < self->rows->len; i++)
    {
      Field field = get_field (self, GPOINTER_TO_UINT (g_object_get_data (self->rows->pdata[i], "field")));
      const char *value;

      if (field.fixed || !g_str_equal (field.part, part))
        continue;
      value = gtk_editable_get_text (GTK_EDITABLE (self->rows->pdata[i]));
      if (*value != '\0')
        add (&field, value, data);
    }
}

static void
add_attribute (const Field *field,
               const char  *value,
               gpointer     data)
{
  GString *text = data;
  g_autofree char *escaped = escape (value);

  g_string_append_printf (text, "%s%s=%s", text->len > 0 ? "," : "", field->type, escaped);
}

char *
signet_template_group_get_subject (SignetTemplateGroup *self)
{
  GString *text = g_string_new (NULL);

  each_entry (self, "subject", add_attribute, text);

  return g_string_free (text, FALSE);
}

static void
add_alt_name (const Field *field,
              const char  *value,
              gpointer     data)
{
  g_autofree char *name = g_strdup_printf ("%s:%s", field->type, value);

  g_strv_builder_add (data, name);
}

void
signet_template_group_add_alt_names (SignetTemplateGroup *self,
                                     GStrvBuilder        *builder)
{
  each_entry (self, "alt-name", add_alt_name, builder);
}
