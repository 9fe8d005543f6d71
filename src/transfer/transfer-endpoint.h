/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "transfer/transfer.h"

/* What carriers, and nobody else, read of an endpoint. */
GUri *signet_endpoint_get_uri (SignetEndpoint *self);                       /* with the operation label */
GUri *signet_endpoint_get_base (SignetEndpoint *self);                      /* without it */
guint signet_endpoint_get_timeout (SignetEndpoint *self);                   /* seconds */
gsize signet_endpoint_get_size_limit (SignetEndpoint *self);                /* octets */
gboolean signet_endpoint_get_follow_redirects (SignetEndpoint *self);
GTlsDatabase *signet_endpoint_get_tls_database (SignetEndpoint *self);      /* (nullable): the system's */
const char *signet_endpoint_get_tls_anchors (SignetEndpoint *self);         /* (nullable): the PEM that it was made of */
GTlsCertificate *signet_endpoint_get_client_certificate (SignetEndpoint *self);     /* (nullable) */
const char *signet_endpoint_get_tls_host (SignetEndpoint *self);            /* (nullable): that of the address */
SignetTransferKeep signet_endpoint_get_keep (SignetEndpoint *self);
const char *signet_endpoint_get_connection (SignetEndpoint *self);          /* (nullable) */
SignetTransferFraming signet_endpoint_get_framing (SignetEndpoint *self);
const char *signet_endpoint_get_media_type (SignetEndpoint *self);
