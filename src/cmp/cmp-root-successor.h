/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pki/pki-certificate.h"

/**
 * signet_cmp_root_announces:
 * @root: a root that is trusted
 * @successor: a certificate that came along, trusted by nothing
 *
 * Whether @successor is the self-signed certificate of the key whose hash @root has in its HashOfRootKey (RFC 8649 §3, RFC 9483 §3.3).
 * That tells it from roots that anybody could send; it makes no anchor of it.
 *
 * Returns: whether it is
 */
gboolean signet_cmp_root_announces (SignetCertificate *root, SignetCertificate *successor);
