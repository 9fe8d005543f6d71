/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <gio/gunixfdlist.h>
#include <string.h>
#include <unistd.h>

#include "request-page.h"
#include "ui-authority.h"

/* A request that is carried by hand goes to the person's mail program by the portal for mail. */

#define PORTAL_NAME "org.freedesktop.portal.Desktop"
#define PORTAL_PATH "/org/freedesktop/portal/desktop"
#define MESSAGE_MAX (1024 * 1024)

/* The portal as the desktop has it, on the test's own session bus, in a thread of its own: toolkits ask some portals and wait
 * for the answer. */
typedef struct
{
  GThread *thread;
  GMainContext *context;
  GMainLoop *loop;
  GDBusConnection *connection;
  int calls;                    /* atomic */
  char *subject;
  char *body;
  GBytes *attachment;           /* of the last call */
} Portal;

typedef struct
{
  UiKit kit;
  UiAuthority authority;
  Portal portal;
  gint64 id;
} Fixture;

static const char portal_xml[]
    = "<node><interface name='org.freedesktop.portal.Email'>"
      "<method name='ComposeEmail'><arg type='s' direction='in'/><arg type='a{sv}' direction='in'/>"
      "<arg type='o' direction='out'/></method>"
      "<property name='version' type='u' access='read'/></interface></node>";

/* The descriptor may be one that only names the file. */
static GBytes *
read_attachment (GUnixFDList *descriptors)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  g_autofree char *contents = NULL;
  gsize size = 0;
  int fd = g_unix_fd_list_get (descriptors, 0, &error);

  g_assert_no_error (error);
  path = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_assert_true (g_file_get_contents (path, &contents, &size, &error));
  close (fd);
  g_assert_cmpuint (size, <, MESSAGE_MAX);

  return g_bytes_new_take (g_steal_pointer (&contents), size);
}

/* ":1.7" is "1_7" in the path of a request, whose answer goes to the one who asked and to nobody else. */
static void
respond (GDBusConnection *connection,
         const char      *sender,
         const char      *path)
{
  g_autoptr (GError) error = NULL;

  g_dbus_connection_emit_signal (connection, sender, path, "org.freedesktop.portal.Request", "Response",
                                 g_variant_new ("(u@a{sv})", 0, g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0)), &error);
  g_assert_no_error (error);
}

static void
on_compose (GDBusConnection       *connection,
            const char            *sender,
            const char            *object_path,
            const char            *interface_name,
            const char            *method_name,
            GVariant              *parameters,
            GDBusMethodInvocation *invocation,
            gpointer               user_data)
{
  Portal *self = user_data;
  g_autoptr (GVariant) options = g_variant_get_child_value (parameters, 1);
  g_autofree char *unique = g_strdelimit (g_strdup (sender + 1), ".", '_');
  g_autofree char *path = NULL;
  const char *token = NULL;
  GUnixFDList *descriptors = g_dbus_message_get_unix_fd_list (g_dbus_method_invocation_get_message (invocation));

  g_assert_true (g_variant_lookup (options, "handle_token", "&s", &token));
  g_assert_true (g_variant_lookup (options, "subject", "s", &self->subject));
  g_assert_true (g_variant_lookup (options, "body", "s", &self->body));
  g_assert_nonnull (descriptors);
  g_assert_cmpint (g_unix_fd_list_get_length (descriptors), ==, 1);
  self->attachment = read_attachment (descriptors);
  path = g_strdup_printf (PORTAL_PATH "/request/%s/%s", unique, token);
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(o)", path));
  respond (connection, sender, path);
  g_atomic_int_inc (&self->calls);
}

static GVariant *
on_get_property (GDBusConnection  *connection,
                 const char       *sender,
                 const char       *object_path,
                 const char       *interface_name,
                 const char       *property_name,
                 GError          **error,
                 gpointer          user_data)
{
  return g_variant_new_uint32 (3);
}

static void
on_name_acquired (GDBusConnection *connection,
                  const char      *name,
                  gpointer         user_data)
{
  g_async_queue_push (user_data, GINT_TO_POINTER (TRUE));
}

/* What the thread is told, and how it says that it is there. */
typedef struct
{
  Portal *portal;
  GAsyncQueue *ready;
} Start;

static gpointer
portal_run (gpointer data)
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_compose, .get_property = on_get_property };
  Start *start = data;
  Portal *self = start->portal;
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (portal_xml, NULL);
  g_autoptr (GError) error = NULL;
  guint name;
  guint object;

  g_main_context_push_thread_default (self->context);
  self->connection = g_dbus_connection_new_for_address_sync (
      g_getenv ("DBUS_SESSION_BUS_ADDRESS"),
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION, NULL, NULL, &error);
  g_assert_no_error (error);
  object = g_dbus_connection_register_object (self->connection, PORTAL_PATH, node->interfaces[0], &vtable, self, NULL, &error);
  g_assert_no_error (error);
  name = g_bus_own_name_on_connection (self->connection, PORTAL_NAME, G_BUS_NAME_OWNER_FLAGS_NONE, on_name_acquired, NULL,
                                       start->ready, NULL);
  g_main_loop_run (self->loop);
  g_bus_unown_name (name);
  g_dbus_connection_unregister_object (self->connection, object);
  g_dbus_connection_close_sync (self->connection, NULL, NULL);
  g_clear_object (&self->connection);
  g_main_context_pop_thread_default (self->context);

  return NULL;
}

