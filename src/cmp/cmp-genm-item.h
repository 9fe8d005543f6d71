/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-error.h"
#include "pki/pki-openssl.h"

/* id-it, RFC 9810 §5.3.19 and App. F. The number is the last arc. */
typedef enum {
  SIGNET_CMP_INFO_OTHER = 0,
  SIGNET_CMP_INFO_CA_PROT_ENC_CERT = 1,
  SIGNET_CMP_INFO_SIGN_KEY_PAIR_TYPES = 2,
  SIGNET_CMP_INFO_ENC_KEY_PAIR_TYPES = 3,
  SIGNET_CMP_INFO_PREFERRED_SYMM_ALG = 4,
  SIGNET_CMP_INFO_CA_KEY_UPDATE_INFO = 5,
  SIGNET_CMP_INFO_CURRENT_CRL = 6,
  SIGNET_CMP_INFO_UNSUPPORTED_OIDS = 7,
  SIGNET_CMP_INFO_KEY_PAIR_PARAM_REQ = 10,
  SIGNET_CMP_INFO_KEY_PAIR_PARAM_REP = 11,
  SIGNET_CMP_INFO_REV_PASSPHRASE = 12,
  SIGNET_CMP_INFO_IMPLICIT_CONFIRM = 13,
  SIGNET_CMP_INFO_CONFIRM_WAIT_TIME = 14,
  SIGNET_CMP_INFO_ORIG_PKI_MESSAGE = 15,
  SIGNET_CMP_INFO_SUPP_LANG_TAGS = 16,
  SIGNET_CMP_INFO_CA_CERTS = 17,
  SIGNET_CMP_INFO_ROOT_CA_KEY_UPDATE = 18,
  SIGNET_CMP_INFO_CERT_REQ_TEMPLATE = 19,
  SIGNET_CMP_INFO_ROOT_CA_CERT = 20,
  SIGNET_CMP_INFO_CERT_PROFILE = 21,
  SIGNET_CMP_INFO_CRL_STATUS_LIST = 22,
  SIGNET_CMP_INFO_CRLS = 23,
  SIGNET_CMP_INFO_KEM_CIPHERTEXT_INFO = 24,
} SignetCmpInfoType;

#define SIGNET_CMP_GENM_MAX_ITEMS 64            /* in one genm or genp */
#define SIGNET_CMP_GENM_MAX_VALUES 256          /* in one SEQUENCE OF of a value */

/**
 * SignetCmpGenmItem:
 * @type: which of RFC 9810's; %SIGNET_CMP_INFO_OTHER for any other
 * @oid: infoType in dotted form
 * @value: (nullable): infoValue as DER; %NULL where it is absent
 *
 * One InfoTypeAndValue of a genm, a genp or generalInfo.
 */
typedef struct {
  SignetCmpInfoType type;
  char *oid;
  GBytes *value;
} SignetCmpGenmItem;

/* (transfer full); @value: (nullable), DER of one value, which is not looked at. */
SignetCmpGenmItem *signet_cmp_genm_item_new (SignetCmpInfoType type, GBytes *value);
/* Any type, private ones too: @oid in dotted form; @value: (nullable), exactly one value in DER. Errors:
 * %SIGNET_CMP_ERROR_MALFORMED. */
SignetCmpGenmItem *signet_cmp_genm_item_new_raw (const char *oid, GBytes *value, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void signet_cmp_genm_item_free (SignetCmpGenmItem *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCmpGenmItem, signet_cmp_genm_item_free)

/* The standard's name, "caCerts"; %NULL for other types. */
const char *signet_cmp_info_type_to_name (SignetCmpInfoType type);
/* By that name in any case; %SIGNET_CMP_INFO_OTHER where there is none such. */
SignetCmpInfoType signet_cmp_info_type_from_name (const char *name);
/* Whether @type belongs into generalInfo of a header and never into a genm: RFC 9810 §5.1.1.1 to §5.1.1.4. */
gboolean signet_cmp_info_type_is_header_only (SignetCmpInfoType type);
/* Whether a value is there: an absent one may come as NULL (R246). */
gboolean signet_cmp_genm_item_has_value (const SignetCmpGenmItem *self);

/* GenMsgContent or GenRepContent, RFC 9810 §5.3.19, as it stands inside the body. @items: (element-type SignetCmpGenmItem), may be
 * empty: tell all there is to tell. (transfer full) */
GBytes *signet_cmp_genm_encode (GPtrArray *items);
/* The same read: at most SIGNET_CMP_GENM_MAX_ITEMS. Errors: %SIGNET_CMP_ERROR_MALFORMED, %SIGNET_CMP_ERROR_LIMIT.
 * (transfer full) (element-type SignetCmpGenmItem) */
GPtrArray *signet_cmp_genm_decode (GBytes *content, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The elements of a SEQUENCE OF, each as DER: one at least, at most @max. @name: of the type, for @error. (transfer full)
 * (element-type GBytes) */
GPtrArray *signet_cmp_genm_split (GBytes *sequence, guint max, const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;
