/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pki/pki-certificate.h"
#include "pki/pki-key.h"
#include "store/store-records.h"

/**
 * SignetStoreError:
 * @SIGNET_STORE_ERROR_FAILED: SQLite or the file system said no
 * @SIGNET_STORE_ERROR_LOCKED: the store key is not open
 * @SIGNET_STORE_ERROR_WRONG_PASSPHRASE: the passphrase does not open the store key
 * @SIGNET_STORE_ERROR_NO_KEYRING: there is no Secret Service, or it is locked
 * @SIGNET_STORE_ERROR_IN_USE: another worker, or another computer, has the store
 * @SIGNET_STORE_ERROR_CORRUPT: the file is damaged
 * @SIGNET_STORE_ERROR_TOO_NEW: written by a newer release
 * @SIGNET_STORE_ERROR_TAMPERED: something sealed or authenticated does not check
 * @SIGNET_STORE_ERROR_NOT_FOUND: no such row
 * @SIGNET_STORE_ERROR_FULL: the disk is full
 */
typedef enum {
  SIGNET_STORE_ERROR_FAILED,
  SIGNET_STORE_ERROR_LOCKED,
  SIGNET_STORE_ERROR_WRONG_PASSPHRASE,
  SIGNET_STORE_ERROR_NO_KEYRING,
  SIGNET_STORE_ERROR_IN_USE,
  SIGNET_STORE_ERROR_CORRUPT,
  SIGNET_STORE_ERROR_TOO_NEW,
  SIGNET_STORE_ERROR_TAMPERED,
  SIGNET_STORE_ERROR_NOT_FOUND,
  SIGNET_STORE_ERROR_FULL,
} SignetStoreError;
#define SIGNET_STORE_ERROR (signet_store_error_quark ())
GQuark signet_store_error_quark (void);

/**
 * SignetStore:
 *
 * The database of one store. The worker opens it for writing, one at a time; clients open it for reading. Every call
 * may block on the disk. May be used by several threads; between signet_store_begin () and its end, by one.
 */
#define SIGNET_TYPE_STORE (signet_store_get_type ())
G_DECLARE_FINAL_TYPE (SignetStore, signet_store, SIGNET, STORE, GObject)

typedef enum {
  SIGNET_STORE_READ,            /* an existing store; sealed columns stay sealed */
  SIGNET_STORE_WRITE,           /* takes the store's lock; makes folder, file and tables where there are none */
} SignetStoreMode;

/* This thread has a main loop that must not wait: the store, opened anywhere, is not to be asked here. Checked in builds with
 * debug information. */