static void
portal_start (Portal *self)
{
  g_autoptr (GAsyncQueue) ready = g_async_queue_new ();
  Start start = { self, ready };

  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->thread = g_thread_new ("portal", portal_run, &start);
  g_async_queue_pop (ready);
}

static void
portal_stop (Portal *self)
{
  if (self->thread == NULL)
    return;
  g_main_loop_quit (self->loop);
  g_thread_join (self->thread);
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_clear_pointer (&self->subject, g_free);
  g_clear_pointer (&self->body, g_free);
  g_clear_pointer (&self->attachment, g_bytes_unref);
}

static gboolean
is_in (UiKit              *kit,
       SignetRequestState  state)
{
  Fixture *self = kit->data;
  g_autoptr (SignetItem) item = signet_client_lookup (signet_client_get_requests (kit->client), self->id);

  return item != NULL && signet_request_item_get_record (SIGNET_REQUEST_ITEM (item))->state == state;
}

static gboolean
is_ready (UiKit *kit)
{
  return is_in (kit, SIGNET_REQUEST_OUTBOX);
}

static gboolean
is_sent (UiKit *kit)
{
  return is_in (kit, SIGNET_REQUEST_AWAITING_REPLY);
}

static void
set_up (Fixture  *self,
        gboolean  with_portal)
{
  ui_kit_set_up (&self->kit);
  if (with_portal)
    portal_start (&self->portal);
  ui_authority_start (&self->authority, NULL);
  self->id = ui_kit_request (&self->kit, ui_authority_add (&self->authority, &self->kit, TRUE), "{'offline': <true>}");
  self->kit.data = self;
  ui_kit_wait (&self->kit, is_ready);
  signet_shell_show_row (SIGNET_SHELL (self->kit.window), signet_client_get_requests (self->kit.client), self->id);
  ui_kit_settle (&self->kit);
}

static void
tear_down (Fixture *self)
{
  portal_stop (&self->portal);
  ui_authority_stop (&self->authority);
  ui_kit_tear_down (&self->kit);
}

static void
press_mail (Fixture *self)
{
  GtkWidget *page = ui_kit_find (self->kit.window, SIGNET_TYPE_REQUEST_PAGE, NULL, NULL);

  ui_kit_activate (&self->kit, ui_kit_find (page, GTK_TYPE_BUTTON, "label", "_E-Mail…"));
}

static gboolean
mail_was_composed (UiKit *kit)
{
  return g_atomic_int_get (&((Fixture *) kit->data)->portal.calls) > 0;
}

static gboolean
dialog_is_open (UiKit *kit)
{
  g_autoptr (GListModel) windows = g_object_ref (gtk_window_get_toplevels ());

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

      if (ADW_IS_MESSAGE_DIALOG (window) && gtk_widget_get_visible (window))
        return TRUE;
    }

  return FALSE;
}

static void
test_handed_over (void)
{
  Fixture self = { 0 };
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) octets = NULL;
  g_autoptr (GBytes) message = NULL;

  set_up (&self, TRUE);
  press_mail (&self);
  ui_kit_wait (&self.kit, mail_was_composed);
  ui_kit_settle (&self.kit);
  g_assert_false (dialog_is_open (&self.kit));
  g_assert_cmpstr (self.portal.subject, ==, "Certificate request");
  g_assert_nonnull (strstr (self.portal.body, "Please answer with the reply"));

  /* What lay in the mail is the message itself: exported once more, it is the same to the octet. */
  reply = ui_kit_call (&self.kit, "ExportMessage", g_variant_new ("(x)", self.id), NULL);
  octets = g_variant_get_child_value (reply, 0);
  message = g_variant_get_data_as_bytes (octets);
  g_assert_cmpuint (g_bytes_get_size (message), >, 100);
  g_assert_true (g_bytes_equal (message, self.portal.attachment));
  tear_down (&self);
}

static void
test_no_mail_program (void)
{
  Fixture self = { 0 };
  g_autofree char *path = NULL;

  /* libportal 0.6 warns where there is no portal, and reads the version out of an answer that never came. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK);
  set_up (&self, FALSE);
  path = g_build_filename (self.authority.folder, "saved.pki", NULL);
  press_mail (&self);
  ui_kit_wait (&self.kit, dialog_is_open);
  ui_kit_assert_says (ui_kit_message_dialog (&self.kit), "No mail program could be opened");
  ui_kit_assert_says (ui_kit_message_dialog (&self.kit), "attach it to a mail yourself");
  adw_message_dialog_response (ADW_MESSAGE_DIALOG (ui_kit_message_dialog (&self.kit)), "save");
  ui_kit_settle (&self.kit);
  ui_kit_choose_file (&self.kit, path);
  ui_kit_wait (&self.kit, is_sent);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  tear_down (&self);
}

int
main (int    argc,
      char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  ui_kit_add_test ("/ui/mail/handed-to-the-mail-program-with-the-message", test_handed_over);
  ui_kit_add_test ("/ui/mail/no-mail-program-offers-a-file", test_no_mail_program);

  return g_test_run ();
}
