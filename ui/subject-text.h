/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* A distinguished name as text (RFC 4514), with name and organisation apart as a person enters them. */
typedef struct
{
  char *name;                   /* CN; "" */
  char *organization;           /* O; "" */
  char *between;                /* what stands between the two, as it is written; "" */
  char *after;                  /* what follows; "" */
} SignetSubjectText;

void signet_subject_text_clear (SignetSubjectText *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SignetSubjectText, signet_subject_text_clear)
/* Takes @subject (nullable) apart; what is there twice, or has several values in one, stays as it is written. */
void signet_subject_text_parse (SignetSubjectText *self, const char *subject);
/* @name and @organization in place of what was parsed: "CN=Maria,O=Example". (transfer full) */
char *signet_subject_text_print (const SignetSubjectText *self, const char *name, const char *organization);
