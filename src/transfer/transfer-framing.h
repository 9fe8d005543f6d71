/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "transfer/transfer.h"

/* What some older servers put around a message inside of HTTP (RFC 9811 §4): the head of the TCP transfer that came before it. */

/* (transfer full): @message as the server wants it. */
GBytes *signet_transfer_frame (SignetTransferFraming framing, GBytes *message);
/* What is inside of @body, or @body itself where it is not framed as @framing allows: (transfer full). %NULL with
 * %SIGNET_TRANSFER_ERROR_NOT_CMP where the head comes with something else than a message. */
GBytes *signet_transfer_unframe (SignetTransferFraming framing, GBytes *body, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* How @body is framed, to name the setting where it was not expected: %SIGNET_TRANSFER_FRAMING_NONE where it is not. */
SignetTransferFraming signet_transfer_recognise_framing (GBytes *body);
