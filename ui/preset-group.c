/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "preset-group.h"

#include <glib/gi18n.h>

struct _SignetPresetGroup
{
  AdwPreferencesGroup parent;

  GPtrArray *presets;           /* (nullable) until they are read; the first choice is none of them */
  GPtrArray *rows;              /* (element-type AdwEntryRow): one for each place in the address */
  AdwComboRow *choice;
  GtkLabel *words;
  char *none;                   /* (nullable): what the first choice is called */
};

G_DEFINE_FINAL_TYPE (SignetPresetGroup, signet_preset_group, ADW_TYPE_PREFERENCES_GROUP)

enum
{
  CHANGED,
  PROBLEM,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

const SignetPreset *
signet_preset_group_get_preset (SignetPresetGroup *self)
{
  guint selected;

  g_return_val_if_fail (SIGNET_IS_PRESET_GROUP (self), NULL);

  selected = adw_combo_row_get_selected (self->choice);
  if (self->presets == NULL || selected == GTK_INVALID_LIST_POSITION || selected == 0 || selected > self->presets->len)
    return NULL;

  return g_ptr_array_index (self->presets, selected - 1);
}

void
signet_preset_group_set_none (SignetPresetGroup *self,
                              const char        *words)
{
  g_return_if_fail (SIGNET_IS_PRESET_GROUP (self) && self->presets == NULL);

  g_free (self->none);
  self->none = g_strdup (words);
}

char *
signet_preset_group_make_url (SignetPresetGroup *self)
{
  const SignetPreset *preset = signet_preset_group_get_preset (self);
  g_autoptr (GHashTable) values = g_hash_table_new (g_str_hash, g_str_equal);

  if (preset == NULL)
    return NULL;
  for (guint i = 0; i < self->rows->len; i++)
    {
      const SignetPresetPlaceholder *placeholder = g_ptr_array_index (preset->placeholders, i);

      g_hash_table_insert (values, placeholder->name, (gpointer) gtk_editable_get_text (GTK_EDITABLE (self->rows->pdata[i])));
    }

  return signet_preset_make_url (preset, values, NULL);
}

static void
on_typed (GtkEditable       *editable,
          SignetPresetGroup *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

/* What the system is, what is set for it (+), and what to know of it beside that (–). */
static char *
tell (const SignetPreset *preset)
{
  GString *text = g_string_new (preset->description);
  g_auto (GStrv) sentences = signet_preset_explain (preset);

  if (sentences[0] != NULL)
    g_string_append_printf (text, "\n\n%s", _("What is set for it:"));
  for (guint i = 0; sentences[i] != NULL; i++)
    g_string_append_printf (text, "\n• %s", sentences[i]);
  if (preset->notes[0] != NULL)
    g_string_append_printf (text, "\n\n%s", _("What to know of it:"));
  for (guint i = 0; preset->notes[i] != NULL; i++)
    g_string_append_printf (text, "\n• %s", preset->notes[i]);

  return g_string_free (text, FALSE);
}

static void
add_row (SignetPresetGroup             *self,
         const SignetPresetPlaceholder *placeholder)
{
  GtkWidget *row = adw_entry_row_new ();
  /* Translators: "Host name (as in ca.example.org)" */
  g_autofree char *title = g_strdup_printf (_("%s (as in %s)"), placeholder->title, placeholder->example);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  g_signal_connect (row, "changed", G_CALLBACK (on_typed), self);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), row);
  g_ptr_array_add (self->rows, row);
}

static void
on_choice (AdwComboRow       *row,
           GParamSpec        *spec,
           SignetPresetGroup *self)
{
  const SignetPreset *preset = signet_preset_group_get_preset (self);
  g_autofree char *text = preset != NULL ? tell (preset) : NULL;

  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self), self->rows->pdata[i]);
  g_ptr_array_set_size (self->rows, 0);
  for (guint i = 0; preset != NULL && i < preset->placeholders->len; i++)
    add_row (self, g_ptr_array_index (preset->placeholders, i));
  gtk_label_set_text (self->words, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->words), text != NULL);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
load (GTask        *task,
      gpointer      source,
      gpointer      data,
      GCancellable *cancellable)
{
  GError *error = NULL;
  GPtrArray *presets = signet_presets_load (&error);

  if (presets != NULL)
    g_task_return_pointer (task, presets, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

static void
on_loaded (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  SignetPresetGroup *self = SIGNET_PRESET_GROUP (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) presets = g_task_propagate_pointer (G_TASK (result), &error);
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);

  if (presets == NULL)
    {
      g_signal_emit (self, signals[PROBLEM], 0, error->message);
      return;
    }
  gtk_string_list_append (names, self->none != NULL ? self->none : _("Another, or not known"));
  for (guint i = 0; i < presets->len; i++)
    gtk_string_list_append (names, ((SignetPreset *) presets->pdata[i])->name);
  self->presets = g_steal_pointer (&presets);
  adw_combo_row_set_model (self->choice, G_LIST_MODEL (names));
}

static void
signet_preset_group_constructed (GObject *object)
{
  g_autoptr (GTask) task = g_task_new (object, NULL, on_loaded, NULL);

  G_OBJECT_CLASS (signet_preset_group_parent_class)->constructed (object);
  g_task_run_in_thread (task, load);
}

static void
signet_preset_group_finalize (GObject *object)
{
  SignetPresetGroup *self = SIGNET_PRESET_GROUP (object);

  g_clear_pointer (&self->presets, g_ptr_array_unref);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_free (self->none);

  G_OBJECT_CLASS (signet_preset_group_parent_class)->finalize (object);
}

static void
signet_preset_group_class_init (SignetPresetGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->constructed = signet_preset_group_constructed;
  G_OBJECT_CLASS (klass)->finalize = signet_preset_group_finalize;

  signals[CHANGED] = g_signal_new ("changed", SIGNET_TYPE_PRESET_GROUP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[PROBLEM] = g_signal_new ("problem", SIGNET_TYPE_PRESET_GROUP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                   G_TYPE_STRING);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/signet/Signet/preset-group.ui");
  gtk_widget_class_bind_template_child (widget_class, SignetPresetGroup, choice);
  gtk_widget_class_bind_template_child (widget_class, SignetPresetGroup, words);
  gtk_widget_class_bind_template_callback (widget_class, on_choice);
}

static void
signet_preset_group_init (SignetPresetGroup *self)
{
  self->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}
