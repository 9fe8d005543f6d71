/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "window.h"

#include <glib/gi18n.h>

#include "authority-dialog.h"
#include "authority-page.h"
#include "carry.h"
#include "certificate-page.h"
#include "key-page.h"
#include "overview.h"
#include "request-dialog.h"
#include "request-page.h"
#include "unlock.h"
#include "window-views.h"

#define REFRESH_SECONDS 30              /* "in 5 minutes" must not stand there for an hour */

typedef struct
{
  const char *name;
  const char *title;
  const char *icon;
} View;

static const View views[] = {
  { "overview", N_("Overview"), "view-grid-symbolic" },
  { "certificates", N_("Certificates"), "application-certificate-symbolic" },
  { "requests", N_("Requests"), "mail-send-symbolic" },
  { "keys", N_("Keys"), "dialog-password-symbolic" },
  { "authorities", N_("Authorities"), "network-server-symbolic" },
};

struct _SignetWindow
{
  AdwApplicationWindow parent;

  AdwToastOverlay *toasts;
  AdwLeaflet *leaflet;
  GtkWidget *sidebar_box;
  GtkWidget *content_box;
  GtkListBox *sidebar;
  AdwWindowTitle *title;
  GtkWidget *back;
  GtkWidget *request;
  AdwButtonContent *request_content;
  GtkWidget *search_button;
  GtkSearchBar *search_bar;
  GtkEditable *search_entry;
  GtkInfoBar *trouble;
  GtkLabel *trouble_text;
  GtkWidget *unlock;
  GtkStack *stack;
  GtkLabel *status_line;

  SignetClient *client;
  GtkWidget *badges[G_N_ELEMENTS (views)];
  const char *view;             /* name of the one that is shown or lies under the pages */
  GQueue pages;                 /* of SignetPage, the one on top last */
  gint64 awaited;               /* request to show once its row is there; 0 */
  guint refresh_timer;
};

static void shell_init (SignetShellInterface *iface);
G_DEFINE_FINAL_TYPE_WITH_CODE (SignetWindow, signet_window, ADW_TYPE_APPLICATION_WINDOW,
                               G_IMPLEMENT_INTERFACE (SIGNET_TYPE_SHELL, shell_init))

/* ---- where the person is ---- */

static void
update_header (SignetWindow *self)
{
  SignetPage *page = g_queue_peek_tail (&self->pages);
  gboolean folded = adw_leaflet_get_folded (self->leaflet);
  gboolean list = page == NULL && g_strcmp0 (self->view, "overview") != 0;

  if (page != NULL)
    adw_window_title_set_title (self->title, signet_page_get_title (page));
  for (guint i = 0; page == NULL && i < G_N_ELEMENTS (views); i++)
    if (g_str_equal (views[i].name, self->view))
      adw_window_title_set_title (self->title, _(views[i].title));
  gtk_widget_set_visible (self->back, page != NULL || folded);
  gtk_widget_set_visible (self->request, page == NULL);
  gtk_widget_set_visible (self->search_button, list);
  if (!list)
    gtk_search_bar_set_search_mode (self->search_bar, FALSE);
  adw_button_content_set_label (self->request_content, folded ? "" : _("Request a Certificate"));
}

static void
drop_pages (SignetWindow *self)
{
  GtkWidget *page;

  while ((page = g_queue_pop_tail (&self->pages)) != NULL)
    gtk_stack_remove (self->stack, page);
}

static void
show_view (SignetWindow *self,
           const char   *name)
{
  self->view = g_intern_string (name);
  gtk_stack_set_visible_child_name (self->stack, name);
  drop_pages (self);
  for (guint i = 0; i < G_N_ELEMENTS (views); i++)
    if (g_str_equal (views[i].name, name))
      gtk_list_box_select_row (self->sidebar, gtk_list_box_get_row_at_index (self->sidebar, (int) i));
  adw_leaflet_set_visible_child (self->leaflet, self->content_box);
  update_header (self);
}

static void
push_page (SignetWindow *self,
           GtkWidget    *page)
{
  gtk_stack_add_child (self->stack, page);
  g_queue_push_tail (&self->pages, page);
  gtk_stack_set_visible_child (self->stack, page);
  adw_leaflet_set_visible_child (self->leaflet, self->content_box);
  update_header (self);
}

