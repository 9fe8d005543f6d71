/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "window-views.h"

#include <glib/gi18n.h>
#include <string.h>

static gint64
now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

static gboolean
has (const char *text,
     const char *needle)
{
  g_autofree char *folded = text != NULL ? g_utf8_casefold (text, -1) : NULL;

  return folded != NULL && strstr (folded, needle) != NULL;
}

static gboolean
any_has (char      **texts,
         const char *needle)
{
  for (guint i = 0; texts != NULL && texts[i] != NULL; i++)
    if (has (texts[i], needle))
      return TRUE;

  return FALSE;
}

/* Fingerprints and serial numbers are found with and without colons and spaces. */
static gboolean
digits_have (const char *digits,
             const char *needle)
{
  g_autoptr (GString) bare = g_string_new (NULL);

  for (const char *c = needle; *c != '\0'; c++)
    if (*c != ':' && *c != ' ')
      g_string_append_c (bare, *c);

  return bare->len >= 4 && has (digits, bare->str);
}

static GtkWidget *
make_button (const char *label,
             const char *action,
             gboolean    suggested)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);

  gtk_widget_add_css_class (button, "pill");
  if (suggested)
    gtk_widget_add_css_class (button, "suggested-action");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_widget_set_halign (button, GTK_ALIGN_CENTER);

  return button;
}

/* ---- certificates ---- */

static void
fill_certificate (SignetObjectRow *row,
                  SignetItem      *item,
                  gpointer         user_data)
{
  const SignetCertificateRecord *record = signet_certificate_item_get_record (SIGNET_CERTIFICATE_ITEM (item));
  g_autofree char *purpose = signet_words_purpose (record->purpose);
  g_autofree char *facts = g_strjoin (" · ", purpose, record->issuer_cn != NULL ? record->issuer_cn : record->issuer, NULL);
  SignetTone tone;
  g_autofree char *status = signet_words_certificate_status (record, now (), &tone);

  signet_object_row_set_icon (row, "application-certificate-symbolic");
  signet_object_row_set_texts (row, record->name, facts);
  signet_object_row_set_status (row, status, tone);
}

static gboolean
match_certificate (SignetItem *item,
                   const char *needle)
{
  const SignetCertificateRecord *record = signet_certificate_item_get_record (SIGNET_CERTIFICATE_ITEM (item));

  return has (record->name, needle) || has (record->subject, needle) || has (record->issuer, needle)
         || has (record->email, needle) || any_has (record->alt_names, needle) || digits_have (record->serial, needle)
         || digits_have (record->fingerprint, needle);
}

GtkWidget *
signet_certificates_view_new (SignetClient *client)
{
  GtkWidget *view = signet_list_view_new (signet_client_get_certificates (client), fill_certificate, match_certificate, NULL);

  signet_list_view_set_empty (SIGNET_LIST_VIEW (view), "application-certificate-symbolic", _("No certificates yet"),
                              _("Request one from your organisation."),
                              make_button (_("_Request a Certificate…"), "win.new-request", TRUE));

  return view;
}

/* ---- requests ---- */

static void
fill_request (SignetObjectRow *row,
              SignetItem      *item,
              gpointer         user_data)
{
  const SignetRequestRecord *record = signet_request_item_get_record (SIGNET_REQUEST_ITEM (item));
  SignetTone tone;
  g_autofree char *status = signet_words_request_status (record, now (), &tone, NULL);

  signet_object_row_set_icon (row, "mail-send-symbolic");
  signet_object_row_set_texts (row, record->name, signet_request_item_get_authority_name (SIGNET_REQUEST_ITEM (item)));
  signet_object_row_set_status (row, status, tone);
}

static gboolean
match_request (SignetItem *item,
               const char *needle)
{
  const SignetRequestRecord *record = signet_request_item_get_record (SIGNET_REQUEST_ITEM (item));

  return has (record->name, needle) || has (record->subject, needle) || any_has (record->alt_names, needle)
         || has (signet_request_item_get_authority_name (SIGNET_REQUEST_ITEM (item)), needle)
         || digits_have (record->transaction_id, needle);
}

GtkWidget *
signet_requests_view_new (SignetClient *client)
{
  GtkWidget *view = signet_list_view_new (signet_client_get_requests (client), fill_request, match_request, NULL);

  signet_list_view_set_empty (SIGNET_LIST_VIEW (view), "mail-send-symbolic", _("Nothing waiting"),
                              _("Requests you send appear here until they are answered."), NULL);

  return view;
}

/* ---- keys ---- */

static void
fill_key (SignetObjectRow *row,
          SignetItem      *item,
          gpointer         user_data)
{
  const SignetKeyRecord *record = signet_key_item_get_record (SIGNET_KEY_ITEM (item));
  g_autofree char *kind = signet_words_key_spec (record->spec);
  g_autofree char *created = signet_words_date (record->created);
  /* Translators: %s is a date */
  g_autofree char *facts
      = g_strdup_printf (g_strcmp0 (record->origin, "imported") == 0 ? _("imported %s") : _("made here %s"), created);
  g_autofree char *status = g_strdup_printf (
      ngettext ("%u certificate", "%u certificates", (gulong) record->certificates), (guint) record->certificates);

  signet_object_row_set_icon (row, "dialog-password-symbolic");
  signet_object_row_set_texts (row, kind, facts);
  signet_object_row_set_note (row, status);
}

static gboolean
match_key (SignetItem *item,
           const char *needle)
{
  const SignetKeyRecord *record = signet_key_item_get_record (SIGNET_KEY_ITEM (item));
  g_autofree char *kind = signet_words_key_spec (record->spec);

  return has (kind, needle) || digits_have (record->key_hash, needle);
}

GtkWidget *
signet_keys_view_new (SignetClient *client)
{
  GtkWidget *view = signet_list_view_new (signet_client_get_keys (client), fill_key, match_key, NULL);

  signet_list_view_set_empty (SIGNET_LIST_VIEW (view), "dialog-password-symbolic", _("No keys yet"),
                              _("Keys are made when you request a certificate."), NULL);

  return view;
}

/* ---- authorities ---- */

static void
fill_authority (SignetObjectRow *row,
                SignetItem      *item,
                gpointer         user_data)
{
  const SignetAuthorityRecord *record = signet_authority_item_get_record (SIGNET_AUTHORITY_ITEM (item));
  gboolean demo = g_strcmp0 (record->kind, "demo") == 0;

  signet_object_row_set_icon (row, "network-server-symbolic");
  signet_object_row_set_texts (row, record->name, record->url != NULL ? record->url : _("By message file or mail only"));
  signet_object_row_set_note (row, demo ? _("For trying only") : NULL);
}

static gboolean
match_authority (SignetItem *item,
                 const char *needle)
{
  const SignetAuthorityRecord *record = signet_authority_item_get_record (SIGNET_AUTHORITY_ITEM (item));

  return has (record->name, needle) || has (record->url, needle) || has (record->reference, needle);
}

GtkWidget *
signet_authorities_view_new (SignetClient *client)
{
  GtkWidget *view = signet_list_view_new (signet_client_get_authorities (client), fill_authority, match_authority, NULL);
  GtkWidget *buttons = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);

  gtk_box_append (GTK_BOX (buttons), make_button (_("_Enter Address…"), "win.add-authority", TRUE));
  gtk_box_append (GTK_BOX (buttons), make_button (_("_Try the Demo Authority"), "win.try-demo", FALSE));
  signet_list_view_set_empty (SIGNET_LIST_VIEW (view), "network-server-symbolic", _("No authorities yet"),
                              _("Add your organisation's certificate service."), buttons);

  return view;
}
