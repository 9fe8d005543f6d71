/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include "store/store-records.h"

/**
 * SignetClientError: what a call to the worker can end in; the message is a sentence for the person.
 */
typedef enum {
  SIGNET_CLIENT_ERROR_FAILED,           /* the worker's own words */
  SIGNET_CLIENT_ERROR_NO_WORKER,        /* it could not be started or reached */
  SIGNET_CLIENT_ERROR_VERSION,          /* it speaks another protocol */
  SIGNET_CLIENT_ERROR_LOCKED,           /* the store key is not open: keyring locked, passphrase needed */
  SIGNET_CLIENT_ERROR_NOT_FOUND,        /* no such row */
  SIGNET_CLIENT_ERROR_BUSY,             /* the row is in use or the state does not allow this */
  SIGNET_CLIENT_ERROR_INVALID,          /* an argument is wrong: which, and what to do */
} SignetClientError;
#define SIGNET_CLIENT_ERROR (signet_client_error_quark ())
GQuark signet_client_error_quark (void);

/* Immutable snapshots of rows, as items of list models. A changed row is a new item at the same place. The record
 * belongs to the item. */
#define SIGNET_TYPE_ITEM (signet_item_get_type ())
G_DECLARE_DERIVABLE_TYPE (SignetItem, signet_item, SIGNET, ITEM, GObject)
struct _SignetItemClass { GObjectClass parent_class; };
gint64 signet_item_get_id (SignetItem *self);

#define SIGNET_TYPE_AUTHORITY_ITEM (signet_authority_item_get_type ())
G_DECLARE_FINAL_TYPE (SignetAuthorityItem, signet_authority_item, SIGNET, AUTHORITY_ITEM, SignetItem)
const SignetAuthorityRecord *signet_authority_item_get_record (SignetAuthorityItem *self);

#define SIGNET_TYPE_REQUEST_ITEM (signet_request_item_get_type ())
G_DECLARE_FINAL_TYPE (SignetRequestItem, signet_request_item, SIGNET, REQUEST_ITEM, SignetItem)
const SignetRequestRecord *signet_request_item_get_record (SignetRequestItem *self);
const char *signet_request_item_get_authority_name (SignetRequestItem *self);

#define SIGNET_TYPE_CERTIFICATE_ITEM (signet_certificate_item_get_type ())
G_DECLARE_FINAL_TYPE (SignetCertificateItem, signet_certificate_item, SIGNET, CERTIFICATE_ITEM, SignetItem)
const SignetCertificateRecord *signet_certificate_item_get_record (SignetCertificateItem *self);

#define SIGNET_TYPE_KEY_ITEM (signet_key_item_get_type ())
G_DECLARE_FINAL_TYPE (SignetKeyItem, signet_key_item, SIGNET, KEY_ITEM, SignetItem)
const SignetKeyRecord *signet_key_item_get_record (SignetKeyItem *self);

/**
 * SignetClient:
 *
 * One store as window and command line see it: lists read from its database, everything else asked of its worker, which
 * is started where none runs. Lives in one thread and its main context; nothing in it blocks.
 *
 * Signals: "progress" (gint64 request, double fraction, const char *text); "notify::state".
 * Properties: "state" ("connecting", "ready", "locked", "lost").
 */
#define SIGNET_TYPE_CLIENT (signet_client_get_type ())
G_DECLARE_FINAL_TYPE (SignetClient, signet_client, SIGNET, CLIENT, GObject)

/* @home: (nullable): folder of the store; %NULL: $SIGNET_HOME, else the user's data directory.
 * @passphrase_file: (nullable) (type filename): handed to the worker that is started. */
SignetClient *signet_client_new (const char *home, const char *passphrase_file);
/* Half a minute unless set: what a worker that accepted a connection may take to answer. */
void signet_client_set_answer_limit (SignetClient *self, guint milliseconds);
const char *signet_client_get_home (SignetClient *self);
const char *signet_client_get_state (SignetClient *self);
void signet_client_open_async (SignetClient *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
gboolean signet_client_open_finish (SignetClient *self, GAsyncResult *result, GError **error);

/* Live models, filled after opening and kept true by the worker's Changed: (transfer none), newest first. */
GListModel *signet_client_get_authorities (SignetClient *self);      /* of SignetAuthorityItem */
GListModel *signet_client_get_requests (SignetClient *self);         /* of SignetRequestItem */
GListModel *signet_client_get_certificates (SignetClient *self);     /* of SignetCertificateItem, role "own" */
GListModel *signet_client_get_keys (SignetClient *self);             /* of SignetKeyItem */
/* (transfer full) (nullable): the item of a row that is in the model now. */
SignetItem *signet_client_lookup (GListModel *model, gint64 id);

/* Messages of a request, oldest first; octets of one. */
void signet_client_list_messages_async (SignetClient *self, gint64 request, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *signet_client_list_messages_finish (SignetClient *self, GAsyncResult *result, GError **error);   /* of SignetMessageRecord */
void signet_client_read_message_async (SignetClient *self, gint64 message, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data);
GBytes *signet_client_read_message_finish (SignetClient *self, GAsyncResult *result, GError **error);
/* The certificate and its issuers as far as the store has them, own first. */
void signet_client_list_chain_async (SignetClient *self, gint64 certificate, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *signet_client_list_chain_finish (SignetClient *self, GAsyncResult *result, GError **error);      /* of SignetCertificateRecord */

/**
 * signet_client_call_async:
 * @method: of io.github.signet.Worker1
 * @arguments: (nullable): floating tuple, as in the interface's description; handles are indexes into @fds
 * @fds: (nullable): descriptors for arguments of type h
 *
 * One call for all methods: no wrapper can then differ from the description. signet_client_call_finish () returns the
 * tuple of results, or %NULL with %SIGNET_CLIENT_ERROR.
 */
void signet_client_call_async (SignetClient *self, const char *method, GVariant *arguments, GUnixFDList *fds,
                               GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
GVariant *signet_client_call_finish (SignetClient *self, GAsyncResult *result, GError **error);