static void
go_back (GtkWidget  *widget,
         const char *action,
         GVariant   *parameter)
{
  SignetWindow *self = SIGNET_WINDOW (widget);
  GtkWidget *page = g_queue_pop_tail (&self->pages);
  GtkWidget *below = g_queue_peek_tail (&self->pages);

  if (page == NULL)
    {
      adw_leaflet_navigate (self->leaflet, ADW_NAVIGATION_DIRECTION_BACK);
      return;
    }
  if (below != NULL)
    gtk_stack_set_visible_child (self->stack, below);
  else
    gtk_stack_set_visible_child_name (self->stack, self->view);
  gtk_stack_remove (self->stack, page);
  update_header (self);
}

/* ---- SignetShell ---- */

static SignetClient *
get_client (SignetShell *shell)
{
  return SIGNET_WINDOW (shell)->client;
}

/* Whether @page is about @item, so that the same thing does not lie upon itself. */
static gboolean
shows_item (GtkWidget  *page,
            SignetItem *item)
{
  const gint64 *id = page != NULL ? g_object_get_data (G_OBJECT (page), "id") : NULL;

  return id != NULL && *id == signet_item_get_id (item)
         && GPOINTER_TO_SIZE (g_object_get_data (G_OBJECT (page), "kind")) == G_OBJECT_TYPE (item);
}

static void
show_item (SignetShell *shell,
           SignetItem  *item)
{
  SignetWindow *self = SIGNET_WINDOW (shell);
  gint64 id = signet_item_get_id (item);
  GtkWidget *page;

  if (shows_item (g_queue_peek_tail (&self->pages), item))
    return;
  if (SIGNET_IS_CERTIFICATE_ITEM (item))
    page = signet_certificate_page_new (self->client, id);
  else if (SIGNET_IS_REQUEST_ITEM (item))
    page = signet_request_page_new (self->client, id);
  else if (SIGNET_IS_KEY_ITEM (item))
    page = signet_key_page_new (self->client, id);
  else
    page = signet_authority_page_new (self->client, id);
  g_object_set_data_full (G_OBJECT (page), "id", g_memdup2 (&id, sizeof id), g_free);
  g_object_set_data (G_OBJECT (page), "kind", GSIZE_TO_POINTER (G_OBJECT_TYPE (item)));
  push_page (self, page);
}

static void
say (SignetShell *shell,
     const char  *words)
{
  SignetWindow *self = SIGNET_WINDOW (shell);
  g_autofree char *escaped = g_markup_escape_text (words, -1);

  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (escaped));
  gtk_label_set_text (self->status_line, words);
}

static void
shell_init (SignetShellInterface *iface)
{
  iface->get_client = get_client;
  iface->show_item = show_item;
  iface->say = say;
}

/* ---- what changes by itself ---- */

static void
refresh (SignetWindow *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (views); i++)
    {
      GtkWidget *child = gtk_stack_get_child_by_name (self->stack, views[i].name);

      if (SIGNET_IS_LIST_VIEW (child))
        signet_list_view_refresh (SIGNET_LIST_VIEW (child));
      else if (SIGNET_IS_PAGE (child))
        signet_page_rebuild (SIGNET_PAGE (child));
    }
}

static void
set_badge (SignetWindow *self,
           guint         view,
           guint         count)
{
  g_autofree char *text = g_strdup_printf ("%u", count);

  gtk_label_set_text (GTK_LABEL (self->badges[view]), text);
  gtk_widget_set_visible (self->badges[view], count > 0);
}

static void
on_models_changed (SignetWindow *self)
{
  GtkWidget *overview = gtk_stack_get_child_by_name (self->stack, "overview");
  SignetPage *page = g_queue_peek_tail (&self->pages);
  guint needing = signet_overview_count (self->client);
  GListModel *requests = signet_client_get_requests (self->client);
  guint open = 0;

  for (guint i = 0; i < g_list_model_get_n_items (requests); i++)
    {
      g_autoptr (SignetItem) item = g_list_model_get_item (requests, i);

      open += !signet_request_state_is_final (signet_request_item_get_record (SIGNET_REQUEST_ITEM (item))->state);
    }
  set_badge (self, 0, needing);
  set_badge (self, 2, open);
  if (overview != NULL)
    signet_page_rebuild (SIGNET_PAGE (overview));
  if (page != NULL)
    signet_page_rebuild (page);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.new-request",
                                 g_list_model_get_n_items (signet_client_get_authorities (self->client)) > 0);
  if (self->awaited != 0)
    {
      g_autoptr (SignetItem) item = signet_client_lookup (requests, self->awaited);

      if (item != NULL)
        {
          self->awaited = 0;
          show_view (self, "requests");
          show_item (SIGNET_SHELL (self), item);
        }
    }
}

