/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "common/libcrypto-server.h"

#include <string.h>

static int
refuse_general (OSSL_CMP_SRV_CTX               *self,
                const OSSL_CMP_MSG             *request,
                const STACK_OF (OSSL_CMP_ITAV) *in,
                STACK_OF (OSSL_CMP_ITAV)      **out)
{
  return 0;
}

static void
pass_over_error (OSSL_CMP_SRV_CTX           *self,
                 const OSSL_CMP_MSG         *message,
                 const OSSL_CMP_PKISI       *status,
                 const ASN1_INTEGER         *code,
                 const OSSL_CMP_PKIFREETEXT *details)
{
}

static int
take_confirmation (OSSL_CMP_SRV_CTX        *self,
                   const OSSL_CMP_MSG      *request,
                   int                      id,
                   const ASN1_OCTET_STRING *hash,
                   const OSSL_CMP_PKISI    *status)
{
  return 1;
}

static int
refuse_poll (OSSL_CMP_SRV_CTX   *self,
             const OSSL_CMP_MSG *request,
             int                 id,
             OSSL_CMP_MSG      **first,
             int64_t            *check_after)
{
  return 0;
}

OSSL_CMP_SRV_CTX *
libcrypto_server_new (const LibcryptoServer *callbacks,
                      gpointer               custom)
{
  OSSL_CMP_SRV_CTX *self = OSSL_CMP_SRV_CTX_new (NULL, NULL);

  g_assert_cmpint (OSSL_CMP_SRV_CTX_init (self, custom, callbacks->request, callbacks->revocation,
                                          callbacks->general != NULL ? callbacks->general : refuse_general,
                                          callbacks->error != NULL ? callbacks->error : pass_over_error,
                                          callbacks->confirmation != NULL ? callbacks->confirmation : take_confirmation,
                                          callbacks->poll != NULL ? callbacks->poll : refuse_poll), ==, 1);

  return self;
}

void
libcrypto_server_set_secret (OSSL_CMP_CTX *context,
                             const char   *reference,
                             const char   *secret)
{
  g_assert_cmpint (OSSL_CMP_CTX_set_option (context, OSSL_CMP_OPT_MAC_ALGNID, NID_hmacWithSHA256), ==, 1);
  g_assert_cmpint (OSSL_CMP_CTX_set1_referenceValue (context, (const guchar *) reference, (int) strlen (reference)), ==, 1);
  g_assert_cmpint (OSSL_CMP_CTX_set1_secretValue (context, (const guchar *) secret, (int) strlen (secret)), ==, 1);
}

GBytes *
libcrypto_server_answer (OSSL_CMP_SRV_CTX *self,
                         GBytes           *request)
{
  gsize size;
  const guchar *data = g_bytes_get_data (request, &size);
  OSSL_CMP_MSG *message = d2i_OSSL_CMP_MSG (NULL, &data, (long) size);
  OSSL_CMP_MSG *response;
  guchar *der = NULL;
  GBytes *answer = NULL;
  int length;

  g_assert_nonnull (message);
  response = OSSL_CMP_SRV_process_request (self, message);
  OSSL_CMP_MSG_free (message);
  if (response == NULL)
    return NULL;
  length = i2d_OSSL_CMP_MSG (response, &der);
  OSSL_CMP_MSG_free (response);
  g_assert_cmpint (length, >, 0);
  answer = g_bytes_new (der, (gsize) length);
  OPENSSL_free (der);

  return answer;
}
