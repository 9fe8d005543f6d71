/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

/* What the authority wants in a request (RFC 9483 §4.3.3): asked when the person says so, then shown: what it fixed, with a
 * lock, and a field for each value that has no place elsewhere. Signals "ask" and "changed". */
#define SIGNET_TYPE_TEMPLATE_GROUP (signet_template_group_get_type ())
G_DECLARE_FINAL_TYPE (SignetTemplateGroup, signet_template_group, SIGNET, TEMPLATE_GROUP, AdwPreferencesGroup)

/* @answer: (nullable): a{sv} of the worker's AskAuthority about certReqTemplate; %NULL: not asked. */
void signet_template_group_set_answer (SignetTemplateGroup *self, GVariant *answer);
/* While the authority is being asked, and where it cannot be. */
void signet_template_group_set_askable (SignetTemplateGroup *self, gboolean askable);

/* CertReqTemplateContent, "ay": (transfer none) (nullable): nothing was asked, or there are no requirements */
GVariant *signet_template_group_get_template (SignetTemplateGroup *self);
/* Whether the person keeps what the template does not have. */
gboolean signet_template_group_get_insist (SignetTemplateGroup *self);
/* Whether a field is the person's to fill in; without a template each is. @part: "subject", "alt-name"; @type: "CN", "email" */
gboolean signet_template_group_is_open (SignetTemplateGroup *self, const char *part, const char *type);
/* What the authority fixed: (nullable) */
const char *signet_template_group_get_fixed (SignetTemplateGroup *self, const char *part, const char *type);
/* Whether alternative names of any kind may be given. */
gboolean signet_template_group_allows_any_name (SignetTemplateGroup *self);
/* Kinds of key to choose from: (transfer full) (nullable): those that are usual */
char **signet_template_group_get_key_specs (SignetTemplateGroup *self);
/* What was entered here: attributes as "OU=…,L=…" and alternative names as "dns:…". (transfer full) */
char *signet_template_group_get_subject (SignetTemplateGroup *self);
void signet_template_group_add_alt_names (SignetTemplateGroup *self, GStrvBuilder *builder);