static gboolean
on_refresh (gpointer user_data)
{
  refresh (user_data);

  return G_SOURCE_CONTINUE;
}

static void
on_state (SignetWindow *self)
{
  const char *state = signet_client_get_state (self->client);
  gboolean locked = g_str_equal (state, "locked");
  gboolean lost = g_str_equal (state, "lost");

  if (locked)
    gtk_label_set_text (self->trouble_text, _("Signet's store is locked: the keyring is locked or missing. Unlock the keyring, or "
                                              "enter a passphrase for Signet alone."));
  else if (lost)
    gtk_label_set_text (self->trouble_text, _("Signet's background worker does not answer. What you see may be old."));
  gtk_widget_set_visible (self->unlock, locked);
  gtk_info_bar_set_revealed (self->trouble, locked || lost);
}

static void
on_request_created (SignetWindow *self,
                    gint64        id)
{
  self->awaited = id;
  on_models_changed (self);
}

/* ---- actions ---- */

static void
new_request (GtkWidget  *widget,
             const char *action,
             GVariant   *parameter)
{
  gtk_window_present (GTK_WINDOW (signet_request_dialog_new (SIGNET_SHELL (widget))));
}

static void
add_authority (GtkWidget  *widget,
               const char *action,
               GVariant   *parameter)
{
  gtk_window_present (GTK_WINDOW (signet_authority_dialog_new (SIGNET_SHELL (widget))));
}

static void
on_demo (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (SignetWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = signet_client_call_finish (SIGNET_CLIENT (source), result, &error);

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.try-demo", TRUE);
  if (reply == NULL)
    signet_shell_report (SIGNET_SHELL (self), _("The demo authority could not be started"), error);
  else
    signet_shell_say (SIGNET_SHELL (self), _("The demo authority is running. Request a certificate from it."));
}

static void
try_demo (GtkWidget  *widget,
          const char *action,
          GVariant   *parameter)
{
  SignetWindow *self = SIGNET_WINDOW (widget);

  gtk_widget_action_set_enabled (widget, "win.try-demo", FALSE);
  gtk_label_set_text (self->status_line, _("Starting the demo authority…"));
  signet_client_call_async (self->client, "TryDemoAuthority", NULL, NULL, NULL, on_demo, g_object_ref (self));
}

static void
import_reply (GtkWidget  *widget,
              const char *action,
              GVariant   *parameter)
{
  signet_carry_import (widget);
}

static void
search (GtkWidget  *widget,
        const char *action,
        GVariant   *parameter)
{
  SignetWindow *self = SIGNET_WINDOW (widget);

  if (g_strcmp0 (self->view, "overview") == 0 || !g_queue_is_empty (&self->pages))
    show_view (self, g_strcmp0 (self->view, "overview") == 0 ? "certificates" : self->view);
  gtk_search_bar_set_search_mode (self->search_bar, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
}

static void
on_checked (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = signet_client_call_finish (SIGNET_CLIENT (source), result, &error);

  /* Each request's page and row say what came of it. */
  if (reply == NULL)
    g_debug ("A request was not checked: %s", error->message);
}

static void
check (GtkWidget  *widget,
       const char *action,
       GVariant   *parameter)
{
  SignetWindow *self = SIGNET_WINDOW (widget);
  GListModel *requests = signet_client_get_requests (self->client);
  guint count = 0;

  for (guint i = 0; i < g_list_model_get_n_items (requests); i++)
    {
      g_autoptr (SignetItem) item = g_list_model_get_item (requests, i);
      const SignetRequestRecord *record = signet_request_item_get_record (SIGNET_REQUEST_ITEM (item));

      if (record->state != SIGNET_REQUEST_WAITING && record->state != SIGNET_REQUEST_UNKNOWN)
        continue;
      count++;
      signet_client_call_async (self->client, "CheckRequest", g_variant_new ("(x)", record->id), NULL, NULL, on_checked, NULL);
    }
  signet_shell_say (SIGNET_SHELL (self), count > 0 ? _("Asking the authority now") : _("Nothing waits for an authority"));
}

static void
view (GtkWidget  *widget,
      const char *action,
      GVariant   *parameter)
{
  show_view (SIGNET_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
unlock (GtkWidget  *widget,
        const char *action,
        GVariant   *parameter)
{
  signet_unlock_ask (SIGNET_SHELL (widget));
}

/* ---- widgets' signals ---- */

static void
on_sidebar (GtkListBox    *box,
            GtkListBoxRow *row,
            SignetWindow  *self)
{
  show_view (self, views[gtk_list_box_row_get_index (row)].name);
}

static void
on_folded (AdwLeaflet   *leaflet,
           GParamSpec   *spec,
           SignetWindow *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (views); i++)
    {
      GtkWidget *child = gtk_stack_get_child_by_name (self->stack, views[i].name);

      if (SIGNET_IS_LIST_VIEW (child))
        signet_list_view_set_narrow (SIGNET_LIST_VIEW (child), adw_leaflet_get_folded (leaflet));
    }
  if (self->view != NULL)
    update_header (self);
}

static void
on_search (GtkSearchEntry *entry,
           SignetWindow   *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (views); i++)
    {
      GtkWidget *child = gtk_stack_get_child_by_name (self->stack, views[i].name);

      if (SIGNET_IS_LIST_VIEW (child))
        signet_list_view_set_search (SIGNET_LIST_VIEW (child), gtk_editable_get_text (GTK_EDITABLE (entry)));
    }
}

static void
on_clear_search (SignetWindow *self)
{
  gtk_editable_set_text (self->search_entry, "");
  gtk_search_bar_set_search_mode (self->search_bar, FALSE);
}

static void
on_open (SignetWindow *self,
         SignetItem   *item)
{
  show_item (SIGNET_SHELL (self), item);
}

static gboolean
on_drop (GtkDropTarget *target,
         const GValue  *value,
         double         x,
         double         y,
         SignetWindow  *self)
{
  signet_carry_import_file (GTK_WIDGET (self), g_value_get_object (value));

  return TRUE;
}

static GtkWidget *
make_sidebar_row (SignetWindow *self,
                  guint         index)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *label = gtk_label_new (_(views[index].title));

  gtk_widget_set_hexpand (label, TRUE);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  self->badges[index] = gtk_label_new (NULL);
  gtk_widget_add_css_class (self->badges[index], "signet-count");
  gtk_widget_set_valign (self->badges[index], GTK_ALIGN_CENTER);
  gtk_widget_set_visible (self->badges[index], FALSE);
  gtk_box_append (GTK_BOX (box), gtk_image_new_from_icon_name (views[index].icon));
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), self->badges[index]);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, _(views[index].title), -1);

  return row;
}

