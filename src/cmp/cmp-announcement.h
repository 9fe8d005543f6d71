/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-authority.h"
#include "cmp/cmp-credentials.h"
#include "cmp/cmp-message.h"
#include "cmp/cmp-root-update.h"

/*
 * What an authority says without being asked: ckuann, cann, rann, crlann (RFC 9810 §5.3.13 to §5.3.16). They are no answer, so no
 * transactionID or nonce ties them to anything: only the protection tells whom they are from, and only what a person has already tells
 * whether they are old. Reading one changes nothing.
 */

/**
 * SignetCmpAnnouncementContext:
 * @authority: whose announcement it is to be, with its anchors and relaxations
 * @credentials: (nullable): with a secret: an announcement under its MAC is taken too
 * @former_anchors: (nullable) (element-type SignetCertificate): anchors that were replaced before: none of them comes back
 * @own: (nullable) (element-type SignetCertificate): the person's certificates, for rann
 * @crls: (nullable) (element-type GBytes): the newest revocation lists at hand, DER
 * @now: seconds since 1970, UTC
 *
 * What is known when an announcement arrives. All is borrowed for the call.
 */
typedef struct {
  SignetCmpAuthority *authority;
  SignetCmpCredentials *credentials;
  GPtrArray *former_anchors;
  GPtrArray *own;
  GPtrArray *crls;
  gint64 now;
} SignetCmpAnnouncementContext;

/**
 * SignetCmpAnnouncement:
 * @type: %SIGNET_CMP_BODY_CKUANN, CANN, RANN or CRLANN
 * @authentic: its protection was verified, and who made it may speak for the authority
 * @usable: @authentic, and what it brings was found good. Nothing may be stored or offered for storing where this is %FALSE
 * @signer: (nullable): who signed it
 * @good: (element-type utf8): what was checked and found good, translated
 * @bad: (element-type utf8): what was found bad or could not be checked, translated
 * @root_update: (nullable): ckuann: what it says
 * @links: ckuann: what was found good of it; without %SIGNET_CMP_ROOT_UPDATE_NEW_WITH_OLD a person compares the fingerprint first
 * @anchor: (nullable): ckuann: the anchor that it follows
 * @certificate: (nullable): cann: what is announced
 * @crls: (element-type GBytes): crlann: the lists that were found good, DER
 * @status: rann: PKIStatus, whatever was sent
 * @issuer: (nullable): rann: certId's issuer, cleaned
 * @serial: (nullable): rann: certId's serialNumber, upper-case hexadecimal
 * @will_be_revoked_at: rann: seconds since 1970
 * @bad_since: rann: the same
 * @revoked: (nullable): rann: the person's certificate that it is about
 */
typedef struct {
  SignetCmpBodyType type;
  gboolean authentic;
  gboolean usable;
  SignetCertificate *signer;
  GPtrArray *good;
  GPtrArray *bad;
  SignetCmpRootUpdate *root_update;
  SignetCmpRootUpdateLinks links;
  SignetCertificate *anchor;
  SignetCertificate *certificate;
  GPtrArray *crls;
  gint64 status;
  char *issuer;
  char *serial;
  gint64 will_be_revoked_at;
  gint64 bad_since;
  SignetCertificate *revoked;
} SignetCmpAnnouncement;

void signet_cmp_announcement_free (SignetCmpAnnouncement *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCmpAnnouncement, signet_cmp_announcement_free)

/* Whether the body is one of the four. */
gboolean signet_cmp_message_is_announcement (SignetCmpMessage *message);

/**
 * signet_cmp_announcement_check:
 * @message: as it was received
 * @error: %SIGNET_CMP_ERROR_WRONG_BODY: no announcement; %SIGNET_CMP_ERROR_MALFORMED: its content cannot be read;
 *   %SIGNET_CMP_ERROR_LIMIT
 *
 * Reads an announcement and checks what can be checked of it: the protection against @context's authority, then the content. One that is
 * not protected, or by somebody else, is read as well, for the person to see, but is neither authentic nor usable.
 *
 * Returns: (transfer full): the announcement
 */
SignetCmpAnnouncement *signet_cmp_announcement_check (SignetCmpMessage *message, const SignetCmpAnnouncementContext *context,
                                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* In sentences, what it says and what was checked of it, for a person: (transfer full). */
char *signet_cmp_announcement_explain (const SignetCmpAnnouncement *self);