void signet_store_keep_off_this_thread (void);
SignetStore *signet_store_open (const char *home, SignetStoreMode mode, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void signet_store_close (SignetStore *self);
const char *signet_store_get_home (SignetStore *self);
/* Differs between any two databases, also of one folder. */
guint64 signet_store_get_generation (SignetStore *self);
/* Grows with every commit. */
guint64 signet_store_get_counter (SignetStore *self);
/* $SIGNET_HOME or the user's data directory: (transfer full) (type filename) */
char *signet_store_default_home (void);
/* The database's path in a home: (transfer full) (type filename) */
char *signet_store_path (const char *home);

/* ---- store key ---- */
/* Opens the store key by @passphrase (nullable) or from the Secret Service, and makes one in a store that has none yet. A
 * passphrase that is given is what is used: the Secret Service is then not asked. */
gboolean signet_store_unlock (SignetStore *self, SignetSecret *passphrase, GCancellable *cancellable,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean signet_store_is_unlocked (SignetStore *self);
/* Sets or (%NULL) removes the passphrase slot; the last slot cannot be removed. */
gboolean signet_store_set_passphrase (SignetStore *self, SignetSecret *passphrase, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- changes ---- */
gboolean signet_store_begin (SignetStore *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Durable when it returns %TRUE; on %FALSE everything since begin () is undone. */
gboolean signet_store_commit (SignetStore *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void signet_store_rollback (SignetStore *self);
/* Rows changed by commits since the last call, as "a(sx)"; %NULL: none. (transfer full) */
GVariant *signet_store_take_changes (SignetStore *self);

/* ---- authorities: writers need signet_store_begin () before each ---- */
/* record->id is not read; returns the row or 0. @secret: (nullable) */
gint64 signet_store_add_authority (SignetStore *self, const SignetAuthorityRecord *record, SignetSecret *secret,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Everything but the secret and the anchors. */
gboolean signet_store_update_authority (SignetStore *self, const SignetAuthorityRecord *record, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean signet_store_remove_authority (SignetStore *self, gint64 id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* With the store key open what decides trust is checked: %SIGNET_STORE_ERROR_TAMPERED. */
SignetAuthorityRecord *signet_store_get_authority (SignetStore *self, gint64 id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GPtrArray *signet_store_list_authorities (SignetStore *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
SignetSecret *signet_store_get_authority_secret (SignetStore *self, gint64 id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean signet_store_set_authority_secret (SignetStore *self, gint64 id, const char *reference, SignetSecret *secret,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The version of CMP that the authority was seen to speak: 2 or 3. */
gboolean signet_store_set_authority_pvno (SignetStore *self, gint64 id, gint64 pvno, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean signet_store_delete_authority_secret (SignetStore *self, gint64 id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* These (element-type GBytes) (nullable), DER, in place of those that it had. */
gboolean signet_store_set_anchors (SignetStore *self, gint64 authority, GPtrArray *anchors, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean signet_store_add_anchor (SignetStore *self, gint64 authority, SignetCertificate *anchor, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- keys ---- */
/* The same key again gives the row it has. @request: that it is made for, or 0. */
gint64 signet_store_add_key (SignetStore *self, SignetKey *key, const char *origin, gint64 request, gint64 now,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
SignetKey *signet_store_get_key (SignetStore *self, gint64 id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
SignetKey *signet_store_get_key_by_hash (SignetStore *self, const char *hash, GError **error) G_GNUC_WARN_UNUSED_RESULT;
SignetKeyRecord *signet_store_get_key_record (SignetStore *self, gint64 id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GPtrArray *signet_store_list_keys (SignetStore *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- certificates ---- */
/* An own certificate. @request: (nullable): that it answers; %NULL: imported. The same certificate again gives its row. */
gint64 signet_store_add_certificate (SignetStore *self, SignetCertificate *certificate, const SignetRequestRecord *request,
                                     const char *state, gint64 now, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean signet_store_add_issuer (SignetStore *self, SignetCertificate *certificate, gint64 authority, gint64 now,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean signet_store_set_certificate_state (SignetStore *self, gint64 id, const char *state, GError **error) G_GNUC_WARN_UNUSED_RESULT;
SignetCertificateRecord *signet_store_get_certificate (SignetStore *self, gint64 id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GPtrArray *signet_store_list_certificates (SignetStore *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;     /* role "own" */
/* (element-type SignetCertificate): issuers and anchors, for building chains. */
GPtrArray *signet_store_list_issuers (SignetStore *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* (element-type SignetCertificateRecord): @id and its issuers, nearest first, as far as the store has them. */
GPtrArray *signet_store_list_chain (SignetStore *self, gint64 id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- requests ---- */
gint64 signet_store_add_request (SignetStore *self, const SignetRequestRecord *record, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* @notes: (nullable): what only the worker needs, any type; kept beside the row. */
gboolean signet_store_update_request (SignetStore *self, const SignetRequestRecord *record, GVariant *notes,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
SignetRequestRecord *signet_store_get_request (SignetStore *self, gint64 id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* @notes: (out) (nullable): %NULL where none were stored; %FALSE on error. */
gboolean signet_store_get_request_notes (SignetStore *self, gint64 id, GVariant **notes, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GPtrArray *signet_store_list_requests (SignetStore *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The request with this transaction ID (hexadecimal); 0 where there is none, with @error unset. */
gint64 signet_store_find_request (SignetStore *self, const char *transaction_id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Both parts of a saved transaction; the public part is authenticated with the sealed one. */
gboolean signet_store_set_transaction (SignetStore *self, gint64 request, GBytes *public_part, SignetSecret *sealed_part,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean signet_store_get_transaction (SignetStore *self, gint64 request, GBytes **public_part, SignetSecret **sealed_part,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- messages ---- */
gint64 signet_store_add_message (SignetStore *self, gint64 request, gboolean sent, const char *body_type, gint64 now,
                                 GBytes *octets, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean signet_store_set_message_note (SignetStore *self, gint64 id, const char *note, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean signet_store_set_message_remark (SignetStore *self, gint64 id, const char *remark, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GBytes *signet_store_get_message (SignetStore *self, gint64 id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A received message of @request with these very octets; %NULL with @error unset where there is none. */
SignetMessageRecord *signet_store_find_message (SignetStore *self, gint64 request, GBytes *octets, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GPtrArray *signet_store_list_messages (SignetStore *self, gint64 request, GError **error) G_GNUC_WARN_UNUSED_RESULT;
