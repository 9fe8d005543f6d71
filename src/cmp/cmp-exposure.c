/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-exposure.h"

#include <glib/gi18n-lib.h>

#include "cmp/cmp-asn1-crmf.h"
#include "cmp/cmp-cms-crypto.h"
#include "cmp/cmp-message-private.h"

#define OID_REV_PASSPHRASE "1.3.6.1.5.5.7.4.12"
#define POPO_THIS_MESSAGE 0
#define POPO_ENCRYPTED_KEY 4

typedef struct {
  gboolean clear;                        /* regToken or authenticator */
  gboolean lasting;                      /* a private key or a passphrase, now or in the answer */
} Exposure;

static void
look_at_controls (const STACK_OF (SignetTypeAndValue) *controls,
                  Exposure                            *exposure)
{
  for (int i = 0; i < sk_SignetTypeAndValue_num (controls); i++)
    {
      const ASN1_OBJECT *type = sk_SignetTypeAndValue_value (controls, i)->type;

      if (signet_cms_is (type, SIGNET_OID_REG_TOKEN) || signet_cms_is (type, SIGNET_OID_AUTHENTICATOR))
        exposure->clear = TRUE;
      if (signet_cms_is (type, SIGNET_OID_PKI_ARCHIVE_OPTIONS))
        exposure->lasting = TRUE;
    }
}

static gboolean
gives_key_away (const SignetProofOfPossession *popo)
{
  const SignetPopoPrivKey *proof = NULL;

  if (popo != NULL && popo->type == SIGNET_POPO_KEY_ENCIPHERMENT)
    proof = popo->value.key_encipherment;
  if (popo != NULL && popo->type == SIGNET_POPO_KEY_AGREEMENT)
    proof = popo->value.key_agreement;
  return proof != NULL && (proof->type == POPO_THIS_MESSAGE || proof->type == POPO_ENCRYPTED_KEY);
}

static void
look_at_requests (const SignetCertReqMessages *requests,
                  Exposure                    *exposure)
{
  for (int i = 0; i < sk_SignetCertReqMsg_num (requests); i++)
    {
      const SignetCertReqMsg *request = sk_SignetCertReqMsg_value (requests, i);
      const SignetPublicKeyInfo *key = request->cert_req->cert_template->public_key;

      look_at_controls (request->cert_req->controls, exposure);
      /* No key in the request: the authority makes one, RFC 9483 §4.1.6. */
      if (gives_key_away (request->popo) || key == NULL || ASN1_STRING_length (key->key) == 0)
        exposure->lasting = TRUE;
    }
}

static void
look_at_infos (const STACK_OF (SignetTypeAndValue) *infos,
               Exposure                            *exposure)
{
  for (int i = 0; i < sk_SignetTypeAndValue_num (infos); i++)
    if (signet_cms_is (sk_SignetTypeAndValue_value (infos, i)->type, OID_REV_PASSPHRASE))
      exposure->lasting = TRUE;
}

char *
signet_cmp_message_explain_exposure (SignetCmpMessage *message)
{
  Exposure exposure = { FALSE, FALSE };

  g_return_val_if_fail (SIGNET_IS_CMP_MESSAGE (message), NULL);

  look_at_infos (signet_cmp_message_get_header (message)->general_info, &exposure);
  switch ((int) signet_cmp_message_get_body_type (message))
    {
    case SIGNET_CMP_BODY_KRR:
      exposure.lasting = TRUE;
      G_GNUC_FALLTHROUGH;
    case SIGNET_CMP_BODY_IR:
    case SIGNET_CMP_BODY_CR:
    case SIGNET_CMP_BODY_KUR:
      look_at_requests (signet_cmp_message_get_body (message), &exposure);
      break;
    case SIGNET_CMP_BODY_GENM:
      look_at_infos (signet_cmp_message_get_body (message), &exposure);
      break;
    default:
      break;
    }
  if (exposure.clear)
    return g_strdup (_("The message holds a token or a password for the authority as it is, and goes over a connection that is not encrypted. "
                       "Whoever is on the way can read and use it: take an address that begins with https."));
  if (exposure.lasting)
    return g_strdup (_("The message, or its answer, holds a private key or a passphrase. It is encrypted, but whoever records it now and comes by "
                       "the key for it some day can read it. An address that begins with https keeps that from happening."));
  return NULL;
}
