/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* PKIStatus, RFC 9810 §5.2.3. */
typedef enum {
  SIGNET_CMP_STATUS_ACCEPTED = 0,
  SIGNET_CMP_STATUS_GRANTED_WITH_MODS = 1,
  SIGNET_CMP_STATUS_REJECTION = 2,
  SIGNET_CMP_STATUS_WAITING = 3,
  SIGNET_CMP_STATUS_REVOCATION_WARNING = 4,
  SIGNET_CMP_STATUS_REVOCATION_NOTIFICATION = 5,
  SIGNET_CMP_STATUS_KEY_UPDATE_WARNING = 6,
} SignetCmpPkiStatus;

/**
 * SignetCmpStatusInfo:
 * @status: PKIStatus
 * @text: (nullable): statusString, its parts joined by line ends; the authority's own words, bounded to 4 KiB, control
 *   characters replaced
 * @fail_info: PKIFailureInfo, bit n of the standard is 1 << n
 * @error_code: errorCode of an error message, or -1
 */
typedef struct {
  int status;
  char *text;
  guint32 fail_info;
  gint64 error_code;
} SignetCmpStatusInfo;

SignetCmpStatusInfo *signet_cmp_status_info_copy (const SignetCmpStatusInfo *self);
void signet_cmp_status_info_free (SignetCmpStatusInfo *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCmpStatusInfo, signet_cmp_status_info_free)

const char *signet_cmp_status_name (int status);                     /* "grantedWithMods"; "unknown" */
const char *signet_cmp_fail_info_name (guint bit);                   /* "badPOP"; %NULL past 26 */
const char *signet_cmp_fail_info_explain (guint bit);                /* translated, for a person */
/* One translated sentence or more, with the authority's own text quoted: (transfer full). */
char *signet_cmp_status_info_explain (const SignetCmpStatusInfo *self);
