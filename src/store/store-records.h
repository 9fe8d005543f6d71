/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

/* Rows of the store as immutable values. Times are seconds since 1970, UTC; 0 means none. Strings are UTF-8 and may be
 * %NULL where no value is known. Sealed columns are not here: they are asked for one by one. */

typedef struct {
  gint64 id;
  char *name;
  char *kind;                   /* "http", "file" (by message only), "demo" */
  char *url;
  char *reference;
  gboolean has_secret;
  gint64 identity_id;           /* certificate that signs first requests; 0 */
  GVariant *settings;           /* a{sv}: the rest of AddAuthority's settings */
  GPtrArray *anchors;           /* (element-type GBytes): DER, their MAC under the store key checked by the worker only */
  gint64 created;
  gint64 pvno;                  /* version of CMP that it was seen to speak: 2, 3; 0: not known */
} SignetAuthorityRecord;

typedef enum {
  SIGNET_REQUEST_DRAFT,         /* its key is being made */
  SIGNET_REQUEST_READY,         /* the first message is made and kept, not yet sent */
  SIGNET_REQUEST_SENT,          /* a message may have left; its answer is awaited */
  SIGNET_REQUEST_WAITING,       /* the authority said "waiting"; next_check */
  SIGNET_REQUEST_OUTBOX,        /* a message waits to be carried by hand */
  SIGNET_REQUEST_AWAITING_REPLY,/* it was handed over */
  SIGNET_REQUEST_ANSWERED,      /* an answer is stored, not yet applied */
  SIGNET_REQUEST_ASKING,        /* a question to the person */
  SIGNET_REQUEST_CONFIRM,       /* the certificate is there, its confirmation is not yet acknowledged */
  SIGNET_REQUEST_DONE,
  SIGNET_REQUEST_REJECTED,
  SIGNET_REQUEST_FAILED,        /* retry_at, or for good */
  SIGNET_REQUEST_UNKNOWN,       /* octets left, no answer: may have been issued */
  SIGNET_REQUEST_CANCELLED,
} SignetRequestState;
const char *signet_request_state_name (SignetRequestState state);    /* "awaiting-reply": as stored and in JSON */
gboolean signet_request_state_from_name (const char *name, SignetRequestState *state);
gboolean signet_request_state_is_final (SignetRequestState state);   /* DONE, REJECTED, FAILED for good, CANCELLED */

typedef struct {
  gint64 id;
  gint64 authority_id;
  gint64 key_id;                /* row of the key; 0 until made */
  gint64 certificate_id;        /* row of what was issued; 0 */
  char *name;                   /* title */
  char *purpose;
  char *subject;
  char **alt_names;             /* "email:…" */
  char *key_spec;
  char *operation;              /* "ir", "cr" */
  gboolean offline;
  SignetRequestState state;
  gint64 created;
  gint64 sent;                  /* first time octets left */
  gint64 received;              /* first time an authenticated answer came */
  gint64 confirmed;
  gint64 updated;
  gint64 next_check;
  gint64 retry_at;
  char *pending_body;           /* "ir", "certConf", "pollReq": what the message that waits is */
  char *authority_text;         /* the authority's own words */
  gboolean authority_text_authentic;
  char *error_code;             /* "cmp.untrusted", "transfer.unknown": stable, for JSON and tests */
  char *error_text;             /* one sentence or more, for the person */
  GVariant *question;           /* a{sv}: number u, kind s ("accept-changes", "trust-root"), certificate ay, differences a(sss),
                                 * deadline x, default b; %NULL */
  char *transaction_id;         /* lower-case hexadecimal */
} SignetRequestRecord;

typedef struct {
  gint64 id;
  gint64 request_id;
  gboolean sent;                /* else received */
  char *body_type;              /* "ir"; "?" where it could not be read */
  gint64 time;
  gint64 size;                  /* octets */
  char *note;                   /* why it was refused; %NULL: taken */
  char *remark;                 /* what it had that it should not have, though it was taken; %NULL: nothing */
} SignetMessageRecord;

typedef struct {
  gint64 id;
  gint64 key_id;                /* 0: no private key here */
  gint64 authority_id;          /* 0: imported */
  gint64 request_id;            /* 0: imported */
  char *role;                   /* "own", "issuer", "anchor" */
  char *subject, *issuer, *subject_cn, *issuer_cn, *serial, *fingerprint, *email, *purpose, *key_spec, *key_hash;
  char **alt_names;
  gint64 not_before, not_after, added;
  char *name;                   /* title given by the person, or subject_cn, or e-mail */
  char *state;                  /* "unconfirmed", "good-for-use", "rejected" */
  GBytes *der;
} SignetCertificateRecord;

typedef struct {
  gint64 id;
  char *key_hash;               /* signet_key_get_id () */
  char *spec;
  char *origin;                 /* "made", "imported" */
  gint64 created;
  gint64 certificates;          /* how many certificates hold it */
  gint64 request_id;            /* that it was made for; 0 */
} SignetKeyRecord;

void signet_authority_record_free (SignetAuthorityRecord *self);
void signet_request_record_free (SignetRequestRecord *self);
void signet_message_record_free (SignetMessageRecord *self);
void signet_certificate_record_free (SignetCertificateRecord *self);
void signet_key_record_free (SignetKeyRecord *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetAuthorityRecord, signet_authority_record_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetRequestRecord, signet_request_record_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetMessageRecord, signet_message_record_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCertificateRecord, signet_certificate_record_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetKeyRecord, signet_key_record_free)