static void
signet_window_dispose (GObject *object)
{
  SignetWindow *self = SIGNET_WINDOW (object);

  g_clear_handle_id (&self->refresh_timer, g_source_remove);
  g_queue_clear (&self->pages);
  if (self->client != NULL)
    {
      GListModel *models[]
          = { signet_client_get_requests (self->client), signet_client_get_certificates (self->client),
              signet_client_get_keys (self->client), signet_client_get_authorities (self->client) };

      for (guint i = 0; i < G_N_ELEMENTS (models); i++)
        g_signal_handlers_disconnect_by_data (models[i], self);
      g_signal_handlers_disconnect_by_data (self->client, self);
    }
  g_clear_object (&self->client);

  G_OBJECT_CLASS (signet_window_parent_class)->dispose (object);
}

static void
install_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.new-request", NULL, new_request);
  gtk_widget_class_install_action (widget_class, "win.add-authority", NULL, add_authority);
  gtk_widget_class_install_action (widget_class, "win.try-demo", NULL, try_demo);
  gtk_widget_class_install_action (widget_class, "win.import", NULL, import_reply);
  gtk_widget_class_install_action (widget_class, "win.search", NULL, search);
  gtk_widget_class_install_action (widget_class, "win.check", NULL, check);
  gtk_widget_class_install_action (widget_class, "win.back", NULL, go_back);
  gtk_widget_class_install_action (widget_class, "win.view", "s", view);
  gtk_widget_class_install_action (widget_class, "win.unlock", NULL, unlock);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, SignetWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, SignetWindow, leaflet);
  gtk_widget_class_bind_template_child (widget_class, SignetWindow, sidebar_box);
  gtk_widget_class_bind_template_child (widget_class, SignetWindow, content_box);
  gtk_widget_class_bind_template_child (widget_class, SignetWindow, sidebar);
  gtk_widget_class_bind_template_child (widget_class, SignetWindow, title);
  gtk_widget_class_bind_template_child (widget_class, SignetWindow, back);
  gtk_widget_class_bind_template_child (widget_class, SignetWindow, request);
  gtk_widget_class_bind_template_child (widget_class, SignetWindow, request_content);
  gtk_widget_class_bind_template_child (widget_class, SignetWindow, search_button);
  gtk_widget_class_bind_template_child (widget_class, SignetWindow, search_bar);
  gtk_widget_class_bind_template_child (widget_class, SignetWindow, search_entry);
  gtk_widget_class_bind_template_child (widget_class, SignetWindow, trouble);
  gtk_widget_class_bind_template_child (widget_class, SignetWindow, trouble_text);
  gtk_widget_class_bind_template_child (widget_class, SignetWindow, unlock);
  gtk_widget_class_bind_template_child (widget_class, SignetWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, SignetWindow, status_line);
}

