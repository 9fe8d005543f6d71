/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

/* A peer in Java, in a process of its own that ends with the test. */
typedef struct
{
  char *folder;                 /* ca.pem is in it */
  char *url;                    /* with a slash at its end */
  GSubprocess *process;
} PeerResponder;

/* The class path that @peer runs with. Where the peer cannot be had, it ends the program: with TAP that skips all and says why, or
 * as a failure where meson was told -Dpeers=all. */
char *peer_responder_find (const char *peer);
/* @kem: (nullable): the kind of a key for encapsulation, whose certificate is kem.pem */
void peer_responder_start (PeerResponder *self, const char *classpath, const char *main_class, const char *reference,
                           const char *secret, const char *kem);
void peer_responder_stop (PeerResponder *self);
