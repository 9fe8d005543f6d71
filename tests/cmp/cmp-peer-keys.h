/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp-peer.h"

/* What a peer needs whose keys do not sign: for KEMs and key agreement. */

#define PEER_USAGE_RA "1.3.6.1.5.5.7.3.28"             /* id-kp-cmcRA */
#define PEER_RP_ACCEPTED "\x30\x07\x30\x05\x30\x03\x02\x01\x00"

/* A certificate of @ca for "CN=@name". @extended: (nullable): extended key usage */
SignetCertificate *peer_certify (SignetDemoCa *ca, SignetKey *key, const char *name, const char *usage, const char *extended);
SignetCmpProtector *peer_protector (SignetCmpCredentials *credentials);
/* The certificate of our credentials is to be revoked, by a rr that they protect. */
void peer_begin_revocation (Peer *peer);
