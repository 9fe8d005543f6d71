/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/rand.h>

#include "cmp/cmp-error.h"
#include "cmp/cmp-random.h"
#include "cmp/cmp-transaction.h"

static SignetCmpRandom test_random;
static gpointer test_random_data;

gboolean
signet_cmp_random (guint8  *buffer,
                   gsize    size,
                   GError **error)
{
  if (test_random != NULL)
    {
      if (test_random (buffer, size, test_random_data))
        return TRUE;
      g_set_error_literal (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("No random numbers are left"));
      return FALSE;
    }
  if (RAND_bytes_ex (NULL, buffer, size, 0) != 1)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("Random numbers could not be made"));
      return FALSE;
    }
  return TRUE;
}

GBytes *
signet_cmp_random_bytes (gsize    size,
                         GError **error)
{
  g_autofree guint8 *buffer = g_malloc (size);

  if (!signet_cmp_random (buffer, size, error))
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&buffer), size);
}

void
signet_cmp_set_random_for_tests (SignetCmpRandom random,
                                 gpointer        user_data)
{
  test_random = random;
  test_random_data = user_data;
}
