/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "store/store-records.h"

static const char *const state_names[] = {
  [SIGNET_REQUEST_DRAFT] = "draft",
  [SIGNET_REQUEST_READY] = "ready",
  [SIGNET_REQUEST_SENT] = "sent",
  [SIGNET_REQUEST_WAITING] = "waiting",
  [SIGNET_REQUEST_OUTBOX] = "outbox",
  [SIGNET_REQUEST_AWAITING_REPLY] = "awaiting-reply",
  [SIGNET_REQUEST_ANSWERED] = "answered",
  [SIGNET_REQUEST_ASKING] = "asking",
  [SIGNET_REQUEST_CONFIRM] = "confirm",
  [SIGNET_REQUEST_DONE] = "done",
  [SIGNET_REQUEST_REJECTED] = "rejected",
  [SIGNET_REQUEST_FAILED] = "failed",
  [SIGNET_REQUEST_UNKNOWN] = "unknown",
  [SIGNET_REQUEST_CANCELLED] = "cancelled",
};

/**
 * signet_request_state_name:
 * @state: a state
 *
 * Returns: its name as stored in the database and shown in JSON
 */
const char *
signet_request_state_name (SignetRequestState state)
{
  g_return_val_if_fail ((guint) state < G_N_ELEMENTS (state_names), NULL);

  return state_names[state];
}

/**
 * signet_request_state_from_name:
 * @name: a name as given by signet_request_state_name()
 * @state: (out): the state
 *
 * Returns: %FALSE where there is no such state
 */
gboolean
signet_request_state_from_name (const char         *name,
                                SignetRequestState *state)
{
  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (state != NULL, FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (state_names); i++)
    if (g_str_equal (name, state_names[i]))
      {
        *state = (SignetRequestState) i;
        return TRUE;
      }

  return FALSE;
}
