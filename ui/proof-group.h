/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shell.h"

/* How a person shows an authority who they are: by the reference and code that they were given, by a certificate that they
 * hold, or by an identity of another PKI that lies in a file. Signal "changed". */
#define SIGNET_TYPE_PROOF_GROUP (signet_proof_group_get_type ())
G_DECLARE_FINAL_TYPE (SignetProofGroup, signet_proof_group, SIGNET, PROOF_GROUP, AdwPreferencesGroup)

void signet_proof_group_set_client (SignetProofGroup *self, SignetClient *client);
/* Offers what @authority accepts and selects what is most likely meant. */
void signet_proof_group_set_authority (SignetProofGroup *self, SignetAuthorityItem *authority);
/* Whether everything that is needed was entered. */
gboolean signet_proof_group_is_ready (SignetProofGroup *self);
/* What will be done, in a sentence; %NULL before there is an authority. (transfer full) (nullable) */
char *signet_proof_group_describe (SignetProofGroup *self);
/* Keeps a code, or imports an identity, where there is a new one. *@identity: (out): certificate that signs the request; 0:
 * the authority's code. */
void signet_proof_group_prepare_async (SignetProofGroup *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean signet_proof_group_prepare_finish (SignetProofGroup *self, GAsyncResult *result, gint64 *identity, GError **error);
