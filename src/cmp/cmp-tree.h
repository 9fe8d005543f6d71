/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pki/pki-openssl.h"

/**
 * SignetCmpNode:
 *
 * A field with its value in words and the fields in it, for window, command line and JSON. However large what it is made
 * from, a tree stays small: past SIGNET_CMP_TREE_MAX_NODES nodes or SIGNET_CMP_TREE_MAX_TEXT octets of values a last node
 * says that more is left out, and signet_cmp_node_add () returns %NULL, which every function takes for a parent.
 */
typedef struct _SignetCmpNode SignetCmpNode;

#define SIGNET_CMP_TREE_MAX_NODES 4096
#define SIGNET_CMP_TREE_MAX_TEXT (256 * 1024)
#define SIGNET_CMP_TREE_MAX_DEPTH 24

SignetCmpNode *signet_cmp_node_new (const char *name, const char *value);
void signet_cmp_node_free (SignetCmpNode *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCmpNode, signet_cmp_node_free)

/* @value: (nullable): cleaned as text of a peer. Returns: (transfer none) (nullable): the new child */
SignetCmpNode *signet_cmp_node_add (SignetCmpNode *parent, const char *name, const char *value);
SignetCmpNode *signet_cmp_node_add_take (SignetCmpNode *parent, const char *name, char *value);
SignetCmpNode *signet_cmp_node_add_number (SignetCmpNode *parent, const char *name, const ASN1_INTEGER *number);
/* In hexadecimal, the first 64. Nothing is added for %NULL @octets of %NULL strings. */
SignetCmpNode *signet_cmp_node_add_octets (SignetCmpNode *parent, const char *name, const guint8 *octets, gsize size);
SignetCmpNode *signet_cmp_node_add_string (SignetCmpNode *parent, const char *name, const ASN1_STRING *string);
/* DER of any type, value by value. */
void signet_cmp_node_add_der (SignetCmpNode *parent, const char *name, const guint8 *der, gsize size);
void signet_cmp_node_add_any (SignetCmpNode *parent, const char *name, const ASN1_TYPE *any);

/* How many nodes are around it; 0 for the root and for %NULL. */
guint signet_cmp_node_get_depth (SignetCmpNode *self);
/* Whether nothing more is taken below it: %NULL, or the tree has no room. */
gboolean signet_cmp_node_is_full (SignetCmpNode *self);

/* (transfer full), floating: "(ssav)" */
GVariant *signet_cmp_node_to_variant (SignetCmpNode *self);
/* A line for each node, two spaces further in for each level; @self's own name and value are left out. */
void signet_cmp_node_print (SignetCmpNode *self, GString *text);