static void
signet_window_class_init (SignetWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = signet_window_dispose;
  g_signal_new_class_handler ("request-created", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, G_CALLBACK (on_request_created),
                              NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT64);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/signet/Signet/window.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, on_folded);
  gtk_widget_class_bind_template_callback (widget_class, on_search);
  gtk_widget_class_bind_template_callback (widget_class, on_sidebar);
  install_actions (widget_class);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Left, GDK_ALT_MASK, "win.back", NULL);
}

static void
signet_window_init (SignetWindow *self)
{
  GtkDropTarget *target = gtk_drop_target_new (G_TYPE_FILE, GDK_ACTION_COPY);

  g_queue_init (&self->pages);
  gtk_widget_init_template (GTK_WIDGET (self));
  for (guint i = 0; i < G_N_ELEMENTS (views); i++)
    gtk_list_box_append (self->sidebar, make_sidebar_row (self, i));
  gtk_search_bar_connect_entry (self->search_bar, self->search_entry);
  g_signal_connect (target, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
}

/* Where the schema is not installed the window has its default size. */
static void
remember_size (SignetWindow *self)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchema) schema = source != NULL ? g_settings_schema_source_lookup (source, APP_ID, TRUE) : NULL;
  g_autoptr (GSettings) settings = NULL;

  if (schema == NULL)
    return;
  settings = g_settings_new (APP_ID);
  g_settings_bind (settings, "window-width", self, "default-width", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "window-height", self, "default-height", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "window-maximized", self, "maximized", G_SETTINGS_BIND_DEFAULT);
}

static void
add_view (SignetWindow *self,
          const char   *name,
          GtkWidget    *widget)
{
  gtk_stack_add_named (self->stack, widget, name);
  if (!SIGNET_IS_LIST_VIEW (widget))
    return;
  g_signal_connect_object (widget, "open", G_CALLBACK (on_open), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (widget, "clear-search", G_CALLBACK (on_clear_search), self, G_CONNECT_SWAPPED);
}

GtkWidget *
signet_window_new (GtkApplication *application,
                   SignetClient   *client)
{
  SignetWindow *self = g_object_new (SIGNET_TYPE_WINDOW, "application", application, NULL);
  GListModel *models[] = { signet_client_get_requests (client), signet_client_get_certificates (client),
                           signet_client_get_keys (client), signet_client_get_authorities (client) };

  self->client = g_object_ref (client);
  add_view (self, "overview", signet_overview_new (client));
  add_view (self, "certificates", signet_certificates_view_new (client));
  add_view (self, "requests", signet_requests_view_new (client));
  add_view (self, "keys", signet_keys_view_new (client));
  add_view (self, "authorities", signet_authorities_view_new (client));
  for (guint i = 0; i < G_N_ELEMENTS (models); i++)
    g_signal_connect_swapped (models[i], "items-changed", G_CALLBACK (on_models_changed), self);
  g_signal_connect_swapped (client, "notify::state", G_CALLBACK (on_state), self);
  self->refresh_timer = g_timeout_add_seconds (REFRESH_SECONDS, on_refresh, self);
  remember_size (self);
  show_view (self, "overview");
  on_models_changed (self);
  on_state (self);

  return GTK_WIDGET (self);
}

void
signet_window_import_file (SignetWindow *self,
                           GFile        *file)
{
  g_return_if_fail (SIGNET_IS_WINDOW (self));

  signet_carry_import_file (GTK_WIDGET (self), file);
}

void
signet_window_show_view (SignetWindow *self,
                         const char   *name)
{
  g_return_if_fail (SIGNET_IS_WINDOW (self));

  show_view (self, name);
}
