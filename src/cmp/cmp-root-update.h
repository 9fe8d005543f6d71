/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-genm-item.h"
#include "pki/pki-certificate.h"

/**
 * SignetCmpRootUpdate:
 * @new_with_new: the new root
 * @new_with_old: (nullable): the new key, signed with the old one
 * @old_with_new: (nullable): the old key, signed with the new one
 *
 * RootCaKeyUpdateContent (RFC 9810 §5.3.19.15), or the CAKeyUpdAnnContent of older authorities. As it came: trusted by nothing until
 * signet_cmp_root_update_check () said so.
 */
typedef struct {
  SignetCertificate *new_with_new;
  SignetCertificate *new_with_old;
  SignetCertificate *old_with_new;
} SignetCmpRootUpdate;

void signet_cmp_root_update_free (SignetCmpRootUpdate *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCmpRootUpdate, signet_cmp_root_update_free)

/* @item: rootCaKeyUpdate or caKeyUpdateInfo. @update: (out) (transfer full) (nullable): %NULL where there is no newer root
 * (RFC 9483 §4.3.2). Errors: %SIGNET_CMP_ERROR_MALFORMED. */
gboolean signet_cmp_root_update_read (const SignetCmpGenmItem *item, SignetCmpRootUpdate **update,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* From a heap of certificates, as a "certs-only" file or a directory has them (RFC 9810 §4.4.2.2 step 1): the new root that @old
 * vouches for, with its links. (transfer full) (nullable): %NULL where there is none. */
SignetCmpRootUpdate *signet_cmp_root_update_pick (SignetCertificate *old, GPtrArray *certificates);

/* What was found good. */
typedef enum {
  SIGNET_CMP_ROOT_UPDATE_NEW_WITH_NEW = 1 << 0,  /* consistent in itself: no reason for trust */
  SIGNET_CMP_ROOT_UPDATE_NEW_WITH_OLD = 1 << 1,  /* the old key vouches for the new one: may be installed */
  SIGNET_CMP_ROOT_UPDATE_OLD_WITH_NEW = 1 << 2,  /* the new key vouches for the old one */
} SignetCmpRootUpdateLinks;

/**
 * signet_cmp_root_update_check:
 * @self: what an authenticated message said
 * @old: the anchor that it is about, trusted by the person
 * @former: (element-type SignetCertificate) (nullable): anchors that were replaced before: none of them comes back
 * @now: seconds since 1970, UTC
 * @links: (out): which certificates were found good. Without %SIGNET_CMP_ROOT_UPDATE_NEW_WITH_OLD the new root must not be
 *   installed before the person compared its fingerprint
 * @error: (out) (optional): %SIGNET_CMP_ERROR_UNTRUSTED, %SIGNET_CMP_ERROR_CERTIFICATE, %SIGNET_CMP_ERROR_WEAK; which certificate and why
 *
 * RFC 9483 §4.3.2, RFC 9810 §4.4.2.2: names fit, periods hold at @now, newWithNew is signed by its own key and newWithOld by @old's,
 * both hold one key; oldWithNew, where present, is @old's key under the new one. An anchor that is not self-signed may be followed
 * by one that is neither. Certificates of version 1 are taken. One that is present and wrong spoils the whole.
 *
 * Returns: %FALSE with @error
 */
gboolean signet_cmp_root_update_check (const SignetCmpRootUpdate *self, SignetCertificate *old, GPtrArray *former, gint64 now,
                                       SignetCmpRootUpdateLinks *links, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The other way around (RFC 9810 §4.4.2.3): @root is trusted and new; @self's oldWithNew may then be trusted for what the old key
 * signed. (transfer none): oldWithNew, or %NULL with @error as above. */
SignetCertificate *signet_cmp_root_update_check_old (const SignetCmpRootUpdate *self, SignetCertificate *root, gint64 now,
                                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* OOBCertHash (RFC 9810 §5.2.5), DER, as it was handed over apart from the network: whether it is that of @root. Without hashAlg it is
 * taken by its length. Errors: %SIGNET_CMP_ERROR_MALFORMED, %SIGNET_CMP_ERROR_WEAK, %SIGNET_CMP_ERROR_UNTRUSTED. */
gboolean signet_cmp_oob_hash_check (GBytes *oob_cert_hash, SignetCertificate *root, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* For a person: (transfer full), or %NULL with @error. */
char *signet_cmp_root_update_describe (const SignetCmpGenmItem *item, GError **error) G_GNUC_WARN_UNUSED_RESULT;
